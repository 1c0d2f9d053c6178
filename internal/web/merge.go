package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// mergeAsk is what a person wants merged and what they chose. It stands in the
// address of the plan and in the form that confirms it, so that nothing chosen
// is lost on the way.
type mergeAsk struct {
	sources []tenon.OrgID
	target  tenon.OrgID
	choices tenon.Choices
}

// fieldPrefix begins the names of the choices that a plan offers for fields.
const fieldPrefix = "f."

// readMerge reads what was asked. The list of organizations sends ids without
// saying yet which of them receives.
func readMerge(q url.Values) (mergeAsk, error) {
	var a mergeAsk
	var err error
	if a.sources, err = ids[tenon.OrgID](append(slices.Clone(q["source"]), q["id"]...)); err != nil {
		return a, err
	}
	targets, err := ids[tenon.OrgID](q["target"])
	if err != nil {
		return a, err
	}
	if len(targets) > 0 {
		a.target = targets[0]
	}
	a.choices = readChoices(q)
	return a, nil
}

func readChoices(q url.Values) tenon.Choices {
	c := tenon.Choices{Fields: map[string]tenon.FieldChoice{}}
	for name := range q {
		if field, ok := strings.CutPrefix(name, fieldPrefix); ok {
			c.Fields[field] = tenon.FieldChoice(q.Get(name))
		}
	}
	c.Apart = q.Get("access") == "apart"
	c.TargetSeesSource = c.Apart && q.Get("sees") != ""
	c.KeepReferences = q.Get("references") == "keep"
	// A box that is not checked is not sent: what was offered says which were.
	for _, d := range q["offered"] {
		if slices.Contains(q["domain"], d) {
			c.KeepDomains = append(c.KeepDomains, d)
		} else {
			c.DropDomains = append(c.DropDomains, d)
		}
	}
	return c
}

// values is the ask as the values of an address or a form.
func (a mergeAsk) values() url.Values {
	q := url.Values{}
	for _, s := range a.sources {
		q.Add("source", s.String())
	}
	if a.target != 0 {
		q.Set("target", a.target.String())
	}
	addChoices(q, a.choices)
	return q
}

func addChoices(q url.Values, c tenon.Choices) {
	for name, choice := range c.Fields {
		q.Set(fieldPrefix+name, string(choice))
	}
	if c.Apart {
		q.Set("access", "apart")
	}
	if c.TargetSeesSource {
		q.Set("sees", "1")
	}
	if c.KeepReferences {
		q.Set("references", "keep")
	}
	for _, d := range c.KeepDomains {
		q.Add("offered", d)
		q.Add("domain", d)
	}
	for _, d := range c.DropDomains {
		q.Add("offered", d)
	}
}

func (a mergeAsk) path(page string) string { return join(page, a.values()) }

// swapped is the other direction. Its fields begin anew: what is kept there is
// another side.
func (a mergeAsk) swapped() mergeAsk {
	return mergeAsk{sources: []tenon.OrgID{a.target}, target: a.sources[0],
		choices: tenon.Choices{Apart: a.choices.Apart, TargetSeesSource: a.choices.TargetSeesSource}}
}

// into makes one of the sources the target, and the target, where there is one, a source.
func (a mergeAsk) into(target tenon.OrgID) mergeAsk {
	out := mergeAsk{target: target}
	for _, s := range append(slices.Clone(a.sources), a.target) {
		if s != 0 && s != target && !slices.Contains(out.sources, s) {
			out.sources = append(out.sources, s)
		}
	}
	return out
}

// mergeTarget is the page that asks into which organization this one is merged.
func (s *server) mergeTarget(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return err
	}
	return s.chooseTarget(w, r, mergeAsk{sources: []tenon.OrgID{id}})
}

// targetPage is what the page shows that asks for the target.
type targetPage struct {
	ask     mergeAsk
	sources []*tenon.Organization
	typed   string
	asked   bool // something was typed and sent
	found   []*tenon.Organization
	items   map[tenon.BinderID]int64
}

// chooseTarget asks for the target. What is typed is a name or a part of one;
// where exactly one organization has that name, the plan follows.
func (s *server) chooseTarget(w http.ResponseWriter, r *http.Request, ask mergeAsk) error {
	v := viewer(r)
	if err := v.Need(tenon.MergeOrgs); err != nil {
		return err
	}
	q := r.URL.Query()
	p := &targetPage{ask: ask, typed: strings.TrimSpace(q.Get("into")), asked: q.Has("into")}
	err := s.read(r, func(tx *store.Tx) error { return p.load(tx, v) })
	if err != nil {
		return err
	}
	if p.asked && len(p.found) == 1 && strings.EqualFold(p.found[0].Name, p.typed) {
		p.ask.target = p.found[0].ID
		return redirect(w, r, p.ask.path("/merge"))
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Merge %s", p.names(r.Context())), Section: "organizations"}, targetContent(p))
}

// maxFound is how many organizations are offered to pick from.
const maxFound = 20

func (p *targetPage) load(tx *store.Tx, v tenon.Viewer) error {
	for _, id := range p.ask.sources {
		o, err := tx.GetOrganization(v, id)
		if err != nil {
			return err
		}
		p.sources = append(p.sources, o)
	}
	if p.typed != "" {
		found, _, err := tx.ListOrganizations(v, store.OrgQuery{State: tenon.Live, Search: p.typed, Page: tenon.Page{Limit: maxFound, Sort: "name"}})
		if err != nil {
			return err
		}
		p.found = slices.DeleteFunc(found, func(o *tenon.Organization) bool { return slices.Contains(p.ask.sources, o.ID) })
	}
	var binders []tenon.BinderID
	for _, o := range append(slices.Clone(p.sources), p.found...) {
		binders = append(binders, o.Binders...)
	}
	var err error
	p.items, err = tx.CountItemsEach(v, binders)
	return err
}

// mergePlan shows the plan. Without a target, it asks for one.
func (s *server) mergePlan(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	ask, err := readMerge(q)
	if err != nil {
		return err
	}
	if into, err := ids[tenon.OrgID](q["into_id"]); err != nil || len(into) > 0 {
		if err != nil {
			return err
		}
		ask.target = into[0]
		return redirect(w, r, ask.path("/merge"))
	}
	if ask.target == 0 {
		if len(ask.sources) == 0 {
			return redirect(w, r, "/organizations")
		}
		return s.chooseTarget(w, r, ask)
	}
	p, err := s.planMerge(r.Context(), viewer(r), &ask)
	if err != nil {
		return err
	}
	if do := q.Get("do"); do != "" {
		ask.choices.Fields = fieldsFor(do, p, ask.choices.Fields)
		return redirect(w, r, ask.path("/merge")+"#fields")
	}
	return s.showMerge(w, r, http.StatusOK, s.viewMerge(ask, p))
}

// planMerge makes the plan. A domain that was chosen and is gone since, or a
// field of a target that a connection writes, is no reason to refuse the rest of
// what was chosen: the page shows what becomes of it.
func (s *server) planMerge(ctx context.Context, v tenon.Viewer, ask *mergeAsk) (*tenon.Plan, error) {
	p, err := s.merge.Plan(ctx, v, ask.sources, ask.target, ask.choices)
	if e, ok := err.(*tenon.Error); ok && e.Field == "drop_domains" {
		ask.choices.DropDomains, ask.choices.KeepDomains = nil, nil
		p, err = s.merge.Plan(ctx, v, ask.sources, ask.target, ask.choices)
	}
	for e, ok := err.(*tenon.Error); ok && ask.choices.Fields[e.Field] != ""; e, ok = err.(*tenon.Error) {
		delete(ask.choices.Fields, e.Field)
		p, err = s.merge.Plan(ctx, v, ask.sources, ask.target, ask.choices)
	}
	return p, err
}

// fieldsFor are the choices after one of the buttons above the fields.
func fieldsFor(do string, p *tenon.Plan, have map[string]tenon.FieldChoice) map[string]tenon.FieldChoice {
	out := map[string]tenon.FieldChoice{}
	for _, f := range p.Fields {
		switch blank := f.Target == nil && f.Source != nil && !f.Equal && slices.Contains(f.Choices, tenon.TakeSource); {
		case f.Equal && out[f.Name] == "":
		case do == "fill" && blank:
			out[f.Name] = tenon.TakeSource
		case do == "keep":
			out[f.Name] = tenon.KeepTarget
		case have[f.Name] != "" && out[f.Name] == "":
			out[f.Name] = have[f.Name]
		}
	}
	return out
}

// showMerge shows the plan; beside it, where something stood against running
// it, what that was.
func (s *server) showMerge(w http.ResponseWriter, r *http.Request, status int, m *mergeView) error {
	n, err := s.namesOfFields(r, tenon.OrganizationFields, m.plan.Fields)
	if err != nil {
		return err
	}
	m.names = n
	return s.showStatus(w, r, status, ui.Page{Title: m.title(r.Context()), Section: "organizations", Foot: mergeFoot(m)}, mergeContent(m))
}

// mergeConfirm asks once more, naming only what is grave.
func (s *server) mergeConfirm(w http.ResponseWriter, r *http.Request) error {
	ask, err := readMerge(r.URL.Query())
	if err != nil {
		return err
	}
	p, err := s.planMerge(r.Context(), viewer(r), &ask)
	if err != nil {
		return err
	}
	if len(p.Blockers) > 0 {
		return redirect(w, r, ask.path("/merge"))
	}
	return s.showConfirm(w, r, http.StatusOK, s.viewMerge(ask, p), &form{})
}

func (s *server) showConfirm(w http.ResponseWriter, r *http.Request, status int, m *mergeView, f *form) error {
	return s.showStatus(w, r, status, ui.Page{Title: m.title(r.Context()), Section: "organizations"}, mergeConfirmContent(m, f))
}

// mergeRun merges. A plan that is no longer true comes back as the plan of now
// that says what has changed; a form that is sent twice leads to the receipt.
func (s *server) mergeRun(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	ask, err := readMerge(f.Values)
	if err != nil {
		return err
	}
	v, fingerprint := viewer(r), f.text("fingerprint")
	done, err := s.doneAlready(r.Context(), v, merge.Kind, fingerprint)
	if err != nil {
		return err
	}
	if done != 0 {
		return redirect(w, r, operationPath(done))
	}
	p, err := s.planMerge(r.Context(), v, &ask)
	if err != nil {
		return err
	}
	m := s.viewMerge(ask, p)
	if typed := m.mustType(r.Context()); typed != "" && p.Fingerprint == fingerprint && f.text("typed") != typed {
		f.Errors = append(f.Errors, ui.FieldError{Name: "typed", Message: say.Textf(r.Context(), "Type %s to confirm. Nothing was changed.", typed)})
		return s.showConfirm(w, r, http.StatusUnprocessableEntity, m, f)
	}
	confirmed := *p
	confirmed.Fingerprint, confirmed.Facts = fingerprint, readFacts(f)
	op, err := s.merge.Run(r.Context(), v, &confirmed)
	if code := tenon.CodeOf(err); code == tenon.Stale || code == tenon.Conflict || code == tenon.Busy {
		return s.mergeAgain(w, r, ask, err)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, operationPath(op.ID))
}

// mergeAgain shows the plan as it is now, after one that was refused.
func (s *server) mergeAgain(w http.ResponseWriter, r *http.Request, ask mergeAsk, refusal error) error {
	p, err := s.planMerge(r.Context(), viewer(r), &ask)
	if err != nil {
		return err
	}
	m := s.viewMerge(ask, p)
	m.refused = refusedOf(r.Context(), refusal, p)
	return s.showMerge(w, r, httpkit.ProblemOf(refusal, "").Status, m)
}

// doneAlready finds the operation that carried out the plan with this
// fingerprint: a form that was sent twice has been answered by the first.
func (s *server) doneAlready(ctx context.Context, v tenon.Viewer, kind, fingerprint string) (tenon.OperationID, error) {
	if fingerprint == "" {
		return 0, nil
	}
	recent, _, err := s.ops.List(ctx, v, store.OperationQuery{Kind: kind, Page: tenon.Page{Limit: 20}})
	if err != nil {
		return 0, err
	}
	var found tenon.OperationID
	for _, op := range recent {
		fits := op.Fingerprint == fingerprint && op.By == v.User && (op.State == tenon.Finished || op.State == tenon.Running)
		if fits && op.Parent != 0 {
			return op.Parent, nil
		}
		if fits && found == 0 {
			found = op.ID
		}
	}
	return found, nil
}

// readFacts returns the facts of the plan that was confirmed, by which a
// refusal can say what has changed.
func readFacts(f *form) map[string]string {
	var facts map[string]string
	if json.Unmarshal([]byte(f.Get("facts")), &facts) != nil {
		return nil
	}
	return facts
}

func writeFacts(p *tenon.Plan) string {
	text, err := json.Marshal(p.Facts)
	if err != nil {
		return "" // a refusal will then not say what has changed
	}
	return string(text)
}

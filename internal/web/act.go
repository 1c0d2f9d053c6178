package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// actView is the plan of an act on records: what it takes, what stands in the
// way, and the form that confirms it.
type actView struct {
	fieldsView
	plan     *tenon.Plan
	section  string // of the top bar, "" for the organizations
	title    string // "Move Harbor Dental to the trash"
	crumbs   []ui.Crumb
	sentence string
	act      ui.Button
	post     string     // address of the form
	keep     url.Values // what was asked, carried on
	back     string
	refused  *refused
	// clears are the ways to clear a blocker, by its code.
	clears map[string][]ui.Button
	form   *form
}

// showAct shows the plan of an act.
func (s *server) showAct(w http.ResponseWriter, r *http.Request, status int, a *actView) error {
	if a.form == nil {
		a.form = &form{Values: url.Values{}}
	}
	if len(a.plan.Fields) > 0 {
		n, err := s.namesOfFields(r, a.schema, a.plan.Fields)
		if err != nil {
			return err
		}
		a.names = n
	}
	return s.showStatus(w, r, status, ui.Page{Title: a.title, Section: cmp.Or(a.section, "organizations"), Foot: actFoot(a)}, actContent(a))
}

// planner makes the plan of an act from what was asked.
type planner func(*server, *http.Request, url.Values) (*actView, error)

// actPage shows the plan that plan makes.
func actPage(plan planner) func(*server, http.ResponseWriter, *http.Request) error {
	return func(s *server, w http.ResponseWriter, r *http.Request) error {
		a, err := plan(s, r, r.URL.Query())
		if err != nil {
			return err
		}
		return s.showAct(w, r, http.StatusOK, a)
	}
}

// actRun carries the plan out, once. What was typed wrong and what has changed
// meanwhile come back to the plan of now.
func actRun(plan planner) func(*server, http.ResponseWriter, *http.Request) error {
	return func(s *server, w http.ResponseWriter, r *http.Request) error {
		f, err := readForm(r)
		if err != nil {
			return err
		}
		fingerprint := f.text("fingerprint")
		if done, err := s.doneAlready(r.Context(), viewer(r), f.text("operation"), fingerprint); err != nil || done != 0 {
			if err != nil {
				return err
			}
			return redirect(w, r, operationPath(done))
		}
		a, err := plan(s, r, f.Values)
		if err != nil {
			return err
		}
		a.form = f
		if must := a.plan.MustType; must != "" && a.plan.Fingerprint == fingerprint && f.text("typed") != must {
			f.Errors = append(f.Errors, ui.FieldError{Name: "typed", Message: say.Textf(r.Context(), "Type %s to confirm. Nothing was changed.", strconv.Quote(must))})
			return s.showAct(w, r, http.StatusUnprocessableEntity, a)
		}
		confirmed := *a.plan
		confirmed.Fingerprint, confirmed.Facts, confirmed.Typed = fingerprint, readFacts(f), f.text("typed")
		op, err := s.trash.Run(r.Context(), viewer(r), &confirmed)
		if code := tenon.CodeOf(err); code == tenon.Stale || code == tenon.Conflict || code == tenon.Busy {
			a.refused = refusedOf(r.Context(), err, a.plan)
			return s.showAct(w, r, httpkit.ProblemOf(err, "").Status, a)
		}
		if err != nil {
			return err
		}
		if next := f.text(nextField); next != "" && op.State == tenon.Finished {
			leaveNote(w, r, note{Text: say.Phrase(r.Context(), op.Sentence()), Href: operationPath(op.ID), Link: say.Text(r.Context(), "Receipt")})
			return redirect(w, r, localPath(next))
		}
		return redirect(w, r, operationPath(op.ID))
	}
}

// nextField is what an act that clears the way for another one leads to.
const nextField = "next"

// leadsBack takes from the address what the act clears the way for.
func (a *actView) leadsBack(q url.Values) {
	if next := q.Get(nextField); next != "" {
		a.back = localPath(next)
		a.keep.Set(nextField, a.back)
	}
}

// planDelete is what moving organizations to the trash takes. The list sends
// their ids; the page of one has its id in the address.
func planDelete(s *server, r *http.Request, q url.Values) (*actView, error) {
	picked, err := readPicked(q)
	if err != nil {
		return nil, err
	}
	orgs, err := picked.organizations(s, r)
	if err != nil {
		return nil, err
	}
	p, err := s.trash.PlanDelete(r.Context(), viewer(r), orgs)
	if err != nil {
		return nil, err
	}
	name := orgNames(r.Context(), p.Sources)
	a := &actView{plan: p, title: say.Textf(r.Context(), "Move %s to the trash", name), post: "/delete", keep: picked.keep(), back: "/organizations"}
	a.crumbs = []ui.Crumb{{Href: "/organizations", Text: say.Text(r.Context(), ui.TextOrganizations)}}
	if len(orgs) == 1 {
		a.back = organizationPath(orgs[0])
		a.crumbs = append(a.crumbs, ui.Crumb{Href: a.back, Text: name})
	}
	a.crumbs = append(a.crumbs, ui.Crumb{Text: say.Text(r.Context(), "Move to the trash")})
	parts := []string{ui.Count(r.Context(), p.Counts["items"], "item", "items")}
	if n := p.Counts["sub_organizations"]; n > 0 {
		parts = append(parts, ui.Count(r.Context(), n, "sub-organization", "sub-organizations"))
	}
	goes := "goes"
	if len(orgs) > 1 {
		goes = "go"
	}
	a.sentence = say.Textf(r.Context(), "%s %s to the trash with %s. Your PSA is untouched. One Restore brings all of it back.", name, goes, wordsAnd(r.Context(), parts))
	a.act = ui.Button{Text: say.Textf(r.Context(), "Move %s to the trash", name), Icon: "trash", Look: ui.Danger}
	return a, nil
}

func idValues[ID interface {
	~int64
	String() string
}](name string, list []ID) url.Values {
	q := url.Values{}
	for _, id := range list {
		q.Add(name, id.String())
	}
	return q
}

// deleteOne leads from the page of an organization to the plan of deleting it.
func (s *server) deleteOne(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return err
	}
	return redirect(w, r, "/delete?id="+id.String())
}

// planPurge is what is removed from the trash for ever.
func planPurge(s *server, r *http.Request, q url.Values) (*actView, error) {
	orgs, err := ids[tenon.OrgID](q["organization"])
	if err != nil {
		return nil, err
	}
	items, err := ids[tenon.ItemID](q["item"])
	if err != nil {
		return nil, err
	}
	p, err := s.trash.PlanPurge(r.Context(), viewer(r), orgs, items)
	if err != nil {
		return nil, err
	}
	name := planName(r.Context(), p)
	a := &actView{plan: p, section: "account", title: say.Textf(r.Context(), "Purge %s", name), post: "/trash/purge", back: "/trash", keep: idValues("organization", orgs),
		crumbs: []ui.Crumb{{Href: "/trash", Text: say.Text(r.Context(), ui.TextTrash)}, {Text: say.Text(r.Context(), "Purge")}}}
	for _, id := range items {
		a.keep.Add("item", id.String())
	}
	a.sentence = say.Textf(r.Context(), "%s is removed for ever with %s. This cannot be undone; the activity log stays.", name, ui.Count(r.Context(), p.Counts["items"], "item", "items"))
	a.act = ui.Button{Text: say.Textf(r.Context(), "Purge %s for ever", name), Icon: "trash", Look: ui.Purge}
	return a, nil
}

// planName is what a plan is about, in a word or two.
func planName(ctx context.Context, p *tenon.Plan) string {
	named := 0
	name := ""
	for _, i := range p.Items {
		if !i.Along {
			named, name = named+1, i.Name
		}
	}
	switch {
	case len(p.All) > 0:
		return ui.Count(ctx, len(p.All), "record", "records")
	case len(p.Sources) > 0 && named == 0:
		return orgNames(ctx, p.Sources)
	case named == 1 && len(p.Sources) == 0:
		return name
	}
	return ui.Count(ctx, named+len(p.Sources), "record", "records")
}

// itemActs are the words for what can be done with items.
var itemActs = map[string]struct{ verb, act, elsewhere, icon, follows string }{
	trash.ActionDelete:    {say.Key("Move"), say.Key("Move %s to the trash"), "", "trash", say.Key("Restore brings it back as it was.")},
	trash.ActionArchive:   {say.Key("Archive"), say.Key("Archive %s"), "", "archive", say.Key("It stays readable and leaves the lists.")},
	trash.ActionUnarchive: {say.Key("Take"), say.Key("Take %s out of the archive"), "", "archive", say.Key("It is in the lists again.")},
	trash.ActionMove:      {say.Key("Move"), say.Key("Move %s to %s"), say.Key("Move %s to another organization"), "arrow-right", say.Key("It keeps its id, its history and what hangs on it.")},
	trash.ActionCopy:      {say.Key("Copy"), say.Key("Copy %s to %s"), say.Key("Copy %s to another organization"), "copy", say.Key("The original stays as it is.")},
}

// planItems is what an action does to items.
func planItems(s *server, r *http.Request, q url.Values) (*actView, error) {
	action := q.Get("action")
	words, ok := itemActs[action]
	field, change := fieldActs[action]
	if !ok && !change {
		return nil, tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	picked, err := readPicked(q)
	if err != nil {
		return nil, err
	}
	sel, err := picked.items(s.now())
	if err != nil {
		return nil, err
	}
	choices := readChoices(q)
	target, err := actTarget(q, action)
	if err != nil {
		return nil, err
	}
	if change {
		said, err := readChange(action, q, &choices)
		if err == nil && !said {
			err = errNoChange
		}
		if err != nil {
			return nil, err
		}
	}
	p, err := s.trash.PlanSelection(r.Context(), viewer(r), action, sel, target, choices)
	if err != nil {
		return nil, err
	}
	name := planName(r.Context(), p)
	a := &actView{plan: p, post: "/items/act", keep: picked.keep(), back: picked.back()}
	if len(picked.ids) == 1 && !picked.all {
		a.back = itemPath(tenon.ItemID(picked.ids[0]))
	}
	if change {
		a.changeWords(r.Context(), action, field.act, field.icon, name, choices)
		a.crumbs = []ui.Crumb{{Href: a.back, Text: name}, {Text: say.Text(r.Context(), field.verb)}}
		return a, nil
	}
	a.keep.Set("action", action)
	a.leadsBack(q)
	if target != 0 {
		a.keep.Set("target", target.String())
	}
	addChoices(a.keep, tenon.Choices{KeepReferences: p.Choices.KeepReferences})
	args := []any{name}
	if p.Target != nil {
		args = append(args, p.Target.Name)
	}
	a.title = say.Textf(r.Context(), words.act, args...)
	a.crumbs = []ui.Crumb{{Href: a.back, Text: name}, {Text: say.Text(r.Context(), words.verb)}}
	a.sentence = say.Textf(r.Context(), "%s. %s The receipt has an Undo.", a.title, say.Text(r.Context(), words.follows))
	a.act = ui.Button{Text: a.title, Icon: words.icon, Look: lookOf(action)}
	return a, nil
}

func lookOf(action string) ui.Look {
	if action == trash.ActionDelete {
		return ui.Danger
	}
	return ui.Primary
}

// actTarget is where items go, for the acts that need to know.
func actTarget(q url.Values, action string) (tenon.OrgID, error) {
	targets, err := ids[tenon.OrgID](append(q["target"], q["into_id"]...))
	if err != nil {
		return 0, err
	}
	if len(targets) > 0 {
		return targets[0], nil
	}
	if needsTarget(action) {
		return 0, errNoTarget
	}
	return 0, nil
}

// planCount is how many records somebody has named.
func planCount(p *tenon.Plan) int {
	if len(p.All) > 0 {
		return len(p.All)
	}
	n := 0
	for _, i := range p.Items {
		if !i.Along {
			n++
		}
	}
	return n
}

func needsTarget(action string) bool { return action == trash.ActionMove || action == trash.ActionCopy }

// itemsPage is the plan of an action on items; to where they go is asked first.
func (s *server) itemsPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	a, err := planItems(s, r, q)
	switch {
	case errors.Is(err, errNoTarget):
		return s.chooseItemTarget(w, r)
	case errors.Is(err, errNoChange):
		p, err := readPicked(q)
		if err != nil {
			return err
		}
		return s.askChange(w, r, p, q.Get("action"), "/items/act")
	}
	if err != nil {
		return err
	}
	return s.showAct(w, r, http.StatusOK, a)
}

// itemTarget is the page that asks to which organization items go.
type itemTarget struct {
	action string
	picked *picked
	typed  string
	asked  bool
	found  []*tenon.Organization
}

func (s *server) chooseItemTarget(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	t := &itemTarget{action: q.Get("action"), typed: q.Get("into"), asked: q.Has("into")}
	var err error
	if t.picked, err = readPicked(q); err != nil {
		return err
	}
	if t.picked.empty() {
		return tenon.Errorf(tenon.NotFound, "No item was picked.")
	}
	if t.typed != "" {
		if t.found, _, err = s.core.Organizations(r.Context(), viewer(r), store.OrgQuery{State: tenon.Live, Search: t.typed, Page: tenon.Page{Limit: maxFound, Sort: "name"}}); err != nil {
			return err
		}
	}
	return s.show(w, r, ui.Page{Title: t.title(r.Context()), Section: "organizations"}, itemTargetContent(t))
}

func (t *itemTarget) title(ctx context.Context) string {
	return say.Textf(ctx, itemActs[t.action].elsewhere, t.picked.words(ctx))
}

func (t *itemTarget) wrong(ctx context.Context) string {
	if t.asked && len(t.found) == 0 {
		return say.Text(ctx, "No live organization has this in its name.")
	}
	return ""
}

func (t *itemTarget) path(target tenon.OrgID) string {
	q := t.picked.keep()
	q.Set("action", t.action)
	q.Set("target", target.String())
	return join("/items/act", q)
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// picked is what was picked in a list: rows, or everything that the list finds.
// It stands in the address of the plan, which changes nothing, and again in
// the form that confirms.
type picked struct {
	ids   []int64
	all   bool
	list  string // the plural name of the kind, or "organizations"
	where url.Values
	of    tenon.OrgID // the organization whose list it is
}

func readPicked(q url.Values) (*picked, error) {
	p := &picked{all: q.Get("all") == "1", list: q.Get("list"), of: tenon.OrgID(tenon.ParseID(q.Get("of")))}
	var err error
	if p.where, err = url.ParseQuery(q.Get("where")); err != nil {
		return nil, tenon.FieldErrorf("where", "This filter cannot be read.")
	}
	p.ids, err = ids[int64](q["id"])
	return p, err
}

// keep is the selection as the values of a form.
func (p *picked) keep() url.Values {
	out := url.Values{}
	if p.list != "" {
		out.Set("list", p.list)
	}
	if p.of != 0 {
		out.Set("of", p.of.String())
	}
	if p.all {
		out.Set("all", "1")
		out.Set("where", p.where.Encode())
		return out
	}
	for _, id := range p.ids {
		out.Add("id", ui.Plain64(id))
	}
	return out
}

func (p *picked) empty() bool { return !p.all && len(p.ids) == 0 }

// words say what is picked, before anybody has counted.
func (p *picked) words(ctx context.Context) string {
	noun, many := "item", "items"
	if k := kindOfPlural(p.list); k != nil {
		noun, many = lower(k.Label), lower(k.Labels)
	}
	if p.list == "organizations" {
		noun, many = "organization", "organizations"
	}
	if p.all {
		return say.Textf(ctx, "all %s of the list", say.Plural(ctx, 2, noun, many))
	}
	return ui.Count(ctx, len(p.ids), noun, many)
}

// back is the list that was picked from.
func (p *picked) back() string {
	path := "/" + p.list
	if p.list == "" {
		path = "/organizations"
	}
	if p.of != 0 {
		path = organizationPath(p.of) + path
	}
	return join(path, p.where)
}

// items is the selection as the engine takes it.
func (p *picked) items(now time.Time) (trash.Selection, error) {
	var sel trash.Selection
	if !p.all {
		for _, id := range p.ids {
			sel.IDs = append(sel.IDs, tenon.ItemID(id))
		}
		return sel, nil
	}
	k := kindOfPlural(p.list)
	if k == nil {
		return sel, tenon.Errorf(tenon.NotFound, "There is no such list.")
	}
	query, err := itemQuery(k, p.where, now)
	if err != nil {
		return sel, err
	}
	if query.Org = p.of; p.of == 0 {
		query.Org = tenon.OrgID(tenon.ParseID(p.where.Get("organization")))
	}
	sel.Query = &query
	return sel, nil
}

// organizations returns the ids of the selection.
func (p *picked) organizations(s *server, r *http.Request) ([]tenon.OrgID, error) {
	if !p.all {
		out := make([]tenon.OrgID, len(p.ids))
		for i, id := range p.ids {
			out[i] = tenon.OrgID(id)
		}
		return out, nil
	}
	q, err := organizationQuery(p.where, s.now())
	if err != nil {
		return nil, err
	}
	return s.trash.FindOrganizations(r.Context(), viewer(r), q)
}

// What an act needs to know beside the selection is asked on a page of its own.
var (
	errNoTarget = errors.New("no target was named")
	errNoChange = errors.New("it was not said what is to change")
)

// fieldActs are the words for acts that change a field.
var fieldActs = map[string]struct{ verb, act, icon, ask string }{
	trash.ActionTag:      {say.Key("Tag"), say.Key("Tag %s"), "tag", say.Key("Which tags go on?")},
	trash.ActionUntag:    {say.Key("Take tags off"), say.Key("Take tags off %s"), "tag", say.Key("Which tags come off?")},
	trash.ActionType:     {say.Key("Change the type of"), say.Key("Change the type of %s"), "list-details", say.Key("Which type do they get?")},
	trash.ActionStatus:   {say.Key("Change the status of"), say.Key("Change the status of %s"), "circle-check", say.Key("Which status do they get?")},
	trash.ActionFolder:   {say.Key("Put into a folder"), say.Key("Put %s into a folder"), "folder", ""},
	trash.ActionRestrict: {say.Key("Restrict"), say.Key("Restrict %s"), "shield-lock", say.Key("Who may see them?")},
}

// readChange reads what a field is to become; it tells whether anybody said.
func readChange(action string, q url.Values, c *tenon.Choices) (bool, error) {
	switch action {
	case trash.ActionTag, trash.ActionUntag:
		for t := range strings.SplitSeq(strings.Join(q["tags"], ","), ",") {
			if t = strings.TrimSpace(t); t != "" {
				c.Tags = append(c.Tags, t)
			}
		}
		return len(c.Tags) > 0, nil
	case trash.ActionType, trash.ActionStatus, trash.ActionFolder:
		c.Value = q.Get("value")
		return q.Has("value"), nil
	}
	for _, text := range q["to"] {
		kind, id, _ := strings.Cut(text, " ")
		n := tenon.ParseID(id)
		if n == 0 || (kind != tenon.SubjectUser && kind != tenon.SubjectGroup) {
			return false, tenon.FieldErrorf("to", "%q is no user and no group.", text)
		}
		c.Subjects = append(c.Subjects, tenon.Subject{Kind: kind, ID: n})
	}
	return len(c.Subjects) > 0 || q.Get("open") == "1", nil
}

// keepChange is readChange the other way round.
func keepChange(action string, c tenon.Choices, keep url.Values) {
	switch action {
	case trash.ActionTag, trash.ActionUntag:
		keep.Set("tags", strings.Join(c.Tags, ", "))
	case trash.ActionType, trash.ActionStatus, trash.ActionFolder:
		keep.Set("value", c.Value)
	case trash.ActionRestrict:
		keep.Set("open", "1")
		for _, s := range c.Subjects {
			keep.Add("to", s.Kind+" "+ui.Plain64(s.ID))
		}
	}
}

// changeAsk is the page that asks what a field is to become.
type changeAsk struct {
	action  string
	post    string // address of the plan
	picked  *picked
	field   string // its label
	choices []ui.Choice
	groups  []ui.Choice
	users   []ui.Choice
	error   string
}

func (a *changeAsk) title(ctx context.Context) string {
	return say.Textf(ctx, fieldActs[a.action].act, a.picked.words(ctx))
}

// askChange asks what a field of the selection is to become.
func (s *server) askChange(w http.ResponseWriter, r *http.Request, p *picked, action, post string) error {
	v := viewer(r)
	a := &changeAsk{action: action, post: post, picked: p}
	if p.empty() {
		return tenon.Errorf(tenon.NotFound, "Nothing was picked.")
	}
	if r.URL.Query().Has("tags") {
		a.error = say.Text(r.Context(), "Name at least one tag.")
	}
	need := tenon.EditItems
	switch {
	case p.list == "organizations":
		need = tenon.EditOrgs
	case action == trash.ActionRestrict:
		need = tenon.RestrictItems
	}
	if err := v.Need(need); err != nil {
		return err
	}
	err := s.read(r, func(tx *store.Tx) (err error) {
		switch action {
		case trash.ActionType, trash.ActionStatus:
			return a.loadValues(r.Context(), tx, v)
		case trash.ActionFolder:
			return a.loadFolders(r.Context(), tx, v)
		case trash.ActionRestrict:
			return a.loadSubjects(tx, v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: a.title(r.Context()), Section: "organizations"}, changeContent(a))
}

// loadValues loads what a type or status may be.
func (a *changeAsk) loadValues(ctx context.Context, tx *store.Tx, v tenon.Viewer) error {
	schema, name := tenon.OrganizationFields, map[string]string{trash.ActionType: "organization_type_id", trash.ActionStatus: "organization_status_id"}[a.action]
	if a.picked.list != "organizations" {
		k := kindOfPlural(a.picked.list)
		if k == nil { // not from a list: what the first one is
			i, err := tx.GetItem(v, tenon.ItemID(a.picked.ids[0]))
			if err != nil {
				return err
			}
			k = i.Kind.Info()
		}
		schema, name = k.Fields, map[string]string{trash.ActionType: k.Type, trash.ActionStatus: k.Status}[a.action]
	}
	f := schema.Field(name)
	if f == nil || f.List == flexTypes {
		return tenon.Errorf(tenon.NotFound, "These have no %s that could be changed.", a.action)
	}
	a.field = say.Text(ctx, f.Label)
	if !f.Required {
		a.choices = append(a.choices, ui.Choice{Text: say.Text(ctx, "None")})
	}
	a.choices = append(a.choices, options(ctx, f.Options)...)
	if f.Type == tenon.Lookup {
		rows, err := lookupList(tx, f.List)
		if err != nil {
			return err
		}
		a.choices = append(a.choices, choicesOf(rows)...)
	}
	return nil
}

// loadFolders loads the folders of the organization whose list it is.
func (a *changeAsk) loadFolders(ctx context.Context, tx *store.Tx, v tenon.Viewer) error {
	k, org := kindOfPlural(a.picked.list), a.picked.of
	if k == nil || org == 0 { // not from a list: those of the first one
		if len(a.picked.ids) == 0 {
			return tenon.Errorf(tenon.NotFound, "Nothing was picked.")
		}
		i, err := tx.GetItem(v, tenon.ItemID(a.picked.ids[0]))
		if err != nil {
			return err
		}
		k, org = i.Kind.Info(), i.OrgID
	}
	f := k.Fields.Field(k.FolderField())
	if f == nil {
		return tenon.Errorf(tenon.NotFound, "These lie in no folders.")
	}
	tree, err := folderTree(tx, v, f.RefKind, org)
	a.field, a.choices = say.Text(ctx, f.Label), []ui.Choice{{Text: say.Text(ctx, "No folder")}}
	for _, n := range tree {
		a.choices = append(a.choices, ui.Choice{Value: n.ID.String(), Text: n.indented()})
	}
	return err
}

// loadSubjects loads to whom items may be restricted.
func (a *changeAsk) loadSubjects(tx *store.Tx, v tenon.Viewer) error {
	groups, _, err := tx.ListGroups(v, store.GroupQuery{Page: tenon.Page{Limit: maxOptions}})
	if err != nil {
		return err
	}
	for _, g := range groups {
		a.groups = append(a.groups, ui.Choice{Value: tenon.SubjectGroup + " " + g.ID.String(), Text: g.Name})
	}
	users, _, err := tx.ListUsers(v, store.UserQuery{Page: tenon.Page{Limit: maxOptions}})
	for _, u := range users {
		if !u.Disabled {
			a.users = append(a.users, ui.Choice{Value: tenon.SubjectUser + " " + u.ID.String(), Text: u.Name})
		}
	}
	return err
}

// planOrganizationsAct is what an act that changes a field does to organizations.
func planOrganizationsAct(s *server, r *http.Request, q url.Values) (*actView, error) {
	action := q.Get("action")
	words, ok := fieldActs[action]
	if !ok || action == trash.ActionRestrict {
		return nil, tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	v := viewer(r)
	if err := v.Need(tenon.EditOrgs); err != nil {
		return nil, err
	}
	p, err := readPicked(q)
	if err != nil {
		return nil, err
	}
	p.list = "organizations"
	var c tenon.Choices
	said, err := readChange(action, q, &c)
	if err != nil {
		return nil, err
	}
	if !said {
		return nil, errNoChange
	}
	found, err := p.organizations(s, r)
	if err != nil {
		return nil, err
	}
	plan, err := s.trash.PlanOrganizations(r.Context(), v, action, found, c)
	if err != nil {
		return nil, err
	}
	a := &actView{plan: plan, post: "/organizations/act", keep: p.keep(), back: p.back()}
	name := ui.Count(r.Context(), len(plan.All), "organization", "organizations")
	if len(plan.All) == 1 {
		name = plan.Sources[0].Name
	}
	a.changeWords(r.Context(), action, words.act, words.icon, name, c)
	a.crumbs = []ui.Crumb{{Href: "/organizations", Text: say.Text(r.Context(), ui.TextOrganizations)}, {Text: say.Text(r.Context(), words.verb)}}
	return a, nil
}

// changeWords puts an act that changes a field into words.
func (a *actView) changeWords(ctx context.Context, action, act, icon, name string, c tenon.Choices) {
	a.title = say.Textf(ctx, act, name)
	a.sentence = say.Textf(ctx, "%s. The receipt has an Undo.", say.Phrase(ctx, a.plan.Sentence))
	a.act = ui.Button{Text: a.title, Icon: icon, Look: ui.Primary}
	a.keep.Set("action", action)
	keepChange(action, c, a.keep)
}

// organizationsActPage is the plan of an act on organizations; what is to
// change is asked first.
func (s *server) organizationsActPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	a, err := planOrganizationsAct(s, r, q)
	if errors.Is(err, errNoChange) {
		p, err := readPicked(q)
		if err != nil {
			return err
		}
		p.list = "organizations"
		return s.askChange(w, r, p, q.Get("action"), "/organizations/act")
	}
	if err != nil {
		return err
	}
	return s.showAct(w, r, http.StatusOK, a)
}

// sortedKeys orders the hidden values of a form, so that a page is the same each time.
func sortedKeys(q map[string][]string) []string {
	out := make([]string, 0, len(q))
	for name := range q {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

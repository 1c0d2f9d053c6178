package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// organizationList is everything that the list of organizations shows.
type organizationList struct {
	address   address
	viewer    tenon.Viewer
	query     store.OrgQuery
	search    string
	rows      []*tenon.Organization
	next      string
	found     int64 // what the filter finds, all pages
	counts    []store.OrgCount
	items     map[tenon.BinderID]int64
	types     []tenon.LookupRow
	statuses  []tenon.LookupRow
	parent    string // whose sub-organizations are listed
	anyFilter bool
}

func (s *server) organizations(w http.ResponseWriter, r *http.Request) error {
	l := &organizationList{address: addressOf(r), viewer: viewer(r)}
	if err := l.ask(); err != nil {
		return err
	}
	if err := s.read(r, l.load); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: ui.TextOrganizations, Section: "organizations"}, organizationsContent(l, s.now()))
}

// ask reads from the address what is wanted.
func (l *organizationList) ask() (err error) {
	q := l.address.query
	l.search = q.Get("q")
	l.query = store.OrgQuery{State: tenon.OrgState(q.Get("state")), Search: l.search, Page: tenon.Page{Limit: pageRows, Cursor: q.Get("cursor"), Sort: cmp.Or(q.Get("sort"), "name")}}
	switch l.query.State {
	case "":
		l.query.State = tenon.Live
	case tenon.Live, tenon.Trashed, tenon.Merged:
	default:
		return tenon.Errorf(tenon.NotFound, "There is no such list of organizations.")
	}
	if l.query.Type, err = ids[tenon.LookupID](q["type"]); err != nil {
		return err
	}
	if l.query.Status, err = ids[tenon.LookupID](q["status"]); err != nil {
		return err
	}
	parents, err := ids[tenon.OrgID](q["parent"])
	if err != nil {
		return err
	}
	if len(parents) > 0 {
		l.query.Parent = parents[0]
	}
	if tag := q.Get("tag"); tag != "" {
		l.query.Field, l.query.Key = "tags", store.FieldKey(&tenon.Field{Name: "tags", Type: tenon.Text}, tag)
	}
	l.anyFilter = l.search != "" || len(l.query.Type)+len(l.query.Status) > 0 || l.query.Parent != 0 || l.query.Field != ""
	return nil
}

func (l *organizationList) load(tx *store.Tx) (err error) {
	if l.rows, l.next, err = tx.ListOrganizations(l.viewer, l.query); err != nil {
		return err
	}
	if l.found, err = tx.CountOrganizations(l.viewer, l.query); err != nil {
		return err
	}
	if l.counts, err = tx.CountOrganizationsEach(l.viewer); err != nil {
		return err
	}
	var binders []tenon.BinderID
	for _, o := range l.rows {
		binders = append(binders, o.Binders...)
	}
	if l.items, err = tx.CountItemsEach(l.viewer, binders); err != nil {
		return err
	}
	if l.types, err = lookupList(tx, "organization_types"); err != nil {
		return err
	}
	if l.statuses, err = lookupList(tx, "organization_statuses"); err != nil {
		return err
	}
	if l.query.Parent != 0 {
		known, err := tx.RecordNames(l.viewer, []int64{int64(l.query.Parent)})
		if err != nil {
			return err
		}
		l.parent = known[int64(l.query.Parent)].Name
	}
	return nil
}

// lookupList returns a look-up list as a form offers it.
func lookupList(tx *store.Tx, list string) ([]tenon.LookupRow, error) {
	rows, _, err := tx.ListLookups(store.LookupQuery{List: list, Page: tenon.Page{Limit: tenon.MaxPage}})
	return rows, err
}

func lookupName(rows []tenon.LookupRow, id int64) string {
	for i := range rows {
		if int64(rows[i].ID) == id {
			return rows[i].Name
		}
	}
	return ""
}

// total counts the organizations in a state, and of a type where one is given.
func (l *organizationList) total(state tenon.OrgState, types ...tenon.LookupID) (n int64) {
	for _, c := range l.counts {
		if c.State == state && (len(types) == 0 || slices.Contains(types, c.Type)) {
			n += c.N
		}
	}
	return n
}

// count is "412 of 530" where something is filtered, else "530".
func (l *organizationList) count() string {
	all := l.total(l.query.State)
	if l.found == all {
		return ui.Number(all)
	}
	return ui.Number(l.found) + " of " + ui.Number(all)
}

// maxTypeTabs is how many types have a view of their own.
const maxTypeTabs = 4

// tabs are the views: all, the types with the most organizations, and what is
// no longer live.
func (l *organizationList) tabs() []ui.Tab {
	live := l.query.State == tenon.Live
	only := int64(0)
	if live && len(l.query.Type) == 1 {
		only = int64(l.query.Type[0])
	}
	types := slices.Clone(l.types)
	slices.SortStableFunc(types, func(a, b tenon.LookupRow) int {
		return cmp.Compare(l.total(tenon.Live, b.ID), l.total(tenon.Live, a.ID))
	})
	tabs := []ui.Tab{{Href: "/organizations", Text: "All", Count: ui.Number(l.total(tenon.Live)), Current: live && only == 0}}
	for i, t := range types {
		n := l.total(tenon.Live, t.ID)
		current := only == int64(t.ID)
		if (i >= maxTypeTabs || n == 0) && !current {
			continue
		}
		tabs = append(tabs, ui.Tab{Href: "/organizations?type=" + t.ID.String(), Text: t.Name, Count: ui.Number(n), Current: current})
	}
	for _, gone := range []struct {
		state tenon.OrgState
		text  string
	}{{tenon.Merged, "Merged away"}, {tenon.Trashed, "In the trash"}} {
		current := l.query.State == gone.state
		if n := l.total(gone.state); n > 0 || current {
			tabs = append(tabs, ui.Tab{Href: "/organizations?state=" + string(gone.state), Text: gone.text, Count: ui.Number(n), Current: current})
		}
	}
	return tabs
}

func (l *organizationList) chips() []ui.Chip {
	var chips []ui.Chip
	add := func(param, word, name string) {
		chips = append(chips, ui.Chip{Text: word + ": " + name, Without: l.address.with(param, "")})
	}
	for _, f := range []struct {
		param, word string
		ids         []tenon.LookupID
		rows        []tenon.LookupRow
	}{{"type", "Type", l.query.Type, l.types}, {"status", "Status", l.query.Status, l.statuses}} {
		names := ""
		for _, id := range f.ids {
			if names != "" {
				names += ", "
			}
			names += cmp.Or(lookupName(f.rows, int64(id)), id.String())
		}
		if names != "" {
			add(f.param, f.word, names)
		}
	}
	if l.query.Parent != 0 {
		add("parent", "Below", cmp.Or(l.parent, l.query.Parent.String()))
	}
	if tag := l.address.query.Get("tag"); tag != "" {
		add("tag", "Tag", tag)
	}
	return chips
}

func (l *organizationList) table(content func(*tenon.Organization) []templ.Component) ui.Table {
	sort := l.query.Sort
	t := ui.Table{ID: "list", Caption: ui.TextOrganizations, Columns: []ui.Column{
		l.address.column(ui.Column{Title: "Name"}, "name", sort),
		{Title: "Type", Width: "medium", Narrow: "left"}, {Title: "Status", Width: "medium"},
		{Title: "Items", Number: true, Width: "small", Narrow: "right", Unit: "items"},
		l.address.column(ui.Column{Title: "Updated", Width: "medium"}, "updated", sort),
	}, None: l.none().Draw()}
	for _, o := range l.rows {
		t.Rows = append(t.Rows, ui.Row{ID: o.ID.String(), Name: o.Name, Cells: content(o)})
	}
	if l.query.State == tenon.Live && len(l.rows) > 0 {
		t.Pick = l.pick()
	}
	return t
}

// pick is what can be done with several. The pages of the plans read the
// selection from their address, so nothing is changed before they are confirmed.
func (l *organizationList) pick() *ui.Pick {
	p := &ui.Pick{Action: "/organizations", Name: "id", Total: l.found, Keep: l.address.keep()}
	toPage := func(path string) templ.Attributes { return templ.Attributes{"formmethod": "get", "formaction": path} }
	if l.viewer.May(tenon.MergeOrgs) {
		p.Actions = append(p.Actions, ui.Button{Text: "Merge…", Icon: "arrow-merge", Key: "m", Look: ui.Primary, Small: true, Attrs: toPage("/merge")}.Draw())
	}
	if l.viewer.May(tenon.DeleteOrgs) {
		p.Actions = append(p.Actions, ui.Button{Text: "Move to trash…", Icon: "trash", Small: true, Attrs: toPage("/delete")}.Draw())
	}
	if len(p.Actions) == 0 {
		return nil
	}
	return p
}

func (l *organizationList) pager() ui.Pager {
	p := l.address.pager(len(l.rows), l.found, l.next)
	if len(l.rows) > 0 {
		p.Hints = []ui.KeyHelp{{Keys: []string{"j", "k"}, Does: "move"}, {Keys: []string{"x"}, Does: "pick"}, {Keys: []string{"Enter"}, Does: "open"},
			{Keys: []string{"m"}, Does: "merge"}, {Keys: []string{"?"}, Does: "all keys"}}
	}
	return p
}

func (l *organizationList) none() ui.Empty {
	switch {
	case l.anyFilter:
		return ui.Empty{Filtered: true, Title: "No organization fits", Text: ui.Count(l.total(l.query.State), "organization is", "organizations are") + " there; none fits what is asked for.",
			Actions: []templ.Component{ui.Button{Text: "Clear the filter", Small: true, Href: "/organizations"}.Draw()}}
	case l.query.State == tenon.Merged:
		return ui.Empty{Title: "Nothing was merged away", Text: "What is merged into another organization is listed here and can be taken out again."}
	case l.query.State == tenon.Trashed:
		return ui.Empty{Title: "The trash holds no organization", Text: "What is deleted waits here and can be restored."}
	}
	e := ui.Empty{Title: "No organizations yet", Text: "Organizations are your clients, prospects and vendors, and your own company. Everything else is filed with one of them."}
	if l.viewer.May(tenon.CreateOrgs) && l.viewer.Everywhere {
		e.Actions = append(e.Actions, ui.Button{Text: "New organization", Icon: "plus", Look: ui.Primary, Href: "/organizations/new"}.Draw())
	}
	return e
}

func (l *organizationList) itemsOf(o *tenon.Organization) (n int64) {
	for _, b := range o.Binders {
		n += l.items[b]
	}
	return n
}

// suggestOrganizations answers what is typed into a field that names an
// organization: an id, or a part of a name.
func (s *server) suggestOrganizations(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("q")
	var found []*tenon.Organization
	err := s.read(r, func(tx *store.Tx) error {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			o, err := tx.GetOrganization(viewer(r), tenon.OrgID(id))
			if err == nil && o.State == tenon.Live {
				found = append(found, o)
			}
			if tenon.CodeOf(err) == tenon.Internal {
				return err
			}
		}
		more, _, err := tx.ListOrganizations(viewer(r), store.OrgQuery{Search: text, Page: tenon.Page{Limit: 12}})
		found = append(found, more...)
		return err
	})
	if err != nil {
		return err
	}
	var list []ui.Suggestion
	for _, o := range found {
		list = append(list, ui.Suggestion{ID: o.ID.String(), Text: o.Name, More: o.ID.String()})
	}
	return write(w, r, http.StatusOK, ui.Suggestions(list))
}

package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// organizationList is everything that the list of organizations shows.
type organizationList struct {
	listFrame
	query    store.OrgQuery
	rows     []*tenon.Organization
	next     string
	found    int64 // what the filter finds, all pages
	counts   []store.OrgCount
	inViews  []int64
	items    map[tenon.BinderID]int64
	types    []tenon.LookupRow
	statuses []tenon.LookupRow
	names    names
	filters  []listFilter
	columns  []listColumn
	starred  map[int64]bool
	opened   []tenon.Shortcut
	stars    []tenon.Shortcut
}

func (s *server) organizations(w http.ResponseWriter, r *http.Request) error {
	l := &organizationList{listFrame: listFrame{address: addressOf(r), name: "organizations", title: say.Text(r.Context(), ui.TextOrganizations), viewer: viewer(r), now: s.now()}}
	leads := ""
	err := s.read(r, func(tx *store.Tx) (err error) {
		if err := l.listFrame.load(tx); err != nil {
			return err
		}
		if leads = l.opensWith(); leads != "" {
			return nil
		}
		if l.query, err = organizationQuery(l.address.query, l.now); err != nil {
			return err
		}
		l.query.Page = tenon.Page{Limit: pageRows, Cursor: l.address.query.Get("cursor"), Sort: cmp.Or(l.address.query.Get("sort"), "name")}
		if leads, err = l.resolve(tx); err != nil || leads != "" {
			return err
		}
		return l.load(r.Context(), tx)
	})
	if err != nil {
		return err
	}
	if leads != "" {
		return redirect(w, r, leads)
	}
	page := ui.Page{Title: say.Text(r.Context(), ui.TextOrganizations), Section: "organizations"}
	switch l.asked() {
	case "filter":
		return s.show(w, r, page, filterContent(&l.listFrame, l.filters, map[string]string{"parent": l.names.records[int64(l.query.Parent)].Name}))
	case "columns":
		return s.show(w, r, page, columnsContent(&l.listFrame, organizationColumns(r.Context()), l.columns))
	case "views":
		return s.show(w, r, page, viewsContent(&l.listFrame))
	}
	return s.show(w, r, page, organizationsContent(l, s.now()))
}

// organizationQuery is what an address asks of the list.
func organizationQuery(q url.Values, now time.Time) (out store.OrgQuery, err error) {
	out = store.OrgQuery{State: tenon.OrgState(q.Get("state")), Search: q.Get("q"), Favourite: q.Get("starred") == "yes"}
	switch out.State {
	case "":
		out.State = tenon.Live
	case tenon.Live, tenon.Trashed, tenon.Merged:
	default:
		return out, tenon.Errorf(tenon.NotFound, "There is no such list of organizations.")
	}
	if out.Type, err = ids[tenon.LookupID](q["type"]); err != nil {
		return out, err
	}
	if out.Status, err = ids[tenon.LookupID](q["status"]); err != nil {
		return out, err
	}
	parents, err := ids[tenon.OrgID](q["parent"])
	if err != nil {
		return out, err
	}
	if len(parents) > 0 {
		out.Parent = parents[0]
	}
	if tag := q.Get("tag"); tag != "" {
		out.Field, out.Key = "tags", store.FieldKey(&tenon.Field{Name: "tags", Type: tenon.Text}, tag)
	}
	out.Since, out.Until, err = days(q, "updated", now.Location())
	return out, err
}

// organizationFilters are what the list can be filtered by.
func organizationFilters(ctx context.Context) []listFilter {
	return []listFilter{
		{param: "type", label: say.Text(ctx, "Type"), list: "organization_types"}, {param: "status", label: say.Text(ctx, "Status"), list: "organization_statuses"},
		{param: "parent", label: say.Text(ctx, "Below"), form: recordForm, suggest: "/organizations/suggest"}, {param: "tag", label: say.Text(ctx, "Tag"), form: textForm},
		{param: "starred", label: say.Text(ctx, "Favourites"), choices: []ui.Choice{{Value: "yes", Text: say.Text(ctx, "My favourites")}}}, {param: "updated", label: say.Text(ctx, "Updated"), form: daysForm},
	}
}

func (l *organizationList) resolve(tx *store.Tx) (string, error) {
	typed := l.address.query.Get("parent" + nameSuffix)
	if typed == "" {
		return "", nil
	}
	found, _, err := tx.ListOrganizations(l.viewer, store.OrgQuery{Search: typed, Page: tenon.Page{Limit: 1}})
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", tenon.FieldErrorf("parent", "Below: no organization is called %q.", typed)
	}
	return l.address.with("parent", found[0].ID.String(), "parent"+nameSuffix, ""), nil
}

func (l *organizationList) load(ctx context.Context, tx *store.Tx) (err error) {
	l.filters = organizationFilters(ctx)
	l.columns = l.chosenColumns(organizationColumns(ctx), usualOrganizations)
	rows, _, err := tx.ListLookups(store.LookupQuery{Lists: []string{"organization_types", "organization_statuses"}, Page: tenon.Page{Limit: tenon.MaxPage}})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.List == "organization_types" {
			l.types = append(l.types, row)
		} else {
			l.statuses = append(l.statuses, row)
		}
	}
	l.filters[0].choices, l.filters[1].choices = choicesOf(l.types), choicesOf(l.statuses)
	var w wanted
	if l.query.Parent != 0 {
		w.records = append(w.records, int64(l.query.Parent))
	}
	if l.asked() == "" {
		if err := l.loadRows(tx, &w); err != nil {
			return err
		}
	}
	l.names, err = w.load(tx, l.viewer)
	return err
}

func choicesOf(rows []tenon.LookupRow) []ui.Choice {
	var out []ui.Choice
	for _, row := range rows {
		out = append(out, ui.Choice{Value: row.ID.String(), Text: row.Name})
	}
	return out
}

func (l *organizationList) loadRows(tx *store.Tx, w *wanted) (err error) {
	if l.rows, l.next, err = tx.ListOrganizations(l.viewer, l.query); err != nil {
		return err
	}
	if l.counts, err = tx.CountOrganizationsEach(l.viewer); err != nil {
		return err
	}
	queries := []store.OrgQuery{l.query}
	for i := range l.views[:min(len(l.views), countedViews)] {
		q, err := url.ParseQuery(l.views[i].Query)
		if err != nil {
			break
		}
		query, err := organizationQuery(q, l.now)
		if err != nil {
			break // it is shown without a count
		}
		queries = append(queries, query)
	}
	// Organizations are thousands and not millions: they are counted to the end.
	found, err := tx.CountOrganizationsUpTo(l.viewer, 1_000_000, queries...)
	if err != nil {
		return err
	}
	l.found, l.inViews = found[0], found[1:]
	var binders []tenon.BinderID
	for _, o := range l.rows {
		binders = append(binders, o.Binders...)
		w.add(columnSchema(l.columns), o.Values)
	}
	if slices.ContainsFunc(l.columns, func(c listColumn) bool { return c.name == "items" }) {
		if l.items, err = tx.CountItemsEach(l.viewer, binders); err != nil {
			return err
		}
	}
	return l.loadShortcuts(tx, binders)
}

// shortcutsShown is how many favourites and recent organizations stand above
// the list.
const shortcutsShown = 8

func (l *organizationList) loadShortcuts(tx *store.Tx, binders []tenon.BinderID) (err error) {
	ids := make([]int64, len(binders))
	for i, b := range binders {
		ids[i] = int64(b)
	}
	if l.anything() || l.address.query.Has("cursor") {
		l.starred, err = tx.Favourites(l.viewer, ids)
		return err
	}
	all, err := tx.ListShortcuts(l.viewer, true, shortcutsShown)
	l.starred = map[int64]bool{}
	for _, s := range all.Starred {
		l.starred[s.Record] = true
	}
	l.stars, l.opened = all.Starred[:min(len(all.Starred), shortcutsShown)], all.Opened
	return err
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
func (l *organizationList) count(ctx context.Context) string {
	all := l.total(l.query.State)
	if l.found == all {
		return ui.Number(all)
	}
	return say.Textf(ctx, "%s of %s", ui.Number(l.found), ui.Number(all))
}

// maxTypeTabs is how many types have a view of their own.
const maxTypeTabs = 4

// tabs are the views: all, those that were saved, the types with the most
// organizations, and what is no longer live.
func (l *organizationList) tabs(ctx context.Context) []ui.Tab {
	view := l.current()
	live := view == nil && l.query.State == tenon.Live
	only := int64(0)
	if live && len(l.query.Type) == 1 {
		only = int64(l.query.Type[0])
	}
	types := slices.Clone(l.types)
	slices.SortStableFunc(types, func(a, b tenon.LookupRow) int {
		return cmp.Compare(l.total(tenon.Live, b.ID), l.total(tenon.Live, a.ID))
	})
	tabs := []ui.Tab{{Href: l.everything(), Text: say.Text(ctx, "All"), Count: ui.Number(l.total(tenon.Live)), Current: live && only == 0}}
	tabs = append(tabs, l.viewTabs(func(at int) string {
		if at >= len(l.inViews) {
			return ""
		}
		return ui.Number(l.inViews[at])
	})...)
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
	}{{tenon.Merged, say.Text(ctx, "Merged away")}, {tenon.Trashed, say.Text(ctx, "In the trash")}} {
		current := view == nil && l.query.State == gone.state
		if n := l.total(gone.state); n > 0 || current {
			tabs = append(tabs, ui.Tab{Href: "/organizations?state=" + string(gone.state), Text: gone.text, Count: ui.Number(n), Current: current})
		}
	}
	return tabs
}

// chips are the filters in words. Several types or statuses may be asked for.
func (l *organizationList) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	for i := range l.filters {
		f := &l.filters[i]
		text := f.chipOf(ctx, l.address.query, l.names, nil)
		if list := map[string][]tenon.LookupID{"type": l.query.Type, "status": l.query.Status}[f.param]; len(list) > 0 {
			var words []string
			for _, id := range list {
				words = append(words, cmp.Or(lookupName(append(slices.Clone(l.types), l.statuses...), int64(id)), id.String()))
			}
			text = f.label + ": " + strings.Join(words, ", ")
		}
		if text == "" {
			continue
		}
		var without []string
		for _, p := range f.params() {
			without = append(without, p, "")
		}
		chips = append(chips, ui.Chip{Text: text, Without: l.address.with(without...)})
	}
	return chips
}

// organizationColumns are all that the list can show, beside the name.
func organizationColumns(ctx context.Context) []listColumn {
	out := []listColumn{{name: "type", label: say.Text(ctx, "Type")}, {name: "status", label: say.Text(ctx, "Status")}, {name: "parent", label: say.Text(ctx, "Parent"), width: "large"}, {name: "items", label: say.Text(ctx, "Items"), width: "small"}}
	for i := range tenon.OrganizationFields {
		f := &tenon.OrganizationFields[i]
		switch f.Type {
		case tenon.LongText, tenon.RichText, tenon.Object, tenon.File:
			continue
		}
		if !slices.Contains([]string{"name", "parent_id", "organization_type_id", "organization_status_id"}, f.Name) {
			out = append(out, listColumn{name: f.Name, label: say.Text(ctx, f.Label), field: f})
		}
	}
	return append(out, listColumn{name: "domains", label: say.Text(ctx, "E-mail domains"), width: "large"}, listColumn{name: "id", label: say.Text(ctx, "Id"), width: "small"},
		listColumn{name: "created", label: say.Text(ctx, "Created")}, listColumn{name: "updated", label: say.Text(ctx, "Updated"), sort: "updated"})
}

// usualOrganizations are the columns of the list unless somebody chooses others.
var usualOrganizations = []string{"type", "status", "items", "updated"}

func (l *organizationList) table(ctx context.Context, content func(*tenon.Organization) []templ.Component) ui.Table {
	sort := l.query.Sort
	t := ui.Table{ID: "list", Caption: say.Text(ctx, ui.TextOrganizations), None: l.none(ctx).Draw(), Sticky: len(l.columns) <= maxSticky,
		Columns: []ui.Column{l.address.column(ui.Column{Title: say.Text(ctx, "Name")}, "name", sort)}}
	for i := range l.columns {
		c := &l.columns[i]
		column := ui.Column{Title: c.label, Width: cmp.Or(c.width, "medium")}
		switch {
		case c.name == "items":
			column.Number, column.Unit, column.Narrow = true, say.Text(ctx, "items"), "right"
		case i == 0:
			column.Narrow = "left"
		}
		if c.sort != "" {
			column = l.address.column(column, c.sort, sort)
		}
		t.Columns = append(t.Columns, column)
	}
	for _, o := range l.rows {
		t.Rows = append(t.Rows, ui.Row{ID: o.ID.String(), Name: o.Name, Cells: content(o)})
	}
	if l.query.State == tenon.Live && len(l.rows) > 0 {
		t.Pick = l.pick(ctx)
	}
	return t
}

// pick is what can be done with several. The pages of the plans read the
// selection from their address, so nothing is changed before they are confirmed.
// Merge is first: selecting look-alikes is why one selects.
func (l *organizationList) pick(ctx context.Context) *ui.Pick {
	p := &ui.Pick{Action: "/organizations", Name: "id", Total: l.found, Keep: map[string]string{"list": "organizations", "where": canonical(l.address.query)}}
	toPage := func(path string) templ.Attributes { return templ.Attributes{"formmethod": "get", "formaction": path} }
	if l.viewer.May(tenon.MergeOrgs) {
		p.Actions = append(p.Actions, ui.Button{Text: say.Text(ctx, "Merge…"), Icon: "arrow-merge", Key: "m", Look: ui.Primary, Small: true, Attrs: toPage("/merge")}.Draw())
	}
	if l.viewer.May(tenon.EditOrgs) {
		for _, a := range []itemAct{{trash.ActionTag, say.Text(ctx, "Tag…"), "tag", ""}, {trash.ActionType, say.Text(ctx, "Change type…"), "list-details", ""}, {trash.ActionStatus, say.Text(ctx, "Change status…"), "circle-check", ""}} {
			p.Actions = append(p.Actions, ui.Button{Text: a.text, Icon: a.icon, Small: true, Name: "action", Value: a.action, Attrs: toPage("/organizations/act")}.Draw())
		}
		p.Actions = append(p.Actions, moreActs([]ui.Button{{Text: say.Text(ctx, "Take tags off…"), Icon: "tag", Name: "action", Value: trash.ActionUntag, Attrs: toPage("/organizations/act")}}))
	}
	if l.viewer.May(tenon.DeleteOrgs) {
		p.Actions = append(p.Actions, ui.Button{Text: say.Text(ctx, "Delete…"), Icon: "trash", Small: true, Attrs: toPage("/delete")}.Draw())
	}
	if len(p.Actions) == 0 {
		return nil
	}
	return p
}

func (l *organizationList) pager(ctx context.Context) ui.Pager {
	p := l.address.pager(ctx, len(l.rows), l.found, l.next)
	if len(l.rows) > 0 {
		p.Hints = listHints(ctx)
	}
	return p
}

func (l *organizationList) none(ctx context.Context) ui.Empty {
	switch {
	case len(l.chips(ctx)) > 0 || l.query.Search != "":
		return ui.Empty{Filtered: true, Title: say.Text(ctx, "No organization fits"), Text: say.Textf(ctx, "%s there; none fits what is asked for.", ui.Count(ctx, l.total(l.query.State), "organization is", "organizations are")),
			Actions: []templ.Component{ui.Button{Text: say.Text(ctx, "Clear the filter"), Small: true, Href: l.everything()}.Draw()}}
	case l.query.State == tenon.Merged:
		return ui.Empty{Title: say.Text(ctx, "Nothing was merged away"), Text: say.Text(ctx, "What is merged into another organization is listed here and can be taken out again.")}
	case l.query.State == tenon.Trashed:
		return ui.Empty{Title: say.Text(ctx, "The trash holds no organization"), Text: say.Text(ctx, "What is deleted waits here and can be restored.")}
	}
	if !l.viewer.Everywhere {
		return ui.Empty{Title: say.Text(ctx, "You reach no organization yet"), Text: say.Text(ctx, "Ask an administrator to give you the organizations that you work for.")}
	}
	e := ui.Empty{Title: say.Text(ctx, "No organizations yet"), Text: say.Text(ctx, "Organizations are your clients, prospects and vendors, and your own company. Everything else is filed with one of them.")}
	if l.viewer.May(tenon.CreateOrgs) && l.viewer.Everywhere {
		e.Actions = append(e.Actions, ui.Button{Text: say.Text(ctx, "New organization"), Icon: "plus", Look: ui.Primary, Href: "/organizations/new"}.Draw())
	}
	return e
}

func (l *organizationList) itemsOf(o *tenon.Organization) (n int64) {
	for _, b := range o.Binders {
		n += l.items[b]
	}
	return n
}

func (l *organizationList) isStarred(o *tenon.Organization) bool {
	return l.starred[int64(o.ID)] || slices.ContainsFunc(o.Binders, func(b tenon.BinderID) bool { return l.starred[int64(b)] })
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
	but := r.URL.Query()["but"]
	for _, o := range found {
		if slices.Contains(but, o.ID.String()) {
			continue // the source of a merge
		}
		list = append(list, ui.Suggestion{ID: o.ID.String(), Text: o.Name, More: o.ID.String()})
	}
	return write(w, r, http.StatusOK, ui.Suggestions(list, say.Text(r.Context(), "No organization matches")))
}

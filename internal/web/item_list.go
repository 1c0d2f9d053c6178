package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// itemList is everything that a list of one kind shows, of one organization or
// of all.
type itemList struct {
	listFrame
	kind    *tenon.KindInfo
	org     *organizationView // nil: all organizations
	query   store.ItemQuery
	rows    []*tenon.Item
	next    string
	found   int64 // what the filter finds, up to maxFoundItems
	counts  []int64
	types   []tenon.LookupRow // of flexible assets
	flex    *tenon.FlexType   // the type that is listed
	filters []listFilter
	names   names
	starred map[int64]bool
	all     []listColumn
	columns []listColumn
}

// maxFoundItems is up to how many items a list counts what it finds: 10,000
// took up to 200 ms, 2,000 take 30. More is said as "2,000+" and counted by the
// plan of an act.
const maxFoundItems = 2001

// maxCounted is up to how many the tabs of views count.
const maxCounted = 1001

// itemList answers the list of a kind. The lists of all kinds are one page.
func (s *server) itemList(w http.ResponseWriter, r *http.Request, kind *tenon.KindInfo) error {
	l := &itemList{kind: kind, listFrame: listFrame{address: addressOf(r), name: kind.Plural, title: say.Text(r.Context(), kind.Labels), viewer: viewer(r), now: s.now()}}
	if !l.viewer.SeesKind(kind.Kind) {
		return tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	leads := ""
	err := s.read(r, func(tx *store.Tx) (err error) {
		if r.PathValue("id") != "" {
			o, err := s.organizationOf(w, r, tx)
			if err != nil {
				return err
			}
			l.org = &organizationView{Organization: o, viewer: l.viewer, now: l.now}
		}
		if err := l.listFrame.load(tx); err != nil {
			return err
		}
		if leads = l.opensWith(); leads != "" {
			return nil
		}
		if err := l.ask(r.Context(), tx); err != nil {
			return err
		}
		if leads, err = l.resolve(tx); err != nil || leads != "" {
			return err
		}
		return l.load(tx)
	})
	if err != nil {
		return err
	}
	if leads != "" {
		return redirect(w, r, leads)
	}
	page := ui.Page{Title: say.Text(r.Context(), kind.Labels), Section: "global"}
	if l.org != nil {
		page = ui.Page{Title: say.Text(r.Context(), kind.Labels) + ", " + l.org.Name, Section: "organizations", Notices: l.org.banners(r.Context())}
	}
	switch l.asked() {
	case "filter":
		return s.show(w, r, page, filterContent(&l.listFrame, l.filters, l.labels(r.Context())))
	case "columns":
		return s.show(w, r, page, columnsContent(&l.listFrame, l.all, l.columns))
	case "views":
		return s.show(w, r, page, viewsContent(&l.listFrame))
	}
	return s.show(w, r, page, itemListContent(l))
}

// ask turns the address into what is wanted of the store.
func (l *itemList) ask(ctx context.Context, tx *store.Tx) (err error) {
	q := l.address.query
	if l.kind.Kind == tenon.FlexibleAsset {
		if l.types, err = flexTypeRows(tx, false); err != nil {
			return err
		}
		if id := tenon.ParseID(q.Get("type")); id != 0 {
			if l.flex, err = tx.GetFlexType(tenon.FlexTypeID(id)); tenon.CodeOf(err) == tenon.NotFound {
				err = nil // there are none of it any more
			}
			if err != nil {
				return err
			}
		}
	}
	l.filters = itemFilters(ctx, l.kind, l.flex, l.org == nil)
	l.all = itemColumns(ctx, l.kind, l.flex, l.org == nil)
	l.columns = l.chosenColumns(l.all, usualColumns(l.kind, l.flex, l.org == nil))
	if l.query, err = itemQuery(l.kind, q, l.now); err != nil {
		return err
	}
	l.scope(&l.query, q)
	l.query.Page = tenon.Page{Limit: pageRows, Cursor: q.Get("cursor"), Sort: cmp.Or(q.Get("sort"), "name")}
	return nil
}

// scope says of which organization the items are.
func (l *itemList) scope(query *store.ItemQuery, q url.Values) {
	switch {
	case l.org != nil:
		query.Binders = l.org.Binders
	default:
		query.Org = tenon.OrgID(tenon.ParseID(q.Get("organization")))
	}
}

// empty tells whether there is nothing to list whatever is asked for: an
// organization in the trash is shown, and its items are not.
func (l *itemList) empty() bool {
	return l.org != nil && (l.org.State != tenon.Live || len(l.org.Binders) == 0)
}

// resolve looks up what was typed where nothing was chosen, and returns the
// address that says it by ids.
func (l *itemList) resolve(tx *store.Tx) (string, error) {
	for i := range l.filters {
		f := &l.filters[i]
		typed := l.address.query.Get(f.param + nameSuffix)
		if f.form != recordForm || typed == "" {
			continue
		}
		id, err := l.lookUp(tx, f, typed)
		if err != nil {
			return "", err
		}
		if id == "" {
			return "", tenon.FieldErrorf(f.param, "%s: nothing is called %q.", f.label, typed)
		}
		return l.address.with(f.param, id, f.param+nameSuffix, ""), nil
	}
	return "", nil
}

func (l *itemList) lookUp(tx *store.Tx, f *listFilter, typed string) (string, error) {
	if f.field == nil {
		found, _, err := tx.ListOrganizations(l.viewer, store.OrgQuery{Search: typed, Page: tenon.Page{Limit: 1}})
		if err != nil || len(found) == 0 {
			return "", err
		}
		return found[0].ID.String(), nil
	}
	q := store.ItemQuery{Kind: f.field.RefKind, Search: typed, Page: tenon.Page{Limit: 1}}
	if l.org != nil {
		q.Org = l.org.ID
	}
	found, _, err := tx.ListItems(l.viewer, q)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].ID.String(), nil
}

// loadFrame loads what stands around every page of an organization.
func (o *organizationView) loadFrame(tx *store.Tx) (err error) {
	if o.counts, err = tx.CountItems(o.viewer, o.Binders); err != nil {
		return err
	}
	var w wanted
	for _, f := range []string{"organization_type_id", "organization_status_id"} {
		if id := o.Values.ID(f); id != 0 {
			w.lookups = append(w.lookups, tenon.LookupID(id))
		}
	}
	o.names, err = w.load(tx, o.viewer)
	return err
}

func (l *itemList) load(tx *store.Tx) (err error) {
	if l.org != nil {
		if err := l.org.loadFrame(tx); err != nil {
			return err
		}
	}
	if l.asked() == "filter" {
		if err := loadChoices(tx, l.filters); err != nil {
			return err
		}
	}
	var w wanted
	if l.asked() == "" && !l.empty() {
		if l.rows, l.next, err = tx.ListItems(l.viewer, l.query); err != nil {
			return err
		}
		if err := l.count(tx); err != nil {
			return err
		}
		var ids []int64
		for _, i := range l.rows {
			ids = append(ids, int64(i.ID))
			w.add(columnSchema(l.columns), i.Values)
		}
		if l.starred, err = tx.Favourites(l.viewer, ids); err != nil {
			return err
		}
	}
	for i := range l.filters {
		l.filters[i].want(l.address.query, &w)
	}
	l.names, err = w.load(tx, l.viewer)
	return err
}

// count counts what is found, and what is in the views and tabs.
func (l *itemList) count(tx *store.Tx) error {
	found, err := tx.CountItemsUpTo(l.viewer, maxFoundItems, l.query)
	if err != nil {
		return err
	}
	l.found = found[0]
	queries := make([]store.ItemQuery, 0, countedViews)
	for i := range l.views[:min(len(l.views), countedViews)] {
		q, err := url.ParseQuery(l.views[i].Query)
		if err != nil {
			break
		}
		query, err := itemQuery(l.kind, q, l.now)
		if err != nil {
			break // it is shown without a count
		}
		l.scope(&query, q)
		queries = append(queries, query)
	}
	l.counts, err = tx.CountItemsUpTo(l.viewer, maxCounted, queries...)
	return err
}

// maxOptions is how many entries of a look-up list a filter offers.
const maxOptions = 300

// loadChoices loads what the filters offer.
func loadChoices(tx *store.Tx, filters []listFilter) error {
	for i := range filters {
		f := &filters[i]
		if f.list == "" || len(f.choices) > 0 {
			continue
		}
		var rows []tenon.LookupRow
		var err error
		if f.list == flexTypes {
			rows, err = flexTypeRows(tx, false)
		} else {
			rows, err = lookupList(tx, f.list)
		}
		if err != nil {
			return err
		}
		for _, row := range rows[:min(len(rows), maxOptions)] {
			f.choices = append(f.choices, ui.Choice{Value: row.ID.String(), Text: row.Name})
		}
	}
	return nil
}

// labels are the names of the records that the filters name.
func (l *itemList) labels(ctx context.Context) map[string]string {
	out := map[string]string{}
	for i := range l.filters {
		f := &l.filters[i]
		if id := tenon.ParseID(l.address.query.Get(f.param)); f.form == recordForm && id != 0 {
			out[f.param], _ = l.names.reference(ctx, &tenon.Field{Type: tenon.Ref}, id)
		}
	}
	return out
}

// flexTypeRows lists the flexible asset types as rows to choose from: those of
// which there may be assets, or those alone of which new ones are made.
func flexTypeRows(tx *store.Tx, enabled bool) ([]tenon.LookupRow, error) {
	types, _, err := tx.ListFlexTypes(store.FlexTypeQuery{Bare: true, Enabled: enabled, Page: tenon.Page{Limit: tenon.MaxPage}})
	var rows []tenon.LookupRow
	for _, t := range types {
		rows = append(rows, tenon.LookupRow{ID: tenon.LookupID(t.ID), Name: t.Name})
	}
	return rows, err
}

func (l *itemList) table(ctx context.Context) ui.Table {
	sort := l.query.Sort
	t := ui.Table{ID: "list", Caption: say.Text(ctx, l.kind.Labels), None: l.none(ctx).Draw(), Sticky: len(l.columns) <= maxSticky,
		Columns: []ui.Column{l.address.column(ui.Column{Title: say.Text(ctx, "Name")}, "name", sort)}}
	narrow := []string{"left", "right"}
	for _, c := range l.columns {
		column := ui.Column{Title: c.label, Width: cmp.Or(c.width, "medium")}
		if c.name == "organization" || c.name == "updated" || len(l.columns) <= len(narrow) {
			column.Narrow = narrow[0]
			if len(narrow) > 1 {
				narrow = narrow[1:]
			} else {
				narrow = []string{""}
			}
		}
		if c.sort != "" {
			column = l.address.column(column, c.sort, sort)
		}
		t.Columns = append(t.Columns, column)
	}
	for _, i := range l.rows {
		t.Rows = append(t.Rows, ui.Row{ID: i.ID.String(), Name: i.Name, Cells: itemCells(ctx, l, i)})
	}
	if len(l.rows) > 0 {
		t.Pick = l.pick(ctx)
	}
	return t
}

// maxSticky is with how many columns a table fits its place, so that its head
// can stay at the upper edge of the window.
const maxSticky = 6

// pick is what can be done with several items. What is picked leads to a plan.
func (l *itemList) pick(ctx context.Context) *ui.Pick {
	p := &ui.Pick{Action: l.address.path, Name: "id", Total: l.found, Over: l.found >= maxFoundItems,
		Keep: map[string]string{"list": l.kind.Plural, "where": canonical(l.address.query)}}
	if l.org != nil {
		p.Keep["of"] = l.org.ID.String()
	}
	p.Actions = listActButtons(ctx, l.viewer, l.query.Archived != nil && *l.query.Archived, l.org != nil, l.kind)
	return p
}

// listActButtons are what a list of a kind offers for what is picked.
func listActButtons(ctx context.Context, v tenon.Viewer, archived, inOrg bool, k *tenon.KindInfo) (out []templ.Component) {
	var more []ui.Button
	for _, a := range listActsFor(ctx, v, archived, inOrg, k) {
		b := ui.Button{Text: a.text, Icon: a.icon, Small: true, Name: "action", Value: a.action, Attrs: templ.Attributes{"formmethod": "get", "formaction": "/items/act"}}
		if a.rare {
			more = append(more, b)
		} else {
			out = append(out, b.Draw())
		}
	}
	out = append(out, ui.Button{Text: say.Text(ctx, "Compare"), Icon: "columns", Small: true, Attrs: templ.Attributes{"formmethod": "get", "formaction": "/items/compare"}}.Draw())
	if v.May(tenon.MergeItems) {
		out = append(out, ui.Button{Text: say.Text(ctx, "Merge…"), Icon: "arrow-merge", Key: "m", Small: true, Attrs: templ.Attributes{"formmethod": "get", "formaction": "/items/merge"}}.Draw())
	}
	if len(more) > 0 {
		out = append(out, moreActs(more))
	}
	return out
}

func (l *itemList) none(ctx context.Context) ui.Empty {
	switch {
	case l.query.Archived != nil && *l.query.Archived && canonical(l.address.query) == "archived=1":
		return ui.Empty{Title: say.Text(ctx, "Nothing is archived"), Text: say.Text(ctx, "What is put away is listed here and can be taken back.")}
	case len(chipsOf(ctx, l.filters, l.address, l.names, l.types)) > 0 || l.query.Search != "":
		return ui.Empty{Filtered: true, Title: say.Text(ctx, "Nothing fits"), Text: say.Text(ctx, "There may be others; none fits what is asked for."),
			Actions: []templ.Component{ui.Button{Text: say.Text(ctx, "Clear the filter"), Small: true, Href: l.everything()}.Draw()}}
	}
	e := ui.Empty{Title: say.Textf(ctx, "No %s yet", lower(say.Text(ctx, l.kind.Labels))), Text: say.Text(ctx, "What is added appears here.")}
	if b := l.newButton(ctx); b.Href != "" {
		b.Small = true
		e.Actions = append(e.Actions, b.Draw())
	}
	return e
}

// newButton leads to the form of what is listed, of the type that is listed;
// nowhere where the viewer can make none of it.
func (l *itemList) newButton(ctx context.Context) ui.Button {
	if l.org == nil || l.org.State != tenon.Live || !l.viewer.May(tenon.CreateItems) {
		return ui.Button{}
	}
	b := ui.Button{Text: say.Textf(ctx, "New %s", lower(say.Text(ctx, l.kind.Label))), Icon: "plus", Href: l.org.path() + "/" + l.kind.Plural + "/new"}
	switch {
	case l.flex != nil && !l.flex.Enabled:
		return ui.Button{}
	case l.flex != nil:
		b.Text = say.Textf(ctx, "New %s", l.flex.Name)
		b.Href += "?type=" + l.flex.ID.String()
	}
	return b
}

// maxTypeViews is how many flexible asset types have a tab of their own.
const maxTypeViews = 8

func (l *itemList) tabs(ctx context.Context) []ui.Tab {
	q := l.address.query
	view := l.current()
	plain := view == nil && q.Get("archived") != "1" && l.flex == nil
	tabs := []ui.Tab{{Href: l.everything(), Text: say.Text(ctx, "In use"), Current: plain}}
	for i, t := range l.types {
		current := view == nil && l.flex != nil && int64(t.ID) == int64(l.flex.ID)
		if i < maxTypeViews || current {
			tabs = append(tabs, ui.Tab{Href: l.address.path + "?type=" + t.ID.String(), Text: t.Name, Current: current})
		}
	}
	tabs = append(tabs, l.viewTabs(func(at int) string {
		if at >= len(l.counts) {
			return ""
		}
		return upTo(l.counts[at], maxCounted)
	})...)
	return append(tabs, ui.Tab{Href: l.address.path + "?archived=1", Text: say.Text(ctx, "Archived"), Current: view == nil && q.Get("archived") == "1"})
}

// sortWords say how the list is sorted.
func (l *itemList) sortWords(ctx context.Context) string {
	return map[string]string{"name": "name", "-name": say.Text(ctx, "name, Z to A"), "updated": say.Text(ctx, "the oldest change"), "-updated": say.Text(ctx, "the latest change"),
		"organization": "organization", "-organization": say.Text(ctx, "organization, Z to A")}[l.query.Sort]
}

func (l *itemList) pager(ctx context.Context) ui.Pager {
	p := l.address.pager(ctx, len(l.rows), l.total(), l.next)
	if len(l.rows) > 0 {
		p.Hints = listHints(ctx)
	}
	return p
}

// total is how many there are, -1 where nobody has counted so far.
func (l *itemList) total() int64 {
	if l.found >= maxFoundItems {
		return -1
	}
	return l.found
}

func listHints(ctx context.Context) []ui.KeyHelp {
	return []ui.KeyHelp{{Keys: []string{"j", "k"}, Does: say.Text(ctx, "move")}, {Keys: []string{"x"}, Does: say.Text(ctx, "pick")}, {Keys: []string{"Shift", "↓"}, Does: say.Text(ctx, "pick on")}, {Keys: []string{"Enter"}, Does: say.Text(ctx, "open")},
		{Keys: []string{"?"}, Does: say.Text(ctx, "all keys")}}
}

// itemCell draws one column of an item.
func (l *itemList) itemCell(ctx context.Context, c *listColumn, i *tenon.Item) templ.Component {
	switch {
	case c.name == "organization":
		return orgCell(i)
	case c.name == "updated":
		return ui.WhenShort(i.UpdatedAt, l.now)
	case c.name == "created":
		return ui.WhenShort(i.CreatedAt, l.now)
	case c.name == "tags":
		return tagList(i.Tags)
	case c.name == "number":
		return ui.Quiet("#" + ui.Plain64(i.Number))
	case c.name == "id":
		return ui.Mono(i.ID.String())
	case c.trait != nil:
		return ui.Quiet(plainValue(ctx, i.Values.Object("traits")[c.trait.Key]))
	case c.field.Name == l.kind.Type && l.kind.Kind == tenon.FlexibleAsset:
		return ui.Quiet(lookupName(l.types, i.Values.ID(c.field.Name)))
	}
	return quietly(shortValue(ctx, c.field, i.Values, l.names))
}

// suggestItems answers what is typed into a field that names an item.
func (s *server) suggestItems(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	found, _, err := s.suggested(r, q)
	if err != nil {
		return err
	}
	var list []ui.Suggestion
	for _, i := range found {
		list = append(list, ui.Suggestion{ID: i.ID.String(), Text: i.Name, More: say.Text(r.Context(), i.Kind.Info().Label)})
	}
	none := say.Text(r.Context(), "No record matches")
	if info := tenon.KindNamed(q.Get("kind")).Info(); info != nil {
		none = say.Textf(r.Context(), "No %s matches", lower(say.Text(r.Context(), info.Label)))
	}
	return write(w, r, http.StatusOK, ui.Suggestions(list, none))
}

func (s *server) suggested(r *http.Request, q url.Values) ([]*tenon.Item, string, error) {
	query := store.ItemQuery{Kind: tenon.KindNamed(q.Get("kind")), Org: tenon.OrgID(tenon.ParseID(q.Get("organization"))), Type: tenon.LookupID(tenon.ParseID(q.Get("type"))), Search: q.Get("q"), Page: tenon.Page{Limit: 12}}
	return s.core.Items(r.Context(), viewer(r), query)
}

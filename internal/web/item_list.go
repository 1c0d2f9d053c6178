package web

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// itemList is everything that a list of one kind shows, of one organization or
// of all.
type itemList struct {
	address   address
	kind      *tenon.KindInfo
	viewer    tenon.Viewer
	org       *organizationView // nil: all organizations
	query     store.ItemQuery
	rows      []*tenon.Item
	next      string
	types     []tenon.LookupRow
	statuses  []ui.Choice
	names     names
	columns   []*tenon.Field
	anyFilter bool
}

// itemList answers the list of a kind. The lists of all kinds are one page.
func (s *server) itemList(w http.ResponseWriter, r *http.Request, kind *tenon.KindInfo) error {
	l := &itemList{address: addressOf(r), kind: kind, viewer: viewer(r), columns: listColumns(kind)}
	if !l.viewer.SeesKind(kind.Kind) {
		return tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	q := l.address.query
	l.query = store.ItemQuery{Kind: kind.Kind, Search: q.Get("q"), Status: q.Get("status"),
		Page: tenon.Page{Limit: pageRows, Cursor: q.Get("cursor"), Sort: cmp.Or(q.Get("sort"), "name")}}
	if t := tenon.ParseID(q.Get("type")); t != 0 {
		l.query.Type = tenon.LookupID(t)
	}
	archived := q.Get("archived") == "1"
	l.query.Archived = &archived
	l.anyFilter = l.query.Search != "" || l.query.Status != "" || l.query.Type != 0
	err := s.read(r, func(tx *store.Tx) error {
		if r.PathValue("id") != "" {
			o, err := s.organizationOf(w, r, tx)
			if err != nil {
				return err
			}
			l.org = &organizationView{Organization: o, viewer: l.viewer, now: s.now()}
			if err := l.org.loadFrame(tx); err != nil {
				return err
			}
		}
		return l.load(tx)
	})
	if err != nil {
		return err
	}
	page := ui.Page{Title: kind.Labels, Section: "global"}
	if l.org != nil {
		page = ui.Page{Title: kind.Labels + ", " + l.org.Name, Section: "organizations", Notices: l.org.banners()}
	}
	return s.show(w, r, page, itemListContent(l, s.now()))
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
	switch {
	case l.org == nil:
		l.rows, l.next, err = tx.ListItems(l.viewer, l.query)
	case l.org.State == tenon.Live && len(l.org.Binders) > 0:
		l.query.Binders = l.org.Binders
		l.rows, l.next, err = tx.ListItems(l.viewer, l.query)
	}
	if err != nil {
		return err
	}
	if err := l.loadFilters(tx); err != nil {
		return err
	}
	var w wanted
	for _, i := range l.rows {
		w.add(columnSchema(l.columns), i.Values)
	}
	l.names, err = w.load(tx, l.viewer)
	return err
}

func (l *itemList) loadFilters(tx *store.Tx) (err error) {
	if f := l.kind.Fields.Field(l.kind.Type); f != nil && f.Type == tenon.Lookup {
		if f.List == flexTypes {
			l.types, err = flexTypeRows(tx)
		} else {
			l.types, err = lookupList(tx, f.List)
		}
		if err != nil {
			return err
		}
	}
	f := l.kind.Fields.Field(l.kind.Status)
	switch {
	case f == nil:
	case f.Type == tenon.Choice:
		for _, o := range f.Options {
			l.statuses = append(l.statuses, ui.Choice{Value: o, Text: o})
		}
	case f.Type == tenon.Lookup:
		rows, err := lookupList(tx, f.List)
		if err != nil {
			return err
		}
		for _, row := range rows {
			l.statuses = append(l.statuses, ui.Choice{Value: row.ID.String(), Text: row.Name})
		}
	}
	return nil
}

// flexTypeRows lists the flexible asset types as rows to choose from.
func flexTypeRows(tx *store.Tx) ([]tenon.LookupRow, error) {
	types, _, err := tx.ListFlexTypes(store.FlexTypeQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
	var rows []tenon.LookupRow
	for _, t := range types {
		rows = append(rows, tenon.LookupRow{ID: tenon.LookupID(t.ID), Name: t.Name})
	}
	return rows, err
}

// maxColumns is how many fields a list shows beside the name.
const maxColumns = 3

// listColumns chooses what a list shows of a kind: its type and status, then
// what people look it up by, then what comes first.
func listColumns(k *tenon.KindInfo) []*tenon.Field {
	var out []*tenon.Field
	has := func(name string) bool {
		for _, t := range k.Title {
			if t == name {
				return true
			}
		}
		for _, f := range out {
			if f.Name == name {
				return true
			}
		}
		return false
	}
	add := func(f *tenon.Field) {
		switch f.Type {
		case tenon.Secret, tenon.LongText, tenon.RichText, tenon.Object, tenon.Bool, tenon.File:
			return
		}
		if len(out) < maxColumns && !has(f.Name) && !f.ReadOnly {
			out = append(out, f)
		}
	}
	for _, name := range []string{k.Type, k.Status} {
		if f := k.Fields.Field(name); f != nil {
			add(f)
		}
	}
	for _, indexed := range []bool{true, false} {
		for i := range k.Fields {
			if f := &k.Fields[i]; f.Index == indexed {
				add(f)
			}
		}
	}
	return out
}

func columnSchema(columns []*tenon.Field) tenon.Schema {
	var s tenon.Schema
	for _, f := range columns {
		s = append(s, *f)
	}
	return s
}

func (l *itemList) table(cells func(*tenon.Item) []templ.Component) ui.Table {
	sort := l.query.Sort
	t := ui.Table{ID: "list", Caption: l.kind.Labels, None: l.none().Draw(), Columns: []ui.Column{l.address.column(ui.Column{Title: "Name"}, "name", sort)}}
	if l.org == nil {
		t.Columns = append(t.Columns, ui.Column{Title: "Organization", Width: "large", Narrow: "left"})
	}
	for i, f := range l.columns {
		c := ui.Column{Title: f.Label, Width: "medium"}
		if i == 0 {
			c.Narrow = "right"
		}
		t.Columns = append(t.Columns, c)
	}
	t.Columns = append(t.Columns, l.address.column(ui.Column{Title: "Updated", Width: "medium"}, "updated", sort))
	for _, i := range l.rows {
		t.Rows = append(t.Rows, ui.Row{ID: i.ID.String(), Name: i.Name, Cells: cells(i)})
	}
	if len(l.rows) > 0 {
		t.Pick = l.pick()
	}
	return t
}

// pick is what can be done with several items. What is picked leads to a plan.
func (l *itemList) pick() *ui.Pick {
	p := &ui.Pick{Action: l.address.path, Name: "id"}
	for _, a := range itemActsFor(l.viewer, *l.query.Archived) {
		if a.action == trash.ActionDelete && !l.viewer.May(tenon.BulkDelete) {
			continue
		}
		p.Actions = append(p.Actions, ui.Button{Text: a.text, Icon: a.icon, Small: true, Name: "action", Value: a.action, Attrs: templ.Attributes{"formmethod": "get", "formaction": "/items/act"}}.Draw())
	}
	if l.viewer.May(tenon.MergeItems) {
		p.Actions = append(p.Actions, ui.Button{Text: "Merge…", Icon: "arrow-merge", Small: true, Attrs: templ.Attributes{"formmethod": "get", "formaction": "/items/merge"}}.Draw())
	}
	if len(p.Actions) == 0 {
		return nil
	}
	return p
}

func (l *itemList) none() ui.Empty {
	if l.anyFilter {
		return ui.Empty{Filtered: true, Title: "Nothing fits", Text: "There may be others; none fits what is asked for.",
			Actions: []templ.Component{ui.Button{Text: "Clear the filter", Small: true, Href: l.address.path}.Draw()}}
	}
	if *l.query.Archived {
		return ui.Empty{Title: "Nothing is archived", Text: "What is put away is listed here and can be taken back."}
	}
	e := ui.Empty{Title: "No " + lower(l.kind.Labels) + " yet", Text: "What is added appears here."}
	if l.org != nil && l.viewer.May(tenon.CreateItems) && l.org.State == tenon.Live {
		e.Actions = append(e.Actions, ui.Button{Text: "New " + lower(l.kind.Label), Icon: "plus", Small: true, Href: l.org.path() + "/" + l.kind.Plural + "/new"}.Draw())
	}
	return e
}

func (l *itemList) chips() []ui.Chip {
	var chips []ui.Chip
	if l.query.Type != 0 {
		chips = append(chips, ui.Chip{Text: "Type: " + cmp.Or(lookupName(l.types, int64(l.query.Type)), l.query.Type.String()), Without: l.address.with("type", "")})
	}
	if l.query.Status != "" {
		name := l.query.Status
		for _, c := range l.statuses {
			if c.Value == l.query.Status {
				name = c.Text
			}
		}
		chips = append(chips, ui.Chip{Text: "Status: " + name, Without: l.address.with("status", "")})
	}
	return chips
}

func (l *itemList) tabs() []ui.Tab {
	archived := *l.query.Archived
	return []ui.Tab{{Href: l.address.path, Text: "In use", Current: !archived}, {Href: l.address.path + "?archived=1", Text: "Archived", Current: archived}}
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
		list = append(list, ui.Suggestion{ID: i.ID.String(), Text: i.Name, More: i.Kind.Info().Label})
	}
	return write(w, r, http.StatusOK, ui.Suggestions(list))
}

func (s *server) suggested(r *http.Request, q url.Values) ([]*tenon.Item, string, error) {
	query := store.ItemQuery{Kind: tenon.KindNamed(q.Get("kind")), Org: tenon.OrgID(tenon.ParseID(q.Get("organization"))), Search: q.Get("q"), Page: tenon.Page{Limit: 12}}
	return s.core.Items(r.Context(), viewer(r), query)
}

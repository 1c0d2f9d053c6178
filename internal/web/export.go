package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
)

// maxExport is how many rows a file may have.
const maxExport = core.MaxExport

// sheet is a list on its way into a file: what the list shows, all pages of it.
type sheet struct {
	title string // as the log keeps it, in English
	head  []string
	rows  [][]string
}

// export answers a list as a CSV file: the rows that the list finds, with the
// columns that it shows, under the same rights.
func (s *server) export(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	of, err := f.number("of")
	if err != nil {
		return err
	}
	q, err := url.ParseQuery(f.text("where"))
	if err != nil {
		return tenon.FieldErrorf("where", "This filter cannot be read.")
	}
	list := f.text("list")
	frame := listFrame{address: address{path: "/" + list, query: q}, name: list, viewer: viewer(r), now: s.now()}
	var out *sheet
	err = s.read(r, func(tx *store.Tx) (err error) {
		switch kind := kindOfPlural(list); {
		case list == "organizations":
			out, err = exportOrganizations(r.Context(), tx, frame)
		case kind != nil && frame.viewer.SeesKind(kind.Kind):
			out, err = exportItems(r.Context(), tx, frame, kind, tenon.OrgID(of))
		default:
			err = tenon.Errorf(tenon.NotFound, "There is no such list.")
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.core.NoteExport(r.Context(), frame.viewer, out.title, canonical(q), int64(len(out.rows))); err != nil {
		return err
	}
	return out.send(w, list+"-"+frame.now.Format("2006-01-02")+".csv")
}

// send writes the file. It is made before the first byte is sent, so that an
// error is answered as one.
func (s *sheet) send(w http.ResponseWriter, name string) error {
	var b bytes.Buffer
	out := csvfile.NewWriter(&b, ',')
	if err := out.Write(s.head); err != nil {
		return err
	}
	for _, row := range s.rows {
		if err := out.Write(row); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := w.Write(b.Bytes())
	return err
}

func exportItems(ctx context.Context, tx *store.Tx, frame listFrame, kind *tenon.KindInfo, of tenon.OrgID) (*sheet, error) {
	l := &itemList{listFrame: frame, kind: kind}
	out := &sheet{title: kind.Labels}
	if of != 0 {
		o, err := tx.GetOrganization(l.viewer, of)
		if err != nil {
			return nil, err
		}
		l.org = &organizationView{Organization: o, viewer: l.viewer, now: l.now}
		out.title += " " + say.Textf(ctx, "of %s", o.Name)
	}
	if err := l.listFrame.load(tx); err != nil {
		return nil, err
	}
	if err := l.ask(ctx, tx); err != nil || l.empty() {
		return out, err
	}
	out.head = append([]string{say.Text(ctx, "Id"), say.Text(ctx, "Name")}, labelsOf(l.columns)...)
	for l.query.Page = (tenon.Page{Limit: tenon.MaxPage, Sort: l.query.Sort}); ; {
		page, next, err := tx.ListItems(l.viewer, l.query)
		if err != nil {
			return nil, err
		}
		if err := l.addRows(ctx, tx, out, page); err != nil {
			return nil, err
		}
		if l.query.Cursor = next; next == "" || len(out.rows) > maxExport {
			return out, nil
		}
	}
}

func (l *itemList) addRows(ctx context.Context, tx *store.Tx, out *sheet, page []*tenon.Item) (err error) {
	var w wanted
	for _, i := range page {
		w.add(columnSchema(l.columns), i.Values)
	}
	if l.names, err = w.load(tx, l.viewer); err != nil {
		return err
	}
	for _, i := range page {
		row := []string{i.ID.String(), i.Name}
		for n := range l.columns {
			row = append(row, l.itemText(ctx, &l.columns[n], i))
		}
		out.rows = append(out.rows, row)
	}
	return nil
}

// itemText is itemCell as a text.
func (l *itemList) itemText(ctx context.Context, c *listColumn, i *tenon.Item) string {
	switch {
	case c.name == "organization":
		return orgNameOf(i)
	case c.name == "updated":
		return i.UpdatedAt.In(l.now.Location()).Format("2006-01-02 15:04:05")
	case c.name == "created":
		return i.CreatedAt.In(l.now.Location()).Format("2006-01-02 15:04:05")
	case c.name == "tags":
		return strings.Join(i.Tags, ", ")
	case c.name == "number":
		return plainValue(ctx, i.Number)
	case c.name == "id":
		return i.ID.String()
	case c.trait != nil:
		return plainValue(ctx, i.Values.Object("traits")[c.trait.Key])
	case c.field.List == flexTypes:
		return lookupName(l.types, i.Values.ID(c.field.Name))
	}
	return fieldText(ctx, c.field, i.Values, l.names)
}

func labelsOf(columns []listColumn) []string {
	out := make([]string, len(columns))
	for i := range columns {
		out[i] = columns[i].label
	}
	return out
}

// fieldText is the value of a field as a text, whole.
func fieldText(ctx context.Context, f *tenon.Field, v tenon.Values, n names) string {
	x, ok := v[f.Name]
	if !ok || x == nil {
		return ""
	}
	switch f.Type {
	case tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.UserRef, tenon.GroupRef:
		text, _ := n.reference(ctx, f, v.ID(f.Name))
		return text
	case tenon.Emails, tenon.Phones:
		var all []string
		for _, a := range v.Addresses(f.Name) {
			all = append(all, a.Value)
		}
		return strings.Join(all, ", ")
	}
	return plainValue(ctx, x)
}

func exportOrganizations(ctx context.Context, tx *store.Tx, frame listFrame) (*sheet, error) {
	l := &organizationList{listFrame: frame}
	if err := l.listFrame.load(tx); err != nil {
		return nil, err
	}
	var err error
	if l.query, err = organizationQuery(l.address.query, l.now); err != nil {
		return nil, err
	}
	l.address.query.Set("show", "columns") // everything but the rows of a page
	if err := l.load(ctx, tx); err != nil {
		return nil, err
	}
	out := &sheet{title: "Organizations", head: append([]string{say.Text(ctx, "Id"), say.Text(ctx, "Name")}, labelsOf(l.columns)...)}
	for l.query.Page = (tenon.Page{Limit: tenon.MaxPage, Sort: l.address.query.Get("sort")}); ; {
		page, next, err := tx.ListOrganizations(l.viewer, l.query)
		if err != nil {
			return nil, err
		}
		if err := l.addRows(ctx, tx, out, page); err != nil {
			return nil, err
		}
		if l.query.Cursor = next; next == "" || len(out.rows) > maxExport {
			return out, nil
		}
	}
}

func (l *organizationList) addRows(ctx context.Context, tx *store.Tx, out *sheet, page []*tenon.Organization) (err error) {
	var w wanted
	var binders []tenon.BinderID
	for _, o := range page {
		w.add(columnSchema(l.columns), o.Values)
		binders = append(binders, o.Binders...)
	}
	if l.names, err = w.load(tx, l.viewer); err != nil {
		return err
	}
	if l.shows("items") {
		if l.items, err = tx.CountItemsEach(l.viewer, binders); err != nil {
			return err
		}
	}
	for _, o := range page {
		row := []string{o.ID.String(), o.Name}
		for i := range l.columns {
			row = append(row, l.text(ctx, &l.columns[i], o))
		}
		out.rows = append(out.rows, row)
	}
	return nil
}

// text is cell as a text.
func (l *organizationList) text(ctx context.Context, c *listColumn, o *tenon.Organization) string {
	switch c.name {
	case "type":
		return lookupName(l.types, o.Values.ID("organization_type_id"))
	case "status":
		return lookupName(l.statuses, o.Values.ID("organization_status_id"))
	case "parent":
		return o.ParentName
	case "items":
		return plainValue(ctx, l.itemsOf(o))
	case "domains":
		return strings.Join(o.Domains, ", ")
	case "id":
		return o.ID.String()
	case "created":
		return o.CreatedAt.In(l.now.Location()).Format("2006-01-02 15:04:05")
	case "updated":
		return o.UpdatedAt.In(l.now.Location()).Format("2006-01-02 15:04:05")
	}
	return fieldText(ctx, c.field, o.Values, l.names)
}

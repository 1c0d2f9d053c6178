package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

const flexTypesPath = "/flexible_asset_types"

func flexTypePath(id tenon.FlexTypeID) string { return flexTypesPath + "/" + id.String() }

// flexTypeRoutes are those of the kinds of records that the account makes up.
func flexTypeRoutes() []route {
	return []route{
		{method: get, path: flexTypesPath, handle: (*server).flexTypes},
		{method: post, path: flexTypesPath, handle: (*server).flexTypeSave},
		{method: get, path: flexTypesPath + "/new", handle: (*server).flexTypeForm},
		{method: get, path: flexTypesPath + "/{type}", handle: (*server).flexTypeForm},
		{method: post, path: flexTypesPath + "/{type}", handle: (*server).flexTypeSave},
		{method: post, path: flexTypesPath + "/{type}/state", handle: (*server).flexTypeState},
	}
}

// flexTypes lists the flexible asset types.
func (s *server) flexTypes(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditFlexTypes); err != nil {
		return err
	}
	a := addressOf(r)
	page, next, err := s.core.FlexTypes(r.Context(), v, store.FlexTypeQuery{Page: tenon.Page{Limit: pageRows, Cursor: a.query.Get("cursor")}})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextFlexTypes), Section: "account"}, flexTypesContent(a, page, next))
}

// flexTypeState enables or disables a type: a disabled one is offered for no new record.
func (s *server) flexTypeState(w http.ResponseWriter, r *http.Request) error {
	d, err := s.loadDesigner(r, emptyForm())
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	t := *d.old
	t.Enabled = f.yes("enabled")
	if _, err := s.core.UpdateFlexType(r.Context(), d.viewer, t); err != nil {
		return err
	}
	text := say.Textf(r.Context(), "%s is disabled. Its records stay; no new ones are made.", t.Name)
	if t.Enabled {
		text = say.Textf(r.Context(), "%s is enabled.", t.Name)
	}
	leaveNote(w, r, note{Text: text})
	return redirect(w, r, flexTypesPath)
}

// designer is the page on which a flexible asset type is made. What it shows
// stands in the form alone, so that each button can send the form and get it
// back with one field more, fewer, or in another place.
type designer struct {
	*form
	viewer tenon.Viewer
	old    *tenon.FlexType // nil for a new one
	rows   []designRow
	open   string // the row whose settings are shown
	use    map[int64]int64
	types  []tenon.FlexType // what a Tag may name the assets of
	asks   bool             // whether fields that are in use are to go
}

// designRow is a field in the form: n names its controls, and is the id of a
// field that is stored.
type designRow struct {
	n string
	tenon.FlexField
}

func (s *server) loadDesigner(r *http.Request, f *form) (*designer, error) {
	d := &designer{form: f, viewer: viewer(r)}
	if err := d.viewer.Need(tenon.EditFlexTypes); err != nil || r.PathValue("type") == "" {
		return d, err
	}
	id, err := pathID[tenon.FlexTypeID](r, "type")
	if err != nil {
		return nil, err
	}
	d.old, err = s.core.FlexType(r.Context(), d.viewer, id)
	return d, err
}

func (s *server) flexTypeForm(w http.ResponseWriter, r *http.Request) error {
	d, err := s.loadDesigner(r, emptyForm())
	if err != nil {
		return err
	}
	if d.old == nil {
		d.Set("enabled", "1")
		d.rows = []designRow{{n: "new1", FlexField: tenon.FlexField{Name: say.Text(r.Context(), "Name"), Kind: tenon.FlexText, Required: true, UseForTitle: true, ShowInList: true}}}
		return s.showDesigner(w, r, http.StatusOK, d)
	}
	d.Set("name", d.old.Name)
	d.Set("description", d.old.Description)
	if d.old.Enabled {
		d.Set("enabled", "1")
	}
	d.Set(versionField, strconv.FormatInt(d.old.Version, 10))
	for _, f := range d.old.Fields {
		d.rows = append(d.rows, designRow{strconv.FormatInt(f.ID, 10), f})
	}
	return s.showDesigner(w, r, http.StatusOK, d)
}

func (s *server) showDesigner(w http.ResponseWriter, r *http.Request, status int, d *designer) error {
	var err error
	if gone := d.removed(); len(gone) > 0 && d.use == nil {
		if d.use, err = s.core.FlexFieldUse(r.Context(), d.viewer, d.old.ID, gone); err != nil {
			return err
		}
	}
	if d.open != "" {
		if d.types, _, err = s.core.FlexTypes(r.Context(), d.viewer, store.FlexTypeQuery{Page: tenon.Page{Limit: tenon.MaxPage}}); err != nil {
			return err
		}
	}
	return s.showStatus(w, r, status, ui.Page{Title: d.title(r.Context()), Section: "account"}, designerContent(d))
}

func (d *designer) title(ctx context.Context) string {
	if d.old == nil {
		return say.Text(ctx, "New flexible asset type")
	}
	return say.Textf(ctx, "Edit %s", d.old.Name)
}

func (d *designer) action() string {
	if d.old == nil {
		return flexTypesPath
	}
	return flexTypePath(d.old.ID)
}

// removed are the stored fields that the form no longer has.
func (d *designer) removed() []tenon.FlexField {
	if d.old == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.old.Fields), func(f tenon.FlexField) bool {
		return slices.ContainsFunc(d.rows, func(row designRow) bool { return row.ID == f.ID })
	})
}

// readRows reads the fields, in the order in which they stand in the form.
func (d *designer) readRows() {
	d.open = d.Get("open")
	for _, n := range d.Values["row"] {
		at := func(name string) string { return d.text(rowField(n, name)) }
		decimals, _ := strconv.Atoi(at("decimals")) // what is no number is none
		row := designRow{n: n, FlexField: tenon.FlexField{
			ID: tenon.ParseID(n), Name: at("name"), Kind: tenon.FlexKind(at("kind")), Hint: at("hint"), DefaultValue: at("default"), Decimals: decimals,
			Required: at("required") != "", UseForTitle: at("title") != "", ShowInList: at("list") != "", Expiration: at("expiration") != "",
		}}
		for line := range strings.Lines(d.Get(rowField(n, "options"))) {
			if line = strings.TrimSpace(line); line != "" {
				row.Options = append(row.Options, line)
			}
		}
		if row.Kind != tenon.FlexSelect {
			row.Options = nil
		}
		if row.Kind == tenon.FlexTag {
			row.SetTag(at("tag")) // what is no such word is any kind
		}
		d.rows = append(d.rows, row)
	}
}

func rowField(n, name string) string { return "f." + n + "." + name }

// act does what one of the buttons of the form says, and tells whether it was
// one; any other way of sending the form saves it.
func (d *designer) act(do string) bool {
	what, n, _ := strings.Cut(do, ":")
	at := slices.IndexFunc(d.rows, func(row designRow) bool { return row.n == n })
	switch {
	case what == "show":
	case what == "add":
		d.add(tenon.FlexKind(d.Get("add")))
	case what == "keep" && d.old != nil:
		for _, f := range d.old.Fields {
			if f.ID == tenon.ParseID(n) && at < 0 {
				d.rows = append(d.rows, designRow{n, f})
			}
		}
	case at < 0:
		return false
	case what == "open":
		d.open = n
	case what == "close":
		d.open = ""
	case what == "remove":
		d.rows = slices.Delete(d.rows, at, at+1)
	case what == "up" && at > 0:
		d.rows[at-1], d.rows[at] = d.rows[at], d.rows[at-1]
	case what == "down" && at < len(d.rows)-1:
		d.rows[at+1], d.rows[at] = d.rows[at], d.rows[at+1]
	}
	return true
}

// add puts an empty field at the end, with its settings open.
func (d *designer) add(kind tenon.FlexKind) {
	if !slices.Contains(tenon.FlexKinds, kind) {
		kind = tenon.FlexText
	}
	for n := 1; ; n++ {
		d.open = "new" + strconv.Itoa(n)
		if !slices.Contains(d.Values["row"], d.open) {
			break
		}
	}
	d.rows = append(d.rows, designRow{d.open, tenon.FlexField{Kind: kind}})
}

// flexTypeSave saves the form, or does what one of its buttons says and shows
// it again.
func (s *server) flexTypeSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	d, err := s.loadDesigner(r, f)
	if err != nil {
		return err
	}
	d.readRows()
	if do := f.Get("do"); do != "" && d.act(do) {
		return s.showDesigner(w, r, http.StatusOK, d)
	}
	if err := s.askRemoved(r, d); err != nil {
		return err
	}
	if d.asks {
		return s.showDesigner(w, r, http.StatusUnprocessableEntity, d)
	}
	saved, err := s.saveFlexType(r, d)
	switch {
	case err == nil:
		leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was saved.", saved.Name)})
		return redirect(w, r, flexTypesPath)
	case f.keep(r.Context(), err):
		return s.showDesigner(w, r, http.StatusUnprocessableEntity, d)
	}
	return err
}

// askRemoved counts the records that hold values in fields that are to go. The
// answer names the fields it was given for: others are asked for again.
func (s *server) askRemoved(r *http.Request, d *designer) (err error) {
	gone := d.removed()
	if len(gone) == 0 {
		return nil
	}
	if d.use, err = s.core.FlexFieldUse(r.Context(), d.viewer, d.old.ID, gone); err != nil {
		return err
	}
	d.asks = d.inUse() != "" && d.Get("agreed") != d.inUse()
	return nil
}

// inUse names the removed fields that hold values, with how many, as the
// answer to the question repeats them.
func (d *designer) inUse() string {
	var out []string
	for _, f := range d.removed() {
		if n := d.use[f.ID]; n > 0 {
			out = append(out, strconv.FormatInt(f.ID, 10)+":"+strconv.FormatInt(n, 10))
		}
	}
	return strings.Join(out, ",")
}

func (s *server) saveFlexType(r *http.Request, d *designer) (*tenon.FlexType, error) {
	t := tenon.FlexType{Name: d.text("name"), Description: d.text("description"), Enabled: d.yes("enabled")}
	for _, row := range d.rows {
		t.Fields = append(t.Fields, row.FlexField)
	}
	if d.old == nil {
		t.ShowInMenu = true
		return s.core.CreateFlexType(r.Context(), d.viewer, t)
	}
	t.ID, t.Icon, t.ShowInMenu = d.old.ID, d.old.Icon, d.old.ShowInMenu
	var err error
	if t.Version, err = d.number(versionField); err != nil || t.Version == 0 {
		return nil, tenon.Errorf(tenon.Invalid, "This form has lost the version it was made from. Nothing was changed. Open it again.")
	}
	return s.core.UpdateFlexType(r.Context(), d.viewer, t)
}

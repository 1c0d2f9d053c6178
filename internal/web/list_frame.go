package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// listFrame is what every list has around its rows: the views that were saved,
// the columns, and how the list is asked for something else. All of it stands
// in the address, so that a list can be linked to.
type listFrame struct {
	address  address
	name     string // of the list, as views are kept
	title    string // as people call it: "Contacts"
	viewer   tenon.Viewer
	now      time.Time
	views    []tenon.ListView
	settings tenon.ListSettings
}

// load reads what the viewer keeps of the list.
func (f *listFrame) load(tx *store.Tx) (err error) {
	f.views, f.settings, err = tx.ListFrame(f.viewer, f.name)
	return err
}

// opensWith is the address of the view that the list opens with, "" where it
// opens with everything or the address says what is wanted.
func (f *listFrame) opensWith() string {
	if len(f.address.query) > 0 || f.settings.View == 0 {
		return ""
	}
	for i := range f.views {
		if f.views[i].ID == f.settings.View {
			return f.viewPath(&f.views[i])
		}
	}
	return ""
}

// everything is the address of the list without any filter, also where it
// opens with a view.
func (f *listFrame) everything() string {
	if f.settings.View != 0 {
		return f.address.path + "?view=all"
	}
	return f.address.path
}

func (f *listFrame) viewPath(w *tenon.ListView) string {
	q, err := url.ParseQuery(w.Query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("view", w.ID.String())
	return join(f.address.path, q)
}

// canonical is what the address asks for, without the page and the name of the
// view: what a view is saved as, and what "all of this list" means.
func canonical(q url.Values) string {
	out := url.Values{}
	for name, values := range q {
		if !slices.Contains([]string{"view", "cursor", "back", "at", "show"}, name) && !strings.HasSuffix(name, nameSuffix) {
			out[name] = values
		}
	}
	return out.Encode()
}

// current is the view that the address names, nil where it names none.
func (f *listFrame) current() *tenon.ListView {
	id := tenon.ViewID(tenon.ParseID(f.address.query.Get("view")))
	for i := range f.views {
		if f.views[i].ID == id {
			return &f.views[i]
		}
	}
	return nil
}

// changed tells whether the address asks for something else than the view.
func (f *listFrame) changed(w *tenon.ListView) bool {
	was, err := url.ParseQuery(w.Query)
	return err != nil || canonical(was) != canonical(f.address.query)
}

// anything tells whether the address asks for more than the list as it is.
func (f *listFrame) anything() bool { return canonical(f.address.query) != "" }

// viewTabs are the saved views, with counts where they are known.
func (f *listFrame) viewTabs(count func(at int) string) []ui.Tab {
	var tabs []ui.Tab
	current := f.current()
	for i := range f.views {
		w := &f.views[i]
		tabs = append(tabs, ui.Tab{Href: f.viewPath(w), Text: w.Name, Count: count(i), Current: w == current})
	}
	return tabs
}

// countedViews is of how many views the tabs say how much is in them.
const countedViews = 6

// upTo writes a count that was made up to a limit.
func upTo(n, limit int64) string {
	if n >= limit {
		return ui.Number(limit-1) + "+"
	}
	return ui.Number(n)
}

// ends are what stands at the end of the line of filters.
func (f *listFrame) ends(sorted string) templ.Component { return listEnds(f, sorted) }

// asked is the page of the list that the address wants instead of its rows:
// "filter", "columns" or "views".
func (f *listFrame) asked() string {
	switch show := f.address.query.Get("show"); show {
	case "filter", "columns", "views":
		return show
	}
	return ""
}

// back is the list itself, from a page about it.
func (f *listFrame) back() string { return f.address.with() }

// saved reads the views again under the address that a form names.
func listReturn(f *form) string {
	return localPath(f.text("next"))
}

// viewSave files a view or changes one: what the list shows now, under a name.
func (s *server) viewSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id, err := f.number("id")
	if err != nil {
		return err
	}
	v := viewer(r)
	saved, err := s.core.SaveView(r.Context(), v, tenon.ListView{ID: tenon.ViewID(id), List: f.text("list"), Name: f.text("name"), Shared: f.yes("shared"), Query: f.text("query")})
	if code := tenon.CodeOf(err); code == tenon.Invalid || code == tenon.TooLarge {
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
		return redirect(w, r, listReturn(f))
	}
	if err != nil {
		return err
	}
	if f.Has("opens") || id != 0 {
		opens := f.yes("opens")
		err := s.core.SetListSettings(r.Context(), v, saved.List, func(l *tenon.ListSettings) {
			switch {
			case opens:
				l.View = saved.ID
			case l.View == saved.ID:
				l.View = 0
			}
		})
		if err != nil {
			return err
		}
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "The view %s was saved.", saved.Name)})
	frame := listFrame{address: address{path: strings.SplitN(listReturn(f), "?", 2)[0]}}
	return redirect(w, r, frame.viewPath(saved))
}

func (s *server) viewDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.ViewID](r, "view")
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	gone, err := s.core.DeleteView(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "The view %s was deleted. What it showed is untouched.", gone.Name)})
	return redirect(w, r, listReturn(f))
}

// columnsSave keeps which columns somebody wants in a list, and shows it so.
func (s *server) columnsSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	var columns []string
	for _, name := range f.Values["column"] {
		if name != "" && len(name) < 100 && !strings.Contains(name, ",") && len(columns) < maxChosen {
			columns = append(columns, name)
		}
	}
	if f.yes("default") {
		columns = nil
	}
	if f.yes("keep") || f.yes("default") {
		if err := s.core.SetListSettings(r.Context(), viewer(r), f.text("list"), func(l *tenon.ListSettings) { l.Columns = columns }); err != nil {
			return err
		}
	}
	u, err := url.Parse(listReturn(f))
	if err != nil {
		return err
	}
	q := u.Query()
	q.Del("columns")
	if len(columns) > 0 {
		q.Set("columns", strings.Join(columns, ","))
	}
	return redirect(w, r, join(u.Path, q))
}

// maxChosen is how many columns a list shows at most, beside the name.
const maxChosen = 10

// listColumn is something that a list can show of a record.
type listColumn struct {
	name, label string
	sort        string // the order that it gives, "" for none
	width       string
	field       *tenon.Field
	trait       *tenon.FlexField
}

// chosenColumns are the columns that the address names, or those that the
// viewer keeps, or the usual ones.
func (f *listFrame) chosenColumns(all []listColumn, usual []string) []listColumn {
	want := usual
	if len(f.settings.Columns) > 0 {
		want = f.settings.Columns
	}
	if text := f.address.query.Get("columns"); text != "" {
		want = strings.Split(text, ",")
	}
	var out []listColumn
	for _, name := range want {
		if at := slices.IndexFunc(all, func(c listColumn) bool { return c.name == name }); at >= 0 && len(out) < maxChosen {
			out = append(out, all[at])
		}
	}
	return out
}

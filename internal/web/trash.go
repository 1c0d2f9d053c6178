package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// trashList is what waits in the trash.
type trashList struct {
	logFrame
	query store.TrashQuery
	rows  []tenon.TrashEntry
	next  string
}

func (s *server) trashPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := &trashList{logFrame: logFrame{listFrame: listFrame{address: addressOf(r), name: "trash", title: say.Text(ctx, ui.TextTrash), viewer: viewer(r), now: s.now()}}}
	l.filters = trashFilters(ctx, l.viewer)
	leads := ""
	err := s.read(r, func(tx *store.Tx) (err error) {
		if err := l.listFrame.load(tx); err != nil {
			return err
		}
		if leads = l.opensWith(); leads != "" {
			return nil
		}
		if leads, err = l.resolve(tx); err != nil || leads != "" {
			return err
		}
		return l.loadFilters(tx)
	})
	if err != nil {
		return err
	}
	if leads != "" {
		return redirect(w, r, leads)
	}
	if l.query, err = trashQuery(l.address.query, l.now); err != nil {
		return err
	}
	page := ui.Page{Title: say.Text(ctx, ui.TextTrash), Section: "account"}
	switch l.asked() {
	case "filter":
		return s.show(w, r, page, filterContent(&l.listFrame, l.filters, l.labels()))
	case "views":
		return s.show(w, r, page, viewsContent(&l.listFrame))
	}
	if l.rows, l.next, err = s.trash.Trash(ctx, l.viewer, l.query); err != nil {
		return err
	}
	return s.show(w, r, page, trashContent(l))
}

// trashQuery is what an address asks of the trash.
func trashQuery(q url.Values, now time.Time) (out store.TrashQuery, err error) {
	out = store.TrashQuery{Org: tenon.OrgID(tenon.ParseID(q.Get("organization"))), User: tenon.UserID(tenon.ParseID(q.Get("user"))), Act: q.Get("how"), Begins: q.Get("q"),
		Page: tenon.Page{Limit: pageRows, Cursor: q.Get("cursor"), Sort: sortedBy(q, "-deleted", "name")}}
	switch kind := q.Get("kind"); kind {
	case "":
	case "organization":
		out.Organizations = true
	default:
		if out.Kind = tenon.KindNamed(kind); out.Kind == 0 {
			return out, tenon.FieldErrorf("kind", "There is no kind of record named %q.", kind)
		}
	}
	out.From, out.To, err = days(q, "deleted", now.Location())
	return out, err
}

// trashFilters are what the trash can be filtered by.
func trashFilters(ctx context.Context, v tenon.Viewer) []listFilter {
	return []listFilter{
		{param: "kind", label: say.Text(ctx, "Kind"), choices: kindChoices(ctx, v)},
		{param: "organization", label: say.Text(ctx, "Organization"), form: recordForm, suggest: "/organizations/suggest"},
		{param: "user", label: say.Text(ctx, "Deleted by")},
		{param: "how", label: say.Text(ctx, "Deleted"), choices: []ui.Choice{
			{Value: trash.KindDelete, Text: say.Text(ctx, "As an organization")}, {Value: trash.KindItems, Text: say.Text(ctx, "As one or a few items")}, {Value: trash.KindMany, Text: say.Text(ctx, "As many at once")},
			{Value: csvimport.KindUndo, Text: say.Text(ctx, "By the undo of an import")}, {Value: glueimport.KindUndo, Text: say.Text(ctx, "By the undo of a copy")}}},
		{param: "deleted", label: say.Text(ctx, "Deleted on"), form: daysForm},
	}
}

// restore brings a record back, with everything that went with it.
func (s *server) restore(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.RestoreTrash); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id, err := f.number("id")
	if err != nil {
		return err
	}
	next := "/trash"
	if f.Has("next") {
		next = localPath(f.text("next"))
	}
	op, err := s.trash.Restore(r.Context(), v, id)
	if code := tenon.CodeOf(err); code == tenon.Conflict || code == tenon.Busy {
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
		return redirect(w, r, next)
	}
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Phrase(r.Context(), op.Sentence()), Href: operationPath(op.ID), Link: say.Text(r.Context(), "Receipt")})
	return redirect(w, r, next)
}

func (l *trashList) table(ctx context.Context) ui.Table {
	sort := l.query.Sort
	t := ui.Table{ID: "list", Caption: say.Text(ctx, ui.TextTrash), Columns: []ui.Column{
		l.address.column(ui.Column{Title: say.Text(ctx, "What")}, "name", sort), {Title: say.Text(ctx, "Organization"), Width: "medium", Narrow: "left"},
		l.address.column(ui.Column{Title: say.Text(ctx, "Deleted"), Width: "small"}, "deleted", sort), {Title: say.Text(ctx, "By"), Width: "medium"},
		{Title: say.Text(ctx, "Kept until"), Width: "small"}, {Title: say.Text(ctx, "What to do"), Width: "large", Narrow: "right", Hidden: true}}}
	none := ui.Empty{Title: say.Text(ctx, "The trash is empty"), Text: say.Text(ctx, "What is deleted waits here, and one Restore brings it back with all that went with it.")}
	if l.anything() {
		none = ui.Empty{Filtered: true, Title: say.Text(ctx, "Nothing in the trash"), Text: say.Text(ctx, "Nothing that was deleted fits what is asked for.")}
	}
	t.None = none.Draw()
	for _, e := range l.rows {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{trashName(e), ui.Quiet(trashOrg(ctx, e)), ui.When(e.At, l.now), ui.Quiet(actorName(ctx, e.ByName)), l.until(ctx, e), l.acts(e)}})
	}
	return t
}

// until is when the purge takes it, which lies ahead.
func (l *trashList) until(ctx context.Context, e tenon.TrashEntry) templ.Component {
	if e.PurgedAt.IsZero() {
		return ui.Quiet(say.Text(ctx, "No date"))
	}
	return ui.Quiet(e.PurgedAt.In(l.now.Location()).Format("2\u00a0Jan\u00a02006"))
}

func (l *trashList) acts(e tenon.TrashEntry) templ.Component {
	return trashActs(e, l.viewer.May(tenon.RestoreTrash), l.viewer.May(tenon.PurgeTrash))
}

func purgePath(e tenon.TrashEntry) string {
	name := "item"
	if e.Kind == 0 {
		name = "organization"
	}
	return "/trash/purge?" + name + "=" + ui.Plain64(e.Record)
}

func trashKind(ctx context.Context, e tenon.TrashEntry) string {
	if info := e.Kind.Info(); info != nil {
		return say.Text(ctx, info.Label)
	}
	return say.Text(ctx, "Organization")
}

// trashAct names the act that deleted something, where it says more than that
// this was deleted.
func trashAct(ctx context.Context, e tenon.TrashEntry) string {
	if strings.HasPrefix(e.Title.String(), e.Name) {
		return say.Text(ctx, "Receipt")
	}
	return say.Phrase(ctx, e.Title)
}

func trashOrg(ctx context.Context, e tenon.TrashEntry) string {
	if e.Kind == 0 {
		return say.Text(ctx, "itself")
	}
	return e.OrgName
}

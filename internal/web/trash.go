package web

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// trashList is what waits in the trash.
type trashList struct {
	address address
	viewer  tenon.Viewer
	rows    []tenon.TrashEntry
	next    string
	now     time.Time
}

func (s *server) trashPage(w http.ResponseWriter, r *http.Request) error {
	l := &trashList{address: addressOf(r), viewer: viewer(r), now: s.now()}
	var err error
	if l.rows, l.next, err = s.trash.Trash(r.Context(), l.viewer, store.TrashQuery{Page: tenon.Page{Limit: pageRows, Cursor: l.address.query.Get("cursor")}}); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextTrash), Section: "account"}, trashContent(l))
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
	op, err := s.trash.Restore(r.Context(), v, id)
	if code := tenon.CodeOf(err); code == tenon.Conflict || code == tenon.Busy {
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
		return redirect(w, r, "/trash")
	}
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: op.Title + ".", Href: operationPath(op.ID), Link: say.Text(r.Context(), "Receipt")})
	return redirect(w, r, "/trash")
}

func (l *trashList) table(ctx context.Context) ui.Table {
	t := ui.Table{ID: "list", Caption: say.Text(ctx, ui.TextTrash), Columns: []ui.Column{{Title: say.Text(ctx, "What")}, {Title: say.Text(ctx, "Organization"), Width: "large", Narrow: "left"}, {Title: say.Text(ctx, "Deleted"), Width: "medium"}, {Title: say.Text(ctx, "By"), Width: "medium"},
		{Title: say.Text(ctx, "Kept until"), Width: "medium"}, {Title: say.Text(ctx, "What to do"), Width: "large", Narrow: "right", Hidden: true}},
		None: ui.Empty{Title: say.Text(ctx, "The trash is empty"), Text: say.Text(ctx, "What is deleted waits here, and one Restore brings it back with all that went with it.")}.Draw()}
	for _, e := range l.rows {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{trashName(e), ui.Quiet(trashOrg(e)), ui.When(e.At, l.now), ui.Quiet(e.ByName), l.until(ctx, e), l.acts(e)}})
	}
	return t
}

// until is when the purge takes it, which lies ahead.
func (l *trashList) until(ctx context.Context, e tenon.TrashEntry) templ.Component {
	if e.PurgedAt.IsZero() {
		return ui.Quiet(say.Text(ctx, "No date"))
	}
	return ui.Quiet(e.PurgedAt.In(l.now.Location()).Format("2 Jan 2006"))
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

func trashOrg(e tenon.TrashEntry) string {
	if e.Kind == 0 {
		return "itself"
	}
	return e.OrgName
}

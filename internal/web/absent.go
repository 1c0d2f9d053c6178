package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// absent is the page of an item that is in the trash, or whose organization is.
// It is a 404 and not a 410: that says of an address that it is dead for good,
// and caches may keep it; this one lives again with the restore.
type absent struct {
	*trash.Absence
	viewer tenon.Viewer
	now    time.Time
	path   string // of the item
	tried  bool   // something was sent to it, and nothing was done
}

func (a *absent) Error() string { return a.Item.Name + " is in the trash" }

// whereabouts returns the error to answer with where an address names an item
// that is not there: who could see it reads what became of it. For everybody
// else it is what it was.
func (s *server) whereabouts(r *http.Request, err error) error {
	id := tenon.ItemID(tenon.ParseID(r.PathValue("item")))
	if id == 0 || viewer(r).User == 0 || tenon.CodeOf(err) != tenon.NotFound {
		return err
	}
	found, absenceErr := s.trash.Absence(r.Context(), viewer(r), id)
	switch {
	case absenceErr != nil:
		return err // there, or never was, or not theirs to know
	case found.Into != 0:
		return &moved{from: found.Item.Name, path: strings.Replace(r.URL.Path, "/"+id.String(), "/"+found.Into.String(), 1), item: true}
	}
	return &absent{Absence: found, viewer: viewer(r), now: s.now(), path: itemPath(id), tried: r.Method == http.MethodPost}
}

func (s *server) showAbsent(w http.ResponseWriter, r *http.Request, a *absent) error {
	httpkit.InfoOf(r.Context()).Code = string(tenon.NotFound)
	return s.showStatus(w, r, http.StatusNotFound, ui.Page{Title: a.Item.Name, Section: "organizations"}, absentContent(a))
}

// words say what happened, and how long there is to think about it.
func (a *absent) words(ctx context.Context) []string {
	e := a.Entry
	who, when := actorName(ctx, e.ByName), e.At.In(a.now.Location()).Format("2 Jan 2006, 15:04")
	out := []string{say.Textf(ctx, "%s deleted it on %s.", who, when)}
	if e.Kind == 0 {
		out[0] = say.Textf(ctx, "It went with its organization, %s, which %s deleted on %s.", e.Name, who, when)
	}
	if a.tried {
		out = append(out, say.Text(ctx, "What you sent was not saved."))
	}
	if !e.PurgedAt.IsZero() {
		out = append(out, say.Textf(ctx, "It is kept until %s.", e.PurgedAt.In(a.now.Location()).Format("2\u00a0Jan\u00a02006")))
	}
	if !a.mayRestore() {
		out = append(out, say.Text(ctx, "A manager or an administrator can restore it."))
	}
	return out
}

func (a *absent) mayRestore() bool { return a.viewer.May(tenon.RestoreTrash) }

// restoreText names what comes back, where that is more than the record.
func (a *absent) restoreText(ctx context.Context) string {
	if a.Entry.Kind == 0 {
		return say.Textf(ctx, "Restore %s", a.Entry.Name)
	}
	return say.Text(ctx, "Restore")
}

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// exportsPath is the page of one's own exports.
const exportsPath = "/exports"

func exportPath(id tenon.OperationID) string { return exportsPath + "/" + id.String() }

// exportList is what somebody has asked for, with the form for another one.
type exportList struct {
	address address
	viewer  tenon.Viewer
	now     time.Time
	form    *form
	rows    []tenon.Export
	next    string
	// running are the operations of those that are being made, by their ids.
	running map[tenon.OperationID]*tenon.Operation
}

func (s *server) exportsPage(w http.ResponseWriter, r *http.Request) error {
	f := emptyForm()
	if id, err := strconv.ParseInt(r.URL.Query().Get("organization"), 10, 64); err == nil && id > 0 {
		err := s.read(r, func(tx *store.Tx) error {
			org, err := tx.ResolveOrganization(viewer(r), tenon.OrgID(id))
			if err != nil {
				return err
			}
			o, err := tx.GetOrganization(viewer(r), org)
			if err == nil {
				f.Set("organization", o.Name)
				f.Set(refID("organization"), o.ID.String())
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.showExports(w, r, http.StatusOK, f)
}

func (s *server) showExports(w http.ResponseWriter, r *http.Request, status int, f *form) (err error) {
	l := &exportList{address: addressOf(r), viewer: viewer(r), now: s.now(), form: f, running: map[tenon.OperationID]*tenon.Operation{}}
	page := tenon.Page{Limit: pageRows}
	if r.Method == http.MethodGet {
		page.Cursor = l.address.query.Get("cursor")
	}
	if l.rows, l.next, err = s.exports.List(r.Context(), l.viewer, page); err != nil {
		return err
	}
	for i := range l.rows {
		if l.rows[i].State != tenon.Running {
			continue
		}
		op, err := s.ops.Get(r.Context(), l.viewer, l.rows[i].ID)
		if err != nil {
			return err
		}
		l.running[op.ID] = op
	}
	title := say.Text(r.Context(), ui.TextExports)
	return s.showStatus(w, r, status, ui.Page{Title: title, Section: "account", Refresh: len(l.running) > 0}, exportsContent(l))
}

// exportStart asks for an export, and leads to the list, where it appears.
func (s *server) exportStart(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ExportData); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	refused := func(err error) error {
		if !f.keep(r.Context(), err) {
			return err
		}
		f.Del("passphrase") // nothing secret is written into a page
		return s.showExports(w, r, http.StatusUnprocessableEntity, f)
	}
	ask := export.Request{Logs: f.yes("logs")}
	named, err := s.namedOrganization(r, f, "organization", say.Text(r.Context(), "Organization"))
	if err != nil {
		return refused(err)
	}
	ask.Org = tenon.OrgID(tenon.ParseID(named))
	if p := f.Get("passphrase"); p != "" {
		ask.Passphrase = secret.NewText(p)
	}
	x, err := s.exports.Start(r.Context(), v, ask)
	if err != nil {
		return refused(err)
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s is being exported. It is safe to leave this page.", exportName(r.Context(), x))})
	return redirect(w, r, exportsPath)
}

// exportDownload answers the file. It is no GET: the log says who took it.
func (s *server) exportDownload(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OperationID](r, "export")
	if err != nil {
		return err
	}
	d, err := s.exports.Open(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.FormatInt(d.Size, 10))
	w.Header().Set("Cache-Control", "no-store")
	return send(w, r, d, "application/zip", d.Name)
}

func (s *server) exportDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OperationID](r, "export")
	if err != nil {
		return err
	}
	if err := s.exports.Delete(r.Context(), viewer(r), id); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The export was deleted. What was exported is as it was.")})
	return redirect(w, r, exportsPath)
}

// exportName is what an export holds.
func exportName(ctx context.Context, x *tenon.Export) string {
	if x.Org == 0 {
		return say.Text(ctx, "Everything")
	}
	return x.OrgName
}

// exportHint is the line below it: since when, what came along, how it opens.
func exportHint(ctx context.Context, x *tenon.Export, now time.Time) string {
	words := []string{say.Textf(ctx, "Asked for %s", within(ctx, ui.Ago(ctx, x.CreatedAt, now)))}
	if x.Logs {
		words = append(words, say.Text(ctx, "with the activity log"))
	}
	if x.Secrets {
		words = append(words, say.Text(ctx, "with passwords"))
	}
	if x.Locked {
		words = append(words, say.Text(ctx, "locked with a passphrase"))
	}
	return strings.Join(words, ", ")
}

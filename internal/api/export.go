package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/secret"
)

type exportJSON struct {
	ID               int64     `json:"id"`
	OrganizationID   *int64    `json:"organization_id"`
	OrganizationName *string   `json:"organization_name"`
	Logs             bool      `json:"logs"`
	Passwords        bool      `json:"passwords"`
	Locked           bool      `json:"locked"`
	State            string    `json:"state"`
	Cancelled        bool      `json:"cancelled"`
	Error            *string   `json:"error"`
	Done             int64     `json:"done"`
	Size             *int64    `json:"size"`
	CreatedAt        time.Time `json:"created_at"`
	UpdatedAt        time.Time `json:"updated_at"`
	EndsAt           time.Time `json:"ends_at"`
}

// exportIn asks for an export: of everything where no organization is named.
type exportIn struct {
	OrganizationID *tenon.OrgID `json:"organization_id,omitempty"`
	Logs           bool         `json:"logs,omitempty"`
	Passphrase     *string      `json:"passphrase,omitempty"`
}

func encodeExport(x tenon.Export) exportJSON {
	return exportJSON{
		ID: int64(x.ID), OrganizationID: orNull(int64(x.Org)), OrganizationName: orNull(x.OrgName), Logs: x.Logs, Passwords: x.Secrets, Locked: x.Locked,
		State: string(x.State), Cancelled: x.Cancelled, Error: orNull(x.Error.String()), Done: x.Done, Size: orNull(x.Size), CreatedAt: x.CreatedAt.UTC(), UpdatedAt: x.UpdatedAt.UTC(), EndsAt: x.EndsAt.UTC(),
	}
}

// exportRoutes are those of copies of records in one file.
func exportRoutes() []route {
	return []route{
		{method: get, path: prefix + "exports", need: tenon.ExportData, handle: (*server).exportList, out: "[]Export", summary: "List the exports that one has asked for, the newest first", query: paging},
		{method: post, path: prefix + "exports", need: tenon.ExportData, handle: (*server).exportCreate, in: "ExportRequest", out: "Export", summary: "Export all that one may see, or one organization, as a ZIP file"},
		{method: get, path: prefix + "exports/{export}", need: tenon.ExportData, handle: (*server).exportGet, out: "Export", summary: "Read an export: it is done when its state is"},
		{method: remove, path: prefix + "exports/{export}", need: tenon.ExportData, handle: (*server).exportDelete, summary: "Throw an export away"},
		{method: get, path: prefix + "exports/{export}/content", need: tenon.ExportData, handle: (*server).exportContent, out: fileOut, summary: "Download the file of an export"},
	}
}

func (s *server) exportList(r *request) (answer, error) {
	page, err := r.page()
	if err != nil {
		return answer{}, err
	}
	rows, next, err := s.export.List(r.Context(), r.viewer, page)
	if err != nil {
		return answer{}, err
	}
	return list(rows, next, encodeExport)
}

func (s *server) exportCreate(r *request) (answer, error) {
	var in exportIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	ask := export.Request{Logs: in.Logs}
	if in.OrganizationID != nil {
		ask.Org = *in.OrganizationID
	}
	if in.Passphrase != nil {
		ask.Passphrase = secret.NewText(*in.Passphrase)
	}
	x, err := s.export.Start(r.Context(), r.viewer, ask)
	if err != nil {
		return answer{}, err
	}
	return created("exports", int64(x.ID), encodeExport(*x))
}

func (s *server) exportGet(r *request) (answer, error) {
	x, err := s.export.Get(r.Context(), r.viewer, tenon.OperationID(r.id("export")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeExport(*x))
}

func (s *server) exportDelete(r *request) (answer, error) {
	if err := s.export.Delete(r.Context(), r.viewer, tenon.OperationID(r.id("export"))); err != nil {
		return answer{}, err
	}
	return done()
}

func (s *server) exportContent(r *request) (answer, error) {
	d, err := s.export.Open(r.Context(), r.viewer, tenon.OperationID(r.id("export")))
	if err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: d.Name, contentType: "application/zip", size: d.Size, content: d}}, nil
}

package itglue

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

func (r *record) export() *tenon.Export { return r.of.(*tenon.Export) }

func exports() *resource {
	return &resource{
		path: "exports", label: "Export", about: "Files of all that the key's user may see, or of one organization. They are made behind: ask again until there is a download-url.",
		verbs: readOnly | canCreate | canDelete,
		attrs: []attribute{
			{name: "organization-id", form: id, write: true, get: func(_ *view, r *record) any { return int64(r.export().Org) }},
			made(text, "organization-name", func(_ *view, r *record) any { return r.export().OrgName }),
			{name: "include-logs", form: flag, write: true, get: func(_ *view, r *record) any { return r.export().Logs }},
			made(flag, "include-passwords", func(_ *view, r *record) any { return r.export().Secrets }),
			{name: "zip-password", form: text, field: "passphrase", write: true, get: nothing},
			made(flag, "locked", func(_ *view, r *record) any { return r.export().Locked }),
			made(text, "status", func(_ *view, r *record) any { return string(r.export().State) }),
			made(text, "error", func(_ *view, r *record) any { return r.export().Error.String() }),
			made(number, "file-size", func(_ *view, r *record) any { return orNull(r.export().Size) }),
			made(text, "download-url", downloadURL),
			made(moment, "expires-at", func(_ *view, r *record) any { return r.export().EndsAt }),
			made(moment, "created-at", createdAt), made(moment, "updated-at", updatedAt),
		},
		filters: by(id, "id", "organization_id"), sorts: sorts("created_at", "updated_at", "id"), first: "id",
		src: smallSource{path: "exports", all: allExports, make: createExport, delete: deleteExport},
	}
}

func orNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func exportRecord(x *tenon.Export) record {
	return record{id: int64(x.ID), created: x.CreatedAt, updated: x.UpdatedAt, of: x, values: tenon.Values{"organization_id": int64(x.Org)}}
}

func allExports(r *request) (out []record, err error) {
	for page := (tenon.Page{Limit: tenon.MaxPage}); ; {
		list, next, err := r.s.export.List(r.Context(), r.viewer, page)
		if err != nil {
			return nil, err
		}
		for i := range list {
			out = append(out, exportRecord(&list[i]))
		}
		if page.Cursor = next; next == "" {
			return out, nil
		}
	}
}

func createExport(tx *store.Tx, r *request, in change) (int64, error) {
	ask := export.Request{}
	passphrase, logs := "", tenon.Field{Name: "include_logs", Label: "Include logs", Type: tenon.Bool}
	rd := reader{in: in}
	rd.text("zip_password", &passphrase)
	if rd.err != nil {
		return 0, rd.err
	}
	if passphrase != "" {
		ask.Passphrase = secret.NewText(passphrase)
	}
	if x := in.attrs["include_logs"]; x != nil {
		on, err := logs.Clean(lowered(x))
		if err != nil {
			return 0, err
		}
		ask.Logs = on == true
	}
	if ask.Org = tenon.OrgID(idOf(in, "organization_id")); ask.Org < 0 {
		return 0, errUnreachable()
	}
	x, err := r.s.export.StartIn(tx, r.viewer, ask)
	if tenon.CodeOf(err) == tenon.NotFound {
		return 0, errUnreachable()
	}
	if err != nil {
		return 0, err
	}
	return int64(x.ID), nil
}

// lowered makes of "True", as some clients write it, what our fields take.
func lowered(x any) any {
	if s, ok := x.(string); ok {
		return strings.ToLower(s)
	}
	return x
}

func deleteExport(tx *store.Tx, r *request, n int64) error {
	return r.s.export.DeleteIn(tx, r.viewer, tenon.OperationID(n))
}

// downloadURL is where the file is, once it is whole. It works without a key
// for an hour: clients hand it to whatever downloads.
func downloadURL(v *view, r *record) any {
	until, signature, ok := v.r.s.export.Link(v.r.viewer, r.export())
	if !ok {
		return nil
	}
	return v.r.base() + "/exports/" + tenon.ItemID(r.id).String() + "/download?until=" + strconv.FormatInt(until.Unix(), 10) + "&signature=" + signature
}

func exportRoutes(all map[string]*resource) []route {
	return []route{{method: http.MethodGet, path: "exports/{id}/download", res: all["exports"], open: true, about: "Export: File", handle: downloadExport}}
}

// downloadExport answers the file to whoever has the link, or the key.
func downloadExport(r *request) (answer, error) {
	n := tenon.OperationID(tenon.ParseID(r.PathValue("id")))
	var d *export.Download
	var err error
	if signature, sent := r.params["signature"]; sent {
		until, _ := strconv.ParseInt(r.params["until"], 10, 64)
		d, err = r.s.export.OpenSigned(r.Context(), n, time.Unix(until, 0).UTC(), signature, httpkit.InfoOf(r.Context()).Addr)
	} else {
		if r.viewer, err = r.s.admit(r.w, r.Request); err != nil {
			return answer{}, err
		}
		d, err = r.s.export.Open(r.Context(), r.viewer, n)
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, file: &file{name: d.Name, contentType: "application/zip", size: d.Size, content: d}}, nil
}

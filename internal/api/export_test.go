package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"slices"
	"testing"
)

// TestExport asks for an export, waits for it, takes it and throws it away.
func TestExport(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		has := func(r reply, path, want string) {
			t.Helper()
			if got := r.Text(path); got != want {
				t.Errorf("%s is %q, want %q: %s", path, got, want, r.Body)
			}
		}
		made := h.do("admin", "POST", "/api/v1/exports", `{"organization_id":`+org+`,"logs":true}`, "Idempotency-Key", "once").Want(201)
		has(made, "state", "running")
		has(made, "organization_name", "Acme")
		at := "/api/v1/exports/" + made.Text("id")
		has(h.do("admin", "POST", "/api/v1/exports", `{"organization_id":`+org+`,"logs":true}`, "Idempotency-Key", "once").Want(201), "id", made.Text("id"))
		h.do("admin", "GET", at+"/content", "").Want(409)
		if err := h.jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		has(h.do("admin", "GET", at, "").Want(200), "state", "done")
		file := h.do("admin", "GET", at+"/content", "").Want(200)
		z, err := zip.NewReader(bytes.NewReader(file.Body), int64(len(file.Body)))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "logs.csv" }) {
			t.Errorf("it holds %d files, and no log", len(z.File))
		}
		has(h.do("admin", "POST", "/api/v1/exports", `{"passphrase":"short"}`).Want(422), "fields.0.field", "passphrase")
		h.do("admin", "POST", "/api/v1/exports", `{"organization_id":4000000000000}`).Want(404)
		h.do("reader", "POST", "/api/v1/exports", `{}`).Want(403)
		has(h.do("admin", "GET", "/api/v1/exports", "").Want(200), "data.0.id", made.Text("id"))
		h.do("admin", "DELETE", at, "").Want(204)
		h.do("admin", "GET", at, "").Want(404)
	})
}

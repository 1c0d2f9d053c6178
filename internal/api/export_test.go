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
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).want(201).text("id")
		has := func(r reply, path, want string) {
			t.Helper()
			if got := r.text(path); got != want {
				t.Errorf("%s is %q, want %q: %s", path, got, want, r.body)
			}
		}
		made := h.do("admin", "POST", "/api/v1/exports", `{"organization_id":`+org+`,"logs":true}`, "Idempotency-Key", "once").want(201)
		has(made, "state", "running")
		has(made, "organization_name", "Acme")
		at := "/api/v1/exports/" + made.text("id")
		has(h.do("admin", "POST", "/api/v1/exports", `{"organization_id":`+org+`,"logs":true}`, "Idempotency-Key", "once").want(201), "id", made.text("id"))
		h.do("admin", "GET", at+"/content", "").want(409)
		if err := h.jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		has(h.do("admin", "GET", at, "").want(200), "state", "done")
		file := h.do("admin", "GET", at+"/content", "").want(200)
		z, err := zip.NewReader(bytes.NewReader(file.body), int64(len(file.body)))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "logs.csv" }) {
			t.Errorf("it holds %d files, and no log", len(z.File))
		}
		has(h.do("admin", "POST", "/api/v1/exports", `{"passphrase":"short"}`).want(422), "fields.0.field", "passphrase")
		h.do("admin", "POST", "/api/v1/exports", `{"organization_id":4000000000000}`).want(404)
		h.do("reader", "POST", "/api/v1/exports", `{}`).want(403)
		has(h.do("admin", "GET", "/api/v1/exports", "").want(200), "data.0.id", made.text("id"))
		h.do("admin", "DELETE", at, "").want(204)
		h.do("admin", "GET", at, "").want(404)
	})
}

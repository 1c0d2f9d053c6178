package api_test

import (
	"encoding/json"
	"testing"
)

// fields gives members of a JSON object for a body.
func raw(r reply, path string) string {
	r.T.Helper()
	b, err := json.Marshal(r.At(path))
	if err != nil {
		r.T.Fatal(err)
	}
	return string(b)
}

func TestMerge(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		a := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme Ltd","notes":"old","domains":["acme.example"]}`).Want(201).Text("id")
		b := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme","notes":"new"}`).Want(201).Text("id")
		contact := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+a+`,"first_name":"Ann"}`).Want(201).Text("id")
		ask := `"sources":[` + a + `],"target":` + b + `,"choices":{"fields":{"notes":"append"}}`
		h.do("reader", "POST", "/api/v1/merges/plan", `{`+ask+`}`).Want(403)
		plan := h.do("admin", "POST", "/api/v1/merges/plan", `{`+ask+`}`).Want(200)
		if raw(plan, "blockers") != "[]" || plan.Text("counts.contacts") != "1" {
			t.Errorf("got %s", plan.Body)
		}
		confirm := `{` + ask + `,"fingerprint":` + raw(plan, "fingerprint") + `,"facts":` + raw(plan, "facts") + `}`

		h.do("admin", "PATCH", "/api/v1/organizations/"+b, `{"notes":"newer"}`).Want(200)
		stale := h.do("admin", "POST", "/api/v1/merges", confirm).Want(409)
		if stale.Text("code") != "stale" || stale.Text("changes.0") == "" {
			t.Errorf("got %s", stale.Body)
		}
		plan = h.do("admin", "POST", "/api/v1/merges/plan", `{`+ask+`}`).Want(200)
		confirm = `{` + ask + `,"fingerprint":` + raw(plan, "fingerprint") + `}`
		done := h.do("admin", "POST", "/api/v1/merges", confirm, "Idempotency-Key", "m").Want(201)
		again := h.do("admin", "POST", "/api/v1/merges", confirm, "Idempotency-Key", "m").Want(201)
		if again.Text("id") != done.Text("id") || done.Header.Get("Location") != "/api/v1/operations/"+done.Text("id") || done.Text("state") != "done" {
			t.Errorf("got %s and %s", done.Body, again.Body)
		}

		h.checkOldID(a, b, contact)

		op := "/api/v1/operations/" + done.Text("id")
		if can := h.do("admin", "GET", op+"/undo", "").Want(200); raw(can, "possible") != "true" {
			t.Errorf("got %s", can.Body)
		}
		h.do("admin", "GET", "/api/v1/operations?kind=merge&organization="+b, "").Want(200)
		undo := h.do("admin", "POST", op+"/undo", "").Want(201)
		if undo.Text("undoes") != done.Text("id") {
			t.Errorf("got %s", undo.Body)
		}
		h.do("admin", "POST", op+"/undo", "").Want(409)
		if back := h.do("admin", "GET", "/api/v1/organizations/"+a, "").Want(200); back.Text("state") != "live" || back.At("merged_into") != nil {
			t.Errorf("got %s", back.Body)
		}
		if c := h.do("admin", "GET", "/api/v1/contacts/"+contact, "").Want(200); c.Text("organization_id") != a {
			t.Errorf("got %s", c.Body)
		}
	})
}

// checkOldID holds what an id answers once its organization a was merged into b.
func (h *harness) checkOldID(a, b, contact string) {
	h.t.Helper()
	old := h.do("admin", "GET", "/api/v1/organizations/"+a, "").Want(200)
	if old.Text("state") != "merged" || old.Text("merged_into") != b {
		h.t.Errorf("got %s", old.Body)
	}
	refused := h.do("admin", "PATCH", "/api/v1/organizations/"+a, `{"name":"Zombie"}`).Want(409)
	if refused.Text("merged_into") != b {
		h.t.Errorf("got %s", refused.Body)
	}
	h.do("admin", "POST", "/api/v1/merges/plan", `{"sources":[`+a+`],"target":`+b+`}`)
	listed := h.do("admin", "GET", "/api/v1/contacts?organization="+a, "").Want(200)
	if listed.Text("data.0.id") != contact || listed.Text("data.0.organization_id") != b {
		h.t.Errorf("got %s", listed.Body)
	}
	filed := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+a+`,"first_name":"Ben"}`).Want(201)
	if filed.Text("organization_id") != b {
		h.t.Errorf("got %s", filed.Body)
	}
	h.do("admin", "GET", "/api/v1/organizations/"+a+"/activity", "").Want(200)
}

func TestImport(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		const file = "Company,Ref\nAcme,A-1\nBeta,B-2\n"
		const path = "/api/v1/imports/plan?kind=organization&map=name=Company,external_id=Ref"
		org, _ := h.file("Gamma")
		kept := h.upload("admin", "/api/v1/organizations/"+org+"/attachments?name=list.csv", "text/csv", file).Want(201)
		h.upload("reader", path, "text/csv", file).Want(403)
		h.upload("admin", path+",tags", "text/csv", file).Want(422)
		plan := h.upload("admin", path, "text/csv", file).Want(200)
		if plan.Text("counts.created") != "2" {
			t.Errorf("got %s", plan.Body)
		}
		confirm := `{"fingerprint":` + raw(plan, "fingerprint") + `,"facts":` + raw(plan, "facts") + `}`
		h.do("reader", "POST", "/api/v1/imports", confirm).Want(403)
		h.do("admin", "POST", "/api/v1/imports", `{"fingerprint":"x","facts":`+raw(plan, "facts")+`}`).Want(409)
		begun := h.do("admin", "POST", "/api/v1/imports", confirm, "Idempotency-Key", "i").Want(202)
		if again := h.do("admin", "POST", "/api/v1/imports", confirm, "Idempotency-Key", "i").Want(202); again.Text("id") != begun.Text("id") {
			t.Errorf("got %s", again.Body)
		}
		if err := h.jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		op := h.do("admin", "GET", begun.Header.Get("Location"), "").Want(200)
		if op.Text("state") != "done" || op.Text("receipt.counts.created") != "2" {
			t.Errorf("got %s", op.Body)
		}
		// The same file hangs on a record: the import has not taken it away.
		h.do("admin", "GET", "/api/v1/attachments/"+kept.Text("id"), "").Want(200)
		if found := h.do("admin", "GET", "/api/v1/organizations?external_id=b-2", "").Want(200); found.Text("data.0.name") != "Beta" {
			t.Errorf("got %s", found.Body)
		}
	})
}

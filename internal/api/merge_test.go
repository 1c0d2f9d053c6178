package api_test

import (
	"encoding/json"
	"testing"
)

// fields gives members of a JSON object for a body.
func raw(r reply, path string) string {
	r.t.Helper()
	b, err := json.Marshal(r.get(path))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func TestMerge(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		a := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme Ltd","notes":"old","domains":["acme.example"]}`).want(201).text("id")
		b := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme","notes":"new"}`).want(201).text("id")
		contact := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+a+`,"first_name":"Ann"}`).want(201).text("id")
		ask := `"sources":[` + a + `],"target":` + b + `,"choices":{"fields":{"notes":"append"}}`
		h.do("reader", "POST", "/api/v1/merges/plan", `{`+ask+`}`).want(403)
		plan := h.do("admin", "POST", "/api/v1/merges/plan", `{`+ask+`}`).want(200)
		if raw(plan, "blockers") != "[]" || plan.text("counts.contacts") != "1" {
			t.Errorf("got %s", plan.body)
		}
		confirm := `{` + ask + `,"fingerprint":` + raw(plan, "fingerprint") + `,"facts":` + raw(plan, "facts") + `}`

		h.do("admin", "PATCH", "/api/v1/organizations/"+b, `{"notes":"newer"}`).want(200)
		stale := h.do("admin", "POST", "/api/v1/merges", confirm).want(409)
		if stale.text("code") != "stale" || stale.text("changes.0") == "" {
			t.Errorf("got %s", stale.body)
		}
		plan = h.do("admin", "POST", "/api/v1/merges/plan", `{`+ask+`}`).want(200)
		confirm = `{` + ask + `,"fingerprint":` + raw(plan, "fingerprint") + `}`
		done := h.do("admin", "POST", "/api/v1/merges", confirm, "Idempotency-Key", "m").want(201)
		again := h.do("admin", "POST", "/api/v1/merges", confirm, "Idempotency-Key", "m").want(201)
		if again.text("id") != done.text("id") || done.header.Get("Location") != "/api/v1/operations/"+done.text("id") || done.text("state") != "done" {
			t.Errorf("got %s and %s", done.body, again.body)
		}

		h.checkOldID(a, b, contact)

		op := "/api/v1/operations/" + done.text("id")
		if can := h.do("admin", "GET", op+"/undo", "").want(200); raw(can, "possible") != "true" {
			t.Errorf("got %s", can.body)
		}
		h.do("admin", "GET", "/api/v1/operations?kind=merge&organization="+b, "").want(200)
		undo := h.do("admin", "POST", op+"/undo", "").want(201)
		if undo.text("undoes") != done.text("id") {
			t.Errorf("got %s", undo.body)
		}
		h.do("admin", "POST", op+"/undo", "").want(409)
		if back := h.do("admin", "GET", "/api/v1/organizations/"+a, "").want(200); back.text("state") != "live" || back.get("merged_into") != nil {
			t.Errorf("got %s", back.body)
		}
		if c := h.do("admin", "GET", "/api/v1/contacts/"+contact, "").want(200); c.text("organization_id") != a {
			t.Errorf("got %s", c.body)
		}
	})
}

// checkOldID holds what an id answers once its organization a was merged into b.
func (h *harness) checkOldID(a, b, contact string) {
	h.t.Helper()
	old := h.do("admin", "GET", "/api/v1/organizations/"+a, "").want(200)
	if old.text("state") != "merged" || old.text("merged_into") != b {
		h.t.Errorf("got %s", old.body)
	}
	refused := h.do("admin", "PATCH", "/api/v1/organizations/"+a, `{"name":"Zombie"}`).want(409)
	if refused.text("merged_into") != b {
		h.t.Errorf("got %s", refused.body)
	}
	h.do("admin", "POST", "/api/v1/merges/plan", `{"sources":[`+a+`],"target":`+b+`}`)
	listed := h.do("admin", "GET", "/api/v1/contacts?organization="+a, "").want(200)
	if listed.text("data.0.id") != contact || listed.text("data.0.organization_id") != b {
		h.t.Errorf("got %s", listed.body)
	}
	filed := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+a+`,"first_name":"Ben"}`).want(201)
	if filed.text("organization_id") != b {
		h.t.Errorf("got %s", filed.body)
	}
	h.do("admin", "GET", "/api/v1/organizations/"+a+"/activity", "").want(200)
}

func TestImport(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		const file = "Company,Ref\nAcme,A-1\nBeta,B-2\n"
		const path = "/api/v1/imports/plan?kind=organization&map=name=Company,external_id=Ref"
		org, _ := h.file("Gamma")
		kept := h.upload("admin", "/api/v1/organizations/"+org+"/attachments?name=list.csv", "text/csv", file).want(201)
		h.upload("reader", path, "text/csv", file).want(403)
		h.upload("admin", path+",tags", "text/csv", file).want(422)
		plan := h.upload("admin", path, "text/csv", file).want(200)
		if plan.text("counts.created") != "2" {
			t.Errorf("got %s", plan.body)
		}
		confirm := `{"fingerprint":` + raw(plan, "fingerprint") + `,"facts":` + raw(plan, "facts") + `}`
		h.do("reader", "POST", "/api/v1/imports", confirm).want(403)
		h.do("admin", "POST", "/api/v1/imports", `{"fingerprint":"x","facts":`+raw(plan, "facts")+`}`).want(409)
		begun := h.do("admin", "POST", "/api/v1/imports", confirm, "Idempotency-Key", "i").want(202)
		if again := h.do("admin", "POST", "/api/v1/imports", confirm, "Idempotency-Key", "i").want(202); again.text("id") != begun.text("id") {
			t.Errorf("got %s", again.body)
		}
		if err := h.jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		op := h.do("admin", "GET", begun.header.Get("Location"), "").want(200)
		if op.text("state") != "done" || op.text("receipt.counts.created") != "2" {
			t.Errorf("got %s", op.body)
		}
		// The same file hangs on a record: the import has not taken it away.
		h.do("admin", "GET", "/api/v1/attachments/"+kept.text("id"), "").want(200)
		if found := h.do("admin", "GET", "/api/v1/organizations?external_id=b-2", "").want(200); found.text("data.0.name") != "Beta" {
			t.Errorf("got %s", found.body)
		}
	})
}

package api_test

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// upload sends a file as the body.
func (h *harness) upload(key, path, contentType, content string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(content))
	r.Header.Set("Authorization", "Bearer "+h.keys[key])
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	h.loose = true // the document says application/octet-stream
	defer func() { h.loose = false }()
	return h.send(r, []byte(content))
}

// file makes an organization and a contact in it.
func (h *harness) file(name string) (org, contact string) {
	h.t.Helper()
	org = h.do("admin", "POST", "/api/v1/organizations", `{"name":"`+name+`"}`).want(201).text("id")
	contact = h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+org+`,"first_name":"Ann of `+name+`"}`).want(201).text("id")
	return org, contact
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, contact := h.file("Acme")
		for _, at := range []string{"/api/v1/items/" + contact, "/api/v1/organizations/" + org} {
			made := h.upload("admin", at+"/attachments?name=notes.txt", "text/plain", "hello", "Idempotency-Key", at).want(201)
			again := h.upload("admin", at+"/attachments?name=notes.txt", "text/plain", "hello", "Idempotency-Key", at).want(201)
			if made.text("id") != again.text("id") {
				t.Errorf("got %s and %s", made.body, again.body)
			}
			h.upload("admin", at+"/attachments?name=notes.txt", "text/plain", "HELLO", "Idempotency-Key", at).want(422)
			h.upload("reader", at+"/attachments?name=notes.txt", "text/plain", "hello").want(403)
			h.upload("admin", at+"/attachments", "text/plain", "hello").want(422)

			var form bytes.Buffer
			w := multipart.NewWriter(&form)
			part, err := w.CreateFormFile("file", "second.txt")
			if err != nil {
				t.Fatal(err)
			}
			part.Write([]byte("second"))
			w.Close()
			h.upload("admin", at+"/attachments", w.FormDataContentType(), form.String()).want(201)

			listed := h.do("reader", "GET", at+"/attachments", "").want(200)
			if listed.get("data.1") == nil || listed.get("data.2") != nil {
				t.Errorf("got %s", listed.body)
			}
			one := "/api/v1/attachments/" + made.text("id")
			got := h.do("reader", "GET", one, "").want(200)
			if string(got.body) != "hello" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %q %v", got.body, got.header)
			}
			h.do("admin", "PATCH", one, `{"name":"renamed.txt"}`).want(200)
			h.do("admin", "DELETE", one, "").want(204)
			h.do("admin", "GET", one, "").want(404)
		}
	})
}

func TestRelationsAndRestrictions(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		_, ben := h.file("Beta")
		tied := h.do("admin", "POST", "/api/v1/items/"+ann+"/relations", `{"item_id":`+ben+`,"notes":"brother"}`).want(201)
		h.do("admin", "POST", "/api/v1/items/"+ann+"/relations", `{"organization_id":`+org+`}`).want(201)
		if far := h.do("reader", "GET", "/api/v1/items/"+ben+"/relations", "").want(200); far.text("data.0.item_id") != ann || raw(far, "data.0.inverse") != "true" {
			t.Errorf("got %s", far.body)
		}
		if at := h.do("reader", "GET", "/api/v1/organizations/"+org+"/relations", "").want(200); at.text("data.0.item_id") != ann {
			t.Errorf("got %s", at.body)
		}
		h.do("reader", "DELETE", "/api/v1/relations/"+tied.text("id"), "").want(403)
		h.do("admin", "DELETE", "/api/v1/relations/"+tied.text("id"), "").want(204)

		admin := strconv.FormatInt(int64(h.users["admin"]), 10)
		h.do("admin", "PUT", "/api/v1/items/"+ann+"/restrictions", `{"to":[{"kind":"user","id":`+admin+`}]}`).want(200)
		h.do("reader", "GET", "/api/v1/contacts/"+ann, "").want(404)
		h.do("reader", "GET", "/api/v1/items/"+ann+"/restrictions", "").want(404)
		h.do("admin", "GET", "/api/v1/users/"+strconv.FormatInt(int64(h.users["reader"]), 10)+"/access/"+ann, "").want(200)
		h.do("admin", "PUT", "/api/v1/items/"+ann+"/restrictions", `{"to":[]}`).want(200)
		h.do("reader", "GET", "/api/v1/contacts/"+ann, "").want(200)

		member := "/api/v1/contacts/" + ben + "/memberships"
		h.do("admin", "PUT", member+"/"+org, "").want(204)
		if at := h.do("reader", "GET", member, "").want(200); at.get("data.1") == nil {
			t.Errorf("got %s", at.body)
		}
		h.do("reader", "GET", "/api/v1/organizations/"+org+"/members", "").want(200)
		h.do("admin", "DELETE", member+"/"+org, "").want(204)
	})
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		h.do("admin", "PATCH", "/api/v1/contacts/"+ann, `{"first_name":"Anna"}`).want(200)
		past := h.do("reader", "GET", "/api/v1/items/"+ann+"/revisions", "").want(200)
		if past.text("data.0.values.first_name") != "Anna" {
			t.Errorf("got %s", past.body)
		}
		h.do("reader", "POST", "/api/v1/items/"+ann+"/revisions/1/restore", "").want(403)
		if back := h.do("admin", "POST", "/api/v1/items/"+ann+"/revisions/1/restore", "").want(200); back.text("first_name") != "Ann of Acme" {
			t.Errorf("got %s", back.body)
		}
		h.do("admin", "PATCH", "/api/v1/organizations/"+org, `{"notes":"x"}`).want(200)
		h.do("reader", "GET", "/api/v1/organizations/"+org+"/revisions?limit=1", "").want(200)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/revisions/1/restore", "").want(200)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/revisions/77/restore", "").want(404)
	})
}

func TestListsAndTypes(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, _ := h.file("Acme")
		h.do("reader", "GET", "/api/v1/lookups", "").want(200)
		made := h.do("admin", "POST", "/api/v1/lookups/manufacturers", `{"name":"Lenovo"}`).want(201)
		one := made.header.Get("Location")
		h.do("reader", "GET", one, "").want(200)
		h.do("admin", "PATCH", one, `{"name":"Lenovo Group"}`, "If-Match", made.header.Get("ETag")).want(200)
		h.do("admin", "PATCH", one, `{"name":"Other"}`, "If-Match", made.header.Get("ETag")).want(412)
		h.do("reader", "POST", "/api/v1/lookups/manufacturers", `{"name":"Dell"}`).want(403)
		h.do("admin", "POST", "/api/v1/lookups/models", `{"name":"T14","parent_id":`+made.text("id")+`}`).want(201)
		h.do("admin", "GET", "/api/v1/lookups/models/"+made.text("id"), "").want(404)
		h.do("admin", "GET", "/api/v1/lookups/planets", "").want(404)
		h.do("reader", "GET", "/api/v1/lookups/manufacturers?name=lenovo+GROUP", "").want(200)

		kind := h.do("admin", "POST", "/api/v1/flexible_asset_types", `{"name":"Wi-Fi","fields":[{"name":"SSID","kind":"Text","use_for_title":true,"required":true},{"name":"Key","kind":"Password"}]}`).want(201)
		h.do("reader", "GET", "/api/v1/flexible_asset_types?name=wi-fi", "").want(200)
		asset := h.do("admin", "POST", "/api/v1/flexible_assets", `{"organization_id":`+org+`,"flexible_asset_type_id":`+kind.text("id")+`,"traits":{"`+kind.text("fields.0.key")+`":"guest"},"trait_secrets":{"`+kind.text("fields.1.key")+`":"Canary-Key"}}`).want(201)
		if asset.text("name") != "guest" || strings.Contains(string(asset.body), "Canary") {
			t.Errorf("got %s", asset.body)
		}
		shown := h.do("admin", "POST", "/api/v1/items/"+asset.text("id")+"/reveal", `{"field":"traits.`+kind.text("fields.1.key")+`"}`).want(200)
		if shown.text("value") != "Canary-Key" {
			t.Errorf("got %s", shown.body)
		}
		h.do("admin", "GET", "/api/v1/flexible_assets?type="+kind.text("id"), "").want(200)
	})
}

func TestPeople(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, _ := h.file("Acme")
		h.user("tech", tenon.Editor, false)
		h.do("tech", "GET", "/api/v1/organizations/"+org, "").want(404)
		tech := strconv.FormatInt(int64(h.users["tech"]), 10)
		group := h.do("admin", "POST", "/api/v1/groups", `{"name":"Techs","users":[`+tech+`],"denied_kinds":["ticket"]}`).want(201)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/grants", `{"kind":"group","id":`+group.text("id")+`}`).want(204)
		h.do("tech", "GET", "/api/v1/organizations/"+org, "").want(200)
		if who := h.do("admin", "GET", "/api/v1/organizations/"+org+"/access", "").want(200); !strings.Contains(string(who.body), "Techs") {
			t.Errorf("got %s", who.body)
		}
		h.do("tech", "GET", "/api/v1/organizations/"+org+"/access", "").want(403)
		h.do("admin", "DELETE", "/api/v1/organizations/"+org+"/grants/group/"+group.text("id"), "").want(204)
		h.do("tech", "GET", "/api/v1/organizations/"+org, "").want(404)
		h.do("admin", "PATCH", group.header.Get("Location"), `{"users":[]}`).want(200)
		h.do("admin", "DELETE", group.header.Get("Location"), "").want(204)

		me := h.do("tech", "GET", "/api/v1/me", "").want(200)
		if me.text("id") != tech || me.text("role") != "editor" {
			t.Errorf("got %s", me.body)
		}
		key := h.do("tech", "POST", "/api/v1/users/"+tech+"/keys", `{"name":"script"}`, "Idempotency-Key", "k").want(201)
		h.do(key.text("key"), "GET", "/api/v1/me", "").want(200)
		h.do("tech", "POST", "/api/v1/users/"+tech+"/keys", `{"name":"script"}`, "Idempotency-Key", "k").want(409)
		listed := h.do("tech", "GET", "/api/v1/users/"+tech+"/keys", "").want(200)
		if strings.Contains(string(listed.body), key.text("key")) {
			t.Error("a list shows a key")
		}
		h.do("tech", "DELETE", "/api/v1/keys/"+key.text("id"), "").want(204)
		h.do(key.text("key"), "GET", "/api/v1/me", "").want(401)
		h.do("tech", "GET", "/api/v1/users/"+tech+"/sessions", "").want(200)
		h.do("admin", "DELETE", "/api/v1/users/"+tech+"/sessions", "").want(204)

		h.do("tech", "PATCH", "/api/v1/users/"+tech, `{"role":"administrator"}`).want(403)
		user := h.do("admin", "POST", "/api/v1/users", `{"name":"New","email":"new@msp.example","role":"lite"}`).want(201)
		h.do("admin", "PATCH", user.header.Get("Location"), `{"disabled":true}`, "If-Match", user.header.Get("ETag")).want(200)
		h.do("admin", "GET", "/api/v1/users?disabled=true", "").want(200)
		h.do("admin", "GET", "/api/v1/groups", "").want(200)

		h.do("tech", "GET", "/api/v1/settings", "").want(200)
		h.do("tech", "PUT", "/api/v1/settings/trash_days", `{"value":"7"}`).want(403)
		h.do("admin", "PUT", "/api/v1/settings/trash_days", `{"value":"7"}`).want(204)
		h.do("admin", "PUT", "/api/v1/settings/unheard_of", `{"value":"7"}`).want(422)
	})
}

func TestDeleteAndRestore(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		plan := h.do("admin", "POST", "/api/v1/deletes/plan", `{"organizations":[`+org+`]}`).want(200)
		if plan.text("counts.contacts") != "1" {
			t.Errorf("got %s", plan.body)
		}
		h.do("reader", "POST", "/api/v1/deletes/plan", `{"organizations":[`+org+`]}`).want(403)
		h.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+org+`],"fingerprint":"x"}`).want(409)
		done := h.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+org+`],"fingerprint":`+raw(plan, "fingerprint")+`}`).want(201)
		if done.text("receipt.counts.contacts") != "1" {
			t.Errorf("got %s", done.body)
		}
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(404)
		h.do("admin", "GET", "/api/v1/contacts?organization="+org, "").want(404)
		h.do("admin", "PATCH", "/api/v1/organizations/"+org, `{"notes":"x"}`).want(409)
		if gone := h.do("admin", "GET", "/api/v1/organizations?state=trashed", "").want(200); gone.text("data.0.id") != org {
			t.Errorf("got %s", gone.body)
		}
		h.do("reader", "POST", "/api/v1/trash/"+org+"/restore", "").want(403)
		h.do("admin", "POST", "/api/v1/trash/"+org+"/restore", "").want(201)
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(200)
	})
}

func TestItemOperations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		far, _ := h.file("Beta")
		run := func(action, target string) reply {
			t.Helper()
			ask := `"action":"` + action + `","items":[` + ann + `],"target":` + target
			plan := h.do("admin", "POST", "/api/v1/item_operations/plan", `{`+ask+`}`).want(200)
			h.do("reader", "POST", "/api/v1/item_operations/plan", `{`+ask+`}`).want(403)
			h.do("admin", "POST", "/api/v1/item_operations", `{`+ask+`,"fingerprint":"x"}`).want(409)
			return h.do("admin", "POST", "/api/v1/item_operations", `{`+ask+`,"fingerprint":`+raw(plan, "fingerprint")+`}`, "Idempotency-Key", action).want(201)
		}
		moved := run("move", far)
		if at := h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(200); at.text("organization_id") != far {
			t.Errorf("got %s", at.body)
		}
		h.do("admin", "POST", moved.header.Get("Location")+"/undo", "").want(201)
		if at := h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(200); at.text("organization_id") != org {
			t.Errorf("got %s", at.body)
		}
		run("archive", "0")
		run("copy", far)
		run("delete", "0")
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(404)
		h.do("admin", "POST", "/api/v1/trash/"+ann+"/restore", "").want(201)
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(200)
		h.do("admin", "POST", "/api/v1/item_operations/plan", `{"action":"explode","items":[`+ann+`]}`).want(422)
	})
}

func TestPurge(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		plan := h.do("admin", "POST", "/api/v1/deletes/plan", `{"organizations":[`+org+`]}`).want(200)
		h.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+org+`],"fingerprint":`+raw(plan, "fingerprint")+`}`).want(201)
		if bin := h.do("admin", "GET", "/api/v1/trash", "").want(200); bin.text("data.0.id") != org || bin.get("data.0.purged_at") == nil {
			t.Errorf("got %s", bin.body)
		}
		ask := `"organizations":[` + org + `]`
		h.do("reader", "POST", "/api/v1/purges/plan", `{`+ask+`}`).want(403)
		plan = h.do("admin", "POST", "/api/v1/purges/plan", `{`+ask+`}`).want(200)
		confirm := `{` + ask + `,"fingerprint":` + raw(plan, "fingerprint") + `,"typed":`
		h.do("admin", "POST", "/api/v1/purges", confirm+`"something else"}`).want(422)
		begun := h.do("admin", "POST", "/api/v1/purges", confirm+raw(plan, "must_type")+`}`).want(202)
		if err := h.jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if op := h.do("admin", "GET", begun.header.Get("Location"), "").want(200); op.text("state") != "done" {
			t.Errorf("got %s", op.body)
		}
		h.do("admin", "GET", "/api/v1/organizations/"+org, "").want(404)
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(404)
		h.do("admin", "POST", begun.header.Get("Location")+"/undo", "").want(409)
	})
}

func TestItemMerge(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		anna := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+org+`,"first_name":"Anna","notes":"from the old list"}`).want(201).text("id")
		ask := `"source":` + anna + `,"target":` + ann + `,"choices":{"fill_blanks":true}`
		h.do("reader", "POST", "/api/v1/item_merges/plan", `{`+ask+`}`).want(403)
		if same := h.do("admin", "POST", "/api/v1/item_merges/plan", `{"source":`+ann+`,"target":`+ann+`}`).want(200); same.text("blockers.0.code") == "" {
			t.Errorf("got %s", same.body)
		}
		plan := h.do("admin", "POST", "/api/v1/item_merges/plan", `{`+ask+`}`).want(200)
		h.do("admin", "POST", "/api/v1/item_merges", `{`+ask+`,"fingerprint":"x"}`).want(409)
		done := h.do("admin", "POST", "/api/v1/item_merges", `{`+ask+`,"fingerprint":`+raw(plan, "fingerprint")+`}`).want(201)
		if got := h.do("admin", "GET", "/api/v1/contacts/"+ann, "").want(200); got.text("notes") != "from the old list" {
			t.Errorf("got %s", got.body)
		}
		h.do("admin", "GET", "/api/v1/contacts/"+anna, "").want(404)
		h.do("admin", "POST", done.header.Get("Location")+"/undo", "").want(201)
		h.do("admin", "GET", "/api/v1/contacts/"+anna, "").want(200)
	})
}

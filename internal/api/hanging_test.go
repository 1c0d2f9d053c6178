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
	org = h.do("admin", "POST", "/api/v1/organizations", `{"name":"`+name+`"}`).Want(201).Text("id")
	contact = h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+org+`,"first_name":"Ann of `+name+`"}`).Want(201).Text("id")
	return org, contact
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, contact := h.file("Acme")
		for _, at := range []string{"/api/v1/items/" + contact, "/api/v1/organizations/" + org} {
			made := h.upload("admin", at+"/attachments?name=notes.txt", "text/plain", "hello", "Idempotency-Key", at).Want(201)
			again := h.upload("admin", at+"/attachments?name=notes.txt", "text/plain", "hello", "Idempotency-Key", at).Want(201)
			if made.Text("id") != again.Text("id") {
				t.Errorf("got %s and %s", made.Body, again.Body)
			}
			h.upload("admin", at+"/attachments?name=notes.txt", "text/plain", "HELLO", "Idempotency-Key", at).Want(422)
			h.upload("reader", at+"/attachments?name=notes.txt", "text/plain", "hello").Want(403)
			h.upload("admin", at+"/attachments", "text/plain", "hello").Want(422)

			var form bytes.Buffer
			w := multipart.NewWriter(&form)
			part, err := w.CreateFormFile("file", "second.txt")
			if err != nil {
				t.Fatal(err)
			}
			part.Write([]byte("second"))
			w.Close()
			h.upload("admin", at+"/attachments", w.FormDataContentType(), form.String()).Want(201)

			listed := h.do("reader", "GET", at+"/attachments", "").Want(200)
			if listed.At("data.1") == nil || listed.At("data.2") != nil {
				t.Errorf("got %s", listed.Body)
			}
			one := "/api/v1/attachments/" + made.Text("id")
			got := h.do("reader", "GET", one, "").Want(200)
			if string(got.Body) != "hello" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %q %v", got.Body, got.Header)
			}
			h.do("admin", "PATCH", one, `{"name":"renamed.txt"}`).Want(200)
			h.do("admin", "DELETE", one, "").Want(204)
			h.do("admin", "GET", one, "").Want(404)
		}
	})
}

func TestRelationsAndRestrictions(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		_, ben := h.file("Beta")
		tied := h.do("admin", "POST", "/api/v1/items/"+ann+"/relations", `{"item_id":`+ben+`,"notes":"brother"}`).Want(201)
		h.do("admin", "POST", "/api/v1/items/"+ann+"/relations", `{"organization_id":`+org+`}`).Want(201)
		if far := h.do("reader", "GET", "/api/v1/items/"+ben+"/relations", "").Want(200); far.Text("data.0.item_id") != ann || raw(far, "data.0.inverse") != "true" {
			t.Errorf("got %s", far.Body)
		}
		if at := h.do("reader", "GET", "/api/v1/organizations/"+org+"/relations", "").Want(200); at.Text("data.0.item_id") != ann {
			t.Errorf("got %s", at.Body)
		}
		h.do("reader", "DELETE", "/api/v1/relations/"+tied.Text("id"), "").Want(403)
		h.do("admin", "DELETE", "/api/v1/relations/"+tied.Text("id"), "").Want(204)

		admin := strconv.FormatInt(int64(h.users["admin"]), 10)
		h.do("admin", "PUT", "/api/v1/items/"+ann+"/restrictions", `{"to":[{"kind":"user","id":`+admin+`}]}`).Want(200)
		h.do("reader", "GET", "/api/v1/contacts/"+ann, "").Want(404)
		h.do("reader", "GET", "/api/v1/items/"+ann+"/restrictions", "").Want(404)
		h.do("admin", "GET", "/api/v1/users/"+strconv.FormatInt(int64(h.users["reader"]), 10)+"/access/"+ann, "").Want(200)
		h.do("admin", "PUT", "/api/v1/items/"+ann+"/restrictions", `{"to":[]}`).Want(200)
		h.do("reader", "GET", "/api/v1/contacts/"+ann, "").Want(200)

		member := "/api/v1/contacts/" + ben + "/memberships"
		h.do("admin", "PUT", member+"/"+org, "").Want(204)
		if at := h.do("reader", "GET", member, "").Want(200); at.At("data.1") == nil {
			t.Errorf("got %s", at.Body)
		}
		h.do("reader", "GET", "/api/v1/organizations/"+org+"/members", "").Want(200)
		h.do("admin", "DELETE", member+"/"+org, "").Want(204)
	})
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		h.do("admin", "PATCH", "/api/v1/contacts/"+ann, `{"first_name":"Anna"}`).Want(200)
		past := h.do("reader", "GET", "/api/v1/items/"+ann+"/revisions", "").Want(200)
		if past.Text("data.0.values.first_name") != "Anna" {
			t.Errorf("got %s", past.Body)
		}
		h.do("reader", "POST", "/api/v1/items/"+ann+"/revisions/1/restore", "").Want(403)
		if back := h.do("admin", "POST", "/api/v1/items/"+ann+"/revisions/1/restore", "").Want(200); back.Text("first_name") != "Ann of Acme" {
			t.Errorf("got %s", back.Body)
		}
		h.do("admin", "PATCH", "/api/v1/organizations/"+org, `{"notes":"x"}`).Want(200)
		h.do("reader", "GET", "/api/v1/organizations/"+org+"/revisions?limit=1", "").Want(200)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/revisions/1/restore", "").Want(200)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/revisions/77/restore", "").Want(404)
	})
}

func TestListsAndTypes(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, _ := h.file("Acme")
		h.do("reader", "GET", "/api/v1/lookups", "").Want(200)
		made := h.do("admin", "POST", "/api/v1/lookups/manufacturers", `{"name":"Lenovo"}`).Want(201)
		one := made.Header.Get("Location")
		h.do("reader", "GET", one, "").Want(200)
		h.do("admin", "PATCH", one, `{"name":"Lenovo Group"}`, "If-Match", made.Header.Get("ETag")).Want(200)
		h.do("admin", "PATCH", one, `{"name":"Other"}`, "If-Match", made.Header.Get("ETag")).Want(412)
		h.do("reader", "POST", "/api/v1/lookups/manufacturers", `{"name":"Dell"}`).Want(403)
		h.do("admin", "POST", "/api/v1/lookups/models", `{"name":"T14","parent_id":`+made.Text("id")+`}`).Want(201)
		h.do("admin", "GET", "/api/v1/lookups/models/"+made.Text("id"), "").Want(404)
		h.do("admin", "GET", "/api/v1/lookups/planets", "").Want(404)
		h.do("reader", "GET", "/api/v1/lookups/manufacturers?name=lenovo+GROUP", "").Want(200)

		kind := h.do("admin", "POST", "/api/v1/flexible_asset_types", `{"name":"Wi-Fi","fields":[{"name":"SSID","kind":"Text","use_for_title":true,"required":true},{"name":"Key","kind":"Password"}]}`).Want(201)
		h.do("reader", "GET", "/api/v1/flexible_asset_types?name=wi-fi", "").Want(200)
		asset := h.do("admin", "POST", "/api/v1/flexible_assets", `{"organization_id":`+org+`,"flexible_asset_type_id":`+kind.Text("id")+`,"traits":{"`+kind.Text("fields.0.key")+`":"guest"},"trait_secrets":{"`+kind.Text("fields.1.key")+`":"Canary-Key"}}`).Want(201)
		if asset.Text("name") != "guest" || strings.Contains(string(asset.Body), "Canary") {
			t.Errorf("got %s", asset.Body)
		}
		shown := h.do("admin", "POST", "/api/v1/items/"+asset.Text("id")+"/reveal", `{"field":"traits.`+kind.Text("fields.1.key")+`"}`).Want(200)
		if shown.Text("value") != "Canary-Key" {
			t.Errorf("got %s", shown.Body)
		}
		h.do("admin", "GET", "/api/v1/flexible_assets?type="+kind.Text("id"), "").Want(200)
	})
}

func TestPeople(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, _ := h.file("Acme")
		h.user("tech", tenon.Editor, false)
		h.do("tech", "GET", "/api/v1/organizations/"+org, "").Want(404)
		tech := strconv.FormatInt(int64(h.users["tech"]), 10)
		group := h.do("admin", "POST", "/api/v1/groups", `{"name":"Techs","users":[`+tech+`],"denied_kinds":["ticket"]}`).Want(201)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/grants", `{"kind":"group","id":`+group.Text("id")+`}`).Want(204)
		h.do("tech", "GET", "/api/v1/organizations/"+org, "").Want(200)
		if who := h.do("admin", "GET", "/api/v1/organizations/"+org+"/access", "").Want(200); !strings.Contains(string(who.Body), "Techs") {
			t.Errorf("got %s", who.Body)
		}
		h.do("tech", "GET", "/api/v1/organizations/"+org+"/access", "").Want(403)
		h.do("admin", "DELETE", "/api/v1/organizations/"+org+"/grants/group/"+group.Text("id"), "").Want(204)
		h.do("tech", "GET", "/api/v1/organizations/"+org, "").Want(404)
		h.do("admin", "PATCH", group.Header.Get("Location"), `{"users":[]}`).Want(200)
		h.do("admin", "DELETE", group.Header.Get("Location"), "").Want(204)

		me := h.do("tech", "GET", "/api/v1/me", "").Want(200)
		if me.Text("id") != tech || me.Text("role") != "editor" {
			t.Errorf("got %s", me.Body)
		}
		key := h.do("tech", "POST", "/api/v1/users/"+tech+"/keys", `{"name":"script"}`, "Idempotency-Key", "k").Want(201)
		h.do(key.Text("key"), "GET", "/api/v1/me", "").Want(200)
		h.do("tech", "POST", "/api/v1/users/"+tech+"/keys", `{"name":"script"}`, "Idempotency-Key", "k").Want(409)
		listed := h.do("tech", "GET", "/api/v1/users/"+tech+"/keys", "").Want(200)
		if strings.Contains(string(listed.Body), key.Text("key")) {
			t.Error("a list shows a key")
		}
		h.do("tech", "DELETE", "/api/v1/keys/"+key.Text("id"), "").Want(204)
		h.do(key.Text("key"), "GET", "/api/v1/me", "").Want(401)
		h.do("tech", "GET", "/api/v1/users/"+tech+"/sessions", "").Want(200)
		h.do("admin", "DELETE", "/api/v1/users/"+tech+"/sessions", "").Want(204)

		h.do("tech", "PATCH", "/api/v1/users/"+tech, `{"role":"administrator"}`).Want(403)
		user := h.do("admin", "POST", "/api/v1/users", `{"name":"New","email":"new@msp.example","role":"lite"}`).Want(201)
		h.do("admin", "PATCH", user.Header.Get("Location"), `{"disabled":true}`, "If-Match", user.Header.Get("ETag")).Want(200)
		h.do("admin", "GET", "/api/v1/users?disabled=true", "").Want(200)
		h.do("admin", "GET", "/api/v1/groups", "").Want(200)

		h.do("tech", "GET", "/api/v1/settings", "").Want(200)
		h.do("tech", "PUT", "/api/v1/settings/trash_days", `{"value":"7"}`).Want(403)
		h.do("admin", "PUT", "/api/v1/settings/trash_days", `{"value":"7"}`).Want(204)
		h.do("admin", "PUT", "/api/v1/settings/unheard_of", `{"value":"7"}`).Want(422)
	})
}

func TestDeleteAndRestore(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		plan := h.do("admin", "POST", "/api/v1/deletes/plan", `{"organizations":[`+org+`]}`).Want(200)
		if plan.Text("counts.contacts") != "1" {
			t.Errorf("got %s", plan.Body)
		}
		h.do("reader", "POST", "/api/v1/deletes/plan", `{"organizations":[`+org+`]}`).Want(403)
		h.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+org+`],"fingerprint":"x"}`).Want(409)
		done := h.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+org+`],"fingerprint":`+raw(plan, "fingerprint")+`}`).Want(201)
		if done.Text("receipt.counts.contacts") != "1" {
			t.Errorf("got %s", done.Body)
		}
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(404)
		h.do("admin", "GET", "/api/v1/contacts?organization="+org, "").Want(404)
		h.do("admin", "PATCH", "/api/v1/organizations/"+org, `{"notes":"x"}`).Want(409)
		if gone := h.do("admin", "GET", "/api/v1/organizations?state=trashed", "").Want(200); gone.Text("data.0.id") != org {
			t.Errorf("got %s", gone.Body)
		}
		h.do("reader", "POST", "/api/v1/trash/"+org+"/restore", "").Want(403)
		h.do("admin", "POST", "/api/v1/trash/"+org+"/restore", "").Want(201)
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(200)
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
			plan := h.do("admin", "POST", "/api/v1/item_operations/plan", `{`+ask+`}`).Want(200)
			h.do("reader", "POST", "/api/v1/item_operations/plan", `{`+ask+`}`).Want(403)
			h.do("admin", "POST", "/api/v1/item_operations", `{`+ask+`,"fingerprint":"x"}`).Want(409)
			return h.do("admin", "POST", "/api/v1/item_operations", `{`+ask+`,"fingerprint":`+raw(plan, "fingerprint")+`}`, "Idempotency-Key", action).Want(201)
		}
		moved := run("move", far)
		if at := h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(200); at.Text("organization_id") != far {
			t.Errorf("got %s", at.Body)
		}
		h.do("admin", "POST", moved.Header.Get("Location")+"/undo", "").Want(201)
		if at := h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(200); at.Text("organization_id") != org {
			t.Errorf("got %s", at.Body)
		}
		run("archive", "0")
		run("copy", far)
		run("delete", "0")
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(404)
		h.do("admin", "POST", "/api/v1/trash/"+ann+"/restore", "").Want(201)
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(200)
		h.do("admin", "POST", "/api/v1/item_operations/plan", `{"action":"explode","items":[`+ann+`]}`).Want(422)
	})
}

func TestPurge(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		plan := h.do("admin", "POST", "/api/v1/deletes/plan", `{"organizations":[`+org+`]}`).Want(200)
		h.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+org+`],"fingerprint":`+raw(plan, "fingerprint")+`}`).Want(201)
		if bin := h.do("admin", "GET", "/api/v1/trash", "").Want(200); bin.Text("data.0.id") != org || bin.At("data.0.purged_at") == nil {
			t.Errorf("got %s", bin.Body)
		}
		ask := `"organizations":[` + org + `]`
		h.do("reader", "POST", "/api/v1/purges/plan", `{`+ask+`}`).Want(403)
		plan = h.do("admin", "POST", "/api/v1/purges/plan", `{`+ask+`}`).Want(200)
		confirm := `{` + ask + `,"fingerprint":` + raw(plan, "fingerprint") + `,"typed":`
		h.do("admin", "POST", "/api/v1/purges", confirm+`"something else"}`).Want(422)
		begun := h.do("admin", "POST", "/api/v1/purges", confirm+raw(plan, "must_type")+`}`).Want(202)
		if err := h.jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if op := h.do("admin", "GET", begun.Header.Get("Location"), "").Want(200); op.Text("state") != "done" {
			t.Errorf("got %s", op.Body)
		}
		h.do("admin", "GET", "/api/v1/organizations/"+org, "").Want(404)
		h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(404)
		h.do("admin", "POST", begun.Header.Get("Location")+"/undo", "").Want(409)
	})
}

func TestItemMerge(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		anna := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+org+`,"first_name":"Anna","notes":"from the old list"}`).Want(201).Text("id")
		ask := `"source":` + anna + `,"target":` + ann + `,"choices":{"fill_blanks":true}`
		h.do("reader", "POST", "/api/v1/item_merges/plan", `{`+ask+`}`).Want(403)
		if same := h.do("admin", "POST", "/api/v1/item_merges/plan", `{"source":`+ann+`,"target":`+ann+`}`).Want(200); same.Text("blockers.0.code") == "" {
			t.Errorf("got %s", same.Body)
		}
		plan := h.do("admin", "POST", "/api/v1/item_merges/plan", `{`+ask+`}`).Want(200)
		h.do("admin", "POST", "/api/v1/item_merges", `{`+ask+`,"fingerprint":"x"}`).Want(409)
		done := h.do("admin", "POST", "/api/v1/item_merges", `{`+ask+`,"fingerprint":`+raw(plan, "fingerprint")+`}`).Want(201)
		if got := h.do("admin", "GET", "/api/v1/contacts/"+ann, "").Want(200); got.Text("notes") != "from the old list" {
			t.Errorf("got %s", got.Body)
		}
		h.do("admin", "GET", "/api/v1/contacts/"+anna, "").Want(404)
		h.do("admin", "POST", done.Header.Get("Location")+"/undo", "").Want(201)
		h.do("admin", "GET", "/api/v1/contacts/"+anna, "").Want(200)
	})
}

package api_test

import (
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

func TestEveryKind(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		for _, info := range tenon.Kinds {
			if info.Kind == tenon.FlexibleAsset {
				continue // needs a type: TestFlexibleAssets
			}
			title := info.Title[0]
			more := ""
			if info.Kind == tenon.Document {
				more = `,"published_at":"2026-01-02T03:04:05Z","sections":[{"resource_type":"Text","content":"<p>One</p>"}]`
			}
			all := "/api/v1/" + info.Plural
			made := h.do("admin", "POST", all, `{"organization_id":`+org+`,"`+title+`":"First","tags":["a"]`+more+`}`).Want(201)
			one := made.Header.Get("Location")
			read := h.do("reader", "GET", one, "").Want(200)
			if string(read.Body) != string(made.Body) || read.Text("kind") != info.Name || read.Text("organization_name") != "Acme" || read.Text("tags.0") != "a" {
				t.Errorf("%s: made %s\nread %s", info.Name, made.Body, read.Body)
			}
			h.do("admin", "PATCH", one, `{"`+title+`":"Second","archived":true}`, "If-Match", read.Header.Get("ETag")).Want(200)
			h.do("admin", "PATCH", one, `{"`+title+`":"Third"}`, "If-Match", read.Header.Get("ETag")).Want(412)
			h.do("reader", "PATCH", one, `{"`+title+`":"Third"}`).Want(403)
			h.do("admin", "PATCH", one, `{"binder_id":1}`).Want(422)
			list := h.do("reader", "GET", all+"?organization="+org+"&archived=true&tag=A&search=sec&sort=-updated", "").Want(200)
			if list.Text("data.0."+title) != "Second" {
				t.Errorf("%s: %s", info.Name, list.Body)
			}
			for _, p := range info.Parts {
				h.checkParts(one+"/"+p.Plural, p)
			}
			h.do("reader", "GET", "/api/v1/items/"+read.Text("id"), "").Want(200)
			other := "/api/v1/contacts/" + read.Text("id")
			if info.Kind == tenon.Contact {
				other = "/api/v1/locations/" + read.Text("id")
			}
			h.do("admin", "GET", other, "").Want(404)
		}
		if all := h.do("reader", "GET", "/api/v1/items?organization="+org+"&limit=5", "").Want(200); all.At("data.4") == nil || all.Text("next_cursor") == "" {
			t.Errorf("got %s", all.Body)
		}
	})
}

func (h *harness) checkParts(path string, p tenon.PartInfo) {
	h.t.Helper()
	body := map[string]string{
		"interface": `{"name":"eth0","ip_address":"10.0.0.1","mac_address":"00:11:22:33:44:55"}`,
		"section":   `{"resource_type":"Heading","content":"Title","level":2}`,
		"task":      `{"name":"Check"}`, "comment": `{"body":"Hello","public":true}`,
	}[p.Name]
	made := h.do("admin", "POST", path, body).Want(201)
	h.do("admin", "GET", path, "").Want(200)
	h.do("reader", "POST", path, body).Want(403)
	h.do("admin", "POST", path, `{"id":5}`).Want(422)
	one := path + "/" + made.Text("id")
	if p.Append {
		h.do("admin", "PATCH", one, `{"body":"Other"}`).Want(404)
		return
	}
	h.do("admin", "PATCH", one, body).Want(200)
	h.do("admin", "DELETE", one, "").Want(204)
	h.do("admin", "DELETE", one, "").Want(404)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.key("blind", "admin", false)
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		const canary = "Canary-7-Orchard"
		made := h.do("admin", "POST", "/api/v1/passwords", `{"organization_id":`+org+`,"name":"Router","username":"root","password":"`+canary+`","otp_secret":"JBSWY3DPEHPK3PXP"}`).Want(201)
		one := made.Header.Get("Location")
		if made.Text("secrets.1") != "password" {
			t.Errorf("got %s", made.Body)
		}
		revealed := h.do("admin", "POST", one+"/reveal", `{}`, "Idempotency-Key", "r1").Want(200)
		if revealed.Text("value") != canary {
			t.Errorf("got %s", revealed.Body)
		}
		// The answer was not kept, and the effect is not repeated.
		h.do("admin", "POST", one+"/reveal", `{}`, "Idempotency-Key", "r1").Want(409)
		h.do("reader", "POST", one+"/reveal", `{"field":"password"}`).Want(200)
		h.do("blind", "POST", one+"/reveal", `{}`).Want(403)
		h.do("admin", "POST", one+"/reveal", `{"field":"username"}`)
		if code := h.do("admin", "POST", one+"/totp", "").Want(200); len(code.Text("code")) != 6 {
			t.Errorf("got %s", code.Body)
		}
		h.do("blind", "POST", one+"/totp", "").Want(403)
		for _, path := range []string{one, "/api/v1/passwords?search=router", "/api/v1/items", "/api/v1/activity", "/api/v1/organizations/" + org + "/activity"} {
			if got := h.do("admin", "GET", path, "").Want(200); strings.Contains(string(got.Body), canary) || strings.Contains(string(got.Body), "JBSWY") {
				t.Errorf("%s shows a secret: %s", path, got.Body)
			}
		}
		h.do("admin", "PATCH", one, `{"password":null}`).Want(200)
		if got := h.do("admin", "GET", one, "").Want(200); got.At("secrets.1") != nil {
			t.Errorf("got %s", got.Body)
		}
	})
}

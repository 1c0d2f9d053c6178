package api_test

import (
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

func TestEveryKind(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).want(201).text("id")
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
			made := h.do("admin", "POST", all, `{"organization_id":`+org+`,"`+title+`":"First","tags":["a"]`+more+`}`).want(201)
			one := made.header.Get("Location")
			read := h.do("reader", "GET", one, "").want(200)
			if string(read.body) != string(made.body) || read.text("kind") != info.Name || read.text("organization_name") != "Acme" || read.text("tags.0") != "a" {
				t.Errorf("%s: made %s\nread %s", info.Name, made.body, read.body)
			}
			h.do("admin", "PATCH", one, `{"`+title+`":"Second","archived":true}`, "If-Match", read.header.Get("ETag")).want(200)
			h.do("admin", "PATCH", one, `{"`+title+`":"Third"}`, "If-Match", read.header.Get("ETag")).want(412)
			h.do("reader", "PATCH", one, `{"`+title+`":"Third"}`).want(403)
			h.do("admin", "PATCH", one, `{"binder_id":1}`).want(422)
			list := h.do("reader", "GET", all+"?organization="+org+"&archived=true&tag=A&search=sec&sort=-updated", "").want(200)
			if list.text("data.0."+title) != "Second" {
				t.Errorf("%s: %s", info.Name, list.body)
			}
			for _, p := range info.Parts {
				h.checkParts(one+"/"+p.Plural, p)
			}
			h.do("reader", "GET", "/api/v1/items/"+read.text("id"), "").want(200)
			other := "/api/v1/contacts/" + read.text("id")
			if info.Kind == tenon.Contact {
				other = "/api/v1/locations/" + read.text("id")
			}
			h.do("admin", "GET", other, "").want(404)
		}
		if all := h.do("reader", "GET", "/api/v1/items?organization="+org+"&limit=5", "").want(200); all.get("data.4") == nil || all.text("next_cursor") == "" {
			t.Errorf("got %s", all.body)
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
	made := h.do("admin", "POST", path, body).want(201)
	h.do("admin", "GET", path, "").want(200)
	h.do("reader", "POST", path, body).want(403)
	h.do("admin", "POST", path, `{"id":5}`).want(422)
	one := path + "/" + made.text("id")
	if p.Append {
		h.do("admin", "PATCH", one, `{"body":"Other"}`).want(404)
		return
	}
	h.do("admin", "PATCH", one, body).want(200)
	h.do("admin", "DELETE", one, "").want(204)
	h.do("admin", "DELETE", one, "").want(404)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.key("blind", "admin", false)
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).want(201).text("id")
		const canary = "Canary-7-Orchard"
		made := h.do("admin", "POST", "/api/v1/passwords", `{"organization_id":`+org+`,"name":"Router","username":"root","password":"`+canary+`","otp_secret":"JBSWY3DPEHPK3PXP"}`).want(201)
		one := made.header.Get("Location")
		if made.text("secrets.1") != "password" {
			t.Errorf("got %s", made.body)
		}
		revealed := h.do("admin", "POST", one+"/reveal", `{}`, "Idempotency-Key", "r1").want(200)
		if revealed.text("value") != canary {
			t.Errorf("got %s", revealed.body)
		}
		// The answer was not kept, and the effect is not repeated.
		h.do("admin", "POST", one+"/reveal", `{}`, "Idempotency-Key", "r1").want(409)
		h.do("reader", "POST", one+"/reveal", `{"field":"password"}`).want(200)
		h.do("blind", "POST", one+"/reveal", `{}`).want(403)
		h.do("admin", "POST", one+"/reveal", `{"field":"username"}`)
		if code := h.do("admin", "POST", one+"/totp", "").want(200); len(code.text("code")) != 6 {
			t.Errorf("got %s", code.body)
		}
		h.do("blind", "POST", one+"/totp", "").want(403)
		for _, path := range []string{one, "/api/v1/passwords?search=router", "/api/v1/items", "/api/v1/activity", "/api/v1/organizations/" + org + "/activity"} {
			if got := h.do("admin", "GET", path, "").want(200); strings.Contains(string(got.body), canary) || strings.Contains(string(got.body), "JBSWY") {
				t.Errorf("%s shows a secret: %s", path, got.body)
			}
		}
		h.do("admin", "PATCH", one, `{"password":null}`).want(200)
		if got := h.do("admin", "GET", one, "").want(200); got.get("secrets.1") != nil {
			t.Errorf("got %s", got.body)
		}
	})
}

package canary_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

var linkShown = regexp.MustCompile(`/link/([A-Za-z0-9_-]+)`)

// people are who signs in: links, passwords, sessions, keys, a second factor,
// and the mistakes that are made with them.
func (h *house) people() {
	h.t.Helper()
	out, err := os.ReadFile(h.path("mine/stdout"))
	h.must(err)
	first := linkShown.FindStringSubmatch(string(out))
	if first == nil {
		h.t.Fatalf("no link in %s", out)
	}
	h.plant("the first link", first[1], "")
	password := h.secret("the administrator's first password")
	h.form(200, "/link/"+first[1], "account", "Harbourline IT", "name", "Avery Quill", "email", "avery@harbourline.example", "password", password)
	h.session("the first session")
	h.key = strings.TrimSpace(h.command("key", "create", "--user", "avery@harbourline.example", "--password-access"))
	h.plant("the key that a command made", h.key, "")

	// What people type into the wrong field.
	h.form(401, "/sign-in", "email", "avery@harbourline.example", "password", h.secret("a wrong password"))
	h.form(401, "/sign-in", "email", h.secret("a password typed as the address"), "password", "x")
	h.page(200, "/search?q="+url.QueryEscape(h.secret("a password searched for")))
	h.api(200, "GET", "/api/v1/passwords?search="+url.QueryEscape(h.secret("a password searched for by the API")), "")
	h.page(410, "/link/tnl_"+strings.Repeat("A", 26))

	next := h.secret("the administrator's second password")
	h.form(422, "/self/password", "current", h.secret("a wrong current password"), "password", next)
	h.form(200, "/self/password", "current", password, "password", next)
	h.session("the second session")
	seed := h.seed("the seed of the administrator's second factor")
	code, err := totp.GenerateCode(seed, time.Now())
	h.must(err)
	h.form(200, "/self/factor", "seed", seed, "code", code)

	u := h.api(201, "POST", "/api/v1/users", map[string]any{"name": "Imani Castellan", "email": "imani@harbourline.example", "role": "editor", "everywhere": true})
	link := linkShown.FindStringSubmatch(h.form(200, "/users/"+u.text("id")+"/link").body)
	if link == nil {
		h.t.Fatal("the page shows no link")
	}
	h.plant("a link that a page made", link[1], "")
	link = linkShown.FindStringSubmatch(h.command("link", "--user", "imani@harbourline.example"))
	h.plant("a link that a command made", link[1], "")
	made := h.api(201, "POST", "/api/v1/users/"+u.text("id")+"/keys", map[string]any{"name": "reports", "password_access": true}, "Idempotency-Key", "key-1")
	h.plant("the key that the API made", made.text("key"), "")
}

// session plants the token that the browser holds now.
func (h *house) session(name string) {
	h.t.Helper()
	at, err := url.Parse(h.url)
	h.must(err)
	for _, c := range h.client.Jar.Cookies(at) {
		if c.Name == "tenon_session" {
			h.plant(name, c.Value, "")
			return
		}
	}
	h.t.Fatal("there is no session")
}

// vault are the passwords, seeds and secret fields of records, by every way in.
func (h *house) vault() (a, b string) {
	h.t.Helper()
	org := func(name string) string {
		return h.api(201, "POST", "/api/v1/organizations", map[string]any{"name": name}).text("id")
	}
	a, b = org(record), org("Aldermoor Joinery")
	var items []string
	for n := range 8 {
		body := map[string]any{"organization_id": json.Number(a), "name": fmt.Sprintf("Router %d", n), "username": "root", "password": h.secret(fmt.Sprintf("password %d by the API", n))}
		if n%2 == 0 {
			body["otp_secret"] = h.seed(fmt.Sprintf("seed %d by the API", n))
		}
		items = append(items, h.api(201, "POST", "/api/v1/passwords", body, "Idempotency-Key", fmt.Sprintf("password-%d", n)).text("id"))
	}
	for n, id := range items[:4] {
		h.api(200, "PATCH", "/api/v1/passwords/"+id, map[string]any{"password": h.secret(fmt.Sprintf("changed password %d", n)), "name": fmt.Sprintf("Switch %d", n)})
		h.api(200, "POST", "/api/v1/items/"+id+"/reveal", map[string]any{}, "Idempotency-Key", fmt.Sprintf("reveal-%d", n))
		h.api(200, "POST", "/api/v1/items/"+id+"/revisions/1/restore", "")
	}
	h.api(200, "POST", "/api/v1/items/"+items[0]+"/totp", "")
	h.refused(a)
	kind := h.api(201, "POST", "/api/v1/flexible_asset_types", `{"name":"Wi-Fi","fields":[{"name":"SSID","kind":"Text","use_for_title":true,"required":true},{"name":"Key","kind":"Password"}]}`)
	for n := range 4 {
		h.api(201, "POST", "/api/v1/flexible_assets", map[string]any{"organization_id": json.Number(a), "flexible_asset_type_id": json.Number(kind.text("id")),
			"traits": map[string]any{kind.text("fields.0.key"): fmt.Sprintf("guest %d", n)}, "trait_secrets": map[string]any{kind.text("fields.1.key"): h.secret(fmt.Sprintf("secret %d of a flexible asset", n))}})
	}
	// The pages: made, changed, revealed, and once with a field left out.
	path := "/organizations/" + a + "/passwords"
	h.form(422, path, "name", "", "password", h.secret("password of a form that is refused"))
	for n := range 4 {
		h.form(200, path, "name", fmt.Sprintf("Portal %d", n), "username", "admin", "password", h.secret(fmt.Sprintf("password %d by a form", n)), "otp_secret", h.seed(fmt.Sprintf("seed %d by a form", n)))
	}
	h.form(200, "/items/"+items[1], "name", "Portal", "version", h.api(200, "GET", "/api/v1/items/"+items[1], "").text("version"), "password", h.secret("password changed by a form"))
	h.form(200, "/items/"+items[1]+"/reveal", "field", "password")
	h.weighty(a, b, items)
	return a, b
}

// refused are requests that fail with a secret in them.
func (h *house) refused(org string) {
	h.t.Helper()
	h.api(422, "POST", "/api/v1/passwords", map[string]any{"organization_id": json.Number(org), "password": h.secret("password without a name")})
	h.api(422, "POST", "/api/v1/passwords", map[string]any{"organization_id": json.Number(org), "name": "x", "pasword": h.secret("password in a field that is not there")})
	quoted, err := json.Marshal(h.secret("password in JSON that is broken off"))
	h.must(err)
	h.api(400, "POST", "/api/v1/passwords", `{"name":"x","password":`+string(quoted))
	h.api(400, "GET", "/api/v1/organizations?token="+url.QueryEscape(h.secret("a token in a query that is refused")), "")
	h.form(422, "/import/itglue", "url", "https://127.0.0.1", "key_secret", h.secret("a key to an account on this machine"))
	h.form(422, "/import/itglue", "url", "http://glue.example", "key_secret", h.secret("a key to an account that would go out in the clear"))
	h.form(422, "/import/itglue/run", "held_secret", h.secret("a plan of a copy that nobody made"), "fingerprint", "x")
	good := h.key
	h.key = "tnn_aaaaaaaaaa_" + strings.Repeat("B", 26)
	h.plant("a key that does not hold", h.key, "")
	h.api(401, "GET", "/api/v1/me", "")
	h.key = good
}

// weighty carries secrets from one record to another, and back.
func (h *house) weighty(a, b string, items []string) {
	h.t.Helper()
	do := func(path string, ask map[string]any) string {
		plan := h.api(200, "POST", path+"/plan", ask)
		ask["fingerprint"] = plan.text("fingerprint")
		if typed := plan.text("must_type"); typed != "" && typed != "<nil>" {
			ask["typed"] = typed
		}
		return h.api(201, "POST", path, ask, "Idempotency-Key", path+plan.text("fingerprint")).text("id")
	}
	do("/api/v1/item_operations", map[string]any{"action": "copy", "items": []json.Number{json.Number(items[2])}, "target": json.Number(b)})
	do("/api/v1/item_merges", map[string]any{"source": json.Number(items[3]), "target": json.Number(items[4])})
	do("/api/v1/item_operations", map[string]any{"action": "delete", "items": []json.Number{json.Number(items[5])}})
	merged := do("/api/v1/merges", map[string]any{"sources": []json.Number{json.Number(a)}, "target": json.Number(b)})
	h.api(201, "POST", "/api/v1/operations/"+merged+"/undo", "")
}

// files are what comes and goes as a file.
func (h *house) files() {
	h.t.Helper()
	var rows strings.Builder
	rows.WriteString("organization,name,username,password\n")
	for n := range 3 {
		fmt.Fprintf(&rows, "Aldermoor Joinery,Imported %d,root,\"%s\"\n", n, strings.ReplaceAll(h.secret(fmt.Sprintf("password %d in a CSV file", n)), `"`, `""`))
	}
	h.must(os.WriteFile(h.path("mine/passwords.csv"), []byte(rows.String()), 0o600))
	h.command("import", "csv", h.path("mine/passwords.csv"), "--kind", "password", "--json")

	h.command("backup", h.path("backup.tenon"))
	phrase := h.secret("the passphrase of a backup")
	h.must(os.WriteFile(h.path("mine/phrase"), []byte(phrase), 0o600))
	h.command("backup", h.path("phrase.tenon"), "--passphrase-file", h.path("mine/phrase"))
}

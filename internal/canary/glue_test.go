package canary_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// glue plants through the IT Glue-compatible API, and reads back: where a key
// with password access asks for one password, and nowhere else.
func (h *house) glue() {
	h.t.Helper()
	user := h.api(200, "GET", "/api/v1/me", "").text("id")
	blind := h.api(201, "POST", "/api/v1/users/"+user+"/keys", map[string]any{"name": "blind"}).text("key")
	h.plant("a key without password access", blind, "")
	org := h.glueAPI(201, "POST", "/organizations", "organizations", map[string]any{"name": "Bellweather Freight"}).text("data.id")
	var ids, values []string
	for n := range 4 {
		value := h.secret(fmt.Sprintf("password %d by the other API", n))
		made := h.glueAPI(201, "POST", "/passwords", "passwords", map[string]any{"organization-id": org, "name": fmt.Sprintf("Gate %d", n), "password": value,
			"otp-secret": h.seed(fmt.Sprintf("seed %d by the other API", n))})
		h.silent(made)
		ids, values = append(ids, made.text("data.id")), append(values, value)
	}
	next := h.secret("password changed by the other API")
	h.silent(h.glueAPI(200, "PATCH", "/passwords/"+ids[0], "passwords", map[string]any{"password": next}))
	h.shows(h.glueAPI(200, "PATCH", "/passwords/"+ids[1]+"?show_password=true", "passwords", map[string]any{"notes": "n"}), values[1])
	h.shows(h.glueAPI(200, "GET", "/passwords/"+ids[0], "", nil), next)
	versions := h.glueAPI(200, "GET", "/passwords/"+ids[0]+"?include=recent_versions&show_password=false", "", nil)
	h.silent(versions)
	h.shows(h.glueAPI(200, "GET", "/passwords/"+ids[0]+"?version_id="+versions.text("included.1.id"), "", nil), values[0])
	kind := h.glueAPI(201, "POST", "/flexible_asset_types", "flexible-asset-types", map[string]any{"name": "Door"}).text("data.id")
	h.glueAPI(201, "POST", "/flexible_asset_fields", "flexible-asset-fields", map[string]any{"flexible-asset-type-id": kind, "name": "Name", "kind": "Text", "use-for-title": true})
	h.glueAPI(201, "POST", "/flexible_asset_fields", "flexible-asset-fields", map[string]any{"flexible-asset-type-id": kind, "name": "Code", "kind": "Password"})
	h.silent(h.glueAPI(201, "POST", "/flexible_assets", "flexible-assets", map[string]any{"organization-id": org, "flexible-asset-type-id": kind,
		"traits": map[string]any{"name": "Front", "code": h.secret("a secret field by the other API")}}))
	for _, path := range []string{"/passwords?show_password=true", "/passwords/" + ids[2] + "?show_password=false", "/flexible_assets?filter[flexible-asset-type-id]=" + kind,
		"/organizations/" + org + "?include=attachments", "/logs", "/search.json?query=Gate"} {
		h.silent(h.glueAPI(200, "GET", path, "", nil))
	}
	good := h.key
	h.key = blind
	h.silent(h.glueAPI(200, "GET", "/passwords/"+ids[0], "", nil))
	h.silent(h.glueAPI(403, "GET", "/passwords/"+ids[0]+"?show_password=true", "", nil))
	h.key = good
	h.mistakes(org)
	h.exported()
}

// mistakes are requests to that API that are refused, with a secret in them.
func (h *house) mistakes(org string) {
	h.t.Helper()
	h.glueAPI(422, "POST", "/passwords", "passwords", map[string]any{"organization-id": org, "password": h.secret("a password without a name, by the other API")})
	h.glueAPI(401, "POST", "/passwords", "passwords", map[string]any{"organization-id": "4000000000000", "name": "x", "password": h.secret("a password for an organization that is not there")})
	quoted, err := json.Marshal(h.secret("a password in broken JSON, by the other API"))
	h.must(err)
	h.api(400, "POST", "/itglue/passwords", `{"data":{"attributes":{"password":`+string(quoted), "x-api-key", h.key, "Authorization", "")
	h.glueAPI(200, "GET", "/passwords?filter[name]="+url.QueryEscape(h.secret("a password as a filter")), "", nil)
	h.glueAPI(200, "GET", "/search.json?query="+url.QueryEscape(h.secret("a password searched for by the other API")), "", nil)
	wrong := "tnn_bbbbbbbbbb_" + strings.Repeat("C", 26)
	h.plant("a key that does not hold, for the other API", wrong, "")
	h.api(403, "GET", "/itglue/organizations", "", "x-api-key", wrong, "Authorization", "")
	h.api(401, "POST", "/itglue/login?generate_jwt=1", map[string]any{"user": map[string]any{"email": "imani@harbourline.example", "password": h.secret("a wrong password for the other API")}}, "Authorization", "")
	h.api(401, "GET", "/itglue/jwt/token?refresh_token="+url.QueryEscape(h.secret("a refresh token that is none")), "", "Authorization", "")
}

// exported makes an export that holds passwords, and takes it by its link.
func (h *house) exported() {
	h.t.Helper()
	made := h.glueAPI(201, "POST", "/exports", "exports", map[string]any{"zip-password": h.secret("the passphrase of an export")})
	h.silent(made)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 1200 {
		x := h.glueAPI(200, "GET", "/exports/"+made.text("data.id"), "", nil)
		h.silent(x)
		link := x.text("data.attributes.download-url")
		if !strings.HasPrefix(link, "http") {
			<-tick.C
			continue
		}
		if x.text("data.attributes.include-passwords") != "true" {
			h.t.Error("the export holds no passwords")
		}
		at, err := url.Parse(link)
		h.must(err)
		h.plant("the signature of a link to an export", at.Query().Get("signature"), "")
		r, err := http.NewRequest(http.MethodGet, link, nil)
		h.must(err)
		file := h.ask(r)
		if file.status != 200 || !strings.HasPrefix(file.body, "PK") {
			h.t.Errorf("the link answers %d", file.status)
		}
		h.silent(file)
		return
	}
	h.t.Fatal("the export is not done")
}

// glueAPI asks the other API.
func (h *house) glueAPI(want int, method, path, kind string, attributes map[string]any) answer {
	h.t.Helper()
	var body any = ""
	if attributes != nil {
		body = map[string]any{"data": map[string]any{"type": kind, "attributes": attributes}}
	}
	return h.api(want, method, "/itglue"+path, body, "x-api-key", h.key, "Authorization", "", "Content-Type", "application/vnd.api+json")
}

// shows checks that an answer has just this one secret.
func (h *house) shows(a answer, value string) {
	h.t.Helper()
	if a.text("data.attributes.password") != value {
		h.t.Errorf("the answer does not show the password: %.300s", a.body)
	}
}

// silent checks that an answer has none of the secrets.
func (h *house) silent(a answer) {
	h.t.Helper()
	for _, s := range h.secrets {
		quoted, err := json.Marshal(s.Value)
		h.must(err)
		if strings.Contains(a.body, s.Value) || strings.Contains(a.body, strings.Trim(string(quoted), `"`)) {
			h.t.Errorf("an answer shows %s: %.300s", s.Name, a.body)
		}
	}
}

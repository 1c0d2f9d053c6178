package itglue_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/secret"

	"github.com/tenonhq/tenon/internal/core"
)

// TestBadRequests sends what no client should, to every route that reads a
// body: the documented error, never a fault of ours.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	org := h.organization("Acme")
	bodies := map[string]int{ // and the status of a create
		`{`: 400, `[]`: 400, `"x"`: 400, `{"data":5}`: 400, `{"data":[5]}`: 400, `{"data":{"attributes":[]}}`: 400, `{}`: 400, ``: 400, "\xff": 400,
		`{"data":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `}`: 400, `{"data":{},"data":{}}`: 400,
		`{"data":{"attributes":{"name":{"a":1}}}}`: 422, `{"data":{"attributes":{"name":["x"],"id":{"a":1}}}}`: 422, `{"data":{"attributes":{"name":"` + strings.Repeat("x", 300) + `"}}}`: 422,
		`{"data":{"attributes":{"name":null}}}`: 422, `{"data":{"attributes":{"name":"a\u0000b"}}}`: 422, `{"data":{"attributes":{"name":"n","organization-type-id":1e400}}}`: 422,
		`{"data":{"attributes":{"name":"n","organization-type-id":"x"}}}`: 422, `{"data":{"attributes":{"name":"n","parent-id":99999999999999999999}}}`: 422,
	}
	for body, want := range bodies {
		if r := h.do("admin", "POST", "/organizations", body); r.Status != want {
			t.Errorf("POST /organizations %.60q: got %d, want %d: %s", body, r.Status, want, r.Body)
		}
	}
	for _, rt := range itglue.Routes() {
		if rt.Method == http.MethodGet {
			continue
		}
		path := strings.NewReplacer("{id}", org, "{parent}", org).Replace(rt.Path)
		for body := range bodies {
			r := h.do("admin", rt.Method, path, body)
			if r.Status >= 500 || (r.Status < 400 && rt.Method == http.MethodDelete && path != "/organizations/"+org) {
				t.Errorf("%s %.60q: %d %s", r.What, body, r.Status, r.Body)
			}
		}
		if path == "/organizations/"+org && rt.Method == http.MethodDelete {
			org = h.organization("Acme")
		}
	}
	big := one("organizations", `"name":"x","description":"`+strings.Repeat("y", 10<<20)+`"`)
	h.do("admin", "POST", "/organizations", big).Want(413)
}

// TestBadQueries asks every list for what it does not have.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		for _, rt := range itglue.Routes() {
			if rt.Verb != "list" {
				continue
			}
			path := strings.NewReplacer("{parent}", org).Replace(rt.Path)
			if rt.Resource == "flexible_assets" {
				path += "?filter[flexible_asset_type_id]=1&"
			} else {
				path += "?"
			}
			for query, want := range map[string]int{
				"sort=nothing,-nothing&filter[nothing]=1&include=nothing&cache=1": 200, "page[number]=0&page[size]=-1": 200, "page[size]=99999999": 200,
				"page%5Bnumber%5D=x&page%5Bsize%5D=x": 200, "filter[id]=x,99999999999999999999,-1": 200, "filter[id][]=1&filter[id][]=2": 200, "filter[]=1&=&&": 200,
				"%zz=1": 400, "filter[name]=%ff": 400, "sort=" + strings.Repeat("id,", 400): 200,
			} {
				r := h.do("admin", "GET", path+query, "")
				if r.Status != want && (r.Status >= 500 || strings.HasPrefix(path, "/organizations?")) {
					t.Errorf("%s: %d, want %d: %s", r.What, r.Status, want, r.Body)
				}
			}
		}
		h.do("admin", "GET", "/organizations?page[number]=9223372036854775807&page[size]=1000", "").Want(200).Has("data", "[]").Has("meta.total-count", "1")
		h.do("admin", "GET", "/organizations", `{"filter":`).Want(400)
		h.do("admin", "PUT", "/organizations", "").Want(405)
		h.do("admin", "GET", "/organizations//", "").Want(200)
		h.do("admin", "POST", "/organizations", one("organizations", `"name":"B"`), "Content-Type", "text/plain", "Accept", "image/png").Want(201)
		h.do("admin", "POST", "/organizations?sort=created-at&page[size]=1", one("organizations", `"name":"C","primary":true,"created-at":"1999-01-01T00:00:00.000Z","my-glue-account-id":7,"state":"merged"`)).Want(201).Has("data.attributes.primary", "false")
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", 5)
	h.key("second", "admin", false)
	for range 4 {
		h.do("admin", "GET", "/regions", "").Want(200)
	}
	h.do("second", "GET", "/regions", "").Want(200)
	if r := h.do("second", "GET", "/regions", "").Want(429); r.Header.Get("Retry-After") != "60" {
		t.Errorf("got %v", r.Header)
	}
	h.clock.Advance(61e9)
	h.do("admin", "GET", "/regions", "").Want(200)
}

func TestShortLivedToken(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	name, email, role, everywhere, password := "Ann", "ann@msp.example", tenon.Manager, true, secret.NewText("seven lanterns over quiet water")
	in := core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere, Password: &password}
	if _, err := h.core.CreateUser(t.Context(), h.root, in); err != nil {
		t.Fatal(err)
	}
	org := h.organization("Acme")
	h.do("", "POST", "/login?generate_jwt=1&sso_disabled=1", `{"user":{"email":"ann@msp.example","password":"wrong"}}`).Want(401)
	h.do("", "POST", "/login", `{}`).Want(400)
	token := h.do("", "POST", "/login?generate_jwt=1&sso_disabled=1", `{"user":{"email":"ann@msp.example","password":"seven lanterns over quiet water","otp_attempt":""}}`).Want(200).Text("token")
	short := h.do("", "GET", "/jwt/token?refresh_token="+token, "").Want(200).Text("token")
	h.do("", "GET", "/jwt/token?refresh_token=x", "").Want(401)
	h.do("", "GET", "/organizations", "", "Authorization", "Bearer "+short).Want(200).Has("data.0.id", org)
	h.do("", "GET", "/search.json?query=acme&kind=passwords,organizations&limit=50", "", "Authorization", "Bearer "+short).Want(200).Has("0.name", "Acme").Has("0.class_name", "organizations")
	h.do("", "GET", "/search.json?query=acme&kind=passwords", "", "Authorization", "Bearer "+short).Want(200).Has("0", "")
	h.do("admin", "GET", "/organizations", "", "Authorization", "Bearer x").Want(401) // the token wins over the key
	h.clock.Advance(2*3600e9 + 1e9)
	h.do("", "GET", "/organizations", "", "Authorization", "Bearer "+short).Want(401)
}

// TestMergedAway asks for an organization by the id that it had.
func TestMergedAway(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		source, target := h.organization("Old"), h.organization("New")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+source+`,"first-name":"Ann"`)).Want(201).Text("data.id")
		id := func(s string) tenon.OrgID { return tenon.OrgID(tenon.ParseID(s)) }
		plan, err := h.merge.Plan(t.Context(), h.root, []tenon.OrgID{id(source)}, id(target), tenon.Choices{})
		if err == nil {
			_, err = h.merge.Run(t.Context(), h.root, plan)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []reply{
			h.do("admin", "GET", "/organizations/"+source, ""), h.do("admin", "DELETE", "/organizations/"+source, ""),
			h.do("admin", "PATCH", "/organizations/"+source, one("organizations", `"name":"x"`)),
			h.do("admin", "PATCH", "/organizations", `{"data":[{"type":"organizations","attributes":{"id":`+source+`,"name":"x"}}]}`),
		} {
			r.Want(404)
			if r.Header.Get("X-Merged-Into") != target || !strings.Contains(r.Text("errors.0.detail"), "New") {
				t.Errorf("%s: %v %s", r.What, r.Header, r.Body)
			}
		}
		for _, path := range []string{"/organizations/" + source + "/relationships/contacts", "/contacts?filter[organization_id]=" + source, "/contacts?filter[organization-id]=" + target} {
			h.do("admin", "GET", path, "").Want(200).Has("data.0.id", ann).Has("data.0.attributes.organization-id", target)
		}
		h.do("admin", "POST", "/locations", one("locations", `"organization-id":"`+source+`","name":"HQ"`)).Want(201).Has("data.attributes.organization-id", target)
	})
}

package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
)

// TestBadInput sends what no client should send. Nothing of it is a fault of
// ours, and nothing of it changes anything.
func TestBadInput(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		const all = "/api/v1/organizations"
		one := h.do("admin", "POST", all, `{"name":"Acme"}`).Want(201)
		at := one.Header.Get("Location")
		bodies := []struct {
			body  string
			want  int
			field string
		}{
			{`{`, 400, ""}, {`[]`, 400, ""}, {`"x"`, 400, ""}, {`{"name":"x"} {}`, 400, ""}, {`{"name":"x",}`, 400, ""}, {`{"name":"x","name":"y"}`, 400, ""},
			{"{\"name\":\"\xff\"}", 400, ""}, {`{"a":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `}`, 400, ""},
			{`{"name":"` + strings.Repeat("x", 10<<20) + `"}`, 413, ""}, {`{"name":"` + strings.Repeat("x", 300) + `"}`, 422, "name"},
			{`{"name":{}}`, 422, "name"}, {`{"name":["x"]}`, 422, "name"}, {`{"name":"a\u0000b"}`, 422, "name"}, {`{"name":null}`, 422, "name"}, {`{"name":"  "}`, 422, "name"},
			{`{"surprise":1}`, 422, "surprise"}, {`{"NAME":"x"}`, 422, "NAME"}, {`{"tags":"a,b","parent_id":"x"}`, 422, "parent_id"},
			{`{"parent_id":1e400}`, 422, "parent_id"}, {`{"parent_id":-1}`, 422, "parent_id"}, {`{"parent_id":99999999999999999999}`, 422, "parent_id"},
			{`{"parent_id":4000000000000}`, 422, "parent_id"}, {`{"organization_type_id":5}`, 422, "organization_type_id"},
			{`{"domains":"acme.example"}`, 422, "domains"}, {`{"domains":[1]}`, 422, "domains"}, {`{"domains":["not a domain"]}`, 422, "domains"},
			{`{"custom_fields":[]}`, 422, "custom_fields"}, {`{"version":"one"}`, 422, "version"}, {`{"version":-1}`, 422, "version"},
			// What a client must not set itself.
			{`{"id":7}`, 422, "id"}, {`{"state":"purged"}`, 422, "state"}, {`{"merged_into":2}`, 422, "merged_into"}, {`{"created_at":"2020-01-01T00:00:00Z"}`, 422, "created_at"},
			{`{"primary":true}`, 422, "primary"}, {`{"logo":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`, 422, "logo"}, {`{"binder_id":1}`, 422, "binder_id"},
		}
		for _, tt := range bodies {
			for _, ask := range [][2]string{{"POST", all}, {"PATCH", at}} {
				body := tt.body
				if ask[0] == "POST" && tt.want == 422 && !strings.Contains(body, `"name"`) && !strings.Contains(body, `"NAME"`) {
					body = `{"name":"New",` + body[1:]
				}
				r := h.do("admin", ask[0], ask[1], body)
				if r.Status != tt.want || r.Text("fields.0.field") != tt.field || r.Text("detail") == "" {
					if !(strings.HasPrefix(tt.body, `{"version"`) && ask[0] == "POST") {
						t.Errorf("%s %.60s: %d %q, want %d %q: %.300s", ask[0], body, r.Status, r.Text("fields.0.field"), tt.want, tt.field, r.Body)
					}
				}
			}
		}
		h.badQueries()
		h.badRequests(at)
		if got := h.do("admin", "GET", at, "").Want(200); string(got.Body) != string(one.Body) {
			t.Errorf("bad input changed it to %s", got.Body)
		}
		if got := h.do("admin", "GET", all, "").Want(200); got.At("data.1") != nil {
			t.Errorf("bad input made %s", got.Body)
		}
	})
}

func (h *harness) badQueries() {
	h.t.Helper()
	for query, want := range map[string]int{
		"limit=0": 422, "limit=-1": 422, "limit=1001": 422, "limit=99999999999999999999": 422, "limit=x": 422, "limit=1&limit=2": 400,
		"cursor=x": 422, "cursor=%00": 400, "cursor=WyJuYW1lIiwxLDJd": 422, "cursor=" + strings.Repeat("A", 9000): 422, "sort=password": 422, "sort=name;drop": 400,
		"surprise=1": 400, "id=0": 422, "id=1,x": 422, "id=" + strings.Repeat("1,", 2000) + "1": 422, "type=-5": 422, "state=purged": 422, "name=%ff": 400, "search=%25_%5C": 200,
		"parent=99999999999999999999999": 422, "id=%zz": 400,
	} {
		if r := h.do("admin", "GET", "/api/v1/organizations?"+query, ""); r.Status != want {
			h.t.Errorf("?%.80s: %d, want %d: %s", query, r.Status, want, r.Body)
		}
	}
	for _, query := range []string{"archived=perhaps", "organization=x", "updated_since=yesterday", "contact_id=x", "interface.mac_address=%27", "warranty_expires_at=x"} {
		h.do("admin", "GET", "/api/v1/configurations?"+query, "") // do fails on a fault of ours
	}
}

func (h *harness) badRequests(at string) {
	h.t.Helper()
	for path, want := range map[string]int{
		"/api/v1/organizations/0": 404, "/api/v1/organizations/-1": 404, "/api/v1/organizations/1": 404, "/api/v1/organizations/99999999999999999999": 404,
		"/api/v1/organizations/x": 404, "/api/v1/nothing": 404, "/api/v1/contacts/" + strings.Repeat("9", 5000): 404, "/api/v1/operations/7": 404,
	} {
		h.do("admin", "GET", path, "").Want(want)
	}
	if r := h.do("admin", "PUT", at, `{}`).Want(405); r.Header.Get("Allow") != "GET, PATCH" {
		h.t.Errorf("Allow: %s", r.Header.Get("Allow"))
	}
	h.do("admin", "PATCH", at, `{"notes":"x"}`, "Content-Type", "application/x-www-form-urlencoded").Want(415)
	h.do("admin", "PATCH", at, `{"notes":"x"}`, "Content-Type", "text/plain").Want(415)
	h.do("admin", "GET", at, "", "Authorization", "Basic eDp5").Want(401)
	h.do("admin", "POST", "/api/v1/merges/plan", `{"sources":[1],"target":1}`)
	h.do("admin", "POST", "/api/v1/merges/plan", `{"sources":["x"],"target":1}`).Want(422)
	h.do("admin", "POST", "/api/v1/merges/plan", `{"sources":null,"target":9007199254740993000}`).Want(422)
	if r := h.do("admin", "GET", at, "", "X-Request-Id", "evil\nid"); r.Header.Get("X-Request-Id") == "evil\nid" {
		h.t.Error("a request id is taken as it comes")
	}
}

// TestForeignIDs puts ids of what the caller must not know of into bodies. The
// answer is the one for an id that was never given out.
func TestForeignIDs(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, ann := h.file("Acme")
		far, ben := h.file("Beta")
		h.user("tech", tenon.Manager, false)
		h.do("admin", "POST", "/api/v1/organizations/"+org+"/grants", `{"kind":"user","id":`+fmt.Sprint(h.users["tech"])+`}`).Want(204)
		for _, tt := range []struct{ method, path, body string }{
			{"POST", "/api/v1/contacts", `{"organization_id":ORG,"first_name":"X"}`},
			{"POST", "/api/v1/passwords", `{"organization_id":` + org + `,"name":"X","resource_id":ITEM}`},
			{"POST", "/api/v1/configurations", `{"organization_id":` + org + `,"name":"X","contact_id":ITEM}`},
			{"PATCH", "/api/v1/contacts/" + ann, `{"location_id":ITEM}`},
			{"PATCH", "/api/v1/organizations/" + org, `{"parent_id":ORG}`},
			{"PATCH", "/api/v1/organizations/" + org, `{"primary_location_id":ITEM}`},
			{"POST", "/api/v1/items/" + ann + "/relations", `{"item_id":ITEM}`},
			{"POST", "/api/v1/items/" + ann + "/relations", `{"organization_id":ORG}`},
			{"PUT", "/api/v1/contacts/" + ann + "/memberships/ORG", ``},
			{"POST", "/api/v1/merges/plan", `{"sources":[ORG],"target":` + org + `}`},
			{"POST", "/api/v1/merges/plan", `{"sources":[` + org + `],"target":ORG}`},
			{"POST", "/api/v1/deletes/plan", `{"organizations":[ORG]}`},
			{"POST", "/api/v1/purges/plan", `{"organizations":[ORG]}`},
			{"POST", "/api/v1/purges/plan", `{"items":[ITEM]}`},
			{"POST", "/api/v1/item_operations/plan", `{"action":"archive","items":[ITEM]}`},
			{"POST", "/api/v1/item_operations/plan", `{"action":"move","items":[` + ann + `],"target":ORG}`},
			{"POST", "/api/v1/item_merges/plan", `{"source":ITEM,"target":` + ann + `}`},
			{"POST", "/api/v1/item_merges/plan", `{"source":` + ann + `,"target":ITEM}`},
			{"POST", "/api/v1/organizations/ORG/grants", `{"kind":"user","id":` + fmt.Sprint(h.users["tech"]) + `}`},
			{"GET", "/api/v1/contacts?organization=ORG", ``},
			{"GET", "/api/v1/contacts?id=ITEM", ``},
			{"GET", "/api/v1/organizations?id=ORG", ``},
			{"GET", "/api/v1/activity?subject=ITEM", ``},
			{"GET", "/api/v1/activity?organization=ORG", ``},
			{"GET", "/api/v1/operations?organization=ORG", ``},
			{"GET", "/api/v1/expirations?organization=ORG", ``},
			{"GET", "/api/v1/expirations?item=ITEM", ``},
		} {
			known, unknown := h.fill(tt.method, tt.path, tt.body, far, ben), h.fill(tt.method, tt.path, tt.body, missingID, missingID)
			a, b := digits.ReplaceAllString(known.Text("detail"), "N"), digits.ReplaceAllString(unknown.Text("detail"), "N")
			if known.Status != unknown.Status || a != b || (tt.method != "GET" && known.Status < 400) {
				t.Errorf("%s %s %s: %d %s, but %d %s for an id that never was", tt.method, tt.path, tt.body, known.Status, known.Body, unknown.Status, unknown.Body)
			}
		}
	})
}

func (h *harness) fill(method, path, body, org, item string) reply {
	r := strings.NewReplacer("ORG", org, "ITEM", item)
	return h.do("tech", method, r.Replace(path), r.Replace(body))
}

// TestUnknownFields sends every writing route a field that does not exist.
func TestUnknownFields(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	h.unheld = true
	m := &matrix{harness: h, ids: map[string]string{}}
	m.fill()
	for _, rt := range api.Routes() {
		if rt.In == "" {
			continue
		}
		r := h.do("admin", rt.Method, m.address(rt, caller{name: "admin"}, own), `{"surprise":1}`)
		if r.Status != 422 || r.Text("fields.0.field") != "surprise" {
			t.Errorf("%s %s: %d %s", rt.Method, rt.Path, r.Status, r.Body)
		}
	}
}

// TestQueries counts what a list asks of the database.
func TestQueries(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.unheld = true
		m := &matrix{harness: h, ids: map[string]string{}}
		m.fill()
		const most = 15
		for _, rt := range api.Routes() {
			if rt.Method != "GET" {
				continue
			}
			for _, c := range []caller{{name: "admin", everywhere: true}, {name: "manager"}} {
				h.queries.Store(0)
				h.do(c.name, rt.Method, m.address(rt, c, own), "")
				if n := h.queries.Load(); n > most {
					t.Errorf("%s as %s: %d statements, more than %d", rt.Path, c.name, n, most)
				}
			}
		}
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", 5)
	for range 5 {
		h.do("admin", "GET", "/api/v1/me", "").Want(200)
	}
	r := h.do("admin", "GET", "/api/v1/me", "").Want(429)
	if r.Header.Get("Retry-After") != "12" || r.Header.Get("RateLimit-Limit") != "5" || r.Header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("got %v", r.Header)
	}
	h.do("reader", "GET", "/api/v1/me", "").Want(200)
	h.clock.Advance(13e9)
	h.do("admin", "GET", "/api/v1/me", "").Want(200)
}

func TestSessionsAndOtherSites(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	ctx := t.Context()
	name, email, role, everywhere, password := "Ann", "ann@msp.example", tenon.Manager, true, secret.NewText("seven lanterns over quiet water")
	in := core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere, Password: &password}
	if _, err := h.core.CreateUser(ctx, h.root, in); err != nil {
		t.Fatal(err)
	}
	token, _, err := h.core.SignIn(ctx, email, password, "192.0.2.1", "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		token, method, contentType, site string
		want                             int
	}{
		{token.Reveal(), "GET", "", "none", 200}, {token.Reveal(), "POST", "application/json", "same-origin", 201},
		{token.Reveal(), "POST", "application/json", "cross-site", 403}, {token.Reveal(), "POST", "text/plain", "same-origin", 415},
		{token.Reveal(), "POST", "application/x-www-form-urlencoded", "same-origin", 415}, {"tns_AAAAAAAAAAAAAAAAAAAAAAAAAA", "GET", "", "none", 401},
	} {
		body := ""
		if tt.method == "POST" {
			body = `{"name":"X"}`
		}
		r := httptest.NewRequest(tt.method, "/api/v1/organizations", strings.NewReader(body))
		r.Header.Set("Content-Type", tt.contentType)
		r.Header.Set("Cookie", "tenon_session="+tt.token)
		r.Header.Set("Sec-Fetch-Site", tt.site)
		if got := h.send(r, []byte(body)); got.Status != tt.want {
			t.Errorf("%s %s from %s: %d, want %d: %s", tt.method, tt.contentType, tt.site, got.Status, tt.want, got.Body)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	doc := h.do("admin", "GET", "/api/v1/openapi.json", "").Want(200)
	if doc.Text("openapi") != "3.1.0" {
		t.Errorf("got %.200s", doc.Body)
	}
	h.do("admin", "GET", "/api/v1/openapi.json", "", "If-None-Match", doc.Header.Get("ETag")).Want(304)
	for _, rt := range api.Routes() {
		if !strings.Contains(string(doc.Body), `"`+rt.Path+`"`) {
			t.Errorf("the document leaves out %s", rt.Path)
		}
	}
}

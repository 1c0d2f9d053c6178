package itglue_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/replytest"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

// harness is the whole API over a real database.
type harness struct {
	t       *testing.T
	handler http.Handler
	st      *store.Store
	core    *core.Core
	merge   *merge.Engine
	trash   *trash.Engine
	clock   *storetest.Clock
	root    tenon.Viewer
	keys    map[string]string       // API keys by the name of their user
	users   map[string]tenon.UserID // users by name
	router  routers.Router
	doc     *openapi3.T
	// unheld stops comparing with the document, which takes longer than the request.
	unheld     bool
	statements atomic.Int64 // that the database was asked, so far
}

// onEngines runs fn on both databases.
func onEngines(t *testing.T, fn func(t *testing.T, h *harness)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, setup(t, engine, -1))
		})
	}
}

func setup(t *testing.T, engine string, limit int) *harness {
	t.Helper()
	h := &harness{t: t, clock: storetest.NewClock(), keys: map[string]string{}, users: map[string]tenon.UserID{}}
	o := storetest.Options(t, engine, h.clock)
	o.OnStatement = func(text string) error {
		if !strings.Contains(text, "name = 'people'") { // asked again after some milliseconds: how often, the clock decides
			h.statements.Add(1)
		}
		return nil
	}
	h.st = storetest.OpenWith(t, o)
	ring, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h.core = core.New(core.Options{Store: h.st, Keys: ring, Blobs: blobs, Passwords: secret.NewHasher(secret.HashOptions{MemoryKiB: 8, Passes: 1, Lanes: 1})})
	if h.root, err = h.core.CommandLineViewer(context.Background(), "tester", ""); err != nil {
		t.Fatal(err)
	}
	if err := h.core.SetSetting(context.Background(), h.root, tenon.SettingBulkDelete, "true"); err != nil {
		t.Fatal(err)
	}
	jobs, err := job.New(context.Background(), h.st, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.merge, h.trash = merge.New(h.core, jobs), trash.New(h.core, jobs)
	h.user("admin", tenon.Administrator, true)
	a, err := itglue.New(itglue.Options{Core: h.core, Trash: h.trash, Export: export.New(export.Options{Core: h.core, Jobs: jobs, Keys: ring, Files: blobs, Now: h.clock.Now}), Now: h.clock.Now, Limit: limit,
		URL: func() string { return "https://tenon.example" }})
	if err != nil {
		t.Fatal(err)
	}
	if h.doc, err = itglue.Document(); err != nil {
		t.Fatal(err)
	}
	if h.router, err = gorillamux.NewRouter(h.doc); err != nil {
		t.Fatal(err)
	}
	h.handler = httpkit.Wrap(httpkit.Options{Now: h.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, a.Handler("/itglue"))
	return h
}

// user adds a user with an API key, both under this name.
func (h *harness) user(name string, role tenon.Role, everywhere bool) tenon.UserID {
	h.t.Helper()
	email := name + "@msp.example"
	u, err := h.core.CreateUser(context.Background(), h.root, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere})
	if err != nil {
		h.t.Fatal(err)
	}
	h.users[name] = u.ID
	h.key(name, name, true)
	return u.ID
}

// key makes an API key of a user.
func (h *harness) key(name, user string, passwordAccess bool) {
	h.t.Helper()
	key, _, err := h.core.CreateKey(context.Background(), h.root, h.users[user], name, passwordAccess)
	if err != nil {
		h.t.Fatal(err)
	}
	h.keys[name] = key.Reveal()
}

type reply = replytest.Reply

// do sends a request as a user; headers come in pairs.
func (h *harness) do(user, method, path, body string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequest(method, "/itglue"+path, strings.NewReader(body))
	r.Host = "glue.example"
	if key := h.keys[user]; key != "" {
		r.Header.Set("X-Api-Key", key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	got := reply{T: h.t, What: user + " " + method + " " + path, Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
	if !h.unheld {
		h.hold(r, got)
	}
	return got
}

// hold holds an answer to the OpenAPI document.
func (h *harness) hold(r *http.Request, got reply) {
	h.t.Helper()
	at := r.Clone(r.Context())
	at.URL.Path = strings.TrimRight(at.URL.Path, "/")
	route, _, err := h.router.FindRoute(at)
	if err != nil {
		return // an address that does not exist
	}
	answer := route.Operation.Responses.Status(got.Status)
	if answer == nil {
		answer = route.Operation.Responses.Default()
	}
	media := answer.Value.Content.Get("application/vnd.api+json")
	if media.Schema == nil || media.Schema.Value.IsEmpty() {
		return // a file
	}
	var body any
	if err := json.Unmarshal(got.Body, &body); err != nil {
		h.t.Errorf("%s: not JSON: %s", got.What, got.Body)
		return
	}
	if err := media.Schema.Value.VisitJSON(body, openapi3.EnableFormatValidation()); err != nil {
		h.t.Errorf("%s: %d is not what the document says: %.900s", got.What, got.Status, err)
	}
}

// organization makes one and returns its id.
func (h *harness) organization(name string) string {
	h.t.Helper()
	return h.do("admin", "POST", "/organizations", `{"data":{"type":"organizations","attributes":{"name":"`+name+`"}}}`).Want(201).Text("data.id")
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		kind := h.do("admin", "POST", "/organization_types/", `{"data":{"type":"organization-types","attributes":{"name":"Client"}}}`).Want(201).Text("data.id")
		a := h.organization("Acme, Inc.")
		b := h.organization("Beta")
		h.do("admin", "PATCH", "/organizations/"+b, `{"data":{"type":"organizations","attributes":{"organization_type_id":"`+kind+`","parent-id":`+a+`,"created-at":"1999-01-01"}}}`).Want(200).
			Has("data.attributes.organization-type-name", "Client").Has("data.attributes.organization-type-id", kind).
			Has("data.attributes.ancestor-ids", "["+a+"]").Has("data.type", "organizations")
		for query, want := range map[string]string{
			"":                                       a + "," + b,
			"?sort=-name":                            b + "," + a,
			"?filter[name]=acme, inc.":               a,
			"?filter%5Bname%5D=beta":                 b,
			"?filter[name]=beta,gamma":               b,
			"?filter[organization-type-id]=" + kind:  b,
			"?filter[exclude][id]=" + a:              b,
			"?filter[nothing]=x":                     a + "," + b,
			"?filter[created_at]=*,2001-01-01":       "",
			"?filter[created_at]=2001-01-01,*":       a + "," + b,
			"?filter[id]=" + a + ",999,x":            a,
			"?page[size]=1&page[number]=2":           b,
			"?page[number]=99999999999999999999&x=1": "",
		} {
			if got := h.do("admin", "GET", "/organizations"+strings.ReplaceAll(query, " ", "+"), "").Want(200).IDs(); got != want {
				t.Errorf("%s: got %s, want %s", query, got, want)
			}
		}
		h.do("admin", "DELETE", "/organizations", "").Want(422)
		h.do("admin", "DELETE", "/organizations?filter[nothing]=1", "").Want(422)
		h.do("admin", "DELETE", "/organizations/"+b, "").Want(200).Has("data.attributes.name", "Beta")
		h.do("admin", "GET", "/organizations/"+b, "").Want(404)
		h.do("", "GET", "/organizations", "").Want(403).Has("message", "Forbidden")
		h.do("", "GET", "/nowhere", "", "X-Api-Key", "wrong").Want(403).Has("message", "Forbidden")
	})
}

// coreItem makes an item that this API does not create.
func (h *harness) coreItem(org string, kind tenon.Kind) string {
	h.t.Helper()
	in := core.ItemChange{Values: tenon.Values{kind.Info().Title[0]: "Title"}}
	i, err := h.core.CreateItem(context.Background(), h.root, kind, tenon.OrgID(tenon.ParseID(org)), in)
	if err != nil {
		h.t.Fatal(err)
	}
	return i.ID.String()
}

// lookup makes a row of a look-up list that this API does not create.
func (h *harness) lookup(list string, parent tenon.LookupID) string {
	h.t.Helper()
	name := "Entry"
	in := core.LookupChange{Name: &name, Code: &name}
	if parent != 0 {
		in.Parent = &parent
	}
	l, err := h.core.CreateLookup(context.Background(), h.root, list, in)
	if err != nil {
		h.t.Fatal(err)
	}
	return l.ID.String()
}

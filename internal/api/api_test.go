package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

// harness is a whole API over a real database. Every request and answer is
// held to the OpenAPI document.
type harness struct {
	t       *testing.T
	handler http.Handler
	router  routers.Router
	st      *store.Store
	core    *core.Core
	clock   *storetest.Clock
	jobs    *job.Runner
	queries atomic.Int64
	fail    atomic.Pointer[string] // part of the statements that fail
	root    tenon.Viewer
	keys    map[string]string       // API keys by the name of their user
	users   map[string]tenon.UserID // users by name
	// loose lets requests pass that the document does not allow.
	loose bool
	// unheld stops comparing with the document, which takes longer than the request.
	unheld bool
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
		h.queries.Add(1)
		if fail := h.fail.Load(); fail != nil && strings.Contains(text, *fail) {
			return errors.New("a fault of the test")
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
	h.root, err = h.core.CommandLineViewer(context.Background(), "tester", "")
	if err != nil {
		t.Fatal(err)
	}
	h.user("admin", tenon.Administrator, true)
	h.user("reader", tenon.ReadOnly, true)
	jobs, err := job.New(context.Background(), h.st, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	merges := merge.New(h.core, jobs)
	trashes := trash.New(h.core, jobs)
	imports := csvimport.New(h.core, jobs, blobs)
	exports := export.New(export.Options{Core: h.core, Jobs: jobs, Keys: ring, Files: blobs, Now: h.clock.Now})
	h.jobs = jobs
	ops := operation.New(h.st, map[string]operation.Undoer{csvimport.Kind: imports, "merge": merges, "delete": trashes, "items": trashes, "merge items": trashes})
	a, err := api.New(api.Options{Core: h.core, Operations: ops, Merge: merges, Trash: trashes, Import: imports, Export: exports, Now: h.clock.Now, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	h.handler = httpkit.Wrap(httpkit.Options{Now: h.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, a)
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	if h.router, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
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

// reply is an answer with its body read.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// get decodes a member of the answer's body, such as "data.0.id".
func (r reply) get(path string) any {
	r.t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	var at any
	if err := d.Decode(&at); err != nil {
		r.t.Fatalf("not JSON: %s", r.body)
	}
	for _, part := range strings.Split(path, ".") {
		switch x := at.(type) {
		case map[string]any:
			at = x[part]
		case []any:
			i := int(part[0] - '0')
			if i >= len(x) {
				return nil
			}
			at = x[i]
		default:
			return nil
		}
	}
	return at
}

func (r reply) text(path string) string {
	r.t.Helper()
	switch x := r.get(path).(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	}
	return ""
}

func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("got %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// do sends a request as a user, or with a key of no user. headers are pairs.
func (h *harness) do(key, method, path, body string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if known := h.keys[key]; known != "" {
		key = known
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return h.send(r, []byte(body))
}

func (h *harness) send(r *http.Request, body []byte) reply {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	out := reply{h.t, w.Code, w.Header(), w.Body.Bytes()}
	if out.status >= 500 {
		h.t.Errorf("%s %s: %d %s", r.Method, r.URL, out.status, out.body)
	}
	if !h.unheld {
		h.hold(r, body, out)
	}
	return out
}

// hold compares a request that went well, and every answer, with the document.
func (h *harness) hold(r *http.Request, body []byte, out reply) {
	h.t.Helper()
	r.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := h.router.FindRoute(r)
	if err != nil {
		if out.status < 400 && !strings.HasSuffix(r.URL.Path, "/openapi.json") {
			h.t.Errorf("%s %s is not in the document", r.Method, r.URL.Path)
		}
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if out.status < 300 && !h.loose {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			h.t.Errorf("%s %s: the request is not as the document says: %v\n%s", r.Method, r.URL, err, body)
		}
	}
	if out.status == http.StatusNotModified || route.Operation.Responses.Status(out.status) == nil && out.status < 400 {
		if out.status != http.StatusNotModified {
			h.t.Errorf("%s %s answers %d, which is not in the document", r.Method, r.URL, out.status)
		}
		return
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: out.status, Header: out.header, Options: options}
	options.ExcludeResponseBody = out.header.Get("Content-Type") == "application/zip" // of a file the document says nothing
	answer.SetBodyBytes(out.body)
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		h.t.Errorf("%s %s: the answer is not as the document says: %v\n%s", r.Method, r.URL, err, out.body)
	}
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		acme := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme","short_name":"AC","domains":["acme.example"],"tags":["vip"],"custom_fields":{"tier":2}}`).want(201)
		path := acme.header.Get("Location")
		got := h.do("admin", "GET", path, "").want(200)
		if !bytes.Equal(got.body, acme.body) || got.header.Get("ETag") != acme.header.Get("ETag") {
			t.Errorf("created %s\nread    %s", acme.body, got.body)
		}
		if got.text("domains.0") != "acme.example" || got.text("tags.0") != "vip" || got.text("custom_fields.tier") != "2" {
			t.Errorf("got %s", got.body)
		}
		etag := got.header.Get("ETag")
		h.do("admin", "GET", path, "", "If-None-Match", etag).want(304)
		h.do("admin", "PATCH", path, `{"alert":"Call first"}`, "If-Match", etag).want(200)
		h.do("admin", "PATCH", path, `{"alert":"Too late"}`, "If-Match", etag).want(412)
		stale := h.do("admin", "PATCH", path, `{"alert":"Too late","version":1}`).want(409)
		if stale.text("code") != "stale" {
			t.Errorf("got %s", stale.body)
		}
		h.do("admin", "PATCH", path, `{"alert":null,"version":2}`).want(200)
		h.do("reader", "PATCH", path, `{"alert":"No"}`).want(403)
		h.do("", "GET", path, "").want(401)
		h.do("wrong", "GET", path, "").want(401)

		for _, name := range []string{"Beta", "Gamma", "Delta"} {
			h.do("admin", "POST", "/api/v1/organizations", `{"name":"`+name+`","parent_id":`+acme.text("id")+`}`).want(201)
		}
		page := h.do("reader", "GET", "/api/v1/organizations?limit=3", "").want(200)
		rest := h.do("reader", "GET", "/api/v1/organizations?limit=3&cursor="+page.text("next_cursor"), "").want(200)
		if page.text("data.0.name") != "Acme" || rest.text("data.0.name") != "Gamma" || rest.get("next_cursor") != nil {
			t.Errorf("got %s then %s", page.body, rest.body)
		}
		kids := h.do("admin", "GET", "/api/v1/organizations?parent="+acme.text("id")+"&sort=-name&search=e", "").want(200)
		if kids.text("data.0.name") != "Delta" || kids.text("data.1.name") != "Beta" || kids.text("data.1.parent_name") != "Acme" {
			t.Errorf("got %s", kids.body)
		}
		if found := h.do("admin", "GET", "/api/v1/organizations?short_name=ac", "").want(200); found.text("data.0.name") != "Acme" {
			t.Errorf("got %s", found.body)
		}
		log := h.do("admin", "GET", path+"/activity", "").want(200)
		if log.text("data.0.action") != "update" || log.text("data.0.face") != "api" {
			t.Errorf("got %s", log.body)
		}
		h.do("admin", "GET", "/api/v1/activity?action=create", "").want(200)
	})
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		const body = `{"name":"Once"}`
		first := h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "k1").want(201)
		second := h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "k1").want(201)
		if !bytes.Equal(first.body, second.body) || second.header.Get("Idempotency-Replayed") != "true" || second.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("got %s and %s", first.body, second.body)
		}
		h.do("admin", "POST", "/api/v1/organizations", `{"name":"Other"}`, "Idempotency-Key", "k1").want(422)
		h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", strings.Repeat("k", 256)).want(400)
		// A refused request leaves nothing: corrected, it may be sent again under its key.
		h.do("admin", "POST", "/api/v1/organizations", `{"name":""}`, "Idempotency-Key", "k2").want(422)
		h.do("admin", "POST", "/api/v1/organizations", `{"name":"Corrected"}`, "Idempotency-Key", "k2").want(201)
		all := h.do("admin", "GET", "/api/v1/organizations", "").want(200)
		if all.text("data.0.name") != "Corrected" || all.text("data.1.name") != "Once" || all.get("data.2") != nil {
			t.Errorf("got %s", all.body)
		}
		h.clock.Advance(8 * 24 * 3600e9)
		h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "k1").want(201)
	})
}

// TestIdempotencyFaults holds that there is at most one effect for a key: with
// requests side by side, and where the answer is lost after the effect.
func TestIdempotencyFaults(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.unheld = true
		const body = `{"name":"Once"}`
		var made, busy atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch r := h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "race"); r.status {
				case 201:
					made.Add(1)
				case 409:
					busy.Add(1)
				default:
					t.Errorf("got %d %s", r.status, r.body)
				}
			})
		}
		wg.Wait()
		all := h.do("admin", "GET", "/api/v1/organizations", "").want(200)
		if made.Load() == 0 || made.Load()+busy.Load() != 8 || all.get("data.1") != nil {
			t.Errorf("%d made, %d busy, %s", made.Load(), busy.Load(), all.body)
		}

		lost := "UPDATE idempotency"
		h.fail.Store(&lost)
		h.do("admin", "POST", "/api/v1/organizations", `{"name":"Lost"}`, "Idempotency-Key", "lost").want(201)
		h.fail.Store(nil)
		if r := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Lost"}`, "Idempotency-Key", "lost").want(409); r.text("code") != "busy" {
			t.Errorf("got %s", r.body)
		}
		h.clock.Advance(2 * time.Minute)
		if r := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Lost"}`, "Idempotency-Key", "lost").want(409); r.text("code") != "conflict" {
			t.Errorf("got %s", r.body)
		}
		if all := h.do("admin", "GET", "/api/v1/organizations?name=lost", "").want(200); all.get("data.0") == nil || all.get("data.1") != nil {
			t.Errorf("got %s", all.body)
		}
	})
}

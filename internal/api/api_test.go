package api_test

import (
	"bytes"
	"context"
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
	"github.com/tenonhq/tenon/internal/replytest"
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

type reply = replytest.Reply

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
	out := reply{T: h.t, What: r.Method + " " + r.URL.Path, Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
	if out.Status >= 500 {
		h.t.Errorf("%s %s: %d %s", r.Method, r.URL, out.Status, out.Body)
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
		if out.Status < 400 && !strings.HasSuffix(r.URL.Path, "/openapi.json") {
			h.t.Errorf("%s %s is not in the document", r.Method, r.URL.Path)
		}
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if out.Status < 300 && !h.loose {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			h.t.Errorf("%s %s: the request is not as the document says: %v\n%s", r.Method, r.URL, err, body)
		}
	}
	if out.Status == http.StatusNotModified || route.Operation.Responses.Status(out.Status) == nil && out.Status < 400 {
		if out.Status != http.StatusNotModified {
			h.t.Errorf("%s %s answers %d, which is not in the document", r.Method, r.URL, out.Status)
		}
		return
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: out.Status, Header: out.Header, Options: options}
	options.ExcludeResponseBody = out.Header.Get("Content-Type") == "application/zip" // of a file the document says nothing
	answer.SetBodyBytes(out.Body)
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		h.t.Errorf("%s %s: the answer is not as the document says: %v\n%s", r.Method, r.URL, err, out.Body)
	}
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		acme := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme","short_name":"AC","domains":["acme.example"],"tags":["vip"],"custom_fields":{"tier":2}}`).Want(201)
		path := acme.Header.Get("Location")
		got := h.do("admin", "GET", path, "").Want(200)
		if !bytes.Equal(got.Body, acme.Body) || got.Header.Get("ETag") != acme.Header.Get("ETag") {
			t.Errorf("created %s\nread    %s", acme.Body, got.Body)
		}
		if got.Text("domains.0") != "acme.example" || got.Text("tags.0") != "vip" || got.Text("custom_fields.tier") != "2" {
			t.Errorf("got %s", got.Body)
		}
		etag := got.Header.Get("ETag")
		h.do("admin", "GET", path, "", "If-None-Match", etag).Want(304)
		h.do("admin", "PATCH", path, `{"alert":"Call first"}`, "If-Match", etag).Want(200)
		h.do("admin", "PATCH", path, `{"alert":"Too late"}`, "If-Match", etag).Want(412)
		stale := h.do("admin", "PATCH", path, `{"alert":"Too late","version":1}`).Want(409)
		if stale.Text("code") != "stale" {
			t.Errorf("got %s", stale.Body)
		}
		h.do("admin", "PATCH", path, `{"alert":null,"version":2}`).Want(200)
		h.do("reader", "PATCH", path, `{"alert":"No"}`).Want(403)
		h.do("", "GET", path, "").Want(401)
		h.do("wrong", "GET", path, "").Want(401)

		for _, name := range []string{"Beta", "Gamma", "Delta"} {
			h.do("admin", "POST", "/api/v1/organizations", `{"name":"`+name+`","parent_id":`+acme.Text("id")+`}`).Want(201)
		}
		page := h.do("reader", "GET", "/api/v1/organizations?limit=3", "").Want(200)
		rest := h.do("reader", "GET", "/api/v1/organizations?limit=3&cursor="+page.Text("next_cursor"), "").Want(200)
		if page.Text("data.0.name") != "Acme" || rest.Text("data.0.name") != "Gamma" || rest.At("next_cursor") != nil {
			t.Errorf("got %s then %s", page.Body, rest.Body)
		}
		kids := h.do("admin", "GET", "/api/v1/organizations?parent="+acme.Text("id")+"&sort=-name&search=e", "").Want(200)
		if kids.Text("data.0.name") != "Delta" || kids.Text("data.1.name") != "Beta" || kids.Text("data.1.parent_name") != "Acme" {
			t.Errorf("got %s", kids.Body)
		}
		if found := h.do("admin", "GET", "/api/v1/organizations?short_name=ac", "").Want(200); found.Text("data.0.name") != "Acme" {
			t.Errorf("got %s", found.Body)
		}
		log := h.do("admin", "GET", path+"/activity", "").Want(200)
		if log.Text("data.0.action") != "update" || log.Text("data.0.face") != "api" {
			t.Errorf("got %s", log.Body)
		}
		h.do("admin", "GET", "/api/v1/activity?action=create", "").Want(200)
	})
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		const body = `{"name":"Once"}`
		first := h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "k1").Want(201)
		second := h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "k1").Want(201)
		if !bytes.Equal(first.Body, second.Body) || second.Header.Get("Idempotency-Replayed") != "true" || second.Header.Get("Location") != first.Header.Get("Location") {
			t.Errorf("got %s and %s", first.Body, second.Body)
		}
		h.do("admin", "POST", "/api/v1/organizations", `{"name":"Other"}`, "Idempotency-Key", "k1").Want(422)
		h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", strings.Repeat("k", 256)).Want(400)
		// A refused request leaves nothing: corrected, it may be sent again under its key.
		h.do("admin", "POST", "/api/v1/organizations", `{"name":""}`, "Idempotency-Key", "k2").Want(422)
		h.do("admin", "POST", "/api/v1/organizations", `{"name":"Corrected"}`, "Idempotency-Key", "k2").Want(201)
		all := h.do("admin", "GET", "/api/v1/organizations", "").Want(200)
		if all.Text("data.0.name") != "Corrected" || all.Text("data.1.name") != "Once" || all.At("data.2") != nil {
			t.Errorf("got %s", all.Body)
		}
		h.clock.Advance(8 * 24 * 3600e9)
		h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "k1").Want(201)
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
				switch r := h.do("admin", "POST", "/api/v1/organizations", body, "Idempotency-Key", "race"); r.Status {
				case 201:
					made.Add(1)
				case 409:
					busy.Add(1)
				default:
					t.Errorf("got %d %s", r.Status, r.Body)
				}
			})
		}
		wg.Wait()
		all := h.do("admin", "GET", "/api/v1/organizations", "").Want(200)
		if made.Load() == 0 || made.Load()+busy.Load() != 8 || all.At("data.1") != nil {
			t.Errorf("%d made, %d busy, %s", made.Load(), busy.Load(), all.Body)
		}

		lost := "UPDATE idempotency"
		h.fail.Store(&lost)
		h.do("admin", "POST", "/api/v1/organizations", `{"name":"Lost"}`, "Idempotency-Key", "lost").Want(201)
		h.fail.Store(nil)
		if r := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Lost"}`, "Idempotency-Key", "lost").Want(409); r.Text("code") != "busy" {
			t.Errorf("got %s", r.Body)
		}
		h.clock.Advance(2 * time.Minute)
		if r := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Lost"}`, "Idempotency-Key", "lost").Want(409); r.Text("code") != "conflict" {
			t.Errorf("got %s", r.Body)
		}
		if all := h.do("admin", "GET", "/api/v1/organizations?name=lost", "").Want(200); all.At("data.0") == nil || all.At("data.1") != nil {
			t.Errorf("got %s", all.Body)
		}
	})
}

package itglue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
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
	h.st = storetest.OpenWith(t, storetest.Options(t, engine, h.clock))
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

// reply is an answer with its body read.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

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
	got := reply{h.t, user + " " + method + " " + path, w.Code, w.Header(), w.Body.Bytes()}
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
	answer := route.Operation.Responses.Status(got.status)
	if answer == nil {
		answer = route.Operation.Responses.Default()
	}
	media := answer.Value.Content.Get("application/vnd.api+json")
	if media.Schema == nil || media.Schema.Value.IsEmpty() {
		return // a file
	}
	var body any
	if err := json.Unmarshal(got.body, &body); err != nil {
		h.t.Errorf("%s: not JSON: %s", got.what, got.body)
		return
	}
	if err := media.Schema.Value.VisitJSON(body, openapi3.EnableFormatValidation()); err != nil {
		h.t.Errorf("%s: %d is not what the document says: %.900s", got.what, got.status, err)
	}
}

// want fails unless the answer has the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: got %d, want %d: %s", r.what, r.status, status, r.body)
	}
	return r
}

// get returns a member of the answer's body, such as "data.0.id".
func (r reply) get(path string) any {
	r.t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	var at any
	if err := d.Decode(&at); err != nil {
		r.t.Fatalf("%s: not JSON: %s", r.what, r.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch x := at.(type) {
		case map[string]any:
			at = x[part]
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(x) {
				return nil
			}
			at = x[n]
		default:
			return nil
		}
	}
	return at
}

// text returns a member as text, "" for null.
func (r reply) text(path string) string {
	r.t.Helper()
	switch x := r.get(path).(type) {
	case nil:
		return ""
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	default:
		b, err := json.Marshal(x)
		if err != nil {
			r.t.Fatal(err)
		}
		return string(b)
	}
}

// has fails unless the member has the value.
func (r reply) has(path, want string) reply {
	r.t.Helper()
	if got := r.text(path); got != want {
		r.t.Errorf("%s: %s is %q, want %q: %s", r.what, path, got, want, r.body)
	}
	return r
}

// ids returns the ids of a list, with commas between.
func (r reply) ids() string {
	r.t.Helper()
	data, _ := r.get("data").([]any)
	var out []string
	for _, x := range data {
		one, _ := x.(map[string]any)
		id, _ := one["id"].(string)
		out = append(out, id)
	}
	return strings.Join(out, ",")
}

// organization makes one and returns its id.
func (h *harness) organization(name string) string {
	h.t.Helper()
	return h.do("admin", "POST", "/organizations", `{"data":{"type":"organizations","attributes":{"name":"`+name+`"}}}`).want(201).text("data.id")
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		kind := h.do("admin", "POST", "/organization_types/", `{"data":{"type":"organization-types","attributes":{"name":"Client"}}}`).want(201).text("data.id")
		a := h.organization("Acme, Inc.")
		b := h.organization("Beta")
		h.do("admin", "PATCH", "/organizations/"+b, `{"data":{"type":"organizations","attributes":{"organization_type_id":"`+kind+`","parent-id":`+a+`,"created-at":"1999-01-01"}}}`).want(200).
			has("data.attributes.organization-type-name", "Client").has("data.attributes.organization-type-id", kind).
			has("data.attributes.ancestor-ids", "["+a+"]").has("data.type", "organizations")
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
			if got := h.do("admin", "GET", "/organizations"+strings.ReplaceAll(query, " ", "+"), "").want(200).ids(); got != want {
				t.Errorf("%s: got %s, want %s", query, got, want)
			}
		}
		h.do("admin", "DELETE", "/organizations", "").want(422)
		h.do("admin", "DELETE", "/organizations?filter[nothing]=1", "").want(422)
		h.do("admin", "DELETE", "/organizations/"+b, "").want(200).has("data.attributes.name", "Beta")
		h.do("admin", "GET", "/organizations/"+b, "").want(404)
		h.do("", "GET", "/organizations", "").want(403).has("message", "Forbidden")
		h.do("", "GET", "/nowhere", "", "X-Api-Key", "wrong").want(403).has("message", "Forbidden")
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

package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/reminder"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web"
	"github.com/tenonhq/tenon/internal/web/say"
)

// site is the pages over a real database, and a browser without scripts that
// is at them.
type site struct {
	t       *testing.T
	server  *httptest.Server
	client  *http.Client
	core    *core.Core
	engines engines
	queries atomic.Int64
	lock    sync.Mutex
	said    []string
	broken  error // what every statement ends with, under lock
	root    tenon.Viewer
	clock   *storetest.Clock
	jobs    *job.Runner
	exports *export.Engine
}

// engines are what the pages plan and run with.
type engines struct {
	merge   *merge.Engine
	trash   *trash.Engine
	imports *csvimport.Engine
	copies  *glueimport.Engine
}

// answer is what the browser ended at.
type answer struct {
	status int
	path   string
	body   string
}

// onEngines runs fn on both databases.
func onEngines(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, newSite(t, engine))
		})
	}
}

func newSite(t *testing.T, engine string, languages ...*say.Language) *site {
	t.Helper()
	clock := storetest.NewClock()
	s := &site{t: t, clock: clock}
	clock.Advance(50 * 365 * 24 * time.Hour) // browsers go by the machine's clock: a session must not have ended for them
	o := storetest.Options(t, engine, clock)
	o.OnStatement = s.heard
	st := storetest.OpenWith(t, o)
	ring, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
	s.must(err)
	files, err := blob.OpenDir(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(files.Close()) })
	s.core = core.New(core.Options{Store: st, Keys: ring, Blobs: files, Passwords: secret.NewHasher(secret.HashOptions{MemoryKiB: 8, Passes: 1, Lanes: 1})})
	s.root, err = s.core.CommandLineViewer(context.Background(), "tester", "")
	s.must(err)
	jobs, err := job.New(context.Background(), st, job.Options{})
	s.must(err)
	merges, trashes := merge.New(s.core, jobs), trash.New(s.core, jobs)
	imports, demos := csvimport.New(s.core, jobs, files), demo.New(s.core, jobs)
	s.jobs = jobs
	copies := glueimport.New(s.core, jobs, ring)
	s.engines = engines{merges, trashes, imports, copies}
	s.exports = export.New(export.Options{Core: s.core, Jobs: jobs, Keys: ring, Files: files, Now: clock.Now})
	ops := operation.New(st, map[string]operation.Undoer{merge.Kind: merges, trash.KindDelete: trashes, trash.KindItems: trashes, trash.KindMergeItems: trashes, trash.KindMany: trashes, csvimport.Kind: imports, glueimport.Kind: copies, demo.Kind: demos, export.Kind: s.exports})
	pages, err := web.New(web.Options{Core: s.core, Operations: ops, Merge: merges, Trash: trashes, Import: imports, Copy: copies, Demo: demos, Reminders: reminder.New(st), Exports: s.exports, Files: files, Now: clock.Now, Languages: languages, WorkEvery: 5 * time.Millisecond})
	s.must(err)
	s.server = httptest.NewServer(httpkit.Wrap(httpkit.Options{Now: clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, pages))
	t.Cleanup(s.server.Close)
	s.client = s.browser()
	return s
}

// heard counts the statements, and keeps what the last ones were.
func (s *site) heard(text string) error {
	s.queries.Add(1)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.said = append(s.said, strings.Join(strings.Fields(text), " "))
	return s.broken
}

// takeSaid are the statements since it was asked last, a line each.
func (s *site) takeSaid() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	text := ""
	for _, line := range s.said {
		text += "\n  " + line[:min(len(line), 150)]
	}
	s.said = nil
	return text
}

// browser returns a client with cookies of its own.
func (s *site) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	s.must(err)
	return &http.Client{Jar: jar}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) read(resp *http.Response, err error) answer {
	s.t.Helper()
	s.must(err)
	body, err := io.ReadAll(resp.Body)
	s.must(err)
	s.must(resp.Body.Close())
	return answer{resp.StatusCode, resp.Request.URL.RequestURI(), string(body)}
}

func (s *site) get(path string) answer {
	s.t.Helper()
	return s.read(s.client.Get(s.server.URL + path))
}

func (s *site) post(path string, pairs ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return s.read(s.client.PostForm(s.server.URL+path, form))
}

// want checks where the browser ended and what it shows.
func (s *site) want(a answer, status int, texts ...string) {
	s.t.Helper()
	if a.status != status {
		s.t.Fatalf("%s: status %d, want %d\n%s", a.path, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			s.t.Errorf("%s: the page lacks %q", a.path, text)
		}
	}
}

const password = "plover lantern quayside"

// setUp uses the first link, as the first administrator does.
func (s *site) setUp() {
	s.t.Helper()
	token, err := s.core.FirstLink(context.Background())
	s.must(err)
	s.want(s.get("/link/"+token.Reveal()), 200, "Set up Tenon")
	a := s.post("/link/"+token.Reveal(), "name", "Avery Quill", "email", "avery@harbourline.example", "password", password)
	s.want(a, 200, "You are signed in")
	s.want(s.post("/welcome", "account_name", "Harbourline IT", "time_zone", "UTC"), 200)
}

func (s *site) organization(values tenon.Values) *tenon.Organization {
	s.t.Helper()
	o, err := s.core.CreateOrganization(context.Background(), s.root, core.OrganizationChange{Values: values})
	s.must(err)
	return o
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.want(s.get("/organizations?q=x"), 200, "Sign in", `value="/organizations?q=x"`)
		token, err := s.core.FirstLink(context.Background())
		s.must(err)
		s.want(s.post("/link/"+token.Reveal(), "name", "Avery", "email", "avery@harbourline.example", "password", "short"), 422, "needs at least 12", `value="avery@harbourline.example"`)
		s.want(s.get("/link/tnl_AAAAAAAAAAAAAAAAAAAAAAAAAA"), 410)
		s.setUp()
		s.want(s.get("/organizations"), 200, "No organizations yet")
		s.want(s.post("/sign-out"), 200, "Sign in")
		s.want(s.post("/sign-in", "email", "avery@harbourline.example", "password", "wrong wrong wrong"), 401, "is wrong")
		a := s.post("/sign-in", "email", "avery@harbourline.example", "password", password, "next", "https://evil.example/")
		s.want(a, 200)
		if a.path != "/" {
			t.Errorf("after the sign-in the browser is at %s", a.path)
		}
	})
}

func TestOtherSitesCannotAct(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		r, err := http.NewRequest(http.MethodPost, s.server.URL+"/organizations", strings.NewReader("name=Forged"))
		s.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		s.want(s.read(s.client.Do(r)), 403, "another site")
		s.want(s.get("/organizations"), 200, "No organizations yet")
	})
}

func TestOrganizationFormLosesNothing(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.want(s.post("/organizations", "name", "", "notes", "typed at length", "parent_id", "Nobody Ltd"), 422, "Name is required", "typed at length", "nothing is called")
		a := s.post("/organizations", "name", "Calder Freight", "tags", "freight, depot", "domains", "calder.example", "custom_fields", "SLA: gold",
			"quick_notes", `<p>Ring <b>first</b></p><a href="/x" data-hx-post="/sign-out" data-key="m" id="tn-say">x</a><script>alert(1)</script>`)
		s.want(a, 200, "Calder Freight was created", "<b>first</b>", "calder.example", "gold")
		for _, harm := range []string{"data-hx-post", "<script>alert", `id="tn-say">x`} {
			if strings.Contains(a.body, harm) {
				t.Errorf("the page has %q of the quick notes", harm)
			}
		}
		path := a.path
		s.want(s.get(path+"/edit"), 200, `value="freight, depot"`, "SLA: gold", "Delete Organization")
		s.want(s.post(path, "name", "Calder Freight Depots", "version", "1"), 200, "Calder Freight Depots was saved")
		stale := s.post(path, "name", "Calder Haulage", "notes", "only mine", "version", "1")
		s.want(stale, 409, "Saved now", "Calder Freight Depots", "Calder Haulage", "only mine", `name="version" value="2"`)
		s.want(s.post(path, "name", "Calder Haulage", "version", "2"), 200, "Calder Haulage was saved")
	})
}

func TestMergedAndTrashed(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		source, target := s.organization(tenon.Values{"name": "Old Mill"}), s.organization(tenon.Values{"name": "Mill Ltd"})
		engine := merge.New(s.core, nil)
		plan, err := engine.Plan(context.Background(), s.root, []tenon.OrgID{source.ID}, target.ID, tenon.Choices{})
		s.must(err)
		_, err = engine.Run(context.Background(), s.root, plan)
		s.must(err)
		a := s.get("/organizations/" + source.ID.String())
		s.want(a, 200, "Old Mill was merged into this organization")
		if a.path != "/organizations/"+target.ID.String() {
			t.Errorf("the browser is at %s", a.path)
		}
		s.want(s.get("/organizations/"+source.ID.String()+"/contacts"), 200)
		s.want(s.get("/organizations/999999"), 404, "Nothing here")
		s.want(s.get("/organizations/x"), 404, "Nothing here")
	})
}

func TestItems(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
		s.want(s.post(org+"/contacts", "first_name", ""), 422, "First name is required")
		c := s.post(org+"/contacts", "first_name", "Iris", "last_name", "Holt", "emails", "iris@calder.example | Work\r\nih@calder.example")
		s.want(c, 200, "Iris Holt was created", "iris@calder.example")
		s.want(s.post(org+"/configurations", "name", "CF-SRV-01", "contact_id", "Iris Holt", "primary_ip", "10.0.0.7"), 200, "CF-SRV-01 was created", "Iris Holt", "10.0.0.7")
		p := s.post(org+"/passwords", "name", "Firewall", "username", "admin", "password", "mq7-Lantern-04", "tags", "network")
		s.want(p, 200, "Firewall was created", "network")
		if strings.Contains(p.body, "mq7-Lantern-04") {
			t.Error("the page of a password shows it without being asked")
		}
		s.want(s.post(p.path+"/reveal", "field", "password"), 200, "mq7-Lantern-04")
		s.want(s.get(p.path+"/activity"), 200, "reveal")
		s.want(s.get(p.path+"/edit"), 200, "Empty leaves it as it is")
		s.want(s.post(p.path, "name", "Firewall Quayside", "version", "1", "password", ""), 200, "Firewall Quayside was saved")
		s.want(s.post(p.path+"/reveal", "field", "password"), 200, "mq7-Lantern-04")
		s.want(s.get(p.path+"/history"), 200, "Version 2")
		s.want(s.get("/search?q=iris"), 200, "Holt") // what was looked for is marked
		s.want(s.get("/items/suggest?q=ir&kind=contact"), 200, "Iris Holt")
		for _, x := range []struct{ path, known, none string }{
			{"/organizations/suggest", "calder", "No organization matches"}, {"/items/suggest", "iris", "No record matches"},
			{"/records/suggest", "iris", "No organization or record matches"}, {"/search/palette", "iris", "No organization or record matches"},
		} {
			s.want(s.get(x.path+"?q=xyzzy"), 200, x.none)
			s.lacks(s.get(x.path+"?q="+x.known), x.none)
		}
		s.want(s.get("/items/suggest?q=xyzzy&kind=contact"), 200, "No contact matches")
	})
}

// maxQueries is how many statements a page may need, and maxPage how large one
// with a full list may be.
const (
	maxQueries = 15
	maxPage    = 60_000
)

func TestPagesAreCheap(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		parent := s.organization(tenon.Values{"name": "Holding"})
		var item *tenon.Item
		for i := range 60 {
			o := s.organization(tenon.Values{"name": "Subsidiary of a long name " + strconv.Itoa(i), "parent_id": int64(parent.ID)})
			var err error
			item, err = s.core.CreateItem(context.Background(), s.root, tenon.Configuration, parent.ID, core.ItemChange{Values: tenon.Values{"name": "CF-SRV-" + strconv.Itoa(i), "serial_number": "SN" + o.ID.String()}})
			s.must(err)
		}
		org, it := "/organizations/"+parent.ID.String(), "/items/"+item.ID.String()
		for _, path := range []string{"/", "/organizations", "/organizations?parent=" + parent.ID.String(), "/organizations/new", org, org + "/edit", org + "/configurations", org + "/configurations/new",
			org + "/activity", org + "/access", org + "/history", "/configurations", it, it + "/edit", it + "/history", it + "/activity", "/activity", "/search?q=srv"} {
			before := s.queries.Load()
			a := s.get(path)
			s.want(a, 200)
			if n := s.queries.Load() - before; n > maxQueries {
				t.Errorf("%s needs %d statements, more than %d", path, n, maxQueries)
			}
			if len(a.body) > maxPage {
				t.Errorf("%s has %d bytes, more than %d", path, len(a.body), maxPage)
			}
			for _, refused := range []string{" style=", " onclick=", "hx-on", "javascript:", "<style"} {
				if strings.Contains(a.body, refused) {
					t.Errorf("%s has %q, which the policy refuses", path, refused)
				}
			}
			if n := strings.Count(a.body, "<h1"); n != 1 {
				t.Errorf("%s has %d headings of the first rank", path, n)
			}
		}
	})
}

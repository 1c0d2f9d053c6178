package web_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web"
)

// office is a server with its pages over a real database, and somebody who has
// signed in and has no scripts: a client that follows links and sends forms.
type office struct {
	t       *testing.T
	core    *core.Core
	root    tenon.Viewer
	server  *httptest.Server
	client  *http.Client
	queries atomic.Int64
	page    string // the last one
	status  int
	at      *url.URL
}

func openOffice(t *testing.T, engine string) *office {
	t.Helper()
	ctx := context.Background()
	o := &office{t: t}
	clock := storetest.NewClock()
	options := storetest.Options(t, engine, clock)
	options.OnStatement = func(string) error { o.queries.Add(1); return nil }
	st := storetest.OpenWith(t, options)
	ring, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
	must(t, err)
	blobs, err := blob.OpenDir(t.TempDir())
	must(t, err)
	o.core = core.New(core.Options{Store: st, Keys: ring, Blobs: blobs, Passwords: secret.NewHasher(secret.HashOptions{MemoryKiB: 8, Passes: 1, Lanes: 1})})
	merges, trashes := merge.New(o.core, nil), trash.New(o.core, nil)
	ops := operation.New(st, map[string]operation.Undoer{"merge": merges, "delete": trashes, "items": trashes, "merge items": trashes})
	pages, err := web.New(web.Options{Core: o.core, Operations: ops, Merge: merges, Trash: trashes, Files: blobs, Now: clock.Now})
	must(t, err)
	o.server = httptest.NewServer(httpkit.Wrap(httpkit.Options{Now: clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, pages))
	t.Cleanup(o.server.Close)
	jar, err := cookiejar.New(nil)
	must(t, err)
	o.client = &http.Client{Jar: jar}
	link, err := o.core.FirstLink(ctx)
	must(t, err)
	session, _, err := o.core.RedeemLink(ctx, link, "Ada", "ada@msp.example", secret.NewText("Quayside-Lantern-77x"), "127.0.0.1", "test")
	must(t, err)
	// The clock of the test is another than that of the jar, which would drop
	// a cookie that says when it ends.
	at, err := url.Parse(o.server.URL)
	must(t, err)
	jar.SetCookies(at, []*http.Cookie{{Name: "tenon_session", Value: session.Reveal()}})
	o.root, err = o.core.CommandLineViewer(ctx, "tester", "")
	must(t, err)
	return o
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) organization(name string, values tenon.Values) tenon.OrgID {
	o.t.Helper()
	all := values.Clone()
	if all == nil {
		all = tenon.Values{}
	}
	all["name"] = name
	org, err := o.core.CreateOrganization(context.Background(), o.root, core.OrganizationChange{Values: all})
	must(o.t, err)
	return org.ID
}

func (o *office) item(kind tenon.Kind, org tenon.OrgID, values tenon.Values) tenon.ItemID {
	o.t.Helper()
	i, err := o.core.CreateItem(context.Background(), o.root, kind, org, core.ItemChange{Values: values})
	must(o.t, err)
	return i.ID
}

func (o *office) take(r *http.Response, err error) {
	o.t.Helper()
	must(o.t, err)
	defer func() { must(o.t, r.Body.Close()) }()
	b, err := io.ReadAll(r.Body)
	must(o.t, err)
	o.page, o.status, o.at = string(b), r.StatusCode, r.Request.URL
}

// open loads a page.
func (o *office) open(path string) *office {
	o.t.Helper()
	o.queries.Store(0)
	o.take(o.client.Get(o.server.URL + path))
	return o
}

// send posts a form, as one of our own pages does.
func (o *office) send(path string, values url.Values) *office {
	o.t.Helper()
	r, err := http.NewRequest(http.MethodPost, o.server.URL+path, strings.NewReader(values.Encode()))
	must(o.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", o.server.URL)
	o.take(o.client.Do(r))
	return o
}

// sees fails where the page lacks one of the texts.
func (o *office) sees(texts ...string) *office {
	o.t.Helper()
	plain := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(o.page, ""))
	plain = strings.Join(strings.Fields(plain), " ")
	for _, text := range texts {
		if !strings.Contains(plain, text) && !strings.Contains(html.UnescapeString(o.page), text) {
			o.t.Fatalf("%s (%d) lacks %q:\n%s", o.at, o.status, text, plain)
		}
	}
	return o
}

// form returns the hidden values of the form that is sent to an address.
func (o *office) form(action string) url.Values {
	o.t.Helper()
	_, rest, ok := strings.Cut(o.page, `method="post" action="`+action+`"`)
	if !ok {
		o.t.Fatalf("%s has no form for %s", o.at, action)
	}
	rest, _, _ = strings.Cut(rest, "</form>")
	values := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(rest, -1) {
		values.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return values
}

func onBoth(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, openOffice(t, engine))
		})
	}
}

// TestMergeWithoutScripts is the main job, with links and forms alone.
func TestMergeWithoutScripts(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		source := o.organization("Harbor Dental Ltd", tenon.Values{"short_name": "HDL", "quick_notes": "Ring twice"})
		target := o.organization("Harbor Dental", nil)
		o.item(tenon.Location, source, tenon.Values{"name": "Quay"})
		o.item(tenon.Location, target, tenon.Values{"name": "Quay"})

		o.open("/organizations/"+source.String()+"/merge").sees("Merge into another organization", "Next")
		o.open("/merge?source="+source.String()+"&into=harbor").sees("Pick the target", "Harbor Dental")
		o.open("/merge?source=" + source.String() + "&into=nowhere").sees("No other live organization has this in its name.")
		o.open("/merge?source="+source.String()+"&into=Harbor+Dental").sees("A plan. Nothing changes until you confirm it.", "1 item comes across", "Probable duplicates", "Merge Harbor Dental Ltd into Harbor Dental")
		if o.open(o.at.RequestURI()); o.queries.Load() > maxQueries {
			t.Errorf("the plan took %d statements", o.queries.Load())
		}

		o.open(o.at.RequestURI() + "&do=fill").sees("fill")
		o.open(strings.Replace(o.at.RequestURI(), "/merge?", "/merge/confirm?", 1)).sees("Merge Harbor Dental Ltd into Harbor Dental?", "Confirm merge of Harbor Dental Ltd into Harbor Dental")
		form := o.form("/merge")
		o.send("/merge", form).sees("Harbor Dental Ltd is now part of Harbor Dental", "Merged at", "Possible", "Kept from the source", "HDL", "0 of 1 done", "Compare")
		t.Logf("the receipt took %d statements", o.queries.Load())
		receipt := o.at.Path
		if o.send("/merge", form); o.at.Path != receipt {
			t.Fatalf("sent twice, the form led to %s, want the receipt %s", o.at, receipt)
		}
		o.send(receipt+"/undo", nil).sees("Undone.", "Receipt of the undo", "Open Harbor Dental Ltd")
		o.send(receipt+"/undo", nil).sees("Undone.")
		o.open("/operations").sees("Harbor Dental Ltd was merged into Harbor Dental", "Undone")
	})
}

// TestReceiptOfSeveral lists the sources that were merged and nothing else that
// hangs on the operation, such as the job that counts again.
func TestReceiptOfSeveral(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		jobs, err := job.New(context.Background(), o.core.Store(), job.Options{Alone: true})
		must(t, err)
		merges := merge.New(o.core, jobs)
		a, b, into := o.organization("Ash Ltd", nil), o.organization("Ash Limited", nil), o.organization("Ash", nil)
		p, err := merges.Plan(context.Background(), o.root, []tenon.OrgID{a, b}, into, tenon.Choices{})
		must(t, err)
		op, err := merges.Run(context.Background(), o.root, p)
		must(t, err)
		must(t, jobs.Drain(context.Background()))
		o.open("/operations/"+op.ID.String()).sees("2 organizations were merged into Ash", "Ash Ltd", "Ash Limited", "Goes back:")
		if n := strings.Count(o.page, "Merged away"); n != 2 {
			t.Errorf("the receipt shows %d sources, want 2", n)
		}
	})
}

// TestStaleMerge confirms a plan that is no longer true.
func TestStaleMerge(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		source, target := o.organization("Birch Legal", nil), o.organization("Birch & Partners", nil)
		o.open("/merge/confirm?source=" + source.String() + "&target=" + target.String() + "&f.name=source")
		form := o.form("/merge")
		_, err := o.core.UpdateOrganization(context.Background(), o.root, target, core.OrganizationChange{Values: tenon.Values{"name": "Birch Partners LLP"}})
		must(t, err)
		o.send("/merge", form).sees("Nothing was changed.", "Birch Partners LLP: the name was Birch & Partners, is Birch Partners LLP.", "Birch Partners LLP was edited.", "A plan.")
		if o.status != http.StatusConflict {
			t.Errorf("status %d, want 409", o.status)
		}
		if !strings.Contains(o.page, `value="source" checked`) {
			t.Error("the chosen name was lost")
		}
		o.open("/merge?source="+source.String()+"&target="+source.String()).sees("Source and target are the same", "clear 1 blocker")
	})
}

// TestDeleteRestorePurge moves an organization to the trash and back, and for ever.
func TestDeleteRestorePurge(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		id := o.organization("Calder Freight", nil)
		o.item(tenon.Document, id, tenon.Values{"name": "Runbook"})
		o.open("/organizations/"+id.String()+"/delete").sees("Move Calder Freight to the trash", "1 item", "Your PSA is untouched")
		o.send("/delete", o.form("/delete")).sees("Calder Freight", "Undo", "Moved to the trash at")
		o.open("/trash").sees("Calder Freight", "Restore", "Kept until", "Ada")
		t.Logf("the trash took %d statements", o.queries.Load())
		o.send("/trash/restore", url.Values{"id": {id.String()}}).sees("The trash is empty")
		o.open("/delete?id=" + id.String())
		o.send("/delete", o.form("/delete"))
		o.open("/trash/purge?organization="+id.String()).sees("Purge Calder Freight for ever", "cannot be undone")
		form := o.form("/trash/purge")
		if o.send("/trash/purge", form).sees("Nothing was changed."); o.status != http.StatusUnprocessableEntity {
			t.Errorf("status %d without the typed name, want 422", o.status)
		}
		form.Set("typed", "Calder Freight")
		o.send("/trash/purge", form).sees("Purged at")
	})
}

// TestBulkDeleteIsOff refuses and names the setting.
func TestBulkDeleteIsOff(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		a, b := o.organization("One", nil), o.organization("Two", nil)
		o.open("/delete?id="+a.String()+"&id="+b.String()).sees("allow_bulk_delete", "Account settings", "clear 1 blocker")
	})
}

// TestItemPages deletes, moves and merges items by plan.
func TestItemPages(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		org, other := o.organization("Fern", nil), o.organization("Moss", nil)
		a := o.item(tenon.Location, org, tenon.Values{"name": "Depot", "city": "Leeds"})
		b := o.item(tenon.Location, org, tenon.Values{"name": "Depot", "city": "York"})
		o.open("/items/act?action=move&id="+a.String()).sees("Name of the organization", "Next")
		o.open("/items/act?action=move&id=" + a.String() + "&target=" + other.String()).sees("Move Depot to Moss")
		o.send("/items/act", o.form("/items/act")).sees("Moved at", "Undo")
		o.send(o.at.Path+"/undo", nil).sees("Undone.")
		o.open("/items/merge?source="+a.String()+"&target="+b.String()+"&f.city=source").sees("Side by side", "Leeds", "York")
		o.send("/items/merge", o.form("/items/merge")).sees("Merged at", "Undo")
	})
}

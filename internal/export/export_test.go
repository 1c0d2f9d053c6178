package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var ctx = context.Background()

var admin = tenon.Viewer{User: 1, Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// place is an engine with what it stands on, and some records.
type place struct {
	t     *testing.T
	clock *storetest.Clock
	st    *store.Store
	c     *core.Core
	e     *export.Engine
	jobs  *job.Runner
	files *blob.Dir
	keys  *secret.Ring

	stored       func() // runs once, after a piece was stored
	acme, globex tenon.OrgID
	router       tenon.ItemID
	boss         tenon.Viewer // the administrator, as a key with password access
}

func newPlace(t *testing.T, st *store.Store, clock *storetest.Clock) *place {
	t.Helper()
	p := &place{t: t, clock: clock, st: st}
	var err error
	p.jobs, err = job.New(ctx, st, job.Options{Alone: true, Poll: 5 * time.Millisecond, Pause: time.Millisecond})
	p.must(err)
	p.keys, err = secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
	p.must(err)
	p.files, err = blob.OpenDir(t.TempDir())
	p.must(err)
	t.Cleanup(func() { p.must(p.files.Close()) })
	p.c = core.New(core.Options{Store: st, Keys: p.keys, Blobs: p.files})
	p.e = export.New(export.Options{Core: p.c, Jobs: p.jobs, Keys: p.keys, Files: p, Now: clock.Now})
	p.boss = p.user("Avery Quill", tenon.Administrator, true)
	return p
}

// Put and Open make the place what an engine keeps its files in.
func (p *place) Put(ctx context.Context, r io.Reader, limit int64) (blob.Ref, error) {
	ref, err := p.files.Put(ctx, r, limit)
	if p.stored != nil {
		p.stored()
		p.stored = nil
	}
	return ref, err
}

func (p *place) Open(ctx context.Context, hash string) (io.ReadCloser, error) {
	return p.files.Open(ctx, hash)
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// user makes somebody and returns them as they are when they use a key.
func (p *place) user(name string, role tenon.Role, everywhere bool) tenon.Viewer {
	p.t.Helper()
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@harbourline.example"
	u, err := p.c.CreateUser(ctx, admin, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere})
	p.must(err)
	return p.viewer(u.ID)
}

func (p *place) viewer(id tenon.UserID) (v tenon.Viewer) {
	p.t.Helper()
	p.must(p.st.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.LoadViewer(id)
		return err
	}))
	v.Face = "test"
	return v
}

func (p *place) org(name string) tenon.OrgID {
	p.t.Helper()
	o, err := p.c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": name, "description": "first\nsecond"}})
	p.must(err)
	return o.ID
}

func (p *place) item(kind tenon.Kind, org tenon.OrgID, values tenon.Values, secrets ...string) tenon.ItemID {
	p.t.Helper()
	in := core.ItemChange{Values: values, Secrets: map[string]*secret.Text{}}
	for i := 0; i+1 < len(secrets); i += 2 {
		text := secret.NewText(secrets[i+1])
		in.Secrets[secrets[i]] = &text
	}
	if kind == tenon.Configuration {
		in.Parts = map[string][]tenon.Values{"interfaces": {{"name": "eth0", "ip_address": "10.0.0.1"}}}
	}
	i, err := p.c.CreateItem(ctx, admin, kind, org, in)
	p.must(err)
	return i.ID
}

const (
	password   = "rope-lantern-77"
	wifi       = "guest-quay-0815"
	formula    = "=cmd|' /C calc'!A0"
	file       = "the content of a contract"
	passphrase = "harbour lantern rope quay"
)

// furnish makes some records of every sort that an export treats in its own way.
func (p *place) furnish() {
	p.t.Helper()
	p.acme, p.globex = p.org("Acme"), p.org("Globex")
	for _, org := range []tenon.OrgID{p.acme, p.globex} {
		at := p.item(tenon.Location, org, tenon.Values{"name": "Quay " + org.String(), "city": "Hull"})
		p.router = p.item(tenon.Configuration, org, tenon.Values{"name": "router " + org.String(), "notes": formula, "location_id": int64(at)})
		p.item(tenon.Password, org, tenon.Values{"name": "root " + org.String(), "resource_id": int64(p.router)}, "password", password, "otp_secret", "JBSWY3DPEHPK3PXP")
		_, err := p.c.Attach(ctx, admin, p.router, `con:tract?.txt`, "", strings.NewReader(file+org.String()))
		p.must(err)
		_, err = p.c.AttachToOrganization(ctx, admin, org, "logo.txt", "", strings.NewReader("on the organization"))
		p.must(err)
	}
	t, err := p.c.CreateFlexType(ctx, admin, tenon.FlexType{Name: "Wi-Fi", Enabled: true, Fields: []tenon.FlexField{
		{Name: "SSID", Kind: tenon.FlexText, UseForTitle: true, Required: true}, {Name: "Key", Kind: tenon.FlexPassword}, {Name: "On", Kind: tenon.FlexTag}}})
	p.must(err)
	traits := map[string]any{t.Fields[0].Key: "guests", t.Fields[2].Key: []any{float64(p.router)}}
	p.item(tenon.FlexibleAsset, p.globex, tenon.Values{"flexible_asset_type_id": int64(t.ID), "traits": traits}, t.Fields[1].Secret(), wifi)
}

// done starts an export and waits for its end.
func (p *place) done(v tenon.Viewer, in export.Request) *tenon.Export {
	p.t.Helper()
	x, err := p.e.Start(ctx, v, in)
	p.must(err)
	if x.State != tenon.Running {
		p.t.Errorf("it begins as %s", x.State)
	}
	p.must(p.jobs.Drain(ctx))
	x, err = p.e.Get(ctx, v, x.ID)
	p.must(err)
	if x.State != tenon.Finished || x.Size == 0 || x.Sealed != nil {
		p.t.Fatalf("it ends as %s with %d bytes: %s", x.State, x.Size, x.Error)
	}
	return x
}

// take downloads the file of an export.
func (p *place) take(v tenon.Viewer, x *tenon.Export) []byte {
	p.t.Helper()
	d, err := p.e.Open(ctx, v, x.ID)
	p.must(err)
	defer d.Close()
	b, err := io.ReadAll(d)
	p.must(err)
	if int64(len(b)) != d.Size || d.Size != x.Size {
		p.t.Errorf("%d bytes came, %d were said, %d are in the record", len(b), d.Size, x.Size)
	}
	return b
}

// unzip returns the files of a ZIP file by their names.
func unzip(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in) // checks the sum
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if f.ReaderVersion != 20 {
			t.Errorf("%s asks for version %d of the format, which some programs do not know", f.Name, f.ReaderVersion)
		}
		if _, twice := out[f.Name]; twice {
			t.Errorf("%s is in it twice", f.Name)
		}
		out[f.Name] = string(text)
	}
	return out
}

// table reads a CSV file: the cells of each row by the heads of the columns.
func table(t *testing.T, text string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		one := map[string]string{}
		for i, head := range rows[0] {
			one[head] = row[i]
		}
		out = append(out, one)
	}
	return out
}

func (p *place) clean() {
	p.t.Helper()
	found, err := check.Run(ctx, p.st, check.Options{Keys: p.keys, Blobs: p.files, Deep: true})
	p.must(err)
	for _, v := range found {
		p.t.Error(v)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		x := p.done(p.boss, export.Request{Logs: true})
		if x.Secrets || x.Locked || !x.Logs {
			t.Errorf("it says secrets %t, locked %t, logs %t", x.Secrets, x.Locked, x.Logs)
		}
		b := p.take(p.boss, x)
		for _, s := range []string{password, wifi, "JBSWY3DPEHPK3PXP"} {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("it holds %s", s)
			}
		}
		got := unzip(t, b)
		for name, rows := range map[string]int{"organizations.csv": 2, "configurations.csv": 2, "configurations_interfaces.csv": 2, "locations.csv": 2, "passwords.csv": 2, "attachments.csv": 4} {
			if n := len(table(t, got[name])); n != rows {
				t.Errorf("%s has %d rows, want %d (of %v)", name, n, rows, slices.Sorted(maps.Keys(got)))
			}
		}
		if len(table(t, got["logs.csv"])) < 10 {
			t.Error("the log is short")
		}
		c := table(t, got["configurations.csv"])[1]
		want := map[string]string{"Id": p.router.String(), "Organization": "Globex", "Organization id": p.globex.String(), "Notes": "'" + formula, "Location": "Quay " + p.globex.String(), "Archived": "No"}
		for head, value := range want {
			if c[head] != value {
				t.Errorf("%s is %q, want %q", head, c[head], value)
			}
		}
		w := table(t, got[assets(got)])[0]
		if w["Name"] != "guests" || w["SSID"] != "guests" || w["On"] != "router "+p.globex.String() {
			t.Errorf("the flexible asset says %v", w)
		}
		if _, there := w["Key"]; there {
			t.Error("secrets have a column")
		}
		for _, f := range table(t, got["attachments.csv"]) {
			want := "on the organization"
			if f["On"] == "configuration" {
				want = file + f["Organization id"]
			}
			if got[f["In this file"]] != want || !strings.HasPrefix(f["In this file"], "attachments/"+f["Record id"]+"/"+f["Id"]+" ") {
				t.Errorf("%v holds %q", f, got[f["In this file"]])
			}
		}
		p.clean()
		if n := len(p.events("reveal")); n != 0 {
			t.Errorf("%d secrets were revealed", n)
		}
		for _, action := range []string{"export", "download"} {
			if e := p.events(action); len(e) != 1 || e[0].Operation != x.ID || e[0].Name != "Everything" {
				t.Errorf("the log says of %s: %v", action, e)
			}
		}
	})
}

// assets is the name of the one file of flexible assets.
func assets(files map[string]string) string {
	for name := range files {
		if strings.HasPrefix(name, "flexible_assets-wi_fi-") {
			return name
		}
	}
	return ""
}

func (p *place) events(action string) []tenon.Event {
	p.t.Helper()
	var out []tenon.Event
	p.must(p.st.Read(ctx, func(tx *store.Tx) (err error) {
		out, _, err = tx.ListEvents(admin, store.EventQuery{Action: action, Page: tenon.Page{Limit: tenon.MaxPage}})
		return err
	}))
	return out
}

// TestRights exports as people who see less than all.
func TestRights(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		some := p.user("Imani Castellan", tenon.Manager, false)
		p.must(p.c.Grant(ctx, admin, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(some.User)}, p.globex))
		hidden := p.item(tenon.Location, p.globex, tenon.Values{"name": "Hidden"})
		if _, err := p.c.Attach(ctx, admin, hidden, "plan.txt", "", strings.NewReader("where the key is")); err != nil {
			t.Fatal(err)
		}
		p.item(tenon.Configuration, p.globex, tenon.Values{"name": "camera", "location_id": int64(hidden)})
		if _, err := p.c.Restrict(ctx, admin, hidden, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(p.boss.User)}}); err != nil {
			t.Fatal(err)
		}
		x := p.done(some, export.Request{})
		got := unzip(t, p.take(some, x))
		for name, text := range got {
			if strings.Contains(text, "Acme") || strings.Contains(text, "Hidden") || strings.Contains(text, "where the key is") {
				t.Errorf("%s holds what they may not see: %s", name, text)
			}
		}
		if n := len(table(t, got["configurations.csv"])); n != 2 {
			t.Errorf("%d configurations, want 2", n)
		}
		for _, v := range []tenon.Viewer{p.boss, p.user("Casimir Thorne", tenon.Manager, true)} {
			if _, err := p.e.Get(ctx, v, x.ID); tenon.CodeOf(err) != tenon.NotFound {
				t.Errorf("%s gets it: %v", v.Name, err)
			}
			if _, err := p.e.Open(ctx, v, x.ID); tenon.CodeOf(err) != tenon.NotFound {
				t.Errorf("%s takes it: %v", v.Name, err)
			}
			if err := p.e.Delete(ctx, v, x.ID); tenon.CodeOf(err) != tenon.NotFound {
				t.Errorf("%s deletes it: %v", v.Name, err)
			}
		}
		if _, err := p.e.Start(ctx, some, export.Request{Org: p.acme}); tenon.CodeOf(err) != tenon.NotFound {
			t.Errorf("an organization out of reach: %v", err)
		}
		if _, err := p.e.Start(ctx, p.user("Rowan Ashdown", tenon.Editor, true), export.Request{}); tenon.CodeOf(err) != tenon.Forbidden {
			t.Errorf("an editor: %v", err)
		}
	})
}

// TestOneOrganization exports one, named by an id that was merged away.
func TestOneOrganization(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		x := p.done(p.boss, export.Request{Org: p.acme, Logs: true})
		got := unzip(t, p.take(p.boss, x))
		for name, text := range got {
			if strings.Contains(text, "Globex") {
				t.Errorf("%s holds another organization", name)
			}
		}
		if x.OrgName != "Acme" || len(table(t, got["configurations.csv"])) != 1 || len(table(t, got["attachments.csv"])) != 2 || assets(got) != "" {
			t.Errorf("it is of %s and holds %v", x.OrgName, slices.Sorted(maps.Keys(got)))
		}
		page, _, err := p.e.List(ctx, p.boss, tenon.Page{})
		if err != nil || len(page) != 1 || page[0].Org != p.acme {
			t.Errorf("the list is %v (%v)", page, err)
		}
	})
}

// TestLink takes a file with a link, and with links that are not right.
func TestLink(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		x := p.done(p.boss, export.Request{Org: p.acme})
		until, signature, ok := p.e.Link(p.boss, x)
		if !ok {
			t.Fatal("there is no link")
		}
		d, err := p.e.OpenSigned(ctx, x.ID, until, signature, "192.0.2.7")
		p.must(err)
		p.must(d.Close())
		if e := p.events("download"); len(e) != 1 || e[0].User != p.boss.User || e[0].Face != "link" || e[0].Addr != "192.0.2.7" {
			t.Errorf("the log says %v", e)
		}
		refused := func(what string, until time.Time, signature string) {
			t.Helper()
			if _, err := p.e.OpenSigned(ctx, x.ID, until, signature, ""); tenon.CodeOf(err) != tenon.Unauthenticated {
				t.Errorf("%s: %v", what, err)
			}
		}
		refused("no signature", until, "")
		refused("a later end", until.Add(time.Hour), signature)
		clock.Advance(export.LinkFor)
		refused("too late", until, signature)
		until, signature, _ = p.e.Link(p.boss, x)
		p.user("Casimir Thorne", tenon.Administrator, true)
		yes := true
		_, err = p.c.UpdateUser(ctx, admin, p.boss.User, core.UserChange{Disabled: &yes})
		p.must(err)
		refused("somebody who is disabled", until, signature)
	})
}

// TestEnd forgets exports that are over and that were deleted, and what they held.
func TestEnd(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		before := p.unused()
		p.done(p.boss, export.Request{})
		second := p.done(p.boss, export.Request{})
		if n := p.unused(); n != before {
			t.Errorf("%d files are used by nothing, want %d", n, before)
		}
		p.must(p.e.Delete(ctx, p.boss, second.ID))
		p.must(p.e.Sweep(ctx))
		if page, _, err := p.e.List(ctx, p.boss, tenon.Page{}); err != nil || len(page) != 1 {
			t.Errorf("%d exports are left (%v)", len(page), err)
		}
		clock.Advance(export.Kept)
		if page, _, err := p.e.List(ctx, p.boss, tenon.Page{}); err != nil || len(page) != 0 {
			t.Errorf("%d exports are left after their time (%v)", len(page), err)
		}
		p.must(p.e.Sweep(ctx))
		if p.unused() <= before {
			t.Error("the pieces still have an owner")
		}
		// One that is deleted while it is made ends, and says so.
		x, err := p.e.Start(ctx, p.boss, export.Request{})
		p.must(err)
		p.must(p.e.Delete(ctx, p.boss, x.ID))
		p.must(p.jobs.Drain(ctx))
		p.must(st.Read(ctx, func(tx *store.Tx) error {
			op, err := tx.GetOperation(admin, x.ID)
			if err == nil && op.State != tenon.Failed {
				t.Errorf("it is %s", op.State)
			}
			return err
		}))
		p.clean()
	})
}

// unused counts the stored contents that nothing needs.
func (p *place) unused() (n int) {
	p.t.Helper()
	var all []string
	p.must(p.files.Walk(ctx, func(r blob.Ref) error { all = append(all, r.Hash); return nil }))
	p.must(p.st.Read(ctx, func(tx *store.Tx) error {
		left, err := tx.SystemUnusedFiles(all)
		n = len(left)
		return err
	}))
	return n
}

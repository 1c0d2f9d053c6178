package csvimport_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var admin = tenon.Viewer{Name: "command line", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// place is an engine with what it stands on.
type place struct {
	t    testing.TB
	st   *store.Store
	c    *core.Core
	e    *csvimport.Engine
	jobs *job.Runner
	// files is where the file store is.
	files string
}

func newPlace(t testing.TB, st *store.Store) *place {
	t.Helper()
	jobs, err := job.New(context.Background(), st, job.Options{Alone: true, Poll: 5 * time.Millisecond, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files, err := blob.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	c := core.New(core.Options{Store: st})
	return &place{t: t, st: st, c: c, e: csvimport.New(c, jobs, files), jobs: jobs, files: dir}
}

func (p *place) plan(text string, o csvimport.Options) *tenon.Plan {
	p.t.Helper()
	if o.Kind == "" {
		o.Kind = "organization"
	}
	o.File = strings.NewReader(text)
	plan, err := p.e.Plan(context.Background(), admin, o)
	if err != nil {
		p.t.Fatalf("plan: %v", err)
	}
	return plan
}

func (p *place) drain() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := p.jobs.Drain(ctx); err != nil {
		p.t.Fatalf("drain: %v", err)
	}
}

func (p *place) operation(id tenon.OperationID) *tenon.Operation {
	p.t.Helper()
	var op *tenon.Operation
	err := p.st.Read(context.Background(), func(tx *store.Tx) (err error) {
		op, err = tx.GetOperation(admin, id)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return op
}

// run plans, runs and waits; plan and receipt must have the same numbers.
func (p *place) run(text string, o csvimport.Options) *tenon.Operation {
	p.t.Helper()
	plan := p.plan(text, o)
	op, err := p.e.Run(context.Background(), admin, plan)
	if err != nil {
		p.t.Fatalf("run: %v", err)
	}
	p.drain()
	op = p.operation(op.ID)
	if op.State != tenon.Finished {
		p.t.Fatalf("import is %s: %s", op.State, op.Error)
	}
	if got, want := fmt.Sprint(op.Receipt.Counts), fmt.Sprint(plan.Counts); got != want {
		p.t.Errorf("did %s, planned %s", got, want)
	}
	return op
}

// numbers writes the counts in short: created updated unchanged skipped failed.
func numbers(m map[string]int64) string {
	return fmt.Sprintf("%d %d %d %d %d", m["created"], m["updated"], m["unchanged"], m["skipped"], m["failed"])
}

func (p *place) expect(op *tenon.Operation, want string) {
	p.t.Helper()
	if got := numbers(op.Receipt.Counts); got != want {
		p.t.Errorf("created, updated, unchanged, skipped, failed: got %s, want %s", got, want)
	}
}

func (p *place) clean() {
	p.t.Helper()
	found, err := check.Run(context.Background(), p.st, check.Options{Deep: true})
	if err != nil || len(found) > 0 {
		p.t.Errorf("check: %d findings, such as %v; %v", len(found), found[:min(len(found), 3)], err)
	}
}

func (p *place) names() string {
	p.t.Helper()
	orgs, _, err := p.c.Organizations(context.Background(), admin, store.OrgQuery{Page: tenon.Page{Limit: 1000, Sort: "id"}})
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, o := range orgs {
		out = append(out, o.Name)
	}
	return strings.Join(out, "|")
}

// register makes a file of the shape of a public register of day-care centres:
// repeated names, blank cells, several sources.
func register(rows int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("id,truth,name,street,zip,phone,domain,email,program,agency\n")
	blank := func(s string, one int) string {
		if r.IntN(one) == 0 {
			return ""
		}
		return s
	}
	for i := range rows {
		n := r.IntN(rows*3/4 + 1)
		fmt.Fprintf(&b, "%d,%d,%s Centre %d,%s,%s,%s,%s,%s,%s,\"Agency, No. %d\"\n", i, n, []string{"Hope", "Élan", "North", "Little Steps"}[n%4], n,
			blank(fmt.Sprintf("%d W Lake St", n), 5), blank(fmt.Sprintf("606%02d", n%90), 3), blank(fmt.Sprintf("555%04d", n%10000), 3),
			blank(fmt.Sprintf("www.centre%d.example", n), 2), blank(fmt.Sprintf("info@centre%d.example", n), 2), blank("Head Start", 2), n%7)
	}
	return b.String()
}

// registerMap maps what an organization has a place for.
var registerMap = map[string]string{"name": "name", "domains": "domain", "organization_type_id": "program", "short_name": "agency",
	"custom_fields.street": "street", "custom_fields.zip": "zip", "custom_fields.phone": "phone"}

func TestRegister(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		text := register(1200, 7)
		first := p.run(text, csvimport.Options{Map: registerMap, Name: "register.csv"})
		p.expect(first, "1200 0 0 0 0")
		p.clean()
		p.expect(p.run(text, csvimport.Options{Map: registerMap}), "0 0 1200 0 0")
		undo, err := p.e.Undo(context.Background(), admin, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		p.drain()
		if got := p.operation(undo.ID); got.State != tenon.Finished || got.Receipt.Counts["trashed"] != 1200 {
			t.Errorf("undo: %s %v", got.State, got.Receipt)
		}
		if names := p.names(); names != "" {
			t.Errorf("left after the undo: %.200s", names)
		}
		p.clean()
	})
}

func TestMatching(t *testing.T) {
	t.Parallel()
	const before = "name,short_name,notes\nAcme,A,one\nGlobex,G,\nTwin,T1,x\nTwin,T2,y\n"
	tests := []struct{ name, text, want string }{
		{"the same again", before, "0 0 4 0 0"},
		{"another order", "name,short_name,notes\nTwin,T2,y\nTwin,T1,x\nGlobex,G,\nAcme,A,one\n", "0 0 4 0 0"},
		{"case and accents of the name", "name,short_name\nÁCME,A\n", "0 1 0 0 0"},
		{"an empty cell leaves the field", "name,short_name,notes\nAcme,A,\n", "0 0 1 0 0"},
		{"a changed cell", "name,short_name\nGlobex,GLX\n", "0 1 0 0 0"},
		{"one twin changed", "name,short_name,notes\nTwin,T1,z\nTwin,T2,y\n", "0 1 1 0 0"},
		{"a third twin", "name,short_name,notes\nTwin,T3,z\nTwin,T2,y\nTwin,T1,x\n", "1 0 2 0 0"},
		{"rows of the same name that overlap", "name,short_name,notes\nTwin,,x\nTwin,T2,\nTwin,T1,x\nTwin,,y\nTwin,,\nAcme,,two\nAcme,A,two\n", "4 1 2 0 0"},
		{"new ones", "name\nNewcomer\nNewcomer\n", "2 0 0 0 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
				p := newPlace(t, st)
				p.expect(p.run(before, csvimport.Options{}), "4 0 0 0 0")
				p.expect(p.run(tt.text, csvimport.Options{}), tt.want)
				again := p.run(tt.text, csvimport.Options{})
				if n := again.Receipt.Counts; n["created"]+n["updated"] != 0 {
					t.Errorf("the second import changed something: %v", n)
				}
				p.clean()
			})
		})
	}
}

func TestParents(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		p.run("name\nHolding\n", csvimport.Options{})
		text := "name,parent_id\nNorth,Holding\nSouth," + p.org("Holding").ID.String() + "\nNorth,holding\nEast,Nowhere\n"
		p.expect(p.run(text, csvimport.Options{Partial: true}), "3 0 0 0 1")
		if got, want := p.org("South").ParentID, p.org("Holding").ID; got != want {
			t.Errorf("parent is %d, want %d", got, want)
		}
		p.expect(p.run(text, csvimport.Options{Partial: true}), "0 0 3 0 1")
		p.clean()
	})
}

// merge hands the source to the target as a merge does.
func (p *place) merge(source, target tenon.OrgID) {
	p.t.Helper()
	err := p.st.Write(context.Background(), func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		op := tenon.OperationID(n)
		if err := tx.InsertOperation(&tenon.Operation{ID: op, Kind: "merge", State: tenon.Finished, SourceID: source, TargetID: target}, nil); err != nil {
			return err
		}
		if err := tx.HandOver(op, []tenon.BinderID{source.Home()}, source, target); err != nil {
			return err
		}
		if err := tx.SetOrganizationState(source, tenon.Merged, target, 0); err != nil {
			return err
		}
		return tx.Record(admin, tenon.Event{Action: "merge", Subject: "organization", SubjectID: int64(source), Binder: target.Home(), Operation: op})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) org(name string) *tenon.Organization {
	p.t.Helper()
	orgs, _, err := p.c.Organizations(context.Background(), admin, store.OrgQuery{Name: name})
	if err != nil || len(orgs) == 0 {
		p.t.Fatalf("%s: %d found, %v", name, len(orgs), err)
	}
	return orgs[0]
}

func TestMergedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		text := "name,external_id\nAcme,X1\nAcme Inc,X2\nGlobex,X3\n"
		p.run(text, csvimport.Options{})
		source, target := p.org("Acme"), p.org("Acme Inc")
		p.merge(source.ID, target.ID)
		p.expect(p.run(text, csvimport.Options{}), "0 0 2 1 0")
		p.expect(p.run("name\nAcme\n", csvimport.Options{}), "0 0 0 1 0")
		if got := p.names(); got != "Acme Inc|Globex" {
			t.Errorf("there are %s", got)
		}
		for _, ref := range []string{"Acme", source.ID.String(), "X1", "acme inc"} {
			o := csvimport.Options{Kind: "configuration", Map: map[string]string{"organization": "client", "name": "name", "serial_number": "serial"}}
			p.expect(p.run("client,name,serial\n"+ref+",pc of "+ref+",S1\n", o), "1 0 0 0 0")
		}
		items, _, err := p.c.Items(context.Background(), admin, store.ItemQuery{Kind: tenon.Configuration, Org: target.ID})
		if err != nil || len(items) != 4 {
			t.Errorf("%d items at the target, %v", len(items), err)
		}
		p.clean()
	})
}

func TestItems(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		p.run("name\nAcme\nGlobex\n", csvimport.Options{})
		for _, tt := range []struct{ kind, text string }{
			{"contact", "organization,first_name,last_name,emails,contact_type_id\nAcme,Ann,Lee,ann@acme.example,Owner\nGlobex,Ann,Lee,,Owner\nAcme,Bo,,,\n"},
			{"location", "organization,name,address_1,city\nAcme,Main,1 Lake St,Chicago\nAcme,Main,2 Lake St,Chicago\nGlobex,Main,1 Lake St,\n"},
			{"domain", "organization,name,expires_on\nAcme,acme.example,2027-01-31\n"},
		} {
			rows := int64(strings.Count(tt.text, "\n") - 1)
			op := p.run(tt.text, csvimport.Options{Kind: tt.kind})
			if op.Receipt.Counts["created"] != rows {
				t.Errorf("%s: %v", tt.kind, op.Receipt.Counts)
			}
			if n := p.run(tt.text, csvimport.Options{Kind: tt.kind}).Receipt.Counts; n["unchanged"] != rows {
				t.Errorf("%s again: %v", tt.kind, n)
			}
		}
		p.clean()
	})
}

func TestRefusedRows(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		text := "name,domains,note,external_id\nGood,good.example,,1\nBad,not a domain,x,2\n,,,\n,only.example,,\nRagged\nTwice,,,1\n"
		plan := p.plan(text, csvimport.Options{})
		if got := numbers(plan.Counts); got != "1 0 0 0 4" {
			t.Errorf("plan: %s %v", got, plan.Warnings)
		}
		if _, err := p.e.Run(context.Background(), admin, plan); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("run of a plan with refused rows: %v", err)
		}
		var b bytes.Buffer
		if err := p.e.ErrorFile(context.Background(), admin, plan, &b); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.Contains(got, `Bad,not a domain,x,2,3,"""not a domain"" is not a domain."`) || strings.Count(got, "\n") != 5 {
			t.Errorf("error file:\n%s", got)
		}
		p.expect(p.run(text, csvimport.Options{Partial: true}), "1 0 0 0 4")
		p.clean()
	})
}

func TestPlanIsAPromise(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		plan := p.plan("name,notes\nAcme,x\n", csvimport.Options{})
		p.run("name\nAcme\n", csvimport.Options{})
		_, err := p.e.Run(context.Background(), admin, plan)
		if tenon.CodeOf(err) != tenon.Stale {
			t.Errorf("run of an old plan: %v", err)
		}
	})
}

func TestUndoPutsBackWhatIsAsItLeftIt(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		p := newPlace(t, st)
		p.run("name,short_name,notes\nAcme,A,old\nGlobex,G,old\n", csvimport.Options{})
		op := p.run("name,short_name,notes,description\nAcme,A2,new,d\nGlobex,G2,new,d\nThird,3,,\n", csvimport.Options{})
		p.expect(op, "1 2 0 0 0")
		if _, err := p.c.UpdateOrganization(ctx, admin, p.org("Acme").ID, core.OrganizationChange{Values: tenon.Values{"notes": "by hand"}}); err != nil {
			t.Fatal(err)
		}
		undo, err := p.e.Undo(ctx, admin, op.ID)
		if err != nil {
			t.Fatal(err)
		}
		if undo.Total != 3 {
			t.Errorf("the undo of 3 rows begins with %d to do", undo.Total)
		}
		p.drain()
		for id, want := range map[tenon.OperationID]tenon.OperationState{op.ID: tenon.Undone, undo.ID: tenon.Finished} {
			if now := p.operation(id); now.State != want || now.Done != 3 || now.Total != 3 {
				t.Errorf("operation %d is %s with %d of %d, want %s and all 3", id, now.State, now.Done, now.Total, want)
			}
		}
		acme, globex := p.org("Acme").Values, p.org("Globex").Values
		got := fmt.Sprint(acme.Text("short_name"), acme.Text("notes"), acme.Text("description"), globex.Text("short_name"), globex.Text("notes"), globex.Text("description"))
		if want := fmt.Sprint("A", "by hand", "", "G", "old", ""); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := p.names(); got != "Acme|Globex" {
			t.Errorf("there are %s", got)
		}
		if can, err := p.e.CanUndo(ctx, admin, op.ID); err != nil || can.Possible {
			t.Errorf("can undo again: %v %v", can, err)
		}
		p.clean()
	})
}

func TestLookupNames(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		text := "name,organization_type_id\nAcme,Customer\nGlobex,customer\nInitech,Vendor\n"
		plan := p.plan(text, csvimport.Options{})
		if len(plan.Warnings) != 2 || plan.Warnings[0].Message != `"Customer" is added to Organization types.` {
			t.Errorf("warnings: %v", plan.Warnings)
		}
		if plan := p.plan(text, csvimport.Options{RefuseNew: true}); plan.Counts["failed"] != 3 {
			t.Errorf("with new names refused: %v", plan.Counts)
		}
		p.run(text, csvimport.Options{})
		if a, b := p.org("Acme").Values.ID("organization_type_id"), p.org("Globex").Values.ID("organization_type_id"); a == 0 || a != b {
			t.Errorf("types %d and %d", a, b)
		}
		p.expect(p.run(text, csvimport.Options{}), "0 0 3 0 0")
		p.clean()
	})
}

func TestWordsForBadMappings(t *testing.T) {
	t.Parallel()
	p := newPlace(t, storetest.Open(t, "sqlite", storetest.NewClock()))
	tests := []struct {
		text string
		o    csvimport.Options
		want string
	}{
		{"name\nA\n", csvimport.Options{Kind: "spaceship"}, "no kind of record"},
		{"title\nA\n", csvimport.Options{}, "Say which column holds the name"},
		{"name\nA\n", csvimport.Options{Map: map[string]string{"name": "nome"}}, `no column "nome"`},
		{"name\nA\n", csvimport.Options{Map: map[string]string{"nickname": "name"}}, `no field "nickname"`},
		{"name\nA\n", csvimport.Options{Kind: "contact", Map: map[string]string{"first_name": "name"}}, "names the organization"},
		{"name\nA\n", csvimport.Options{Map: map[string]string{"logo": "name"}}, "cannot be imported"},
		{"name\nA\xff\n", csvimport.Options{}, "not UTF-8"},
	}
	for _, tt := range tests {
		tt.o.File = strings.NewReader(tt.text)
		if tt.o.Kind == "" {
			tt.o.Kind = "organization"
		}
		if _, err := p.e.Plan(context.Background(), admin, tt.o); err == nil || !strings.Contains(tenon.MessageOf(err), tt.want) {
			t.Errorf("%q %v: %v", tt.text, tt.o.Map, err)
		}
	}
	reader := tenon.Viewer{Name: "r", Role: tenon.ReadOnly}
	if _, err := p.e.Plan(context.Background(), reader, csvimport.Options{Kind: "organization", File: strings.NewReader("name\n")}); tenon.CodeOf(err) != tenon.Forbidden {
		t.Errorf("a reader: %v", err)
	}
}

// BenchmarkImport imports 20,000 organizations of the register's shape, plan
// and confirmation included, and then the same file again.
func BenchmarkImport(b *testing.B) {
	const rows = 20000
	text := register(rows, 7)
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				p := newPlace(b, storetest.Open(b, engine, storetest.NewClock()))
				b.StartTimer()
				plan := p.plan(text, csvimport.Options{Map: registerMap})
				planned := b.Elapsed()
				if _, err := p.e.Run(context.Background(), admin, plan); err != nil {
					b.Fatal(err)
				}
				confirmed := b.Elapsed()
				p.drain()
				ran := b.Elapsed()
				p.run(text, csvimport.Options{Map: registerMap})
				b.ReportMetric(rows/planned.Seconds(), "planned/s")
				b.ReportMetric(rows/(ran-confirmed).Seconds(), "written/s")
				b.ReportMetric(rows/ran.Seconds(), "rows/s")
				b.ReportMetric(rows/(b.Elapsed()-ran).Seconds(), "again/s")
			}
		})
	}
}

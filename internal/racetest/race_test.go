package racetest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

var (
	ctx   = context.Background()
	admin = tenon.Viewer{Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}
)

// rounds is how often each race is run.
func rounds() int {
	if os.Getenv("TENON_TEST_LONG") != "" {
		return 200
	}
	return 4
}

// field is where races are run.
type field struct {
	t     *testing.T
	st    *store.Store
	c     *core.Core
	m     *merge.Engine
	tr    *trash.Engine
	gate  *gate
	round int
}

// gate holds the next transaction just before its commit.
type gate struct {
	mu            sync.Mutex
	armed         bool
	reached, open chan struct{}
}

func (g *gate) arm() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed, g.reached, g.open = true, make(chan struct{}), make(chan struct{})
}

func (g *gate) before(text string) error {
	g.mu.Lock()
	held := g.armed && text == "COMMIT"
	if held {
		g.armed = false
	}
	reached, open := g.reached, g.open
	g.mu.Unlock()
	if held {
		close(reached)
		<-open
	}
	return nil
}

func newField(t *testing.T, engine string) *field {
	t.Helper()
	g := &gate{}
	o := storetest.Options(t, engine, storetest.NewClock())
	o.OnStatement = g.before
	st := storetest.OpenWith(t, o)
	keys, err := secret.ParseKeys(secret.NewText("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
	if err != nil {
		t.Fatal(err)
	}
	c := core.New(core.Options{Store: st, Keys: keys})
	return &field{t: t, st: st, c: c, m: merge.New(c, nil), tr: trash.New(c, nil), gate: g}
}

// run runs the race on both databases, and proves the invariants at its end.
func run(t *testing.T, fn func(f *field)) {
	t.Helper()
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			f := newField(t, engine)
			fn(f)
			f.clean()
		})
	}
}

// again runs it many times.
func again(t *testing.T, fn func(f *field)) {
	t.Helper()
	run(t, func(f *field) {
		for f.round = range rounds() {
			fn(f)
			if f.t.Failed() {
				f.t.Fatalf("in round %d", f.round)
			}
		}
	})
}

func (f *field) clean() {
	f.t.Helper()
	found, err := check.Run(ctx, f.st, check.Options{})
	f.must(err)
	for _, v := range found {
		f.t.Error(v)
	}
}

func (f *field) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *field) org(name string, above ...tenon.OrgID) tenon.OrgID {
	f.t.Helper()
	v := tenon.Values{"name": fmt.Sprint(name, f.round)}
	if len(above) > 0 {
		v["parent_id"] = int64(above[0])
	}
	o, err := f.c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: v})
	f.must(err)
	f.file(o.ID)
	return o.ID
}

func (f *field) file(org tenon.OrgID) *tenon.Item {
	f.t.Helper()
	i, err := f.c.CreateItem(ctx, admin, tenon.Configuration, org, core.ItemChange{Values: tenon.Values{"name": "pc"}})
	f.must(err)
	return i
}

// merge plans a merge now and returns what confirms it.
func (f *field) merge(source, target tenon.OrgID) func() error {
	f.t.Helper()
	p, err := f.m.Plan(ctx, admin, []tenon.OrgID{source}, target, tenon.Choices{})
	f.must(err)
	return func() error { _, err := f.m.Run(ctx, admin, p); return err }
}

func (f *field) merged(source, target tenon.OrgID) tenon.OperationID {
	f.t.Helper()
	p, err := f.m.Plan(ctx, admin, []tenon.OrgID{source}, target, tenon.Choices{})
	f.must(err)
	op, err := f.m.Run(ctx, admin, p)
	f.must(err)
	return op.ID
}

func (f *field) undo(op tenon.OperationID) func() error {
	return func() error { _, err := f.m.Undo(ctx, admin, op); return err }
}

func (f *field) remove(org tenon.OrgID) func() error {
	f.t.Helper()
	p, err := f.tr.PlanDelete(ctx, admin, []tenon.OrgID{org})
	f.must(err)
	return func() error { _, err := f.tr.Run(ctx, admin, p); return err }
}

// together starts the acts at one moment. Each ends well or is refused in
// words; it tells which ended well.
func (f *field) together(acts ...func() error) []bool {
	f.t.Helper()
	start, errs := make(chan struct{}), make([]error, len(acts))
	var wg sync.WaitGroup
	for i, act := range acts {
		wg.Go(func() {
			<-start
			errs[i] = act()
		})
	}
	close(start)
	wg.Wait()
	done := make([]bool, len(acts))
	for i, err := range errs {
		if done[i] = err == nil; !done[i] {
			f.refused(i, err)
		}
	}
	return done
}

// refused wants words that say what happened and who was faster.
func (f *field) refused(act int, err error) {
	f.t.Helper()
	switch code := tenon.CodeOf(err); code {
	case tenon.Conflict, tenon.Stale, tenon.NotFound, tenon.Forbidden:
		if !strings.HasSuffix(tenon.MessageOf(err), ".") {
			f.t.Errorf("act %d: %q is no sentence", act, tenon.MessageOf(err))
		}
	default:
		f.t.Errorf("act %d broke (%s): %v", act, code, err)
	}
}

func count(done []bool) (n int) {
	for _, d := range done {
		if d {
			n++
		}
	}
	return n
}

// owner is who owns the organization's home binder.
func (f *field) owner(id tenon.OrgID) (owner tenon.OrgID) {
	f.t.Helper()
	f.must(f.st.Read(ctx, func(tx *store.Tx) (err error) {
		owner, err = tx.Owner(id.Home())
		return err
	}))
	return owner
}

func (f *field) state(id tenon.OrgID) (s tenon.OrgState) {
	f.t.Helper()
	f.must(f.st.Read(ctx, func(tx *store.Tx) error {
		o, err := tx.GetOrganization(admin, id)
		if err == nil {
			s = o.State
		}
		return err
	}))
	return s
}

// person makes an editor who reaches nothing yet.
func (f *field) person(name string) (v tenon.Viewer) {
	f.t.Helper()
	role, mail := tenon.Editor, name+"@msp.example"
	u, err := f.c.CreateUser(ctx, admin, core.UserChange{Name: &name, Email: &mail, Role: &role})
	f.must(err)
	f.must(f.st.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.LoadViewer(u.ID)
		return err
	}))
	return v
}

// waits looks on until PostgreSQL says that somebody waits for a lock. The
// embedded database has one writer, and nobody to ask.
func (f *field) waits(act <-chan error) {
	f.t.Helper()
	pool, ok := f.st.Raw().(*pgxpool.Pool)
	if !ok {
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		var n int
		f.must(pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n))
		if n > 0 {
			return
		}
		select {
		case err := <-act:
			f.t.Fatalf("it did not wait: %v", err)
		case <-tick.C:
		}
	}
}

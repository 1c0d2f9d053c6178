package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var admin = tenon.Viewer{Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "bench"}

// world is the data of the figures: one organization with a million items in
// one binder, one with a hundred, and ones that own 5 and 20 binders.
type world struct {
	st           *store.Store
	c            *core.Core
	m            *merge.Engine
	big, small   tenon.OrgID
	target       tenon.OrgID
	five, twenty tenon.OrgID
}

const million = 1_000_000

func open(b *testing.B, engine string) *world {
	b.Helper()
	o := storetest.Options(b, engine, storetest.NewClock())
	o.Now = time.Now
	st := storetest.OpenWith(b, o)
	c := core.New(core.Options{Store: st})
	w := &world{st: st, c: c, m: merge.New(c, nil)}
	w.big, w.small, w.target = w.org(b, "Big"), w.org(b, "Small"), w.org(b, "Target")
	fill(b, st, w.big, million)
	fill(b, st, w.small, 100)
	fill(b, st, w.target, 1000)
	w.five, w.twenty = w.several(b, 5), w.several(b, 20)
	if engine == "sqlite" {
		storetest.Exec(b, st, `ANALYZE`)
	} else {
		storetest.Exec(b, st, `ANALYZE`)
	}
	return w
}

func (w *world) org(b *testing.B, name string) tenon.OrgID {
	b.Helper()
	o, err := w.c.CreateOrganization(context.Background(), admin, core.OrganizationChange{Values: tenon.Values{"name": name}})
	if err != nil {
		b.Fatal(err)
	}
	return o.ID
}

// several makes an organization that owns n binders of 5,000 items each.
func (w *world) several(b *testing.B, n int) tenon.OrgID {
	b.Helper()
	into := w.org(b, fmt.Sprintf("Owner of %d", n))
	fill(b, w.st, into, 5000)
	for i := 1; i < n; i++ {
		s := w.org(b, fmt.Sprintf("Part %d of %d", i, n))
		fill(b, w.st, s, 5000)
		w.merge(b, s, into)
	}
	return into
}

func (w *world) merge(b *testing.B, source, target tenon.OrgID) *tenon.Operation {
	b.Helper()
	p, err := w.m.Plan(context.Background(), admin, []tenon.OrgID{source}, target, tenon.Choices{})
	if err != nil {
		b.Fatal(err)
	}
	op, err := w.m.Run(context.Background(), admin, p)
	if err != nil {
		b.Fatal(err)
	}
	return op
}

// fill files n items of four kinds in one binder, past the store: the rows and
// their look-up keys, as the store writes them.
func fill(b *testing.B, st *store.Store, org tenon.OrgID, n int) {
	b.Helper()
	const chunk = 100_000
	for from := 0; from < n; from += chunk {
		to := min(from+chunk, n)
		var ids []int64
		err := st.Write(context.Background(), func(tx *store.Tx) (err error) {
			ids, err = tx.NewIDs(to - from)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		first := ids[0]
		series := fmt.Sprintf(`WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < %d) `, to-from-1)
		storetest.Exec(b, st, series+fmt.Sprintf(`INSERT INTO items (id, binder_id, kind, name, name_key, type_id, status, fields, in_binder_since, created_at, updated_at)
			SELECT %d + i, %d, CASE WHEN i %% 10 < 6 THEN 1 WHEN i %% 10 < 8 THEN 2 WHEN i %% 10 = 8 THEN 4 ELSE 6 END,
			'item ' || ((i * 7919) %% 1000003), 'item ' || ((i * 7919) %% 1000003), CASE WHEN i %% 10 < 6 THEN 90 + i %% 7 END,
			CASE WHEN i %% 10 < 6 THEN CAST(80 + i %% 3 AS TEXT) END,
			'{"name":"item","notes":"as the record of an ordinary machine has them","serial_number":"SN' || (%d + i) || '"}', %d, %d, %d + i FROM s`,
			first, org, first, 1, 1, 1_000_000))
		storetest.Exec(b, st, series+fmt.Sprintf(`INSERT INTO record_keys (record_id, field, key) SELECT %d + i, 'serial_number', 'sn' || (%d + i) FROM s WHERE i %% 10 < 6`, first, first))
	}
}

// figure is a set of measured times.
type figure []time.Duration

func (f *figure) time(fn func()) {
	start := time.Now()
	fn()
	*f = append(*f, time.Since(start))
}

// at returns the p-th percentile in milliseconds.
func (f figure) at(p int) float64 {
	s := slices.Clone(f)
	slices.Sort(s)
	return float64(s[min(len(s)-1, len(s)*p/100)].Microseconds()) / 1000
}

// BenchmarkMillion measures on one world of more than a million items: lists
// first, then merges, and last the bare statement that moves the rows.
func BenchmarkMillion(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			w := open(b, engine)
			lists(b, engine, w)
			merges(b, engine, w)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// merges compares merging and undoing an organization with a million items to
// one with a hundred, and to the bare statement that moves the rows.
func merges(b *testing.B, engine string, w *world) {
	b.Helper()
	ctx := context.Background()
	times := map[string]*[3]figure{"100": {}, "1000000": {}}
	for range 25 {
		for name, source := range map[string]tenon.OrgID{"100": w.small, "1000000": w.big} {
			t := times[name]
			var p *tenon.Plan
			var op *tenon.Operation
			var err error
			t[0].time(func() { p, err = w.m.Plan(ctx, admin, []tenon.OrgID{source}, w.target, tenon.Choices{}) })
			check(b, err)
			if p.Counts["items"] != map[string]int64{"100": 100, "1000000": million}[name] {
				b.Fatalf("the plan counts %v", p.Counts)
			}
			t[1].time(func() { op, err = w.m.Run(ctx, admin, p) })
			check(b, err)
			t[2].time(func() { _, err = w.m.Undo(ctx, admin, op.ID) })
			check(b, err)
		}
	}
	var bare figure
	bare.time(func() {
		storetest.Exec(b, w.st, fmt.Sprintf(`UPDATE items SET binder_id = %d WHERE binder_id = %d`, w.target, w.big))
	})
	for i, what := range []string{"plan", "merge", "undo"} {
		few, many := times["100"][i], times["1000000"][i]
		b.ReportMetric(few.at(50), what+"-100-ms")
		b.ReportMetric(many.at(50), what+"-1M-ms")
		b.ReportMetric(many.at(50)/few.at(50), what+"-ratio")
		b.Logf("%-10s %-5s  100 items: median %7.2f ms, p95 %7.2f   1,000,000 items: median %7.2f ms, p95 %7.2f   ratio %.2f",
			engine, what, few.at(50), few.at(95), many.at(50), many.at(95), many.at(50)/few.at(50))
	}
	b.ReportMetric(bare.at(50), "bare-move-1M-ms")
	b.Logf("%-10s the bare UPDATE that moves the 1,000,000 rows: %.0f ms", engine, bare.at(50))
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// lists times pages of 50 items, sorted and filtered, of organizations that own
// 1, 5 and 20 binders.
func lists(b *testing.B, engine string, w *world) {
	b.Helper()
	archived := false
	queries := map[string]store.ItemQuery{
		"by name":            {Kind: tenon.Configuration},
		"by name, backwards": {Kind: tenon.Configuration, Page: tenon.Page{Sort: "-name"}},
		"by change":          {Kind: tenon.Configuration, Page: tenon.Page{Sort: "-updated"}},
		"by id":              {Kind: tenon.Configuration, Page: tenon.Page{Sort: "id"}},
		"one type":           {Kind: tenon.Configuration, Type: 93},
		"one status":         {Kind: tenon.Configuration, Status: "81"},
		"type and status":    {Kind: tenon.Configuration, Type: 93, Status: "81"},
		"not archived":       {Kind: tenon.Configuration, Archived: &archived},
		"name starts":        {Kind: tenon.Configuration, Search: "item 9"},
		"recent, all kinds":  {},
	}
	worst := 0.0
	owners := map[int]tenon.OrgID{1: w.big, 5: w.five, 20: w.twenty}
	for _, k := range []int{1, 5, 20} {
		slowest, median, p95 := "", 0.0, 0.0
		for _, name := range slices.Sorted(maps.Keys(queries)) {
			q := queries[name]
			q.Org, q.Limit = owners[k], 50
			var f figure
			for range 60 {
				f.time(func() { w.list(b, q) })
			}
			if f.at(95) > p95 {
				slowest, median, p95 = name, f.at(50), f.at(95)
			}
		}
		worst = max(worst, p95)
		// A benchmark shows few lines of its log: one for each number of binders.
		b.Logf("%-10s %2d binders: the slowest of %d lists of 50 is by %q: median %.2f ms, p95 %.2f", engine, k, len(queries), slowest, median, p95)
	}
	b.ReportMetric(worst, "worst-p95-ms")
}

func (w *world) list(b *testing.B, q store.ItemQuery) {
	b.Helper()
	err := w.st.Read(context.Background(), func(tx *store.Tx) error {
		page, next, err := tx.ListItems(admin, q)
		if err == nil && len(page) != 50 {
			b.Fatalf("a page of %d", len(page))
		}
		if err != nil || next == "" {
			return err
		}
		return nil
	})
	check(b, err)
}

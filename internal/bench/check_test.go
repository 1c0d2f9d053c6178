package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	prover "github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// BenchmarkCheckOrganizations proves the invariants of 60,000 organizations.
func BenchmarkCheckOrganizations(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			st := openBare(b, engine)
			organizations(b, core.New(core.Options{Store: st}), 60_000)
			storetest.Exec(b, st, `ANALYZE`)
			prove(b, st, "60000-organizations", prover.Options{})
			prove(b, st, "60000-organizations-deep", prover.Options{Deep: true})
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkCheckItems proves the invariants of a million items, by samples and whole.
func BenchmarkCheckItems(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			st := openBare(b, engine)
			w := &world{st: st, c: core.New(core.Options{Store: st})}
			w.big = w.org(b, "Big")
			fill(b, st, w.big, million)
			index(b, st)
			storetest.Exec(b, st, `ANALYZE`)
			prove(b, st, "1M-items", prover.Options{})
			prove(b, st, "1M-items-deep", prover.Options{Deep: true})
			b.ReportMetric(0, "ns/op")
		})
	}
}

func openBare(b *testing.B, engine string) *store.Store {
	b.Helper()
	o := storetest.Options(b, engine, storetest.NewClock())
	o.Now = time.Now
	return storetest.OpenWith(b, o)
}

func prove(b *testing.B, st *store.Store, name string, o prover.Options) {
	b.Helper()
	start := time.Now()
	found, err := prover.Run(context.Background(), st, o)
	check(b, err)
	took := time.Since(start)
	if len(found) > 0 {
		b.Errorf("%s: %d violations, such as %s", name, len(found), found[0])
	}
	b.ReportMetric(took.Seconds(), name+"-s")
	b.Logf("%-10s %s: %.1f s", st.Engine(), name, took.Seconds())
}

// organizations makes n of them, of the size of an ordinary client's record.
func organizations(b *testing.B, c *core.Core, n int) {
	b.Helper()
	for from := 0; from < n; from += 1000 {
		in := make([]core.OrganizationChange, min(1000, n-from))
		for i := range in {
			in[i].Values = tenon.Values{"name": fmt.Sprintf("Centre Élan %d", from+i), "short_name": fmt.Sprintf("C%d", (from+i)%977),
				"quick_notes": "Key at the desk, ask for the manager", "description": "one of many sites in the register"}
		}
		check(b, c.Store().Write(context.Background(), func(tx *store.Tx) error {
			_, _, err := c.CreateOrganizationsIn(tx, admin, in)
			return err
		}))
	}
}

// index writes what belongs to the items that fill has filed: their event, and
// their search entry as the store writes it.
func index(b *testing.B, st *store.Store) {
	b.Helper()
	storetest.Exec(b, st, `INSERT INTO activity (id, at, action, subject, subject_id, name, binder_id, user_id, user_name, face)
		SELECT 1000000000 + id, 1, 'create', 'item', id, name, binder_id, 1, '', '' FROM items`)
	storetest.Exec(b, st, `UPDATE items SET fields = REPLACE(fields, '"name":"item"', '"name":"' || name || '"')`)
	entry := `'as the record of an ordinary machine has them sn' || id`
	into := `INSERT INTO search (rowid, name, body, scope) SELECT id, name, ` + entry + `, 'b' || binder_id FROM items`
	if st.Engine() != "sqlite" {
		into = `INSERT INTO search (id, words) SELECT id, setweight(to_tsvector('simple', name), 'A') || to_tsvector('simple', ` + entry + `) || array_to_tsvector(ARRAY['binder:' || binder_id]) FROM items`
	}
	storetest.Exec(b, st, into)
}

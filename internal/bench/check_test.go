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

// BenchmarkCheckItems proves the invariants of 100,000 items, by samples and whole.
func BenchmarkCheckItems(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			st := openBare(b, engine)
			w := &world{st: st, c: core.New(core.Options{Store: st})}
			items(b, w.c, w.org(b, "Big"), 100_000)
			storetest.Exec(b, st, `ANALYZE`)
			prove(b, st, "100k-items", prover.Options{})
			prove(b, st, "100k-items-deep", prover.Options{Deep: true})
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

// items makes n of them in one organization, each with all that the core writes
// beside the row: revision, event, keys, search entry.
func items(b *testing.B, c *core.Core, org tenon.OrgID, n int) {
	b.Helper()
	for from := 0; from < n; from += 1000 {
		check(b, c.Store().Write(context.Background(), func(tx *store.Tx) error {
			for i := from; i < min(from+1000, n); i++ {
				in := core.ItemChange{Values: tenon.Values{"name": fmt.Sprintf("PC %d", i), "serial_number": fmt.Sprintf("SN%08d", i),
					"notes": "as the record of an ordinary machine has them"}}
				if _, err := c.CreateItemIn(tx, admin, tenon.Configuration, org, in); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

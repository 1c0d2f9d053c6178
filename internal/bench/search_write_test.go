package bench

import (
	"context"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// BenchmarkSearchOnWrite measures what the search index costs those who write:
// the same records into a database with it, and into one in which the words are
// only put down.
func BenchmarkSearchOnWrite(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			with, without := writeWorld(b, engine), writeWorld(b, engine)
			storetest.Exec(b, without.st, map[string]string{
				"sqlite":     `DROP TABLE search_words; DROP TABLE search; CREATE TABLE search (words TEXT); CREATE TRIGGER waits_on AFTER INSERT ON search_waiting BEGIN DELETE FROM search_waiting; END`,
				"postgresql": `DROP INDEX search_words`,
			}[engine])
			l := newLexicon()
			const records = 1500
			var indexed, bare figure
			for range records {
				kind, v := l.item("Harbour Line Freight")
				indexed.time(func() { with.add(b, kind, v) })
				bare.time(func() { without.add(b, kind, v) })
			}
			b.ReportMetric(indexed.at(50)*1000, "us-with")
			b.ReportMetric(bare.at(50)*1000, "us-without")
			b.ReportMetric(0, "ns/op")
			b.Logf("%-10s a record is added in %.2f ms (p95 %.2f), without the index in %.2f (p95 %.2f)", engine, indexed.at(50), indexed.at(95), bare.at(50), bare.at(95))
		})
	}
}

// written is a database with one organization that is written to.
type written struct {
	st  *store.Store
	c   *core.Core
	org tenon.OrgID
}

func writeWorld(b *testing.B, engine string) *written {
	b.Helper()
	o := storetest.Options(b, engine, storetest.NewClock())
	o.Now = time.Now
	w := &written{st: storetest.OpenWith(b, o)}
	w.c = core.New(core.Options{Store: w.st})
	org, err := w.c.CreateOrganization(context.Background(), admin, core.OrganizationChange{Values: tenon.Values{"name": "Harbour Line Freight"}})
	check(b, err)
	w.org = org.ID
	return w
}

func (w *written) add(b *testing.B, kind tenon.Kind, v tenon.Values) {
	b.Helper()
	_, err := w.c.CreateItem(context.Background(), admin, kind, w.org, core.ItemChange{Values: v})
	check(b, err)
}

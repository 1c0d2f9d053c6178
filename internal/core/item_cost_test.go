package core_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestPagesCostTheSameWhateverTheirSize proves that nothing is loaded row by row.
func TestPagesCostTheSameWhateverTheirSize(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var statements atomic.Int64
			o := storetest.Options(t, engine, storetest.NewClock())
			o.OnStatement = func(string) error { statements.Add(1); return nil }
			st := storetest.OpenWith(t, o)
			keys, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
			if err != nil {
				t.Fatal(err)
			}
			h := &house{Core: core.New(core.Options{Store: st, Keys: keys}), t: t, st: st}
			acme := h.org("Acme")
			v := h.user("ann", tenon.Editor, acme)
			srv := h.named(tenon.Configuration, acme, "srv")
			cost := func(fn func() error) int64 {
				t.Helper()
				before := statements.Load()
				h.must(fn())
				return statements.Load() - before
			}
			reads := map[string]func() error{
				"passwords": func() error {
					return secondOf3(h.Items(ctx, v, store.ItemQuery{Kind: tenon.Password, Org: acme}))
				},
				"members":   func() error { return secondOf3(h.Members(ctx, v, acme, tenon.Page{})) },
				"relations": func() error { return second(h.Relations(ctx, v, srv.ID)) },
				"memberships": func() error {
					return second(h.Memberships(ctx, v, h.file(tenon.Contact, acme, tenon.Values{"first_name": "x"}).ID))
				},
			}
			few := map[string]int64{}
			for round, n := range []int{2, 20} {
				for i := range n {
					pw, err := h.CreateItem(ctx, admin, tenon.Password, 0, core.ItemChange{Values: tenon.Values{"name": fmt.Sprint("pw", round, i), "resource_id": int64(srv.ID)},
						Secrets: map[string]*secret.Text{"password": text("x")}})
					h.must(err)
					_, err = h.Relate(ctx, admin, pw.ID, srv.ID, 0, "")
					h.must(err)
					h.file(tenon.Contact, acme, tenon.Values{"first_name": fmt.Sprint("C", i)})
				}
				for name, read := range reads {
					got := cost(read)
					if round == 0 {
						few[name] = got
					} else if got != few[name] {
						t.Errorf("%s: %d statements for few, %d for many", name, few[name], got)
					}
				}
			}
			all := cost(func() error {
				return second(h.CreateItem(ctx, admin, tenon.Configuration, acme, core.ItemChange{Values: tenon.Values{"name": "new", "serial_number": "1", "hostname": "h"}}))
			})
			if all > 12 {
				t.Errorf("filing one configuration takes %d statements", all)
			}
			t.Logf("filing one configuration: %d statements", all)
		})
	}
}

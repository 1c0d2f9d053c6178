package demo_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var today = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func newCore(t *testing.T, st *store.Store) (*core.Core, *secret.Ring, *blob.Dir) {
	t.Helper()
	keys, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	return core.New(core.Options{Store: st, Keys: keys, Blobs: files}), keys, files
}

// TestDemo makes a small demo twice, on each database: the numbers are as asked for, the
// data is whole, and a second demo stands beside the first.
func TestDemo(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		c, keys, files := newCore(t, st)
		v, err := c.CommandLineViewer(ctx, "tester", "")
		if err != nil {
			t.Fatal(err)
		}
		last := int64(0)
		r, err := demo.Run(ctx, c, v, demo.Options{Organizations: 60, Items: 301, Seed: 7, Now: today, Progress: func(n int64) { last = n }})
		if err != nil {
			t.Fatal(err)
		}
		if r.Organizations != 60 || r.Items != 301 || r.Duplicates != 3 || last != 361 || r.Users == 0 {
			t.Errorf("made %+v, progress %d", r, last)
		}
		again, err := demo.Run(ctx, c, v, demo.Options{Organizations: 20, Items: 50, Seed: 8, Now: today})
		if err != nil {
			t.Fatal(err)
		}
		if again.Users != 0 {
			t.Errorf("the second demo made %d users again", again.Users)
		}
		var n int64
		items := map[tenon.Kind]int64{}
		err = st.Read(ctx, func(tx *store.Tx) (err error) {
			if n, err = tx.CountOrganizations(v, store.OrgQuery{}); err != nil {
				return err
			}
			binders, err := tx.SystemBindersOf(r.Truth[0].A)
			if err == nil {
				items, err = tx.CountItems(v, binders)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n != 80 || len(items) == 0 {
			t.Errorf("%d organizations, %v", n, items)
		}
		found, err := check.Run(ctx, st, check.Options{Keys: keys, Blobs: files, Deep: true})
		if err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
		if link, err := c.FirstLink(ctx); err != nil || link.IsZero() {
			t.Errorf("the demo has taken the first administrator's place: %v", err)
		}
	})
}

// TestDemoIsDeterministic compares the names that two runs of one seed, and one
// of another, have made.
func TestDemoIsDeterministic(t *testing.T) {
	t.Parallel()
	names := func(seed uint64) string {
		st := storetest.Open(t, "sqlite", storetest.NewClock())
		c, _, _ := newCore(t, st)
		v, err := c.CommandLineViewer(context.Background(), "tester", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := demo.Run(context.Background(), c, v, demo.Options{Organizations: 30, Items: 60, Seed: seed, Now: today}); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		items, _, err := c.Items(context.Background(), v, store.ItemQuery{Page: tenon.Page{Limit: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			b.WriteString(i.OrgName + ": " + i.Name + " " + i.Values.JSON() + "\n")
		}
		return b.String()
	}
	one := names(1)
	if two := names(1); one != two {
		t.Error("two runs of one seed differ")
	}
	if one == names(2) {
		t.Error("another seed makes the same")
	}
}

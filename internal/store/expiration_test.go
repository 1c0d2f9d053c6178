package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestPlansOfExpirations holds that the list of what ends walks an index in
// the order of the dates, over everything and over one organization, and that
// one of many organizations does not cost more than its own. With
// TENON_TEST_LONG it says what a page takes with 200,000 items.
func TestPlansOfExpirations(t *testing.T) {
	t.Parallel()
	size := 20_000
	if os.Getenv("TENON_TEST_LONG") != "" {
		size = 200_000
	}
	queries := []struct {
		name, index string
		q           store.ExpirationQuery
	}{
		{"all", "expirations_by_date", store.ExpirationQuery{}},
		{"backwards", "expirations_by_date", store.ExpirationQuery{Page: tenon.Page{Sort: "-date"}}},
		{"window", "expirations_by_date", store.ExpirationQuery{From: "2027-10-01", To: "2027-10-20"}},
		{"one kind", "expirations_by_kind", store.ExpirationQuery{Kinds: []tenon.Kind{tenon.Contact}, From: "2027-01-01"}},
		{"one organization", "expirations_by_binder", store.ExpirationQuery{Org: 1}},
	}
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		small := newOrg(t, st, "Small")
		fillBinder(t, st, newOrg(t, st, "Large"), size)
		fillBinder(t, st, small, 50)
		storetest.Exec(t, st, `INSERT INTO expirations (id, item_id, field, binder_id, kind, expires_on)
			SELECT 10000000 + i.id, i.id, 'warranty_expires_at', i.binder_id, i.kind, CAST(2024 + i.id % 6 AS TEXT) || '-' || CAST(10 + i.id % 3 AS TEXT) || '-' || CAST(10 + i.id % 18 AS TEXT) FROM items i`)
		storetest.Exec(t, st, `ANALYZE`)
		v := tenon.Viewer{User: 7, Role: tenon.Editor, Everywhere: true}
		for _, x := range queries {
			if x.q.Org != 0 {
				x.q.Org = small
			}
			err := st.Read(context.Background(), func(tx *store.Tx) error {
				plan, err := tx.ExplainExpirations(v, x.q)
				if err != nil {
					return err
				}
				if !strings.Contains(plan, x.index) || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan on items") {
					t.Errorf("%s: %s does not walk %s in order:\n%s", st.Engine(), x.name, x.index, plan)
				}
				began := time.Now()
				page, _, err := tx.ListExpirations(v, x.q)
				t.Logf("%s, %d items, %s: %d rows in %s", st.Engine(), size, x.name, len(page), time.Since(began).Round(10*time.Microsecond))
				return err
			})
			if err != nil {
				t.Fatal(fmt.Errorf("%s: %w", x.name, err))
			}
		}
	})
}

// TestExpirationsOfOldData takes the step of the schema again over data that
// has no dates beside its items yet: what comes of it is what a save writes.
func TestExpirationsOfOldData(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			o := storetest.Options(t, engine, storetest.NewClock())
			old, err := store.Open(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			home := newOrg(t, old, "Acme").Home()
			newItem(t, old, home, tenon.Configuration, "srv", tenon.Values{"name": "srv", "warranty_expires_at": "2026-12-01", "purchased_at": "2020-12-01"})
			newItem(t, old, home, tenon.Domain, "acme.example", tenon.Values{"name": "acme.example", "expires_on": "2026-11-01"})
			storetest.Exec(t, old, `INSERT INTO flexible_asset_types (id, name, name_key, created_at, updated_at) VALUES (900, 'Licence', 'licence', 0, 0)`)
			storetest.Exec(t, old, `INSERT INTO flexible_asset_fields (id, type_id, position, name, name_key, kind, expiration, created_at, updated_at)
				VALUES (901, 900, 0, 'Ends', 'ends', 'Date', TRUE, 0, 0), (902, 900, 1, 'Bought', 'bought', 'Date', FALSE, 0, 0)`)
			newItem(t, old, home, tenon.FlexibleAsset, "Office", tenon.Values{"flexible_asset_type_id": int64(900),
				"traits": map[string]any{"ends": "2027-01-01", "bought": "2020-01-01", "about": "ab-cd-efgh"}})
			want := expirationRows(t, old)
			for _, text := range []string{`DROP TABLE reminders_sent`, `DROP TABLE reminder_choices`, `DROP TABLE expirations`,
				`DELETE FROM schema_migrations WHERE name IN ('0601_expirations', '0603_reminders')`} {
				storetest.Exec(t, old, text)
			}
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			st := storetest.OpenWith(t, o)
			if got := expirationRows(t, st); len(got) != 4 || strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("the step made\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if ids := texts(t, st, `SELECT count(DISTINCT x.id) FROM expirations x WHERE x.id NOT IN (SELECT id FROM items)`); ids[0] != "4" {
				t.Errorf("%s ids of their own, want 4", ids[0])
			}
			newItem(t, st, home, tenon.Domain, "other.example", tenon.Values{"name": "other.example", "expires_on": "2026-11-01"})
		})
	}
}

func expirationRows(t *testing.T, st *store.Store) []string {
	t.Helper()
	return texts(t, st, `SELECT item_id, field, binder_id, kind, COALESCE(type_id, 0), expires_on, CASE WHEN marked THEN 1 ELSE 0 END FROM expirations ORDER BY item_id, field`)
}

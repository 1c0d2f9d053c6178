package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestPlansOfLists holds how both engines carry out the lists that everything
// stands on: an index walked in order, never a sort of the whole organization.
// The sizes are small here and a million under TENON_TEST_LONG.
func TestPlansOfLists(t *testing.T) {
	t.Parallel()
	size := 9000
	if os.Getenv("TENON_TEST_LONG") != "" {
		size = 1_000_000
	}
	archived := false
	queries := []struct {
		name  string
		q     store.ItemQuery
		index string
	}{
		{"name", store.ItemQuery{Kind: tenon.Configuration}, "items_by_name"},
		{"name backwards", store.ItemQuery{Kind: tenon.Configuration, Page: tenon.Page{Sort: "-name"}}, "items_by_name"},
		{"change", store.ItemQuery{Kind: tenon.Configuration, Page: tenon.Page{Sort: "-updated"}}, "items_by_update"},
		{"id", store.ItemQuery{Kind: tenon.Configuration, Page: tenon.Page{Sort: "id"}}, "items_by_id"},
		{"type", store.ItemQuery{Kind: tenon.Configuration, Type: 93}, "items_by_type"},
		{"status", store.ItemQuery{Kind: tenon.Configuration, Status: "81"}, "items_by_status"},
		{"archived", store.ItemQuery{Kind: tenon.Configuration, Archived: &archived}, "items_by_name"},
		{"recent", store.ItemQuery{}, "items_recent"},
	}
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		owners := binderWorld(t, st, size)
		technician := tenon.Viewer{User: 7, Role: tenon.Editor, Everywhere: true}
		for k, org := range owners {
			for _, x := range queries {
				x.q.Org = org
				name := fmt.Sprintf("%d binders by %s", k, x.name)
				err := st.Read(context.Background(), func(tx *store.Tx) error {
					_, plan, err := tx.ExplainItems(technician, x.q)
					if err == nil {
						holdPlan(t, st.Engine(), name, plan, x.index, k)
					}
					return err
				})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		err := st.Read(context.Background(), func(tx *store.Tx) error {
			for k, org := range owners {
				b, err := tx.SystemBindersOf(org)
				if err != nil {
					return err
				}
				plan, err := tx.ExplainCount(b)
				if err != nil {
					return err
				}
				covering := map[string]string{"sqlite": "COVERING INDEX items_by_id", "postgresql": "Index Only Scan"}[st.Engine()]
				if !strings.Contains(plan, covering) {
					t.Errorf("the count over %d binders does not read the index alone:\n%s", k, plan)
				}
			}
			_, plan, err := tx.ExplainItems(technician, store.ItemQuery{Kind: tenon.Configuration, Match: []store.KeyMatch{{Field: "serial_number", Keys: []string{"sn77"}}}})
			if err == nil && (strings.Contains(plan, "Seq Scan on items") || strings.Contains(plan, "SCAN i")) {
				t.Errorf("looking up a serial number reads every item:\n%s", plan)
			}
			if err != nil {
				return err
			}
			plan, err = tx.ExplainItemSlice(technician, store.ItemSlice{Kind: tenon.Configuration, Slice: store.Slice{Sort: []store.SortKey{{Field: "name"}}, Skip: 1000, Limit: 50}})
			if err != nil {
				return err
			}
			alone := map[string]string{"sqlite": "COVERING INDEX items_all_by_name", "postgresql": "items_all_by_name"}[st.Engine()]
			if !strings.Contains(plan, alone) || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("a page far into all items by name does not read the index alone:\n%s", plan)
			}
			return holdOwnerPlan(t, tx, technician)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// holdOwnerPlan refuses plans of the order by organization that sort the kind.
func holdOwnerPlan(t *testing.T, tx *store.Tx, v tenon.Viewer) error {
	t.Helper()
	for _, sort := range []string{"organization", "-organization"} {
		_, plan, err := tx.ExplainItems(v, store.ItemQuery{Kind: tenon.Configuration, Page: tenon.Page{Sort: sort}})
		if err != nil {
			return err
		}
		sqlite := strings.Contains(plan, "INDEX organizations_live_names") && strings.Contains(plan, "items_by_name (binder_id=?") && strings.Contains(plan, "FOR LAST 2 TERMS")
		postgres := strings.Contains(plan, "Incremental Sort") && strings.Contains(plan, "using organizations_name") && !strings.Contains(plan, "Seq Scan on items")
		if !sqlite && !postgres {
			t.Errorf("the order by %s sorts every item:\n%s", sort, plan)
		}
	}
	return nil
}

// holdPlan refuses plans that were measured to be hundreds of times slower.
func holdPlan(t *testing.T, engine, name, plan, index string, k int) {
	t.Helper()
	bad := ""
	switch engine {
	case "sqlite":
		// Over several binders a sorter of one page stands above the walks; a
		// scan of the table, or another index, must not.
		if !strings.Contains(plan, "USING INDEX "+index+" (binder_id=?") || strings.Contains(plan, "SCAN i") {
			bad = "does not search " + index
		}
		if k == 1 && strings.Contains(plan, "TEMP B-TREE") {
			bad = "sorts"
		}
	default:
		if strings.Contains(plan, "Seq Scan on items") {
			bad = "reads every item"
		}
		if k == 1 && strings.Contains(plan, "Sort") {
			bad = "sorts"
		}
		if k > 1 && k <= 32 && !strings.Contains(plan, "Merge Append") {
			bad = "does not merge ordered ranges"
		}
		// With kinds as evenly spread as here, the index over all of them costs the same.
		if !strings.Contains(plan, index) && !(index == "items_by_update" && strings.Contains(plan, "items_recent")) {
			bad = "does not use " + index
		}
	}
	if bad != "" {
		t.Errorf("%s: %s %s:\n%s", engine, name, bad, plan)
	}
}

// binderWorld makes owners of 1, 2, 20 and 100 binders, one of them large.
func binderWorld(t *testing.T, st *store.Store, size int) map[int]tenon.OrgID {
	t.Helper()
	owners := map[int]tenon.OrgID{}
	for _, k := range []int{1, 2, 20, 100} {
		into := newOrg(t, st, fmt.Sprintf("Owner of %d", k))
		owners[k] = into
		fillBinder(t, st, into, size*2/5/4)
		var parts []tenon.OrgID
		for range k - 1 {
			s := newOrg(t, st, "Part")
			fillBinder(t, st, s, max(size/400, 10))
			parts = append(parts, s)
		}
		err := st.Write(context.Background(), func(tx *store.Tx) error {
			n, err := tx.NewID()
			if err != nil {
				return err
			}
			op := &tenon.Operation{ID: tenon.OperationID(n), Kind: "merge", State: tenon.Finished}
			if err := tx.InsertOperation(op, nil); err != nil {
				return err
			}
			for _, s := range parts {
				if err := tx.HandOver(op.ID, []tenon.BinderID{s.Home()}, s, into); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	storetest.Exec(t, st, `ANALYZE`)
	return owners
}

// fillBinder loads n configurations past the store.
func fillBinder(t *testing.T, st *store.Store, org tenon.OrgID, n int) {
	t.Helper()
	var first int64
	err := st.Write(context.Background(), func(tx *store.Tx) error {
		ids, err := tx.NewIDs(n)
		if err == nil {
			first = ids[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	series := fmt.Sprintf(`WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < %d) `, n-1)
	storetest.Exec(t, st, series+fmt.Sprintf(`INSERT INTO items (id, binder_id, kind, name, name_key, type_id, status, fields, in_binder_since, created_at, updated_at)
		SELECT %d + i, %d, CASE WHEN i %% 5 = 4 THEN 2 ELSE 1 END, 'item ' || ((i * 7919) %% 1000003), 'item ' || ((i * 7919) %% 1000003), 90 + i %% 7,
		CAST(80 + i %% 3 AS TEXT), '{"name":"item"}', 1, 1, %d + i FROM s`, first, org, 1_000_000))
	storetest.Exec(t, st, series+fmt.Sprintf(`INSERT INTO record_keys (record_id, field, key) SELECT %d + i, 'serial_number', 'sn' || (%d + i) FROM s`, first, first))
}

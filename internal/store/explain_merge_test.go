package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestPlansOfMerges holds how both engines carry out what the plan of a merge
// asks, where nobody has told PostgreSQL anything yet about tables just filled:
// each arm of a statement goes to one table, by an index.
func TestPlansOfMerges(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		var parts []tenon.OrgID
		for n, size := range []int{1400, 9000} {
			org := newOrg(t, st, fmt.Sprint("Side ", n))
			fillBinder(t, st, org, size)
			parts = append(parts, org)
		}
		for _, told := range []bool{false, true} {
			if told {
				storetest.Exec(t, st, `ANALYZE`)
			}
			for _, binders := range [][]tenon.BinderID{{parts[1].Home()}, {parts[1].Home(), 77, 78}} {
				for _, v := range []tenon.Viewer{{Role: tenon.Administrator, Everywhere: true}, {User: 7, Role: tenon.Editor, Denied: []tenon.Kind{tenon.Password}}} {
					plans, twins := explainTwins(t, st, v, parts[0].Home(), binders, 10)
					if len(plans) != 4 {
						t.Errorf("%d statements compare two sides, want 4", len(plans))
					}
					if twins != 20 {
						t.Errorf("%d twins, want 20: each suspect has a name that is on the other side too", twins)
					}
					all, twins := explainTwins(t, st, v, parts[0].Home(), binders, 5000)
					if len(all) != 4 || twins != 1400 {
						t.Errorf("%d statements find %d twins of 1400", len(all), twins)
					}
					for _, plan := range plans {
						for _, bad := range []string{"SCAN i ", "SCAN j ", "SCAN k ", "SCAN q ", "Seq Scan on items", "Seq Scan on record_keys", "Hash Join", "Merge Join", "(kind=?)", "(field=?)"} {
							if strings.Contains(plan+" ", bad) {
								t.Errorf("told %v, %d binders: %s in\n%.6000s", told, len(binders), bad, plan)
							}
						}
					}
				}
			}
		}
	})
}

// explainTwins compares two kinds of two sides, at most so many suspects of each,
// and returns how, and how many twins there are.
func explainTwins(t *testing.T, st *store.Store, v tenon.Viewer, small tenon.BinderID, large []tenon.BinderID, suspects int) (plans []string, twins int) {
	t.Helper()
	err := st.Read(context.Background(), func(tx *store.Tx) (err error) {
		plans, err = tx.ExplainEach(func() error {
			of := []store.Comparison{{Kind: tenon.Configuration, In: []tenon.BinderID{small, 79}, Other: large}, {Kind: tenon.Contact, In: []tenon.BinderID{small}, Other: large}}
			if err := tx.Suspects(v, of, suspects); err != nil {
				return err
			}
			found, err := tx.Twins(v, of, 2000)
			for _, pairs := range found {
				twins += len(pairs)
			}
			return err
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plans, twins
}

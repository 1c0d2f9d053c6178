package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// newOrg files an organization and returns its id.
func newOrg(t testing.TB, st *store.Store, name string) tenon.OrgID {
	t.Helper()
	var id tenon.OrgID
	err := st.Write(context.Background(), func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		id = tenon.OrgID(n)
		return tx.InsertOrganization(&tenon.Organization{ID: id, Name: name, Values: tenon.Values{"name": name}})
	})
	if err != nil {
		t.Fatalf("new organization %s: %v", name, err)
	}
	return id
}

func newItem(t testing.TB, st *store.Store, b tenon.BinderID, k tenon.Kind, name string, v tenon.Values) tenon.ItemID {
	t.Helper()
	var id tenon.ItemID
	err := st.Write(context.Background(), func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		id = tenon.ItemID(n)
		return tx.InsertItem(&tenon.Item{ID: id, BinderID: b, Kind: k, Name: name, Values: v})
	})
	if err != nil {
		t.Fatalf("new item %s: %v", name, err)
	}
	return id
}

func TestListsOverSeveralBinders(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		ctx := context.Background()
		sys := tenon.SystemViewer()
		var orgs []tenon.OrgID
		for i := range 41 {
			orgs = append(orgs, newOrg(t, st, fmt.Sprintf("Org %02d", i)))
		}
		for i := range 120 {
			newItem(t, st, orgs[i%40].Home(), tenon.Configuration, fmt.Sprintf("host-%03d", (i*7)%120), tenon.Values{"name": "x", "serial_number": fmt.Sprint("S", i)})
		}
		for _, k := range []int{1, 2, 3, 20, 40} {
			target := orgs[40]
			err := st.Write(ctx, func(tx *store.Tx) error {
				op := &tenon.Operation{Kind: "merge", State: tenon.Finished}
				n, err := tx.NewID()
				if err != nil {
					return err
				}
				op.ID = tenon.OperationID(n)
				if err := tx.InsertOperation(op, nil); err != nil {
					return err
				}
				for _, o := range orgs[:k] {
					owner, err := tx.Owner(o.Home())
					if err != nil {
						return err
					}
					if owner == target {
						continue
					}
					if err := tx.HandOver(op.ID, []tenon.BinderID{o.Home()}, o, target); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			var sizes int64
			err = st.Read(ctx, func(tx *store.Tx) error {
				cursor := ""
				for {
					items, next, err := tx.ListItems(sys, store.ItemQuery{Kind: tenon.Configuration, Org: target, Page: tenon.Page{Limit: 7, Cursor: cursor}})
					if err != nil {
						return err
					}
					for _, i := range items {
						names = append(names, i.Name)
						if i.OrgID != target {
							t.Errorf("item %s says owner %d", i.Name, i.OrgID)
						}
					}
					if cursor = next; next == "" {
						break
					}
				}
				bs, err := tx.Binders(sys, target)
				if err != nil {
					return err
				}
				counts, err := tx.CountItems(sys, bs)
				sizes = counts[tenon.Configuration]
				return err
			})
			if err != nil {
				t.Fatalf("k=%d: %v", k, err)
			}
			if len(names) != 3*k || sizes != int64(3*k) {
				t.Fatalf("k=%d: listed %d, counted %d, want %d", k, len(names), sizes, 3*k)
			}
			for i := 1; i < len(names); i++ {
				if names[i-1] > names[i] {
					t.Fatalf("k=%d: %s before %s", k, names[i-1], names[i])
				}
			}
		}
		err := st.Read(ctx, func(tx *store.Tx) error {
			found, _, err := tx.ListItems(sys, store.ItemQuery{Kind: tenon.Configuration, Match: []store.KeyMatch{{Field: "serial_number", Keys: []string{"s17"}}}})
			if err == nil && len(found) != 1 {
				t.Errorf("found %d by serial", len(found))
			}
			all, _, err2 := tx.ListItems(sys, store.ItemQuery{Kind: tenon.Configuration, Page: tenon.Page{Sort: "-updated", Limit: 1000}})
			if err2 == nil && len(all) != 120 {
				t.Errorf("global list has %d", len(all))
			}
			recent, _, err3 := tx.ListItems(sys, store.ItemQuery{Page: tenon.Page{Limit: 10}})
			if err3 == nil && len(recent) != 10 {
				t.Errorf("recent list has %d", len(recent))
			}
			for _, e := range []error{err, err2, err3} {
				if e != nil {
					return e
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

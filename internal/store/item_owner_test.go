package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// walk returns the names of a whole list, page by page.
func walk(tx *store.Tx, v tenon.Viewer, q store.ItemQuery) (names []string, err error) {
	for {
		page, next, err := tx.ListItems(v, q)
		if err != nil {
			return nil, err
		}
		for _, i := range page {
			names = append(names, i.OrgName+"/"+i.Name)
		}
		if next == "" {
			return names, nil
		}
		q.Cursor = next
	}
}

func TestListsByOwner(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		var want []string
		for i, org := range []string{"Aspen", "birch", "Cedar", "cedar", "Élan"} {
			id := newOrg(t, st, org)
			for n := range 7 {
				newItem(t, st, id.Home(), tenon.Contact, fmt.Sprintf("Person %d", (n*3+i)%7), tenon.Values{"first_name": "x"})
			}
			for n := range 7 {
				want = append(want, fmt.Sprintf("%s/Person %d", org, n))
			}
		}
		trashed := newOrg(t, st, "Dune")
		newItem(t, st, trashed.Home(), tenon.Contact, "Nobody", tenon.Values{"first_name": "x"})
		storetest.Exec(t, st, fmt.Sprintf(`UPDATE organizations SET state = 'trashed' WHERE id = %d`, trashed))
		err := st.Read(context.Background(), func(tx *store.Tx) error {
			for _, v := range []tenon.Viewer{tenon.SystemViewer(), {User: 7, Role: tenon.Editor, Everywhere: true}} {
				for sort, reversed := range map[string]bool{"organization": false, "-organization": true} {
					got, err := walk(tx, v, store.ItemQuery{Kind: tenon.Contact, Page: tenon.Page{Limit: 4, Sort: sort}})
					if err != nil {
						return err
					}
					if reversed {
						slices.Reverse(got)
					}
					if !slices.Equal(got, want) {
						t.Errorf("by %s:\n%s\nwant\n%s", sort, strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
				}
			}
			if got, err := walk(tx, tenon.Viewer{User: 8, Role: tenon.Editor}, store.ItemQuery{Kind: tenon.Contact, Page: tenon.Page{Sort: "organization"}}); err != nil || len(got) > 0 {
				t.Errorf("somebody who reaches nothing lists %v: %v", got, err)
			}
			_, _, err := tx.ListItems(tenon.SystemViewer(), store.ItemQuery{Kind: tenon.Contact, Org: 2, Page: tenon.Page{Sort: "organization"}})
			if tenon.CodeOf(err) != tenon.Invalid {
				t.Errorf("the items of one organization sorted by organization: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestFiltersAgree holds that a list, its count and its ids are of the same
// items, whatever is asked for.
func TestFiltersAgree(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	queries := []struct {
		name string
		q    store.ItemQuery
		want string
	}{
		{"all", store.ItemQuery{}, "a b c d"},
		{"in use", store.ItemQuery{Archived: &no}, "a b c"},
		{"closed", store.ItemQuery{Restricted: &yes}, "b"},
		{"open", store.ItemQuery{Restricted: &no}, "a c d"},
		{"with files", store.ItemQuery{Files: &yes}, "c"},
		{"without files", store.ItemQuery{Files: &no}, "a b d"},
		{"starred", store.ItemQuery{Favourite: true}, "a"},
		{"ends in 2027", store.ItemQuery{Match: []store.KeyMatch{{Field: "warranty_expires_at", From: "2027-01-01", To: "2027-12-31"}}}, "b c"},
		{"ended", store.ItemQuery{Match: []store.KeyMatch{{Field: "warranty_expires_at", To: "2026-12-31"}}}, "a"},
		{"made by", store.ItemQuery{Match: []store.KeyMatch{{Field: "manufacturer_id", Keys: []string{"501"}}}}, "a d"},
		{"two filters", store.ItemQuery{Restricted: &no, Match: []store.KeyMatch{{Field: "warranty_expires_at", From: "2027-01-01"}}}, "c"},
	}
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		org, elsewhere := newOrg(t, st, "Aspen"), newOrg(t, st, "Birch")
		boss := tenon.Viewer{User: 9, Role: tenon.Administrator, Everywhere: true}
		ids := map[string]tenon.ItemID{}
		for name, v := range map[string]tenon.Values{
			"a": {"name": "a", "warranty_expires_at": "2026-05-01", "manufacturer_id": int64(501)}, "b": {"name": "b", "warranty_expires_at": "2027-05-01"},
			"c": {"name": "c", "warranty_expires_at": "2027-12-31", "manufacturer_id": int64(502)}, "d": {"name": "d", "manufacturer_id": int64(501)},
		} {
			ids[name] = newItem(t, st, org.Home(), tenon.Configuration, name, v)
		}
		newItem(t, st, elsewhere.Home(), tenon.Contact, "z", tenon.Values{"first_name": "z"})
		storetest.Exec(t, st, fmt.Sprintf(`UPDATE items SET archived = TRUE WHERE id = %d`, ids["d"]))
		storetest.Exec(t, st, fmt.Sprintf(`UPDATE items SET restricted = TRUE WHERE id = %d`, ids["b"]))
		storetest.Exec(t, st, fmt.Sprintf(`INSERT INTO attachments (id, item_id, name, size, hash, content_type, created_by, created_at) VALUES (900001, %d, 'x', 1, 'h', 'text/plain', 1, 1)`, ids["c"]))
		err := st.Write(context.Background(), func(tx *store.Tx) error { return tx.SetFavourite(boss, []int64{int64(ids["a"])}, true) })
		if err != nil {
			t.Fatal(err)
		}
		err = st.Read(context.Background(), func(tx *store.Tx) error {
			for _, in := range []tenon.OrgID{0, org} {
				var all []store.ItemQuery
				for _, x := range queries {
					x.q.Kind, x.q.Org = tenon.Configuration, in
					all = append(all, x.q)
				}
				counts, err := tx.CountItemsUpTo(boss, 3, all...)
				if err != nil {
					return err
				}
				for n, x := range queries {
					page, _, err := tx.ListItems(boss, all[n])
					if err != nil {
						return err
					}
					found, err := tx.ItemIDs(boss, all[n], 10)
					if err != nil {
						return err
					}
					var names []string
					for _, i := range page {
						names = append(names, i.Name)
						if !slices.Contains(found, i.ID) {
							t.Errorf("%s: %s is listed and not among the ids", x.name, i.Name)
						}
					}
					if got := strings.Join(names, " "); got != x.want || len(found) != len(page) || counts[n] != int64(min(len(page), 3)) {
						t.Errorf("%s in %d: got %q, %d ids, count %d; want %q", x.name, in, got, len(found), counts[n], x.want)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestShortcutsFollowMerges(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		v := tenon.Viewer{User: 9, Role: tenon.Administrator, Everywhere: true}
		from, to := newOrg(t, st, "Old Mill"), newOrg(t, st, "Mill Ltd")
		item := newItem(t, st, from.Home(), tenon.Contact, "Iris", tenon.Values{"first_name": "Iris"})
		err := st.Write(context.Background(), func(tx *store.Tx) error {
			for _, id := range []int64{int64(from), int64(item)} {
				if err := tx.SetFavourite(v, []int64{id}, true); err != nil {
					return err
				}
				if err := tx.NoteOpened(v, id); err != nil {
					return err
				}
			}
			n, err := tx.NewID()
			if err != nil {
				return err
			}
			op := &tenon.Operation{ID: tenon.OperationID(n), Kind: "merge", State: tenon.Finished}
			if err := tx.InsertOperation(op, nil); err != nil {
				return err
			}
			if err := tx.HandOver(op.ID, []tenon.BinderID{from.Home()}, from, to); err != nil {
				return err
			}
			return tx.SetOrganizationState(from, tenon.Merged, to, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(1)
		err = st.Write(context.Background(), func(tx *store.Tx) error {
			for range 3 {
				if err := tx.NoteOpened(v, int64(to)); err != nil {
					return err
				}
			}
			all, err := tx.ListShortcuts(v, false, 10)
			if err != nil {
				return err
			}
			stars, opened := all.Starred, all.Opened
			if len(stars) != 2 || stars[0].Record != int64(to) || stars[1].OrgName != "Mill Ltd" {
				t.Errorf("starred: %+v", stars)
			}
			if len(opened) != 2 {
				t.Errorf("opened: %+v", opened)
			}
			if opened[0].Record != int64(to) || opened[1].Record != int64(item) {
				t.Errorf("opened in the order %d, %d", opened[0].Record, opened[1].Record)
			}
			orgs, err := tx.ListShortcuts(v, true, 10)
			if err != nil {
				return err
			}
			if len(orgs.Starred) != 1 || len(orgs.Opened) != 1 {
				t.Errorf("of organizations: %+v", orgs)
			}
			none, err := tx.ListShortcuts(tenon.Viewer{User: 10, Role: tenon.Editor, Everywhere: true}, false, 10)
			if len(none.Starred)+len(none.Opened) > 0 {
				t.Errorf("somebody else has these: %+v", none)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

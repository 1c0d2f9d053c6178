package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestPlansOfTrashAndLog holds how both engines carry out the trash and the log
// with their filters: an index walked in order that ends with the page.
func TestPlansOfTrashAndLog(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		org := newOrg(t, st, "Acme")
		fillBinder(t, st, org, 12000)
		op := deletion(t, st, "items", 7)
		storetest.Exec(t, st, fmt.Sprintf(`UPDATE items SET trashed_by = %d WHERE id %% 2 = 0`, op))
		storetest.Exec(t, st, `UPDATE items SET restricted = TRUE WHERE id % 3001 = 0`)
		storetest.Exec(t, st, fmt.Sprintf(`WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < 12000)
			INSERT INTO activity (id, at, action, subject, subject_id, name, binder_id, user_id, user_name, face)
			SELECT %d + i, i * 1000, CASE WHEN i %% 2000 = 0 THEN 'purge' ELSE 'update' END, CASE WHEN i %% 3000 = 1 THEN 'user' ELSE 'contact' END, i, 'x', 1, 7 + i %% 50, 'x', 'test' FROM s`, 1<<40))
		storetest.Exec(t, st, `ANALYZE`)
		v := tenon.Viewer{User: 7, Role: tenon.Administrator, Everywhere: true}
		trash := []struct {
			name, index string
			q           store.TrashQuery
		}{
			{"latest", "items_trashed", store.TrashQuery{}},
			{"earliest", "items_trashed", store.TrashQuery{Page: tenon.Page{Sort: "deleted"}}},
			{"name", "items_trash_by_name", store.TrashQuery{Page: tenon.Page{Sort: "name"}}},
			{"name backwards, of a kind", "items_trash_by_name", store.TrashQuery{Kind: tenon.Configuration, Page: tenon.Page{Sort: "-name"}}},
		}
		log := []struct {
			name, index string
			q           store.EventQuery
		}{
			{"action", "activity_action", store.EventQuery{Action: "purge"}},
			{"kind", "activity_kind", store.EventQuery{Kind: "user"}},
			{"action, earliest first", "activity_action", store.EventQuery{Action: "purge", Page: tenon.Page{Sort: "at"}}},
			{"user", "activity_user", store.EventQuery{User: 9}},
			{"all", "activity_at", store.EventQuery{}},
		}
		hold := func(name, index, plan string, err error) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan on activity") || strings.Contains(plan, "Seq Scan on items") || strings.Contains(plan, "SCAN ei") {
				t.Errorf("%s does not walk %s:\n%s", name, index, plan)
			}
		}
		err := st.Read(context.Background(), func(tx *store.Tx) error {
			for _, x := range trash {
				plan, err := tx.ExplainTrash(v, x.q)
				hold("the trash by "+x.name, x.index, plan, err)
			}
			for _, x := range log {
				// Nearly nothing is closed here: a plan that looks for all that is
				// would read every item.
				for _, role := range []tenon.Role{tenon.Administrator, tenon.Manager} {
					v.Role = role
					plan, err := tx.ExplainEvents(v, x.q)
					hold("the log of a "+string(role)+" by "+x.name, x.index, plan, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// deletion files an operation that deleted something.
func deletion(t *testing.T, st *store.Store, kind string, by tenon.UserID) tenon.OperationID {
	t.Helper()
	var id int64
	err := st.Write(context.Background(), func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(); err != nil {
			return err
		}
		return tx.InsertOperation(&tenon.Operation{ID: tenon.OperationID(id), Kind: kind, State: tenon.Finished, By: by, ByName: fmt.Sprint(by)}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return tenon.OperationID(id)
}

// TestTrashFilters asks for parts of the trash in every order, page by page.
func TestTrashFilters(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		acme, beta, gone := newOrg(t, st, "Acme"), newOrg(t, st, "Beta"), newOrg(t, st, "Gone")
		for _, org := range []tenon.OrgID{acme, beta} {
			fillBinder(t, st, org, 10)
		}
		trashed := func(kind string, by tenon.UserID, table, where string) {
			op := deletion(t, st, kind, by)
			state := ""
			if table == "organizations" {
				state = ", state = 'trashed'"
			}
			storetest.Exec(t, st, fmt.Sprintf(`UPDATE %s SET trashed_by = %d%s WHERE %s`, table, op, state, where))
			clock.Advance(time.Hour)
		}
		start := clock.Now()
		trashed("items", 7, "items", fmt.Sprintf("binder_id = %d AND kind = 2", acme.Home()))                       // two contacts
		trashed("many", 8, "items", fmt.Sprintf("binder_id = %d AND kind = 1 AND trashed_by IS NULL", beta.Home())) // eight configurations
		trashed("delete", 7, "organizations", fmt.Sprintf("id = %d", gone))
		all := tenon.Viewer{User: 7, Role: tenon.Manager, Everywhere: true}
		none := tenon.Viewer{User: 9, Role: tenon.Manager}
		for _, tt := range []struct {
			name string
			v    tenon.Viewer
			q    store.TrashQuery
			want int
		}{
			{"all", all, store.TrashQuery{}, 11},
			{"organizations", all, store.TrashQuery{Organizations: true}, 1},
			{"contacts", all, store.TrashQuery{Kind: tenon.Contact}, 2},
			{"of Acme", all, store.TrashQuery{Org: acme}, 2},
			{"itself", all, store.TrashQuery{Org: gone}, 1},
			{"by 7", all, store.TrashQuery{User: 7}, 3},
			{"by 7, contacts of Beta", all, store.TrashQuery{User: 7, Kind: tenon.Contact, Org: beta}, 0},
			{"act on many", all, store.TrashQuery{Act: "many"}, 8},
			{"first hour", all, store.TrashQuery{To: start.Add(time.Minute)}, 2},
			{"later", all, store.TrashQuery{From: start.Add(time.Minute)}, 9},
			{"by name", all, store.TrashQuery{Begins: "GO"}, 1},
			{"nothing reached", none, store.TrashQuery{}, 0},
		} {
			for _, sort := range []string{"", "deleted", "name", "-name"} {
				got := walkTrash(t, st, tt.v, tt.q, sort)
				if len(got) != tt.want {
					t.Errorf("%s, sorted by %q: %d, want %d", tt.name, sort, len(got), tt.want)
				}
				inOrder := slices.IsSortedFunc(got, func(a, b tenon.TrashEntry) int {
					switch sort {
					case "":
						return int(b.Operation - a.Operation)
					case "deleted":
						return int(a.Operation - b.Operation)
					case "name":
						return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
					}
					return strings.Compare(strings.ToLower(b.Name), strings.ToLower(a.Name))
				})
				if !inOrder {
					t.Errorf("%s is not sorted by %q", tt.name, sort)
				}
			}
		}
		err := st.Read(context.Background(), func(tx *store.Tx) error {
			_, _, err := tx.ListTrash(all, store.TrashQuery{Page: tenon.Page{Sort: "size"}})
			return err
		})
		if tenon.CodeOf(err) != tenon.Invalid {
			t.Errorf("sorted by size: %v", err)
		}
	})
}

// walkTrash reads the trash in pages of three.
func walkTrash(t *testing.T, st *store.Store, v tenon.Viewer, q store.TrashQuery, sort string) (all []tenon.TrashEntry) {
	t.Helper()
	q.Page = tenon.Page{Limit: 3, Sort: sort}
	for {
		err := st.Read(context.Background(), func(tx *store.Tx) error {
			page, next, err := tx.ListTrash(v, q)
			all, q.Cursor = append(all, page...), next
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if q.Cursor == "" {
			return all
		}
	}
}

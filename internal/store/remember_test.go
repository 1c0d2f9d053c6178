package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestCountsAfterChanges asks for counts and viewers that may be kept, and
// changes what they are of: here, through another opening of the same database
// as another process has it, and in what the viewer reaches.
func TestCountsAfterChanges(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			o := storetest.Options(t, engine, storetest.NewClock())
			here, there := storetest.OpenWith(t, o), storetest.OpenWith(t, o)
			all := tenon.Viewer{User: 1, Role: tenon.Administrator, Everywhere: true}
			one := tenon.Viewer{User: 7, Role: tenon.Editor}
			storetest.Exec(t, here, `INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES (7, 'x', 'x', 'x', 'editor', 1, 1)`)
			for n := range 12 {
				st := []*store.Store{here, there}[n%2]
				id := int64(100 + n)
				addOrganization(t, st, id)
				if n%3 == 0 {
					storetest.Exec(t, st, fmt.Sprintf(`INSERT INTO reach (user_id, binder_id) VALUES (7, %d)`, id))
				}
				for range 3 { // the first may be read anew, the others kept
					holdCount(t, here, all, int64(n+1))
					holdCount(t, there, all, int64(n+1))
					holdCount(t, here, one, int64(n/3+1))
				}
			}
			storetest.Exec(t, there, `DELETE FROM reach WHERE user_id = 7`)
			holdCount(t, here, one, 0)
			storetest.Exec(t, there, `UPDATE users SET role = 'manager', everywhere = TRUE WHERE id = 7`)
			var v tenon.Viewer
			err := here.Read(context.Background(), func(tx *store.Tx) (err error) { v, err = tx.LoadViewer(7); return err })
			if err != nil || v.Role != tenon.Manager || !v.Everywhere {
				t.Errorf("the viewer after a change elsewhere is %+v, %v", v, err)
			}
			storetest.Exec(t, there, `UPDATE users SET disabled = TRUE WHERE id = 7`)
			err = here.Read(context.Background(), func(tx *store.Tx) (err error) { _, err = tx.LoadViewer(7); return err })
			if tenon.CodeOf(err) != tenon.Unauthenticated {
				t.Errorf("somebody disabled elsewhere is let in: %v", err)
			}
		})
	}
}

// TestViewersAfterChanges asks who somebody is and what a key opens, and changes
// that through the same opening of the database, which is seen at once, and
// through another one, which is seen a moment later.
func TestViewersAfterChanges(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite here", "sqlite there", "postgresql here", "postgresql there"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, where, _ := strings.Cut(name, " ")
			o := storetest.Options(t, engine, storetest.NewClock())
			here, there := storetest.OpenWith(t, o), storetest.OpenWith(t, o)
			seen := func() string {
				t.Helper()
				var text string
				for range 3 { // the first may be read anew, the others kept
					err := here.Read(context.Background(), func(tx *store.Tx) error {
						v, err := tx.LoadViewer(7)
						if tenon.CodeOf(err) == tenon.Unauthenticated {
							text = "nobody"
							return nil
						}
						text = fmt.Sprint(v.Name, " ", v.Role, " ", v.Groups, " ", v.Denied)
						return err
					})
					if k, _, kerr := here.SystemAPIKey(context.Background(), "hash"); kerr == nil {
						text += fmt.Sprint(" key ", k.PasswordAccess)
					}
					if err != nil {
						text = err.Error()
					}
				}
				return text
			}
			for _, step := range []struct{ change, want string }{
				{`INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES (7, 'Q', 'q', 'q', 'editor', 1, 1)`, "Q editor [] []"},
				{`INSERT INTO api_keys (id, user_id, name, shown, hash, password_access, created_at) VALUES (8, 7, 'k', 'k', 'hash', FALSE, 1)`, "Q editor [] [] key false"},
				{`UPDATE api_keys SET password_access = TRUE WHERE id = 8`, "Q editor [] [] key true"},
				{`INSERT INTO organizations (id, name, name_key, created_at, updated_at) VALUES (30, 'o', 'o', 1, 1)`, "Q editor [] [] key true"},
				{`UPDATE api_keys SET revoked_at = 5 WHERE id = 8`, "Q editor [] []"},
				{`INSERT INTO groups (id, name, name_key, created_at, updated_at) VALUES (9, 'g', 'g', 1, 1)`, "Q editor [] []"},
				{`INSERT INTO group_members (group_id, user_id) VALUES (9, 7)`, "Q editor [9] []"},
				{fmt.Sprintf(`INSERT INTO group_denials (group_id, kind) VALUES (9, %d)`, tenon.Password), fmt.Sprintf("Q editor [9] [%v]", tenon.Password)},
				{`DELETE FROM group_denials WHERE group_id = 9`, "Q editor [9] []"},
				{`DELETE FROM group_members WHERE group_id = 9`, "Q editor [] []"},
				{`UPDATE users SET role = 'lite' WHERE id = 7`, "Q lite [] []"},
				{`UPDATE users SET disabled = TRUE WHERE id = 7`, "nobody"},
			} {
				got := ""
				if where == "here" {
					err := here.Write(context.Background(), func(tx *store.Tx) error { return tx.Tamper(step.change) })
					if err != nil {
						t.Fatalf("%s: %v", step.change, err)
					}
					got = seen()
				} else {
					storetest.Exec(t, there, step.change)
					for try := 0; try < 200 && got != step.want; try++ {
						<-time.After(time.Millisecond)
						got = seen()
					}
				}
				if got != step.want {
					t.Errorf("after %s: %q, want %q", step.change, got, step.want)
				}
			}
		})
	}
}

func addOrganization(t *testing.T, st *store.Store, id int64) {
	t.Helper()
	err := st.Write(context.Background(), func(tx *store.Tx) error {
		name := fmt.Sprint("Organization ", id)
		return tx.InsertOrganization(&tenon.Organization{ID: tenon.OrgID(id), Name: name, Values: tenon.Values{"name": name}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func holdCount(t *testing.T, st *store.Store, v tenon.Viewer, want int64) {
	t.Helper()
	var got int64
	err := st.Read(context.Background(), func(tx *store.Tx) (err error) {
		_, got, err = tx.SliceOrganizations(v, store.Slice{Sort: []store.SortKey{{Field: "name"}}, Limit: 1})
		return err
	})
	if err != nil || got != want {
		t.Errorf("user %d counts %d organizations, %v; want %d", v.User, got, err, want)
	}
}

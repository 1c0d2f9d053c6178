package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestHouse forgets what is over and keeps what is in use, files for a day at least.
func TestHouse(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			cfg := load(t, t.TempDir())
			cfg.DatabaseURL = storetest.Options(t, engine, storetest.NewClock()).DatabaseURL
			open(t, cfg, func(a *app.App, v tenon.Viewer) {
				now := time.Now()
				a.Now = func() time.Time { return now }
				must := func(err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
				}
				answer := func(key string, age time.Duration) {
					must(a.Store.Write(ctx, func(tx *store.Tx) error {
						return tx.SystemClaimAnswer(store.Answered{Caller: "c", Key: key, At: now.Add(-age)}, time.Unix(0, 0))
					}))
				}
				answer("old", api.AnswersKept+time.Hour)
				answer("new", api.AnswersKept-time.Hour)
				create(t, a, v, "Acme")
				acme, _, err := a.Core.Organizations(ctx, v, store.OrgQuery{})
				must(err)
				note, err := a.Core.CreateItem(ctx, v, tenon.Document, acme[0].ID, core.ItemChange{Values: tenon.Values{"name": "Note"}})
				must(err)
				_, err = a.Core.Attach(ctx, v, note.ID, "a.txt", "text/plain", strings.NewReader("attached"))
				must(err)
				plan := func(name string) *tenon.Plan {
					t.Helper()
					p, err := a.Import.Plan(ctx, v, csvimport.Options{Kind: "organization", File: strings.NewReader("name\n" + name + "\n")})
					must(err)
					return p
				}
				plan("never confirmed")
				running := plan("Globex")
				h := app.NewHouse(a)
				files := func(want int) {
					t.Helper()
					must(h.Tidy(ctx))
					n := 0
					must(a.Blobs.Walk(ctx, func(blob.Ref) error { n++; return nil }))
					if n != want {
						t.Errorf("after %s there are %d files, want %d", a.Now().Sub(now), n, want)
					}
				}
				files(3)
				now = now.Add(23 * time.Hour)
				files(3)
				_, err = a.Import.Run(ctx, v, running)
				must(err)
				now = now.Add(2 * time.Hour)
				files(2) // the attachment, and the import that waits for its job
				must(a.Follow(ctx))
				files(1)
				must(a.Store.Read(ctx, func(tx *store.Tx) error {
					for key, want := range map[string]bool{"old": false, "new": true} {
						if row, err := tx.SystemAnswered("c", key, time.Unix(0, 0)); err != nil || (row != nil) != want {
							t.Errorf("the answer %s: %v, %v", key, row, err)
						}
					}
					return nil
				}))
			})
		})
	}
}

// TestHouseRemindsByTheAccountsClock moves the account to the other side of the
// world: there it is the morning of the next day already.
func TestHouseRemindsByTheAccountsClock(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			cfg := load(t, t.TempDir())
			cfg.DatabaseURL = storetest.Options(t, engine, storetest.NewClock()).DatabaseURL
			open(t, cfg, func(a *app.App, v tenon.Viewer) {
				now := time.Date(2027, 1, 29, 18, 30, 0, 0, time.UTC)
				a.Now = func() time.Time { return now }
				must := func(err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
				}
				create(t, a, v, "Acme")
				acme, _, err := a.Core.Organizations(ctx, v, store.OrgQuery{})
				must(err)
				_, err = a.Core.CreateItem(ctx, v, tenon.Domain, acme[0].ID, core.ItemChange{Values: tenon.Values{"name": "acme.example", "expires_on": "2027-01-31"}})
				must(err)
				name, email, role, all := "Ann", "ann@msp.example", tenon.Administrator, true
				u, err := a.Core.CreateUser(ctx, v, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &all})
				must(err)
				must(a.Reminders.Choose(ctx, tenon.Viewer{User: u.ID, Name: name, Role: role}, []int{1}))
				h := app.NewHouse(a)
				reminders := func(want int) {
					t.Helper()
					must(h.Tidy(ctx))
					n := 0
					must(a.Store.Write(ctx, func(tx *store.Tx) error {
						n = 0
						letters, err := tx.SystemTakeLetters(100, tx.Now())
						for _, l := range letters {
							if l.Kind == "reminder" {
								n++
							}
						}
						return err
					}))
					if n != want {
						t.Errorf("at %s %d reminders wait, want %d", now, n, want)
					}
				}
				reminders(0) // two days before, by UTC
				must(a.Core.SetSetting(ctx, v, tenon.SettingZone, "Pacific/Auckland"))
				reminders(1)
				now = now.Add(time.Hour)
				must(a.Core.SetSetting(ctx, v, tenon.SettingZone, "America/Los_Angeles"))
				reminders(1) // it still waits, and there is no other
			})
		})
	}
}

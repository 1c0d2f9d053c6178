package reminder_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/reminder"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var (
	ctx   = context.Background()
	admin = tenon.Viewer{Name: "command line", Role: tenon.Administrator, Everywhere: true, Face: "test"}
)

// firm is a provider whose people are reminded.
type firm struct {
	*core.Core
	t *testing.T
	e *reminder.Engine
}

func firms(t *testing.T, fn func(f *firm)) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		fn(&firm{core.New(core.Options{Store: st}), t, reminder.New(st)})
	})
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *firm) org(name string) tenon.OrgID {
	f.t.Helper()
	o, err := f.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": name}})
	f.must(err)
	return o.ID
}

func (f *firm) domain(org tenon.OrgID, name, day string) *tenon.Item {
	f.t.Helper()
	i, err := f.CreateItem(ctx, admin, tenon.Domain, org, core.ItemChange{Values: tenon.Values{"name": name, "expires_on": day}})
	f.must(err)
	return i
}

// person is somebody who reaches the organizations and wants reminders.
func (f *firm) person(name string, days []int, orgs ...tenon.OrgID) tenon.Viewer {
	f.t.Helper()
	email, role := name+"@msp.example", tenon.Editor
	u, err := f.CreateUser(ctx, admin, core.UserChange{Name: &name, Email: &email, Role: &role})
	f.must(err)
	for _, o := range orgs {
		f.must(f.Grant(ctx, admin, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(u.ID)}, o))
	}
	v := tenon.Viewer{}
	f.must(f.Store().Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.LoadViewer(u.ID)
		return err
	}))
	f.must(f.e.Choose(ctx, v, days))
	return v
}

// morning reminds at eight o'clock of a day, and returns the new letters:
// "address: row, row".
func (f *firm) morning(day string) []string {
	f.t.Helper()
	now, err := time.Parse(time.DateOnly, day)
	f.must(err)
	_, err = f.e.Send(ctx, now.Add(8*time.Hour))
	f.must(err)
	return f.letters()
}

// letters takes the letters out of the outbox.
func (f *firm) letters() []string {
	f.t.Helper()
	var out []string
	f.must(f.Store().Write(ctx, func(tx *store.Tx) error {
		out = nil
		taken, err := tx.SystemTakeLetters(100, tx.Now().Add(time.Hour*10000))
		for _, l := range taken {
			var rows []string
			for _, r := range l.Rows {
				rows = append(rows, r.Text)
			}
			out = append(out, l.Address+": "+strings.Join(rows, ", "))
		}
		return err
	}))
	slices.Sort(out)
	return out
}

func (f *firm) want(what string, got []string, want ...string) {
	f.t.Helper()
	if !slices.Equal(got, want) {
		f.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestEachDateOnceForEachDistance(t *testing.T) {
	firms(t, func(f *firm) {
		acme, zoo := f.org("Acme"), f.org("Zoo")
		a := f.domain(acme, "acme.example", "2027-01-31")
		f.domain(zoo, "zoo.example", "2027-01-31")
		f.domain(acme, "past.example", "2026-12-01")
		f.person("ann", []int{30, 7}, acme)
		f.person("bob", []int{7}, acme, zoo)
		f.person("eve", nil, acme, zoo)
		f.want("too early", f.morning("2026-12-31"))
		f.want("30 days", f.morning("2027-01-01"), "ann@msp.example: acme.example")
		f.want("the same day again", f.morning("2027-01-01"))
		f.want("the day after", f.morning("2027-01-02"))
		f.want("7 days", f.morning("2027-01-25"), "ann@msp.example: acme.example", "bob@msp.example: acme.example, zoo.example")
		f.want("6 days", f.morning("2027-01-26"))
		_, err := f.UpdateItem(ctx, admin, a.ID, core.ItemChange{Values: tenon.Values{"expires_on": "2027-02-20"}})
		f.must(err)
		f.want("another date", f.morning("2027-01-27"), "ann@msp.example: acme.example")
	})
}

func TestRemindersAreOfWhatOneMaySee(t *testing.T) {
	firms(t, func(f *firm) {
		acme := f.org("Acme")
		closed := f.domain(acme, "closed.example", "2027-01-31")
		away := f.domain(acme, "away.example", "2027-01-31")
		f.domain(acme, "open.example", "2027-01-31")
		eve := f.person("eve", nil, acme)
		_, err := f.Restrict(ctx, admin, closed.ID, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(eve.User)}})
		f.must(err)
		yes := true
		_, err = f.UpdateItem(ctx, admin, away.ID, core.ItemChange{Archived: &yes})
		f.must(err)
		f.person("ann", []int{90}, acme)
		gone := f.person("gone", []int{90}, acme)
		_, err = f.DisableUser(ctx, admin, gone.User)
		f.must(err)
		early, err := time.Parse(time.DateTime, "2027-01-10 06:59:00")
		f.must(err)
		n, err := f.e.Send(ctx, early)
		f.must(err)
		if n != 0 {
			f.t.Errorf("%d letters before seven", n)
		}
		f.want("the morning", f.morning("2027-01-10"), "ann@msp.example: open.example")
	})
}

// TestTheDayAndHourOfTheAccount goes by the clock that the account's people
// read: at the same instant it is another day elsewhere, or not seven yet.
func TestTheDayAndHourOfTheAccount(t *testing.T) {
	firms(t, func(f *firm) {
		for n, tt := range []struct{ zone, early, due string }{
			{"UTC", "2027-01-30T06:59:00Z", "2027-01-30T07:00:00Z"},
			{"Pacific/Auckland", "2027-01-29T17:59:00Z", "2027-01-29T18:00:00Z"},
			{"America/Los_Angeles", "2027-01-30T14:59:00Z", "2027-01-30T15:00:00Z"},
			{"Asia/Kathmandu", "2027-01-30T01:14:00Z", "2027-01-30T01:15:00Z"},
		} {
			f.must(f.SetSetting(ctx, admin, tenon.SettingZone, tt.zone))
			org, name := f.org(tt.zone), fmt.Sprint("p", n)
			f.domain(org, tt.zone+".example", "2027-01-31")
			ann := f.person(name, []int{1}, org)
			f.want(tt.zone+" before seven", f.at(tt.early))
			f.want(tt.zone+" at seven of the day before", f.at(tt.due), name+"@msp.example: "+tt.zone+".example")
			f.must(f.e.Choose(ctx, ann, nil)) // who comes after is alone
		}
	})
}

// at reminds at an instant, by the account's clock.
func (f *firm) at(instant string) []string {
	f.t.Helper()
	now, err := time.Parse(time.RFC3339, instant)
	f.must(err)
	zone, err := f.Zone(ctx)
	f.must(err)
	_, err = f.e.Send(ctx, now.In(zone))
	f.must(err)
	return f.letters()
}

// TestTwoServersRemindOnce lets two engines look at the same moment.
func TestTwoServersRemindOnce(t *testing.T) {
	firms(t, func(f *firm) {
		acme := f.org("Acme")
		f.domain(acme, "acme.example", "2027-01-31")
		for i := range 5 {
			f.person(fmt.Sprint("p", i), []int{30}, acme)
		}
		now, err := time.Parse(time.DateTime, "2027-01-10 08:00:00")
		f.must(err)
		ended := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := reminder.New(f.Store()).Send(ctx, now)
				ended <- err
			}()
		}
		f.must(<-ended)
		f.must(<-ended)
		if got := f.letters(); len(got) != 5 {
			f.t.Errorf("%d letters for 5 people: %q", len(got), got)
		}
	})
}

func TestChoice(t *testing.T) {
	firms(t, func(f *firm) {
		ann := f.person("ann", []int{7, 90, 7})
		days, err := f.e.Choice(ctx, ann)
		f.must(err)
		if !slices.Equal(days, []int{7, 90}) || reminder.Words(days).String() != "90 and 7" {
			f.t.Errorf("chosen %v, %q", days, reminder.Words(days))
		}
		if err := f.e.Choose(ctx, ann, []int{5}); tenon.CodeOf(err) != tenon.Invalid {
			f.t.Errorf("5 days: %v", err)
		}
		if err := f.e.Choose(ctx, admin, nil); tenon.CodeOf(err) != tenon.Invalid {
			f.t.Errorf("for nobody: %v", err)
		}
	})
}

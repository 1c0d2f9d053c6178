package racetest

import (
	"fmt"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

func (f *field) moveOut(org tenon.OrgID) func() error {
	return func() error {
		_, err := f.c.UpdateOrganization(ctx, admin, org, core.OrganizationChange{Values: tenon.Values{"parent_id": nil}})
		return err
	}
}

// TestFilingWhileAMergeHoldsItsLocks holds a merge just before its commit. On
// PostgreSQL, whoever files into the source then does not wait for it; the
// embedded database has one writer, so there it is filed afterwards.
func TestFilingWhileAMergeHoldsItsLocks(t *testing.T) {
	run(t, func(f *field) {
		a, b := f.org("A"), f.org("B")
		act := f.merge(a, b)
		merging, filing := make(chan error, 1), make(chan error, 1)
		f.gate.arm()
		go func() { merging <- act() }()
		<-f.gate.reached
		var made *tenon.Item
		go func() {
			var err error
			made, err = f.c.CreateItem(ctx, admin, tenon.Configuration, a, core.ItemChange{Values: tenon.Values{"name": "new"}})
			filing <- err
		}()
		if f.st.Engine() == "postgresql" {
			f.must(<-filing) // the merge is still open: its commit waits for us
			if f.owner(a) != a {
				f.t.Error("the merge has been committed")
			}
		}
		close(f.gate.open)
		f.must(<-merging)
		if f.st.Engine() != "postgresql" {
			f.must(<-filing)
		}
		if f.owner(a) != b {
			f.t.Error("A was not merged")
		}
		f.must(f.st.Read(ctx, func(tx *store.Tx) error {
			i, err := tx.GetItem(admin, made.ID)
			if err == nil && i.OrgID != b {
				f.t.Errorf("the item is with %d", i.OrgID)
			}
			return err
		}))
	})
}

// TestFilingWhileADelete is held: the item goes with the organization, or is
// refused; it is never with the living.
func TestFilingWhileADeleteHoldsItsLocks(t *testing.T) {
	run(t, func(f *field) {
		a := f.org("A")
		act := f.remove(a)
		deleting, filing := make(chan error, 1), make(chan error, 1)
		f.gate.arm()
		go func() { deleting <- act() }()
		<-f.gate.reached
		go func() {
			_, err := f.c.CreateItem(ctx, admin, tenon.Configuration, a, core.ItemChange{Values: tenon.Values{"name": "new"}})
			filing <- err
		}()
		close(f.gate.open)
		f.must(<-deleting)
		if err := <-filing; err != nil {
			f.refused(1, err)
		}
		if f.state(a) != tenon.Trashed {
			f.t.Error("it was not deleted")
		}
	})
}

// TestFiftyEditsOfOneRecord all know the same version: one wins.
func TestFiftyEditsOfOneRecord(t *testing.T) {
	run(t, func(f *field) {
		a := f.org("A")
		item := f.file(a)
		edits := func(edit func(n int) error) {
			won := 0
			errs := make(chan error, 50)
			for n := range 50 {
				go func() { errs <- edit(n) }()
			}
			for range 50 {
				switch err := <-errs; tenon.CodeOf(err) {
				case "":
					won++
				case tenon.Stale:
				default:
					f.t.Error(err)
				}
			}
			if won != 1 {
				f.t.Errorf("%d edits of one version went through", won)
			}
		}
		edits(func(n int) error {
			_, err := f.c.UpdateItem(ctx, admin, item.ID, core.ItemChange{Version: item.Version, Values: tenon.Values{"notes": fmt.Sprint(n)}})
			return err
		})
		o, err := f.c.Organization(ctx, admin, a)
		f.must(err)
		edits(func(n int) error {
			_, err := f.c.UpdateOrganization(ctx, admin, a, core.OrganizationChange{Version: o.Version, Values: tenon.Values{"alert": fmt.Sprint(n)}})
			return err
		})
	})
}

// TestRevealWhileLosingTheRight holds a reveal just before the commit of its
// entry in the log. Taking the right away waits for it, or was first: there is
// no entry of a reveal after the right was gone.
func TestRevealWhileLosingTheRight(t *testing.T) {
	for name, takeAway := range map[string]func(f *field, u, other tenon.UserID, a tenon.OrgID, i tenon.ItemID) error{
		"revoke": func(f *field, u, _ tenon.UserID, a tenon.OrgID, _ tenon.ItemID) error {
			return f.c.Revoke(ctx, admin, tenon.Subject{Kind: "user", ID: int64(u)}, a)
		},
		"restrict": func(f *field, _, other tenon.UserID, _ tenon.OrgID, i tenon.ItemID) error {
			_, err := f.c.Restrict(ctx, admin, i, []tenon.Subject{{Kind: "user", ID: int64(other)}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *field) {
				a := f.org("A")
				v, other := f.person("ursula"), f.person("other")
				f.must(f.c.Grant(ctx, admin, tenon.Subject{Kind: "user", ID: int64(v.User)}, a))
				word := secret.NewText("hunter2")
				i, err := f.c.CreateItem(ctx, admin, tenon.Password, a, core.ItemChange{Values: tenon.Values{"name": "root"}, Secrets: map[string]*secret.Text{"password": &word}})
				f.must(err)
				revealing, taking := make(chan error, 1), make(chan error, 1)
				f.gate.arm()
				go func() { _, err := f.c.Reveal(ctx, v, i.ID, "password"); revealing <- err }()
				<-f.gate.reached
				go func() { taking <- takeAway(f, v.User, other.User, a, i.ID) }()
				f.waits(taking)
				close(f.gate.open)
				f.must(<-revealing)
				f.must(<-taking)
				if _, err := f.c.Reveal(ctx, v, i.ID, "password"); tenon.CodeOf(err) != tenon.NotFound {
					f.t.Errorf("revealed without the right: %v", err)
				}
			})
		})
	}
}

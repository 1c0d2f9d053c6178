package trash_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

// boss is the built-in administrator: a job resolves whoever asked anew.
var boss = tenon.Viewer{Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// crowd files contacts, and servers that name them and have a password each.
func (s *story) crowd(org tenon.OrgID, n int) (people, servers []tenon.ItemID) {
	s.Helper()
	for i := range n {
		person, err := s.core.CreateItem(s.ctx, boss, tenon.Contact, org, core.ItemChange{Values: tenon.Values{"first_name": fmt.Sprintf("Person %02d", i)}})
		if err != nil {
			s.Fatal(err)
		}
		server, err := s.core.CreateItem(s.ctx, boss, tenon.Configuration, org, core.ItemChange{Values: tenon.Values{"name": fmt.Sprintf("Server %02d", i), "contact_id": int64(person.ID)}})
		if err != nil {
			s.Fatal(err)
		}
		s.secretly(org, fmt.Sprintf("Root %02d", i), "one", server.ID)
		people, servers = append(people, person.ID), append(servers, server.ID)
	}
	return people, servers
}

func (s *story) many(action string, sel trash.Selection, target tenon.OrgID, choices tenon.Choices) *tenon.Operation {
	s.Helper()
	p, err := s.trash.PlanSelection(s.ctx, boss, action, sel, target, choices)
	if err != nil {
		s.Fatal(err)
	}
	if p.Operation != trash.KindMany || len(p.Blockers) > 0 {
		s.Fatalf("plan of %s: %s %+v", action, p.Operation, p.Blockers)
	}
	op, err := s.trash.Run(s.ctx, boss, p)
	if err != nil {
		s.Fatal(err)
	}
	if op.State != tenon.Finished {
		s.Fatalf("%s is %s", op.Title, op.State)
	}
	return op
}

func (s *story) takeBack(op *tenon.Operation) *tenon.Operation {
	s.Helper()
	back, err := s.trash.Undo(s.ctx, boss, op.ID)
	if err != nil {
		s.Fatal(err)
	}
	return back
}

func (s *story) tagged(tag string) (names []string) {
	s.Helper()
	page, _, err := s.core.Items(s.ctx, boss, store.ItemQuery{Kind: tenon.Contact, Match: []store.KeyMatch{{Field: "tags", Keys: []string{tag}}}})
	if err != nil {
		s.Fatal(err)
	}
	for _, i := range page {
		names = append(names, i.Name)
	}
	return names
}

func TestActOnMany(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		s.trash.Small()
		acme, beta := s.org("Acme", 0), s.org("Beta", 0)
		people, servers := s.crowd(acme, 9)

		no := false
		contacts := trash.Selection{Query: &store.ItemQuery{Kind: tenon.Contact, Org: acme, Archived: &no}}
		tags := tenon.Choices{Tags: []string{"vip", "on site"}}
		if _, err := s.core.UpdateItem(s.ctx, boss, people[0], core.ItemChange{Tags: &[]string{"VIP", "on site"}}); err != nil {
			s.Fatal(err)
		}
		op := s.many(trash.ActionTag, contacts, 0, tags)
		if n := len(s.tagged("vip")); n != 9 || op.Receipt.Counts["items"] != 8 || op.Receipt.Counts["unchanged"] != 1 {
			s.Errorf("%d are tagged: %+v", n, op.Receipt)
		}
		// What was tagged since stays tagged.
		if _, err := s.core.UpdateItem(s.ctx, boss, people[1], core.ItemChange{Tags: &[]string{"vip", "later"}}); err != nil {
			s.Fatal(err)
		}
		s.takeBack(op)
		if got := s.tagged("vip"); !slices.Equal(got, []string{"Person 00"}) {
			s.Errorf("after the undo %v are tagged", got)
		}
		if got := s.tagged("later"); !slices.Equal(got, []string{"Person 01"}) {
			s.Errorf("after the undo %v keep what came later", got)
		}
		for _, id := range people[:2] {
			if _, err := s.core.UpdateItem(s.ctx, boss, id, core.ItemChange{Tags: &[]string{}}); err != nil {
				s.Fatal(err)
			}
		}

		// Those that move together keep what they name among themselves, whatever chunk they are in.
		all := append(slices.Clone(people), servers...)
		slices.Sort(all)
		op = s.many(trash.ActionMove, trash.Selection{IDs: all}, beta, tenon.Choices{})
		for i, id := range servers {
			if x := s.get(id); x.OrgID != beta || x.Values.ID("contact_id") != int64(people[i]) {
				s.Errorf("%s: organization %d, contact %d", x.Name, x.OrgID, x.Values.ID("contact_id"))
			}
		}
		s.sound()
		s.takeBack(op)
		s.sound()
		for i, id := range servers {
			if x := s.get(id); x.OrgID != acme || x.Values.ID("contact_id") != int64(people[i]) {
				s.Errorf("after the undo %s: organization %d, contact %d", x.Name, x.OrgID, x.Values.ID("contact_id"))
			}
		}
	})
}

func TestDeleteMany(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		s.trash.Small()
		acme := s.org("Acme", 0)
		people, _ := s.crowd(acme, 9)
		contacts := trash.Selection{Query: &store.ItemQuery{Kind: tenon.Contact, Org: acme}}
		p, err := s.trash.PlanSelection(s.ctx, boss, trash.ActionDelete, contacts, 0, tenon.Choices{})
		if err != nil {
			s.Fatal(err)
		}
		s.blocked(p, "bulk_delete_off", "allow_bulk_delete")
		s.set(tenon.SettingBulkDelete, "true")
		_, err = s.trash.Run(s.ctx, boss, p)
		s.refused(err, tenon.Stale, "has changed")
		editor := as(tenon.Editor)
		_, err = s.trash.PlanSelection(s.ctx, editor, trash.ActionDelete, contacts, 0, tenon.Choices{})
		s.refused(err, tenon.Forbidden, "")

		op := s.many(trash.ActionDelete, contacts, 0, tenon.Choices{})
		for _, id := range people {
			s.gone(id)
		}
		if _, err := s.trash.Restore(s.ctx, boss, int64(people[3])); err != nil {
			s.Fatal(err)
		}
		back := s.takeBack(op)
		if back.Receipt.Counts["items"] != 8 {
			s.Errorf("the undo brought back %+v", back.Receipt)
		}
		for _, id := range people {
			s.get(id)
		}
		_, err = s.trash.Undo(s.ctx, boss, op.ID)
		s.refused(err, tenon.Conflict, "undone already")
	})
}

func TestEditOrganizations(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		s.trash.Small()
		var orgs []tenon.OrgID
		for i := range 9 {
			orgs = append(orgs, s.org(fmt.Sprintf("Client %d", i), 0))
		}
		var old, retired *tenon.LookupRow
		for _, x := range []struct {
			name string
			into **tenon.LookupRow
		}{{"Old", &old}, {"Retired", &retired}} {
			row, err := s.core.CreateLookup(s.ctx, boss, "organization_statuses", core.LookupChange{Name: &x.name})
			if err != nil {
				s.Fatal(err)
			}
			*x.into = row
		}
		for n, ids := range [][]tenon.OrgID{orgs[:3], orgs} {
			p, err := s.trash.PlanOrganizations(s.ctx, boss, trash.ActionStatus, ids, tenon.Choices{Value: retired.ID.String()})
			if err != nil {
				s.Fatal(err)
			}
			op, err := s.trash.Run(s.ctx, boss, p)
			if err != nil || op.State != tenon.Finished || op.Receipt.Counts["organizations"] != int64(len(ids)) {
				s.Fatalf("%v %+v", err, op)
			}
			if _, err := s.core.UpdateOrganization(s.ctx, boss, orgs[0], core.OrganizationChange{Values: tenon.Values{"organization_status_id": int64(old.ID)}}); err != nil {
				s.Fatal(err)
			}
			s.takeBack(op)
			for i, id := range ids {
				o, err := s.core.Organization(s.ctx, boss, id)
				if err != nil {
					s.Fatal(err)
				}
				want := int64(0)
				if i == 0 {
					want = int64(old.ID) // it was changed since
				}
				if o.Values.ID("organization_status_id") != want {
					s.Errorf("run %d: %s has the status %d, want %d", n, o.Name, o.Values.ID("organization_status_id"), want)
				}
			}
			if _, err := s.core.UpdateOrganization(s.ctx, boss, orgs[0], core.OrganizationChange{Values: tenon.Values{"organization_status_id": nil}}); err != nil {
				s.Fatal(err)
			}
		}
		_, err := s.trash.PlanOrganizations(s.ctx, boss, trash.ActionStatus, orgs, tenon.Choices{Value: "77777"})
		s.refused(err, tenon.Invalid, "no entry")
		_, err = s.trash.PlanOrganizations(s.ctx, as(tenon.ReadOnly), trash.ActionTag, orgs, tenon.Choices{Tags: []string{"x"}})
		s.refused(err, tenon.Forbidden, "")
	})
}

func (s *story) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// TestSentencesOfEdits reads what plans that change a field say beforehand.
func TestSentencesOfEdits(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		s.trash.Small()
		acme := s.org("Acme", 0)
		beta := s.org("Beta", 0)
		people, _ := s.crowd(acme, 9)
		row, err := s.core.CreateLookup(s.ctx, boss, "contact_types", core.LookupChange{Name: ptr("Owner")})
		s.must(err)
		one := s.get(people[0]).Name
		group, err := s.core.CreateGroup(s.ctx, boss, core.GroupChange{Name: ptr("Night shift")})
		s.must(err)
		team := []tenon.Subject{{Kind: tenon.SubjectGroup, ID: int64(group.ID)}}
		for _, c := range []struct {
			action string
			ids    []tenon.ItemID
			with   tenon.Choices
			want   string
		}{
			{trash.ActionTag, people[:1], tenon.Choices{Tags: []string{"vip", "on site"}}, one + ` is tagged "vip" and "on site"`},
			{trash.ActionUntag, people[:2], tenon.Choices{Tags: []string{"vip"}}, `2 records are freed of the tags "vip"`},
			{trash.ActionType, people, tenon.Choices{Value: row.ID.String()}, "9 records are given the type Owner"},
			{trash.ActionType, people[:1], tenon.Choices{}, one + " is left without a type"},
			{trash.ActionRestrict, people[:2], tenon.Choices{Subjects: team}, "2 records are restricted to 1 user or group"},
			{trash.ActionRestrict, people[:2], tenon.Choices{}, "2 records are opened to everybody who reaches their organization"},
		} {
			p, err := s.trash.PlanSelection(s.ctx, boss, c.action, trash.Selection{IDs: c.ids}, 0, c.with)
			s.must(err)
			if got := p.Sentence.String(); got != c.want {
				s.Errorf("%s: got %q, want %q", c.action, got, c.want)
			}
		}
		for n, want := range map[int]string{1: "Acme is left without a status", 2: "2 organizations are left without a status"} {
			p, err := s.trash.PlanOrganizations(s.ctx, boss, trash.ActionStatus, []tenon.OrgID{acme, beta}[:n], tenon.Choices{})
			s.must(err)
			if got := p.Sentence.String(); got != want {
				s.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestEditFewItems(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme := s.org("Acme", 0)
		people, servers := s.crowd(acme, 3)
		p, err := s.trash.PlanItemsWith(s.ctx, boss, trash.ActionRestrict, people, 0, tenon.Choices{})
		if err != nil {
			s.Fatal(err)
		}
		_, err = s.trash.Run(s.ctx, boss, p)
		s.refused(err, tenon.Conflict, "so already")
		group, err := s.core.CreateGroup(s.ctx, boss, core.GroupChange{Name: ptr("Night shift")})
		if err != nil {
			s.Fatal(err)
		}
		p, err = s.trash.PlanItemsWith(s.ctx, boss, trash.ActionRestrict, people, 0, tenon.Choices{Subjects: []tenon.Subject{{Kind: tenon.SubjectGroup, ID: int64(group.ID)}}})
		if err != nil {
			s.Fatal(err)
		}
		op, err := s.trash.Run(s.ctx, boss, p)
		if err != nil {
			s.Fatal(err)
		}
		if !s.get(people[0]).Restricted {
			s.Error("it is open")
		}
		s.takeBack(op)
		if s.get(people[0]).Restricted {
			s.Error("it is still closed")
		}
		_, err = s.trash.PlanItemsWith(s.ctx, boss, trash.ActionType, append(people, servers...), 0, tenon.Choices{Value: "1"})
		s.refused(err, tenon.Invalid, "several kinds")
	})
}

func ptr[T any](v T) *T { return &v }

// TestManyGoesOnAfterFaults ends the job at one statement after the other and
// starts it again: what comes of it is what an undisturbed run makes, once.
func TestManyGoesOnAfterFaults(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var left atomic.Int64
			left.Store(-1)
			errFault := errors.New("the disk is gone")
			o := storetest.Options(t, engine, storetest.NewClock())
			o.OnStatement = func(string) error {
				if left.Load() >= 0 && left.Add(-1) < 0 {
					return errFault
				}
				return nil
			}
			st := storetest.OpenWith(t, o)
			keys, err := secret.ParseKeys(secret.NewText("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
			if err != nil {
				t.Fatal(err)
			}
			jobs, err := job.New(context.Background(), st, job.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c := core.New(core.Options{Store: st, Keys: keys})
			s := &story{T: t, ctx: context.Background(), st: st, keys: keys, core: c, trash: trash.New(c, jobs)}
			s.trash.Small()
			acme, beta := s.org("Acme", 0), s.org("Beta", 0)
			people, _ := s.crowd(acme, 9)
			// force drives a job through a fault at every few statements.
			force := func(op *tenon.Operation, work func(context.Context, tenon.OperationID, int64) error) {
				t.Helper()
				for n := int64(3); ; n += 17 {
					var attempt int64
					s.write(func(tx *store.Tx) (err error) { attempt, _, err = tx.BeginAttempt(op.ID); return err })
					left.Store(n)
					err := work(s.ctx, op.ID, attempt)
					left.Store(-1)
					if err == nil {
						return
					}
					if !errors.Is(err, errFault) {
						t.Fatal(err)
					}
				}
			}
			p, err := s.trash.PlanSelection(s.ctx, boss, trash.ActionMove, trash.Selection{Query: &store.ItemQuery{Kind: tenon.Contact, Org: acme}}, beta, tenon.Choices{})
			if err != nil {
				t.Fatal(err)
			}
			op, err := s.trash.Run(s.ctx, boss, p)
			if err != nil || op.State != tenon.Running {
				t.Fatalf("%v %+v", err, op)
			}
			// One is gone when its turn comes.
			s.write(func(tx *store.Tx) error { _, err := tx.TrashItems(people[4:5], op.ID); return err })
			force(op, s.trash.Many)
			s.write(func(tx *store.Tx) error { _, err := tx.RestoreItems(op.ID); return err })
			op = s.operation(op.ID)
			if op.Receipt.Counts["items"] != 8 || op.Receipt.Counts["skipped"] != 1 || op.Done != 9 {
				t.Errorf("%s: %+v", op.Title, op.Receipt)
			}
			for i, id := range people {
				if in := s.get(id).OrgID; (in == beta) == (i == 4) {
					t.Errorf("person %d is with organization %d", i, in)
				}
			}
			back, err := s.trash.Undo(s.ctx, boss, op.ID)
			if err != nil {
				t.Fatal(err)
			}
			force(back, s.trash.UndoMany)
			for _, id := range people {
				if s.get(id).OrgID != acme {
					t.Errorf("%d did not come back", id)
				}
			}
			found, err := check.Run(s.ctx, st, check.Options{Keys: keys, Deep: true})
			if err != nil || len(found) > 0 {
				t.Errorf("%v %v", err, found)
			}
		})
	}
}

func (s *story) operation(id tenon.OperationID) *tenon.Operation {
	s.Helper()
	var op *tenon.Operation
	err := s.st.Read(s.ctx, func(tx *store.Tx) (err error) {
		op, err = tx.GetOperation(boss, id)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return op
}

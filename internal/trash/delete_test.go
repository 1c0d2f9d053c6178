package trash_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

func TestDeleteTreeAndRestore(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		top := s.org("Holding", 0)
		acme := s.org("Acme", top, "external_id", "X-1")
		north := s.org("Acme North", acme)
		deep := s.org("Acme Far North", north)
		other := s.org("Other", 0)
		before := s.census()
		p := s.planDelete(acme)
		if p.Counts["organizations"] != 3 || p.Counts["sub_organizations"] != 2 || len(p.Children) != 2 || p.Children[1].From != north {
			s.Errorf("plan: %+v, children %+v", p.Counts, p.Children)
		}
		op := s.confirm(p)
		if op.Kind != "delete" || op.State != tenon.Finished || op.Title.String() != "Acme with 2 sub-organizations was deleted" {
			s.Errorf("operation: %+v", op)
		}
		for _, id := range []tenon.OrgID{acme, north, deep} {
			if got := s.state(id); got != tenon.Trashed {
				s.Errorf("organization %d is %s", id, got)
			}
		}
		if s.state(top) != tenon.Live || s.state(other) != tenon.Live {
			s.Error("more was deleted than planned")
		}
		s.sound()
		_, err := s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		_, err = s.trash.Restore(s.ctx, admin, int64(north))
		s.refused(err, tenon.Conflict, fmt.Sprintf("(operation %d)", op.ID))
		back, err := s.trash.Restore(s.ctx, admin, int64(acme))
		if err != nil {
			s.Fatal(err)
		}
		if back.Kind != "restore" || back.Undoes != op.ID || len(back.Receipt.Notes) != 0 || back.Receipt.Counts["organizations"] != 3 {
			s.Errorf("restore: %+v %+v", back, back.Receipt)
		}
		if s.parent(acme) != top || s.parent(deep) != north {
			s.Error("the tree is not what it was")
		}
		s.same(before)
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, "undone already")
		_, err = s.trash.Restore(s.ctx, admin, int64(acme))
		s.refused(err, tenon.Conflict, "not in the trash")
	})
}

func TestDeleteBlockers(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		a, b := s.org("Acme", 0), s.org("Bolt", 0)
		s.blocked(s.planDelete(a, b), "bulk_delete_off", "allow_bulk_delete")
		s.set(tenon.SettingBulkDelete, "true")
		s.set(tenon.SettingPrimary, b.String())
		s.blocked(s.planDelete(a, b), "primary", "")
		s.set(tenon.SettingPrimary, "")
		s.write(func(tx *store.Tx) error {
			return tx.AddLink(store.Link{Connection: 1, Kind: "organization", External: "7", Binder: b.Home(), State: "syncing"})
		})
		s.blocked(s.planDelete(b), "syncing", "disable_sync")
		s.write(func(tx *store.Tx) error {
			return tx.SetLinkState(store.Link{Connection: 1, Kind: "organization", External: "7"}, "disabled")
		})
		link := s.links(b)
		op := s.delete(a, b)
		if got := s.links(b); got[0].State != store.LinkTombstone {
			s.Errorf("the link is %+v", got)
		}
		s.blocked(s.planDelete(b), "not_live", "")
		s.undo(op)
		if got := s.links(b); !slices.Equal(got, link) {
			s.Errorf("the link is %+v, was %+v", got, link)
		}
		s.mergeOrgs(a, b)
		s.blocked(s.planDelete(a), "not_live", "")
		s.write(func(tx *store.Tx) error {
			return tx.InsertOperation(&tenon.Operation{ID: 999999, Kind: "import", State: tenon.Running, TargetID: b, Title: tenon.Say("Importing %s", "clients.csv")}, nil)
		})
		s.blocked(s.planDelete(b), "busy", "")
		s.write(func(tx *store.Tx) error {
			_, err := tx.FailOperation(999999, 0, tenon.Say("Internal error"))
			return err
		})
	})
}

func (s *story) links(id tenon.OrgID) (out []store.Link) {
	s.Helper()
	s.write(func(tx *store.Tx) (err error) {
		out, err = tx.SystemBinderLinks([]tenon.BinderID{id.Home()})
		return err
	})
	return out
}

func TestDeleteRights(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		a, b := s.org("Acme", 0), s.org("Bolt", 0)
		for _, r := range []tenon.Role{tenon.Creator, tenon.Lite, tenon.ReadOnly} {
			_, err := s.trash.PlanDelete(s.ctx, as(r), []tenon.OrgID{a})
			s.refused(err, tenon.Forbidden, "may not delete organizations")
		}
		_, err := s.trash.PlanDelete(s.ctx, as(tenon.Editor), []tenon.OrgID{a, b})
		s.refused(err, tenon.Forbidden, "may not delete many")
		_, err = s.trash.PlanDelete(s.ctx, admin, []tenon.OrgID{a, a})
		s.refused(err, tenon.Invalid, "named twice")
		_, err = s.trash.PlanDelete(s.ctx, admin, nil)
		s.refused(err, tenon.Invalid, "Name the organization")
		_, err = s.trash.PlanDelete(s.ctx, admin, []tenon.OrgID{99999})
		s.refused(err, tenon.NotFound, "99999")
		p, err := s.trash.PlanDelete(s.ctx, as(tenon.Editor), []tenon.OrgID{a})
		if err != nil {
			s.Fatal(err)
		}
		op, err := s.trash.Run(s.ctx, as(tenon.Editor), p)
		if err != nil {
			s.Fatal(err)
		}
		_, err = s.trash.Undo(s.ctx, as(tenon.Editor), op.ID)
		s.refused(err, tenon.Forbidden, "may not restore")
		// Somebody who reaches the organization and not what is below it.
		sub := s.org("Bolt North", b)
		near := s.person(tenon.Manager, b)
		if p, err = s.trash.PlanDelete(s.ctx, near, []tenon.OrgID{b}); err != nil {
			s.Fatal(err)
		}
		if len(p.Blockers) != 1 || p.Blockers[0].Code != "no_right" || strings.Contains(fmt.Sprint(p), "Bolt North") || p.Blockers[0].Subject != int64(sub) {
			s.Errorf("plan: %+v", p)
		}
		_, err = s.trash.PlanDelete(s.ctx, near, []tenon.OrgID{sub})
		s.refused(err, tenon.NotFound, "There is no organization")
		op = s.delete(b)
		_, err = s.trash.Undo(s.ctx, near, op.ID)
		s.refused(err, tenon.Forbidden, "do not reach")
	})
}

func TestStaleDelete(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		a := s.org("Acme", 0)
		p := s.planDelete(a)
		s.org("Acme North", a)
		_, err := s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		p = s.planDelete(a)
		if _, err := s.core.UpdateOrganization(s.ctx, admin, a, core.OrganizationChange{Values: tenon.Values{"name": "Acme Ltd"}}); err != nil {
			s.Fatal(err)
		}
		_, err = s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		p = s.planDelete(a)
		p.Fingerprint = ""
		_, err = s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Invalid, "fingerprint")
		_, err = s.trash.Run(s.ctx, admin, &tenon.Plan{Operation: "dance"})
		s.refused(err, tenon.Invalid, "dance")
	})
}

func TestRestoreIntoAChangedWorld(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		top := s.org("Top", 0)
		mid := s.org("Mid", top)
		low := s.org("Low", mid, "external_id", "X-9")
		opLow := s.delete(low)
		opMid := s.delete(mid)
		// Its parent is in the trash: it comes back as a root.
		back := s.undo(opLow)
		if s.parent(low) != 0 || len(back.Receipt.Notes) != 1 {
			s.Errorf("parent %d, notes %v", s.parent(low), back.Receipt.Notes)
		}
		// The tree was turned round: its old place would close a ring.
		if _, err := s.core.UpdateOrganization(s.ctx, admin, top, core.OrganizationChange{Values: tenon.Values{"parent_id": int64(low)}}); err != nil {
			s.Fatal(err)
		}
		s.undo(opMid)
		if s.parent(mid) != top {
			s.Errorf("mid is below %d", s.parent(mid))
		}
		opLow = s.delete(low) // takes top and mid along
		if s.state(mid) != tenon.Trashed {
			s.Error("mid stayed")
		}
		taken := s.org("Taken", 0, "external_id", "x-9")
		back = s.undo(opLow)
		if s.parent(mid) != top || s.parent(top) != low || len(back.Receipt.Notes) != 1 {
			s.Errorf("notes %v", back.Receipt.Notes)
		}
		o, err := s.core.Organization(s.ctx, admin, low)
		if err != nil || o.Values.Text("external_id") != "" {
			s.Errorf("external id of the returning one: %+v, %v", o, err)
		}
		if o, err = s.core.Organization(s.ctx, admin, taken); err != nil || o.Values.Text("external_id") != "x-9" {
			s.Errorf("external id of the other: %+v, %v", o, err)
		}
	})
}

func TestDepthIsKeptByARestore(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		root := s.org("Root", 0)
		at := root
		for i := 2; i <= 5; i++ {
			at = s.org(fmt.Sprint("Level ", i), at)
		}
		leaf := s.org("Leaf", at)
		s.org("Leaf of leaf", leaf)
		op := s.delete(leaf)
		above := s.org("Above", 0)
		for i := 2; i <= 4; i++ {
			above = s.org(fmt.Sprint("Above ", i), above)
		}
		if _, err := s.core.UpdateOrganization(s.ctx, admin, root, core.OrganizationChange{Values: tenon.Values{"parent_id": int64(above)}}); err != nil {
			s.Fatal(err)
		}
		back := s.undo(op) // 4 + 5 above it, and two levels of its own
		if s.parent(leaf) != 0 || len(back.Receipt.Notes) != 1 {
			s.Errorf("parent %d, notes %v", s.parent(leaf), back.Receipt.Notes)
		}
	})
}

func TestDeleteAndMergeInOddOrders(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		a, b := s.org("Acme", 0), s.org("Bolt", 0)
		sub := s.org("Acme South", a)
		before := s.census()
		m := s.mergeOrgs(a, b)
		op := s.delete(b)
		if s.state(sub) != tenon.Trashed {
			s.Error("the sub-organization of what was merged in stayed")
		}
		_, err := s.merge.Undo(s.ctx, admin, m.ID)
		s.refused(err, tenon.Conflict, fmt.Sprintf("operation %d", op.ID))
		s.undo(op)
		if _, err := s.merge.Undo(s.ctx, admin, m.ID); err != nil {
			s.Fatal(err)
		}
		s.same(before)
		// Delete first: what is in the trash cannot be merged.
		op = s.delete(a)
		p, err := s.merge.Plan(s.ctx, admin, []tenon.OrgID{a}, b, tenon.Choices{})
		if err != nil || len(p.Blockers) != 1 {
			s.Errorf("merge plan: %+v, %v", p, err)
		}
		s.undo(op)
		s.mergeOrgs(a, b)
		if s.parent(sub) != b {
			s.Errorf("the sub-organization is below %d", s.parent(sub))
		}
	})
}

// A delete and a restore run the same statements whatever there is in the
// organization.
func TestDeleteCostsNothingPerItem(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var statements []string
			clock := storetest.NewClock()
			o := storetest.Options(t, engine, clock)
			o.OnStatement = func(text string) error { statements = append(statements, text); return nil }
			st := storetest.OpenWith(t, o)
			c := core.New(core.Options{Store: st})
			s := &story{T: t, ctx: context.Background(), st: st, clock: clock, core: c, trash: trash.New(c, nil), merge: merge.New(c, nil)}
			small, large := s.org("Small", 0), s.org("Large", 0)
			for i := range 150 {
				s.named(tenon.Contact, large, fmt.Sprint("Contact ", i))
			}
			run := func(id tenon.OrgID) (n, back int) {
				p := s.planDelete(id)
				statements = nil
				op := s.confirm(p)
				n = len(statements)
				statements = nil
				if _, err := s.trash.Undo(s.ctx, admin, op.ID); err != nil {
					t.Fatal(err)
				}
				return n, len(statements)
			}
			n, back := run(small)
			if n2, back2 := run(large); n2 != n || back2 != back || n > 60 {
				t.Errorf("%d and %d statements, with 150 items %d and %d", n, back, n2, back2)
			}
			s.sound()
		})
	}
}

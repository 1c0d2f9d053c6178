package trash_test

import (
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

func TestDeleteItemsWithWhatHangsOnThem(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme := s.org("Acme", 0)
		server := s.named(tenon.Configuration, acme, "Server")
		inside := s.secretly(acme, "Root", "one", server)
		other := s.named(tenon.Configuration, acme, "Printer")
		s.write(func(tx *store.Tx) error {
			return tx.AddLink(store.Link{Connection: 1, Kind: "configuration", External: "9", Item: server, State: "syncing"})
		})
		before := s.census()
		p := s.plan(trash.ActionDelete, 0, server)
		if p.Counts["along"] != 1 || len(p.Items) != 2 || !p.Items[1].Along {
			s.Errorf("plan: %+v %+v", p.Counts, p.Items)
		}
		op := s.confirm(p)
		s.gone(server)
		s.gone(inside)
		s.get(other)
		s.sound()
		_, err := s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		// One that hangs on what is in the trash cannot come back alone.
		s.blocked(s.plan(trash.ActionRestore, 0, inside), "host_in_trash", "restore")
		s.undo(op)
		s.same(before)
		if s.reveal(inside) != "one" {
			s.Error("the secret is another")
		}
		// One that was named comes back with what went along.
		op = s.do(trash.ActionDelete, 0, server)
		if _, err := s.trash.Restore(s.ctx, admin, int64(server)); err != nil {
			s.Fatal(err)
		}
		s.same(before)
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, "restored or purged already")
		s.write(func(tx *store.Tx) error {
			l, err := tx.SystemItemLinks(server)
			if err == nil && l[0].State != "syncing" {
				s.Errorf("link: %+v", l)
			}
			return err
		})
		// Of its organization's delete, an item in the trash waits for that.
		s.do(trash.ActionDelete, 0, other)
		orgOp := s.delete(acme)
		s.blocked(s.plan(trash.ActionRestore, 0, other), "organization_in_trash", "restore")
		s.undo(orgOp)
		s.gone(other)
		s.do(trash.ActionRestore, 0, other)
		s.get(other)
	})
}

func TestBulkAndRightsOfItems(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt := s.org("Acme", 0), s.org("Bolt", 0)
		a, b := s.named(tenon.Document, acme, "A"), s.named(tenon.Document, acme, "B")
		s.blocked(s.plan(trash.ActionDelete, 0, a, b), "bulk_delete_off", "allow_bulk_delete")
		s.set(tenon.SettingBulkDelete, "true")
		for _, c := range []struct {
			v      tenon.Viewer
			action string
			target tenon.OrgID
			ids    []tenon.ItemID
			code   tenon.Code
			words  string
		}{
			{as(tenon.Editor), trash.ActionDelete, 0, []tenon.ItemID{a, b}, tenon.Forbidden, "may not delete many"},
			{as(tenon.Creator), trash.ActionDelete, 0, []tenon.ItemID{a}, tenon.Forbidden, "may not delete items"},
			{as(tenon.ReadOnly), trash.ActionMove, bolt, []tenon.ItemID{a}, tenon.Forbidden, "may not edit items"},
			{as(tenon.Lite), trash.ActionCopy, bolt, []tenon.ItemID{a}, tenon.Forbidden, "may not create items"},
			{as(tenon.Editor), trash.ActionRestore, 0, []tenon.ItemID{a}, tenon.Forbidden, "may not restore"},
			{admin, "dance", 0, []tenon.ItemID{a}, tenon.Invalid, "dance"},
			{admin, trash.ActionMove, 0, []tenon.ItemID{a}, tenon.Invalid, "receives"},
			{admin, trash.ActionDelete, bolt, []tenon.ItemID{a}, tenon.Invalid, "no organization"},
			{admin, trash.ActionDelete, 0, nil, tenon.Invalid, "Name the items"},
			{admin, trash.ActionDelete, 0, []tenon.ItemID{a, a}, tenon.Invalid, "named twice"},
			{admin, trash.ActionDelete, 0, []tenon.ItemID{99999}, tenon.NotFound, "99999"},
			{admin, trash.ActionDelete, 0, make([]tenon.ItemID, 1001), tenon.TooLarge, "1000 items"},
			{s.person(tenon.Manager, bolt), trash.ActionMove, bolt, []tenon.ItemID{a}, tenon.NotFound, "There is no item"},
			{s.person(tenon.Manager, acme), trash.ActionMove, bolt, []tenon.ItemID{a}, tenon.NotFound, "There is no organization"},
		} {
			_, err := s.trash.PlanItems(s.ctx, c.v, c.action, c.ids, c.target)
			s.refused(err, c.code, c.words)
		}
		s.blocked(s.plan(trash.ActionMove, acme, a), "same_organization", "")
		p := s.plan(trash.ActionMove, bolt, a)
		op := s.delete(bolt)
		_, err := s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		s.blocked(s.plan(trash.ActionMove, bolt, a), "target_not_live", "restore")
		s.undo(op)
		op = s.do(trash.ActionDelete, 0, a, b)
		s.undo(op)
		op = s.do(trash.ActionArchive, 0, a, b)
		if !s.get(a).Archived {
			s.Error("not archived")
		}
		s.do(trash.ActionUnarchive, 0, b)
		s.undo(op)
		if s.get(a).Archived || s.get(b).Archived {
			s.Error("still archived")
		}
	})
}

func TestMoveAndBack(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt := s.org("Acme", 0), s.org("Bolt", 0)
		office := s.named(tenon.Location, acme, "Office")
		if _, err := s.core.UpdateOrganization(s.ctx, admin, acme, core.OrganizationChange{Values: tenon.Values{"primary_location_id": int64(office)}}); err != nil {
			s.Fatal(err)
		}
		server := s.item(tenon.Configuration, acme, core.ItemChange{Values: tenon.Values{"name": "Server", "location_id": int64(office)},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "eth0"}}}})
		inside := s.secretly(acme, "Root", "one", server)
		two := secret.NewText("two")
		if _, err := s.core.UpdateItem(s.ctx, admin, inside, core.ItemChange{Secrets: map[string]*secret.Text{"password": &two}}); err != nil {
			s.Fatal(err)
		}
		ticket := s.item(tenon.Ticket, acme, core.ItemChange{Values: tenon.Values{"subject": "Down", "configuration_id": int64(server)}})
		first := s.get(ticket).Number
		s.item(tenon.Ticket, bolt, core.ItemChange{Values: tenon.Values{"subject": "Bolt's"}})
		p := s.plan(trash.ActionMove, bolt, server, ticket)
		if len(p.Moves) != 3 || len(p.References) != 1 {
			s.Errorf("plan: %+v, references %+v", p.Moves, p.References)
		}
		op := s.confirm(p)
		for _, id := range []tenon.ItemID{server, inside, ticket} {
			if i := s.get(id); i.OrgID != bolt || i.BinderID != bolt.Home() {
				s.Errorf("%s is filed with %s", i.Name, i.OrgName)
			}
		}
		if i := s.get(server); i.Values.ID("location_id") != 0 || s.get(ticket).Number == first || s.get(ticket).Values.ID("configuration_id") != int64(server) {
			s.Errorf("server %+v, ticket %+v", i.Values, s.get(ticket))
		}
		if s.reveal(inside) != "two" {
			s.Error("the secret is another")
		}
		s.sound()
		if _, err := s.core.RestoreRevision(s.ctx, admin, inside, 1); err != nil || s.reveal(inside) != "one" {
			s.Errorf("the past version: %v", err)
		}
		// Added at the new place since: it goes back with what it hangs on.
		late := s.secretly(bolt, "Late", "three", server)
		s.undo(op)
		for _, id := range []tenon.ItemID{server, inside, ticket, late} {
			if i := s.get(id); i.OrgID != acme {
				s.Errorf("%s is filed with %s", i.Name, i.OrgName)
			}
		}
		if i := s.get(server); i.Values.ID("location_id") != int64(office) || s.get(ticket).Number != first || s.reveal(late) != "three" {
			s.Errorf("server %+v, ticket %+v", i.Values, s.get(ticket))
		}
		// An embedded password that moves alone is taken out of what it was in;
		// a location that moves is nobody's primary one.
		op = s.do(trash.ActionMove, bolt, late, office)
		if s.get(late).Values.ID("resource_id") != 0 || s.get(server).Values.ID("location_id") != 0 {
			s.Error("references cross organizations")
		}
		o, err := s.core.Organization(s.ctx, admin, acme)
		if err != nil || o.Values.ID("primary_location_id") != 0 {
			s.Errorf("%+v, %v", o.Values, err)
		}
		s.undo(op)
		o, err = s.core.Organization(s.ctx, admin, acme)
		if err != nil || o.Values.ID("primary_location_id") != int64(office) || s.get(late).Values.ID("resource_id") != int64(server) {
			s.Errorf("%+v, %v", o.Values, err)
		}
		// Kept by choice.
		p, err = s.trash.PlanItemsWith(s.ctx, admin, trash.ActionMove, []tenon.ItemID{office}, bolt, tenon.Choices{KeepReferences: true})
		if err != nil {
			s.Fatal(err)
		}
		op = s.confirm(p)
		if s.get(server).Values.ID("location_id") != int64(office) {
			s.Error("the reference was not kept")
		}
		s.delete(acme)
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, "is in the trash")
	})
}

func TestCopy(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt := s.org("Acme", 0), s.org("Bolt", 0)
		who := s.named(tenon.Contact, acme, "Ann")
		server := s.item(tenon.Configuration, acme, core.ItemChange{Values: tenon.Values{"name": "Server", "contact_id": int64(who)},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "eth0", "ip_address": "10.0.0.1"}}}})
		s.secretly(acme, "Root", "one", server)
		viewer := s.person(tenon.Editor, bolt)
		if _, err := s.core.Restrict(s.ctx, admin, server, []tenon.Subject{{Kind: "user", ID: int64(viewer.User)}}); err != nil {
			s.Fatal(err)
		}
		before := s.census()
		op := s.do(trash.ActionCopy, bolt, server)
		list, _, err := s.core.Items(s.ctx, viewer, store.ItemQuery{Org: bolt})
		if err != nil || len(list) != 2 {
			s.Fatalf("copies: %d, %v", len(list), err)
		}
		var config, inside *tenon.Item
		for _, i := range list {
			if i.Kind == tenon.Configuration {
				config = i
			} else {
				inside = i
			}
		}
		if !config.Restricted || !inside.Restricted || config.Values.ID("contact_id") != 0 || inside.Values.ID("resource_id") != int64(config.ID) {
			s.Errorf("config %+v, inside %+v", config, inside)
		}
		parts, err := s.core.Parts(s.ctx, admin, config.ID)
		if err != nil || len(parts) != 1 || parts[0].Values.Text("ip_address") != "10.0.0.1" || s.reveal(inside.ID) != "one" {
			s.Errorf("parts %+v, %v", parts, err)
		}
		for _, d := range before.Diff(s.census()) {
			if d[len(d)-3:] != "new" {
				s.Error(d)
			}
		}
		s.undo(op)
		s.gone(config.ID)
		s.gone(inside.ID)
	})
}

func TestContactsGoHome(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt, coil := s.org("Acme", 0), s.org("Bolt", 0), s.org("Coil", 0)
		ann, bob := s.named(tenon.Contact, acme, "Ann"), s.named(tenon.Contact, acme, "Bob")
		for n, o := range []tenon.OrgID{coil, bolt} {
			s.clock.Advance(time.Duration(n+1) * time.Hour)
			if _, err := s.core.AddMember(s.ctx, admin, ann, o); err != nil {
				s.Fatal(err)
			}
		}
		before := s.census()
		p := s.planDelete(acme)
		if len(p.Moves) != 1 || p.Moves[0].Item != ann || p.Moves[0].To != coil {
			s.Errorf("moves %+v", p.Moves)
		}
		p2, err := s.trash.PlanDelete(s.ctx, s.person(tenon.Editor, acme), []tenon.OrgID{acme})
		if err != nil || len(p2.Moves) != 1 || p2.Moves[0].Item != 0 || p2.Moves[0].To != 0 || p2.Moves[0].ToName != "" {
			s.Errorf("somebody who does not reach Coil is told: %+v, %v", p2, err)
		}
		op := s.confirm(p)
		if s.get(ann).OrgID != coil {
			s.Errorf("Ann is filed with %s", s.get(ann).OrgName)
		}
		s.gone(bob)
		s.sound()
		s.undo(op)
		if s.get(ann).OrgID != acme || s.get(bob).OrgID != acme {
			s.Error("not back")
		}
		for _, d := range before.Diff(s.census()) {
			if d[:9] != "revisions" { // each move keeps a version
				s.Error(d)
			}
		}
		// A plan that was made before somebody became a member is stale.
		p = s.planDelete(acme)
		if _, err := s.core.AddMember(s.ctx, admin, bob, bolt); err != nil {
			s.Fatal(err)
		}
		_, err = s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		s.delete(acme)
		s.delete(coil)
		if got := s.get(ann).OrgID; got != bolt {
			s.Errorf("Ann is filed with %d", got)
		}
	})
}

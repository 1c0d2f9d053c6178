package trash_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

func (s *story) planPurge(orgs []tenon.OrgID, items ...tenon.ItemID) *tenon.Plan {
	s.Helper()
	p, err := s.trash.PlanPurge(s.ctx, admin, orgs, items)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

func TestPurgeOrganization(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		old, acme, bolt := s.org("Old Acme", 0), s.org("Acme", 0, "external_id", "X-5", "notes", "confidential"), s.org("Bolt", 0)
		sub := s.org("Acme North", acme)
		who := s.person(tenon.Editor, acme)
		office := s.named(tenon.Location, acme, "Office")
		server := s.item(tenon.Configuration, acme, core.ItemChange{Values: tenon.Values{"name": "Server", "location_id": int64(office)},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "eth0"}}}})
		s.secretly(acme, "Root", "one", server)
		single := s.named(tenon.Document, acme, "Deleted before")
		s.named(tenon.Document, old, "Of the merged one")
		guest := s.named(tenon.Contact, bolt, "Guest")
		if _, err := s.core.AddMember(s.ctx, admin, guest, acme); err != nil {
			s.Fatal(err)
		}
		stays := s.named(tenon.Configuration, bolt, "Stays")
		if _, err := s.core.Relate(s.ctx, admin, stays, server, 0, "twins"); err != nil {
			s.Fatal(err)
		}
		moved := s.named(tenon.Configuration, acme, "Moved", "location_id", int64(office))
		p, err := s.trash.PlanItemsWith(s.ctx, admin, trash.ActionMove, []tenon.ItemID{moved}, bolt, tenon.Choices{KeepReferences: true})
		if err != nil {
			s.Fatal(err)
		}
		s.confirm(p)
		m := s.mergeOrgs(old, acme)
		s.do(trash.ActionDelete, 0, single)
		s.blocked(s.planPurge([]tenon.OrgID{bolt}), "not_in_trash", "")
		op := s.delete(acme)
		p = s.planPurge([]tenon.OrgID{acme})
		if p.Counts["items"] != 5 || len(p.References) != 1 || p.MustType != "Acme" {
			s.Errorf("plan: %+v, %+v, type %q", p.Counts, p.References, p.MustType)
		}
		_, err = s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Invalid, `type "Acme"`)
		p.Typed = "Acme"
		done := s.confirm(p)
		if done.State != tenon.Finished || done.Done != done.Total || done.Title.String() != "Acme was purged" {
			s.Errorf("purge: %+v", done)
		}
		if s.state(acme) != tenon.Purged || s.state(sub) != tenon.Trashed {
			s.Errorf("acme is %s, its sub-organization %s", s.state(acme), s.state(sub))
		}
		if s.get(moved).Values.ID("location_id") != 0 {
			s.Error("a reference to what was purged stayed")
		}
		for _, d := range s.census().Diff(nil) {
			if strings.Contains(d, "secrets") || strings.Contains(d, "parts") {
				s.Error(d)
			}
		}
		s.sound()
		_, err = s.merge.Undo(s.ctx, admin, m.ID)
		s.refused(err, tenon.Conflict, "purged")
		back := s.undo(op) // what is left of it: the sub-organization
		if s.parent(sub) != 0 || len(back.Receipt.Notes) != 2 {
			s.Errorf("parent %d, notes %v", s.parent(sub), back.Receipt.Notes)
		}
		_, err = s.trash.Undo(s.ctx, admin, done.ID)
		s.refused(err, tenon.Conflict, "cannot be undone")
		s.write(func(tx *store.Tx) error {
			o, err := tx.GetOperation(admin, m.ID)
			if err == nil && len(o.Receipt.Kept) > 0 {
				s.Error("the receipt of the merge still says what the organization said")
			}
			again, err2 := tx.LoadViewer(who.User)
			if reached, err3 := tx.Binders(again, acme); err2 != nil || err3 != nil || len(reached) > 0 {
				s.Errorf("still reached: %v, %v, %v", reached, err2, err3)
			}
			return err
		})
	})
}

func TestPurgeItems(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme := s.org("Acme", 0)
		server := s.named(tenon.Configuration, acme, "Server")
		s.secretly(acme, "Root", "one", server)
		s.write(func(tx *store.Tx) error {
			return tx.AddLink(store.Link{Connection: 1, Kind: "configuration", External: "9", Item: server, State: "paused"})
		})
		_, err := s.trash.PlanPurge(s.ctx, admin, nil, []tenon.ItemID{server})
		s.refused(err, tenon.NotFound, "in the trash")
		op := s.do(trash.ActionDelete, 0, server)
		_, err = s.trash.PlanPurge(s.ctx, as(tenon.Editor), nil, []tenon.ItemID{server})
		s.refused(err, tenon.Forbidden, "may not purge")
		_, err = s.trash.PlanPurge(s.ctx, admin, nil, nil)
		s.refused(err, tenon.Invalid, "Name what")
		p := s.planPurge(nil, server)
		p.Typed = "Server"
		s.undo(op)
		_, err = s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.NotFound, "in the trash")
		op = s.do(trash.ActionDelete, 0, server)
		p = s.planPurge(nil, server)
		p.Typed = "Server"
		s.confirm(p)
		if l := s.links(acme); len(l) != 1 || l[0].State != store.LinkTombstone {
			s.Errorf("the tombstone: %+v", l)
		}
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, "restored or purged already")
	})
}

func TestRetention(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt := s.org("Acme", 0), s.org("Bolt", 0)
		note := s.named(tenon.Document, bolt, "Note")
		s.delete(acme)
		s.do(trash.ActionDelete, 0, note)
		list, next, err := s.trash.Trash(s.ctx, admin, store.TrashQuery{Page: tenon.Page{Limit: 1}})
		if err != nil || len(list) != 1 || list[0].Record != int64(note) || next == "" {
			s.Errorf("trash: %+v %q %v", list, next, err)
		}
		list, next, err = s.trash.Trash(s.ctx, admin, store.TrashQuery{Page: tenon.Page{Limit: 1, Cursor: next}})
		if err != nil || len(list) != 1 || list[0].OrgID != acme || next != "" || list[0].PurgedAt.Sub(list[0].At) != 30*24*time.Hour || list[0].ByName != admin.Name {
			s.Errorf("trash: %+v %q %v", list, next, err)
		}
		list, _, err = s.trash.Trash(s.ctx, s.person(tenon.Manager, bolt), store.TrashQuery{})
		if err != nil || len(list) != 1 || list[0].OrgName != "Bolt" {
			s.Errorf("trash of somebody: %+v %v", list, err)
		}
		if op, err := s.trash.PurgeExpired(s.ctx); op != nil || err != nil {
			s.Errorf("purged too early: %+v, %v", op, err)
		}
		s.clock.Advance(31 * 24 * time.Hour)
		_, err = s.trash.PurgeExpired(s.ctx)
		s.refused(err, tenon.Conflict, "clock")
		s.org("Coil", 0) // something happens
		op, err := s.trash.PurgeExpired(s.ctx)
		if err != nil || op.State != tenon.Finished {
			s.Fatalf("%+v, %v", op, err)
		}
		if s.state(acme) != tenon.Purged {
			s.Error("not purged")
		}
		if list, _, err = s.trash.Trash(s.ctx, admin, store.TrashQuery{}); err != nil || len(list) != 0 {
			s.Errorf("trash: %+v %v", list, err)
		}
	})
}

// fence is a runner that keeps what it is given.
type fence struct {
	ops  []tenon.OperationID
	work job.Work
}

func (f *fence) Register(kind string, work func(context.Context, tenon.OperationID, int64) error) {
	if kind == trash.KindPurge {
		f.work = work
	}
}
func (f *fence) OnFail(string, func(*store.Tx, tenon.OperationID) error) {}
func (f *fence) EnqueueIn(_ *store.Tx, _ string, op tenon.OperationID) error {
	f.ops = append(f.ops, op)
	return nil
}

func TestPurgeIsKilledAndGoesOn(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		f := &fence{}
		e := trash.New(s.core, f)
		acme := s.org("Acme", 0)
		for i := range 120 {
			s.named(tenon.Document, acme, fmt.Sprint("Document ", i))
		}
		op := s.delete(acme)
		p := s.planPurge([]tenon.OrgID{acme})
		p.Typed = p.MustType
		purge, err := e.Run(s.ctx, admin, p)
		if err != nil || purge.State != tenon.Running || !slices.Equal(f.ops, []tenon.OperationID{purge.ID}) {
			s.Fatalf("%+v, %v", purge, err)
		}
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, "purged")
		begin := func() (attempt int64) {
			s.write(func(tx *store.Tx) (err error) { attempt, _, err = tx.BeginAttempt(purge.ID); return err })
			return attempt
		}
		first := begin()
		ctx, stop := context.WithCancel(s.ctx)
		stop()
		if err := f.work(ctx, purge.ID, first); err != job.ErrAgain {
			s.Errorf("a stopped job says %v", err)
		}
		second := begin()
		s.refused(f.work(s.ctx, purge.ID, first), tenon.Conflict, "taken over")
		if err := f.work(s.ctx, purge.ID, second); err != nil {
			s.Fatal(err)
		}
		if s.state(acme) != tenon.Purged {
			s.Error("not purged")
		}
	})
}

func TestUnusedFiles(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		files, err := blob.OpenDir(s.TempDir())
		if err != nil {
			s.Fatal(err)
		}
		c := core.New(core.Options{Store: s.st, Keys: s.keys, Blobs: files})
		acme := s.org("Acme", 0)
		note, other := s.named(tenon.Document, acme, "Note"), s.named(tenon.Document, acme, "Other")
		for i, x := range []struct {
			to   tenon.ItemID
			text string
		}{{note, "shared"}, {other, "shared"}, {note, "only here"}} {
			if _, err := c.Attach(s.ctx, admin, x.to, fmt.Sprint(i, ".txt"), "text/plain", strings.NewReader(x.text)); err != nil {
				s.Fatal(err)
			}
		}
		s.do(trash.ActionDelete, 0, note)
		p := s.planPurge(nil, note)
		p.Typed = p.MustType
		s.confirm(p)
		unused, err := s.trash.UnusedFiles(s.ctx, files)
		if err != nil || len(unused) != 1 {
			s.Fatalf("unused: %v, %v", unused, err)
		}
		if n, err := s.trash.RemoveFiles(s.ctx, files, unused); n != 1 || err != nil {
			s.Errorf("removed %d, %v", n, err)
		}
		if unused, err = s.trash.UnusedFiles(s.ctx, files); err != nil || len(unused) != 0 {
			s.Errorf("unused: %v, %v", unused, err)
		}
		if err := files.Close(); err != nil {
			s.Error(err)
		}
	})
}

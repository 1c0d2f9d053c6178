package trash_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

func (s *story) planPair(source, target tenon.ItemID, c tenon.Choices) *tenon.Plan {
	s.Helper()
	p, err := s.trash.PlanMergeItems(s.ctx, admin, source, target, c)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// differs lists what is not as it was, past versions and what is new left out.
func (s *story) differs(before map[string][16]byte) []string {
	s.Helper()
	var out []string
	c := s.census()
	for k, h := range before {
		if now, ok := c[k]; !strings.HasPrefix(k, "revisions") && (!ok || now != h) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

func TestMergeItems(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		files, err := blob.OpenDir(s.TempDir())
		if err != nil {
			s.Fatal(err)
		}
		c := core.New(core.Options{Store: s.st, Keys: s.keys, Blobs: files})
		old, acme := s.org("Old Acme", 0), s.org("Acme", 0)
		office := s.named(tenon.Location, acme, "Office")
		a := s.item(tenon.Configuration, old, core.ItemChange{Tags: &[]string{"red"}, Values: tenon.Values{"name": "SRV-1", "serial_number": "S1", "notes": "from a"},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "eth0"}, {"name": "eth1"}}}})
		b := s.item(tenon.Configuration, acme, core.ItemChange{Tags: &[]string{"blue"}, Values: tenon.Values{"name": "SRV-01", "location_id": int64(office), "notes": "from b"},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "lo"}}}})
		inside := s.secretly(old, "Root", "one", a)
		ticket := s.item(tenon.Ticket, old, core.ItemChange{Values: tenon.Values{"subject": "Down", "configuration_id": int64(a)}})
		near := s.named(tenon.Document, acme, "Manual")
		for _, x := range [][2]tenon.ItemID{{a, near}, {near, b}, {a, b}} {
			if _, err := s.core.Relate(s.ctx, admin, x[0], x[1], 0, ""); err != nil {
				s.Fatal(err)
			}
		}
		if _, err := c.Attach(s.ctx, admin, a, "a.txt", "text/plain", strings.NewReader("x")); err != nil {
			s.Fatal(err)
		}
		who := s.person(tenon.Editor, acme)
		if _, err := s.core.Restrict(s.ctx, admin, a, []tenon.Subject{{Kind: "user", ID: int64(who.User)}}); err != nil {
			s.Fatal(err)
		}
		s.write(func(tx *store.Tx) error {
			return tx.AddLink(store.Link{Connection: 1, Kind: "configuration", External: "9", Item: a, State: "syncing"})
		})
		s.blocked(s.planPair(a, b, tenon.Choices{}), "different_organizations", "move")
		s.mergeOrgs(old, acme)
		before := s.census()
		p := s.planPair(a, b, tenon.Choices{FillBlanks: true, Fields: map[string]tenon.FieldChoice{"notes": tenon.Append, "tags": tenon.Union}})
		if p.RecommendedItem != a || p.Counts["parts"] != 2 {
			s.Errorf("advice %d %q, counts %+v", p.RecommendedItem, p.Advice, p.Counts)
		}
		op := s.confirm(p)
		s.gone(a)
		i := s.get(b)
		if i.Values.Text("serial_number") != "S1" || i.Values.Text("notes") != "from b\n\nfrom a" || !slices.Equal(i.Tags, []string{"blue", "red"}) || !i.Restricted {
			s.Errorf("target: %+v, tags %v", i.Values, i.Tags)
		}
		if s.get(ticket).Values.ID("configuration_id") != int64(b) || s.get(inside).Values.ID("resource_id") != int64(b) || s.get(inside).BinderID != acme.Home() || s.reveal(inside) != "one" {
			s.Errorf("what hung on it: %+v", s.get(inside))
		}
		parts, err := s.core.Parts(s.ctx, admin, b)
		if err != nil || len(parts) != 3 || parts[0].Values.Text("name") != "lo" || parts[2].Values.Text("name") != "eth1" {
			s.Errorf("parts: %+v, %v", parts, err)
		}
		ties, err := s.core.Relations(s.ctx, admin, b)
		if err != nil || len(ties) != 1 {
			s.Errorf("relations: %+v, %v", ties, err)
		}
		s.write(func(tx *store.Tx) error {
			into, err := tx.MergedItem(a)
			if l, err2 := tx.SystemItemLinks(b); into != b || err2 != nil || len(l) != 1 || l[0].State != "syncing" {
				s.Errorf("into %d, links %+v, %v", into, l, err2)
			}
			return err
		})
		if to, err := s.core.MergedItem(s.ctx, admin, a); err != nil || to.ID != b {
			s.Errorf("merged into %+v, %v", to, err)
		}
		if list, _, err := s.trash.Trash(s.ctx, admin, store.TrashQuery{}); err != nil || len(list) != 0 {
			s.Errorf("what is merged is in the trash: %+v, %v", list, err)
		}
		s.sound()
		_, err = s.trash.PlanMergeItems(s.ctx, admin, a, near, tenon.Choices{})
		s.refused(err, tenon.Conflict, "was merged into SRV-01")
		// In the trash the target keeps it.
		del := s.do(trash.ActionDelete, 0, b)
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, fmt.Sprintf("operation %d", del.ID))
		s.undo(del)
		// Merged on, the last merge is undone first.
		third := s.named(tenon.Configuration, acme, "Third")
		op2 := s.confirm(s.planPair(b, third, tenon.Choices{}))
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, fmt.Sprintf("operation %d", op2.ID))
		s.undo(op2)
		back := s.undo(op)
		if len(back.Receipt.Notes) != 0 {
			s.Errorf("notes: %v", back.Receipt.Notes)
		}
		// The sealed bytes are new, as the secret went to another binder and back.
		if d := s.differs(before); len(d) > 1 || s.reveal(inside) != "one" {
			s.Errorf("not as it was: %v", d)
		}
		if s.get(inside).BinderID != old.Home() || s.get(b).Restricted || !s.get(a).Restricted {
			s.Error("binder or restriction is not what it was")
		}
		if err := files.Close(); err != nil {
			s.Error(err)
		}
	})
}

func TestMergeOfPasswordsAndContacts(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt := s.org("Acme", 0), s.org("Bolt", 0)
		a, b := s.secretly(acme, "Root", "one", 0), s.secretly(acme, "root", "two", 0)
		op := s.confirm(s.planPair(a, b, tenon.Choices{}))
		if s.reveal(b) != "two" {
			s.Error("the target's secret did not stay")
		}
		s.undo(op)
		op = s.confirm(s.planPair(a, b, tenon.Choices{Fields: map[string]tenon.FieldChoice{"password": tenon.TakeSource}}))
		if s.reveal(b) != "one" {
			s.Error("the source's secret was not taken")
		}
		s.undo(op)
		if s.reveal(a) != "one" || s.reveal(b) != "two" {
			s.Error("the secrets are not what they were")
		}
		op = s.confirm(s.planPair(a, b, tenon.Choices{Fields: map[string]tenon.FieldChoice{"password": tenon.TakeSource}}))
		three := secret.NewText("three")
		if _, err := s.core.UpdateItem(s.ctx, admin, b, core.ItemChange{Secrets: map[string]*secret.Text{"password": &three}}); err != nil {
			s.Fatal(err)
		}
		if back := s.undo(op); s.reveal(b) != "three" || len(back.Receipt.Notes) != 1 {
			s.Errorf("notes %v", back.Receipt.Notes)
		}
		mail := func(m string) core.ItemChange {
			return core.ItemChange{Values: tenon.Values{"first_name": "Ann", "emails": m}}
		}
		ann, anna := s.item(tenon.Contact, acme, mail("ann@a.example")), s.item(tenon.Contact, acme, mail("anna@a.example"))
		if _, err := s.core.AddMember(s.ctx, admin, ann, bolt); err != nil {
			s.Fatal(err)
		}
		before := s.census()
		op = s.confirm(s.planPair(ann, anna, tenon.Choices{Fields: map[string]tenon.FieldChoice{"emails": tenon.Union}}))
		m, err := s.core.Memberships(s.ctx, admin, anna)
		if err != nil || len(m) != 2 || len(s.get(anna).Values.Addresses("emails")) != 2 {
			s.Errorf("memberships %+v, %v, %+v", m, err, s.get(anna).Values)
		}
		s.undo(op)
		if d := s.differs(before); len(d) > 0 {
			s.Errorf("not as it was: %v", d)
		}
		// Purging the target takes with it what was merged into it.
		op = s.confirm(s.planPair(ann, anna, tenon.Choices{}))
		s.do(trash.ActionDelete, 0, anna)
		p := s.planPurge(nil, anna)
		if len(p.Items) != 2 {
			s.Errorf("items: %+v", p.Items)
		}
		p.Typed = p.MustType
		s.confirm(p)
		_, err = s.trash.Undo(s.ctx, admin, op.ID)
		s.refused(err, tenon.Conflict, "purged")
	})
}

func TestMergeItemsRefusals(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme := s.org("Acme", 0)
		a, b, d := s.named(tenon.DocumentFolder, acme, "A"), s.named(tenon.DocumentFolder, acme, "B"), s.named(tenon.Document, acme, "D")
		inner := s.named(tenon.DocumentFolder, acme, "Inner", "parent_id", int64(a))
		s.blocked(s.planPair(a, d, tenon.Choices{}), "different_kind", "")
		s.blocked(s.planPair(a, inner, tenon.Choices{}), "inside", "")
		_, err := s.trash.PlanMergeItems(s.ctx, as(tenon.Creator), a, b, tenon.Choices{})
		s.refused(err, tenon.Forbidden, "may not merge items")
		_, err = s.trash.PlanMergeItems(s.ctx, admin, a, b, tenon.Choices{Fields: map[string]tenon.FieldChoice{"name": tenon.Append}})
		s.refused(err, tenon.Invalid, "no choice")
		p := s.planPair(a, b, tenon.Choices{})
		s.named(tenon.Document, acme, "Late", "document_folder_id", int64(a))
		_, err = s.trash.Run(s.ctx, admin, p)
		s.refused(err, tenon.Stale, "has changed")
		x, y := s.person(tenon.Editor, acme), s.person(tenon.Editor, acme)
		for id, who := range map[tenon.ItemID]tenon.Viewer{a: x, b: y} {
			if _, err := s.core.Restrict(s.ctx, admin, id, []tenon.Subject{{Kind: "user", ID: int64(who.User)}}); err != nil {
				s.Fatal(err)
			}
		}
		s.blocked(s.planPair(a, b, tenon.Choices{}), "restrictions_apart", "restrict")
		_, err = s.trash.PlanMergeItems(s.ctx, x, a, b, tenon.Choices{})
		s.refused(err, tenon.NotFound, "There is no item")
		if _, err := s.core.Restrict(s.ctx, admin, a, nil); err != nil {
			s.Fatal(err)
		}
		s.write(func(tx *store.Tx) error {
			for n, id := range []tenon.ItemID{a, b} {
				if err := tx.AddLink(store.Link{Connection: 1, Kind: "folder", External: fmt.Sprint(n), Item: id, State: "syncing"}); err != nil {
					return err
				}
			}
			return nil
		})
		s.blocked(s.planPair(a, b, tenon.Choices{}), "both_syncing", "disconnect")
		// Inside out: the inner folder goes away, what it held lies in the outer one.
		leaf := s.named(tenon.Document, acme, "Leaf", "document_folder_id", int64(inner))
		op := s.confirm(s.planPair(inner, a, tenon.Choices{}))
		if s.get(leaf).Values.ID("document_folder_id") != int64(a) {
			s.Errorf("leaf: %+v", s.get(leaf).Values)
		}
		s.undo(op)
		if s.get(leaf).Values.ID("document_folder_id") != int64(inner) {
			s.Errorf("leaf: %+v", s.get(leaf).Values)
		}
	})
}

// TestFieldsOfSyncingItem merges into an item that a connection keeps in step:
// what that writes stays, also where blanks are filled.
func TestFieldsOfSyncingItem(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme := s.org("Acme", 0)
		a := s.named(tenon.Configuration, acme, "srv-1", "serial_number", "S1", "notes", "from a")
		b := s.named(tenon.Configuration, acme, "srv-1b")
		s.write(func(tx *store.Tx) error {
			return tx.AddLink(store.Link{Connection: 1, Kind: "configuration", External: "9", Item: b, State: store.LinkSyncing})
		})
		_, err := s.trash.PlanMergeItems(s.ctx, admin, a, b, tenon.Choices{Fields: map[string]tenon.FieldChoice{"serial_number": tenon.TakeSource}})
		if tenon.CodeOf(err) != tenon.Invalid || !strings.Contains(tenon.MessageOf(err), "is kept in step with") {
			s.Errorf("taking the serial number for a syncing item: %v", err)
		}
		s.confirm(s.planPair(a, b, tenon.Choices{FillBlanks: true}))
		if i := s.get(b); i.Values.Text("serial_number") != "" || i.Values.Text("notes") != "from a" {
			s.Errorf("the target says %+v", i.Values)
		}
	})
}

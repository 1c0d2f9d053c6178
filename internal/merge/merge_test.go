package merge_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var admin = tenon.Viewer{Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// house is a small MSP for one test.
type house struct {
	t  *testing.T
	st *store.Store
	c  *core.Core
	m  *merge.Engine
}

func setup(t *testing.T, st *store.Store) *house {
	t.Helper()
	c := core.New(core.Options{Store: st})
	return &house{t: t, st: st, c: c, m: merge.New(c, nil)}
}

func (h *house) org(name string, values tenon.Values, domains ...string) tenon.OrgID {
	h.t.Helper()
	v := values.Clone()
	v["name"] = name
	o, err := h.c.CreateOrganization(context.Background(), admin, core.OrganizationChange{Values: v, Domains: &domains})
	if err != nil {
		h.t.Fatalf("create %s: %v", name, err)
	}
	return o.ID
}

func (h *house) write(fn func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.st.Write(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) read(fn func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.st.Read(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) item(org tenon.OrgID, k tenon.Kind, name string, v tenon.Values) tenon.ItemID {
	h.t.Helper()
	var id tenon.ItemID
	h.write(func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		id = tenon.ItemID(n)
		i := &tenon.Item{ID: id, BinderID: org.Home(), Kind: k, Name: name, Values: v}
		if err := tx.InsertItem(i); err != nil {
			return err
		}
		err = tx.InsertRevision(admin, store.Snapshot{Record: n, Binder: i.BinderID, Version: 1, Name: name, Values: v})
		if err != nil {
			return err
		}
		return tx.Record(admin, tenon.Event{Action: "create", Subject: k.String(), SubjectID: n, Name: name, Binder: i.BinderID})
	})
	return id
}

// person makes a restricted user with grants of whole organizations.
func (h *house) person(name string, orgs ...tenon.OrgID) tenon.UserID {
	h.t.Helper()
	var id tenon.UserID
	h.write(func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		id = tenon.UserID(n)
		if err := tx.InsertUser(&tenon.User{ID: id, Name: name, Email: name + "@msp.example", Role: tenon.Editor}, name+"@msp.example", ""); err != nil {
			return err
		}
		return nil
	})
	for _, o := range orgs {
		h.grant(id, o)
	}
	return id
}

func (h *house) grant(u tenon.UserID, o tenon.OrgID) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		if err := tx.LockStructure(); err != nil {
			return err
		}
		if err := tx.AddGrant(tenon.Subject{Kind: "user", ID: int64(u)}, o.Home(), tenon.WholeOrganization); err != nil {
			return err
		}
		return tx.RebuildReach([]tenon.UserID{u})
	})
}

func (h *house) plan(choices tenon.Choices, target tenon.OrgID, sources ...tenon.OrgID) *tenon.Plan {
	h.t.Helper()
	p, err := h.m.Plan(context.Background(), admin, sources, target, choices)
	if err != nil {
		h.t.Fatalf("plan %v -> %d: %v", sources, target, err)
	}
	return p
}

func (h *house) merge(choices tenon.Choices, target tenon.OrgID, sources ...tenon.OrgID) *tenon.Operation {
	h.t.Helper()
	p := h.plan(choices, target, sources...)
	op, err := h.m.Run(context.Background(), admin, p)
	if err != nil {
		h.t.Fatalf("merge %v -> %d: %v", sources, target, err)
	}
	return op
}

func (h *house) undo(op tenon.OperationID) *tenon.Operation {
	h.t.Helper()
	u, err := h.m.Undo(context.Background(), admin, op)
	if err != nil {
		h.t.Fatalf("undo %d: %v", op, err)
	}
	return u
}

func (h *house) clean() {
	h.t.Helper()
	found, err := check.Run(context.Background(), h.st, check.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range found {
		h.t.Errorf("%s %v: %s", v.Invariant, v.Subject, v.Message)
	}
}

// owner returns who owns the home binder of o.
func (h *house) owner(o tenon.OrgID) (id tenon.OrgID) {
	h.t.Helper()
	h.read(func(tx *store.Tx) (err error) {
		id, err = tx.Owner(o.Home())
		return err
	})
	return id
}

// sees lists the organizations whose home binder the user reaches.
func (h *house) sees(u tenon.UserID) string {
	h.t.Helper()
	var out []string
	h.read(func(tx *store.Tx) error {
		reach, err := tx.SystemStoredReach()
		for b := range reach[u] {
			out = append(out, b.String())
		}
		return err
	})
	slices.Sort(out)
	return strings.Join(out, " ")
}

func ids(os ...tenon.OrgID) string {
	var out []string
	for _, o := range os {
		out = append(out, o.String())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func run(t *testing.T, fn func(h *house)) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) { fn(setup(t, st)) })
}

func TestMergeAndUndo(t *testing.T) {
	run(t, func(h *house) {
		a := h.org("Northgate Dental Ltd", tenon.Values{"short_name": "NDL", "quick_notes": "<p>key at reception</p>", "tags": []string{"dental", "cyber"},
			"description": "Nine surgeries", "external_id": "crm-7"}, "northgate.example", "gmail.com")
		b := h.org("Northgate Dental Group", tenon.Values{"short_name": "NDG", "quick_notes": "<p>main site</p>", "tags": []string{"dental"}}, "group.example")
		sub := h.org("Northgate Lab", tenon.Values{"parent_id": int64(a)})
		for i := range 5 {
			h.item(a, tenon.Configuration, fmt.Sprint("pc-", i), tenon.Values{"name": "x", "serial_number": fmt.Sprint("S", i)})
		}
		h.item(a, tenon.PasswordFolder, "folder", tenon.Values{"name": "folder"})
		h.item(b, tenon.Configuration, "server", tenon.Values{"name": "server", "serial_number": "s3"})
		before, err := check.Take(context.Background(), h.st)
		if err != nil {
			h.t.Fatal(err)
		}
		choices := tenon.Choices{FillBlanks: true, Fields: map[string]tenon.FieldChoice{"quick_notes": tenon.Append, "tags": tenon.Union}}
		p := h.plan(choices, b, a)
		if p.Counts["items"] != 5 || p.Counts["configurations"] != 5 || p.Counts["password_folders"] != 1 || p.Counts["sub_organizations"] != 1 || p.Counts["domains"] != 1 {
			h.t.Errorf("counts %v", p.Counts)
		}
		if len(p.Duplicates) != 1 || p.Duplicates[0].Why.String() != "same serial number" || p.Duplicates[0].SourceName != "pc-3" {
			h.t.Errorf("duplicates %+v", p.Duplicates)
		}
		if p.Recommended != a {
			h.t.Errorf("recommended %d: %s", p.Recommended, p.Advice)
		}
		op, err := h.m.Run(context.Background(), admin, p)
		if err != nil {
			h.t.Fatal(err)
		}
		h.clean()
		h.read(func(tx *store.Tx) error {
			o, err := tx.GetOrganization(admin, b)
			if err != nil {
				return err
			}
			if got := o.Values.Text("quick_notes"); got != "<p>main site</p><hr><p>key at reception</p>" {
				h.t.Errorf("quick notes %q", got)
			}
			if o.Values.Text("short_name") != "NDG" || o.Values.Text("description") != "Nine surgeries" || o.Values.Text("external_id") != "crm-7" ||
				len(o.Values.Strings("tags")) != 2 {
				h.t.Errorf("values %v", o.Values)
			}
			if fmt.Sprint(o.Domains) != "[group.example northgate.example]" {
				h.t.Errorf("domains %v", o.Domains)
			}
			s, err := tx.GetOrganization(admin, sub)
			if err != nil {
				return err
			}
			if s.ParentID != b {
				h.t.Errorf("the sub-organization is below %d", s.ParentID)
			}
			items, _, err := tx.ListItems(admin, store.ItemQuery{Kind: tenon.Configuration, Org: b})
			if err == nil && len(items) != 6 {
				h.t.Errorf("%d configurations", len(items))
			}
			return err
		})
		if _, err := h.m.Run(context.Background(), admin, p); tenon.CodeOf(err) != tenon.Stale {
			h.t.Errorf("the same plan ran twice: %v", err)
		}
		undo := h.undo(op.ID)
		if len(undo.Receipt.Notes) != 0 {
			h.t.Errorf("notes %v", undo.Receipt.Notes)
		}
		h.clean()
		after, err := check.Take(context.Background(), h.st)
		if err != nil {
			h.t.Fatal(err)
		}
		// What the target took and gave back is two revisions more; nothing else is different.
		d := slices.DeleteFunc(before.Diff(after), func(s string) bool { return strings.HasPrefix(s, "revisions ") && strings.HasSuffix(s, " is new") })
		if len(d) != 0 {
			h.t.Errorf("the census differs after undo: %v", d)
		}
		if _, err := h.m.Undo(context.Background(), admin, op.ID); tenon.CodeOf(err) != tenon.Conflict {
			h.t.Errorf("undone twice: %v", err)
		}
	})
}

func TestUndoInAnyOrder(t *testing.T) {
	run(t, func(h *house) {
		a, b, c, d := h.org("A", nil), h.org("B", nil), h.org("C", nil), h.org("D", nil)
		ab := h.merge(tenon.Choices{}, b, a)
		bc := h.merge(tenon.Choices{}, c, b)
		dc := h.merge(tenon.Choices{}, c, d)
		if h.owner(a) != c || h.owner(d) != c {
			h.t.Fatal("not all with C")
		}
		h.undo(ab.ID)
		if h.owner(a) != a || h.owner(b) != c {
			h.t.Errorf("a of %d, b of %d", h.owner(a), h.owner(b))
		}
		ad := h.merge(tenon.Choices{}, c, a)
		h.undo(bc.ID)
		h.undo(dc.ID)
		if h.owner(a) != c || h.owner(b) != b || h.owner(d) != d {
			h.t.Errorf("a of %d, b of %d, d of %d", h.owner(a), h.owner(b), h.owner(d))
		}
		h.undo(ad.ID)
		h.clean()
	})
}

func TestTreeStaysAForest(t *testing.T) {
	run(t, func(h *house) {
		root := h.org("Root", nil)
		a := h.org("A", tenon.Values{"parent_id": int64(root)})
		b := h.org("B", tenon.Values{"parent_id": int64(a)})
		c := h.org("C", tenon.Values{"parent_id": int64(b)})
		// A stands above C: C takes the place of A below Root, B goes below C.
		op := h.merge(tenon.Choices{}, c, a)
		h.clean()
		parent := func(o tenon.OrgID) (id tenon.OrgID) {
			h.read(func(tx *store.Tx) error {
				x, err := tx.GetOrganization(admin, o)
				if err == nil {
					id = x.ParentID
				}
				return err
			})
			return id
		}
		if parent(c) != root || parent(b) != c {
			h.t.Errorf("c below %d, b below %d", parent(c), parent(b))
		}
		// Meanwhile Root goes below B: A's old place would close a ring.
		if _, err := h.c.UpdateOrganization(context.Background(), admin, c, core.OrganizationChange{Values: tenon.Values{"parent_id": nil}}); err != nil {
			h.t.Fatal(err)
		}
		if _, err := h.c.UpdateOrganization(context.Background(), admin, root, core.OrganizationChange{Values: tenon.Values{"parent_id": int64(b)}}); err != nil {
			h.t.Fatal(err)
		}
		undo := h.undo(op.ID)
		h.clean()
		if parent(a) != 0 || parent(b) != a || len(undo.Receipt.Notes) == 0 {
			h.t.Errorf("a below %d, b below %d, notes %v", parent(a), parent(b), undo.Receipt.Notes)
		}
	})
}

func TestAccessJoinedAndApart(t *testing.T) {
	run(t, func(h *house) {
		s, tt, other := h.org("Source", nil), h.org("Target", nil), h.org("Other", nil)
		u, w := h.person("ursula", s), h.person("wanda", tt)
		h.item(s, tenon.Password, "root", tenon.Values{"name": "root"})
		h.item(s, tenon.Configuration, "pc", tenon.Values{"name": "pc"})

		p := h.plan(tenon.Choices{}, tt, s)
		if len(p.Access.Gain) != 2 || p.Access.Gain[1].Name != "wanda" || p.Access.Gain[1].Items != 2 || p.Access.Gain[1].Secrets != 1 {
			h.t.Errorf("gain %+v", p.Access.Gain)
		}
		op := h.merge(tenon.Choices{}, tt, s)
		if h.sees(u) != ids(s, tt) || h.sees(w) != ids(s, tt) {
			h.t.Errorf("joined: u %s, w %s", h.sees(u), h.sees(w))
		}
		h.undo(op.ID)
		if h.sees(u) != ids(s) || h.sees(w) != ids(tt) {
			h.t.Errorf("undone: u %s, w %s", h.sees(u), h.sees(w))
		}

		apart := h.merge(tenon.Choices{Apart: true}, tt, s)
		if h.sees(u) != ids(s) || h.sees(w) != ids(tt) {
			h.t.Errorf("apart: u %s, w %s", h.sees(u), h.sees(w))
		}
		// Merged on, apart again, then the first undone: nobody may gain anything.
		on := h.merge(tenon.Choices{Apart: true, TargetSeesSource: true}, other, tt)
		x := h.person("xenia", other)
		if h.sees(x) != ids(s, tt, other) {
			h.t.Errorf("x %s", h.sees(x))
		}
		h.undo(apart.ID)
		h.clean()
		if h.sees(u) != ids(s) || h.sees(w) != ids(tt) || h.sees(x) != ids(tt, other) {
			h.t.Errorf("first undone: u %s, w %s, x %s", h.sees(u), h.sees(w), h.sees(x))
		}
		h.undo(on.ID)
		h.clean()
		if h.sees(u) != ids(s) || h.sees(w) != ids(tt) || h.sees(x) != ids(other) {
			h.t.Errorf("all undone: u %s, w %s, x %s", h.sees(u), h.sees(w), h.sees(x))
		}
	})
}

func TestTakingAnEmptyFieldEmptiesIt(t *testing.T) {
	run(t, func(h *house) {
		a, b := h.org("A", nil), h.org("B", tenon.Values{"alert": "old", "short_name": "b"})
		alert := func() string {
			var o *tenon.Organization
			h.read(func(tx *store.Tx) (err error) {
				o, err = tx.GetOrganization(admin, b)
				return err
			})
			return o.Values.Text("alert") + o.Values.Text("short_name")
		}
		op := h.merge(tenon.Choices{Fields: map[string]tenon.FieldChoice{"alert": tenon.TakeSource}}, b, a)
		if alert() != "b" {
			h.t.Errorf("after the merge %q", alert())
		}
		h.undo(op.ID)
		if alert() != "oldb" {
			h.t.Errorf("after the undo %q", alert())
		}
	})
}

func TestSeveralSources(t *testing.T) {
	run(t, func(h *house) {
		a, b, c := h.org("A", tenon.Values{"short_name": "a", "alert": "one"}), h.org("B", tenon.Values{"short_name": "b", "alert": "two"}), h.org("C", nil)
		w := h.person("wanda", c)
		choices := tenon.Choices{Apart: true, FillBlanks: true, Fields: map[string]tenon.FieldChoice{"alert": tenon.Append}}
		op := h.merge(choices, c, a, b)
		if len(op.Receipt.Children) != 2 || h.owner(a) != c || h.owner(b) != c {
			h.t.Fatalf("%+v", op.Receipt)
		}
		var got tenon.Values
		h.read(func(tx *store.Tx) error {
			o, err := tx.GetOrganization(admin, c)
			if err == nil {
				got = o.Values
			}
			return err
		})
		if got.Text("short_name") != "a" || got.Text("alert") != "one\n\ntwo" {
			h.t.Errorf("values %v", got)
		}
		h.undo(op.Receipt.Children[0])
		if h.owner(a) != a || h.owner(b) != c || h.sees(w) != ids(c) {
			h.t.Errorf("a of %d, b of %d, w sees %s", h.owner(a), h.owner(b), h.sees(w))
		}
		h.undo(op.ID)
		h.clean()
		if h.owner(b) != b || h.sees(w) != ids(c) {
			h.t.Errorf("b of %d, w sees %s", h.owner(b), h.sees(w))
		}
	})
}

func TestBlockersAndRefusals(t *testing.T) {
	run(t, func(h *house) {
		ctx := context.Background()
		a, b, c := h.org("A", nil), h.org("B", nil), h.org("C", nil)
		if p := h.plan(tenon.Choices{}, a, a); len(p.Blockers) == 0 || p.Blockers[0].Code != "same_organization" {
			h.t.Errorf("itself: %+v", p.Blockers)
		}
		h.write(func(tx *store.Tx) error { return tx.SetSetting(tenon.SettingPrimary, a.String()) })
		p := h.plan(tenon.Choices{}, b, a)
		if len(p.Blockers) != 1 || p.Blockers[0].Code != "primary_source" || p.Blockers[0].Action != "swap" {
			h.t.Errorf("primary: %+v", p.Blockers)
		}
		if _, err := h.m.Run(ctx, admin, p); tenon.CodeOf(err) != tenon.Conflict {
			h.t.Errorf("a blocked plan ran: %v", err)
		}
		h.merge(tenon.Choices{}, c, b)
		if p := h.plan(tenon.Choices{}, a, b); len(p.Blockers) == 0 || p.Blockers[0].Code != "source_not_live" {
			h.t.Errorf("merged: %+v", p.Blockers)
		}
		if _, err := h.m.Plan(ctx, admin, []tenon.OrgID{a}, 99999, tenon.Choices{}); tenon.CodeOf(err) != tenon.NotFound {
			h.t.Errorf("unknown target: %v", err)
		}
		editor := tenon.Viewer{Name: "E", Role: tenon.Editor, Everywhere: true}
		if _, err := h.m.Plan(ctx, editor, []tenon.OrgID{c}, a, tenon.Choices{}); tenon.CodeOf(err) != tenon.Forbidden {
			h.t.Errorf("an editor may plan: %v", err)
		}
		p = h.plan(tenon.Choices{}, a, c)
		if _, err := h.c.UpdateOrganization(ctx, admin, c, core.OrganizationChange{Values: tenon.Values{"alert": "new"}}); err != nil {
			h.t.Fatal(err)
		}
		_, err := h.m.Run(ctx, admin, p)
		if tenon.CodeOf(err) != tenon.Stale {
			h.t.Fatalf("a stale plan ran: %v", err)
		}
		if e := err.(*tenon.Error); len(e.Changes) == 0 || !strings.Contains(fmt.Sprint(e.Changes), "version was 1, is 2") {
			h.t.Errorf("changes %v", e.Changes)
		}
		h.clean()
	})
}

// TestFieldsOfSyncingTarget merges into an organization that a connection keeps
// in step: what that writes stays, also where blanks are filled, and the rest is
// chosen as ever.
func TestFieldsOfSyncingTarget(t *testing.T) {
	run(t, func(h *house) {
		a := h.org("Harbour Line Ltd", tenon.Values{"short_name": "HLL", "description": "Two quays"})
		b := h.org("Harbour Line", tenon.Values{"alert": "Call first"})
		h.write(func(tx *store.Tx) error {
			return tx.AddLink(store.Link{Connection: 1, Kind: "organization", External: "7", Binder: b.Home(), State: store.LinkSyncing})
		})
		for _, name := range []string{"name", "short_name"} {
			_, err := h.m.Plan(context.Background(), admin, []tenon.OrgID{a}, b, tenon.Choices{Fields: map[string]tenon.FieldChoice{name: tenon.TakeSource}})
			if tenon.CodeOf(err) != tenon.Invalid || !strings.Contains(tenon.MessageOf(err), "is kept in step with") {
				h.t.Errorf("taking %s for a syncing target: %v", name, err)
			}
		}
		h.merge(tenon.Choices{FillBlanks: true, Fields: map[string]tenon.FieldChoice{"name": tenon.KeepTarget, "alert": tenon.KeepTarget}}, b, a)
		h.read(func(tx *store.Tx) error {
			o, err := tx.GetOrganization(admin, b)
			if err == nil && (o.Name != "Harbour Line" || o.Values.Text("short_name") != "" || o.Values.Text("description") != "Two quays") {
				h.t.Errorf("the target says %+v", o.Values)
			}
			return err
		})
	})
}

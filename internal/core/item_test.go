package core_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// house is a core over a fresh database, with a vault, files, and shorthand
// that fails the test where the good path does.
type house struct {
	*core.Core
	t     *testing.T
	st    *store.Store
	clock *storetest.Clock
}

// each runs the test on every engine.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		keys, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := blob.OpenDir(filepath.Join(t.TempDir(), "files"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := files.Close(); err != nil {
				t.Error(err)
			}
		})
		defer whole(t, st, check.Options{Keys: keys, Blobs: files, Deep: true})
		fn(&house{Core: core.New(core.Options{Store: st, Keys: keys, Blobs: files}), t: t, st: st, clock: clock})
	})
}

// whole wants the invariants to hold when a test is over. The merges of these
// tests are made by hand and leave no receipt and no reach.
func whole(t *testing.T, st *store.Store, o check.Options) {
	t.Helper()
	found, err := check.Run(ctx, st, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if !strings.Contains(v.String(), " operation ") && !strings.Contains(v.String(), " user ") {
			t.Errorf("after the test: %s", v)
		}
	}
}

var ctx = context.Background()

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// refused wants an error of that code.
func (h *house) refused(what string, err error, code tenon.Code) {
	h.t.Helper()
	if tenon.CodeOf(err) != code {
		h.t.Errorf("%s: got %v (%s), want %s", what, err, tenon.CodeOf(err), code)
	}
}

func (h *house) org(name string) tenon.OrgID {
	h.t.Helper()
	o, err := h.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": name}})
	h.must(err)
	return o.ID
}

func (h *house) file(k tenon.Kind, org tenon.OrgID, v tenon.Values) *tenon.Item {
	h.t.Helper()
	i, err := h.CreateItem(ctx, admin, k, org, core.ItemChange{Values: v})
	h.must(err)
	return i
}

func (h *house) named(k tenon.Kind, org tenon.OrgID, name string) *tenon.Item {
	h.t.Helper()
	return h.file(k, org, tenon.Values{"name": name})
}

func (h *house) write(fn func(tx *store.Tx) error) {
	h.t.Helper()
	h.must(h.st.Write(ctx, fn))
}

func (h *house) events(v tenon.Viewer, id tenon.ItemID) []tenon.Event {
	h.t.Helper()
	var out []tenon.Event
	h.must(h.st.Read(ctx, func(tx *store.Tx) (err error) {
		out, _, err = tx.ListEvents(v, store.EventQuery{Subject: int64(id)})
		return err
	}))
	return out
}

// user makes a user of that role who reaches the organizations, and returns
// them as a viewer.
func (h *house) user(name string, role tenon.Role, orgs ...tenon.OrgID) tenon.Viewer {
	h.t.Helper()
	email := name + "@msp.example"
	u, err := h.CreateUser(ctx, admin, core.UserChange{Name: &name, Email: &email, Role: &role})
	h.must(err)
	for _, o := range orgs {
		h.must(h.Grant(ctx, admin, tenon.Subject{Kind: "user", ID: int64(u.ID)}, o))
	}
	return h.viewer(u.ID)
}

func (h *house) viewer(id tenon.UserID) tenon.Viewer {
	h.t.Helper()
	var v tenon.Viewer
	h.must(h.st.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.LoadViewer(id)
		return err
	}))
	v.Face = "test"
	return v
}

func text(s string) *secret.Text { x := secret.NewText(s); return &x }

// merge hands the binders of one organization to another, as a merge does.
func (h *house) merge(from, to tenon.OrgID) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		op := &tenon.Operation{ID: tenon.OperationID(id), Kind: "merge", State: tenon.Finished}
		if err := tx.InsertOperation(op, nil); err != nil {
			return err
		}
		if err := tx.HandOver(op.ID, []tenon.BinderID{from.Home()}, from, to); err != nil {
			return err
		}
		return tx.SetOrganizationState(from, tenon.Merged, to, 0)
	})
}

func TestItemLife(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		tags := []string{"prod", " prod ", "hq"}
		in := core.ItemChange{Tags: &tags, Values: tenon.Values{"name": " srv-1 ", "serial_number": "SN 1"},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "eth0", "mac_address": "00:11:22:33:44:55"}, {"name": "eth1"}}}}
		i, err := h.CreateItem(ctx, admin, tenon.Configuration, acme, in)
		h.must(err)
		if i.Name != "srv-1" || i.OrgID != acme || i.OrgName != "Acme" || i.BinderID != acme.Home() || !slices.Equal(i.Tags, []string{"prod", "hq"}) || i.Version != 1 {
			h.t.Errorf("created %+v", i)
		}
		found, _, err := h.Items(ctx, admin, store.ItemQuery{Kind: tenon.Configuration, Match: []store.KeyMatch{{Field: "interface.mac_address", Keys: []string{"001122334455"}}}})
		h.must(err)
		if len(found) != 1 {
			h.t.Errorf("found %d by the address of an interface", len(found))
		}
		same, err := h.UpdateItem(ctx, admin, i.ID, core.ItemChange{Tags: &tags, Values: in.Values, Parts: in.Parts})
		h.must(err)
		if same.Version != 1 {
			h.t.Errorf("a change that changes nothing made version %d", same.Version)
		}
		yes := true
		got, err := h.UpdateItem(ctx, admin, i.ID, core.ItemChange{Version: 1, Archived: &yes, Values: tenon.Values{"name": "srv-2", "serial_number": nil},
			Parts: map[string][]tenon.Values{"interfaces": {{"name": "eth1"}}}})
		h.must(err)
		if got.Version != 2 || !got.Archived || got.Name != "srv-2" || got.Values["serial_number"] != nil {
			h.t.Errorf("updated %+v", got)
		}
		parts, err := h.Parts(ctx, admin, i.ID)
		h.must(err)
		if len(parts) != 1 || parts[0].Values.Text("name") != "eth1" || parts[0].Position != 0 {
			h.t.Errorf("parts %+v", parts)
		}
		_, err = h.UpdateItem(ctx, admin, i.ID, core.ItemChange{Version: 1, Values: tenon.Values{"name": "x"}})
		h.refused("a stale change", err, tenon.Stale)
		events := h.events(admin, i.ID)
		if len(events) != 2 || events[0].Action != "update" || events[1].Action != "create" || events[0].Subject != "configuration" || events[0].Binder != acme.Home() {
			h.t.Fatalf("events %+v", events)
		}
		var fields []string
		for _, c := range events[0].Changes {
			fields = append(fields, c.Field)
		}
		if want := []string{"name", "serial_number", "interfaces", "archived"}; !slices.Equal(fields, want) {
			h.t.Errorf("the log names %v, want %v", fields, want)
		}
		no := false
		_, err = h.UpdateItem(ctx, admin, i.ID, core.ItemChange{Archived: &no})
		h.must(err)
		if e := h.events(admin, i.ID)[0]; e.Action != "unarchive" {
			h.t.Errorf("event %q", e.Action)
		}
	})
}

func TestItemsAreFiledWhereTheyBelong(t *testing.T) {
	each(t, func(h *house) {
		acme, beta, old := h.org("Acme"), h.org("Beta"), h.org("Old Acme")
		srv := h.named(tenon.Configuration, old, "srv")
		h.merge(old, acme)
		if i := h.named(tenon.Configuration, old, "filed under an old id"); i.BinderID != acme.Home() || i.OrgID != acme {
			h.t.Errorf("an old reference filed it in binder %d of %d", i.BinderID, i.OrgID)
		}
		for _, org := range []tenon.OrgID{0, acme, old} {
			pw := h.file(tenon.Password, org, tenon.Values{"name": "root", "resource_id": int64(srv.ID)})
			if pw.BinderID != old.Home() || pw.OrgID != acme || pw.OrgName != "Acme" {
				h.t.Errorf("embedded, organization %d: binder %d of %d", org, pw.BinderID, pw.OrgID)
			}
		}
		person := h.file(tenon.Contact, beta, tenon.Values{"first_name": "Ann", "last_name": "Lee"})
		one := h.file(tenon.Ticket, 0, tenon.Values{"subject": "Help", "requester_id": int64(person.ID)})
		two := h.file(tenon.Ticket, beta, tenon.Values{"subject": "Help"})
		if one.BinderID != beta.Home() || one.Number != 1 || two.Number != 2 || one.Values.Text("status") != "new" || person.Name != "Ann Lee" {
			h.t.Errorf("tickets %+v, %+v", one, two)
		}
		for what, try := range map[string]struct {
			kind tenon.Kind
			org  tenon.OrgID
			v    tenon.Values
			code tenon.Code
		}{
			"no organization":           {tenon.Configuration, 0, tenon.Values{"name": "x"}, tenon.Invalid},
			"a ticket of nobody":        {tenon.Ticket, 0, tenon.Values{"subject": "x"}, tenon.Invalid},
			"an unknown organization":   {tenon.Configuration, 999999, tenon.Values{"name": "x"}, tenon.NotFound},
			"the host is elsewhere":     {tenon.Password, beta, tenon.Values{"name": "x", "resource_id": int64(srv.ID)}, tenon.Invalid},
			"no such host":              {tenon.Password, beta, tenon.Values{"name": "x", "resource_id": 999999}, tenon.Invalid},
			"a reference elsewhere":     {tenon.Configuration, acme, tenon.Values{"name": "x", "contact_id": int64(person.ID)}, tenon.Invalid},
			"a reference of other kind": {tenon.Configuration, acme, tenon.Values{"name": "x", "contact_id": int64(srv.ID)}, tenon.Invalid},
			"no such look-up":           {tenon.Configuration, acme, tenon.Values{"name": "x", "configuration_type_id": 999999}, tenon.Invalid},
			"no such user":              {tenon.Ticket, beta, tenon.Values{"subject": "x", "assignee_id": 999999}, tenon.Invalid},
			"no such group":             {tenon.Ticket, beta, tenon.Values{"subject": "x", "group_id": 999999}, tenon.Invalid},
			"an unknown field":          {tenon.Configuration, acme, tenon.Values{"name": "x", "colour": "red"}, tenon.Invalid},
			"no name":                   {tenon.Configuration, acme, tenon.Values{}, tenon.Invalid},
			"an unknown kind":           {tenon.Kind(99), acme, tenon.Values{"name": "x"}, tenon.NotFound},
		} {
			_, err := h.CreateItem(ctx, admin, try.kind, try.org, core.ItemChange{Values: try.v})
			h.refused(what, err, try.code)
		}
		h.write(func(tx *store.Tx) error { return tx.SetOrganizationState(beta, tenon.Trashed, 0, 0) })
		_, err := h.CreateItem(ctx, admin, tenon.Configuration, beta, core.ItemChange{Values: tenon.Values{"name": "x"}})
		h.refused("an organization in the trash", err, tenon.Conflict)
		_, err = h.UpdateItem(ctx, admin, person.ID, core.ItemChange{Values: tenon.Values{"first_name": "x"}})
		h.refused("an item of an organization in the trash", err, tenon.NotFound)
		h.write(func(tx *store.Tx) error { return tx.SetOrganizationState(beta, tenon.Live, 0, 0) })
	})
}

func TestFoldersMakeNoRing(t *testing.T) {
	each(t, func(h *house) {
		acme, beta := h.org("Acme"), h.org("Beta")
		a := h.named(tenon.DocumentFolder, acme, "a")
		b := h.file(tenon.DocumentFolder, acme, tenon.Values{"name": "b", "parent_id": int64(a.ID)})
		c := h.file(tenon.DocumentFolder, 0, tenon.Values{"name": "c", "parent_id": int64(b.ID)})
		other := h.named(tenon.DocumentFolder, beta, "other")
		for what, to := range map[string]tenon.ItemID{"itself": a.ID, "a ring of two": b.ID, "a ring of three": c.ID, "another organization's": other.ID} {
			_, err := h.UpdateItem(ctx, admin, a.ID, core.ItemChange{Values: tenon.Values{"parent_id": int64(to)}})
			h.refused(what, err, tenon.Invalid)
			if what == "another organization's" && !strings.Contains(tenon.MessageOf(err), "move it") {
				h.t.Errorf("the refusal does not say what to do: %v", err)
			}
		}
		got, err := h.UpdateItem(ctx, admin, c.ID, core.ItemChange{Values: tenon.Values{"parent_id": int64(a.ID)}})
		h.must(err)
		if got.Version != 2 {
			h.t.Errorf("got %+v", got)
		}
	})
}

func TestRightsOnItems(t *testing.T) {
	each(t, func(h *house) {
		acme, beta := h.org("Acme"), h.org("Beta")
		srv := h.named(tenon.Configuration, acme, "srv")
		editor, creator, reader, lite := h.user("editor", tenon.Editor, acme), h.user("creator", tenon.Creator, acme), h.user("reader", tenon.ReadOnly, acme), h.user("lite", tenon.Lite, acme)
		stranger := h.user("stranger", tenon.Manager, beta)
		denied := with(editor, func(v *tenon.Viewer) { v.Denied = []tenon.Kind{tenon.Configuration} })
		partial := h.user("partial", tenon.Editor, acme)
		old := h.org("Old")
		part := h.user("part", tenon.Editor, old)
		h.merge(old, acme)
		for what, try := range map[string]struct {
			v                    tenon.Viewer
			read, create, update tenon.Code
		}{
			"administrator":   {admin, "", "", ""},
			"editor":          {editor, "", "", ""},
			"creator":         {creator, "", "", ""},
			"read-only":       {reader, "", tenon.Forbidden, tenon.Forbidden},
			"lite":            {lite, "", tenon.Forbidden, tenon.Forbidden},
			"stranger":        {stranger, tenon.NotFound, tenon.NotFound, tenon.NotFound},
			"denied kind":     {denied, tenon.NotFound, tenon.NotFound, tenon.NotFound},
			"another editor":  {partial, "", "", ""},
			"only one binder": {part, tenon.NotFound, tenon.Forbidden, tenon.NotFound},
			"nobody":          {tenon.Viewer{Everywhere: true}, "", tenon.Unauthenticated, tenon.Unauthenticated},
		} {
			_, err := h.Item(ctx, try.v, srv.ID)
			h.refused(what+" reads", err, try.read)
			_, err = h.CreateItem(ctx, try.v, tenon.Configuration, acme, core.ItemChange{Values: tenon.Values{"name": "new"}})
			h.refused(what+" creates", err, try.create)
			_, err = h.UpdateItem(ctx, try.v, srv.ID, core.ItemChange{Values: tenon.Values{"notes": what}})
			h.refused(what+" updates", err, try.update)
			listed, _, err := h.Items(ctx, try.v, store.ItemQuery{Kind: tenon.Configuration, Name: "srv"})
			h.must(err)
			if seen := len(listed) == 1; seen != (try.read == "") {
				h.t.Errorf("%s: the list shows it: %v", what, seen)
			}
		}
		if e := h.events(denied, srv.ID); len(e) != 0 {
			h.t.Errorf("the activity of a denied kind: %+v", e)
		}
		if _, next, err := h.Items(ctx, denied, store.ItemQuery{Kind: tenon.Configuration, Org: acme}); err != nil || next != "" {
			h.t.Errorf("a list of a denied kind: %q, %v", next, err)
		}
	})
}

func TestUnseenReferencesStay(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		v := h.user("ann", tenon.Editor, acme)
		place := h.named(tenon.Location, acme, "HQ")
		srv := h.file(tenon.Configuration, acme, tenon.Values{"name": "srv", "location_id": int64(place.ID)})
		_, err := h.Restrict(ctx, admin, place.ID, []tenon.Subject{{Kind: "user", ID: int64(h.user("bob", tenon.Editor, acme).User)}})
		h.must(err)
		got, err := h.UpdateItem(ctx, v, srv.ID, core.ItemChange{Values: tenon.Values{"name": "srv-2", "location_id": int64(place.ID)}})
		h.must(err)
		if got.Values.ID("location_id") != int64(place.ID) || got.Version != 2 {
			h.t.Errorf("got %+v", got)
		}
		_, err = h.CreateItem(ctx, v, tenon.Configuration, acme, core.ItemChange{Values: tenon.Values{"name": "x", "location_id": int64(place.ID)}})
		h.refused("a new reference to what one cannot see", err, tenon.Invalid)
	})
}

func TestPartsOneByOne(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		list := h.named(tenon.Checklist, acme, "Onboarding")
		a, err := h.AddPart(ctx, admin, list.ID, "task", tenon.Values{"name": "A"})
		h.must(err)
		b, err := h.AddPart(ctx, admin, list.ID, "task", tenon.Values{"name": "B"})
		h.must(err)
		done, err := h.UpdatePart(ctx, admin, list.ID, a.ID, tenon.Values{"completed": true})
		h.must(err)
		if done.Values.Text("completed_at") == "" || done.ID != a.ID || b.Position != 1 {
			h.t.Errorf("done %+v, b %+v", done, b)
		}
		for what, try := range map[string]error{
			"an unknown list": second(h.AddPart(ctx, admin, list.ID, "nothing", tenon.Values{"name": "x"})),
			"an unknown part": second(h.UpdatePart(ctx, admin, list.ID, 999999, tenon.Values{"name": "x"})),
		} {
			h.refused(what, try, tenon.NotFound)
		}
		h.refused("no name", second(h.AddPart(ctx, admin, list.ID, "task", tenon.Values{})), tenon.Invalid)
		h.refused("no such user", second(h.AddPart(ctx, admin, list.ID, "task", tenon.Values{"name": "x", "assignee_id": 999999})), tenon.Invalid)
		h.must(h.RemovePart(ctx, admin, list.ID, b.ID))
		parts, err := h.Parts(ctx, admin, list.ID)
		h.must(err)
		if len(parts) != 1 || !parts[0].Values.Bool("completed") {
			h.t.Errorf("parts %+v", parts)
		}
		back, err := h.RestoreRevision(ctx, admin, list.ID, 3)
		h.must(err)
		parts, err = h.Parts(ctx, admin, list.ID)
		h.must(err)
		if len(parts) != 2 || parts[0].Values.Bool("completed") || parts[1].Values.Text("name") != "B" || back.Version != 6 {
			h.t.Errorf("restored version %d: %+v", back.Version, parts)
		}

		person := h.file(tenon.Contact, acme, tenon.Values{"first_name": "Ann"})
		ticket := h.file(tenon.Ticket, acme, tenon.Values{"subject": "Help", "requester_id": int64(person.ID)})
		v := h.user("agent", tenon.Editor, acme)
		c, err := h.AddPart(ctx, v, ticket.ID, "comment", tenon.Values{"body": "Done.", "author_id": 7})
		h.must(err)
		if c.Values["author_id"] != float64(v.User) {
			h.t.Errorf("comment %+v", c)
		}
		h.refused("changing a comment", second(h.UpdatePart(ctx, v, ticket.ID, c.ID, tenon.Values{"body": "x"})), tenon.Conflict)
		h.refused("removing a comment", h.RemovePart(ctx, v, ticket.ID, c.ID), tenon.Conflict)
		_, err = h.UpdateItem(ctx, v, ticket.ID, core.ItemChange{Parts: map[string][]tenon.Values{"comments": {{"body": "Other."}}}})
		h.refused("replacing comments", err, tenon.Invalid)
		got, err := h.UpdateItem(ctx, v, ticket.ID, core.ItemChange{Values: tenon.Values{"status": "solved"}, Parts: map[string][]tenon.Values{"comments": {{"body": "Done."}, {"body": "And closed.", "public": true}}}})
		h.must(err)
		if got.Values.Text("solved_at") == "" {
			h.t.Errorf("ticket %+v", got)
		}
		open, err := h.RestoreRevision(ctx, v, ticket.ID, 1)
		h.must(err)
		parts, err = h.Parts(ctx, v, ticket.ID)
		h.must(err)
		if len(parts) != 2 || open.Values.Text("solved_at") != "" || open.Values.Text("status") != "new" {
			h.t.Errorf("restored %+v, %+v", open, parts)
		}
	})
}

func second[T any](_ T, err error) error { return err }

package core_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
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
	users int
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
		fn(&house{Core: core.New(core.Options{Store: st, Keys: keys, Blobs: files}), t: t, st: st, clock: clock})
	})
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

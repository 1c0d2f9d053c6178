package core_test

import (
	"slices"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

func person(v tenon.Viewer) tenon.Subject { return tenon.Subject{Kind: "user", ID: int64(v.User)} }

// sees wants each of the items to be seen, or not, in every way of reading.
func (h *house) sees(v tenon.Viewer, want bool, items ...*tenon.Item) {
	h.t.Helper()
	for _, i := range items {
		if got := len(h.events(v, i.ID)) > 0; got != want {
			h.t.Errorf("%s reads the activity of %s: %v, want %v", v.Name, i.Name, got, want)
		}
		_, err := h.Item(ctx, v, i.ID)
		if (err == nil) != want {
			h.t.Errorf("%s reads %s: %v, want %v", v.Name, i.Name, err, want)
		}
		for what, q := range map[string]store.ItemQuery{"organization": {Kind: i.Kind, Org: i.OrgID}, "account": {Kind: i.Kind}, "ids": {IDs: []tenon.ItemID{i.ID}}} {
			page, _, err := h.Items(ctx, v, q)
			h.must(err)
			if got := slices.ContainsFunc(page, func(p *tenon.Item) bool { return p.ID == i.ID }); got != want {
				h.t.Errorf("%s, list by %s has %s: %v, want %v", v.Name, what, i.Name, got, want)
			}
		}
	}
}

func (h *house) count(v tenon.Viewer, org tenon.OrgID, k tenon.Kind) int64 {
	h.t.Helper()
	var n int64
	h.must(h.st.Read(ctx, func(tx *store.Tx) error {
		bs, err := tx.Binders(v, org)
		if err != nil {
			return err
		}
		counts, err := tx.CountItems(v, bs)
		n = counts[k]
		return err
	}))
	return n
}

func TestRestrictions(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		ann, bob, eve, reader := h.user("ann", tenon.Editor, acme), h.user("bob", tenon.Creator, acme), h.user("eve", tenon.Manager, acme), h.user("reader", tenon.ReadOnly, acme)
		name, members := "Ops", []tenon.UserID{eve.User}
		ops, err := h.CreateGroup(ctx, admin, core.GroupChange{Name: &name, Users: &members})
		h.must(err)
		eve = h.viewer(eve.User)
		srv := h.named(tenon.Configuration, acme, "srv")

		for what, try := range map[string]struct {
			v    tenon.Viewer
			to   []tenon.Subject
			code tenon.Code
		}{
			"read-only":      {reader, []tenon.Subject{person(reader)}, tenon.Forbidden},
			"no such user":   {ann, []tenon.Subject{{Kind: "user", ID: 999999}}, tenon.Invalid},
			"no such group":  {ann, []tenon.Subject{{Kind: "group", ID: 999999}}, tenon.Invalid},
			"neither":        {ann, []tenon.Subject{{Kind: "robot", ID: 1}}, tenon.Invalid},
			"what is hidden": {h.user("out", tenon.Manager), []tenon.Subject{person(ann)}, tenon.NotFound},
		} {
			_, err := h.Restrict(ctx, try.v, srv.ID, try.to)
			h.refused(what, err, try.code)
		}
		got, err := h.Restrict(ctx, ann, srv.ID, []tenon.Subject{person(bob), person(bob)})
		h.must(err)
		if !got.Restricted || got.Version != 2 {
			h.t.Errorf("restricted %+v", got)
		}
		to, err := h.Restrictions(ctx, ann, srv.ID)
		h.must(err)
		if !slices.Equal(to, []tenon.Subject{person(ann), person(bob)}) {
			h.t.Errorf("restricted to %v: who restricts stays in", to)
		}
		same, err := h.Restrict(ctx, ann, srv.ID, []tenon.Subject{person(bob)})
		h.must(err)
		if same.Version != 2 {
			h.t.Errorf("the same restriction made version %d", same.Version)
		}
		for _, v := range []tenon.Viewer{ann, bob, admin} {
			h.sees(v, true, srv)
		}
		for _, v := range []tenon.Viewer{eve, reader} {
			h.sees(v, false, srv)
			if n := h.count(v, acme, tenon.Configuration); n != 0 {
				h.t.Errorf("%s counts %d", v.Name, n)
			}
		}
		_, err = h.Restrict(ctx, admin, srv.ID, []tenon.Subject{{Kind: "group", ID: int64(ops.ID)}})
		h.must(err)
		h.sees(eve, true, srv)
		h.sees(ann, false, srv)
		h.must(h.DeleteGroup(ctx, admin, ops.ID))
		h.sees(h.viewer(eve.User), false, srv)
		_, err = h.Restrict(ctx, admin, h.named(tenon.Location, acme, "HQ").ID, []tenon.Subject{{Kind: "group", ID: int64(ops.ID)}})
		h.refused("a deleted group", err, tenon.Invalid)
		_, err = h.Restrict(ctx, admin, srv.ID, []tenon.Subject{{Kind: "group", ID: int64(ops.ID)}, person(eve)})
		h.must(err)
		_, err = h.Restrict(ctx, ann, srv.ID, nil)
		h.refused("opening what is closed to oneself", err, tenon.NotFound)
		open, err := h.Restrict(ctx, eve, srv.ID, nil)
		h.must(err)
		if open.Restricted {
			h.t.Errorf("opened %+v", open)
		}
		h.sees(reader, true, srv)
		if e := h.events(admin, srv.ID)[0]; e.Action != "restrict" || len(e.Changes) != 1 || e.Changes[0].After != nil {
			h.t.Errorf("event %+v", e)
		}
	})
}

func TestWhatHangsOnAClosedItemIsClosed(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		ann, bob := h.user("ann", tenon.Editor, acme), h.user("bob", tenon.Editor, acme)
		srv, other := h.named(tenon.Configuration, acme, "srv"), h.named(tenon.Configuration, acme, "other")
		pw := h.file(tenon.Password, acme, tenon.Values{"name": "before", "resource_id": int64(srv.ID)})
		deep := h.file(tenon.Checklist, acme, tenon.Values{"name": "about the password", "resource_id": int64(pw.ID)})
		_, err := h.Restrict(ctx, admin, srv.ID, []tenon.Subject{person(ann)})
		h.must(err)
		later, err := h.CreateItem(ctx, ann, tenon.Password, 0, core.ItemChange{Values: tenon.Values{"name": "after", "resource_id": int64(srv.ID)},
			Secrets: map[string]*secret.Text{"password": text("x")}})
		h.must(err)
		if !later.Restricted {
			h.t.Error("a new password of a closed item is open")
		}
		h.sees(ann, true, pw, deep, later)
		h.sees(bob, false, pw, deep, later)
		_, err = h.Reveal(ctx, bob, later.ID, "password")
		h.refused("revealing it", err, tenon.NotFound)
		_, err = h.CreateItem(ctx, bob, tenon.Password, acme, core.ItemChange{Values: tenon.Values{"name": "x", "resource_id": int64(srv.ID)}})
		h.refused("embedding in what one cannot see", err, tenon.Invalid)

		// Closed twice: whoever is to see it must pass both.
		_, err = h.Restrict(ctx, admin, pw.ID, []tenon.Subject{person(bob)})
		h.must(err)
		h.sees(ann, false, pw, deep)
		h.sees(bob, false, pw, deep)
		h.must(h.st.Read(ctx, func(tx *store.Tx) error {
			n, err := tx.CountMerge(admin, store.MergeCount{Users: []tenon.UserID{ann.User, bob.User}, Binders: []tenon.BinderID{acme.Home()}})
			if a, b := n.Named[ann.User][acme.Home()], n.Named[bob.User]; a[tenon.Configuration] != 1 || a[tenon.Password] != 1 || a[tenon.Checklist] != 0 || len(b) != 0 {
				h.t.Errorf("of what is closed ann may see %v, bob %v", a, b)
			}
			return err
		}))
		_, err = h.Restrict(ctx, admin, srv.ID, nil)
		h.must(err)
		h.sees(bob, true, pw, deep, later)
		h.sees(ann, false, pw, deep)
		_, err = h.Restrict(ctx, admin, pw.ID, nil)
		h.must(err)
		h.sees(ann, true, pw, deep, later)

		// Hanging it on something else takes over that one's restrictions.
		_, err = h.Restrict(ctx, admin, other.ID, []tenon.Subject{person(bob)})
		h.must(err)
		got, err := h.UpdateItem(ctx, bob, pw.ID, core.ItemChange{Values: tenon.Values{"resource_id": int64(other.ID)}})
		h.must(err)
		if !got.Restricted {
			h.t.Error("the moved password is open")
		}
		h.sees(ann, false, pw, deep)
		got, err = h.UpdateItem(ctx, bob, pw.ID, core.ItemChange{Values: tenon.Values{"resource_id": nil}})
		h.must(err)
		if got.Restricted {
			h.t.Error("the password that hangs on nothing is closed")
		}
		h.sees(ann, true, pw, deep)
		if n := h.count(ann, acme, tenon.Configuration); n != 1 {
			h.t.Errorf("ann counts %d configurations, want 1", n)
		}
	})
}

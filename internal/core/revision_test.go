package core_test

import (
	"slices"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

func TestRevisions(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		ann, out := h.user("ann", tenon.Editor, acme), h.user("out", tenon.Manager)
		place := h.named(tenon.Location, acme, "HQ")
		tags := []string{"a"}
		in := core.ItemChange{Tags: &tags, Values: tenon.Values{"name": "one", "location_id": int64(place.ID), "notes": "first"}}
		srv, err := h.CreateItem(ctx, ann, tenon.Configuration, acme, in)
		h.must(err)
		none := []string{}
		_, err = h.UpdateItem(ctx, ann, srv.ID, core.ItemChange{Tags: &none, Values: tenon.Values{"name": "two", "location_id": nil, "serial_number": "SN"}})
		h.must(err)
		page, next, err := h.Revisions(ctx, ann, srv.ID, tenon.Page{Limit: 1})
		h.must(err)
		if len(page) != 1 || page[0].Version != 2 || page[0].Name != "two" || page[0].ByName != "ann" || next == "" {
			h.t.Errorf("page %+v, next %q", page, next)
		}
		page, next, err = h.Revisions(ctx, ann, srv.ID, tenon.Page{Limit: 1, Cursor: next})
		h.must(err)
		if len(page) != 1 || !slices.Equal(page[0].Tags, tags) || page[0].Values.Text("notes") != "first" || next != "" {
			h.t.Errorf("second page %+v, next %q", page, next)
		}
		_, _, err = h.Revisions(ctx, out, srv.ID, tenon.Page{})
		h.refused("history of what one does not reach", err, tenon.NotFound)
		_, err = h.RestoreRevision(ctx, h.user("reader", tenon.ReadOnly, acme), srv.ID, 1)
		h.refused("restoring as read-only", err, tenon.Forbidden)
		_, err = h.RestoreRevision(ctx, ann, srv.ID, 99)
		h.refused("a version that never was", err, tenon.NotFound)

		back, err := h.RestoreRevision(ctx, ann, srv.ID, 1)
		h.must(err)
		if back.Version != 3 || back.Name != "one" || back.Values["serial_number"] != nil || back.Values.ID("location_id") != int64(place.ID) || !slices.Equal(back.Tags, tags) {
			h.t.Errorf("restored %+v", back)
		}
		if e := h.events(admin, srv.ID)[0]; e.Action != "restore version" {
			h.t.Errorf("event %q", e.Action)
		}
		same, err := h.RestoreRevision(ctx, ann, srv.ID, 1)
		h.must(err)
		if same.Version != 3 {
			h.t.Errorf("restoring what is made version %d", same.Version)
		}
		// What the old state named is hidden now: the field stays as it is.
		_, err = h.UpdateItem(ctx, ann, srv.ID, core.ItemChange{Values: tenon.Values{"location_id": nil}})
		h.must(err)
		_, err = h.Restrict(ctx, admin, place.ID, []tenon.Subject{person(out)})
		h.must(err)
		back, err = h.RestoreRevision(ctx, ann, srv.ID, 1)
		h.must(err)
		if back.Values["location_id"] != nil {
			h.t.Errorf("restored a reference that does not hold: %+v", back)
		}
	})
}

func TestOrganizationRevisions(t *testing.T) {
	each(t, func(h *house) {
		domains := []string{"acme.example"}
		o, err := h.CreateOrganization(ctx, admin, core.OrganizationChange{Domains: &domains, Values: tenon.Values{"name": "Acme", "alert": "Call first"}})
		h.must(err)
		none := []string{}
		_, err = h.UpdateOrganization(ctx, admin, o.ID, core.OrganizationChange{Domains: &none, Values: tenon.Values{"alert": nil, "notes": "new"}})
		h.must(err)
		page, _, err := h.OrganizationRevisions(ctx, admin, o.ID, tenon.Page{})
		h.must(err)
		if len(page) != 2 || page[1].Values.Text("alert") != "Call first" {
			h.t.Errorf("revisions %+v", page)
		}
		back, err := h.RestoreOrganizationRevision(ctx, admin, o.ID, 1)
		h.must(err)
		if back.Version != 3 || back.Values.Text("alert") != "Call first" || back.Values["notes"] != nil || !slices.Equal(back.Domains, domains) {
			h.t.Errorf("restored %+v", back)
		}
		old := h.org("Old")
		part := h.user("part", tenon.Editor, old)
		h.merge(old, o.ID)
		_, _, err = h.OrganizationRevisions(ctx, part, o.ID, tenon.Page{})
		h.refused("history of an organization of which one reaches a part", err, tenon.Forbidden)
		_, _, err = h.OrganizationRevisions(ctx, h.user("out", tenon.Manager), o.ID, tenon.Page{})
		h.refused("history of what one does not reach", err, tenon.NotFound)
	})
}

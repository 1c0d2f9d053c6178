package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func TestRelations(t *testing.T) {
	each(t, func(h *house) {
		acme, beta, vendor := h.org("Acme"), h.org("Beta"), h.org("Vendor")
		ann, reader := h.user("ann", tenon.Editor, acme, beta), h.user("reader", tenon.ReadOnly, acme)
		srv, doc, far := h.named(tenon.Configuration, acme, "srv"), h.named(tenon.Document, acme, "Runbook"), h.named(tenon.Configuration, beta, "far")
		r, err := h.Relate(ctx, ann, srv.ID, doc.ID, 0, " how to \r\nrestart ")
		h.must(err)
		if r.Name != "Runbook" || r.Kind != tenon.Document {
			h.t.Errorf("related %+v", r)
		}
		_, err = h.Relate(ctx, ann, srv.ID, far.ID, 0, "")
		h.must(err)
		_, err = h.Relate(ctx, admin, srv.ID, 0, vendor, "bought there")
		h.must(err)
		for what, try := range map[string]struct {
			v    tenon.Viewer
			from tenon.ItemID
			item tenon.ItemID
			org  tenon.OrgID
			code tenon.Code
		}{
			"the same again":          {ann, srv.ID, doc.ID, 0, tenon.Conflict},
			"the same backwards":      {ann, doc.ID, srv.ID, 0, tenon.Conflict},
			"the same organization":   {admin, srv.ID, 0, vendor, tenon.Conflict},
			"itself":                  {ann, srv.ID, srv.ID, 0, tenon.Invalid},
			"nothing":                 {ann, srv.ID, 0, 0, tenon.Invalid},
			"two things":              {ann, srv.ID, doc.ID, acme, tenon.Invalid},
			"what is not there":       {ann, srv.ID, 999999, 0, tenon.NotFound},
			"what one does not see":   {ann, srv.ID, 0, vendor, tenon.NotFound},
			"from what is hidden":     {reader, far.ID, srv.ID, 0, tenon.NotFound},
			"read-only":               {reader, srv.ID, doc.ID, 0, tenon.Forbidden},
			"an unknown organization": {ann, srv.ID, 0, 999999, tenon.NotFound},
		} {
			_, err := h.Relate(ctx, try.v, try.from, try.item, try.org, "")
			h.refused(what, err, try.code)
		}
		names := func(v tenon.Viewer, item tenon.ItemID) string {
			h.t.Helper()
			rs, err := h.Relations(ctx, v, item)
			h.must(err)
			out := ""
			for _, r := range rs {
				out += fmt.Sprintf("%s/%v/%v ", r.Name, r.Kind, r.Inverse)
			}
			return out
		}
		for _, try := range []struct {
			v    tenon.Viewer
			item tenon.ItemID
			want string
		}{
			{admin, srv.ID, "Runbook/document/false far/configuration/false Vendor/unknown/false "},
			{ann, srv.ID, "Runbook/document/false far/configuration/false "},
			{reader, srv.ID, "Runbook/document/false "},
			{reader, doc.ID, "srv/configuration/true "},
			{ann, far.ID, "srv/configuration/true "},
			{with(ann, func(v *tenon.Viewer) { v.Denied = []tenon.Kind{tenon.Document} }), srv.ID, "far/configuration/false "},
		} {
			if got := names(try.v, try.item); got != try.want {
				h.t.Errorf("%s reads %q, want %q", try.v.Name, got, try.want)
			}
		}
		_, err = h.Restrict(ctx, admin, srv.ID, []tenon.Subject{person(ann)})
		h.must(err)
		if got := names(reader, doc.ID); got != "" {
			h.t.Errorf("a closed far end shows as %q", got)
		}
		h.refused("untying what one does not see", h.Unrelate(ctx, h.user("eve", tenon.Manager, acme), r.ID), tenon.NotFound)
		h.refused("untying as read-only", h.Unrelate(ctx, with(ann, func(v *tenon.Viewer) { v.Role = tenon.ReadOnly }), r.ID), tenon.Forbidden)
		h.must(h.Unrelate(ctx, ann, r.ID))
		if got := names(ann, doc.ID); got != "" {
			h.t.Errorf("untied, but %q", got)
		}
		h.merge(vendor, beta)
		tied, err := h.OrganizationRelations(ctx, admin, beta)
		h.must(err)
		if len(tied) != 1 || tied[0].From != srv.ID || tied[0].ToOrg != beta {
			h.t.Errorf("tied to the target: %+v", tied)
		}
	})
}

func TestMemberships(t *testing.T) {
	each(t, func(h *house) {
		acme, beta, gamma := h.org("Acme"), h.org("Beta"), h.org("Gamma")
		var people []*tenon.Item
		for i := range 5 {
			people = append(people, h.file(tenon.Contact, []tenon.OrgID{acme, beta}[i%2], tenon.Values{"first_name": fmt.Sprintf("P%d", i)}))
		}
		guest := people[1] // of Beta
		for _, want := range []bool{true, false} {
			added, err := h.AddMember(ctx, admin, guest.ID, acme)
			h.must(err)
			if added != want {
				h.t.Errorf("added %v, want %v", added, want)
			}
		}
		members := func(v tenon.Viewer, org tenon.OrgID) []string {
			h.t.Helper()
			var out []string
			for cursor := ""; ; {
				page, next, err := h.Members(ctx, v, org, tenon.Page{Limit: 2, Cursor: cursor})
				h.must(err)
				for _, p := range page {
					out = append(out, p.Name)
				}
				if cursor = next; next == "" {
					return out
				}
			}
		}
		if got, want := members(admin, acme), []string{"P0", "P1", "P2", "P4"}; !slices.Equal(got, want) {
			h.t.Errorf("members %v, want %v", got, want)
		}
		if got, want := members(h.user("ann", tenon.Editor, acme), acme), []string{"P0", "P2", "P4"}; !slices.Equal(got, want) {
			h.t.Errorf("members for one who reaches Acme alone %v, want %v", got, want)
		}
		of, err := h.Memberships(ctx, admin, guest.ID)
		h.must(err)
		if len(of) != 2 || !of[0].Default || of[0].OrgID != beta || of[1].OrgID != acme || of[1].Default {
			h.t.Errorf("memberships %+v", of)
		}
		srv := h.named(tenon.Configuration, acme, "srv")
		reader := h.user("reader", tenon.ReadOnly, acme, beta)
		for what, try := range map[string]struct {
			err  error
			code tenon.Code
		}{
			"leaving one's own":     {second(h.RemoveMember(ctx, admin, guest.ID, beta)), tenon.Conflict},
			"not a contact":         {second(h.AddMember(ctx, admin, srv.ID, beta)), tenon.Invalid},
			"no such organization":  {second(h.AddMember(ctx, admin, guest.ID, 999999)), tenon.NotFound},
			"read-only":             {second(h.AddMember(ctx, reader, guest.ID, acme)), tenon.Forbidden},
			"an unseen target":      {second(h.AddMember(ctx, h.user("bob", tenon.Editor, beta), guest.ID, gamma)), tenon.NotFound},
			"members of the unseen": {secondOf3(h.Members(ctx, reader, gamma, tenon.Page{})), tenon.NotFound},
		} {
			h.refused(what, try.err, try.code)
		}
		// Merged, a member of both is one member; the other stays where they are.
		h.merge(acme, beta)
		if got, want := members(admin, acme), []string{"P0", "P1", "P2", "P3", "P4"}; !slices.Equal(got, want) {
			h.t.Errorf("members of the target %v, want %v", got, want)
		}
		of, err = h.Memberships(ctx, admin, guest.ID)
		h.must(err)
		if len(of) != 1 || of[0].OrgID != beta || !of[0].Default {
			h.t.Errorf("memberships after the merge %+v", of)
		}
		added, err := h.AddMember(ctx, admin, people[0].ID, beta)
		h.must(err)
		if added {
			h.t.Error("a member through a merged binder became a member again")
		}
		_, err = h.AddMember(ctx, admin, guest.ID, gamma)
		h.must(err)
		removed, err := h.RemoveMember(ctx, admin, guest.ID, gamma)
		h.must(err)
		if e := h.events(admin, guest.ID)[0]; !removed || e.Action != "remove member" || e.Changes[0].Before != "Gamma" {
			h.t.Errorf("removed %v: %+v", removed, e)
		}
	})
}

func secondOf3[T, U any](_ T, _ U, err error) error { return err }

func TestLookups(t *testing.T) {
	each(t, func(h *house) {
		name, again, model := " Dell ", "DELL", "R740"
		dell, err := h.CreateLookup(ctx, admin, "manufacturers", core.LookupChange{Name: &name})
		h.must(err)
		if dell.Name != "Dell" || dell.Version != 1 {
			h.t.Errorf("created %+v", dell)
		}
		r740, err := h.CreateLookup(ctx, admin, "models", core.LookupChange{Name: &model, Parent: &dell.ID})
		h.must(err)
		none, creator := "", h.user("creator", tenon.Creator)
		for what, try := range map[string]struct {
			err  error
			code tenon.Code
		}{
			"a name twice":         {second(h.CreateLookup(ctx, admin, "manufacturers", core.LookupChange{Name: &again})), tenon.Invalid},
			"no name":              {second(h.CreateLookup(ctx, admin, "manufacturers", core.LookupChange{})), tenon.Invalid},
			"clearing the name":    {second(h.UpdateLookup(ctx, admin, dell.ID, core.LookupChange{Name: &none})), tenon.Invalid},
			"an unknown list":      {second(h.CreateLookup(ctx, admin, "colours", core.LookupChange{Name: &name})), tenon.NotFound},
			"a parent not allowed": {second(h.UpdateLookup(ctx, admin, dell.ID, core.LookupChange{Parent: &r740.ID})), tenon.Invalid},
			"a parent elsewhere":   {second(h.UpdateLookup(ctx, admin, r740.ID, core.LookupChange{Parent: &r740.ID})), tenon.Invalid},
			"a creator":            {second(h.CreateLookup(ctx, creator, "manufacturers", core.LookupChange{Name: &model})), tenon.Forbidden},
			"stale":                {second(h.UpdateLookup(ctx, admin, dell.ID, core.LookupChange{Name: &model, Version: 7})), tenon.Stale},
			"unknown":              {second(h.UpdateLookup(ctx, admin, 999999, core.LookupChange{Name: &model})), tenon.NotFound},
		} {
			h.refused(what, try.err, try.code)
		}
		same, err := h.UpdateLookup(ctx, admin, dell.ID, core.LookupChange{Name: &name})
		h.must(err)
		hp, err := h.CreateLookup(ctx, admin, "manufacturers", core.LookupChange{Name: &model})
		h.must(err)
		h.refused("renaming to a taken name", second(h.UpdateLookup(ctx, admin, hp.ID, core.LookupChange{Name: &again})), tenon.Invalid)
		page, _, err := h.Lookups(ctx, creator, store.LookupQuery{List: "manufacturers"})
		h.must(err)
		if len(page) != 2 || same.Version != 1 {
			h.t.Errorf("list %+v, version %d", page, same.Version)
		}
	})
}

package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// ends files an item that ends on a day.
func (h *house) ends(k tenon.Kind, org tenon.OrgID, name, day string) *tenon.Item {
	h.t.Helper()
	return h.file(k, org, tenon.Values{"name": name, k.Info().ExpiryFields()[0].Name: day})
}

// expiring lists what a viewer sees of a query, "2026-12-01 Name", over pages of two.
func (h *house) expiring(v tenon.Viewer, q store.ExpirationQuery) []string {
	h.t.Helper()
	var out []string
	for q.Limit = 2; ; {
		page, next, err := h.Expirations(ctx, v, q)
		h.must(err)
		for _, e := range page {
			out = append(out, e.On+" "+e.Name)
		}
		if next == "" {
			return out
		}
		q.Cursor = next
	}
}

func (h *house) wantExpiring(what string, v tenon.Viewer, q store.ExpirationQuery, want ...string) {
	h.t.Helper()
	if got := h.expiring(v, q); !slices.Equal(got, want) {
		h.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestExpirationsListAndFilter(t *testing.T) {
	each(t, func(h *house) {
		acme, zoo := h.org("Acme"), h.org("Zoo")
		h.ends(tenon.Configuration, acme, "srv", "2026-12-01")
		h.ends(tenon.Configuration, zoo, "nas", "2025-01-31")
		h.ends(tenon.Domain, acme, "acme.example", "2027-03-01")
		ssl := h.ends(tenon.SSLCertificate, acme, "www.acme.example", "2026-12-01")
		h.named(tenon.Configuration, acme, "without")

		all := []string{"2025-01-31 nas", "2026-12-01 srv", "2026-12-01 www.acme.example", "2027-03-01 acme.example"}
		h.wantExpiring("all", admin, store.ExpirationQuery{}, all...)
		slices.Reverse(all)
		h.wantExpiring("backwards", admin, store.ExpirationQuery{Page: tenon.Page{Sort: "-date"}}, all...)
		h.wantExpiring("by id", admin, store.ExpirationQuery{Page: tenon.Page{Sort: "id"}}, "2026-12-01 srv", "2025-01-31 nas", "2027-03-01 acme.example", "2026-12-01 www.acme.example")
		h.wantExpiring("of one", admin, store.ExpirationQuery{Org: zoo}, "2025-01-31 nas")
		h.wantExpiring("of one by id", admin, store.ExpirationQuery{Org: acme, Page: tenon.Page{Sort: "-id"}}, "2026-12-01 www.acme.example", "2027-03-01 acme.example", "2026-12-01 srv")
		h.wantExpiring("window", admin, store.ExpirationQuery{From: "2026-12-01", To: "2026-12-31"}, "2026-12-01 srv", "2026-12-01 www.acme.example")
		h.wantExpiring("kind", admin, store.ExpirationQuery{Kinds: []tenon.Kind{tenon.Configuration}}, "2025-01-31 nas", "2026-12-01 srv")
		h.wantExpiring("kinds", admin, store.ExpirationQuery{Kinds: []tenon.Kind{tenon.Domain, tenon.SSLCertificate}, Org: acme}, "2026-12-01 www.acme.example", "2027-03-01 acme.example")
		h.wantExpiring("item", admin, store.ExpirationQuery{Items: []tenon.ItemID{ssl.ID}}, "2026-12-01 www.acme.example")
		h.wantExpiring("name", admin, store.ExpirationQuery{Name: " NAS "}, "2025-01-31 nas")

		for _, bad := range []store.ExpirationQuery{{From: "today"}, {To: "2026-02-30"}, {Page: tenon.Page{Sort: "name"}}, {Page: tenon.Page{Cursor: "x"}}} {
			_, _, err := h.Expirations(ctx, admin, bad)
			h.refused(fmt.Sprintf("%+v", bad), err, tenon.Invalid)
		}
		page, _, err := h.Expirations(ctx, admin, store.ExpirationQuery{Items: []tenon.ItemID{ssl.ID}})
		h.must(err)
		e, err := h.Expiration(ctx, admin, page[0].ID)
		h.must(err)
		if e.TypeName != "SSL certificate" || e.Label != "Expires on" || e.OrgName != "Acme" || e.OrgID != acme || e.Item != ssl.ID || e.Field != "expires_on" {
			h.t.Errorf("the certificate is shown as %+v", e)
		}
		if d := e.DaysFrom("2026-11-22"); d != 9 {
			h.t.Errorf("%d days from 22 November, want 9", d)
		}
		_, err = h.Expiration(ctx, admin, 999_999)
		h.refused("none", err, tenon.NotFound)
	})
}

func TestExpirationsFollowTheirItems(t *testing.T) {
	each(t, func(h *house) {
		acme, zoo := h.org("Acme"), h.org("Zoo")
		srv := h.ends(tenon.Configuration, acme, "srv", "2026-12-01")
		id := func() tenon.ExpirationID {
			page, _, err := h.Expirations(ctx, admin, store.ExpirationQuery{Items: []tenon.ItemID{srv.ID}})
			h.must(err)
			if len(page) != 1 {
				h.t.Fatalf("%d expirations of one item", len(page))
			}
			return page[0].ID
		}
		first := id()
		set := func(day any) {
			_, err := h.UpdateItem(ctx, admin, srv.ID, core.ItemChange{Values: tenon.Values{"warranty_expires_at": day}})
			h.must(err)
		}
		set("2028-01-01")
		if now := id(); now != first {
			h.t.Errorf("a changed date has the id %d, was %d", now, first)
		}
		h.wantExpiring("changed", admin, store.ExpirationQuery{Org: acme}, "2028-01-01 srv")
		set(nil)
		h.wantExpiring("taken away", admin, store.ExpirationQuery{})
		set("2026-12-01")

		yes, no := true, false
		_, err := h.UpdateItem(ctx, admin, srv.ID, core.ItemChange{Archived: &yes})
		h.must(err)
		h.wantExpiring("archived", admin, store.ExpirationQuery{Archived: &yes}, "2026-12-01 srv")
		h.wantExpiring("in use", admin, store.ExpirationQuery{Archived: &no})

		h.merge(acme, zoo)
		h.wantExpiring("merged", admin, store.ExpirationQuery{Org: zoo}, "2026-12-01 srv")
		h.wantExpiring("under the old id", admin, store.ExpirationQuery{Org: acme}, "2026-12-01 srv")
		h.write(func(tx *store.Tx) error {
			n, err := tx.NewID()
			if err != nil {
				return err
			}
			op := &tenon.Operation{ID: tenon.OperationID(n), Kind: "delete", State: tenon.Finished}
			if err := tx.InsertOperation(op, nil); err != nil {
				return err
			}
			_, err = tx.TrashItems([]tenon.ItemID{srv.ID}, op.ID)
			return err
		})
		h.wantExpiring("in the trash", admin, store.ExpirationQuery{})
	})
}

func TestExpirationsOfFlexibleAssets(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		date := func(name string, marked bool) tenon.FlexField {
			return tenon.FlexField{Name: name, Kind: tenon.FlexDate, Expiration: marked}
		}
		kind, err := h.CreateFlexType(ctx, admin, tenon.FlexType{Name: "Licence", Enabled: true, Fields: []tenon.FlexField{
			{Name: "Product", Kind: tenon.FlexText, UseForTitle: true}, date("Bought", false), date("Ends", true)}})
		h.must(err)
		h.file(tenon.FlexibleAsset, acme, tenon.Values{"flexible_asset_type_id": int64(kind.ID),
			"traits": map[string]any{"product": "2020-02-02", "bought": "2024-05-05", "ends": "2026-12-31"}})
		h.wantExpiring("marked", admin, store.ExpirationQuery{Type: kind.ID}, "2026-12-31 2020-02-02")
		page, _, err := h.Expirations(ctx, admin, store.ExpirationQuery{})
		h.must(err)
		if len(page) != 1 || page[0].TypeName != "Licence" || page[0].Label != "Ends" {
			h.t.Errorf("the licence is shown as %+v", page)
		}
		change := *kind
		change.Fields = slices.Clone(kind.Fields)
		change.Fields[1].Expiration, change.Fields[2].Expiration = true, false
		next, err := h.UpdateFlexType(ctx, admin, change)
		h.must(err)
		h.wantExpiring("the other marked", admin, store.ExpirationQuery{}, "2024-05-05 2020-02-02")
		change = *next
		change.Fields = slices.Clone(next.Fields[:1])
		_, err = h.UpdateFlexType(ctx, admin, change)
		h.must(err)
		h.wantExpiring("fields gone", admin, store.ExpirationQuery{})
	})
}

func TestExpirationsAreForThoseWhoMay(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		srv := h.ends(tenon.Configuration, acme, "srv", "2026-12-01")
		h.ends(tenon.Domain, acme, "acme.example", "2027-03-01")
		// More organizations than those whose binders are walked one by one.
		var some []tenon.OrgID
		for i := range 40 {
			o := h.org(fmt.Sprint("Client ", i))
			h.ends(tenon.Domain, o, fmt.Sprintf("client%d.example", i), "2030-01-01")
			some = append(some, o)
		}
		of := func(name string, orgs ...tenon.OrgID) tenon.Viewer { return h.user(name, tenon.Editor, orgs...) }
		ann, bob := of("ann", acme), of("bob", some...)
		h.wantExpiring("her own", ann, store.ExpirationQuery{}, "2026-12-01 srv", "2027-03-01 acme.example")
		if got := h.expiring(bob, store.ExpirationQuery{}); len(got) != 40 || strings.Contains(fmt.Sprint(got), "acme") {
			h.t.Errorf("bob sees %d: %q", len(got), got)
		}
		ann.Denied = []tenon.Kind{tenon.Domain}
		h.wantExpiring("a kind denied", ann, store.ExpirationQuery{}, "2026-12-01 srv")
		mine, _, err := h.Expirations(ctx, admin, store.ExpirationQuery{Items: []tenon.ItemID{srv.ID}})
		h.must(err)
		_, err = h.Expiration(ctx, bob, mine[0].ID)
		h.refused("one of another", err, tenon.NotFound)
		_, _, err = h.Expirations(ctx, bob, store.ExpirationQuery{Org: acme})
		h.refused("those of another", err, tenon.NotFound)
		eve := of("eve", acme)
		_, err = h.Restrict(ctx, admin, srv.ID, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(eve.User)}})
		h.must(err)
		h.wantExpiring("closed to her", ann, store.ExpirationQuery{})
		h.wantExpiring("open to her", eve, store.ExpirationQuery{}, "2026-12-01 srv", "2027-03-01 acme.example")
	})
}

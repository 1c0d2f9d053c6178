package core_test

import (
	"context"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var admin = tenon.Viewer{User: 1, Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

func TestOrganizationLife(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		c := core.New(core.Options{Store: st})
		domains := []string{"Acme.example", "www.acme.example", "acme.example"}
		acme, err := c.CreateOrganization(ctx, admin, core.OrganizationChange{Domains: &domains, Values: tenon.Values{
			"name": "  Acme Ltd ", "quick_notes": `<b>hi</b><script>alert(1)</script>`, "tags": []string{"vip", "vip"}, "external_id": "X-1"}})
		if err != nil {
			t.Fatal(err)
		}
		if acme.Name != "Acme Ltd" || acme.Values.Text("quick_notes") != "<b>hi</b>" {
			t.Errorf("got %+v", acme)
		}
		sub, err := c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": "Acme North", "parent_id": acme.ID.String()}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.UpdateOrganization(ctx, admin, acme.ID, core.OrganizationChange{Values: tenon.Values{"parent_id": int64(sub.ID)}}); tenon.CodeOf(err) != tenon.Invalid {
			t.Errorf("a ring was not refused: %v", err)
		}
		if _, err := c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": "Other", "external_id": "x-1"}}); tenon.CodeOf(err) != tenon.Invalid {
			t.Errorf("a taken external id was not refused: %v", err)
		}
		got, err := c.UpdateOrganization(ctx, admin, acme.ID, core.OrganizationChange{Version: 1, Values: tenon.Values{"name": "Acme Limited", "alert": "Call first"}})
		if err != nil || got.Version != 2 {
			t.Fatalf("update: %+v, %v", got, err)
		}
		same, err := c.UpdateOrganization(ctx, admin, acme.ID, core.OrganizationChange{Values: tenon.Values{"name": "Acme Limited"}})
		if err != nil || same.Version != 2 {
			t.Errorf("a change that changes nothing raised the version: %+v, %v", same, err)
		}
		if _, err := c.UpdateOrganization(ctx, admin, acme.ID, core.OrganizationChange{Version: 1, Values: tenon.Values{"alert": "x"}}); tenon.CodeOf(err) != tenon.Stale {
			t.Errorf("a stale change was not refused: %v", err)
		}
		err = st.Read(ctx, func(tx *store.Tx) error {
			o, err := tx.GetOrganization(admin, sub.ID)
			if err != nil {
				return err
			}
			if o.ParentID != acme.ID || o.ParentName != "Acme Limited" {
				t.Errorf("parent is %d %q", o.ParentID, o.ParentName)
			}
			o, err = tx.GetOrganization(admin, acme.ID)
			if err != nil {
				return err
			}
			if len(o.Domains) != 1 || o.Values.Text("alert") != "Call first" || o.Values.Strings("tags")[0] != "vip" {
				t.Errorf("read back %+v", o)
			}
			events, _, err := tx.ListEvents(admin, store.EventQuery{Subject: int64(acme.ID)})
			if err != nil {
				return err
			}
			if len(events) != 2 || events[0].Action != "update" || len(events[0].Changes) != 2 {
				t.Errorf("events: %+v", events)
			}
			revs, _, err := tx.ListRevisions(int64(acme.ID), tenon.OrganizationFields, nil, tenon.Page{})
			if err != nil {
				return err
			}
			if len(revs) != 2 || revs[1].Name != "Acme Ltd" {
				t.Errorf("revisions: %+v", revs)
			}
			found, err := tx.FindByName(admin, "ACME LTD")
			if err == nil && (len(found) != 1 || found[0] != acme.ID) {
				t.Errorf("the old name finds %v", found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

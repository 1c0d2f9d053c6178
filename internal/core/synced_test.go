package core_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// link makes a connection keep a record in step, or end that.
func (h *house) link(column string, id int64, state string) {
	h.t.Helper()
	storetest.Exec(h.t, h.st, `INSERT INTO links (connection_id, kind, external_id, `+column+`, state) VALUES (7, 'company', 'remote', $1, $2)
		ON CONFLICT (connection_id, kind, external_id) DO UPDATE SET state = excluded.state`, id, state)
}

// TestSyncedOrganization changes an organization that a connection keeps in
// step: what that writes is refused to everybody but the product itself.
func TestSyncedOrganization(t *testing.T) {
	each(t, func(h *house) {
		org := h.org("Acme")
		update := func(v tenon.Viewer, values tenon.Values) error {
			_, err := h.UpdateOrganization(ctx, v, org, core.OrganizationChange{Values: values})
			return err
		}
		h.must(update(admin, tenon.Values{"short_name": "A"}))
		h.link("binder_id", int64(org.Home()), "syncing")
		for field, value := range map[string]any{"name": "Acme Ltd", "short_name": "B", "parent_id": int64(h.org("Group"))} {
			err := update(admin, tenon.Values{field: value, "alert": "Mind the gap"})
			h.refused(field, err, tenon.Invalid)
			var e *tenon.Error
			if errors.As(err, &e) && (e.Field != field || !strings.Contains(e.Message, "Acme is kept in step with the PSA")) {
				t.Errorf("%s: the error is about %q: %s", field, e.Field, e.Message)
			}
		}
		// What is sent as it stands is no change, and the rest is people's own.
		h.must(update(admin, tenon.Values{"name": "Acme", "short_name": "A", "alert": "Mind the gap", "description": "d", "quick_notes": "<p>q</p>",
			"notes": "n", "tags": []string{"vip"}, "custom_fields": map[string]any{"floor": "3"}}))
		h.must(update(tenon.SystemViewer(), tenon.Values{"name": "Acme Ltd"}))
		o, err := h.Organization(ctx, admin, org)
		h.must(err)
		if o.Name != "Acme Ltd" || o.Values.Text("short_name") != "A" || o.Values.Text("alert") != "Mind the gap" {
			t.Errorf("it is %v", o.Values)
		}
		_, err = h.RestoreOrganizationRevision(ctx, admin, org, 1)
		h.refused("an old version with another name", err, tenon.Invalid)
		h.link("binder_id", int64(org.Home()), "paused")
		h.must(update(admin, tenon.Values{"name": "Acme and sons"}))
	})
}

// TestSyncedItem does the same with an item of every kind that a connection writes.
func TestSyncedItem(t *testing.T) {
	each(t, func(h *house) {
		org := h.org("Acme")
		for _, c := range []struct {
			kind      tenon.Kind
			values    tenon.Values
			protected string
			open      tenon.Values
		}{
			{tenon.Configuration, tenon.Values{"name": "srv"}, "serial_number", tenon.Values{"notes": "n", "operating_system_notes": "o", "position": "top"}},
			{tenon.Contact, tenon.Values{"first_name": "Ann"}, "last_name", tenon.Values{"notes": "n", "important": true}},
			{tenon.Location, tenon.Values{"name": "Quay"}, "city", tenon.Values{"notes": "n"}},
		} {
			i := h.file(c.kind, org, c.values)
			h.link("item_id", int64(i.ID), "syncing")
			update := func(v tenon.Viewer, values tenon.Values) error {
				_, err := h.UpdateItem(ctx, v, i.ID, core.ItemChange{Values: values})
				return err
			}
			h.refused(c.protected, update(admin, tenon.Values{c.protected: "other"}), tenon.Invalid)
			h.must(update(admin, c.values))
			h.must(update(admin, c.open))
			h.must(update(tenon.SystemViewer(), tenon.Values{c.protected: "as the PSA has it"}))
			h.write(func(tx *store.Tx) error {
				now, err := tx.GetItem(admin, i.ID)
				if err == nil && now.Values.Text(c.protected) != "as the PSA has it" {
					t.Errorf("%s: %s is %q", i.Name, c.protected, now.Values.Text(c.protected))
				}
				return err
			})
			storetest.Exec(t, h.st, `DELETE FROM links`)
			h.must(update(admin, tenon.Values{c.protected: "other"}))
		}
	})
}

package web_test

import (
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestSyncedForms edits records that a connection keeps in step: what it writes
// is shown and cannot be typed, and the rest is saved.
func TestSyncedForms(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		o := s.organization(tenon.Values{"name": "Acme", "short_name": "A"})
		at := s.file(tenon.Location, o.ID, core.ItemChange{Values: tenon.Values{"name": "Quay"}})
		c := s.file(tenon.Configuration, o.ID, core.ItemChange{Values: tenon.Values{"name": "srv", "serial_number": "S-1", "location_id": int64(at.ID)}})
		storetest.Exec(t, s.core.Store(), `INSERT INTO links (connection_id, kind, external_id, binder_id, state) VALUES (7, 'company', 'a', $1, 'syncing')`, int64(o.ID.Home()))
		storetest.Exec(t, s.core.Store(), `INSERT INTO links (connection_id, kind, external_id, item_id, state) VALUES (7, 'configuration', 'b', $1, 'syncing')`, int64(c.ID))

		path := "/organizations/" + o.ID.String()
		s.want(s.get(path), 200, "Syncing")
		s.lacks(s.get(path), "Not linked")
		page := s.get(path + "/edit")
		s.want(page, 200, "Kept in step with the PSA.", `id="f-name" value="Acme" readonly`, "Changed in the PSA.", `name="alert"`)
		s.lacks(page, `name="name"`, `name="short_name"`, `name="parent_id"`, `name="organization_type_id"`)
		version := s.hidden(page, "version")
		s.want(s.post(path, "version", version, "name", "Acme Ltd", "alert", "Mind the gap"), 422, "Acme is kept in step with the PSA")
		s.want(s.post(path, "version", version, "alert", "Mind the gap"), 200, "Acme was saved.", "Mind the gap")

		path = "/items/" + c.ID.String()
		page = s.get(path + "/edit")
		s.want(page, 200, "Kept in step with the PSA.", `value="S-1" readonly`, `value="Quay" readonly`, `name="notes"`)
		s.lacks(page, `name="serial_number"`, `name="location_id"`)
		version = s.hidden(page, "version")
		s.want(s.post(path, "version", version, "serial_number", "S-2"), 422, "srv is kept in step with the PSA")
		s.want(s.post(path, "version", version, "notes", "In the attic"), 200, "srv was saved.", "In the attic")
		now, err := s.core.Item(t.Context(), s.root, c.ID)
		s.must(err)
		if now.Values.Text("serial_number") != "S-1" || now.Values.ID("location_id") != int64(at.ID) {
			t.Errorf("it says %v", now.Values)
		}
	})
}

// TestMergeIntoSyncing opens the plan of a merge into an organization that is
// kept in step: what the PSA writes is shown and not chosen, and what was chosen
// of it before is no reason to refuse the page.
func TestMergeIntoSyncing(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		from := s.organization(tenon.Values{"name": "Acme Ltd", "short_name": "AL", "alert": "Call first"})
		to := s.organization(tenon.Values{"name": "Acme"})
		storetest.Exec(t, s.core.Store(), `INSERT INTO links (connection_id, kind, external_id, binder_id, state) VALUES (7, 'company', 'a', $1, 'syncing')`, int64(to.ID.Home()))
		ask := "/merge?source=" + from.ID.String() + "&target=" + to.ID.String()
		for _, chosen := range []string{"", "&do=fill", "&f.name=source&f.alert=source"} {
			page := s.get(ask + chosen)
			s.want(page, 200, "In step with the PSA", "Acme Ltd", `name="f.alert"`)
			s.lacks(page, `name="f.name"`, `name="f.short_name"`)
		}
	})
}

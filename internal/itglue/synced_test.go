package itglue_test

import (
	"testing"

	"github.com/tenonhq/tenon/internal/storetest"
)

// TestSynced changes records that a connection keeps in step: what it writes
// is refused where it would change, and what is sent as it stands is none.
func TestSynced(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		kind := h.do("admin", "POST", "/configuration_types", one("configuration-types", `"name":"Server"`)).Want(201).Text("data.id")
		for _, c := range []struct{ path, attributes, protected, changed, open string }{
			{"organizations", `"name":"Acme","short-name":"A"`, "short-name", "B", "alert"},
			{"organizations", `"name":"Globex"`, "name", "Globex Ltd", "quick-notes"},
			{"organizations", `"name":"Initech"`, "name", "Initech Ltd", "description"},
			{"configurations", `"name":"srv-1","configuration-type-id":` + kind, "serial-number", "S-1", "notes"},
			{"configurations", `"name":"srv-2","configuration-type-id":` + kind, "name", "srv-3", "operating-system-notes"},
			{"contacts", `"first-name":"Ann"`, "first-name", "Anna", "notes"},
			{"locations", `"name":"Quay","city":"Hull"`, "city", "York", "notes"},
		} {
			link, column := "binder_id", "organizations"
			attributes := c.attributes
			if c.path != "organizations" {
				link, column = "item_id", c.path
				attributes += `,"organization-id":` + h.organization("Holder of "+c.protected)
			}
			id := h.do("admin", "POST", "/"+c.path, one(c.path, attributes)).Want(201).Has("data.attributes.psa-integration", "").Text("data.id")
			at := "/" + c.path + "/" + id
			sent := func(name, value string) string { return one(c.path, `"`+name+`":"`+value+`"`) }
			h.do("admin", "PATCH", at, sent(c.open, "before")).Want(200)
			storetest.Exec(t, h.st, `INSERT INTO links (connection_id, kind, external_id, `+link+`, state) VALUES (7, $1, $2, $3, 'syncing')`, column, id, asID(id))
			was := h.do("admin", "GET", at, "").Want(200).Has("data.attributes.psa-integration", "enabled")
			h.do("admin", "PATCH", at, sent(c.protected, c.changed)).Want(422).Has("errors.0.source.pointer", "/data/attributes/"+c.protected)
			h.do("admin", "PATCH", "/"+c.path, `{"data":[{"type":"x","attributes":{"id":`+id+`,"`+c.protected+`":"`+c.changed+`"}}]}`).Want(422)
			h.do("admin", "PATCH", "/"+c.path+"?filter[id]="+id, sent(c.protected, c.changed)).Want(422)
			h.do("admin", "GET", at, "").Want(200).Has("data.attributes."+c.protected, was.Text("data.attributes."+c.protected))
			h.do("admin", "PATCH", at, string(was.Body)).Want(200)
			h.do("admin", "PATCH", at, sent(c.open, "after")).Want(200).Has("data.attributes."+c.open, "after")
			storetest.Exec(t, h.st, `UPDATE links SET state = 'disabled' WHERE external_id = $1`, id)
			h.do("admin", "PATCH", at, sent(c.protected, c.changed)).Want(200).Has("data.attributes."+c.protected, c.changed)
		}
	})
}

func asID(s string) (n int64) {
	for _, c := range s {
		n = n*10 + int64(c-'0')
	}
	return n
}

package api_test

import (
	"testing"

	"github.com/tenonhq/tenon/internal/storetest"
)

// TestSynced changes an organization and a contact that a connection keeps in step.
func TestSynced(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		contact := h.do("admin", "POST", "/api/v1/contacts", `{"organization_id":`+org+`,"first_name":"Ann"}`).Want(201).Text("id")
		storetest.Exec(t, h.st, `INSERT INTO links (connection_id, kind, external_id, binder_id, state) VALUES (7, 'company', 'a', CAST($1 AS BIGINT), 'syncing')`, org)
		storetest.Exec(t, h.st, `INSERT INTO links (connection_id, kind, external_id, item_id, state) VALUES (7, 'contact', 'b', CAST($1 AS BIGINT), 'syncing')`, contact)
		for path, field := range map[string]string{"/api/v1/organizations/" + org: "name", "/api/v1/contacts/" + contact: "first_name"} {
			was := h.do("admin", "GET", path, "").Want(200).Text(field)
			refused := h.do("admin", "PATCH", path, `{"`+field+`":"Other","notes":"n"}`).Want(422)
			if refused.Text("fields.0.field") != field {
				t.Errorf("%s: %s", path, refused.Body)
			}
			h.do("admin", "PATCH", path, `{"`+field+`":"`+was+`","notes":"n"}`).Want(200)
		}
		h.do("admin", "PATCH", "/api/v1/organizations/"+org, `{"alert":"a","description":"d","quick_notes":"q"}`).Want(200)
	})
}

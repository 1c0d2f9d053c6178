package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestViewsAndFavourites keeps what somebody wants of lists and records.
func TestViewsAndFavourites(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.user("ann", tenon.Editor, true)
		h.user("ben", tenon.ReadOnly, true)
		own := h.do("ann", "POST", "/api/v1/views", `{"list":"contacts","name":"VIPs","query":"tag=vip"}`).want(201)
		h.do("ann", "POST", "/api/v1/views", `{"list":"contacts","name":"vips"}`).want(422)
		shared := h.do("ann", "POST", "/api/v1/views", `{"list":"contacts","name":"All of us","query":"sort=-updated","shared":true}`).want(201)
		h.do("ben", "POST", "/api/v1/views", `{"list":"contacts","name":"Mine","shared":true}`).want(403)
		if got := h.do("ben", "GET", "/api/v1/views?list=contacts", "").want(200); got.text("data.0.id") != shared.text("id") || strings.Contains(string(got.body), "VIPs") {
			t.Errorf("Ben is offered %s", got.body)
		}
		path := "/api/v1/views/" + own.text("id")
		h.do("ben", "PUT", path, `{"name":"Taken"}`).want(404)
		h.do("ann", "PUT", path, `{"name":"Very important","query":"tag=vip&sort=name","list":"documents"}`).want(422)
		if got := h.do("ann", "PUT", path, `{"name":"Very important","query":"tag=vip&sort=name"}`).want(200); got.text("list") != "contacts" || got.text("query") != "tag=vip&sort=name" {
			t.Errorf("the view is %s", got.body)
		}
		h.do("ann", "DELETE", path, "").want(204)
		h.do("ann", "DELETE", path, "").want(404)

		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).want(201).text("id")
		star := "/api/v1/favourites/" + org
		h.do("ben", "PUT", star, "").want(204)
		if got := h.do("ben", "GET", "/api/v1/favourites", "").want(200); got.text("data.0.id") != org || got.text("data.0.kind") != "organization" {
			t.Errorf("Ben's favourites are %s", got.body)
		}
		if got := h.do("ann", "GET", "/api/v1/favourites", "").want(200); got.text("data.0.id") != "" {
			t.Errorf("Ann's favourites are %s", got.body)
		}
		h.do("ben", "DELETE", star, "").want(204)
		h.do("ben", "PUT", "/api/v1/favourites/"+missingID, "").want(404)
	})
}

// TestActsOnOrganizations tags organizations as planned, and takes it back.
func TestActsOnOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		a := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).want(201).text("id")
		b := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Beta"}`).want(201).text("id")
		ask := fmt.Sprintf(`"action":"tag","organizations":[%s,%s],"choices":{"tags":["vip"]}`, a, b)
		plan := h.do("admin", "POST", "/api/v1/organization_operations/plan", "{"+ask+"}").want(200)
		h.do("admin", "POST", "/api/v1/organization_operations", "{"+ask+`,"fingerprint":"other"}`).want(409)
		op := h.do("admin", "POST", "/api/v1/organization_operations", "{"+ask+`,"fingerprint":`+raw(plan, "fingerprint")+"}").want(201)
		h.do("admin", "GET", "/api/v1/organizations?tag=vip", "").want(200)
		if got := h.do("admin", "GET", "/api/v1/organizations?tag=vip", "").want(200); got.text("data.1.id") == "" {
			t.Errorf("tagged are %s", got.body)
		}
		h.do("admin", "POST", "/api/v1/operations/"+op.text("id")+"/cancel", "").want(409)
		h.do("admin", "POST", "/api/v1/organization_operations/plan", `{"action":"explode","organizations":[`+a+`]}`).want(422)
	})
}

// TestDocumentsAndChecklists publishes a document, and ticks the tasks of a
// checklist that was made of a template.
func TestDocumentsAndChecklists(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.user("looker", tenon.ReadOnly, true)
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).want(201).text("id")
		doc := "/api/v1/documents/" + h.do("admin", "POST", "/api/v1/documents", `{"organization_id":`+org+`,"name":"Runbook","sections":[{"resource_type":"Text","content":"<p>First</p>"}]}`).want(201).text("id")
		if got := h.do("looker", "GET", doc, "").want(200); strings.Contains(string(got.body), "First") {
			t.Errorf("a reader sees a draft: %s", got.body)
		}
		h.do("looker", "POST", doc+"/publish", "{}").want(403)
		h.do("admin", "POST", doc+"/publish", `{"version":99}`).want(409)
		if got := h.do("admin", "POST", doc+"/publish", "{}").want(200); got.text("published_at") == "" {
			t.Errorf("published: %s", got.body)
		}
		if got := h.do("looker", "GET", doc, "").want(200); !strings.Contains(string(got.body), "First") {
			t.Errorf("a reader does not see what was published: %s", got.body)
		}
		if got := h.do("admin", "POST", doc+"/unpublish", "").want(200); got.text("published_at") != "" {
			t.Errorf("still published: %s", got.body)
		}

		template := h.do("admin", "POST", "/api/v1/checklist_templates", `{"organization_id":`+org+`,"name":"New starter","tasks":[{"name":"Account"},{"name":"Laptop"}]}`).want(201).text("id")
		h.do("admin", "POST", "/api/v1/checklist_templates/"+template+"/checklists", "{}").want(422)
		made := h.do("admin", "POST", "/api/v1/checklist_templates/"+template+"/checklists", `{"organization_id":`+org+`,"name":"Iris starts"}`).want(201)
		if made.text("name") != "Iris starts" || made.text("tasks.1.name") != "Laptop" {
			t.Fatalf("the checklist is %s", made.body)
		}
		list := "/api/v1/checklists/" + made.text("id")
		for i := range 2 {
			task := list + "/tasks/" + made.text(fmt.Sprintf("tasks.%d.id", i))
			h.do("looker", "POST", task+"/complete", "").want(403)
			if got := h.do("admin", "POST", task+"/complete", "").want(200); raw(got, "completed") != "true" {
				t.Errorf("ticked: %s", got.body)
			}
		}
		if got := h.do("admin", "GET", list, "").want(200); raw(got, "completed") != "true" {
			t.Errorf("all are ticked: %s", got.body)
		}
		if got := h.do("admin", "POST", list+"/tasks/"+made.text("tasks.0.id")+"/reopen", "").want(200); raw(got, "completed") != "false" {
			t.Errorf("reopened: %s", got.body)
		}
	})
}

// TestFieldsOfTypes changes a flexible asset type field by field.
func TestFieldsOfTypes(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		path := "/api/v1/flexible_asset_types/" + h.do("admin", "POST", "/api/v1/flexible_asset_types", `{"name":"Wi-Fi","fields":[{"name":"SSID","kind":"Text","use_for_title":true}]}`).want(201).text("id") + "/fields"
		key := h.do("admin", "POST", path, `{"name":"Channel","kind":"Number","position":0}`).want(201).text("id")
		h.do("admin", "POST", path, `{"name":"Odd","kind":"Nonsense"}`).want(422)
		h.do("admin", "PATCH", path+"/"+key, `{"hint":"1 to 13","position":5}`).want(200)
		got := h.do("admin", "GET", path, "").want(200)
		if got.text("data.0.name") != "SSID" || got.text("data.1.id") != key || got.text("data.1.hint") != "1 to 13" || got.text("data.1.kind") != "Number" {
			t.Errorf("the fields are %s", got.body)
		}
		h.do("admin", "PATCH", path+"/"+key, `{"hint":"x","version":1}`).want(409)
		h.do("admin", "DELETE", path+"/"+key, "").want(204)
		h.do("admin", "GET", path+"/"+key, "").want(404)
	})
}

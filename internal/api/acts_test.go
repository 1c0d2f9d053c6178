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
		own := h.do("ann", "POST", "/api/v1/views", `{"list":"contacts","name":"VIPs","query":"tag=vip"}`).Want(201)
		h.do("ann", "POST", "/api/v1/views", `{"list":"contacts","name":"vips"}`).Want(422)
		shared := h.do("ann", "POST", "/api/v1/views", `{"list":"contacts","name":"All of us","query":"sort=-updated","shared":true}`).Want(201)
		h.do("ben", "POST", "/api/v1/views", `{"list":"contacts","name":"Mine","shared":true}`).Want(403)
		if got := h.do("ben", "GET", "/api/v1/views?list=contacts", "").Want(200); got.Text("data.0.id") != shared.Text("id") || strings.Contains(string(got.Body), "VIPs") {
			t.Errorf("Ben is offered %s", got.Body)
		}
		path := "/api/v1/views/" + own.Text("id")
		h.do("ben", "PUT", path, `{"name":"Taken"}`).Want(404)
		h.do("ann", "PUT", path, `{"name":"Very important","query":"tag=vip&sort=name","list":"documents"}`).Want(422)
		if got := h.do("ann", "PUT", path, `{"name":"Very important","query":"tag=vip&sort=name"}`).Want(200); got.Text("list") != "contacts" || got.Text("query") != "tag=vip&sort=name" {
			t.Errorf("the view is %s", got.Body)
		}
		h.do("ann", "DELETE", path, "").Want(204)
		h.do("ann", "DELETE", path, "").Want(404)

		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		star := "/api/v1/favourites/" + org
		h.do("ben", "PUT", star, "").Want(204)
		if got := h.do("ben", "GET", "/api/v1/favourites", "").Want(200); got.Text("data.0.id") != org || got.Text("data.0.kind") != "organization" {
			t.Errorf("Ben's favourites are %s", got.Body)
		}
		if got := h.do("ann", "GET", "/api/v1/favourites", "").Want(200); got.Text("data.0.id") != "" {
			t.Errorf("Ann's favourites are %s", got.Body)
		}
		h.do("ben", "DELETE", star, "").Want(204)
		h.do("ben", "PUT", "/api/v1/favourites/"+missingID, "").Want(404)
	})
}

// TestActsOnOrganizations tags organizations as planned, and takes it back.
func TestActsOnOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		a := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		b := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Beta"}`).Want(201).Text("id")
		ask := fmt.Sprintf(`"action":"tag","organizations":[%s,%s],"choices":{"tags":["vip"]}`, a, b)
		plan := h.do("admin", "POST", "/api/v1/organization_operations/plan", "{"+ask+"}").Want(200)
		h.do("admin", "POST", "/api/v1/organization_operations", "{"+ask+`,"fingerprint":"other"}`).Want(409)
		op := h.do("admin", "POST", "/api/v1/organization_operations", "{"+ask+`,"fingerprint":`+raw(plan, "fingerprint")+"}").Want(201)
		h.do("admin", "GET", "/api/v1/organizations?tag=vip", "").Want(200)
		if got := h.do("admin", "GET", "/api/v1/organizations?tag=vip", "").Want(200); got.Text("data.1.id") == "" {
			t.Errorf("tagged are %s", got.Body)
		}
		h.do("admin", "POST", "/api/v1/operations/"+op.Text("id")+"/cancel", "").Want(409)
		h.do("admin", "POST", "/api/v1/organization_operations/plan", `{"action":"explode","organizations":[`+a+`]}`).Want(422)
	})
}

// TestDocumentsAndChecklists publishes a document, and ticks the tasks of a
// checklist that was made of a template.
func TestDocumentsAndChecklists(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.user("looker", tenon.ReadOnly, true)
		org := h.do("admin", "POST", "/api/v1/organizations", `{"name":"Acme"}`).Want(201).Text("id")
		doc := "/api/v1/documents/" + h.do("admin", "POST", "/api/v1/documents", `{"organization_id":`+org+`,"name":"Runbook","sections":[{"resource_type":"Text","content":"<p>First</p>"}]}`).Want(201).Text("id")
		if got := h.do("looker", "GET", doc, "").Want(200); strings.Contains(string(got.Body), "First") {
			t.Errorf("a reader sees a draft: %s", got.Body)
		}
		h.do("looker", "POST", doc+"/publish", "{}").Want(403)
		h.do("admin", "POST", doc+"/publish", `{"version":99}`).Want(409)
		if got := h.do("admin", "POST", doc+"/publish", "{}").Want(200); got.Text("published_at") == "" {
			t.Errorf("published: %s", got.Body)
		}
		if got := h.do("looker", "GET", doc, "").Want(200); !strings.Contains(string(got.Body), "First") {
			t.Errorf("a reader does not see what was published: %s", got.Body)
		}
		if got := h.do("admin", "POST", doc+"/unpublish", "").Want(200); got.Text("published_at") != "" {
			t.Errorf("still published: %s", got.Body)
		}

		template := h.do("admin", "POST", "/api/v1/checklist_templates", `{"organization_id":`+org+`,"name":"New starter","tasks":[{"name":"Account"},{"name":"Laptop"}]}`).Want(201).Text("id")
		h.do("admin", "POST", "/api/v1/checklist_templates/"+template+"/checklists", "{}").Want(422)
		made := h.do("admin", "POST", "/api/v1/checklist_templates/"+template+"/checklists", `{"organization_id":`+org+`,"name":"Iris starts"}`).Want(201)
		if made.Text("name") != "Iris starts" || made.Text("tasks.1.name") != "Laptop" {
			t.Fatalf("the checklist is %s", made.Body)
		}
		list := "/api/v1/checklists/" + made.Text("id")
		for i := range 2 {
			task := list + "/tasks/" + made.Text(fmt.Sprintf("tasks.%d.id", i))
			h.do("looker", "POST", task+"/complete", "").Want(403)
			if got := h.do("admin", "POST", task+"/complete", "").Want(200); raw(got, "completed") != "true" {
				t.Errorf("ticked: %s", got.Body)
			}
		}
		if got := h.do("admin", "GET", list, "").Want(200); raw(got, "completed") != "true" {
			t.Errorf("all are ticked: %s", got.Body)
		}
		if got := h.do("admin", "POST", list+"/tasks/"+made.Text("tasks.0.id")+"/reopen", "").Want(200); raw(got, "completed") != "false" {
			t.Errorf("reopened: %s", got.Body)
		}
	})
}

// TestFieldsOfTypes changes a flexible asset type field by field.
func TestFieldsOfTypes(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		path := "/api/v1/flexible_asset_types/" + h.do("admin", "POST", "/api/v1/flexible_asset_types", `{"name":"Wi-Fi","fields":[{"name":"SSID","kind":"Text","use_for_title":true}]}`).Want(201).Text("id") + "/fields"
		key := h.do("admin", "POST", path, `{"name":"Channel","kind":"Number","position":0}`).Want(201).Text("id")
		h.do("admin", "POST", path, `{"name":"Odd","kind":"Nonsense"}`).Want(422)
		h.do("admin", "PATCH", path+"/"+key, `{"hint":"1 to 13","position":5}`).Want(200)
		got := h.do("admin", "GET", path, "").Want(200)
		if got.Text("data.0.name") != "SSID" || got.Text("data.1.id") != key || got.Text("data.1.hint") != "1 to 13" || got.Text("data.1.kind") != "Number" {
			t.Errorf("the fields are %s", got.Body)
		}
		of := strings.Split(path, "/")[4]
		tag := h.do("admin", "POST", path, `{"name":"Next","kind":"Tag","tag_type":"flexible_asset:`+of+`"}`).Want(201).Text("id")
		for _, c := range []struct{ sent, want string }{{`{"hint":"x"}`, "flexible_asset:" + of}, {`{"tag_type":"flexible_asset"}`, "flexible_asset"}, {`{"tag_type":"flexible_asset:` + of + `"}`, "flexible_asset:" + of}, {`{"tag_type":"contact"}`, "contact"}} {
			h.do("admin", "PATCH", path+"/"+tag, c.sent).Want(200)
			if got := h.do("admin", "GET", path+"/"+tag, "").Want(200).Text("tag_type"); got != c.want {
				t.Errorf("after %s it tags %q", c.sent, got)
			}
		}
		for _, bad := range []string{"contact:" + of, "flexible_asset:", "flexible_asset:x", "flexible_asset:4000000000000", "nothing"} {
			h.do("admin", "PATCH", path+"/"+tag, `{"tag_type":"`+bad+`"}`).Want(422)
		}
		h.do("admin", "DELETE", path+"/"+tag, "").Want(204)
		h.do("admin", "PATCH", path+"/"+key, `{"hint":"x","version":1}`).Want(409)
		h.do("admin", "DELETE", path+"/"+key, "").Want(204)
		h.do("admin", "GET", path+"/"+key, "").Want(404)
	})
}

package itglue_test

import (
	"strings"
	"testing"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		folder := h.do("admin", "POST", "/organizations/"+org+"/relationships/document_folders", one("document-folders", `"name":"How to"`)).want(201).text("data.id")
		inner := h.do("admin", "POST", "/document_folders", one("document-folders", `"organization-id":`+org+`,"name":"Deep","parent-id":`+folder)).want(201).has("data.attributes.ancestor-ids", "["+folder+"]").text("data.id")
		root := h.do("admin", "POST", "/organizations/"+org+"/relationships/documents", one("documents", `"name":"Root","content":"<p>not kept</p>"`)).want(201).has("data.attributes.content", "").text("data.id")
		deep := h.do("admin", "POST", "/documents", one("documents", `"organization-id":`+org+`,"name":"Deep","document-folder-id":`+inner)).want(201).text("data.id")
		for query, want := range map[string]string{
			"": root, "?filter[document_folder_id]=null": root + "," + deep, "?filter[document_folder_id][ne]=": root + "," + deep, "?filter[document-folder-id]=" + inner: deep,
		} {
			for _, base := range []string{"/documents", "/organizations/" + org + "/relationships/documents"} {
				if got := h.do("admin", "GET", base+query, "").want(200).ids(); got != want {
					t.Errorf("%s%s: got %s, want %s", base, query, got, want)
				}
			}
		}
		sections := "/documents/" + root + "/relationships/sections"
		h.do("admin", "POST", sections, one("sections", `"content":"<p>a</p>"`)).want(400).has("errors.0.detail", "param is missing or the value is empty: resource_type")
		s := h.do("admin", "POST", sections, one("sections", `"resource-type":"Document::Text","content":"<p>a</p>"`)).want(201).has("data.attributes.rendered-content", "<p>a</p>").text("data.id")
		h.do("admin", "POST", sections, one("sections", `"resource_type":"Document::Heading","content":"H","level":2`)).want(201).has("data.attributes.level", "2").has("data.attributes.sort", "2")
		h.do("admin", "PATCH", sections+"/"+s, one("sections", `"resource-type":"Document::Step"`)).want(422)
		h.do("admin", "PATCH", sections+"/"+s, one("sections", `"resource-type":"Document::Text","content":"<p>b</p>"`)).want(200)
		h.do("admin", "GET", sections+"?filter[resource_type]=Document::Text", "").want(200).has("data.0.id", s).has("meta.total-count", "1")
		h.do("admin", "GET", "/documents/"+root, "").want(200).has("data.attributes.content", "<p>b</p>H")
		h.do("admin", "PATCH", "/organizations/"+org+"/relationships/documents/"+root+"/publish", "").want(200).has("data.attributes.published", "true")
		h.do("admin", "PATCH", "/documents/"+deep+"/publish", "").want(200).has("data.attributes.published", "true")
		h.do("admin", "DELETE", sections+"/"+s, "").want(200)
		image := h.do("admin", "POST", "/document_images", one("document-images", `"target":{"type":"document","id":`+root+`},"image":{"content":"aGVsbG8=","file-name":"a.txt"}`)).want(201).text("data.id")
		h.do("admin", "GET", "/document_images/"+image, "").want(200).has("data.attributes.name", "a.txt")
		h.do("admin", "DELETE", "/document_images/"+image, "").want(200)
		h.do("admin", "DELETE", "/document_folders/"+folder, "").want(422)
		h.do("admin", "DELETE", "/documents/"+deep, "").want(200)
		h.do("admin", "DELETE", "/document_folders/"+inner, "").want(200)
	})
}

func TestRelatedItemsAndAttachments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann"`)).want(201).text("data.id")
		hq := h.do("admin", "POST", "/locations", one("locations", `"organization-id":`+org+`,"name":"HQ"`)).want(201).text("data.id")
		base := "/contacts/" + ann + "/relationships/related_items"
		x := h.do("admin", "POST", base+"/", one("related_items", `"destination_id":`+hq+`,"destination_type":"Location","notes":"works at"`)).want(201).
			has("data.type", "related-items").has("data.attributes.name", "HQ").has("data.attributes.resource-type", "Location").text("data.id")
		h.do("admin", "POST", base, `{"data":[{"type":"related_items","attributes":{"destination-id":"`+org+`","destination-type":"Organization"}}]}`).want(201).has("data.0.attributes.destination-type", "Organization")
		h.do("admin", "POST", base, one("related_items", `"destination_id":`+hq+`,"destination_type":"Location"`)).want(422)
		h.do("admin", "POST", base, one("related_items", `"destination_id":4711,"destination_type":"Location"`)).want(401)
		h.do("admin", "POST", base, one("related_items", `"destination_id":`+hq+`,"destination_type":"Planet"`)).want(422)
		h.do("admin", "PATCH", base+"/"+x, one("related_items", `"notes":"lives at"`)).want(200).has("data.attributes.notes", "lives at")
		h.do("admin", "GET", "/locations/"+hq+"?include=related-items", "").want(200).has("included.0.attributes.resource-id", ann).has("included.0.attributes.notes", "lives at")
		h.do("admin", "GET", "/contacts?include=related_items,attachments", "").want(200).has("data.0.relationships.related-items.data.0.id", x).has("data.0.relationships.attachments.data", "[]")
		h.do("admin", "DELETE", base, "").want(422)
		h.do("admin", "DELETE", base, `{"data":[{"type":"related_items","attributes":{"id":`+x+`}}]}`).want(200).has("data.0.id", x)
		files := "/contacts/" + ann + "/relationships/attachments"
		f := h.do("admin", "POST", files, one("attachments", `"attachment":{"content":"aGVsbG8=","file_name":"a.txt"}`)).want(201).has("data.attributes.attachment-file-size", "5")
		h.do("admin", "POST", files, one("attachments", `"attachment":{"content":"no base64!","file_name":"a.txt"}`)).want(422)
		h.do("admin", "PATCH", files+"/"+f.text("data.id"), one("attachments", `"name":"b.txt"`)).want(200).has("data.attributes.name", "b.txt")
		h.do("admin", "GET", files, "").want(200).has("meta.total-count", "1")
		_, path, _ := strings.Cut(f.text("data.attributes.download-url"), "/itglue")
		if got := h.do("admin", "GET", path, "").want(200); string(got.body) != "hello" {
			t.Errorf("the download is %q", got.body)
		}
		h.do("admin", "GET", "/contacts/"+ann+"?include=attachments", "").want(200).has("included.0.type", "attachments")
		h.do("admin", "DELETE", files, `{"data":[{"type":"attachments","id":"`+f.text("data.id")+`"}]}`).want(200)
		h.do("admin", "GET", files, "").want(200).has("meta.total-count", "0")
	})
}

func TestPeopleAndActivity(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		me := h.do("admin", "GET", "/users?filter[role_name]=administrator&filter[email]=admin@msp.example", "").want(200).has("meta.total-count", "1").text("data.0.id")
		h.do("admin", "PATCH", "/users/"+me, one("users", `"first-name":"Ann","last-name":"Bee Cee","role-name":"Lite"`)).want(200).has("data.attributes.name", "Ann Bee Cee").has("data.attributes.role-name", "Administrator")
		h.do("admin", "GET", "/users?filter[role_name]=King", "").want(422)
		g := h.do("admin", "POST", "/groups", one("groups", `"name":"Techs"`)).want(201).text("data.id")
		h.do("admin", "PATCH", "/groups", `{"data":[{"type":"groups","attributes":{"id":`+g+`,"name":"Crew"}}]}`).want(200).has("data.0.attributes.name", "Crew")
		h.do("admin", "GET", "/groups/"+g+"?include=users,organizations,my_glue_account", "").want(200).has("data.relationships.users.data", "[]")
		h.do("admin", "DELETE", "/groups/"+g, "").want(200)
		h.do("admin", "GET", "/user_metrics?filter[user_id]="+me+"&filter[resource_type]=Organization", "").want(200).has("data.0.attributes.created", "1").has("data.0.attributes.organization-id", org)
		for date, status := range map[string]int{"2026-01-01,2026-01-08": 200, "2026-01-01,2026-01-09": 422, "*,2026-01-01": 422, "2026-01-01": 200} {
			h.do("admin", "GET", "/user_metrics?filter[date]="+date, "").want(status)
		}
		h.do("admin", "GET", "/logs?page[size]=1&page[number]=5", "").want(200).has("meta.next-page", "").has("meta.total-pages", "5")
		h.do("admin", "GET", "/logs?page[size]=1&page[number]=6", "").want(400)
		h.do("admin", "GET", "/logs?filter[created_at]=2001-01-01,2001-01-02", "").want(200).has("meta.total-count", "0")
	})
}

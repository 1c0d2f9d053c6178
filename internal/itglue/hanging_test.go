package itglue_test

import (
	"strings"
	"testing"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		folder := h.do("admin", "POST", "/organizations/"+org+"/relationships/document_folders", one("document-folders", `"name":"How to"`)).Want(201).Text("data.id")
		inner := h.do("admin", "POST", "/document_folders", one("document-folders", `"organization-id":`+org+`,"name":"Deep","parent-id":`+folder)).Want(201).Has("data.attributes.ancestor-ids", "["+folder+"]").Text("data.id")
		root := h.do("admin", "POST", "/organizations/"+org+"/relationships/documents", one("documents", `"name":"Root","content":"<p>not kept</p>"`)).Want(201).Has("data.attributes.content", "").Text("data.id")
		deep := h.do("admin", "POST", "/documents", one("documents", `"organization-id":`+org+`,"name":"Deep","document-folder-id":`+inner)).Want(201).Text("data.id")
		for query, want := range map[string]string{
			"": root, "?filter[document_folder_id]=null": root + "," + deep, "?filter[document_folder_id][ne]=": root + "," + deep, "?filter[document-folder-id]=" + inner: deep,
		} {
			for _, base := range []string{"/documents", "/organizations/" + org + "/relationships/documents"} {
				if got := h.do("admin", "GET", base+query, "").Want(200).IDs(); got != want {
					t.Errorf("%s%s: got %s, want %s", base, query, got, want)
				}
			}
		}
		sections := "/documents/" + root + "/relationships/sections"
		h.do("admin", "POST", sections, one("sections", `"content":"<p>a</p>"`)).Want(400).Has("errors.0.detail", "param is missing or the value is empty: resource_type")
		s := h.do("admin", "POST", sections, one("sections", `"resource-type":"Document::Text","content":"<p>a</p>"`)).Want(201).Has("data.attributes.rendered-content", "<p>a</p>").Text("data.id")
		h.do("admin", "POST", sections, one("sections", `"resource_type":"Document::Heading","content":"H","level":2`)).Want(201).Has("data.attributes.level", "2").Has("data.attributes.sort", "2")
		h.do("admin", "PATCH", sections+"/"+s, one("sections", `"resource-type":"Document::Step"`)).Want(422)
		h.do("admin", "PATCH", sections+"/"+s, one("sections", `"resource-type":"Document::Text","content":"<p>b</p>"`)).Want(200)
		h.do("admin", "GET", sections+"?filter[resource_type]=Document::Text", "").Want(200).Has("data.0.id", s).Has("meta.total-count", "1")
		h.do("admin", "GET", "/documents/"+root, "").Want(200).Has("data.attributes.content", "<p>b</p>H")
		h.do("admin", "PATCH", "/organizations/"+org+"/relationships/documents/"+root+"/publish", "").Want(200).Has("data.attributes.published", "true")
		h.do("admin", "PATCH", "/documents/"+deep+"/publish", "").Want(200).Has("data.attributes.published", "true")
		h.do("admin", "DELETE", sections+"/"+s, "").Want(200)
		image := h.do("admin", "POST", "/document_images", one("document-images", `"target":{"type":"document","id":`+root+`},"image":{"content":"aGVsbG8=","file-name":"a.txt"}`)).Want(201).Text("data.id")
		h.do("admin", "GET", "/document_images/"+image, "").Want(200).Has("data.attributes.name", "a.txt")
		h.do("admin", "DELETE", "/document_images/"+image, "").Want(200)
		h.do("admin", "DELETE", "/document_folders/"+folder, "").Want(422)
		h.do("admin", "DELETE", "/documents/"+deep, "").Want(200)
		h.do("admin", "DELETE", "/document_folders/"+inner, "").Want(200)
	})
}

func TestRelatedItemsAndAttachments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann"`)).Want(201).Text("data.id")
		hq := h.do("admin", "POST", "/locations", one("locations", `"organization-id":`+org+`,"name":"HQ"`)).Want(201).Text("data.id")
		base := "/contacts/" + ann + "/relationships/related_items"
		x := h.do("admin", "POST", base+"/", one("related_items", `"destination_id":`+hq+`,"destination_type":"Location","notes":"works at"`)).Want(201).
			Has("data.type", "related-items").Has("data.attributes.name", "HQ").Has("data.attributes.resource-type", "Location").Text("data.id")
		h.do("admin", "POST", base, `{"data":[{"type":"related_items","attributes":{"destination-id":"`+org+`","destination-type":"Organization"}}]}`).Want(201).Has("data.0.attributes.destination-type", "Organization")
		h.do("admin", "POST", base, one("related_items", `"destination_id":`+hq+`,"destination_type":"Location"`)).Want(422)
		h.do("admin", "POST", base, one("related_items", `"destination_id":`+ann+`,"destination_type":"Contact"`)).Want(422).Has("errors.0.source.pointer", "/data/attributes/destination-id")
		h.do("admin", "POST", base, one("related_items", `"destination_id":4711,"destination_type":"Location"`)).Want(401)
		h.do("admin", "POST", base, one("related_items", `"destination_id":`+hq+`,"destination_type":"Planet"`)).Want(422)
		h.do("admin", "PATCH", base+"/"+x, one("related_items", `"notes":"lives at"`)).Want(200).Has("data.attributes.notes", "lives at")
		h.do("admin", "GET", "/locations/"+hq+"?include=related-items", "").Want(200).Has("included.0.attributes.resource-id", ann).Has("included.0.attributes.notes", "lives at")
		h.do("admin", "GET", "/contacts?include=related_items,attachments", "").Want(200).Has("data.0.relationships.related-items.data.0.id", x).Has("data.0.relationships.attachments.data", "[]")
		h.do("admin", "DELETE", base, "").Want(422)
		h.do("admin", "DELETE", base, `{"data":[{"type":"related_items","attributes":{"id":`+x+`}}]}`).Want(200).Has("data.0.id", x)
		files := "/contacts/" + ann + "/relationships/attachments"
		f := h.do("admin", "POST", files, one("attachments", `"attachment":{"content":"aGVsbG8=","file_name":"a.txt"}`)).Want(201).Has("data.attributes.attachment-file-size", "5")
		h.do("admin", "POST", files, one("attachments", `"attachment":{"content":"no base64!","file_name":"a.txt"}`)).Want(422)
		h.do("admin", "PATCH", files+"/"+f.Text("data.id"), one("attachments", `"name":"b.txt"`)).Want(200).Has("data.attributes.name", "b.txt")
		// Both names are sent, one of them as it is: the other is what is meant.
		h.do("admin", "PATCH", files+"/"+f.Text("data.id"), one("attachments", `"name":"b.txt","attachment-file-name":"c.txt"`)).Want(200).Has("data.attributes.name", "c.txt")
		h.do("admin", "PATCH", files+"/"+f.Text("data.id"), one("attachments", `"name":"b.txt","attachment_file_name":"c.txt"`)).Want(200).Has("data.attributes.name", "b.txt")
		for _, blank := range []string{`null`, `" "`} {
			h.do("admin", "PATCH", files+"/"+f.Text("data.id"), one("attachments", `"name":`+blank)).Want(422).Has("errors.0.source.pointer", "/data/attributes/name")
		}
		h.do("admin", "GET", files, "").Want(200).Has("meta.total-count", "1").Has("data.0.attributes.name", "b.txt")
		_, path, _ := strings.Cut(f.Text("data.attributes.download-url"), "/itglue")
		if got := h.do("admin", "GET", path, "").Want(200); string(got.Body) != "hello" {
			t.Errorf("the download is %q", got.Body)
		}
		h.do("admin", "GET", "/contacts/"+ann+"?include=attachments", "").Want(200).Has("included.0.type", "attachments")
		h.do("admin", "DELETE", files, `{"data":[{"type":"attachments","id":"`+f.Text("data.id")+`"}]}`).Want(200)
		h.do("admin", "GET", files, "").Want(200).Has("meta.total-count", "0")
	})
}

func TestPeopleAndActivity(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		me := h.do("admin", "GET", "/users?filter[role_name]=administrator&filter[email]=admin@msp.example", "").Want(200).Has("meta.total-count", "1").Text("data.0.id")
		h.do("admin", "PATCH", "/users/"+me, one("users", `"first-name":"Ann","last-name":"Bee Cee","role-name":"Lite"`)).Want(200).Has("data.attributes.name", "Ann Bee Cee").Has("data.attributes.role-name", "Administrator")
		h.do("admin", "GET", "/users?filter[role_name]=King", "").Want(422)
		g := h.do("admin", "POST", "/groups", one("groups", `"name":"Techs"`)).Want(201).Text("data.id")
		h.do("admin", "PATCH", "/groups", `{"data":[{"type":"groups","attributes":{"id":`+g+`,"name":"Crew"}}]}`).Want(200).Has("data.0.attributes.name", "Crew")
		h.do("admin", "GET", "/groups/"+g+"?include=users,organizations,my_glue_account", "").Want(200).Has("data.relationships.users.data", "[]")
		h.do("admin", "DELETE", "/groups/"+g, "").Want(200)
		h.do("admin", "GET", "/user_metrics?filter[user_id]="+me+"&filter[resource_type]=Organization", "").Want(200).Has("data.0.attributes.created", "1").Has("data.0.attributes.organization-id", org)
		for date, status := range map[string]int{"2026-01-01,2026-01-08": 200, "2026-01-01,2026-01-09": 422, "*,2026-01-01": 422, "2026-01-01": 200} {
			h.do("admin", "GET", "/user_metrics?filter[date]="+date, "").Want(status)
		}
		h.do("admin", "GET", "/logs?page[size]=1&page[number]=5", "").Want(200).Has("meta.next-page", "").Has("meta.total-pages", "5")
		h.do("admin", "GET", "/logs?page[size]=1&page[number]=6", "").Want(400)
		h.do("admin", "GET", "/logs?filter[created_at]=2001-01-01,2001-01-02", "").Want(200).Has("meta.total-count", "0")
	})
}

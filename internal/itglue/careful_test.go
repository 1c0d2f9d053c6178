package itglue_test

import (
	"strings"
	"testing"
)

// TestFiltersOfChanges changes by filters that leave nothing out, which would
// be everything, and by those that a list narrows by itself.
func TestFiltersOfChanges(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		folder := h.do("admin", "POST", "/document_folders", one("document-folders", `"organization-id":`+org+`,"name":"How to"`)).Want(201).Text("data.id")
		root := h.do("admin", "POST", "/documents", one("documents", `"organization-id":`+org+`,"name":"Plan"`)).Want(201).Text("data.id")
		deep := h.do("admin", "POST", "/documents", one("documents", `"organization-id":`+org+`,"name":"Plan","document-folder-id":`+folder)).Want(201).Text("data.id")
		for _, base := range []string{"/documents", "/organizations/" + org + "/relationships/documents"} {
			for _, filter := range []string{"document_folder_id]=null", "exclude][id]=x", "created_at]=*,*", "created_at]=*", "range][updated_at]=,"} {
				h.do("admin", "PATCH", base+"?filter["+filter, one("documents", `"name":"All"`)).Want(422)
				h.do("admin", "DELETE", base+"?filter["+filter, "").Want(422)
			}
			for query, want := range map[string]string{"": root, "&filter[document_folder_id]=null": root + "," + deep, "&filter[document_folder_id]=" + folder: deep} {
				if got := h.do("admin", "PATCH", base+"?filter[name]=plan"+query, one("documents", `"public":false`)).Want(200).IDs(); got != want {
					t.Errorf("%s: changed %s, want %s", query, got, want)
				}
			}
		}
		for _, filter := range []string{"exclude][id]=x", "exclude][name]=,", "created_at]=*,*", "updated_at]=,"} {
			h.do("admin", "PATCH", "/organizations?filter["+filter, one("organizations", `"alert":"all"`)).Want(422)
		}
		h.do("admin", "PATCH", "/organizations?filter[exclude][id]=x&filter[name]=acme", one("organizations", `"alert":"one"`)).Want(200).Has("data.0.id", org)
	})
}

// TestManyValues filters by more values than anybody has records.
func TestManyValues(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		h.do("admin", "GET", "/organizations", `{"filter":{"id":[`+strings.Repeat("7,", 4000)+org+`]}}`).Want(200).IDs()
		for _, filter := range []string{`"id":[` + strings.Repeat("7,", 1_000_000) + `7]`, `"name":"` + strings.Repeat("ä,", 1_000_000) + `"`, `"id":"` + strings.Repeat("7,", 2500) + `","name":"` + strings.Repeat("x,", 2500) + `"`} {
			h.do("admin", "GET", "/organizations", `{"filter":{`+filter+`}}`).Want(422)
		}
	})
}

// TestHangingTwice names one that hangs on a record twice: nothing is done.
func TestHangingTwice(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann"`)).Want(201).Text("data.id")
		files, ties := "/contacts/"+ann+"/relationships/attachments", "/contacts/"+ann+"/relationships/related_items"
		file := h.do("admin", "POST", files, one("attachments", `"attachment":{"content":"aGVsbG8=","file_name":"a.txt"}`)).Want(201).Text("data.id")
		tie := h.do("admin", "POST", ties, one("related_items", `"destination_id":`+org+`,"destination_type":"Organization"`)).Want(201).Text("data.id")
		twice := func(id string) string { return `{"data":[{"attributes":{"id":` + id + `}},{"id":"` + id + `"}]}` }
		h.do("admin", "DELETE", files, twice(file)).Want(422)
		h.do("admin", "DELETE", ties, twice(tie)).Want(422)
		h.do("admin", "DELETE", files, `{"data":[{"type":"attachments"}]}`).Want(422)
		h.do("admin", "GET", files, "").Want(200).Has("data.0.id", file)
		h.do("admin", "GET", "/contacts/"+ann+"?include=related_items", "").Want(200).Has("included.0.id", tie)
	})
}

// TestShowPasswordWithoutAccess asks for the value of what it writes with a key
// that may not see it: nothing is written, so that trying again makes no second.
func TestShowPasswordWithoutAccess(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		h.key("blind", "admin", false)
		h.do("blind", "POST", "/passwords?show_password=true", one("passwords", `"organization-id":`+org+`,"name":"Router","password":"x"`)).Want(403)
		h.do("admin", "GET", "/passwords", "").Want(200).Has("meta.total-count", "0")
		id := h.do("blind", "POST", "/passwords", one("passwords", `"organization-id":`+org+`,"name":"Router","password":"x"`)).Want(201).Text("data.id")
		h.do("blind", "PATCH", "/passwords/"+id+"?show_password=true", one("passwords", `"name":"Switch"`)).Want(403)
		h.do("blind", "GET", "/passwords/"+id, "").Want(200).Has("data.attributes.name", "Router")
	})
}

// TestTraitsThatWouldBeLost sends traits that name no record: an object of
// nothing known, and a file where none can be.
func TestTraitsThatWouldBeLost(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	org := h.organization("Acme")
	kind := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"attributes":{"name":"Audit"},"relationships":{"flexible_asset_fields":{"data":[
		{"attributes":{"name":"Name","kind":"Text","use-for-title":true}},{"attributes":{"name":"About","kind":"Tag"}},{"attributes":{"name":"File","kind":"Upload"}}]}}}}`).Want(201).Text("data.id")
	ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann"`)).Want(201).Text("data.id")
	for traits, want := range map[string]int{
		`"name":[{"content":"aGk=","file_name":"a.txt"}]`: 422, `"about":{"content":"aGk=","file_name":"a.txt"}`: 422, `"name":{"a":1}`: 422, `"about":[{}]`: 422,
		`"about":[null]`: 201,
		`"about":{"type":"Contacts","values":[{"id":` + ann + `}]}`: 201, `"about":[` + ann + `]`: 201, `"about":{"values":null}`: 201, `"about":[]`: 201,
	} {
		h.do("admin", "POST", "/flexible_assets", one("flexible-assets", `"organization-id":`+org+`,"flexible-asset-type-id":`+kind+`,"traits":{`+traits+`}`)).Want(want)
	}
}

// TestFoldersAbove asks for the folders that a folder lies in.
func TestFoldersAbove(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		base := "/organizations/" + h.organization("Acme") + "/relationships/password_folders"
		outer := h.do("admin", "POST", base, one("password-folders", `"name":"Outer"`)).Want(201).Text("data.id")
		inner := h.do("admin", "POST", base, one("password-folders", `"name":"Inner","parent-id":`+outer)).Want(201).Text("data.id")
		leaf := h.do("admin", "POST", base, one("password-folders", `"name":"Leaf","parent-id":`+inner)).Want(201).Text("data.id")
		h.do("admin", "GET", base+"/"+leaf+"?include=ancestors", "").Want(200).
			Has("data.relationships.ancestors.data.0.id", outer).Has("data.relationships.ancestors.data.1.id", inner).
			Has("included.0.attributes.name", "Outer").Has("included.1.attributes.ancestor-ids", "["+outer+"]")
		h.do("admin", "GET", base+"/"+outer+"?include=ancestors", "").Want(200).Has("data.relationships.ancestors.data", "[]")
	})
}

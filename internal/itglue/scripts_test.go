package itglue_test

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// flexible makes an organization and a flexible asset type with a field of each
// kind that scripts send odd values to, and returns what all its assets need.
func (h *harness) flexible() (org, attrs string) {
	h.t.Helper()
	org = h.organization("Acme")
	flex := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"type":"flexible-asset-types","attributes":{"name":"Network","icon":"sitemap"},"relationships":{"flexible-asset-fields":{"data":[
		{"attributes":{"order":1,"name":"Subnet","kind":"Text","required":true,"use-for-title":true}},{"attributes":{"order":2,"name":"DNS servers","kind":"Text"}},
		{"attributes":{"order":3,"name":"Scan","kind":"Textbox"}},{"attributes":{"order":4,"name":"Devices","kind":"Tag","tag-type":"Configurations"}},
		{"attributes":{"order":5,"name":"Seen","kind":"Date"}},{"attributes":{"order":6,"name":"Plans","kind":"Upload"}}]}}}}`).Want(201).Text("data.id")
	return org, `"organization-id":` + org + `,"flexible-asset-type-id":` + flex
}

// TestTraitsOfScripts sends traits as scripts that gather them do.
func TestTraitsOfScripts(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, attrs := h.flexible()
		kind := h.do("admin", "POST", "/configuration_types", one("x", `"name":"Server"`)).Want(201).Text("data.id")
		pc := h.do("admin", "POST", "/configurations", one("x", `"organization-id":`+org+`.0,"name":"PC","configuration-type-id":"`+kind+`"`)).Want(201).Text("data.id")
		for _, c := range []struct{ sent, path, want string }{
			{`"dns-servers":["10.0.0.1","10.0.0.2",null,53]`, "dns-servers", "10.0.0.1, 10.0.0.2, 53"},
			{`"dns-servers":[]`, "dns-servers", ""},
			{`"scan":["<p>a</p>","<p>b</p>"]`, "scan", "<p>a</p>\n<p>b</p>"},
			{`"devices":[null,"` + pc + `"]`, "devices.values.0.id", pc},
			{`"devices":` + pc + `.00`, "devices.values.0.id", pc},
			{`"devices":null`, "devices", ""}, {`"devices":""`, "devices", ""},
			{`"seen":"2024-05-03 14:05"`, "seen", "2024-05-03"}, {`"seen":"2024-05-03 14:05:SS"`, "seen", "2024-05-03"},
			{`"seen":"2024-05-03T14:05:06.1234567+02:00"`, "seen", "2024-05-03"},
		} {
			made := h.do("admin", "POST", "/flexible_assets", one("x", attrs+`,"traits":{"subnet":"`+strings.ReplaceAll(attrs, `"`, "")+`",`+c.sent+`}`)).Want(201).Has("data.attributes.traits."+c.path, c.want).Text("data.id")
			h.do("admin", "PATCH", "/flexible_assets/"+made, one("x", `"traits":{"subnet":"s",`+c.sent+`}`)).Want(200).Has("data.attributes.traits."+c.path, c.want)
		}
		for _, bad := range []string{`"seen":"03/05/2024"`, `"seen":"2024-13-03 10:00"`, `"devices":[{"name":"PC"}]`, `"devices":["PC"]`, `"dns-servers":{"a":1}`} {
			h.do("admin", "POST", "/flexible_assets", one("x", attrs+`,"traits":{"subnet":"s",`+bad+`}`)).Want(422)
		}
	})
}

// TestTagsOfOneType has a field name the flexible assets of one type, as what
// copies types from one account to another reads and writes it.
func TestTagsOfOneType(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, attrs := h.flexible()
		network := attrs[strings.LastIndexByte(attrs, ':')+1:]
		wifi := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"attributes":{"name":"Wi-Fi"},"relationships":{"flexible_asset_fields":{"data":[
			{"attributes":{"name":"SSID","kind":"Text","use-for-title":true}},{"attributes":{"name":"Network","kind":"Tag","tag_type":"FlexibleAssetType: `+network+`"}},
			{"attributes":{"name":"Other","kind":"Tag","tag-type":"FlexibleAssetType: 4000000000000"}}]}}}}`).Want(201).Text("data.id")
		base := "/flexible_asset_types/" + wifi + "/relationships/flexible_asset_fields"
		fields := h.do("admin", "GET", base, "").Want(200).Has("data.1.attributes.tag-type", "FlexibleAssetType: "+network).Has("data.2.attributes.tag-type", "FlexibleAssets")
		in := `"organization-id":` + org + `,"flexible-asset-type-id":` + wifi
		lan := h.do("admin", "POST", "/flexible_assets", one("x", attrs+`,"traits":{"subnet":"10.0.0.0/24"}`)).Want(201).Text("data.id")
		guests := h.do("admin", "POST", "/flexible_assets", one("x", in+`,"traits":{"ssid":"guests","network":`+lan+`,"other":`+lan+`}`)).Want(201).Has("data.attributes.traits.network.values.0.name", "10.0.0.0/24").Text("data.id")
		h.do("admin", "POST", "/flexible_assets", one("x", in+`,"traits":{"ssid":"x","network":`+guests+`}`)).Want(422).Has("errors.0.source.pointer", "/data/attributes/traits/network")
		h.do("admin", "POST", "/flexible_assets", one("x", in+`,"traits":{"ssid":"x","other":`+guests+`}`)).Want(201)

		// A change of its name leaves it, another kind does not.
		typ, err := h.core.FlexType(t.Context(), h.root, tenon.FlexTypeID(asID(wifi)))
		if err != nil {
			t.Fatal(err)
		}
		typ.Fields[1].Name = "Net"
		if _, err := h.core.UpdateFlexType(t.Context(), h.root, *typ); err != nil {
			t.Fatal(err)
		}
		field := base + "/" + fields.Text("data.1.id")
		h.do("admin", "GET", field, "").Want(200).Has("data.attributes.name", "Net").Has("data.attributes.tag-type", "FlexibleAssetType: "+network)
		h.do("admin", "PATCH", field, one("x", `"hint":"h"`)).Want(200).Has("data.attributes.tag-type", "FlexibleAssetType: "+network)
		h.do("admin", "PATCH", field, one("x", `"tag-type":"FlexibleAssetType: `+wifi+`"`)).Want(200).Has("data.attributes.tag-type", "FlexibleAssetType: "+wifi)
		h.do("admin", "PATCH", field, one("x", `"tag-type":"Contacts"`)).Want(200).Has("data.attributes.tag-type", "Contacts")
		typ.Fields[1].TagFlexType, typ.Version = 4_000_000_000_000, 0
		if _, err := h.core.UpdateFlexType(t.Context(), h.root, *typ); tenon.CodeOf(err) != tenon.Invalid {
			t.Errorf("a tag of a type that is not there: %v", err)
		}
	})
}

// TestUploadTraits sends files inside of the traits that hold them.
func TestUploadTraits(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		_, attrs := h.flexible()
		id := h.do("admin", "POST", "/flexible_assets", one("x", attrs+`,"traits":{"subnet":"s","plans":{"content":"aGVsbG8=","file_name":"a.txt"}}`)).Want(201).
			Has("data.attributes.traits.plans.type", "Upload").Has("data.attributes.traits.plans.name", "a.txt").Has("data.attributes.traits.plans.size", "5").Text("data.id")
		files := "/flexible_assets/" + id + "/relationships/attachments"
		first := h.do("admin", "GET", files, "").Want(200).Has("meta.total-count", "1").Has("data.0.attributes.name", "a.txt").Text("data.0.id")
		read := h.do("admin", "GET", "/flexible_assets/"+id, "").Want(200).Has("data.attributes.traits.plans.values.0.id", first)
		_, path, _ := strings.Cut(read.Text("data.attributes.traits.plans.url"), "/itglue")
		if got := h.do("admin", "GET", path, "").Want(200); string(got.Body) != "hello" {
			t.Errorf("the file is %q", got.Body)
		}
		// What is there may be named beside what comes; a bulk change comes to all.
		h.do("admin", "PATCH", "/flexible_assets", `{"data":[{"type":"flexible-assets","attributes":{"id":`+id+`,"traits":{"subnet":"s","plans":[{"id":`+first+`},{"content":"aGVsbG8=","file_name":"b.txt"}]}}}]}`).
			Want(200).Has("data.0.attributes.traits.plans.values.0.id", first)
		h.do("admin", "GET", files, "").Want(200).Has("meta.total-count", "2").Has("data.1.attributes.name", "b.txt")
		for _, bad := range []string{`"plans":{"content":"no base64!","file_name":"c.txt"}`, `"plans":{"content":"aGVsbG8="}`, `"scan":{"content":"aGVsbG8=","file_name":"c.txt"}`, `"none":{"content":"aGVsbG8=","file_name":"c.txt"}`} {
			h.do("admin", "PATCH", "/flexible_assets/"+id, one("x", `"traits":{"subnet":"changed",`+bad+`}`)).Want(422)
		}
		h.do("admin", "GET", "/flexible_assets/"+id, "").Want(200).Has("data.attributes.traits.subnet", "s")
		h.do("admin", "GET", files, "").Want(200).Has("meta.total-count", "2")
	})
}

// TestFormAttachments hangs files on a record as a form brings them.
func TestFormAttachments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		hq := h.do("admin", "POST", "/locations", one("x", `"organization-id":`+org+`,"name":"HQ"`)).Want(201).Text("data.id")
		send := func(names ...string) reply {
			var b bytes.Buffer
			form := multipart.NewWriter(&b)
			if err := form.WriteField("data[type]", "attachments"); err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				part, err := form.CreateFormFile("data[attributes][attachment]", name)
				if err == nil {
					_, err = part.Write([]byte("\x00\xffplan"))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := form.Close(); err != nil {
				t.Fatal(err)
			}
			return h.do("admin", "POST", "/locations/"+hq+"/relationships/attachments", b.String(), "Content-Type", form.FormDataContentType())
		}
		send("plan.png").Want(201).Has("data.attributes.name", "plan.png").Has("data.attributes.attachment-file-size", "6")
		send("a.txt", "b.txt").Want(201).Has("data.1.attributes.name", "b.txt")
		send().Want(400).Has("errors.0.source.pointer", "/data/attributes/attachment")
		h.do("admin", "POST", "/locations/"+hq+"/relationships/attachments", "no form", "Content-Type", "multipart/form-data; boundary=x").Want(400)
		h.do("admin", "POST", "/locations/"+hq+"/relationships/attachments", "no form", "Content-Type", "multipart/form-data").Want(400)
	})
}

// TestPrimaryLocation makes a location the primary one of its organization.
func TestPrimaryLocation(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		base := "/organizations/" + h.organization("Acme") + "/relationships/locations"
		hq := h.do("admin", "POST", base, one("locations", `"name":"HQ","primary":"true"`)).Want(201).Has("data.attributes.primary", "true").Text("data.id")
		branch := h.do("admin", "POST", base, one("locations", `"name":"Branch","primary":false`)).Want(201).Has("data.attributes.primary", "false").Text("data.id")
		h.do("admin", "PATCH", base+"/"+branch, one("locations", `"primary":true`)).Want(200).Has("data.attributes.primary", "true")
		h.do("admin", "GET", base+"/"+hq, "").Want(200).Has("data.attributes.primary", "false")
		h.do("admin", "PATCH", base+"/"+branch, one("locations", `"name":"Office","primary":false`)).Want(200).Has("data.attributes.primary", "true")
		h.do("admin", "PATCH", base+"/"+branch, one("locations", `"primary":"perhaps"`)).Want(422)
	})
}

// TestBodiesOfScripts sends text in the charsets that scripts send it in.
func TestBodiesOfScripts(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		for _, c := range []struct {
			media, name string
			status      int
		}{
			{"application/vnd.api+json", "Caf\xe9 K\xf6ln", 201}, {"", "Caf\xe9 K\xf6ln", 201}, {"application/vnd.api+json; charset=ISO-8859-1", "Caf\xe9 K\xf6ln", 201},
			{"application/vnd.api+json", "Café Köln", 201}, {"application/json; charset=utf-8", "Café Köln", 201}, {"application/json; charset=utf-8", "Caf\xe9", 400},
		} {
			r := h.do("admin", "POST", "/organizations", one("x", `"name":"`+c.name+`"`), "Content-Type", c.media).Want(c.status)
			if c.status == 201 {
				r.Has("data.attributes.name", "Café Köln")
			}
			if got := r.Header.Get("Content-Type"); got != "application/vnd.api+json; charset=utf-8" {
				t.Errorf("the answer is %q", got)
			}
		}
		org := h.do("admin", "POST", "/organizations", "\ufeff"+one("x", `"name":"Marked"`)).Want(201).Text("data.id")
		h.do("admin", "POST", "/contacts", one("x", `"organization-id":`+org+`,"first-name":"Ann","contact-emails":{"value":"ann@acme.example","primary":"True"}`)).Want(201).
			Has("data.attributes.contact-emails.0.value", "ann@acme.example")
	})
}

// TestWhatScriptsAsk asks for what scripts in use ask for, in their spellings.
func TestWhatScriptsAsk(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		comma, other := h.organization("Quay, Lock & Co"), h.organization("Quay")
		for query, want := range map[string]string{
			url.QueryEscape(`Quay\, Lock & Co`): comma, url.QueryEscape(`quay\, lock & co,QUAY`): comma + "," + other, url.QueryEscape(`Quay, Lock & Co`): comma + "," + other, url.QueryEscape(`\,`): "",
		} {
			if got := h.do("admin", "GET", "/organizations?filter[name]="+query, "").Want(200).IDs(); got != want {
				t.Errorf("%s: got %s, want %s", query, got, want)
			}
		}
		// The address of the next page, with the client's own parameters once more.
		all := "filter[created_at]=2020-01-01,*&page[size]=1&sort=id"
		next, err := url.Parse(h.do("admin", "GET", "/organizations?"+all, "").Want(200).Text("links.next"))
		if err != nil {
			t.Fatal(err)
		}
		h.do("admin", "GET", strings.TrimPrefix(next.Path, "/itglue")+"?"+next.RawQuery+"&"+all, "").Want(200).Has("meta.current-page", "2").Has("meta.total-pages", "2").Has("data.0.id", other)

		kind := h.do("admin", "POST", "/configuration_types", one("x", `"name":"Server"`)).Want(201).Text("data.id")
		pc := h.do("admin", "POST", "/organizations/"+comma+"/relationships/configurations", one("x", `"name":"PC","configuration-type-id":`+kind+`.0`)).Want(201)
		key := h.do("admin", "POST", "/passwords", one("x", `"organization-id":`+comma+`,"name":"Key","password":"p","otp_secret":"JBSWY3DPEHPK3PXP","resource_id":"`+pc.Text("data.id")+`","resource_type":"Configuration"`)).Want(201).
			Has("data.attributes.parent-url", pc.Text("data.attributes.resource-url")).Has("data.attributes.resource-type", "configurations").Has("data.attributes.otp-enabled", "true").Has("data.attributes.otp-secret", "").Text("data.id")
		h.do("admin", "GET", "/passwords?filter[organization_id]="+comma+"&filter[cached_resource_name]=PC&filter[name]=Key", "").Want(200).Has("data.0.id", key)
		h.do("admin", "GET", "/passwords/"+key+"?show_password=true&show_password=true", "").Want(200).Has("data.attributes.password", "p")
		h.do("admin", "PATCH", "/organizations/"+comma, `{"data":{"id":`+comma+`.0,"attributes":{"short-name":"Q"}}}`).Want(200).Has("data.attributes.short-name", "Q")

		list, err := h.core.CreateItem(t.Context(), h.root, tenon.Checklist, tenon.OrgID(asID(comma)), core.ItemChange{Values: tenon.Values{"name": "Opening"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Lights", "Doors"} {
			if _, err := h.core.AddPart(t.Context(), h.root, list.ID, "task", tenon.Values{"name": name}); err != nil {
				t.Fatal(err)
			}
		}
		h.do("admin", "GET", "/checklist_tasks?filter[checklist_id]="+list.ID.String()+"&page[size]=1000", "").Want(200).Has("meta.total-count", "2").Has("data.1.attributes.name", "Doors").Has("data.0.attributes.checklist-id", list.ID.String())
		h.do("admin", "GET", "/checklist_tasks?filter[checklist_id]="+key, "").Want(200).Has("meta.total-count", "0")
		h.do("admin", "POST", "/checklist_tasks", one("x", `"name":"n"`)).Want(405)
		cert, err := h.core.CreateItem(t.Context(), h.root, tenon.SSLCertificate, tenon.OrgID(asID(comma)), core.ItemChange{Values: tenon.Values{"name": "quay.example", "expires_on": "2027-01-01"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/ssl_certificates?filter[organization_id]=" + comma + "&page[number]=1", "/organizations/" + comma + "/relationships/ssl_certificates"} {
			h.do("admin", "GET", path, "").Want(200).Has("meta.total-count", "1").Has("data.0.id", cert.ID.String()).Has("data.0.attributes.expires-on", "2027-01-01")
		}
		for _, word := range []string{"SslCertificate", "SSL certificate", "ssl_certificates"} {
			h.do("admin", "GET", "/organizations/"+comma+"/relationships/expirations?filter[resource_type_name]="+url.QueryEscape(word), "").Want(200).Has("meta.total-count", "1").Has("data.0.attributes.resource-name", "quay.example")
		}
		maker := h.do("admin", "POST", "/manufacturers", one("x", `"name":"Maker"`)).Want(201).Text("data.id")
		h.do("admin", "POST", "/models", one("x", `"name":"M1","manufacturer-id":"`+maker+`"`)).Want(201).Has("data.attributes.manufacturer-name", "Maker")
		h.do("admin", "GET", "/organizations", "", "X-Api-Key", "ITG."+h.keys["admin"]).Want(200)
		h.do("admin", "GET", "/organizations", "", "X-Api-Key", "ITG.").Want(403)
		h.do("admin", "GET", "/ssl_certificates?page[number]=2", "").Want(200).Has("data", "[]")

		flex := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"attributes":{"name":"Wi-Fi","fields":[{"order":2,"name":"Key","kind":"Password"},{"order":1,"name":"SSID","kind":"Text","use_for_title":true}]}}}`).Want(201).Text("data.id")
		h.do("admin", "GET", "/flexible_asset_types/"+flex+"/relationships/flexible_asset_fields", "").Want(200).Has("meta.total-count", "2").Has("data.0.attributes.name", "SSID").Has("data.0.attributes.use-for-title", "true")
	})
}

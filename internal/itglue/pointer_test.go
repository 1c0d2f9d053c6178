package itglue_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/itglue"
)

// sample is how a record of a resource is made, and where it is changed.
type sample struct {
	create string // the address, "" where records are not made through this API
	attrs  string // what it takes, in which %d counts
	at     string // the address of one, with %s for its id
	id     string // of one that is there
}

// samples are one for each resource that can be written.
func (h *harness) samples() map[string]*sample {
	h.t.Helper()
	org := h.organization("Acme")
	made := func(path, attrs string) string {
		h.t.Helper()
		return h.do("admin", "POST", path, one("x", attrs)).Want(201).Text("data.id")
	}
	kind, maker, flex := made("/configuration_types", `"name":"Server"`), made("/manufacturers", `"name":"Maker"`), made("/flexible_asset_types", `"name":"Wi-Fi"`)
	made("/flexible_asset_fields", `"flexible-asset-type-id":`+flex+`,"name":"SSID","kind":"Text","use-for-title":true`)
	in := `"organization-id":` + org + `,`
	out := map[string]*sample{
		"organizations":  {create: "/organizations", attrs: `"name":"N%d"`},
		"configurations": {create: "/configurations", attrs: in + `"name":"N%d","configuration-type-id":` + kind},
		"contacts":       {create: "/contacts", attrs: in + `"first-name":"N%d"`}, "locations": {create: "/locations", attrs: in + `"name":"N%d"`},
		"passwords": {create: "/passwords", attrs: in + `"name":"N%d"`}, "documents": {create: "/documents", attrs: in + `"name":"N%d"`},
		"document_folders":      {create: "/document_folders", attrs: in + `"name":"N%d"`},
		"password_folders":      {create: "/organizations/" + org + "/relationships/password_folders", attrs: `"name":"N%d"`},
		"flexible_assets":       {create: "/flexible_assets", attrs: in + `"flexible-asset-type-id":` + flex + `,"traits":{"ssid":"N%d"}`},
		"flexible_asset_types":  {create: "/flexible_asset_types", attrs: `"name":"N%d"`},
		"flexible_asset_fields": {create: "/flexible_asset_types/" + flex + "/relationships/flexible_asset_fields", attrs: `"name":"N%d","kind":"Text"`},
		"models":                {create: "/models", attrs: `"name":"N%d","manufacturer-id":` + maker},
		"groups":                {create: "/groups", attrs: `"name":"N%d"`},
		"checklists":            {at: "/checklists/%s", id: h.coreItem(org, tenon.Checklist)},
		"users":                 {at: "/users/%s", id: h.users["admin"].String()},
		"exports":               {create: "/exports"},
	}
	for _, list := range []string{"organization_types", "organization_statuses", "configuration_types", "configuration_statuses", "contact_types", "manufacturers", "password_categories"} {
		out[list] = &sample{create: "/" + list, attrs: `"name":"N%d"`}
	}
	host := made("/configurations", strings.ReplaceAll(out["configurations"].attrs, "%d", "x"))
	out["configuration_interfaces"] = &sample{create: "/configurations/" + host + "/relationships/configuration_interfaces", attrs: `"name":"N%d"`}
	out["sections"] = &sample{create: "/documents/" + made("/documents", in+`"name":"D"`) + "/relationships/sections", attrs: `"resource-type":"Document::Text"`}
	out["related_items"] = &sample{create: "/configurations/" + host + "/relationships/related_items"}
	return out
}

// wrong are values that no attribute of a form takes; the first of them must be
// refused by every one.
var wrong = map[string][]string{
	"text":   {`{"a":1}`, `["x"]`, `"a\u0000b"`, `"` + strings.Repeat("x", 300_000) + `"`, `""`, `null`, `"line\nline"`},
	"id":     {`{"a":1}`, `"x"`, `4711`, `-1`, `1.5`, `true`, `[1]`, `null`},
	"number": {`{"a":1}`, `"x"`, `true`, `-7`, `1e300`, `null`},
	"flag":   {`{"a":1}`, `"perhaps"`, `7`, `[true]`, `null`},
	"date":   {`{"a":1}`, `"2026-13-45"`, `"yesterday"`, `true`, `"0000-00-00"`},
	"list":   {`5`, `[5]`, `{"a":1}`, `[{"value":["x"]}]`, `[{"value":"` + strings.Repeat("x", 3000) + `"}]`},
	"object": {`"x"`, `[1]`, `5`, `{"nowhere":1}`},
}

// TestPointers sends every attribute that can be written what it cannot be, on
// each route: what is refused is named as it was sent.
func TestPointers(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.unheld = true
		all := h.samples()
		n := 0
		for _, a := range itglue.WrittenAttributes() {
			s := all[a.Resource]
			if s == nil {
				t.Errorf("there is no sample of %s", a.Resource)
				continue
			}
			body := func(id, value string) string {
				n++
				if a.Resource == "related_items" { // the same tie is made once
					s.attrs = `"destination-type":"Contact","destination-id":` + h.do("admin", "POST", all["contacts"].create, one("x", strings.ReplaceAll(all["contacts"].attrs, "%d", "x"))).Want(201).Text("data.id")
				}
				attrs := map[string]json.RawMessage{}
				if id == "" {
					if err := json.Unmarshal([]byte("{"+strings.ReplaceAll(s.attrs, "%d", fmt.Sprint(n))+"}"), &attrs); err != nil {
						t.Fatal(err)
					}
				} else if id != "one" {
					attrs["id"] = json.RawMessage(id)
				}
				if value != "" {
					attrs[a.Name] = json.RawMessage(value)
				}
				b, err := json.Marshal(attrs)
				if err != nil {
					t.Fatal(err)
				}
				return `{"attributes":` + string(b) + `}`
			}
			if s.id == "" && a.Updates {
				s.id = h.do("admin", "POST", s.create, `{"data":`+body("", "")+`}`).Want(201).Text("data.id")
				s.at = s.create + "/%s"
			}
			if a.Resource == "related_items" && a.Name != "notes" {
				a.Updates = false
			}
			for i, value := range wrong[a.Form] {
				if a.Creates {
					named(h.do("admin", "POST", s.create, `{"data":`+body("", value)+`}`), a, value, "/data/attributes/", i == 0)
				}
				if a.Updates {
					named(h.do("admin", "PATCH", fmt.Sprintf(s.at, s.id), `{"data":`+body("one", value)+`}`), a, value, "/data/attributes/", i == 0)
				}
				if a.UpdatesMany && i == 0 && s.create != "" {
					other := h.do("admin", "POST", s.create, `{"data":`+body("", "")+`}`).Want(201).Text("data.id")
					path := "/" + a.Resource
					if a.Resource == "sections" { // which are known by their document alone
						path = s.create
					}
					named(h.do("admin", "PATCH", path, `{"data":[`+body(s.id, "")+`,`+body(other, value)+`]}`), a, value, "/data/1/attributes/", true)
				}
			}
		}
	})
}

// named holds an answer to a wrong value to what it says of where it is.
func named(r reply, a itglue.Written, value, base string, refused bool) {
	r.T.Helper()
	value = value[:min(len(value), 40)]
	pointer, _, _ := strings.Cut(strings.TrimPrefix(r.Text("errors.0.source.pointer"), base), "/")
	thing := strings.TrimSuffix(a.Name, "-id")
	switch {
	case r.Status == 200 || r.Status == 201:
		if refused {
			r.T.Errorf("%s %s: %s is taken for a %s", r.What, a.Name, value, a.Form)
		}
	case r.Status == 401 && a.Form == "id": // what it names is not there, or is not the caller's
	case a.Resource == "sections" && a.Name == "resource-type" && r.Status == 400 && pointer == a.Name: // as the reference has it
	case r.Status != 422:
		r.T.Errorf("%s %s: %s is answered with %d: %.300s", r.What, a.Name, value, r.Status, r.Body)
	case pointer != a.Name && (thing == a.Name || pointer != thing || r.Text("errors.0.detail") != "must exist"):
		r.T.Errorf("%s %s: %s is said of %s: %.300s", r.What, a.Name, value, r.Text("errors.0.source.pointer"), r.Body)
	}
}

// TestWhatIsNoID asks for what cannot be an id, in the address and in a list.
func TestWhatIsNoID(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	for path, detail := range map[string]string{"/contacts/x": `There is no contact "x".`, "/contacts/1.5": `There is no contact "1.5".`, "/contacts/7": "There is no contact 7.",
		"/organizations/x/relationships/contacts": `There is no organization "x".`, "/contacts/x/relationships/attachments": `There is no contact "x".`} {
		h.do("admin", "GET", path, "").Want(404).Has("errors.0.detail", detail)
	}
	org := h.organization("Acme")
	h.do("admin", "POST", "/contacts", `{"data":[{"attributes":{"organization-id":`+org+`,"first-name":"A"}},{"attributes":{"first-name":"B"}}]}`).Want(422).Has("errors.0.source.pointer", "data/1/attributes/organization_id")
}

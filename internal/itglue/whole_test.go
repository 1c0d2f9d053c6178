package itglue_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/storetest"
)

// manyOf is the body of a request about several records of the same attributes,
// in which a %d counts them.
func manyOf(n int, attributes string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = `{"attributes":{` + strings.ReplaceAll(attributes, "%d", fmt.Sprint(i)) + `}}`
	}
	return `{"data":[` + strings.Join(parts, ",") + `]}`
}

// TestNothingIsLeftOut includes more than a page of a list would hold.
func TestNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.unheld = true
		org := h.organization("Acme")
		kind := h.do("admin", "POST", "/configuration_types", one("x", `"name":"Server"`)).Want(201).Text("data.id")
		first := h.do("admin", "POST", "/configurations", one("x", `"organization-id":`+org+`,"name":"A","configuration-type-id":`+kind)).Want(201).Text("data.id")
		second := h.do("admin", "POST", "/configurations", one("x", `"organization-id":`+org+`,"name":"B","configuration-type-id":`+kind)).Want(201).Text("data.id")
		h.do("admin", "POST", "/passwords", manyOf(999, `"resource-id":`+first+`,"name":"P%d"`)).Want(201)
		h.do("admin", "POST", "/passwords", manyOf(3, `"resource-id":`+second+`,"name":"P%d"`)).Want(201)
		r := h.do("admin", "GET", "/configurations?include=passwords", "").Want(200)
		counts(r, "included", "1002")
		counts(r, "data.0.relationships.passwords.data", "999")
		counts(r, "data.1.relationships.passwords.data", "3")

		h.do("admin", "POST", "/organizations", manyOf(1000, `"name":"O%d"`)).Want(201)
		techs := h.do("admin", "POST", "/groups", one("x", `"name":"Techs"`)).Want(201).Text("data.id")
		desk := h.do("admin", "POST", "/groups", one("x", `"name":"Desk"`)).Want(201).Text("data.id")
		storetest.Exec(t, h.st, `INSERT INTO grants (id, subject_kind, subject_id, binder_id, breadth, created_at) SELECT 900000 + id, 'group', CAST($1 AS BIGINT), id, 'organization', 1 FROM organizations WHERE state = 'live' AND id > 0`, asID(techs))
		storetest.Exec(t, h.st, `INSERT INTO grants (id, subject_kind, subject_id, binder_id, breadth, created_at) SELECT 1900000 + id, 'group', CAST($1 AS BIGINT), id, 'organization', 1 FROM organizations WHERE name = 'Acme'`, asID(desk))
		total := h.do("admin", "GET", "/organizations", "").Want(200).Text("meta.total-count")
		r = h.do("admin", "GET", "/groups?include=organizations", "").Want(200).Has("data.1.relationships.organizations.data.0.id", org)
		counts(r, "included", total)
		counts(r, "data.0.relationships.organizations.data", total)
		counts(r, "data.1.relationships.organizations.data", "1")
	})
}

// counts holds a list of an answer to its length.
func counts(r reply, path, want string) {
	r.T.Helper()
	list, _ := r.At(path).([]any)
	if got := fmt.Sprint(len(list)); got != want {
		r.T.Errorf("%s: %s has %s, want %s: %.300s", r.What, path, got, want, r.Body)
	}
}

// TestFilesOfOrganizations asks for the files on a page of organizations: in one
// statement, however many there are.
func TestFilesOfOrganizations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		attach := func(org, name string) string {
			t.Helper()
			f, err := h.core.AttachToOrganization(t.Context(), h.root, tenon.OrgID(asID(org)), name, "", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(f.ID)
		}
		ask := func() (reply, int64) {
			before := h.statements.Load()
			r := h.do("admin", "GET", "/organizations?include=attachments", "").Want(200)
			return r, h.statements.Load() - before
		}
		a := h.organization("A")
		first := attach(a, "a.txt")
		ask() // what is known of the key from then on
		_, few := ask()
		b, _ := h.organization("B"), h.organization("C")
		second, third := attach(b, "b.txt"), attach(b, "c.txt")
		r, many := ask()
		r.Has("data.0.relationships.attachments.data.0.id", first).Has("data.1.relationships.attachments.data.0.id", second).
			Has("data.1.relationships.attachments.data.1.id", third).Has("data.2.relationships.attachments.data", "[]").Has("included.2.attributes.name", "c.txt")
		counts(r, "included", "3")
		if many != few {
			t.Errorf("%d statements for three organizations, %d for one", many, few)
		}
		h.user("half", tenon.Editor, false)
		if err := h.core.Grant(t.Context(), h.root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(h.users["half"])}, tenon.OrgID(asID(a))); err != nil {
			t.Fatal(err)
		}
		r = h.do("half", "GET", "/organizations?include=attachments", "").Want(200).Has("included.0.id", first)
		counts(r, "included", "1")
	})
}

// TestAllOrNone changes and makes several of what is not kept as records, the
// last of which cannot be: nothing is done.
func TestAllOrNone(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		group := h.do("admin", "POST", "/groups", one("x", `"name":"Techs"`)).Want(201).Text("data.id")
		other := h.do("admin", "POST", "/groups", one("x", `"name":"Desk"`)).Want(201).Text("data.id")
		h.do("admin", "PATCH", "/groups", `{"data":[{"attributes":{"id":`+group+`,"name":"Crew"}},{"attributes":{"id":`+other+`,"name":""}}]}`).Want(422).
			Has("errors.0.source.pointer", "/data/1/attributes/name")
		h.do("admin", "PATCH", "/groups?filter[id]="+group+","+other, one("x", `"name":"Same"`)).Want(422)
		h.do("admin", "POST", "/groups", `{"data":[{"attributes":{"name":"New"}},{"attributes":{"name":"desk"}}]}`).Want(422)
		h.do("admin", "GET", "/groups?sort=id", "").Want(200).Has("data.0.attributes.name", "Techs").Has("data.1.attributes.name", "Desk").Has("meta.total-count", "2")
		h.do("admin", "PATCH", "/groups", `{"data":[{"attributes":{"id":`+group+`,"name":"Crew"}},{"attributes":{"id":`+other+`,"name":"Help"}}]}`).Want(200).Has("data.1.attributes.name", "Help")

		kind := h.do("admin", "POST", "/flexible_asset_types", one("x", `"name":"Wi-Fi"`)).Want(201).Text("data.id")
		h.do("admin", "POST", "/flexible_asset_types", `{"data":[{"attributes":{"name":"New"}},{"attributes":{"name":"wi-fi"}}]}`).Want(422)
		h.do("admin", "GET", "/flexible_asset_types", "").Want(200).Has("meta.total-count", "1")
		fields := "/flexible_asset_types/" + kind + "/relationships/flexible_asset_fields"
		h.do("admin", "POST", fields, `{"data":[{"attributes":{"name":"A","kind":"Text"}},{"attributes":{"name":"B","kind":"Nonsense"}}]}`).Want(422).Has("errors.0.source.pointer", "/data/1/attributes/kind")
		h.do("admin", "GET", fields, "").Want(200).Has("meta.total-count", "0")
		made := h.do("admin", "POST", fields, `{"data":[{"attributes":{"name":"A","kind":"Text"}},{"attributes":{"name":"B","kind":"Text"}},{"attributes":{"name":"C","kind":"Text"}}]}`).Want(201)
		a, b, c := made.Text("data.0.id"), made.Text("data.1.id"), made.Text("data.2.id")
		h.do("admin", "PATCH", "/flexible_asset_fields", `{"data":[{"attributes":{"id":`+a+`,"name":"A2"}},{"attributes":{"id":`+b+`,"decimals":99}}]}`).Want(422).Has("errors.0.source.pointer", "/data/1/attributes/decimals")
		h.do("admin", "GET", fields, "").Want(200).Has("data.0.attributes.name", "A")
		h.do("admin", "PATCH", "/flexible_asset_fields", `{"data":[{"attributes":{"id":`+a+`,"name":"A2"}},{"attributes":{"id":`+b+`,"order":1}}]}`).Want(200)
		h.do("admin", "GET", fields+"?sort=order", "").Want(200).Has("data.0.id", b).Has("data.1.id", a).Has("data.2.id", c).Has("data.1.attributes.name", "A2")
		h.do("admin", "DELETE", "/flexible_asset_fields", `{"data":[{"id":"`+a+`"},{"id":"`+b+`"}]}`).Want(200)
		h.do("admin", "GET", fields, "").Want(200).Has("data.0.id", c).Has("meta.total-count", "1")
	})
}

// TestRequiredStays takes away, by a change, what a record must have.
func TestRequiredStays(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		all := h.samples()
		for _, a := range itglue.WrittenAttributes() {
			s := all[a.Resource]
			if !a.Required || !a.Updates || s.create == "" {
				continue
			}
			id := h.do("admin", "POST", s.create, one("x", strings.ReplaceAll(s.attrs, "%d", a.Name))).Want(201).Text("data.id")
			pointer, detail := a.Name, "can't be blank"
			if thing, isID := strings.CutSuffix(a.Name, "-id"); isID {
				pointer, detail = thing, "must exist"
			}
			was := h.do("admin", "GET", s.create+"/"+id, "").Want(200).Text("data.attributes." + a.Name)
			for _, value := range []string{"null", `""`, `" "`} {
				h.do("admin", "PATCH", s.create+"/"+id, one("x", `"`+a.Name+`":`+value)).Want(422).Has("errors.0.source.pointer", "/data/attributes/"+pointer).Has("errors.0.detail", detail)
				if a.UpdatesMany && a.Resource != "sections" {
					h.do("admin", "PATCH", "/"+a.Resource, `{"data":[{"attributes":{"id":`+id+`,"`+a.Name+`":`+value+`}}]}`).Want(422)
					h.do("admin", "PATCH", "/"+a.Resource+"?filter[id]="+id, one("x", `"`+a.Name+`":`+value)).Want(422)
				}
			}
			h.do("admin", "GET", s.create+"/"+id, "").Want(200).Has("data.attributes."+a.Name, was)
		}
		// What came from elsewhere without it may be sent back as it stands.
		org := h.organization("Globex")
		id := h.coreItem(org, tenon.Configuration)
		h.do("admin", "PATCH", "/configurations/"+id, one("x", `"configuration-type-id":null,"notes":"n"`)).Want(200).Has("data.attributes.notes", "n")
		model := h.do("admin", "POST", "/models", one("x", strings.ReplaceAll(all["models"].attrs, "%d", "free"))).Want(201).Text("data.id")
		h.do("admin", "PATCH", "/models/"+model, one("x", `"manufacturer-id":null`)).Want(200).Has("data.attributes.manufacturer-id", "")
	})
}

// TestSearchNarrowed looks for what is older than all that a search answers: it
// is found where the search is narrowed to what it is, or to whose it is.
func TestSearchNarrowed(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		quay, acme := h.organization("Quayside"), h.organization("Lantern works")
		place := h.do("admin", "POST", "/locations", one("x", `"organization-id":`+quay+`,"name":"Lantern quay"`)).Want(201).Text("data.id")
		ann := h.do("admin", "POST", "/contacts", one("x", `"organization-id":`+quay+`,"first-name":"Lantern"`)).Want(201).Text("data.id")
		h.do("admin", "POST", "/contacts", manyOf(250, `"organization-id":`+acme+`,"first-name":"Lantern %d"`)).Want(201)
		h.do("admin", "PATCH", "/organizations/"+quay, one("x", `"name":"Quayside Freight"`)).Want(200)
		ask := func(query string) (ids []string) {
			t.Helper()
			var hits []struct{ ID json.Number }
			if r := h.do("admin", "GET", "/search.json?query="+query, "").Want(200); json.Unmarshal(r.Body, &hits) != nil {
				t.Fatalf("%s: no list: %s", query, r.Body)
			}
			for _, hit := range hits {
				ids = append(ids, hit.ID.String())
			}
			slices.Sort(ids)
			return ids
		}
		for query, want := range map[string]string{
			"lantern&filter_organization_id=" + quay: place + "," + ann, "lantern&kind=locations": place, "lantern&kind=organizations": acme,
			"lantern&kind=locations,organizations": acme + "," + place, "lantern&filter_organization_id=" + quay + "&kind=contacts": ann,
			"lantern+kind:location&kind=contacts": "", "lantern+kind:location&kind=locations,contacts": place, "lantern&kind=nothing": "", "lantern&filter_organization_id=x": "",
			"quayside&kind=organizations&filter_organization_id=" + quay: quay, "quayside&kind=organizations&filter_organization_id=" + acme: "",
			"lantern+org:quayside&filter_organization_id=" + acme: "", "lantern+org:quayside&filter_organization_id=" + quay: place + "," + ann,
			"lantrn&filter_organization_id=" + quay: place + "," + ann,
		} {
			wanted := strings.FieldsFunc(want, func(r rune) bool { return r == ',' })
			slices.Sort(wanted)
			if got := ask(query); !slices.Equal(got, wanted) {
				t.Errorf("%s: found %v, want %v", query, got, wanted)
			}
		}
		if got := ask("lantern&limit=1000"); len(got) != 200 {
			t.Errorf("a search answers %d, want the 200 that it answers at most", len(got))
		}
		h.do("admin", "GET", "/search.json?query=lantern&filter_organization_id=4000000", "").Want(404)
	})
}

// TestOneStatementForEachStepUp lists what lies in each other: the statements do
// not grow with how many there are, and each says what it lies in.
func TestOneStatementForEachStepUp(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		for path, attrs := range map[string]string{"/organizations": `"name":"N"`, "/document_folders": `"organization-id":` + org + `,"name":"N"`} {
			made := func(parent string) string {
				t.Helper()
				return h.do("admin", "POST", path, one("x", attrs+`,"parent-id":`+parent)).Want(201).Text("data.id")
			}
			root := made("null")
			inner := made(root)
			first := made(inner)
			ask := func() (reply, int64) {
				before := h.statements.Load()
				r := h.do("admin", "GET", path+"?sort=-id", "").Want(200)
				return r, h.statements.Load() - before
			}
			ask() // what is known of the key from then on
			r, few := ask()
			r.Has("data.0.id", first).Has("data.0.attributes.ancestor-ids", "["+root+","+inner+"]").Has("data.1.attributes.ancestor-ids", "["+root+"]").Has("data.2.attributes.ancestor-ids", "[]")
			made(inner)
			made(made(root))
			r, many := ask()
			r.Has("data.2.attributes.ancestor-ids", "["+root+","+inner+"]").Has("data.4.attributes.ancestor-ids", "["+root+"]")
			if many > few {
				t.Errorf("%s: %d statements for six, %d for three", path, many, few)
			}
		}
	})
}

// TestStatementsOfManyChanges changes several records at once: each costs what
// its own change costs, and is not looked up alone before and after it.
func TestStatementsOfManyChanges(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		all := h.samples()
		for path, most := range map[string]float64{"organizations": 4, "manufacturers": 2} {
			attrs := strings.ReplaceAll(all[path].attrs, "%d", path+" %d")
			var records []string
			for _, row := range h.do("admin", "POST", "/"+path, manyOf(40, attrs)).Want(201).Rows() {
				records = append(records, `{"id":"`+fmt.Sprint(row["id"])+`","attributes":{}}`)
			}
			ask := func(n int) int64 {
				before := h.statements.Load()
				h.do("admin", "PATCH", "/"+path, `{"data":[`+strings.Join(records[:n], ",")+`]}`).Want(200)
				return h.statements.Load() - before
			}
			ask(2) // what is known of the key from then on
			each := float64(ask(40)-ask(20)) / 20
			if each > most {
				t.Errorf("%s: %.1f statements for each record, more than %.0f", path, each, most)
			}
		}
		two := h.do("admin", "GET", "/organizations?page[size]=2", "").Want(200)
		h.do("admin", "PATCH", "/organizations", `{"data":[{"id":"`+two.Text("data.1.id")+`"},{"id":"999999"}]}`).Want(404)
		h.do("admin", "PATCH", "/organizations", `{"data":[{"id":"`+two.Text("data.1.id")+`"},{"id":"`+two.Text("data.0.id")+`"}]}`).Want(200).Has("data.0.id", two.Text("data.1.id"))
	})
}

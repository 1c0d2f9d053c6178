package itglue_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// TestTimesAsWritten filters by the times that records are answered with: these
// have milliseconds, and what is kept is finer.
func TestTimesAsWritten(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.clock.Advance(614_987 * time.Microsecond)
		id := h.organization("Acme")
		at := h.do("admin", "GET", "/organizations/"+id, "").Want(200).Text("data.attributes.created-at")
		shown, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		by := func(d time.Duration) string { return shown.Add(d).Format("2006-01-02T15:04:05.000Z07:00") }
		local := strings.Replace(strings.Replace(at, "T09:", "T11:", 1), "Z", "+02:00", 1)
		for value, want := range map[string]string{
			at: "1", "*," + at: "1", at + "," + at: "1", at + ",*": "1", at[:10]: "1", "2026-3-2,2026-3-2": "1", "2026-3-3,*": "0", "*,2026-03-01": "0", "2026-03-03,*": "0", "*," + by(-time.Millisecond): "0",
			by(time.Millisecond) + ",*": "0", url.QueryEscape(local) + ",*": "1", local + ",*": "1", "*," + local: "1", strings.Replace(local, "T11:", "T12:", 1) + ",*": "0",
		} {
			h.do("admin", "GET", "/organizations?filter[created_at]="+value, "").Want(200).Has("meta.total-count", want)
		}
		if r := h.do("admin", "GET", "/organizations?filter[created_at]=soon", "").Want(422); strings.Contains(r.Text("errors.0.detail"), " .") {
			t.Errorf("%s", r.Body)
		}
	})
}

// TestDaysAsWritten sends days with a time and an offset behind them: they stay
// the days that they are there.
func TestDaysAsWritten(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		s := h.samples()["configurations"]
		id := h.do("admin", "POST", s.create, one("x", s.attrs)).Want(201).Text("data.id")
		org := h.organization("Globex")
		flex := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"attributes":{"name":"Contract"},"relationships":{"flexible_asset_fields":{"data":[
			{"attributes":{"name":"Title","kind":"Text","use-for-title":true}},{"attributes":{"name":"Ends","kind":"Date","expiration":true}},{"attributes":{"name":"Tags","kind":"Tag"}}]}}}}`).Want(201).Text("data.id")
		for _, value := range []string{"2026-03-01", "2026-03-01T00:00:00.000Z", "2026-03-01T00:00:00+02:00", "2026-03-01T23:30:00-05:00", "2026-03-01 00:00:00"} {
			h.do("admin", "PATCH", "/configurations/"+id, one("x", `"warranty-expires-at":null`)).Want(200).Has("data.attributes.warranty-expires-at", "")
			h.do("admin", "PATCH", "/configurations/"+id, one("x", `"warranty-expires-at":"`+value+`"`)).Want(200).Has("data.attributes.warranty-expires-at", "2026-03-01")
			made := h.do("admin", "POST", "/flexible_assets", one("x", `"organization-id":`+org+`,"flexible-asset-type-id":`+flex+`,"traits":{"title":"`+value+`","ends":"`+value+`"}`)).Want(201).
				Has("data.attributes.traits.ends", "2026-03-01").Has("data.attributes.traits.title", value).Text("data.id")
			h.do("admin", "PATCH", "/flexible_assets/"+made, one("x", `"traits":{"ends":"`+value+`","tags":[]}`)).Want(200).Has("data.attributes.traits.ends", "2026-03-01")
			h.do("admin", "DELETE", "/flexible_assets/"+made, "").Want(200)
			day := url.QueryEscape(value)
			h.do("admin", "GET", "/expirations?filter[range][expiration_date]="+day+","+day, "").Want(200).Has("meta.total-count", "1")
			h.do("admin", "GET", "/expirations?filter[range][expiration_date]=2026-3-1,2026-3-1", "").Want(200).Has("meta.total-count", "1")
		}
	})
}

// TestSortsWithNothing sorts by what some records do not have: on both
// databases that comes first, and last the other way round.
func TestSortsWithNothing(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		var ids []string
		for _, short := range []string{`"b"`, `null`, `"A"`, `null`, `"c"`, `"a"`} {
			ids = append(ids, h.do("admin", "POST", "/organizations", one("x", `"name":"N","short-name":`+short)).Want(201).Text("data.id"))
		}
		want := []string{ids[1], ids[3], ids[2], ids[5], ids[0], ids[4]}
		sorted := func(path string, want []string) {
			t.Helper()
			var got []string
			for page := range want { // one by one, so that each comes by its place
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				got = append(got, h.do("admin", "GET", path+sep+"page[size]=1&page[number]="+string(rune('1'+page)), "").Want(200).IDs())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", path, got, want)
			}
		}
		backwards := func(l []string) []string {
			l = slices.Clone(l)
			slices.Reverse(l)
			return l
		}
		sorted("/organizations?sort=short_name", want)
		sorted("/organizations?sort=-short-name", backwards(want))
		sorted("/organizations?sort=-name,short_name,-id", []string{ids[3], ids[1], ids[5], ids[2], ids[0], ids[4]})

		var lists []string
		for _, done := range []any{nil, true, false, true, nil} {
			c, err := h.core.CreateItem(t.Context(), h.root, tenon.Checklist, tenon.OrgID(asID(ids[0])), core.ItemChange{Values: tenon.Values{"name": "L", "completed": done}})
			if err != nil {
				t.Fatal(err)
			}
			lists = append(lists, c.ID.String())
		}
		byDone := []string{lists[0], lists[2], lists[4], lists[1], lists[3]}
		sorted("/checklists?sort=completed", byDone)
		sorted("/checklists?sort=-completed", backwards(byDone))
		h.do("admin", "GET", "/checklists?filter[completed]=false", "").Want(200).Has("meta.total-count", "3")

		_, err := h.core.CreateItem(t.Context(), h.root, tenon.Domain, tenon.OrgID(asID(ids[0])), core.ItemChange{Values: tenon.Values{"name": "acme.example", "expires_on": "2027-01-01"}})
		if err != nil {
			t.Fatal(err)
		}
		s := h.samples()["configurations"]
		h.do("admin", "POST", s.create, one("x", s.attrs+`,"warranty-expires-at":"2028-01-01"`)).Want(201)
		flex := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"attributes":{"name":"Contract"},"relationships":{"flexible_asset_fields":{"data":[
			{"attributes":{"name":"Title","kind":"Text","use-for-title":true}},{"attributes":{"name":"Ends","kind":"Date","expiration":true}}]}}}}`).Want(201).Text("data.id")
		h.do("admin", "POST", "/flexible_assets", one("x", `"organization-id":`+ids[0]+`,"flexible-asset-type-id":`+flex+`,"traits":{"title":"T","ends":"2026-01-01"}`)).Want(201)
		for sort, attribute := range map[string]string{"resource_type_name": "resource-type-name", "description": "description"} {
			var names []string
			for _, row := range h.do("admin", "GET", "/expirations?sort="+sort, "").Want(200).Rows() {
				attrs, _ := row["attributes"].(map[string]any)
				name, _ := attrs[attribute].(string)
				names = append(names, name)
			}
			if len(names) != 3 || !slices.IsSorted(names) {
				t.Errorf("%s: %v", sort, names)
			}
			h.do("admin", "GET", "/expirations?filter["+sort+"]="+url.QueryEscape(names[0]), "").Want(200).Has("meta.total-count", "1")
		}
	})
}

// TestPrimaryEmail finds contacts by the address that is their primary one, and
// not by another of theirs.
func TestPrimaryEmail(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		ann := h.do("admin", "POST", "/contacts", one("x", `"organization-id":`+org+`,"first-name":"Ann","contact-emails":[{"value":"desk@acme.example"},{"value":"Ann@acme.example","primary":"True"}]`)).Want(201).
			Has("data.attributes.contact-emails.1.primary", "true").Text("data.id")
		bea := h.do("admin", "POST", "/contacts", one("x", `"organization-id":`+org+`,"first-name":"Bea","contact-emails":[{"value":"desk@acme.example"}]`)).Want(201).Text("data.id")
		h.do("admin", "POST", "/contacts", one("x", `"organization-id":`+org+`,"first-name":"Cy"`)).Want(201)
		for address, want := range map[string]string{"ann@ACME.example": ann, "desk@acme.example": bea, "desk@acme.example,ann@acme.example": ann + "," + bea, "nobody@acme.example": "", ",": ""} {
			if got := h.do("admin", "GET", "/contacts?filter[primary_email]="+address, "").Want(200).IDs(); got != want {
				t.Errorf("%s: found %s, want %s", address, got, want)
			}
		}
		h.do("admin", "PATCH", "/contacts/"+ann, one("x", `"contact-emails":[{"value":"a@acme.example","primary":"perhaps"}]`)).Want(422).Has("errors.0.source.pointer", "/data/attributes/contact-emails")
	})
}

// TestNotInFolder lists documents that are anywhere but in a folder.
func TestNotInFolder(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		in := `"organization-id":` + h.organization("Acme") + `,`
		made := func(path, attrs string) string {
			t.Helper()
			return h.do("admin", "POST", path, one("x", in+attrs)).Want(201).Text("data.id")
		}
		a, b := made("/document_folders", `"name":"A"`), made("/document_folders", `"name":"B"`)
		root, inA, inB := made("/documents", `"name":"Root"`), made("/documents", `"name":"In A","document-folder-id":`+a), made("/documents", `"name":"In B","document-folder-id":`+b)
		for value, want := range map[string][]string{a: {root, inB}, a + "," + b: {root}, "": {root, inA, inB}, "null": {root, inA, inB}} {
			if got := h.do("admin", "GET", "/documents?filter[document_folder_id][ne]="+value, "").Want(200).IDs(); got != strings.Join(want, ",") {
				t.Errorf("not in %q: %s, want %v", value, got, want)
			}
		}
		h.do("admin", "PATCH", "/documents?filter[document_folder_id][ne]=null", one("x", `"public":false`)).Want(422)
		h.do("admin", "PATCH", "/documents?filter[document_folder_id][ne]="+a, one("x", `"public":false`)).Want(200).Has("meta.total-count", "2")
	})
}

// TestOptionsWithCommas keeps the options of a Select field as they are where
// they are sent as they were read.
func TestOptionsWithCommas(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		for sent, want := range map[string]string{`a, b`: "a\nb", `a\r\nb, c\n\na\n`: "a\nb, c", `one`: "one", `a,b,a`: "a\nb"} {
			want = strings.ReplaceAll(want, "\\n", "\n")
			kind := h.do("admin", "POST", "/flexible_asset_types", one("x", `"name":"For `+sent+`"`))
			if kind.Status != 201 {
				kind = h.do("admin", "POST", "/flexible_asset_types", one("x", `"name":"Lines"`)).Want(201)
			}
			f := h.do("admin", "POST", "/flexible_asset_fields", one("x", `"flexible-asset-type-id":`+kind.Text("data.id")+`,"name":"Pick","kind":"Select","default-value":"`+sent+`"`)).Want(201).Has("data.attributes.default-value", want)
			at := "/flexible_asset_fields/" + f.Text("data.id")
			h.do("admin", "PATCH", at, string(f.Body)).Want(200).Has("data.attributes.default-value", want)
		}
		kind, err := h.core.CreateFlexType(t.Context(), h.root, tenon.FlexType{Name: "Plan", Enabled: true, Fields: []tenon.FlexField{{Name: "Pick", Kind: tenon.FlexSelect, Options: []string{"Small, or none"}, DefaultValue: "Small, or none"}}})
		if err != nil {
			t.Fatal(err)
		}
		at := "/flexible_asset_types/" + tenon.ItemID(kind.ID).String() + "/relationships/flexible_asset_fields/" + tenon.ItemID(kind.Fields[0].ID).String()
		h.do("admin", "PATCH", at, string(h.do("admin", "GET", at, "").Want(200).Body)).Want(200).Has("data.attributes.default-value", "Small, or none")
		now, err := h.core.FlexType(t.Context(), h.root, kind.ID)
		if err != nil || now.Version != kind.Version {
			t.Errorf("an echo has changed the type: %v, %v", now, err)
		}
	})
}

// TestNamedNought makes an organization whose name is a number.
func TestNamedNought(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		for _, name := range []string{`"0"`, `0`} {
			id := h.do("admin", "POST", "/organizations", one("x", `"name":`+name)).Want(201).Has("data.attributes.name", "0").Text("data.id")
			h.do("admin", "PATCH", "/organizations/"+id, one("x", `"name":`+name)).Want(200).Has("data.attributes.name", "0")
		}
	})
}

// TestEveryFilter sends every filter of every list what it cannot be, or what
// nothing has: it is refused or finds nothing, and is no fault of ours.
func TestEveryFilter(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.unheld = true
		all := h.samples()
		host := h.do("admin", "POST", all["configurations"].create, one("x", all["configurations"].attrs)).Want(201).Text("data.id")
		doc := h.do("admin", "POST", all["documents"].create, one("x", all["documents"].attrs)).Want(201).Text("data.id")
		parents := map[string]string{"organizations": h.organization("Globex"), "configurations": host, "documents": doc,
			"manufacturers": h.do("admin", "GET", "/manufacturers", "").Want(200).Text("data.0.id"), "flexible_asset_types": h.do("admin", "GET", "/flexible_asset_types", "").Want(200).Text("data.0.id"),
			"countries": h.lookup("countries", 0)}
		n := 0
		for path, item := range h.doc.Paths.Map() {
			if item.Get == nil || strings.Contains(path, "{id}") {
				continue
			}
			parent, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
			path = strings.Replace(path, "{parent}", parents[parent], 1)
			for _, p := range item.Get.Parameters {
				if name := p.Value.Name; strings.HasPrefix(name, "filter[") {
					for _, value := range []string{"x", "0", "-1", ",", "null", "true", "*", "1,2", "%27%22%25", "%C3%A4", "2026-01-01,2026-01-05", "99999999999999999999"} {
						n++
						ask := path + "?" + name + "=" + value
						if strings.HasSuffix(path, "/flexible_assets") && !strings.Contains(name, "_type_") { // which do not go without
							ask += "&filter[flexible_asset_type_id]=1"
						}
						r := h.do("admin", "GET", ask, "")
						if r.Status != 200 && r.Status != 422 {
							t.Errorf("%s: %d %.300s", r.What, r.Status, r.Body)
						}
					}
				}
			}
		}
		if n < 1000 {
			t.Errorf("only %d were sent", n)
		}
	})
}

// TestOrdersWithGaps makes a type whose fields come in any order, with numbers
// that leave room between them.
func TestOrdersWithGaps(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	kind := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"attributes":{"name":"Wi-Fi"},"relationships":{"flexible_asset_fields":{"data":[
		{"attributes":{"name":"C","kind":"Text","order":30}},{"attributes":{"name":"A","kind":"Text","order":10}},{"attributes":{"name":"B","kind":"Text","order":"20"}}]}}}}`).Want(201).Text("data.id")
	h.do("admin", "GET", "/flexible_asset_types/"+kind+"/relationships/flexible_asset_fields?sort=order", "").Want(200).
		Has("data.0.attributes.name", "A").Has("data.1.attributes.name", "B").Has("data.2.attributes.name", "C").Has("data.2.attributes.order", "3")
}

// TestSpellings asks as clients of other languages write it.
func TestSpellings(t *testing.T) {
	t.Parallel()
	h := setup(t, "sqlite", -1)
	s := h.samples()["passwords"]
	id := h.do("admin", "POST", s.create+"?show_password=True", one("x", s.attrs+`,"password":"lantern"`)).Want(201).Has("data.attributes.password", "lantern").Text("data.id")
	for query, want := range map[string]string{"": "lantern", "?show_password=True": "lantern", "?show_password=1": "lantern", "?show_password=False": "", "?show_password=0": ""} {
		h.do("admin", "GET", "/passwords/"+id+query, "").Want(200).Has("data.attributes.password", want)
	}
	for word, want := range map[string]string{"Password": "1", "passwords": "1", "password,Organization": "2", "organizations": "1", "Planet": "0"} {
		h.do("admin", "GET", "/user_metrics?filter[resource_type]="+word, "").Want(200).Has("meta.total-count", want)
	}
}

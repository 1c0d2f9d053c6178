package gluetest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/tenonhq/tenon/internal/replytest"
)

// create makes a record and returns its id.
func (s *site) create(path string, attrs map[string]any) string {
	s.t.Helper()
	word := path[strings.LastIndexByte(path, '/')+1:]
	return s.ask("POST", "/"+path, body(word, attrs)).Want(201).Text("data.id")
}

// TestRawQueries asks in all the ways in which clients spell the same question.
func TestRawQueries(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		kind := s.create("organization_types/", map[string]any{"name": "Client"})
		a := s.create("organizations/", map[string]any{"name": "Anchor, Bell", "organization_type_id": kind})
		b := s.create("organizations", map[string]any{"name": "Buoy", "short-name": "B"})
		c := s.create("organizations", map[string]any{"name": "Capstan"})
		first := s.ask("GET", "/organizations?sort=id", "").Want(200).IDs()
		if first != a+","+b+","+c {
			t.Fatalf("the organizations are %s", first)
		}
		for query, want := range map[string]string{
			"filter[name]=Buoy":                                     b,
			"filter%5Bname%5D=Buoy":                                 b,
			"filter[name]=buoy,CAPSTAN":                             b + "," + c,
			"filter[name]=buoy%2Ccapstan":                           b + "," + c,
			"filter[name]=Anchor,+Bell":                             a,
			"filter[name]=Anchor%2C%20Bell":                         a,
			"filter[organization_type_id]=" + kind:                  a,
			"filter[organization-type-id]=" + kind:                  a,
			"filter[exclude][id]=" + a:                              b + "," + c,
			"filter%5Bexclude%5D%5Bid%5D=" + a + "%2C" + c:          b,
			"filter[exclude][name]=buoy":                            a + "," + c,
			"filter[exclude][organization_type_id]=" + kind:         b + "," + c,
			"filter[exclude][organization-type-id]=" + kind:         b + "," + c,
			"filter[exclude][organization_status_id]=1":             first,
			"filter[exclude][id]=" + a + "&filter[name]=Buoy":       b,
			"filter[range][my_glue_account_id]=2,10":                "",
			"filter[range][my_glue_account_id]=2,*":                 "",
			"filter[range][my-glue-account-id]=*,10":                "",
			"filter[created_at]=2020-01-01,*":                       first,
			"filter[created-at]=*,2020-01-01":                       "",
			"filter[range][created_at]=2020-01-01T00:00:00Z,*":      first,
			"filter[nonsense]=1":                                    first,
			"filter[nonsense][deep]=1&cache=no&anything[x][]=2":     first,
			"filter[psa-id]=77":                                     "",
			"filter[psa_id]=77&filter[psa_integration_type]=manage": "",
			"sort=-created-at":                                      c + "," + b + "," + a,
			"sort=-updated_at,name":                                 c + "," + b + "," + a,
			"sort=nonsense":                                         first,
			"page%5Bsize%5D=2&page%5Bnumber%5D=2":                   c,
			"page[size]=5000":                                       first,
			"include=nonsense,attachments,rmm-companies":            first,
		} {
			if got := s.read("/organizations?" + query).IDs(); got != want {
				t.Errorf("%s: got %s, want %s", query, got, want)
			}
		}
		for path, want := range map[string]string{"/organizations/": first, "/organizations/?sort=-id": c + "," + b + "," + a} {
			if got := s.ask("GET", path, "").Want(200).IDs(); got != want {
				t.Errorf("%s: got %s, want %s", path, got, want)
			}
		}
		s.ask("GET", "/organizations/"+b+"/", "").Want(200).Has("data.attributes.short-name", "B")
	})
}

// TestRawBodies sends what clients put into bodies, and what they say of them.
func TestRawBodies(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		a := s.create("organizations", map[string]any{"name": "Anchor"})
		b := s.create("organizations", map[string]any{"name": "Buoy"})
		for sent, want := range map[string]string{
			`{"filter":{"name":"buoy"}}`: b, `{"filter":{"id":[` + a + `,"` + b + `"]},"sort":"-name"}`: b + "," + a,
			`{"filter":{"exclude":{"name":"buoy"}}}`: a, `{"sort":"name","page":{"size":1,"number":2}}`: b, `{}`: a + "," + b,
		} {
			if got := s.ask("GET", "/organizations", sent).Want(200).IDs(); got != want {
				t.Errorf("GET with %s: got %s, want %s", sent, got, want)
			}
		}
		// What the query says counts.
		if got := s.ask("GET", "/organizations?filter[name]=anchor", `{"filter":{"name":"buoy"}}`).Want(200).IDs(); got != a {
			t.Errorf("a query beside a body: got %s", got)
		}
		for _, media := range []string{"application/json", "application/vnd.api+json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "nonsense", ""} {
			s.ask("PATCH", "/organizations/"+a+"?sort=created-at&page[size]=1", body("organizations", map[string]any{"description": "as " + media}), "Content-Type", media).
				Want(200).Has("data.attributes.description", "as "+media)
			s.ask("GET", "/organizations", "", "Content-Type", media, "Accept", "image/png").Want(200)
		}
		// Kebab and snake in type and attributes, ids as text and as numbers, at either place.
		kind := s.ask("POST", "/configuration_types", body("configuration_types", map[string]any{"name": "Switch"})).Want(201).Has("data.type", "configuration-types").Text("data.id")
		one := s.ask("POST", "/configurations", body("configurations", map[string]any{"organization_id": a, "configuration_type_id": kind, "name": "s1", "serial_number": "1"})).
			Want(201).Has("data.attributes.organization-id", a).Text("data.id")
		two := s.ask("POST", "/organizations/"+a+"/relationships/configurations", `{"data":{"attributes":{"configuration-type-id":`+kind+`,"name":"s2","created-at":"1999-01-01","nonsense":{"a":[1]}}}}`).
			Want(201).Text("data.id")
		s.ask("PATCH", "/configurations", wrap([]any{
			map[string]any{"type": "configurations", "attributes": map[string]any{"id": one, "notes": "n1"}},
			map[string]any{"type": "configurations", "id": two, "attributes": map[string]any{"notes": "n2"}}})).
			Want(200).Has("data.0.attributes.notes", "n1").Has("data.1.attributes.notes", "n2")
		s.ask("PATCH", "/configurations?filter[configuration-type-id]="+kind, body("configurations", map[string]any{"notes": "all"})).
			Want(200).Has("data.0.attributes.notes", "all").Has("data.1.attributes.notes", "all")
		s.ask("DELETE", "/configurations", "").Want(422)
		s.ask("DELETE", "/configurations", `{"data":[]}`).Want(422)
		s.ask("DELETE", "/configurations?filter[nonsense]=1", "").Want(422)
		s.ask("DELETE", "/organizations/"+a+"/relationships/configurations", wrap([]any{map[string]any{"type": "configurations", "id": two}})).
			Want(200).Has("data.0.id", two).Has("data.0.attributes.name", "s2")
		s.ask("DELETE", "/configurations", wrap([]any{object("configurations", map[string]any{"id": one})}), "Content-Type", "application/json").Want(200).Has("data.0.id", one)
		s.ask("GET", "/configurations", "").Want(200).Has("meta.total-count", "0")
	})
}

// TestLinksAreFollowed walks a list by links.next alone, as it stands.
func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		for n := range 7 {
			s.create("organizations", map[string]any{"name": fmt.Sprintf("Quay & Lock %d", n)})
		}
		s.create("organizations", map[string]any{"name": "Other"})
		var data []any
		question := "/organizations?filter[exclude][name]=other&sort=-name&page[size]=3&include=attachments"
		for _, at := range []string{s.url + question, s.url + "/organizations?" + url.PathEscape("filter[exclude][name]") + "=other&sort=-name&page%5Bsize%5D=3&include=attachments"} {
			data = data[:0]
			for pages := 0; at != ""; pages++ {
				r := s.ask("GET", at, "").Want(200)
				for _, row := range r.Rows() {
					data = append(data, row["attributes"].(map[string]any)["name"])
				}
				next, set := r.At("links.next").(string)
				if set != (r.At("meta.next-page") != nil) || pages > 5 {
					t.Fatalf("links and meta do not agree: %.900s", r.Body)
				}
				if r.At("links.self") == nil || r.At("links.first") == nil || r.At("links.last") == nil {
					t.Errorf("links are missing: %s", replytest.Text(r.At("links")))
				}
				at = next
			}
			if want := "[Quay & Lock 6 Quay & Lock 5 Quay & Lock 4 Quay & Lock 3 Quay & Lock 2 Quay & Lock 1 Quay & Lock 0]"; fmt.Sprint(data) != want {
				t.Errorf("got %v, want %s", data, want)
			}
		}
		s.ask("GET", "/organizations", "").Want(200).Has("links", "{}").Has("meta.next-page", "").Has("meta.total-pages", "1")
	})
}

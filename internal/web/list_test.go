package web_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

func (s *site) file(kind tenon.Kind, org tenon.OrgID, in core.ItemChange) *tenon.Item {
	s.t.Helper()
	i, err := s.core.CreateItem(context.Background(), s.root, kind, org, in)
	s.must(err)
	return i
}

func (s *site) lookup(list, name string) string {
	s.t.Helper()
	row, err := s.core.CreateLookup(context.Background(), s.root, list, core.LookupChange{Name: &name})
	s.must(err)
	return row.ID.String()
}

func TestListsAreFiltered(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		calder, mill := s.organization(tenon.Values{"name": "Calder Freight"}), s.organization(tenon.Values{"name": "Mill Ltd"})
		maker := s.lookup("manufacturers", "Quayside Works")
		here := s.file(tenon.Location, calder.ID, core.ItemChange{Values: tenon.Values{"name": "Depot"}})
		s.file(tenon.Configuration, calder.ID, core.ItemChange{Values: tenon.Values{"name": "CF-SRV-01", "serial_number": "SN-7710", "location_id": int64(here.ID), "warranty_expires_at": "2026-01-01"}, Tags: &[]string{"vip"}})
		s.file(tenon.Configuration, calder.ID, core.ItemChange{Values: tenon.Values{"name": "CF-LT-02", "manufacturer_id": tenon.ParseID(maker)}})
		s.file(tenon.Configuration, mill.ID, core.ItemChange{Values: tenon.Values{"name": "ML-SRV-03", "warranty_expires_at": "2099-01-01"}})
		all := []string{"CF-SRV-01", "CF-LT-02", "ML-SRV-03"}
		for ask, want := range map[string]struct{ shows, chip string }{
			"":                                    {"CF-SRV-01 CF-LT-02 ML-SRV-03", ""},
			"q=cf":                                {"CF-SRV-01 CF-LT-02", ""},
			"serial_number=sn-77":                 {"CF-SRV-01", "Serial number: sn-77…"},
			"tag=VIP":                             {"CF-SRV-01", "Tag: VIP"},
			"manufacturer_id=" + maker:            {"CF-LT-02", "Manufacturer: Quayside Works"},
			"location_id=" + here.ID.String():     {"CF-SRV-01", "Location: Depot"},
			"location_id.name=depo":               {"CF-SRV-01", "Location: Depot"},
			"organization=" + mill.ID.String():    {"ML-SRV-03", "Organization: Mill Ltd"},
			"organization.name=Mill":              {"ML-SRV-03", "Organization: Mill Ltd"},
			"expires=past":                        {"CF-SRV-01", "Expires: Expired"},
			"warranty_expires_at.from=2030-01-01": {"ML-SRV-03", "Warranty expires on: from 2030-01-01"},
			"restricted=yes":                      {"", "Restriction: Restricted"},
			"files=no&q=ml":                       {"ML-SRV-03", "Attachments: Has none"},
		} {
			a := s.get("/configurations?" + ask)
			s.want(a, 200, want.chip)
			for _, name := range all {
				if strings.Contains(want.shows, name) != strings.Contains(a.body, ">"+name+"</a>") {
					t.Errorf("%s: the list shows %s: %v", ask, name, strings.Contains(a.body, name))
				}
			}
		}
		s.want(s.get("/configurations?restricted=yes"), 200, "Nothing fits", "Clear the filter")
		s.want(s.get("/configurations?warranty_expires_at.from=soon"), 422, "is not a day")
		s.want(s.get("/configurations?location_id.name=Nowhere"), 422, "nothing is called")
		s.want(s.get("/domains"), 200, "No domains yet")
		s.want(s.get("/configurations?show=filter&serial_number=SN"), 200, `name="manufacturer_id"`, "Quayside Works", `name="expires"`, `name="serial_number" value="SN"`)
		byOrg := s.get("/configurations?sort=-organization").body
		if strings.Index(byOrg, "ML-SRV-03") > strings.Index(byOrg, "CF-LT-02") || strings.Index(byOrg, "CF-LT-02") > strings.Index(byOrg, "CF-SRV-01") == false {
			t.Error("the order by organization, Z to A, is another")
		}
	})
}

func TestViewsColumnsAndStars(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Calder Freight"})
		iris := s.file(tenon.Contact, org.ID, core.ItemChange{Values: tenon.Values{"first_name": "Iris", "title": "Harbour master"}, Tags: &[]string{"vip"}})
		s.contact(org.ID, "Ned")
		s.want(s.get("/contacts?tag=vip&sort=-updated&show=views"), 200, "Save what is shown now", `value="sort=-updated&amp;tag=vip"`)
		saved := s.post("/views", "list", "contacts", "name", "Very important", "shared", "1", "opens", "1", "query", "sort=-updated&tag=vip", "next", "/contacts?tag=vip")
		s.want(saved, 200, "was saved", "Very important", "Tag: vip", "Iris")
		s.lacks(saved, ">Ned<")
		opened := s.get("/contacts")
		s.want(opened, 200, "Tag: vip")
		if !strings.Contains(opened.path, "view=") {
			t.Errorf("the list opens at %s and not with its view", opened.path)
		}
		s.want(s.get("/contacts?view=all"), 200, "Ned", "Very important")
		s.want(s.get("/organizations/"+org.ID.String()+"/contacts?view=all"), 200, "Very important")
		view := regexp.MustCompile(`view=([0-9]+)`).FindStringSubmatch(opened.path)[1]
		s.want(s.post("/views", "list", "contacts", "name", "very IMPORTANT", "query", "", "next", "/contacts?view=all"), 200, "of the name Very important here already")
		s.want(s.post("/views", "id", view, "list", "contacts", "name", "Important", "query", "tag=vip", "next", "/contacts?view=all"), 200, "The view Important was saved")
		s.want(s.post("/views/"+view+"/delete", "next", "/contacts"), 200, "The view Important was deleted", "Ned")

		usual := s.get("/contacts")
		s.lacks(usual, "Harbour master")
		a := s.post("/lists/columns", "list", "contacts", "column", "title", "column", "tags", "keep", "1", "next", "/contacts?q=i")
		s.want(a, 200, "Harbour master", "vip")
		if a.path != "/contacts?columns=title%2Ctags&q=i" {
			t.Errorf("the browser is at %s", a.path)
		}
		s.want(s.get("/contacts"), 200, "Harbour master")
		s.want(s.get("/contacts?columns=id"), 200, ">"+iris.ID.String()+"<")
		s.lacks(s.post("/lists/columns", "list", "contacts", "default", "1", "next", "/contacts"), "Harbour master")

		s.want(s.post("/favourites", "id", iris.ID.String(), "on", "1", "next", "/items/"+iris.ID.String()), 200, "among your favourites", `aria-pressed="true"`)
		s.want(s.post("/favourites", "id", org.ID.String(), "on", "1", "next", "/organizations/"+org.ID.String()), 200, `aria-pressed="true"`)
		s.want(s.post("/opened", "id", iris.ID.String()), 204)
		s.want(s.get("/"), 200, "Favourites", "Recently opened", "/items/"+iris.ID.String())
		s.want(s.get("/organizations"), 200, "tn-shortcuts", "Your favourite")
		s.want(s.get("/contacts?starred=yes"), 200, "Iris", "My favourites")
		s.lacks(s.get("/contacts?starred=yes"), ">Ned<")
		s.want(s.post("/favourites", "id", iris.ID.String(), "next", "/contacts?starred=yes"), 200, "no favourite of yours any more", "Nothing fits")
	})
}

func TestExport(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Calder Freight"})
		for n := range 60 {
			s.contact(org.ID, fmt.Sprintf("Person %02d", n))
		}
		s.file(tenon.Contact, org.ID, core.ItemChange{Values: tenon.Values{"first_name": "=cmd|' /C calc'!A0"}, Tags: &[]string{"odd"}})
		s.want(s.get("/contacts"), 200, "Export 61")
		a := s.post("/export", "list", "contacts", "where", "columns=organization,tags&sort=-name")
		s.want(a, 200, "Id,Name,Organization,Tags\r\n", "Person 59,Calder Freight", "Person 00,Calder Freight", "'=cmd")
		if n := strings.Count(a.body, "\r\n"); n != 62 {
			t.Errorf("the file has %d lines", n)
		}
		one := s.post("/export", "list", "contacts", "of", org.ID.String(), "where", "tag=odd")
		if n := strings.Count(one.body, "\r\n"); n != 2 {
			t.Errorf("what is filtered has %d lines:\n%s", n, one.body)
		}
		s.want(s.post("/export", "list", "organizations", "where", "columns=items"), 200, "Id,Name,Items\r\n", "Calder Freight,61")
		s.want(s.get("/activity"), 200, "export", "Contacts of Calder Freight")
		s.want(s.post("/export", "list", "secrets"), 404)
	})
}

func TestActOnAllThatAListFinds(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Calder Freight"})
		for n := range 60 {
			s.contact(org.ID, fmt.Sprintf("Person %02d", n))
		}
		s.want(s.get("/contacts?q=person"), 200, "select all 60", "of 60")
		all := url.Values{"all": {"1"}, "list": {"contacts"}, "where": {"q=person"}, "action": {"tag"}}
		s.want(s.get("/items/act?"+all.Encode()), 200, "Tag all contacts of the list", "Which tags go on?")
		all.Set("tags", "night shift, vip")
		plan := s.get("/items/act?" + all.Encode())
		s.want(plan, 200, "Tag 60 records", "And 10 more", "The receipt has an Undo")
		done := s.confirm(plan, "/items/act")
		s.want(done, 200, `60 items were tagged`, "Undo")
		s.want(s.get("/contacts?tag=vip"), 200, "select all 60")
		s.want(s.post(done.path+"/undo"), 200, "Taken back")
		s.want(s.get("/contacts?tag=vip"), 200, "Nothing fits")

		s.want(s.get("/items/act?action=delete&all=1&list=contacts&where=q%3Dperson"), 200, "Deleting many at once is switched off", "Account settings")
		status := s.lookup("organization_statuses", "Retired")
		orgs := s.get("/organizations/act?action=status&value=" + status + "&all=1&list=organizations&where=")
		s.want(orgs, 200, "Change the status of Calder Freight", "given the status Retired")
		receipt := s.confirm(orgs, "/organizations/act")
		s.want(receipt, 200, "was given the status Retired")
		s.want(s.get("/organizations?status="+status), 200, "Calder Freight", "Status: Retired")
		s.want(s.post(receipt.path+"/undo"), 200, "Taken back")
		s.want(s.get("/organizations?status="+status), 200, "No organization fits")
	})
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// confirm sends the form of a plan as it stands.
func (s *site) confirm(plan answer, path string) answer {
	s.t.Helper()
	_, form, ok := strings.Cut(plan.body, `<form id="confirm"`)
	if !ok {
		s.t.Fatalf("%s has no plan", plan.path)
	}
	form, _, _ = strings.Cut(form, "</form>")
	var pairs []string
	unquote := strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&")
	for _, m := range hiddenField.FindAllStringSubmatch(form, -1) {
		pairs = append(pairs, m[1], unquote.Replace(m[2]))
	}
	return s.post(path, pairs...)
}

package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/trash"
)

// TestTrashIsFiltered asks for parts of the trash in the address, keeps one as
// a view, and restores without losing it.
func TestTrashIsFiltered(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org, other := s.organization(tenon.Values{"name": "Calder Freight"}), s.organization(tenon.Values{"name": "Birch Legal"})
		iris, ned := s.contact(org.ID, "Iris"), s.contact(other.ID, "Ned")
		for _, i := range []*tenon.Item{iris, ned} {
			form := s.get("/items/act?action=" + trash.ActionDelete + "&id=" + i.ID.String())
			s.want(s.confirm(form, "/items/act"), 200)
		}
		s.want(s.get("/trash"), 200, "Iris", "Ned", "sort=deleted", "sort=name")
		only := "/trash?kind=contact&organization=" + org.ID.String()
		a := s.get(only)
		s.want(a, 200, "Iris", "Kind: Contacts", "Organization: Calder Freight")
		s.lacks(a, ">Ned<")
		s.want(s.get("/trash?kind=document"), 200, "Nothing that was deleted fits")
		s.want(s.get("/trash?q=ne&how=items"), 200, "Ned")
		s.lacks(s.get("/trash?q=ne&how=items"), ">Iris<")
		s.want(s.get("/trash?deleted.to=2001-01-01"), 200, "Nothing that was deleted fits", "Deleted on: until 2001-01-01")
		s.want(s.get("/trash?deleted.from=yesterday"), 422)
		if a := s.get("/trash?organization.name=birch"); !strings.Contains(a.path, "organization="+other.ID.String()) {
			t.Errorf("what was typed leads to %s", a.path)
		}
		s.want(s.get(only+"&show=filter"), 200, "Filter trash", "By the undo of an import", "Deleted by")
		s.want(s.get(only+"&show=views"), 200, "Views of trash", "Save view")
		saved := s.post("/views", "list", "trash", "name", "Contacts of Calder", "query", "kind=contact&organization="+org.ID.String(), "next", only)
		s.want(saved, 200, "Contacts of Calder", "Iris")
		s.want(s.post("/trash/restore", "id", iris.ID.String(), "next", only), 200, "Nothing that was deleted fits", "Kind: Contacts")
		for _, path := range []string{"/trash", only, only + "&show=filter"} {
			before := s.queries.Load()
			s.want(s.get(path), 200)
			if n := s.queries.Load() - before; n > maxQueries {
				t.Errorf("%s needs %d statements", path, n)
			}
		}
	})
}

// TestLogIsSaid reads lines of the log in a language of brackets: words of ours
// are said in it, ids are names, and what people typed is as it was.
func TestLogIsSaid(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", wrapped())
	s.setUp()
	ctx, org := context.Background(), s.organization(tenon.Values{"name": "Calder Freight"})
	must := func(err error) {
		t.Helper()
		s.must(err)
	}
	team, err := s.core.CreateGroup(ctx, s.root, core.GroupChange{Name: ptr("Night shift"), Denied: &[]tenon.Kind{tenon.Password}})
	must(err)
	maker, err := s.core.CreateLookup(ctx, s.root, "manufacturers", core.LookupChange{Name: ptr("Northgate")})
	must(err)
	server, err := s.core.CreateItem(ctx, s.root, tenon.Configuration, org.ID, core.ItemChange{Values: tenon.Values{"name": "CF-SRV-1", "serial_number": "00123"}})
	must(err)
	_, err = s.core.UpdateItem(ctx, s.root, server.ID, core.ItemChange{Values: tenon.Values{"manufacturer_id": int64(maker.ID), "serial_number": "00124"}})
	must(err)
	_, err = s.core.AddPart(ctx, s.root, server.ID, "interface", tenon.Values{"name": "eth0", "ip_address": "10.1.2.3", "primary": true})
	must(err)
	_, err = s.core.Restrict(ctx, s.root, server.ID, []tenon.Subject{{Kind: tenon.SubjectGroup, ID: int64(team.ID)}})
	must(err)
	must(s.core.SetSetting(ctx, s.root, tenon.SettingPrimary, org.ID.String()))
	must(s.core.SetSetting(ctx, s.root, tenon.SettingBulkDelete, "true"))
	form := s.get("/items/act?action=" + trash.ActionArchive + "&id=" + server.ID.String())
	s.want(s.post(s.confirm(form, "/items/act").path+"/undo"), 200)
	s.post("/sign-in", "email", "avery@harbourline.example", "password", "wrong")
	r, err := http.NewRequest(http.MethodGet, s.server.URL+"/activity", nil)
	must(err)
	r.Header.Set("Accept-Language", "en-XA")
	page := s.read(s.client.Do(r))
	s.want(page, 200, "⟦restricted to⟧:</b>  Night shift <", "⟦Manufacturer⟧:</b>  Northgate <", "</b>  00123 → 00124 ", "⟦Interfaces⟧:</b>  eth0, 10.1.2.3, ⟦Primary⟧ <",
		"⟦denied⟧:</b>  ⟦Passwords⟧ <", "⟦Primary organization⟧:</b>  Calder Freight <", "⟦No⟧ → ⟦Yes⟧ <", "⟦reason⟧:</b>  ⟦wrong password⟧ ", ">⟦sign in failed⟧<", ">⟦Configuration⟧<",
		">⟦CF-SRV-1 was archived")
}

// TestLogIsFiltered asks for parts of the activity log in the address.
func TestLogIsFiltered(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org, other := s.organization(tenon.Values{"name": "Calder Freight"}), s.organization(tenon.Values{"name": "Birch Legal"})
		s.contact(org.ID, "Iris")
		s.contact(other.ID, "Ned")
		a := s.get("/activity?kind=contact&organization=" + org.ID.String())
		s.want(a, 200, "Iris", "Kind: Contacts", "Organization: Calder Freight")
		s.lacks(a, ">Ned<", ">Calder Freight</a> <a")
		s.want(s.get("/activity?action=create&kind=organization"), 200, "Birch Legal", "Action: create")
		s.want(s.get("/activity?from=2001-01-01&to=2001-01-02"), 200, "Nothing in the log", "When: 2001-01-01 to 2001-01-02")
		s.want(s.get("/activity?on.from=nonsense"), 422)
		first := s.get("/activity?sort=at")
		s.want(first, 200, `aria-sort="ascending"`)
		s.want(s.get("/activity?show=filter"), 200, "Filter activity", "API keys", "When, from")
		s.want(s.post("/views", "list", "activity", "name", "New contacts", "query", "action=create&kind=contact", "next", "/activity"), 200, "New contacts", "Iris", "Ned")
		s.want(s.get("/organizations/"+org.ID.String()+"/activity?show=filter"), 200, "Filter activity")
		s.want(s.get("/organizations/"+org.ID.String()+"/activity?kind=contact"), 200, "Iris")
		for _, path := range []string{"/activity", "/activity?kind=contact&user=1&organization=" + org.ID.String(), "/activity?show=filter"} {
			before := s.queries.Load()
			s.want(s.get(path), 200)
			if n := s.queries.Load() - before; n > maxQueries {
				t.Errorf("%s needs %d statements", path, n)
			}
		}
	})
}

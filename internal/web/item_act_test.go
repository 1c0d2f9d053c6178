package web_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

func (s *site) contact(org tenon.OrgID, first string) *tenon.Item {
	s.t.Helper()
	i, err := s.core.CreateItem(context.Background(), s.root, tenon.Contact, org, core.ItemChange{Values: tenon.Values{"first_name": first}})
	s.must(err)
	return i
}

func TestItemsLeadToTheirActs(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Calder Freight"})
		a, b, c := s.contact(org.ID, "Iris"), s.contact(org.ID, "Irena"), s.contact(org.ID, "Ned")
		id, list := a.ID.String(), "/organizations/"+org.ID.String()+"/contacts"
		s.want(s.get("/items/"+id), 200, "/items/act?action=archive&amp;id="+id, "/items/act?action=move&amp;id="+id, "/items/act?action=copy&amp;id="+id,
			"/items/act?action=delete&amp;id="+id, "/items/merge?source="+id)
		s.want(s.get(list), 200, `formaction="/items/act"`, `formaction="/items/merge"`, `value="archive"`, `name="id" value="`+id+`"`)

		s.want(s.get("/items/merge?source="+id), 200, "Merge Iris into another")
		s.want(s.get("/items/merge?source="+id+"&into=Zed&target="), 200, "No other contact")
		s.want(s.get("/items/merge?source="+id+"&into=Ire&target="), 200, "/items/merge?source="+id+"&amp;target="+b.ID.String())
		s.want(s.get("/items/merge?id="+id+"&id="+b.ID.String()), 200, "Merge Iris into Irena")
		s.want(s.get("/items/merge?id="+id), 200, "Merge Iris into another")

		req, err := http.NewRequest(http.MethodGet, s.server.URL+"/items/merge?id="+id+"&id="+b.ID.String()+"&id="+c.ID.String(), nil)
		s.must(err)
		req.Header.Set("Referer", s.server.URL+list)
		three := s.read(s.client.Do(req))
		s.want(three, 200, "Two items are merged at a time")
		if three.path != list {
			t.Errorf("three picked rows lead to %s", three.path)
		}
		s.want(s.get("/items/act?action=archive&id="+id+"&id="+b.ID.String()), 200, "Archive 2 records", "Iris", "Irena")
	})
}

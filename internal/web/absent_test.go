package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestTrashedItems asks for records that are in the trash: who could see them
// reads what became of them, everybody else what they read of an id that was
// never given out.
func TestTrashedItems(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		o := s.organization(tenon.Values{"name": "Calder Freight"})
		org := "/organizations/" + o.ID.String()
		open, closed, mate := s.contact(o.ID, "Iris"), s.contact(o.ID, "Ned"), s.contact(o.ID, "Irena")
		path := "/items/" + open.ID.String()
		tom, tomsLink := s.join("Tom", tenon.ReadOnly)
		s.want(s.post(tom+"/grants", "organization", "Calder Freight"), 200)
		zoe, zoesLink := s.join("Zoe", tenon.Editor)
		_, err := s.core.Restrict(context.Background(), s.root, closed.ID, []tenon.Subject{{Kind: tenon.SubjectUser, ID: tenon.ParseID(strings.TrimPrefix(zoe, "/users/"))}})
		s.must(err)

		receipt := s.confirm(s.get("/items/act?action=delete&id="+open.ID.String()), "/items/act")
		s.want(receipt, 200, "Iris")
		s.want(s.confirm(s.get("/items/act?action=delete&id="+closed.ID.String()), "/items/act"), 200, "Ned")
		for _, page := range []string{path, path + "/edit", path + "/history", path + "/activity", "/contacts/" + open.ID.String()} {
			s.want(s.get(page), 404, "Iris is in the trash", "Avery Quill deleted it on", "It is kept until", "Calder Freight", `name="id" value="`+open.ID.String()+`"`, `href="`+receipt.path+`"`)
		}
		s.want(s.post(path, "first_name", "Iris", "last_name", "Holt", "version", "1"), 404, "Iris is in the trash", "What you sent was not saved.")
		s.want(s.get("/items/987654321"), 404, "There is no item 987654321.")
		// learns tells of which records somebody reads more than of an unknown id.
		learns := func(ids ...tenon.ItemID) (out []tenon.ItemID) {
			of := func(id tenon.ItemID) string { return digits.ReplaceAllString(s.get("/items/"+id.String()).body, "N") }
			for _, id := range ids {
				if of(id) != of(987654321) {
					out = append(out, id)
				}
			}
			return out
		}
		s.as(func() {
			s.want(s.post(tomsLink, "password", password), 200)
			a := s.get(path)
			s.want(a, 404, "Iris is in the trash", "A manager or an administrator can restore it.")
			s.lacks(a, `action="/trash/restore"`)
			if got := learns(open.ID, closed.ID); len(got) != 1 || got[0] != open.ID {
				t.Errorf("who reaches the organization learns of %v", got)
			}
		})
		s.as(func() {
			s.want(s.post(zoesLink, "password", password), 200)
			if got := learns(open.ID, closed.ID); len(got) > 0 {
				t.Errorf("who reaches nothing learns of %v", got)
			}
		})

		back := s.post("/trash/restore", "id", open.ID.String(), "next", path)
		s.want(back, 200, "Iris", "restored")
		if back.path != path {
			t.Errorf("the restore leads to %s", back.path)
		}

		// With its organization.
		s.want(s.confirm(s.get(org+"/delete"), "/delete"), 200, "Calder Freight")
		s.want(s.get(path), 404, "Iris is in the trash", "It went with its organization, Calder Freight, which Avery Quill deleted on", "Restore Calder Freight")
		s.want(s.post("/trash/restore", "id", o.ID.String(), "next", path), 200, "Iris")

		// Merged away it leads to what it was merged into, in the trash too.
		s.want(s.confirm(s.get("/items/merge?source="+open.ID.String()+"&target="+mate.ID.String()), "/items/merge"), 200, "Irena")
		led := s.get(path + "/history")
		s.want(led, 200, "Iris was merged into this record.")
		if led.path != "/items/"+mate.ID.String()+"/history" {
			t.Errorf("a merged record leads to %s", led.path)
		}
		s.want(s.post(path, "first_name", "Iris"), 409, "Iris was merged into another record meanwhile.")
		s.confirm(s.get("/items/act?action=delete&id="+mate.ID.String()), "/items/act")
		s.want(s.get(path), 404, "Irena is in the trash")

		// Purged it is as if it had never been.
		plan, err := s.engines.trash.PlanPurge(context.Background(), s.root, nil, []tenon.ItemID{closed.ID})
		s.must(err)
		plan.Typed = plan.MustType
		_, err = s.engines.trash.Run(context.Background(), s.root, plan)
		s.must(err)
		s.want(s.get("/items/"+closed.ID.String()), 404, "There is no item")
		s.must(s.jobs.Drain(context.Background()))
		s.want(s.get("/items/"+closed.ID.String()), 404, "There is no item")
	})
}

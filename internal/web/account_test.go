package web_test

import (
	"regexp"
	"testing"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.want(s.get("/settings"), 200, `value="Harbourline IT"`)
		s.want(s.post("/settings", "account_name", "Harbourline", "trash_days", "0", "primary_binder", ""), 422, `value="Harbourline"`)
		s.want(s.post("/settings", "account_name", "Harbourline", "trash_days", "60", "primary_binder", "", "allow_bulk_delete", "1"), 200, "The settings were saved", `value="60"`)
		iris := s.post("/users", "name", "Iris Holt", "email", "iris@harbourline.example", "role", "editor")
		s.want(iris, 200, "Iris Holt", "Not invited yet")
		a := s.post(iris.path + "/link")
		s.want(a, 200, "Iris Holt", "shown only now")
		link := regexp.MustCompile(`/link/[A-Za-z0-9_]+`).FindString(a.body)
		s.want(s.get("/self/security"), 200, "This one")
		s.want(s.post("/self/password", "current", password, "password", "short"), 422, "needs at least 12")
		admin := s.client
		s.client = s.browser()
		s.want(s.get(link), 200, "Iris Holt")
		s.want(s.post(link, "password", "copper hill brewery yard"), 200, "You are signed in")
		s.want(s.get("/users"), 403, "Not allowed")
		s.want(s.get("/settings"), 403, "Not allowed")
		s.client = admin
	})
}

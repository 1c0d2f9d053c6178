package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
)

var seedShown = regexp.MustCompile(`name="seed" value="([A-Z2-7]+)"`)

// codeOf is what the app shows for the seed, a while later: every code works
// only once.
func (s *site) codeOf(seed string) string {
	s.t.Helper()
	s.clock.Advance(time.Minute)
	totp, err := secret.ParseTOTP(secret.NewText(seed))
	s.must(err)
	code, _, err := totp.Code(s.clock.Now())
	s.must(err)
	return code.Reveal()
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
		p := s.post(org+"/passwords", "name", "Firewall", "password", "mq7-Lantern-04")
		s.want(p, 200, "Firewall was created")
		s.want(s.get("/self/security"), 200, "Second factor", "/self/factor")
		page := s.get("/self/factor")
		s.want(page, 200, "otpauth://totp/")
		found := seedShown.FindStringSubmatch(page.body)
		if found == nil {
			t.Fatal("the page shows no seed")
		}
		seed := found[1]
		s.want(s.post("/self/factor", "seed", seed, "code", "12"), 422, "The code is wrong", seed)
		s.want(s.post("/self/factor", "seed", seed, "code", s.codeOf(seed)), 200, "The second factor is on", "Your recovery codes")
		s.want(s.get("/self/security"), 200, "10 recovery codes left", "Switch off")
		s.want(s.post(p.path+"/reveal", "field", "password"), 200, "mq7-Lantern-04")

		s.clock.Advance(tenon.FactorFresh + time.Minute)
		asked := s.post(p.path+"/reveal", "field", "password")
		s.want(asked, 403, `name="code"`)
		if strings.Contains(asked.body, "mq7-Lantern-04") {
			t.Error("the secret is shown without a fresh code")
		}
		s.want(s.post(p.path+"/reveal", "field", "password", "code", "12"), 422, "The code is wrong")
		s.want(s.post(p.path+"/reveal", "field", "password", "code", s.codeOf(seed)), 200, "mq7-Lantern-04")

		s.clock.Advance(tenon.FactorFresh + time.Minute)
		off := "/users/" + s.self().String() + "/factor/off"
		proof := s.post(off)
		s.want(proof, 200, "Is it you?", `action="/self/prove"`)
		s.want(s.post("/self/prove", "next", "https://evil.example/", "code", "12"), 422, "The code is wrong")
		on := s.post("/self/prove", "next", "/self", "code", s.codeOf(seed))
		s.want(on, 200, "Your second factor was checked")
		if on.path != "/self" {
			t.Errorf("after the proof the browser is at %s", on.path)
		}
		s.want(s.post(off), 200, "The second factor was switched off", "/self/factor")
	})
}

var switchOff = regexp.MustCompile(`/users/(\d+)/factor/off`)

// self is the id of who is signed in, and has a second factor.
func (s *site) self() tenon.UserID {
	s.t.Helper()
	found := switchOff.FindStringSubmatch(s.get("/self/security").body)
	if found == nil {
		s.t.Fatal("the second factor cannot be switched off")
	}
	return tenon.UserID(tenon.ParseID(found[1]))
}

func TestProblemsKeepTheMenus(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		if a := s.get("/nowhere"); a.status != 404 || strings.Contains(a.body, "/sign-out") {
			t.Errorf("an unknown address, not signed in: %d", a.status)
		}
		s.setUp()
		for _, path := range []string{"/nowhere", "/organizations/999999", "/items/x"} {
			a := s.get(path)
			s.want(a, 404, "Nothing here", "/sign-out", `aria-label="Main`)
			if n := strings.Count(a.body, "<h1"); n != 1 {
				t.Errorf("%s has %d headings of the first rank", path, n)
			}
		}
	})
}

func TestRestoreVersion(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		o := s.post("/organizations", "name", "Calder Freight")
		s.want(s.post(o.path, "name", "Calder Haulage", "version", "1"), 200, "Calder Haulage was saved")
		history := s.get(o.path + "/history")
		s.want(history, 200, o.path+"/history/1/restore")
		if strings.Contains(history.body, "/history/2/restore") {
			t.Error("what it says now can be restored")
		}
		s.want(s.post(o.path+"/history/1/restore"), 200, "Calder Freight says again what it said at version 1")

		i := s.post(o.path+"/contacts", "first_name", "Iris")
		s.want(s.post(i.path, "first_name", "Irena", "version", "1"), 200, "Irena was saved")
		s.want(s.get(i.path+"/history"), 200, i.path+"/history/1/restore")
		s.want(s.post(i.path+"/history/1/restore"), 200, "Iris says again what it said at version 1")
		s.want(s.post(i.path+"/history/99/restore"), 404)
	})
}

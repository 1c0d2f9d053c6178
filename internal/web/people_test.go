package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
)

const adminEmail = "avery@harbourline.example"

func ptr[T any](x T) *T { return &x }

var linkShown = regexp.MustCompile(`/link/[A-Za-z0-9_]+`)

// join makes a user and returns the address of their page and a link to choose a password.
func (s *site) join(name string, role tenon.Role, more ...string) (path, link string) {
	s.t.Helper()
	u := s.post("/users", append([]string{"name", name, "email", strings.ToLower(name) + "@harbourline.example", "role", string(role)}, more...)...)
	s.want(u, 200, name)
	link = linkShown.FindString(s.post(u.path + "/link").body)
	if link == "" {
		s.t.Fatal("the page shows no link")
	}
	return u.path, link
}

// as runs fn in another browser.
func (s *site) as(fn func()) {
	was := s.client
	s.client = s.browser()
	fn()
	s.client = was
}

func TestUserPages(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.organization(tenon.Values{"name": "Calder Freight"})
		s.want(s.get("/users/new"), 200, "Invite somebody", "Mail a link", "No mail server is set")
		s.want(s.post("/users", "name", "", "email", "no", "role", "editor"), 422, `value="no"`)
		invited := s.post("/users", "name", "Mia", "email", "mia@harbourline.example", "role", "editor", "invite", "1")
		s.want(invited, 200, "was invited", "Invited", "has not chosen a password yet")
		s.clock.Advance(25 * time.Hour)
		s.signInAgain()
		s.want(s.get(invited.path), 200, "Invitation expired")
		s.want(s.get("/users?state=invited"), 200, "Mia", "Invitation expired")
		s.want(s.post(invited.path+"/mail"), 200, "works no more", "Invited")

		path, link := s.join("Iris", tenon.Editor)
		s.want(s.get(path), 200, "No organization is reached")
		s.want(s.post(path+"/grants", "organization", "Nobody knows"), 200, "nothing is called")
		s.want(s.post(path+"/grants", "organization", "calder freight"), 200, "was given to Iris", "Take away")
		s.want(s.get(path+"/edit"), 200, `value="Iris"`)
		s.want(s.post(path, "name", "Irena", "email", "iris@harbourline.example", "role", "creator"), 200, "Irena was saved", "Creator")

		var key secret.Text
		s.want(s.get(link), 410, "used already or is too old") // with the role of then
		fresh := linkShown.FindString(s.post(path + "/link").body)
		s.as(func() {
			s.want(s.post(fresh, "password", "copper hill brewery yard"), 200, "You are signed in")
			made := s.post("/self/keys", "name", "Backup", "days", "30", "passwords", "1")
			s.want(made, 200, "is shown only now", "Password access")
			key = secret.NewText(regexp.MustCompile(`tnn_[a-z0-9]+_[A-Z0-9]+`).FindString(made.body))
			s.want(s.get("/self"), 200, "Calder Freight")
			s.want(s.get("/self/security"), 200, "Signed in with one-time link", "This one")
			s.want(s.get("/users"), 403)
			who := s.client
			admin := s.browser()
			s.client = admin
			s.signInAgain()
			s.want(s.get(path+"/security"), 200, "Backup", "Signed in with one-time link")
			s.want(s.get("/keys"), 200, "Backup", "Irena")
			// Disabling ends sessions and keys with the next request.
			s.want(s.post(path+"/state", "state", "disabled"), 200, "can no longer sign in", "Disabled")
			s.client = who
			s.want(s.get("/self"), 200, "Sign in", "Forgot your password?")
		})
		if _, err := s.core.KeyViewer(t.Context(), key); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("the key of somebody disabled goes on: %v", err)
		}
		s.want(s.get("/users?state=disabled"), 200, "Irena")
		s.want(s.post(path+"/grants/end", "id", "0", "name", "x"), 200)
		s.want(s.get("/activity"), 200, "disable")
	})
}

// signInAgain signs the administrator in.
func (s *site) signInAgain() {
	s.t.Helper()
	s.want(s.post("/sign-in", "email", adminEmail, "password", password), 200, "Home")
}

func TestGroupPages(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.organization(tenon.Values{"name": "Calder Freight"})
		path, _ := s.join("Iris", tenon.Editor)
		s.want(s.get("/groups"), 200, "No groups yet")
		s.want(s.post("/groups", "name", ""), 422)
		g := s.post("/groups", "name", "Night shift", "denied", "password")
		s.want(g, 200, "Night shift was saved", "Nobody is in this group yet", "Passwords")
		s.want(s.post(g.path+"/members", "email", "nobody@harbourline.example"), 200, "no user with the e-mail address")
		s.want(s.post(g.path+"/members", "email", "iris@harbourline.example"), 200, "Iris is in Night shift now")
		s.want(s.post(g.path+"/grants", "organization", "Calder Freight"), 200, "was given to Night shift")
		s.want(s.get(path), 200, "through Night shift", "Passwords", "Night shift")
		s.want(s.get(g.path+"/edit"), 200, `value="password"`)
		s.want(s.post(g.path, "name", "Night"), 200, "Night was saved")
		s.want(s.get("/groups"), 200, "Night", "Nothing")
		s.want(s.get(g.path+"/delete"), 200, "1 member loses", "1 organization", "No restricted item names it")
		id := strings.TrimPrefix(path, "/users/")
		s.want(s.post(g.path+"/members/end", "id", id, "name", "Iris"), 200, "no longer in Night")
		s.want(s.post(g.path+"/delete"), 200, "Night was deleted", "No groups yet")
		s.want(s.get(g.path), 404)
	})
}

// TestOrganizationsOfNobody opens the list as somebody who reaches none of those
// that there are.
func TestOrganizationsOfNobody(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.organization(tenon.Values{"name": "Calder Freight"})
		_, link := s.join("Iris", tenon.Editor)
		s.as(func() {
			s.want(s.post(link, "password", password, "again", password), 200)
			a := s.get("/organizations")
			s.want(a, 200, "You reach no organization yet", "Ask an administrator")
			if strings.Contains(a.body, "Calder Freight") {
				t.Error("the list names what is not reached")
			}
		})
	})
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.as(func() {
			s.want(s.get("/sign-in"), 200, `href="/forgot"`)
			s.want(s.get("/forgot"), 200, "Mail me a link")
			known := s.post("/forgot", "email", adminEmail)
			unknown := s.post("/forgot", "email", "nobody@harbourline.example")
			s.want(known, 200, "Look into your mailbox")
			if strings.ReplaceAll(known.body, adminEmail, "X") != strings.ReplaceAll(unknown.body, "nobody@harbourline.example", "X") {
				t.Error("the answer tells who has an account")
			}
			s.want(s.post("/forgot", "email", "x"), 422, "is not an e-mail address")
			for range 3 {
				s.post("/forgot", "email", "a@b.example")
			}
			s.want(s.post("/forgot", "email", "a@b.example"), 429, "several times")
		})
		s.want(s.get("/settings/mail"), 200, "No mail server is set", "Choose a new password")
		s.want(s.post("/settings/mail/test"), 200, "No mail server is set, so nothing is sent")
		s.want(s.get("/integrations"), 200, "Nothing is connected", "tenon import csv", `href="/import"`)
	})
}

func TestRecoveryCodePages(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		seed := seedShown.FindStringSubmatch(s.get("/self/factor").body)[1]
		page := s.post("/self/factor", "seed", seed, "code", s.codeOf(seed))
		s.want(page, 200, "Your recovery codes", "shown only now")
		codes := regexp.MustCompile(`<li>([a-z2-7]{6}(?:-[a-z2-7]{6}){3})</li>`).FindAllStringSubmatch(page.body, -1)
		if len(codes) != 10 {
			t.Fatalf("%d codes are shown, want 10", len(codes))
		}
		file := s.read(s.client.PostForm(s.server.URL+"/self/recovery/file", url.Values{"recovery": {codes[0][1], codes[1][1]}}))
		s.want(file, 200, codes[0][1], codes[1][1])
		s.want(s.post("/self/recovery/file", "recovery", "<script>"), 422)
		s.as(func() {
			first := s.post("/sign-in", "email", adminEmail, "password", password)
			s.want(first, 200, "Use a recovery code")
			pending := regexp.MustCompile(`name="pending" value="([^"]+)"`).FindStringSubmatch(first.body)[1]
			s.want(s.post("/sign-in", "pending", pending, "recovery", codes[0][1], "next", "/self/security"), 200, "9 recovery codes left", "Signed in with password and recovery code")
			s.want(s.post("/self/recovery"), 200, "replace the ones before")
		})
	})
}

func TestFreshProofPage(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.clock.Advance(tenon.FactorFresh + time.Minute)
		s.want(s.post("/self/keys", "name", "Backup", "days", "30"), 200, "Is it you?", "Your password")
		asked := s.post("/self/keys", "name", "Nightly backup", "days", "30")
		s.want(asked, 200, "Is it you?")
		s.lacks(asked, "Nightly backup")
		if strings.Contains(asked.path, "draft") {
			t.Errorf("what was typed stands in the address %s", asked.path)
		}
		draft := regexp.MustCompile(`name="draft" value="([^"]+)"`).FindStringSubmatch(asked.body)[1]
		wrong := s.post("/self/prove", "password", "wrong", "next", "/self/keys", "draft", draft)
		s.want(wrong, 422, "The password is wrong", draft)
		again := s.post("/self/prove", "password", password, "next", "/self/keys", "draft", draft)
		s.want(again, 200, "What you typed is still here", "Nightly backup", `action="/self/keys"`, "Send it now")
		s.want(s.post("/self/keys", "name", "Nightly backup", "days", "30"), 200, "is shown only now")

		s.clock.Advance(tenon.FactorFresh + time.Minute)
		s.want(s.post("/self/prove", "password", "wrong", "next", "/self/keys"), 422, "The password is wrong")
		proved := s.post("/self/prove", "password", password, "next", "/self/keys")
		s.want(proved, 200, "Your password was checked")
		if proved.path != "/self/keys" {
			t.Errorf("after the proof the browser is at %s", proved.path)
		}
		s.want(s.post("/self/keys", "name", "Backup", "days", "30"), 200, "is shown only now")
		s.want(s.post("/self/password", "current", password, "password", "copper hill brewery yard"), 200, "The password was changed", "2 API keys go on working")
		s.want(s.post("/self", "name", "Ada", "email", "ada@harbourline.example"), 200, "you sign in with ada@harbourline.example")
		s.want(s.post("/self/sessions/end", "everywhere", "1"), 200, "Sign in")
	})
}

func TestTimeZone(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.want(s.get("/settings"), 200, `value="UTC" selected`)
		s.want(s.post("/settings", "account_name", "H", "trash_days", "30", "reveals_per_hour", "60", "key_reveals_per_hour", "1000", "time_zone", "Mars/Olympus"), 422, "There is no time zone")
		s.want(s.post("/settings", "account_name", "H", "trash_days", "30", "reveals_per_hour", "60", "key_reveals_per_hour", "1000", "time_zone", "Asia/Tokyo"), 200, `value="Asia/Tokyo" selected`)
		s.want(s.get("/activity"), 200, "JST")
	})
}

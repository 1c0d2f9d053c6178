package web_test

import (
	"context"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// hidden returns the value of a hidden field of a page.
func (s *site) hidden(a answer, name string) string {
	s.t.Helper()
	m := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		s.t.Fatalf("%s: the page has no hidden field %q", a.path, name)
	}
	return html.UnescapeString(m[1])
}

// lacks checks that a page does not show something.
func (s *site) lacks(a answer, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			s.t.Errorf("%s: the page has %q", a.path, text)
		}
	}
}

// typedValue is what a person may type into a field of a form.
func typedValue(f *tenon.Field) string {
	switch f.Type {
	case tenon.Number:
		return "3"
	case tenon.Bool:
		return "1"
	case tenon.Date:
		return "2027-03-01"
	case tenon.Moment:
		return "2027-03-01T08:00:00Z"
	case tenon.IP:
		return "10.0.0.7"
	case tenon.MAC:
		return "00:11:22:33:44:55"
	case tenon.Email:
		return "iris@calder.example"
	case tenon.Emails:
		return "iris@calder.example | Work"
	case tenon.Phone:
		return "+1 312 555 0100"
	case tenon.Phones:
		return "+1 312 555 0100 | Desk"
	case tenon.URL:
		return "https://calder.example/"
	case tenon.Choice:
		return f.Options[0]
	case tenon.Secret:
		if f.Name == "otp_secret" {
			return "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		}
		return "mq7-Lantern-04-plover"
	case tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.UserRef, tenon.GroupRef, tenon.File, tenon.Object:
		return ""
	}
	return "typed " + strings.ReplaceAll(f.Name, "_", " ")
}

func TestEveryKindHasItsPages(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		flex, err := s.core.CreateFlexType(context.Background(), s.root, tenon.FlexType{Name: "Wi-Fi", Enabled: true, Fields: []tenon.FlexField{{Name: "SSID", Kind: tenon.FlexText, UseForTitle: true}}})
		s.must(err)
		org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
		for i := range tenon.Kinds {
			k := &tenon.Kinds[i]
			pairs := []string{"tags", "quay, depot"}
			for n := range k.Fields {
				if text := typedValue(&k.Fields[n]); text != "" && !k.Fields[n].ReadOnly {
					pairs = append(pairs, k.Fields[n].Name, text)
				}
			}
			name := "typed name"
			switch k.Kind {
			case tenon.FlexibleAsset:
				name, pairs = "Guest network", append(pairs, k.Type, flex.ID.String(), "traits.ssid", "Guest network")
			case tenon.Contact:
				name = "typed first name typed last name"
			case tenon.Ticket:
				name = "typed subject"
			}
			form := s.get(org + "/" + k.Plural + "/new" + map[bool]string{true: "?type=" + flex.ID.String()}[k.Kind == tenon.FlexibleAsset])
			s.want(form, 200, "Create ")
			pairs = append(pairs, "once", s.hidden(form, "once"))
			a := s.post(org+"/"+k.Plural, pairs...)
			s.want(a, 200, name+" was created")
			path := strings.TrimSuffix(a.path, "/edit") // a document goes on with its text
			a = s.get(path)
			s.want(a, 200, "Related items", "Attachments", "Activity")
			s.lacks(a, "mq7-Lantern-04-plover", "JBSWY3DPEHPK3PXP")
			before := s.queries.Load()
			s.want(s.get(path), 200, name, "depot", "Not linked")
			if n := s.queries.Load() - before; n > maxQueries {
				t.Errorf("the page of a %s needs %d statements, more than %d", k.Label, n, maxQueries)
			}
			s.want(s.get(path+"/edit"), 200, `value="quay, depot"`)
			changed := slices.Clone(pairs[:len(pairs)-2])
			changed[1] = "quay"
			s.want(s.post(path, append(changed, "version", "1")...), 200, "was saved")
			s.want(s.get(path+"/history"), 200, "Version 2", "Restore this version")
			s.want(s.get(path+"/history/compare?a=1&b=2"), 200, "Different", "quay, depot")
			s.want(s.post(path+"/history/1/restore"), 200, "at version 1")
			s.want(s.get(path), 200, "depot")
		}
	})
}

func TestFormsSentTwiceMakeOne(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		once := s.hidden(s.get("/organizations/new"), "once")
		s.want(s.post("/organizations", "name", "Calder Freight", "once", once), 200, "Calder Freight was created")
		s.clock.Advance(time.Minute) // within a second it is a double click
		a := s.post("/organizations", "name", "Calder Freight", "once", once)
		s.want(a, 200, "It was carried out once", "<h1>")
		if !strings.HasPrefix(a.path, "/organizations/") {
			t.Errorf("the second answer leads to %s", a.path)
		}
		again := s.post("/organizations", "name", "Calder Freight Depots", "once", once)
		s.want(again, 200, "This form was sent before", `value="Calder Freight Depots"`)
		if s.hidden(again, "once") == once {
			t.Error("the form that is shown again would be refused again")
		}
		page, _, err := s.core.Organizations(context.Background(), s.root, store.OrgQuery{})
		s.must(err)
		if len(page) != 1 {
			t.Errorf("there are %d organizations, want 1", len(page))
		}
		s.want(s.post("/organizations", "name", "", "once", s.hidden(again, "once")), 422, "Name is required")
		s.want(s.post("/organizations", "name", "Calder Freight Depots", "once", s.hidden(again, "once")), 200, "Calder Freight Depots was created")
	})
}

func TestTwoPeopleEditOneRecord(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		o := s.organization(tenon.Values{"name": "Calder Freight", "notes": "as it was", "short_name": "CALD"})
		org := "/organizations/" + o.ID.String()
		s.want(s.post(org, "name", "Calder Depots", "notes", "theirs", "short_name", "CALD", "details", "new there", "version", "1"), 200, "was saved")
		a := s.post(org, "name", "Calder Freight", "notes", "mine", "short_name", "CF", "details", "", "version", "1")
		s.want(a, 409, "Changed by both of you", "theirs", "mine", "as it was", "1 field was changed only by you", "2 fields were changed only by the other", `value="Calder Depots"`, `name="version" value="2"`)
		s.want(s.post(org, "name", "Calder Depots", "notes", "mine", "short_name", "CF", "details", "new there", "version", "2", "conflict.base", "1", "conflict.field", "notes"), 422, "Choose which value to keep", "theirs", "mine")
		s.want(s.post(org, "name", "Calder Depots", "notes", "mine", "short_name", "CF", "details", "new there", "version", "2", "conflict.base", "1", "conflict.field", "notes", "conflict.take.notes", "saved"), 200, "was saved", "theirs", "new there")
		got, err := s.core.Organization(context.Background(), s.root, o.ID)
		s.must(err)
		if v := got.Values; v.Text("notes") != "theirs" || v.Text("short_name") != "CF" || v.Text("name") != "Calder Depots" {
			t.Errorf("saved together: %s", v.JSON())
		}

		p := s.post(org+"/passwords", "name", "Firewall", "password", "first value 1", "tags", "a")
		s.want(s.post(p.path, "name", "Firewall", "password", "their value 2", "tags", "a, b", "version", "1"), 200, "was saved")
		c := s.post(p.path, "name", "Firewall", "password", "my value 3", "tags", "a, c", "version", "1")
		s.want(c, 409, "The value you typed", "a, b", "a, c", `value="my value 3"`)
		s.lacks(c, "their value 2", "first value 1")
		s.want(s.post(p.path, "name", "Firewall", "password", "my value 3", "tags", "a, c", "version", "2", "conflict.base", "1", "conflict.field", "password", "conflict.field", "tags",
			"conflict.take.password", "typed", "conflict.take.tags", "saved"), 200, "was saved")
		s.want(s.post(p.path+"/reveal", "field", "password"), 200, "my value 3", "bits by our own estimate")
		i, err := s.core.Item(context.Background(), s.root, itemIDOf(p.path))
		s.must(err)
		if !slices.Equal(i.Tags, []string{"a", "b"}) {
			t.Errorf("the tags are %v", i.Tags)
		}
	})
}

func TestFormsOutliveTheSession(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
		s.want(s.get(org+"/contacts/new"), 200)
		s.want(s.post("/sign-out"), 200, "Sign in")
		a := s.post(org+"/contacts", "first_name", "Iris", "notes", "typed at length")
		s.want(a, 401, "What you typed is kept")
		s.lacks(a, "typed at length")
		draft := s.hidden(a, "draft")
		wrong := s.post("/sign-in", "email", "avery@harbourline.example", "password", "no no no no no", "draft", draft)
		s.want(wrong, 401, "is wrong")
		if s.hidden(wrong, "draft") != draft {
			t.Error("a wrong password loses what was typed")
		}
		back := s.post("/sign-in", "email", "avery@harbourline.example", "password", password, "draft", draft)
		s.want(back, 200, "Nothing was saved yet", "typed at length", `value="Iris"`, `action="`+org+`/contacts"`)
		s.lacks(s.get(org+"/contacts"), "Iris")
		s.want(s.post(org+"/contacts", "first_name", "Iris", "notes", "typed at length", "once", s.hidden(back, "once")), 200, "Iris was created")

		// Somebody else at the same browser does not get it.
		s.want(s.post("/sign-out"), 200)
		kept := s.hidden(s.post("/items/1/related", "to", "Iris", "notes", "a long note"), "draft")
		other := s.user("Rowan Vale", "rowan@harbourline.example")
		s.lacks(s.post("/sign-in", "email", other, "password", password, "draft", kept), "a long note")
		s.want(s.post("/sign-out"), 200)
		s.want(s.post("/sign-in", "email", "avery@harbourline.example", "password", password, "draft", kept), 200, "What you typed is still here", "a long note", "Send it now")
		s.clock.Advance(13 * time.Hour)
		s.want(s.post("/sign-out"), 200)
		s.lacks(s.post("/sign-in", "email", "avery@harbourline.example", "password", password, "draft", kept), "a long note")
	})
}

func TestWhatHangsOnAnItem(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		first, second := s.organization(tenon.Values{"name": "Calder Freight"}), s.organization(tenon.Values{"name": "Quay Mill"})
		org := "/organizations/" + first.ID.String()
		srv := s.post(org+"/configurations", "name", "CF-SRV-01", "manufacturer_id.new", "Brandt", "model_id.new", "B-200", "warranty_expires_at", "2020-01-01").path
		s.want(s.get(srv), 200, "Brandt", "B-200", "Expired", "New embedded password")
		s.want(s.get(srv+"?add=interface"), 200, "Add interface")
		s.want(s.post(srv+"/parts", "list", "interface", "name", "eth0", "ip_address", "not an address"), 422, "eth0", "not an address")
		a := s.post(srv+"/parts", "list", "interface", "name", "eth0", "ip_address", "10.0.0.9")
		s.want(a, 200, "The interface was added", "10.0.0.9")
		part := s.hidden(a, "part")
		s.want(s.get(srv+"?part="+part), 200, "Save interface", `value="eth0"`)
		s.want(s.post(srv+"/parts", "list", "interface", "part", part, "name", "eth1"), 200, "eth1")
		s.want(s.post(srv+"/parts/remove", "part", part), 200, "The entry was removed")

		c := s.post(org+"/contacts", "first_name", "Iris", "last_name", "Holt").path
		s.want(s.post(srv+"/related", "to", "Nobody at all"), 422, "Nothing is called", "Nobody at all")
		s.want(s.post(srv+"/related", "to", "Iris Holt", "notes", "looks after it"), 200, "Iris Holt is related now", "looks after it")
		far := s.get(c)
		s.want(far, 200, "CF-SRV-01", "looks after it", "Default")
		s.want(s.post(c+"/related/remove", "relation", s.hidden(far, "relation")), 200, "no longer related")
		s.want(s.post(c+"/members", "organization", "Quay Mill"), 200, "Make default")
		s.clock.Advance(time.Minute)
		s.want(s.post(c+"/members", "organization", "Quay Mill"), 422, "already")
		s.want(s.post(c+"/members/remove", "organization", second.ID.String()), 200, "no longer a member")

		s.want(s.get(org+"/passwords/new?resource_id="+itemIDOf(srv).String()), 200, `value="CF-SRV-01"`)
		s.want(s.post(org+"/passwords", "name", "Root of it", "resource_id", "CF-SRV-01", "password", "x"), 200, "Embedded in")
		s.want(s.get(srv), 200, "Root of it")

		s.want(s.get(srv+"/access"), 200, "All users with access to Calder Freight can access this configuration", "Specific groups and/or users")
		s.want(s.post(srv+"/access", "access", "specific"), 422, "Choose at least one")
		s.user("Rowan Vale", "rowan@harbourline.example")
		users, _, err := s.core.Users(context.Background(), s.root, store.UserQuery{})
		s.must(err)
		s.want(s.post(srv+"/access", "access", "specific", "user", users[len(users)-1].ID.String()), 200, "Restricted", users[len(users)-1].Name)
		s.want(s.post(srv+"/access", "access", "all"), 200, "All users with access to Calder Freight can access CF-SRV-01 now")
	})
}

func TestPasswordPages(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
		p := s.post(org+"/passwords", "name", "Firewall", "password", "first-Value-1", "otp_secret", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").path
		s.want(s.post(p, "name", "Firewall", "password", "second-Value-2", "version", "1"), 200, "was saved")
		s.want(s.post(p, "name", "Firewall at the quay", "version", "2"), 200, "was saved")
		list := s.get(p + "/secrets?field=password")
		s.want(list, 200, "Version 2, now", "Version 1")
		s.lacks(list, "first-Value-1", "second-Value-2", "Version 3")
		s.want(s.post(p+"/secrets", "field", "password", "version", "1"), 200, "first-Value-1")
		s.want(s.get(p+"/activity"), 200, "reveal", "version 1")
		s.want(s.get(p+"/secrets?field=otp_secret"), 404)
		s.want(s.post(p+"/reveal", "field", "otp_secret"), 200, "s left", `data-bar="secret"`)
		s.lacks(s.get(p), "first-Value-1", "second-Value-2")
		g := s.post(org+"/passwords", "name", "Made", "generate", "password", "generate.sort", "phrase", "generate.words", "4")
		s.want(g, 200, `value="Made"`, "Generated", "bits by our own estimate")
		s.want(s.post(org+"/passwords", "name", "Made", "generate", "password", "generate.length", "2"), 200, "between 4 and 256")
		s.want(s.post("/strength", "value", "password1"), 200, "Very weak")
	})
}

func TestComparingTwoRecords(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
		a := itemIDOf(s.post(org+"/contacts", "first_name", "Iris", "last_name", "Holt", "title", "Manager", "important", "1").path).String()
		b := itemIDOf(s.post(org+"/contacts", "first_name", "I.", "last_name", "Holt", "title", "Director").path).String()
		c := itemIDOf(s.post(org+"/domains", "name", "calder.example").path).String()
		pair := "/items/compare?a=" + a + "&b=" + b
		s.want(s.get(pair), 200, "Manager", "Director", "Not linked", "Merge into the other", "/items/merge?source="+a+"&amp;target="+b, "Delete…")
		s.want(s.get("/items/compare?id="+a+"&id="+b), 200, "Manager", "Director")
		s.want(s.get("/items/compare?a="+a+"&b="+c), 422, "Iris Holt (contact) and calder.example (domain) are of different kinds. Only records of one kind")
		s.want(s.get("/items/compare?a="+a), 200, "Name of the other contact")
		form := s.get(pair + "&edit=b")
		s.want(form, 200, `form="compare-edit"`, `value="Director"`)
		saved := s.post("/items/"+b, "first_name", "Iris", "last_name", "Holt", "title", "Director", "version", s.hidden(form, "version"), "back", s.hidden(form, "back"))
		s.want(saved, 200, "was saved", "Compare two contacts")
		if saved.path != pair {
			t.Errorf("after saving the browser is at %s", saved.path)
		}
	})
}

func itemIDOf(path string) tenon.ItemID {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "/items/"), "#")
	return tenon.ItemID(tenon.ParseID(path))
}

// user makes somebody who can sign in, and returns the address.
func (s *site) user(name, email string) string {
	s.t.Helper()
	role, all := tenon.Editor, true
	u, err := s.core.CreateUser(context.Background(), s.root, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &all})
	s.must(err)
	link, err := s.core.PasswordLink(context.Background(), s.root, u.ID)
	s.must(err)
	_, _, err = s.core.RedeemLink(context.Background(), link, "", "", secret.NewText(password), "127.0.0.1", "test")
	s.must(err)
	return email
}

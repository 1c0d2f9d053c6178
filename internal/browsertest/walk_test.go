package browsertest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
)

// stage is what a walk has: the site, the browser, and the administrator's page.
type stage struct {
	*testing.T
	site    *browsertest.Site
	browser *browsertest.Browser
}

// page opens a page of the administrator.
func (s *stage) page() *browsertest.Page {
	return s.browser.Page(s.T, s.site, s.site.Session, browsertest.Screen{})
}

// walk is a way through the screens. Each makes what it walks through, so that
// they can go side by side.
type walk struct {
	name string
	walk func(s *stage)
}

// TestBrowser walks through the screens in one browser: through all of them on
// one database, and what a first day brings on the other.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := browsertest.Launch(t)
	sites := []struct {
		engine  string
		options browsertest.SiteOptions
		walks   []walk
	}{
		{"sqlite", browsertest.SiteOptions{Organizations: 40, Items: 600}, []walk{
			{"merge", walkMerge},
		}},
		{"postgresql", browsertest.SiteOptions{Fresh: true}, []walk{
			{"first day", walkFirstDay},
		}},
	}
	for _, at := range sites {
		t.Run(at.engine, func(t *testing.T) {
			t.Parallel()
			site := browsertest.Serve(t, at.engine, at.options)
			for _, w := range at.walks {
				t.Run(w.name, func(t *testing.T) {
					t.Parallel()
					w.walk(&stage{t, site, browser})
				})
			}
		})
	}
}

// walkFirstDay is the way of a first administrator: the one-time link, two
// organizations, a change, finding one again, and merging them.
func walkFirstDay(s *stage) {
	link, err := s.site.App.Core.FirstLink(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	p := s.browser.Page(s.T, s.site, "", browsertest.Screen{})
	p.Open("/link/"+link.Reveal()).Fill("^Name of your company", "Harbourline IT").Fill("^Your name", "Avery Quill").
		Fill("^Your e-mail address", "avery@harbourline.example").Fill("^Password", browsertest.Password)
	p.Follow("^Set up and sign in").Sees("You are signed in")

	p.Follow("New").Fill("^Name", "Calder Freight").Fill("^Tags", "freight, depot")
	p.Follow("^(Create organization|Save)$").Sees("Calder Freight", "depot")
	p.Follow("^Edit").Fill("^Short name", "CALD")
	p.Follow("^Save").Sees("was saved", "CALD")
	source := p.Path()

	p.Open("/organizations/new").Fill("^Name", "Calder Freight & Depots")
	p.Follow("^(Create organization|Save)$").Sees("Calder Freight & Depots")
	target := p.Path()
	p.Leave("search", func() error {
		return errors.Join(p.Field("^Search").Input("calder"), p.Field("^Search").Type(input.Enter))
	})
	p.Follow("^Calder Freight$").At("^" + source + "$")

	p.Follow("^Merge…?").Text("calder").Click("^Calder Freight & Depots")
	p.Follow("^Next$").Follow("^Continue merge$").Follow("^Confirm merge").Sees("Calder Freight is now part of Calder Freight & Depots")
	p.Open(source).At("^" + target + "$")
}

// walkMerge is the main job: two organizations that are one.
func walkMerge(s *stage) {
	source := s.site.Organization(s, tenon.Values{"name": "Harbor Dental Ltd", "short_name": "HDL", "quick_notes": "Ring twice"})
	target := s.site.Organization(s, tenon.Values{"name": "Harbor Dental", "short_name": "HD"})
	s.site.Organization(s, tenon.Values{"name": "Harbor Optics"})
	s.site.Item(s, tenon.Location, source.ID, tenon.Values{"name": "Quay"})
	s.site.Item(s, tenon.Contact, source.ID, tenon.Values{"first_name": "Orla", "last_name": "Quayle"})
	s.site.Item(s, tenon.Location, target.ID, tenon.Values{"name": "Quay"})
	s.site.Item(s, tenon.Password, target.ID, tenon.Values{"name": "Firewall"})
	s.site.SignIn(s, "Harbor Technician", tenon.Editor, false, source.ID)

	p := s.page()
	p.Open("/").Follow("^Organizations$").Sees("Organizations")
	p.Fill("Part of a name", "harbor dental").Leave("search", func() error { return p.Field("Part of a name").Type(input.Enter) })
	p.Follow("^Harbor Dental Ltd$").Sees("Ring twice")
	before := p.Ask(pageText)
	p.Follow("^Merge…?").Sees("Merge into another organization")
	p.Text("harbor").Click("^Harbor Dental [0-9]+$")
	p.Follow("^Next$").Sees("Merge Harbor Dental Ltd into Harbor Dental", "A plan. Nothing changes until you confirm it.")

	// Each choice makes the plan anew, in place, and stands in the address.
	p.Sees("1 person gains access", "2 items come to Harbor Dental")
	p.Tick("^Short name, source: HDL").At("f.short_name=source")
	p.Tick("^Kept apart$").At("access=apart").Sees("nobody gains access", "keep seeing exactly what they see today")
	p.Tick("^Joined$").At("access=joined").Sees("1 person gains access")
	p.At("f.short_name=source")
	p.Follow("^Fill blanks$").At("f.quick_notes=source").Sees("3 differ", "fill")
	p.Picture("plan")

	p.Follow("^Continue merge$").Sees("Merge Harbor Dental Ltd into Harbor Dental?", "2 fields of Harbor Dental change as chosen.")
	// Secrets are among what people gain: the name is typed, and typed right.
	p.Fill("^1 person gains access, 1 of them to secrets", "Harbor").Follow("^Confirm merge").Sees("Type Harbor Dental Ltd to confirm. Nothing was changed.")
	p.Fill("^1 person gains access, 1 of them to secrets", "Harbor Dental Ltd")
	p.Follow("^Confirm merge of Harbor Dental Ltd into Harbor Dental$").Sees("Harbor Dental Ltd is now part of Harbor Dental", "Merged at", "Kept from the source", "0 of 1 done")
	p.Picture("receipt")
	receipt := p.Path()

	// The old address leads to the target, which has everything.
	p.Open(browsertest.OrganizationPath(source.ID)).At("^"+browsertest.OrganizationPath(target.ID)+"$").Sees("Harbor Dental Ltd was merged into this organization", "HDL", "Ring twice", "Orla Quayle")
	p.Open(receipt).Follow("^Undo").Sees("Undone.", "Receipt of the undo")
	p.Open(browsertest.OrganizationPath(source.ID)).At("^" + browsertest.OrganizationPath(source.ID) + "$")
	if after := p.Ask(pageText); after != before {
		s.Errorf("after the undo the source is not as it was:\n%s\nbefore:\n%s", after, before)
	}
	p.Open(browsertest.OrganizationPath(target.ID)).Sees("HD").Misses("HDL", "Ring twice", "Orla Quayle")
}

// pageText is what the page says, without the times, which go on.
const pageText = `() => {
	const page = document.querySelector("main").cloneNode(true);
	page.querySelectorAll("time").forEach((t) => t.remove());
	return page.textContent.replace(/\s+/g, " ").trim();
}`

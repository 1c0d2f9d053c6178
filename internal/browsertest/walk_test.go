package browsertest_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/demo"
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
			{"add and delete", walkAddAndDelete},
			{"merge by name", walkMergeByName},
			{"keyboard", walkKeyboard},
			{"preferences", walkPreferences},
			{"lists", walkLists},
			{"duplicates", walkDuplicates},
			{"without scripts", walkWithoutScripts},
			{"designer", walkDesigner},
			{"opened", inspectOpened},
			{"document", walkDocument},
			{"checklist", walkChecklist},
			{"pages", inspectPages},
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
	p.Open("/link/"+link.Reveal()).Fill("^Your name", "Avery Quill").
		Fill("^Your e-mail address", "avery@harbourline.example").Fill("^Password", browsertest.Password)
	p.Follow("^Set up and sign in").Sees("You are signed in").Fill("^Name of your company", "Harbourline IT")
	p.Follow("^Save and continue").Sees("What do you begin with?")
	// A small demo, which the server makes; the button then leads to it, or says that it is there.
	op, err := s.site.App.Demo.Start(context.Background(), s.site.Root, demo.Options{Organizations: 12, Items: 40, Seed: 1})
	if err != nil {
		s.Fatal(err)
	}
	p.Follow("^Load demo data")
	p.Open("/operations/"+op.ID.String()).Until("the demo is made", `() => document.body.innerText.includes("Demo data was made: 12 organizations")`)
	p.Open("/").Sees("This account holds demo data").Follow("^Remove demo data").Sees("12 organizations with 40 items are removed for ever")
	p.Follow("^Remove demo data").Until("the demo is removed", `() => document.body.innerText.includes("The demo data was removed")`)
	p.Open("/welcome/records")
	p.Follow("^To the home page").Sees("Look at it with demo data")

	p.Follow("^New organization").Fill("^Name", "Calder Freight").Fill("^Tags", "freight, depot")
	p.Follow("^Save").Sees("Calder Freight", "depot")
	p.Follow("^Edit").Fill("^Short name", "CALD")
	p.Follow("^Save").Sees("was saved", "CALD")
	source := p.Path()

	p.Open("/organizations/new").Fill("^Name", "Calder Freight & Depots")
	p.Follow("^Save").Sees("Calder Freight & Depots")
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
	// To come and to go are versions of their own.
	version := regexp.MustCompile(`Version[0-9]+`)
	before = version.ReplaceAllString(before, "Version")
	if after := version.ReplaceAllString(p.Ask(pageText), "Version"); after != before {
		s.Errorf("after the undo the source is not as it was:\n%s\nbefore:\n%s", after, before)
	}
	p.Open(browsertest.OrganizationPath(target.ID)).Sees("HD").Misses("HDL", "Ring twice", "Orla Quayle")
}

// walkAddAndDelete adds an organization with a logo, one below it, and deletes
// both.
func walkAddAndDelete(s *stage) {
	p := s.page()
	p.Open("/").Follow("^Organizations$").Fill("Part of a name", "Dunmere").Leave("search", func() error { return p.Field("Part of a name").Type(input.Enter) })
	p.Sees("No organization fits").Follow("^Clear the filter$")

	p.Follow("^New").Sees("New organization")
	p.Fill("^Name", "Dunmere Marine")
	s.must(p.Field("^Logo").SetFiles([]string{s.file("logo.png", []byte("no picture"))}))
	p.Follow("^Save").Sees("This is not a PNG, JPEG, GIF or WebP picture.")
	if typed := p.Value("^Name"); typed != "Dunmere Marine" {
		s.Errorf("what was typed became %q", typed)
	}
	s.must(p.Field("^Logo").SetFiles([]string{s.file("logo.png", s.png(520, 100))}))
	p.Follow("^Save").Sees("Dunmere Marine was created")
	path := p.Path()
	if size := p.Ask(`async () => { const i = document.querySelector("img.tn-logo-mark"); await i.decode(); return i.naturalWidth + " x " + i.naturalHeight }`); size != "260 x 50" {
		s.Errorf("the logo is %s, want 260 x 50", size)
	}

	p.Open("/organizations").Follow("^New").Fill("^Name", "Dunmere Marine Yard")
	p.Fill("^Parent [Oo]rganization", "").Text("dunmere").Click("^Dunmere Marine [0-9]+$")
	p.Follow("^Save").Sees("Dunmere Marine Yard was created", "Dunmere Marine")
	child := p.Path()

	p.Open("/organizations").Follow("^Dunmere Marine$").At("^" + path + "$").Follow("^Edit")
	p.Follow("^Delete Organization").Sees("Dunmere Marine Yard", "Sub-organizations", "Your PSA is untouched")
	p.Picture("delete")
	p.Follow("^Move Dunmere Marine to the trash$").Sees("Moved to the trash at", "Undo")
	p.Open("/organizations?q=Dunmere").Sees("No organization fits")
	p.Open(child).Misses("New item")
	p.Open("/trash").Sees("Dunmere Marine", "Kept until")
	p.Open("/operations").Follow("Dunmere Marine").Follow("^Undo").Sees("Undone.")
	p.Open(child).Sees("Dunmere Marine Yard")
	p.Open(path).Sees("Dunmere Marine Yard")
}

// walkMergeByName is the merge of those who type a whole name and press Enter,
// and of those who pick two in the list.
func walkMergeByName(s *stage) {
	source := s.site.Organization(s, tenon.Values{"name": "Ellerby Legal LLP"})
	s.site.Organization(s, tenon.Values{"name": "Ellerby Legal"})
	p := s.page()
	p.Open(browsertest.OrganizationPath(source.ID)).Follow("^Merge…?")
	p.Text("Ellerby Legal").Leave("press Enter", func() error { return p.Rod.Keyboard.Type(input.Enter) })
	p.Sees("Merge Ellerby Legal LLP into Ellerby Legal", "A plan.")

	p.Open("/organizations?q=Ellerby").Tick("Ellerby Legal LLP").Tick("Ellerby Legal$").Sees("2 selected")
	p.Follow("^Merge…").Sees("Which one stays?", "Or merge all of them into another organization")
	p.Follow("^Merge the others into this: Ellerby Legal$").Sees("Merge Ellerby Legal LLP into Ellerby Legal")
}

// file makes a file to upload.
func (s *stage) file(name string, content []byte) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), name)
	s.must(os.WriteFile(path, content, 0o600))
	return path
}

// png is a picture of that size.
func (s *stage) png(width, height int) []byte {
	s.Helper()
	var b bytes.Buffer
	s.must(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, height))))
	return b.Bytes()
}

// pageText is what the page says, without the times and the log, which go on.
const pageText = `() => {
	const page = document.querySelector("main").cloneNode(true);
	page.querySelectorAll("time, section[aria-label=Activity]").forEach((e) => e.remove());
	return page.textContent.replace(/\s+/g, " ").trim();
}`

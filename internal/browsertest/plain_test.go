package browsertest_test

import (
	"fmt"

	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
)

// idle are the controls on the page that nothing but a script would move.
const idle = `() => [...document.querySelectorAll("button[type=button]:not([popovertarget]), [data-choice]")].filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 160)).join("\n")`

// walkWithoutScripts does a day's work in a browser whose scripts are off.
func walkWithoutScripts(s *stage) {
	source := s.site.Organization(s, tenon.Values{"name": "Joyce Upholstery Ltd", "short_name": "JUL"})
	target := s.site.Organization(s, tenon.Values{"name": "Joyce Upholstery"})
	s.site.Item(s, tenon.Contact, source.ID, tenon.Values{"first_name": "Petra", "last_name": "Ulvang"})
	for n := range 50 {
		s.site.Item(s, tenon.Contact, target.ID, tenon.Values{"first_name": fmt.Sprintf("Quilla %02d", n)})
	}
	p := s.browser.Page(s.T, s.site, "", browsertest.Screen{NoScripts: true})
	p.Open("/organizations").Sees("Sign in").Fill("^E-mail", "avery@harbourline.example").Fill("^Password", browsertest.Password).Follow("^Sign in$").At("^/organizations$")
	if p.Ask(`() => String(matchMedia("(scripting: none)").matches)`) != "true" {
		s.Fatal("the scripts are not off")
	}
	calm := func() {
		s.Helper()
		if found := p.Ask(idle); found != "" {
			s.Errorf("%s: these wait for a script that is not there:\n%s", p.Path(), found)
		}
	}

	// Search, read, change, attach.
	p.Fill("^Search everything", "ulvang").Leave("search", func() error { return p.Rod.Keyboard.Type(input.Enter) })
	p.Follow("Ulvang").Sees("Joyce Upholstery Ltd")
	calm()
	s.must(p.Field("^Files to attach").SetFiles([]string{s.file("measures.txt", []byte("Ring first."))}))
	p.Follow("^Attach$").Sees("measures.txt").Follow("^measures.txt$").Sees("Ring first.")
	p.Open("/").Click("^Global$").Follow("^Assets$").Follow("^Contacts$")
	p.Fill("How the name begins", "petra").Leave("filter", func() error { return p.Rod.Keyboard.Type(input.Enter) })
	p.Follow("^Petra Ulvang$").Follow("^Edit")
	calm()
	p.Fill("^Job title", "Bookkeeper").Follow("^Save contact$").Sees("was saved", "Bookkeeper")

	walkPlainLists(s, p, target)

	// Merge, and take it back.
	p.Open(browsertest.OrganizationPath(source.ID)).Follow("^Merge…").Sees("Merge into another organization").Fill("^Name of the target", "Joyce Upholstery").Follow("^Next$")
	p.Sees("Merge Joyce Upholstery Ltd into Joyce Upholstery", "A plan.").Tick("^Kept apart$").Follow("^Update plan$").At("access=apart")
	p.Follow("^Fill blanks$").At("f.short_name=source").Follow("^Continue merge$").Follow("^Confirm merge").Sees("Joyce Upholstery Ltd is now part of Joyce Upholstery")
	p.Follow("^Undo").Sees("Undone.")

	// A secret, a document, an organization that goes.
	p.Open(browsertest.OrganizationPath(source.ID)).Click("^New item$").Follow("^Password$").Fill("^Name", "Alarm").Fill("^Password", "seven-lathes-04").Follow("^Create password$").Misses("seven-lathes-04")
	p.Follow("^Show").Sees("seven-lathes-04")
	calm()
	p.Open(browsertest.OrganizationPath(source.ID)).Click("^New item$").Follow("^Document$").Fill("^Name", "Looms").Follow("^Create document$").Fill("^Text", "# Threads\n\n- Warp\n- Weft").Follow("^Save document$").Sees("Threads", "Weft")
	p.Open(browsertest.OrganizationPath(source.ID)).Follow("^Edit").Follow("^Delete Organization").Follow("^Move Joyce Upholstery Ltd to the trash$").Sees("Moved to the trash at")
	p.Open("/trash").Sees("Joyce Upholstery Ltd")
}

// walkPlainLists turns pages, chooses columns, filters and acts on several.
func walkPlainLists(s *stage, p *browsertest.Page, org *tenon.Organization) {
	p.Open(browsertest.OrganizationPath(org.ID) + "/contacts").Sees("1–40 of 50").Follow("^Next$").Sees("41–50 of 50").Follow("^Previous$").Sees("1–40 of 50")
	p.Follow("^Columns$").Sees("Columns of contacts").Tick("^Created$").Tick("^Keep this for me").Follow("^Apply$").Sees("Created").At("columns=")
	p.Follow("^Filter$").Sees("Filter contacts").Choose("^Attachments", "Has none").Follow("^Apply$").Sees("Attachments: Has none", "1–40 of 50")
	p.Tick("^Quilla 00$").Tick("^Quilla 01$").Follow("^Tag…$").Fill("^Which tags go on", "weavers").Follow("^Next$").Sees("A plan. Nothing changes until you confirm it.")
	p.Follow("^Tag 2").Sees("Undo").Follow("^Undo").Sees("Undone.")
}

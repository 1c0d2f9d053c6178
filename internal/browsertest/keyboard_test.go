package browsertest_test

import (
	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
)

// walkKeyboard creates, edits, finds and merges an organization without a
// mouse. Reach proves at each stop that the focus is seen.
func walkKeyboard(s *stage) {
	s.site.Organization(s, tenon.Values{"name": "Fenmoor Glass Works"})
	p := s.page()
	p.Open("/").Press('g')
	p.Leave("press o", func() error { return p.Rod.Keyboard.Type('o') })
	p.Reach("^New organization$").Enter().Sees("New organization")

	p.Reach("^Name").Text("Fenmoor Glass").Reach("^Save").Enter().Sees("Fenmoor Glass was created")
	source := p.Path()
	p.Leave("press e", func() error { return p.Rod.Keyboard.Type('e') })
	p.Reach("^Short name").Text("FENG").Enter().Sees("was saved", "FENG")

	// The palette finds it in spite of a slip, and has commands.
	s.must(p.Rod.KeyActions().Press(input.ControlLeft).Type('k').Do())
	p.Text("fenmor glass").Chosen("^Fenmoor Glass$").Press(input.ArrowDown).Chosen("^Fenmoor Glass Works$")
	p.Press(input.ArrowUp).Chosen("^Fenmoor Glass$").Enter().At("^" + source + "$")
	p.Press('/').Text(">merge fen").Chosen("^Merge Fenmoor Glass into another").Enter().At("^" + source + "/merge$")
	p.Open(source)

	p.Leave("press m", func() error { return p.Rod.Keyboard.Type('m') })
	p.Text("Fenmoor Glass Works").Option("^Fenmoor Glass Works").Press(input.ArrowDown, input.Enter)
	p.Reach("^Next$").Enter().Sees("Merge Fenmoor Glass into Fenmoor Glass Works")
	// A choice, by the arrows of a radio group.
	p.Reach("^Short name, target").Press(input.ArrowLeft).At("short_name=source")
	p.Reach("^Continue merge$").Enter().Reach("^Confirm merge").Enter().Sees("Fenmoor Glass is now part of Fenmoor Glass Works")
	p.Reach("^Undo").Enter().Sees("Undone.")
	p.Open(source).At("^" + source + "$")

	// A dialog takes the focus, keeps it, and gives it back.
	p.Press('?').Sees("Next row, row before").Press(input.Escape).Misses("Next row, row before")
}

// walkPreferences looks at pages as those see them who chose their own colours,
// or asked for less motion.
func walkPreferences(s *stage) {
	org := s.site.Organization(s, tenon.Values{"name": "Garrick Print"})
	still := s.browser.Page(s.T, s.site, s.site.Session, browsertest.Screen{Still: true})
	for _, path := range []string{"/", browsertest.OrganizationPath(org.ID), "/organizations/new"} {
		still.Open(path)
		if moving := still.Ask(`() => [...document.querySelectorAll("*")].filter((e) => { const s = getComputedStyle(e); return [s.transitionDuration, s.animationDuration].some((d) => d.split(",").some((one) => parseFloat(one) > 0.01)) }).map((e) => e.tagName + "." + e.className).join(" ")`); moving != "" {
			s.Errorf("%s: with reduced motion these still move: %s", path, moving)
		}
	}
	forced := s.browser.Page(s.T, s.site, s.site.Session, browsertest.Screen{Forced: true})
	forced.Open("/organizations/new")
	if forced.Ask(`() => String(matchMedia("(forced-colors: active)").matches)`) != "true" {
		s.Fatal("the browser does not force colours")
	}
	// What is told by colour alone elsewhere has a border of its own here.
	if bare := forced.Ask(`() => [...document.querySelectorAll(".tn-button, .tn-input")].filter((e) => e.checkVisibility() && parseFloat(getComputedStyle(e).borderTopWidth) < 1).map((e) => e.outerHTML.slice(0, 120)).join("\n")`); bare != "" {
		s.Errorf("with forced colours these have no border:\n%s", bare)
	}
	forced.Reach("^Name")
	forced.Picture("forced colours")
}

package browsertest_test

import (
	"fmt"
	"testing"

	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
)

// opening is something that opens over a page.
type opening struct {
	name, path string
	open       func(p *browsertest.Page)
	// shown is a selector of what is then seen.
	shown string
	// wide is what a small screen has no room for.
	wide bool
}

// inspectOpened looks at what a page shows only when somebody opens it, as
// inspectPages looks at pages: menus, dialogs, the palette, suggestions.
func inspectOpened(s *stage) {
	org := s.site.Organization(s, tenon.Values{"name": "Lomax Fencing"})
	s.site.Organization(s, tenon.Values{"name": "Lomax Gates"})
	contact := s.site.Item(s, tenon.Contact, org.ID, tenon.Values{"first_name": "Tamsin", "last_name": "Lomax"})
	at := browsertest.OrganizationPath(org.ID)
	click := func(words string) func(*browsertest.Page) {
		return func(p *browsertest.Page) { p.Click(words) }
	}
	keys := func(list ...input.Key) func(*browsertest.Page) {
		return func(p *browsertest.Page) { p.Press(list...) }
	}
	all := []opening{
		{"menu of kinds", "/", click("^Global$"), "a[href='/assets']", true},
		{"menu of the account", "/", click("^Account$"), "a[href='/settings']", true},
		{"menu of oneself", "/", click("Signed in as"), "form[action='/sign-out']", true},
		{"menu of all", "/", click("^Menu$"), "nav a[href='/settings']", false},
		{"menu of new items", at, click("^New item$"), "a[href$='/contacts/new']", false},
		{"menu of an item", "/items/" + contact.ID.String(), click("^More$"), "a[href^='/items/compare']", false},
		{"keys", "/organizations", keys('?'), "#tn-keys[open]", false},
		{"palette", at, func(p *browsertest.Page) { p.Press('/').Text("lomax").Chosen("Lomax") }, "#tn-palette[open]", false},
		{"commands", at, func(p *browsertest.Page) { p.Press('/').Text(">merge").Chosen("Merge") }, "#tn-palette[open]", false},
		{"filter", "/contacts", click("^Filter$"), "dialog[open] h2", false},
		{"columns", "/contacts", click("^Columns$"), "dialog[open] h2", false},
		{"views", "/contacts", click("^Views$"), "dialog[open] h2", false},
		{"bulk acts", "/contacts?q=tamsin", func(p *browsertest.Page) { p.Press('j', 'x') }, "[data-picked]", false},
		{"suggestions", at + "/merge", func(p *browsertest.Page) { p.Text("lomax").Option("Lomax Gates") }, "[role=option]", false},
		{"nothing to suggest", at + "/merge", func(p *browsertest.Page) { p.Text("xyzzy") }, ".tn-suggest-none:not(:empty)", false},
		{"palette without a hit", at, func(p *browsertest.Page) { p.Press('/').Text("xyzzy") }, "#tn-palette [role=status]:not(:empty)", false},
	}
	found := &findings{where: map[string][]string{}}
	s.Cleanup(func() { found.report(s.T) })
	screens := []struct {
		name   string
		screen browsertest.Screen
	}{{"light", desktop}, {"dark", dark}, {"320 px", narrow}}
	for _, on := range screens {
		s.Run(on.name, func(t *testing.T) {
			t.Parallel()
			i := s.browser.Inspect(t, s.site, s.site.Session)
			i.On(on.screen)
			for _, o := range all {
				if small := on.screen.Width > 0; small && o.wide || !small && o.name == "menu of all" {
					continue
				}
				i.Open(o.path)
				i.Opens(o.open, o.shown)
				for _, v := range i.Violations() {
					for _, where := range v.Where {
						found.add(o.name, on.name+": "+v.Rule+": "+v.Help+"\n\t"+where)
					}
				}
				if over, what := i.Overflow(); over > 0 {
					found.add(o.name, fmt.Sprintf("%s: the page scrolls sideways:\n\t%s", on.name, what))
				}
			}
		})
	}
}

package browsertest_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon/internal/browsertest"
)

// What a page may cost.
const (
	maxRequests = 10
	maxHTML     = 60_000
)

// The screens that every page is looked at on.
var (
	desktop    = browsertest.Screen{}
	dark       = browsertest.Screen{Dark: true}
	narrow     = browsertest.Screen{Width: 320, Height: 800}
	narrowDark = browsertest.Screen{Width: 320, Height: 800, Dark: true}
)

// inspectors is how many tabs look at pages side by side.
const inspectors = 3

// long tells that there is time for all of it.
var long = os.Getenv("TENON_TEST_LONG") != ""

// inspectPages looks at every page of the table of routes: in light and in dark,
// on a desktop and on a screen of 320 pixels it breaks no rule of accessibility;
// it never scrolls sideways, also not with text of twice the size; it loads
// little, and nothing from others. A page is loaded once and shown on the four
// screens in turn. In light all rules are asked, in dark those about colours,
// which is what alone can differ (TestDarkIsColours); of long lists the first
// lines, under TENON_TEST_LONG every one.
func inspectPages(s *stage) {
	w := newWorld(s)
	own, open := w.pages(s)
	started := time.Now()
	s.Cleanup(func() {
		s.Logf("%d pages in %s", len(own)+len(open), time.Since(started).Round(time.Second))
	})
	found := &findings{where: map[string][]string{}}
	s.Cleanup(func() { found.report(s.T) })
	next := make(chan page, len(own))
	for _, page := range own {
		next <- page
	}
	close(next)
	for n := range inspectors {
		s.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()
			i := s.browser.Inspect(t, s.site, s.site.Session)
			i.Whole = long
			for page := range next {
				inspect(i, page, found)
			}
		})
	}
	s.Run("strangers", func(t *testing.T) {
		t.Parallel()
		i := s.browser.Inspect(t, s.site, "")
		for _, page := range open {
			inspect(i, page, found)
		}
	})
}

// findings are what is wrong, each once with the pages on which it is: what is
// wrong in the frame of all pages is one line, not a hundred.
type findings struct {
	mu    sync.Mutex
	where map[string][]string
}

var digits = regexp.MustCompile(`[0-9]+`)

func (f *findings) add(path, what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := digits.ReplaceAllString(what, "N")
	f.where[key] = append(f.where[key], path)
}

func (f *findings) report(t *testing.T) {
	for _, what := range slices.Sorted(maps.Keys(f.where)) {
		on := f.where[what]
		slices.Sort(on)
		t.Errorf("on %d pages (%s): %s", len(on), strings.Join(on[:min(len(on), 5)], " "), what)
	}
}

// inspect looks at one page.
func inspect(i *browsertest.Inspector, page page, found *findings) {
	path := page.path
	add := func(screen string, list []browsertest.Violation) {
		for _, v := range list {
			for _, where := range v.Where {
				found.add(path, screen+": "+v.Rule+": "+v.Help+"\n\t"+where)
			}
		}
	}
	fits := func(screen string) {
		if over, what := i.Overflow(); over > 0 {
			found.add(path, screen+": the page scrolls sideways:\n\t"+strings.TrimSpace(what))
		}
	}
	i.On(desktop)
	i.Open(path)
	cost := i.Cost()
	if cost.Requests > maxRequests || cost.HTML > maxHTML || len(cost.Foreign) > 0 {
		found.add(path, fmt.Sprintf("it takes more than %d requests (%d) or %d bytes of HTML (%d), or asks others (%v)", maxRequests, cost.Requests, maxHTML, cost.HTML, cost.Foreign))
	}
	add("light", i.Violations())
	i.On(dark)
	add("dark", i.Colours())
	i.On(narrowDark)
	add("dark on 320 px", i.Colours())
	i.On(narrow)
	add("320 px", i.Violations())
	fits("320 px")
	if long || !page.like {
		i.On(desktop)
		i.TextSize(200)
		fits("text of twice the size")
	}
}

// TestDarkIsColours holds what inspectPages relies on: dark is the same page in
// other colours. Style sheets and scripts ask for it nowhere, and the tokens say
// it by light-dark() and color-scheme alone.
func TestDarkIsColours(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../../assets")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "prefers-color-scheme") {
			t.Errorf("%s asks for the colour scheme", path)
		}
		for _, rule := range themed.FindAllString(string(text), -1) {
			if path != "css/tokens.css" || !onlyScheme.MatchString(rule) {
				t.Errorf("%s says more than the colour scheme of a theme: %s", path, rule)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	themed     = regexp.MustCompile(`[^{}]*\[data-theme[\]=][^{}]*\{[^}]*\}`)
	onlyScheme = regexp.MustCompile(`\{\s*color-scheme: (light|dark);\s*\}`)
)

package browsertest_test

import (
	"fmt"
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
	desktop = browsertest.Screen{}
	dark    = browsertest.Screen{Dark: true}
	narrow  = browsertest.Screen{Width: 320, Height: 800}
	// both is a small screen in dark: in a short test it stands for both.
	both = browsertest.Screen{Width: 320, Height: 800, Dark: true}
)

// inspectors is how many tabs look at pages side by side.
const inspectors = 3

// long tells that there is time for all of it.
var long = os.Getenv("TENON_TEST_LONG") != ""

// inspectPages looks at every page of the table of routes: in light, in dark and
// on a screen of 320 pixels it breaks no rule of accessibility; it never scrolls
// sideways, also not with text of twice the size; it loads little, and nothing
// from others. The rules are asked twice a page, in light and in dark on a small
// screen; under TENON_TEST_LONG once for each, and about every line of lists.
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
	if long {
		i.On(dark)
		add("dark", i.Violations())
		i.On(narrow)
		add("320 px", i.Violations())
	} else {
		i.On(both)
		add("dark on 320 px", i.Violations())
	}
	fits("320 px")
	if long || !page.like {
		i.On(desktop)
		i.TextSize(200)
		fits("text of twice the size")
	}
}

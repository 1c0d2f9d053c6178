package web_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web"
)

// TestTwiceAtOnce sends every form of the matrix twice at the same moment, as a
// double click does. Both are answered alike, and it is done once.
func TestTwiceAtOnce(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		m := &matrix{site: s, ids: map[string]string{}, seen: map[string]bool{}}
		m.fill()
		admin := m.callers[len(m.callers)-1]
		led := 0
		for _, rt := range web.Routes() {
			if rt.Method != http.MethodPost || rt.Open {
				continue
			}
			for _, p := range probesOf(rt) {
				a, b := m.both(rt, p, admin)
				if a.status != b.status || a.path != b.path {
					t.Errorf("%s %s?%s: %d to %q and %d to %q", rt.Method, rt.Path, p.ask, a.status, a.path, b.status, b.path)
				}
				if a.status == http.StatusSeeOther {
					led++
				}
			}
		}
		if led < len(tenon.Kinds) {
			t.Errorf("only %d forms did something: what does this test prove?", led)
		}
		m.createdOnce()
	})
}

// both asks twice at once.
func (m *matrix) both(rt web.RouteInfo, p probe, c *caller) (a, b answer) {
	m.t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() { a = m.ask(rt, p, c, own) })
	wg.Go(func() { b = m.ask(rt, p, c, own) })
	wg.Wait()
	return a, b
}

// createdOnce looks for records that were made twice.
func (m *matrix) createdOnce() {
	m.t.Helper()
	list := m.as(m.callers[len(m.callers)-1], "/organizations?q=Quay+made").body
	if n := strings.Count(list, ">Quay made</a>"); n != 1 {
		m.t.Errorf("the form of a new organization made %d", n)
	}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		list := m.as(m.callers[len(m.callers)-1], "/organizations/"+m.ids["own organization"]+"/"+k.Plural+"?q=Quay").body
		if n := strings.Count(list, ">Quay made</a>"); n != 1 {
			m.t.Errorf("the form of a new %s made %d", k.Name, n)
		}
	}
}

// as opens a page as that caller.
func (m *matrix) as(c *caller, path string) answer {
	m.t.Helper()
	return m.ask(web.RouteInfo{Method: http.MethodGet, Path: path}, probe{}, c, own)
}

// twiceLater is when the same form is meant anew.
const twiceLater = 2 * time.Second

// TestTwiceMeantTwice sends what is meant twice: another form in between, or an
// upload that only looks the same.
func TestTwiceMeantTwice(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		var at []string
		for _, name := range []string{"Calder Freight", "Calder Haulage", "Calder Freight"} {
			at = append(at, s.post("/organizations", "name", name).path)
		}
		slices.Sort(at)
		if len(slices.Compact(at)) != 3 {
			t.Errorf("three organizations became %v", at)
		}
		first := s.post("/organizations", "name", "Calder Depots").path
		if again := s.post("/organizations", "name", "Calder Depots").path; again != first {
			t.Errorf("one form, sent twice, led to %s and %s", first, again)
		}
		s.clock.Advance(twiceLater)
		if later := s.post("/organizations", "name", "Calder Depots").path; later == first {
			t.Errorf("later, the form led to %s again", later)
		}
	})
}

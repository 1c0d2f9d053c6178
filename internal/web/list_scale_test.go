package web_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tenonhq/tenon/internal/storetest"
)

var nextPage = regexp.MustCompile(`href="([^"]*)" rel="next"`)

// TestListsAtScale counts what a page of a list costs where there is much: 5,000
// organizations with 200,000 items under TENON_TEST_LONG, and a twentieth of that
// without. How long such pages take is a figure of BenchmarkPages in
// internal/browsertest.
func TestListsAtScale(t *testing.T) {
	t.Parallel()
	orgs, items := 250, 10_500
	if os.Getenv("TENON_TEST_LONG") != "" {
		orgs, items = 5000, 200_000
	}
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.crowd(orgs, items)
		for _, path := range []string{"/organizations", "/organizations?q=client+1", "/organizations?sort=-updated", "/assets", "/configurations", "/configurations?sort=organization", "/configurations?sort=-organization",
			"/contacts?sort=-updated", "/configurations?serial_number=sn77", "/configurations?restricted=yes", "/organizations/500000/configurations"} {
			for page := 0; page < 4 && path != ""; page++ {
				before := s.queries.Load()
				a := s.get(path)
				s.want(a, 200)
				if n := s.queries.Load() - before; n > maxQueries {
					t.Errorf("%s needs %d statements, more than %d", path, n, maxQueries)
				}
				if len(a.body) > maxPage {
					t.Errorf("%s has %d bytes, more than %d", path, len(a.body), maxPage)
				}
				path = ""
				if m := nextPage.FindStringSubmatch(a.body); m != nil {
					path = strings.ReplaceAll(m[1], "&amp;", "&")
				}
			}
		}
	})
}

// crowd loads organizations and items past the store.
func (s *site) crowd(orgs, items int) {
	s.t.Helper()
	st := s.core.Store()
	series := func(n int) string {
		return fmt.Sprintf(`WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < %d) `, n-1)
	}
	storetest.Exec(s.t, st, series(orgs)+`INSERT INTO organizations (id, name, name_key, created_at, updated_at)
		SELECT 500000 + i, 'Client ' || ((i * 7919) % 10007), 'client ' || ((i * 7919) % 10007), 1, 1 + i FROM s`)
	storetest.Exec(s.t, st, series(orgs)+`INSERT INTO binders (id, organization_id) SELECT 500000 + i, 500000 + i FROM s`)
	storetest.Exec(s.t, st, series(items)+fmt.Sprintf(`INSERT INTO items (id, binder_id, kind, name, name_key, fields, in_binder_since, created_at, updated_at)
		SELECT 1000000 + i, 500000 + i %% %d, CASE WHEN i %% 5 = 4 THEN 2 ELSE 1 END, 'item ' || ((i * 7919) %% 1000003), 'item ' || ((i * 7919) %% 1000003),
		'{"name":"item"}', 1, 1, 1000000 + i FROM s`, orgs))
	storetest.Exec(s.t, st, series(items)+`INSERT INTO record_keys (record_id, field, key) SELECT 1000000 + i, 'serial_number', 'sn' || i FROM s`)
	storetest.Exec(s.t, st, `ANALYZE`)
}

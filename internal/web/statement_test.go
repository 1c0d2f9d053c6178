package web_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/web"
)

// costly are the pages that need more than the others, and how many: plans,
// which read all that decides about each side in one snapshot. The numbers may
// only become smaller.
var costly = map[string]int{
	"/merge": 65, "/merge/confirm": 65, // both sides, and what each kind has twice
	"/items/merge": 18,
}

// TestStatementsOfEveryPage counts the statements of every page of the table of
// routes, in each of the ways that the matrix asks for it, where there is so
// much that a statement for each row would be found out.
func TestStatementsOfEveryPage(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		m := &matrix{site: s, ids: map[string]string{}, seen: map[string]bool{}}
		m.fill()
		for _, sort := range []string{own, "spare"} {
			m.fillMore(m.org(sort), sort)
		}
		admin := m.callers[len(m.callers)-1]
		pages := 0
		for _, rt := range web.Routes() {
			if rt.Method != http.MethodGet || rt.Path == "/running/events" { // that one goes on and on
				continue
			}
			for _, p := range probesOf(rt) {
				before := s.queries.Load()
				s.takeSaid()
				a := m.ask(rt, p, admin, own)
				pages++
				limit := int64(max(maxQueries, costly[rt.Path]))
				if n := s.queries.Load() - before; n > limit {
					t.Errorf("%s?%s needs %d statements, more than %d:%s", rt.Path, p.ask, n, limit, s.takeSaid())
				}
				if len(a.body) > maxPage {
					t.Errorf("%s?%s has %d bytes, more than %d", rt.Path, p.ask, len(a.body), maxPage)
				}
			}
		}
		if pages < len(tenon.Kinds)*4 {
			t.Errorf("only %d pages were asked", pages)
		}
	})
}

// fillMore files many of a sort in an organization: more of each, some with
// names that another organization has too, and organizations below it.
func (m *matrix) fillMore(org tenon.OrgID, sort string) {
	m.t.Helper()
	ctx := context.Background()
	for n := range 15 {
		below := m.organization(tenon.Values{"name": fmt.Sprintf("Branch %02d of %s", n, sort), "parent_id": int64(org)})
		for i := range tenon.Kinds {
			k := &tenon.Kinds[i]
			if k.Folder || k.Kind == tenon.FlexibleAsset {
				continue
			}
			for _, at := range []tenon.OrgID{org, below.ID} {
				item, err := m.core.CreateItem(ctx, m.root, k.Kind, at, core.ItemChange{Values: tenon.Values{k.Title[0]: fmt.Sprintf("Numbered %02d", n)}})
				m.must(err)
				if at == org && k.Kind == tenon.Contact {
					_, err = m.core.Restrict(ctx, m.root, item.ID, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(m.extra)}})
					m.must(err)
				}
			}
		}
	}
}

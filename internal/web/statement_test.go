package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web"
)

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
		pages := 0
		for _, rt := range web.Routes() {
			if rt.Method != http.MethodGet || rt.Path == "/running/events" { // that one goes on and on
				continue
			}
			for _, p := range probesOf(rt) {
				m.cheap(rt, p)
				pages++
			}
		}
		if pages < len(tenon.Kinds)*4 {
			t.Errorf("only %d pages were asked", pages)
		}
	})
}

// cheap asks a page as an administrator, and as a manager who does not reach
// everything and whose rights are looked up for it.
// It returns what the administrator is answered.
func (m *matrix) cheap(rt web.RouteInfo, p probe) (status int) {
	m.t.Helper()
	for _, c := range m.callers {
		if c.role != tenon.Administrator && (c.role != tenon.Manager || c.everywhere) {
			continue
		}
		before := m.queries.Load()
		m.takeSaid()
		a := m.ask(rt, p, c, own)
		limit := int64(maxQueries)
		if n := m.queries.Load() - before; n > limit {
			m.t.Errorf("%s: %s?%s needs %d statements, more than %d:%s", c.name, rt.Path, p.ask, n, limit, m.takeSaid())
		}
		if len(a.body) > maxPage {
			m.t.Errorf("%s: %s?%s has %d bytes, more than %d", c.name, rt.Path, p.ask, len(a.body), maxPage)
		}
		if a.status >= http.StatusInternalServerError {
			m.t.Errorf("%s: %s?%s answers %d", c.name, rt.Path, p.ask, a.status)
		}
		status = a.status // the administrator is the last of them
	}
	return status
}

// TestStatementsDoNotGrow counts those of pages about many records at once:
// each organization and item more must not cost a statement.
func TestStatementsDoNotGrow(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		m := &matrix{site: s, ids: map[string]string{}, seen: map[string]bool{}}
		m.fill()
		w := m.widen()
		for _, p := range []struct{ path, ask string }{
			{"/delete", w.named("id", w.orgs)},
			{"/items/act", "action=move&target=" + m.ids["own organization"] + "&" + w.named("id", w.items)},
			{"/items/act", "action=copy&target=" + m.ids["own organization"] + "&" + w.named("id", w.items)},
			{"/items/act", "action=delete&" + w.named("id", w.items)},
			{"/operations/" + w.merge, ""}, {"/operations/" + w.deletion, ""}, {"/operations/" + w.move, ""}, {"/operations/" + w.itemDeletion, ""},
			{"/search", "q=Lantrn+Quaay+bridgewtr"}, {"/search", "q=org:Wide+tag:vip+Lantrn"}, {"/search/palette", "q=Lantrn+Quaay+bridgewtr"},
		} {
			if got := m.cheap(web.RouteInfo{Method: http.MethodGet, Path: p.path}, probe{ask: p.ask}); got != http.StatusOK {
				t.Errorf("%s?%s answers %d", p.path, p.ask, got)
			}
		}
	})
}

// wide are many records, and what was done to others.
type wide struct {
	orgs, items                         []int64
	merge, deletion, move, itemDeletion string
}

func (w *wide) named(name string, ids []int64) string {
	q := url.Values{}
	for _, id := range ids {
		q.Add(name, strconv.FormatInt(id, 10))
	}
	return q.Encode()
}

// widen makes organizations that the callers reach, each with records that hang
// on each other and name each other.
func (m *matrix) widen() *wide {
	m.t.Helper()
	ctx := context.Background()
	kind, err := m.core.CreateFlexType(ctx, m.root, tenon.FlexType{Name: "Bridge", Enabled: true, Fields: []tenon.FlexField{
		{Name: "Name", Kind: tenon.FlexText, UseForTitle: true}, {Name: "Ends", Kind: tenon.FlexTag, TagType: tenon.Configuration}}})
	m.must(err)
	made := &wide{}
	var sources, gone []tenon.OrgID
	var moved, trashed []tenon.ItemID
	for n := range 16 {
		o := m.organization(tenon.Values{"name": fmt.Sprintf("Wide %02d", n)})
		for _, c := range m.callers[1:] {
			if c.role == tenon.Manager && !c.everywhere {
				m.must(m.core.Grant(ctx, m.root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(m.userOf(c))}, o.ID))
			}
		}
		box := m.file(tenon.Configuration, o.ID, core.ItemChange{Values: tenon.Values{"name": fmt.Sprintf("Bridgewater %02d", n)}})
		hung := m.file(tenon.Password, o.ID, core.ItemChange{Values: tenon.Values{"name": "Key", "resource_id": int64(box.ID)}})
		m.file(tenon.FlexibleAsset, o.ID, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": int64(kind.ID), "traits": map[string]any{"name": "Span", "ends": []any{float64(box.ID)}}}})
		_, err := m.core.Restrict(ctx, m.root, hung.ID, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(m.extra)}})
		m.must(err)
		switch {
		case n < 4:
			sources = append(sources, o.ID)
		case n < 8:
			gone = append(gone, o.ID)
		case n < 10:
			moved = append(moved, box.ID)
		case n < 12:
			trashed = append(trashed, box.ID)
		default:
			made.orgs, made.items = append(made.orgs, int64(o.ID)), append(made.items, int64(box.ID))
		}
	}
	m.must(m.core.SetSetting(ctx, m.root, tenon.SettingBulkDelete, "true"))
	plan, err := m.engines.merge.Plan(ctx, m.root, sources, m.org(own), tenon.Choices{})
	made.merge = m.run(m.engines.merge.Run, plan, err)
	plan, err = m.engines.trash.PlanDelete(ctx, m.root, gone)
	made.deletion = m.run(m.engines.trash.Run, plan, err)
	plan, err = m.engines.trash.PlanItems(ctx, m.root, trash.ActionMove, moved, m.org(own))
	made.move = m.run(m.engines.trash.Run, plan, err)
	plan, err = m.engines.trash.PlanItems(ctx, m.root, trash.ActionDelete, trashed, 0)
	made.itemDeletion = m.run(m.engines.trash.Run, plan, err)
	return made
}

// run carries a plan out and returns its operation.
func (m *matrix) run(run func(context.Context, tenon.Viewer, *tenon.Plan) (*tenon.Operation, error), plan *tenon.Plan, err error) string {
	m.t.Helper()
	m.must(err)
	plan.Typed = plan.MustType
	op, err := run(context.Background(), m.root, plan)
	m.must(err)
	return op.ID.String()
}

// userOf is the account of a caller.
func (m *matrix) userOf(c *caller) tenon.UserID {
	m.t.Helper()
	v, err := m.core.SessionViewer(context.Background(), secret.NewText(c.session))
	m.must(err)
	return v.User
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

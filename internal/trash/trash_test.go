package trash_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

var admin = tenon.Viewer{User: 1, Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// as is a viewer of that role who reaches everything.
func as(r tenon.Role) tenon.Viewer {
	return tenon.Viewer{User: 2, Name: string(r), Role: r, Everywhere: true, Face: "test"}
}

// story tells a test: each helper fails it by itself.
type story struct {
	*testing.T
	ctx   context.Context
	st    *store.Store
	clock *storetest.Clock
	keys  *secret.Ring
	core  *core.Core
	trash *trash.Engine
	merge *merge.Engine
}

// run tells the story on both databases, and proves the invariants at its end.
func run(t *testing.T, fn func(s *story)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		keys, err := secret.ParseKeys(secret.NewText("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
		if err != nil {
			t.Fatal(err)
		}
		c := core.New(core.Options{Store: st, Keys: keys})
		s := &story{T: t, ctx: context.Background(), st: st, clock: clock, keys: keys, core: c, trash: trash.New(c, nil), merge: merge.New(c, nil)}
		fn(s)
		s.sound()
	})
}

// sound proves the invariants.
func (s *story) sound() {
	s.Helper()
	found, err := check.Run(s.ctx, s.st, check.Options{Keys: s.keys, Deep: true})
	if err != nil {
		s.Fatal(err)
	}
	for _, v := range found {
		s.Error(v)
	}
}

func (s *story) census() check.Census {
	s.Helper()
	c, err := check.Take(s.ctx, s.st)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// same fails where anything that belongs to clients differs.
func (s *story) same(before check.Census) {
	s.Helper()
	for _, d := range before.Diff(s.census()) {
		s.Error(d)
	}
}

func (s *story) org(name string, parent tenon.OrgID, more ...any) tenon.OrgID {
	s.Helper()
	v := tenon.Values{"name": name}
	if parent != 0 {
		v["parent_id"] = int64(parent)
	}
	for i := 0; i+1 < len(more); i += 2 {
		v[more[i].(string)] = more[i+1]
	}
	o, err := s.core.CreateOrganization(s.ctx, admin, core.OrganizationChange{Values: v})
	if err != nil {
		s.Fatal(err)
	}
	return o.ID
}

func (s *story) write(fn func(tx *store.Tx) error) {
	s.Helper()
	if err := s.st.Write(s.ctx, fn); err != nil {
		s.Fatal(err)
	}
}

func (s *story) set(name, value string) {
	s.Helper()
	s.write(func(tx *store.Tx) error { return tx.SetSetting(name, value) })
}

func (s *story) state(id tenon.OrgID) tenon.OrgState {
	s.Helper()
	o, err := s.core.Organization(s.ctx, admin, id)
	if tenon.CodeOf(err) == tenon.NotFound {
		return tenon.Purged
	}
	if err != nil {
		s.Fatal(err)
	}
	return o.State
}

func (s *story) parent(id tenon.OrgID) tenon.OrgID {
	s.Helper()
	o, err := s.core.Organization(s.ctx, admin, id)
	if err != nil {
		s.Fatal(err)
	}
	return o.ParentID
}

func (s *story) planDelete(ids ...tenon.OrgID) *tenon.Plan {
	s.Helper()
	p, err := s.trash.PlanDelete(s.ctx, admin, ids)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// confirm runs a plan that must go through.
func (s *story) confirm(p *tenon.Plan) *tenon.Operation {
	s.Helper()
	for _, b := range p.Blockers {
		s.Errorf("blocked: %s %s", b.Code, b.Message)
	}
	op, err := s.trash.Run(s.ctx, admin, p)
	if err != nil {
		s.Fatalf("run %s: %v", p.Operation, err)
	}
	return op
}

func (s *story) delete(ids ...tenon.OrgID) *tenon.Operation {
	s.Helper()
	return s.confirm(s.planDelete(ids...))
}

func (s *story) undo(op *tenon.Operation) *tenon.Operation {
	s.Helper()
	can, err := s.trash.CanUndo(s.ctx, admin, op.ID)
	if err != nil || !can.Possible {
		s.Fatalf("can undo: %+v, %v", can, err)
	}
	back, err := s.trash.Undo(s.ctx, admin, op.ID)
	if err != nil {
		s.Fatal(err)
	}
	return back
}

func (s *story) mergeOrgs(source, target tenon.OrgID) *tenon.Operation {
	s.Helper()
	p, err := s.merge.Plan(s.ctx, admin, []tenon.OrgID{source}, target, tenon.Choices{})
	if err != nil {
		s.Fatal(err)
	}
	op, err := s.merge.Run(s.ctx, admin, p)
	if err != nil {
		s.Fatal(err)
	}
	return op
}

// refused fails unless the error has the code and says the words.
func (s *story) refused(err error, code tenon.Code, words string) {
	s.Helper()
	if tenon.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		s.Errorf("want %s with %q, got %v", code, words, err)
	}
}

// blocked fails unless the plan has the blocker, and unless running it is refused.
func (s *story) blocked(p *tenon.Plan, code, action string) {
	s.Helper()
	i := slices.IndexFunc(p.Blockers, func(f tenon.Finding) bool { return f.Code == code })
	if i < 0 || p.Blockers[i].Action != action {
		s.Errorf("want blocker %s with action %q, got %+v", code, action, p.Blockers)
		return
	}
	if _, err := s.trash.Run(s.ctx, admin, p); tenon.CodeOf(err) != tenon.Conflict {
		s.Errorf("a blocked plan (%s) ran: %v", code, err)
	}
}

// person is somebody new who reaches only these organizations.
func (s *story) person(role tenon.Role, orgs ...tenon.OrgID) tenon.Viewer {
	s.Helper()
	name, email := fmt.Sprintf("Person %d", s.clock.Now().UnixMicro()), fmt.Sprintf("p%d@msp.example", s.clock.Now().UnixMicro())
	u, err := s.core.CreateUser(s.ctx, admin, core.UserChange{Name: &name, Email: &email, Role: &role})
	if err != nil {
		s.Fatal(err)
	}
	for _, o := range orgs {
		if err := s.core.Grant(s.ctx, admin, tenon.Subject{Kind: "user", ID: int64(u.ID)}, o); err != nil {
			s.Fatal(err)
		}
	}
	var v tenon.Viewer
	s.write(func(tx *store.Tx) (err error) { v, err = tx.LoadViewer(u.ID); return err })
	return v
}

func (s *story) item(kind tenon.Kind, org tenon.OrgID, in core.ItemChange) tenon.ItemID {
	s.Helper()
	i, err := s.core.CreateItem(s.ctx, admin, kind, org, in)
	if err != nil {
		s.Fatal(err)
	}
	return i.ID
}

// named makes an item of which little more than the name matters.
func (s *story) named(kind tenon.Kind, org tenon.OrgID, name string, more ...any) tenon.ItemID {
	s.Helper()
	v := tenon.Values{kind.Info().Title[0]: name}
	for i := 0; i+1 < len(more); i += 2 {
		v[more[i].(string)] = more[i+1]
	}
	return s.item(kind, org, core.ItemChange{Values: v})
}

func (s *story) get(id tenon.ItemID) *tenon.Item {
	s.Helper()
	i, err := s.core.Item(s.ctx, admin, id)
	if err != nil {
		s.Fatal(err)
	}
	return i
}

func (s *story) gone(id tenon.ItemID) {
	s.Helper()
	if _, err := s.core.Item(s.ctx, admin, id); tenon.CodeOf(err) != tenon.NotFound {
		s.Errorf("item %d is there: %v", id, err)
	}
}

func (s *story) reveal(id tenon.ItemID) string {
	s.Helper()
	t, err := s.core.Reveal(s.ctx, admin, id, "password")
	if err != nil {
		s.Fatal(err)
	}
	return t.Reveal()
}

// secretly makes a password with that value, embedded in host where that is not 0.
func (s *story) secretly(org tenon.OrgID, name, value string, host tenon.ItemID) tenon.ItemID {
	s.Helper()
	text := secret.NewText(value)
	v := tenon.Values{"name": name}
	if host != 0 {
		v["resource_id"] = int64(host)
	}
	return s.item(tenon.Password, org, core.ItemChange{Values: v, Secrets: map[string]*secret.Text{"password": &text}})
}

func (s *story) plan(action string, target tenon.OrgID, ids ...tenon.ItemID) *tenon.Plan {
	s.Helper()
	p, err := s.trash.PlanItems(s.ctx, admin, action, ids, target)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// do plans and runs an action on items.
func (s *story) do(action string, target tenon.OrgID, ids ...tenon.ItemID) *tenon.Operation {
	s.Helper()
	return s.confirm(s.plan(action, target, ids...))
}

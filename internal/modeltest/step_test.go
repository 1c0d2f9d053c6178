package modeltest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

// steps are what a program is made of, each with its weight.
var steps = []struct {
	weight int
	name   string
	do     func(*runner)
}{
	{8, "create organization", (*runner).createOrg},
	{10, "file item", (*runner).createItem},
	{5, "edit organization", (*runner).editOrg},
	{5, "edit item", (*runner).editItem},
	{3, "set parent", (*runner).setParent},
	{3, "attach", (*runner).attach},
	{3, "relate", (*runner).relate},
	{3, "restrict", (*runner).restrict},
	{4, "grant", (*runner).grant},
	{2, "revoke", (*runner).revoke},
	{12, "merge", (*runner).merge},
	{10, "undo", (*runner).undo},
	{3, "delete", (*runner).delete},
	{3, "file under an old id", (*runner).fileUnderOldID},
	{3, "delete item", (*runner).deleteItem},
	{2, "move item", (*runner).moveItem},
	{1, "purge", (*runner).purge},
}

func (r *runner) next() {
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	n := r.r.IntN(total)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			r.did, r.touched = s.name, nil
			s.do(r)
			return
		}
	}
}

func (r *runner) createOrg() {
	v := tenon.Values{"name": fmt.Sprintf("Org %d", r.r.IntN(40)), "alert": pickText(r)}
	up, ok := pick(r, r.orgs(tenon.Live, tenon.Merged))
	fits := true
	if ok && r.r.IntN(2) == 0 {
		p := r.m.owner(up.Home())
		fits = r.m.orgs[p].state == tenon.Live && len(r.m.above(p))+2 <= tenon.MaxDepth
		v["parent_id"] = int64(up)
	} else {
		up = 0
	}
	o, err := r.c.CreateOrganization(context.Background(), admin, core.OrganizationChange{Values: v})
	if !r.want(fits, err) {
		return
	}
	n := &org{id: o.ID, state: tenon.Live, alert: v.Text("alert")}
	if up != 0 {
		n.parent = r.m.owner(up.Home()).Home()
	}
	r.m.orgs[o.ID] = n
	r.touched = []tenon.OrgID{o.ID}
}

func pickText(r *runner) string {
	if r.r.IntN(2) == 0 {
		return ""
	}
	return fmt.Sprintf("Alert %d", r.r.IntN(1000))
}

func (r *runner) createItem() {
	o, ok := pick(r, r.orgs(tenon.Live))
	if ok {
		r.file(o, o.Home())
	}
}

// fileUnderOldID files an item under an id that was merged away: it must land
// in the home binder of who owns it now.
func (r *runner) fileUnderOldID() {
	o, ok := pick(r, r.orgs(tenon.Merged))
	if !ok {
		return
	}
	owner := r.m.owner(o.Home())
	if r.m.orgs[owner].state == tenon.Live {
		r.file(o, owner.Home())
		return
	}
	_, err := r.c.CreateItem(context.Background(), admin, tenon.Configuration, o, core.ItemChange{Values: tenon.Values{"name": "x"}})
	r.want(false, err)
}

func (r *runner) file(o tenon.OrgID, b tenon.BinderID) {
	name := fmt.Sprintf("item %d", r.r.IntN(1000))
	i, err := r.c.CreateItem(context.Background(), admin, tenon.Configuration, o, core.ItemChange{Values: tenon.Values{"name": name, "serial_number": fmt.Sprint("S", r.r.IntN(50))}})
	if !r.want(true, err) {
		return
	}
	if i.BinderID != b {
		r.fatal("item filed in binder %d, want %d", i.BinderID, b)
	}
	r.m.items[i.ID] = &item{id: i.ID, binder: b, name: name, related: map[tenon.ItemID]bool{}, versions: 1}
	r.touched = []tenon.OrgID{tenon.OrgID(b)}
}

func (r *runner) editOrg() {
	o, ok := pick(r, r.orgs(tenon.Live, tenon.Trashed, tenon.Merged))
	if !ok {
		return
	}
	alert := pickText(r)
	_, err := r.c.UpdateOrganization(context.Background(), admin, o, core.OrganizationChange{Values: tenon.Values{"alert": alert}})
	if r.want(r.m.orgs[o].state == tenon.Live, err) {
		r.m.orgs[o].alert = alert
		r.touched = []tenon.OrgID{o}
	}
}

func (r *runner) editItem() {
	id, ok := pick(r, r.items())
	if !ok {
		return
	}
	i := r.m.items[id]
	name := fmt.Sprintf("item %d", r.r.IntN(1000))
	_, err := r.c.UpdateItem(context.Background(), admin, id, core.ItemChange{Values: tenon.Values{"name": name}})
	if r.want(true, err) {
		if name != i.name {
			i.versions++
		}
		i.name = name
		r.touched = []tenon.OrgID{r.m.owner(i.binder)}
	}
}

func (r *runner) setParent() {
	o, ok := pick(r, r.orgs(tenon.Live))
	p, okP := pick(r, r.orgs(tenon.Live, tenon.Trashed, tenon.Merged))
	if !ok || !okP {
		return
	}
	owner := r.m.owner(p.Home())
	up := r.m.above(owner)
	same := r.m.parentOf(o) == p
	fits := owner != o && r.m.orgs[owner].state == tenon.Live && !slices.Contains(up, o) && len(up)+1+r.m.height(o) <= tenon.MaxDepth
	_, err := r.c.UpdateOrganization(context.Background(), admin, o, core.OrganizationChange{Values: tenon.Values{"parent_id": int64(p)}})
	if r.want(fits || same, err) {
		if !same && r.m.parentOf(o) != owner {
			r.m.orgs[o].parent = owner.Home()
		}
		r.touched = []tenon.OrgID{o}
	}
}

func (r *runner) attach() {
	id, ok := pick(r, r.items())
	if !ok {
		return
	}
	_, err := r.c.Attach(context.Background(), admin, id, "notes.txt", "text/plain", strings.NewReader(fmt.Sprint(r.r.Uint64())))
	if r.want(true, err) {
		r.m.items[id].files++
		r.touched = []tenon.OrgID{r.m.owner(r.m.items[id].binder)}
	}
}

func (r *runner) relate() {
	a, ok := pick(r, r.items())
	b, okB := pick(r, r.items())
	if !ok || !okB {
		return
	}
	again := r.m.items[a].related[b] || r.m.items[b].related[a]
	_, err := r.c.Relate(context.Background(), admin, a, b, 0, "")
	if again {
		if tenon.CodeOf(err) == tenon.Internal {
			r.fatal("broke: %v", err)
		}
		return
	}
	if r.want(a != b, err) {
		r.m.items[a].related[b] = true
		r.m.items[b].related[a] = true
	}
}

func (r *runner) restrict() {
	id, ok := pick(r, r.items())
	if !ok {
		return
	}
	i := r.m.items[id]
	to := []tenon.Subject{}
	closed := map[tenon.UserID]bool{}
	for _, u := range r.m.users {
		if r.r.IntN(3) == 0 {
			to = append(to, tenon.Subject{Kind: "user", ID: int64(u)})
			closed[u] = true
		}
	}
	_, err := r.c.Restrict(context.Background(), admin, id, to)
	if r.want(true, err) {
		i.closed, i.closedFor = len(to) > 0, closed
		r.touched = []tenon.OrgID{r.m.owner(i.binder)}
	}
}

func (r *runner) grant() {
	u, ok := pick(r, r.m.users)
	if !ok || len(r.m.users) < 4 {
		made, err := r.c.CreateUser(context.Background(), admin, core.UserChange{Name: ptr(fmt.Sprint("Person ", len(r.m.users))),
			Email: ptr(fmt.Sprintf("person%d@msp.example", len(r.m.users))), Role: ptr(tenon.Editor)})
		if r.want(true, err) {
			r.m.users = append(r.m.users, made.ID)
		}
		return
	}
	o, ok := pick(r, r.orgs(tenon.Live))
	if !ok {
		return
	}
	if err := r.c.Grant(context.Background(), admin, tenon.Subject{Kind: "user", ID: int64(u)}, o); !r.want(true, err) {
		return
	}
	standing := r.latestGrant(u, o)
	r.m.grants = slices.DeleteFunc(r.m.grants, func(g grant) bool { return g.user == u && g.binder == o.Home() && g.at <= standing })
	r.m.grants = append(r.m.grants, grant{u, o.Home(), standing})
	r.touched = []tenon.OrgID{o}
}

func ptr[T any](v T) *T { return &v }

// latestGrant reads the id of the standing whole-organization grant: its place
// in time among the merges.
func (r *runner) latestGrant(u tenon.UserID, o tenon.OrgID) (id int64) {
	err := r.st.Read(context.Background(), func(tx *store.Tx) error {
		all, err := tx.SystemGrantsOf(tenon.Subject{Kind: "user", ID: int64(u)})
		for _, g := range all {
			if g.Binder == o.Home() && g.Breadth == tenon.WholeOrganization {
				id = g.ID
			}
		}
		return err
	})
	if err != nil || id == 0 {
		r.fatal("the grant is not there: %v", err)
	}
	return id
}

func (r *runner) revoke() {
	u, ok := pick(r, r.m.users)
	o, okO := pick(r, r.orgs(tenon.Live))
	if !ok || !okO {
		return
	}
	if err := r.c.Revoke(context.Background(), admin, tenon.Subject{Kind: "user", ID: int64(u)}, o); tenon.CodeOf(err) == tenon.Internal {
		r.fatal("broke: %v", err)
	}
	r.m.grants = slices.DeleteFunc(r.m.grants, func(g grant) bool { return g.user == u && r.m.owner(g.binder) == o })
	r.touched = []tenon.OrgID{o}
}

func (r *runner) merge() {
	from := r.orgs(tenon.Live)
	if r.r.IntN(10) == 0 {
		from = r.orgs(tenon.Live, tenon.Merged, tenon.Trashed)
	}
	s, ok := pick(r, from)
	t, okT := pick(r, from)
	if !ok || !okT {
		return
	}
	choices := tenon.Choices{FillBlanks: r.r.IntN(2) == 0}
	if r.r.IntN(3) == 0 {
		choices.Apart, choices.TargetSeesSource = true, r.r.IntN(2) == 0
	}
	p, err := r.mg.Plan(context.Background(), admin, []tenon.OrgID{s}, t, choices)
	if err != nil {
		r.fatal("plan: %v", err)
	}
	want := r.m.canMerge(s, t)
	if want {
		if n := int64(len(r.m.visible(0, s))); p.Counts["configurations"] != n {
			r.fatal("the plan counts %d items, there are %d", p.Counts["configurations"], n)
		}
	}
	made, err := r.mg.Run(context.Background(), admin, p)
	if !r.want(want, err) {
		return
	}
	r.m.doMerge(&op{id: made.ID, merge: true, source: s, target: t, apart: choices.Apart, sees: choices.TargetSeesSource}, choices.FillBlanks)
	r.promised(p)
	r.touched = []tenon.OrgID{s, t}
}

// promised holds the plan's access to what people reach now (I10).
func (r *runner) promised(p *tenon.Plan) {
	gain := map[tenon.UserID]bool{}
	for _, g := range p.Access.Gain {
		gain[g.User] = true
	}
	for _, c := range p.Access.Gain {
		reach := r.m.reach(c.User)
		for _, s := range append(slices.Clone(p.Sources), *p.Target) {
			if !reach[s.ID.Home()] && !strings.Contains(c.Sees+c.Also, s.Name) {
				r.fatal("%s was promised %q and %q", c.Name, c.Sees, c.Also)
			}
		}
	}
}

func (r *runner) undo() {
	o, ok := pick(r, r.m.ops)
	if !ok {
		return
	}
	if o.item != 0 {
		r.undoItem(o)
		return
	}
	var err error
	if o.merge {
		_, err = r.mg.Undo(context.Background(), admin, o.id)
	} else {
		_, err = r.tr.Undo(context.Background(), admin, o.id)
	}
	if !r.want(r.m.canUndo(o), err) {
		return
	}
	r.m.doUndo(o)
	r.touched = append(r.touched, o.took...)
	if o.merge {
		r.touched = []tenon.OrgID{o.source, o.target, r.m.owner(o.target.Home())}
	}
}

func (r *runner) delete() {
	o, ok := pick(r, r.orgs(tenon.Live))
	if !ok || len(r.orgs(tenon.Live)) < 6 {
		return
	}
	p, err := r.tr.PlanDelete(context.Background(), admin, []tenon.OrgID{o})
	if err != nil {
		r.fatal("plan: %v", err)
	}
	made, err := r.tr.Run(context.Background(), admin, p)
	if !r.want(true, err) {
		return
	}
	d := &op{id: made.ID, source: o}
	r.m.doDelete(d)
	r.touched = d.took
}

// act does something to one item through a plan.
func (r *runner) act(action string, id tenon.ItemID, to tenon.OrgID) *tenon.Operation {
	p, err := r.tr.PlanItems(context.Background(), admin, action, []tenon.ItemID{id}, to)
	if err != nil {
		r.fatal("plan: %v", err)
	}
	made, err := r.tr.Run(context.Background(), admin, p)
	r.want(true, err)
	return made
}

func (r *runner) deleteItem() {
	id, ok := pick(r, r.items())
	if !ok {
		return
	}
	i := r.m.items[id]
	made := r.act(trash.ActionDelete, id, 0)
	i.trashed = true
	r.m.ops = append(r.m.ops, &op{id: made.ID, item: id})
	r.touched = []tenon.OrgID{r.m.owner(i.binder)}
}

func (r *runner) moveItem() {
	id, ok := pick(r, r.items())
	to, okTo := pick(r, r.orgs(tenon.Live))
	if !ok || !okTo || r.m.owner(r.m.items[id].binder) == to {
		return
	}
	i := r.m.items[id]
	made := r.act(trash.ActionMove, id, to)
	r.touched = []tenon.OrgID{r.m.owner(i.binder), to}
	r.m.ops = append(r.m.ops, &op{id: made.ID, item: id, from: i.binder, to: to.Home()})
	i.binder = to.Home()
}

// undoItem takes an act on one item back. Whether that is still possible
// depends on what else befell it; whatever the answer, it must be true.
func (r *runner) undoItem(o *op) {
	i := r.m.items[o.item]
	_, err := r.tr.Undo(context.Background(), admin, o.id)
	if tenon.CodeOf(err) == tenon.Internal {
		r.fatal("broke: %v", err)
	}
	if i == nil || o.undone {
		r.want(false, err)
		return
	}
	r.touched = []tenon.OrgID{r.m.owner(i.binder)}
	if err != nil {
		return
	}
	o.undone = true
	if o.from == 0 {
		i.trashed = false
		return
	}
	if i.binder == o.to { // else it was moved on since, and stays
		i.binder = o.from
	}
	r.touched = append(r.touched, r.m.owner(o.from))
}

func (r *runner) purge() {
	id, ok := pick(r, r.orgs(tenon.Trashed))
	if !ok {
		return
	}
	p, err := r.tr.PlanPurge(context.Background(), admin, []tenon.OrgID{id}, nil)
	if err != nil {
		r.fatal("plan: %v", err)
	}
	p.Typed = p.MustType
	_, err = r.tr.Run(context.Background(), admin, p)
	if r.want(true, err) {
		r.m.doPurge(id)
	}
}

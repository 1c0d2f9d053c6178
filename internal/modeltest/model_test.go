package modeltest

import (
	"slices"

	"github.com/tenonhq/tenon"
)

// org is an organization of the model.
type org struct {
	id     tenon.OrgID
	state  tenon.OrgState
	into   tenon.OrgID
	parent tenon.BinderID
	by     tenon.OperationID // the delete that took it
	alert  string
}

// item is an item of the model.
type item struct {
	id        tenon.ItemID
	binder    tenon.BinderID
	name      string
	trashed   bool
	closed    bool
	closedFor map[tenon.UserID]bool
	files     int
	related   map[tenon.ItemID]bool
	versions  int
}

// grant is what a person was given of a whole organization.
type grant struct {
	user   tenon.UserID
	binder tenon.BinderID
	at     int64 // ids of operations and grants come from one sequence
}

// op is a merge, a delete of organizations, or an act on one item.
type op struct {
	id             tenon.OperationID
	merge          bool
	item           tenon.ItemID
	from           tenon.BinderID // where the item was before it was moved; 0 for a delete
	to             tenon.BinderID // where the move put it
	source, target tenon.OrgID
	apart, sees    bool
	took           []tenon.OrgID // delete
	undone         bool
	before, after  tenon.BinderID // the target's parent, where the merge changed it
	lifted         bool
	filled         string // the alert that the target took
}

type model struct {
	orgs   map[tenon.OrgID]*org
	items  map[tenon.ItemID]*item
	grants []grant
	users  []tenon.UserID
	ops    []*op
}

func newModel() *model {
	return &model{orgs: map[tenon.OrgID]*org{}, items: map[tenon.ItemID]*item{}}
}

// owner is the root of the forest of merges.
func (m *model) owner(b tenon.BinderID) tenon.OrgID {
	o := m.orgs[tenon.OrgID(b)]
	for o.state == tenon.Merged {
		o = m.orgs[o.into]
	}
	return o.id
}

// parentOf is who stands above the organization now, 0 for nobody.
func (m *model) parentOf(id tenon.OrgID) tenon.OrgID {
	b := m.orgs[id].parent
	if b == 0 {
		return 0
	}
	if p := m.owner(b); p != id {
		return p
	}
	return 0
}

func (m *model) above(id tenon.OrgID) (up []tenon.OrgID) {
	seen := map[tenon.OrgID]bool{id: true}
	for p := m.parentOf(id); p != 0 && !seen[p]; p = m.parentOf(p) {
		seen[p] = true
		up = append(up, p)
	}
	return up
}

func (m *model) below(id tenon.OrgID, states ...tenon.OrgState) (kids []tenon.OrgID) {
	for _, o := range m.orgs {
		if slices.Contains(states, o.state) && o.id != id && m.parentOf(o.id) == id {
			kids = append(kids, o.id)
		}
	}
	slices.Sort(kids)
	return kids
}

func (m *model) height(id tenon.OrgID) int {
	h := 0
	for _, k := range m.below(id, tenon.Live) {
		h = max(h, m.height(k))
	}
	return h + 1
}

// crooked is a place in the tree that cannot be taken: a ring, below what is
// not live, too deep.
func (m *model) crooked(id tenon.OrgID) bool {
	p := m.parentOf(id)
	if p == 0 {
		return false
	}
	up := m.above(p)
	return slices.Contains(up, id) || m.orgs[p].state != tenon.Live || len(up)+1+m.height(id) > tenon.MaxDepth
}

// canMerge says whether a merge must be accepted.
func (m *model) canMerge(s, t tenon.OrgID) bool {
	if s == t || m.orgs[s].state != tenon.Live || m.orgs[t].state != tenon.Live {
		return false
	}
	up := m.above(t)
	if len(m.below(s, tenon.Live, tenon.Trashed)) > 0 && !slices.Contains(up, s) && len(up)+m.height(s) > tenon.MaxDepth {
		return false
	}
	return true
}

func (m *model) doMerge(o *op, fill bool) {
	s, t := m.orgs[o.source], m.orgs[o.target]
	lifted := slices.Contains(m.above(t.id), s.id)
	s.state, s.into = tenon.Merged, t.id
	if lifted {
		o.lifted, o.before, o.after = true, t.parent, s.parent
		if o.after != 0 {
			if p := m.owner(o.after); p == t.id || slices.Contains(m.above(p), t.id) {
				o.after = 0
			}
		}
		t.parent = o.after
	}
	if fill && t.alert == "" && s.alert != "" {
		t.alert, o.filled = s.alert, s.alert
	}
	m.ops = append(m.ops, o)
}

// canUndo says whether an undo must be accepted.
func (m *model) canUndo(o *op) bool {
	if o.undone {
		return false
	}
	if o.merge {
		s := m.orgs[o.source]
		return s.state == tenon.Merged && m.orgs[m.owner(s.id.Home())].state == tenon.Live
	}
	return slices.ContainsFunc(o.took, func(id tenon.OrgID) bool { return m.orgs[id].state == tenon.Trashed && m.orgs[id].by == o.id })
}

func (m *model) doUndo(o *op) {
	o.undone = true
	if !o.merge {
		var back []tenon.OrgID
		for _, id := range o.took {
			if m.orgs[id].state == tenon.Trashed {
				m.orgs[id].state, m.orgs[id].by = tenon.Live, 0
				back = append(back, id)
			}
		}
		for _, id := range back {
			if m.crooked(id) {
				m.orgs[id].parent = 0
			}
		}
		return
	}
	s, t := m.orgs[o.source], m.orgs[o.target]
	s.state, s.into = tenon.Live, 0
	if o.lifted && t.parent == o.after {
		t.parent = o.before
		if m.crooked(t.id) {
			t.parent = o.after
		}
	}
	if m.crooked(s.id) {
		s.parent = 0
	}
	if o.filled != "" && t.alert == o.filled {
		t.alert = ""
	}
}

// doDelete takes a live organization and everything live below it.
func (m *model) doDelete(o *op) {
	var take func(id tenon.OrgID)
	take = func(id tenon.OrgID) {
		o.took = append(o.took, id)
		for _, k := range m.below(id, tenon.Live) {
			take(k)
		}
	}
	take(o.source)
	for _, id := range o.took {
		m.orgs[id].state, m.orgs[id].by = tenon.Trashed, o.id
	}
	m.ops = append(m.ops, o)
}

// reach is every binder that a person's grants come to: for each grant, what
// the standing merges that keep access apart left of it, or else everything
// its binder's owner has.
func (m *model) reach(u tenon.UserID) map[tenon.BinderID]bool {
	out := map[tenon.BinderID]bool{}
	for _, g := range m.grants {
		if g.user != u {
			continue
		}
		for b := range m.wide(g) {
			out[b] = true
		}
	}
	return out
}

func (m *model) wide(g grant) map[tenon.BinderID]bool {
	own := map[tenon.OrgID]map[tenon.BinderID]bool{}
	of := func(o tenon.OrgID) map[tenon.BinderID]bool {
		if own[o] == nil {
			own[o] = map[tenon.BinderID]bool{o.Home(): true}
		}
		return own[o]
	}
	for _, o := range m.ops {
		if !o.merge || o.undone {
			continue
		}
		s, t := of(o.source), of(o.target)
		if o.apart && g.at < int64(o.id) {
			if s[g.binder] {
				return s
			}
			if t[g.binder] && !o.sees {
				return t
			}
		}
		both := map[tenon.BinderID]bool{}
		for _, set := range []map[tenon.BinderID]bool{s, t} {
			for b := range set {
				both[b] = true
			}
		}
		own[o.target] = both
		delete(own, o.source)
	}
	out := map[tenon.BinderID]bool{}
	root := m.owner(g.binder)
	for _, o := range m.orgs {
		if m.owner(o.id.Home()) == root {
			out[o.id.Home()] = true
		}
	}
	return out
}

// visible are the items of a live organization that a person sees; the
// administrator is 0.
func (m *model) visible(u tenon.UserID, o tenon.OrgID) []tenon.ItemID {
	var out []tenon.ItemID
	reach := map[tenon.BinderID]bool{}
	if u != 0 {
		reach = m.reach(u)
	}
	for _, i := range m.items {
		if i.trashed || m.owner(i.binder) != o {
			continue
		}
		if u != 0 && (!reach[i.binder] || (i.closed && !i.closedFor[u])) {
			continue
		}
		out = append(out, i.id)
	}
	slices.Sort(out)
	return out
}

// doPurge forgets an organization in the trash and everything it owns.
func (m *model) doPurge(id tenon.OrgID) {
	for _, i := range m.items {
		if m.owner(i.binder) == id {
			for other := range i.related {
				delete(m.items[other].related, i.id)
			}
			delete(m.items, i.id)
		}
	}
	m.grants = slices.DeleteFunc(m.grants, func(g grant) bool { return m.owner(g.binder) == id })
	m.orgs[id].state = tenon.Purged
}

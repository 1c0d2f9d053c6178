package check

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// forest loads both forests: merges and parents. 1,000,000 organizations take
// some 100 MB for the moment.
func (r *run) forest() (map[tenon.OrgID]store.OrgNode, []tenon.OrgID, error) {
	nodes := map[tenon.OrgID]store.OrgNode{}
	var order []tenon.OrgID
	err := r.tx.SystemForest(func(n store.OrgNode) {
		nodes[n.ID] = n
		order = append(order, n.ID)
	})
	return nodes, order, err
}

// hierarchyIsForest is I6: no live organization is above itself, and none is
// nested deeper than allowed. A ring through the trash is no ring: a restore
// cuts it.
func hierarchyIsForest(r *run) error {
	nodes, order, err := r.forest()
	if err != nil {
		return err
	}
	for _, id := range order {
		if nodes[id].State != tenon.Live {
			continue
		}
		depth, ring := 1, false
		for at := id; ; depth++ {
			p := nodes[at].Parent
			if p == 0 || p == at || nodes[p].State != tenon.Live {
				break // its own owner means none
			}
			if ring = depth > len(nodes); ring || p == id {
				ring = true
				break
			}
			at = p
			if depth > 10*tenon.MaxDepth {
				break // a ring further up, which its own members report
			}
		}
		switch {
		case ring:
			r.add(organization(id), "It is above itself in the tree.")
		case depth > tenon.MaxDepth:
			r.add(organization(id), "It is nested %d deep; %d is the most.", depth, tenon.MaxDepth)
		}
	}
	return nil
}

// idsResolve is I8: every id ever given to an organization leads to the one
// that answers for it now, which is the stored owner of its home binder.
func idsResolve(r *run) error {
	nodes, order, err := r.forest()
	if err != nil {
		return err
	}
	for _, id := range order {
		root, ok := rootOf(nodes, id)
		n := nodes[id]
		switch {
		case !ok:
			r.add(organization(id), "What it was merged into leads in a ring.")
		case nodes[root].ID == 0:
			r.add(organization(id), "It was merged into organization %d, which does not exist.", root)
		case n.HomeOwner != 0 && n.HomeOwner != root:
			r.add(organization(id), "Its home binder belongs to organization %d, and by its merges to %d.", n.HomeOwner, root)
		case nodes[root].State == tenon.Merged:
			r.add(organization(id), "Organization %d is merged, and says not into what.", root)
		}
	}
	return nil
}

func rootOf(nodes map[tenon.OrgID]store.OrgNode, id tenon.OrgID) (tenon.OrgID, bool) {
	for steps := 0; steps <= len(nodes); steps++ {
		next := nodes[id].MergedInto
		if next == 0 {
			return id, true
		}
		id = next
	}
	return 0, false
}

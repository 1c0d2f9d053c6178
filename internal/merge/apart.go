package merge

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Access that is kept apart is kept by narrowing grants: one of a whole
// organization becomes one for each binder that the organization owned then.
//
// Merges can be undone in any order, so an undo cannot simply put back what
// its merge narrowed: another merge, standing around it, may narrow the same
// grant, and for other reasons. So an undo derives: the grants that people
// made are the truth, and the merges that still stand are played over them
// again, in the order in which they happened.

// narrow narrows whole-organization grants to the binders, under the operation.
func narrow(tx *store.Tx, op tenon.OperationID, grants []store.Grant, to []tenon.BinderID) error {
	for _, g := range grants {
		if g.Breadth != tenon.WholeOrganization {
			continue
		}
		if err := tx.NarrowGrant(g, to, op); err != nil {
			return err
		}
	}
	return nil
}

// regrant makes the grants on these organizations, and on everything merged
// into them, what the standing merges say.
func regrant(tx *store.Tx, orgs ...tenon.OrgID) error {
	var all []tenon.OrgID
	for _, o := range orgs {
		tree, err := tx.SystemSubtree(o)
		if err != nil {
			return err
		}
		all = append(all, tree...)
	}
	binders := make([]tenon.BinderID, len(all))
	for i, o := range all {
		binders[i] = o.Home()
	}
	if touched, err := tx.SystemNarrowed(binders); err != nil || !touched {
		return err
	}
	if err := tx.ResetGrants(binders); err != nil {
		return err
	}
	var grants []store.Grant
	for _, o := range orgs {
		of, err := tx.SystemGrants(o)
		if err != nil {
			return err
		}
		grants = append(grants, of...)
	}
	merges, err := tx.SystemStandingMerges(all)
	if err != nil {
		return err
	}
	return replay(tx, grants, merges)
}

// replay plays merges over grants. owned follows which binders each
// organization had when each merge happened, had only these merges been.
func replay(tx *store.Tx, grants []store.Grant, merges []tenon.Operation) error {
	owned := map[tenon.OrgID][]tenon.BinderID{}
	of := func(o tenon.OrgID) []tenon.BinderID {
		if owned[o] == nil {
			owned[o] = []tenon.BinderID{o.Home()}
		}
		return owned[o]
	}
	// wide takes out of grants those of a whole organization on the binders
	// that existed when the merge happened: what was granted later was granted
	// on what it had become.
	wide := func(op tenon.OperationID, binders []tenon.BinderID) (out []store.Grant) {
		grants = slices.DeleteFunc(grants, func(g store.Grant) bool {
			hit := g.Breadth == tenon.WholeOrganization && g.ID < int64(op) && slices.Contains(binders, g.Binder)
			if hit {
				out = append(out, g)
			}
			return hit
		})
		return out
	}
	for _, m := range merges {
		var j journal
		if err := tx.SystemJournal(m.ID, &j); err != nil {
			return err
		}
		s, t := of(m.SourceID), of(m.TargetID)
		if j.Apart {
			if err := narrow(tx, m.ID, wide(m.ID, s), s); err != nil {
				return err
			}
			if !j.TargetSees {
				if err := narrow(tx, m.ID, wide(m.ID, t), t); err != nil {
					return err
				}
			}
		}
		owned[m.TargetID] = append(slices.Clone(t), s...)
		delete(owned, m.SourceID)
	}
	return nil
}

package core

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// An organization that comes back, out of the trash or out of another, may find
// its place in the tree and its external id taken by what happened meanwhile.

// TreeHeight counts the levels of the live tree under an organization, itself included.
func TreeHeight(tx *store.Tx, id tenon.OrgID) (int, error) {
	tree, err := tx.SystemTree(id, tenon.Live)
	if err != nil || len(tree) == 0 {
		return 1, err
	}
	return min(tree[len(tree)-1].Depth, tenon.MaxDepth+1), nil
}

// Misplaced tells whether the organization stands in a ring, below one that is
// not live, or in a tree that is too deep.
func Misplaced(tx *store.Tx, id tenon.OrgID) (bool, error) {
	b, err := tx.SystemParentBinder(id)
	if err != nil || b == 0 {
		return false, err
	}
	parent, err := tx.Owner(b)
	if err != nil || parent == id {
		return false, err
	}
	p, err := tx.GetOrganization(tenon.SystemViewer(), parent)
	switch {
	case tenon.CodeOf(err) == tenon.NotFound:
		return true, nil
	case err != nil:
		return false, err
	case p.State != tenon.Live:
		return true, nil
	}
	up, err := tx.SystemAncestors(parent)
	if err != nil {
		return false, err
	}
	if slices.Contains(up, id) {
		return true, nil
	}
	height, err := TreeHeight(tx, id)
	return len(up)+1+height > tenon.MaxDepth, err
}

// SettleComeback puts an organization that came back to the top where its old
// place is not free any more, and takes from it an external id that another
// live one has by now. It returns what it changed, in sentences for the receipt.
func SettleComeback(tx *store.Tx, v tenon.Viewer, id tenon.OrgID) ([]tenon.Phrase, error) {
	var notes []tenon.Phrase
	bad, err := Misplaced(tx, id)
	if err != nil {
		return nil, err
	}
	if bad {
		if err := tx.SystemSetParent(id, 0); err != nil {
			return nil, err
		}
	}
	o, err := tx.GetOrganization(tenon.SystemViewer(), id)
	if err != nil {
		return nil, err
	}
	if bad {
		notes = append(notes, tenon.Say("%s comes back as a root: its old place is not free any more.", o.Name))
	}
	other, err := sharesExternalID(tx, o)
	if err != nil || other == 0 {
		return notes, err
	}
	notes = append(notes, tenon.Say("%s comes back without its external id %s: another organization has it by now.", o.Name, o.Values.Text("external_id")))
	delete(o.Values, "external_id")
	if err := tx.SystemUpdateOrganization(o); err != nil {
		return nil, err
	}
	return notes, KeepOrganization(tx, v, o)
}

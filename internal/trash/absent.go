package trash

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Absence says what became of an item that does not stand at its address any
// more, to somebody who could see it there.
type Absence struct {
	Item *tenon.Item
	// Into is the item that it was merged into. Where that is set, nothing else is.
	Into tenon.ItemID
	// Entry is what restores it: of the item, or of its organization, with which it went.
	Entry tenon.TrashEntry
	// Receipt tells whether the viewer may read the receipt of the delete.
	Receipt bool
}

// Absence returns why there is no such item: it is in the trash, its
// organization is, or it was merged away. NotFound where there is another
// reason, and where the viewer could not see the item if it were there: they do
// not learn that it ever was.
func (e *Engine) Absence(ctx context.Context, v tenon.Viewer, id tenon.ItemID) (*Absence, error) {
	var a *Absence
	err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
		a, err = absence(tx, v, id)
		return err
	})
	return a, err
}

func absence(tx *store.Tx, v tenon.Viewer, id tenon.ItemID) (*Absence, error) {
	none := tenon.Errorf(tenon.NotFound, "There is no item %d.", id)
	i, err := tx.GetItemAnywhere(v, id)
	if err != nil {
		return nil, err
	}
	a := &Absence{Item: i}
	into, err := tx.MergedItem(id)
	switch tenon.CodeOf(err) {
	case "":
		// The other may be in the trash as well: its own address says so.
		_, err = tx.GetItemAnywhere(v, into)
		a.Into = into
		return a, err
	case tenon.NotFound:
	default:
		return nil, err
	}
	o, err := tx.GetOrganization(v, i.OrgID)
	if i.OrgID == tenon.SystemOrg && tenon.CodeOf(err) == tenon.NotFound {
		o, err = &tenon.Organization{ID: i.OrgID, State: tenon.Live}, nil // what belongs to no organization
	}
	if err != nil {
		return nil, err
	}
	q := store.TrashQuery{Record: int64(id)}
	if o.State == tenon.Trashed {
		q = store.TrashQuery{Record: int64(o.ID), Organizations: true}
	}
	list, _, err := trashPage(tx, v, q)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || list[0].OperationKind == KindPurge {
		return nil, none
	}
	a.Entry = list[0]
	_, err = tx.GetOperation(v, a.Entry.Operation)
	if a.Receipt = err == nil; tenon.CodeOf(err) == tenon.NotFound {
		err = nil
	}
	return a, err
}

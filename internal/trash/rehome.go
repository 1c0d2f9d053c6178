package trash

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// rehome is a contact whose organization is deleted and who is a member of
// another one, which it is filed with from then on.
type rehome struct {
	contact store.Homeless
	to      tenon.OrgID
	toName  string
}

func (h rehome) plan() tenon.MovePlan {
	return tenon.MovePlan{Item: h.contact.ID, Kind: tenon.Contact.String(), Name: h.contact.Name, From: h.contact.From, To: h.to, ToName: h.toName,
		Why: "Also a member there, and since longest."}
}

// readHomeless finds the contacts of the binders that are members of a live
// organization which stays; of several, the oldest membership counts.
func readHomeless(tx *store.Tx, binders []tenon.BinderID, gone []tenon.OrgID) ([]rehome, error) {
	found, err := tx.SystemHomeless(binders, gone, MaxItems+1)
	out := make([]rehome, len(found))
	for i, h := range found {
		out[i] = rehome{contact: h, to: h.To, toName: h.ToName}
	}
	return out, err
}

// itemMove is one item that changed its binder.
type itemMove struct {
	Item tenon.ItemID   `json:"item"`
	From tenon.BinderID `json:"from"`
	To   tenon.BinderID `json:"to"`
}

// rehome files contacts with the organization that they are members of.
func (e *Engine) rehome(*store.Tx, tenon.Viewer, *tenon.Operation, []rehome) ([]itemMove, error) {
	return nil, nil
}

// comeHome files them with their own organization again, where they are still
// as the delete left them.
func (e *Engine) comeHome(*restoring, []itemMove) error { return nil }

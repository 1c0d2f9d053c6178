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
	hidden  bool // the contact is not for the viewer, or the organization is not
}

func (h rehome) plan() tenon.MovePlan {
	if h.hidden {
		return tenon.MovePlan{Kind: tenon.Contact.String(), Name: tenon.Say("a contact that you may not see").String(), From: h.contact.From, Why: tenon.Say("Also a member elsewhere."), Hidden: true}
	}
	return tenon.MovePlan{Item: h.contact.ID, Kind: tenon.Contact.String(), Name: h.contact.Name, From: h.contact.From, To: h.to, ToName: h.toName,
		Why: tenon.Say("Also a member there, and since longest.")}
}

// readHomeless finds the contacts of the binders that are members of a live
// organization which stays; of several, the oldest membership counts.
func readHomeless(tx *store.Tx, v tenon.Viewer, binders []tenon.BinderID, gone []tenon.OrgID) ([]rehome, error) {
	found, err := tx.SystemHomeless(v, binders, gone, MaxItems+1)
	out := make([]rehome, len(found))
	for i, h := range found {
		out[i] = rehome{contact: h, to: h.To, toName: h.ToName, hidden: !h.Seen}
	}
	return out, err
}

// rehome files contacts with the organization that they are members of, by the
// way of a person's move.
func (e *Engine) rehome(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, list []rehome) ([]itemMove, error) {
	var moves []itemMove
	for _, h := range list {
		found, err := tx.HangingOn(h.contact.ID)
		if err != nil {
			return nil, err
		}
		if err := tx.LockItems(found...); err != nil {
			return nil, err
		}
		items, err := tx.SystemItems(found...)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			m := itemMove{Item: i.ID, From: i.BinderID, To: h.contact.Through, Number: i.Number}
			i.Number = 0
			event := tenon.Event{Action: "move", Operation: op.ID, Changes: []tenon.Change{{Field: "organization_id", Before: int64(h.contact.From), After: int64(h.to)}}}
			if err := moveItem(e, tx, v, i, &m, event); err != nil {
				return nil, err
			}
			moves = append(moves, m)
		}
	}
	return moves, nil
}

// comeHome files them with their own organization again, where they are still
// as the delete left them.
func (e *Engine) comeHome(r *restoring, moves []itemMove) error {
	if len(moves) == 0 {
		return nil
	}
	goes, err := r.returning(moves)
	if err != nil {
		return err
	}
	for _, g := range goes {
		event := tenon.Event{Action: "move", Operation: r.back.ID, Changes: []tenon.Change{{Field: "binder_id", Before: int64(g.move.To), After: int64(g.move.From)}}}
		g.item.Number = g.move.Number
		if err := e.c.MoveItemIn(r.tx, r.v, g.item, g.move.From, event); err != nil {
			return err
		}
		if g.move.Guest != nil {
			if _, err := r.tx.SystemAddGuest(*g.move.Guest); err != nil {
				return err
			}
		}
	}
	return nil
}

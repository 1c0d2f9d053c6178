package store

import (
	"fmt"
	"slices"
	"sort"

	"github.com/tenonhq/tenon"
)

// Owner returns the organization that owns the binder now. It asks no viewer:
// it turns a reference into an id and shows nothing.
func (tx *Tx) Owner(b tenon.BinderID) (tenon.OrgID, error) {
	var id tenon.OrgID
	err := tx.row(`SELECT organization_id FROM binders WHERE id = $1`, b).Scan(&id)
	return id, fail("binder", int64(b), err)
}

// Binders returns the binders of an organization that the viewer reaches, in order.
func (tx *Tx) Binders(v tenon.Viewer, org tenon.OrgID) ([]tenon.BinderID, error) {
	var a args
	text := `SELECT b.id FROM binders b WHERE b.organization_id = ` + a.add(org) +
		` AND ` + a.seesBinder(v, "b.id") + ` ORDER BY b.id`
	return column[tenon.BinderID](tx, text, a...)
}

// Reached returns those of the binders that the viewer reaches. The binders
// were read in this transaction: whoever reaches everything is not asked for.
func (tx *Tx) Reached(v tenon.Viewer, binders []tenon.BinderID) (map[tenon.BinderID]bool, error) {
	var a args
	reached, err := binders, error(nil)
	if !v.Everywhere {
		reached, err = column[tenon.BinderID](tx, `SELECT b.id FROM binders b WHERE `+tx.d.inBinders("b.id", a.add(tx.d.bindersArg(binders)))+` AND `+a.seesBinder(v, "b.id"), a...)
	}
	out := make(map[tenon.BinderID]bool, len(reached))
	for _, b := range reached {
		out[b] = true
	}
	return out, err
}

// liveReach returns the binders of live organizations that the viewer
// reaches, at most limit+1 of them. Only for viewers who do not reach everything.
// A read asks once.
func (tx *Tx) liveReach(v tenon.Viewer, limit int) ([]tenon.BinderID, error) {
	near, known := tx.near[v.User]
	if !known {
		var err error
		near, err = column[tenon.BinderID](tx, `SELECT r.binder_id FROM reach r WHERE r.user_id = $1 AND `+ownerLive("r.binder_id")+
			` ORDER BY r.binder_id LIMIT $2`, v.User, max(fewBinders, smallReach)+1)
		if err != nil {
			return nil, err
		}
		if !tx.write {
			if tx.near == nil {
				tx.near = map[tenon.UserID][]tenon.BinderID{}
			}
			tx.near[v.User] = near
		}
	}
	return slices.Clone(near[:min(len(near), limit+1)]), nil
}

// binderOwner is a binder with what a row shows of its owner.
type binderOwner struct {
	id        tenon.BinderID
	org       tenon.OrgID
	name      string
	state     tenon.OrgState
	changedAt int64
}

// owners loads the owners of some binders, and of the items in sealed the names
// of their secret fields, in one statement: a list of items needs both.
func (tx *Tx) owners(ids []tenon.BinderID, sealed []tenon.BinderID, secret func(tenon.ItemID, string)) (map[tenon.BinderID]binderOwner, error) {
	out := make(map[tenon.BinderID]binderOwner, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var a args
	text := `SELECT b.id, b.organization_id, b.changed_at, o.name, o.state FROM binders b JOIN organizations o ON o.id = b.organization_id
		WHERE ` + tx.d.inBinders("b.id", a.add(tx.d.bindersArg(ids)))
	if len(sealed) > 0 {
		text += ` UNION ALL SELECT s.item_id, 0, 0, s.field, '' FROM secrets s WHERE ` + tx.d.inBinders("s.item_id", a.add(tx.d.bindersArg(sealed)))
	}
	err := tx.each(func(r Scanner) error {
		var b binderOwner
		if err := r.Scan(&b.id, &b.org, &b.changedAt, &b.name, &b.state); err != nil {
			return err
		}
		if b.org == 0 {
			secret(tenon.ItemID(b.id), b.name)
			return nil
		}
		out[b.id] = b
		return nil
	}, text, a...)
	return out, err
}

// Receiver is who owns a binder now, as far as that decides whether something
// may come back to it or out of it.
type Receiver struct {
	Home      tenon.OrgState // of the organization whose home the binder is
	Org       tenon.OrgID
	Name      string
	State     tenon.OrgState
	TrashedBy tenon.OperationID
	Seen      bool // the viewer may know of the organization
	Reached   bool // the viewer reaches the binder
}

// SystemReceivers returns who owns these binders, in any state.
func (tx *Tx) SystemReceivers(v tenon.Viewer, binders []tenon.BinderID) (map[tenon.BinderID]Receiver, error) {
	out := make(map[tenon.BinderID]Receiver, len(binders))
	if len(binders) == 0 {
		return out, nil
	}
	var a args
	return out, tx.each(func(r Scanner) error {
		var b tenon.BinderID
		var x Receiver
		err := r.Scan(&b, &x.Home, &x.Org, &x.Name, &x.State, &x.TrashedBy, &x.Seen, &x.Reached)
		out[b] = x
		return err
	}, `SELECT b.id, h.state, o.id, o.name, o.state, COALESCE(o.trashed_by, 0), (`+a.seesOrganization(v, "o")+`), (`+a.seesBinder(v, "b.id")+`)
		FROM binders b JOIN organizations h ON h.id = b.id JOIN organizations o ON o.id = b.organization_id WHERE `+tx.d.inBinders("b.id", a.add(tx.d.bindersArg(binders))), a...)
}

// LockOrganizations locks the organizations in id order and proves that each
// is in the state that the operation expects of it. Anything else is Conflict.
// The lock does not hold up anybody who files items (FOR NO KEY UPDATE).
func (tx *Tx) LockOrganizations(want map[tenon.OrgID]tenon.OrgState) error {
	ids := make([]tenon.OrgID, 0, len(want))
	for id := range want {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		var state tenon.OrgState
		var name string
		// One row at a time: a locking join could return nothing after waiting.
		err := tx.row(`SELECT state, name FROM organizations WHERE id = $1`+tx.d.lockRows(), id).Scan(&state, &name)
		if err := fail("organization", int64(id), err); err != nil {
			return err
		}
		if state != want[id] {
			return tenon.Errorf(tenon.Conflict, "%s is %s now, and this needs it to be %s. Nothing was changed.", name, state, want[id])
		}
	}
	return nil
}

// LockAny locks the organizations in id order, whatever their state.
func (tx *Tx) LockAny(ids []tenon.OrgID) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		var n int64
		err := tx.row(`SELECT id FROM organizations WHERE id = $1`+tx.d.lockRows(), id).Scan(&n)
		if err := fail("organization", int64(id), err); err != nil {
			return err
		}
	}
	return nil
}

// HandOver gives binders to another organization and notes the move under the
// operation. Both organizations must be locked, and to must be live or trashed.
func (tx *Tx) HandOver(op tenon.OperationID, binders []tenon.BinderID, from, to tenon.OrgID) error {
	if len(binders) == 0 {
		return nil
	}
	var last int64
	if err := tx.row(`SELECT COALESCE(MAX(changed_at), 0) FROM binders WHERE organization_id = $1`, from).Scan(&last); err != nil {
		return err
	}
	// The change must be later than any earlier one of these binders: feeds page by it.
	at := max(micros(tx.now), last+1)
	var a args
	pTo, pAt, pFrom := a.add(to), a.add(at), a.add(from)
	n, err := tx.exec(`UPDATE binders SET organization_id = `+pTo+`, changed_at = `+pAt+
		` WHERE organization_id = `+pFrom+` AND `+tx.d.inBinders("id", a.add(tx.d.bindersArg(binders))), a...)
	if err != nil {
		return err
	}
	if n != int64(len(binders)) {
		return errRetry
	}
	rows := make([][]any, len(binders))
	for i, b := range binders {
		rows[i] = []any{op, b, from, to, at}
	}
	return tx.insertMany("binder_moves (operation_id, binder_id, from_id, to_id, at)", 5, rows, "")
}

// SystemBindersOf returns every binder of the organization, whoever asks.
func (tx *Tx) SystemBindersOf(org tenon.OrgID) ([]tenon.BinderID, error) {
	return column[tenon.BinderID](tx, `SELECT id FROM binders WHERE organization_id = $1 ORDER BY id`, org)
}

// SystemBinderOf returns the binder that an item is filed in, also one in the trash.
func (tx *Tx) SystemBinderOf(item tenon.ItemID) (tenon.BinderID, error) {
	var b tenon.BinderID
	err := tx.row(`SELECT binder_id FROM items WHERE id = $1`, item).Scan(&b)
	return b, fail("item", int64(item), err)
}

// SystemSubtree returns the organization and everything that was merged into
// it, directly or through others.
func (tx *Tx) SystemSubtree(org tenon.OrgID) ([]tenon.OrgID, error) {
	ids, err := column[tenon.OrgID](tx, `WITH RECURSIVE t(id) AS (
		SELECT id FROM organizations WHERE id = $1
		UNION ALL SELECT o.id FROM organizations o JOIN t ON o.merged_into = t.id)
		SELECT id FROM t`, org)
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return ids, err
}

// NextNumber takes the next number of the binder, for kinds that are numbered.
func (tx *Tx) NextNumber(b tenon.BinderID) (int64, error) {
	var n int64
	err := tx.row(`UPDATE binders SET next_number = next_number + 1 WHERE id = $1 RETURNING next_number - 1`, b).Scan(&n)
	return n, fail("binder", int64(b), err)
}

// TakeEvents reserves the block of derived event ids of one operation: two per
// item id up to high.
func (tx *Tx) TakeEvents(op tenon.OperationID) error {
	var high int64
	if err := tx.row(`SELECT COALESCE(MAX(id), 1) FROM items`).Scan(&high); err != nil {
		return err
	}
	var next int64
	err := tx.row(`UPDATE counters SET next = next + $1 WHERE name = 'events' RETURNING next`, 2*(high+1)).Scan(&next)
	if err != nil {
		return fmt.Errorf("reserve event ids: %w", err)
	}
	return tx.run(`UPDATE operations SET event_base = $1, high_item = $2 WHERE id = $3`, next-2*(high+1), high, op)
}

// LockStructure makes this transaction the only one that changes who owns
// what, who is above whom, or who may reach what, until it ends: merge, undo,
// delete, restore, a change of parent, of a grant, of a group. The rules over
// these span organizations (no ring, reach as the grants say), so locks on two
// rows do not hold them. Each takes milliseconds; filing and editing items
// never waits for it.
func (tx *Tx) LockStructure() error {
	n, err := tx.exec(`UPDATE counters SET next = next + 1 WHERE name = 'structure'`)
	if err == nil && n == 0 {
		return fail("counter", 0, errNoRow)
	}
	return err
}

// HoldStructure keeps what LockStructure guards as it is until this transaction
// ends: what is read afterwards is still true when it commits. Many may hold it
// at once. A transaction that holds it must not lock it.
func (tx *Tx) HoldStructure() error {
	var n int64
	err := tx.row(`SELECT next FROM counters WHERE name = 'structure'` + tx.d.holdRows()).Scan(&n)
	return fail("counter", 0, err)
}

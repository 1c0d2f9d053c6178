package trash

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// checkItems refuses in words what cannot be taken back.
func checkItems(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) error {
	var j itemsJournal
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return err
	}
	right := actions[j.Action].right
	switch j.Action {
	case ActionDelete:
		right = tenon.RestoreTrash
	case ActionRestore, ActionCopy:
		right = tenon.DeleteItems
	}
	if err := v.Need(right); err != nil {
		return err
	}
	if j.Action == ActionDelete {
		return checkUndelete(tx, v, op, j)
	}
	ids := append(slices.Clone(j.Items), j.Copies...)
	for _, e := range j.Edits {
		ids = append(ids, tenon.ItemID(e.Record))
	}
	var from []tenon.BinderID
	for _, m := range j.Moves {
		ids = append(ids, m.Item)
		if !slices.Contains(from, m.From) {
			from = append(from, m.From)
		}
	}
	if err := fileable(tx, v, from); err != nil {
		return err
	}
	seen, err := tx.GetItems(v, ids)
	if err == nil && len(seen) == 0 {
		err = tenon.Errorf(tenon.Conflict, "None of these items is there any more for you, so nothing can be taken back.")
	}
	return err
}

func checkUndelete(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, j itemsJournal) error {
	ids, err := tx.SystemTrashedBy(op.ID)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return tenon.Errorf(tenon.Conflict, "What this operation deleted was restored or purged already.")
	}
	s, err := readItems(tx, v, request{action: ActionRestore, ids: ids})
	if err != nil {
		return err
	}
	if len(s.named) == 0 {
		return tenon.Errorf(tenon.Forbidden, "You do not reach what this operation deleted, so you may not restore it.")
	}
	if found := s.blockers(); len(found) > 0 {
		return tenon.Errorf(tenon.Conflict, "%s", found[0].Message)
	}
	return nil
}

// fileable refuses binders whose owner is not live, or that the viewer does not reach.
func fileable(tx *store.Tx, v tenon.Viewer, binders []tenon.BinderID) error {
	owners, err := tx.SystemReceivers(v, binders)
	if err != nil {
		return err
	}
	for _, b := range binders {
		o := owners[b]
		switch {
		case o.State == tenon.Purged:
			return tenon.Errorf(tenon.Conflict, "The organization that these belonged to was purged, so they stay where they are.")
		case o.State != tenon.Live:
			return tenon.Errorf(tenon.Conflict, "%s is in the trash (operation %d). Restore it first.", o.Name, o.TrashedBy)
		case !o.Reached:
			return tenon.Errorf(tenon.Forbidden, "You do not reach %s, so you may not put anything back there.", o.Name)
		}
	}
	return nil
}

// undoItems takes an operation on items back.
func (e *Engine) undoItems(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	var j itemsJournal
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return nil, err
	}
	back, err := operation.StartUndo(tx, v, KindUndoItems, op)
	if err != nil {
		return nil, err
	}
	u := &itemsUndo{restoring: restoring{tx: tx, v: v, back: back}, e: e, op: op, j: j}
	if err := u.step(); err != nil {
		return nil, err
	}
	if err := tx.MarkUndone(op.ID, back.ID); err != nil {
		return nil, err
	}
	back.Title = tenon.Say("Taken back: %s", op.Title)
	back.Receipt.Sentence = back.Sentence()
	back.Receipt.Counts["items"] = int64(u.done)
	// What is left of it may be nothing; the log still says that it was taken back.
	if err := tx.Record(v, tenon.Event{Action: "undo", Subject: "operation", SubjectID: int64(op.ID), Name: op.Title.String(), Binder: op.SourceID.Home(), Operation: back.ID}); err != nil {
		return nil, err
	}
	return back, tx.FinishOperation(back, j)
}

// itemsUndo takes one operation on items back.
type itemsUndo struct {
	restoring
	e    *Engine
	op   *tenon.Operation
	j    itemsJournal
	done int
}

// step takes back what the journal says.
func (u *itemsUndo) step() error {
	switch u.j.Action {
	case ActionDelete:
		return u.undelete()
	case ActionRestore:
		return u.discard(u.j.Items)
	case ActionCopy:
		return u.discard(u.j.Copies)
	case ActionArchive, ActionUnarchive:
		return u.unarchive()
	case ActionMove:
		return u.moveBack()
	}
	return u.unedit()
}

func (u *itemsUndo) undelete() error {
	items, err := u.tx.SystemItems(u.j.Items...)
	if err != nil {
		return err
	}
	items = slices.DeleteFunc(items, func(i *tenon.Item) bool { return i.TrashedBy != u.op.ID })
	var ids []tenon.ItemID
	for _, i := range items {
		ids = append(ids, i.ID)
	}
	if len(ids) > 0 {
		if _, err := u.tx.SystemUntrash(ids, u.op.ID); err != nil {
			return err
		}
	}
	for _, l := range u.j.Links {
		if slices.Contains(ids, l.Item) {
			if err := u.tx.RestoreLink(l); err != nil {
				return err
			}
		}
	}
	for _, i := range items {
		if err := record(u.tx, u.v, i, "restore", u.back.ID); err != nil {
			return err
		}
	}
	u.done = len(items)
	if n := len(u.j.Items) - len(items); n > 0 {
		u.tell("%s restored or purged before.", tenon.Amount(n, "item was", "items were"))
	}
	return nil
}

// discard puts copies, or what was restored, into the trash.
func (u *itemsUndo) discard(ids []tenon.ItemID) error {
	all, err := u.tx.HangingOn(ids...)
	if err != nil {
		return err
	}
	if err := u.tx.LockItems(all...); err != nil {
		return err
	}
	items, err := u.tx.SystemItems(all...)
	if err != nil {
		return err
	}
	if _, err := u.tx.TrashItems(all, u.back.ID); err != nil {
		return err
	}
	for _, i := range items {
		if i.TrashedBy != 0 {
			continue
		}
		u.done++
		if err := record(u.tx, u.v, i, "delete", u.back.ID); err != nil {
			return err
		}
	}
	return nil
}

func (u *itemsUndo) unarchive() error {
	if err := u.tx.LockItems(u.j.Items...); err != nil {
		return err
	}
	items, err := u.tx.SystemItems(u.j.Items...)
	if err != nil {
		return err
	}
	parts, err := u.tx.SystemParts(u.j.Items...)
	if err != nil {
		return err
	}
	was := u.j.Action != ActionArchive
	action := map[bool]string{true: ActionArchive, false: ActionUnarchive}[was]
	for _, i := range items {
		if i.Archived == was {
			continue
		}
		i.Archived = was
		e := tenon.Event{Action: action, Operation: u.back.ID, Changes: []tenon.Change{{Field: "archived", Before: !was, After: was}}}
		if err := u.e.c.SaveItemIn(u.tx, u.v, i, parts[i.ID], e); err != nil {
			return err
		}
		u.done++
	}
	return nil
}

// moveBack files items where they were, where they are still as the move left
// them, together with what hangs on them by now.
func (u *itemsUndo) moveBack() error {
	goes, err := u.returning(u.j.Moves)
	if err != nil {
		return err
	}
	for _, g := range goes {
		m := g.move
		e := tenon.Event{Action: "move", Operation: u.back.ID, Changes: []tenon.Change{{Field: "binder_id", Before: int64(m.To), After: int64(m.From)}}}
		g.item.Number = m.Number
		if err := u.e.c.MoveItemIn(u.tx, u.v, g.item, m.From, e); err != nil {
			return err
		}
		if m.Guest != nil {
			if _, err := u.tx.SystemAddGuest(*m.Guest); err != nil {
				return err
			}
		}
		u.done++
	}
	if err := u.putBack(u.j.Cleared); err != nil {
		return err
	}
	var ids []tenon.ItemID
	for _, g := range goes {
		ids = append(ids, g.item.ID)
	}
	if len(ids) > 0 {
		if err := u.tx.SettleRestrictions(ids...); err != nil {
			return err
		}
	}
	for _, p := range u.j.Locations {
		if err := u.location(p); err != nil {
			return err
		}
	}
	return nil
}

// returned is an item that goes back.
type returned struct {
	item *tenon.Item
	move itemMove
}

// returning works out what goes back: the items that are where the move put
// them, unless they hang on something that stays there, and all that hangs on them.
func (r *restoring) returning(moves []itemMove) ([]returned, error) {
	plan := map[tenon.ItemID]itemMove{}
	var ids []tenon.ItemID
	for _, m := range moves {
		plan[m.Item] = m
		ids = append(ids, m.Item)
	}
	all, err := r.tx.HangingOn(ids...)
	if err != nil {
		return nil, err
	}
	if err := r.tx.LockItems(all...); err != nil {
		return nil, err
	}
	items, err := r.tx.SystemItems(all...)
	if err != nil {
		return nil, err
	}
	byID := map[tenon.ItemID]*tenon.Item{}
	for _, i := range items {
		byID[i.ID] = i
	}
	refs := newReferences(r.tx)
	going := map[tenon.ItemID]bool{}
	var out []returned
	for _, id := range all { // hosts before what hangs on them
		i := byID[id]
		if i == nil {
			continue
		}
		m, known := plan[id]
		list, err := refs.of(i)
		if err != nil {
			return nil, err
		}
		stays := known && i.BinderID != m.To
		for _, x := range list {
			switch {
			case !x.host:
			case going[x.named] && !known:
				m = itemMove{Item: id, From: plan[x.named].From, To: i.BinderID}
				plan[id], known = m, true
			case !going[x.named]:
				stays = true
			}
		}
		if !known {
			continue
		}
		if stays {
			r.tell("%s stays where it is: it was moved on, or hangs on something there.", i.Name)
			continue
		}
		going[id] = true
		out = append(out, returned{i, m})
	}
	return out, nil
}

// putBack gives fields that were cleared their reference back, where they are
// still empty and what they named belongs to the same organization again.
func (u *itemsUndo) putBack(list []cleared) error {
	for _, c := range list {
		found, err := u.tx.SystemItems(c.Item, c.Named)
		if err != nil {
			return err
		}
		if len(found) != 2 {
			continue
		}
		i, named := found[0], found[1]
		if i.ID != c.Item {
			i, named = named, i
		}
		f := i.Kind.Info().Fields.Field(c.Field)
		host := f != nil && f.Host
		if i.OrgID != named.OrgID || (host && i.BinderID != named.BinderID) || !put(i, c.Field, c.Named) {
			continue
		}
		parts, err := u.tx.SystemParts(i.ID)
		if err != nil {
			return err
		}
		if err := u.e.c.SaveItemIn(u.tx, u.v, i, parts[i.ID], tenon.Event{Action: "update", Operation: u.back.ID,
			Changes: []tenon.Change{{Field: c.Field, After: int64(c.Named)}}}); err != nil {
			return err
		}
		if host {
			if err := u.tx.SettleRestrictions(i.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// location makes a location that came back the primary one again, where there
// is none by now.
func (u *itemsUndo) location(p primary) error {
	o, err := u.tx.GetOrganization(tenon.SystemViewer(), p.Org)
	if err != nil || o.Values.ID("primary_location_id") != 0 {
		return skipNotFound(err)
	}
	found, err := u.tx.SystemItems(p.Location)
	if err != nil || len(found) == 0 || found[0].OrgID != o.ID || found[0].TrashedBy != 0 {
		return err
	}
	o.Values["primary_location_id"] = int64(p.Location)
	return u.tx.SystemUpdateOrganization(o)
}

func skipNotFound(err error) error {
	if tenon.CodeOf(err) == tenon.NotFound {
		return nil
	}
	return err
}

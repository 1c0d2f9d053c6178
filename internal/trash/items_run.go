package trash

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// itemMove is one item that changed its binder.
type itemMove struct {
	Item   tenon.ItemID   `json:"item"`
	From   tenon.BinderID `json:"from"`
	To     tenon.BinderID `json:"to"`
	Number int64          `json:"number,omitempty"` // that it had
	// Guest is the membership of a contact that became its own.
	Guest *store.Guest `json:"guest,omitempty"`
}

// cleared is a reference that an operation took away, or gave to another item.
type cleared struct {
	Item  tenon.ItemID `json:"item"`
	Field string       `json:"field"`
	Named tenon.ItemID `json:"named"`
}

// itemsJournal is what the undo of an operation on items needs.
type itemsJournal struct {
	Action    string         `json:"action"`
	Items     []tenon.ItemID `json:"items,omitempty"`
	Moves     []itemMove     `json:"moves,omitempty"`
	Cleared   []cleared      `json:"cleared,omitempty"`
	Links     []store.Link   `json:"links,omitempty"`
	Copies    []tenon.ItemID `json:"copies,omitempty"`
	Locations []primary      `json:"locations,omitempty"`
	Edits     []edited       `json:"edits,omitempty"`
}

// empty tells whether nothing was changed.
func (j *itemsJournal) empty() bool {
	return len(j.Items)+len(j.Moves)+len(j.Copies)+len(j.Edits) == 0
}

// primary is an organization whose primary location went away.
type primary struct {
	Org      tenon.OrgID  `json:"org"`
	Location tenon.ItemID `json:"location"`
}

// itemsWork is one run: what its steps share.
type itemsWork struct {
	e  *Engine
	tx *store.Tx
	v  tenon.Viewer
	s  *itemsSnapshot
	op *tenon.Operation
	j  itemsJournal
}

// runItems carries out a plan on items, in one transaction.
func (e *Engine) runItems(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	r := request{action: confirmed.Action, choices: confirmed.Choices}
	for _, i := range confirmed.Items {
		if !i.Along {
			r.ids = append(r.ids, i.ID)
		}
	}
	if confirmed.Target != nil {
		r.target = confirmed.Target.ID
	}
	if err := r.allow(v); err != nil {
		return nil, err
	}
	if err := lockItems(tx, r); err != nil {
		return nil, err
	}
	s, err := readItems(tx, v, r)
	if err != nil {
		return nil, err
	}
	p := planItems(s)
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	w := &itemsWork{e: e, tx: tx, v: v, s: s, j: itemsJournal{Action: r.action}}
	if w.op, err = startItems(tx, v, s, p); err != nil {
		return nil, err
	}
	failpoint.At("items/opened")
	if err := w.step(); err != nil {
		return nil, err
	}
	if w.j.empty() {
		return nil, tenon.Errorf(tenon.Conflict, "Nothing was changed: this is so already.")
	}
	failpoint.At("items/done")
	return w.op, tx.FinishOperation(w.op, w.j)
}

// step does what the action is.
func (w *itemsWork) step() error {
	switch w.s.action {
	case ActionDelete:
		return w.delete()
	case ActionRestore:
		return w.restore()
	case ActionArchive, ActionUnarchive:
		return w.archive()
	case ActionMove:
		return w.move()
	case ActionCopy:
		return w.copy()
	}
	return w.edit()
}

// lockItems holds the items, what hangs on them, and the organizations that
// they belong to and go to: nobody can hang anything on them, delete or merge
// these meanwhile.
func lockItems(tx *store.Tx, r request) error {
	if err := tx.LockStructure(); err != nil {
		return err
	}
	all, err := tx.HangingOn(r.ids...)
	if err != nil {
		return err
	}
	items, err := tx.SystemItems(all...)
	if err != nil {
		return err
	}
	var orgs []tenon.OrgID
	for _, i := range items {
		orgs = append(orgs, i.OrgID)
	}
	if r.target != 0 {
		owner, err := tx.Owner(r.target.Home())
		if err != nil {
			return err
		}
		orgs = append(orgs, owner)
	}
	if err := tx.LockAny(orgs); err != nil {
		return err
	}
	return tx.LockItems(all...)
}

func startItems(tx *store.Tx, v tenon.Viewer, s *itemsSnapshot, p *tenon.Plan) (*tenon.Operation, error) {
	op, err := operation.Start(tx, v, KindItems)
	if err != nil {
		return nil, err
	}
	first := s.named[0]
	op.SourceID, op.SourceName = first.OrgID, first.OrgName
	did := didWith(s.action, s.edit, s.target)
	if n := len(s.named); n > 1 {
		op.Title = did.many(tenon.Amount(n, "item", "items"))
	} else {
		op.Title = did.one(first.Name)
	}
	if s.target != nil {
		op.TargetID, op.TargetName = s.target.ID, s.target.Name
	}
	op.Fingerprint, op.Plan = p.Fingerprint, p
	op.Receipt = &tenon.Receipt{Counts: p.Counts, Sentence: op.Sentence()}
	return op, tx.InsertOperation(op, nil)
}

// event is what the log says of an item; SaveItemIn adds the rest.
func (w *itemsWork) event(action string, changes ...tenon.Change) tenon.Event {
	return tenon.Event{Action: action, Operation: w.op.ID, Changes: changes}
}

// record writes an event of an item that only changed its state.
func record(tx *store.Tx, v tenon.Viewer, i *tenon.Item, action string, op tenon.OperationID) error {
	return tx.Record(v, tenon.Event{Action: action, Subject: i.Kind.String(), SubjectID: int64(i.ID), Name: i.Name, Binder: i.BinderID, Operation: op})
}

// delete marks the items; a link becomes a tombstone, by which a sync knows.
func (w *itemsWork) delete() error {
	w.j.Items = w.s.ids()
	if _, err := w.tx.TrashItems(w.j.Items, w.op.ID); err != nil {
		return err
	}
	for _, l := range w.s.linked {
		if l.State == store.LinkTombstone {
			continue
		}
		if err := w.tx.SetLinkState(l, store.LinkTombstone); err != nil {
			return err
		}
		w.j.Links = append(w.j.Links, l)
	}
	for _, i := range w.s.all() {
		if err := record(w.tx, w.v, i, "delete", w.op.ID); err != nil {
			return err
		}
	}
	return nil
}

// restore takes marks off again, and gives links their state back.
func (w *itemsWork) restore() error {
	w.j.Items = w.s.ids()
	by := map[tenon.OperationID]bool{}
	for _, i := range w.s.all() {
		by[i.TrashedBy] = true
		if err := record(w.tx, w.v, i, "restore", w.op.ID); err != nil {
			return err
		}
	}
	for op := range by {
		if _, err := w.tx.SystemUntrash(w.j.Items, op); err != nil {
			return err
		}
		links, err := w.linksOf(op)
		if err != nil {
			return err
		}
		for _, l := range links {
			if slices.Contains(w.j.Items, l.Item) {
				if err := w.tx.RestoreLink(l); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// linksOf returns the links that a delete made tombstones, as they were. An act
// on many has them in its chunks.
func (w *itemsWork) linksOf(op tenon.OperationID) ([]store.Link, error) {
	var j itemsJournal
	if err := w.tx.SystemJournal(op, &j); err != nil || len(j.Items) > 0 || len(w.s.linked) == 0 {
		return j.Links, err
	}
	for before := int64(MaxMany) + 1; ; {
		var body manyBody
		var err error
		if before, err = w.tx.SystemActChunk(op, before, &body); err != nil || before < 0 {
			return j.Links, err
		}
		j.Links = append(j.Links, body.Links...)
	}
}

// archive puts items away, or takes them back; those that are so already are
// left alone.
func (w *itemsWork) archive() error {
	away := w.s.action == ActionArchive
	parts, err := w.tx.SystemParts(w.s.ids()...)
	if err != nil {
		return err
	}
	for _, i := range w.s.named {
		if i.Archived == away {
			continue
		}
		i.Archived = away
		if err := w.e.c.SaveItemIn(w.tx, w.v, i, parts[i.ID], w.event(w.s.action, tenon.Change{Field: "archived", Before: !away, After: away})); err != nil {
			return err
		}
		w.j.Items = append(w.j.Items, i.ID)
	}
	return nil
}

// move files items with the target: those that were named, and what hangs on them.
func (w *itemsWork) move() error {
	to := w.s.target.ID.Home()
	if err := w.clear(); err != nil {
		return err
	}
	for _, i := range w.s.all() {
		m := itemMove{Item: i.ID, From: i.BinderID, To: to, Number: i.Number}
		i.Number = 0
		before := i.OrgID
		if err := moveItem(w.e, w.tx, w.v, i, &m, w.event("move", tenon.Change{Field: "organization_id", Before: int64(before), After: int64(w.s.target.ID)})); err != nil {
			return err
		}
		w.j.Moves = append(w.j.Moves, m)
	}
	if err := w.tx.SettleRestrictions(w.s.ids()...); err != nil {
		return err
	}
	for id := range w.s.states {
		if err := w.dropLocation(id); err != nil {
			return err
		}
	}
	return nil
}

// moveItem moves one item, and notes the membership that becomes its own.
func moveItem(e *Engine, tx *store.Tx, v tenon.Viewer, i *tenon.Item, m *itemMove, event tenon.Event) error {
	if i.Kind == tenon.Contact {
		guests, err := tx.SystemGuests(i.ID)
		if err != nil {
			return err
		}
		for _, g := range guests {
			if g.Binder == m.To {
				m.Guest = &g
			}
		}
	}
	return e.c.MoveItemIn(tx, v, i, m.To, event)
}

// clear takes away the references that would cross organizations: on the items
// that move before they move, on the others now.
func (w *itemsWork) clear() error {
	byID := map[tenon.ItemID]*tenon.Item{}
	for _, i := range w.s.all() {
		byID[i.ID] = i
	}
	others := map[tenon.ItemID]*tenon.Item{}
	var order []tenon.ItemID
	for _, c := range w.s.clues {
		if w.s.choices.KeepReferences && !c.host {
			continue
		}
		i := byID[c.item.ID]
		if i == nil {
			if i = others[c.item.ID]; i == nil {
				i = c.item
				others[i.ID] = i
				order = append(order, i.ID)
			}
		}
		if swap(i, c.field, c.named, 0) {
			w.j.Cleared = append(w.j.Cleared, cleared{i.ID, c.field, c.named})
		}
	}
	parts, err := w.tx.SystemParts(order...)
	if err != nil {
		return err
	}
	for _, id := range order {
		if err := w.e.c.SaveItemIn(w.tx, w.v, others[id], parts[id], w.event("update")); err != nil {
			return err
		}
	}
	return nil
}

// dropLocation takes away the primary location of an organization where that
// has moved away.
func (w *itemsWork) dropLocation(id tenon.OrgID) error {
	o := w.s.states[id]
	at := tenon.ItemID(o.Values.ID("primary_location_id"))
	if at == 0 || !slices.Contains(w.s.ids(), at) {
		return nil
	}
	done, err := w.tx.SystemClearLocation(id)
	if err != nil || !done {
		return err
	}
	w.j.Locations = append(w.j.Locations, primary{id, at})
	w.op.Receipt.Notes = append(w.op.Receipt.Notes, tenon.Say("%s has no primary location any more: it was moved.", o.Name))
	return nil
}

package merge

import (
	"context"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// CanUndo tells whether the merge can be taken back now, or names what stands in the way.
func (e *Engine) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		_, parts, err := undoParts(tx, v, id)
		if err != nil {
			return err
		}
		return undoable(tx, v, parts...)
	})
	return operation.CanUndo(err)
}

// undoParts returns an operation and what undoing it takes back, the newest
// first: itself, or those of its sources that still stand.
func undoParts(tx *store.Tx, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, []tenon.Operation, error) {
	op, err := tx.GetOperation(v, id)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case op.Kind != Kind:
		return nil, nil, tenon.Errorf(tenon.Conflict, "This is not a merge: %s.", op.Title)
	case op.State == tenon.Undone:
		return nil, nil, tenon.Errorf(tenon.Conflict, "This merge was undone already (operation %d). Nothing was changed.", op.UndoneBy)
	}
	kids, err := partsOf(tx, v, op)
	if err != nil {
		return nil, nil, err
	}
	kids = slices.DeleteFunc(kids, func(k tenon.Operation) bool { return k.State == tenon.Undone })
	slices.Reverse(kids)
	return op, kids, nil
}

// undoable refuses in words what cannot be taken back.
func undoable(tx *store.Tx, v tenon.Viewer, parts ...tenon.Operation) error {
	if err := v.Need(tenon.MergeOrgs); err != nil {
		return err
	}
	homes := make([]tenon.BinderID, len(parts))
	for i, p := range parts {
		homes[i] = p.SourceID.Home()
	}
	owners, err := tx.SystemReceivers(v, homes)
	if err != nil {
		return err
	}
	for _, op := range parts {
		r := owners[op.SourceID.Home()]
		switch {
		case r.Home != tenon.Merged:
			return tenon.Errorf(tenon.Conflict, "%s is not merged away any more. Nothing was changed.", op.SourceName)
		case r.State == tenon.Purged:
			return tenon.Errorf(tenon.Conflict, "What received %s was purged, so this merge can no longer be undone.", op.SourceName)
		case r.State != tenon.Live:
			return tenon.Errorf(tenon.Conflict, "%s is in the trash (operation %d). Restore it first, then undo this merge.", r.Name, r.TrashedBy)
		case !r.Seen:
			return tenon.Errorf(tenon.Forbidden, "You do not reach %s, so you may not undo this.", r.Name)
		}
	}
	return nil
}

// Undo takes a merge back, whatever was done since: binders return with all
// that is in them, what was added to the target stays with the target.
func (e *Engine) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var undo *tenon.Operation
	err := e.st.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockStructure(); err != nil {
			return err
		}
		op, parts, err := undoParts(tx, v, id)
		if err != nil {
			return err
		}
		if undo, err = operation.StartUndo(tx, v, KindUndo, op); err != nil {
			return err
		}
		if err := tx.TakeEvents(undo.ID); err != nil {
			return err
		}
		for _, op := range parts {
			if err := undoable(tx, v, op); err != nil {
				return err
			}
			u := &unwork{tx: tx, v: v, op: op, undo: undo}
			if err := u.run(); err != nil {
				return err
			}
			undo.SourceID, undo.TargetID = op.SourceID, op.TargetID
		}
		if err := closeParents(tx, parts, id, undo); err != nil {
			return err
		}
		undo.Title = tenon.Say("%s was taken out of %s again", parts[len(parts)-1].SourceName, parts[0].TargetName)
		if len(parts) > 1 {
			undo.Title = tenon.Say("%s were taken out of %s again", tenon.Amount(len(parts), "organization", "organizations"), parts[0].TargetName)
		}
		undo.Receipt.Sentence = undo.Sentence()
		return tx.FinishOperation(undo, nil)
	})
	return undo, err
}

// closeParents marks the operation of several sources as undone once none of
// its parts stands.
func closeParents(tx *store.Tx, parts []tenon.Operation, id tenon.OperationID, undo *tenon.Operation) error {
	if len(parts) == 0 {
		return tenon.Errorf(tenon.Conflict, "This merge was undone already. Nothing was changed.")
	}
	parent := parts[0].Parent
	if parent == 0 {
		return nil
	}
	whole, err := tx.GetOperation(tenon.SystemViewer(), parent)
	if err != nil {
		return err
	}
	kids, err := partsOf(tx, tenon.SystemViewer(), whole)
	if err != nil {
		return err
	}
	for _, k := range kids {
		if k.State != tenon.Undone {
			return nil
		}
	}
	return tx.MarkUndone(parent, undo.ID)
}

// unwork takes one source out of where it is now.
type unwork struct {
	tx    *store.Tx
	v     tenon.Viewer
	op    tenon.Operation
	undo  *tenon.Operation
	owner tenon.OrgID
	j     journal
}

func (u *unwork) tell(format string, args ...any) {
	u.undo.Receipt.Notes = append(u.undo.Receipt.Notes, tenon.Say(format, args...))
}

// run follows the guards of the schema: the state first, then the binders.
func (u *unwork) run() error {
	tx, s := u.tx, u.op.SourceID
	var err error
	if u.owner, err = tx.Owner(s.Home()); err != nil {
		return err
	}
	if err := tx.LockAny([]tenon.OrgID{s, u.owner, u.op.TargetID}); err != nil {
		return err
	}
	if err := tx.SystemJournal(u.op.ID, &u.j); err != nil {
		return err
	}
	people, err := tx.SystemPeopleOf(u.owner)
	if err != nil {
		return err
	}
	failpoint.At("undo/locked")
	if err := tx.SetOrganizationState(s, tenon.Live, 0, 0); err != nil {
		return err
	}
	failpoint.At("undo/state-set")
	if err := u.handBack(); err != nil {
		return err
	}
	failpoint.At("undo/handed-back")
	for _, step := range []func() error{u.parent, u.fields, u.settle, u.locations} {
		if err := step(); err != nil {
			return err
		}
	}
	failpoint.At("undo/fields-put-back")
	if err := tx.RestoreDomains(u.op.ID); err != nil {
		return err
	}
	if err := tx.MarkUndone(u.op.ID, u.undo.ID); err != nil {
		return err
	}
	failpoint.At("undo/marked")
	if err := regrant(tx, u.owner, s); err != nil {
		return err
	}
	after, err := tx.SystemPeopleOf(u.owner, s)
	if err != nil {
		return err
	}
	people = append(people, after...)
	slices.Sort(people)
	if err := tx.RebuildReach(slices.Compact(people)); err != nil {
		return err
	}
	failpoint.At("undo/reach-rebuilt")
	return tx.Record(u.v, tenon.Event{Action: "undo merge", Subject: "organization", SubjectID: int64(s), Name: u.op.SourceName, Binder: s.Home(),
		Operation: u.undo.ID, Changes: []tenon.Change{{Field: "merged_into", Before: int64(u.op.TargetID)}}})
}

// handBack returns the binders of the source and of everything that was merged
// into it: not what the target got otherwise.
func (u *unwork) handBack() error {
	tree, err := u.tx.SystemSubtree(u.op.SourceID)
	if err != nil {
		return err
	}
	binders := make([]tenon.BinderID, len(tree))
	for i, o := range tree {
		binders[i] = o.Home()
	}
	u.undo.Receipt.Binders = append(u.undo.Receipt.Binders, binders...)
	return u.tx.HandOver(u.undo.ID, binders, u.owner, u.op.SourceID)
}

// parent puts the target's parent back where it is still what the merge made
// of it.
func (u *unwork) parent() error {
	p := u.j.Parent
	if p == nil {
		return nil
	}
	now, err := u.tx.SystemParentBinder(u.op.TargetID)
	if err != nil || now != p.After {
		return err
	}
	if err := u.tx.SystemSetParent(u.op.TargetID, p.Before); err != nil {
		return err
	}
	bad, err := core.Misplaced(u.tx, u.op.TargetID)
	if err != nil || !bad {
		return err
	}
	u.tell("%s keeps its place: its old one is not free any more.", u.op.TargetName)
	return u.tx.SystemSetParent(u.op.TargetID, p.After)
}

// fields puts back what the merge took, where it is still as the merge left it.
func (u *unwork) fields() error {
	if len(u.j.Fields) == 0 {
		return nil
	}
	t, err := u.tx.GetOrganization(tenon.SystemViewer(), u.op.TargetID)
	if err != nil {
		return err
	}
	var log []tenon.Change
	for _, m := range u.j.Fields {
		f := tenon.OrganizationFields.Field(m.Name)
		if f == nil {
			continue
		}
		before, still, err := m.Back(f, t.Values[m.Name])
		if err != nil {
			return err
		}
		if !still {
			u.tell("%s of %s was changed since and stays.", tenon.Say(f.Label), t.Name)
			continue
		}
		log = append(log, tenon.Change{Field: m.Name, Before: t.Values[m.Name], After: before})
		if before == nil {
			delete(t.Values, m.Name)
		} else {
			t.Values[m.Name] = before
		}
	}
	if len(log) == 0 {
		return nil
	}
	if name := t.Values.Text("name"); textkey.Fold(name) != textkey.Fold(t.Name) {
		if err := u.tx.AddAlias(store.AliasName, t.Name, t.ID.Home()); err != nil {
			return err
		}
	}
	t.Name = t.Values.Text("name")
	if err := u.tx.SystemUpdateOrganization(t); err != nil {
		return err
	}
	if err := core.KeepOrganization(u.tx, u.v, t); err != nil {
		return err
	}
	return u.tx.Record(u.v, tenon.Event{Action: "update", Subject: "organization", SubjectID: int64(t.ID), Name: t.Name, Binder: t.ID.Home(), Operation: u.undo.ID, Changes: log})
}

// settle gives the source its old place and external id, as far as they are free.
func (u *unwork) settle() error {
	notes, err := core.SettleComeback(u.tx, u.v, u.op.SourceID)
	u.undo.Receipt.Notes = append(u.undo.Receipt.Notes, notes...)
	return err
}

// locations clears primary locations that went to the other side.
func (u *unwork) locations() error {
	ids := []tenon.OrgID{u.op.SourceID, u.owner}
	if u.op.TargetID != u.owner {
		ids = append(ids, u.op.TargetID)
	}
	for _, id := range ids {
		cleared, err := u.tx.SystemClearLocation(id)
		if err != nil {
			return err
		}
		if cleared {
			u.tell("The primary location of organization %d went with the other side and is empty now.", id)
		}
	}
	return nil
}

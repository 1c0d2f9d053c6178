package trash

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Restore brings back what an operation deleted, or one record. What was
// deleted as one comes back as one: an organization that went with others is
// refused, and the operation named.
func (e *Engine) Restore(ctx context.Context, v tenon.Viewer, id int64) (*tenon.Operation, error) {
	var op tenon.OperationID
	var item bool
	err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
		found, err := tx.GetTrashedItems(v, []tenon.ItemID{tenon.ItemID(id)})
		if item = len(found) > 0; item || err != nil {
			return err
		}
		op, err = restoreOf(tx, v, id)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !item:
		return e.Undo(ctx, v, op)
	}
	p, err := e.PlanItems(ctx, v, ActionRestore, []tenon.ItemID{tenon.ItemID(id)}, 0)
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, v, p)
}

// restoreOf finds the operation that brings back what the id names: ids come
// from one sequence, so it is an operation or an organization.
func restoreOf(tx *store.Tx, v tenon.Viewer, id int64) (tenon.OperationID, error) {
	op, err := tx.GetOperation(v, tenon.OperationID(id))
	if err == nil {
		return op.ID, nil
	}
	if tenon.CodeOf(err) != tenon.NotFound {
		return 0, err
	}
	o, err := tx.GetOrganization(v, tenon.OrgID(id))
	if err != nil {
		if tenon.CodeOf(err) == tenon.NotFound {
			return 0, tenon.Errorf(tenon.NotFound, "There is nothing to restore under %d.", id)
		}
		return 0, err
	}
	if o.State != tenon.Trashed {
		return 0, tenon.Errorf(tenon.Conflict, "%s is not in the trash. Nothing was changed.", o.Name)
	}
	var j deleteJournal
	if err := tx.SystemJournal(o.TrashedBy, &j); err != nil {
		return 0, err
	}
	if len(j.Organizations) > 1 && j.Organizations[0] != o.ID {
		return 0, tenon.Errorf(tenon.Conflict, "%s was deleted together with others (operation %d). Nothing was changed. Restore that operation: what was deleted as one comes back as one.", o.Name, o.TrashedBy)
	}
	return o.TrashedBy, nil
}

// stillTrashed returns the organizations that the operation took and that are
// in the trash by it now: a purge takes them over.
func stillTrashed(tx *store.Tx, op *tenon.Operation) (deleteJournal, []*tenon.Organization, error) {
	var j deleteJournal
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return j, nil, err
	}
	orgs, err := tx.SystemOrganizations(j.Organizations)
	if err != nil {
		return j, nil, err
	}
	var out []*tenon.Organization
	for _, id := range j.Organizations {
		if o := orgs[id]; o != nil && o.State == tenon.Trashed && o.TrashedBy == op.ID {
			out = append(out, o)
		}
	}
	return j, out, nil
}

// checkRestore refuses in words what cannot be restored.
func checkRestore(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) error {
	if err := v.Need(tenon.RestoreTrash); err != nil {
		return err
	}
	_, orgs, err := stillTrashed(tx, op)
	if err != nil {
		return err
	}
	if len(orgs) == 0 {
		return tenon.Errorf(tenon.Conflict, "What this operation deleted was purged, so it cannot be restored.")
	}
	var all []tenon.BinderID
	for _, o := range orgs {
		all = append(all, o.Binders...)
	}
	reached, err := tx.Reached(v, all)
	if err == nil && len(reached) < len(all) {
		err = tenon.Errorf(tenon.Forbidden, "You do not reach all that this operation deleted, so you may not restore it.")
	}
	return err
}

// restoring brings organizations back.
type restoring struct {
	tx   *store.Tx
	v    tenon.Viewer
	back *tenon.Operation
}

func (r *restoring) tell(format string, args ...any) {
	r.back.Receipt.Notes = append(r.back.Receipt.Notes, tenon.Say(format, args...))
}

// undoDelete sets states, and then settles what the world made of the old
// places meanwhile.
func (e *Engine) undoDelete(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	j, orgs, err := stillTrashed(tx, op)
	if err != nil {
		return nil, err
	}
	want := map[tenon.OrgID]tenon.OrgState{}
	for _, o := range orgs {
		want[o.ID] = tenon.Trashed
	}
	if err := tx.LockOrganizations(want); err != nil {
		return nil, err
	}
	back, err := operation.StartUndo(tx, v, KindRestore, op)
	if err != nil {
		return nil, err
	}
	r := &restoring{tx: tx, v: v, back: back}
	for _, o := range orgs {
		if err := tx.SetOrganizationState(o.ID, tenon.Live, 0, 0); err != nil {
			return nil, err
		}
		back.Receipt.Binders = append(back.Receipt.Binders, o.Binders...)
	}
	failpoint.At("restore/states-set")
	for _, o := range orgs {
		if err := r.settle(o); err != nil {
			return nil, err
		}
	}
	failpoint.At("restore/settled")
	for _, l := range j.Links {
		if err := r.link(l, want); err != nil {
			return nil, err
		}
	}
	if err := e.comeHome(r, j.Moves); err != nil {
		return nil, err
	}
	if n := len(j.Organizations) - len(orgs); n > 0 {
		r.tell("%s purged meanwhile and cannot come back.", tenon.Amount(n, "organization was", "organizations were"))
	}
	failpoint.At("restore/come-home")
	if err := tx.MarkUndone(op.ID, back.ID); err != nil {
		return nil, err
	}
	failpoint.At("restore/marked")
	back.Receipt.Counts["organizations"] = int64(len(orgs))
	back.Title = restoredTitle(orgs)
	back.Receipt.Sentence = back.Sentence()
	return back, tx.FinishOperation(back, nil)
}

func restoredTitle(orgs []*tenon.Organization) tenon.Phrase {
	if len(orgs) == 1 {
		return tenon.Say("%s was restored", orgs[0].Name)
	}
	return tenon.Say("%s and %s were restored", orgs[0].Name, tenon.Amount(len(orgs)-1, "more organization", "more organizations"))
}

// settle brings one organization back to its place, or to the top where its
// place is not free any more, and takes an external id from it that another
// live organization has by now.
func (r *restoring) settle(o *tenon.Organization) error {
	notes, err := core.SettleComeback(r.tx, r.v, o.ID)
	if err != nil {
		return err
	}
	r.back.Receipt.Notes = append(r.back.Receipt.Notes, notes...)
	return r.tx.Record(r.v, tenon.Event{Action: "restore", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(), Operation: r.back.ID})
}

// link gives a link its state back where it is still the tombstone that the
// delete made of it, and what it belongs to came back.
func (r *restoring) link(l store.Link, back map[tenon.OrgID]tenon.OrgState) error {
	if l.Binder != 0 {
		owner, err := r.tx.Owner(l.Binder)
		if err != nil {
			return err
		}
		if _, ok := back[owner]; !ok {
			return nil
		}
	}
	return r.tx.RestoreLink(l)
}

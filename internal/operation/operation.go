// Package operation is the frame that consequential acts share: plan, confirm
// by fingerprint, run, receipt, undo.
//
// A plan lists the facts that decide its outcome. The fingerprint is their
// hash. Running a plan makes it anew inside the transaction: where the
// fingerprints differ the world has changed, nothing is done, and the error
// says which facts are different.
package operation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Fingerprint hashes the facts of a plan, whatever their order.
func Fingerprint(facts map[string]string) string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(facts)) {
		fmt.Fprintf(h, "%d:%s=%d:%s\n", len(k), k, len(facts[k]), facts[k])
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// Changes says how the facts of two plans differ.
func Changes(planned, now map[string]string) []tenon.Difference {
	var out []tenon.Difference
	for _, k := range slices.Sorted(maps.Keys(now)) {
		old, ok := planned[k]
		switch {
		case !ok:
			out = append(out, tenon.Difference{Fact: k, Is: now[k], New: true})
		case old != now[k]:
			out = append(out, tenon.Difference{Fact: k, Was: old, Is: now[k]})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(planned)) {
		if _, ok := now[k]; !ok {
			out = append(out, tenon.Difference{Fact: k, Was: planned[k], Gone: true})
		}
	}
	return out
}

// Confirm compares the fingerprint that somebody confirmed with the plan as it
// is now. planned may be nil where only the fingerprint was kept.
func Confirm(fingerprint string, planned map[string]string, now *tenon.Plan) error {
	if fingerprint == "" {
		return tenon.FieldErrorf("fingerprint", "Say which plan you confirm: its fingerprint is missing.")
	}
	if fingerprint == now.Fingerprint {
		return nil
	}
	e := tenon.Errorf(tenon.Stale, "What this plan was made from has changed. Nothing was changed. Look at the new plan and confirm that.")
	if planned != nil {
		e.Changes = Changes(planned, now.Facts)
	}
	return e
}

// Blocked refuses a plan that has blockers, naming the first.
func Blocked(p *tenon.Plan) error {
	if len(p.Blockers) == 0 {
		return nil
	}
	return tenon.Errorf(tenon.Conflict, "%s Nothing was changed.", p.Blockers[0].Phrase())
}

// Agree compares a plan that somebody confirmed with the plan as it is now, and
// refuses one that has changed or has blockers.
func Agree(confirmed, now *tenon.Plan) error {
	if err := Confirm(confirmed.Fingerprint, confirmed.Facts, now); err != nil {
		return err
	}
	return Blocked(now)
}

// Undoer takes back a finished operation of its kind.
type Undoer interface {
	// CanUndo tells whether Undo would be accepted now.
	CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error)
	// Undo takes the operation back and returns the operation that did so.
	Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error)
}

// Operations knows every kind of operation, for what they have in common.
type Operations struct {
	st    *store.Store
	kinds map[string]Undoer
	waker Waker
}

// New returns the frame over a store; kinds maps the kind of an operation to
// the engine that can take it back.
func New(st *store.Store, kinds map[string]Undoer) *Operations {
	return &Operations{st: st, kinds: kinds}
}

// Get returns an operation with its receipt.
func (o *Operations) Get(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var op *tenon.Operation
	err := o.st.Read(ctx, func(tx *store.Tx) (err error) {
		op, err = tx.GetOperation(v, id)
		return err
	})
	return op, err
}

// List returns one page of operations, the newest first.
func (o *Operations) List(ctx context.Context, v tenon.Viewer, q store.OperationQuery) (page []tenon.Operation, next string, err error) {
	err = o.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListOperations(v, q)
		return err
	})
	return page, next, err
}

// CanUndo tells whether the operation can be taken back, or what stands in the way.
func (o *Operations) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	op, err := o.Get(ctx, v, id)
	if err != nil {
		return tenon.CanUndo{}, err
	}
	return o.CanUndoOf(ctx, v, op)
}

// CanUndoOf is CanUndo of an operation that the viewer has just read.
func (o *Operations) CanUndoOf(ctx context.Context, v tenon.Viewer, op *tenon.Operation) (tenon.CanUndo, error) {
	u, ok := o.kinds[op.Kind]
	switch {
	case op.State == tenon.Undone:
		return tenon.CanUndo{Reason: tenon.Say("It was undone already."), Blocker: op.UndoneBy}, nil
	case op.State == tenon.Running:
		return tenon.CanUndo{Reason: tenon.Say("It is not finished.")}, nil
	case !ok:
		return tenon.CanUndo{Reason: tenon.Say("Operations of this kind cannot be undone.")}, nil
	}
	return u.CanUndo(ctx, v, op.ID)
}

// Undo takes an operation back, whatever its kind.
func (o *Operations) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	op, err := o.Get(ctx, v, id)
	if err != nil {
		return nil, err
	}
	u, ok := o.kinds[op.Kind]
	if !ok {
		return nil, tenon.Errorf(tenon.Conflict, "This cannot be undone: %s.", op.Title)
	}
	return u.Undo(ctx, v, id)
}

// Start makes the row of an operation by this viewer; the caller inserts it.
func Start(tx *store.Tx, v tenon.Viewer, kind string) (*tenon.Operation, error) {
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	return &tenon.Operation{ID: tenon.OperationID(id), Kind: kind, State: tenon.Finished, By: v.User, ByName: v.Name, CreatedAt: tx.Now(), DoneAt: tx.Now()}, nil
}

// StartUndo writes the row of an operation that takes another one back, with a
// receipt to be filled.
func StartUndo(tx *store.Tx, v tenon.Viewer, kind string, op *tenon.Operation) (*tenon.Operation, error) {
	back, err := Start(tx, v, kind)
	if err != nil {
		return nil, err
	}
	back.Undoes, back.SourceID, back.SourceName = op.ID, op.SourceID, op.SourceName
	back.TargetID, back.TargetName = op.TargetID, op.TargetName
	back.Receipt = &tenon.Receipt{Counts: map[string]int64{}}
	return back, tx.InsertOperation(back, nil)
}

// CanUndo turns the refusal of a check into its answer. Errors that are no
// refusal stay errors.
func CanUndo(refusal error) (tenon.CanUndo, error) {
	switch tenon.CodeOf(refusal) {
	case "":
		return tenon.CanUndo{Possible: true}, nil
	case tenon.Conflict, tenon.Forbidden:
		return tenon.CanUndo{Reason: tenon.PhraseOf(refusal)}, nil
	}
	return tenon.CanUndo{}, refusal
}

// FieldMove is what a journal remembers of a field that an operation changed.
type FieldMove struct {
	Name   string `json:"name"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// Back returns what the field said before, and whether it may be put back: only
// where the field is still as the operation left it.
func (m FieldMove) Back(f *tenon.Field, now any) (before any, still bool, err error) {
	if before, err = f.Clean(m.Before); err != nil {
		return nil, false, err
	}
	after, err := f.Clean(m.After)
	if err != nil {
		return nil, false, err
	}
	return before, sameValue(now, after), nil
}

// sameValue compares values that may have been through JSON.
func sameValue(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

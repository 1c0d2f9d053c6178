package operation

import (
	"context"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/store"
)

// Stopper is an engine some of whose operations stop, when they are cancelled,
// after the chunk at hand: what they did stays, and can be taken back as usual.
type Stopper interface {
	Stops(kind string) bool
}

// Waker lets a job that waits for its next try look at once.
type Waker interface {
	Wake(ctx context.Context, id tenon.OperationID) error
}

// Wakes says who wakes the job of an operation that is cancelled. Without it
// such a job sees it when it tries again.
func (o *Operations) Wakes(w Waker) { o.waker = w }

// CanCancel refuses in words what cannot be cancelled by the viewer; nil says
// that it can.
func (o *Operations) CanCancel(v tenon.Viewer, op *tenon.Operation) error {
	s, stops := o.kinds[op.Kind].(Stopper)
	switch {
	case op.State != tenon.Running:
		return tenon.Errorf(tenon.Conflict, "This is at its end already. Nothing was stopped.")
	case op.Kind == "purge":
		return tenon.Errorf(tenon.Conflict, "A purge cannot be cancelled: what it has begun to remove cannot come back whole. Nothing was stopped.")
	case op.Undoes != 0:
		return tenon.Errorf(tenon.Conflict, "An undo cannot be cancelled: it goes on until everything is as before. Nothing was stopped.")
	case !stops || !s.Stops(op.Kind):
		return tenon.Errorf(tenon.Conflict, "This cannot be cancelled: it goes on to its end. Nothing was stopped.")
	case v.Role == tenon.Administrator:
		return nil
	case v.User == 0 || v.User != op.By:
		return tenon.Errorf(tenon.Forbidden, "Only %s, who started this, or an administrator can cancel it.", op.ByName)
	}
	return v.Need(tenon.EditItems)
}

// Cancel asks a running operation to stop, and returns it as it is then: it
// stops after the chunk at hand, by itself. Asked twice, it is as asked once.
func (o *Operations) Cancel(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var op *tenon.Operation
	err := o.st.Write(ctx, func(tx *store.Tx) (err error) {
		if op, err = tx.GetOperation(v, id); err != nil {
			return err
		}
		if err := o.CanCancel(v, op); err != nil {
			return err
		}
		first, err := tx.CancelOperation(v, id)
		if err != nil || !first {
			return err
		}
		failpoint.At("cancel/asked")
		if err := tx.Record(v, tenon.Event{Action: "cancel", Subject: "operation", SubjectID: int64(id), Name: strings.TrimSuffix(op.Title.String(), "."), Binder: op.SourceID.Home(), Operation: id}); err != nil {
			return err
		}
		op, err = tx.GetOperation(v, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.waker != nil {
		return op, o.waker.Wake(ctx, id)
	}
	return op, nil
}

// Stopped is what the receipt of a cancelled operation says beside its numbers:
// how much of all the records was not done.
func Stopped(op *tenon.Operation, done int64, all tenon.Quantity) tenon.Phrase {
	if all.N > done {
		return tenon.Say("%s cancelled it. %s of %s were not looked at.", op.CancelledName, tenon.Figure(all.N-done), all)
	}
	return tenon.Say("%s cancelled it. It was not known how many more there were.", op.CancelledName)
}

// Fatal tells an error of the database, or of the way to another system, after
// which a transaction must not go on, from one that is about a record.
func Fatal(err error) bool {
	switch tenon.CodeOf(err) {
	case tenon.Internal, tenon.Unavailable, tenon.Busy:
		return true
	}
	return false
}

// SomethingDone is the error that there is nothing to take back of an operation
// that was cancelled before its first record.
func SomethingDone(op *tenon.Operation) error {
	if op.Cancelled() && op.Done == 0 {
		return tenon.Errorf(tenon.Conflict, "It was cancelled before anything was done: there is nothing to take back.")
	}
	return nil
}

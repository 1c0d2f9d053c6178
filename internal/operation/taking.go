package operation

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/store"
)

// Jobs does the work of operations in the background.
type Jobs interface {
	Register(kind string, work func(ctx context.Context, op tenon.OperationID, attempt int64) error)
	OnFail(kind string, do func(tx *store.Tx, op tenon.OperationID) error)
	EnqueueIn(tx *store.Tx, kind string, op tenon.OperationID) error
}

var _ Jobs = (*job.Runner)(nil)

// Taking takes imports of one kind back, as a job: chunk by chunk, the last
// first, each in one transaction with its cursor. J is the journal of the
// imports, which their undo has too, and C what one of their chunks did.
type Taking[J, C any] struct {
	Store *store.Store
	Jobs  Jobs
	// Kind is that of the imports, KindUndo of what takes them back.
	Kind, KindUndo string
	// NotDone refuses an import that is not at its end.
	NotDone *tenon.Error
	// Failed allows it of imports that failed half-way, too.
	Failed bool
	// From names what was imported, and Size is how much there is to take back.
	From func(*J) string
	Size func(*tenon.Operation) int64
	// By is where the journal keeps who asked.
	By func(*J) *Actor
	// Back takes one chunk back and adds to the numbers. It may run twice.
	Back func(tx *store.Tx, v tenon.Viewer, op tenon.OperationID, j *J, c *C, at *Taken) error
	// Begun says what the undo is while it runs, Title in words what was taken back.
	Begun func(*J) tenon.Phrase
	Title func(j *J, at Taken) tenon.Phrase
}

// Taken is how far an undo is: its cursor.
type Taken struct {
	Before  int64 `json:"before"`  // the chunk that was taken back last
	Done    int64 `json:"-"`       // how much of it one chunk was
	Trashed int64 `json:"trashed"` // what was created, and is in the trash now
	Back    int64 `json:"back"`    // what was changed, and is as before
	Kept    int64 `json:"kept"`    // what stays as it is now
}

// CanUndo tells whether an import can be taken back: once it is done, always.
func (t *Taking[J, C]) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	var out tenon.CanUndo
	err := t.Store.Read(ctx, func(tx *store.Tx) error {
		op, err := tx.GetOperation(v, id)
		if err != nil {
			return err
		}
		if op.State == tenon.Undone {
			out = tenon.CanUndo{Reason: tenon.Say("It was undone already."), Blocker: op.UndoneBy}
			return nil
		}
		out, err = CanUndo(t.undoable(v, op))
		return err
	})
	return out, err
}

func (t *Taking[J, C]) undoable(v tenon.Viewer, op *tenon.Operation) error {
	switch {
	case op.Kind != t.Kind:
		return tenon.Errorf(tenon.Conflict, "Operation %s is not of this kind: %s.", op.ID, op.Title)
	case op.State != tenon.Finished && (op.State != tenon.Failed || !t.Failed):
		return t.NotDone
	}
	return v.Need(tenon.ImportData)
}

// Undo hands the undo of an import to a job. The operation returned is running.
func (t *Taking[J, C]) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var undo *tenon.Operation
	err := t.Store.Write(ctx, func(tx *store.Tx) error {
		op, err := tx.GetOperation(v, id)
		if err != nil {
			return err
		}
		if err := t.undoable(v, op); err != nil {
			return err
		}
		if undo, err = t.Launch(tx, v, op); err != nil {
			return err
		}
		return tx.MarkUndone(id, undo.ID)
	})
	return undo, err
}

// Launch writes the operation that takes an import back, and its job. Whether
// it may be taken back is not asked here.
func (t *Taking[J, C]) Launch(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	var j J
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return nil, err
	}
	undo, err := Start(tx, v, t.KindUndo)
	if err != nil {
		return nil, err
	}
	undo.State, undo.Undoes, undo.DoneAt, undo.Total = tenon.Running, op.ID, time.Time{}, t.Size(op)
	undo.Title = t.Begun(&j)
	*t.By(&j) = ActorOf(v)
	if err := tx.InsertOperation(undo, j); err != nil {
		return nil, err
	}
	return undo, t.Jobs.EnqueueIn(tx, t.KindUndo, undo.ID)
}

// Work is the job.
func (t *Taking[J, C]) Work(ctx context.Context, id tenon.OperationID, attempt int64) error {
	return job.Chunks(ctx, t.Store, func(tx *store.Tx) (bool, error) { return t.chunk(tx, id, attempt) })
}

func (t *Taking[J, C]) chunk(tx *store.Tx, id tenon.OperationID, attempt int64) (done bool, err error) {
	op, err := tx.GetOperation(tenon.SystemViewer(), id)
	if err != nil {
		return false, err
	}
	var j J
	at := Taken{Before: math.MaxInt64}
	progress, err := Resume(tx, id, &j, &at)
	if err != nil {
		return false, err
	}
	v, err := t.By(&j).Viewer(tx)
	if err != nil {
		return false, err
	}
	var c C
	first, err := tx.SystemImportChunk(op.Undoes, at.Before, true, &c)
	if err != nil {
		return false, err
	}
	if first == store.NoChunk {
		return true, t.finish(tx, v, op, &j, at)
	}
	if err := t.Back(tx, v, id, &j, &c, &at); err != nil {
		return false, err
	}
	at.Before = first
	text, err := json.Marshal(at)
	if err != nil {
		return false, err
	}
	progress.Cursor, progress.Done = string(text), progress.Done+at.Done
	progress.Total = max(progress.Total, progress.Done)
	return false, tx.SaveChunk(id, attempt, progress)
}

func (t *Taking[J, C]) finish(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, j *J, at Taken) error {
	op.State, op.DoneAt, op.Total = tenon.Finished, tx.Now(), op.Done
	op.Title = t.Title(j, at)
	op.Receipt = &tenon.Receipt{Counts: map[string]int64{"trashed": at.Trashed, "restored": at.Back, "left": at.Kept}, Sentence: op.Sentence()}
	if err := tx.FinishOperation(op, j); err != nil {
		return err
	}
	return tx.Record(v, tenon.Event{Action: t.KindUndo, Subject: "operation", SubjectID: int64(op.Undoes), Name: t.From(j), Operation: op.ID})
}

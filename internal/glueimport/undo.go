package glueimport

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

var _ operation.Undoer = (*Engine)(nil)

// CanUndo tells whether a copy can be taken back: once it is done, always.
func (e *Engine) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	var out tenon.CanUndo
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		op, err := tx.GetOperation(v, id)
		if err != nil {
			return err
		}
		switch err := undoable(v, op); {
		case op.State == tenon.Undone:
			out = tenon.CanUndo{Reason: "It was undone already.", Blocker: op.UndoneBy}
		case err != nil:
			out = tenon.CanUndo{Reason: tenon.MessageOf(err)}
		default:
			out = tenon.CanUndo{Possible: true}
		}
		return nil
	})
	return out, err
}

func undoable(v tenon.Viewer, op *tenon.Operation) error {
	switch {
	case op.Kind != Kind:
		return tenon.Errorf(tenon.Invalid, "Operation %s is not a copy.", op.ID)
	case op.State != tenon.Finished && op.State != tenon.Failed:
		return tenon.Errorf(tenon.Conflict, "This copy is not done, or was undone already. Nothing was changed.")
	}
	return v.Need(tenon.ImportData)
}

// Undo takes a copy back, as a job: what it created goes to the trash. What it
// brought up to date stays as it is; list rows and types stay too, for records
// of others may name them. The operation returned is running.
func (e *Engine) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var undo *tenon.Operation
	err := e.st.Write(ctx, func(tx *store.Tx) error {
		op, err := tx.GetOperation(v, id)
		if err != nil {
			return err
		}
		if err := undoable(v, op); err != nil {
			return err
		}
		var j journal
		if err := tx.SystemJournal(id, &j); err != nil {
			return err
		}
		if undo, err = operation.Start(tx, v, KindUndo); err != nil {
			return err
		}
		undo.State, undo.Undoes, undo.DoneAt = tenon.Running, id, time.Time{}
		undo.Title = "Taking back the copy of " + j.Settings.URL
		j.Actor = operation.ActorOf(v)
		if err := e.launch(tx, undo, j); err != nil {
			return err
		}
		return tx.MarkUndone(id, undo.ID)
	})
	return undo, err
}

// back is the cursor of an undo: the chunk that was taken back last.
type back struct {
	Before  int64 `json:"before"`
	Trashed int64 `json:"trashed"`
	Kept    int64 `json:"kept"`
}

// workUndo takes back one chunk after the other, the last first.
func (e *Engine) workUndo(ctx context.Context, id tenon.OperationID, attempt int64) error {
	for {
		done := false
		err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
			done, err = e.undoChunk(tx, id, attempt)
			return err
		})
		if err != nil || done {
			return err
		}
		if job.Spent(ctx) {
			return job.ErrAgain
		}
	}
}

func (e *Engine) undoChunk(tx *store.Tx, id tenon.OperationID, attempt int64) (done bool, err error) {
	op, err := tx.GetOperation(tenon.SystemViewer(), id)
	if err != nil {
		return false, err
	}
	var j journal
	if err := tx.SystemJournal(id, &j); err != nil {
		return false, err
	}
	v, err := j.Actor.Viewer(tx)
	if err != nil {
		return false, err
	}
	at := back{Before: math.MaxInt64}
	cursor, err := tx.SystemProgress(id)
	if err != nil {
		return false, err
	}
	if cursor.Cursor != "" {
		if err := json.Unmarshal([]byte(cursor.Cursor), &at); err != nil {
			return false, err
		}
	}
	var c chunk
	first, err := tx.SystemImportChunk(op.Undoes, at.Before, true, &c)
	if err != nil {
		return false, err
	}
	if first == store.NoChunk {
		return true, finishUndo(tx, v, op, j, at)
	}
	if len(c.Created) > 0 {
		if err := tx.LockStructure(); err != nil {
			return false, err
		}
		n, err := tx.SystemTrashNew(c.Created, c.Resource != "organizations", id)
		if err != nil {
			return false, err
		}
		at.Trashed, at.Kept = at.Trashed+n, at.Kept+int64(len(c.Created))-n
		if err := tx.DeleteCopyTies(j.Source, c.Resource, c.Created); err != nil {
			return false, err
		}
	}
	if err := tx.DeleteCopyTies(j.Source, c.Resource, c.Hung); err != nil {
		return false, err
	}
	at.Before = first
	text, err := json.Marshal(at)
	if err != nil {
		return false, err
	}
	cursor.Cursor, cursor.Done = string(text), cursor.Done+int64(len(c.Created))
	return false, tx.SaveChunk(id, attempt, cursor)
}

func finishUndo(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, j journal, at back) error {
	op.State, op.DoneAt = tenon.Finished, tx.Now()
	op.Title = fmt.Sprintf("The copy of %s was taken back: %s records are in the trash, %s were left", j.Settings.URL, tenon.Figure(at.Trashed), tenon.Figure(at.Kept))
	op.Receipt = &tenon.Receipt{Counts: map[string]int64{"trashed": at.Trashed, "left": at.Kept}, Sentence: op.Title + "."}
	if err := tx.FinishOperation(op, j); err != nil {
		return err
	}
	return tx.Record(v, tenon.Event{Action: KindUndo, Subject: "operation", SubjectID: int64(op.Undoes), Name: j.Settings.URL, Operation: op.ID})
}

package glueimport

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

var _ operation.Undoer = (*Engine)(nil)

// undoing is how copies are taken back: what they created goes to the trash.
// What they brought up to date stays as it is; list rows and types stay too, for
// records of others may name them.
func (e *Engine) undoing(jobs operation.Jobs) *operation.Taking[journal, chunk] {
	return &operation.Taking[journal, chunk]{
		Store: e.st, Jobs: jobs, Kind: Kind, KindUndo: KindUndo, Failed: true,
		NotDone: tenon.Errorf(tenon.Conflict, "This copy is not done, or was undone already. Nothing was changed."),
		From:    func(j *journal) string { return j.Settings.URL },
		Size:    size,
		By:      func(j *journal) *operation.Actor { return &j.Actor },
		Back:    takeBack,
		Begun:   func(j *journal) tenon.Phrase { return tenon.Say("Taking back the copy of %s", j.Settings.URL) },
		Title: func(j *journal, at operation.Taken) tenon.Phrase {
			return tenon.Say("The copy of %s was taken back: %s in the trash, %s left", j.Settings.URL, tenon.Amount(at.Trashed, "record is", "records are"), tenon.Amount(at.Kept, "was", "were"))
		},
	}
}

// size is how many records a copy made; of one that failed on its way, how many
// it had looked at.
func size(op *tenon.Operation) int64 {
	if op.Receipt != nil && op.State == tenon.Finished {
		return op.Receipt.Counts["created"]
	}
	return op.Done
}

// CanUndo tells whether a copy can be taken back: once it is at its end, always.
func (e *Engine) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	return e.undo.CanUndo(ctx, v, id)
}

// Undo takes a copy back, as a job. The operation returned is running.
func (e *Engine) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	return e.undo.Undo(ctx, v, id)
}

// takeBack puts what one chunk made into the trash, and forgets what it was tied to.
func takeBack(tx *store.Tx, _ tenon.Viewer, op tenon.OperationID, j *journal, c *chunk, at *operation.Taken) error {
	at.Done = int64(len(c.Created))
	if len(c.Created) > 0 {
		if err := tx.LockStructure(); err != nil {
			return err
		}
		n, err := tx.SystemTrashNew(c.Created, c.Resource != "organizations", op)
		if err != nil {
			return err
		}
		at.Trashed, at.Kept = at.Trashed+n, at.Kept+at.Done-n
		if err := tx.DeleteCopyTies(j.Source, c.Resource, c.Created); err != nil {
			return err
		}
	}
	return tx.DeleteCopyTies(j.Source, c.Resource, c.Hung)
}

package trash

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// checkMany refuses in words what cannot be taken back. What each record says
// by now is seen when its turn comes.
func checkMany(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) error {
	var j manyJournal
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return err
	}
	right := actions[j.Action].right
	switch {
	case j.Orgs:
		right = tenon.EditOrgs
	case j.Action == ActionDelete:
		right = tenon.RestoreTrash
	}
	if err := v.Need(right); err != nil {
		return err
	}
	return operation.SomethingDone(op)
}

// manyUndoProgress is the cursor of an undo.
type manyUndoProgress struct {
	Before int64          `json:"before"` // the chunk that was taken back last
	Back   int            `json:"back"`   // how many records
	Notes  []tenon.Phrase `json:"notes,omitempty"`
}

// undoMany hands the undo to a job, where it is more than one chunk. The act counts as undone from now on, so
// that nobody takes it back twice.
func (e *Engine) undoMany(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	var j manyJournal
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return nil, err
	}
	back, err := operation.Start(tx, v, KindUndoMany)
	if err != nil {
		return nil, err
	}
	back.Undoes, back.SourceID, back.SourceName, back.TargetID, back.TargetName = op.ID, op.SourceID, op.SourceName, op.TargetID, op.TargetName
	back.State, back.DoneAt, back.Total = tenon.Running, time.Time{}, op.Total
	back.Title = tenon.Say("Taking back: %s", op.Title)
	back.Receipt = &tenon.Receipt{Counts: map[string]int64{}}
	j.IDs, j.Actor = nil, operation.ActorOf(v)
	if err := tx.InsertOperation(back, j); err != nil {
		return nil, err
	}
	if err := tx.MarkUndone(op.ID, back.ID); err != nil {
		return nil, err
	}
	failpoint.At("many/undo-opened")
	switch {
	case op.Total <= int64(e.chunk):
		return e.undoAtOnce(tx, v, back)
	case e.jobs == nil:
		return back, nil
	}
	return back, e.jobs.EnqueueIn(tx, KindUndoMany, back.ID)
}

// undoAtOnce is the job of an undo of few, in the transaction that asks for it.
func (e *Engine) undoAtOnce(tx *store.Tx, v tenon.Viewer, back *tenon.Operation) (*tenon.Operation, error) {
	attempt, _, err := tx.BeginAttempt(back.ID)
	if err != nil {
		return nil, err
	}
	for done := false; !done; {
		if done, err = e.undoChunk(tx, back.ID, attempt); err != nil {
			return nil, err
		}
	}
	return tx.GetOperation(v, back.ID)
}

// UndoMany is the job of an undo: it takes the chunks back, the last first.
func (e *Engine) UndoMany(ctx context.Context, id tenon.OperationID, attempt int64) error {
	return job.Chunks(ctx, e.st, func(tx *store.Tx) (bool, error) { return e.undoChunk(tx, id, attempt) })
}

func (e *Engine) undoChunk(tx *store.Tx, id tenon.OperationID, attempt int64) (bool, error) {
	var j manyJournal
	at := manyUndoProgress{Before: MaxMany + 1}
	c, err := operation.Resume(tx, id, &j, &at)
	if err != nil {
		return false, err
	}
	back, err := tx.GetOperation(tenon.SystemViewer(), id)
	if err != nil {
		return false, err
	}
	v, err := j.Actor.Viewer(tx)
	if err != nil {
		return false, err
	}
	var body manyBody
	number, err := tx.SystemActChunk(back.Undoes, at.Before, &body)
	if err != nil {
		return false, err
	}
	if number < 0 {
		return true, finishUndoMany(tx, v, attempt, back, c, at)
	}
	n, notes, err := e.undoBody(tx, v, back, &j, &body)
	if err != nil {
		return false, err
	}
	at.Back, at.Notes = at.Back+n, fewNotes(append(at.Notes, notes...))
	failpoint.At("many/undo-chunk-done")
	at.Before = number
	text, err := json.Marshal(at)
	if err != nil {
		return false, err
	}
	c.Cursor, c.Done = string(text), c.Total-number
	return false, tx.SaveChunk(id, attempt, c)
}

// undoBody takes back what one chunk did, where it is still as that left it.
func (e *Engine) undoBody(tx *store.Tx, v tenon.Viewer, back *tenon.Operation, j *manyJournal, body *manyBody) (int, []tenon.Phrase, error) {
	back.Receipt = &tenon.Receipt{Counts: map[string]int64{}}
	if err := tx.LockStructure(); err != nil {
		return 0, nil, err
	}
	if j.Orgs {
		return e.undoOrganizations(tx, v, back, body)
	}
	if body.empty() {
		return 0, nil, nil
	}
	u := &itemsUndo{restoring: restoring{tx: tx, v: v, back: back}, e: e, op: &tenon.Operation{ID: back.Undoes}, j: body.itemsJournal}
	err := u.step()
	return u.done, back.Receipt.Notes, err
}

func (e *Engine) undoOrganizations(tx *store.Tx, v tenon.Viewer, back *tenon.Operation, body *manyBody) (n int, notes []tenon.Phrase, err error) {
	for _, x := range body.Edits {
		o, err := tx.GetOrganization(v, tenon.OrgID(x.Record))
		done := false
		if err == nil {
			done, err = uneditOrganization(e.c, tx, v, o, body.Action, x, back.ID)
		}
		switch {
		case err != nil && ofRecord(err):
			notes = append(notes, tenon.PhraseOf(err))
		case err != nil:
			return 0, nil, err
		case done:
			n++
		default:
			notes = append(notes, tenon.Say("%s stays as it is: it was changed since.", o.Name))
		}
	}
	return n, notes, nil
}

func finishUndoMany(tx *store.Tx, v tenon.Viewer, attempt int64, back *tenon.Operation, c store.Chunk, at manyUndoProgress) error {
	c.Done = c.Total
	if err := tx.SaveChunk(back.ID, attempt, c); err != nil {
		return err
	}
	was, err := tx.GetOperation(tenon.SystemViewer(), back.Undoes)
	if err != nil {
		return err
	}
	noun := "items"
	var j manyJournal
	if err := tx.SystemJournal(back.ID, &j); err != nil {
		return err
	}
	if j.Orgs {
		noun = "organizations"
	}
	back.State, back.DoneAt, back.Done, back.Total = tenon.Finished, tx.Now(), c.Total, c.Total
	back.Title = tenon.Say("Taken back: %s", was.Title)
	back.Receipt = &tenon.Receipt{Counts: map[string]int64{noun: int64(at.Back)}, Sentence: back.Sentence(), Notes: at.Notes, Duration: tx.Now().Sub(back.CreatedAt)}
	if err := tx.FinishOperation(back, j); err != nil {
		return err
	}
	failpoint.At("many/undo-receipt-written")
	return tx.Record(v, tenon.Event{Action: "undo", Subject: "operation", SubjectID: int64(was.ID), Name: was.Title.String(), Binder: was.SourceID.Home(), Operation: back.ID})
}

package csvimport

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

var _ operation.Undoer = (*Engine)(nil)

// CanUndo tells whether an import can be taken back: once it is done, always.
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
			out.Possible = true
		}
		return nil
	})
	return out, err
}

func undoable(v tenon.Viewer, op *tenon.Operation) error {
	switch {
	case op.Kind != Kind:
		return tenon.Errorf(tenon.Invalid, "Operation %s is not an import.", op.ID)
	case op.State != tenon.Finished:
		return tenon.Errorf(tenon.Conflict, "This import is not done, or was undone already. Nothing was changed.")
	}
	return v.Need(tenon.ImportData)
}

// Undo takes an import back, as a job: what it created goes to the trash, what
// it changed is put back where it is still as the import left it. The
// operation returned is running.
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
		if undo, err = e.launchUndo(tx, v, id, &j); err != nil {
			return err
		}
		return tx.MarkUndone(id, undo.ID)
	})
	return undo, err
}

// launchUndo writes the operation that takes an import back, and its job.
func (e *Engine) launchUndo(tx *store.Tx, v tenon.Viewer, id tenon.OperationID, j *journal) (*tenon.Operation, error) {
	undo, err := operation.Start(tx, v, KindUndo)
	if err != nil {
		return nil, err
	}
	undo.State, undo.Undoes, undo.Total = tenon.Running, id, 0
	undo.DoneAt = time.Time{}
	undo.Title = "Taking back the import of " + fileName(&j.Settings)
	return undo, e.launch(tx, undo, journal{j.Settings, operation.ActorOf(v)})
}

// undoProgress is the cursor of an undo: the first row of the last chunk done.
type undoProgress struct {
	Before  int64 `json:"before"`
	Trashed int64 `json:"trashed"`
	Back    int64 `json:"back"`
	Kept    int64 `json:"kept"`
}

// workUndo takes back one chunk after the other, the last first.
func (e *Engine) workUndo(ctx context.Context, id tenon.OperationID, attempt int64) error {
	for {
		done, err := e.undoChunk(ctx, id, attempt)
		if err != nil || done {
			return err
		}
		if job.Spent(ctx) {
			return job.ErrAgain
		}
	}
}

func (e *Engine) undoChunk(ctx context.Context, id tenon.OperationID, attempt int64) (done bool, err error) {
	err = e.st.Write(ctx, func(tx *store.Tx) error {
		op, err := tx.GetOperation(tenon.SystemViewer(), id)
		if err != nil {
			return err
		}
		var j journal
		if err := tx.SystemJournal(id, &j); err != nil {
			return err
		}
		v, err := j.Actor.Viewer(tx)
		if err != nil {
			return err
		}
		kind, err := kindOf(j.Settings.Kind)
		if err != nil {
			return err
		}
		at, progress, err := undoCursor(tx, id)
		if err != nil {
			return err
		}
		var c chunk
		first, err := tx.SystemImportChunk(op.Undoes, at.Before, true, &c)
		if err != nil {
			return err
		}
		if done = first < 0; done {
			return finishUndo(tx, v, op, &j, at)
		}
		b := &taking{e: e, tx: tx, v: v, kind: kind, op: id, at: &at}
		if err := b.back(&c); err != nil {
			return err
		}
		at.Before = first
		text, err := json.Marshal(at)
		if err != nil {
			return err
		}
		progress.Cursor, progress.Done = string(text), progress.Done+c.Rows
		return tx.SaveChunk(id, attempt, progress)
	})
	return done, err
}

func undoCursor(tx *store.Tx, id tenon.OperationID) (undoProgress, store.Chunk, error) {
	at := undoProgress{Before: math.MaxInt64}
	c, err := tx.SystemProgress(id)
	if err != nil || c.Cursor == "" {
		return at, c, err
	}
	return at, c, json.Unmarshal([]byte(c.Cursor), &at)
}

// taking takes back one chunk.
type taking struct {
	e    *Engine
	tx   *store.Tx
	v    tenon.Viewer
	kind *tenon.KindInfo
	op   tenon.OperationID
	at   *undoProgress
}

func (b *taking) back(c *chunk) error {
	if len(c.Created) > 0 {
		if err := b.tx.LockStructure(); err != nil {
			return err
		}
		n, err := b.tx.SystemTrashNew(c.Created, b.kind != nil, b.op)
		if err != nil {
			return err
		}
		b.at.Trashed += n
		b.at.Kept += int64(len(c.Created)) - n
	}
	for _, u := range c.Updated {
		changed, err := b.restore(u)
		if err != nil {
			return err
		}
		if changed {
			b.at.Back++
		} else {
			b.at.Kept++
		}
	}
	return nil
}

// restore puts the fields of one record back that are still as the import left
// them. A record that is gone, or may not be changed any more, is left.
func (b *taking) restore(u change) (bool, error) {
	schema := schemaOf(b.kind)
	before, err := tenon.ParseValues(schema, u.Before)
	if err != nil {
		return false, err
	}
	after, err := tenon.ParseValues(schema, u.After)
	if err != nil {
		return false, err
	}
	put := func(now tenon.Values) tenon.Values {
		out := tenon.Values{}
		for i := range schema {
			n := schema[i].Name
			if !reflect.DeepEqual(before[n], after[n]) && reflect.DeepEqual(now[n], after[n]) {
				out[n] = before[n]
			}
		}
		return out
	}
	changed := false
	if b.kind == nil {
		changed, err = b.restoreOrganization(u, put)
	} else {
		changed, err = b.restoreItem(u, put)
	}
	if err != nil && !fatal(err) {
		return false, nil
	}
	return changed, err
}

func (b *taking) restoreOrganization(u change, put func(tenon.Values) tenon.Values) (bool, error) {
	o, err := b.tx.GetOrganization(b.v, tenon.OrgID(u.ID))
	if err != nil {
		return false, err
	}
	in := core.OrganizationChange{Values: put(o.Values)}
	if u.DomainsAfter != nil && slices.Equal(sortedCopy(o.Domains), sortedCopy(u.DomainsAfter)) {
		in.Domains = &u.DomainsBefore
	}
	_, changed, err := b.e.c.UpdateOrganizationIn(b.tx, b.v, o.ID, in)
	return changed, err
}

func (b *taking) restoreItem(u change, put func(tenon.Values) tenon.Values) (bool, error) {
	i, err := b.tx.GetItem(b.v, tenon.ItemID(u.ID))
	if err != nil {
		return false, err
	}
	in := core.ItemChange{Values: put(i.Values)}
	if u.TagsAfter != nil && slices.Equal(i.Tags, u.TagsAfter) {
		in.Tags = &u.TagsBefore
	}
	_, changed, err := b.e.c.UpdateItemIn(b.tx, b.v, i.ID, in)
	return changed, err
}

func finishUndo(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, j *journal, at undoProgress) error {
	op.State, op.DoneAt = tenon.Finished, tx.Now()
	op.Title = fmt.Sprintf("The import of %s was taken back: %d records are in the trash, %d are as before, %d were left as they are now",
		fileName(&j.Settings), at.Trashed, at.Back, at.Kept)
	op.Receipt = &tenon.Receipt{Counts: map[string]int64{"trashed": at.Trashed, "restored": at.Back, "left": at.Kept}, Sentence: op.Title + "."}
	if err := tx.FinishOperation(op, j); err != nil {
		return err
	}
	return tx.Record(v, tenon.Event{Action: KindUndo, Subject: "operation", SubjectID: int64(op.Undoes), Name: fileName(&j.Settings), Operation: op.ID})
}

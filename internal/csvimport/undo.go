package csvimport

import (
	"context"
	"reflect"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

var _ operation.Undoer = (*Engine)(nil)

// undoing is how imports are taken back: what they created goes to the trash,
// what they changed is put back where it is still as the import left it.
func (e *Engine) undoing(jobs operation.Jobs) *operation.Taking[journal, chunk] {
	return &operation.Taking[journal, chunk]{
		Store: e.st, Jobs: jobs, Kind: Kind, KindUndo: KindUndo,
		NotDone: tenon.Errorf(tenon.Conflict, "This import is not done, or was undone already. Nothing was changed."),
		From:    func(j *journal) string { return fileName(&j.Settings) },
		Size:    func(op *tenon.Operation) int64 { return op.Done },
		By:      func(j *journal) *operation.Actor { return &j.Actor },
		Back: func(tx *store.Tx, v tenon.Viewer, op tenon.OperationID, j *journal, c *chunk, at *operation.Taken) error {
			kind, err := kindOf(j.Settings.Kind)
			if err != nil {
				return err
			}
			at.Done = c.Rows
			return (&taking{e: e, tx: tx, v: v, kind: kind, op: op, at: at}).back(c)
		},
		Begun: func(j *journal) tenon.Phrase { return tenon.Say("Taking back the import of %s", fileName(&j.Settings)) },
		Title: func(j *journal, at operation.Taken) tenon.Phrase {
			return tenon.Say("The import of %s was taken back: %s in the trash, %s as before, %s left as %s now",
				fileName(&j.Settings), tenon.Amount(at.Trashed, "record is", "records are"), tenon.Amount(at.Back, "is", "are"), tenon.Amount(at.Kept, "was", "were"), tenon.Form(at.Kept, "it is", "they are"))
		},
	}
}

// CanUndo tells whether an import can be taken back: once it is done, always.
func (e *Engine) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	return e.undo.CanUndo(ctx, v, id)
}

// Undo takes an import back, as a job. The operation returned is running.
func (e *Engine) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	return e.undo.Undo(ctx, v, id)
}

// taking takes back one chunk.
type taking struct {
	e    *Engine
	tx   *store.Tx
	v    tenon.Viewer
	kind *tenon.KindInfo
	op   tenon.OperationID
	at   *operation.Taken
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
	if err != nil && !operation.Fatal(err) {
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

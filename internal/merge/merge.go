// Package merge merges organizations, and takes merges back.
//
// Nothing is moved. Each source's binders change hands in one short
// transaction, so the cost of a merge does not depend on how many items there
// are. What the organization says about itself stays on its own row, and the
// plan decides what the target takes over.
//
// snapshot.go reads the world, plan.go turns it into a plan without looking at
// anything else, run.go carries a confirmed plan out, undo.go takes it back:
// at any time while neither side is in the trash, in any order, also after the
// target was merged on.
package merge

import (
	"context"
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Kind is the kind of these operations; KindUndo that of what takes them back.
const (
	Kind     = "merge"
	KindUndo = "undo merge"
	// KindRecount counts again, after a merge, what came over: a job, so that
	// the merge itself costs nothing per item.
	KindRecount = "recount merge"
)

// MaxSources is how many organizations one plan may merge.
const MaxSources = 50

// Engine plans, runs and undoes merges of organizations.
type Engine struct {
	c    *core.Core
	st   *store.Store
	jobs operation.Jobs
}

// New returns the engine. Without jobs the counts of a receipt stay those of the plan.
func New(c *core.Core, jobs operation.Jobs) *Engine {
	e := &Engine{c: c, st: c.Store(), jobs: jobs}
	if jobs != nil {
		jobs.Register(KindRecount, e.recount)
	}
	return e
}

// Plan says exactly what merging the sources into the target would do.
func (e *Engine) Plan(ctx context.Context, v tenon.Viewer, sources []tenon.OrgID, target tenon.OrgID, choices tenon.Choices) (*tenon.Plan, error) {
	if err := allow(v, sources, target); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		s, err := read(tx, v, sources, target, choices, true)
		if err != nil {
			return err
		}
		p, err = plan(s)
		return err
	})
	return p, err
}

// allow holds what needs no look at the data.
func allow(v tenon.Viewer, sources []tenon.OrgID, target tenon.OrgID) error {
	if err := v.Need(tenon.MergeOrgs); err != nil {
		return err
	}
	switch {
	case len(sources) == 0:
		return tenon.FieldErrorf("sources", "Name the organization that is merged away.")
	case len(sources) > MaxSources:
		return tenon.FieldErrorf("sources", "One plan merges %d organizations at most.", MaxSources)
	case target == 0:
		return tenon.FieldErrorf("target", "Name the organization that receives.")
	}
	seen := map[tenon.OrgID]bool{}
	for _, s := range sources {
		if seen[s] {
			return tenon.FieldErrorf("sources", "Organization %d is named twice.", s)
		}
		seen[s] = true
	}
	return nil
}

// startRecount writes the operation that counts again, and its job.
func (e *Engine) startRecount(tx *store.Tx, v tenon.Viewer, merged *tenon.Operation) error {
	if e.jobs == nil {
		return nil
	}
	op, err := operation.Start(tx, v, KindRecount)
	if err != nil {
		return err
	}
	op.Parent, op.State, op.Title = merged.ID, tenon.Running, tenon.Say("Counting what was merged")
	op.DoneAt = time.Time{}
	if err := tx.InsertOperation(op, nil); err != nil {
		return err
	}
	return e.jobs.EnqueueIn(tx, op.Kind, op.ID)
}

// recount is the job: it puts the numbers of what came over into the receipts.
func (e *Engine) recount(ctx context.Context, id tenon.OperationID, attempt int64) error {
	return e.st.Write(ctx, func(tx *store.Tx) error {
		sys := tenon.SystemViewer()
		self, err := tx.GetOperation(sys, id)
		if err != nil {
			return err
		}
		if err := tx.SaveChunk(id, attempt, store.Chunk{Done: 1, Total: 1}); err != nil {
			return err
		}
		op, err := tx.GetOperation(sys, self.Parent)
		if err != nil {
			return err
		}
		parts, err := partsOf(tx, sys, op)
		if err != nil {
			return err
		}
		total := map[string]int64{}
		for _, k := range parts {
			if err := recountOne(tx, &k, total); err != nil {
				return err
			}
		}
		if op.SourceID == 0 {
			op.Receipt.Counts = total
			if err := tx.SystemSetReceipt(op.ID, op.Receipt); err != nil {
				return err
			}
		}
		self.State, self.Done, self.Total, self.DoneAt = tenon.Finished, 1, 1, tx.Now()
		return tx.FinishOperation(self, nil)
	})
}

// recountOne counts the binders of one merge as they are filled now.
func recountOne(tx *store.Tx, op *tenon.Operation, total map[string]int64) error {
	counts, err := tx.SystemCountItems(op.Receipt.Binders)
	if err != nil {
		return err
	}
	op.Receipt.Counts = tenon.CountsByName(counts)
	for name, n := range op.Receipt.Counts {
		total[name] += n
	}
	return tx.SystemSetReceipt(op.ID, op.Receipt)
}

// partsOf returns the merges of single sources that an operation is made of:
// itself, or one for each source.
func partsOf(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) ([]tenon.Operation, error) {
	if op.SourceID != 0 {
		return []tenon.Operation{*op}, nil
	}
	kids, err := tx.ChildOperations(v, op.ID)
	return slices.DeleteFunc(kids, func(k tenon.Operation) bool { return k.Kind != Kind }), err
}

var _ operation.Undoer = (*Engine)(nil)

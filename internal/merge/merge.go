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

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Kind is the kind of these operations; KindUndo that of what takes them back.
const (
	Kind     = "merge"
	KindUndo = "undo merge"
	// JobRecount counts again, after the merge, what it brought over.
	JobRecount = "recount merge"
)

// MaxSources is how many organizations one plan may merge.
const MaxSources = 50

// Jobs takes work that follows a merge.
type Jobs interface {
	EnqueueIn(tx *store.Tx, kind string, op tenon.OperationID) error
}

// Engine plans, runs and undoes merges of organizations.
type Engine struct {
	c    *core.Core
	st   *store.Store
	jobs Jobs
}

// New returns the engine. Without jobs the counts of a receipt are those of the plan.
func New(c *core.Core, jobs Jobs) *Engine { return &Engine{c: c, st: c.Store(), jobs: jobs} }

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

// Recount is the job that counts, after a merge, what came over.
func (e *Engine) Recount(ctx context.Context, id tenon.OperationID, _ int64) error {
	return e.st.Write(ctx, func(tx *store.Tx) error {
		sys := tenon.SystemViewer()
		op, err := tx.GetOperation(sys, id)
		if err != nil {
			return err
		}
		kids, err := tx.ChildOperations(sys, id)
		if err != nil {
			return err
		}
		if op.SourceID != 0 {
			kids = append(kids, *op)
		}
		total := map[string]int64{}
		for _, k := range kids {
			counts, err := tx.SystemCountItems(k.Receipt.Binders, false)
			if err != nil {
				return err
			}
			k.Receipt.Counts = countsByName(counts)
			for name, n := range k.Receipt.Counts {
				total[name] += n
			}
			if err := tx.SystemSetReceipt(k.ID, k.Receipt); err != nil {
				return err
			}
		}
		if op.SourceID != 0 {
			return nil
		}
		op.Receipt.Counts = total
		return tx.SystemSetReceipt(id, op.Receipt)
	})
}

// countsByName names kinds by their plural, and adds "items" for those that
// are not mere folders.
func countsByName(counts map[tenon.Kind]int64) map[string]int64 {
	out := map[string]int64{"items": 0}
	for k, n := range counts {
		info := k.Info()
		out[info.Plural] += n
		if !info.Folder {
			out["items"] += n
		}
	}
	return out
}

var _ operation.Undoer = (*Engine)(nil)

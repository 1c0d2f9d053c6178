package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Kind is the operation that makes a demo.
const Kind = "demo"

// kindRemove is the one that takes it away; internal/trash does it.
const kindRemove = "remove demo"

// Engine makes demos as jobs.
type Engine struct {
	c    *core.Core
	st   *store.Store
	jobs operation.Jobs
}

// New returns the engine.
func New(c *core.Core, jobs operation.Jobs) *Engine {
	e := &Engine{c: c, st: c.Store(), jobs: jobs}
	jobs.Register(Kind, e.work)
	return e
}

// Usual is what is made where nobody says how much.
func Usual() Options {
	return Options{Organizations: DefaultOrganizations, Items: DefaultItems, Seed: DefaultSeed}
}

// journal is what the job needs.
type journal struct {
	Options Options         `json:"options"`
	Actor   operation.Actor `json:"actor"`
}

// Start begins to make a demo and returns the operation, which is running. One
// that is being made already is returned instead, so that asking twice makes
// one. Where there is a demo, another one is made only beside it on purpose.
func (e *Engine) Start(ctx context.Context, v tenon.Viewer, o Options) (op *tenon.Operation, err error) {
	for _, a := range []tenon.Action{tenon.ManageSettings, tenon.ManageUsers, tenon.EditFlexTypes, tenon.ImportData} {
		if err := v.Need(a); err != nil {
			return nil, err
		}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	err = e.st.Write(ctx, func(tx *store.Tx) (err error) {
		// Two who ask at once: the second waits here, and then finds the first's.
		if err := tx.LockStructure(); err != nil {
			return err
		}
		if op, err = e.underWay(tx, v); err != nil || op != nil {
			return err
		}
		there, err := tx.HasDemo()
		if err != nil {
			return err
		}
		if there && !o.Beside {
			return tenon.Errorf(tenon.Conflict, "There is demo data here already. Nothing was changed. Remove it first.")
		}
		if err := seedIsFree(tx, o.Seed); err != nil {
			return err
		}
		if op, err = operation.Start(tx, v, Kind); err != nil {
			return err
		}
		if o.Now.IsZero() {
			o.Now = tx.Now()
		}
		op.State, op.DoneAt, op.Title = tenon.Running, time.Time{}, tenon.Say("Making demo data")
		op.Total = int64(o.Organizations + o.Items)
		if err := tx.InsertOperation(op, journal{o, operation.ActorOf(v)}); err != nil {
			return err
		}
		failpoint.At("demo/opened")
		return e.jobs.EnqueueIn(tx, Kind, op.ID)
	})
	return op, err
}

// externalID is the number of an organization in the books of the demo. No two
// organizations may have the same, so no two demos have the same seed.
func externalID(seed uint64, n int) string { return fmt.Sprintf("C-%d-%05d", seed, n) }

// seedIsFree refuses a seed whose organizations are here already.
func seedIsFree(tx *store.Tx, seed uint64) error {
	found, _, err := tx.ListOrganizations(tenon.SystemViewer(), store.OrgQuery{Field: "external_id", Key: textkey.Fold(externalID(seed, 0)), Page: tenon.Page{Limit: 1}})
	if err == nil && len(found) > 0 {
		err = tenon.Errorf(tenon.Conflict, "Demo data of the seed %d is here already. Nothing was changed. Take another seed, or remove the demo data first.", seed)
	}
	return err
}

// underWay returns the demo that is being made, if there is one.
func (e *Engine) underWay(tx *store.Tx, v tenon.Viewer) (*tenon.Operation, error) {
	removing, err := tx.SystemRunningOf(kindRemove)
	if err != nil {
		return nil, err
	}
	if len(removing) > 0 {
		return nil, tenon.Errorf(tenon.Busy, "The demo data is being removed just now. Wait until that is done.")
	}
	making, err := tx.SystemRunningOf(Kind)
	if err != nil || len(making) == 0 {
		return nil, err
	}
	return tx.GetOperation(v, making[0])
}

// work is the job: it goes on where the last transaction ended.
func (e *Engine) work(ctx context.Context, id tenon.OperationID, attempt int64) error {
	m := &maker{ctx: ctx, c: e.c, run: id, spent: func() bool { return job.Spent(ctx) }}
	from, err := e.begin(m)
	if err != nil {
		return err
	}
	total := int64(m.o.Organizations + m.o.Items)
	m.save = func(tx *store.Tx, steps int) error {
		err := tx.SaveChunk(id, attempt, store.Chunk{Cursor: strconv.Itoa(steps), Done: m.done, Total: total})
		failpoint.At("demo/step-written")
		return err
	}
	done, err := m.work(from)
	if err != nil {
		return err
	}
	if !done {
		return job.ErrAgain
	}
	return e.finish(ctx, m, attempt)
}

// begin reads what to make, and which organizations are there already.
func (e *Engine) begin(m *maker) (from int, err error) {
	err = e.st.Read(m.ctx, func(tx *store.Tx) error {
		var j journal
		if err := tx.SystemJournal(m.run, &j); err != nil {
			return err
		}
		c, err := tx.SystemProgress(m.run)
		if err != nil {
			return err
		}
		from, _ = strconv.Atoi(c.Cursor) // "" is the beginning
		m.o = j.Options
		if m.v, err = j.Actor.Viewer(tx); err != nil {
			return err
		}
		if err := m.v.Need(tenon.ManageSettings); err != nil {
			return err
		}
		return m.place(tx)
	})
	return from, err
}

// place imagines the firms, and gives those that are made their ids.
func (m *maker) place(tx *store.Tx) error {
	m.firms = imagine(m.o)
	made, err := tx.SystemDemoPlaces(m.run)
	for i, id := range made {
		m.firms[i].id = id
	}
	return err
}

// finish writes the receipt.
func (e *Engine) finish(ctx context.Context, m *maker, attempt int64) error {
	return e.st.Write(ctx, func(tx *store.Tx) error {
		if err := m.save(tx, m.steps()); err != nil {
			return err
		}
		op, err := tx.GetOperation(tenon.SystemViewer(), m.run)
		if err != nil {
			return err
		}
		op.State, op.DoneAt, op.Done = tenon.Finished, tx.Now(), op.Total
		op.Title = tenon.Say("Demo data was made: %s with %s", tenon.Amount(m.rep.Organizations, "organization", "organizations"), tenon.Amount(m.rep.Items, "item", "items"))
		op.Receipt = &tenon.Receipt{Sentence: op.Sentence(), Duration: tx.Now().Sub(op.CreatedAt),
			Counts: map[string]int64{"organizations": int64(m.rep.Organizations), "items": int64(m.rep.Items), "users": int64(len(people)), "duplicates": int64(m.rep.Duplicates)},
			Notes:  []tenon.Phrase{tenon.Say("%s filed a second time under another name, so that there is something to merge.", tenon.Amount(m.rep.Duplicates, "organization is", "organizations are"))}}
		if err := tx.FinishOperation(op, journal{m.o, operation.ActorOf(m.v)}); err != nil {
			return err
		}
		failpoint.At("demo/receipt-written")
		return tx.Record(m.v, tenon.Event{Action: Kind, Subject: "operation", SubjectID: int64(op.ID), Name: "Demo data", Operation: op.ID})
	})
}

// Report says what a finished operation has made.
func (e *Engine) Report(ctx context.Context, op *tenon.Operation) (*Report, error) {
	m := &maker{ctx: ctx, c: e.c, run: op.ID}
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		m.rep = Report{Users: int(op.Receipt.Counts["users"])}
		var j journal
		if err := tx.SystemJournal(op.ID, &j); err != nil {
			return err
		}
		m.o = j.Options
		return m.place(tx)
	})
	if err != nil {
		return nil, err
	}
	for _, f := range m.firms {
		m.count(f)
	}
	m.truth()
	return &m.rep, nil
}

// CanUndo says that a demo is taken away and not undone.
func (e *Engine) CanUndo(context.Context, tenon.Viewer, tenon.OperationID) (tenon.CanUndo, error) {
	return tenon.CanUndo{Reason: tenon.PhraseOf(errNotUndone())}, nil
}

// Undo refuses.
func (e *Engine) Undo(context.Context, tenon.Viewer, tenon.OperationID) (*tenon.Operation, error) {
	return nil, errNotUndone()
}

func errNotUndone() error {
	return tenon.Errorf(tenon.Conflict, "Demo data is not undone but removed: Account, Settings, Remove demo data. Nothing of your own goes with it.")
}

var _ operation.Undoer = (*Engine)(nil)

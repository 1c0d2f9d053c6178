// Package trash deletes organizations and items, brings them back, and purges
// what nobody wants back; it also archives, moves, copies, tags, restricts and
// merges items, and changes the type, the status and the tags of many records.
//
// Deleting an organization sets states and nothing else: its items are hidden
// by the state of who owns their binder, so a delete costs nothing per item
// and a restore is exact. Items that are deleted singly bear the id of the
// operation that did it. Whatever was taken in one operation comes back in one.
//
// Each act is a file or two: what it looks at (read), a plan made of that and
// of nothing else, a run under the locks that makes the plan anew and refuses
// where the world has changed, and what takes it back.
//
// What is more than one transaction should hold is an act on many: a job does
// it in chunks, each with its journal (many_run.go), and another one takes it
// back. Small or large, it is one operation with one Undo.
//
// A purge is the one act that cannot be taken back. It removes what a record
// said, its secrets and their keys, its past versions and its search entries,
// in small batches as a job. What stays are the ids, so that none is used
// again, the binder as a tombstone, and the activity log, which is append-only:
// it goes on saying who did what when, in the words of then.
package trash

import (
	"context"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Kinds of operations. The first four can be planned; the others take back.
const (
	KindDelete     = "delete"
	KindItems      = "items"
	KindMergeItems = "merge items"
	KindPurge      = "purge"

	KindRestore        = "restore"
	KindUndoItems      = "undo items"
	KindUndoMergeItems = "undo merge items"
)

// Limits of one operation.
const (
	// MaxOrganizations is how many organizations one delete may take, with
	// their sub-organizations.
	MaxOrganizations = 1000
	// MaxItems is how many items one operation may work on, with what hangs on them.
	MaxItems = 1000
	// maxSingle is up to how many items of a selection an act is one
	// transaction, whose plan names each of them: of more, the page of the plan
	// would be larger than a page may be.
	maxSingle = 200
	// DefaultDays is how long the trash is kept where the account says nothing.
	DefaultDays = 30
	// TypeName is from how many items on a person is asked to type the name.
	TypeName = 100
)

// Engine plans, runs and undoes what this package does.
type Engine struct {
	c    *core.Core
	st   *store.Store
	jobs operation.Jobs
	// single is up to how many items an act is one transaction, chunk how many
	// a transaction of an act on many works on.
	single, chunk int
}

// New returns the engine. Without jobs a purge, or an act on many, runs to its
// end before Run returns.
func New(c *core.Core, jobs operation.Jobs) *Engine {
	e := &Engine{c: c, st: c.Store(), jobs: jobs, single: maxSingle, chunk: manyChunk}
	if jobs != nil {
		jobs.Register(KindPurge, e.Purge)
		jobs.Register(KindDemo, e.RemoveDemo)
		jobs.Register(KindMany, e.Many)
		jobs.Register(KindUndoMany, e.UndoMany)
	}
	return e
}

// ChunksOf sets up to how many items an act is one transaction, and how many a
// transaction of an act on many works on: a test has several chunks of few
// items. Call it before jobs start.
func (e *Engine) ChunksOf(single, chunk int) { e.single, e.chunk = single, chunk }

var _ operation.Undoer = (*Engine)(nil)

// Stops tells which operations can be cancelled: acts on many. All else is one
// transaction, or goes on to its end.
func (e *Engine) Stops(kind string) bool { return kind == KindMany }

// Run carries out a plan that somebody confirmed, of any of the kinds. Only
// what the plan was asked for and its fingerprint are believed: the rest is
// looked up again under the locks, and where it differs nothing is done.
func (e *Engine) Run(ctx context.Context, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	if confirmed == nil {
		return nil, tenon.FieldErrorf("operation", "Say which plan you confirm.")
	}
	run := map[string]func(*store.Tx, tenon.Viewer, *tenon.Plan) (*tenon.Operation, error){
		KindDelete: e.runDelete, KindItems: e.runItems, KindPurge: e.runPurge, KindMergeItems: e.runMergeItems, KindMany: e.runMany, KindDemo: e.runDemo,
	}[confirmed.Operation]
	if run == nil {
		return nil, tenon.FieldErrorf("operation", "There is no operation %s here.", strconv.Quote(confirmed.Operation))
	}
	var op *tenon.Operation
	err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
		op, err = run(tx, v, confirmed)
		return err
	})
	if err == nil && op.State == tenon.Running && e.jobs == nil {
		return e.workNow(ctx, v, op)
	}
	return op, err
}

// undoer takes back the operations of one kind. check refuses in words what
// cannot be taken back; it changes nothing.
type undoer struct {
	check func(*store.Tx, tenon.Viewer, *tenon.Operation) error
	undo  func(*store.Tx, tenon.Viewer, *tenon.Operation) (*tenon.Operation, error)
}

func (e *Engine) undoer(tx *store.Tx, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, undoer, error) {
	op, err := tx.GetOperation(v, id)
	if err != nil {
		return nil, undoer{}, err
	}
	u, ok := map[string]undoer{
		KindDelete: {checkRestore, e.undoDelete}, KindItems: {checkItems, e.undoItems}, KindMergeItems: {checkUnmerge, e.undoMergeItems}, KindMany: {checkMany, e.undoMany},
	}[op.Kind]
	switch {
	case !ok:
		return nil, u, tenon.Errorf(tenon.Conflict, "This cannot be undone: %s.", op.Title)
	case op.State == tenon.Undone:
		return nil, u, tenon.Errorf(tenon.Conflict, "This was undone already (operation %d). Nothing was changed.", op.UndoneBy)
	case op.State != tenon.Finished:
		return nil, u, tenon.Errorf(tenon.Conflict, "This is not finished, so it cannot be undone. Nothing was changed.")
	}
	return op, u, nil
}

// CanUndo tells whether the operation can be taken back now, or names what
// stands in the way.
func (e *Engine) CanUndo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (tenon.CanUndo, error) {
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		op, u, err := e.undoer(tx, v, id)
		if err != nil {
			return err
		}
		return u.check(tx, v, op)
	})
	return operation.CanUndo(err)
}

// Undo takes an operation back and returns the operation that did so.
func (e *Engine) Undo(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var back *tenon.Operation
	err := e.st.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockStructure(); err != nil {
			return err
		}
		op, u, err := e.undoer(tx, v, id)
		if err != nil {
			return err
		}
		if err := u.check(tx, v, op); err != nil {
			return err
		}
		back, err = u.undo(tx, v, op)
		return err
	})
	if err == nil && back.State == tenon.Running && e.jobs == nil {
		return e.workNow(ctx, v, back)
	}
	return back, err
}

// bulkAllowed tells whether the account allows deleting many at once.
func bulkAllowed(tx *store.Tx) (bool, error) {
	s, err := tx.Setting(tenon.SettingBulkDelete, "false")
	return s == "true", err
}

// days is how long the trash is kept; 0 is for ever.
func days(tx *store.Tx) (int, error) {
	s, err := tx.Setting(tenon.SettingRetention, strconv.Itoa(DefaultDays))
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return DefaultDays, nil
	}
	return n, nil
}

// Package csvimport brings the rows of a CSV file in as organizations or items.
//
// An import is planned, confirmed, run and undone as one operation. The plan
// is a dry run: it reads the whole file against the data as it is and counts
// what would be created, updated, left as it is, passed over and refused, row
// by row with line numbers. The file's hash is in its fingerprint, so what runs
// is the file that was shown. Unless the import is partial, one refused row
// refuses the whole.
//
// # Which record a row means
//
// By our id, where that column is mapped and filled; else by the external id;
// else by the exact name, folded: for items, within the row's organization. An
// organization that was merged away is found under its id, its name and its
// external id, and the row is passed over, so that a duplicate does not come
// back; one that has been renamed is found under its former name, and keeps
// the new one. Only records that are older than the import are looked at: two
// rows of one name become two records.
//
// Where a name stands in several rows, or is borne by several records, rows
// and records are matched one to one, in three rounds: each row, in the order
// of the file, takes the first record (by id) that says exactly the same in all
// mapped fields; then as many rows as possible take a record that they would
// not change; then the rows that are left take the records that are left, in
// order, and change them. Rows beyond that create. So the first import creates
// as many records as there are rows, and the second finds each of them again
// and changes nothing.
//
// A parent is named by id, name or external id, and must be there before the
// import. An empty cell leaves the field as it is. A name of a look-up list that is not
// in it is added, where the person may do that, and the plan lists it.
//
// # How it runs
//
// As a job, in chunks of at most 1,000 rows. Each chunk writes its records, what
// it did (for the undo) and its cursor in one transaction; killed at any moment
// it goes on there, and ends as an unbroken run does. Cancelled, it ends after
// the chunk at hand; what was imported until then stays, and can be undone. The file stays in the
// file store until then. Memory holds one chunk, 8 bytes for each row, and
// some 40 for each row whose name stands in the file more than once.
package csvimport

import (
	"context"
	"io"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Kinds of operations that this package makes.
const (
	Kind     = "import"
	KindUndo = "undo import"
)

// MaxFile is the largest file that is taken.
const MaxFile = 2 << 30

// chunkRows is how many rows are written in one transaction.
const chunkRows = 1000

// Files keeps the file while the import runs.
type Files interface {
	Put(ctx context.Context, r io.Reader, limit int64) (blob.Ref, error)
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
	Remove(ctx context.Context, hash string) error
}

// Engine plans, runs and undoes imports.
type Engine struct {
	c     *core.Core
	st    *store.Store
	files Files
	jobs  operation.Jobs
	chunk int // rows in one transaction
	undo  *operation.Taking[journal, chunk]
}

// New returns the engine and tells jobs how to work for it.
func New(c *core.Core, jobs operation.Jobs, files Files) *Engine {
	e := &Engine{c: c, st: c.Store(), files: files, jobs: jobs, chunk: chunkRows}
	e.undo = e.undoing(jobs)
	jobs.Register(Kind, e.work)
	jobs.Register(KindUndo, e.undo.Work)
	return e
}

// Stops tells which operations can be cancelled: an import, not its undo.
func (e *Engine) Stops(kind string) bool { return kind == Kind }

// ChunksOf sets how many rows are written in one transaction: a test has
// several chunks in a small file. Call it before jobs start.
func (e *Engine) ChunksOf(rows int) { e.chunk = rows }

// Options say what to import and how.
type Options struct {
	// Kind is "organization" or the name of a kind of item.
	Kind string
	// File is the content; Name is what it is called, for people. Kept is the
	// hash of a file that Keep took, in place of File.
	File io.Reader
	Kept string
	Name string
	// Map says which column of the file holds our field: field to column. Fields
	// are those of the kind, and "id"; "domains" for organizations;
	// "organization" (id, name or external id) and "tags" for items; and
	// "custom_fields.NAME" or "traits.NAME" for one entry of such a field. nil
	// maps the columns that are named like our fields.
	Map map[string]string
	// Encoding and Comma are those of csvfile; empty finds out.
	Encoding string
	Comma    byte
	// Partial imports the good rows where others are refused.
	Partial bool
	// RefuseNew refuses rows with a name that is in no look-up list.
	RefuseNew bool
}

// settings are the options as the plan and the job keep them.
type settings struct {
	Kind      string            `json:"kind"`
	Name      string            `json:"name,omitempty"`
	Hash      string            `json:"hash"`
	Map       map[string]string `json:"map"`
	Encoding  string            `json:"encoding,omitempty"`
	Comma     byte              `json:"comma,omitempty"`
	Partial   bool              `json:"partial,omitempty"`
	RefuseNew bool              `json:"refuse_new,omitempty"`
	// New are the look-up names to be added.
	New []newLookup `json:"new,omitempty"`
}

type newLookup struct {
	List string `json:"list"`
	Name string `json:"name"`
}

// counts are the numbers of an import.
type counts struct{ operation.Counts }

func (c counts) rows() int64 { return c.Created + c.Updated + c.Unchanged + c.Skipped + c.Failed }

// words say the numbers of an import; what is 0 is left out.
func (c counts) words(l *layout) tenon.List {
	return operation.Numbers(
		operation.Counted(c.Created, tenon.Say("%s created", l.amount(c.Created))),
		operation.Counted(c.Updated, tenon.Say("%s updated", tenon.Figure(c.Updated))),
		operation.Counted(c.Unchanged, tenon.Say("%s unchanged", tenon.Figure(c.Unchanged))),
		operation.Counted(c.Skipped, tenon.Say("%s passed over", tenon.Figure(c.Skipped))),
		operation.Counted(c.Failed, tenon.Say("%s refused", tenon.Figure(c.Failed))),
	)
}

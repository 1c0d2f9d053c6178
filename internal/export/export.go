// Package export puts all that somebody may see into one file, for them alone:
// a ZIP file of CSV files, one for each kind of record, with attached files
// beside them.
//
// An export is an operation that runs as a job, and its file is made of pieces.
// Each piece is stored as a file of its own, and noted in the transaction that
// moves the job's cursor: whoever is killed goes on with the next piece, and
// what a killed attempt has stored is a file that nothing needs. Nobody ever
// puts the pieces together; whoever downloads the file reads them one after
// the other.
//
// What is in it was read with the rights of the one who asked, as they are
// while it is made. It is kept for a week. Passwords are in it only where the
// file is locked with a passphrase, and a key with password access asked; each
// is recorded as revealed.
package export

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Kind is the kind of operations that this package makes.
const Kind = "export"

const (
	// Kept is how long an export can be downloaded.
	Kept = 7 * 24 * time.Hour
	// MinPassphrase is how many characters a passphrase has at least: the form
	// of locked ZIP files makes guessing cheap.
	MinPassphrase = 12
	// MaxRunning is how many exports of one person may be under way.
	MaxRunning = 20
	// LinkFor is how long a link to a file works.
	LinkFor = time.Hour
)

// Files keeps the pieces, and has the attached files.
type Files interface {
	Put(ctx context.Context, r io.Reader, limit int64) (blob.Ref, error)
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
}

var _ Files = (*blob.Dir)(nil)

// Options are what the engine works with; all are required.
type Options struct {
	Core  *core.Core
	Jobs  operation.Jobs
	Keys  *secret.Ring
	Files Files
	Now   func() time.Time
}

// Engine makes exports.
type Engine struct {
	o    Options
	st   *store.Store
	rows int // how many rows a CSV file has at most
}

// New returns the engine and tells jobs how to work for it.
func New(o Options) *Engine {
	e := &Engine{o: o, st: o.Core.Store(), rows: maxRows}
	o.Jobs.Register(Kind, e.work)
	return e
}

// Stops says that an export can be cancelled. Its file is never whole then, and
// what there was of it goes.
func (e *Engine) Stops(kind string) bool { return kind == Kind }

// CanUndo says why an export is not taken back: it changes nothing.
func (e *Engine) CanUndo(context.Context, tenon.Viewer, tenon.OperationID) (tenon.CanUndo, error) {
	return operation.CanUndo(errNothingToUndo)
}

// Undo refuses, as CanUndo says.
func (e *Engine) Undo(context.Context, tenon.Viewer, tenon.OperationID) (*tenon.Operation, error) {
	return nil, errNothingToUndo
}

var errNothingToUndo = tenon.Errorf(tenon.Conflict, "An export has changed nothing that could be undone. It can be deleted.")

// RowsOf makes CSV files of at most n rows, for tests: a step of the job is a file.
func (e *Engine) RowsOf(n int) { e.rows = n }

// Request says what to export.
type Request struct {
	// Org is one organization, 0 for all that the viewer reaches.
	Org tenon.OrgID
	// Logs takes the activity log along.
	Logs bool
	// Passphrase locks the file. Only then, and only for a key with password
	// access, it holds the values of passwords.
	Passphrase secret.Text
}

func (r *Request) check() error {
	if r.Passphrase.IsZero() {
		return nil
	}
	if n := utf8.RuneCountInString(r.Passphrase.Reveal()); n < MinPassphrase || n > 200 {
		return tenon.FieldErrorf("passphrase", "A passphrase has %d to 200 characters. Nothing was exported.", MinPassphrase)
	}
	return nil
}

// Start begins an export. It is made by a job.
func (e *Engine) Start(ctx context.Context, v tenon.Viewer, in Request) (*tenon.Export, error) {
	var x *tenon.Export
	err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
		x, err = e.StartIn(tx, v, in)
		return err
	})
	return x, err
}

// StartIn is Start inside the caller's transaction.
func (e *Engine) StartIn(tx *store.Tx, v tenon.Viewer, in Request) (*tenon.Export, error) {
	if err := v.Need(tenon.ExportData); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	running, err := tx.CountRunningExports(v)
	if err != nil {
		return nil, err
	}
	if running >= MaxRunning {
		return nil, tenon.Errorf(tenon.RateLimited, "%d exports of yours are being made, and no more may be. Wait for one to end.", MaxRunning)
	}
	return e.launch(tx, v, in)
}

// launch writes the export, its operation, its line in the log and its job.
func (e *Engine) launch(tx *store.Tx, v tenon.Viewer, in Request) (*tenon.Export, error) {
	op, err := operation.Start(tx, v, Kind)
	if err != nil {
		return nil, err
	}
	x := &tenon.Export{ID: op.ID, User: v.User, Logs: in.Logs, State: tenon.Running, EndsAt: tx.Now().Add(Kept), Locked: !in.Passphrase.IsZero()}
	// A person in a browser sees secrets one by one: the limit of an hour, and
	// the second factor, would mean nothing here.
	x.Secrets = x.Locked && v.Session == 0 && !v.NoSecrets && v.May(tenon.RevealSecrets)
	if in.Org != 0 {
		if x.Org, x.OrgName, err = named(tx, v, in.Org); err != nil {
			return nil, err
		}
	}
	if x.Locked {
		if x.Sealed, err = e.o.Keys.Seal(secret.ExportPlace(int64(op.ID)), in.Passphrase); err != nil {
			return nil, err
		}
	}
	op.State, op.DoneAt, op.Title = tenon.Running, time.Time{}, tenon.Say("Exporting %s", held(x))
	if err := tx.InsertOperation(op, operation.ActorOf(v)); err != nil {
		return nil, err
	}
	if err := tx.InsertExport(x); err != nil {
		return nil, err
	}
	failpoint.At("export/asked")
	event := x.Event(Kind)
	if x.Logs {
		event.Changes = append(event.Changes, tenon.Change{Field: "logs", After: true})
	}
	if x.Secrets {
		event.Changes = append(event.Changes, tenon.Change{Field: "passwords", After: true})
	}
	if err := tx.Record(v, event); err != nil {
		return nil, err
	}
	return x, e.o.Jobs.EnqueueIn(tx, Kind, op.ID)
}

// named resolves an organization, which may be named by an id that was merged away.
func named(tx *store.Tx, v tenon.Viewer, id tenon.OrgID) (tenon.OrgID, string, error) {
	id, err := tx.ResolveOrganization(v, id)
	if err != nil {
		return 0, "", err
	}
	o, err := tx.GetOrganization(v, id)
	if err == nil {
		err = core.RequireLive(tx, v, o)
	}
	if err != nil {
		return 0, "", err
	}
	return o.ID, o.Name, nil
}

// Get returns an export that the viewer asked for.
func (e *Engine) Get(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (x *tenon.Export, err error) {
	if err := v.Need(tenon.ExportData); err != nil {
		return nil, err
	}
	err = e.st.Read(ctx, func(tx *store.Tx) (err error) {
		x, err = tx.GetExport(v, id)
		return err
	})
	return x, err
}

// List returns one page of what the viewer asked for, the newest first.
func (e *Engine) List(ctx context.Context, v tenon.Viewer, page tenon.Page) (list []tenon.Export, next string, err error) {
	if err := v.Need(tenon.ExportData); err != nil {
		return nil, "", err
	}
	err = e.st.Read(ctx, func(tx *store.Tx) (err error) {
		list, next, err = tx.ListExports(v, page)
		return err
	})
	return list, next, err
}

// Delete throws an export away. One that is being made ends.
func (e *Engine) Delete(ctx context.Context, v tenon.Viewer, id tenon.OperationID) error {
	return e.st.Write(ctx, func(tx *store.Tx) error { return e.DeleteIn(tx, v, id) })
}

// DeleteIn is Delete inside the caller's transaction.
func (e *Engine) DeleteIn(tx *store.Tx, v tenon.Viewer, id tenon.OperationID) error {
	if err := v.Need(tenon.ExportData); err != nil {
		return err
	}
	x, err := tx.GetExport(v, id)
	if err != nil {
		return err
	}
	if err := tx.DeleteExport(v, id); err != nil {
		return err
	}
	return tx.Record(v, x.Event("discard"))
}

// Sweep forgets exports that are over. Their pieces are then files that nothing
// needs, and go as all of those do.
func (e *Engine) Sweep(ctx context.Context) error {
	return e.st.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.SystemEndExports(tx.Now())
		return err
	})
}

// Download is the file of an export on its way out.
type Download struct {
	Name string
	Size int64
	io.ReadCloser
}

// Open returns the file of an export, and records that it was taken.
func (e *Engine) Open(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (*Download, error) {
	if err := v.Need(tenon.ExportData); err != nil {
		return nil, err
	}
	var x *tenon.Export
	var parts []store.ExportPart
	err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
		if x, err = tx.GetExport(v, id); err != nil {
			return err
		}
		switch {
		case x.State == tenon.Running:
			return tenon.Errorf(tenon.Conflict, "This export is not finished.")
		case !x.Whole():
			return tenon.Errorf(tenon.Conflict, "This export has no file: it failed, or was cancelled. Ask for another one.")
		}
		if x.Secrets && (v.NoSecrets || !v.May(tenon.RevealSecrets)) {
			return tenon.Errorf(tenon.Forbidden, "This export holds passwords, and this key has no password access.")
		}
		if parts, err = tx.SystemExportParts(id); err != nil {
			return err
		}
		return tx.Record(v, x.Event("download"))
	})
	if err != nil {
		return nil, err
	}
	name := "tenon-export-" + x.CreatedAt.Format("2006-01-02") + "-" + strconv.FormatInt(int64(x.ID), 10) + ".zip"
	return &Download{Name: name, Size: x.Size, ReadCloser: &pieces{ctx: ctx, files: e.o.Files, parts: parts}}, nil
}

// pieces reads the pieces of a file one after the other.
type pieces struct {
	ctx   context.Context
	files Files
	parts []store.ExportPart
	now   io.ReadCloser
}

func (p *pieces) Read(b []byte) (int, error) {
	for {
		if p.now == nil {
			if len(p.parts) == 0 {
				return 0, io.EOF
			}
			var err error
			if p.now, err = p.files.Open(p.ctx, p.parts[0].Hash); err != nil {
				return 0, err
			}
			p.parts = p.parts[1:]
		}
		n, err := p.now.Read(b)
		if errors.Is(err, io.EOF) {
			err = p.Close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Close lets go of the piece that is being read.
func (p *pieces) Close() error {
	if p.now == nil {
		return nil
	}
	err := p.now.Close()
	p.now = nil
	return err
}

// Link returns what makes a link to the file of an export work without a key,
// and until when: programs fetch what they are told to, and send no key to it.
// There is none where the viewer could not take the file.
func (e *Engine) Link(v tenon.Viewer, x *tenon.Export) (until time.Time, signature string, ok bool) {
	if !x.Whole() || (x.Secrets && v.NoSecrets) {
		return until, "", false
	}
	if until = e.o.Now().Add(LinkFor).Truncate(time.Second); until.After(x.EndsAt) {
		until = x.EndsAt
	}
	return until, e.signature(x.ID, until), true
}

func (e *Engine) signature(id tenon.OperationID, until time.Time) string {
	text := strconv.FormatInt(int64(id), 10) + " until " + strconv.FormatInt(until.Unix(), 10)
	return hex.EncodeToString(e.o.Keys.Mark("export.link", secret.NewText(text)))
}

// OpenSigned is Open for whoever has a link. The one who asked for the export
// must still be there, with the rights for it.
func (e *Engine) OpenSigned(ctx context.Context, id tenon.OperationID, until time.Time, signature, addr string) (*Download, error) {
	want := e.signature(id, until)
	if subtle.ConstantTimeCompare([]byte(want), []byte(signature)) != 1 || !e.o.Now().Before(until) {
		return nil, tenon.Errorf(tenon.Unauthenticated, "This link is wrong or has expired. Ask for the export again, for a new one.")
	}
	var v tenon.Viewer
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		x, err := tx.SystemExport(id)
		if err != nil {
			return err
		}
		v, err = tx.LoadViewer(x.User)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.Face, v.Addr = "link", addr
	return e.Open(ctx, v, id)
}

package csvimport

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// journal is what the job and the undo need.
type journal struct {
	Settings settings        `json:"settings"`
	Actor    operation.Actor `json:"actor"`
}

// progress is the cursor of an import: how many rows are done, and with what result.
type progress struct {
	Rows   int64  `json:"rows"`
	Counts counts `json:"counts"`
	Listed bool   `json:"listed,omitempty"` // look-up names are added
}

// chunk is what one transaction of an import did.
type chunk struct {
	Rows    int64                  `json:"rows"`
	Created []int64                `json:"created,omitempty"`
	Updated []change               `json:"updated,omitempty"`
	Refused map[int64]tenon.Phrase `json:"refused,omitempty"` // row number to problem
}

// change is one updated record before and after.
type change struct {
	ID            int64    `json:"id"`
	Before        string   `json:"before"`
	After         string   `json:"after"`
	DomainsBefore []string `json:"domains_before,omitempty"`
	DomainsAfter  []string `json:"domains_after,omitempty"`
	TagsBefore    []string `json:"tags_before,omitempty"`
	TagsAfter     []string `json:"tags_after,omitempty"`
}

// Run confirms a plan: it is made anew, and where it says the same the import
// is handed to a job. The operation returned is running.
func (e *Engine) Run(ctx context.Context, v tenon.Viewer, planned *tenon.Plan) (*tenon.Operation, error) {
	if err := v.Need(tenon.ImportData); err != nil {
		return nil, err
	}
	s, err := planSettings(planned)
	if err != nil {
		return nil, err
	}
	now, err := e.plan(ctx, v, s)
	if err != nil {
		return nil, err
	}
	if err := operation.Agree(planned, now); err != nil {
		return nil, err
	}
	total := int64(0)
	for _, n := range now.Counts {
		total += n
	}
	var op *tenon.Operation
	err = e.st.Write(ctx, func(tx *store.Tx) (err error) {
		if op, err = operation.Start(tx, v, Kind); err != nil {
			return err
		}
		op.State, op.Plan, op.Fingerprint, op.Total = tenon.Running, now, now.Fingerprint, total
		op.Title, op.DoneAt = tenon.Say("Importing %s", fileName(s)), time.Time{}
		return e.launch(tx, op, journal{*s, operation.ActorOf(v)})
	})
	return op, err
}

// launch writes a running operation and its job.
func (e *Engine) launch(tx *store.Tx, op *tenon.Operation, j journal) error {
	if err := tx.InsertOperation(op, j); err != nil {
		return err
	}
	failpoint.At("import/opened")
	return e.jobs.EnqueueIn(tx, op.Kind, op.ID)
}

func fileName(s *settings) string {
	if s.Name == "" {
		return "a CSV file"
	}
	return s.Name
}

// work is the job: it goes on where the last chunk ended.
func (e *Engine) work(ctx context.Context, id tenon.OperationID, attempt int64) error {
	w := &working{e: e, op: id, attempt: attempt}
	if err := w.begin(ctx); err != nil {
		return err
	}
	failpoint.At("import/begun")
	if w.cancelled {
		return w.finish(ctx)
	}
	p, err := e.prepare(ctx, w.v, &w.j.Settings, int64(id), w.saved)
	if err != nil {
		return err
	}
	if err := w.settle(ctx, p); err != nil {
		return err
	}
	src, err := p.open(ctx, w.at.Rows)
	if err != nil {
		return err
	}
	defer src.Close()
	for {
		rows, err := src.next(e.chunk)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return w.finish(ctx)
		}
		if err := w.write(ctx, p, rows); err != nil {
			return w.giveUp(ctx, err)
		}
		if w.cancelled {
			return w.finish(ctx)
		}
		if job.Spent(ctx) {
			return job.ErrAgain
		}
	}
}

// working is one attempt of an import.
type working struct {
	e       *Engine
	op      tenon.OperationID
	attempt int64
	j       journal
	v       tenon.Viewer
	at      progress
	total   int64
	saved   *assignment
	// cancelled says that somebody wants it to end where it is.
	cancelled bool
}

// begin reads the cursor and what earlier chunks took, and adds the look-up names.
func (w *working) begin(ctx context.Context) error {
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		w.at, w.saved = progress{}, nil
		c, err := operation.Resume(tx, w.op, &w.j, &w.at)
		if err != nil {
			return err
		}
		w.total, w.cancelled = c.Total, c.Cancelled
		if w.v, err = w.j.Actor.Viewer(tx); err != nil {
			return err
		}
		if err := w.v.Need(tenon.ImportData); err != nil {
			return err
		}
		var saved assignment
		if at, err := tx.SystemImportChunk(w.op, settled, false, &saved); err != nil {
			return err
		} else if at == settled {
			w.saved = &saved
		}
		if w.at.Listed || w.cancelled {
			return nil
		}
		w.at.Listed = true
		if err := w.e.addLookups(tx, w.v, w.j.Settings.New); err != nil {
			return err
		}
		return w.save(tx)
	})
}

// settled is where the assignment stands among the chunks, before the first row.
const settled = -1

// settle keeps which records the rows of repeated names take.
func (w *working) settle(ctx context.Context, p *prepared) error {
	if w.saved != nil {
		return nil
	}
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		if err := tx.InsertImportChunk(w.op, settled, assignment{p.assigned}); err != nil {
			return err
		}
		return w.save(tx) // only the attempt that has the operation may settle it
	})
}

func (w *working) save(tx *store.Tx) error {
	text, err := json.Marshal(w.at)
	if err != nil {
		return err
	}
	return tx.SaveChunk(w.op, w.attempt, store.Chunk{Cursor: string(text), Done: w.at.Rows, Total: w.total})
}

// errRefused says that a row cannot be imported although its plan said it could.
var errRefused = errors.New("a row was refused")

// write imports one chunk of rows in one transaction.
func (w *working) write(ctx context.Context, p *prepared, rows []*row) error {
	before := w.at
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		w.at = before
		now, err := tx.SystemProgress(w.op)
		if w.cancelled = now.Cancelled; err != nil || w.cancelled {
			return err
		}
		decided, err := p.decide(tx, rows)
		if err != nil {
			return err
		}
		c := &chunk{Rows: int64(len(rows)), Refused: map[int64]tenon.Phrase{}}
		failpoint.At("import/chunk-decided")
		if err := w.create(tx, p, decided, c); err != nil {
			return err
		}
		failpoint.At("import/chunk-created")
		for _, d := range decided {
			if err := w.one(tx, p, d, c); err != nil {
				return err
			}
		}
		if len(c.Refused) > 0 && !w.j.Settings.Partial {
			return refusal(rows, c.Refused)
		}
		failpoint.At("import/chunk-updated")
		if err := tx.InsertImportChunk(w.op, before.Rows, c); err != nil {
			return err
		}
		failpoint.At("import/chunk-noted")
		w.at.Rows += int64(len(rows))
		return w.save(tx)
	})
}

// refusal names the first row that could not be imported.
func refusal(rows []*row, refused map[int64]tenon.Phrase) error {
	for _, r := range rows {
		if why, ok := refused[r.num]; ok {
			e := tenon.Errorf(tenon.Conflict, "Line %d cannot be imported any more: %s What was imported before it is taken back.", r.line, why)
			e.Err = errRefused
			return e
		}
	}
	return errRefused
}

// create files the new records of a chunk together.
func (w *working) create(tx *store.Tx, p *prepared, decided []decision, c *chunk) error {
	var rows []*row
	for _, d := range decided {
		if d.what == create {
			rows = append(rows, d.row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	ids, problems, err := p.target.create(tx, p, rows)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if problems[i] != nil {
			c.Refused[rows[i].num] = tenon.PhraseOf(problems[i])
			w.at.Counts.Failed++
			continue
		}
		c.Created = append(c.Created, id)
		w.at.Counts.Created++
	}
	return nil
}

// one does what was decided of a row, but creating, and counts it.
func (w *working) one(tx *store.Tx, p *prepared, d decision, c *chunk) error {
	switch d.what {
	case create:
		return nil
	case refuse:
		c.Refused[d.row.num] = d.why
		w.at.Counts.Failed++
		return nil
	case update:
	default:
		w.at.Counts.add(d.what)
		return nil
	}
	changed, after, _, err := p.target.update(tx, p, d.row, d.x)
	switch {
	case operation.Fatal(err):
		return err
	case err != nil:
		c.Refused[d.row.num] = tenon.PhraseOf(err)
		w.at.Counts.Failed++
		return nil
	case !changed:
		w.at.Counts.Unchanged++
		return nil
	}
	w.at.Counts.Updated++
	_, domains, tags := d.row.change(d.x)
	u := change{ID: d.x.id, Before: p.layout.mappedValues(d.x.values).JSON(), After: p.layout.mappedValues(after).JSON()}
	if domains != nil {
		u.DomainsBefore, u.DomainsAfter = d.x.domains, *domains
	}
	if tags != nil {
		u.TagsBefore, u.TagsAfter = d.x.tags, *tags
	}
	c.Updated = append(c.Updated, u)
	return nil
}

// finish writes the receipt: of the whole file, or where it was cancelled of
// what was imported until then.
func (w *working) finish(ctx context.Context) error {
	n := w.at.Counts
	kind, err := kindOf(w.j.Settings.Kind)
	if err != nil {
		return err
	}
	l := &layout{kind: kind}
	err = w.e.st.Write(ctx, func(tx *store.Tx) error {
		if err := w.save(tx); err != nil {
			return err
		}
		op, err := tx.GetOperation(tenon.SystemViewer(), w.op)
		if err != nil {
			return err
		}
		op.State, op.DoneAt, op.Done = tenon.Finished, tx.Now(), w.at.Rows
		op.Receipt = &tenon.Receipt{Counts: n.ByName(), Duration: tx.Now().Sub(op.CreatedAt)}
		words := n.words(l)
		if w.cancelled {
			op.Title = tenon.Say("The import of %s was cancelled after %s of %s rows: %s", fileName(&w.j.Settings), tenon.Figure(w.at.Rows), tenon.Figure(op.Total), words)
			op.Receipt.Counts["not_done"] = op.Total - w.at.Rows
			op.Receipt.Notes = []tenon.Phrase{operation.Stopped(op, w.at.Rows, tenon.Amount(op.Total, "row", "rows"))}
		} else {
			op.Title, op.Total, op.CancelledAt = tenon.Say("%s was imported: %s", fileName(&w.j.Settings), words), w.at.Rows, time.Time{}
		}
		op.Receipt.Sentence = op.Sentence()
		if err := tx.FinishOperation(op, w.j); err != nil {
			return err
		}
		failpoint.At("import/receipt-written")
		return tx.Record(w.v, tenon.Event{Action: Kind, Subject: l.subject(), SubjectID: int64(op.ID), Name: fileName(&w.j.Settings), Operation: op.ID})
	})
	failpoint.At("import/finished")
	if err != nil || n.Failed > 0 {
		return err // with refused rows the file is kept for the error file
	}
	return w.e.letGo(ctx, w.j.Settings.Hash)
}

// letGo removes the file of an import from the file store, unless a record
// has the same file: content is kept once, under its hash.
func (e *Engine) letGo(ctx context.Context, hash string) error {
	var unused []string
	err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
		unused, err = tx.SystemUnusedFiles([]string{hash})
		return err
	})
	if err != nil || len(unused) == 0 {
		return err
	}
	return e.files.Remove(ctx, hash)
}

// giveUp ends an import that must be whole and cannot: what it did is taken
// back by a job of its own.
func (w *working) giveUp(ctx context.Context, cause error) error {
	if !errors.Is(cause, errRefused) {
		return cause
	}
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		failed, err := tx.FailOperation(w.op, w.attempt, tenon.PhraseOf(cause))
		if err != nil || !failed {
			return err
		}
		if err := tx.Record(w.v, tenon.Event{Action: "fail", Subject: "operation", SubjectID: int64(w.op), Name: Kind, Operation: w.op}); err != nil {
			return err
		}
		op, err := tx.GetOperation(tenon.SystemViewer(), w.op)
		if err != nil {
			return err
		}
		_, err = w.e.undo.Launch(tx, w.v, op)
		return err
	})
}

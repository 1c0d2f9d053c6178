package glueimport

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// chunkRecords is how many records are written in one transaction.
const chunkRecords = 100

// journal is what the job and the undo need.
type journal struct {
	Settings settings        `json:"settings"`
	Actor    operation.Actor `json:"actor"`
	Source   int64           `json:"source"`
}

// progress is the cursor of a copy.
type progress struct {
	Step int `json:"step"`
	// Page is how many pages of the list are done.
	Page int `json:"page"`
	// Last is the last record that is done of the page after them, "" for none.
	Last string `json:"last,omitempty"`
	// Owner is the record under which a list is walked, "" where it is had whole.
	Owner string `json:"owner,omitempty"`
	// Under says that the list is not to be had whole.
	Under bool `json:"under,omitempty"`
	// Size is how many records a page has, 0 for the most, and Stuck how many
	// records in a row the source has trouble with.
	Size  int `json:"size,omitempty"`
	Stuck int `json:"stuck,omitempty"`
	// Given says that the list was had under one record at least, Denied under
	// how many it was not, and Denial what was said then first.
	Given  bool   `json:"given,omitempty"`
	Denied int    `json:"denied,omitempty"`
	Denial string `json:"denial,omitempty"`
	// Alone is how many records in a row were not given one by one.
	Alone  int    `json:"alone,omitempty"`
	Done   int64  `json:"done"`
	Chunks int64  `json:"chunks"`
	Counts counts `json:"counts"`
	// NoSecrets says that the key does not open passwords: the first Blank
	// of them came without a value, and none with one, which Opened says.
	NoSecrets bool `json:"no_secrets,omitempty"`
	Opened    bool `json:"opened,omitempty"`
	Blank     int  `json:"blank,omitempty"`
	// Narrow are Tag fields that were made and lead to assets of one type there.
	Narrow []narrowed `json:"narrow,omitempty"`
}

// next is where the step after this one begins.
func (p progress) next() progress {
	return progress{Step: p.Step + 1, Done: p.Done, Chunks: p.Chunks, Counts: p.Counts, NoSecrets: p.NoSecrets, Opened: p.Opened, Blank: p.Blank}
}

// size is how many records a page has.
func (p *progress) size() int { return cmp.Or(p.Size, pageSize) }

// shrink asks for the records of the next page in smaller pages.
func (p *progress) shrink() { p.Page, p.Size = p.Page*smaller, p.size()/smaller }

// grow asks for larger pages again, where as many as one has are done.
func (p *progress) grow() {
	for p.size() < pageSize && p.Page%smaller == 0 {
		p.Page, p.Size = p.Page/smaller, p.size()*smaller
	}
}

// Run confirms a plan and hands the copy to a job. The operation returned is
// running. A copy of the same account that is not at its end goes on instead.
func (e *Engine) Run(ctx context.Context, v tenon.Viewer, o Options, planned *tenon.Plan) (*tenon.Operation, error) {
	if err := v.Need(tenon.ImportData); err != nil {
		return nil, err
	}
	now, err := e.Plan(ctx, v, o)
	if err != nil {
		return nil, err
	}
	if err := operation.Agree(planned, now); err != nil {
		return nil, err
	}
	base, err := e.allow(v, o)
	if err != nil {
		return nil, err
	}
	var op *tenon.Operation
	err = e.st.Write(ctx, func(tx *store.Tx) (err error) {
		source, err := e.source(tx, base.String(), o)
		if err != nil {
			return err
		}
		if op, err = running(tx, v, source); err != nil || op != nil {
			return err
		}
		if op, err = operation.Start(tx, v, Kind); err != nil {
			return err
		}
		op.State, op.Plan, op.Fingerprint, op.Total = tenon.Running, now, now.Fingerprint, now.Counts["records"]
		op.Title, op.DoneAt = tenon.Say("Copying %s", base.Host), time.Time{}
		return e.launch(tx, op, journal{settings{base.String(), o.Requests}, operation.ActorOf(v), source})
	})
	return op, err
}

// launch writes a running operation and its job.
func (e *Engine) launch(tx *store.Tx, op *tenon.Operation, j journal) error {
	if err := tx.InsertOperation(op, j); err != nil {
		return err
	}
	return e.jobs.EnqueueIn(tx, op.Kind, op.ID)
}

// running returns the copy of a source that is under way, if there is one.
func running(tx *store.Tx, v tenon.Viewer, source int64) (*tenon.Operation, error) {
	ids, err := tx.SystemRunning()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		op, err := tx.GetOperation(v, id)
		if tenon.CodeOf(err) == tenon.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		var j journal
		if op.Kind != Kind {
			continue
		}
		if err := tx.SystemJournal(id, &j); err != nil {
			return nil, err
		}
		if j.Source == source {
			return op, nil
		}
	}
	return nil, nil
}

// working is one attempt of a copy.
type working struct {
	e       *Engine
	op      tenon.OperationID
	attempt int64
	j       journal
	v       tenon.Viewer
	at      progress
	total   int64
	from    *client
	// cancelled says that somebody wants it to end where it is.
	cancelled bool
	// rows are the ties of lists, which are small and asked for all the time.
	rows ties
	// types are the flexible asset types here, by their id there.
	types map[string]*tenon.FlexType
}

// work is the job: it goes on where the last transaction ended.
func (e *Engine) work(ctx context.Context, id tenon.OperationID, attempt int64) error {
	w := &working{e: e, op: id, attempt: attempt, rows: ties{}, types: map[string]*tenon.FlexType{}}
	if err := w.begin(ctx); err != nil {
		return err
	}
	defer w.from.close()
	err := w.walk(ctx)
	if err == nil || errors.Is(err, errCancelled) {
		return w.finish(ctx)
	}
	return err
}

// errCancelled ends a walk because the copy was cancelled.
var errCancelled = errors.New("the copy was cancelled")

// pause tells, between transactions, whether to go on: not where the copy was
// cancelled, or the time of this attempt is up.
func (w *working) pause(ctx context.Context) error {
	switch {
	case w.cancelled:
		return errCancelled
	case job.Spent(ctx):
		return job.ErrAgain
	}
	return nil
}

// walk takes the steps that are left.
func (w *working) walk(ctx context.Context) error {
	if w.cancelled {
		return errCancelled
	}
	all := steps()
	for w.at.Step < len(all) {
		s := all[w.at.Step]
		if err := s.run(ctx, w, s); err != nil {
			return err
		}
		w.at = w.at.next()
		if err := w.e.st.Write(ctx, w.save); err != nil {
			return err
		}
		failpoint.At("copy/step-done")
		if err := w.pause(ctx); err != nil && w.at.Step < len(all) {
			return err
		}
	}
	w.cancelled = false // too late: all is done
	return nil
}

// begin reads the cursor and opens the way to the source.
func (w *working) begin(ctx context.Context) error {
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		w.at = progress{}
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
		key, err := w.e.openKey(tx, w.j)
		if err != nil {
			return err
		}
		base, err := parseBase(w.j.Settings.URL)
		if err != nil {
			return err
		}
		w.from = w.e.client(base, key, w.j.Settings.Requests, w.e.patience)
		return nil
	})
}

// save keeps how far it is, and looks whether it was cancelled meanwhile.
func (w *working) save(tx *store.Tx) error {
	text, err := json.Marshal(w.at)
	if err != nil {
		return err
	}
	now, err := tx.SystemProgress(w.op)
	if err != nil {
		return err
	}
	w.cancelled = now.Cancelled
	return tx.SaveChunk(w.op, w.attempt, store.Chunk{Cursor: string(text), Done: w.at.Done, Total: max(w.total, w.at.Done)})
}

// note keeps what a transaction did: the undo needs it, and people read the problems.
func (w *working) note(tx *store.Tx, c *chunk) error {
	if len(c.Created)+len(c.Hung)+len(c.Problems) > 0 {
		if err := tx.InsertImportChunk(w.op, w.at.Chunks, c); err != nil {
			return err
		}
		w.at.Chunks++
	}
	return w.save(tx)
}

// finish writes the receipt: of the whole account, or where it was cancelled of
// what came until then.
func (w *working) finish(ctx context.Context) error {
	n, stopped := w.at.Counts, w.cancelled
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		if err := w.save(tx); err != nil {
			return err
		}
		if err := tx.SetCopyKey(w.j.Source, nil); err != nil {
			return err
		}
		op, err := tx.GetOperation(tenon.SystemViewer(), w.op)
		if err != nil {
			return err
		}
		op.State, op.DoneAt, op.Done = tenon.Finished, tx.Now(), w.at.Done
		words := n.words()
		op.Receipt = &tenon.Receipt{Counts: n.ByName(), Duration: tx.Now().Sub(op.CreatedAt), Notes: notCopied()}
		if stopped {
			op.Title = tenon.Say("The copy of %s was cancelled: %s", w.from.base.Host, words)
			op.Receipt.Counts["not_done"] = max(op.Total-w.at.Done, 0)
			op.Receipt.Notes = append([]tenon.Phrase{tenon.Say("%s Another copy goes on from here.", operation.Stopped(op, w.at.Done, tenon.Amount(op.Total, "record", "records")))}, op.Receipt.Notes...)
		} else {
			op.Title, op.Total, op.CancelledAt = tenon.Say("%s was copied: %s", w.from.base.Host, words), w.at.Done, time.Time{}
		}
		op.Receipt.Sentence = op.Sentence()
		if err := tx.FinishOperation(op, w.j); err != nil {
			return err
		}
		failpoint.At("copy/receipt-written")
		return tx.Record(w.v, tenon.Event{Action: Kind, Subject: "operation", SubjectID: int64(op.ID), Name: w.from.base.Host, Operation: op.ID})
	})
}

// notCopied are what this API cannot give, or what we do not take from it.
func notCopied() []tenon.Phrase {
	return []tenon.Phrase{
		tenon.Say("Users, groups and who may see what are not copied. What was restricted is restricted here to those who see all that is."),
		tenon.Say("SSL certificates and tickets are not copied."),
		tenon.Say("The history of records stays with the source."),
	}
}

// known reads which of ours the wanted records are.
func (w *working) known(tx *store.Tx, want wants) (ties, error) {
	out := ties{}
	for resource := range want {
		if rows, ok := w.rows[resource]; ok {
			out[resource] = rows
			continue
		}
		found, err := tx.SystemCopyTies(w.j.Source, resource, want.list(resource))
		if err != nil {
			return nil, err
		}
		out[resource] = map[string]int64{}
		for id, t := range found {
			out[resource][id] = t.Local
		}
	}
	return out, nil
}

// ids are those of records there, in order.
func ids(list []record) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	slices.Sort(out)
	return out
}

// Package glueimport copies an account into this one through the public API
// that IT Glue has, from any server that speaks it.
//
// A copy is planned, confirmed, run and undone as one operation. The plan asks
// the source how many records of each kind it has, and whether the key opens
// passwords; the copy itself is a job. It goes through the source step by step,
// what others refer to before what refers to it: lists, types, organizations,
// items, files, relations. A page of the source is read, and written in small
// transactions.
//
// # What makes it exact
//
// A tie says which record there is which of ours, and how the record was then.
// It is written in the transaction that files the record. So a copy that is
// killed at any moment goes on where it was and makes nothing twice, and a
// second copy finds each record again: it takes over what has changed there
// since, leaves alone what has changed here since, and does not bring back what
// was deleted here. A record that was merged away here leads to its target.
//
// Look-up rows and flexible asset types are found again by name, and so are
// organizations that were here before the first copy. Items are not: what hangs
// on an organization that was here already comes beside what it has.
//
// # What does not come
//
// Users, groups and their rights are not copied. What is restricted there is
// restricted here to those who see all that is restricted, until somebody opens
// it. A value that we do not take, such as a malformed address, is written into
// the notes of its record. All this is said in the problems of the operation.
package glueimport

import (
	"context"
	"net/url"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Kinds of operations that this package makes.
const (
	Kind     = "import itglue"
	KindUndo = "undo import itglue"
)

// Engine plans, runs and undoes copies.
type Engine struct {
	c    *core.Core
	st   *store.Store
	keys *secret.Ring
	jobs operation.Jobs
	undo *operation.Taking[journal, chunk]
	// patience is how long an attempt waits where the source asks for it.
	patience time.Duration
	// near says that this machine may be copied from over the network, too.
	near bool
	// again is the first pause before a request is sent again.
	again time.Duration
}

// AgainAfter sets the first pause before a request is sent again, for tests.
func (e *Engine) AgainAfter(d time.Duration) { e.again = d }

// client makes a client as the engine's tests want it.
func (e *Engine) client(base *url.URL, key secret.Text, requests int, patience time.Duration) *client {
	c := newClient(base, key, requests, patience)
	c.near = e.near
	if e.again > 0 {
		c.http.RetryWaitMin = e.again
	}
	return c
}

// Near lets pages copy from this machine itself, for tests.
func (e *Engine) Near() { e.near = true }

// PatientFor says how long an attempt waits for a source that asks to be left
// alone, for tests: where it is longer, the job is parked.
func (e *Engine) PatientFor(d time.Duration) { e.patience = d }

// New returns the engine and tells jobs how to work for it. keys seals the key
// to the source while a copy runs.
func New(c *core.Core, jobs operation.Jobs, keys *secret.Ring) *Engine {
	e := &Engine{c: c, st: c.Store(), keys: keys, jobs: jobs, patience: patience}
	e.undo = e.undoing(jobs)
	jobs.Register(Kind, e.work)
	jobs.OnFail(Kind, e.forget)
	jobs.Register(KindUndo, e.undo.Work)
	return e
}

// Stops tells which operations can be cancelled: a copy, not its undo.
func (e *Engine) Stops(kind string) bool { return kind == Kind }

// Options say what to copy from.
type Options struct {
	// URL is where the API is, such as https://api.itglue.com.
	URL string
	// Key is a key to it. With password access, passwords come along.
	Key secret.Text
	// Requests is how many requests may be sent in five minutes; 0 is 3,000,
	// which is what an account usually allows.
	Requests int
	// Remote says that it was asked for over the network, and not on this
	// machine: then only an administrator may, the address must not be this
	// machine's own, and the plan waits for a minute at most.
	Remote bool
}

// settings are the options as the plan and the job keep them; the key is kept
// sealed, with the source.
type settings struct {
	URL      string `json:"url"`
	Requests int    `json:"requests,omitempty"`
}

// Problem is one thing that did not come, or not as it was.
type Problem struct {
	Resource string `json:"resource"`
	External string `json:"id"`
	Name     string `json:"name"`
	Message  string `json:"message"`
}

// Problems returns what an operation could not bring, in the order in which it
// was found.
func (e *Engine) Problems(ctx context.Context, v tenon.Viewer, id tenon.OperationID) (out []Problem, err error) {
	err = e.st.Read(ctx, func(tx *store.Tx) error {
		out = nil
		if err := v.Need(tenon.ImportData); err != nil {
			return err
		}
		if _, err := tx.GetOperation(v, id); err != nil {
			return err
		}
		for row := int64(0); ; row++ {
			var c chunk
			at, err := tx.SystemImportChunk(id, row, false, &c)
			if err != nil {
				return err
			}
			if at == store.NoChunk {
				return nil
			}
			out, row = append(out, c.Problems...), at
		}
	})
	return out, err
}

// chunk is what one transaction of a copy did.
type chunk struct {
	Resource string    `json:"resource"`
	Created  []int64   `json:"created,omitempty"` // organizations, or items
	Hung     []int64   `json:"hung,omitempty"`    // files and relations: they go with their items
	Problems []Problem `json:"problems,omitempty"`
}

// counts are the numbers of a copy. Skipped is what was deleted or changed here since.
type counts struct{ operation.Counts }

// words say the numbers; what is 0 is left out.
func (c counts) words() tenon.List {
	return operation.Numbers(
		operation.Counted(c.Created, tenon.Say("%s created", tenon.Figure(c.Created))),
		operation.Counted(c.Updated, tenon.Say("%s updated", tenon.Figure(c.Updated))),
		operation.Counted(c.Unchanged, tenon.Say("%s unchanged", tenon.Figure(c.Unchanged))),
		operation.Counted(c.Skipped, tenon.Say("%s left as they are here", tenon.Figure(c.Skipped))),
		operation.Counted(c.Failed, tenon.Say("%s could not come", tenon.Figure(c.Failed))),
	)
}

// Package job runs long operations in the background, durably: whatever is
// killed at any moment goes on at the next start.
//
// A job belongs to an operation and is enqueued in the transaction that writes
// the operation's row, so there is never one without the other. The queue is
// River, in the same database; it is used only to wake somebody up. What a job
// has done, its cursor and its result stand on the operation's row, and are
// written in the transaction of each chunk, through a fence: every attempt
// takes a number, and a chunk of an older attempt can't commit any more. So two
// processes that both believe they have the job cannot both do it.
//
// The work function of a kind is called with an attempt. It reads its cursor
// (store.SystemProgress), works chunk by chunk (store.SaveChunk in each
// transaction), and in its last transaction writes the operation as finished.
// Between chunks it asks Spent: after some time, and when the process stops,
// it returns ErrAgain and is called anew from its cursor. An attempt is never
// longer, because the queue, asked whether a job is still alive, can only look
// at the clock. It would wait minutes for a killed process. So each attempt
// raises a count in the database every few seconds, and every process watches
// the counts of the others: one that stands still is taken over (beat.go).
//
// An error is retried with growing pauses where trying again can help, a few
// times; else the operation ends as failed, in words.
//
// On the embedded database River shares the one connection that writes. It
// takes it only for short statements of its own, and never while a work
// function waits inside a transaction of ours, so neither waits for the other;
// it polls, as a listener would take the connection 20 times a second.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// ErrAgain is returned by a work function that has more to do: it is called
// again, soon, and goes on at its cursor.
var ErrAgain = errors.New("more to do")

// Later is returned by a work function that must wait for something outside:
// it is called again after that time, and nobody waits inside of an attempt.
type Later struct{ Wait time.Duration }

func (l *Later) Error() string { return "to be continued in " + l.Wait.String() }

// Work does the work of an operation, from its cursor on.
type Work func(ctx context.Context, op tenon.OperationID, attempt int64) error

// Options say how jobs run. The zero value is right for a server.
type Options struct {
	// Log takes what the queue has to say; nil drops it.
	Log *slog.Logger
	// Workers is how many jobs run at once; 0 is 4.
	Workers int
	// Slice is how long one attempt works before it is called again; 0 is 45 s.
	Slice time.Duration
	// Alone says that no other process works on this database (the lock file of
	// the data directory is held): jobs that a killed process left behind then
	// go on at once, and not only when they are found to be stuck.
	Alone bool
	// Poll is how often the queue is looked at; 0 is 200 ms.
	Poll time.Duration
	// Pause is the pause after a first failure, growing fourfold; 0 is 2 s.
	Pause time.Duration
	// Beat is how often an attempt says that it lives, and how often it is
	// looked whether others do; 0 is 3 s.
	Beat time.Duration
}

const (
	// timeout is far above Slice: only a hung attempt meets it.
	timeout = 90 * time.Second
	// rescueAfter must be above timeout.
	rescueAfter = 150 * time.Second
	// failures is how often a job may fail before its operation has failed.
	failures = 5
	// maxAttempts is River's own limit. Attempts that a kill ended count there,
	// so it must never be the one that ends a job.
	maxAttempts = 10000
)

// Runner enqueues jobs and, once started, runs them.
type Runner struct {
	st    *store.Store
	o     Options
	queue queue

	mu       sync.Mutex
	kinds    map[string]Work
	fails    map[string]func(tx *store.Tx, op tenon.OperationID) error
	running  bool
	stopping chan struct{}
	unwatch  context.CancelFunc
}

// queue is River over one of the two drivers.
type queue interface {
	insert(ctx context.Context, tx any, a args) error
	start(ctx context.Context) error
	stop(ctx context.Context) error
	// release makes jobs waiting again that a killed process had taken.
	release(ctx context.Context) error
	// releaseOne does so with the job of one operation.
	releaseOne(ctx context.Context, op tenon.OperationID) error
	// wake lets the job of one operation run now that waits for its next try.
	wake(ctx context.Context, op tenon.OperationID) error
}

// args is what the queue keeps of a job.
type args struct {
	Operation tenon.OperationID `json:"operation"`
	Work      string            `json:"work"`
}

// Kind implements river.JobArgs. It never changes: rows in databases have it.
func (args) Kind() string { return "operation" }

// New returns a runner over the store and brings the queue's own tables up to date.
func New(ctx context.Context, st *store.Store, o Options) (*Runner, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = 4
	}
	if o.Slice == 0 {
		o.Slice = 45 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = 200 * time.Millisecond
	}
	if o.Beat == 0 {
		o.Beat = 3 * time.Second
	}
	if o.Pause == 0 {
		o.Pause = 2 * time.Second
	}
	r := &Runner{st: st, o: o, kinds: map[string]Work{}, fails: map[string]func(*store.Tx, tenon.OperationID) error{}}
	q, err := newQueue(ctx, st.Raw(), r.config())
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	r.queue = q
	return r, nil
}

func (r *Runner) config() *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{r: r})
	return &river.Config{
		Logger:               r.o.Log,
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: r.o.Workers}},
		FetchCooldown:        min(5*time.Millisecond, r.o.Poll),
		FetchPollInterval:    r.o.Poll,
		JobTimeout:           max(timeout, 2*r.o.Slice),
		RescueStuckJobsAfter: max(rescueAfter, 3*r.o.Slice),
		MaxAttempts:          maxAttempts,
		RetryPolicy:          pauses{r.o.Pause},
	}
}

// Register says how operations of that kind are worked on. Call it before Start.
func (r *Runner) Register(kind string, work func(ctx context.Context, op tenon.OperationID, attempt int64) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kinds[kind] = work
}

// OnFail says what is let go of in the transaction that ends an operation of
// that kind as failed. Call it before Start.
func (r *Runner) OnFail(kind string, do func(tx *store.Tx, op tenon.OperationID) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails[kind] = do
}

// EnqueueIn makes a job for the operation, in the transaction that writes its
// row as running.
func (r *Runner) EnqueueIn(tx *store.Tx, kind string, op tenon.OperationID) error {
	if err := r.queue.insert(tx.Context(), tx.Raw(), args{op, kind}); err != nil {
		return fmt.Errorf("enqueue %s %d: %w", kind, op, err)
	}
	return nil
}

// Wake lets the job of an operation run now where it waits for its next try:
// what it waited for may not matter any more.
func (r *Runner) Wake(ctx context.Context, op tenon.OperationID) error {
	if err := r.queue.wake(ctx, op); err != nil {
		return fmt.Errorf("wake the job of %d: %w", op, err)
	}
	return nil
}

// Start begins to run jobs and returns. Jobs left behind by a process that was
// killed are taken up again.
func (r *Runner) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		return nil
	}
	if r.o.Alone {
		if err := r.queue.release(ctx); err != nil {
			return fmt.Errorf("take up jobs again: %w", err)
		}
	}
	if err := r.adopt(ctx); err != nil {
		return err
	}
	r.stopping = make(chan struct{})
	if err := r.queue.start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	r.running = true
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	r.unwatch = unwatch
	go r.watch(watching)
	return nil
}

// adopt makes jobs for operations that run and have none: they come from a
// restored backup, or from hands in the database.
func (r *Runner) adopt(ctx context.Context) error {
	return r.st.Write(ctx, func(tx *store.Tx) error {
		ids, err := tx.SystemJobless()
		if err != nil {
			return err
		}
		for _, id := range ids {
			o, err := tx.GetOperation(tenon.SystemViewer(), id)
			if err != nil {
				return err
			}
			if r.kinds[o.Kind] == nil {
				continue
			}
			if err := r.EnqueueIn(tx, o.Kind, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stop asks what is at work to park at its next chunk, and waits for it.
func (r *Runner) Stop(ctx context.Context) error {
	r.mu.Lock()
	was := r.running
	if was {
		close(r.stopping)
		r.unwatch()
		r.running = false
	}
	r.mu.Unlock() // workers ask for it while they park
	if !was {
		return nil
	}
	return r.queue.stop(ctx)
}

// Drain runs everything that waits in this process and returns when no
// operation runs any more: for a command without a server beside it.
func (r *Runner) Drain(ctx context.Context) error {
	if err := r.Start(ctx); err != nil {
		return err
	}
	err := r.waitIdle(ctx)
	return errors.Join(err, r.Stop(context.WithoutCancel(ctx)))
}

// waitIdle looks until no operation is running. Another process may be the one
// that finishes it, so only the database knows.
func (r *Runner) waitIdle(ctx context.Context) error {
	tick := time.NewTicker(max(r.o.Poll/10, time.Millisecond))
	defer tick.Stop()
	for {
		var ids []tenon.OperationID
		err := r.st.Read(ctx, func(tx *store.Tx) (err error) {
			ids, err = tx.SystemRunning()
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

type spentKey struct{}

// Spent tells a work function, between chunks, to return ErrAgain: its time is
// up, or the process stops.
func Spent(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	done, ok := ctx.Value(spentKey{}).(context.Context)
	return ok && done.Err() != nil
}

// Chunks does work that goes in chunks, each in a transaction of its own that
// also saves how far it is, until chunk says that it is done, or until the time
// is spent.
func Chunks(ctx context.Context, st *store.Store, chunk func(*store.Tx) (done bool, err error)) error {
	for !Spent(ctx) {
		done := false
		err := st.Write(ctx, func(tx *store.Tx) (err error) {
			done, err = chunk(tx)
			return err
		})
		if err != nil || done {
			return err
		}
	}
	return ErrAgain
}

// slice returns a context in which Spent becomes true after the slice of time,
// or when the runner stops. Statements are not cut off by it.
func (r *Runner) slice(ctx context.Context, stopping <-chan struct{}) (context.Context, context.CancelFunc) {
	spent, cancel := context.WithTimeout(context.Background(), r.o.Slice)
	go func() {
		select {
		case <-stopping:
			cancel()
		case <-spent.Done():
		}
	}()
	return context.WithValue(ctx, spentKey{}, spent), cancel
}

// pauses is the back-off after failures: fourfold each time, from now on. The
// queue goes by the machine's clock, and takes pauses of its own, of minutes,
// where it is given a time that is past.
type pauses struct{ first time.Duration }

// NextRetry implements river.ClientRetryPolicy.
func (p pauses) NextRetry(job *rivertype.JobRow) time.Time {
	wait := p.first
	for range min(realFailures(job), failures) {
		wait *= 4
	}
	return time.Now().Add(wait)
}

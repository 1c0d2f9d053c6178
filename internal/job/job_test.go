package job_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// quick are options that do not make a test wait.
func quick() job.Options {
	return job.Options{Alone: true, Poll: 5 * time.Millisecond, Pause: 20 * time.Millisecond, Slice: 20 * time.Second}
}

func newRunner(t *testing.T, st *store.Store, o job.Options) *job.Runner {
	t.Helper()
	r, err := job.New(context.Background(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

// enqueue writes a running operation and its job; fail rolls both back.
func enqueue(t *testing.T, st *store.Store, r *job.Runner, fail error) tenon.OperationID {
	t.Helper()
	var id tenon.OperationID
	err := st.Write(context.Background(), func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		id = tenon.OperationID(n)
		if err := tx.InsertOperation(&tenon.Operation{ID: id, Kind: "count", State: tenon.Running, Total: 10}, nil); err != nil {
			return err
		}
		if err := r.EnqueueIn(tx, "count", id); err != nil {
			return err
		}
		return fail
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	return id
}

// step does one step of a counting job in one transaction: it raises the
// cursor, and writes the operation as done after the last.
func step(ctx context.Context, st *store.Store, op tenon.OperationID, attempt int64) (at int, done bool, err error) {
	err = st.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.SystemProgress(op)
		if err != nil {
			return err
		}
		at, _ = strconv.Atoi(c.Cursor)
		at++
		// The effect: done twice it would be refused.
		if err := tx.InsertLookup(&tenon.LookupRow{ID: tenon.LookupID(int64(op)*1000 + int64(at)), List: "manufacturers", Name: fmt.Sprint(op, " ", at)}); err != nil {
			return err
		}
		c.Cursor, c.Done = strconv.Itoa(at), int64(at)
		if err := tx.SaveChunk(op, attempt, c); err != nil {
			return err
		}
		done = int64(at) == c.Total
		if !done {
			return nil
		}
		o, err := tx.GetOperation(tenon.SystemViewer(), op)
		if err != nil {
			return err
		}
		o.State, o.DoneAt = tenon.Finished, tx.Now()
		if err := tx.Record(tenon.SystemViewer(), tenon.Event{Action: "count", Subject: "operation", SubjectID: int64(op), Operation: op}); err != nil {
			return err
		}
		return tx.FinishOperation(o, nil)
	})
	return at, done, err
}

// count is the work of a counting job.
func count(st *store.Store) job.Work {
	return func(ctx context.Context, op tenon.OperationID, attempt int64) error {
		for {
			_, done, err := step(ctx, st, op, attempt)
			if err != nil || done {
				return err
			}
			if job.Spent(ctx) {
				return job.ErrAgain
			}
		}
	}
}

func operation(t *testing.T, st *store.Store, id tenon.OperationID) *tenon.Operation {
	t.Helper()
	var o *tenon.Operation
	err := st.Read(context.Background(), func(tx *store.Tx) (err error) {
		o, err = tx.GetOperation(tenon.SystemViewer(), id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func drain(t *testing.T, r *job.Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		t.Fatalf("drain: %v", err)
	}
}

func TestJobGoesWithItsTransaction(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		r := newRunner(t, st, quick())
		var ran atomic.Int64
		work := count(st)
		r.Register("count", func(ctx context.Context, op tenon.OperationID, attempt int64) error {
			ran.Add(1)
			return work(ctx, op, attempt)
		})
		enqueue(t, st, r, errors.New("rolled back"))
		drain(t, r)
		if n := ran.Load(); n != 0 {
			t.Errorf("a job of a transaction that was rolled back ran %d times", n)
		}
		id := enqueue(t, st, r, nil)
		drain(t, r)
		o := operation(t, st, id)
		if n := ran.Load(); n != 1 || o.State != tenon.Finished || o.Done != 10 {
			t.Errorf("ran %d times, operation %s with %d done", n, o.State, o.Done)
		}
	})
}

// TestKilledJobGoesOn lets a worker hang in the middle, as a killed process
// does, and starts another runner on the same database.
func TestKilledJobGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		dead := newRunner(t, st, quick())
		hung, release, late := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		var once atomic.Bool
		dead.Register("count", func(ctx context.Context, op tenon.OperationID, attempt int64) error {
			if !once.CompareAndSwap(false, true) {
				return count(st)(ctx, op, attempt)
			}
			for range 4 {
				if _, _, err := step(ctx, st, op, attempt); err != nil {
					return err
				}
			}
			close(hung)
			<-release
			_, _, err := step(context.WithoutCancel(ctx), st, op, attempt)
			late <- err
			return err
		})
		id := enqueue(t, st, dead, nil)
		if err := dead.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		<-hung
		var first atomic.Int64
		next := newRunner(t, st, quick())
		next.Register("count", func(ctx context.Context, op tenon.OperationID, attempt int64) error {
			at, _, err := step(ctx, st, op, attempt)
			if err != nil {
				return err
			}
			first.CompareAndSwap(0, int64(at))
			return count(st)(ctx, op, attempt)
		})
		drain(t, next)
		close(release)
		if err := <-late; err == nil {
			t.Error("the old attempt could still write")
		}
		o := operation(t, st, id)
		if o.State != tenon.Finished || o.Done != 10 {
			t.Errorf("operation %s with %d done", o.State, o.Done)
		}
		if f := first.Load(); f != 0 && f != 5 {
			t.Errorf("went on at %d, want 5", f)
		}
		found, err := check.Run(context.Background(), st, check.Options{})
		if err != nil || len(found) > 0 {
			t.Errorf("check: %v %v", found, err)
		}
	})
}

func TestFenceRefusesAnOldAttempt(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		r := newRunner(t, st, quick())
		id := enqueue(t, st, r, nil)
		begin := func() (attempt int64) {
			err := st.Write(context.Background(), func(tx *store.Tx) (err error) {
				attempt, _, err = tx.BeginAttempt(id)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return attempt
		}
		old := begin()
		now := begin()
		if _, _, err := step(context.Background(), st, id, old); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("the old attempt: %v", err)
		}
		if _, _, err := step(context.Background(), st, id, now); err != nil {
			t.Errorf("the present attempt: %v", err)
		}
	})
}

func TestFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		err   error
		tries int64
		words string
	}{
		{"cannot be", tenon.Errorf(tenon.Invalid, "The external id %q is taken by another organization.", "C-7"), 1, `The external id "C-7" is taken by another organization.`},
		{"may pass", errors.New("connection lost"), 5, "Internal error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
				r := newRunner(t, st, quick())
				var tries atomic.Int64
				r.Register("count", func(context.Context, tenon.OperationID, int64) error {
					tries.Add(1)
					return tt.err
				})
				id := enqueue(t, st, r, nil)
				drain(t, r)
				o := operation(t, st, id)
				if o.State != tenon.Failed || o.Error.String() != tt.words || tries.Load() != tt.tries {
					t.Errorf("%s %q after %d tries", o.State, o.Error, tries.Load())
				}
			})
		})
	}
}

func TestPanicIsAFailure(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, "sqlite", storetest.NewClock())
	r := newRunner(t, st, quick())
	r.Register("count", func(context.Context, tenon.OperationID, int64) error { panic("oh") })
	id := enqueue(t, st, r, nil)
	drain(t, r)
	if o := operation(t, st, id); o.State != tenon.Failed {
		t.Errorf("%s", o.State)
	}
}

// TestSliceIsCalledAgain gives each attempt no time at all: one step, then again.
func TestSliceIsCalledAgain(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		o := quick()
		o.Slice = time.Nanosecond
		r := newRunner(t, st, o)
		var calls atomic.Int64
		work := count(st)
		r.Register("count", func(ctx context.Context, op tenon.OperationID, attempt int64) error {
			calls.Add(1)
			return work(ctx, op, attempt)
		})
		id := enqueue(t, st, r, nil)
		drain(t, r)
		if o := operation(t, st, id); o.State != tenon.Finished || calls.Load() < 2 {
			t.Errorf("%s after %d calls", o.State, calls.Load())
		}
	})
}

// TestAdopt starts on an operation whose job is lost.
func TestAdopt(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		r := newRunner(t, st, quick())
		r.Register("count", count(st))
		var id tenon.OperationID
		err := st.Write(context.Background(), func(tx *store.Tx) error {
			n, err := tx.NewID()
			if err != nil {
				return err
			}
			id = tenon.OperationID(n)
			return tx.InsertOperation(&tenon.Operation{ID: id, Kind: "count", State: tenon.Running, Total: 3}, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		drain(t, r)
		if o := operation(t, st, id); o.State != tenon.Finished {
			t.Errorf("%s", o.State)
		}
	})
}

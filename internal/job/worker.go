package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/store"
)

// worker is what River calls.
type worker struct {
	river.WorkerDefaults[args]
	r *Runner
}

// takenOver is how long to stay away from an operation that another process
// has taken: it is looked at again, in case that one is killed.
const takenOver = time.Minute

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, j *river.Job[args]) error {
	op := j.Args.Operation
	w.r.mu.Lock()
	work, stopping := w.r.kinds[j.Args.Work], w.r.stopping
	w.r.mu.Unlock()
	if work == nil {
		// An older process beside a newer one: leave it to that.
		return river.JobSnooze(takenOver)
	}
	attempt, err := w.begin(ctx, op)
	if tenon.CodeOf(err) == tenon.NotFound {
		return nil // it is at its end
	}
	if err != nil {
		return err
	}
	failpoint.At("job/begun")
	sliced, cancel := w.r.slice(ctx, stopping)
	defer cancel()
	still := w.r.beat(context.WithoutCancel(ctx), op, attempt)
	err = protect(func() error { return work(sliced, op, attempt) })
	still()
	failpoint.At("job/worked")
	var later *Later
	running, taken, readErr := w.state(context.WithoutCancel(ctx), op, attempt)
	switch {
	case readErr != nil:
		return readErr
	case !running:
		return w.r.st.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.SystemForgetBeat(op) })
	case taken:
		return river.JobSnooze(takenOver)
	case errors.Is(err, ErrAgain), ctx.Err() != nil, err != nil && Spent(sliced) && errors.Is(err, context.Canceled):
		return river.JobSnooze(0)
	case errors.As(err, &later):
		return river.JobSnooze(later.Wait)
	case err == nil:
		err = errors.New("the work ended without finishing its operation")
	}
	if passing(err) && realFailures(j.JobRow) < failures-1 {
		return err
	}
	w.r.o.Log.ErrorContext(ctx, "operation failed", "operation", op, "kind", j.Args.Work, "error", err)
	if err := w.fail(context.WithoutCancel(ctx), op, attempt, j.Args.Work, err); err != nil {
		return err
	}
	return river.JobCancel(err)
}

func (w *worker) begin(ctx context.Context, op tenon.OperationID) (attempt int64, err error) {
	err = w.r.st.Write(ctx, func(tx *store.Tx) (err error) {
		if attempt, _, err = tx.BeginAttempt(op); err != nil {
			return err
		}
		return tx.SystemBeat(op, attempt)
	})
	return attempt, err
}

// state tells whether the operation still runs, and whether a later attempt has it.
func (w *worker) state(ctx context.Context, op tenon.OperationID, attempt int64) (running, taken bool, err error) {
	err = w.r.st.Read(ctx, func(tx *store.Tx) error {
		now, err := tx.SystemAttempt(op)
		if tenon.CodeOf(err) == tenon.NotFound {
			return nil
		}
		running, taken = err == nil, now != attempt
		return err
	})
	return running, taken, err
}

// fail ends the operation as failed, and says so in the log.
func (w *worker) fail(ctx context.Context, op tenon.OperationID, attempt int64, kind string, cause error) error {
	w.r.mu.Lock()
	letGo := w.r.fails[kind]
	w.r.mu.Unlock()
	return w.r.st.Write(ctx, func(tx *store.Tx) error {
		failed, err := tx.FailOperation(op, attempt, tenon.PhraseOf(cause))
		if err != nil || !failed {
			return err
		}
		if letGo != nil {
			if err := letGo(tx, op); err != nil {
				return err
			}
		}
		v := tenon.SystemViewer()
		v.Face = "job"
		return tx.Record(v, tenon.Event{Action: "fail", Subject: "operation", SubjectID: int64(op), Name: kind, Operation: op})
	})
}

// protect turns a panic into an error: one bad operation must not end the process.
func protect(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return fn()
}

// passing tells whether trying again may help. What says in words that
// something cannot be will not be otherwise the next time.
func passing(err error) bool {
	switch tenon.CodeOf(err) {
	case tenon.Busy, tenon.Unavailable, tenon.Internal, tenon.RateLimited:
		return true
	}
	return false
}

// realFailures counts the failures of a job without those that only say that
// its process was killed.
func realFailures(j *rivertype.JobRow) int {
	n := 0
	for _, e := range j.Errors {
		if !strings.HasPrefix(e.Error, "Stuck job rescued") {
			n++
		}
	}
	return n
}

package job

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// stillFor is after how many looks without a beat a process counts as gone.
// With a beat every 3 s somebody else has its work after 15 to 18 s. A process
// that was only slow loses nothing but the chunk it is at: the fence refuses it.
const stillFor = 5

// beat raises the count of an attempt until the returned function is called.
// It has transactions of its own, beside those of the work.
func (r *Runner) beat(ctx context.Context, op tenon.OperationID, attempt int64) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(r.o.Beat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := r.st.Write(ctx, func(tx *store.Tx) error { return tx.SystemBeat(op, attempt) })
			if err != nil && ctx.Err() == nil {
				r.o.Log.WarnContext(ctx, "beat of an operation", "operation", op, "error", err)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// pulse is what a watcher remembers of a running operation.
type pulse struct {
	store.Beat
	still int // looks since it changed
}

// watch looks for operations whose process is gone, and makes their jobs
// waiting again, until ctx ends. Every process watches; who is too late finds
// nothing to do.
func (r *Runner) watch(ctx context.Context) {
	tick := time.NewTicker(r.o.Beat)
	defer tick.Stop()
	seen := map[tenon.OperationID]*pulse{}
	for {
		if err := r.look(ctx, seen); err != nil && ctx.Err() == nil {
			r.o.Log.WarnContext(ctx, "look for work that was left", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look is one look of the watcher.
func (r *Runner) look(ctx context.Context, seen map[tenon.OperationID]*pulse) error {
	var beats []store.Beat
	err := r.st.Read(ctx, func(tx *store.Tx) (err error) {
		beats, err = tx.SystemBeats()
		return err
	})
	if err != nil {
		return err
	}
	maps.DeleteFunc(seen, func(id tenon.OperationID, _ *pulse) bool {
		return !slices.ContainsFunc(beats, func(b store.Beat) bool { return b.Operation == id })
	})
	for _, b := range beats {
		p := seen[b.Operation]
		if p == nil || p.Beat != b {
			seen[b.Operation] = &pulse{Beat: b}
			continue
		}
		if p.still++; p.still < stillFor {
			continue
		}
		p.still = 0
		if err := r.queue.releaseOne(ctx, b.Operation); err != nil {
			return err
		}
	}
	return nil
}

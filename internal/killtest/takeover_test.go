package killtest

import (
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/job"
)

// TestAnotherProcessTakesOver kills the process that works on an import, with
// SIGKILL in the middle, and lets one go on that is not alone on the database:
// it may not simply take what is running, and has to find out by itself that
// nobody works on it any more. With TENON_TEST_LONG that is at the pace of a
// server, whose limit is 30 seconds.
func TestAnotherProcessTakesOver(t *testing.T) {
	t.Parallel()
	beat, limit := 200*time.Millisecond, 10*time.Second
	if long() {
		beat, limit = 0, 30*time.Second
	}
	engines(t, func(h *house) {
		h.killAt("import/chunk-noted@2", "import", h.file("Late"))
		op := h.operations(csvimport.Kind)[0]
		if op.State != tenon.Running || op.Done == 0 {
			h.t.Fatalf("it was killed when the import was %s, %d done", op.State, op.Done)
		}
		next, err := job.New(ctx, h.Store, job.Options{Poll: 5 * time.Millisecond, Pause: time.Millisecond, Beat: beat})
		h.must(err)
		csvimport.New(h.Core, next, h.Blobs).ChunksOf(25)
		killedAt := time.Now()
		h.must(next.Drain(ctx))
		took := time.Since(killedAt)
		h.t.Logf("taken over and done after %s", took.Round(10*time.Millisecond))
		if took > limit {
			h.t.Errorf("the work of a killed process went on after %s, more than %s", took, limit)
		}
		if op = h.operations(csvimport.Kind)[0]; op.State != tenon.Finished || op.Done != op.Total {
			h.t.Errorf("the import is %s, %d of %d done: %s", op.State, op.Done, op.Total, op.Error)
		}
		h.clean("the takeover")
	})
}

package killtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/trash"
)

// envSeed replays the moments of an earlier run.
const envSeed = "TENON_KILL_SEED"

// moments is how often a work is killed: by each database its half, so that
// both together make the number.
func moments() int {
	if long() {
		return 150
	}
	return 10
}

// randomly runs the test on both databases, with a seed that it prints.
func randomly(t *testing.T, fn func(h *house, r *rand.Rand)) {
	seed := rand.Uint64()
	if s := os.Getenv(envSeed); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	engines(t, func(h *house) {
		h.t.Logf("%s=%d", envSeed, seed)
		fn(h, rand.New(rand.NewPCG(seed, 4)))
	})
}

// TestKilledAnytimeWhileMerging kills a process that merges and undoes without
// end: what it leaves is merged or is not.
func TestKilledAnytimeWhileMerging(t *testing.T) {
	t.Parallel()
	randomly(t, func(h *house, r *rand.Rand) {
		target := h.org(tenon.Values{}, 2)
		source := h.org(tenon.Values{"short_name": "SRC", "quick_notes": "key at the desk"}, 2)
		h.org(tenon.Values{"parent_id": int64(source)}, 1)
		before := h.census()
		found := map[tenon.OrgState]int{}
		for range moments() {
			n := 1 + r.IntN(400)
			if !h.killAfter(n, "again", "merge", fmt.Sprint(source), fmt.Sprint(target)) {
				h.t.Fatal("it ended by itself")
			}
			after := fmt.Sprintf("%d statements", n)
			h.clean(after)
			state := h.state(source)
			found[state]++
			if state == tenon.Merged {
				_, err := h.Merge.Undo(ctx, Admin, h.operations(merge.Kind)[0].ID)
				h.must(err)
			}
			h.same(after, before)
		}
		h.clean("all")
		h.t.Logf("found it %v", found)
	})
}

// TestKilledAnytimeWhileDeleting does the same with delete and restore.
func TestKilledAnytimeWhileDeleting(t *testing.T) {
	t.Parallel()
	randomly(t, func(h *house, r *rand.Rand) {
		above := h.org(tenon.Values{}, 2)
		below := h.org(tenon.Values{"parent_id": int64(above)}, 2)
		before := h.census()
		found := map[tenon.OrgState]int{}
		for range moments() {
			n := 1 + r.IntN(300)
			if !h.killAfter(n, "again", "delete", fmt.Sprint(above)) {
				h.t.Fatal("it ended by itself")
			}
			after := fmt.Sprintf("%d statements", n)
			h.clean(after)
			h.same(after, before)
			state := h.state(above)
			found[state]++
			if got := h.state(below); got != state {
				h.t.Fatalf("after %s: %s above, %s below", after, state, got)
			}
			if state == tenon.Trashed {
				_, err := h.Trash.Undo(ctx, Admin, h.operations(trash.KindDelete)[0].ID)
				h.must(err)
			}
		}
		h.t.Logf("found it %v", found)
	})
}

// TestKilledAnytimeWhileImporting kills imports: what was confirmed goes on at
// the next start and ends as an unbroken run.
func TestKilledAnytimeWhileImporting(t *testing.T) {
	t.Parallel()
	randomly(t, func(h *house, r *rand.Rand) {
		want := h.unbrokenImport()
		went := map[string]int{}
		for m := range moments() {
			prefix := fmt.Sprintf("r%dq", m)
			done := len(h.operations(csvimport.Kind))
			n := 1 + r.IntN(170)
			if !h.killAfter(n, "import", h.file(prefix)) {
				went["unbroken"]++
			}
			after := fmt.Sprintf("%d statements", n)
			h.cleanButSearch(after)
			h.drain()
			ops := h.operations(csvimport.Kind)
			if len(ops) > done {
				went["on"]++
				h.importIsWhole(after, ops, done, prefix, want)
				continue
			}
			went["nowhere"]++
			if got := h.imported(prefix); got != "0: " {
				h.t.Errorf("after %s there is some of an import that never was: %s", after, got)
			}
		}
		h.clean("all")
		h.t.Logf("imports went %v", went)
	})
}

// TestKilledAnytimeWhilePurging does the same with purges.
func TestKilledAnytimeWhilePurging(t *testing.T) {
	t.Parallel()
	randomly(t, func(h *house, r *rand.Rand) {
		want := h.unbrokenPurge()
		went := map[string]int{}
		for range moments() {
			before := h.census()
			org := h.doomed()
			n := 1 + r.IntN(170)
			if !h.killAfter(n, "purge", fmt.Sprint(org)) {
				went["unbroken"]++
			}
			after := fmt.Sprintf("%d statements", n)
			h.cleanButSearch(after)
			if ops := h.operations(trash.KindPurge); h.state(org) == tenon.Trashed && ops[0].SourceID != org {
				went["nowhere"]++
				_, err := h.Purge(ctx, org)
				h.must(err)
			}
			h.drain()
			h.purgeIsWhole(after, org, before, want)
		}
		h.clean("all")
		h.t.Logf("purges went %v", strings.TrimPrefix(fmt.Sprint(went), "map"))
	})
}

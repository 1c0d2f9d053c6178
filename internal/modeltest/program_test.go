package modeltest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

var admin = tenon.Viewer{Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// Seeds of one run: a replay names one, a long run takes many.
const (
	envSeed = "TENON_MODEL_SEED"
	envLong = "TENON_TEST_LONG"
)

// runner is one random program.
type runner struct {
	t    *testing.T
	st   *store.Store
	c    *core.Core
	mg   *merge.Engine
	tr   *trash.Engine
	r    *rand.Rand
	m    *model
	step int
	did  string
	// touched are the organizations that the step may have changed.
	touched []tenon.OrgID
	counts  map[string]int
}

func newRunner(t *testing.T, st *store.Store, seed uint64) *runner {
	t.Helper()
	files, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := core.New(core.Options{Store: st, Blobs: files})
	return &runner{t: t, st: st, c: c, mg: merge.New(c, nil), tr: trash.New(c, nil), r: rand.New(rand.NewPCG(seed, 1)), m: newModel(), counts: map[string]int{}}
}

func (r *runner) fatal(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("step %d (%s): %s", r.step, r.did, fmt.Sprintf(format, args...))
}

// want holds the outcome of a step to what the model says.
func (r *runner) want(accepted bool, err error) bool {
	r.t.Helper()
	code := tenon.CodeOf(err)
	switch {
	case accepted && err != nil:
		r.fatal("refused: %v", err)
	case !accepted && err == nil:
		r.fatal("accepted, and the model refuses it")
	case code == tenon.Internal:
		r.fatal("broke: %v", err)
	}
	return accepted
}

func pick[T any](r *runner, from []T) (out T, ok bool) {
	if len(from) == 0 {
		return out, false
	}
	return from[r.r.IntN(len(from))], true
}

// orgs lists organizations in some states, in order.
func (r *runner) orgs(states ...tenon.OrgState) (out []tenon.OrgID) {
	for _, id := range slices.Sorted(maps.Keys(r.m.orgs)) {
		if slices.Contains(states, r.m.orgs[id].state) {
			out = append(out, id)
		}
	}
	return out
}

// items lists items that stand in live organizations.
func (r *runner) items() (out []tenon.ItemID) {
	for _, id := range slices.Sorted(maps.Keys(r.m.items)) {
		i := r.m.items[id]
		if !i.trashed && r.m.orgs[r.m.owner(i.binder)].state == tenon.Live {
			out = append(out, id)
		}
	}
	return out
}

// TestPrograms runs random programs on both databases.
func TestPrograms(t *testing.T) {
	t.Parallel()
	seeds, length := []uint64{1, 2, 105}, 150 // the last names parents by ids that were merged away
	if os.Getenv(envLong) != "" {
		length = 600
		for s := range uint64(60) {
			seeds = append(seeds, 100+s)
		}
	}
	if s := os.Getenv(envSeed); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seeds = []uint64{n}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
				t.Logf("replay with %s=%d", envSeed, seed)
				r := newRunner(t, st, seed)
				for r.step = 1; r.step <= length; r.step++ {
					r.next()
					r.counts[r.did]++
					r.compare(r.touched)
					if r.step%50 == 0 {
						r.whole()
					}
				}
				r.whole()
				t.Logf("did %v; %d organizations, %d items, %d operations", r.counts, len(r.m.orgs), len(r.m.items), len(r.m.ops))
			})
		})
	}
}

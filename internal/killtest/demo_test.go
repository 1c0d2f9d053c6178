package killtest

import (
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// demoSteps are where the making of a demo is killed, undemoSteps where its
// removal is; both go on where they were.
var (
	demoSteps   = []string{"demo/opened", "demo/step-written", "demo/step-written@9", "demo/step-written@14", "demo/receipt-written"}
	undemoSteps = []string{"undemo/held", "undemo/forgotten", "undemo/receipt-written"}
)

// TestKilledDemo kills the making and the removal of a demo at each of their
// steps: the demo is whole each time, and nothing is left of it each time.
func TestKilledDemo(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		organizations := func() (n int64) {
			h.must(h.Store.Read(ctx, func(tx *store.Tx) (err error) {
				n, err = tx.CountOrganizations(Admin, store.OrgQuery{})
				return err
			}))
			return n
		}
		before := organizations()
		// made and gone begin where the kill was before the commit.
		made := func(after string) {
			if organizations() == before {
				if _, err := h.MakeDemo(ctx); err != nil {
					h.t.Fatalf("after %s: %v", after, err)
				}
			}
			h.drain()
			if n := organizations() - before; n != 12 {
				h.t.Errorf("after %s the demo has %d organizations, want 12", after, n)
			}
		}
		gone := func(after string) {
			if organizations() > before {
				if _, err := h.RemoveDemo(ctx); err != nil {
					h.t.Fatalf("after %s: %v", after, err)
				}
			}
			h.drain()
			if n := organizations() - before; n != 0 {
				h.t.Errorf("after %s %d organizations of the demo are left", after, n)
			}
			_, err := h.Trash.PlanDemo(ctx, Admin, false)
			if tenon.CodeOf(err) != tenon.Conflict {
				h.t.Errorf("after %s something of the demo is marked: %v", after, err)
			}
		}
		for _, step := range demoSteps {
			h.killAt(step, "demo", "0")
			made(step)
			h.cleanButSearch(step)
			gone(step)
		}
		for _, step := range undemoSteps {
			made("nothing")
			h.killAt(step, "undemo", "0")
			gone(step)
			h.cleanButSearch(step)
		}
		h.clean("all")
	})
}

package modeltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

// crowd is many people at work at once on the same organizations.
type crowd struct {
	t  *testing.T
	st *store.Store
	c  *core.Core
	mg *merge.Engine
	tr *trash.Engine

	mu    sync.Mutex
	orgs  []tenon.OrgID
	ops   []tenon.OperationID // merges
	drops []tenon.OperationID // deletes
	users []tenon.UserID
	filed map[tenon.ItemID]bool
	done  map[string]int
}

// TestManyWriters lets eight writers create, edit, file, grant, merge, undo,
// delete and restore the same few organizations. Whatever they do, the
// invariants hold during and after, each refusal is in words, and every item
// that was filed is there.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	rounds := 40
	if os.Getenv(envLong) != "" {
		rounds = 1000
	}
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		c := core.New(core.Options{Store: st})
		w := &crowd{t: t, st: st, c: c, mg: merge.New(c, nil), tr: trash.New(c, nil), filed: map[tenon.ItemID]bool{}, done: map[string]int{}}
		for range 8 {
			w.do(rand.New(rand.NewPCG(7, 7)), 0)
		}
		for i := range 3 {
			u, err := c.CreateUser(context.Background(), admin, core.UserChange{Name: ptr("Person"), Email: ptr(fmt.Sprintf("p%d@msp.example", i)), Role: ptr(tenon.Editor)})
			if err != nil {
				t.Fatal(err)
			}
			w.users = append(w.users, u.ID)
		}
		var writers sync.WaitGroup
		for n := range uint64(8) {
			writers.Go(func() {
				r := rand.New(rand.NewPCG(n, 99))
				for range rounds {
					w.do(r, r.IntN(9))
				}
			})
		}
		stop := make(chan struct{})
		var checker sync.WaitGroup
		checker.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.check("I1", "I2", "I6", "I7", "I8", "I9", "I10")
				}
			}
		})
		writers.Wait()
		close(stop)
		checker.Wait()
		w.check()
		w.allThere()
		t.Logf("did %v", w.done)
		for _, must := range []string{"merge", "undo", "file"} {
			if w.done[must] == 0 {
				t.Errorf("nobody ever came to %s", must)
			}
		}
	})
}

func (w *crowd) check(only ...string) {
	found, err := check.Run(context.Background(), w.st, check.Options{Only: only})
	if err != nil {
		w.t.Errorf("check: %v", err)
	}
	for _, v := range found {
		w.t.Error(v)
	}
}

// allThere proves that no item was lost: each stands in a live or trashed organization.
func (w *crowd) allThere() {
	err := w.st.Read(context.Background(), func(tx *store.Tx) error {
		for id := range w.filed {
			b, err := tx.SystemBinderOf(id)
			if err != nil {
				return err
			}
			owner, err := tx.Owner(b)
			if err != nil {
				return err
			}
			o, err := tx.GetOrganization(admin, owner)
			if err != nil {
				return err
			}
			if o.State != tenon.Live && o.State != tenon.Trashed {
				w.t.Errorf("item %d stands in organization %d, which is %s", id, owner, o.State)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

func some[T any](w *crowd, r *rand.Rand, from *[]T) (out T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(*from) == 0 {
		return out
	}
	return (*from)[r.IntN(len(*from))]
}

func (w *crowd) note(what string, err error, then func()) {
	switch tenon.CodeOf(err) {
	case "":
		w.mu.Lock()
		defer w.mu.Unlock()
		w.done[what]++
		if then != nil {
			then()
		}
	case tenon.Internal:
		w.t.Errorf("%s broke: %v", what, err)
	}
}

func (w *crowd) do(r *rand.Rand, what int) {
	ctx := context.Background()
	o := some(w, r, &w.orgs)
	switch what {
	case 0:
		made, err := w.c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": "Org", "parent_id": int64(o)}})
		w.note("create", err, func() { w.orgs = append(w.orgs, made.ID) })
	case 1, 2:
		i, err := w.c.CreateItem(ctx, admin, tenon.Configuration, o, core.ItemChange{Values: tenon.Values{"name": "pc"}})
		w.note("file", err, func() { w.filed[i.ID] = true })
	case 3:
		up := some(w, r, &w.orgs)
		_, err := w.c.UpdateOrganization(ctx, admin, o, core.OrganizationChange{Values: tenon.Values{"parent_id": int64(up), "alert": fmt.Sprint(r.IntN(9))}})
		w.note("edit", err, nil)
	case 4:
		u := some(w, r, &w.users)
		w.note("grant", w.c.Grant(ctx, admin, tenon.Subject{Kind: "user", ID: int64(u)}, o), nil)
	case 5, 6:
		target := some(w, r, &w.orgs)
		p, err := w.mg.Plan(ctx, admin, []tenon.OrgID{o}, target, tenon.Choices{Apart: r.IntN(2) == 0, FillBlanks: true})
		if err == nil {
			var op *tenon.Operation
			op, err = w.mg.Run(ctx, admin, p)
			w.note("merge", err, func() { w.ops = append(w.ops, op.ID) })
			return
		}
		w.note("plan", err, nil)
	case 7:
		_, err := w.mg.Undo(ctx, admin, some(w, r, &w.ops))
		w.note("undo", err, nil)
	case 8:
		if r.IntN(2) == 0 {
			_, err := w.tr.Undo(ctx, admin, some(w, r, &w.drops))
			w.note("restore", err, nil)
			return
		}
		p, err := w.tr.PlanDelete(ctx, admin, []tenon.OrgID{o})
		if err == nil {
			var op *tenon.Operation
			op, err = w.tr.Run(ctx, admin, p)
			w.note("delete", err, func() { w.drops = append(w.drops, op.ID) })
			return
		}
		w.note("plan", err, nil)
	}
}

package core_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// together runs the functions at the same time and returns their errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return errs
}

func TestManyChangeOneItem(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		srv := h.named(tenon.Configuration, acme, "srv")
		const n = 8
		// Who names no version waits and changes what is there then.
		h.must(errors.Join(together(n, func(i int) error {
			_, err := h.AddPart(ctx, admin, srv.ID, "interface", tenon.Values{"name": fmt.Sprint("eth", i)})
			return err
		})...))
		parts, err := h.Parts(ctx, admin, srv.ID)
		h.must(err)
		got, err := h.Item(ctx, admin, srv.ID)
		h.must(err)
		if len(parts) != n || got.Version != n+1 {
			h.t.Errorf("%d parts at version %d", len(parts), got.Version)
		}
		// Who names one is refused when another was faster.
		won := 0
		for _, err := range together(n, func(i int) error {
			_, err := h.UpdateItem(ctx, admin, srv.ID, core.ItemChange{Version: n + 1, Values: tenon.Values{"notes": fmt.Sprint(i)}})
			return err
		}) {
			if err == nil {
				won++
			} else {
				h.refused("the slower", err, tenon.Stale)
			}
		}
		if won != 1 {
			h.t.Errorf("%d of %d changes of one version went through", won, n)
		}
	})
}

func TestFoldersMakeNoRingTogether(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		a, b := h.named(tenon.DocumentFolder, acme, "a"), h.named(tenon.DocumentFolder, acme, "b")
		in := map[int][2]tenon.ItemID{0: {a.ID, b.ID}, 1: {b.ID, a.ID}}
		for range 5 {
			errs := together(2, func(i int) error {
				_, err := h.UpdateItem(ctx, admin, in[i][0], core.ItemChange{Values: tenon.Values{"parent_id": int64(in[i][1])}})
				return err
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				h.t.Fatalf("a ring of two: %v, %v", errs[0], errs[1])
			}
			for _, id := range []tenon.ItemID{a.ID, b.ID} {
				_, err := h.UpdateItem(ctx, admin, id, core.ItemChange{Values: tenon.Values{"parent_id": nil}})
				h.must(err)
			}
		}
	})
}

// TestClosingWhileEmbedding proves that nothing slips in open while its host is closed.
func TestClosingWhileEmbedding(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		ann, bob := h.user("ann", tenon.Editor, acme), h.user("bob", tenon.Editor, acme)
		for round := range 5 {
			srv := h.named(tenon.Configuration, acme, fmt.Sprint("srv", round))
			made := make([]*tenon.Item, 4)
			h.must(errors.Join(together(5, func(i int) error {
				if i == 4 {
					_, err := h.Restrict(ctx, admin, srv.ID, []tenon.Subject{person(ann)})
					return err
				}
				var err error
				made[i], err = h.CreateItem(ctx, ann, tenon.Password, 0, core.ItemChange{Values: tenon.Values{"name": "p", "resource_id": int64(srv.ID)}})
				return err
			})...))
			page, _, err := h.Items(ctx, bob, store.ItemQuery{Kind: tenon.Password, Org: acme})
			h.must(err)
			if len(page) != 0 {
				h.t.Fatalf("round %d: bob sees %d passwords of what is closed to him", round, len(page))
			}
			h.sees(ann, true, made...)
		}
	})
}

func TestJoiningTogether(t *testing.T) {
	each(t, func(h *house) {
		acme, beta := h.org("Acme"), h.org("Beta")
		ann := h.file(tenon.Contact, acme, tenon.Values{"first_name": "Ann"})
		doc, srv := h.named(tenon.Document, acme, "doc"), h.named(tenon.Configuration, acme, "srv")
		added, tied := make([]bool, 6), 0
		h.must(errors.Join(together(6, func(i int) (err error) {
			added[i], err = h.AddMember(ctx, admin, ann.ID, beta)
			return err
		})...))
		count := 0
		for _, a := range added {
			if a {
				count++
			}
		}
		for _, err := range together(6, func(i int) error {
			ends := [][2]tenon.ItemID{{doc.ID, srv.ID}, {srv.ID, doc.ID}}[i%2]
			_, err := h.Relate(ctx, admin, ends[0], ends[1], 0, "")
			return err
		}) {
			if err == nil {
				tied++
			} else {
				h.refused("the slower", err, tenon.Conflict)
			}
		}
		if count != 1 || tied != 1 {
			h.t.Errorf("joined %d times, tied %d times", count, tied)
		}
	})
}

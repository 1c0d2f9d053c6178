package trash_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/trash"
)

// Of acts on the same records at once, each is done wholly or refused in words.
func TestRaces(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		for round := range 12 {
			a, b := s.org(fmt.Sprint("A", round), 0), s.org(fmt.Sprint("B", round), 0)
			server := s.named(tenon.Configuration, a, "Server")
			twin := s.named(tenon.Configuration, a, "Twin")
			del := s.planDelete(a)
			mrg, err := s.merge.Plan(s.ctx, admin, []tenon.OrgID{a}, b, tenon.Choices{})
			if err != nil {
				s.Fatal(err)
			}
			move, pair := s.plan(trash.ActionMove, b, server), s.planPair(twin, server, tenon.Choices{})
			errs := together(
				func() error { _, err := s.trash.Run(s.ctx, admin, del); return err },
				func() error { _, err := s.merge.Run(s.ctx, admin, mrg); return err },
				func() error { _, err := s.trash.Run(s.ctx, admin, move); return err },
				func() error { _, err := s.trash.Run(s.ctx, admin, pair); return err },
				func() error {
					_, err := s.core.CreateItem(s.ctx, admin, tenon.Password, a, inServer(server))
					return err
				},
			)
			if errs[0] == nil && errs[1] == nil {
				s.Error("deleted and merged away")
			}
			for n, err := range errs {
				switch tenon.CodeOf(err) {
				case "", tenon.Conflict, tenon.Stale, tenon.NotFound, tenon.Invalid:
				default:
					s.Errorf("act %d: %v", n, err)
				}
			}
		}
	})
}

func inServer(id tenon.ItemID) (in core.ItemChange) {
	in.Values = tenon.Values{"name": "Root", "resource_id": int64(id)}
	return in
}

// together runs the acts at once and returns their errors.
func together(acts ...func() error) []error {
	errs := make([]error, len(acts))
	var wg sync.WaitGroup
	for n, act := range acts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[n] = act()
		}()
	}
	wg.Wait()
	return errs
}

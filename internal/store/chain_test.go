package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

func TestActivityChain(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		ctx := context.Background()
		write := func(n int) {
			t.Helper()
			err := st.Write(ctx, func(tx *store.Tx) error {
				for i := range n {
					if err := tx.Record(tenon.SystemViewer(), tenon.Event{Action: "create", Subject: "organization", SubjectID: 7, Name: fmt.Sprint("x ", i)}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		seal := func(limit int) (n int) {
			t.Helper()
			err := st.Write(ctx, func(tx *store.Tx) (err error) {
				n, err = tx.SystemSealActivity(limit)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		verify := func() (position int64, broken bool) {
			t.Helper()
			err := st.Read(ctx, func(tx *store.Tx) (err error) {
				position, _, broken, err = tx.SystemVerifyChain(1)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return position, broken
		}
		write(10)
		if n := seal(100); n != 0 {
			t.Errorf("%d events were sealed before they had settled", n)
		}
		clock.Advance(2 * time.Minute)
		if n := seal(6) + seal(6) + seal(6); n != 10 {
			t.Errorf("sealed %d", n)
		}
		write(1)
		clock.Advance(2 * time.Minute)
		seal(100)
		if at, broken := verify(); broken {
			t.Fatalf("broken at %d", at)
		}
		if err := st.Write(ctx, func(tx *store.Tx) error { return tx.Tamper(`UPDATE activity SET name = 'y'`) }); err == nil {
			t.Error("the log let itself be changed")
		}
		storetest.Exec(t, st, map[string]string{"sqlite": `DROP TRIGGER activity_stays`, "postgresql": `DROP TRIGGER activity_guard ON activity`}[st.Engine()])
		storetest.Exec(t, st, `UPDATE activity SET name = 'altered' WHERE name = 'x 4'`)
		if at, broken := verify(); !broken || at != 5 {
			t.Errorf("an altered event shows at %d (%v), want 5", at, broken)
		}
	})
}

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestTooSlow has PostgreSQL end what takes too long: whoever asked is told
// that it is busy, and can ask again.
func TestTooSlow(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, "postgresql", storetest.NewClock())
	for _, tt := range []struct {
		name, limit string
		slow        func(tx *store.Tx) error
	}{
		{"a statement", `SET LOCAL statement_timeout = 50`, func(tx *store.Tx) error { return tx.Tamper(`SELECT pg_sleep(20)`) }},
		{"a transaction", `SET LOCAL idle_in_transaction_session_timeout = 50`, func(tx *store.Tx) error {
			<-time.After(400 * time.Millisecond)
			return tx.Tamper(`SELECT 1`)
		}},
	} {
		err := st.Write(context.Background(), func(tx *store.Tx) error {
			if err := tx.Tamper(tt.limit); err != nil {
				return err
			}
			return tt.slow(tx)
		})
		if tenon.CodeOf(err) != tenon.Busy {
			t.Errorf("%s that takes too long gives %v", tt.name, err)
		}
		if err := st.Ping(context.Background()); err != nil {
			t.Errorf("after %s that took too long: %v", tt.name, err)
		}
	}
}

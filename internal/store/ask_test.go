package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestAsk asks one thing without a transaction: a second statement and a change
// are refused, and what was asked leaves nothing open behind it.
func TestAsk(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		ask := func(fn func(tx *store.Tx) error) error { return st.Ask(ctx, fn) }
		count := func(tx *store.Tx) error {
			_, err := tx.CountOrganizations(tenon.SystemViewer(), store.OrgQuery{Name: "Nobody"})
			return err
		}
		refused := errors.New("no")
		for range 50 { // more often than there are connections
			if err := ask(count); err != nil {
				t.Fatal(err)
			}
			if err := ask(func(tx *store.Tx) error { return errors.Join(count(tx), refused) }); !errors.Is(err, refused) {
				t.Fatalf("an error inside gives %v", err)
			}
			if err := ask(func(tx *store.Tx) error { return errors.Join(count(tx), count(tx)) }); err == nil || !strings.Contains(err.Error(), "a second statement") {
				t.Fatalf("a second statement gives %v", err)
			}
		}
		err := ask(func(tx *store.Tx) error { return tx.InsertOrganization(&tenon.Organization{ID: 77, Name: "Acme"}) })
		if err == nil || !strings.Contains(err.Error(), "a change inside") {
			t.Errorf("a change gives %v", err)
		}
	})
}

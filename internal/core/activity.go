package core

import (
	"context"

	"github.com/tenonhq/tenon/internal/store"
)

// sealBatch is how many events are linked in one transaction.
const sealBatch = 2000

// SealActivity links what the activity log has gained into its chain, so that
// a later change of an event shows. The server does it every minute.
func (c *Core) SealActivity(ctx context.Context) error {
	for {
		n := 0
		err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.SystemSealActivity(sealBatch)
			return err
		})
		if err != nil || n < sealBatch {
			return err
		}
	}
}

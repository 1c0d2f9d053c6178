package core

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Expirations returns one page of what ends on a date, the earliest first, and
// the cursor of the next. The organization in the query is a reference: the
// one that answers for it now is listed.
func (c *Core) Expirations(ctx context.Context, v tenon.Viewer, q store.ExpirationQuery) (page []tenon.Expiration, next string, err error) {
	for _, d := range []struct{ field, text string }{{"from", q.From}, {"to", q.To}} {
		if _, err := time.Parse(tenon.DateOnly, d.text); d.text != "" && err != nil {
			return nil, "", tenon.FieldErrorf(d.field, "%s must be a date such as 2026-11-30.", d.field)
		}
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		if q.Org != 0 {
			if q.Org, err = tx.ResolveOrganization(v, q.Org); err != nil {
				return err
			}
		}
		page, next, err = tx.ListExpirations(v, q)
		return err
	})
	return page, next, err
}

// Expiration returns one date on which something ends.
func (c *Core) Expiration(ctx context.Context, v tenon.Viewer, id tenon.ExpirationID) (e *tenon.Expiration, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		e, err = tx.GetExpiration(v, id)
		return err
	})
	return e, err
}

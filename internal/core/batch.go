package core

import (
	"context"
	"fmt"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// MaxBatch is how many records one batch may change: it is one transaction,
// and others who write wait for it.
const MaxBatch = 1000

// littleBatch is up to how many records a batch may share its commit with others.
const littleBatch = 4

// InBatch is an error of one record in a batch. Nothing of the batch was done.
type InBatch struct {
	At, Of int
	Err    error
}

func (e *InBatch) Error() string { return fmt.Sprintf("%d of %d: %s", e.At+1, e.Of, e.Err) }

func (e *InBatch) Unwrap() error { return e.Err }

// Batch changes several records in one transaction: all of them or none. fn is
// called for each, may run again, and calls the methods that end in In. The
// error says at which of them it stopped.
func (c *Core) Batch(ctx context.Context, n int, fn func(tx *store.Tx, i int) error) error {
	if n > MaxBatch {
		return tenon.Errorf(tenon.TooLarge, "One request changes %d records at most. Nothing was changed.", MaxBatch)
	}
	write := c.st.Write
	if n <= littleBatch {
		write = c.st.WriteLittle
	}
	return write(ctx, func(tx *store.Tx) error {
		for i := range n {
			if err := fn(tx, i); err != nil {
				return &InBatch{At: i, Of: n, Err: err}
			}
		}
		return nil
	})
}

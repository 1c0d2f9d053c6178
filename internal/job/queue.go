package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/tenonhq/tenon"
)

// newQueue opens River over the store's own pool.
func newQueue(ctx context.Context, pool any, c *river.Config) (queue, error) {
	switch p := pool.(type) {
	case *sql.DB:
		c.PollOnly = true
		exec := func(ctx context.Context, text string, args ...any) error {
			_, err := p.ExecContext(ctx, text, args...)
			return err
		}
		return open[*sql.Tx](ctx, riversqlite.New(p), c, exec, `json_extract(args, '$.operation')`)
	case *pgxpool.Pool:
		unlock, err := lockSchema(ctx, p)
		if err != nil {
			return nil, err
		}
		exec := func(ctx context.Context, text string, args ...any) error {
			_, err := p.Exec(ctx, text, args...)
			return err
		}
		q, err := open[pgx.Tx](ctx, riverpgxv5.New(p), c, exec, `(args->>'operation')::bigint`)
		return q, errors.Join(err, unlock())
	}
	return nil, fmt.Errorf("no queue over %T", pool)
}

// lockSchema lets one process at a time make the queue's tables: several may
// start at once.
func lockSchema(ctx context.Context, p *pgxpool.Pool) (unlock func() error, err error) {
	conn, err := p.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	const key = 7307491
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, key); err != nil {
		conn.Release()
		return nil, err
	}
	return func() error {
		defer conn.Release()
		_, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, key)
		return err
	}, nil
}

// riverQueue is a queue over one driver.
type riverQueue[T any] struct {
	client *river.Client[T]
	exec   execute
	// operation is the expression that reads the operation out of a job.
	operation string
}

// execute runs a statement on the pool.
type execute func(ctx context.Context, text string, args ...any) error

func open[T any](ctx context.Context, driver riverdriver.Driver[T], c *river.Config, exec execute, operation string) (queue, error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: c.Logger})
	if err != nil {
		return nil, err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	client, err := river.NewClient(driver, c)
	return &riverQueue[T]{client, exec, operation}, err
}

func (q *riverQueue[T]) insert(ctx context.Context, tx any, a args) error {
	t, ok := tx.(T)
	if !ok {
		return fmt.Errorf("a transaction of another driver: %T", tx)
	}
	_, err := q.client.InsertTx(ctx, t, a, nil)
	return err
}

// start runs until stop, whatever becomes of ctx: a request's end must not end jobs.
func (q *riverQueue[T]) start(ctx context.Context) error {
	return q.client.Start(context.WithoutCancel(ctx))
}

func (q *riverQueue[T]) stop(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if err != nil && ctx.Err() != nil {
		// Out of patience: statements are cut off, their chunks roll back.
		return errors.Join(err, q.client.StopAndCancel(context.WithoutCancel(ctx)))
	}
	return err
}

func (q *riverQueue[T]) release(ctx context.Context) error {
	return q.exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
}

func (q *riverQueue[T]) releaseOne(ctx context.Context, op tenon.OperationID) error {
	return q.exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running' AND `+q.operation+` = $1`, int64(op))
}

func (q *riverQueue[T]) wake(ctx context.Context, op tenon.OperationID) error {
	return q.exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP WHERE state IN ('retryable', 'scheduled') AND `+q.operation+` = $1`, int64(op))
}

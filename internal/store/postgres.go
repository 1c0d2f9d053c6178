package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon"
)

// postgresDB is the engine for more than one machine.
type postgresDB struct {
	pool *pgxpool.Pool
}

func openPostgres(ctx context.Context, url string) (*postgresDB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, tenon.Errorf(tenon.Invalid, "The database URL cannot be read: it should look like postgres://user:password@host:5432/name.")
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	// A statement that waits longer than this would hold up everybody else.
	if cfg.ConnConfig.RuntimeParams["statement_timeout"] == "" {
		cfg.ConnConfig.RuntimeParams["statement_timeout"] = "30s"
	}
	if cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] == "" {
		cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "30s"
	}
	if cfg.MaxConns < 12 {
		cfg.MaxConns = 12
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, &tenon.Error{Code: tenon.Unavailable, Message: "The database does not answer.", Err: err}
	}
	return &postgresDB{pool: pool}, nil
}

func (d *postgresDB) engine() string { return "postgresql" }
func (d *postgresDB) raw() any       { return d.pool }

func (d *postgresDB) close() error { d.pool.Close(); return nil }

func (d *postgresDB) transact(ctx context.Context, m mode, fn func(querier) error) error {
	return transact(ctx, m, d.begin, fn)
}

func (d *postgresDB) begin(ctx context.Context, m mode) (querier, error) {
	if m == asking {
		return &oneAsked{end: func() error { return nil }, ask: func(ctx context.Context, text string, args ...any) (rows, error) {
			r, err := d.pool.Query(ctx, text, args...)
			if err != nil {
				return nil, err
			}
			return postgresRows{r}, nil
		}}, nil
	}
	o := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	if m != reading {
		// Locks are taken by name (lock.go); what was read before waiting for one
		// is read again after, so each statement must see what has been committed.
		o = pgx.TxOptions{IsoLevel: pgx.ReadCommitted}
	}
	tx, err := d.pool.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return postgresTx{tx}, nil
}

type postgresTx struct{ tx pgx.Tx }

func (t postgresTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	tag, err := t.tx.Exec(ctx, text, args...)
	return tag.RowsAffected(), err
}

func (t postgresTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	r, err := t.tx.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return postgresRows{r}, nil
}

func (t postgresTx) commit(ctx context.Context) error   { return t.tx.Commit(ctx) }
func (t postgresTx) rollback(ctx context.Context) error { return t.tx.Rollback(ctx) }
func (t postgresTx) raw() any                           { return t.tx }

// postgresRows gives Close an error, as the other driver has it.
type postgresRows struct{ pgx.Rows }

func (r postgresRows) Close() error { r.Rows.Close(); return r.Rows.Err() }

var postgresWords = strings.NewReplacer("{{strict}}", "", "{{key}}", `TEXT COLLATE "C"`)

func (d *postgresDB) macro(text string) string {
	return postgresWords.Replace(only("postgres", text))
}

func (d *postgresDB) lockSchema(tx *Tx) error {
	return tx.run(`SELECT pg_advisory_xact_lock(7307490)`)
}

func (d *postgresDB) retry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

func (d *postgresDB) translate(err error) error {
	var e *pgconn.PgError
	var refused *pgconn.ConnectError
	gone := errors.As(err, &refused)
	if !gone && !errors.As(err, &e) {
		return err
	}
	switch {
	case gone, strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "08"):
		return &tenon.Error{Code: tenon.Unavailable, Message: "The database does not answer. Nothing was changed.", Err: err}
	case e.Code == "53100" || e.Code == "53200":
		return &tenon.Error{Code: tenon.Unavailable, Message: "The database has no room left. Nothing was changed. Make room and try again.", Err: err}
	// A conflict, a deadlock, a wait for a lock, a statement or a transaction that took too long.
	case e.Code == "40001", e.Code == "40P01", e.Code == "55P03", e.Code == "57014", e.Code == "25P03":
		return &tenon.Error{Code: tenon.Busy, Message: "The database is busy. Nothing was changed. Try again in a moment.", Err: err}
	}
	return err
}

func (d *postgresDB) nextIDs(tx *Tx, n int) ([]int64, error) {
	return column[int64](tx, `SELECT nextval('ids') FROM generate_series(1, $1::int)`, n)
}

func (d *postgresDB) lockRows() string { return " FOR NO KEY UPDATE" }
func (d *postgresDB) holdRows() string { return " FOR SHARE" }

func (d *postgresDB) inBinders(column, param string) string {
	return column + " = ANY(" + param + "::bigint[])"
}

func (d *postgresDB) bindersArg(ids []tenon.BinderID) any {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tenonhq/tenon"
)

// servingLock is the number of the advisory lock that servers share. Those
// close below it are taken: by migrations here, by the queue in internal/job.
const servingLock = 7307498

func (d *postgresDB) copyTables(tx *Tx) ([]CopyTable, error) {
	var tables []CopyTable
	err := tx.each(func(r Scanner) error {
		var name, kind string
		var c CopyColumn
		var key bool
		if err := r.Scan(&name, &c.Name, &kind, &key); err != nil {
			return err
		}
		switch kind {
		case "bigint", "smallint", "integer":
			c.Type = "int"
		case "boolean":
			c.Type = "bool"
		case "bytea":
			c.Type = "bytes"
		default:
			c.Type = "text"
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != name {
			tables = append(tables, CopyTable{Name: name})
		}
		t := &tables[len(tables)-1]
		t.Columns = append(t.Columns, c)
		if key {
			t.Key = append(t.Key, c.Name)
		}
		return nil
	}, `SELECT c.relname, a.attname, format_type(a.atttypid, NULL), COALESCE(a.attnum = ANY(i.indkey), FALSE)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum`)
	return tables, err
}

func (d *postgresDB) copyOrder(c CopyColumn) string {
	if c.Type == "text" {
		return quoteName(c.Name) + ` COLLATE "C"`
	}
	return quoteName(c.Name)
}

func (d *postgresDB) copyPatiently(tx *Tx) error {
	for _, setting := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		var was string
		if err := tx.row(`SELECT set_config($1, '0', TRUE)`, setting).Scan(&was); err != nil {
			return err
		}
	}
	return nil
}

// copyRelax takes references and triggers away until the rows are in: tables
// that refer to each other have no order in which each row would fit.
func (d *postgresDB) copyRelax(tx *Tx) (func() error, error) {
	type guard struct{ off, on string }
	guards, err := list(tx, func(r Scanner, g *guard) error { return r.Scan(&g.off, &g.on) },
		`SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
			format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
		FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
		UNION ALL
		SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname),
			format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname)
		FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	for _, g := range guards {
		if err := tx.run(g.off); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, g := range guards {
			if err := tx.run(g.on); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func (d *postgresDB) copyIn(tx *Tx, t CopyTable, rows [][]any) error {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	raw, ok := tx.q.raw().(pgx.Tx)
	if !ok {
		return errors.New("store: not a transaction of this engine")
	}
	n, err := raw.CopyFrom(tx.ctx, pgx.Identifier{t.Name}, names, pgx.CopyFromRows(rows))
	if err == nil && n != int64(len(rows)) {
		return fmt.Errorf("%d of %d rows were taken", n, len(rows))
	}
	return err
}

func (d *postgresDB) peekID(tx *Tx) (n int64, err error) {
	err = tx.row(`SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM ids`).Scan(&n)
	return n, err
}

func (d *postgresDB) setNextID(tx *Tx, n int64) error {
	var at int64
	return tx.row(`SELECT setval('ids', $1, FALSE)`, n).Scan(&at)
}

// holdServing keeps one connection with a shared lock: it ends with the process.
func (d *postgresDB) holdServing(ctx context.Context) (func() error, error) {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	var ok bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock_shared($1)`, servingLock).Scan(&ok)
	if err == nil && !ok {
		err = tenon.Errorf(tenon.Busy, "This database is being restored. Start the server when that is done.")
	}
	if err != nil {
		conn.Release()
		return nil, err
	}
	raw := conn.Hijack()
	return func() error {
		ctx := context.WithoutCancel(ctx)
		// The server lets go of a closed connection's locks in its own time.
		_, err := raw.Exec(ctx, `SELECT pg_advisory_unlock_shared($1)`, servingLock)
		return errors.Join(err, raw.Close(ctx))
	}, nil
}

func (d *postgresDB) refuseServing(tx *Tx) error {
	var ok bool
	if err := tx.row(`SELECT pg_try_advisory_xact_lock($1)`, servingLock).Scan(&ok); err != nil {
		return err
	}
	if !ok {
		return tenon.Errorf(tenon.Conflict, "A server works on this database. Nothing was changed. Stop it first.")
	}
	return nil
}

package store

import (
	"context"
	"strings"
)

func (d *sqliteDB) copyTables(tx *Tx) ([]CopyTable, error) {
	names, err := column[string](tx, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	tables := make([]CopyTable, len(names))
	for i, name := range names {
		tables[i].Name = name
		err := tx.each(func(r Scanner) error {
			var c CopyColumn
			var key int64
			if err := r.Scan(&c.Name, &c.Type, &key); err != nil {
				return err
			}
			switch c.Type {
			case "INTEGER":
				c.Type = "int"
			case "BLOB":
				c.Type = "bytes"
			default:
				c.Type = "text"
			}
			tables[i].Columns = append(tables[i].Columns, c)
			if key > 0 {
				tables[i].Key = append(tables[i].Key, c.Name)
			}
			return nil
		}, `SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid`, name)
		if err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func (d *sqliteDB) copyOrder(c CopyColumn) string { return quoteName(c.Name) }

func (d *sqliteDB) copyPatiently(*Tx) error { return nil }

// copyRelax checks references when the transaction commits, and takes the
// triggers away until the rows are in.
func (d *sqliteDB) copyRelax(tx *Tx) (func() error, error) {
	if err := tx.run(`PRAGMA defer_foreign_keys = ON`); err != nil {
		return nil, err
	}
	type trigger struct{ name, text string }
	triggers, err := list(tx, func(r Scanner, t *trigger) error { return r.Scan(&t.name, &t.text) },
		`SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	for _, t := range triggers {
		if err := tx.run(`DROP TRIGGER ` + quoteName(t.name)); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, t := range triggers {
			if err := tx.run(t.text); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func (d *sqliteDB) copyIn(tx *Tx, t CopyTable, rows [][]any) error {
	return tx.insertMany(quoteName(t.Name)+" ("+copyNames(t)+")", len(t.Columns), rows, "")
}

// copyNames lists the columns of a table for an INSERT.
func copyNames(t CopyTable) string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quoteName(c.Name)
	}
	return strings.Join(names, ", ")
}

func (d *sqliteDB) peekID(tx *Tx) (n int64, err error) {
	err = tx.row(`SELECT next FROM counters WHERE name = 'ids'`).Scan(&n)
	return n, err
}

func (d *sqliteDB) setNextID(tx *Tx, n int64) error {
	return tx.run(`INSERT INTO counters (name, next) VALUES ('ids', $1) ON CONFLICT (name) DO UPDATE SET next = excluded.next`, n)
}

// The lock file of the data directory says it for this engine.
func (d *sqliteDB) holdServing(context.Context) (func() error, error) {
	return func() error { return nil }, nil
}

func (d *sqliteDB) refuseServing(*Tx) error { return nil }

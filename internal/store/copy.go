package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
)

// This file copies whole tables out and in, for backups. The form is the same
// for both engines: a line per row, a JSON array in the order of the columns,
// so that what one engine wrote the other can read.

// CopyTable is a table as it is copied.
type CopyTable struct {
	Name    string       `json:"name"`
	Columns []CopyColumn `json:"columns"`
	Key     []string     `json:"key"` // its primary key, the order of the rows
}

// CopyColumn is a column and how its values are written: "int" (also yes and
// no, as 1 and 0), "text" or "bytes" (base64).
type CopyColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// copyDialect is what the engines do differently when tables are copied.
type copyDialect interface {
	// copyTables lists all tables of the database with their columns and keys.
	copyTables(tx *Tx) ([]CopyTable, error)
	// copyOrder makes a key column sort by its bytes.
	copyOrder(c CopyColumn) string
	// copyPatiently lets statements of this transaction take their time.
	copyPatiently(tx *Tx) error
	// copyRelax puts off what guards single changes; the returned function
	// puts it in force again, and fails where the data does not fit it.
	copyRelax(tx *Tx) (restore func() error, err error)
	// copyIn inserts rows, given in the order of the columns.
	copyIn(tx *Tx, t CopyTable, rows [][]any) error
	peekID(tx *Tx) (int64, error)
	setNextID(tx *Tx, n int64) error
	// holdServing notes in the database that a server works on it;
	// refuseServing fails while there is one.
	holdServing(ctx context.Context) (release func() error, err error)
	refuseServing(tx *Tx) error
}

// keptOut are tables whose content is not copied: made anew elsewhere, or worthless
// to a copy. After a restore everybody signs in again.
func keptOut(table string) bool {
	for _, prefix := range []string{"search", "river_"} {
		if strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"schema_migrations", "sessions", "one_time_links", "idempotency", "mail_outbox", "job_beats"}, table)
}

// SystemEmpty tells whether the database is as it was made: no organization
// but the system's own, no item, no user.
func (tx *Tx) SystemEmpty() (bool, error) {
	var n int64
	err := tx.row(`SELECT (SELECT count(*) FROM (SELECT 1 FROM organizations WHERE id <> 1 LIMIT 1) AS a)
		+ (SELECT count(*) FROM (SELECT 1 FROM items LIMIT 1) AS b) + (SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1) AS c)`).Scan(&n)
	return n == 0, err
}

// SystemCountSealed counts the values that only the vault's keys open.
func (tx *Tx) SystemCountSealed() (n int64, err error) {
	err = tx.row(`SELECT (SELECT count(*) FROM secrets) + (SELECT count(*) FROM revisions WHERE secrets <> '{}')
		+ (SELECT count(*) FROM users WHERE totp_sealed IS NOT NULL)`).Scan(&n)
	return n, err
}

// SystemSchemaSteps returns the names of the schema's steps, in order.
func (tx *Tx) SystemSchemaSteps() ([]string, error) {
	return column[string](tx, `SELECT name FROM schema_migrations ORDER BY name`)
}

// SystemPeekID returns the next id that will be given out, or a later one.
func (tx *Tx) SystemPeekID() (int64, error) { return tx.d.peekID(tx) }

// SystemCopyTables lists the tables that are copied, by name.
func (tx *Tx) SystemCopyTables() ([]CopyTable, error) {
	all, err := tx.d.copyTables(tx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(t CopyTable) bool { return keptOut(t.Name) })
	slices.SortFunc(all, func(a, b CopyTable) int { return strings.Compare(a.Name, b.Name) })
	return all, tx.d.copyPatiently(tx)
}

// SystemCopyOut calls fn with a line for each row, in the order of the key.
func (tx *Tx) SystemCopyOut(t CopyTable, fn func(line []byte) error) error {
	names, order := make([]string, len(t.Columns)), []string{}
	for i, c := range t.Columns {
		names[i] = quoteName(c.Name)
		if slices.Contains(t.Key, c.Name) {
			order = append(order, tx.d.copyOrder(c))
		}
	}
	text := `SELECT ` + strings.Join(names, ", ") + ` FROM ` + quoteName(t.Name)
	if t.Name == "counters" {
		text += ` WHERE name <> 'ids'` // the one engine's form of what the other keeps in a sequence
	}
	row := newCopyRow(t)
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	return tx.each(func(r Scanner) error {
		if err := r.Scan(row.targets...); err != nil {
			return err
		}
		buf.Reset()
		if err := enc.Encode(row.values()); err != nil {
			return err
		}
		return fn(buf.Bytes())
	}, text+` ORDER BY `+strings.Join(order, ", "))
}

// copyRow scans the columns of one row into fixed places.
type copyRow struct {
	targets []any
	out     []any
}

func newCopyRow(t CopyTable) *copyRow {
	r := &copyRow{out: make([]any, len(t.Columns))}
	for _, c := range t.Columns {
		switch c.Type {
		case "int":
			r.targets = append(r.targets, new(sql.Null[int64]))
		case "bool":
			r.targets = append(r.targets, new(sql.Null[bool]))
		case "bytes":
			r.targets = append(r.targets, new([]byte))
		default:
			r.targets = append(r.targets, new(sql.Null[string]))
		}
	}
	return r
}

func (r *copyRow) values() []any {
	for i, t := range r.targets {
		r.out[i] = nil
		switch x := t.(type) {
		case *sql.Null[int64]:
			if x.Valid {
				r.out[i] = x.V
			}
		case *sql.Null[bool]:
			if x.Valid {
				r.out[i] = map[bool]int{false: 0, true: 1}[x.V]
			}
		case *sql.Null[string]:
			if x.Valid {
				r.out[i] = x.V
			}
		case *[]byte:
			if *x != nil {
				r.out[i] = *x
			}
		}
	}
	return r.out
}

// quoteName writes a table or column name of our own schema.
func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// Replacement puts the rows of a copy into the database, in place of what is there.
type Replacement struct {
	tx     *Tx
	tables map[string]CopyTable
	now    CopyTable // the table at work, with the columns of the copy
	types  []string  // of those columns here
	rows   [][]any
}

// Replace empties the database and calls fn, which puts a copy in, all in one
// transaction: on any error everything is as it was. It may call fn again.
// It refuses while a server works on the database.
func (s *Store) Replace(ctx context.Context, nextID int64, fn func(*Replacement) error) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.d.refuseServing(tx); err != nil {
			return err
		}
		if err := tx.d.copyPatiently(tx); err != nil {
			return err
		}
		tables, err := tx.d.copyTables(tx)
		if err != nil {
			return err
		}
		guard, err := tx.d.copyRelax(tx)
		if err != nil {
			return err
		}
		r := &Replacement{tx: tx, tables: map[string]CopyTable{}}
		for _, t := range tables {
			if strings.HasPrefix(t.Name, "search") || t.Name == "schema_migrations" || t.Name == "river_migration" {
				continue
			}
			r.tables[t.Name] = t
			if err := tx.run(`DELETE FROM ` + quoteName(t.Name)); err != nil {
				return err
			}
		}
		if err := fn(r); err != nil {
			return err
		}
		if err := r.flush(); err != nil {
			return err
		}
		if err := tx.d.setNextID(tx, nextID); err != nil {
			return err
		}
		if err := tx.reindex(); err != nil {
			return fmt.Errorf("index for search: %w", err)
		}
		return guard()
	})
}

// reindex makes the search entries of all records anew.
func (tx *Tx) reindex() error {
	texts := []string{`DELETE FROM search`, `DELETE FROM search_terms`}
	if tx.d.waits() {
		texts, tx.searched.knowsWaiting = append(texts, `DELETE FROM search_waiting`), false
	}
	for _, text := range texts {
		if err := tx.run(text); err != nil {
			return err
		}
	}
	for _, next := range []func(int64, int) ([]indexed, error){tx.indexedOrganizations, tx.indexedItems} {
		for after := int64(0); ; {
			page, err := next(after, copyBatch)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			if err := tx.indexNew(page); err != nil {
				return err
			}
			after = page[len(page)-1].id
		}
	}
	return nil
}

// Table begins the next table. It is refused where the copy's columns are not this schema's.
func (r *Replacement) Table(t CopyTable) error {
	if err := r.flush(); err != nil {
		return err
	}
	here, ok := r.tables[t.Name]
	if !ok || keptOut(t.Name) || len(here.Columns) != len(t.Columns) {
		return tenon.Errorf(tenon.Conflict, "The copy has a table %s that does not fit this schema. Nothing was changed.", t.Name)
	}
	r.now, r.types = t, make([]string, len(t.Columns))
	for i, c := range t.Columns {
		at := slices.IndexFunc(here.Columns, func(h CopyColumn) bool { return h.Name == c.Name })
		if at < 0 {
			return tenon.Errorf(tenon.Conflict, "The copy's table %s has a column %s that this schema does not know. Nothing was changed.", t.Name, c.Name)
		}
		r.types[i] = here.Columns[at].Type
	}
	return nil
}

// copyBatch is how many rows go into one statement or stream.
const copyBatch = 2000

// Row adds a row of the table at work, as SystemCopyOut wrote it.
func (r *Replacement) Row(line []byte) error {
	var cells []json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil || len(cells) != len(r.types) {
		return tenon.Errorf(tenon.Invalid, "A row of the copy's table %s is malformed. Nothing was changed.", r.now.Name)
	}
	row := make([]any, len(cells))
	for i, c := range cells {
		v, err := readCell(c, r.types[i])
		if err != nil {
			return tenon.Errorf(tenon.Invalid, "A row of the copy's table %s does not fit the column %s. Nothing was changed.", r.now.Name, r.now.Columns[i].Name)
		}
		row[i] = v
	}
	if r.rows = append(r.rows, row); len(r.rows) == copyBatch {
		return r.flush()
	}
	return nil
}

func readCell(c json.RawMessage, kind string) (any, error) {
	if string(c) == "null" {
		return nil, nil
	}
	switch kind {
	case "int":
		var n int64
		err := json.Unmarshal(c, &n)
		return n, err
	case "bool":
		var n int64
		err := json.Unmarshal(c, &n)
		return n != 0, err
	case "bytes":
		var b []byte
		err := json.Unmarshal(c, &b)
		return b, err
	}
	var s string
	err := json.Unmarshal(c, &s)
	return s, err
}

func (r *Replacement) flush() error {
	if len(r.rows) == 0 {
		return nil
	}
	err := r.tx.d.copyIn(r.tx, r.now, r.rows)
	r.rows = r.rows[:0]
	if err != nil {
		return fmt.Errorf("copy into %s: %w", r.now.Name, err)
	}
	return nil
}

// HoldServing notes in the database that a server works on it, until release is called.
func (s *Store) HoldServing(ctx context.Context) (release func() error, err error) {
	return s.d.holdServing(ctx)
}

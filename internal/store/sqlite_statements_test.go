package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
)

// TestKeptStatements reads and writes through one connection that keeps its
// statements: the same text twice at once, more texts than are kept, and a
// schema that changes under them.
func TestKeptStatements(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := openKeeping(sqliteDSN(filepath.Join(t.TempDir(), "kept.db"), []string{"journal_mode(WAL)"}), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(1)
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)`)
	for i := range 10 {
		exec(`INSERT INTO t (id, word) VALUES ($1, $2)`, i, fmt.Sprint("word ", i))
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := pairs(t, tx); got != 100 {
		t.Errorf("the same text inside itself gives %d pairs, want 100", got)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * keptStatements {
		var n int
		if err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM t WHERE id < %d", i)).Scan(&n); err != nil || n != min(i, 10) {
			t.Fatalf("query %d: %d, %v", i, n, err)
		}
	}
	exec(`ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'x'`)
	exec(`INSERT INTO t (id, word) VALUES ($1, $2)`, 10, nil)
	var more string
	if err := db.QueryRowContext(ctx, `SELECT more FROM t WHERE id = $1`, 10).Scan(&more); err != nil || more != "x" {
		t.Errorf("after the table has changed: %q, %v", more, err)
	}
	if _, err := db.ExecContext(ctx, `INSERT INTO t (id, word) VALUES ($1, $2)`, 10, "twice"); err == nil {
		t.Error("a refused statement gave no error")
	}
	exec(`INSERT INTO t (id, word) VALUES ($1, $2)`, 11, "and it can be used again")
	stop, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := db.ExecContext(stop, `INSERT INTO t (id, word) VALUES ($1, $2)`, 12, "never"); err == nil {
		t.Error("a statement of a request that is over was run")
	}
	exec(`INSERT INTO t (id, word) VALUES ($1, $2)`, 12, "but then it is")
}

// pairs reads a statement while the rows of the same one are read.
func pairs(t *testing.T, tx *sql.Tx) (n int) {
	t.Helper()
	const text = `SELECT id FROM t WHERE id >= $1 ORDER BY id`
	outer, err := tx.Query(text, 0)
	if err != nil {
		t.Fatal(err)
	}
	for outer.Next() {
		inner, err := tx.Query(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for inner.Next() {
			n++
		}
		if err := inner.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := outer.Err(); err != nil {
		t.Fatal(err)
	}
	if err := outer.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// Package storetest opens real databases for tests: the embedded one in a
// temporary folder, and a PostgreSQL. A test that works with the store runs on
// both, always.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon/internal/pgtest"
	"github.com/tenonhq/tenon/internal/store"
)

// Clock is a clock that only moves forward: each look is a microsecond later,
// and Advance moves it further. Safe for use by several goroutines.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock starts at a fixed day, so that tests do not depend on today.
func NewClock() *Clock { return &Clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

// Now returns the time and moves on by a microsecond.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Microsecond)
	return c.t
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Engines names the databases that every store test runs on.
var Engines = []string{"sqlite", "postgresql"}

// Run runs fn as a subtest on each engine, with a fresh, migrated database.
func Run(t *testing.T, fn func(t *testing.T, st *store.Store, clock *Clock)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := NewClock()
			fn(t, Open(t, engine, clock), clock)
		})
	}
}

// Open opens a fresh, migrated database of that engine.
func Open(t testing.TB, engine string, clock *Clock) *store.Store {
	t.Helper()
	return OpenWith(t, Options(t, engine, clock))
}

// Options returns the options of a fresh database of that engine.
func Options(t testing.TB, engine string, clock *Clock) store.Options {
	t.Helper()
	o := store.Options{Now: clock.Now}
	if engine == "postgresql" {
		o.DatabaseURL = pgtest.Database(t)
	} else {
		o.Dir = t.TempDir()
	}
	return o
}

// OpenWith opens the database and closes it when the test ends. What operations
// say of themselves by then must be in the catalogue of texts.
func OpenWith(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		SaysInCatalogue(t, st)
		if err := st.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return st
}

// Exec runs a statement on the database itself, past the store: to load many
// rows, or to break what the checker must find.
func Exec(t testing.TB, st *store.Store, text string, args ...any) {
	t.Helper()
	var err error
	switch db := st.Raw().(type) {
	case *sql.DB:
		_, err = db.Exec(text, args...)
	case *pgxpool.Pool:
		err = execPatiently(db, text, args)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// execPatiently lifts the limit on how long a statement may take: loading a
// million rows is no request.
func execPatiently(db *pgxpool.Pool, text string, args []any) error {
	ctx := context.Background()
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	if _, err := tx.Exec(ctx, text, args...); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

// Package store holds all SQL of Tenon: one file per table, two engines, one
// text wherever both agree.
//
// The one idea it rests on is the binder: items name a binder, and the table
// binders says which organization owns it now. A merge hands binders over and
// never touches items. Lists over the several binders of one organization are
// built by one helper (list.go), because the obvious joins are hundreds of
// times slower.
//
// Methods run inside a transaction, through Read or Write, and take a viewer,
// whose reach they add to the statement. Those that serve only the product
// itself carry System in their name.
package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
)

// Options say where the data is.
type Options struct {
	// Dir is the data directory of the embedded database.
	Dir string
	// DatabaseURL is the address of a PostgreSQL; it wins over Dir.
	DatabaseURL string
	// Now is the clock. It is required.
	Now func() time.Time
	// MaxPages limits the size of the embedded database, in pages of 4 KiB; 0 is
	// no limit. A test fills the disk with it.
	MaxPages int64
	// OnStatement, when set, sees every statement before it runs, and may fail
	// it. It counts queries and injects faults in tests.
	OnStatement func(text string) error
}

// Store is an open database.
type Store struct {
	d      dialect
	now    func() time.Time
	before func(string) error
}

// Open opens the database and brings its schema up to date. It refuses a
// schema that is newer than this program.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		return nil, errors.New("store: Options.Now is required")
	}
	var d dialect
	var err error
	if o.DatabaseURL != "" {
		d, err = openPostgres(ctx, o.DatabaseURL)
	} else {
		d, err = openSQLite(ctx, o.Dir, o.MaxPages)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{d: d, now: o.Now, before: o.OnStatement}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.d.close() }

// Engine is "sqlite" or "postgresql", for people.
func (s *Store) Engine() string { return s.d.engine() }

// Now is the time by the clock that the store was opened with.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Ping proves that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.Read(ctx, func(tx *Tx) error {
		var n int64
		return tx.row(`SELECT count(*) FROM counters`).Scan(&n)
	})
}

type inTx struct{}

const attempts = 5

// Write runs fn in one transaction that commits when fn returns nil. fn may
// run several times, after a deadlock or a serialization failure: it must do
// nothing but work on tx.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	return s.run(ctx, changing, fn)
}

// WriteLittle is Write for a change of one record or a few. On SQLite those
// that wait for each other share one commit, and fn may see what others did who
// commit together with it or not at all.
func (s *Store) WriteLittle(ctx context.Context, fn func(*Tx) error) error {
	return s.run(ctx, changingLittle, fn)
}

// Read runs fn on one snapshot.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	return s.run(ctx, reading, fn)
}

// Ask is Read for one statement: no transaction is begun around it. A second
// one is refused.
func (s *Store) Ask(ctx context.Context, fn func(*Tx) error) error {
	return s.run(ctx, asking, fn)
}

func (s *Store) run(ctx context.Context, m mode, fn func(*Tx) error) error {
	if ctx.Value(inTx{}) != nil {
		return errors.New("store: a transaction inside a transaction")
	}
	ctx = context.WithValue(ctx, inTx{}, true)
	for try := 1; ; try++ {
		err := s.once(ctx, m, fn)
		if err == nil || try == attempts || !(errors.Is(err, errRetry) || s.d.retry(err)) {
			return s.d.translate(err)
		}
		if m == changingLittle {
			m = changing // alone: what another one does must not stop it twice
		}
		wait := time.Duration(rand.Int64N(int64(time.Millisecond) << try))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// errRetry asks run to start the transaction again: what it decided on has
// changed while it waited for a lock.
var errRetry = &tenon.Error{Code: tenon.Busy, Message: "Somebody else is changing this organization. Nothing was changed. Try again in a moment."}

func (s *Store) once(ctx context.Context, m mode, fn func(*Tx) error) error {
	write, hook := m != reading && m != asking, hookOf(ctx)
	err := s.d.transact(ctx, m, func(q querier) error {
		tx := &Tx{ctx: ctx, q: q, d: s.d, now: s.Now(), write: write, before: s.before}
		if err := fn(tx); err != nil {
			return err
		}
		if tx.failed != nil {
			return tx.failed
		}
		if !write {
			return nil
		}
		if err := tx.keepTerms(); err != nil {
			return err
		}
		if hook != nil {
			if err := hook.in(tx); err != nil {
				return err
			}
		}
		if s.before != nil {
			if err := s.before("COMMIT"); err != nil {
				return err
			}
		}
		failpoint.At("store/before-commit")
		return nil
	})
	if err != nil || !write {
		return err
	}
	failpoint.At("store/committed")
	if hook != nil {
		hook.done = true
	}
	return nil
}

// transact runs fn in a transaction that begin begins, and commits it when fn
// returns nil. It does not stay open, whatever happens in fn.
func transact(ctx context.Context, m mode, begin func(context.Context, mode) (querier, error), fn func(querier) error) (err error) {
	q, err := begin(ctx, m)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	done := false
	defer func() {
		if done {
			return
		}
		if back := q.rollback(context.WithoutCancel(ctx)); back != nil && err != nil {
			err = errors.Join(err, back)
		}
	}()
	if err := fn(q); err != nil {
		return err
	}
	if err := q.commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

// Tx is one transaction. Its methods stand beside the table they work on.
type Tx struct {
	ctx    context.Context
	q      querier
	d      dialect
	now    time.Time
	write  bool
	before func(string) error
	failed error
	spare  []int64 // ids that were reserved and not taken
	// terms are words of letters that were indexed, for keepTerms.
	terms    map[string]bool
	searched searched
	settings *account // nil where none was asked for, or in a change
	tags     map[tenon.FlexTypeID][]tenon.FlexField
	near     map[tenon.UserID][]tenon.BinderID // of liveReach
}

// Now is the time of the act, the same throughout the transaction.
func (tx *Tx) Now() time.Time { return tx.now }

// Context carries cancellation and deadline of the transaction.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Raw hands out the driver's own transaction: *sql.Tx on SQLite, pgx.Tx on
// PostgreSQL. Only internal/job may use it, for the queue's rows.
func (tx *Tx) Raw() any { return tx.q.raw() }

// Raw hands out the driver's own pool: *sql.DB (the write pool) or *pgxpool.Pool.
func (s *Store) Raw() any { return s.d.raw() }

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite has one writer, and to begin and commit a transaction takes as long as
// most of what is written in one. Small changes that come while one is made
// share the next transaction: whoever came first leads, makes them one after
// the other, its own first, and commits for all. The others only wait: to pass
// the work from one goroutine to the next would take longer than many a change.
// Each is told after the commit, so what was answered is kept as if it were
// alone. Where one fails after it has written, all of it is taken back, and the
// others do theirs again alone.

// maxShared is how many changes share one transaction: the first waits for all.
const maxShared = 8

// sharedWriter makes small changes together.
type sharedWriter struct {
	mu    sync.Mutex
	led   bool // somebody leads
	queue []*littleChange
}

// littleChange is one change, from when it comes until it is told how it went.
type littleChange struct {
	make func(querier) error
	// told is sent true when the change is to lead, false when err is what
	// became of it.
	told  chan bool
	err   error
	panic *panicked // of make
	wrote bool
}

// panicked is a panic on its way from the goroutine that made a change to the
// one that asked for it.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v, in\n%s", p.value, p.stack) }

// errApart is what changes get when the transaction was taken back for what
// another one did: each runs again, alone.
var errApart = errRetry

// change makes a change together with others that come meanwhile, in a
// transaction that begin begins. It returns when that has been committed, or
// why it was not.
func (w *sharedWriter) change(ctx context.Context, begin func(context.Context) (sqliteTx, error), work func(querier) error) error {
	c := &littleChange{make: work, told: make(chan bool, 1)}
	w.mu.Lock()
	lead := !w.led
	w.led = true
	if !lead {
		w.queue = append(w.queue, c)
	}
	w.mu.Unlock()
	if !lead {
		select {
		case lead = <-c.told:
		case <-ctx.Done():
			if w.leave(c) {
				return ctx.Err()
			}
			lead = <-c.told // somebody is making it, or waits for it to lead
		}
	}
	if lead {
		w.lead(ctx, begin, c)
	}
	if c.panic != nil {
		panic(c.panic)
	}
	return c.err
}

// leave takes a change out of the queue, if it still waits there.
func (w *sharedWriter) leave(c *littleChange) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.queue)
	w.queue = slices.DeleteFunc(w.queue, func(q *littleChange) bool { return q == c })
	return len(w.queue) < n
}

// next takes the change out of the queue that has waited longest. It gives way
// a few times to who may be about to ask: half as many commits.
func (w *sharedWriter) next() *littleChange {
	for try := range 4 {
		if try > 0 {
			runtime.Gosched()
		}
		w.mu.Lock()
		if len(w.queue) > 0 {
			c := w.queue[0]
			w.queue = w.queue[1:]
			w.mu.Unlock()
			return c
		}
		w.mu.Unlock()
	}
	return nil
}

// pass lets whoever has waited longest lead; false where nobody waits.
func (w *sharedWriter) pass() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.led = len(w.queue) > 0; w.led {
		w.queue[0].told <- true
		w.queue = w.queue[1:]
	}
	return w.led
}

// lead makes the change c and others after it in one transaction, ends that,
// and tells them.
func (w *sharedWriter) lead(ctx context.Context, begin func(context.Context) (sqliteTx, error), c *littleChange) {
	t := &sharedTx{}
	defer func() {
		t.tell(c)
		if w.pass() {
			runtime.Gosched() // whoever leads now goes on at once, and this one is answered beside it
		}
	}()
	t.members = append(t.members, c)
	if t.sqliteTx, c.err = begin(ctx); c.err != nil {
		c.err = fmt.Errorf("begin: %w", c.err)
		return
	}
	keep := false
	defer func() { t.end(keep) }() // also where a change ends the goroutine
	for keep = t.run(c); keep && !t.broken && len(t.members) < maxShared; {
		more := w.next()
		if more == nil {
			break
		}
		t.members = append(t.members, more)
		keep = false
		keep = t.run(more)
	}
}

// sharedTx is a transaction of SQLite in which several changes are made.
type sharedTx struct {
	sqliteTx
	members []*littleChange
	broken  bool // a statement failed in a way that may have ended it
}

// run makes a change. It returns false where all has to be taken back.
func (t *sharedTx) run(c *littleChange) (keep bool) {
	defer func() {
		if value := recover(); value != nil {
			c.panic, c.err = &panicked{value, debug.Stack()}, errApart
			keep = !c.wrote && !t.broken
		}
	}()
	c.err = c.make(&sharedMember{t, c})
	return c.err == nil || !c.wrote && !t.broken
}

// end commits or takes back for all, and notes for each what became of it.
func (t *sharedTx) end(keep bool) {
	var err error
	if keep {
		if err = t.sqliteTx.commit(context.Background()); err != nil {
			err = fmt.Errorf("commit: %w", err)
		}
	} else {
		err = t.sqliteTx.rollback(context.Background())
	}
	for place, c := range t.members {
		switch {
		case keep && err == nil: // what it returned is what it is told
		case place == 0 && c.err != nil: // it saw nothing of the others
			c.err = errors.Join(c.err, err)
		case keep && c.err == nil:
			c.err = err
		default: // it may have failed for what the others did, or did not fail at all
			c.err, c.panic = errors.Join(errApart, err), nil
		}
	}
}

// tell tells all but the one who leads.
func (t *sharedTx) tell(leads *littleChange) {
	for _, c := range t.members {
		if c != leads {
			c.told <- false
		}
	}
}

// sharedMember is the transaction as one of the changes uses it.
type sharedMember struct {
	*sharedTx
	change *littleChange
}

func (m *sharedMember) exec(ctx context.Context, text string, args ...any) (int64, error) {
	m.change.wrote = true
	n, err := m.sqliteTx.exec(ctx, text, args...)
	return n, m.note(err)
}

func (m *sharedMember) query(ctx context.Context, text string, args ...any) (rows, error) {
	if !strings.HasPrefix(unmarked(text), "SELECT ") {
		m.change.wrote = true
	}
	r, err := m.sqliteTx.query(ctx, text, args...)
	return r, m.note(err)
}

// note keeps in mind that a statement failed otherwise than by a constraint,
// which undoes that statement alone.
func (m *sharedMember) note(err error) error {
	if code, ok := sqliteCode(err); err != nil && (!ok || code&0xff != sqlite3.SQLITE_CONSTRAINT) {
		m.broken = true
	}
	return err
}

func (m *sharedMember) raw() any {
	m.change.wrote = true
	return m.sqliteTx.raw()
}

var _ querier = (*sharedMember)(nil)

// writerTx begins a transaction that changes. The context ends only the wait
// for the connection: to watch it during each statement costs more than most
// of these take.
func (d *sqliteDB) writerTx(ctx context.Context) (sqliteTx, error) {
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return sqliteTx{}, err
	}
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return sqliteTx{}, errors.Join(err, conn.Close())
	}
	return sqliteTx{tx: tx, conn: conn, own: &ownState{log: d.log, people: &d.people}}, nil
}

// release gives the connection back, where the transaction has one of its own.
func (t sqliteTx) release(err error) error {
	if t.conn == nil {
		return err
	}
	closed := t.conn.Close()
	if errors.Is(closed, sql.ErrConnDone) { // the driver has given it up
		closed = nil
	}
	return errors.Join(err, closed)
}

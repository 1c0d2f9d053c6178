package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite has one writer, and to begin and commit a transaction takes as long as
// most of what is written in one. Small changes that wait for each other share
// a transaction: one after the other works in it, and the last one commits for
// all. Each waits until that has happened, so that what was answered is kept as
// if it were alone. Where one fails after it has written, all of it is taken
// back, and the others do theirs again alone.

// maxShared is how many changes share one transaction: the first waits for all.
const maxShared = 8

// sharedWriter lets small changes at the writer one at a time.
type sharedWriter struct {
	mu    sync.Mutex
	busy  bool
	queue []chan *sharedTx // who waits; each is sent what to join, nil for a new one
}

// sharedTx is a transaction of SQLite in which several changes are made.
type sharedTx struct {
	sqliteTx
	of      *sharedWriter
	members int
	broken  bool // a statement failed in a way that may have ended it
	done    sync.WaitGroup
	err     error // of the commit, when done
}

// errApart is what members get when the transaction was taken back for what
// another one did: each runs again, alone.
var errApart = errRetry

// join waits for its turn and returns a member of a transaction, one that
// begin begins where there is none to join.
func (w *sharedWriter) join(ctx context.Context, begin func(context.Context) (sqliteTx, error)) (*sharedMember, error) {
	var t *sharedTx
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
	} else {
		turn := make(chan *sharedTx, 1)
		w.queue = append(w.queue, turn)
		w.mu.Unlock()
		select {
		case t = <-turn:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), w.leave(turn))
		}
	}
	if t == nil {
		tx, err := begin(ctx)
		if err != nil {
			w.next(nil)
			return nil, err
		}
		t = &sharedTx{sqliteTx: tx, of: w}
		t.done.Add(1)
	}
	t.members++
	return &sharedMember{sharedTx: t, place: t.members}, nil
}

// next gives the turn to who has waited longest; false where nobody waits. t
// is what to join.
func (w *sharedWriter) next(t *sharedTx) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.busy = t != nil
		return false
	}
	w.queue[0] <- t
	w.queue = w.queue[1:]
	return true
}

// leave gives up waiting. Whoever was given the turn meanwhile passes it on.
func (w *sharedWriter) leave(turn chan *sharedTx) error {
	w.mu.Lock()
	for i, q := range w.queue {
		if q == turn {
			w.queue = append(w.queue[:i:i], w.queue[i+1:]...)
			w.mu.Unlock()
			return nil
		}
	}
	w.mu.Unlock()
	t := <-turn
	if t == nil {
		w.next(nil)
		return nil
	}
	if w.next(t) {
		return nil
	}
	return t.end(true, nil)
}

// end commits or takes back for all, tells them, and gives the turn on. others
// is what they are told of a transaction that is taken back. It returns what
// the engine says.
func (t *sharedTx) end(commit bool, others error) (err error) {
	if commit {
		err = t.sqliteTx.commit(context.Background())
	} else {
		err = t.sqliteTx.rollback(context.Background())
	}
	t.err = errors.Join(others, err)
	t.done.Done()
	t.of.next(nil)
	return err
}

// sharedMember is one change in a shared transaction. It has the turn until it
// commits or rolls back.
type sharedMember struct {
	*sharedTx
	place int
	wrote bool
	over  bool // it was committed or taken back
}

func (m *sharedMember) exec(ctx context.Context, text string, args ...any) (int64, error) {
	m.wrote = true
	n, err := m.sqliteTx.exec(ctx, text, args...)
	return n, m.note(err)
}

func (m *sharedMember) query(ctx context.Context, text string, args ...any) (rows, error) {
	if !strings.HasPrefix(unmarked(text), "SELECT ") {
		m.wrote = true
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
	m.wrote = true
	return m.sqliteTx.raw()
}

// commit lets the next one in, who waits, and waits itself until the last has
// committed; where nobody waits it commits for all.
func (m *sharedMember) commit(context.Context) error {
	m.over = true
	for try := range 4 {
		if m.broken || m.members >= maxShared {
			break
		}
		if m.of.next(m.sharedTx) {
			m.done.Wait()
			return m.err
		}
		if try < 3 {
			runtime.Gosched() // somebody may be about to ask: half as many commits
		}
	}
	return m.end(true, nil)
}

// rollback takes back what the member did, and with it the whole transaction.
// Where it did nothing, the others go on.
func (m *sharedMember) rollback(ctx context.Context) (err error) {
	if m.over { // its commit has failed, and has taken all back
		return nil
	}
	m.over = true
	switch {
	case m.wrote || m.broken:
		err = m.end(false, errApart)
		if m.place > 1 {
			return errApart
		}
	case m.place > 1:
		if m.commit(ctx) != nil {
			return errApart // it may have failed for what the others did
		}
	case !m.of.next(m.sharedTx):
		err = m.end(false, nil)
	}
	return err
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
	return sqliteTx{tx: tx, conn: conn, own: &ownState{log: d.log}}, nil
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

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tenonhq/tenon"
)

// FileName is the database's name inside the data directory.
const FileName = "tenon.db"

// writerCache is less than readers have: whenever pages are divided, SQLite
// looks through all of the cache at the next commit. What a small change needs
// again, the upper pages of every tree, has room in it.
const writerCache = "cache_size(-8000)"

// sqliteDB is the embedded engine: one connection that writes, several that read.
type sqliteDB struct {
	writer, reader *sql.DB
	log            *checkpointer
	shared         sharedWriter
	people         knownPeople
	waiting        atomic.Int64 // about how many entries wait to be indexed
}

func openSQLite(ctx context.Context, dir string, maxPages int64) (*sqliteDB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	path := filepath.Join(dir, FileName)
	common := []string{"journal_mode(WAL)", "synchronous(NORMAL)", "busy_timeout(5000)", "foreign_keys(1)", "cache_size(-64000)", "temp_store(MEMORY)"}
	writing := append(common[:len(common):len(common)], logPages, writerCache)
	if maxPages > 0 {
		writing = append(writing[:len(writing):len(writing)], fmt.Sprintf("max_page_count(%d)", maxPages))
	}
	w, err := openKeeping(sqliteDSN(path, writing)+"&_txlock=immediate", false)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// More than one writer would only make "database is locked".
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	r, err := openKeeping(sqliteDSN(path, append(common[:len(common):len(common)], "query_only(1)")), true)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close())
	}
	r.SetMaxOpenConns(6)
	r.SetMaxIdleConns(6)
	l, err := openKeeping(sqliteDSN(path, common), false)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close(), r.Close())
	}
	d := &sqliteDB{writer: w, reader: r, log: startCheckpointer(l)}
	if err := w.PingContext(ctx); err != nil {
		return nil, errors.Join(d.translate(fmt.Errorf("open %s: %w", path, err)), d.close())
	}
	return d, nil
}

func sqliteDSN(path string, pragmas []string) string {
	q := url.Values{"vfs": {framesName}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func (d *sqliteDB) engine() string { return "sqlite" }
func (d *sqliteDB) raw() any       { return d.writer }

func (d *sqliteDB) close() error {
	return errors.Join(d.log.close(), d.reader.Close(), d.writer.Close())
}

func (d *sqliteDB) transact(ctx context.Context, m mode, fn func(querier) error) error {
	if m == changingLittle {
		return d.shared.change(ctx, d.writerTx, fn)
	}
	return transact(ctx, m, d.begin, fn)
}

func (d *sqliteDB) begin(ctx context.Context, m mode) (querier, error) {
	switch m {
	case changing:
		return d.writerTx(ctx)
	case asking:
		conn, err := d.reader.Conn(ctx)
		if err != nil {
			return nil, err
		}
		return &oneAsked{end: conn.Close, ask: func(ctx context.Context, text string, args ...any) (rows, error) {
			return conn.QueryContext(unwatched(ctx, text), text, args...)
		}}, nil
	}
	tx, err := d.reader.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return sqliteTx{tx: tx}, nil
}

// sqliteTx is a transaction; conn and own are the writer's, nil where it reads. A context that is over interrupts a statement that reads; to watch it
// during what is short, or changes, costs more than most of these take, so that
// it ends those before the next one.
type sqliteTx struct {
	tx   *sql.Tx
	conn *sql.Conn
	own  *ownState
}

// ownState is what a transaction that changes keeps in mind of the database,
// which nobody else changes meanwhile.
type ownState struct {
	log    *checkpointer
	people *knownPeople
	// nextID is the counter of ids, 0 where it was not read yet. It is written
	// when the transaction commits, if some were taken.
	nextID int64
	taken  bool
	// terms are words that are known to be kept.
	terms map[string]bool
}

func (t sqliteTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	res, err := t.tx.ExecContext(context.Background(), text, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t sqliteTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.conn != nil { // inside the transaction all the same, and nobody is set to watch it
		return t.conn.QueryContext(context.Background(), text, args...)
	}
	return t.tx.QueryContext(unwatched(ctx, text), text, args...)
}

// unwatched is a context that is not watched while a statement runs whose
// answer is kept: it is short.
func unwatched(ctx context.Context, text string) context.Context {
	if len(unmarked(text)) < len(text) {
		return context.Background()
	}
	return ctx
}

func (t sqliteTx) commit(context.Context) error {
	if t.own != nil && t.own.taken {
		all := context.Background() // what was done is kept, whoever waits for it or not
		if _, err := t.exec(all, `UPDATE counters SET next = max(next, $1) WHERE name = 'ids'`, t.own.nextID); err != nil {
			return errors.Join(err, t.rollback(all))
		}
	}
	var people int64
	tells := t.own != nil && t.own.people.asked.Load()
	if tells {
		if err := t.conn.QueryRowContext(context.Background(), peopleVersion).Scan(&people); err != nil {
			return errors.Join(err, t.rollback(context.Background()))
		}
	}
	err := t.release(t.tx.Commit())
	if err == nil && t.own != nil {
		t.own.log.committed()
	}
	if err == nil && tells {
		t.own.people.saw(people)
	}
	return err
}

func (t sqliteTx) rollback(context.Context) error { return t.release(t.tx.Rollback()) }
func (t sqliteTx) raw() any                       { return t.tx }
func (t sqliteTx) state() *ownState               { return t.own }

// ownState is that of the transaction, also where several share it; nil where
// it only reads.
func (d *sqliteDB) ownState(tx *Tx) *ownState {
	return tx.q.(interface{ state() *ownState }).state()
}

var sqliteWords = strings.NewReplacer(
	" BIGINT", " INTEGER", " SMALLINT", " INTEGER", " BOOLEAN", " INTEGER", " BYTEA", " BLOB",
	"{{strict}}", "STRICT", "{{key}}", "TEXT")

func (d *sqliteDB) macro(text string) string {
	return sqliteWords.Replace(only("sqlite", text))
}

func (d *sqliteDB) lockSchema(*Tx) error { return nil }

func (d *sqliteDB) retry(err error) bool {
	code, ok := sqliteCode(err)
	return ok && (code&0xff == sqlite3.SQLITE_BUSY || code&0xff == sqlite3.SQLITE_LOCKED)
}

func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

func (d *sqliteDB) translate(err error) error {
	code, ok := sqliteCode(err)
	if !ok {
		return err
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return &tenon.Error{Code: tenon.Unavailable, Message: "The disk is full. Nothing was changed. Make room and try again.", Err: err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &tenon.Error{Code: tenon.Busy, Message: "The database is busy. Nothing was changed. Try again in a moment.", Err: err}
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return &tenon.Error{Code: tenon.Unavailable, Message: "The database file is damaged, or is no database. Put it back from a backup.", Err: err}
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return &tenon.Error{Code: tenon.Unavailable, Message: "The database file cannot be written. Nothing was changed.", Err: err}
	}
	return err
}

func (d *sqliteDB) nextIDs(tx *Tx, n int) ([]int64, error) {
	own := d.ownState(tx)
	if own == nil {
		return nil, errors.New("store: ids are taken in a transaction that only reads")
	}
	if own.nextID == 0 {
		if err := tx.row(`SELECT next FROM counters WHERE name = 'ids'`).Scan(&own.nextID); err != nil {
			return nil, err
		}
	}
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = own.nextID
		own.nextID++
	}
	own.taken = true
	return ids, nil
}

func (d *sqliteDB) lockRows() string { return "" }
func (d *sqliteDB) holdRows() string { return "" }

func (d *sqliteDB) inBinders(column, param string) string {
	return column + " IN (SELECT value FROM json_each(" + param + "))"
}

func (d *sqliteDB) bindersArg(ids []tenon.BinderID) any {
	b, err := json.Marshal(ids)
	if err != nil {
		panic("store: a list of ids that cannot be written: " + err.Error())
	}
	return string(b)
}

// only keeps the parts of a migration that are for this engine:
// {{sqlite ...}} and {{postgres ...}}.
func only(engine, text string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "{{sqlite ")
		j := strings.Index(text, "{{postgres ")
		at, word := i, "sqlite"
		if i < 0 || (j >= 0 && j < i) {
			at, word = j, "postgres"
		}
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := strings.Index(text[at:], "}}")
		if end < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at])
		if word == engine {
			b.WriteString(text[at+len(word)+3 : at+end])
		}
		text = text[at+end+2:]
	}
}

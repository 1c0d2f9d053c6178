package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenonhq/tenon"
)

// dialect is everything in which the two engines differ, by what it is for.
// Each part is small; what implements one of them is beside what uses it.
type dialect interface {
	engineDialect
	schemaDialect
	lockDialect
	listDialect
	searchDialect
	copyDialect
}

// mode is what a transaction is for.
type mode byte

const (
	reading mode = iota
	asking       // it reads with one statement, which is a snapshot by itself
	changing
	changingLittle // it may share what it takes to commit
)

// engineDialect is the connection: transactions, and what errors mean.
type engineDialect interface {
	engine() string
	// transact runs fn in a transaction that is committed when fn returns nil.
	// fn may run in another goroutine.
	transact(ctx context.Context, m mode, fn func(querier) error) error
	close() error
	raw() any
	// retry tells whether the transaction may simply be run again.
	retry(err error) bool
	// translate turns the engine's errors into ours: a full disk, a busy database.
	translate(err error) error
}

// schemaDialect is what migrations and foreign tables need.
type schemaDialect interface {
	// macro expands the words of a migration file that differ.
	macro(text string) string
	// lockSchema lets one process at a time migrate.
	lockSchema(tx *Tx) error
	// queuedJobs returns the arguments of the jobs that wait or are at work, as
	// JSON. The queue makes its own tables; before it did, there are none.
	queuedJobs(tx *Tx) ([]string, error)
}

// lockDialect is what writers of one record share: ids and row locks.
type lockDialect interface {
	// nextIDs reserves n ids, in rising order, perhaps with gaps.
	nextIDs(tx *Tx, n int) ([]int64, error)
	// lockRows ends a SELECT that locks organizations; "" where a writer is alone anyway.
	lockRows() string
	// holdRows ends a SELECT that keeps a row as it is, beside others who do so.
	holdRows() string
}

// listDialect is the text of lists, and of lists of values in a statement.
type listDialect interface {
	// listText builds the statement of a list over several binders (list.go).
	listText(l *listQuery) string
	// listAll builds the statement of a list over all binders.
	listAll(l *listQuery) string
	// ownerText builds the statement of a list in the order of the owners' names (item_owner.go).
	ownerText(l *listQuery, where []string) string
	// countOne is what a list finds, without columns and order.
	countOne(l *listQuery) string
	// countText counts the items of the binders in $1 by kind.
	countText(index, where string) string
	// countEachText is countText for each binder: columns binder_id, kind, n.
	countEachText(index, where string) string
	// namedText selects the items, j, of the binders that have any of the names
	// (folded) and meet a condition, at most limit of them, by their ids.
	namedText(binders, names, where, limit string) string
	// inBinders is a condition that is true for rows of any of the binders in
	// the argument that bindersArg made.
	inBinders(column, param string) string
	bindersArg(ids []tenon.BinderID) any
	// inTexts is the same for texts, in the argument that textsArg made.
	inTexts(column, param string) string
	textsArg(texts []string) any
	// fieldText is the text of one field of a stored document, NULL where it is empty.
	fieldText(column string, a *args, field string) string
	// primaryAddress is true where the primary one of the addresses in a field of
	// a stored document is, in small letters, one of these.
	primaryAddress(column string, a *args, field, marks string) string
	// remember marks a statement whose answer may be kept until something
	// changes: one that is asked often and answers few rows.
	remember(text string) string
	// remembers tells whether that is so here.
	remembers() bool
	// walking makes a statement walk that index, where the engine takes a hint.
	walking(index string) string
	// values writes the placeholders of several rows, "($1,$2),($3,$4)".
	values(rows, cols int) string
}

// searchDialect is the full-text index (search.go, search_entry.go).
type searchDialect interface {
	// indexWords writes a search entry; searchID is the column of its id.
	indexWords(tx *Tx, id int64, words, terms []string, had bool) error
	// apiKey finds a key, with what ask asks for or what is known already.
	apiKey(hash string, ask func(func(*Tx) error) error) (knownKey, error)
	// waits tells that new entries wait before they are indexed; indexWaiting
	// does not let them wait any longer.
	waits() bool
	indexWaiting(tx *Tx) error
	searchID() string
	// indexNewWords writes the search entries of records that have none yet.
	indexNewWords(tx *Tx, entries []indexed, words [][]string) error
	// searchNewest answers several questions to the index, each with ids in
	// falling order; newestEntry is an arm of begun, "" where it needs none.
	searchNewest(tx *Tx, asks []searchAsk) ([][]int64, error)
	newestEntry() string
	// textRows is a table t of the texts that textsArg made, column term.
	textRows(param string) string
	// newTerms leaves out words that are known, where that is worth a look.
	newTerms(tx *Tx, terms []string) ([]string, error)
	// lockTerms lets nobody else add words; hasTerm is true for entries, s,
	// that have the word in the column.
	lockTerms(tx *Tx) error
	hasTerm(column string) string
	// joinIndex joins parts of the index; it tells whether there may be more.
	joinIndex(tx *Tx, first bool) (bool, error)
	// searchSize selects the bytes of the index and of the database.
	searchSize() string
	// proveSearch begins a comparison of the search index with the records.
	proveSearch(tx *Tx, whole bool) (searchProof, error)
}

// querier is one transaction of a driver.
type querier interface {
	exec(ctx context.Context, text string, args ...any) (int64, error)
	query(ctx context.Context, text string, args ...any) (rows, error)
	commit(ctx context.Context) error
	rollback(ctx context.Context) error
	raw() any
}

// rows is what both drivers' results have in common.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Scanner reads the columns of one row.
type Scanner interface{ Scan(dest ...any) error }

func (tx *Tx) exec(text string, args ...any) (int64, error) {
	if !tx.write {
		return 0, errors.New("store: a change inside Read")
	}
	if tx.before != nil {
		if err := tx.before(text); err != nil {
			return 0, err
		}
	}
	n, err := tx.q.exec(tx.ctx, text, args...)
	if err != nil {
		return 0, fmt.Errorf("%w [%s]", err, firstLine(text))
	}
	return n, nil
}

// run is exec where the number of rows does not matter.
func (tx *Tx) run(text string, args ...any) error {
	_, err := tx.exec(text, args...)
	return err
}

// each calls fn for every row.
func (tx *Tx) each(fn func(Scanner) error, text string, args ...any) error {
	if tx.before != nil {
		if err := tx.before(text); err != nil {
			return err
		}
	}
	r, err := tx.q.query(tx.ctx, text, args...)
	if err != nil {
		return fmt.Errorf("%w [%s]", err, firstLine(text))
	}
	for r.Next() {
		if err := fn(r); err != nil {
			return errors.Join(err, r.Close())
		}
	}
	if err := r.Err(); err != nil {
		return errors.Join(fmt.Errorf("%w [%s]", err, firstLine(text)), r.Close())
	}
	return r.Close()
}

// list collects one value of every row.
func list[T any](tx *Tx, scan func(Scanner, *T) error, text string, args ...any) ([]T, error) {
	var out []T
	err := tx.each(func(r Scanner) error {
		var v T
		if err := scan(r, &v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	}, text, args...)
	return out, err
}

// column collects the first column of every row.
func column[T any](tx *Tx, text string, args ...any) ([]T, error) {
	return list(tx, func(r Scanner, v *T) error { return r.Scan(v) }, text, args...)
}

// oneRow is a statement whose first row Scan reads.
type oneRow struct {
	tx   *Tx
	text string
	args []any
}

// errNoRow is returned by Scan where there is no row.
var errNoRow = errors.New("no row")

func (tx *Tx) row(text string, args ...any) *oneRow { return &oneRow{tx, text, args} }

func (r *oneRow) Scan(dest ...any) error {
	found := false
	err := r.tx.each(func(s Scanner) error {
		if found {
			return nil
		}
		found = true
		return s.Scan(dest...)
	}, r.text, r.args...)
	if err == nil && !found {
		return errNoRow
	}
	return err
}

func firstLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 120 {
		text = text[:120] + "..."
	}
	return text
}

// micros is how an instant is stored: microseconds, UTC.
func micros(t time.Time) int64 { return t.UnixMicro() }

func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }

// null stores 0 and "" as NULL.
func null[T ~int64 | ~string](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// instant reads stored microseconds; NULL is the zero time.
type instant struct{ dst *time.Time }

// Scan implements sql.Scanner.
func (n instant) Scan(src any) error {
	if src == nil {
		*n.dst = time.Time{}
		return nil
	}
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("an instant is stored as %T", src)
	}
	*n.dst = moment(us)
	return nil
}

// args collects the arguments of a statement that is put together.
type args []any

// add appends a value and returns its placeholder.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// maxArgs keeps multi-row statements below the smaller limit of both engines.
const maxArgs = 30000

// insertMany inserts rows of equal width in as few statements as the engines allow.
func (tx *Tx) insertMany(into string, cols int, rows [][]any, tail string) error {
	per := maxArgs / cols
	if per > 500 {
		per = 500
	}
	for len(rows) > 0 {
		n := min(per, len(rows))
		a := make([]any, 0, n*cols)
		for _, r := range rows[:n] {
			a = append(a, r...)
		}
		if err := tx.run("INSERT INTO "+into+" VALUES "+tx.d.values(n, cols)+tail, a...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// nouns are what can be looked for, so that its absence is said in the language
// of whoever looks.
var nouns = map[string]tenon.Quantity{
	"API key":              tenon.Form(1, "API key", "API keys"),
	"attachment":           tenon.Form(1, "attachment", "attachments"),
	"binder":               tenon.Form(1, "binder", "binders"),
	"counter":              tenon.Form(1, "counter", "counters"),
	"expiration":           tenon.Form(1, "expiration", "expirations"),
	"export":               tenon.Form(1, "export", "exports"),
	"flexible asset field": tenon.Form(1, "flexible asset field", "flexible asset fields"),
	"flexible asset type":  tenon.Form(1, "flexible asset type", "flexible asset types"),
	"group":                tenon.Form(1, "group", "groups"),
	"item":                 tenon.Form(1, "item", "items"),
	"link":                 tenon.Form(1, "link", "links"),
	"look-up row":          tenon.Form(1, "look-up row", "look-up rows"),
	"merged item":          tenon.Form(1, "merged item", "merged items"),
	"operation":            tenon.Form(1, "operation", "operations"),
	"organization":         tenon.Form(1, "organization", "organizations"),
	"relation":             tenon.Form(1, "relation", "relations"),
	"revision":             tenon.Form(1, "revision", "revisions"),
	"running operation":    tenon.Form(1, "running operation", "running operations"),
	"session":              tenon.Form(1, "session", "sessions"),
	"user":                 tenon.Form(1, "user", "users"),
	"version":              tenon.Form(1, "version", "versions"),
	"view":                 tenon.Form(1, "view", "views"),
}

// fail turns the absence of a row into NotFound and adds what was looked for.
func fail(what string, id int64, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errNoRow) || errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows) {
		if noun, known := nouns[what]; known {
			return tenon.Errorf(tenon.NotFound, "There is no %s %d.", noun, id)
		}
		return tenon.Errorf(tenon.NotFound, "There is no %s %d.", what, id)
	}
	return fmt.Errorf("%s %d: %w", what, id, err)
}

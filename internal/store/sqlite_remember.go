package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Some statements are asked again with every request and seldom give another
// answer: how long the whole of a list is, a setting. A connection that only
// reads keeps their answers for as long as nothing at all has changed: SQLite
// gives a connection a number that changes with every change by another
// connection, of this process or any other. An answer is a function of the
// statement, its arguments and the data; the viewer is among the arguments.

// rememberMark begins a statement whose answer is kept. It is a comment, so
// that a connection that keeps none may send it as it stands.
const rememberMark = "/* kept */ "

const (
	// maxAnswers is how many answers a connection keeps, maxAnswerRows of how
	// many rows one may be.
	maxAnswers    = 256
	maxAnswerRows = 64
)

func (d *sqliteDB) remember(text string) string { return rememberMark + text }

// unmarked is a statement without its mark.
func unmarked(text string) string {
	return strings.TrimPrefix(text, rememberMark)
}

func (d *sqliteDB) remembers() bool   { return true }
func (d *postgresDB) remembers() bool { return false }

// remember is nothing on PostgreSQL: it has no such number.
func (d *postgresDB) remember(text string) string { return text }

// answers are what a connection remembers.
type answers struct {
	version int64 // of the data that they are of
	of      map[string]*answer
	ask     fullStatement // for the version
}

// answer is all rows of a statement.
type answer struct {
	columns []string
	rows    [][]driver.Value
}

// remembered answers a statement from memory, where the version of the data is
// still that of when it was asked.
func (c *keepingConn) remembered(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	of := &c.data
	key, ok := answerKey(text, args)
	if !ok {
		return c.query(ctx, text, args)
	}
	version, err := c.version(ctx)
	if err != nil {
		return nil, err
	}
	if version != of.version || len(of.of) >= maxAnswers {
		clear(of.of)
		of.version = version
	}
	a := of.of[key]
	if a == nil {
		r, err := c.query(ctx, text, args)
		if err != nil {
			return nil, err
		}
		if a, err = readAnswer(r); err != nil {
			return nil, err
		}
		if len(a.rows) <= maxAnswerRows {
			of.of[key] = a
		}
	}
	return &answerRows{a, 0}, nil
}

// version is the number that changes with what is remembered. Inside a
// transaction it is that of its snapshot.
func (c *keepingConn) version(ctx context.Context) (int64, error) {
	of := &c.data
	if of.ask == nil {
		prepared, err := c.prepare(ctx, "PRAGMA data_version")
		if err != nil {
			return 0, err
		}
		of.ask = prepared
	}
	r, err := of.ask.QueryContext(ctx, nil)
	if err != nil {
		return 0, err
	}
	a, err := readAnswer(r)
	if err != nil {
		return 0, err
	}
	if len(a.rows) == 1 {
		if n, ok := a.rows[0][0].(int64); ok {
			return n, nil
		}
	}
	return 0, errors.New("SQLite does not tell the version of the data")
}

// answerKey names an answer; ok is false for arguments that it has no name for.
func answerKey(text string, args []driver.NamedValue) (key string, ok bool) {
	b := make([]byte, 0, len(text)+16*len(args))
	b = append(b, text...)
	for _, a := range args {
		switch x := a.Value.(type) {
		case int64:
			b = strconv.AppendInt(append(b, "\x00i"...), x, 10)
		case bool:
			b = strconv.AppendBool(append(b, "\x00b"...), x)
		case string:
			b = fmt.Appendf(b, "\x00t%d:%s", len(x), x)
		default:
			return "", false
		}
	}
	return string(b), true
}

// readAnswer reads all rows and closes them.
func readAnswer(r driver.Rows) (*answer, error) {
	a := &answer{columns: r.Columns()}
	for {
		row := make([]driver.Value, len(a.columns))
		if err := r.Next(row); errors.Is(err, io.EOF) {
			return a, r.Close()
		} else if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		a.rows = append(a.rows, row)
	}
}

// answerRows are the rows of an answer, read once more.
type answerRows struct {
	*answer
	at int
}

func (r *answerRows) Columns() []string { return r.columns }
func (r *answerRows) Close() error      { return nil }

func (r *answerRows) Next(dest []driver.Value) error {
	if r.at == len(r.rows) {
		return io.EOF
	}
	copy(dest, r.rows[r.at])
	r.at++
	return nil
}

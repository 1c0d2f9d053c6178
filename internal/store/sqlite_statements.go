package store

import (
	queue "container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"modernc.org/sqlite"
)

const (
	// keptStatements is how many prepared statements a connection keeps.
	keptStatements = 128
	// keptText is how long the text of one may be: longer ones are lists of ids,
	// which hardly come twice.
	keptText = 4096
)

// keepingConnector opens connections that keep their prepared statements.
// Preparing a short statement takes longer than running it: kept, creating an
// organization takes two thirds of the time.
type keepingConnector struct {
	dsn    string
	driver driver.Driver
	// reads says that its connections change nothing: they keep answers, too
	// (sqlite_remember.go).
	reads bool
}

// openKeeping opens a pool of such connections to an SQLite database.
func openKeeping(dsn string, reads bool) (*sql.DB, error) {
	if _, err := useFrames(); err != nil {
		return nil, err
	}
	plain, err := sql.Open("sqlite", dsn) // opens nothing yet: it knows the driver
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(&keepingConnector{dsn, plain.Driver(), reads}), plain.Close()
}

func (k *keepingConnector) Driver() driver.Driver { return k.driver }

func (k *keepingConnector) Connect(context.Context) (driver.Conn, error) {
	c, err := k.driver.Open(k.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := c.(fullConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks what its connections are used for"), c.Close())
	}
	conn := &keepingConn{fullConn: full, kept: map[string]*keptStatement{}, begin: "BEGIN IMMEDIATE"}
	if k.reads {
		conn.begin = "BEGIN"
		conn.data.of = map[string]*answer{}
	}
	return conn, nil
}

// fullConn is what a connection of the driver can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is one connection. database/sql uses it from one goroutine at a time.
type keepingConn struct {
	fullConn
	kept map[string]*keptStatement
	used queue.List // of *keptStatement, the latest first
	// begin is how a transaction begins. That statement, COMMIT and ROLLBACK are
	// prepared once, too.
	begin   string
	control map[string]fullStatement
	// What is remembered where of is not nil, until anything changes.
	data answers
}

// fullStatement is what a prepared statement of the driver can do.
type fullStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keptStatement is a prepared statement. While its rows are read it is busy,
// and who sends the same text meanwhile gets another.
type keptStatement struct {
	fullStatement
	text  string
	place *queue.Element
	busy  bool
}

// statement returns the kept statement of a text, nil where there is none to be had.
func (c *keepingConn) statement(ctx context.Context, text string) (*keptStatement, error) {
	if s := c.kept[text]; s != nil {
		if s.busy {
			return nil, nil
		}
		c.used.MoveToFront(s.place)
		return s, nil
	}
	if len(text) > keptText || !keepable(text) {
		return nil, nil
	}
	full, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &keptStatement{fullStatement: full, text: text}
	s.place = c.used.PushFront(s)
	c.kept[text] = s
	return s, c.forget()
}

// BeginTx implements driver.ConnBeginTx.
func (c *keepingConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	return keptTx{c}, c.run(ctx, c.begin)
}

// run sends a statement that begins or ends a transaction.
func (c *keepingConn) run(ctx context.Context, text string) error {
	s := c.control[text]
	if s == nil {
		prepared, err := c.prepare(ctx, text)
		if err != nil {
			return err
		}
		if c.control == nil {
			c.control = map[string]fullStatement{}
		}
		s = prepared
		c.control[text] = s
	}
	_, err := s.ExecContext(ctx, nil)
	return err
}

// prepare prepares a statement that stays with the connection.
func (c *keepingConn) prepare(ctx context.Context, text string) (fullStatement, error) {
	prepared, err := c.fullConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	full, ok := prepared.(fullStatement)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks what its statements are used for"), prepared.Close())
	}
	return full, nil
}

// keptTx is the transaction that a connection is in.
type keptTx struct{ c *keepingConn }

// Commit implements driver.Tx. Where it fails the transaction is taken back:
// the next one to use the connection must not find itself in it.
func (t keptTx) Commit() error {
	err := t.c.run(context.Background(), "COMMIT")
	if err == nil {
		return nil
	}
	if back := t.Rollback(); back != nil && !noTransaction(back) {
		return errors.Join(err, back)
	}
	return err
}

// Rollback implements driver.Tx.
func (t keptTx) Rollback() error { return t.c.run(context.Background(), "ROLLBACK") }

// noTransaction tells that there was nothing to take back: SQLite has done it
// with the statement that failed.
func noTransaction(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && strings.Contains(e.Error(), "no transaction is active")
}

// keepable tells what reads and changes rows from what changes the schema, the
// connection or the transaction.
func keepable(text string) bool {
	text = strings.TrimLeft(text, " \t\n")
	for _, verb := range []string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "} {
		if strings.HasPrefix(text, verb) {
			return true
		}
	}
	return false
}

// forget closes what was not used for longest, beyond the number that is kept.
func (c *keepingConn) forget() error {
	for at := c.used.Back(); at != nil && len(c.kept) > keptStatements; {
		s, before := at.Value.(*keptStatement), at.Prev()
		if !s.busy {
			c.used.Remove(at)
			delete(c.kept, s.text)
			if err := s.Close(); err != nil {
				return err
			}
		}
		at = before
	}
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.ExecContext(ctx, text, args)
	}
	return s.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if rest, marked := strings.CutPrefix(text, rememberMark); marked {
		if c.data.of != nil {
			return c.remembered(ctx, rest, args)
		}
		text = rest
	}
	return c.query(ctx, text, args)
}

func (c *keepingConn) query(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.QueryContext(ctx, text, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{rows, s}, nil
}

// Close closes the statements, and then the connection.
func (c *keepingConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	for _, s := range c.control {
		errs = append(errs, s.Close())
	}
	if c.data.ask != nil {
		errs = append(errs, c.data.ask.Close())
	}
	return errors.Join(append(errs, c.fullConn.Close())...)
}

// keptRows are the rows of a kept statement, which is free again when they are closed.
type keptRows struct {
	driver.Rows
	of *keptStatement
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

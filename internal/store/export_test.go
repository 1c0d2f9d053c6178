package store

import (
	"context"
	"errors"
	"strings"

	"github.com/tenonhq/tenon"
)

// ExplainItems returns the statement of a list of items and how the engine
// would carry it out.
func (tx *Tx) ExplainItems(v tenon.Viewer, q ItemQuery) (text, plan string, err error) {
	l, _, _, err := tx.itemList(v, &q)
	if err != nil {
		return "", "", err
	}
	text = l.text(tx.d)
	if strings.HasSuffix(q.Sort, "organization") {
		l, _, _, err = tx.itemList(v, &q)
		text = l.ownerText(tx.d)
	}
	if err != nil {
		return "", "", err
	}
	plan, err = tx.explain(text, l.args)
	return text, plan, err
}

// ExplainExpirations is ExplainItems for the list of expirations.
func (tx *Tx) ExplainExpirations(v tenon.Viewer, q ExpirationQuery) (string, error) {
	l, _, _, err := tx.expirationList(v, &q)
	if err != nil {
		return "", err
	}
	return tx.explain(l.text(tx.d), l.args)
}

// ExplainTrash is ExplainItems for the trash.
func (tx *Tx) ExplainTrash(v tenon.Viewer, q TrashQuery) (string, error) {
	text, a, err := tx.trashList(v, &q)
	if err != nil {
		return "", err
	}
	return tx.explain(text, a)
}

// ExplainEvents is ExplainItems for the activity log.
func (tx *Tx) ExplainEvents(v tenon.Viewer, q EventQuery) (string, error) {
	l, err := tx.eventList(v, &q)
	if err != nil {
		return "", err
	}
	return tx.explain(`SELECT `+eventColumns+` WHERE `+l.conditions()+l.tail(), l.args)
}

// ExplainCount is ExplainItems for the counts of an organization.
func (tx *Tx) ExplainCount(binders []tenon.BinderID) (string, error) {
	return tx.explain(tx.d.countText("items_by_id", "i.trashed_by IS NULL"), []any{tx.d.bindersArg(binders)})
}

// ExplainItemSlice is ExplainItems for a slice of the items of a kind.
func (tx *Tx) ExplainItemSlice(v tenon.Viewer, q ItemSlice) (string, error) {
	f := tx.itemsFrom(v, q)
	order, _, err := f.order(q.Sort)
	if err != nil {
		return "", err
	}
	return tx.explain(f.text(order, q.Limit, q.Skip), f.args)
}

func (tx *Tx) explain(text string, a []any) (string, error) {
	var lines []string
	if tx.d.engine() == "sqlite" {
		err := tx.each(func(r Scanner) error {
			var id, parent, n int64
			var detail string
			if err := r.Scan(&id, &parent, &n, &detail); err != nil {
				return err
			}
			lines = append(lines, detail)
			return nil
		}, "EXPLAIN QUERY PLAN "+text, a...)
		return strings.Join(lines, "\n"), err
	}
	lines, err := column[string](tx, "EXPLAIN "+text, a...)
	return strings.Join(lines, "\n"), err
}

// Tamper runs a statement that no method offers.
func (tx *Tx) Tamper(text string) error { return tx.run(text) }

// Reindex makes all search entries anew.
func (tx *Tx) Reindex() error { return tx.reindex() }

// ExplainEach runs fn and returns, for each statement that it reads with, how
// the engine carries it out, below its text.
func (tx *Tx) ExplainEach(fn func() error) ([]string, error) {
	e := &explaining{querier: tx.q, engine: tx.d.engine()}
	tx.q = e
	defer func() { tx.q = e.querier }()
	err := fn()
	return e.plans, err
}

type explaining struct {
	querier
	engine string
	plans  []string
}

func (e *explaining) query(ctx context.Context, text string, args ...any) (rows, error) {
	plan := strings.Join(strings.Fields(text), " ")
	ask, columns := "EXPLAIN ", []any{new(string)}
	if e.engine == "sqlite" {
		ask, columns = "EXPLAIN QUERY PLAN ", []any{new(int64), new(int64), new(int64), new(string)}
	}
	r, err := e.querier.query(ctx, ask+text, args...)
	if err != nil {
		return nil, err
	}
	for r.Next() {
		if err := r.Scan(columns...); err != nil {
			return nil, errors.Join(err, r.Close())
		}
		plan += "\n" + *columns[len(columns)-1].(*string)
	}
	if err := errors.Join(r.Err(), r.Close()); err != nil {
		return nil, err
	}
	e.plans = append(e.plans, plan)
	return e.querier.query(ctx, text, args...)
}

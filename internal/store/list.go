package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// listQuery is one page of a table whose rows name a binder. The engines need
// different texts once an organization owns several binders:
//
//   - SQLite walks the named index once per binder, and its sorter stops each
//     walk as soon as the page cannot change any more: 0.07 ms for 2 binders,
//     0.43 ms for 500. Without INDEXED BY it takes another index: 132 ms.
//   - PostgreSQL merges one ordered range per binder (Merge Append); a plain
//     IN or = ANY sorts the whole organization: 72 to 123 ms against 0.15.
//
// A list without binders (all organizations) walks a global index and asks
// reach row by row.
type listQuery struct {
	table   string // "items i"
	columns string // of the outer statement, without binder names
	index   string // SQLite: the index that gives the order
	where   []string
	order   []string // columns, each with " DESC" where it falls
	keys    []any    // cursor: values of the order columns of the last row seen
	limit   int
	binders []tenon.BinderID // nil: every binder
	args    args
}

// after returns the condition that skips what earlier pages have shown.
func (l *listQuery) after() string {
	if len(l.keys) == 0 {
		return ""
	}
	var cols, marks []string
	op := ">"
	for i, c := range l.order {
		name, desc := strings.CutSuffix(c, " DESC")
		if desc {
			op = "<"
		}
		cols = append(cols, name)
		marks = append(marks, l.args.add(l.keys[i]))
	}
	return "(" + strings.Join(cols, ", ") + ") " + op + " (" + strings.Join(marks, ", ") + ")"
}

func (l *listQuery) conditions(extra ...string) string {
	all := append(append([]string{}, extra...), l.where...)
	return strings.Join(all, " AND ")
}

func (l *listQuery) tail() string {
	return " ORDER BY " + strings.Join(l.order, ", ") + " LIMIT " + strconv.Itoa(l.limit)
}

// text builds the statement; call it once, as it adds arguments.
func (l *listQuery) text(d dialect) string {
	if c := l.after(); c != "" {
		l.where = append(l.where, c)
	}
	if len(l.where) == 0 {
		l.where = []string{"1 = 1"}
	}
	switch len(l.binders) {
	case 0:
		return d.listAll(l)
	case 1:
		one := "binder_id = " + l.args.add(l.binders[0])
		return "SELECT " + l.columns + " FROM " + l.table + " WHERE " + l.conditions(one) + l.tail()
	}
	return d.listText(l)
}

func (d *sqliteDB) listAll(l *listQuery) string {
	return "SELECT " + l.columns + " FROM " + l.table + d.indexedBy(l) + " WHERE " + l.conditions() + l.tail()
}

// indexedBy names the index; without one the statement is driven by ids, and
// SQLite is kept from walking another index instead.
func (d *sqliteDB) indexedBy(l *listQuery) string {
	if l.index == "" {
		return " NOT INDEXED"
	}
	return " INDEXED BY " + l.index
}

func (d *postgresDB) listAll(l *listQuery) string {
	return "SELECT " + l.columns + " FROM " + l.table + " WHERE " + l.conditions() + l.tail()
}

func (d *sqliteDB) listText(l *listQuery) string {
	in := d.inBinders("binder_id", l.args.add(d.bindersArg(l.binders)))
	return "SELECT " + l.columns + " FROM " + l.table + d.indexedBy(l) + " WHERE " + l.conditions(in) + l.tail()
}

// maxUnion is how many binders are listed as arms of a union; more go through LATERAL.
const maxUnion = 32

func (d *postgresDB) listText(l *listQuery) string {
	if len(l.binders) > maxUnion {
		p := l.args.add(d.bindersArg(l.binders))
		inner := "SELECT " + l.columns + " FROM " + l.table + " WHERE " + l.conditions("binder_id = one.b") + l.tail()
		return fmt.Sprintf("SELECT arm.* FROM unnest(%s::bigint[]) AS one(b) CROSS JOIN LATERAL (%s) AS arm%s", p, inner, l.outerTail())
	}
	// Few distinct texts, so that the server can keep its plans: the list is
	// padded with binder 0, which never exists. No LIMIT inside the arms: it
	// would keep the planner from merging them.
	n := 2
	for n < len(l.binders) {
		n *= 2
	}
	arms := make([]string, n)
	for i := range arms {
		var b tenon.BinderID
		if i < len(l.binders) {
			b = l.binders[i]
		}
		arms[i] = "(SELECT " + l.columns + " FROM " + l.table + " WHERE " + l.conditions("binder_id = "+l.args.add(b)) + " ORDER BY " + strings.Join(l.order, ", ") + ")"
	}
	return strings.Join(arms, " UNION ALL ") + l.outerTail()
}

// outerTail orders by the plain column names, without the table's alias.
func (l *listQuery) outerTail() string {
	cols := make([]string, len(l.order))
	for i, c := range l.order {
		if _, name, ok := strings.Cut(c, "."); ok {
			c = name
		}
		cols[i] = c
	}
	return " ORDER BY " + strings.Join(cols, ", ") + " LIMIT " + strconv.Itoa(l.limit)
}

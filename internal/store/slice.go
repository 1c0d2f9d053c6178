package store

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Slice asks for a part of a list by its place in the whole, and for how long
// the whole is. It serves those who page by number; everybody else takes a
// cursor, which costs the same on every page. Here a page costs what stands
// before it, or behind it where that is less, in entries of an index; and the
// whole is counted anew each time, so that the count is never wrong.
type Slice struct {
	Match []Match
	Sort  []SortKey // the id is added
	Skip  int64
	Limit int64
}

// SortKey is one column that a slice is sorted by.
type SortKey struct {
	Field string
	Desc  bool
}

// Match is one condition of a slice. Values are string, int64, bool or
// time.Time, as the field has it; a field has any of them, or with Not none.
// Without Values it lies between From and To, either of which may be nil.
type Match struct {
	Field    string
	Not      bool
	Values   []any
	From, To any
}

// nothing is the condition of a match that nothing can fulfil.
const nothing = "1 = 0"

// form is how the values of a column are compared.
type form byte

const (
	formNumber form = iota // ids, instants, yes or no
	formFolded             // names, by textkey.Fold
	formText               // texts as they stand, or whatever their case
	formStatus             // ids that are stored as text
)

// sliceColumn is a column that a slice can be matched or sorted by.
type sliceColumn struct {
	form form
	// text returns the expression; it may add arguments.
	text func(a *args) string
	// cond, where it is set, makes the whole condition.
	cond func(tx *Tx, v tenon.Viewer, a *args, m Match) (string, error)
}

func plain(f form, text string) sliceColumn {
	return sliceColumn{form: f, text: func(*args) string { return text }}
}

// sliceFrom is the table that a slice is cut from.
type sliceFrom struct {
	id     string // "i.id"
	table  string // "items i"
	where  []string
	args   args
	column func(name string) (sliceColumn, bool)
}

// slice returns the ids of the slice, in its order, and how many there are in all.
func (tx *Tx) slice(v tenon.Viewer, f sliceFrom, q Slice) (ids []int64, total int64, err error) {
	for _, m := range q.Match {
		c, ok := f.column(m.Field)
		if !ok {
			return nil, 0, tenon.FieldErrorf(m.Field, "This list cannot be filtered by %q.", m.Field)
		}
		text, err := c.match(tx, v, &f.args, m)
		if err != nil {
			return nil, 0, err
		}
		f.where = append(f.where, text)
	}
	from := f.from()
	counted := slices.Clone(f.args)
	order, back, err := f.order(q.Sort)
	if err != nil {
		return nil, 0, err
	}
	skip, limit := q.Skip, q.Limit
	if skip > 0 || limit <= 0 {
		if err := tx.row(tx.d.remember("SELECT count(*)"+from), counted...).Scan(&total); err != nil || skip >= total || limit <= 0 {
			return nil, total, err
		}
	}
	backwards := skip > total/2
	if backwards { // the end is nearer
		limit = min(limit, total-skip)
		skip = total - skip - limit
		order = back
	}
	text := f.text(order, limit, skip)
	if ids, err = column[int64](tx, text, f.args...); err != nil {
		return nil, 0, err
	}
	if backwards {
		slices.Reverse(ids)
	}
	if q.Skip > 0 {
		return ids, total, nil
	}
	if int64(len(ids)) < limit { // the first page is the whole: it is its own count
		return ids, int64(len(ids)), nil
	}
	err = tx.row(tx.d.remember("SELECT count(*)"+from), counted...).Scan(&total)
	return ids, total, err
}

func (f *sliceFrom) from() string {
	return " FROM " + f.table + " WHERE " + strings.Join(f.where, " AND ")
}

// text is the statement of a part of the list.
func (f *sliceFrom) text(order []string, limit, skip int64) string {
	text := "SELECT " + f.id + f.from() + " ORDER BY " + strings.Join(order, ", ") + " LIMIT " + f.args.add(limit)
	if skip > 0 {
		text += " OFFSET " + f.args.add(skip)
	}
	return text
}

// order returns the order of the slice, and its reverse.
func (f *sliceFrom) order(keys []SortKey) (order, back []string, err error) {
	desc := false
	add := func(text string, falls bool) {
		if falls {
			order, back = append(order, text+" DESC"), append(back, text)
		} else {
			order, back = append(order, text), append(back, text+" DESC")
		}
	}
	seen := map[string]bool{}
	for _, k := range keys {
		c, ok := f.column(k.Field)
		if !ok || c.text == nil {
			return nil, nil, tenon.FieldErrorf("sort", "This list cannot be sorted by %q.", k.Field)
		}
		if seen[k.Field] {
			continue
		}
		seen[k.Field] = true
		desc = k.Desc
		if k.Field == "id" {
			add(f.id, desc)
			return order, back, nil
		}
		text := c.text(&f.args)
		if c.form == formText {
			text = "COALESCE(lower(" + text + "), '')" // what is empty comes first, on both databases
		}
		add(text, desc)
	}
	add(f.id, desc)
	return order, back, nil
}

// match turns a match into a condition.
func (c *sliceColumn) match(tx *Tx, v tenon.Viewer, a *args, m Match) (string, error) {
	if c.cond != nil {
		return c.cond(tx, v, a, m)
	}
	if m.Values == nil {
		return c.between(a, m), nil
	}
	if c.form == formText {
		return c.anyText(a, m), nil
	}
	marks := make([]string, 0, len(m.Values))
	for _, x := range m.Values {
		if y := c.value(x); y != nil {
			marks = append(marks, a.add(y))
		}
	}
	switch {
	case len(marks) == 0 && m.Not:
		return "1 = 1", nil
	case len(marks) == 0:
		return nothing, nil
	case m.Not:
		t := c.text(a)
		return "(" + t + " IS NULL OR " + t + " NOT IN (" + strings.Join(marks, ",") + "))", nil
	}
	return c.text(a) + " IN (" + strings.Join(marks, ",") + ")", nil
}

// anyText compares texts that have no key of their own: as they stand, or
// whatever their case.
func (c *sliceColumn) anyText(a *args, m Match) string {
	var texts, lowered []string
	for _, x := range m.Values {
		s, ok := x.(string)
		if !ok {
			continue
		}
		texts = append(texts, a.add(s))
		for _, t := range cases(s) {
			lowered = append(lowered, a.add(t))
		}
	}
	if len(texts) == 0 {
		return nothing
	}
	text := "(" + c.text(a) + " IN (" + strings.Join(texts, ",") + ") OR lower(" + c.text(a) + ") IN (" + strings.Join(lowered, ",") + "))"
	if m.Not {
		return "NOT COALESCE(" + text + ", FALSE)"
	}
	return text
}

// maxCased is how many letters beyond ASCII cases turns one by one.
const maxCased = 4

// cases are what a text may be once the database has made small letters of it:
// SQLite, and PostgreSQL with some settings, know no letters but those of ASCII
// and leave "Ä" as it is. Where there are many such letters, they are taken to
// be all small or all large.
func cases(s string) []string {
	out := []string{""}
	cased := 0
	for _, r := range s {
		if unicode.ToUpper(r) != unicode.ToLower(r) && r >= utf8.RuneSelf {
			cased++
		}
	}
	if cased > maxCased {
		small := strings.ToLower(s)
		large := strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, s)
		return []string{small, large}
	}
	for _, r := range s {
		small, large := unicode.ToLower(r), unicode.ToUpper(r)
		both := small != large && r >= utf8.RuneSelf
		for i := range out {
			if both {
				out = append(out, out[i]+string(large))
			}
			out[i] += string(small)
		}
	}
	return out
}

func (c *sliceColumn) between(a *args, m Match) string {
	var parts []string
	if from := c.value(m.From); from != nil {
		parts = append(parts, c.text(a)+" >= "+a.add(from))
	}
	if to := c.value(m.To); to != nil {
		parts = append(parts, c.text(a)+" <= "+a.add(to))
	}
	if len(parts) == 0 {
		return "1 = 1"
	}
	return strings.Join(parts, " AND ")
}

// value is what a value is stored as, nil where it cannot be.
func (c *sliceColumn) value(x any) any {
	switch x := x.(type) {
	case time.Time:
		return micros(x)
	case string:
		if c.form == formFolded {
			return textkey.Fold(x)
		}
		if c.form == formNumber {
			return nil
		}
		return x
	case int64:
		if c.form == formStatus {
			return tenon.ItemID(x).String()
		}
		if c.form != formNumber {
			return nil
		}
		return x
	case bool:
		return x
	}
	return nil
}

// inOrder puts rows that came in any order into that of the ids.
func inOrder[T any](ids []int64, rows []T, id func(T) int64) []T {
	byID := make(map[int64]T, len(rows))
	for _, r := range rows {
		byID[id(r)] = r
	}
	out := make([]T, 0, len(ids))
	for _, n := range ids {
		if r, ok := byID[n]; ok {
			out = append(out, r)
		}
	}
	return out
}

// int64Marks is marks for values of a match that are ids.
func int64Marks(a *args, m Match) string {
	var marks []string
	for _, x := range m.Values {
		if n, ok := x.(int64); ok {
			marks = append(marks, a.add(n))
		}
	}
	return strings.Join(marks, ",")
}

// textMarks is the same for texts.
func textMarks(a *args, m Match) string {
	var marks []string
	for _, x := range m.Values {
		if s, ok := x.(string); ok {
			marks = append(marks, a.add(s))
		}
	}
	return strings.Join(marks, ",")
}

func (d *sqliteDB) fieldText(column string, a *args, field string) string {
	return "CAST(json_extract(" + column + ", " + a.add("$."+field) + ") AS TEXT)"
}

func (d *postgresDB) fieldText(column string, a *args, field string) string {
	return "(" + column + "::jsonb ->> " + a.add(field) + "::text)"
}

func (d *sqliteDB) primaryAddress(column string, a *args, field, marks string) string {
	return "EXISTS (SELECT 1 FROM json_each(" + column + ", " + a.add("$."+field) + ") pa WHERE json_extract(pa.value, '$.primary') = 1 AND lower(json_extract(pa.value, '$.value')) IN (" + marks + "))"
}

func (d *postgresDB) primaryAddress(column string, a *args, field, marks string) string {
	return "EXISTS (SELECT 1 FROM jsonb_array_elements(" + column + "::jsonb -> " + a.add(field) + "::text) pa WHERE pa.value ->> 'primary' = 'true' AND lower(pa.value ->> 'value') IN (" + marks + "))"
}

func (d *sqliteDB) walking(index string) string { return " INDEXED BY " + index }
func (d *postgresDB) walking(string) string     { return "" }

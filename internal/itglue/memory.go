package itglue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// cut is a slice of a list that is short enough to be loaded whole: users,
// groups, types and their fields. It matches and sorts by the records' values,
// as the store does for longer ones.
func cut(all []record, q store.Slice) ([]record, int64) {
	var out []record
	for _, rec := range all {
		if !slices.ContainsFunc(q.Match, func(m store.Match) bool { return !fits(&rec, m) }) {
			out = append(out, rec)
		}
	}
	slices.SortStableFunc(out, func(a, b record) int {
		desc := false
		for _, k := range q.Sort {
			desc = k.Desc
			if n := compare(field(&a, k.Field), field(&b, k.Field)); n != 0 {
				return turned(n, desc)
			}
		}
		return turned(cmp.Compare(a.id, b.id), desc)
	})
	total := int64(len(out))
	from := min(max(q.Skip, 0), total)
	return out[from:min(from+max(q.Limit, 0), total)], total
}

func turned(n int, desc bool) int {
	if desc {
		return -n
	}
	return n
}

// field is a value of a record, by our name.
func field(rec *record, name string) any {
	switch name {
	case "id":
		return rec.id
	case "created_at":
		return rec.created
	case "updated_at":
		return rec.updated
	}
	return rec.values[name]
}

func fits(rec *record, m store.Match) bool {
	x := field(rec, m.Field)
	if m.Values != nil {
		return slices.ContainsFunc(m.Values, func(y any) bool { return same(x, y) }) != m.Not
	}
	if m.From == nil && m.To == nil {
		return true
	}
	return x != nil && (m.From == nil || compare(x, m.From) >= 0) && (m.To == nil || compare(x, m.To) <= 0)
}

func same(x, y any) bool {
	switch y := y.(type) {
	case string:
		s, ok := x.(string)
		return ok && textkey.Fold(s) == textkey.Fold(y)
	case bool:
		b, _ := x.(bool)
		return b == y
	case int64:
		n, ok := x.(int64)
		return ok && n == y
	}
	return x == y
}

// compare orders values of one sort; what is empty comes first.
func compare(x, y any) int {
	switch a := x.(type) {
	case string:
		if b, ok := y.(string); ok {
			return strings.Compare(textkey.Fold(a), textkey.Fold(b))
		}
	case int64:
		if b, ok := y.(int64); ok {
			return cmp.Compare(a, b)
		}
	case float64:
		if b, ok := y.(float64); ok {
			return cmp.Compare(a, b)
		}
	case time.Time:
		if b, ok := y.(time.Time); ok {
			return a.Compare(b)
		}
	case bool:
		if b, _ := y.(bool); a != b {
			if a {
				return 1
			}
			return -1
		}
		return 0
	}
	return cmp.Compare(rank(x), rank(y))
}

func rank(x any) int {
	if x == nil {
		return 0
	}
	return 1
}

// smallSource stands behind resources that are short enough to be loaded whole.
type smallSource struct {
	path string
	all  func(r *request) ([]record, error)
	// Nil where it cannot be done. They work in the one transaction of a request.
	make   func(tx *store.Tx, r *request, in change) (int64, error)
	change func(tx *store.Tx, r *request, in change) error
	delete func(tx *store.Tx, r *request, id int64) error
}

func (s smallSource) list(r *request, q store.Slice) ([]record, int64, error) {
	all, err := s.all(r)
	if err != nil {
		return nil, 0, err
	}
	out, total := cut(all, q)
	return out, total, nil
}

func (s smallSource) get(r *request, ids []int64) ([]record, error) {
	all, err := s.all(r)
	if err != nil {
		return nil, err
	}
	out := make([]record, len(ids))
	for i, n := range ids {
		at := slices.IndexFunc(all, func(rec record) bool { return rec.id == n })
		if at < 0 {
			return nil, missing(r.s.resources[s.path], n)
		}
		out[i] = all[at]
	}
	return out, nil
}

func (s smallSource) create(r *request, in []change) ([]int64, error) {
	ids := make([]int64, len(in))
	err := r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) (err error) {
		ids[i], err = s.make(tx, r, in[i])
		return err
	})
	return ids, err
}

func (s smallSource) update(r *request, in []change) error {
	return r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error { return s.change(tx, r, in[i]) })
}

func (s smallSource) remove(r *request, ids []int64) error {
	return r.s.core.Batch(r.Context(), len(ids), func(tx *store.Tx, i int) error { return s.delete(tx, r, ids[i]) })
}

package tenon

import (
	"maps"
	"slices"
	"strings"
)

// Combine is what a field says after a merge: have is what the target says by
// now, add what the source says.
func (c FieldChoice) Combine(f *Field, have, add any) any {
	switch c {
	case TakeSource:
		return add
	case Append:
		a, _ := have.(string)
		b, _ := add.(string)
		switch {
		case a == "":
			return b
		case f.Type == RichText:
			return a + "<hr>" + b
		}
		return a + "\n\n" + b
	case Union:
		return union(have, add)
	}
	return have
}

// union joins lists, keeping the order; of objects the target's entries win,
// and so does its primary address.
func union(have, add any) any {
	switch add := add.(type) {
	case []string:
		old, _ := have.([]string)
		return join(old, add, strings.EqualFold)
	case []Address:
		old, _ := have.([]Address)
		add = slices.Clone(add)
		for i := range add {
			add[i].Primary = add[i].Primary && len(old) == 0
		}
		return join(old, add, func(a, b Address) bool { return strings.EqualFold(a.Value, b.Value) })
	case map[string]any:
		out := map[string]any{}
		maps.Copy(out, add)
		old, _ := have.(map[string]any)
		maps.Copy(out, old)
		return out
	}
	return have
}

// join appends what is not there yet.
func join[T any](old, add []T, same func(a, b T) bool) []T {
	out := slices.Clone(old)
	for _, x := range add {
		if !slices.ContainsFunc(out, func(y T) bool { return same(x, y) }) {
			out = append(out, x)
		}
	}
	return out
}

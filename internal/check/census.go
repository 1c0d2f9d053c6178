package check

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tenonhq/tenon/internal/store"
)

// Census is a count of everything that belongs to clients: each row with a
// hash of what it says. Invariant I3: it is equal before and after a merge, an
// undo, a delete and a restore, but for what the receipt names.
type Census map[string][16]byte

// Take takes the census on one snapshot.
func Take(ctx context.Context, st *store.Store) (Census, error) {
	var c Census
	err := st.Read(ctx, func(tx *store.Tx) error {
		c = Census{}
		return tx.SystemCensus(func(r store.CensusRow) error {
			c[r.Table+" "+r.Key] = r.Hash
			return nil
		})
	})
	return c, err
}

// Diff says how another census differs from this one, in order.
func (c Census) Diff(later Census) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(c)) {
		switch h, ok := later[k]; {
		case !ok:
			out = append(out, fmt.Sprintf("%s is gone", k))
		case h != c[k]:
			out = append(out, fmt.Sprintf("%s says something else", k))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(later)) {
		if _, ok := c[k]; !ok {
			out = append(out, fmt.Sprintf("%s is new", k))
		}
	}
	return out
}

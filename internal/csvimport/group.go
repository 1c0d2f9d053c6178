package csvimport

import (
	"context"
	"slices"

	"github.com/tenonhq/tenon/internal/store"
)

// assignment says which record each row of a repeated name takes. It is settled
// once, before the first row is written, and kept with the operation.
type assignment struct {
	Records map[int64]int64 `json:"records"`
}

// groups are the rows of the file that share a name.
type groups struct {
	p     *prepared
	rows  map[uint64][]member
	names map[uint64]string
	// open are the rows that no record says the same as; left are the records
	// that such rows of their group may take.
	open map[uint64][]*row
	left map[uint64][]int64
}

// member is a row in a group of one name.
type member struct {
	num     int64
	content uint64
}

// key returns the group of a row: its name and organization. Rows that say
// otherwise which record they mean are in none.
func (g *groups) key(tx *store.Tx, r *row) (uint64, bool) {
	if !g.p.repeated[hashText(r.name)] || !r.problem.IsZero() || r.id != 0 || g.p.target.place(tx, g.p, r) != nil {
		return 0, false
	}
	return g.keyOf(r.org.String(), r.name), true
}

func (g *groups) keyOf(org, name string) uint64 { return hashText(org + " " + name) }

// assign matches rows and records of one name one to one, so that as many rows
// as possible find a record that says what they say already: first those that
// say exactly the same, then those that would change nothing (a cell is empty,
// the field is not), then the rest in order. The first round takes nothing from
// the second: a row that would change nothing of an exact match would change
// nothing of what that match leaves free either.
func (g *groups) assign(ctx context.Context) error {
	waiting := map[int64]bool{}
	g.left = map[uint64][]int64{}
	err := g.pages(ctx, func(k uint64, records []*record) {
		open, left := g.exact(g.rows[k], records)
		if len(open) == 0 || len(left) == 0 {
			return
		}
		for _, num := range open {
			waiting[num] = true
		}
		g.left[k] = left
	})
	g.rows = nil
	if err != nil || len(waiting) == 0 {
		return err
	}
	if err := g.collect(ctx, waiting); err != nil {
		return err
	}
	return g.pages(ctx, func(k uint64, records []*record) {
		records = slices.DeleteFunc(records, func(x *record) bool { return !slices.Contains(g.left[k], x.id) })
		g.rest(g.open[k], records)
	})
}

// pages calls fn for every group with the records of its name.
func (g *groups) pages(ctx context.Context, fn func(k uint64, records []*record)) error {
	var keys []uint64
	for k := range g.names {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for page := range slices.Chunk(keys, 500) {
		var wanted []string
		for _, k := range page {
			wanted = append(wanted, g.names[k])
		}
		err := g.p.e.st.Read(ctx, func(tx *store.Tx) error {
			found, err := g.p.target.named(tx, g.p, unique(wanted))
			if err != nil {
				return err
			}
			for _, k := range page {
				var records []*record
				for _, x := range found[g.names[k]] {
					if g.keyOf(x.org.String(), g.names[k]) == k {
						records = append(records, x)
					}
				}
				fn(k, records)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exact gives each row the first record that says the same, and returns the
// rows and records that are left.
func (g *groups) exact(rows []member, records []*record) (open, left []int64) {
	byContent := map[uint64][]int64{}
	for _, x := range records {
		if !x.former {
			c := g.p.layout.contentOf(x)
			byContent[c] = append(byContent[c], x.id)
		}
	}
	taken := map[int64]bool{}
	for _, r := range rows {
		same := byContent[r.content]
		if len(same) == 0 {
			open = append(open, r.num)
			continue
		}
		g.p.assigned[r.num], byContent[r.content] = same[0], same[1:]
		taken[same[0]] = true
	}
	for _, x := range records {
		if !taken[x.id] {
			left = append(left, x.id)
		}
	}
	return open, left
}

// collect reads the rows that are still open.
func (g *groups) collect(ctx context.Context, waiting map[int64]bool) error {
	g.open = map[uint64][]*row{}
	err := g.p.each(ctx, 0, func(rows []*row) error {
		return g.p.e.st.Read(ctx, func(tx *store.Tx) error {
			for _, r := range rows {
				if !waiting[r.num] {
					continue
				}
				if key, ok := g.key(tx, r); ok {
					g.open[key] = append(g.open[key], r)
				}
			}
			return nil
		})
	})
	for k := range g.names {
		if g.open[k] == nil {
			delete(g.names, k)
		}
	}
	return err
}

// maxPairs bounds the search for the best match; larger groups go in order.
const maxPairs = 1 << 20

// rest matches what no record says the same as: as many as possible with a
// record that they would not change, by augmenting paths, the others in order.
func (g *groups) rest(rows []*row, records []*record) {
	byRecord := make([]int, len(records)) // the row that took it, -1 for none
	for i := range byRecord {
		byRecord[i] = -1
	}
	if len(rows)*len(records) <= maxPairs {
		for i := range rows {
			g.augment(i, rows, records, byRecord, make([]bool, len(records)))
		}
	}
	done := make([]bool, len(rows))
	for j, i := range byRecord {
		if i >= 0 {
			g.p.assigned[rows[i].num] = records[j].id
			done[i] = true
		}
	}
	j := 0
	for i, r := range rows {
		if done[i] {
			continue
		}
		for j < len(records) && byRecord[j] >= 0 {
			j++
		}
		if j == len(records) {
			return
		}
		g.p.assigned[r.num] = records[j].id
		j++
	}
}

// augment finds row i a record that it would not change, moving others where needed.
func (g *groups) augment(i int, rows []*row, records []*record, byRecord []int, seen []bool) bool {
	for j, x := range records {
		if seen[j] || !rows[i].changesNothing(x) {
			continue
		}
		seen[j] = true
		if byRecord[j] < 0 || g.augment(byRecord[j], rows, records, byRecord, seen) {
			byRecord[j] = i
			return true
		}
	}
	return false
}

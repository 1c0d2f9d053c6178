package bench

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/search"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var (
	searchItems = flag.Int("search-items", million, "how many items BenchmarkSearch makes")
	searchWorld = flag.String("search-world", "", "a folder, or the address of a PostgreSQL database, in which BenchmarkSearch keeps what it makes for the next time")
)

// BenchmarkSearch measures a mix of searches over a million items of 5,000
// organizations, by somebody who sees all and by two who do not.
func BenchmarkSearch(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			o := searchOptions(b, engine)
			l := newLexicon()
			orgs, firms := makeWorld(b, o, l)
			start := time.Now()
			st := storetest.OpenWith(b, o)
			b.Logf("%-10s %d entries ready in %.0f s; %s", engine, *searchItems, time.Since(start).Seconds(), indexSize(b, st))
			storetest.Exec(b, st, `ANALYZE`)
			viewers := map[string]tenon.Viewer{
				"everything": admin,
				"20 of 5000": reaching(b, st, orgs[:20]), "500 of 5000": reaching(b, st, orgs[20:520]),
			}
			for _, name := range slices.Sorted(maps.Keys(viewers)) {
				searches(b, st, l, name, viewers[name], firms)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// searchOptions say where the database is: a new one, or the one that is kept.
func searchOptions(b *testing.B, engine string) store.Options {
	b.Helper()
	o := store.Options{Now: time.Now}
	switch address := strings.HasPrefix(*searchWorld, "postgres"); {
	case *searchWorld != "" && engine == "sqlite" && !address:
		o.Dir = *searchWorld
	case *searchWorld != "" && engine != "sqlite" && address:
		o.DatabaseURL = *searchWorld
	default:
		o = storetest.Options(b, engine, storetest.NewClock())
		o.Now = time.Now
	}
	return o
}

// makeWorld makes the records, where they are not kept, and closes the
// database again.
func makeWorld(b *testing.B, o store.Options, l *lexicon) (orgs []tenon.OrgID, firms []string) {
	b.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, o)
	check(b, err)
	c := core.New(core.Options{Store: st})
	kept := organizationIDs(b, st)
	if len(kept) > 0 && len(samples(b, st, *searchItems, *searchItems-1)) == 0 {
		b.Fatalf("what is kept in %s is not whole, or is of another size: remove it", *searchWorld)
	}
	for from := 0; from < 5000; from += 1000 {
		in := make([]core.OrganizationChange, 1000)
		for i := range in {
			firms = append(firms, l.firm(from+i))
			in[i].Values = tenon.Values{"name": firms[from+i], "short_name": l.code(4), "quick_notes": l.text(20)}
		}
		if len(kept) > 0 {
			continue
		}
		check(b, st.Write(ctx, func(tx *store.Tx) error {
			_, _, err := c.CreateOrganizationsIn(tx, admin, in)
			return err
		}))
	}
	if orgs = kept; len(kept) == 0 {
		orgs = organizationIDs(b, st)
		fillWorded(b, st, l, orgs, firms, *searchItems)
	}
	check(b, st.Close())
	return orgs, firms
}

// organizationIDs are those of all organizations, in the order in which they were made.
func organizationIDs(b *testing.B, st *store.Store) (ids []tenon.OrgID) {
	b.Helper()
	q := store.OrgQuery{Page: tenon.Page{Limit: 1000, Sort: "id"}}
	for more := true; more; more = q.Cursor != "" {
		check(b, st.Read(context.Background(), func(tx *store.Tx) error {
			page, next, err := tx.ListOrganizations(admin, q)
			for _, o := range page {
				ids = append(ids, o.ID)
			}
			q.Cursor = next
			return err
		}))
	}
	return ids
}

// reaching adds somebody who sees no passwords, and reaches some organizations.
func reaching(b *testing.B, st *store.Store, orgs []tenon.OrgID) tenon.Viewer {
	b.Helper()
	id := int64(700_000) + int64(len(orgs))
	storetest.Exec(b, st, fmt.Sprintf(`INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES (%d, 'x', 'x', 'x%d', 'editor', 1, 1) ON CONFLICT DO NOTHING`, id, id))
	for _, o := range orgs {
		storetest.Exec(b, st, fmt.Sprintf(`INSERT INTO reach (user_id, binder_id) VALUES (%d, %d) ON CONFLICT DO NOTHING`, id, o))
	}
	return tenon.Viewer{User: tenon.UserID(id), Role: tenon.Editor, Denied: []tenon.Kind{tenon.Password}}
}

// searches times each sort of search.
func searches(b *testing.B, st *store.Store, l *lexicon, who string, v tenon.Viewer, firms []string) {
	b.Helper()
	const each = 40
	step := *searchItems / 400
	sample := samples(b, st, step, 0)
	sorts := map[string]func(tenon.Item) string{
		"name":        func(i tenon.Item) string { return i.Name },
		"prefix":      func(i tenon.Item) string { return strings.ToLower(i.Name[:min(len(i.Name), 2+l.r.IntN(5))]) },
		"one letter":  func(i tenon.Item) string { return strings.ToLower(i.Name[:1]) },
		"serial":      func(i tenon.Item) string { return orName(i, i.Values.Text("serial_number")) },
		"half serial": func(i tenon.Item) string { s := orName(i, i.Values.Text("serial_number")); return s[:min(6, len(s))] },
		"MAC": func(i tenon.Item) string {
			return orName(i, strings.ReplaceAll(strings.ToLower(i.Values.Text("mac_address")), ":", "-"))
		},
		"address":      func(i tenon.Item) string { return orName(i, i.Values.Text("primary_ip")) },
		"two words":    func(i tenon.Item) string { return pick(l, commonWords) + " " + l.prose[60+l.r.IntN(400)] },
		"two common":   func(tenon.Item) string { return pick(l, commonWords) + " " + pick(l, commonWords) },
		"common":       func(tenon.Item) string { return pick(l, commonWords) + " " },
		"common start": func(tenon.Item) string { w := pick(l, commonWords); return w[:min(len(w), 2+l.r.IntN(4))] },
		"typo":         func(tenon.Item) string { return slip(l, strings.Fields(pick(l, firms))[0]) },
		"nothing":      func(tenon.Item) string { return l.code(9) + " " + pick(l, commonWords) },
		"filters": func(tenon.Item) string {
			return "kind:config org:" + strings.Fields(pick(l, firms))[0] + " " + pick(l, commonWords)
		},
	}
	var all figure
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(sorts)) {
		var f figure
		found := 0
		for range each {
			text := sorts[name](pick(l, sample))
			f.time(func() {
				check(b, st.Read(context.Background(), func(tx *store.Tx) error {
					res, err := search.Run(tx, v, search.Parse(text), search.Options{Limit: 50, Each: 10})
					if err == nil {
						found += res.Count
					}
					return err
				}))
			})
		}
		all = append(all, f...)
		lines = append(lines, fmt.Sprintf("%s %.1f/%.1f (%d)", name, f.at(50), f.at(95), found/each))
	}
	b.ReportMetric(all.at(95), strings.ReplaceAll(who, " ", "-")+"-p95-ms")
	b.Logf("%-10s %s: all median %.1f ms, p95 %.1f, worst %.1f; median/p95 (found): %s", st.Engine(), who, all.at(50), all.at(95), all.at(100), strings.Join(lines, ", "))
}

func orName(i tenon.Item, s string) string {
	if s == "" {
		return i.Name
	}
	return s
}

// slip writes a word with one slip in it.
func slip(l *lexicon, w string) string {
	r := []rune(strings.ToLower(w))
	i := 1 + l.r.IntN(len(r)-2)
	switch l.r.IntN(3) {
	case 0:
		r[i], r[i+1] = r[i+1], r[i]
	case 1:
		r = slices.Delete(r, i, i+1)
	default:
		r = slices.Insert(r, i, 'x')
	}
	return string(r)
}

// samples are items from all over the database, one of each step from the first on.
func samples(b *testing.B, st *store.Store, step, first int) []tenon.Item {
	b.Helper()
	var ids []tenon.ItemID
	for n := first; n < *searchItems; n += step {
		ids = append(ids, tenon.ItemID(1_000_000+3*n))
	}
	var out []tenon.Item
	check(b, st.Read(context.Background(), func(tx *store.Tx) error {
		items, err := tx.GetItems(admin, ids)
		for _, i := range items {
			out = append(out, *i)
		}
		return err
	}))
	return out
}

// indexSize tells how large the index is.
func indexSize(b *testing.B, st *store.Store) string {
	b.Helper()
	var index, terms, all int64
	check(b, st.Read(context.Background(), func(tx *store.Tx) (err error) {
		index, terms, all, err = tx.SystemSearchSize()
		return err
	}))
	return fmt.Sprintf("index %d MB, %d words to complete, database %d MB", index>>20, terms, all>>20)
}

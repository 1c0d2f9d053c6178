package store

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// This file looks for items of two sides that are probably the same. Each
// question goes to one table, by values at hand: as one join this is quicker to
// write, but on tables just filled, of which PostgreSQL knows nothing yet, it
// starts from all rows of the larger side and takes minutes. Questions that do
// not wait for each other are arms of one statement, which the engines plan one
// by one.

// Twin is a pair of items of one kind that share a name or a look-up key.
type Twin struct {
	Kind  tenon.Kind
	A, B  tenon.ItemID
	NameA string
	NameB string
	Field string
}

// Suspect is an item whose twin is looked for elsewhere.
type Suspect struct {
	ID      tenon.ItemID
	Name    string
	nameKey string
}

// Comparison is a kind that has items on two sides.
type Comparison struct {
	Kind      tenon.Kind
	In, Other []tenon.BinderID // where the suspects are, and where their twins are looked for
	Suspects  []Suspect
}

// Suspects fills in the suspects of each comparison, at most limit of them, in
// the order of their ids.
func (tx *Tx) Suspects(v tenon.Viewer, of []Comparison, limit int) error {
	var u union
	for i := range of {
		l := listQuery{table: "items i", columns: "i.id, i.name, i.name_key", index: "items_by_id", order: []string{"i.id"}, limit: limit, binders: of[i].In, args: u.args}
		l.where = []string{"i.trashed_by IS NULL", "i.kind = " + l.args.add(int64(of[i].Kind)), l.args.seesItem(v, "i")}
		text := l.text(tx.d)
		u.args = l.args
		u.items(text)
	}
	found, err := u.suspects(tx)
	for i := range found {
		of[i].Suspects = found[i]
	}
	return err
}

// search is a comparison by one field.
type search struct {
	*Comparison
	field   string
	keys    map[tenon.ItemID][]string // of the suspects
	matches map[tenon.ItemID][]string // records that have one of the keys, anywhere
	found   map[string][]Suspect      // by the key that they share
}

// Twins returns, for each of the comparisons, pairs of a suspect and an item of
// the same kind in Other that share a key of a field by which items of the kind
// are recognized, or the folded name: at most limit pairs for each field. It
// takes three statements, however many suspects there are.
func (tx *Tx) Twins(v tenon.Viewer, of []Comparison, limit int) ([][]Twin, error) {
	var all, byKey []*search
	for i := range of {
		for _, f := range of[i].Kind.Info().Identity {
			s := &search{Comparison: &of[i], field: f, found: map[string][]Suspect{}}
			all = append(all, s)
			if f == "name" {
				s.names()
			} else {
				byKey = append(byKey, s)
			}
		}
	}
	if err := tx.searchKeys(byKey); err != nil {
		return nil, err
	}
	if err := tx.searchItems(v, all, limit); err != nil {
		return nil, err
	}
	out := make([][]Twin, len(of))
	for i := range of {
		for _, s := range all {
			if s.Comparison == &of[i] {
				out[i] = append(out[i], s.twins(limit)...)
			}
		}
	}
	return out, nil
}

// searchKeys finds the keys of the suspects, and then which records have them.
func (tx *Tx) searchKeys(searches []*search) error {
	var u union
	for _, s := range searches {
		ids := make([]tenon.BinderID, len(s.Suspects))
		for i, x := range s.Suspects {
			ids[i] = tenon.BinderID(x.ID)
		}
		u.keys(`SELECT k.record_id, k.key FROM record_keys k` + tx.d.walking("record_keys_record") + ` WHERE k.field = ` + u.add(s.field) + ` AND ` + tx.d.inBinders("k.record_id", u.add(tx.d.bindersArg(ids))))
	}
	keys, err := u.records(tx)
	if err != nil {
		return err
	}
	u = union{}
	for i, s := range searches {
		s.keys = keys[i]
	}
	searches = slices.DeleteFunc(searches, func(s *search) bool { return len(s.keys) == 0 })
	for _, s := range searches {
		u.keys(`SELECT q.record_id, q.key FROM record_keys q WHERE q.field = ` + u.add(s.field) + ` AND ` + tx.d.inTexts("q.key", u.add(tx.d.textsArg(s.texts()))))
	}
	matches, err := u.records(tx)
	for i := range matches {
		searches[i].matches = matches[i]
	}
	return err
}

// searchItems finds the items that have the names, or are among the matches of
// the keys: at most limit for each search.
func (tx *Tx) searchItems(v tenon.Viewer, searches []*search, limit int) error {
	var u union
	searches = slices.DeleteFunc(slices.Clone(searches), func(s *search) bool { return s.field != "name" && len(s.matches) == 0 })
	for _, s := range searches {
		where := `j.kind = ` + u.add(int64(s.Kind)) + ` AND j.trashed_by IS NULL AND ` + u.seesItem(v, "j")
		binders, most := u.add(tx.d.bindersArg(s.Other)), u.add(limit)
		if s.field == "name" {
			u.items(tx.d.namedText(binders, u.add(tx.d.textsArg(s.texts())), where, most))
			continue
		}
		u.items(`SELECT j.id, j.name, j.name_key FROM items j` + tx.d.walking("items_by_id") + ` WHERE ` + tx.d.inBinders("j.binder_id", binders) + ` AND ` + where +
			` AND ` + tx.d.inBinders("j.id", u.add(tx.d.bindersArg(binderIDs(slices.Collect(maps.Keys(s.matches)))))) + ` ORDER BY j.id LIMIT ` + most)
	}
	items, err := u.suspects(tx)
	for i := range items {
		s := searches[i]
		for _, t := range items[i] {
			keys := s.matches[t.ID]
			if s.field == "name" {
				keys = []string{t.nameKey}
			}
			for _, key := range keys {
				s.found[key] = append(s.found[key], t)
			}
		}
	}
	return err
}

// names makes the folded names the keys.
func (s *search) names() {
	s.keys = make(map[tenon.ItemID][]string, len(s.Suspects))
	for _, x := range s.Suspects {
		s.keys[x.ID] = []string{x.nameKey}
	}
}

// texts are all keys of the suspects.
func (s *search) texts() []string {
	return distinct(slices.Concat(slices.Collect(maps.Values(s.keys))...))
}

// twins pairs the suspects with what has their keys.
func (s *search) twins(limit int) []Twin {
	var out []Twin
	for _, x := range s.Suspects {
		for _, key := range s.keys[x.ID] {
			same := s.found[key]
			for _, t := range same[:min(len(same), limit-len(out))] {
				out = append(out, Twin{Kind: s.Kind, A: x.ID, NameA: x.Name, B: t.ID, NameB: t.Name, Field: s.field})
			}
		}
	}
	return out
}

// union is several questions in one statement. Each arm is numbered, and keeps
// its own order and limit.
type union struct {
	args
	arms []string
}

// items adds a question for items, keys one for keys of records.
func (u *union) items(text string) {
	u.arms = append(u.arms, `SELECT `+strconv.Itoa(len(u.arms))+`, s.id, s.name, s.name_key FROM (`+text+`) AS s`)
}

func (u *union) keys(text string) {
	u.arms = append(u.arms, `SELECT `+strconv.Itoa(len(u.arms))+`, s.record_id, s.key FROM (`+text+`) AS s`)
}

func (u *union) text() string { return strings.Join(u.arms, " UNION ALL ") }

// suspects asks for items: those of each arm, in the order of their ids.
func (u *union) suspects(tx *Tx) ([][]Suspect, error) {
	out := make([][]Suspect, len(u.arms))
	if len(out) == 0 {
		return nil, nil
	}
	err := tx.each(func(r Scanner) error {
		var arm int
		var s Suspect
		if err := r.Scan(&arm, &s.ID, &s.Name, &s.nameKey); err != nil {
			return err
		}
		out[arm] = append(out[arm], s)
		return nil
	}, u.text(), u.args...)
	for _, found := range out {
		slices.SortFunc(found, func(a, b Suspect) int { return cmp.Compare(a.ID, b.ID) })
	}
	return out, err
}

// records asks for keys: those of each record, in order, for each arm.
func (u *union) records(tx *Tx) ([]map[tenon.ItemID][]string, error) {
	out := make([]map[tenon.ItemID][]string, len(u.arms))
	if len(out) == 0 {
		return nil, nil
	}
	for i := range out {
		out[i] = map[tenon.ItemID][]string{}
	}
	err := tx.each(func(r Scanner) error {
		var arm int
		var id tenon.ItemID
		var key string
		if err := r.Scan(&arm, &id, &key); err != nil {
			return err
		}
		out[arm][id] = append(out[arm][id], key)
		return nil
	}, u.text(), u.args...)
	for _, keys := range out {
		for _, of := range keys {
			slices.Sort(of)
		}
	}
	return out, err
}

// SQLite would walk the whole kind where nothing names the index.
func (d *sqliteDB) namedText(binders, names, where, limit string) string {
	return `SELECT j.id, j.name, j.name_key FROM items j` + d.walking("items_by_name") + ` WHERE ` + d.inBinders("j.binder_id", binders) + ` AND ` + where +
		` AND ` + d.inTexts("j.name_key", names) + ` ORDER BY j.id LIMIT ` + limit
}

// PostgreSQL would walk the whole kind in the order of the ids, where it hopes
// to find enough soon: OFFSET 0 keeps the limit from it.
func (d *postgresDB) namedText(binders, names, where, limit string) string {
	return `SELECT t.id, t.name, t.name_key FROM (SELECT j.id, j.name, j.name_key FROM items j WHERE ` + d.inBinders("j.binder_id", binders) + ` AND ` + where +
		` AND ` + d.inTexts("j.name_key", names) + ` OFFSET 0) AS t ORDER BY t.id LIMIT ` + limit
}

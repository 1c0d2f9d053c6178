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

// perArm is how many suspects one arm asks about. Of more PostgreSQL may think
// that reading everything is cheaper.
const perArm = 500

// search is a comparison by one field, of some of the suspects.
type search struct {
	*Comparison
	suspects []Suspect
	field    string
	keys     map[tenon.ItemID][]string // of the suspects
	matches  map[tenon.ItemID][]string // records that have one of the keys, anywhere
	found    map[string][]Suspect      // by the key that they share
}

// Twins returns, for each of the comparisons, pairs of a suspect and an item of
// the same kind in Other that share a key of a field by which items of the kind
// are recognized, or the folded name: at most limit pairs for each field and
// five hundred suspects. It takes three statements, however many suspects there are.
func (tx *Tx) Twins(v tenon.Viewer, of []Comparison, limit int) ([][]Twin, error) {
	var all, byKey []*search
	for i := range of {
		for chunk := range slices.Chunk(of[i].Suspects, perArm) {
			for _, f := range of[i].Kind.Info().Identity {
				s := &search{Comparison: &of[i], suspects: chunk, field: f, found: map[string][]Suspect{}}
				all = append(all, s)
				if f == "name" {
					s.names()
				} else {
					byKey = append(byKey, s)
				}
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
		ids := make([]tenon.BinderID, len(s.suspects))
		for i, x := range s.suspects {
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
		// By itself SQLite would walk the whole kind.
		index := tx.d.walking("items_by_id")
		if s.field == "name" {
			index = tx.d.walking("items_by_name")
		}
		where := tx.d.inBinders("j.binder_id", u.add(tx.d.bindersArg(s.Other))) + ` AND j.kind = ` + u.add(int64(s.Kind)) + ` AND j.trashed_by IS NULL AND ` + u.seesItem(v, "j")
		if s.field == "name" {
			where += ` AND ` + tx.d.inTexts("j.name_key", u.add(tx.d.textsArg(s.texts())))
		} else {
			where += ` AND ` + tx.d.inBinders("j.id", u.add(tx.d.bindersArg(binderIDs(slices.Collect(maps.Keys(s.matches))))))
		}
		u.items(`SELECT j.id, j.name, j.name_key FROM items j` + index + ` WHERE ` + where + ` ORDER BY j.id LIMIT ` + u.add(limit))
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
	s.keys = make(map[tenon.ItemID][]string, len(s.suspects))
	for _, x := range s.suspects {
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
	for _, x := range s.suspects {
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

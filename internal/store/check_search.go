package store

import (
	"hash/maphash"
	"slices"
	"strings"
)

// postgresSearch compares the index entries of a page with freshly made ones,
// in one statement.
type postgresSearch struct{ tx *Tx }

func (d *postgresDB) proveSearch(tx *Tx, _ bool) (searchProof, error) { return postgresSearch{tx}, nil }

func (p postgresSearch) faults(page []indexed) ([]int64, error) {
	ids, lines := entryColumns(page, wordsOfPage(page))
	return column[int64](p.tx, `SELECT w.id FROM unnest($1::bigint[], $2::text[]) AS w(id, line) JOIN search s ON s.id = w.id
		WHERE s.words <> array_to_tsvector(string_to_array(w.line, ' '))`, ids, lines)
}

func wordsOfPage(page []indexed) [][]string {
	words := make([][]string, len(page))
	for i := range page {
		words[i], _ = entryWords(&page[i])
	}
	return words
}

// sqliteSearch compares sums. The index keeps no text, only which word stands
// in which entry, in the order of words: to ask it about one entry reads on in
// the list of every word of that entry. So it is read once, in its own order,
// and each word adds to the sum of its entry; an entry is right where its sum
// is that of a fresh one. A million entries take some 16 MB.
type sqliteSearch struct {
	tx   *Tx
	seed maphash.Seed
	sums map[int64]uint64
}

func (d *sqliteDB) proveSearch(tx *Tx, whole bool) (searchProof, error) {
	waiting, err := tx.waitingEntries()
	if err != nil {
		return nil, err
	}
	if !whole {
		return sqliteSample{tx, waiting}, nil
	}
	p := &sqliteSearch{tx: tx, seed: maphash.MakeSeed(), sums: map[int64]uint64{}}
	for _, w := range waiting {
		for word := range strings.FieldsSeq(w.words) {
			p.sums[w.id] += p.sum(word)
		}
	}
	var word string
	var id int64
	return p, tx.each(func(r Scanner) error {
		if err := r.Scan(&word, &id); err != nil {
			return err
		}
		p.sums[id] += p.sum(word)
		return nil
	}, `SELECT term, doc FROM search_words`)
}

func (p *sqliteSearch) sum(word string) uint64 {
	h := maphash.String(p.seed, word) * 0x9e3779b97f4a7c15 // spreads what differs in few bits
	return h ^ h>>32
}

func (p *sqliteSearch) faults(page []indexed) ([]int64, error) {
	var out, none []int64
	for i := range page {
		want := uint64(0)
		words, _ := entryWords(&page[i])
		for _, w := range words {
			want += p.sum(w)
		}
		switch have, there := p.sums[page[i].id]; {
		case !there:
			none = append(none, page[i].id)
		case have != want:
			out = append(out, page[i].id)
		}
	}
	if len(none) == 0 {
		return out, nil
	}
	// An entry without any word is wrong: there is its binder at least.
	empty, err := column[int64](p.tx, `SELECT rowid FROM search WHERE `+p.tx.d.inBinders("rowid", "$1"), p.tx.d.bindersArg(binderIDs(none)))
	return append(out, empty...), err
}

// sqliteSample looks each record up under its own words. It sees that they are
// there, and not whether there are others.
type sqliteSample struct {
	tx      *Tx
	waiting []waitingEntry
}

// maxSample is how many words of an entry a sample asks for.
const maxSample = 60

func (p sqliteSample) faults(page []indexed) ([]int64, error) {
	var out []int64
	for i := range page {
		id := page[i].id
		words, _ := entryWords(&page[i])
		if at := slices.IndexFunc(p.waiting, func(w waitingEntry) bool { return w.id == id }); at >= 0 {
			if p.waiting[at].words != " "+strings.Join(words, " ")+" " {
				out = append(out, id)
			}
			continue
		}
		match := `"` + strings.Join(words[:min(len(words), maxSample)], `" AND "`) + `"`
		var there, found int64
		err := p.tx.row(`SELECT (SELECT count(*) FROM search WHERE rowid = $1), (SELECT count(*) FROM search WHERE rowid = $1 AND search MATCH $2)`,
			id, match).Scan(&there, &found)
		if err != nil {
			return nil, err
		}
		if there == 1 && found == 0 {
			out = append(out, id)
		}
	}
	return out, nil
}

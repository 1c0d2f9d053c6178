package store

import (
	"database/sql"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"unicode"

	"github.com/tenonhq/tenon/internal/textkey"
)

// postgresSearch compares the index entries of a page with freshly made ones,
// in one statement.
type postgresSearch struct{ tx *Tx }

func (d *postgresDB) proveSearch(tx *Tx, _ bool) (searchProof, error) { return postgresSearch{tx}, nil }

func (p postgresSearch) close() error { return nil }

func (p postgresSearch) faults(page []indexed) ([]int64, error) {
	ids, names, bodies, scopes := entryColumns(page)
	return column[int64](p.tx, `SELECT w.id FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS w(id, name, body, scope) JOIN search s ON s.id = w.id
		WHERE s.words <> setweight(to_tsvector('simple', w.name), 'A') || to_tsvector('simple', w.body) || array_to_tsvector(ARRAY[w.scope])`,
		ids, names, bodies, scopes)
}

// sqliteSearch compares sums. The index keeps no text, only which word stands
// where in which entry, in the order of words: to ask it about one entry reads
// on in the list of every word of that entry. So it is read once, in its own
// order, and each place of a word adds to the sum of its entry; an entry is
// right where its sum is that of a fresh one. A million entries take some 16 MB.
//
// What the words of a text are says the engine itself: a second index of the
// same form, in memory, takes the texts of one page.
type sqliteSearch struct {
	tx      *Tx
	seed    maphash.Seed
	sums    map[int64]uint64
	scratch *sql.DB
}

func (d *sqliteDB) proveSearch(tx *Tx, whole bool) (searchProof, error) {
	if !whole {
		return sqliteSample{tx}, nil
	}
	p := &sqliteSearch{tx: tx, seed: maphash.MakeSeed(), sums: map[int64]uint64{}}
	return p, tx.each(func(r Scanner) error { return p.addPosting(p.sums, r) }, `SELECT term, col, doc, "offset" FROM search_words`)
}

func (p *sqliteSearch) close() error {
	if p.scratch == nil {
		return nil
	}
	return p.scratch.Close()
}

// addPosting reads one place of a word, as a vocabulary of the index lists it.
func (p *sqliteSearch) addPosting(sums map[int64]uint64, r Scanner) error {
	var word, column string
	var id, place int64
	if err := r.Scan(&word, &column, &id, &place); err != nil {
		return err
	}
	sums[id] += p.place(word, column, place)
	return nil
}

func (p *sqliteSearch) place(word, column string, place int64) uint64 {
	h := maphash.String(p.seed, word) ^ uint64(column[0])<<56 ^ uint64(place)
	h *= 0x9e3779b97f4a7c15 // spreads what differs in few bits
	return h ^ h>>32
}

func (p *sqliteSearch) faults(page []indexed) ([]int64, error) {
	want := map[int64]uint64{}
	var hard []indexed
	for i := range page {
		if !p.plain(want, &page[i]) {
			hard = append(hard, page[i])
		}
	}
	if err := p.tokenized(want, hard); err != nil {
		return nil, err
	}
	var out, none []int64
	for i := range page {
		id := page[i].id
		switch have, there := p.sums[id]; {
		case !there:
			none = append(none, id)
		case have != want[id]:
			out = append(out, id)
		}
	}
	if len(none) == 0 {
		return out, nil
	}
	// An entry without any word is wrong: there is its binder at least.
	empty, err := column[int64](p.tx, `SELECT rowid FROM search WHERE `+p.tx.d.inBinders("rowid", "$1"), p.tx.d.bindersArg(binderIDs(none)))
	return append(out, empty...), err
}

// plain adds the sum of an entry in ASCII, whose words are known without asking.
func (p *sqliteSearch) plain(want map[int64]uint64, x *indexed) bool {
	name, body := textkey.Fold(x.name), textkey.Fold(x.words)
	if strings.ContainsFunc(name, notASCII) || strings.ContainsFunc(body, notASCII) {
		return false
	}
	sum := p.place(scopeWord(x.binder), "scope", 0)
	for _, c := range []struct{ column, text string }{{"name", name}, {"body", body}} {
		n := int64(0)
		for word := range strings.FieldsFuncSeq(c.text, notASCIIWord) {
			sum += p.place(word, c.column, n)
			n++
		}
	}
	want[x.id] = sum
	return true
}

func notASCII(r rune) bool { return r >= 128 }

// tokenized adds the sums of entries whose words only the engine knows.
func (p *sqliteSearch) tokenized(want map[int64]uint64, page []indexed) error {
	if len(page) == 0 {
		return nil
	}
	ctx := p.tx.ctx
	if p.scratch == nil {
		if err := p.openScratch(); err != nil {
			return err
		}
	}
	for _, x := range page {
		_, err := p.scratch.ExecContext(ctx, `INSERT INTO search (rowid, name, body, scope) VALUES ($1, $2, $3, $4)`,
			x.id, textkey.Fold(x.name), textkey.Fold(x.words), scopeWord(x.binder))
		if err != nil {
			return err
		}
	}
	rows, err := p.scratch.QueryContext(ctx, `SELECT term, col, doc, "offset" FROM search_words`)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := p.addPosting(want, rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	_, err = p.scratch.ExecContext(ctx, `INSERT INTO search (search) VALUES ('delete-all')`)
	return err
}

// openScratch makes the index in memory, in the very form of the real one.
func (p *sqliteSearch) openScratch() error {
	form, err := column[string](p.tx, `SELECT sql FROM sqlite_master WHERE name IN ('search', 'search_words') ORDER BY name`)
	if err != nil {
		return err
	}
	if p.scratch, err = sql.Open("sqlite", ":memory:"); err != nil {
		return err
	}
	p.scratch.SetMaxOpenConns(1) // each connection would have a memory of its own
	for _, text := range form {
		if _, err := p.scratch.ExecContext(p.tx.ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// sqliteSample looks each record up under its own words. It sees that they are
// there, and not whether there are others.
type sqliteSample struct{ tx *Tx }

func (p sqliteSample) close() error { return nil }

func (p sqliteSample) faults(page []indexed) ([]int64, error) {
	var out []int64
	for _, x := range page {
		match := `scope : "` + scopeWord(x.binder) + `"`
		for _, c := range []struct{ column, text string }{{"name", x.name}, {"body", x.words}} {
			if words := probeWords(textkey.Fold(c.text)); words != "" {
				match += " AND " + c.column + " : (" + words + ")"
			}
		}
		var there, found int64
		err := p.tx.row(`SELECT (SELECT count(*) FROM search WHERE rowid = $1), (SELECT count(*) FROM search WHERE rowid = $1 AND search MATCH $2)`,
			x.id, match).Scan(&there, &found)
		if err != nil {
			return nil, err
		}
		if there == 1 && found == 0 {
			out = append(out, x.id)
		}
	}
	return out, nil
}

// probeWords writes the first words of a text as terms of a search.
func probeWords(text string) string {
	const most = 60
	words := strings.FieldsFunc(text, notASCIIWord)
	// Quotes around signs alone hold no word, and match nothing.
	words = slices.DeleteFunc(words, func(w string) bool {
		return !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
	})
	if len(words) > most {
		words = words[:most]
	}
	for i, w := range words {
		words[i] = `"` + w + `"`
	}
	return strings.Join(words, " AND ")
}

// notASCIIWord tells what separates words for certain: the tokenizer agrees
// about ASCII; letters of other scripts are left to it, between quotes.
func notASCIIWord(r rune) bool {
	return r < 128 && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
}

package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tenonhq/tenon/internal/textkey"
)

// A record is found by the words of its search entry. They are made here and
// not by the databases, so that both find the same. Beside the words that a
// person would type stand marked ones, which no text can hold:
//
//	=word   it stands in the name
//	^beg    a word of the name begins so, up to maxBegin letters
//	@12     the binder; never the owner, or a merge would write it again
//	#4      the kind, 0 for an organization
//	%vip    a tag
//	~31     on PostgreSQL, how new the record is (see searchNewest)
const (
	markName   = "="
	markBegin  = "^"
	markBinder = "@"
	markKind   = "#"
	markTag    = "%"
)

const (
	// maxBegin is up to how many letters the beginnings of names are words of
	// their own: what has so few letters is the beginning of too many words to
	// gather them while somebody waits.
	maxBegin = 4
	// maxEntry bounds the words of one record; PostgreSQL takes 1 MB.
	maxEntry = 20_000
	// minTerm and maxTerm are the letters of words that are kept to complete
	// and to correct what is typed.
	minTerm, maxTerm = 3, 24
)

// entryWords returns the words of a record's entry, each once; terms are those
// of them that are kept to complete and correct what is typed.
func entryWords(e *indexed) (words, terms []string) {
	w := wordSet{words: make([]string, 0, 64)}
	w.add(markBinder + e.binder.String())
	w.add(markKind + strconv.Itoa(int(e.kind)))
	textkey.EachPiece(e.name, func(p textkey.Piece) {
		eachWord(p, func(word string) { w.addTerm(word); w.addName(word) }, func(word string) { w.add(word); w.addName(word) })
	})
	for _, t := range e.tags {
		if word := TagWord(t); word != "" {
			w.add(markTag + word)
		}
	}
	textkey.EachPiece(e.words, func(p textkey.Piece) { eachWord(p, w.addTerm, func(word string) { w.add(word) }) })
	return w.words, w.terms
}

// wordSet gathers the words of an entry.
type wordSet struct {
	words, terms []string
	seen         map[string]bool // of words, where there are more than a look through them is quick for
}

// fewWords are looked through sooner than a map is made of them.
const fewWords = 48

// add adds a word; false where it is there, or there are too many.
func (s *wordSet) add(word string) bool {
	if s.has(word) || len(s.words) == maxEntry {
		return false
	}
	s.words = append(s.words, word)
	switch {
	case s.seen != nil:
		s.seen[word] = true
	case len(s.words) > fewWords:
		s.seen = make(map[string]bool, 4*fewWords)
		for _, w := range s.words {
			s.seen[w] = true
		}
	}
	return true
}

func (s *wordSet) has(word string) bool {
	if s.seen != nil {
		return s.seen[word]
	}
	return slices.Contains(s.words, word)
}

func (s *wordSet) addTerm(word string) {
	if s.add(word) && isTerm(word) {
		s.terms = append(s.terms, word)
	}
}

// addName adds what a word of a name is found by besides.
func (s *wordSet) addName(word string) {
	s.add(markName + word)
	n := 0
	for i := range word {
		if n++; n > 1 && n <= maxBegin+1 {
			s.add(markBegin + word[:i])
		}
	}
	if n <= maxBegin {
		s.add(markBegin + word)
	}
}

// eachWord calls word with the words that a piece of text is found by, and
// joined with those that only spell it as one: they are no words of a language.
func eachWord(p textkey.Piece, word, joined func(string)) {
	for _, w := range p.Words {
		word(w)
		if stem := textkey.Stem(w); stem != "" {
			word(stem)
		}
	}
	if p.Joined != "" {
		joined(p.Joined)
		if stem := textkey.Stem(p.Joined); stem != "" {
			joined(stem)
		}
	}
}

// TagWord is a tag as one word: tags are held equal by their letters and digits.
func TagWord(tag string) string {
	var b strings.Builder
	textkey.EachPiece(tag, func(p textkey.Piece) {
		for _, w := range p.Words {
			b.WriteString(w)
		}
	})
	return b.String()
}

// indexWords writes the search entry of a record in the transaction of its
// change; had tells that it may have one.
func (tx *Tx) indexWords(e *indexed, had bool) error {
	words, terms := entryWords(e)
	return tx.d.indexWords(tx, e.id, words, terms, had)
}

// indexNew is indexWords for many records that have no entry yet.
func (tx *Tx) indexNew(entries []indexed) error {
	words := make([][]string, len(entries))
	for i := range entries {
		var terms []string
		words[i], terms = entryWords(&entries[i])
		tx.noteTerms(terms)
	}
	return tx.d.indexNewWords(tx, entries, words)
}

// noteTerms keeps words for keepTerms.
func (tx *Tx) noteTerms(terms []string) {
	if tx.terms == nil {
		tx.terms = map[string]bool{}
	}
	for _, t := range terms {
		tx.terms[t] = true
	}
}

func isTerm(w string) bool {
	n := utf8.RuneCountInString(w)
	return n >= minTerm && n <= maxTerm && textkey.IsWord(w)
}

// keepTerms adds the words that were noted to those that are known. It runs
// last in a transaction and in one order, because on PostgreSQL somebody who
// adds the same word waits for this one to end.
func (tx *Tx) keepTerms() error {
	if len(tx.terms) == 0 {
		return nil
	}
	terms := make([]string, 0, len(tx.terms))
	for t := range tx.terms {
		terms = append(terms, t)
	}
	clear(tx.terms)
	slices.Sort(terms)
	terms, err := tx.d.newTerms(tx, terms)
	if err != nil || len(terms) == 0 {
		return err
	}
	return tx.run(`INSERT INTO search_terms (term) SELECT t.term FROM `+tx.d.textRows("$1")+` WHERE TRUE ORDER BY t.term ON CONFLICT DO NOTHING`, tx.d.textsArg(terms))
}

// maxOwnTerms is how many words a transaction keeps in mind, about.
const maxOwnTerms = 10_000

// newTerms looks first: nearly all words are known, and a statement that may
// insert several rows makes the index write what it holds in memory.
func (d *sqliteDB) newTerms(tx *Tx, terms []string) ([]string, error) {
	own := d.ownState(tx)
	terms = slices.DeleteFunc(terms, func(t string) bool { return own.terms[t] })
	if len(terms) == 0 {
		return nil, nil
	}
	if own.terms == nil {
		own.terms = map[string]bool{}
	}
	if len(own.terms) < maxOwnTerms {
		for _, t := range terms {
			own.terms[t] = true // they are there, or are inserted now
		}
	}
	return column[string](tx, `SELECT t.term FROM `+d.textRows("$1")+` WHERE NOT EXISTS (SELECT 1 FROM search_terms x WHERE x.term = t.term) ORDER BY t.term`, d.textsArg(terms))
}

func (d *postgresDB) newTerms(_ *Tx, terms []string) ([]string, error) { return terms, nil }

func (d *sqliteDB) textRows(param string) string {
	return `(SELECT value AS term FROM json_each(` + param + `)) AS t`
}

func (d *postgresDB) textRows(param string) string { return `unnest(` + param + `::text[]) AS t(term)` }

// tidyTerms and tidyPages are how many words, and how many pages of the index,
// one transaction of TidySearch deals with: some ten milliseconds.
const tidyTerms, tidyPages = 500, 200

// TidySearch forgets words that no record has any more, and joins the parts in
// which the index of SQLite grows: each is looked into for every word.
func (s *Store) TidySearch(ctx context.Context) error {
	for after, more := "", true; more; {
		err := s.Write(ctx, func(tx *Tx) (err error) {
			after, err = tx.SystemSweepTerms(after, tidyTerms)
			return err
		})
		if err != nil {
			return err
		}
		more = after != ""
	}
	for first, more := true, true; more; first = false {
		err := s.Write(ctx, func(tx *Tx) (err error) {
			more, err = tx.d.joinIndex(tx, first)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// joinIndex joins some of the index; a negative number begins to join all.
func (d *sqliteDB) joinIndex(tx *Tx, first bool) (bool, error) {
	pages := tidyPages
	if first {
		pages = -pages
	}
	var before, after int64
	if err := tx.row(`SELECT total_changes()`).Scan(&before); err != nil {
		return false, err
	}
	if err := tx.run(`INSERT INTO search (search, rank) VALUES ('merge', $1)`, pages); err != nil {
		return false, err
	}
	err := tx.row(`SELECT total_changes()`).Scan(&after)
	return after-before >= 2, err // less: there was nothing to do
}

func (d *postgresDB) joinIndex(*Tx, bool) (bool, error) { return false, nil }

// SystemSweepTerms forgets words that no record has any more, among the next
// limit known ones after a word; it returns the last it looked at, "" at the
// end. While it runs no other transaction adds words.
func (tx *Tx) SystemSweepTerms(after string, limit int) (string, error) {
	if err := errors.Join(tx.d.lockTerms(tx), tx.d.indexWaiting(tx)); err != nil {
		return "", err
	}
	page, err := column[string](tx, `SELECT term FROM search_terms WHERE term > $1 ORDER BY term LIMIT $2`, after, limit)
	if err != nil || len(page) == 0 {
		return "", err
	}
	err = tx.run(`DELETE FROM search_terms WHERE term > $1 AND term <= $2 AND NOT EXISTS (SELECT 1 FROM search s WHERE `+tx.d.hasTerm("search_terms.term")+`)`,
		after, page[len(page)-1])
	return page[len(page)-1], err
}

func (d *sqliteDB) lockTerms(*Tx) error { return nil } // there is one writer

func (d *postgresDB) lockTerms(tx *Tx) error {
	return tx.run(`LOCK TABLE search_terms IN SHARE ROW EXCLUSIVE MODE`)
}

func (d *sqliteDB) hasTerm(column string) string {
	return `s.search MATCH '"' || ` + column + ` || '"'`
}
func (d *postgresDB) hasTerm(column string) string {
	return `s.words @@ quote_literal(` + column + `)::tsquery`
}

func (d *postgresDB) indexWords(tx *Tx, id int64, words, terms []string, _ bool) error {
	tx.noteTerms(terms)
	return tx.run(`INSERT INTO search (id, words) VALUES ($1, array_to_tsvector($2::text[])) ON CONFLICT (id) DO UPDATE SET words = excluded.words`,
		id, append(words, newness(id)...))
}

func (d *sqliteDB) indexNewWords(tx *Tx, entries []indexed, words [][]string) error {
	rows := make([][]any, len(entries))
	for i := range entries {
		rows[i] = []any{entries[i].id, strings.Join(words[i], " ")}
	}
	return tx.insertMany("search (rowid, words)", 2, rows, "")
}

func (d *postgresDB) indexNewWords(tx *Tx, entries []indexed, words [][]string) error {
	ids, lines := entryColumns(entries, words)
	return tx.run(`INSERT INTO search (id, words) SELECT w.id, array_to_tsvector(string_to_array(w.line, ' ')) FROM unnest($1::bigint[], $2::text[]) AS w(id, line)`, ids, lines)
}

// entryColumns turns search entries into the columns that PostgreSQL takes as arrays.
func entryColumns(entries []indexed, words [][]string) (ids []int64, lines []string) {
	for i := range entries {
		ids = append(ids, entries[i].id)
		lines = append(lines, strings.Join(append(words[i], newness(entries[i].id)...), " "))
	}
	return ids, lines
}

// newSmall and newLarge are the widths, in bits of ids, of the spans that the
// words of newness name.
const newSmall, newLarge = 13, 17

// newness is the words that say how new a record is on PostgreSQL.
func newness(id int64) []string { return []string{newWord(id, newSmall), newWord(id, newLarge)} }

func newWord(id int64, bits int) string {
	return "~" + strconv.Itoa(bits) + "." + strconv.FormatInt(id>>bits, 10)
}

// unindexWords forgets a record that is purged.
func (tx *Tx) unindexWords(ids []int64) error {
	var a args
	list := a.add(tx.d.bindersArg(binderIDs(ids)))
	if tx.d.waits() {
		tx.searched.knowsWaiting = false
		if err := tx.run(`DELETE FROM search_waiting WHERE `+tx.d.inBinders("id", list), a...); err != nil {
			return err
		}
	}
	return tx.run(`DELETE FROM search WHERE `+tx.d.inBinders(tx.d.searchID(), list), a...)
}

func (d *sqliteDB) searchID() string   { return "rowid" }
func (d *postgresDB) searchID() string { return "id" }

// reindexAsked makes all entries anew where a step of the schema asks for it.
func (tx *Tx) reindexAsked() error {
	n, err := tx.exec(`DELETE FROM counters WHERE name = 'reindex'`)
	if err != nil || n == 0 {
		return err
	}
	return tx.reindex()
}

// SystemSearchSize returns the bytes of the index, the words of letters it
// knows, and the bytes of the whole database.
func (tx *Tx) SystemSearchSize() (index, terms, all int64, err error) {
	if err := tx.row(`SELECT count(*) FROM search_terms`).Scan(&terms); err != nil {
		return 0, 0, 0, err
	}
	err = tx.row(tx.d.searchSize()).Scan(&index, &all)
	return index, terms, all, err
}

func (d *sqliteDB) searchSize() string {
	return `SELECT (SELECT SUM(LENGTH(block)) FROM search_data), (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())`
}

func (d *postgresDB) searchSize() string {
	return `SELECT pg_total_relation_size('search'), pg_database_size(current_database())`
}

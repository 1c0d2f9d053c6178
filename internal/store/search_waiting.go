package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// To put one entry into the index of SQLite takes nearly as long as everything
// else that is written with a new organization: each commit makes a part of the
// index, with its lists of words and pages, and parts are joined again. So new
// entries wait in a plain table, their words beside them, until there are some;
// whoever writes the last of those puts all of them into the index, in the
// transaction of that change. Searches look through the table as well, so that
// everything is found from the moment it is there.

// maxWaiting is how many entries wait, about. Every search reads them, which
// takes a tenth of a millisecond.
const maxWaiting = 64

// waitingEntry is an entry that waits: its words with a space around each, and
// those of them that complete and correct what is typed.
type waitingEntry struct {
	id    int64
	words string
	terms []string
}

func (d *sqliteDB) indexWords(tx *Tx, id int64, words, terms []string, had bool) error {
	tx.searched.knowsWaiting = false
	if had {
		if err := tx.run(`DELETE FROM search WHERE rowid = $1`, id); err != nil {
			return err
		}
	}
	if err := tx.run(`INSERT OR REPLACE INTO search_waiting (id, words, terms) VALUES ($1, $2, $3)`, id, strings.Join(words, " "), strings.Join(terms, " ")); err != nil {
		return err
	}
	n := d.waiting.Add(1)
	if n == 1 { // others may have left some, or a change that was taken back
		if err := tx.row(`SELECT count(*) FROM search_waiting`).Scan(&n); err != nil {
			return err
		}
		d.waiting.Store(n)
	}
	if n < maxWaiting {
		return nil
	}
	return d.indexWaiting(tx)
}

// indexWaiting puts the entries that wait into the index. The count begins anew
// even if the transaction is taken back: then more of them wait for a while.
func (d *sqliteDB) indexWaiting(tx *Tx) error {
	tx.searched.knowsWaiting = false
	all, err := tx.waitingEntries()
	if err != nil || len(all) == 0 {
		return err
	}
	rows := make([][]any, len(all))
	for i, e := range all {
		rows[i] = []any{e.id, e.words}
		tx.noteTerms(e.terms)
	}
	if err := tx.insertMany("search (rowid, words)", 2, rows, ""); err != nil {
		return err
	}
	d.waiting.Store(0)
	tx.searched.knowsWaiting = false
	return tx.run(`DELETE FROM search_waiting`)
}

// waitingArm selects the entries that wait as an arm of another statement.
const waitingArm = `SELECT -2 AS at, words || char(10) || terms AS term, id AS entry FROM search_waiting`

// waitingOf makes an entry of what waitingArm selects.
func waitingOf(id int64, text string) waitingEntry {
	words, terms, _ := strings.Cut(text, "\n")
	return waitingEntry{id: id, words: " " + words + " ", terms: strings.Fields(terms)}
}

// waitingEntries returns the entries that wait, as this transaction sees them.
func (tx *Tx) waitingEntries() ([]waitingEntry, error) {
	if tx.searched.knowsWaiting || !tx.d.waits() {
		return tx.searched.waiting, nil
	}
	_, err := tx.begun(nil, 0, "")
	return tx.searched.waiting, err
}

func (d *sqliteDB) waits() bool   { return true }
func (d *postgresDB) waits() bool { return false } // its index has such a list of its own

// has tells whether the words of an entry meet a condition, as the index would.
func (w *waitingEntry) has(e *expr) bool {
	switch e.op {
	case '&':
		return !slices.ContainsFunc(e.kids, func(k expr) bool { return !w.has(&k) })
	case '|':
		return slices.ContainsFunc(e.kids, func(k expr) bool { return w.has(&k) })
	}
	after := " "
	if e.begins {
		after = ""
	}
	return strings.Contains(w.words, " "+e.word+after)
}

// addWaiting adds to what the index has found what is found among the entries
// that wait: the newest of both, the newest first.
func (ask *searchAsk) addWaiting(found []int64, waiting []waitingEntry) []int64 {
	n := len(found)
	for i := range waiting {
		if w := &waiting[i]; w.id < ask.before && w.has(&ask.e) {
			found = append(found, w.id)
		}
	}
	if len(found) > n {
		slices.SortFunc(found, func(x, y int64) int { return cmp.Compare(y, x) })
		found = found[:min(len(found), ask.limit)]
	}
	return found
}

// addWaitingTerms adds words of entries that wait to those of the index that
// begin so: the shortest first, at most limit.
func addWaitingTerms(terms []string, begin string, limit int, waiting []waitingEntry) []string {
	n := len(terms)
	for _, w := range waiting {
		for _, t := range w.terms {
			if strings.HasPrefix(t, begin) && !slices.Contains(terms, t) {
				terms = append(terms, t)
			}
		}
	}
	if len(terms) > n {
		slices.SortFunc(terms, func(x, y string) int {
			return cmp.Or(cmp.Compare(utf8.RuneCountInString(x), utf8.RuneCountInString(y)), cmp.Compare(x, y))
		})
		terms = terms[:min(len(terms), limit)]
	}
	return terms
}

func (d *postgresDB) indexWaiting(*Tx) error { return nil }

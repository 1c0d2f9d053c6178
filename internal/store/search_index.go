package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// expr is a condition on the words of entries.
type expr struct {
	op     byte // '&', '|', or 0 for a word
	word   string
	begins bool
	kids   []expr
}

func word(w string) expr { return expr{word: w} }

func oneOf(kids ...expr) expr { return joinExprs('|', kids) }

func allOf(kids ...expr) expr { return joinExprs('&', kids) }

func joinExprs(op byte, kids []expr) expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return expr{op: op, kids: kids}
}

// write renders the expression with the engine's words for it.
func (e *expr) write(b *strings.Builder, quote, begins, and, or string) {
	if e.op == 0 {
		b.WriteString(quote + e.word + quote)
		if e.begins {
			b.WriteString(begins)
		}
		return
	}
	glue := and
	if e.op == '|' {
		glue = or
	}
	b.WriteByte('(')
	for i := range e.kids {
		if i > 0 {
			b.WriteString(glue)
		}
		e.kids[i].write(b, quote, begins, and, or)
	}
	b.WriteByte(')')
}

func (tx *Tx) searchExpr(q SearchQuery, kinds []tenon.Kind, near []tenon.BinderID) expr {
	var all []expr
	for _, w := range q.Words {
		var any []expr
		for _, terms := range w {
			var these []expr
			for _, t := range terms {
				these = append(these, tx.termExpr(t, q.Names))
			}
			any = append(any, allOf(these...))
		}
		all = append(all, oneOf(any...))
	}
	for _, t := range q.Tags {
		all = append(all, word(markTag+t))
	}
	some := func(mark string, n int, at func(int) int64) {
		if n == 0 {
			return
		}
		any := make([]expr, n)
		for i := range any {
			any[i] = word(mark + strconv.FormatInt(at(i), 10))
		}
		all = append(all, oneOf(any...))
	}
	some(markKind, len(kinds), func(i int) int64 { return int64(kinds[i]) })
	some(markBinder, len(near), func(i int) int64 { return int64(near[i]) })
	return allOf(all...)
}

// maxCompleted is by how many words a beginning is completed, the shortest
// first; names are found by all of up to maxBegin letters.
const maxCompleted = 24

// completes tells whether a term is completed by words of the index that begin
// so: short beginnings have words of their own, and with digits in it, few
// records have it.
func (t *SearchTerm) completes(names bool) bool {
	letters := utf8.RuneCountInString(t.Text)
	return t.Begins && letters >= maxBegin && !(letters == maxBegin && names) && textkey.IsWord(t.Text)
}

// complete asks for all words that the terms of the searches are completed by,
// and for whatever else the index is asked by, at once.
func (tx *Tx) complete(walks []*walk) error {
	var begins []string
	for _, w := range walks {
		for _, word := range w.q.Words {
			for _, terms := range word {
				for i := range terms {
					t := &terms[i]
					if _, known := tx.searched.completed[t.Text]; !known && t.completes(w.q.Names) && !slices.Contains(begins, t.Text) {
						begins = append(begins, t.Text)
					}
				}
			}
		}
	}
	newest := ""
	if tx.searched.newest == 0 && slices.ContainsFunc(walks, func(w *walk) bool { return !w.few }) {
		newest = tx.d.newestEntry()
	}
	found, err := tx.begun(begins, maxCompleted, newest)
	if err != nil {
		return err
	}
	if tx.searched.completed == nil {
		tx.searched.completed = map[string][]string{}
	}
	for _, b := range begins {
		tx.searched.completed[b] = found[b]
	}
	return nil
}

// termExpr is a term as words of entries. Nothing asks the index to gather all
// words of a common beginning, which would take as long as there are records.
func (tx *Tx) termExpr(t SearchTerm, names bool) expr {
	mark := ""
	if names {
		mark = markName
	}
	letters := utf8.RuneCountInString(t.Text)
	switch {
	case !t.Begins:
		return word(mark + t.Text)
	case letters <= maxBegin && names:
		return word(markBegin + t.Text)
	case letters < maxBegin, letters == maxBegin && !textkey.IsWord(t.Text):
		return oneOf(word(t.Text), word(markBegin+t.Text))
	}
	any := []expr{word(mark + t.Text)}
	if letters == maxBegin {
		any = append(any, word(markBegin+t.Text))
	}
	if !textkey.IsWord(t.Text) {
		return oneOf(append(any, expr{word: mark + t.Text, begins: true})...)
	}
	terms := tx.searched.completed[t.Text]
	for _, x := range terms {
		if x != t.Text {
			any = append(any, word(mark+x))
		}
	}
	if len(terms) == 0 {
		any = append(any, expr{word: mark + t.Text, begins: true})
	}
	return oneOf(any...)
}

// SystemTerms returns words of the index that begin so, for each beginning at
// most limit of them, the shortest first. They are of all records: only what is
// found by them may be shown.
func (tx *Tx) SystemTerms(begins []string, limit int) (map[string][]string, error) {
	return tx.begun(begins, limit, "")
}

// begun is SystemTerms; newest is an arm of its statement that finds the newest
// entry, where that is wanted.
func (tx *Tx) begun(begins []string, limit int, newest string) (map[string][]string, error) {
	var a args
	var arms []string
	for n, b := range begins {
		arms = append(arms, `SELECT `+strconv.Itoa(n)+` AS at, term, 0 AS entry FROM (SELECT term FROM search_terms WHERE term >= `+a.add(b)+` AND term < `+a.add(b+afterAll)+
			` ORDER BY LENGTH(term), term LIMIT `+a.add(limit)+`) AS t`+strconv.Itoa(n))
	}
	if newest != "" {
		arms = append(arms, newest)
	}
	asks := tx.d.waits() && !tx.searched.knowsWaiting
	if asks {
		arms, tx.searched.waiting = append(arms, waitingArm), nil
	}
	out := make(map[string][]string, len(begins))
	if len(arms) == 0 {
		return out, nil
	}
	err := tx.each(func(r Scanner) error {
		var at, entry int64
		var term string
		err := r.Scan(&at, &term, &entry)
		switch {
		case err != nil:
		case at == -2:
			tx.searched.waiting = append(tx.searched.waiting, waitingOf(entry, term))
		case at == -1:
			tx.searched.newest = entry
		default:
			out[begins[at]] = append(out[begins[at]], term)
		}
		return err
	}, strings.Join(arms, " UNION ALL "), a...)
	if err != nil {
		return nil, err
	}
	tx.searched.knowsWaiting = tx.searched.knowsWaiting || asks
	for _, b := range begins {
		if terms := addWaitingTerms(out[b], b, limit, tx.searched.waiting); len(terms) > 0 {
			out[b] = terms
		}
	}
	return out, nil
}

// SystemKnownTerms tells of the texts by which words of the index begin which
// are such a word themselves.
func (tx *Tx) SystemKnownTerms(texts []string) (map[string]bool, error) {
	waiting, err := tx.waitingEntries()
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, w := range waiting {
		for _, term := range w.terms {
			for _, text := range texts {
				if strings.HasPrefix(term, text) {
					out[text] = out[text] || term == text
				}
			}
		}
	}
	return out, tx.each(func(r Scanner) error {
		var text, begun string
		err := r.Scan(&text, &begun)
		out[text] = out[text] || text == begun
		return err
	}, `SELECT term, begun FROM (SELECT t.term AS term, (SELECT MIN(x.term) FROM search_terms x WHERE x.term >= t.term AND x.term <= t.term || $2) AS begun FROM `+tx.d.textRows("$1")+`) AS known
		WHERE begun IS NOT NULL`, tx.d.textsArg(texts), afterAll)
}

// searchAsk is what the index is asked for: the newest records with the words
// that are older than one, at most limit. few tells that the words are of few binders.
type searchAsk struct {
	e      expr
	few    bool
	before int64
	limit  int
}

// newestArms joins what the index is asked at once, and sorts the answers.
func newestArms(tx *Tx, arms []string, a args, out [][]int64) error {
	err := tx.each(func(r Scanner) error {
		var n, id int64
		err := r.Scan(&n, &id)
		if err == nil {
			out[n] = append(out[n], id)
		}
		return err
	}, strings.Join(arms, " UNION ALL "), a...)
	for n := range out {
		slices.SortFunc(out[n], func(x, y int64) int { return cmp.Compare(y, x) })
	}
	return err
}

func (d *sqliteDB) newestEntry() string { return "" }

func (d *sqliteDB) searchNewest(tx *Tx, asks []searchAsk) ([][]int64, error) {
	out := make([][]int64, len(asks))
	var a args
	var arms []string
	for n, ask := range asks {
		var b strings.Builder
		ask.e.write(&b, `"`, `*`, " AND ", " OR ")
		arms = append(arms, `SELECT `+strconv.Itoa(n)+`, id FROM (SELECT rowid AS id FROM search WHERE search MATCH `+a.add(b.String())+` AND rowid < `+a.add(ask.before)+` ORDER BY rowid DESC LIMIT `+a.add(ask.limit)+`)`)
	}
	waiting, err := tx.waitingEntries()
	if err != nil {
		return nil, err
	}
	err = newestArms(tx, arms, a, out)
	for n := range out {
		out[n] = asks[n].addWaiting(out[n], waiting)
	}
	return out, err
}

// maxGather is how many records PostgreSQL may gather for one search.
const maxGather = 5000

// newestEntry finds the newest entry: spans of new records are counted from it.
func (d *postgresDB) newestEntry() string {
	return `SELECT -1, '', COALESCE(MAX(id), 1) FROM search`
}

// newestSpan is a span of new records that is looked into: n times as many ids
// as bits hold; n is 0 for all.
type newestSpan struct{ bits, n int }

// searchNewest looks into ever wider spans of new records: the index gathers
// all that have the words before it gives the first one, and a common word has
// hundreds of thousands.
func (d *postgresDB) searchNewest(tx *Tx, asks []searchAsk) ([][]int64, error) {
	out := make([][]int64, len(asks))
	open := make([]bool, len(asks))
	for n := range asks {
		open[n] = true
	}
	for _, span := range []newestSpan{{newSmall, 8}, {newLarge, 4}, {}} {
		var a args
		var arms []string
		for n, ask := range asks {
			if !open[n] || !ask.lookInto(span, tx.searched.newest, len(out[n])) {
				continue
			}
			out[n], open[n] = nil, span.n > 0
			arms = append(arms, ask.postgresArm(&a, n, span, tx.searched.newest))
		}
		if len(arms) == 0 {
			continue
		}
		if err := newestArms(tx, arms, a, out); err != nil {
			return nil, err
		}
		for n := range asks {
			open[n] = open[n] && len(out[n]) < asks[n].limit
		}
	}
	return out, nil
}

// lookInto tells whether a span is worth it: all are looked at where few have
// the words, or where there are not many more than the span has.
func (s *searchAsk) lookInto(span newestSpan, newest int64, found int) bool {
	wide := min(s.before-1, newest) >> newSmall
	switch {
	case span.n == 0:
		return true
	case s.few || wide < 8:
		return false
	}
	return span.bits == newSmall || int64(found)*wide/8 >= maxGather
}

func (s *searchAsk) postgresArm(a *args, n int, span newestSpan, newest int64) string {
	all := s.e
	if span.n > 0 {
		any := make([]expr, span.n)
		for i := range any {
			any[i] = word(newWord(max(0, min(s.before-1, newest)-int64(i)<<span.bits), span.bits))
		}
		all = allOf(s.e, oneOf(any...))
	}
	var b strings.Builder
	all.write(&b, "'", ":*", " & ", " | ")
	// The sums keep the planner from walking the primary key.
	return `SELECT ` + strconv.Itoa(n) + `, id FROM (SELECT s.id FROM search s WHERE s.words @@ ` + a.add(b.String()) + `::tsquery AND s.id + 0 < ` + a.add(s.before) + ` ORDER BY s.id + 0 DESC LIMIT ` + a.add(s.limit) + `) AS n` + strconv.Itoa(n)
}

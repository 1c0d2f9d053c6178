package store

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// A search walks the records that have the words from the newest one on, some
// hundred at a time, keeps those that the viewer may see, and ends when there
// are enough: a word that a third of all records have costs no more than one
// that few have. What is asked of the index is an expression over the words of
// entries (search_entry.go); where the viewer reaches few binders, or some
// organizations are asked for, their binders are in it.

// SearchTerm is one word to look for; Begins takes all words that begin so.
type SearchTerm struct {
	Text   string
	Begins bool
}

// SearchWord is what somebody typed as one word, and what may stand for it:
// one of these lists of terms must be there with all its terms.
type SearchWord [][]SearchTerm

// SearchQuery is what is looked for. All words must be there.
type SearchQuery struct {
	Words []SearchWord
	// Names looks in names only.
	Names bool
	// Kinds, Orgs and Tags narrow the search, where there are any: of one of the
	// kinds, of one of the organizations, with all tags.
	Kinds []tenon.Kind
	Orgs  []tenon.OrgID
	Tags  []string
	// Limit is how many are enough.
	Limit int
}

// Hit is one record that a search found. Kind is 0 for an organization.
type Hit struct {
	ID        int64
	Kind      tenon.Kind
	Name      string
	OrgID     tenon.OrgID
	OrgName   string
	Archived  bool
	UpdatedAt time.Time
	// Formerly is the name under which the organization was found, where it is
	// not its own: it was merged away under it, or has borne it.
	Formerly string
}

// searched is what the searches of one transaction have asked already.
type searched struct {
	near      map[tenon.UserID][]tenon.BinderID // the binders to look in
	completed map[string][]string               // words that begin so
	newest    int64                             // the newest entry
}

const (
	// fewBinders is up to how many binders the index itself narrows a search.
	// With more of them, a viewer sees enough of what has the words.
	fewBinders = 64
	// searchPage and searchPages bound how many records with the words one
	// search looks at: a viewer who sees one in a hundred of them finds 80.
	searchPage  = 1000
	searchPages = 8
)

// SearchItems finds live items, the newest first. more tells that it did not
// look at all that have the words.
func (tx *Tx) SearchItems(v tenon.Viewer, q SearchQuery) (hits []Hit, more bool, err error) {
	near, none, err := tx.searchBinders(v, q.Orgs)
	if err != nil || none {
		return nil, false, err
	}
	return tx.search(q, near, func(ids []int64) ([]Hit, error) { return tx.itemHits(v, q.Orgs, ids) })
}

// SearchOrganizations finds organizations, the newest first, also under the
// name with which one was merged into them. What an organization says beside
// its name is known to those only who reach its home binder.
func (tx *Tx) SearchOrganizations(v tenon.Viewer, q SearchQuery) (hits []Hit, more bool, err error) {
	q.Kinds = []tenon.Kind{0}
	var near []tenon.BinderID
	if !q.Names {
		var none bool
		if near, none, err = tx.searchBinders(v, nil); err != nil || none {
			return nil, false, err
		}
	}
	return tx.search(q, near, func(ids []int64) ([]Hit, error) { return tx.organizationHits(v, q, ids) })
}

// SearchNamed finds live items of exactly that name, whatever its case.
func (tx *Tx) SearchNamed(v tenon.Viewer, name string, q SearchQuery) ([]Hit, error) {
	kinds := q.Kinds
	if len(kinds) == 0 {
		for i := range tenon.Kinds {
			kinds = append(kinds, tenon.Kinds[i].Kind)
		}
	}
	var a args
	marks := make([]string, len(kinds))
	for i, k := range kinds {
		marks[i] = a.add(int64(k))
	}
	ids, err := column[int64](tx, `SELECT i.id FROM items i WHERE i.kind IN (`+strings.Join(marks, ",")+`) AND i.name_key = `+a.add(textkey.Fold(name))+
		` AND i.trashed_by IS NULL AND `+a.seesItem(v, "i")+` AND `+a.seesBinder(v, "i.binder_id")+` ORDER BY i.id DESC LIMIT `+a.add(q.Limit), a...)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return tx.itemHits(v, q.Orgs, ids)
}

// SearchFormer finds organizations by the beginning of a name that they, or one
// that was merged into them, once had.
func (tx *Tx) SearchFormer(v tenon.Viewer, begin string, limit int) ([]Hit, error) {
	key := textkey.Fold(begin)
	if key == "" {
		return nil, nil
	}
	var a args
	return list(tx, scanHit, `SELECT o.id, 0, o.name, o.id, o.name, FALSE, o.updated_at, MIN(x.value) FROM aliases x JOIN binders b ON b.id = x.binder_id
		JOIN organizations o ON o.id = b.organization_id WHERE x.space = 'name' AND x.value >= `+a.add(key)+` AND x.value < `+a.add(key+afterAll)+
		` AND o.state = 'live' AND `+a.seesOrganization(v, "o")+` AND `+a.seesBinder(v, "x.binder_id")+
		` GROUP BY o.id, o.name, o.updated_at ORDER BY MIN(x.value), o.id LIMIT `+a.add(limit), a...)
}

// afterAll is greater than every letter of a key.
const afterAll = "\U0010FFFF"

// searchBinders returns the binders that the index is to look in; nil is all,
// as far as the viewer reaches them. none tells that there is none.
func (tx *Tx) searchBinders(v tenon.Viewer, orgs []tenon.OrgID) (near []tenon.BinderID, none bool, err error) {
	switch {
	case len(orgs) > 0:
		var a args
		near, err = column[tenon.BinderID](tx, `SELECT b.id FROM binders b WHERE `+tx.d.inBinders("b.organization_id", a.add(tx.d.bindersArg(binderIDs(orgs))))+
			` AND `+a.seesBinder(v, "b.id")+` ORDER BY b.id LIMIT `+a.add(fewBinders+1), a...)
	case v.Everywhere:
		return nil, false, nil
	default:
		if tx.searched.near == nil {
			tx.searched.near = map[tenon.UserID][]tenon.BinderID{}
		}
		var known bool
		if near, known = tx.searched.near[v.User]; !known {
			near, err = tx.liveReach(v, fewBinders)
			tx.searched.near[v.User] = near
		}
	}
	if err != nil || len(near) == 0 {
		return nil, true, err
	}
	if len(near) > fewBinders {
		near = nil
	}
	return near, false, nil
}

// search walks the records with the words, the newest first.
func (tx *Tx) search(q SearchQuery, near []tenon.BinderID, see func([]int64) ([]Hit, error)) (hits []Hit, more bool, err error) {
	e, err := tx.searchExpr(q, near)
	if err != nil {
		return nil, false, err
	}
	before := int64(1) << 62
	size := max(q.Limit, 50)
	for range searchPages {
		ids, err := tx.d.searchNewest(tx, e, len(near) > 0, before, size)
		if err != nil {
			return nil, false, err
		}
		if len(ids) == 0 {
			return hits, false, nil
		}
		seen, err := see(ids)
		if err != nil {
			return nil, false, err
		}
		hits = append(hits, seen...)
		if len(ids) < size {
			return hits, false, nil
		}
		if len(hits) >= q.Limit {
			break
		}
		before, size = ids[len(ids)-1], searchPage
	}
	return hits, true, nil
}

func scanHit(r Scanner, h *Hit) error {
	return r.Scan(&h.ID, &h.Kind, &h.Name, &h.OrgID, &h.OrgName, &h.Archived, instant{&h.UpdatedAt}, &h.Formerly)
}

func (tx *Tx) itemHits(v tenon.Viewer, orgs []tenon.OrgID, ids []int64) ([]Hit, error) {
	var a args
	text := `SELECT i.id, i.kind, i.name, o.id, o.name, i.archived, i.updated_at, '' FROM items i JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id
		WHERE ` + tx.d.inBinders("i.id", a.add(tx.d.bindersArg(binderIDs(ids)))) + ` AND i.trashed_by IS NULL AND o.state = 'live' AND ` +
		a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id")
	if len(orgs) > 0 {
		text += ` AND ` + tx.d.inBinders("o.id", a.add(tx.d.bindersArg(binderIDs(orgs))))
	}
	return list(tx, scanHit, text+` ORDER BY i.id DESC`, a...)
}

func (tx *Tx) organizationHits(v tenon.Viewer, q SearchQuery, ids []int64) ([]Hit, error) {
	var a args
	text := `SELECT o.id, 0, o.name, o.id, o.name, FALSE, o.updated_at, CASE WHEN s.id = o.id THEN '' ELSE s.name END
		FROM organizations s JOIN binders b ON b.id = s.id JOIN organizations o ON o.id = b.organization_id
		WHERE ` + tx.d.inBinders("s.id", a.add(tx.d.bindersArg(binderIDs(ids)))) + ` AND s.state IN ('live', 'merged') AND o.state = 'live' AND ` + a.seesOrganization(v, "o")
	if q.Names {
		text += ` AND ` + a.seesOrganization(v, "s")
	} else {
		text += ` AND ` + a.seesBinder(v, "s.id")
	}
	if len(q.Orgs) > 0 {
		text += ` AND ` + tx.d.inBinders("o.id", a.add(tx.d.bindersArg(binderIDs(q.Orgs))))
	}
	return list(tx, scanHit, text+` ORDER BY s.id DESC`, a...)
}

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

func (tx *Tx) searchExpr(q SearchQuery, near []tenon.BinderID) (expr, error) {
	var all []expr
	for _, w := range q.Words {
		var any []expr
		for _, terms := range w {
			var these []expr
			for _, t := range terms {
				e, err := tx.termExpr(t, q.Names)
				if err != nil {
					return expr{}, err
				}
				these = append(these, e)
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
	some(markKind, len(q.Kinds), func(i int) int64 { return int64(q.Kinds[i]) })
	some(markBinder, len(near), func(i int) int64 { return int64(near[i]) })
	return allOf(all...), nil
}

// maxCompleted is by how many words a beginning is completed, the shortest
// first; names are found by all of up to maxBegin letters.
const maxCompleted = 24

// termExpr is a term as words of entries. Nothing asks the index to gather all
// words of a common beginning, which would take as long as there are records.
func (tx *Tx) termExpr(t SearchTerm, names bool) (expr, error) {
	mark := ""
	if names {
		mark = markName
	}
	letters := utf8.RuneCountInString(t.Text)
	switch {
	case !t.Begins:
		return word(mark + t.Text), nil
	case letters <= maxBegin && names:
		return word(markBegin + t.Text), nil
	case letters < maxBegin, letters == maxBegin && !textkey.IsWord(t.Text):
		return oneOf(word(t.Text), word(markBegin+t.Text)), nil
	}
	any := []expr{word(mark + t.Text)}
	if letters == maxBegin {
		any = append(any, word(markBegin+t.Text))
	}
	if !textkey.IsWord(t.Text) {
		// With digits in it, few records have it.
		return oneOf(append(any, expr{word: mark + t.Text, begins: true})...), nil
	}
	terms, known := tx.searched.completed[t.Text]
	if !known {
		var err error
		if terms, err = tx.SystemTerms(t.Text, maxCompleted); err != nil {
			return expr{}, err
		}
		if tx.searched.completed == nil {
			tx.searched.completed = map[string][]string{}
		}
		tx.searched.completed[t.Text] = terms
	}
	for _, x := range terms {
		if x != t.Text {
			any = append(any, word(mark+x))
		}
	}
	if len(terms) == 0 {
		any = append(any, expr{word: mark + t.Text, begins: true})
	}
	return oneOf(any...), nil
}

// SystemTerms returns words of the index that begin so, the shortest first.
// They are of all records: only what is found by them may be shown.
func (tx *Tx) SystemTerms(begin string, limit int) ([]string, error) {
	return column[string](tx, `SELECT term FROM search_terms WHERE term >= $1 AND term < $2 ORDER BY LENGTH(term), term LIMIT $3`, begin, begin+afterAll, limit)
}

// SystemKnownTerms returns those of the texts that are words of the index, or
// that words of the index begin with.
func (tx *Tx) SystemKnownTerms(texts []string, begin bool) ([]string, error) {
	more := ""
	if begin {
		more = afterAll
	}
	return column[string](tx, `SELECT t.term FROM `+tx.d.textRows("$1")+` WHERE EXISTS (SELECT 1 FROM search_terms x WHERE x.term >= t.term AND x.term <= t.term || $2) ORDER BY t.term`,
		tx.d.textsArg(texts), more)
}

func (d *sqliteDB) searchNewest(tx *Tx, e expr, _ bool, before int64, limit int) ([]int64, error) {
	var b strings.Builder
	e.write(&b, `"`, `*`, " AND ", " OR ")
	return column[int64](tx, `SELECT rowid FROM search WHERE search MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`, b.String(), before, limit)
}

// maxGather is how many records PostgreSQL may gather for one search.
const maxGather = 5000

// searchNewest looks into ever wider spans of new records: the index gathers
// all that have the words before it gives the first one, and a common word has
// hundreds of thousands.
func (d *postgresDB) searchNewest(tx *Tx, e expr, few bool, before int64, limit int) ([]int64, error) {
	spans := []struct{ bits, n int }{{newSmall, 8}, {newLarge, 4}, {}}
	if tx.searched.newest == 0 && !few {
		if err := tx.row(`SELECT COALESCE(MAX(id), 1) FROM search`).Scan(&tx.searched.newest); err != nil {
			return nil, err
		}
	}
	newest := min(before-1, tx.searched.newest)
	if few || newest>>newSmall < 8 {
		spans = spans[2:]
	}
	var ids []int64
	for _, span := range spans {
		if span.bits == newLarge && int64(len(ids))*(newest>>newSmall)/8 < maxGather {
			continue // so rare that all of them are gathered at once
		}
		all := e
		if span.n > 0 {
			any := make([]expr, span.n)
			for i := range any {
				any[i] = word(newWord(max(0, newest-int64(i)<<span.bits), span.bits))
			}
			all = allOf(e, oneOf(any...))
		}
		var b strings.Builder
		all.write(&b, "'", ":*", " & ", " | ")
		var err error
		// The sums keep the planner from walking the primary key.
		ids, err = column[int64](tx, `SELECT s.id FROM search s WHERE s.words @@ $1::tsquery AND s.id + 0 < $2 ORDER BY s.id + 0 DESC LIMIT $3`, b.String(), before, limit)
		if err != nil || len(ids) == limit {
			return ids, err
		}
	}
	return ids, nil
}

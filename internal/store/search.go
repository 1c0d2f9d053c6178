package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// Organizations looks for these, and not for items.
	Organizations bool
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

// Found is what one search of several found. More tells that it did not look at
// all that have the words.
type Found struct {
	Hits []Hit
	More bool
}

// searched is what the searches of one transaction have asked already.
type searched struct {
	near      map[string][]tenon.BinderID // the binders to look in
	completed map[string][]string         // words that begin so
	newest    int64                       // the newest entry, where that is asked
	// waiting are the entries that wait to be indexed, once they are known.
	waiting      []waitingEntry
	knowsWaiting bool
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

// walk is one search at work.
type walk struct {
	q     SearchQuery
	kinds []tenon.Kind
	near  []tenon.BinderID
	none  bool // there is nothing that the viewer reaches
	searchAsk
	found Found
	done  bool
}

// Search carries several searches out at once: the index is asked for all of
// them in one statement, and what was found is looked up in another. Each finds
// live items, or organizations, the newest first.
//
// Organizations are found also under the name with which one was merged into
// them. What an organization says beside its name is known to those only who
// reach its home binder.
func (tx *Tx) Search(v tenon.Viewer, queries ...SearchQuery) ([]Found, error) {
	walks := make([]*walk, len(queries))
	var asked []*walk
	for n, q := range queries {
		w := &walk{q: q, kinds: q.Kinds, searchAsk: searchAsk{before: 1 << 62, limit: max(q.Limit, 50)}}
		walks[n] = w
		var err error
		switch {
		case !q.Organizations:
			w.near, w.none, err = tx.searchBinders(v, q.Orgs)
		case q.Names && len(q.Orgs) > 0:
			// Names are known to those, too, who do not reach the binder.
			w.kinds = []tenon.Kind{0}
			w.near, w.none, err = tx.searchBinders(tenon.SystemViewer(), q.Orgs)
		case q.Names:
			w.kinds = []tenon.Kind{0}
		default:
			w.kinds = []tenon.Kind{0}
			w.near, w.none, err = tx.searchBinders(v, q.Orgs)
		}
		if err != nil {
			return nil, err
		}
		if w.few = len(w.near) > 0; !w.none {
			asked = append(asked, w)
		}
	}
	if err := tx.complete(asked); err != nil {
		return nil, err
	}
	for _, w := range asked {
		w.e = tx.searchExpr(w.q, w.kinds, w.near)
	}
	for range searchPages {
		if asked = slices.DeleteFunc(asked, func(w *walk) bool { return w.done }); len(asked) == 0 {
			break
		}
		if err := tx.step(v, asked); err != nil {
			return nil, err
		}
	}
	out := make([]Found, len(walks))
	for n, w := range walks {
		w.found.More = !w.none && (!w.done || w.found.More)
		out[n] = w.found
	}
	return out, nil
}

// step looks at the next records with the words of each search.
func (tx *Tx) step(v tenon.Viewer, walks []*walk) error {
	asks := make([]searchAsk, len(walks))
	for n, w := range walks {
		asks[n] = w.searchAsk
	}
	ids, err := tx.d.searchNewest(tx, asks)
	if err != nil {
		return err
	}
	if err := tx.hits(v, walks, ids); err != nil {
		return err
	}
	for n, w := range walks {
		switch {
		case len(ids[n]) < w.limit:
			w.done = true
			continue
		case len(w.found.Hits) >= w.q.Limit:
			w.done, w.found.More = true, true
		}
		w.before, w.limit = ids[n][len(ids[n])-1], searchPage
	}
	return nil
}

// hits looks up what the searches found, as far as the viewer may see it.
func (tx *Tx) hits(v tenon.Viewer, walks []*walk, ids [][]int64) error {
	type row struct {
		Hit
		walk, by int64 // which search found it, and by the entry of what
	}
	var a args
	var arms []string
	for n, w := range walks {
		if len(ids[n]) > 0 {
			arms = append(arms, tx.hitsArm(&a, v, n, w, ids[n]))
		}
	}
	if len(arms) == 0 {
		return nil
	}
	rows, err := list(tx, func(r Scanner, h *row) error {
		return r.Scan(&h.walk, &h.by, &h.ID, &h.Kind, &h.Name, &h.OrgID, &h.OrgName, &h.Archived, instant{&h.UpdatedAt}, &h.Formerly)
	}, strings.Join(arms, " UNION ALL "), a...)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(y.by, x.by) })
	for _, r := range rows {
		w := walks[r.walk]
		w.found.Hits = append(w.found.Hits, r.Hit)
	}
	return nil
}

func (tx *Tx) hitsArm(a *args, v tenon.Viewer, n int, w *walk, ids []int64) string {
	in := func(column string, ids []tenon.BinderID) string {
		return tx.d.inBinders(column, a.add(tx.d.bindersArg(ids)))
	}
	text := `SELECT ` + strconv.Itoa(n)
	if !w.q.Organizations {
		text += `, i.id, i.id, CAST(i.kind AS BIGINT), i.name, o.id, o.name, i.archived, i.updated_at, '' FROM items i JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id
			WHERE ` + in("i.id", binderIDs(ids)) + ` AND i.trashed_by IS NULL AND o.state = 'live' AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id")
	} else {
		text += `, s.id, o.id, 0, o.name, o.id, o.name, FALSE, o.updated_at, CASE WHEN s.id = o.id THEN '' ELSE s.name END
			FROM organizations s JOIN binders b ON b.id = s.id JOIN organizations o ON o.id = b.organization_id
			WHERE ` + in("s.id", binderIDs(ids)) + ` AND s.state IN ('live', 'merged') AND o.state = 'live' AND ` + a.seesOrganization(v, "o")
		if w.q.Names {
			text += ` AND ` + a.seesOrganization(v, "s")
		} else {
			text += ` AND ` + a.seesBinder(v, "s.id")
		}
	}
	if len(w.q.Orgs) > 0 {
		text += ` AND ` + in("o.id", binderIDs(w.q.Orgs))
	}
	return text
}

// NamedQuery asks for what is named just so.
type NamedQuery struct {
	// Name is the name of items, whatever its case, narrowed to Kinds where there
	// are any; "" looks for none. Orgs narrows both.
	Name  string
	Kinds []tenon.Kind
	Orgs  []tenon.OrgID
	// Former are beginnings of names that organizations, or those that were
	// merged into them, once had.
	Former []string
	Limit  int
}

// SearchNamed finds live items of exactly that name, and organizations by
// beginnings of their former names, in one statement.
func (tx *Tx) SearchNamed(v tenon.Viewer, q NamedQuery) ([]Hit, error) {
	var a args
	var arms []string
	if q.Name != "" {
		arms = append(arms, tx.namedArm(&a, v, &q))
	}
	if arm := tx.formerArm(&a, v, &q); arm != "" {
		arms = append(arms, arm)
	}
	if len(arms) == 0 {
		return nil, nil
	}
	return list(tx, func(r Scanner, h *Hit) error {
		return r.Scan(&h.ID, &h.Kind, &h.Name, &h.OrgID, &h.OrgName, &h.Archived, instant{&h.UpdatedAt}, &h.Formerly)
	}, strings.Join(arms, " UNION ALL "), a...)
}

func (tx *Tx) namedArm(a *args, v tenon.Viewer, q *NamedQuery) string {
	var kinds []int64
	for i := range tenon.Kinds {
		if k := tenon.Kinds[i].Kind; len(q.Kinds) == 0 || slices.Contains(q.Kinds, k) {
			kinds = append(kinds, int64(k))
		}
	}
	text := `SELECT i.id, CAST(i.kind AS BIGINT), i.name, o.id, o.name, i.archived, i.updated_at, '' FROM (SELECT i.id, i.kind, i.name, i.binder_id, i.archived, i.updated_at FROM items i
		WHERE i.kind IN (` + a.marks(kinds) + `) AND i.name_key = ` + a.add(textkey.Fold(q.Name)) + ` AND i.trashed_by IS NULL AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id") +
		` ORDER BY i.id DESC LIMIT ` + a.add(q.Limit) + `) AS i JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id WHERE o.state = 'live'`
	return text + tx.ofOrgs(a, q.Orgs)
}

// ofOrgs narrows to the organizations, where there are any.
func (tx *Tx) ofOrgs(a *args, orgs []tenon.OrgID) string {
	if len(orgs) == 0 {
		return ""
	}
	return ` AND ` + tx.d.inBinders("o.id", a.add(tx.d.bindersArg(binderIDs(orgs))))
}

func (tx *Tx) formerArm(a *args, v tenon.Viewer, q *NamedQuery) string {
	var begins []string
	for _, f := range q.Former {
		if key := textkey.Fold(f); key != "" {
			begins = append(begins, "x.value >= "+a.add(key)+" AND x.value < "+a.add(key+afterAll))
		}
	}
	if len(begins) == 0 {
		return ""
	}
	return `SELECT id, kind, name, org, org_name, archived, updated_at, formerly FROM (SELECT o.id AS id, CAST(0 AS BIGINT) AS kind, o.name AS name, o.id AS org, o.name AS org_name, FALSE AS archived, o.updated_at AS updated_at, MIN(x.value) AS formerly
		FROM aliases x JOIN binders b ON b.id = x.binder_id JOIN organizations o ON o.id = b.organization_id WHERE x.space = 'name' AND (` + strings.Join(begins, " OR ") + `)
		AND o.state = 'live' AND ` + a.seesOrganization(v, "o") + ` AND ` + a.seesBinder(v, "x.binder_id") + tx.ofOrgs(a, q.Orgs) +
		` GROUP BY o.id, o.name, o.updated_at ORDER BY MIN(x.value), o.id LIMIT ` + a.add(q.Limit) + `) AS former`
}

// afterAll is greater than every letter of a key.
const afterAll = "\U0010FFFF"

// searchBinders returns the binders that the index is to look in; nil is all,
// as far as the viewer reaches them. none tells that there is none.
func (tx *Tx) searchBinders(v tenon.Viewer, orgs []tenon.OrgID) (near []tenon.BinderID, none bool, err error) {
	if len(orgs) == 0 && v.Everywhere {
		return nil, false, nil
	}
	key := fmt.Sprint(v.User, orgs)
	near, known := tx.searched.near[key]
	switch {
	case known:
	case len(orgs) > 0:
		var a args
		near, err = column[tenon.BinderID](tx, `SELECT b.id FROM binders b WHERE `+tx.d.inBinders("b.organization_id", a.add(tx.d.bindersArg(binderIDs(orgs))))+
			` AND `+a.seesBinder(v, "b.id")+` ORDER BY b.id LIMIT `+a.add(fewBinders+1), a...)
	default:
		near, err = tx.liveReach(v, fewBinders)
	}
	if err != nil {
		return nil, true, err
	}
	if tx.searched.near == nil {
		tx.searched.near = map[string][]tenon.BinderID{}
	}
	tx.searched.near[key] = near
	switch {
	case len(near) == 0:
		return nil, true, nil
	case len(near) > fewBinders:
		return nil, false, nil
	}
	return near, false, nil
}

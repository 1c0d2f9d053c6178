// Package search finds records by what a person types: it takes the text
// apart, asks the index, puts what was found in order and in groups, and shows
// where the words stand.
//
// It only reads, on one snapshot, as one viewer. The rights are in the
// statements of the store; this package never holds a record that its viewer
// may not see. Words of the index that are not of a record serve to complete
// and to correct what was typed, and only those by which something was found
// are told.
package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Hit is a record that was found.
type Hit struct {
	store.Hit
	// Title is its name with what was looked for marked.
	Title []Part
	// Field is what the words stand in, where that is not the name: "Serial
	// number". Text is some of it.
	Field string
	Text  []Part
	rank  int
}

// Part is a stretch of text, marked where it is what was looked for.
type Part struct {
	Text   string
	Marked bool
}

// Group is what was found of one kind; Kind 0 are organizations.
type Group struct {
	Kind  tenon.Kind
	Label string
	Hits  []Hit
	// More tells that there are more of this kind than are here.
	More bool
}

// Result is what was found.
type Result struct {
	Query  Query
	Groups []Group
	// Count is how many records are in the groups; More tells that there may be others.
	Count int
	More  bool
	// Instead are the words that stand for typed ones which nothing has.
	Instead []string
}

// Options say how much is wanted.
type Options struct {
	// Limit is how many records; Each how many of one kind, 0 for no limit.
	Limit, Each int
	// Opened are records that the viewer opened lately, the latest first: they
	// come before others that fit as well.
	Opened []int64
	// Orgs narrows to organizations and what they have, beside what org: says.
	Orgs []tenon.OrgID
	// Bare leaves out where the words stand.
	Bare bool
}

// few is with how many hits a search also looks for words like those typed.
const few = 3

// Run searches.
func Run(tx *store.Tx, v tenon.Viewer, q Query, o Options) (*Result, error) {
	if err := v.Need(tenon.ViewRecords); err != nil {
		return nil, err
	}
	r := &run{tx: tx, v: v, q: q, o: o, orgs: o.Orgs, have: map[int64]bool{}}
	res := &Result{Query: q}
	if q.empty() {
		return res, nil
	}
	if err := r.find(); err != nil {
		return nil, err
	}
	if len(r.hits) < few && !r.more && len(q.pieces) > 0 {
		instead, err := r.findNear()
		if err != nil {
			return nil, err
		}
		res.Instead = instead
	}
	r.order()
	if len(r.hits) > o.Limit {
		r.hits, r.more = r.hits[:o.Limit], true
	}
	res.Groups, res.More = r.groups(), r.more
	for _, g := range res.Groups {
		res.Count += len(g.Hits)
	}
	if !o.Bare {
		return res, r.explain(res.Groups)
	}
	return res, nil
}

// run is one search at work.
type run struct {
	tx    *store.Tx
	v     tenon.Viewer
	q     Query
	o     Options
	orgs  []tenon.OrgID
	none  bool // org: names nothing that the viewer may see
	hits  []Hit
	have  map[int64]bool
	more  bool
	words []store.SearchWord // what was asked of the index
}

// Ranks, the best first; among equals the latest opened, then the latest changed.
const (
	rankExact = iota
	rankBegins
	rankName
	rankNear
	rankText
	rankNearText
)

func (r *run) find() error {
	if err := r.organizationsNamed(); err != nil || r.none {
		return err
	}
	r.words = r.q.words()
	if err := r.search(r.words, rankName, rankText); err != nil {
		return err
	}
	if len(r.q.pieces) == 0 {
		return nil
	}
	return r.searchExactly()
}

// search looks in names and everywhere at once, and takes what is found
// elsewhere where the names give too few.
func (r *run) search(words []store.SearchWord, named, anywhere int) error {
	base := store.SearchQuery{Words: words, Orgs: r.orgs, Tags: r.q.tagWords(), Limit: r.o.Limit}
	var queries []store.SearchQuery
	for _, names := range []bool{true, false} {
		if names && len(words) == 0 {
			continue // all of the filters are wanted: there is no better place for a word
		}
		base.Names = names
		if !r.q.narrowed() || r.q.Organizations {
			q := base
			q.Organizations = true
			queries = append(queries, q)
		}
		if !r.q.narrowed() || len(r.q.Kinds) > 0 {
			q := base
			q.Kinds = r.q.Kinds
			queries = append(queries, q)
		}
	}
	found, err := r.tx.Search(r.v, queries...)
	if err != nil {
		return err
	}
	for n, q := range queries {
		first := n == 0 || queries[n-1].Names != q.Names
		if first && len(r.hits) >= r.o.Limit {
			break
		}
		rank := anywhere
		if q.Names {
			rank = named
		}
		r.add(found[n].Hits, rank, found[n].More)
	}
	r.more = r.more || len(r.hits) >= r.o.Limit
	return nil
}

// searchExactly adds what is named just so, which may be older than all that
// were looked at, and organizations by the names they once had.
func (r *run) searchExactly() error {
	q := store.NamedQuery{Kinds: r.q.Kinds, Orgs: r.orgs, Limit: r.o.Limit}
	if (!r.q.narrowed() || len(r.q.Kinds) > 0) && len(r.q.Tags) == 0 {
		q.Name = r.q.plain
	}
	if (!r.q.narrowed() || r.q.Organizations) && len(r.q.Orgs) == 0 && len(r.q.Tags) == 0 {
		q.Former = []string{r.q.plain}
	}
	hits, err := r.tx.SearchNamed(r.v, q)
	for _, h := range hits {
		if h.Kind == 0 {
			r.add([]store.Hit{h}, rankName, false)
		} else {
			r.add([]store.Hit{h}, rankExact, false)
		}
	}
	return err
}

// maxNamed is how many organizations org: may mean.
const maxNamed = 20

// organizationsNamed resolves org: to organizations that the viewer sees.
func (r *run) organizationsNamed() error {
	if len(r.q.Orgs) == 0 {
		return nil
	}
	var queries []store.SearchQuery
	for _, name := range r.q.Orgs {
		q := Parse(name)
		queries = append(queries, store.SearchQuery{Words: q.words(), Organizations: true, Names: true, Limit: maxNamed})
	}
	found, err := r.tx.Search(r.v, queries...)
	if err != nil {
		return err
	}
	former, err := r.tx.SearchNamed(r.v, store.NamedQuery{Former: r.q.Orgs, Limit: maxNamed})
	if err != nil {
		return err
	}
	r.orgs = nil
	for _, f := range append(found, store.Found{Hits: former}) {
		for _, h := range f.Hits {
			if len(r.orgs) < maxNamed && !slices.Contains(r.orgs, h.OrgID) && (len(r.o.Orgs) == 0 || slices.Contains(r.o.Orgs, h.OrgID)) {
				r.orgs = append(r.orgs, h.OrgID)
			}
		}
	}
	r.none = len(r.orgs) == 0
	return nil
}

func (r *run) add(hits []store.Hit, rank int, more bool) {
	r.more = r.more || more
	for _, h := range hits {
		if r.have[h.ID] || h.OrgID == tenon.SystemOrg && h.Kind == 0 {
			continue
		}
		r.have[h.ID] = true
		r.hits = append(r.hits, Hit{Hit: h, rank: r.rank(&h, rank)})
	}
}

// rank betters the rank of a hit whose name is, or begins with, what was typed.
func (r *run) rank(h *store.Hit, rank int) int {
	plain := textkey.Fold(r.q.plain)
	name := textkey.Fold(h.Name)
	if h.Formerly != "" {
		name = textkey.Fold(h.Formerly)
	}
	switch {
	case plain == "" || rank == rankNear || rank == rankNearText:
		return rank
	case name == plain:
		return rankExact
	case strings.HasPrefix(name, plain):
		return rankBegins
	}
	return rank
}

func (r *run) order() {
	opened := map[int64]int{}
	for i, id := range r.o.Opened {
		opened[id] = len(r.o.Opened) - i
	}
	slices.SortStableFunc(r.hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), archivedLast(&a, &b), cmp.Compare(opened[b.ID], opened[a.ID]), b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.ID, a.ID))
	})
}

func archivedLast(a, b *Hit) int {
	switch {
	case a.Archived == b.Archived:
		return 0
	case a.Archived:
		return 1
	}
	return -1
}

// groups gathers the hits by kind: organizations first, then the kind of the
// best hit.
func (r *run) groups() []Group {
	var out []Group
	at := map[tenon.Kind]int{}
	for _, h := range r.hits {
		i, ok := at[h.Kind]
		if !ok {
			i = len(out)
			at[h.Kind] = i
			out = append(out, Group{Kind: h.Kind, Label: label(h.Kind)})
		}
		if r.o.Each > 0 && len(out[i].Hits) == r.o.Each {
			out[i].More = true
			continue
		}
		out[i].Hits = append(out[i].Hits, h)
	}
	slices.SortStableFunc(out, func(a, b Group) int {
		if (a.Kind == 0) != (b.Kind == 0) && a.Hits[0].rank <= rankNear && b.Hits[0].rank <= rankNear {
			return cmp.Compare(a.Kind, b.Kind)
		}
		return cmp.Compare(a.Hits[0].rank, b.Hits[0].rank)
	})
	return out
}

func label(k tenon.Kind) string {
	if k == 0 {
		return "Organizations"
	}
	if info := k.Info(); info != nil {
		return info.Labels
	}
	return "Other"
}

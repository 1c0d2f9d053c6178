package search

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Query is what somebody typed, taken apart.
type Query struct {
	Text string // as typed, without space around it
	// Kinds are those of kind:, in words; Organizations tells that
	// organizations are among them.
	Kinds         []tenon.Kind
	Organizations bool
	// Orgs are the names behind org:, Tags the tags behind tag:, as typed.
	Orgs, Tags []string
	// Problems say which filter words mean nothing, and what they may be.
	Problems []string
	pieces   []textkey.Piece
	plain    string // the words that are no filter
}

// MaxText is how much of what is typed is looked at, in bytes; MaxWords how many words.
const (
	MaxText  = 500
	MaxWords = 10
	maxRuns  = 6 // of one piece: with what stands for slips, 64 terms hold all
)

// Parse reads words and filter words: kind:password org:"acme dental" tag:vip.
func Parse(text string) Query {
	text = strings.ToValidUTF8(text[:min(len(text), MaxText)], "")
	q := Query{Text: strings.TrimSpace(text)}
	var plain []string
	for _, w := range split(q.Text) {
		name, value, ok := strings.Cut(w, ":")
		value = textkey.Trim(strings.ReplaceAll(value, `"`, ""))
		switch {
		case !ok || !q.filter(strings.ToLower(name), value):
			plain = append(plain, strings.ReplaceAll(w, `"`, " "))
		}
	}
	q.plain = strings.Join(plain, " ")
	q.pieces = textkey.Pieces(q.plain)
	q.pieces = q.pieces[:min(len(q.pieces), MaxWords)]
	for i, p := range q.pieces {
		q.pieces[i].Words = p.Words[:min(len(p.Words), maxRuns)]
	}
	return q
}

// split cuts at white space that is not between quotation marks.
func split(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && unicode.IsSpace(r)
	})
}

// filter takes a filter word in, and tells whether it is one.
func (q *Query) filter(name, value string) bool {
	switch name {
	case "kind":
		if value != "" {
			q.kind(value)
		}
	case "org", "organization":
		if value != "" {
			q.Orgs = append(q.Orgs, value)
		}
	case "tag":
		if store.TagWord(value) != "" {
			q.Tags = append(q.Tags, value)
		}
	default:
		return false
	}
	return true
}

// kind finds the kinds that a word means: the beginning of a name is enough.
func (q *Query) kind(value string) {
	key := textkey.Fold(strings.NewReplacer("-", " ", "_", " ").Replace(value))
	found := false
	if strings.HasPrefix("organizations", key) {
		q.Organizations, found = true, true
	}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		if strings.HasPrefix(textkey.Fold(k.Labels), key) || strings.HasPrefix(textkey.Fold(k.Label), key) {
			q.Kinds, found = append(q.Kinds, k.Kind), true
		}
	}
	if !found {
		q.Problems = append(q.Problems, "There is no kind "+value+". Kinds are organization, "+kindWords()+".")
	}
}

func kindWords() string {
	var names []string
	for i := range tenon.Kinds {
		if !tenon.Kinds[i].Folder {
			names = append(names, strings.ToLower(tenon.Kinds[i].Label))
		}
	}
	return strings.Join(names, ", ")
}

// Among leaves of the kinds that the query asks for those that are named here.
// It tells whether any are left.
func (q *Query) Among(kinds []tenon.Kind, organizations bool) bool {
	if q.narrowed() {
		kinds = slices.DeleteFunc(slices.Clone(kinds), func(k tenon.Kind) bool { return !slices.Contains(q.Kinds, k) })
		organizations = organizations && q.Organizations
	}
	q.Kinds, q.Organizations = kinds, organizations
	return q.narrowed()
}

// narrowed tells whether a filter names kinds, so that the others are left out.
func (q *Query) narrowed() bool { return len(q.Kinds) > 0 || q.Organizations }

// empty tells whether nothing is asked for.
func (q *Query) empty() bool {
	return len(q.pieces) == 0 && len(q.Kinds) == 0 && len(q.Orgs) == 0 && len(q.Tags) == 0 && !q.Organizations
}

// words are the query for the index. Each word may be a beginning: people type
// "quay fre".
func (q *Query) words() []store.SearchWord {
	out := make([]store.SearchWord, len(q.pieces))
	for i, p := range q.pieces {
		var terms []store.SearchTerm
		for n, w := range p.Words {
			terms = append(terms, store.SearchTerm{Text: w, Begins: n == len(p.Words)-1})
		}
		out[i] = store.SearchWord{terms}
		if p.Joined != "" {
			out[i] = append(out[i], []store.SearchTerm{{Text: p.Joined, Begins: true}})
			continue
		}
		if stem := textkey.Stem(p.Words[0]); stem != "" {
			out[i] = append(out[i], []store.SearchTerm{{Text: stem}, {Text: p.Words[0][len(stem):], Begins: true}})
		}
	}
	return out
}

// tagWords are the tags as the index has them.
func (q *Query) tagWords() []string {
	out := make([]string, len(q.Tags))
	for i, t := range q.Tags {
		out[i] = store.TagWord(t)
	}
	return out
}

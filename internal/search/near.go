package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

const (
	// minNear is how many letters a word has that may be a slip of another.
	minNear = 4
	// minFar is from how many letters on two slips are looked for, in words
	// that share their first sameStart letters.
	minFar, sameStart = 7, 3
	// maxNear is how many words may stand for one.
	maxNear = 5
	// maxLike is how many words of the same start are compared.
	maxLike = 2000
)

// findNear searches again, with words of the index that are like the typed
// ones, and returns those by which something was found.
func (r *run) findNear() ([]string, error) {
	words := r.q.words()
	any := false
	var stand []string
	near, err := r.like()
	if err != nil {
		return nil, err
	}
	for i := range r.q.pieces {
		for _, n := range near[i] {
			words[i] = append(words[i], []store.SearchTerm{n})
			stand = append(stand, n.Text)
			any = true
		}
	}
	if !any || r.none {
		return nil, nil
	}
	before := len(r.hits)
	r.words = words
	if err := r.search(words, rankNear, rankNearText); err != nil {
		return nil, err
	}
	var out []string
	for _, h := range r.hits[before:] {
		for _, w := range namedWords(&h) {
			for _, s := range stand {
				if strings.HasPrefix(w, s) && !slices.Contains(out, w) && len(out) < maxNear {
					out = append(out, w)
				}
			}
		}
	}
	return out, nil
}

// namedWords are the words of a hit's names, folded.
func namedWords(h *Hit) []string {
	var out []string
	for _, p := range textkey.Pieces(h.Name + " " + h.Formerly) {
		out = append(out, p.Words...)
	}
	return out
}

// like returns for each typed word the words of the index that it may be a slip
// of: one letter wrong, missing, too many or two in the wrong order, and in a
// longer word twice that. It may be the beginning of one.
func (r *run) like() ([][]store.SearchTerm, error) {
	slips := make([][]string, len(r.q.pieces))
	var all []string
	for i, p := range r.q.pieces {
		if len(p.Words) == 1 && utf8.RuneCountInString(p.Words[0]) >= minNear && textkey.IsWord(p.Words[0]) {
			slips[i] = slipsOf(p.Words[0])
			all = append(all, slips[i]...)
		}
	}
	out := make([][]store.SearchTerm, len(r.q.pieces))
	if len(all) == 0 {
		return out, nil
	}
	whole, err := r.tx.SystemKnownTerms(all)
	if err != nil {
		return nil, err
	}
	known := make([][]string, len(slips))
	for i := range slips {
		known[i] = knownOf(slips[i], whole)
	}
	if err := r.far(slips, known); err != nil {
		return nil, err
	}
	for i, p := range r.q.pieces {
		// A letter is more often left out or doubled than written for another.
		slices.SortStableFunc(known[i], func(a, b string) int {
			w := p.Words[0]
			return cmp.Or(cmp.Compare(distance(w, a, false), distance(w, b, false)), cmp.Compare(common(b, w), common(a, w)))
		})
		for _, k := range known[i][:min(len(known[i]), maxNear)] {
			out[i] = append(out[i], store.SearchTerm{Text: k, Begins: true})
		}
	}
	return out, nil
}

// knownOf are the slips that are words of the index, or where none is, those
// that words begin with.
func knownOf(slips []string, whole map[string]bool) []string {
	var words, begins []string
	for _, s := range slips {
		is, known := whole[s]
		switch {
		case is:
			words = append(words, s)
		case known:
			begins = append(begins, s)
		}
	}
	if len(words) == 0 {
		words = begins
	}
	slices.Sort(words)
	return words
}

// far looks for words with two slips among those of the same start, for words
// of which none is known with one.
func (r *run) far(slips, known [][]string) error {
	starts := map[int]string{}
	var all []string
	for i, p := range r.q.pieces {
		if slips[i] == nil || len(known[i]) > 0 || utf8.RuneCountInString(p.Words[0]) < minFar {
			continue
		}
		starts[i] = string([]rune(p.Words[0])[:sameStart])
		if !slices.Contains(all, starts[i]) {
			all = append(all, starts[i])
		}
	}
	terms, err := r.tx.SystemTerms(all, maxLike)
	if err != nil {
		return err
	}
	for i, start := range starts {
		for _, t := range terms[start] {
			if distance(r.q.pieces[i].Words[0], t, true) <= 2 {
				known[i] = append(known[i], t)
			}
		}
	}
	return nil
}

// common is how many letters both begin with.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// slipsOf returns the words that are one slip away from w.
func slipsOf(w string) []string {
	letters := []rune(w)
	alphabet := []rune("abcdefghijklmnopqrstuvwxyz")
	for _, l := range letters {
		if !slices.Contains(alphabet, l) {
			alphabet = append(alphabet, l)
		}
	}
	seen := map[string]bool{w: true}
	var out []string
	add := func(parts ...[]rune) {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(string(p))
		}
		if s := b.String(); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	for i := range letters {
		add(letters[:i], letters[i+1:])
		if i+1 < len(letters) {
			add(letters[:i], []rune{letters[i+1], letters[i]}, letters[i+2:])
		}
		for _, l := range alphabet {
			add(letters[:i], []rune{l}, letters[i+1:])
			add(letters[:i], []rune{l}, letters[i:])
		}
	}
	for _, l := range alphabet {
		add(letters, []rune{l})
	}
	return out
}

// distance is how many slips lead from a to b: a letter more, less or another,
// or two neighbours exchanged. With begins, to the nearest beginning of b.
func distance(a, b string, begins bool) int {
	x, y := []rune(a), []rune(b)
	before, row, next := []int(nil), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, make([]int, len(y)+1)
	}
	if begins {
		return slices.Min(row)
	}
	return row[len(y)]
}

package search

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// maxParts is for how many hits sections, interfaces and comments are read to
// show where the words stand: documents are long.
const maxParts = 10

// explain marks what was looked for in the names, and finds for the others what
// else of the record has the words. Nothing is read that the viewer may not see.
func (r *run) explain(groups []Group) error {
	m := r.marker()
	var items []tenon.ItemID
	var orgs []tenon.OrgID
	open := map[int64]*Hit{}
	for g := range groups {
		for i := range groups[g].Hits {
			h := &groups[g].Hits[i]
			var found termSet
			h.Title, found = m.mark(h.Name)
			if h.Formerly != "" {
				h.Field = "Formerly"
				h.Text, _ = m.mark(h.Formerly)
				continue
			}
			if m.all(found) {
				continue
			}
			open[h.ID] = h
			if h.Kind == 0 {
				orgs = append(orgs, h.OrgID)
			} else {
				items = append(items, tenon.ItemID(h.ID))
			}
		}
	}
	if err := r.explainOrganizations(m, orgs, open); err != nil {
		return err
	}
	return r.explainItems(m, items, open)
}

func (r *run) explainOrganizations(m *marker, ids []tenon.OrgID, open map[int64]*Hit) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := r.tx.SaidByOrganizations(r.v, ids)
	if err != nil {
		return err
	}
	for id, values := range found {
		m.best(open[int64(id)], texts(tenon.OrganizationFields, values))
	}
	return nil
}

func (r *run) explainItems(m *marker, ids []tenon.ItemID, open map[int64]*Hit) error {
	found, err := r.tx.GetItems(r.v, ids)
	if err != nil {
		return err
	}
	var rest []*tenon.Item
	for _, i := range found {
		h := open[int64(i.ID)]
		all := texts(i.Kind.Info().Fields, i.Values)
		if len(i.Tags) > 0 {
			all = append(all, fieldText{"Tags", strings.Join(i.Tags, ", ")})
		}
		if !m.best(h, all) && len(i.Kind.Info().Parts) > 0 && len(rest) < maxParts {
			rest = append(rest, i)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	withParts := make([]tenon.ItemID, len(rest))
	for n, i := range rest {
		withParts[n] = i.ID
	}
	parts, err := r.tx.SystemParts(withParts...)
	if err != nil {
		return err
	}
	for _, i := range rest {
		var all []fieldText
		for _, p := range parts[i.ID] {
			info := i.Kind.Info().Part(p.Name)
			for _, t := range texts(info.Fields, p.Values) {
				all = append(all, fieldText{info.Label, t.text})
			}
		}
		m.best(open[int64(i.ID)], all)
	}
	return nil
}

// fieldText is a field in words.
type fieldText struct{ label, text string }

// texts are the fields that search finds a record by.
func texts(s tenon.Schema, v tenon.Values) []fieldText {
	var out []fieldText
	for i := range s {
		f := &s[i]
		switch x := v[f.Name].(type) {
		case string:
			if f.Type == tenon.RichText {
				x = store.PlainText(x)
			}
			if f.Type != tenon.File {
				out = append(out, fieldText{f.Label, x})
			}
		case []string:
			out = append(out, fieldText{f.Label, strings.Join(x, ", ")})
		case []tenon.Address:
			for _, a := range x {
				out = append(out, fieldText{f.Label, strings.TrimSpace(a.Value + " " + a.Label)})
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(x)) {
				if text := objectText(x[name]); text != "" {
					out = append(out, fieldText{title(name), text})
				}
			}
		}
	}
	return out
}

func objectText(x any) string {
	switch x := x.(type) {
	case string:
		return store.PlainText(x)
	case float64:
		return fmt.Sprint(x)
	case []any:
		var all []string
		for _, y := range x {
			if text, ok := y.(string); ok {
				all = append(all, store.PlainText(text))
			}
		}
		return strings.Join(all, ", ")
	}
	return ""
}

// title writes the key of a trait or custom field as a label.
func title(name string) string {
	words := []rune(strings.ReplaceAll(name, "_", " "))
	if len(words) > 0 {
		words[0] = unicode.ToUpper(words[0])
	}
	return string(words)
}

// marker finds what was looked for in texts as people wrote them.
type marker struct {
	terms []store.SearchTerm
	// words are, for each typed word, the sets of terms that may stand for it.
	words [][]termSet
}

// termSet tells which terms a text has, by a bit for each.
type termSet uint64

// all tells whether a text with these terms has every typed word.
func (m *marker) all(found termSet) bool {
	for _, sets := range m.words {
		if !slices.ContainsFunc(sets, func(s termSet) bool { return s&found == s }) {
			return false
		}
	}
	return true
}

func (r *run) marker() *marker {
	m := &marker{}
	for _, word := range r.words {
		var sets []termSet
		for _, terms := range word {
			var set termSet
			for _, t := range terms {
				set |= 1 << len(m.terms)
				m.terms = append(m.terms, t)
			}
			sets = append(sets, set)
		}
		m.words = append(m.words, sets)
	}
	return m
}

func (m *marker) fits(word string) (termSet, bool) {
	var found termSet
	for i, t := range m.terms {
		if word == t.Text || t.Begins && strings.HasPrefix(word, t.Text) || t.Text == textkey.Stem(word) {
			found |= 1 << i
		}
	}
	return found, found != 0
}

// mark cuts a text into what was looked for and what is between.
func (m *marker) mark(text string) ([]Part, termSet) {
	var out []Part
	var all termSet
	add := func(s string, marked bool) {
		switch n := len(out); {
		case s == "":
		case n > 0 && out[n-1].Marked == marked:
			out[n-1].Text += s
		default:
			out = append(out, Part{s, marked})
		}
	}
	for len(text) > 0 {
		chunk := text
		if at := strings.IndexFunc(text, unicode.IsSpace); at >= 0 {
			chunk = text[:at]
		}
		found := m.markChunk(chunk, add)
		all |= found
		text = text[len(chunk):]
		space := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
		add(text[:space], false)
		text = text[space:]
	}
	return out, all
}

// markChunk marks a text without white space: whole where it fits as one
// ("00:1A:2B:3C:4D:5E"), else word by word.
func (m *marker) markChunk(chunk string, add func(string, bool)) termSet {
	for _, p := range textkey.Pieces(chunk) {
		whole := p.Joined
		if len(p.Words) == 1 && strings.Contains(p.Words[0], ".") {
			whole = p.Words[0]
		}
		if whole == "" {
			continue
		}
		if found, ok := m.fits(whole); ok {
			add(chunk, true)
			return found
		}
	}
	var all termSet
	for len(chunk) > 0 {
		n := strings.IndexFunc(chunk, notInWord)
		if n < 0 {
			n = len(chunk)
		}
		if n > 0 {
			found, ok := m.fits(textkey.Fold(chunk[:n]))
			all |= found
			add(chunk[:n], ok)
			chunk = chunk[n:]
			continue
		}
		n = strings.IndexFunc(chunk, func(r rune) bool { return !notInWord(r) })
		if n < 0 {
			n = len(chunk)
		}
		add(chunk[:n], false)
		chunk = chunk[n:]
	}
	return all
}

func notInWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}

// best shows on a hit some of the text that has most of what was looked for. It
// tells whether one has anything.
func (m *marker) best(h *Hit, all []fieldText) bool {
	if h == nil {
		return true
	}
	most := 0
	for _, t := range all {
		if t.text == h.Name {
			continue
		}
		parts, found := m.mark(strings.Join(strings.Fields(t.text), " "))
		n := bits.OnesCount64(uint64(found))
		if n > 0 && m.all(found) {
			n += 64
		}
		if n > most {
			most = n
			h.Field, h.Text = t.label, excerpt(parts)
		}
	}
	return most > 0
}

// Runes around the first word that was looked for.
const aroundBefore, aroundAfter = 40, 120

// excerpt keeps what is around the first marked part.
func excerpt(parts []Part) []Part {
	first := slices.IndexFunc(parts, func(p Part) bool { return p.Marked })
	if first < 0 {
		return nil
	}
	var out []Part
	if first > 0 {
		before := []rune(parts[first-1].Text)
		if len(before) > aroundBefore || first > 1 {
			before = append([]rune("…"), before[max(0, len(before)-aroundBefore):]...)
		}
		out = append(out, Part{Text: string(before)})
	}
	left := aroundAfter
	for _, p := range parts[first:] {
		runes := []rune(p.Text)
		if len(runes) > left {
			return append(out, Part{string(runes[:left]) + "…", p.Marked})
		}
		left -= len(runes)
		out = append(out, p)
	}
	return out
}

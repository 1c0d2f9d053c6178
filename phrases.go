package tenon

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// Phrases are several texts about one thing, one after the other.
type Phrases []Phrase

// Join says them in English, with what stands between them.
func (p Phrases) Join(between string) string {
	words := make([]string, len(p))
	for i := range p {
		words[i] = p[i].String()
	}
	return strings.Join(words, between)
}

// Has tells whether the phrase is among them.
func (p Phrases) Has(one Phrase) bool {
	for i := range p {
		if reflect.DeepEqual(p[i], one) {
			return true
		}
	}
	return false
}

// UnmarshalJSON reads what was kept: also one text, as it was kept before there
// were phrases.
func (p *Phrases) UnmarshalJSON(text []byte) error {
	*p = nil
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte(`"`)) {
		return json.Unmarshal(text, (*[]Phrase)(p))
	}
	var one string
	if err := json.Unmarshal(text, &one); err != nil || one == "" {
		return err
	}
	*p = Phrases{{Text: one}}
	return nil
}

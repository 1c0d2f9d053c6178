package glueimport

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// record is one as the API gives it.
type record struct {
	ID            string
	Type          string
	Attributes    map[string]any
	Relationships map[string]relation
	// Included are records that came along inside of it and not beside it.
	Included []record
}

type relation struct {
	Data json.RawMessage `json:"data"`
}

// UnmarshalJSON reads a record as servers write it: its id as text or as a
// number, or only among its attributes.
func (r *record) UnmarshalJSON(text []byte) error {
	var raw struct {
		ID            json.RawMessage `json:"id"`
		Type          string          `json:"type"`
		Attributes    json.RawMessage `json:"attributes"`
		Relationships json.RawMessage `json:"relationships"`
		Included      []record        `json:"included"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*r = record{ID: idOf(raw.ID), Type: strings.ReplaceAll(raw.Type, "_", "-"), Included: raw.Included}
	// What is empty is not always an object.
	if json.Unmarshal(raw.Attributes, &r.Attributes) != nil || r.Attributes == nil {
		r.Attributes = map[string]any{}
	}
	if json.Unmarshal(raw.Relationships, &r.Relationships) != nil {
		r.Relationships = nil
	}
	if r.ID == "" {
		r.ID = r.id("id")
	}
	return nil
}

// idOf reads an id that is text or a number; it is "" where there is none.
func idOf(text json.RawMessage) string {
	var word string
	if json.Unmarshal(text, &word) == nil {
		return strings.TrimSpace(word)
	}
	var n json.Number
	if json.Unmarshal(text, &n) == nil {
		return n.String()
	}
	return ""
}

// related tells whether the source says what the relation leads to, be it nothing.
func (r *record) related(name string) bool {
	data := r.Relationships[name].Data
	return len(data) > 0 && string(data) != "null"
}

// named returns the ids of a relation to many.
func (r *record) named(name string) []string {
	var list []struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(r.Relationships[name].Data, &list) != nil {
		return nil
	}
	out := make([]string, len(list))
	for i := range list {
		out[i] = idOf(list[i].ID)
	}
	return out
}

// answer is a page of records, or one.
type answer struct {
	Data []record
	Next bool
	// Unsaid tells that the source does not say whether another page follows.
	Unsaid bool
	// Total is how many records the list has; 0 where that is not said.
	Total int64
	// along are the included records, by type and id.
	along map[string]map[string]*record
}

// last is the id of the last record.
func (a *answer) last() string { return a.Data[len(a.Data)-1].ID }

// included returns the records of that type that came along, by id.
func (a *answer) included(kind string) map[string]*record { return a.along[kind] }

// once drops what a page has twice, and returns how many records have no id.
func (a *answer) once() (nameless int) {
	seen, kept := map[string]bool{}, a.Data[:0]
	for i := range a.Data {
		r := a.Data[i]
		if r.ID == "" {
			nameless++
			continue
		}
		if !seen[r.ID] {
			seen[r.ID] = true
			kept = append(kept, r)
		}
	}
	a.Data = kept
	return nameless
}

// decode reads an answer: a list, or one record.
func decode(r io.Reader) (*answer, error) {
	var raw struct {
		Data     json.RawMessage `json:"data"`
		Included []record        `json:"included"`
		Meta     json.RawMessage `json:"meta"`
		Links    json.RawMessage `json:"links"`
	}
	if err := json.NewDecoder(r).Decode(&raw); err != nil {
		return nil, err
	}
	a := &answer{along: map[string]map[string]*record{}}
	a.paging(raw.Meta, raw.Links)
	switch {
	case len(raw.Data) > 0 && raw.Data[0] == '[':
		if err := json.Unmarshal(raw.Data, &a.Data); err != nil {
			return nil, err
		}
	case string(raw.Data) != "null":
		var one record
		if err := json.Unmarshal(raw.Data, &one); err != nil {
			return nil, err
		}
		a.Data = []record{one}
	}
	came := raw.Included
	for i := range a.Data {
		came = append(came, a.Data[i].Included...)
	}
	for i := range came {
		r := &came[i]
		if a.along[r.Type] == nil {
			a.along[r.Type] = map[string]*record{}
		}
		a.along[r.Type][r.ID] = r
	}
	return a, nil
}

// paging reads whether another page follows, in the ways in which that is said.
func (a *answer) paging(meta, links json.RawMessage) {
	var m, l map[string]json.RawMessage
	if json.Unmarshal(meta, &m) != nil {
		m = nil
	}
	if json.Unmarshal(links, &l) != nil {
		l = nil
	}
	a.Total, _ = strconv.ParseInt(idOf(m["total-count"]), 10, 64) // not said: 0
	number := func(name string) (n int64, ok bool) {
		n, err := strconv.ParseInt(idOf(m[name]), 10, 64)
		return n, err == nil
	}
	next, said := number("next-page")
	_, told := m["next-page"]
	pages, counted := number("total-pages")
	current, at := number("current-page")
	_, linked := l["next"]
	switch {
	case said:
		a.Next = next > 0
	case told: // null, or nothing
	case counted && at:
		a.Next = current < pages
	case linked:
		a.Next = idOf(l["next"]) != ""
	default:
		a.Unsaid = true
	}
}

package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// This file turns what stands in the address of a list of items into the query
// of the store, and into words. The filters of a kind come from its schema:
// what the store can look up, people can ask for.

// filterForm says how a filter is asked for.
type filterForm int

const (
	choiceForm filterForm = iota // one of a list
	textForm                     // how a value begins
	recordForm                   // another record, by its name
	daysForm                     // from a day until another
)

// listFilter is one thing that a list can be filtered by.
type listFilter struct {
	param, label string
	form         filterForm
	list         string      // the look-up list to choose from
	choices      []ui.Choice // or what there is to choose
	field        *tenon.Field
	suggest      string // address that offers records
	any          string // what it is where nothing is asked; "Any" unless said
}

// What follows the name of a filter in the parameters of an address.
const (
	fromSuffix = ".from"
	toSuffix   = ".to"
	nameSuffix = ".name"
)

// yesOrNo are the choices of a filter that asks whether something is so.
func yesOrNo(yes, no string) []ui.Choice {
	return []ui.Choice{{Value: "yes", Text: yes}, {Value: "no", Text: no}}
}

// expiring are the choices of the filter for what runs out, in days from today.
var expiring = []ui.Choice{{Value: "past", Text: say.Key("Expired")}, {Value: "30", Text: say.Key("Within 30 days")}, {Value: "90", Text: say.Key("Within 90 days")}, {Value: "365", Text: say.Key("Within a year")}}

// itemFilters are the filters of a kind: what its schema has, then what every
// item has.
func itemFilters(ctx context.Context, k *tenon.KindInfo, flex *tenon.FlexType, everywhere bool) []listFilter {
	var out []listFilter
	add := func(f listFilter) { out = append(out, f) }
	if f := k.Fields.Field(k.Type); f != nil {
		add(listFilter{param: "type", label: say.Text(ctx, f.Label), list: f.List, field: f})
	}
	if f := k.Fields.Field(k.Status); f != nil {
		add(listFilter{param: "status", label: say.Text(ctx, f.Label), list: f.List, field: f, choices: options(ctx, f.Options)})
	}
	if everywhere {
		add(listFilter{param: "organization", label: say.Text(ctx, "Organization"), form: recordForm, suggest: "/organizations/suggest"})
	}
	add(listFilter{param: "tag", label: say.Text(ctx, "Tag"), form: textForm})
	for i := range k.Fields {
		f := &k.Fields[i]
		if !f.Index || f.Name == k.Type || f.Name == k.Status || f.Type == tenon.Object {
			continue
		}
		add(fieldFilter(ctx, f))
		if f.Expires {
			add(listFilter{param: "expires", label: say.Text(ctx, "Expires"), choices: expiring, field: f})
		}
	}
	if flex != nil {
		for i := range flex.Fields {
			if f, ok := traitFilter(ctx, &flex.Fields[i]); ok {
				add(f)
			}
		}
	}
	add(listFilter{param: "archived", label: say.Text(ctx, "Archive"), any: say.Text(ctx, "In use"), choices: []ui.Choice{{Value: "1", Text: say.Text(ctx, "Archived")}, {Value: "any", Text: say.Text(ctx, "In use and archived")}}})
	add(listFilter{param: "restricted", label: say.Text(ctx, "Restriction"), choices: yesOrNo(say.Text(ctx, "Restricted"), say.Text(ctx, "Open"))})
	add(listFilter{param: "files", label: say.Text(ctx, "Attachments"), choices: yesOrNo(say.Text(ctx, "Has attachments"), say.Text(ctx, "Has none"))})
	add(listFilter{param: "starred", label: say.Text(ctx, "Favourites"), choices: []ui.Choice{{Value: "yes", Text: say.Text(ctx, "My favourites")}}})
	add(listFilter{param: "updated", label: say.Text(ctx, "Updated"), form: daysForm})
	return out
}

func options(ctx context.Context, texts []string) []ui.Choice {
	var out []ui.Choice
	for _, o := range texts {
		out = append(out, ui.Choice{Value: o, Text: say.Text(ctx, o)})
	}
	return out
}

func fieldFilter(ctx context.Context, f *tenon.Field) listFilter {
	out := listFilter{param: f.Name, label: say.Text(ctx, f.Label), form: textForm, field: f}
	switch f.Type {
	case tenon.Lookup:
		out.form, out.list = choiceForm, f.List
	case tenon.Ref:
		out.form, out.suggest = recordForm, "/items/suggest"
		if f.RefKind != 0 {
			out.suggest += "?kind=" + f.RefKind.String()
		}
	case tenon.Date:
		out.form = daysForm
	case tenon.Choice:
		out.form, out.choices = choiceForm, options(ctx, f.Options)
	}
	return out
}

// traitFilter is the filter of a field of a flexible asset type, where it has one.
func traitFilter(ctx context.Context, f *tenon.FlexField) (listFilter, bool) {
	out := listFilter{param: "traits." + f.Key, label: f.Name, form: textForm}
	switch f.Kind {
	case tenon.FlexSelect:
		out.form, out.choices = choiceForm, options(ctx, f.Options)
	case tenon.FlexDate:
		out.form = daysForm
	case tenon.FlexText, tenon.FlexNumber, tenon.FlexPercent:
	default:
		return out, false
	}
	return out, true
}

// itemQuery is what an address asks of the list of a kind, but for the scope.
// Saved views are counted by it too, so it needs nothing but the values.
func itemQuery(k *tenon.KindInfo, q url.Values, now time.Time) (store.ItemQuery, error) {
	out := store.ItemQuery{Kind: k.Kind, Search: q.Get("q"), Status: q.Get("status"), Type: tenon.LookupID(tenon.ParseID(q.Get("type"))),
		Favourite: q.Get("starred") == "yes", Restricted: whether(q.Get("restricted")), Files: whether(q.Get("files"))}
	if text := q.Get("archived"); text != "any" {
		archived := text == "1"
		out.Archived = &archived
	}
	if text := q.Get("tag"); text != "" {
		out.Match = append(out.Match, store.KeyMatch{Field: "tags", Keys: []string{store.FieldKey(&tenon.Field{Type: tenon.Text}, text)}})
	}
	var err error
	if out.Since, out.Until, err = days(q, "updated", now.Location()); err != nil {
		return out, err
	}
	for i := range k.Fields {
		f := &k.Fields[i]
		if f.Index && f.Name != k.Type && f.Name != k.Status {
			if err := matchField(&out, f, q); err != nil {
				return out, err
			}
		}
		if f.Expires {
			matchExpiry(&out, f, q.Get("expires"), now)
		}
	}
	if k.Fields.Field("traits") != nil {
		return out, matchTraits(&out, q)
	}
	return out, nil
}

func whether(text string) *bool {
	is := text == "yes"
	if !is && text != "no" {
		return nil
	}
	return &is
}

// days reads the two days of a filter: the second one is part of it.
func days(q url.Values, name string, zone *time.Location) (from, to time.Time, err error) {
	for _, day := range []struct {
		param string
		add   int
		into  *time.Time
	}{{name + fromSuffix, 0, &from}, {name + toSuffix, 1, &to}} {
		text := q.Get(day.param)
		if text == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil {
			return from, to, tenon.FieldErrorf(day.param, "%q is not a day such as 2026-11-30.", text)
		}
		*day.into = at.AddDate(0, 0, day.add)
	}
	return from, to, nil
}

// matchField looks an indexed field up: days within bounds, texts by how they
// begin, everything else as it is.
func matchField(out *store.ItemQuery, f *tenon.Field, q url.Values) error {
	if f.Type == tenon.Date {
		return matchDays(out, f.Name, q)
	}
	text := strings.TrimSpace(q.Get(f.Name))
	if text == "" {
		return nil
	}
	m := store.KeyMatch{Field: f.Name}
	switch f.Type {
	case tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.Choice:
		m.Keys = []string{store.FieldKey(&tenon.Field{Type: tenon.Text}, text)}
	default:
		m.From = store.FieldKey(f, text)
		m.To = m.From + "\U0010FFFF"
	}
	out.Match = append(out.Match, m)
	return nil
}

func matchDays(out *store.ItemQuery, name string, q url.Values) error {
	if _, _, err := days(q, name, time.UTC); err != nil {
		return err
	}
	m := store.KeyMatch{Field: name, From: q.Get(name + fromSuffix), To: q.Get(name + toSuffix)}
	if m.From != "" || m.To != "" {
		out.Match = append(out.Match, m)
	}
	return nil
}

func matchExpiry(out *store.ItemQuery, f *tenon.Field, text string, now time.Time) {
	n, err := strconv.Atoi(text)
	switch {
	case text == "past":
		out.Match = append(out.Match, store.KeyMatch{Field: f.Name, From: "0", To: now.AddDate(0, 0, -1).Format(time.DateOnly)})
	case err == nil && n > 0 && n <= 3660:
		out.Match = append(out.Match, store.KeyMatch{Field: f.Name, From: now.Format(time.DateOnly), To: now.AddDate(0, 0, n).Format(time.DateOnly)})
	}
}

// matchTraits looks the fields of flexible assets up, whatever their type.
func matchTraits(out *store.ItemQuery, q url.Values) error {
	done := map[string]bool{}
	for _, param := range sortedParams(q) {
		name, ok := strings.CutPrefix(param, "traits.")
		if !ok {
			continue
		}
		name = "traits." + strings.TrimSuffix(strings.TrimSuffix(name, fromSuffix), toSuffix)
		if done[name] {
			continue
		}
		done[name] = true
		if name != param {
			if err := matchDays(out, name, q); err != nil {
				return err
			}
			continue
		}
		from := store.FieldKey(&tenon.Field{Type: tenon.Text}, strings.TrimSpace(q.Get(param)))
		out.Match = append(out.Match, store.KeyMatch{Field: name, From: from, To: from + "\U0010FFFF"})
	}
	return nil
}

func sortedParams(q url.Values) []string {
	out := make([]string, 0, len(q))
	for name := range q {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// chipOf says in words what a filter asks for, "" where it asks for nothing.
func (f *listFilter) chipOf(ctx context.Context, q url.Values, n names, types []tenon.LookupRow) string {
	if f.form == daysForm {
		return daysChip(ctx, f.label, q.Get(f.param+fromSuffix), q.Get(f.param+toSuffix))
	}
	value := q.Get(f.param)
	if value == "" {
		return ""
	}
	for _, c := range f.choices {
		if c.Value == value {
			return f.label + ": " + c.Text
		}
	}
	id := tenon.ParseID(value)
	switch {
	case f.param == "type" && lookupName(types, id) != "":
		value = lookupName(types, id)
	case f.list != "":
		value, _ = n.reference(ctx, &tenon.Field{Type: tenon.Lookup}, id)
	case f.form == recordForm:
		value, _ = n.reference(ctx, &tenon.Field{Type: tenon.Ref}, id)
	case f.form == textForm && f.param != "tag":
		value += "…"
	}
	return f.label + ": " + value
}

func daysChip(ctx context.Context, label, from, to string) string {
	switch {
	case from != "" && to != "":
		return say.Textf(ctx, "%s: %s to %s", label, from, to)
	case from != "":
		return say.Textf(ctx, "%s: from %s", label, from)
	case to != "":
		return say.Textf(ctx, "%s: until %s", label, to)
	}
	return ""
}

// want adds the ids that the chip of a filter needs in words.
func (f *listFilter) want(q url.Values, w *wanted) {
	id := tenon.ParseID(q.Get(f.param))
	switch {
	case id == 0:
	case f.list != "" && f.list != flexTypes:
		w.lookups = append(w.lookups, tenon.LookupID(id))
	case f.form == recordForm:
		w.records = append(w.records, id)
	}
}

// params are the parameters of a filter.
func (f *listFilter) params() []string {
	if f.form == daysForm {
		return []string{f.param + fromSuffix, f.param + toSuffix}
	}
	return []string{f.param}
}

// chipsOf are the filters in words, each with the address without it.
func chipsOf(ctx context.Context, filters []listFilter, a address, n names, types []tenon.LookupRow) []ui.Chip {
	var chips []ui.Chip
	for i := range filters {
		f := &filters[i]
		if text := f.chipOf(ctx, a.query, n, types); text != "" {
			var without []string
			for _, p := range f.params() {
				without = append(without, p, "")
			}
			chips = append(chips, ui.Chip{Text: text, Without: a.with(without...)})
		}
	}
	return chips
}

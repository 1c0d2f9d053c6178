package itglue

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// resource declares one resource of this API: what it is called, what it says
// about itself, how its lists are filtered and sorted, what may be done with
// it, and which of our records it stands for. Routes, answers, the decoder and
// the OpenAPI document are made from it.
type resource struct {
	path    string // "configuration_types"; with dashes it is the type
	label   string // "Configuration type"
	about   string // one sentence for the document
	schema  tenon.Schema
	attrs   []attribute
	filters []filter
	sorts   map[string]string // name here: column of ours
	// includes are what ?include= may ask for; those with nothing behind them answer an empty list.
	includes []include
	// parents are the resources it is nested under.
	parents []parent
	verbs   verb
	src     source
	// children are the lists that may be created with it: the relationship under
	// which each is sent, by our field.
	children map[string]string
	// first is how lists are sorted where nobody says how.
	first string
	// limit is the longest body, where it is not maxBody.
	limit int64
	// prepare loads, for a whole page, what its attributes need beside the records.
	prepare func(v *view, of []record) error
	// standing are conditions of every list, where the request does not lift them.
	standing func(r *request) []filterMatch
	// required names the filter that a list cannot do without.
	required string
	// versioned answers what a record was before to ?version_id=.
	versioned bool
	// pages is how many pages of a list are given out; 0 is all.
	pages int64
}

// verb is what may be done with a resource; they add up.
type verb uint

const (
	canList verb = 1 << iota
	canGet
	canCreate
	canUpdate     // PATCH of one
	canUpdateMany // PATCH of several, by ids or by a filter
	canDelete     // DELETE of one
	canDeleteMany // DELETE of several, by ids or by a filter
)

const (
	readOnly = canList | canGet
	noDelete = readOnly | canCreate | canUpdate | canUpdateMany
	canAll   = noDelete | canDelete | canDeleteMany
)

// parent is a resource that another is nested under.
type parent struct {
	path  string // "organizations"
	attr  string // attribute of the child that holds the parent's id, in snake_case
	match string // the column that its list is matched by
	verbs verb   // what may be done under it
}

// form is the type of an attribute as it is written.
type form string

const (
	text   form = "text"   // text or null
	id     form = "id"     // number or null
	number form = "number" // number or null
	flag   form = "flag"   // true or false
	date   form = "date"   // yyyy-mm-dd or null
	moment form = "moment" // ISO 8601 in UTC with milliseconds, or null
	list   form = "list"   // list, never null
	object form = "object" // object or null
)

// attribute declares one attribute.
type attribute struct {
	name  string // kebab-case
	form  form
	field string // of our schema; "" where get makes the value
	write bool
	// required refuses a create without it.
	required bool
	// names is the field whose look-up row, item or user this attribute names.
	names string
	get   func(v *view, r *record) any
	// when tells whether the attribute is there at all; nil is always.
	when func(v *view) bool
	// read turns what was sent into what our field takes.
	read func(x any) any
}

func snake(s string) string { return strings.ReplaceAll(s, "-", "_") }
func kebab(s string) string { return strings.ReplaceAll(s, "_", "-") }

// rw is an attribute that is a field of ours under the same name, and can be written.
func rw(f form, name string) attribute {
	return attribute{name: name, form: f, field: snake(name), write: true}
}

// must is rw for what a create must have.
func must(f form, name string) attribute {
	a := rw(f, name)
	a.required = true
	return a
}

// ro is an attribute that is a field of ours and cannot be written here.
func ro(f form, name string) attribute { return attribute{name: name, form: f, field: snake(name)} }

// named is the name of what a field refers to.
func named(name, field string) attribute { return attribute{name: name, form: text, names: field} }

// made is an attribute whose value is worked out.
func made(f form, name string, get func(v *view, r *record) any) attribute {
	return attribute{name: name, form: f, get: get}
}

// none is an attribute that this API has and we keep nothing for.
func none(f form, name string) attribute {
	return made(f, name, func(*view, *record) any { return nil })
}

// filter declares a filter of lists.
type filter struct {
	name   string // snake_case, as it stands between the brackets: "id", "exclude[id]"
	column string // of ours
	form   form
	not    bool
	// span marks a range "from,to".
	span bool
	// read takes the place of the common way to read values.
	read func(r *request, text string) ([]filterMatch, error)
}

func by(f form, names ...string) []filter {
	out := make([]filter, len(names))
	for i, n := range names {
		out[i] = filter{name: n, column: n, form: f}
	}
	return out
}

func without(f form, names ...string) []filter {
	out := make([]filter, len(names))
	for i, n := range names {
		out[i] = filter{name: "exclude[" + n + "]", column: n, form: f, not: true}
	}
	return out
}

func between(f form, names ...string) []filter {
	out := make([]filter, len(names))
	for i, n := range names {
		out[i] = filter{name: n, column: n, form: f, span: true}
	}
	return out
}

func filters(lists ...[]filter) []filter {
	var out []filter
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// sorts are columns of ours under the same name.
func sorts(names ...string) map[string]string {
	out := make(map[string]string, len(names))
	for _, n := range names {
		out[n] = n
	}
	return out
}

func (r *resource) typ() string { return kebab(r.path) }

func (r *resource) parent(path string) *parent {
	for i := range r.parents {
		if r.parents[i].path == path {
			return &r.parents[i]
		}
	}
	return nil
}

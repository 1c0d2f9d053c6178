package csvimport

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
)

// column is one mapped column: its place in the file and what it is to us.
type column struct {
	index int
	name  string       // our field
	field *tenon.Field // nil for the special ones
	entry string       // the entry of an object field
}

// layout is the mapping of one file.
type layout struct {
	kind    *tenon.KindInfo // nil for organizations
	schema  tenon.Schema
	columns []column
}

// special names what is not in the schema of a kind.
func special(kind *tenon.KindInfo) []string {
	if kind == nil {
		return []string{"id", "domains"}
	}
	return []string{"id", "organization", "tags"}
}

// kindOf resolves the name of what is imported; nil is organizations.
func kindOf(name string) (*tenon.KindInfo, error) {
	if name == "organization" || name == "organizations" {
		return nil, nil
	}
	if info := tenon.KindNamed(name).Info(); info != nil {
		return info, nil
	}
	return nil, tenon.FieldErrorf("kind", "There is no kind of record named %q.", name)
}

func schemaOf(kind *tenon.KindInfo) tenon.Schema {
	if kind == nil {
		return tenon.OrganizationFields
	}
	return kind.Fields
}

// Fields returns the names that columns of this kind can be mapped to, in the
// order in which a form shows them.
func Fields(kind string) ([]string, error) {
	info, err := kindOf(kind)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range schemaOf(info) {
		if !f.ReadOnly && f.Type != tenon.File {
			out = append(out, f.Name)
		}
	}
	return append(out, special(info)...), nil
}

// newLayout maps the columns of a file.
func newLayout(s *settings, header []string, find func(string) (int, error)) (*layout, error) {
	kind, err := kindOf(s.Kind)
	if err != nil {
		return nil, err
	}
	l := &layout{kind: kind, schema: schemaOf(kind)}
	if s.Map == nil {
		s.Map = guess(l, header)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Map)) {
		c := column{name: name}
		if !slices.Contains(special(kind), name) {
			if c.field, c.entry, err = l.field(name); err != nil {
				return nil, err
			}
		}
		if c.index, err = find(s.Map[name]); err != nil {
			return nil, err
		}
		l.columns = append(l.columns, c)
	}
	return l, l.complete()
}

// field finds our field, or the object field and the entry, of that name.
func (l *layout) field(name string) (*tenon.Field, string, error) {
	f := l.schema.Field(name)
	entry := ""
	if head, tail, ok := strings.Cut(name, "."); f == nil && ok && tail != "" {
		if f = l.schema.Field(head); f != nil && f.Type == tenon.Object {
			entry = tail
		} else {
			f = nil
		}
	}
	switch {
	case f == nil:
		return nil, "", tenon.FieldErrorf("map", "There is no field %q to map a column to.", name)
	case f.ReadOnly || f.Type == tenon.File || (f.Type == tenon.Object && entry == ""):
		return nil, "", tenon.FieldErrorf("map", "%s cannot be imported from a column.", f.Label)
	}
	return f, entry, nil
}

// complete refuses a mapping by which no row could say which record it means.
func (l *layout) complete() error {
	if l.has("id") || l.has("external_id") {
		return nil
	}
	for _, t := range l.title() {
		if l.has(t) {
			if l.kind != nil && !l.has("organization") {
				return tenon.FieldErrorf("map", "Say which column names the organization: map organization.")
			}
			return nil
		}
	}
	return tenon.FieldErrorf("map", "Say which column holds the name: map %s, or id.", strings.Join(l.title(), " or "))
}

func (l *layout) has(name string) bool {
	return slices.ContainsFunc(l.columns, func(c column) bool { return c.name == name })
}

// title names the fields that make the name of a record.
func (l *layout) title() []string {
	if l.kind == nil {
		return []string{"name"}
	}
	if len(l.kind.Title) == 0 {
		return []string{"name"}
	}
	return l.kind.Title
}

// guess maps the columns that are named like one of our fields. A column "id"
// is only taken where nothing else says which record is meant: other systems
// have ids too.
func guess(l *layout, header []string) map[string]string {
	out := map[string]string{}
	names := special(l.kind)
	for i := range l.schema {
		names = append(names, l.schema[i].Name)
	}
	for _, h := range header {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(h)), " ", "_")
		if !slices.Contains(names, name) || name == "id" || out[name] != "" {
			continue
		}
		if f := l.schema.Field(name); f == nil || !(f.ReadOnly || f.Type == tenon.File || f.Type == tenon.Object) {
			out[name] = h
		}
	}
	return out
}

// open opens the file and reads its header.
func openFile(s *settings, in interface{ Read([]byte) (int, error) }) (*csvfile.Reader, *layout, error) {
	r, err := csvfile.NewReader(in, csvfile.Options{Encoding: s.Encoding, Comma: s.Comma})
	if err != nil {
		return nil, nil, err
	}
	l, err := newLayout(s, r.Header(), r.Column)
	return r, l, err
}

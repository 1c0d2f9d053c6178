package csvimport

import (
	"hash/fnv"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/textkey"
)

// row is one row of the file as we understand it.
type row struct {
	num      int64 // counted from 0
	line     int
	problem  tenon.Phrase
	id       int64
	name     string // folded
	external string // folded
	orgText  string
	// refs are fields that name an organization, as the file has it.
	refs    map[string]string
	org     tenon.OrgID
	values  tenon.Values // filled cells only
	entries map[string]map[string]any
	domains *[]string
	tags    *[]string
	secrets map[string]*secret.Text
}

// parse reads the cells of a row. What is wrong stands in its problem.
func (p *prepared) parse(num int64, in csvfile.Row) *row {
	r := &row{num: num, line: in.Line, problem: in.Problem, values: tenon.Values{}}
	if !r.problem.IsZero() {
		return r
	}
	for i := range p.layout.columns {
		c := &p.layout.columns[i]
		cell := in.Cells[c.index]
		if strings.TrimSpace(cell) == "" {
			continue
		}
		if err := p.cell(r, c, cell); err != nil {
			r.problem = tenon.PhraseOf(err)
			return r
		}
	}
	r.values = core.Cleaned(p.layout.schema, r.values)
	var title []string
	for _, t := range p.layout.title() {
		if s := r.values.Text(t); s != "" {
			title = append(title, s)
		}
	}
	r.name = textkey.Fold(strings.Join(title, " "))
	r.external = textkey.Fold(r.values.Text("external_id"))
	switch {
	case r.name == "" && r.id == 0 && r.external == "":
		r.problem = tenon.Say("The row has no name.")
	case p.layout.kind != nil && r.orgText == "" && r.id == 0:
		r.problem = tenon.Say("The row names no organization.")
	}
	return r
}

// cell takes one filled cell.
func (p *prepared) cell(r *row, c *column, cell string) error {
	if c.field == nil {
		return p.specialCell(r, c, cell)
	}
	f := c.field
	switch {
	case c.entry != "":
		if r.entries == nil {
			r.entries = map[string]map[string]any{}
		}
		if r.entries[f.Name] == nil {
			r.entries[f.Name] = map[string]any{}
		}
		r.entries[f.Name][c.entry] = strings.TrimSpace(cell)
		return nil
	case f.Type == tenon.OrgRef:
		if r.refs == nil {
			r.refs = map[string]string{}
		}
		r.refs[f.Name] = strings.TrimSpace(cell)
		return nil
	case f.Type == tenon.Secret:
		if r.secrets == nil {
			r.secrets = map[string]*secret.Text{}
		}
		text := secret.NewText(cell)
		r.secrets[f.Name] = &text
		return nil
	case f.Type == tenon.Lookup && p.lookups[f.List] != nil:
		id, err := p.lookup(f, cell)
		if err == nil {
			r.values[f.Name] = id
		}
		return err
	}
	x, err := f.Clean(cell)
	if err != nil || x == nil {
		return err
	}
	r.values[f.Name] = x
	return nil
}

func (p *prepared) specialCell(r *row, c *column, cell string) error {
	words := func() *[]string {
		var out []string
		for _, s := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' }) {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
		return &out
	}
	switch c.name {
	case "id":
		if r.id = tenon.ParseID(strings.TrimSpace(cell)); r.id == 0 {
			return tenon.FieldErrorf("id", "%q is not an id.", cell)
		}
	case "organization":
		r.orgText = strings.TrimSpace(cell)
	case "tags":
		r.tags = words()
	case "domains":
		domains := words()
		for i, d := range *domains {
			key, ok := textkey.DomainKey(d)
			if !ok {
				return tenon.FieldErrorf("domains", "%q is not a domain.", d)
			}
			(*domains)[i] = key
		}
		slices.Sort(*domains)
		*domains = slices.Compact(*domains)
		r.domains = domains
	}
	return nil
}

// record is what exists already, seen as a row is.
type record struct {
	id      int64
	org     tenon.OrgID
	name    string // folded
	values  tenon.Values
	domains []string
	tags    []string
	version int64
	// merged is set where the organization was merged away, former where it was
	// found under a name it once had.
	merged bool
	former bool
}

// exact tells whether the record says the same as the row in all mapped
// fields: where a cell is empty, so is the field.
func (l *layout) exact(r *row, x *record) bool {
	if x.former {
		return false
	}
	for i := range l.columns {
		c := &l.columns[i]
		var said, has any
		switch {
		case c.field == nil:
			continue
		case c.field.Type == tenon.Secret:
			continue // sealed; compared when it is written
		case c.entry != "":
			said, has = r.entries[c.field.Name][c.entry], x.values.Object(c.field.Name)[c.entry]
		default:
			said, has = r.values[c.name], x.values[c.name]
		}
		if !reflect.DeepEqual(said, has) {
			return false
		}
	}
	return (!l.has("domains") || sameWords(r.domains, x.domains)) && (!l.has("tags") || sameWords(r.tags, x.tags))
}

func sameWords(said *[]string, has []string) bool {
	if said == nil {
		return len(has) == 0
	}
	return slices.Equal(*said, has)
}

// content hashes what a row says in the mapped fields; two with the same
// content are exact for the same records.
func (l *layout) content(r *row) uint64 {
	doc := tenon.Values{"values": r.values.JSON()}
	for name, e := range r.entries {
		doc["entries."+name] = tenon.Values(e).JSON()
	}
	if r.domains != nil {
		doc["domains"] = *r.domains
	}
	if r.tags != nil {
		doc["tags"] = *r.tags
	}
	return hashText(doc.JSON())
}

// contentOf is content for a record.
func (l *layout) contentOf(x *record) uint64 {
	r := &row{values: tenon.Values{}}
	for i := range l.columns {
		c := &l.columns[i]
		switch {
		case c.name == "domains" && c.field == nil:
			if len(x.domains) > 0 {
				r.domains = &x.domains
			}
		case c.name == "tags" && c.field == nil:
			if len(x.tags) > 0 {
				r.tags = &x.tags
			}
		case c.field == nil || c.field.Type == tenon.Secret:
		case c.entry != "":
			if v, ok := x.values.Object(c.field.Name)[c.entry]; ok {
				if r.entries == nil {
					r.entries = map[string]map[string]any{}
				}
				if r.entries[c.field.Name] == nil {
					r.entries[c.field.Name] = map[string]any{}
				}
				r.entries[c.field.Name][c.entry] = v
			}
		default:
			if v, ok := x.values[c.name]; ok {
				r.values[c.name] = v
			}
		}
	}
	return l.content(r)
}

func hashText(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// change returns what the row wants of a record with these values, nil values
// for a new one: only fields that differ.
func (r *row) change(x *record) (values tenon.Values, domains, tags *[]string) {
	values = tenon.Values{}
	old := tenon.Values{}
	if x != nil {
		old = x.values
	}
	for name, said := range r.values {
		if !reflect.DeepEqual(said, old[name]) && !(x != nil && x.former && name == "name") {
			values[name] = said
		}
	}
	for name, entries := range r.entries {
		whole := maps.Clone(old.Object(name))
		if whole == nil {
			whole = map[string]any{}
		}
		maps.Copy(whole, entries)
		if !reflect.DeepEqual(whole, old.Object(name)) {
			values[name] = whole
		}
	}
	if r.domains != nil && (x == nil || !slices.Equal(*r.domains, x.domains)) {
		domains = r.domains
	}
	if r.tags != nil && (x == nil || !slices.Equal(*r.tags, x.tags)) {
		tags = r.tags
	}
	return values, domains, tags
}

// changesNothing tells whether the record says everything that the row says.
func (r *row) changesNothing(x *record) bool {
	values, domains, tags := r.change(x)
	return len(values) == 0 && domains == nil && tags == nil
}

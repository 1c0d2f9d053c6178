package itglue

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// record is one of our records on its way out.
type record struct {
	id               int64
	values           tenon.Values // its fields, by our names
	created, updated time.Time
	of               any // the record itself
}

// include declares what ?include= may ask for.
type include struct {
	name string // snake_case
	path string // the resource that the included records are of; "" where we keep nothing
	// load returns the included records of each record.
	load func(v *view, of []record) (map[int64][]record, error)
	// always puts the relationship's ids into every answer of one record.
	always bool
}

// view is what an answer needs to be written: names and records that are
// loaded for the whole page at once.
type view struct {
	r   *request
	res *resource
	// names are those of look-up rows, items and users: one sequence gives all ids.
	names map[int64]string
	// shorts are short names of organizations.
	shorts map[int64]string
	// extra is what a resource's prepare has loaded.
	extra map[int64]any
	// synced are the records that a connection keeps in step.
	synced map[int64]bool
	// counts are figures beside the records.
	counts map[int64]int64
	// types are the flexible asset types of a page, tagged the items that it names.
	types  map[tenon.FlexTypeID]*tenon.FlexType
	tagged map[int64]*tenon.Item
	// files are those that the Upload traits of a page name.
	files map[int64]tenon.Attachment
	// single says that one record is answered; revealed then holds its secret,
	// and is nil where none is to be shown.
	single   bool
	revealed map[int64]string

	included []members
	seen     map[string]bool
	related  map[int64]members
	ties     int // to what is included, so far
}

// maxIncluded is how many others the records of one answer may be tied to by
// what ?include= asks for. There is no limit on those of one sort, or of one
// record: up to here they are all answered, and beyond it none.
const maxIncluded = 100_000

// newView loads what the records' attributes and the includes that were asked
// for need.
func newView(r *request, res *resource, of []record) (*view, error) {
	return loadView(r, res, of, false)
}

func loadView(r *request, res *resource, of []record, single bool) (*view, error) {
	v := &view{single: single, r: r, res: res, names: map[int64]string{}, shorts: map[int64]string{}, extra: map[int64]any{}, seen: map[string]bool{}, related: map[int64]members{}}
	if len(of) == 0 {
		return v, nil
	}
	if err := v.loadNames(of); err != nil {
		return nil, err
	}
	if res.prepare != nil {
		if err := res.prepare(v, of); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// loadNames loads the names that attributes show, in one statement for each
// sort of thing.
func (v *view) loadNames(of []record) error {
	var lookups []tenon.LookupID
	var items []tenon.ItemID
	var people []int64
	for i := range v.res.attrs {
		f := v.res.schema.Field(v.res.attrs[i].names)
		if f == nil {
			continue
		}
		for n := range of {
			ref := of[n].values.ID(f.Name)
			if _, known := v.names[ref]; ref == 0 || known {
				continue
			}
			v.names[ref] = ""
			switch f.Type {
			case tenon.Lookup:
				lookups = append(lookups, tenon.LookupID(ref))
			case tenon.Ref:
				items = append(items, tenon.ItemID(ref))
			case tenon.UserRef:
				people = append(people, ref)
			}
		}
	}
	if len(lookups)+len(items)+len(people) == 0 {
		return nil
	}
	return v.r.read(func(tx *store.Tx) error {
		if len(lookups) > 0 {
			rows, err := tx.LookupNames(lookups)
			if err != nil {
				return err
			}
			for id, name := range rows {
				v.names[int64(id)] = name
			}
		}
		found, err := tx.GetItems(v.r.viewer, items)
		if err != nil {
			return err
		}
		for _, i := range found {
			v.names[int64(i.ID)] = i.Name
		}
		if len(people) == 0 {
			return nil
		}
		names, err := tx.SystemNames("user", people)
		for id, name := range names {
			v.names[id] = name
		}
		return err
	})
}

// attributes writes a record's attributes in the order of the table.
func (v *view) attributes(rec *record) members {
	out := make(members, 0, len(v.res.attrs)+1)
	for i := range v.res.attrs {
		a := &v.res.attrs[i]
		if a.when != nil && !a.when(v) {
			continue
		}
		out = append(out, member{a.name, v.value(a, rec)})
	}
	return out
}

func (v *view) value(a *attribute, rec *record) any {
	var x any
	switch {
	case a.get != nil:
		x = a.get(v, rec)
	case a.names != "":
		if name := v.names[rec.values.ID(a.names)]; name != "" {
			x = name
		}
	default:
		x = rec.values[a.field]
	}
	return shaped(a.form, x)
}

// shaped brings a value into the form in which it is written.
func shaped(f form, x any) any {
	switch f {
	case text:
		if x == "" {
			return nil
		}
	case flag:
		if x == nil {
			return false
		}
	case list:
		if x == nil {
			return []any{}
		}
	case id:
		if n, ok := x.(int64); ok && n == 0 {
			return nil
		}
	case moment:
		switch t := x.(type) {
		case time.Time:
			if t.IsZero() {
				return nil
			}
		case string:
			if at, err := time.Parse(time.RFC3339, t); err == nil {
				return at
			}
		}
	}
	return x
}

// object writes a record as a resource object.
func (v *view) object(rec *record) members {
	related := v.related[rec.id]
	if related == nil {
		related = members{}
	}
	return members{
		{"id", tenon.ItemID(rec.id).String()}, {"type", v.res.typ()},
		{"attributes", v.attributes(rec)}, {"relationships", related},
	}
}

// include loads what ?include= asks for. Names that this resource does not
// know are passed over; those that nothing stands behind are empty lists.
func (v *view) include(of []record) error {
	asked := words(strings.ReplaceAll(snake(v.r.params["include"]), " ", ""))
	for i := range v.res.includes {
		inc := &v.res.includes[i]
		whole := slices.Contains(asked, inc.name)
		if !whole && (!v.single || !inc.always) {
			continue
		}
		if err := v.includeOne(inc, of, whole); err != nil {
			return err
		}
	}
	return nil
}

// includeOne relates records to others; whole says that these are answered, too.
func (v *view) includeOne(inc *include, of []record, whole bool) error {
	found := map[int64][]record{}
	var res *resource
	if inc.load != nil {
		var err error
		if found, err = inc.load(v, of); err != nil {
			return err
		}
		res = v.r.s.resources[inc.path]
	}
	var all []record
	known := map[int64]bool{}
	for i := range of {
		for _, rec := range found[of[i].id] {
			if v.ties++; !known[rec.id] {
				known[rec.id] = true
				all = append(all, rec)
			}
		}
	}
	if v.ties > maxIncluded {
		return fail(http.StatusUnprocessableEntity, "include", "These records have more than "+strconv.Itoa(maxIncluded)+" others beside them. Ask for fewer at once, with page[size], or for what is beside them by its own address.")
	}
	var inner *view
	if whole && len(all) > 0 {
		var err error
		if inner, err = newView(v.r, res, all); err != nil {
			return err
		}
	}
	for i := range of {
		ids := []any{}
		for n := range found[of[i].id] {
			rec := &found[of[i].id][n]
			key := tenon.ItemID(rec.id).String()
			ids = append(ids, members{{"id", key}, {"type", res.typ()}})
			if name := res.path + "/" + key; whole && !v.seen[name] {
				v.seen[name] = true
				v.included = append(v.included, inner.object(rec))
			}
		}
		v.related[of[i].id] = append(v.related[of[i].id], member{kebab(inc.name), members{{"data", ids}}})
	}
	return nil
}

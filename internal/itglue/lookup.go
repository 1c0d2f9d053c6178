package itglue

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func (r *record) lookup() *tenon.LookupRow { return r.of.(*tenon.LookupRow) }

// lookupList declares a resource whose records are the rows of a look-up list.
func lookupList(path, label, about string, v verb, more ...attribute) *resource {
	return &resource{
		path: path, label: label, about: about, verbs: v, src: lookupSource{path}, schema: rowAbove,
		attrs:   attrs([]attribute{must(text, "name")}, more, timeAttrs()),
		filters: filters(by(text, "name"), by(id, "id")),
		sorts:   sorts("name", "id", "created_at", "updated_at"), first: "id",
	}
}

// rowAbove is what rows of look-up lists refer to.
var rowAbove = tenon.Schema{{Name: "parent_id", Label: "Above", Type: tenon.Lookup}}

// synced tells that a row comes from a PSA.
func syncedAttr() attribute {
	return made(flag, "synced", func(_ *view, r *record) any { return r.lookup().Synced })
}

// lookupSource stands behind every resource that is a look-up list.
type lookupSource struct{ of string }

func lookupRecord(l tenon.LookupRow) record {
	return record{id: int64(l.ID), values: tenon.Values{"name": l.Name, "parent_id": int64(l.ParentID)}, created: l.CreatedAt, updated: l.UpdatedAt, of: &l}
}

func (s lookupSource) list(r *request, q store.Slice) (out []record, total int64, err error) {
	if err := r.viewer.Need(tenon.ViewRecords); err != nil {
		return nil, 0, err
	}
	err = r.read(func(tx *store.Tx) error {
		out = nil
		rows, n, err := tx.SliceLookups(s.of, q)
		for _, l := range rows {
			out = append(out, lookupRecord(l))
		}
		total = n
		return err
	})
	return out, total, err
}

func (s lookupSource) get(r *request, ids []int64) ([]record, error) {
	if len(ids) > 1 {
		if found, absent, err := together(r, s, ids); err != nil || absent < 0 {
			return found, err
		}
	}
	out := make([]record, 0, len(ids))
	for _, n := range ids {
		l, err := r.s.core.Lookup(r.Context(), r.viewer, tenon.LookupID(n))
		if err == nil && l.List != s.of || tenon.CodeOf(err) == tenon.NotFound {
			err = missing(r.s.resources[s.of], n)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, lookupRecord(*l))
	}
	return out, nil
}

// change turns what was sent into a change of a row.
func (s lookupSource) change(r *request, in change) (to core.LookupChange, err error) {
	line := func(name string) (*string, error) {
		x, sent := in.attrs[name]
		if !sent {
			return nil, nil
		}
		f := tenon.Field{Name: name, Label: "Name", Type: tenon.Text}
		y, err := f.Clean(x)
		s, _ := y.(string)
		return &s, err
	}
	if to.Name, err = line("name"); err != nil {
		return to, err
	}
	up := ""
	if l := tenon.ListNamed(s.of); l.Parent != "" {
		up = parentAttr[s.of]
	}
	n := in.parent
	if n == 0 && up != "" {
		n = idOf(in, up)
	}
	if _, sent := in.attrs[up]; up != "" && (n != 0 || (sent && in.id != 0)) {
		p := tenon.LookupID(n)
		to.Parent = &p
	}
	return to, nil
}

// parentAttr names the attribute that holds the row above.
var parentAttr = map[string]string{"models": "manufacturer_id", "regions": "country_id", "operating_systems": "platform_id"}

func (s lookupSource) create(r *request, in []change) ([]int64, error) {
	ids := make([]int64, len(in))
	err := r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		to, err := s.change(r, in[i])
		if err != nil {
			return err
		}
		l, err := r.s.core.CreateLookupIn(tx, r.viewer, s.of, to)
		if err == nil {
			ids[i] = int64(l.ID)
		}
		return err
	})
	return ids, err
}

func (s lookupSource) update(r *request, in []change) error {
	return r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		to, err := s.change(r, in[i])
		if err != nil {
			return err
		}
		_, err = r.s.core.UpdateLookupIn(tx, r.viewer, tenon.LookupID(in[i].id), to)
		return err
	})
}

func (s lookupSource) remove(*request, []int64) error {
	return tenon.Errorf(tenon.Forbidden, "Rows of look-up lists are not deleted here.")
}

// upper declares the row above as an attribute.
func upper(name string) attribute {
	return attribute{name: name, form: id, field: "parent_id", write: true, get: func(_ *view, r *record) any { return int64(r.lookup().ParentID) }}
}

func iso() attribute {
	return made(text, "iso", func(_ *view, r *record) any { return r.lookup().Code })
}

// lookups are the resources that are look-up lists.
func lookups() []*resource {
	countries := lookupList("countries", "Country", "Countries.", readOnly, iso())
	countries.filters = append(countries.filters, filter{name: "iso", column: "code", form: text})
	regions := lookupList("regions", "Region", "Regions of countries.", readOnly, iso(), upper("country-id"), named("country-name", "parent_id"))
	regions.filters = append(regions.filters, filter{name: "iso", column: "code", form: text}, filter{name: "country_id", column: "parent_id", form: id})
	regions.parents = []parent{{path: "countries", attr: "country_id", match: "parent_id", verbs: readOnly}}
	models := lookupList("models", "Model", "Models of manufacturers.", noDelete, upper("manufacturer-id"), named("manufacturer-name", "parent_id"), syncedAttr())
	models.filters = append(models.filters, filter{name: "manufacturer_id", column: "parent_id", form: id})
	models.parents = []parent{{path: "manufacturers", attr: "manufacturer_id", match: "parent_id", verbs: readOnly | canCreate | canUpdate}}
	models.sorts["manufacturer_id"] = "parent_id"
	categories := lookupList("password_categories", "Password category", "What passwords are for.", noDelete,
		made(number, "passwords-count", func(v *view, r *record) any { return v.counts[r.id] }))
	categories.prepare = countPasswords
	return []*resource{
		lookupList("organization_types", "Organization type", "What organizations are.", noDelete, syncedAttr()),
		lookupList("organization_statuses", "Organization status", "How it stands with organizations.", noDelete, syncedAttr()),
		lookupList("configuration_types", "Configuration type", "What configurations are.", noDelete, syncedAttr()),
		lookupList("configuration_statuses", "Configuration status", "How it stands with configurations.", noDelete, syncedAttr()),
		lookupList("contact_types", "Contact type", "What contacts are.", noDelete, syncedAttr()),
		lookupList("manufacturers", "Manufacturer", "Who makes configurations.", noDelete, syncedAttr()),
		models, countries, regions,
		lookupList("operating_systems", "Operating system", "What configurations run on.", readOnly, upper("platform-id"), named("platform-name", "parent_id")),
		lookupList("platforms", "Platform", "Families of operating systems.", readOnly),
		categories,
	}
}

// countPasswords counts, for a page of categories, the passwords in each that
// the viewer may know of.
func countPasswords(v *view, of []record) error {
	ids := make([]tenon.LookupID, len(of))
	for i := range of {
		ids[i] = tenon.LookupID(of[i].id)
	}
	return v.r.read(func(tx *store.Tx) (err error) {
		v.counts, err = tx.CountByType(v.r.viewer, tenon.Password, ids)
		return err
	})
}

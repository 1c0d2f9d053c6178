package itglue

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

func (r *record) part() *store.ItemPart { return r.of.(*store.ItemPart) }

// partSource stands behind what hangs on items of a kind: interfaces of
// configurations, sections of documents.
type partSource struct {
	kind tenon.Kind
	part string // its singular name
	path string // of the resource
	item string // attribute that holds the item's id
	// finish adds to the values what is no plain field.
	finish func(in change, was *store.ItemPart, to tenon.Values) error
}

func partRecord(p store.ItemPart) record {
	return record{id: p.ID, values: p.Values, created: p.CreatedAt, updated: p.UpdatedAt, of: &p}
}

func (s partSource) list(r *request, q store.Slice) (out []record, total int64, err error) {
	err = r.read(func(tx *store.Tx) error {
		out = nil
		parts, n, err := tx.SliceParts(r.viewer, s.kind, s.part, q)
		for _, p := range parts {
			out = append(out, partRecord(p))
		}
		total = n
		return err
	})
	return out, total, err
}

func (s partSource) get(r *request, ids []int64) ([]record, error) {
	found, absent, err := together(r, s, ids)
	if absent >= 0 {
		err = missing(r.s.resources[s.path], ids[absent])
	}
	return found, err
}

// values turns what was sent into the fields of a part.
func (s partSource) values(r *request, in change, was *store.ItemPart) (tenon.Values, error) {
	to := r.s.resources[s.path].values(in)
	if s.finish == nil {
		return to, nil
	}
	return to, s.finish(in, was, to)
}

func (s partSource) create(r *request, in []change) ([]int64, error) {
	ids := make([]int64, len(in))
	err := r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		item := in[i].parent
		if item == 0 {
			item = idOf(in[i], s.item)
		}
		if item <= 0 {
			return tenon.FieldErrorf(s.item, "Say which %s is meant.", lower(s.kind.Info().Label))
		}
		if err := s.isOf(tx, r, item); err != nil {
			return err
		}
		to, err := s.values(r, in[i], nil)
		if err != nil {
			return err
		}
		p, err := r.s.core.AddPartIn(tx, r.viewer, tenon.ItemID(item), s.part, to)
		if err == nil {
			ids[i] = p.ID
		}
		return err
	})
	return ids, err
}

// isOf refuses an item of another kind, and one that is not there.
func (s partSource) isOf(tx *store.Tx, r *request, item int64) error {
	i, err := tx.GetItem(r.viewer, tenon.ItemID(item))
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && i.Kind != s.kind) {
		return errUnreachable()
	}
	return err
}

func (s partSource) update(r *request, in []change) error {
	ids := make([]int64, len(in))
	for i := range in {
		ids[i] = in[i].id
	}
	found, err := s.get(r, ids)
	if err != nil {
		return err
	}
	return r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		was := found[i].part()
		to, err := s.values(r, in[i], was)
		if err != nil {
			return err
		}
		_, err = r.s.core.UpdatePartIn(tx, r.viewer, was.Item, was.ID, to)
		return err
	})
}

func (s partSource) remove(r *request, ids []int64) error {
	found, err := s.get(r, ids)
	if err != nil {
		return err
	}
	return r.s.core.Batch(r.Context(), len(ids), func(tx *store.Tx, i int) error {
		return r.s.core.RemovePartIn(tx, r.viewer, found[i].part().Item, ids[i])
	})
}

func configurationInterfaces() *resource {
	kind := tenon.Configuration.Info()
	return &resource{
		path: "configuration_interfaces", label: "Configuration interface", schema: kind.Part("interface").Fields,
		about: "Network interfaces of configurations.",
		verbs: noDelete, src: partSource{kind: tenon.Configuration, part: "interface", path: "configuration_interfaces", item: "configuration_id"},
		parents: []parent{{path: "configurations", attr: "configuration_id", match: "item_id", verbs: noDelete}},
		attrs: attrs([]attribute{
			made(id, "configuration-id", func(_ *view, r *record) any { return int64(r.part().Item) }),
			made(id, "organization-id", func(_ *view, r *record) any { return int64(r.part().OrgID) }),
			must(text, "name"), rw(text, "ip-address"), rw(text, "mac-address"), rw(text, "port"), rw(flag, "primary"), rw(text, "notes"),
		}, timeAttrs()),
		filters: filters(by(id, "id"), by(text, "ip_address"), []filter{{name: "configuration_id", column: "item_id", form: id}}),
		sorts:   sorts("created_at", "updated_at", "id"), first: "id",
	}
}

package trash

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// reference is a field of an item that names another item: a field of its
// kind, or a tag of a flexible asset ("traits." and the key).
type reference struct {
	field string
	label tenon.Phrase
	named tenon.ItemID
	host  bool // the item hangs on what it names, and lies in its binder
}

// references reads what items name. It keeps what it read of flexible asset types.
type references struct {
	tx    *store.Tx
	types map[tenon.FlexTypeID]*tenon.FlexType
	tags  map[tenon.FlexTypeID][]tenon.FlexField // nil until somebody asks
}

func newReferences(tx *store.Tx) *references {
	return &references{tx: tx, types: map[tenon.FlexTypeID]*tenon.FlexType{}}
}

// of returns what an item names, in the order of its fields.
func (r *references) of(i *tenon.Item) ([]reference, error) {
	var out []reference
	info := i.Kind.Info()
	for n := range info.Fields {
		f := &info.Fields[n]
		if id := i.Values.ID(f.Name); f.Type == tenon.Ref && id != 0 {
			out = append(out, reference{field: f.Name, label: tenon.Say(f.Label), named: tenon.ItemID(id), host: f.Host})
		}
	}
	if i.Kind != tenon.FlexibleAsset {
		return out, nil
	}
	if r.tags == nil {
		var err error
		if r.tags, err = r.tx.TagFields(); err != nil {
			return nil, err
		}
	}
	traits := i.Values.Object("traits")
	for _, f := range r.tags[tenon.FlexTypeID(i.Values.ID("flexible_asset_type_id"))] {
		for _, id := range tenon.IDs(traits[f.Key]) {
			out = append(out, reference{field: "traits." + f.Key, label: tenon.Say("%s", f.Name), named: tenon.ItemID(id)})
		}
	}
	return out, nil
}

func (r *references) flexType(i *tenon.Item) (*tenon.FlexType, error) {
	id := tenon.FlexTypeID(i.Values.ID("flexible_asset_type_id"))
	if t := r.types[id]; t != nil {
		return t, nil
	}
	t, err := r.tx.GetFlexType(id)
	if tenon.CodeOf(err) == tenon.NotFound {
		t, err = &tenon.FlexType{ID: id}, nil
	}
	r.types[id] = t
	return t, err
}

// swap makes a field name another item, or nothing where to is 0. It tells
// whether the field named from. The values are changed in a copy.
func swap(i *tenon.Item, field string, from, to tenon.ItemID) bool {
	key, isTag := strings.CutPrefix(field, "traits.")
	if !isTag {
		if i.Values.ID(field) != int64(from) {
			return false
		}
		i.Values = i.Values.Clone()
		delete(i.Values, field)
		if to != 0 {
			i.Values[field] = int64(to)
		}
		return true
	}
	found, have := false, false
	ids := tenon.IDs(i.Values.Object("traits")[key])
	for _, id := range ids {
		found = found || id == int64(from)
		have = have || id == int64(to)
	}
	if !found {
		return false
	}
	var list []any
	for _, id := range ids {
		switch {
		case id != int64(from):
			list = append(list, float64(id))
		case to != 0 && !have:
			list = append(list, float64(to))
		}
	}
	setTrait(i, key, list)
	return true
}

// put makes an empty field name an item, or adds it to a tag. It tells whether
// it did: a field that names something else by now is left alone.
func put(i *tenon.Item, field string, id tenon.ItemID) bool {
	key, isTag := strings.CutPrefix(field, "traits.")
	if !isTag {
		if i.Values.ID(field) != 0 {
			return false
		}
		i.Values = i.Values.Clone()
		i.Values[field] = int64(id)
		return true
	}
	var list []any
	for _, x := range tenon.IDs(i.Values.Object("traits")[key]) {
		if x == int64(id) {
			return false
		}
		list = append(list, float64(x))
	}
	setTrait(i, key, append(list, float64(id)))
	return true
}

func setTrait(i *tenon.Item, key string, list []any) {
	traits := map[string]any{}
	for k, x := range i.Values.Object("traits") {
		traits[k] = x
	}
	delete(traits, key)
	if len(list) > 0 {
		traits[key] = list
	}
	i.Values = i.Values.Clone()
	delete(i.Values, "traits")
	if len(traits) > 0 {
		i.Values["traits"] = traits
	}
}

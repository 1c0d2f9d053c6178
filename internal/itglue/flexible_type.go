package itglue

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// flexField is a field of a flexible asset type, with its type.
type flexField struct {
	tenon.FlexField
	of    *tenon.FlexType
	order int
}

func (r *record) flexType() *tenon.FlexType { return r.of.(*tenon.FlexType) }
func (r *record) flexField() *flexField     { return r.of.(*flexField) }

func flexibleAssetTypes() *resource {
	return &resource{
		path: "flexible_asset_types", label: "Flexible asset type",
		about:    "Kinds of records that the account made up.",
		verbs:    readOnly | canCreate | canUpdate,
		children: map[string]string{"fields": "flexible_asset_fields"},
		attrs: attrs([]attribute{
			must(text, "name"), rw(text, "description"), rw(text, "icon"), rw(flag, "enabled"),
			made(flag, "builtin", func(*view, *record) any { return false }), rw(flag, "show-in-menu"), ro(text, "name-key"),
		}, timeAttrs()),
		filters:  filters(by(id, "id"), by(text, "name", "icon"), by(flag, "enabled")),
		sorts:    sorts("name", "id", "created_at", "updated_at"),
		includes: []include{{name: "flexible_asset_fields", path: "flexible_asset_fields", load: fieldsOfTypes}},
		src:      smallSource{path: "flexible_asset_types", all: allFlexTypes, make: createFlexType, change: updateFlexType},
	}
}

func flexibleAssetFields() *resource {
	return &resource{
		path: "flexible_asset_fields", label: "Flexible asset field",
		about: "Fields of flexible asset types.", verbs: canAll,
		parents: []parent{{path: "flexible_asset_types", attr: "flexible_asset_type_id", match: "flexible_asset_type_id", verbs: canAll}},
		attrs: attrs([]attribute{
			ro(id, "flexible-asset-type-id"), rw(number, "order"), must(text, "name"), must(text, "kind"), rw(text, "hint"),
			rw(number, "decimals"), rw(text, "tag-type"), rw(flag, "required"), rw(flag, "use-for-title"), rw(flag, "expiration"),
			rw(flag, "show-in-list"), ro(text, "name-key"), rw(text, "default-value"),
		}, timeAttrs()),
		filters:  filters(by(id, "id", "flexible_asset_type_id")),
		sorts:    sorts("created_at", "updated_at", "id", "order"),
		first:    "id",
		includes: []include{{name: "remote_asset_field"}, {name: "flexible_asset_type", path: "flexible_asset_types", load: typesOfFields, always: true}},
		src:      smallSource{path: "flexible_asset_fields", all: allFlexFields, make: createFlexField, change: updateFlexField, delete: deleteFlexField},
	}
}

func flexTypeRecord(t tenon.FlexType) record {
	return record{id: int64(t.ID), created: t.CreatedAt, updated: t.UpdatedAt, of: &t, values: tenon.Values{
		"name": t.Name, "description": t.Description, "icon": t.Icon, "enabled": t.Enabled, "show_in_menu": t.ShowInMenu, "name_key": nameKey(t.Name)}}
}

func flexFieldRecord(t *tenon.FlexType, order int) record {
	f := &t.Fields[order]
	v := tenon.Values{"flexible_asset_type_id": int64(t.ID), "order": int64(order + 1), "name": f.Name, "kind": string(f.Kind), "hint": f.Hint,
		"decimals": int64(f.Decimals), "required": f.Required, "use_for_title": f.UseForTitle, "expiration": f.Expiration,
		"show_in_list": f.ShowInList, "name_key": f.Key, "default_value": f.DefaultValue}
	if f.Kind != tenon.FlexNumber {
		v["decimals"] = nil
	}
	if f.TagType != 0 {
		v["tag_type"] = tagTypeOf(f)
	}
	if f.Kind == tenon.FlexSelect { // a select's options stand in its default, one a line
		v["default_value"] = joinLines(f.Options)
	}
	return record{id: f.ID, created: t.CreatedAt, updated: t.UpdatedAt, values: v, of: &flexField{*f, t, order}}
}

// eachFlexType loads every flexible asset type.
func eachFlexType(r *request, fn func(t tenon.FlexType)) error {
	q := store.FlexTypeQuery{Page: tenon.Page{Limit: tenon.MaxPage}}
	for {
		page, next, err := r.s.core.FlexTypes(r.Context(), r.viewer, q)
		if err != nil {
			return err
		}
		for _, t := range page {
			fn(t)
		}
		if q.Cursor = next; next == "" {
			return nil
		}
	}
}

func allFlexTypes(r *request) (out []record, err error) {
	err = eachFlexType(r, func(t tenon.FlexType) { out = append(out, flexTypeRecord(t)) })
	return out, err
}

func allFlexFields(r *request) (out []record, err error) {
	err = eachFlexType(r, func(t tenon.FlexType) {
		for i := range t.Fields {
			out = append(out, flexFieldRecord(&t, i))
		}
	})
	return out, err
}

func fieldsOfTypes(_ *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	for i := range of {
		t := of[i].flexType()
		for n := range t.Fields {
			out[of[i].id] = append(out[of[i].id], flexFieldRecord(t, n))
		}
	}
	return out, nil
}

func typesOfFields(_ *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	for i := range of {
		out[of[i].id] = []record{flexTypeRecord(*of[i].flexField().of)}
	}
	return out, nil
}

// applyFlexType lays what was sent over a type.
func applyFlexType(t *tenon.FlexType, in change) error {
	r := reader{in: in}
	r.text("name", &t.Name)
	r.text("description", &t.Description)
	r.text("icon", &t.Icon)
	r.flag("enabled", &t.Enabled)
	r.flag("show_in_menu", &t.ShowInMenu)
	return r.err
}

func createFlexType(tx *store.Tx, r *request, in change) (int64, error) {
	t := tenon.FlexType{Enabled: true, ShowInMenu: true}
	if err := applyFlexType(&t, in); err != nil {
		return 0, err
	}
	type placed struct {
		tenon.FlexField
		order int
	}
	var fields []placed
	for i, child := range append(in.children["flexible_asset_fields"], fieldsSent(in)...) {
		f, order, err := readFlexField(tx, tenon.FlexField{}, child, i)
		if e, ok := err.(*tenon.Error); ok {
			return 0, e.At("fields." + strconv.Itoa(i) + "." + e.Field)
		}
		if err != nil {
			return 0, err
		}
		fields = append(fields, placed{f, order})
	}
	slices.SortStableFunc(fields, func(a, b placed) int { return cmp.Compare(a.order, b.order) })
	for _, p := range fields {
		t.Fields = append(t.Fields, p.FlexField)
	}
	made, err := r.s.core.CreateFlexTypeIn(tx, r.viewer, t)
	if err != nil {
		return 0, err
	}
	return int64(made.ID), nil
}

// fieldsSent reads the fields of a new type from its attributes, which is
// another place for them: a list of objects with attributes in them.
func fieldsSent(in change) (out []change) {
	list, _ := in.attrs["fields"].([]any)
	for _, x := range list {
		m, ok := x.(map[string]any)
		if !ok {
			continue
		}
		field := change{attrs: map[string]any{}}
		for name, y := range m {
			field.attrs[snake(name)] = y
		}
		out = append(out, field)
	}
	return out
}

func updateFlexType(tx *store.Tx, r *request, in change) error {
	_, err := editFlexType(tx, r, tenon.FlexTypeID(in.id), func(t *tenon.FlexType) error { return applyFlexType(t, in) })
	return err
}

// readFlexField lays what was sent over a field. order is where it stands, from 0.
func readFlexField(tx *store.Tx, f tenon.FlexField, in change, order int) (tenon.FlexField, int, error) {
	r := reader{in: in}
	kind, tag, chosen := string(f.Kind), "", f.DefaultValue
	r.text("name", &f.Name)
	r.text("kind", &kind)
	r.text("hint", &f.Hint)
	r.text("default_value", &f.DefaultValue)
	r.text("tag_type", &tag)
	r.number("decimals", &f.Decimals)
	r.flag("required", &f.Required)
	r.flag("use_for_title", &f.UseForTitle)
	r.flag("expiration", &f.Expiration)
	r.flag("show_in_list", &f.ShowInList)
	if n := order + 1; in.attrs["order"] != nil {
		r.number("order", &n)
		order = max(n-1, 0)
	}
	f.Kind = flexKind(kind)
	if tag != "" {
		f.TagType, f.TagFlexType = tagKind(tag)
	}
	if f.Kind == tenon.FlexSelect && in.attrs["default_value"] != nil {
		if f.DefaultValue != joinLines(f.Options) { // what was read may have commas in it
			f.Options = optionsIn(f.DefaultValue)
		}
		if f.DefaultValue = ""; slices.Contains(f.Options, chosen) {
			f.DefaultValue = chosen
		}
	}
	if r.err == nil {
		r.err = ofTypeThatIs(tx, &f)
	}
	return f, order, r.err
}

// ofTypeThatIs has a Tag field of assets of a type that is not here take those of
// any: scripts bring the ids of the account that they were written for.
func ofTypeThatIs(tx *store.Tx, f *tenon.FlexField) error {
	if f.TagFlexType == 0 {
		return nil
	}
	_, err := tx.GetFlexType(f.TagFlexType)
	if tenon.CodeOf(err) == tenon.NotFound {
		f.TagFlexType, err = 0, nil
	}
	return err
}

// placeField puts a field where its order says.
func placeField(fields []tenon.FlexField, f tenon.FlexField, order int) []tenon.FlexField {
	return slices.Insert(fields, min(order, len(fields)), f)
}

// editFlexType changes a type, or its fields.
func editFlexType(tx *store.Tx, r *request, id tenon.FlexTypeID, edit func(t *tenon.FlexType) error) (*tenon.FlexType, error) {
	t, err := tx.GetFlexType(id)
	if err != nil {
		return nil, err
	}
	if err := edit(t); err != nil {
		return nil, err
	}
	return r.s.core.UpdateFlexTypeIn(tx, r.viewer, *t)
}

func createFlexField(tx *store.Tx, r *request, in change) (int64, error) {
	id := in.parent
	if id == 0 {
		id = idOf(in, "flexible_asset_type_id")
	}
	if id <= 0 {
		return 0, fail(422, "/data/attributes/flexible-asset-type", "must exist")
	}
	had := map[int64]bool{}
	t, err := editFlexType(tx, r, tenon.FlexTypeID(id), func(t *tenon.FlexType) error {
		for _, f := range t.Fields {
			had[f.ID] = true
		}
		f, order, err := readFlexField(tx, tenon.FlexField{}, in, len(t.Fields))
		t.Fields = placeField(t.Fields, f, order)
		return err
	})
	if tenon.CodeOf(err) == tenon.NotFound {
		return 0, errUnreachable()
	}
	if err != nil {
		return 0, err
	}
	for _, f := range t.Fields {
		if !had[f.ID] {
			return f.ID, nil
		}
	}
	return 0, nil
}

// typeOf returns the type that a field is of.
func typeOf(tx *store.Tx, r *request, field int64) (tenon.FlexTypeID, error) {
	id, err := tx.FlexTypeOf(field)
	if tenon.CodeOf(err) == tenon.NotFound {
		err = missing(r.s.resources["flexible_asset_fields"], field)
	}
	return id, err
}

func updateFlexField(tx *store.Tx, r *request, in change) error {
	id, err := typeOf(tx, r, in.id)
	if err != nil {
		return err
	}
	_, err = editFlexType(tx, r, id, func(t *tenon.FlexType) error {
		at := slices.IndexFunc(t.Fields, func(f tenon.FlexField) bool { return f.ID == in.id })
		if at < 0 {
			return missing(r.s.resources["flexible_asset_fields"], in.id)
		}
		f, order, err := readFlexField(tx, t.Fields[at], in, at)
		t.Fields = placeField(slices.Delete(t.Fields, at, at+1), f, order)
		return err
	})
	return err
}

func deleteFlexField(tx *store.Tx, r *request, n int64) error {
	id, err := typeOf(tx, r, n)
	if err != nil {
		return err
	}
	_, err = editFlexType(tx, r, id, func(t *tenon.FlexType) error {
		t.Fields = slices.DeleteFunc(t.Fields, func(f tenon.FlexField) bool { return f.ID == n })
		return nil
	})
	return err
}

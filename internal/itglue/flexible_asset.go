package itglue

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func flexibleAssets() *resource {
	return &resource{
		path: "flexible_assets", label: "Flexible asset", schema: tenon.FlexibleAsset.Info().Fields,
		about: "Records of flexible asset types. A change replaces the traits.",
		verbs: canAll, parents: underOrganization(canAll), prepare: prepareFlexibleAssets,
		src: flexibleAssetSource{itemSource{kind: tenon.FlexibleAsset, finish: finishFlexibleAsset}}, limit: maxUpload,
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			must(id, "flexible-asset-type-id"),
			made(text, "flexible-asset-type-name", func(v *view, r *record) any {
				if t := v.types[tenon.FlexTypeID(r.values.ID("flexible_asset_type_id"))]; t != nil {
					return t.Name
				}
				return nil
			}),
			made(text, "name", func(_ *view, r *record) any { return r.item().Name }),
			{name: "traits", form: object, get: traitsOut, write: true}, archivedAttr(),
		}, timeAttrs()),
		filters: filters(by(id, "flexible_asset_type_id", "organization_id", "id"), by(text, "name"), by(flag, "archived"), between(moment, "created_at", "updated_at")),
		sorts:   sorts("name", "created_at", "updated_at", "id"), first: "id",
		includes: itemIncludes("distinct_remote_assets"),
		required: "flexible_asset_type_id",
	}
}

// prepareFlexibleAssets loads the types of a page, and what its tags name.
func prepareFlexibleAssets(v *view, of []record) error {
	if err := prepareItems(v, of); err != nil {
		return err
	}
	v.types = map[tenon.FlexTypeID]*tenon.FlexType{}
	v.tagged, v.files = map[int64]*tenon.Item{}, map[int64]tenon.Attachment{}
	return v.r.read(func(tx *store.Tx) error {
		var ids, with []tenon.ItemID
		for i := range of {
			n := tenon.FlexTypeID(of[i].values.ID("flexible_asset_type_id"))
			if v.types[n] == nil {
				t, err := tx.GetFlexType(n)
				if err != nil {
					return err
				}
				v.types[n] = t
			}
			for key, x := range of[i].values.Object("traits") {
				f := v.types[n].Field(key)
				if f != nil && f.Kind == tenon.FlexTag {
					for _, m := range tenon.IDs(x) {
						ids = append(ids, tenon.ItemID(m))
					}
				}
				if f != nil && f.Kind == tenon.FlexUpload {
					with = append(with, of[i].item().ID)
				}
			}
		}
		if len(with) > 0 {
			files, err := tx.AttachmentsOf(with)
			if err != nil {
				return err
			}
			for _, f := range files {
				v.files[f.ID] = f
			}
		}
		found, err := tx.GetItems(v.r.viewer, ids)
		for _, i := range found {
			v.tagged[int64(i.ID)] = i
		}
		return err
	})
}

// traitsOut writes the traits of a flexible asset in the order of its type. A
// tag names the records that the viewer may know of; a secret says only that
// it is there.
func traitsOut(v *view, r *record) any {
	t := v.types[tenon.FlexTypeID(r.values.ID("flexible_asset_type_id"))]
	out := members{}
	if t == nil {
		return out
	}
	traits := r.values.Object("traits")
	for i := range t.Fields {
		f := &t.Fields[i]
		x, there := traits[f.Key]
		if !there {
			continue
		}
		switch f.Kind {
		case tenon.FlexTag:
			x = v.tagOut(f, x)
		case tenon.FlexUpload:
			x = v.uploadOut(x)
		}
		out = append(out, member{f.Key, x})
	}
	return out
}

// uploadOut writes the files that a trait names. Clients of one file read it
// beside the list, where an Upload field of the original has it.
func (v *view) uploadOut(x any) members {
	values := []any{}
	out := members{{"type", "Upload"}, {"values", nil}}
	for _, n := range tenon.IDs(x) {
		f, there := v.files[n]
		if !there {
			continue
		}
		one := members{{"name", f.Name}, {"content-type", f.ContentType}, {"size", f.Size}, {"url", v.r.base() + "/attachments/" + tenon.ItemID(n).String() + "/download"}}
		if len(values) == 0 {
			out = append(out, one...)
		}
		values = append(values, append(members{{"id", n}}, one...))
	}
	out[1].value = values
	return out
}

func (v *view) tagOut(f *tenon.FlexField, x any) members {
	values := []any{}
	kind := f.TagType
	for _, n := range tenon.IDs(x) {
		i := v.tagged[n]
		if i == nil {
			continue
		}
		kind = i.Kind
		values = append(values, members{{"id", n}, {"name", i.Name}, {"organization-name", i.OrgName}, {"resource-url", v.r.s.url() + "/items/" + i.ID.String()}})
	}
	return members{{"type", tagType(kind)}, {"values", values}}
}

// finishFlexibleAsset takes the traits, which replace those that are there.
func finishFlexibleAsset(tx *store.Tx, r *request, in *change, to *core.ItemChange) error {
	x, sent := in.attrs["traits"]
	if !sent {
		return nil
	}
	traits, ok := x.(map[string]any)
	if !ok && x != nil {
		return tenon.FieldErrorf("traits", "traits must be an object.")
	}
	out := make(map[string]any, len(traits))
	for key, y := range traits {
		key = strings.ReplaceAll(key, "_", "-")
		// What was read as an object with values is written as a list of ids.
		if tag, isObject := y.(map[string]any); isObject {
			var known bool
			if y, known = tag["values"]; !known {
				return unreadTrait(key)
			}
		}
		if l, isList := y.([]any); isList {
			if y = idsIn(l); y == nil {
				return unreadTrait(key)
			}
		}
		out[key] = y
	}
	to.Values["traits"] = out
	return fitTraits(tx, r, in, out)
}

// fitTraits makes of what was sent what the fields hold, where the kind of the
// field tells: of a day with a time behind it the day, of a list in a field for
// text one text.
func fitTraits(tx *store.Tx, r *request, in *change, traits map[string]any) error {
	odd := false
	for _, x := range traits {
		_, isList := x.([]any)
		s, isText := x.(string)
		odd = odd || isList || (isText && dayOf(s) != s)
	}
	if !odd {
		return nil
	}
	t, err := typeOfAsset(tx, r, in)
	if t == nil || err != nil {
		return err
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		x, sent := traits[f.Key]
		if l, isList := x.([]any); isList && (f.Kind == tenon.FlexText || f.Kind == tenon.FlexTextbox) {
			traits[f.Key] = joined(f.Kind, l)
		} else if sent && f.Kind == tenon.FlexDate {
			traits[f.Key] = dayOf(x)
		}
	}
	return nil
}

// typeOfAsset returns the type of the flexible asset that is made or changed;
// nil where there is none, which is said where the type is looked at.
func typeOfAsset(tx *store.Tx, r *request, in *change) (*tenon.FlexType, error) {
	of := tenon.FlexTypeID(idOf(*in, "flexible_asset_type_id"))
	if in.id != 0 {
		asset, err := tx.GetItem(r.viewer, tenon.ItemID(in.id))
		if err != nil {
			return nil, err
		}
		of = tenon.FlexTypeID(asset.Values.ID("flexible_asset_type_id"))
	}
	t, err := tx.GetFlexType(of)
	if tenon.CodeOf(err) == tenon.NotFound {
		return nil, nil
	}
	return t, err
}

// joined is a list as one text: addresses with commas between, and lines of
// rich text below each other.
func joined(kind tenon.FlexKind, l []any) string {
	var texts []string
	for _, x := range l {
		if s, ok := scalar(x); ok && s != "" {
			texts = append(texts, s)
		}
	}
	if kind == tenon.FlexTextbox {
		return strings.Join(texts, "\n")
	}
	return strings.Join(texts, ", ")
}

// unreadTrait refuses what would be lost without a word: an object that names
// no record and is no file.
func unreadTrait(key string) error {
	return tenon.FieldErrorf("traits."+key, "traits.%s must be a value, a list of ids, or in a field for files a content in base64 with its file_name.", key)
}

// idsIn takes the ids out of a list of ids, or of objects that have one, and
// leaves out what is null; nil is a list with an object that has none.
func idsIn(l []any) any {
	out := make([]any, 0, len(l))
	for _, y := range l {
		if m, isObject := y.(map[string]any); isObject {
			if y = m["id"]; y == nil {
				return nil
			}
		}
		if y != nil {
			out = append(out, y)
		}
	}
	return out
}

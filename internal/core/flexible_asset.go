package core

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/richtext"
	"github.com/tenonhq/tenon/internal/secret"
)

// flexTypes is the list that the type of a flexible asset is taken from. It is
// not a look-up list: its rows have fields.
const flexTypes = "flexible_asset_types"

// checkFlexible holds the traits of a flexible asset to the fields of its type.
func (e *edit) checkFlexible() error {
	if e.info.Kind != tenon.FlexibleAsset {
		return nil
	}
	const typeField = "flexible_asset_type_id"
	id := tenon.FlexTypeID(e.item.Values.ID(typeField))
	if !e.create && slices.Contains(e.changed, typeField) {
		return tenon.FieldErrorf(typeField, "The type of a flexible asset cannot be changed.")
	}
	t, err := e.tx.GetFlexType(id)
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && e.create && !t.Enabled && !e.in.AsItStands) {
		return tenon.FieldErrorf(typeField, "Type: there is no flexible asset type %s.", id).Naming()
	}
	if err != nil {
		return err
	}
	e.flex = t
	if _, sent := e.in.Values["traits"]; sent || e.create {
		return e.cleanTraits()
	}
	return nil
}

// cleanTraits replaces the traits with what each field makes of them. The
// value of a secret field goes on to the vault and never stays among them.
func (e *edit) cleanTraits() error {
	sent := e.item.Values.Object("traits")
	out := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(sent)) {
		f := e.flex.Field(key)
		if f == nil {
			if e.restoring {
				continue
			}
			return tenon.FieldErrorf("traits."+key, "%s has no field %q.", e.flex.Name, key)
		}
		x, err := f.Clean(sent[key])
		if err != nil {
			return err
		}
		if s, isText := x.(string); isText {
			switch f.Kind {
			case tenon.FlexTextbox:
				x = richtext.Sanitize(s)
			case tenon.FlexPassword:
				value := secret.NewText(s)
				e.in.Secrets = maps.Clone(e.in.Secrets)
				if e.in.Secrets == nil {
					e.in.Secrets = map[string]*secret.Text{}
				}
				e.in.Secrets[f.Secret()] = &value
				continue
			}
		}
		if x != nil && x != "" {
			out[key] = x
		}
	}
	x, err := e.info.Fields.Field("traits").Clean(out)
	if err != nil {
		return err
	}
	e.item.Values = e.item.Values.Clone()
	delete(e.item.Values, "traits")
	if x != nil {
		e.item.Values["traits"] = x
	}
	e.changed = slices.DeleteFunc(e.changed, func(n string) bool { return n == "traits" })
	if !(tenon.Values{"t": out}).Equal(tenon.Values{"t": orEmpty(e.was.Values.Object("traits"))}) {
		e.changed = append(e.changed, "traits")
	}
	return e.requireTraits(out)
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// requireTraits refuses traits without what the type requires.
func (e *edit) requireTraits(traits map[string]any) error {
	for i := range e.flex.Fields {
		f := &e.flex.Fields[i]
		if !f.Required || traits[f.Key] != nil || f.Kind == tenon.FlexHeader || f.Kind == tenon.FlexUpload || e.restoring || e.in.AsItStands {
			continue
		}
		if f.Kind == tenon.FlexPassword && (!e.create || (e.in.Secrets[f.Secret()] != nil && !e.in.Secrets[f.Secret()].IsZero())) {
			continue
		}
		return tenon.FieldErrorf("traits."+f.Key, "%s is required.", f.Name)
	}
	return nil
}

// taggedItems returns the items that changed traits name, to be loaded with
// the other references: the new ones are checked, and all may stand in the title.
func (e *edit) taggedItems() []tenon.ItemID {
	if e.flex == nil || !slices.Contains(e.changed, "traits") {
		return nil
	}
	var out []tenon.ItemID
	traits := e.item.Values.Object("traits")
	for i := range e.flex.Fields {
		if f := &e.flex.Fields[i]; f.Kind == tenon.FlexTag {
			for _, id := range tenon.IDs(traits[f.Key]) {
				out = append(out, tenon.ItemID(id))
			}
		}
	}
	return out
}

// eachTag calls fn for every item that the traits name and did not name before.
func (e *edit) eachTag(fn func(f *tenon.FlexField, id tenon.ItemID)) {
	if e.flex == nil || !slices.Contains(e.changed, "traits") {
		return
	}
	was, now := e.was.Values.Object("traits"), e.item.Values.Object("traits")
	for i := range e.flex.Fields {
		f := &e.flex.Fields[i]
		if f.Kind != tenon.FlexTag {
			continue
		}
		before := tenon.IDs(was[f.Key])
		for _, id := range tenon.IDs(now[f.Key]) {
			if !slices.Contains(before, id) {
				fn(f, tenon.ItemID(id))
			}
		}
	}
}

// checkTags refuses tags that name what the viewer does not see, what is of
// another kind, or what belongs to another organization.
func (e *edit) checkTags() error {
	var err error
	e.eachTag(func(f *tenon.FlexField, id tenon.ItemID) {
		to := e.named[id]
		switch {
		case err != nil || e.restoring:
		case to == nil || (f.TagType != 0 && to.Kind != f.TagType) || id == e.item.ID,
			f.TagFlexType != 0 && to.Values.ID("flexible_asset_type_id") != int64(f.TagFlexType):
			err = tenon.FieldErrorf("traits."+f.Key, "%s: there is no record %d that fits.", f.Name, id)
		case to.OrgID != e.item.OrgID:
			err = tenon.FieldErrorf("traits."+f.Key, "%s: %s belongs to %s, not to %s.", f.Name, to.Name, to.OrgName, e.item.OrgName)
		}
	})
	if err != nil {
		return err
	}
	return e.checkUploads()
}

// checkUploads refuses traits that name files which do not hang on the asset.
func (e *edit) checkUploads() error {
	if e.flex == nil || e.restoring || !slices.Contains(e.changed, "traits") {
		return nil
	}
	was, now := e.was.Values.Object("traits"), e.item.Values.Object("traits")
	var files []tenon.Attachment
	for i := range e.flex.Fields {
		f := &e.flex.Fields[i]
		if f.Kind != tenon.FlexUpload {
			continue
		}
		before := tenon.IDs(was[f.Key])
		for _, id := range tenon.IDs(now[f.Key]) {
			if slices.Contains(before, id) {
				continue
			}
			if files == nil {
				var err error
				if files, err = e.tx.ListAttachments(e.item.ID); err != nil {
					return err
				}
			}
			if !slices.ContainsFunc(files, func(a tenon.Attachment) bool { return a.ID == id }) {
				return tenon.FieldErrorf("traits."+f.Key, "%s: the file %d does not hang on this record. Attach it first.", f.Name, id)
			}
		}
	}
	return nil
}

// flexibleName makes the name of a flexible asset from the fields that its
// type uses for the title.
func (e *edit) flexibleName() error {
	if !e.create && !slices.Contains(e.changed, "traits") {
		return nil
	}
	traits := e.item.Values.Object("traits")
	var words []string
	for i := range e.flex.Fields {
		f := &e.flex.Fields[i]
		if s := e.traitText(f, traits[f.Key]); f.UseForTitle && s != "" {
			words = append(words, s)
		}
	}
	name := strings.Join(words, " ")
	if name == "" {
		name = fmt.Sprintf("%s %s", e.flex.Name, e.item.ID)
	}
	if r := []rune(name); len(r) > 255 {
		name = string(r[:255])
	}
	e.item.Name = name
	return nil
}

// traitText is a trait as it stands in a title. Tags stand for the names of
// what they name, as far as the viewer sees it and it is open: the title is
// for more people than a closed item is.
func (e *edit) traitText(f *tenon.FlexField, x any) string {
	switch x := x.(type) {
	case string:
		if f.Kind == tenon.FlexTextbox {
			return ""
		}
		return strings.TrimSpace(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case []any:
		var names []string
		for _, id := range tenon.IDs(x) {
			if to := e.named[tenon.ItemID(id)]; to != nil && f.Kind == tenon.FlexTag && !to.Restricted {
				names = append(names, to.Name)
			}
		}
		return strings.Join(names, ", ")
	}
	return ""
}

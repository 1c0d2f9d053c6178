package glueimport

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// copyAssets walks through the flexible assets, type by type: they are not to
// be had otherwise.
func copyAssets(ctx context.Context, w *working, s *step) error {
	w.at.Under = true
	return w.under(ctx, s, "flexible_asset_types", func(ctx context.Context, id string) error {
		q := url.Values{"filter[flexible-asset-type-id]": {id}}
		return w.pages(ctx, s.name, q, func(ctx context.Context, a *answer) error {
			for i := range a.Data {
				if err := w.loadType(ctx, a.Data[i].id("flexible-asset-type-id")); err != nil {
					return err
				}
			}
			return w.takeItems(ctx, s, a)
		})
	})
}

// loadType reads the type here that one there is.
func (w *working) loadType(ctx context.Context, id string) error {
	if w.types[id] != nil {
		return nil
	}
	return w.e.st.Read(ctx, func(tx *store.Tx) error {
		tie, err := tx.SystemCopyTies(w.j.Source, "flexible_asset_types", []string{id})
		if err != nil || tie[id].Local == 0 {
			return err
		}
		w.types[id], err = tx.GetFlexType(tenon.FlexTypeID(tie[id].Local))
		return err
	})
}

// trait is one field of an asset there, with the field here that takes it.
type trait struct {
	field *tenon.FlexField
	value any
}

// traitsOf pairs what an asset holds with the fields of its type here. Keys are
// made of names, and differ where the type was here before.
func (w *working) traitsOf(t *taken) (typ *tenon.FlexType, out []trait) {
	typ = w.types[t.from.id("flexible-asset-type-id")]
	held, _ := t.from.Attributes["traits"].(map[string]any)
	if typ == nil {
		return nil, nil
	}
	for i := range typ.Fields {
		f := &typ.Fields[i]
		for key, x := range held {
			if x != nil && squeeze(key) == squeeze(f.Key) {
				out = append(out, trait{f, x})
			}
		}
	}
	return typ, out
}

// squeeze leaves of a key what every spelling of it has.
func squeeze(key string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(key))
}

// tagged returns what a Tag field names: the resource, and ids there.
func tagged(f *tenon.FlexField, x any) (resource string, ids []string) {
	if f.TagType != 0 {
		resource = resourceOfKind(f.TagType)
	}
	var values []any
	switch held := x.(type) {
	case map[string]any:
		if word, _ := held["type"].(string); word != "" {
			resource = resourceOf(word)
		}
		values, _ = held["values"].([]any)
	case []any:
		values = held
	default:
		values = []any{x}
	}
	for _, v := range values {
		one, ok := v.(map[string]any)
		if !ok {
			one = map[string]any{"id": v}
		}
		if id := (&record{Attributes: one}).id("id"); id != "" {
			ids = append(ids, id)
		}
	}
	return resource, ids
}

// wantTraits notes which records the Tag fields of an asset name.
func (w *working) wantTraits(want wants, s *step, t *taken) {
	if s.kind != tenon.FlexibleAsset {
		return
	}
	_, held := w.traitsOf(t)
	for _, h := range held {
		if h.field.Kind != tenon.FlexTag {
			continue
		}
		resource, ids := tagged(h.field, h.value)
		for _, id := range ids {
			want.add(resource, id)
		}
	}
}

// traits fills in what an asset holds.
func (w *working) traits(s *step, t *taken, known ties) {
	if s.kind != tenon.FlexibleAsset {
		return
	}
	typ, held := w.traitsOf(t)
	if typ == nil {
		return
	}
	object := map[string]any{}
	for _, h := range held {
		switch h.field.Kind {
		case tenon.FlexHeader, tenon.FlexUpload: // files come with the attachments
		case tenon.FlexPassword:
			text, ok := h.value.(string)
			if id, _ := passwordOf(h); ok && text != "" && id == "" {
				t.secrets[h.field.Secret()] = text
			}
		case tenon.FlexTag:
			if ids := t.tags(h, known); len(ids) > 0 {
				object[h.field.Key] = ids
			}
		default:
			t.trait(h, object)
		}
	}
	t.values["traits"] = object
}

// tags returns the records here that a Tag field names.
func (t *taken) tags(h trait, known ties) (out []any) {
	resource, ids := tagged(h.field, h.value)
	for _, id := range ids {
		if local := known[resource][id]; local != 0 {
			out = append(out, float64(local))
		} else {
			t.missing = append(t.missing, h.field.Name+" "+strings.TrimSpace(nameIn(h.value, id)+" "+id))
		}
	}
	return out
}

// nameIn is how a Tag field calls the record of that id.
func nameIn(x any, id string) string {
	held, _ := x.(map[string]any)
	values, _ := held["values"].([]any)
	for _, v := range values {
		one, _ := v.(map[string]any)
		if r := (&record{Attributes: one}); r.id("id") == id {
			return r.text("name")
		}
	}
	return ""
}

// trait takes one value, or says why it cannot be taken.
func (t *taken) trait(h trait, object map[string]any) {
	x := h.value
	if list, ok := x.([]any); ok && (h.field.Kind == tenon.FlexText || h.field.Kind == tenon.FlexTextbox) {
		between := ", "
		if h.field.Kind == tenon.FlexTextbox {
			between = "<br>"
		}
		words := make([]string, len(list))
		for i := range list {
			words[i] = fmt.Sprint(list[i])
		}
		x = strings.Join(words, between)
	}
	if text, ok := x.(string); ok {
		switch text = strings.TrimSpace(text); {
		case text == "":
			return
		case h.field.Kind == tenon.FlexDate && len(text) > 10 && text[10] == 'T':
			x = text[:10]
		case h.field.Kind == tenon.FlexPercent:
			x = strings.TrimSpace(strings.TrimSuffix(text, "%"))
		case h.field.Kind == tenon.FlexText:
			one := tenon.Field{Name: h.field.Key, Label: h.field.Name, Type: tenon.Text, Max: 4096}
			x = t.oneLine(&one, text)
		case h.field.Kind == tenon.FlexTextbox:
			x = t.cut(h.field.Name, text)
		}
	}
	clean, err := h.field.Clean(x)
	if err != nil {
		t.drop(h.field.Name, h.value, tenon.MessageOf(err))
		return
	}
	if clean != nil {
		object[h.field.Key] = clean
	}
}

// lines splits the choices of a Select.
func lines(text string) (out []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = shorten(line, 255); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

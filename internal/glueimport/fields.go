package glueimport

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// theirs names fields of ours that the API calls otherwise.
var theirs = map[string]string{"emails": "contact-emails", "phones": "contact-phones"}

// unknown are fields of ours that the API does not have, or has as something else.
var unknown = map[string]bool{
	"logo": true, "primary_location_id": true, "tags": true, "custom_fields": true, "group_id": true, "external_id": true,
	"shared_tickets": true, "shared_comments": true, "parent_id": true, "traits": true, "password_updated_at": true,
}

func attributeOf(f *tenon.Field) string {
	if name, ok := theirs[f.Name]; ok {
		return name
	}
	return kebab(f.Name)
}

// listOf is the resource of a look-up field.
func listOf(f *tenon.Field) string {
	if f.List == "flexible_asset_types" {
		return "flexible_asset_types"
	}
	return f.List
}

// target returns the resource that a reference of a record leads to.
func target(r *record, f *tenon.Field) string {
	if f.RefKind != 0 {
		return resourceOfKind(f.RefKind)
	}
	return resourceOf(r.text("resource-type"))
}

// fields notes which records the fields of r name.
func (w wants) fields(schema tenon.Schema, r *record) {
	for i := range schema {
		f := &schema[i]
		switch f.Type {
		case tenon.Lookup:
			w.add(listOf(f), r.id(attributeOf(f)))
		case tenon.Ref:
			w.add(target(r, f), r.id(attributeOf(f)))
		}
	}
	if parent := r.id("parent-id"); parent != "" && schema.Field("parent_id") != nil {
		if f := schema.Field("parent_id"); f.Type == tenon.Ref {
			w.add(resourceOfKind(f.RefKind), parent)
		}
	}
}

// fill turns the attributes of r into values of the schema.
func (t *taken) fill(schema tenon.Schema, r *record, known ties) {
	for i := range schema {
		f := &schema[i]
		x, ok := r.Attributes[attributeOf(f)]
		isParent := f.Name == "parent_id" && f.Type == tenon.Ref
		if !ok || x == nil || f.ReadOnly || f.Type == tenon.Secret || (unknown[f.Name] && !isParent) {
			continue
		}
		switch f.Type {
		case tenon.Lookup:
			t.lookup(f, r, known)
		case tenon.Ref:
			t.reference(f, r, known)
		case tenon.UserRef, tenon.GroupRef, tenon.OrgRef, tenon.File:
		default:
			t.plain(f, x)
		}
	}
}

func (t *taken) lookup(f *tenon.Field, r *record, known ties) {
	id := r.id(attributeOf(f))
	if id == "" {
		return
	}
	if local := known[listOf(f)][id]; local != 0 {
		t.values[f.Name] = local
		return
	}
	t.drop(f.Label, r.text(strings.TrimSuffix(attributeOf(f), "-id")+"-name"), "it is not in the list that was copied")
}

func (t *taken) reference(f *tenon.Field, r *record, known ties) {
	id := r.id(attributeOf(f))
	if id == "" {
		return
	}
	if local := known[target(r, f)][id]; local != 0 {
		t.values[f.Name] = local
		return
	}
	t.missing = append(t.missing, f.Label+" "+id)
}

// plain takes a value as it is, or says why it cannot be taken.
func (t *taken) plain(f *tenon.Field, x any) {
	switch s := x.(type) {
	case string:
		if strings.TrimSpace(s) == "" {
			return
		}
		if f.Type == tenon.Date && len(s) > 10 && s[10] == 'T' {
			x = s[:10]
		}
	case []any:
		if len(s) == 0 {
			return
		}
		if f.Type == tenon.Emails || f.Type == tenon.Phones {
			t.addresses(f, s)
			return
		}
	}
	clean, err := f.Clean(x)
	if err != nil {
		t.drop(f.Label, x, tenon.MessageOf(err))
		return
	}
	if clean != nil {
		t.values[f.Name] = clean
	}
}

// addresses takes e-mail addresses or phone numbers one by one: one that is
// malformed does not take the others with it.
func (t *taken) addresses(f *tenon.Field, list []any) {
	var good []any
	for _, x := range list {
		one, ok := x.(map[string]any)
		if !ok {
			continue
		}
		a := map[string]any{"value": one["value"], "primary": one["primary"] == true}
		for theirs, ours := range map[string]string{"label-name": "label", "extension": "extension"} {
			if s, ok := one[theirs].(string); ok && s != "" {
				a[ours] = s
			}
		}
		if _, err := f.Clean([]any{a}); err != nil {
			t.drop(f.Label, one["value"], tenon.MessageOf(err))
			continue
		}
		good = append(good, a)
	}
	if len(good) == 0 {
		return
	}
	clean, err := f.Clean(good)
	if err != nil {
		t.drop(f.Label, list, tenon.MessageOf(err))
		return
	}
	t.values[f.Name] = clean
}

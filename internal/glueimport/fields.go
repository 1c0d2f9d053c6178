package glueimport

import (
	"fmt"
	"strings"
	"unicode"

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

// target returns the resource that a reference of a record leads to.
func target(r *record, f *tenon.Field) string {
	if f.RefKind != 0 {
		return resourceOfKind(f.RefKind)
	}
	if embeddedIn(r) {
		return embedded
	}
	return resourceOf(r.text("resource-type"))
}

// embeddedIn tells whether a password stands in a field of an asset. What it
// names then is the content of that field; the asset is found by the password.
func embeddedIn(r *record) bool {
	return r.Type == "passwords" && resourceOf(r.text("resource-type")) == "flexible_asset_traits"
}

// named returns the id there of the record that a reference leads to.
func named(r *record, f *tenon.Field) string {
	id := r.id(attributeOf(f))
	if id != "" && f.RefKind == 0 && embeddedIn(r) {
		return r.ID
	}
	return id
}

// fields notes which records the fields of r name.
func (w wants) fields(schema tenon.Schema, r *record) {
	for i := range schema {
		f := &schema[i]
		switch f.Type {
		case tenon.Lookup:
			w.add(f.List, r.id(attributeOf(f)))
		case tenon.Ref:
			w.add(target(r, f), named(r, f))
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
	for i := range schema {
		if f := &schema[i]; f.Required && t.values[f.Name] == nil {
			t.require(f, r)
		}
	}
}

// require makes up for a value that we need and the source does not have.
func (t *taken) require(f *tenon.Field, r *record) {
	switch f.Type {
	case tenon.Choice:
		t.values[f.Name] = f.Options[0]
	case tenon.Text:
		var emails []any
		emails, _ = r.Attributes["contact-emails"].([]any)
		for _, name := range []string{"last-name", "name", "hostname", "ip-address", "mac-address", "username"} {
			if t.values[f.Name] = t.made(f, r.text(name)); t.values[f.Name] != nil {
				break
			}
		}
		for _, x := range emails {
			one, _ := x.(map[string]any)
			if t.values[f.Name] == nil {
				t.values[f.Name] = t.made(f, (&record{Attributes: one}).text("value"))
			}
		}
		if t.values[f.Name] == nil {
			word := strings.ReplaceAll(strings.TrimSuffix(r.Type, "s"), "-", " ")
			t.values[f.Name] = t.made(f, strings.TrimSpace(strings.ToUpper(word[:min(1, len(word))])+word[min(1, len(word)):]+" "+r.ID))
		}
		if t.values[f.Name] == nil {
			delete(t.values, f.Name)
		}
		if t.values["last_name"] == t.values[f.Name] {
			delete(t.values, "last_name") // a contact is not called so twice
		}
	}
}

// made cleans what stands in for a value; nil is nothing.
func (t *taken) made(f *tenon.Field, text string) any {
	clean, err := f.Clean(t.oneLine(f, text))
	if err != nil || clean == "" {
		return nil
	}
	return clean
}

// oneLine makes a line of text of what is almost one. What is too long is cut,
// and said.
func (t *taken) oneLine(f *tenon.Field, text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	}), " ")
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > f.MaxLen() {
		t.drop(f.Label, text, "it is too long, and was cut")
		return strings.TrimSpace(string(runes[:f.MaxLen()]))
	}
	return text
}

// cut shortens a long text to what we hold, and says so.
func (t *taken) cut(label, text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
	if runes := []rune(text); len(runes) > longest {
		t.told = append(t.told, fmt.Sprintf("%s: it has %d characters, and was cut after %d.", label, len(runes), longest))
		return string(runes[:longest])
	}
	return text
}

// longest is how much of a long text is taken: what we hold, without what is
// added to it.
const longest = 1<<20 - 64<<10

func (t *taken) lookup(f *tenon.Field, r *record, known ties) {
	id := r.id(attributeOf(f))
	if id == "" {
		return
	}
	if local := known[f.List][id]; local != 0 {
		t.values[f.Name] = local
		return
	}
	t.drop(f.Label, r.text(strings.TrimSuffix(attributeOf(f), "-id")+"-name"), "it is not in the list that was copied")
}

func (t *taken) reference(f *tenon.Field, r *record, known ties) {
	id := named(r, f)
	if id == "" {
		return
	}
	if local := known[target(r, f)][id]; local != 0 {
		t.values[f.Name] = local
		return
	}
	name := r.text(strings.TrimSuffix(attributeOf(f), "-id") + "-name")
	if name == "" && f.RefKind == 0 {
		name = r.text("cached-resource-name")
	}
	t.missing = append(t.missing, f.Label+" "+strings.TrimSpace(name+" "+id))
}

// plain takes a value as it is, or says why it cannot be taken.
func (t *taken) plain(f *tenon.Field, x any) {
	switch s := x.(type) {
	case string:
		if strings.TrimSpace(s) == "" {
			return
		}
		switch {
		case f.Type == tenon.Date && len(s) > 10 && (s[10] == 'T' || s[10] == ' '):
			x = s[:10]
		case f.Type == tenon.Text:
			x = t.oneLine(f, s)
		case f.Type == tenon.LongText, f.Type == tenon.RichText:
			x = t.cut(f.Label, s)
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

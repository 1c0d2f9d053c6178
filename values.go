package tenon

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Values is the content of a record under the names of its schema. A field
// that is empty is absent: there is no nil, "" or empty list inside. The Go
// types are fixed by the field: string; float64 for Number; int64 for every
// kind of id; bool; []string for Strings; []Address for Emails and Phones;
// map[string]any for Object.
//
// As a change, a nil value clears the field and an absent one leaves it alone.
type Values map[string]any

// Address is one e-mail address or phone number of a contact.
type Address struct {
	Value     string `json:"value"`
	Label     string `json:"label,omitempty"`
	Extension string `json:"extension,omitempty"`
	Primary   bool   `json:"primary,omitempty"`
}

// Text returns a text field, "" where it is empty.
func (v Values) Text(name string) string { s, _ := v[name].(string); return s }

// ID returns a field that holds an id, 0 where it is empty.
func (v Values) ID(name string) int64 { n, _ := v[name].(int64); return n }

// Bool returns a yes-or-no field.
func (v Values) Bool(name string) bool { b, _ := v[name].(bool); return b }

// Strings returns a list field.
func (v Values) Strings(name string) []string { l, _ := v[name].([]string); return l }

// Addresses returns the e-mail addresses or phone numbers in a field.
func (v Values) Addresses(name string) []Address { l, _ := v[name].([]Address); return l }

// Object returns a field of custom fields or traits.
func (v Values) Object(name string) map[string]any { m, _ := v[name].(map[string]any); return m }

// Clone returns a copy that can be changed at its top level.
func (v Values) Clone() Values {
	c := make(Values, len(v))
	for k, x := range v {
		c[k] = x
	}
	return c
}

// Equal tells whether both hold the same content.
func (v Values) Equal(w Values) bool { return len(v) == len(w) && v.JSON() == w.JSON() }

// ParseValues reads what JSON wrote.
func ParseValues(s Schema, text string) (Values, error) {
	if text == "" || text == "{}" {
		return Values{}, nil
	}
	out := make(Values, 8)
	if ok, err := flatMembers(text, func(name string, x any) error { return out.read(s, name, x) }); ok {
		return out, err
	}
	raw := map[string]any{}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("parse stored values: %w", err)
	}
	out = make(Values, len(raw))
	for name, x := range raw {
		if err := out.read(s, name, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// read takes a stored member in.
func (v Values) read(s Schema, name string, x any) error {
	f := s.Field(name)
	if f == nil {
		return nil // a field of a newer version: ignored when read
	}
	c, err := f.stored(x)
	if err != nil {
		return fmt.Errorf("parse stored values: %s: %w", name, err)
	}
	if c != nil {
		v[name] = c
	}
	return nil
}

// Apply lays change over old and returns the new values and the names of the
// fields that differ, in the schema's order. Unknown names are Invalid;
// read-only and secret fields are passed over.
func (s Schema) Apply(old, change Values) (Values, []string, error) {
	for name := range change {
		if s.Field(name) == nil {
			return nil, nil, FieldErrorf(name, "There is no field %q here.", name)
		}
	}
	out := old.Clone()
	var changed []string
	for i := range s {
		f := &s[i]
		x, sent := change[f.Name]
		if !sent || f.ReadOnly || f.Type == Secret {
			continue
		}
		c, err := f.Clean(x)
		if err != nil {
			return nil, nil, err
		}
		if reflect.DeepEqual(c, old[f.Name]) {
			continue
		}
		changed = append(changed, f.Name)
		if c == nil {
			delete(out, f.Name)
		} else {
			out[f.Name] = c
		}
	}
	for i := range s {
		if f := &s[i]; f.Required && f.Type != Secret && out[f.Name] == nil {
			err := FieldErrorf(f.Name, "%s is required.", f.Label)
			err.Absent = f.Type == Lookup || f.Type == Ref
			return nil, nil, err
		}
	}
	return out, changed, nil
}

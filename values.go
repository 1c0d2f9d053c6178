package tenon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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

// JSON returns the canonical text: the same values give the same bytes.
func (v Values) JSON() string {
	if len(v) == 0 {
		return "{}"
	}
	b, err := json.Marshal(map[string]any(v))
	if err != nil {
		panic("tenon: values that are not of the fixed types: " + err.Error())
	}
	return string(b)
}

// Equal tells whether both hold the same content.
func (v Values) Equal(w Values) bool { return len(v) == len(w) && v.JSON() == w.JSON() }

// ParseValues reads what JSON wrote.
func ParseValues(s Schema, text string) (Values, error) {
	raw := map[string]any{}
	if text == "" || text == "{}" {
		return Values{}, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("parse stored values: %w", err)
	}
	out := make(Values, len(raw))
	for name, x := range raw {
		f := s.Field(name)
		if f == nil {
			continue // a field of a newer version: ignored when read
		}
		c, err := f.Clean(x)
		if err != nil {
			return nil, fmt.Errorf("parse stored values: %s: %w", name, err)
		}
		if c != nil {
			out[name] = c
		}
	}
	return out, nil
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
			return nil, nil, FieldErrorf(f.Name, "%s is required.", f.Label)
		}
	}
	return out, changed, nil
}

// Clean turns what somebody sent into the field's fixed Go type, or nil where
// it is empty. It accepts the spellings that clients use: ids and numbers as
// strings, yes-or-no as 0 and 1.
func (f *Field) Clean(x any) (any, error) {
	if x == nil {
		return nil, nil
	}
	switch f.Type {
	case Text, Email, Phone, URL, IP, MAC, Choice, Date, Moment, File:
		s, err := f.line(x)
		if err != nil || s == "" {
			return nil, err
		}
		return s, f.check(&s, x)
	case LongText, RichText, Secret:
		return f.long(x)
	case Number:
		return f.number(x)
	case Bool:
		return f.boolean(x)
	case Lookup, Ref, OrgRef, UserRef, GroupRef:
		return f.id(x)
	case Strings:
		return f.strings(x)
	case Emails, Phones:
		return f.addresses(x)
	case Object:
		return f.object(x)
	}
	return nil, FieldErrorf(f.Name, "%s has a type that nothing can be stored in.", f.Label)
}

func (f *Field) text(x any) (string, error) {
	var s string
	switch v := x.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		s = strconv.FormatInt(v, 10)
	case int:
		s = strconv.Itoa(v)
	case bool:
		s = strconv.FormatBool(v)
	default:
		return "", FieldErrorf(f.Name, "%s must be text.", f.Label)
	}
	switch {
	case !utf8.ValidString(s):
		return "", FieldErrorf(f.Name, "%s is not valid UTF-8 text.", f.Label)
	case strings.ContainsRune(s, 0):
		return "", FieldErrorf(f.Name, "%s must not contain a NUL character.", f.Label)
	case utf8.RuneCountInString(s) > f.MaxLen():
		return "", FieldErrorf(f.Name, "%s is longer than %d characters.", f.Label, f.MaxLen())
	}
	return s, nil
}

func (f *Field) line(x any) (string, error) {
	s, err := f.text(x)
	if err != nil {
		return "", err
	}
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "\n\r") {
		return "", FieldErrorf(f.Name, "%s must be one line.", f.Label)
	}
	return s, nil
}

func (f *Field) long(x any) (any, error) {
	s, err := f.text(x)
	if err != nil {
		return nil, err
	}
	if f.Type != Secret {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
	}
	if s == "" {
		return nil, nil
	}
	return s, nil
}

// check holds the one-line types to their form; s is what will be stored.
func (f *Field) check(s *string, x any) error {
	switch f.Type {
	case Choice:
		if !slices.Contains(f.Options, *s) {
			return FieldErrorf(f.Name, "%s must be one of: %s.", f.Label, strings.Join(f.Options, ", "))
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, *s); err != nil {
			return FieldErrorf(f.Name, "%s must be a date such as 2026-11-30.", f.Label)
		}
	case Moment:
		if _, err := time.Parse(time.RFC3339, *s); err != nil {
			return FieldErrorf(f.Name, "%s must be a time such as 2026-11-30T09:30:00Z.", f.Label)
		}
	case Email:
		if !validEmail(*s) {
			return FieldErrorf(f.Name, "%s is not an e-mail address.", f.Label)
		}
	case URL:
		return checkURL(f, *s)
	case IP:
		if _, err := netip.ParseAddr(*s); err != nil {
			if _, err := netip.ParsePrefix(*s); err != nil {
				return FieldErrorf(f.Name, "%s is not an IP address.", f.Label)
			}
		}
	}
	return nil
}

func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// checkURL refuses schemes that run code in a browser; what has no scheme is
// taken as an address as people write it.
func checkURL(f *Field, s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return FieldErrorf(f.Name, "%s is not an address.", f.Label)
	}
	switch strings.ToLower(u.Scheme) {
	case "javascript", "data", "vbscript", "file", "blob":
		return FieldErrorf(f.Name, "%s may not start with %s:.", f.Label, strings.ToLower(u.Scheme))
	}
	return nil
}

func (f *Field) number(x any) (any, error) {
	var n float64
	var err error
	switch v := x.(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	case int:
		n = float64(v)
	case json.Number:
		n, err = v.Float64()
	case string:
		if strings.TrimSpace(v) == "" {
			return nil, nil
		}
		n, err = strconv.ParseFloat(strings.TrimSpace(v), 64)
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, FieldErrorf(f.Name, "%s must be a number.", f.Label)
	}
	return n, nil
}

func (f *Field) boolean(x any) (any, error) {
	var b bool
	switch v := x.(type) {
	case bool:
		b = v
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "":
			return nil, nil
		case "true", "1", "yes", "on":
			b = true
		case "false", "0", "no", "off":
		default:
			return nil, FieldErrorf(f.Name, "%s must be true or false.", f.Label)
		}
	case float64, int64, int, json.Number:
		switch fmt.Sprint(v) {
		case "1":
			b = true
		case "0":
		default:
			return nil, FieldErrorf(f.Name, "%s must be true or false.", f.Label)
		}
	default:
		return nil, FieldErrorf(f.Name, "%s must be true or false.", f.Label)
	}
	if !b {
		return nil, nil
	}
	return true, nil
}

func (f *Field) id(x any) (any, error) {
	s := ""
	switch v := x.(type) {
	case float64:
		if v != math.Trunc(v) {
			return nil, FieldErrorf(f.Name, "%s must be an id.", f.Label)
		}
		s = strconv.FormatFloat(v, 'f', 0, 64)
	case int64, int, json.Number, string:
		s = strings.TrimSpace(fmt.Sprint(v))
	default:
		return nil, FieldErrorf(f.Name, "%s must be an id.", f.Label)
	}
	if s == "" || s == "0" {
		return nil, nil
	}
	n := ParseID(s)
	if n == 0 {
		return nil, FieldErrorf(f.Name, "%s must be an id.", f.Label)
	}
	return n, nil
}

func (f *Field) strings(x any) (any, error) {
	var in []any
	switch v := x.(type) {
	case []string:
		for _, s := range v {
			in = append(in, s)
		}
	case []any:
		in = v
	case string:
		for _, s := range strings.Split(v, ",") {
			in = append(in, s)
		}
	default:
		return nil, FieldErrorf(f.Name, "%s must be a list of words.", f.Label)
	}
	one := Field{Name: f.Name, Label: f.Label, Type: Text}
	var out []string
	for _, x := range in {
		s, err := one.line(x)
		if err != nil {
			return nil, err
		}
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) > 1000 {
		return nil, FieldErrorf(f.Name, "%s has more than 1,000 entries.", f.Label)
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

func (f *Field) addresses(x any) (any, error) {
	var in []Address
	switch v := x.(type) {
	case []Address:
		in = v
	case string:
		for _, s := range strings.Split(v, ",") {
			in = append(in, Address{Value: s})
		}
	default:
		b, err := json.Marshal(x)
		if err != nil {
			return nil, FieldErrorf(f.Name, "%s must be a list.", f.Label)
		}
		d := json.NewDecoder(bytes.NewReader(b))
		if err := d.Decode(&in); err != nil {
			return nil, FieldErrorf(f.Name, "%s must be a list of objects with a value.", f.Label)
		}
	}
	var out []Address
	primary := false
	for _, a := range in {
		a.Value, a.Label, a.Extension = strings.TrimSpace(a.Value), strings.TrimSpace(a.Label), strings.TrimSpace(a.Extension)
		if a.Value == "" {
			continue
		}
		if err := f.checkAddress(a); err != nil {
			return nil, err
		}
		a.Primary = a.Primary && !primary
		primary = primary || a.Primary
		out = append(out, a)
	}
	if out == nil {
		return nil, nil
	}
	if !primary {
		out = slices.Clone(out)
		out[0].Primary = true
	}
	return out, nil
}

func (f *Field) checkAddress(a Address) error {
	one := Field{Name: f.Name, Label: f.Label, Type: Text}
	for _, s := range []string{a.Value, a.Label, a.Extension} {
		if _, err := one.line(s); err != nil {
			return err
		}
	}
	if f.Type == Emails && !validEmail(a.Value) {
		return FieldErrorf(f.Name, "%s: %q is not an e-mail address.", f.Label, a.Value)
	}
	return nil
}

// object checks only the form: what stands inside is held to a schema that
// lives in the database.
func (f *Field) object(x any) (any, error) {
	m, ok := x.(map[string]any)
	if !ok {
		if v, isValues := x.(Values); isValues {
			m, ok = map[string]any(v), true
		}
	}
	if !ok {
		return nil, FieldErrorf(f.Name, "%s must be an object.", f.Label)
	}
	if len(m) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(m)
	if err != nil || len(b) > f.MaxLen() {
		return nil, FieldErrorf(f.Name, "%s is too large.", f.Label)
	}
	var out map[string]any // a round trip, so that equal content has equal types
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&out); err != nil {
		return nil, FieldErrorf(f.Name, "%s must be an object.", f.Label)
	}
	for k, v := range out {
		if v == nil {
			delete(out, k)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

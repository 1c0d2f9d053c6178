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
	"unicode"
	"unicode/utf8"
)

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
		if err := f.check(&s); err != nil {
			return nil, err
		}
		return s, nil
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
	}
	return s, nil
}

func (f *Field) fits(s string) error {
	if utf8.RuneCountInString(s) > f.MaxLen() {
		return FieldErrorf(f.Name, "%s is longer than %d characters.", f.Label, f.MaxLen())
	}
	return nil
}

// line is text without line breaks and without what controls a terminal.
func (f *Field) line(x any) (string, error) {
	s, err := f.text(x)
	if err != nil {
		return "", err
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\t", " "))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return "", FieldErrorf(f.Name, "%s must be one line.", f.Label)
		case unicode.IsControl(r):
			return "", FieldErrorf(f.Name, "%s must not contain control characters.", f.Label)
		}
	}
	return s, f.fits(s)
}

func (f *Field) long(x any) (any, error) {
	s, err := f.text(x)
	if err != nil {
		return nil, err
	}
	if f.Type != Secret {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
	}
	if err := f.fits(s); err != nil || s == "" {
		return nil, err
	}
	return s, nil
}

// check holds the one-line types to their form; s is what will be stored.
func (f *Field) check(s *string) error {
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
		t, err := time.Parse(time.RFC3339, *s)
		if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
			return FieldErrorf(f.Name, "%s must be a time such as 2026-11-30T09:30:00Z.", f.Label)
		}
		*s = t.UTC().Format(time.RFC3339)
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
	// By the text and not by the parser: a browser runs what a parser refuses.
	scheme, _, _ := strings.Cut(strings.ToLower(s), ":")
	switch strings.TrimSpace(scheme) {
	case "javascript", "data", "vbscript", "file", "blob":
		return FieldErrorf(f.Name, "%s may not start with %s:.", f.Label, strings.TrimSpace(scheme))
	}
	if _, err := url.Parse(s); err == nil {
		return nil
	}
	if _, err := url.Parse("//" + s); err != nil { // "10.0.0.1:8443" has no scheme
		return FieldErrorf(f.Name, "%s is not an address.", f.Label)
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
		if strings.ContainsAny(v, "_xX") { // as Go writes numbers, and nobody else
			err = strconv.ErrSyntax
			break
		}
		n, err = strconv.ParseFloat(strings.TrimSpace(v), 64)
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, FieldErrorf(f.Name, "%s must be a number.", f.Label)
	}
	return n + 0, nil // -0 is 0
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
			return nil, FieldErrorf(f.Name, "%s must be an id.", f.Label).Naming()
		}
		s = strconv.FormatFloat(v, 'f', 0, 64)
	case json.Number:
		s = v.String()
	case string:
		s = strings.TrimSpace(v)
	default:
		n := reflect.ValueOf(x) // int64, int, ItemID, OrgID, ...
		if !n.CanInt() {
			return nil, FieldErrorf(f.Name, "%s must be an id.", f.Label).Naming()
		}
		s = strconv.FormatInt(n.Int(), 10)
	}
	if s == "" || s == "0" {
		return nil, nil
	}
	n := ParseID(s)
	if n == 0 {
		return nil, FieldErrorf(f.Name, "%s must be an id.", f.Label).Naming()
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

// maxAddresses is how many e-mail addresses or phone numbers a contact may have.
const maxAddresses = 200

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
	if len(out) > maxAddresses {
		return nil, FieldErrorf(f.Name, "%s has more than %d entries.", f.Label, maxAddresses)
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
	if hasNUL(out) {
		return nil, FieldErrorf(f.Name, "%s must not contain a NUL character.", f.Label)
	}
	return out, nil
}

// hasNUL looks for a character that not every database can hold.
func hasNUL(x any) bool {
	switch x := x.(type) {
	case string:
		return strings.ContainsRune(x, 0)
	case []any:
		return slices.ContainsFunc(x, hasNUL)
	case map[string]any:
		for k, y := range x {
			if hasNUL(k) || hasNUL(y) {
				return true
			}
		}
	}
	return false
}

// stored reads a value that was clean when it was written. It does not check
// it again: a rule that came later must not make old records unreadable.
func (f *Field) stored(x any) (any, error) {
	switch f.Type {
	case Text, LongText, RichText, Email, Phone, URL, IP, MAC, Choice, Date, Moment, File:
		if s, ok := x.(string); ok && s != "" {
			return s, nil
		}
	case Number:
		if n, ok := x.(json.Number); ok {
			return n.Float64()
		}
	case Lookup, Ref, OrgRef, UserRef, GroupRef:
		if n, ok := x.(json.Number); ok {
			return n.Int64()
		}
	case Emails, Phones:
		b, err := json.Marshal(x)
		if err != nil {
			return nil, err
		}
		var out []Address
		if json.Unmarshal(b, &out) == nil && len(out) > 0 {
			return out, nil
		}
	}
	return f.Clean(x)
}

package store

import (
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// recordKey is one derived row: a value under which a record can be found.
type recordKey struct{ field, key string }

// maxKey bounds what is indexed of one value.
const maxKey = 200

// keysOf derives the look-up rows of a record's indexed fields. prefix keeps
// organizations ("organization.") and parts ("interface.") apart.
func keysOf(prefix string, s tenon.Schema, v tenon.Values) []recordKey {
	var out []recordKey
	add := func(field, key string) {
		if r := []rune(key); len(r) > maxKey {
			key = string(r[:maxKey])
		}
		k := recordKey{prefix + field, key}
		if key != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	for i := range s {
		f := &s[i]
		x, ok := v[f.Name]
		if !ok || !f.Index {
			continue
		}
		switch x := x.(type) {
		case []string:
			for _, t := range x {
				add(f.Name, textkey.Fold(t))
			}
		case []tenon.Address:
			for _, a := range x {
				add(f.Name, FieldKey(f, a.Value))
				if domain, ok := textkey.EmailDomain(a.Value); ok && f.Type == tenon.Emails {
					add(f.Name+".domain", domain)
				}
			}
		case map[string]any:
			for name, t := range x {
				for _, key := range objectKeys(t) {
					add(f.Name+"."+name, key)
				}
			}
		default:
			add(f.Name, FieldKey(f, x))
		}
	}
	return out
}

// objectKeys are the keys of one value in an object: a list, such as the
// records that a trait names, has one for each entry.
func objectKeys(x any) []string {
	switch x := x.(type) {
	case []any:
		var out []string
		for _, y := range x {
			out = append(out, objectKeys(y)...)
		}
		return out
	case map[string]any, nil:
		return nil
	case string:
		return []string{textkey.Fold(x)}
	case float64:
		return []string{strconv.FormatFloat(x, 'f', -1, 64)}
	}
	return []string{textkey.Fold(fmt.Sprint(x))}
}

// FieldKey is the form of a value under which it is looked up: two spellings
// of the same serial, address or number have the same key.
func FieldKey(f *tenon.Field, x any) string {
	switch x := x.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	case string:
		switch f.Type {
		case tenon.MAC:
			return textkey.MACKey(x)
		case tenon.Phone, tenon.Phones:
			return textkey.PhoneDigits(x)
		case tenon.Email, tenon.Emails:
			if key, ok := textkey.EmailKey(x); ok {
				return key
			}
		}
		return textkey.Fold(x)
	}
	return ""
}

// replaceKeys writes the look-up rows of a record; had tells that it may have old ones.
func (tx *Tx) replaceKeys(record int64, keys []recordKey, had bool) error {
	if had {
		if err := tx.run(`DELETE FROM record_keys WHERE record_id = $1`, record); err != nil {
			return err
		}
	}
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{record, k.field, k.key}
	}
	return tx.insertMany("record_keys (record_id, field, key)", 3, rows, "")
}

// wordsOf collects what full-text search finds a record by. Secrets are not
// among the values, so they cannot get in.
func wordsOf(s tenon.Schema, v tenon.Values) string {
	var b strings.Builder
	for i := range s {
		switch s[i].Type {
		case tenon.Bool, tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.UserRef, tenon.GroupRef, tenon.File, tenon.Secret:
			continue
		}
		switch x := v[s[i].Name].(type) {
		case nil:
		case []tenon.Address:
			for _, a := range x {
				b.WriteString(a.Value + " " + a.Label + " ")
				if s[i].Type == tenon.Phones {
					b.WriteString(textkey.PhoneDigits(a.Value) + " ")
				}
			}
		case []string:
			b.WriteString(strings.Join(x, " ") + " ")
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(x)) {
				objectWords(&b, x[name])
			}
		default:
			if text, ok := x.(string); ok && s[i].Type == tenon.RichText {
				x = PlainText(text)
			}
			text, ok := x.(string)
			if !ok {
				text = fmt.Sprint(x)
			}
			b.WriteString(text)
			b.WriteByte(' ')
			if ok && s[i].Type == tenon.Phone {
				b.WriteString(textkey.PhoneDigits(text) + " ")
			}
		}
	}
	return b.String()
}

// objectWords writes the texts and numbers in an object. Lists of numbers are
// ids, and true and false say nothing without their field.
func objectWords(b *strings.Builder, x any) {
	switch x := x.(type) {
	case string:
		b.WriteString(PlainText(x) + " ")
	case float64:
		b.WriteString(strconv.FormatFloat(x, 'f', -1, 64) + " ")
	case []any:
		for _, y := range x {
			if _, isID := y.(float64); !isID {
				objectWords(b, y)
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(x)) {
			objectWords(b, x[name])
		}
	}
}

var htmlTag = regexp.MustCompile(`<[/!a-zA-Z][^>]*>`)

// PlainText is what of a text with markup people read.
func PlainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	return html.UnescapeString(htmlTag.ReplaceAllString(s, " "))
}

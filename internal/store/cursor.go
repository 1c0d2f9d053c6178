package store

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/tenonhq/tenon"
)

// makeCursor writes the place after the last row shown: the sort it belongs
// to and the values of its order columns.
func makeCursor(sort string, keys ...any) string {
	b, err := json.Marshal(append([]any{sort}, keys...))
	if err != nil {
		panic("store: a cursor that cannot be written: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor reads it back; "" is the start of the list. form has a letter for
// each order column: t for text, i for a number.
func readCursor(text, sort, form string) ([]any, error) {
	if text == "" {
		return nil, nil
	}
	bad := tenon.FieldErrorf("cursor", "The cursor is not one that this list gave out. Start again without it.")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) > 4096 {
		return nil, bad
	}
	var all []any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil || len(all) != len(form)+1 || all[0] != sort {
		return nil, bad
	}
	keys := all[1:]
	for i, k := range keys {
		switch x := k.(type) {
		case string:
			if form[i] != 't' {
				return nil, bad
			}
		case json.Number:
			v, err := x.Int64()
			if err != nil || form[i] != 'i' {
				return nil, bad
			}
			keys[i] = v
		default:
			return nil, bad
		}
	}
	return keys, nil
}

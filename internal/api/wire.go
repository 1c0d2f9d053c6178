package api

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// fields adds a record's values in the schema's order, also those that are
// empty, so that every object of a kind has the same members. Secrets are not
// among the values.
func (o object) fields(s tenon.Schema, v tenon.Values, without ...string) object {
	for i := range s {
		if f := &s[i]; f.Type != tenon.Secret && !slices.Contains(without, f.Name) {
			o = append(o, member{f.Name, orEmpty(f, v[f.Name])})
		}
	}
	return o
}

// orEmpty is the value as it is answered: what is empty is null, false or an empty list.
func orEmpty(f *tenon.Field, x any) any {
	if x != nil {
		return x
	}
	switch f.Type {
	case tenon.Bool:
		return false
	case tenon.Strings, tenon.Emails, tenon.Phones:
		return []string{}
	}
	return nil
}

// listJSON is one page of a list.
type listJSON struct {
	Data       any     `json:"data"`
	NextCursor *string `json:"next_cursor"`
}

// list answers a page. next is "" on the last one.
func list[T, J any](rows []T, next string, encode func(T) J) (answer, error) {
	data := make([]J, len(rows))
	for i, r := range rows {
		data[i] = encode(r)
	}
	page := listJSON{Data: data}
	if next != "" {
		page.NextCursor = &next
	}
	return ok(page)
}

// orNull writes 0 and "" as null.
func orNull[T ~int64 | ~string](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// at writes an instant in UTC; the zero time is null.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// some writes an empty list as [], not as null.
func some[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func parseIDs[T ~int64](field, text string) ([]T, error) {
	parts := strings.Split(text, ",")
	if len(parts) > tenon.MaxPage {
		return nil, tenon.FieldErrorf(field, "%s takes %d ids at most.", field, tenon.MaxPage)
	}
	out := make([]T, len(parts))
	for i, p := range parts {
		n := tenon.ParseID(strings.TrimSpace(p))
		if n == 0 {
			return nil, tenon.FieldErrorf(field, "%s must be an id.", field)
		}
		out[i] = T(n)
	}
	return out, nil
}

// version takes the member "version" of a change: the version that the
// change was made from.
func takeVersion(m map[string]any, r *request) (int64, error) {
	x, sent := m["version"]
	delete(m, "version")
	if !sent || x == nil {
		return r.version, nil
	}
	n, isNumber := x.(json.Number)
	v, err := strconv.ParseInt(n.String(), 10, 64)
	if !isNumber || err != nil || v < 1 {
		return 0, tenon.FieldErrorf("version", "version must be the number that was read.")
	}
	return v, nil
}

// takeStrings takes a member that is a list of texts; nil where it is not sent.
func takeStrings(m map[string]any, name string) (*[]string, error) {
	x, sent := m[name]
	delete(m, name)
	if !sent {
		return nil, nil
	}
	out := []string{}
	if x == nil {
		return &out, nil
	}
	l, isList := x.([]any)
	if !isList {
		return nil, tenon.FieldErrorf(name, "%s must be a list of texts.", name)
	}
	for _, y := range l {
		s, isText := y.(string)
		if !isText {
			return nil, tenon.FieldErrorf(name, "%s must be a list of texts.", name)
		}
		out = append(out, s)
	}
	return &out, nil
}

// takeBool takes a member that is true or false; nil where it is not sent.
func takeBool(m map[string]any, name string) (*bool, error) {
	x, sent := m[name]
	delete(m, name)
	if !sent {
		return nil, nil
	}
	b, isBool := x.(bool)
	if !isBool {
		return nil, tenon.FieldErrorf(name, "%s must be true or false.", name)
	}
	return &b, nil
}

// writable refuses members that are no field of the schema, or one that
// nobody sets this way.
func writable(s tenon.Schema, m map[string]any) error {
	for name := range m {
		f := s.Field(name)
		switch {
		case f == nil:
			return tenon.FieldErrorf(name, "There is no field %q here.", name)
		case f.ReadOnly:
			return tenon.FieldErrorf(name, "%s is set by Tenon. Leave it out.", f.Label)
		case f.Type == tenon.File:
			return tenon.FieldErrorf(name, "%s is a file, and is uploaded. Leave it out.", f.Label)
		}
	}
	return nil
}

// writeFile sends a file as one to save: never shown in the browser.
func writeFile(w http.ResponseWriter, f *file) error {
	defer f.content.Close()
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if f.size > 0 {
		h.Set("Content-Length", strconv.FormatInt(f.size, 10))
	}
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, f.content)
	if err != nil {
		panic(http.ErrAbortHandler) // half a file is on its way: the client must see that it broke
	}
	return nil
}

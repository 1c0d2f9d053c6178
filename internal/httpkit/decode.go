package httpkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
)

// MaxBody is the longest JSON body that is read, unless a route says otherwise.
const MaxBody = 1 << 20

// maxJSONDepth bounds how deep objects and lists may stand in each other.
const maxJSONDepth = 32

// maxDrain is how much of a body that is too long is read and thrown away.
const maxDrain = 32 << 20

// ReadBody reads a whole body of at most limit bytes. The rest of one that is
// not much longer is passed over: a client that sends all before it reads
// would see its connection break, and never the answer.
func ReadBody(r *http.Request, limit int64) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		if r.ContentLength-limit <= maxDrain {
			_, _ = io.CopyN(io.Discard, r.Body, maxDrain) // whatever comes of it, the body is too long
		}
		return nil, tenon.Errorf(tenon.TooLarge, "The request's body is longer than %d bytes. Nothing was changed.", limit)
	}
	if err != nil {
		return nil, &requestError{why: &tenon.Error{Code: tenon.Invalid, Message: "The request's body did not arrive whole. Nothing was changed.", Err: err}, status: http.StatusBadRequest}
	}
	return b, nil
}

// WantJSON refuses a body that does not say that it is JSON. A form cannot say
// so, which keeps other sites' forms out.
func WantJSON(r *http.Request) error {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (t != "application/json" && t != "application/merge-patch+json") {
		return Refuse(http.StatusUnsupportedMediaType, tenon.Invalid, "Send JSON, with the header Content-Type: application/json.")
	}
	return nil
}

func badJSON(format string, args ...any) error {
	return Refuse(http.StatusBadRequest, tenon.Invalid, fmt.Sprintf(format, args...)+" Nothing was changed.")
}

// ParseObject reads one JSON object: valid UTF-8, no name twice, bounded
// depth, nothing behind it. Numbers stay json.Number.
func ParseObject(body []byte) (map[string]any, error) {
	if !utf8.Valid(body) {
		return nil, badJSON("The body is not valid UTF-8 text.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	x, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	m, ok := x.(map[string]any)
	if !ok {
		return nil, badJSON("The body must be a JSON object.")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, badJSON("Something stands behind the JSON object.")
	}
	return m, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, badJSON("The body is not JSON.")
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth >= maxJSONDepth {
		return nil, badJSON("The JSON is nested more than %d deep.", maxJSONDepth)
	}
	if delim == '{' {
		return parseMembers(d, depth)
	}
	list := []any{}
	for d.More() {
		x, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, closing(d)
}

func parseMembers(d *json.Decoder, depth int) (map[string]any, error) {
	m := map[string]any{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, badJSON("The body is not JSON.")
		}
		if _, twice := m[name]; twice {
			return nil, badJSON("The name %q stands twice in one object.", clip(name))
		}
		if m[name], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	return m, closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return badJSON("The body is not JSON.")
	}
	return nil
}

// clip keeps what a message quotes of a request short.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// Decode reads one JSON object into a struct. A name that the struct does not
// have is refused with that name, and so is a value of another type.
func Decode(body []byte, into any) error {
	m, err := ParseObject(body)
	if err != nil {
		return err
	}
	if err := known(m, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	err = json.Unmarshal(body, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return tenon.FieldErrorf(wrong.Field, "%s must be %s.", wrong.Field, typeName(wrong.Type))
	}
	var e *tenon.Error
	if errors.As(err, &e) {
		return e
	}
	if err != nil {
		return badJSON("The body cannot be read.")
	}
	return nil
}

// typeName says what a value must be, in the words of JSON.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	default:
		return "a number in range"
	}
}

// known refuses names that the type has no field for, at every depth.
func known(x any, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch x := x.(type) {
	case []any:
		if t.Kind() != reflect.Slice {
			return nil // the decoder says that the type is wrong
		}
		for _, y := range x {
			if err := known(y, t.Elem(), path); err != nil {
				return err
			}
		}
	case map[string]any:
		return knownMembers(x, t, path)
	}
	return nil
}

func knownMembers(m map[string]any, t reflect.Type, path string) error {
	if t.Kind() == reflect.Map {
		for name, y := range m {
			if err := known(y, t.Elem(), path+name+"."); err != nil {
				return err
			}
		}
		return nil
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = t.Field(i).Type
		}
	}
	for name, y := range m {
		f, ok := fields[name]
		if !ok {
			return tenon.FieldErrorf(path+clip(name), "There is no field %q here.", clip(path+name))
		}
		if err := known(y, f, path+name+"."); err != nil {
			return err
		}
	}
	return nil
}

// Query returns the query parameters of a request. Each may stand once, and
// only those in allowed.
func Query(r *http.Request, allowed ...string) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Refuse(http.StatusBadRequest, tenon.Invalid, "The query of the address cannot be read.")
	}
	out := make(map[string]string, len(values))
	for name, v := range values {
		switch {
		case !slices.Contains(allowed, name):
			return nil, queryError(name, "There is no parameter %q here.", clip(name))
		case len(v) > 1:
			return nil, queryError(name, "The parameter %q stands more than once.", clip(name))
		case !utf8.ValidString(v[0]) || strings.ContainsRune(v[0], 0):
			return nil, queryError(name, "The parameter %q is not valid text.", clip(name))
		}
		out[name] = v[0]
	}
	return out, nil
}

func queryError(name, format string, args ...any) error {
	return &requestError{why: tenon.FieldErrorf(clip(name), format, args...), status: http.StatusBadRequest}
}

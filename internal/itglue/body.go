package itglue

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
)

// change is one resource object of a request.
type change struct {
	id int64
	// parent is the id in the path of what it is nested under, 0 for none.
	parent int64
	// attrs are its attributes, in snake case, as they were sent.
	attrs map[string]any
	// children are what is to be created with it, by relationship in snake case.
	children map[string][]change
}

// document is the body of a request: one object, or many.
type document struct {
	many bool
	data []change
}

// readDocument reads {"data": {...}} or {"data": [...]}. Only the shape is
// judged here: unknown members and attributes are passed over, as clients echo
// everything that they were given.
func readDocument(body []byte) (document, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return document{}, nil
	}
	m, err := httpkit.ParseObject(body)
	if err != nil {
		return document{}, err
	}
	switch data := m["data"].(type) {
	case nil:
		return document{}, nil
	case map[string]any:
		c, err := readChange(data)
		return document{data: []change{c}}, err
	case []any:
		d := document{many: true}
		if len(data) > core.MaxBatch {
			return d, tenon.Errorf(tenon.TooLarge, "One request changes %d records at most. Nothing was changed.", core.MaxBatch)
		}
		for i, x := range data {
			one, ok := x.(map[string]any)
			if !ok {
				return d, fail(http.StatusBadRequest, "/data/"+strconv.Itoa(i), "data must be a list of objects.")
			}
			c, err := readChange(one)
			if err != nil {
				return d, err
			}
			d.data = append(d.data, c)
		}
		return d, nil
	}
	return document{}, fail(http.StatusBadRequest, "/data", "data must be an object or a list of objects.")
}

// asUTF8 brings a body of text into UTF-8: Windows PowerShell sends Latin-1
// where a script names no charset, and says nothing of it. What says that it is
// UTF-8 is left as it is, and so are files.
func asUTF8(contentType string, body []byte) []byte {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	kind, params, _ := mime.ParseMediaType(contentType)
	if strings.HasPrefix(kind, "multipart/") {
		return body
	}
	switch charset := strings.ToLower(params["charset"]); charset {
	case "iso-8859-1", "latin1", "windows-1252":
	case "":
		if utf8.Valid(body) {
			return body
		}
	default:
		return body
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(body) // of which Latin-1 is a part
	if err != nil {
		return body
	}
	return out
}

func readChange(m map[string]any) (change, error) {
	c := change{attrs: map[string]any{}}
	switch a := m["attributes"].(type) {
	case nil:
	case map[string]any:
		for name, x := range a {
			if n := snake(name); n == name || a[n] == nil { // in both spellings: the plain one
				c.attrs[n] = plain(x)
			}
		}
	default:
		return c, fail(http.StatusBadRequest, "/data/attributes", "attributes must be an object.")
	}
	for _, x := range []any{plain(m["id"]), c.attrs["id"]} {
		if s, ok := scalar(x); ok && s != "" {
			if c.id = tenon.ParseID(strings.TrimSpace(s)); c.id == 0 {
				c.id = -1 // sent, and no record has it
			}
			break
		}
	}
	relationships, ok := m["relationships"].(map[string]any)
	if !ok {
		return c, nil
	}
	for name, x := range relationships {
		data, _ := x.(map[string]any)
		many, isList := data["data"].([]any)
		if !isList {
			continue
		}
		for _, y := range many {
			one, ok := y.(map[string]any)
			if !ok {
				continue
			}
			child, err := readChange(one)
			if err != nil {
				return c, err
			}
			if c.children == nil {
				c.children = map[string][]change{}
			}
			c.children[snake(name)] = append(c.children[snake(name)], child)
		}
	}
	return c, nil
}

// plain writes whole numbers without a point, also inside lists and objects:
// some languages send every number as 12.0, the ids among them.
func plain(x any) any {
	switch x := x.(type) {
	case json.Number:
		if whole, rest, pointed := strings.Cut(x.String(), "."); pointed && strings.Trim(rest, "0") == "" {
			return json.Number(whole)
		}
	case []any:
		for i := range x {
			x[i] = plain(x[i])
		}
	case map[string]any:
		for name, y := range x {
			x[name] = plain(y)
		}
	}
	return x
}

// scalar is the text of a JSON value that is neither a list nor an object.
func scalar(x any) (string, bool) {
	switch x := x.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	return "", false
}

// values takes the attributes that are fields of ours out of a change. What is
// not declared, or is read-only, is passed over; what others have to read
// stays in attrs.
func (res *resource) values(in change) tenon.Values {
	out := tenon.Values{}
	for i := range res.attrs {
		a := &res.attrs[i]
		if !a.write || a.field == "" {
			continue
		}
		x, sent := in.attrs[snake(a.name)]
		if !sent {
			continue
		}
		if a.read != nil {
			x = a.read(x)
		}
		out[a.field] = x
	}
	return out
}

// checkRequired refuses a create without what it must have, and a change that
// takes it away. was is what is changed, nil for a create: what it lacks may be
// sent as it stands.
func (res *resource) checkRequired(in change, was *record) error {
	for i := range res.attrs {
		a := &res.attrs[i]
		if !a.required {
			continue
		}
		x, sent := in.attrs[snake(a.name)]
		if was != nil && (!sent || was.values[a.field] == nil) {
			continue
		}
		if s, ok := scalar(x); ok && strings.TrimSpace(s) != "" && (s != "0" || a.form != id) {
			continue
		}
		if x != nil && a.form != text && a.form != id {
			continue
		}
		if thing, isID := strings.CutSuffix(a.name, "-id"); isID {
			return fail(http.StatusUnprocessableEntity, "/data/attributes/"+thing, "must exist")
		}
		return fail(http.StatusUnprocessableEntity, "/data/attributes/"+a.name, "can't be blank")
	}
	return nil
}

// idOf reads an attribute that is an id: 0 where it is not sent, -1 where it
// cannot be one.
func idOf(in change, name string) int64 {
	x, sent := in.attrs[name]
	if !sent || x == nil {
		return 0
	}
	s, ok := scalar(x)
	if !ok {
		return -1
	}
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	if n := tenon.ParseID(s); n != 0 {
		return n
	}
	return -1
}

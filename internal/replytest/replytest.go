// Package replytest reads the answers of an API in tests: their status, and the
// members of their JSON by path.
package replytest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Reply is an answer with its body read.
type Reply struct {
	T      testing.TB
	What   string // the request, for messages
	Status int
	Header http.Header
	Body   []byte
}

// Want ends the test unless the answer has the status.
func (r Reply) Want(status int) Reply {
	r.T.Helper()
	if r.Status != status {
		r.T.Fatalf("%s: got %d, want %d: %s", r.What, r.Status, status, r.Body)
	}
	return r
}

// At returns a member of the body by its path, such as "data.0.id"; nil where
// there is none.
func (r Reply) At(path string) any {
	r.T.Helper()
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.UseNumber()
	var at any
	if err := d.Decode(&at); err != nil {
		r.T.Fatalf("%s: not JSON: %s", r.What, r.Body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch x := at.(type) {
		case map[string]any:
			at = x[part]
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(x) {
				return nil
			}
			at = x[n]
		default:
			return nil
		}
	}
	return at
}

// Text returns a member as text, "" for null.
func (r Reply) Text(path string) string {
	r.T.Helper()
	return Text(r.At(path))
}

// Text is a value of JSON as text: what is no text as it is written, null as "".
func Text(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		return x
	}
	b, err := json.Marshal(x)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Has reports a member that has another value.
func (r Reply) Has(path, want string) Reply {
	r.T.Helper()
	if got := r.Text(path); got != want {
		r.T.Errorf("%s: %s is %q, want %q: %.600s", r.What, path, got, want, r.Body)
	}
	return r
}

// Rows returns the objects of a list under "data".
func (r Reply) Rows() []map[string]any {
	r.T.Helper()
	list, ok := r.At("data").([]any)
	if !ok {
		r.T.Fatalf("%s: data is no list: %.300s", r.What, r.Body)
	}
	out := make([]map[string]any, len(list))
	for i, x := range list {
		if out[i], ok = x.(map[string]any); !ok {
			r.T.Fatalf("%s: data holds what is no object: %.300s", r.What, r.Body)
		}
	}
	return out
}

// IDs returns the ids of a list under "data", with commas between.
func (r Reply) IDs() string {
	r.T.Helper()
	var out []string
	for _, row := range r.Rows() {
		out = append(out, Text(row["id"]))
	}
	return strings.Join(out, ",")
}

package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// form is what was typed, and what is wrong with it. A page that is shown
// again draws its fields from the form, so that nothing typed is lost.
type form struct {
	url.Values // nil where nothing was sent
	Errors     []ui.FieldError
}

// memoryForForms is how much of an upload is kept in memory; the rest goes to
// files that end with the request.
const memoryForForms = 1 << 20

// readForm reads the body of a POST, with or without files.
func readForm(r *http.Request) (*form, error) {
	var err error
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		err = r.ParseMultipartForm(memoryForForms)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, httpkit.Refuse(http.StatusBadRequest, tenon.Invalid, "This form cannot be read. Nothing was changed.")
	}
	return &form{Values: r.PostForm}, nil
}

// text returns a field without the blanks around it.
func (f *form) text(name string) string { return strings.TrimSpace(f.Get(name)) }

// yes tells whether a box was checked.
func (f *form) yes(name string) bool { return f.Get(name) != "" }

// number returns a field that holds an id or a version, 0 where it is empty.
func (f *form) number(name string) (int64, error) {
	text := f.text(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, tenon.FieldErrorf(name, "%q is not a number.", text)
	}
	return n, nil
}

// ids returns the ids of the boxes that were checked, or of a list in an address.
func ids[ID ~int64](values []string) ([]ID, error) {
	var out []ID
	for _, v := range values {
		for text := range strings.SplitSeq(v, ",") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n <= 0 {
				return nil, tenon.Errorf(tenon.NotFound, "There is nothing with the id %q.", text)
			}
			out = append(out, ID(n))
		}
	}
	return out, nil
}

// pathID returns the id that the address names.
func pathID[ID ~int64](r *http.Request, name string) (ID, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	return ID(n), nil
}

// keep takes an error that the person can put right by typing something else,
// and tells whether it was one: the page is then shown again.
func (f *form) keep(ctx context.Context, err error) bool {
	var e *tenon.Error
	if !errors.As(err, &e) || (e.Code != tenon.Invalid && (e.Code != tenon.Conflict || e.Field == "")) {
		return false
	}
	f.Errors = append(f.Errors, ui.FieldError{Name: e.Field, Message: say.Error(ctx, e)})
	return true
}

// wrong returns what is wrong with a field, "" where nothing is.
func (f *form) wrong(name string) string {
	for _, e := range f.Errors {
		if e.Name == name {
			return e.Message
		}
	}
	return ""
}

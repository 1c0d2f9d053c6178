package itglue

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
)

// failure is an error as this API answers it.
type failure struct {
	status  int
	title   string
	detail  string
	pointer string
	header  map[string]string
	err     error
}

func (f *failure) Error() string { return f.detail }
func (f *failure) Unwrap() error { return f.err }

func fail(status int, pointer, detail string) *failure {
	return &failure{status: status, title: http.StatusText(status), detail: detail, pointer: pointer}
}

// errUnreachable is the answer to a reference to what the key's account does
// not reach, whether it is there or not.
func errUnreachable() error {
	return fail(http.StatusUnauthorized, "id", "Unauthorized resource access")
}

// errNeedsOrganization is the answer to a record without an organization.
func errNeedsOrganization() error {
	f := fail(http.StatusUnprocessableEntity, "data/attributes/organization_id", "Valid organization_id is required")
	f.title = f.detail
	return f
}

// statuses is the one table from our codes to this API's statuses. It knows
// neither 409 nor 410, and clients try 503 again.
var statuses = map[tenon.Code]int{
	tenon.Invalid:         http.StatusUnprocessableEntity,
	tenon.NotFound:        http.StatusNotFound,
	tenon.Forbidden:       http.StatusForbidden,
	tenon.Unauthenticated: http.StatusUnauthorized,
	tenon.Conflict:        http.StatusUnprocessableEntity,
	tenon.Busy:            http.StatusServiceUnavailable,
	tenon.Stale:           http.StatusServiceUnavailable,
	tenon.TooLarge:        http.StatusRequestEntityTooLarge,
	tenon.RateLimited:     http.StatusTooManyRequests,
	tenon.Gone:            http.StatusNotFound,
	tenon.Unavailable:     http.StatusServiceUnavailable,
	tenon.Internal:        http.StatusInternalServerError,
}

// mergedHeader names the organization that answers for one that was merged away.
const mergedHeader = "X-Merged-Into"

// failureOf translates an error. res is the resource that the request is
// about, nil for none: its table says what our fields are called here.
func failureOf(res *resource, err error) *failure {
	at := -1
	var in *core.InBatch
	if errors.As(err, &in) && in.Of > 1 {
		at = in.At
	}
	var f *failure
	if errors.As(err, &f) {
		if at >= 0 {
			return f.inList(at)
		}
		return f
	}
	code := tenon.CodeOf(err)
	f = &failure{status: statuses[code], detail: tenon.MessageOf(err), err: err}
	if s := httpkit.StatusOf(err); code == tenon.Invalid && s != http.StatusUnprocessableEntity {
		f.status = s // a request that could not be read
	}
	f.title = http.StatusText(f.status)
	var e *tenon.Error
	if errors.As(err, &e) {
		f.locate(res, e, at)
		if e.Target != 0 {
			f.status, f.title = http.StatusNotFound, http.StatusText(http.StatusNotFound)
			f.header = map[string]string{mergedHeader: e.Target.String()}
		}
	}
	return f
}

// locate says where in the request the error is.
func (f *failure) locate(res *resource, e *tenon.Error, at int) {
	data := "/data/"
	if at >= 0 {
		data += strconv.Itoa(at) + "/"
	}
	if e.Field == "" {
		if at >= 0 {
			f.pointer = strings.TrimSuffix(data, "/")
		}
		return
	}
	// "interfaces.0.name" and "traits.ends" say what of a field is wrong.
	field, inner, _ := strings.Cut(e.Field, ".")
	name := kebab(field)
	if res != nil {
		if child := res.children[field]; child != "" {
			f.pointer = data + "relationships/" + kebab(child)
			if place, what, ok := strings.Cut(inner, "."); ok {
				f.pointer += "/data/" + place + "/attributes/" + kebab(what)
			}
			return
		}
		if a := res.attributeOf(field, e.Part); a != nil {
			name = a.name
		}
	}
	// What does not exist is named without -id, as the thing it is.
	if thing, isID := strings.CutSuffix(name, "-id"); isID && e.Absent {
		name, f.detail = thing, "must exist"
	}
	f.pointer = data + "attributes/" + name
	if inner != "" {
		f.pointer += "/" + strings.ReplaceAll(inner, ".", "/")
	}
}

// attributeOf returns the attribute that is a field of ours, or a part of one,
// nil where there is none.
func (r *resource) attributeOf(field, part string) *attribute {
	if part == "options" { // of a Select field, which stand in its default
		part = "default_value"
	}
	at := slices.IndexFunc(r.attrs, func(a attribute) bool { return part != "" && a.field == part })
	if at < 0 {
		at = slices.IndexFunc(r.attrs, func(a attribute) bool { return a.field == field })
	}
	if at < 0 {
		return nil
	}
	return &r.attrs[at]
}

// writeFailure answers an error.
func writeFailure(w http.ResponseWriter, r *http.Request, res *resource, err error) {
	info := httpkit.InfoOf(r.Context())
	f := failureOf(res, err)
	info.Code, info.Err = string(tenon.CodeOf(err)), err
	if f.status == http.StatusTooManyRequests {
		httpkit.CopyHeaders(w.Header(), err)
	}
	for name, value := range f.header {
		w.Header().Set(name, value)
	}
	if f.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	one := members{{"title", f.title}, {"detail", f.detail}, {"status", f.status}}
	if f.pointer != "" {
		one = append(members{{"source", members{{"pointer", f.pointer}}}}, one...)
	}
	write(w, r, f.status, appendValue(nil, members{{"errors", []any{one}}}))
}

// writeForbidden answers a missing or wrong key, as the gateway before the
// original does: clients look for just this.
func writeForbidden(w http.ResponseWriter, r *http.Request, err error) {
	httpkit.InfoOf(r.Context()).Err = err
	httpkit.InfoOf(r.Context()).Code = string(tenon.Unauthenticated)
	write(w, r, http.StatusForbidden, []byte(`{"message":"Forbidden"}`))
}

package httpkit

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/tenonhq/tenon"
)

// statuses is the one table from our codes to HTTP's.
var statuses = map[tenon.Code]int{
	tenon.Invalid:         http.StatusUnprocessableEntity,
	tenon.NotFound:        http.StatusNotFound,
	tenon.Forbidden:       http.StatusForbidden,
	tenon.Unauthenticated: http.StatusUnauthorized,
	tenon.Conflict:        http.StatusConflict,
	tenon.Busy:            http.StatusConflict,
	tenon.Stale:           http.StatusConflict,
	tenon.TooLarge:        http.StatusRequestEntityTooLarge,
	tenon.RateLimited:     http.StatusTooManyRequests,
	tenon.Gone:            http.StatusGone,
	tenon.Unavailable:     http.StatusServiceUnavailable,
	tenon.Internal:        http.StatusInternalServerError,
}

// requestError is an error in the request as HTTP sees it, before any rule of
// ours was asked: its status is not that of its code.
type requestError struct {
	why     *tenon.Error
	status  int
	headers map[string]string
}

func (e *requestError) Error() string { return e.why.Error() }

func (e *requestError) Unwrap() error { return e.why }

// Refuse returns an error that is answered with exactly this status.
func Refuse(status int, code tenon.Code, message string) error {
	return &requestError{why: &tenon.Error{Code: code, Message: message}, status: status}
}

// CopyHeaders sets the headers that an answer to the error has, such as Retry-After.
func CopyHeaders(h http.Header, err error) {
	var e *requestError
	if errors.As(err, &e) {
		for k, v := range e.headers {
			h.Set(k, v)
		}
	}
}

// StatusOf returns the status that an error is answered with.
func StatusOf(err error) int {
	var e *requestError
	if errors.As(err, &e) {
		return e.status
	}
	if s, ok := statuses[tenon.CodeOf(err)]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Problem is the body of an error answer, after RFC 9457.
type Problem struct {
	Type       string       `json:"type"`
	Title      string       `json:"title"`
	Status     int          `json:"status"`
	Code       tenon.Code   `json:"code"`
	Detail     string       `json:"detail"`
	Fields     []FieldError `json:"fields,omitempty"`
	RequestID  string       `json:"request_id,omitempty"`
	Changes    []string     `json:"changes,omitempty"`
	MergedInto int64        `json:"merged_into,omitempty"`
}

// FieldError says what is wrong with one field.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// ProblemOf describes an error. An error without a code says only that it is
// internal: what it wraps is for the log, which has the same request id.
func ProblemOf(err error, requestID string) Problem {
	status := StatusOf(err)
	code := tenon.CodeOf(err)
	p := Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: tenon.MessageOf(err), RequestID: requestID}
	var e *tenon.Error
	if !errors.As(err, &e) {
		return p
	}
	if e.Field != "" {
		p.Fields = []FieldError{{Field: e.Field, Message: e.Message}}
	}
	for _, d := range e.Changes {
		p.Changes = append(p.Changes, d.String())
	}
	p.MergedInto = int64(e.Target)
	return p
}

// WriteProblem answers an error.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	info := InfoOf(r.Context())
	p := ProblemOf(err, info.RequestID)
	info.Code, info.Err = string(p.Code), err
	CopyHeaders(w.Header(), err)
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="Tenon"`)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic("httpkit: a problem that cannot be written: " + err.Error())
	}
	w.Header().Del("ETag")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if _, err := w.Write(append(body, '\n')); err != nil {
		info.Err = errors.Join(info.Err, err)
	}
}

// NotAllowed is the error for a path that exists under other methods.
func NotAllowed(allow []string) error {
	e := tenon.Errorf(tenon.Invalid, "This address answers only to %s.", strings.Join(allow, ", "))
	return &requestError{why: e, status: http.StatusMethodNotAllowed, headers: map[string]string{"Allow": strings.Join(allow, ", ")}}
}

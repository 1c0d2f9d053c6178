// Package api is Tenon's own API, under /api/v1/: JSON in snake_case, ids as
// numbers, times in RFC 3339 and UTC, errors as problem+json.
//
// It decides nothing. A handler reads the request, makes one call and writes
// what came of it. Everything a route is stands in one line of routes.go, from
// which the OpenAPI document and the permission tests are made, too.
//
// A record's fields stand at the top level of its object, under the names of
// its schema: what is declared once in package tenon needs no word here.
package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

// Options are what the API works with.
type Options struct {
	Core       *core.Core            // required
	Operations *operation.Operations // required
	Merge      *merge.Engine         // required
	Trash      *trash.Engine         // required
	Export     *export.Engine        // required
	// Import brings CSV files in; without it, imports are refused.
	Import *csvimport.Engine
	Now    func() time.Time // required
	// Limit is how many requests a caller may make in a minute; 0 is
	// DefaultLimit, below 0 there is none.
	Limit int
}

// DefaultLimit is how many requests a caller may make in a minute.
const DefaultLimit = 300

// wrongKeys is how many wrong keys an address may try in a minute.
const wrongKeys = 60

type server struct {
	core     *core.Core
	ops      *operation.Operations
	merge    *merge.Engine
	trash    *trash.Engine
	importer *csvimport.Engine
	export   *export.Engine
	now      func() time.Time
	auth     httpkit.Auth
	limit    *httpkit.Limiter
	again    httpkit.Idempotency
	// reads finds the route that reads what a path names, for If-Match.
	reads map[string]*route
	doc   []byte
}

// New returns the handler of /api/v1/.
func New(o Options) (http.Handler, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	s := &server{core: o.Core, ops: o.Operations, merge: o.Merge, trash: o.Trash, importer: o.Import, export: o.Export, now: o.Now, reads: map[string]*route{}}
	s.limit = httpkit.NewLimiter(o.Now, o.Limit, time.Minute)
	failures := wrongKeys
	if o.Limit < 0 {
		failures = 0
	}
	s.auth = httpkit.Auth{
		Key: func(ctx context.Context, key string) (tenon.Viewer, error) {
			return o.Core.KeyViewer(ctx, secret.NewText(key))
		},
		Session: func(ctx context.Context, token string) (tenon.Viewer, error) {
			return o.Core.SessionViewer(ctx, secret.NewText(token))
		},
		Failed: httpkit.NewLimiter(o.Now, failures, time.Minute), Face: "api",
	}
	s.again = httpkit.Idempotency{Answers: answers{o.Core.Store(), o.Now}, Now: o.Now}
	doc, err := Document()
	if err != nil {
		return nil, err
	}
	if s.doc, err = json.Marshal(doc); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	all := routes()
	for i := range all {
		rt := &all[i]
		if rt.method == http.MethodGet {
			s.reads[rt.path] = rt
		}
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(rt, w, r) })
	}
	mux.HandleFunc("GET "+prefix+"openapi.json", s.document)
	mux.HandleFunc(prefix, func(w http.ResponseWriter, r *http.Request) { s.unknown(mux, w, r) })
	return mux, nil
}

// prefix is where the API stands.
const prefix = "/api/v1/"

func (s *server) document(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	etag := httpkit.ETag(s.doc)
	w.Header().Set("ETag", etag)
	if httpkit.NotModified(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if _, err := w.Write(s.doc); err != nil {
		httpkit.InfoOf(r.Context()).Err = err
	}
}

// unknown answers for addresses and methods that do not exist.
func (s *server) unknown(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := mux.Handler(probe); pattern != "" && pattern != prefix {
			allow = append(allow, m)
		}
	}
	if len(allow) > 0 {
		httpkit.WriteProblem(w, r, httpkit.NotAllowed(allow))
		return
	}
	httpkit.WriteProblem(w, r, tenon.Errorf(tenon.NotFound, "There is no such address. The API is described at %sopenapi.json.", prefix))
}

// request is what a handler gets.
type request struct {
	*http.Request
	viewer tenon.Viewer
	body   []byte
	query  map[string]string
	// version is the version of the record that If-Match named, 0 without it.
	version int64
	// close lets go of what the request holds.
	close func()
}

// answer is what a handler gives back: a JSON body, or a file.
type answer struct {
	status   int
	body     any
	location string
	file     *file
}

type file struct {
	name, contentType string
	size              int64
	content           io.ReadCloser
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

func created(path string, id int64, body any) (answer, error) {
	return answer{status: http.StatusCreated, body: body, location: prefix + path + "/" + strconv.FormatInt(id, 10)}, nil
}

func done() (answer, error) { return answer{status: http.StatusNoContent}, nil }

// serve is the way of every request: who asks, how often, for what, and the
// same answer to the same request.
func (s *server) serve(rt *route, w http.ResponseWriter, hr *http.Request) {
	httpkit.InfoOf(hr.Context()).Pattern = rt.method + " " + rt.path
	r, err := s.admit(rt, w, hr)
	if r != nil && r.close != nil {
		defer r.close()
	}
	if err != nil {
		httpkit.WriteProblem(w, hr, err)
		return
	}
	if rt.method != http.MethodPost {
		s.answer(rt, w, r)
		return
	}
	err = s.again.Do(w, hr, callerOf(r.viewer), r.body, rt.secret, func(w http.ResponseWriter, hr *http.Request) {
		r.Request = hr
		s.answer(rt, w, r)
	})
	if err != nil {
		httpkit.WriteProblem(w, hr, err)
	}
}

// callerOf names who is asking: a key is a caller of its own.
func callerOf(v tenon.Viewer) string {
	if v.Key != 0 {
		return "key " + strconv.FormatInt(v.Key, 10)
	}
	return "user " + v.User.String()
}

// admit checks everything about a request that needs no record.
func (s *server) admit(rt *route, w http.ResponseWriter, hr *http.Request) (*request, error) {
	v, err := s.auth.Viewer(hr)
	if err != nil {
		return nil, err
	}
	if err := s.limit.Allow(w.Header(), callerOf(v)); err != nil {
		return nil, err
	}
	r := &request{Request: hr, viewer: v}
	if r.query, err = httpkit.Query(hr, rt.queryNames()...); err != nil {
		return nil, err
	}
	if rt.upload {
		return r, r.spool(rt)
	}
	if rt.method == http.MethodGet {
		return r, nil
	}
	if r.body, err = httpkit.ReadBody(hr, rt.maxBody()); err != nil {
		return nil, err
	}
	if rt.in == "" {
		if len(r.body) == 0 {
			return r, nil
		}
		return r, httpkit.Decode(r.body, &struct{}{})
	}
	return r, httpkit.WantJSON(hr)
}

func (s *server) answer(rt *route, w http.ResponseWriter, r *request) {
	a, err := s.handle(rt, r)
	if err == nil {
		err = write(w, r.Request, a)
	}
	if err != nil {
		httpkit.WriteProblem(w, r.Request, err)
	}
}

// handle runs the route's handler; before it, what If-Match asks for.
func (s *server) handle(rt *route, r *request) (answer, error) {
	if r.Header.Get("If-Match") != "" && rt.method != http.MethodGet && rt.method != http.MethodPost {
		if err := s.ifMatch(rt, r); err != nil {
			return answer{}, err
		}
	}
	return rt.handle(s, r)
}

func (s *server) ifMatch(rt *route, r *request) error {
	read := s.reads[rt.path]
	if read == nil {
		return httpkit.IfMatch(r.Request, "")
	}
	now, err := read.handle(s, r)
	if err != nil {
		return err
	}
	body, err := encode(now.body)
	if err != nil {
		return err
	}
	var seen struct {
		Version int64 `json:"version"`
	}
	if err := json.Unmarshal(body, &seen); err != nil {
		return err
	}
	// The write itself is then held to this version: nobody slips in between.
	r.version = seen.Version
	return httpkit.IfMatch(r.Request, httpkit.ETag(body))
}

func encode(body any) ([]byte, error) {
	b, err := json.Marshal(body)
	return append(b, '\n'), err
}

func write(w http.ResponseWriter, r *http.Request, a answer) error {
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	switch {
	case a.file != nil:
		return writeFile(w, a.file)
	case a.body == nil:
		w.WriteHeader(a.status)
		return nil
	}
	body, err := encode(a.body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if a.status == http.StatusOK || a.status == http.StatusCreated {
		etag := httpkit.ETag(body)
		w.Header().Set("ETag", etag)
		if httpkit.NotModified(r, etag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(body); err != nil {
		httpkit.InfoOf(r.Context()).Err = err // the client went away
	}
	return nil
}

// id returns an id of the path. What cannot be an id is 0, which no record has.
func (r *request) id(name string) int64 { return tenon.ParseID(r.PathValue(name)) }

// decode reads the body into a wire struct.
func (r *request) decode(into any) error { return httpkit.Decode(r.body, into) }

// page reads the parameters of every list.
func (r *request) page() (tenon.Page, error) {
	p := tenon.Page{Cursor: r.query["cursor"], Sort: r.query["sort"]}
	if s, sent := r.query["limit"]; sent {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > tenon.MaxPage {
			return p, tenon.FieldErrorf("limit", "limit must be a number from 1 to %d.", tenon.MaxPage)
		}
		p.Limit = n
	}
	return p, nil
}

// ids reads a parameter that holds ids, with commas between.
func ids[T ~int64](r *request, name string) ([]T, error) {
	s, sent := r.query[name]
	if !sent {
		return nil, nil
	}
	return parseIDs[T](name, s)
}

// oneID reads a parameter that holds an id, 0 where it is not sent.
func oneID[T ~int64](r *request, name string) (T, error) {
	l, err := ids[T](r, name)
	if err != nil || len(l) == 0 {
		return 0, err
	}
	if len(l) > 1 {
		return 0, tenon.FieldErrorf(name, "%s takes one id.", name)
	}
	return l[0], nil
}

// flag reads a parameter that is true or false, nil where it is not sent.
func (r *request) flag(name string) (*bool, error) {
	s, sent := r.query[name]
	if !sent {
		return nil, nil
	}
	b := s == "true"
	if !b && s != "false" {
		return nil, tenon.FieldErrorf(name, "%s must be true or false.", name)
	}
	return &b, nil
}

// read runs fn on one snapshot.
func (s *server) read(r *request, fn func(*store.Tx) error) error {
	return s.core.Store().Read(r.Context(), fn)
}

// Package itglue speaks the IT Glue API: what was written for that API works
// here with another address and another key. It is JSON:API in kebab-case, with
// pages by number.
//
// It decides nothing. Each resource is declared once, as data: its attributes,
// filters, sorts, includes, and what stands behind it (table.go says how, and
// a file each for organizations, configurations and so on says what). Routes,
// the decoder, the answers and the OpenAPI document are one machine over these
// tables. What the original does not say is decided in docs/itglue-api.md.
package itglue

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

// Options are what this API works with.
type Options struct {
	Core   *core.Core     // required
	Trash  *trash.Engine  // required
	Export *export.Engine // required
	Now    func() time.Time
	// URL returns the address of the pages, for links into them.
	URL func() string
	// Limit is how many requests the account may make in the window; 0 is
	// DefaultLimit, below 0 there is none.
	Limit int
	// Window is the time in which these count; 0 is five minutes.
	Window time.Duration
}

// DefaultLimit is how many requests the account may make in Window.
const DefaultLimit = 3000

// Window is the time in which DefaultLimit counts.
const Window = 5 * time.Minute

// wrongKeys is how many wrong keys an address may try in a minute.
const wrongKeys = 60

type server struct {
	core      *core.Core
	trash     *trash.Engine
	export    *export.Engine
	now       func() time.Time
	url       func() string
	limit     *httpkit.Limiter
	failed    *httpkit.Limiter
	resources map[string]*resource
	mux       *http.ServeMux
	doc       []byte
}

// API is the API over one installation. Handlers of several prefixes share
// its rate limit.
type API struct{ s *server }

// New makes the API.
func New(o Options) (*API, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Window == 0 {
		o.Window = Window
	}
	failures := wrongKeys
	if o.Limit < 0 {
		failures = 0
	}
	s := &server{
		core: o.Core, trash: o.Trash, export: o.Export, now: o.Now, url: o.URL, resources: resources(), mux: http.NewServeMux(),
		limit: httpkit.NewLimiter(o.Now, o.Limit, o.Window), failed: httpkit.NewLimiter(o.Now, failures, time.Minute),
	}
	all := routes(s.resources)
	for i := range all {
		rt := &all[i]
		s.mux.HandleFunc(rt.method+" /"+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(rt, w, r) })
	}
	s.mux.HandleFunc("/", s.elsewhere)
	doc, err := Document()
	if err != nil {
		return nil, err
	}
	s.doc, err = json.Marshal(doc)
	return &API{s}, err
}

type prefixKey struct{}

// Handler answers requests whose path begins with the prefix, "" for the root.
func (a *API) Handler(prefix string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := *r.URL
		// A cleaned path without a slash at its end is answered at once: the mux
		// would redirect to it, and clients of this API follow no redirect.
		at.Path, at.RawPath = path.Clean("/"+strings.TrimPrefix(at.Path, prefix)), ""
		r = r.WithContext(context.WithValue(r.Context(), prefixKey{}, prefix))
		r.URL = &at
		a.s.mux.ServeHTTP(w, r)
	})
}

// elsewhere answers where there is no route. Who has no key learns nothing of
// what there is.
func (s *server) elsewhere(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/openapi.json" {
		s.document(w, r)
		return
	}
	if _, err := s.admit(w, r); err != nil {
		s.refuse(w, r, nil, err)
		return
	}
	s.refuse(w, r, nil, s.unknown(r))
}

// unknown is the error for addresses and methods that do not exist.
func (s *server) unknown(r *http.Request) error {
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.mux.Handler(probe); pattern != "/" {
			allow = append(allow, m)
		}
	}
	if len(allow) == 0 {
		return fail(http.StatusNotFound, "", "There is no such address.")
	}
	f := fail(http.StatusMethodNotAllowed, "", "This address answers only to "+strings.Join(allow, ", ")+".")
	f.header = map[string]string{"Allow": strings.Join(allow, ", ")}
	return f
}

func (s *server) document(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	if _, err := w.Write(s.doc); err != nil {
		httpkit.InfoOf(r.Context()).Err = err
	}
}

// refuse answers an error: 403 to whoever has no key, and what failed else.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, res *resource, err error) {
	var f *failure
	if tenon.CodeOf(err) == tenon.Unauthenticated && !errors.As(err, &f) {
		writeForbidden(w, r, err)
		return
	}
	writeFailure(w, r, res, err)
}

// answer is what a handler gives back.
type answer struct {
	status int
	body   members
	// list is an answer that is a plain list.
	list []any
	// file is the content of a file in place of a body.
	file *file
}

// serve is the way of every request: who asks, how often, and for what.
func (s *server) serve(rt *route, w http.ResponseWriter, hr *http.Request) {
	httpkit.InfoOf(hr.Context()).Pattern = rt.method + " /itglue/" + rt.path
	a, err := s.handle(rt, w, hr)
	if err != nil {
		s.refuse(w, hr, rt.res, err)
		return
	}
	if a.file != nil {
		a.file.write(w, hr)
		return
	}
	var body any = a.body
	if a.list != nil {
		body = a.list
	}
	write(w, hr, a.status, appendValue(make([]byte, 0, 4096), body))
}

func (s *server) handle(rt *route, w http.ResponseWriter, hr *http.Request) (answer, error) {
	prefix, _ := hr.Context().Value(prefixKey{}).(string)
	r := &request{Request: hr, w: w, s: s, prefix: prefix}
	var err error
	if !rt.open {
		if r.viewer, err = s.admit(w, hr); err != nil {
			return answer{}, err
		}
	}
	if r.params, err = readParams(hr); err != nil {
		return answer{}, err
	}
	limit := int64(maxBody)
	if rt.limit > 0 {
		limit = rt.limit
	}
	if r.body, err = httpkit.ReadBody(hr, limit); err != nil {
		return answer{}, err
	}
	r.body = asUTF8(hr.Header.Get("Content-Type"), r.body)
	if hr.Method == http.MethodGet {
		if err := r.params.addBody(r.body); err != nil {
			return answer{}, err
		}
	}
	return rt.handle(r)
}

// maxBody is the longest body that is read where no file is in it.
const maxBody = 4 << 20

// read runs fn on one snapshot.
func (r *request) read(fn func(*store.Tx) error) error {
	return r.s.core.Store().Read(r.Context(), fn)
}

// lower is a label inside a sentence.
func lower(label string) string {
	if len(label) > 1 && label[1] >= 'a' {
		return strings.ToLower(label[:1]) + label[1:]
	}
	return label
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// policy lets a page load our own files and nothing else; forms go to us.
const policy = "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// How large a form may be, and one that carries files.
const (
	maxForm   = 4 << 20
	maxUpload = 101 << 20
)

type viewerKey struct{}

// viewer is who asks. Routes that are open have nobody: the zero viewer.
func viewer(r *http.Request) tenon.Viewer {
	v, _ := r.Context().Value(viewerKey{}).(tenon.Viewer)
	return v
}

// serve is the way of every request: from our own pages where it changes
// something, by somebody who is signed in, and with a page also for an error.
func (s *server) serve(rt *route, w http.ResponseWriter, r *http.Request) {
	info := httpkit.InfoOf(r.Context())
	info.Pattern = rt.method + " " + rt.path
	w.Header().Set("Content-Security-Policy", policy)
	limit := int64(maxForm)
	if rt.upload {
		limit = maxUpload
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	r = r.WithContext(say.With(ui.WithAssets(r.Context(), s.assets.URL), s.languages.of(r)))
	if err := httpkit.SameOrigin(r); err != nil {
		s.problem(w, r, err)
		return
	}
	if err := s.zone.refresh(r.Context()); err != nil {
		s.problem(w, r, err)
		return
	}
	if !rt.open {
		v, err := s.session(r)
		if p := resumedBy(r); p != nil {
			v, err = p.viewer, nil
		}
		if tenon.CodeOf(err) == tenon.Unauthenticated {
			if !s.keepDraft(w, r) {
				s.toSignIn(w, r)
			}
			return
		}
		if err != nil {
			s.problem(w, r, err)
			return
		}
		info.UserID = int64(v.User)
		rememberUser(w, r, v.User)
		r = s.languages.by(r.WithContext(context.WithValue(r.Context(), viewerKey{}, v)), v)
	}
	if r.Method == http.MethodPost && !rt.open && resumedBy(r) == nil {
		s.submits.once(w, r, httpkit.SessionToken(r), s.now(), func(w http.ResponseWriter) { s.act(rt, w, r) })
		return
	}
	s.act(rt, w, r)
}

// act answers a request by somebody who may ask.
func (s *server) act(rt *route, w http.ResponseWriter, r *http.Request) {
	err := s.whereabouts(r, s.answer(rt, w, r))
	var elsewhere *moved
	var gone *absent
	switch {
	case errors.As(err, &elsewhere) && r.Method == http.MethodPost:
		err = elsewhere.changed()
	case elsewhere != nil:
		err = elsewhere.redirect(w, r)
	case errors.As(err, &gone):
		err = s.showAbsent(w, r, gone)
	}
	switch {
	case err == nil:
	case !rt.open && needsProof(err):
		if !rt.proves || !s.proveFirst(w, r) {
			toProof(w, r)
		}
	default:
		s.problem(w, r, err)
	}
}

// answer carries a request out. A form that has come through a sign-in is shown
// again, and not carried out.
func (s *server) answer(rt *route, w http.ResponseWriter, r *http.Request) error {
	p := resumedBy(r)
	switch {
	case p != nil && rt.keeps:
		return rt.handle(s, w, showAgain(r, p.draft.words(r.Context())))
	case p != nil:
		return s.showDraft(w, r, p.draft)
	case rt.once:
		return s.once(rt, w, r)
	}
	return rt.handle(s, w, r)
}

// session returns who is signed in, or an error with the code Unauthenticated.
func (s *server) session(r *http.Request) (tenon.Viewer, error) {
	token := httpkit.SessionToken(r)
	if token == "" {
		return tenon.Viewer{}, tenon.Errorf(tenon.Unauthenticated, "Sign in first.")
	}
	v, err := s.core.SessionViewer(r.Context(), secret.NewText(token))
	if err != nil {
		return tenon.Viewer{}, err
	}
	v.Addr, v.Face = httpkit.InfoOf(r.Context()).Addr, "web"
	return v, nil
}

// toSignIn leads to the sign-in and back. The way back from a form that could
// not be carried along is to the page it was sent from.
func (s *server) toSignIn(w http.ResponseWriter, r *http.Request) {
	next := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		next = localPath(refererPath(r))
	}
	target := "/sign-in"
	if next != "/" {
		target += "?next=" + url.QueryEscape(next)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func refererPath(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return from.RequestURI()
}

// localPath returns p where it is an address of ours, else the home page: what
// a link names as the next page must not lead elsewhere.
func localPath(p string) string {
	u, err := url.Parse(p)
	if err != nil || u.IsAbs() || u.Host != "" || len(p) == 0 || p[0] != '/' || (len(p) > 1 && (p[1] == '/' || p[1] == '\\')) {
		return "/"
	}
	return p
}

// redirect leads on after an act, so that loading the page again repeats nothing.
func redirect(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// unknown answers for addresses and methods that no page has.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	r = r.WithContext(say.With(ui.WithAssets(r.Context(), s.assets.URL), s.languages.of(r)))
	if v, err := s.session(r); err == nil {
		r = s.languages.by(r.WithContext(context.WithValue(r.Context(), viewerKey{}, v)), v)
	}
	s.problem(w, r, tenon.Errorf(tenon.NotFound, "There is no page at this address."))
}

// problem writes the page of an error.
func (s *server) problem(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = &tenon.Error{Code: tenon.TooLarge, Message: "What was sent is larger than Tenon takes. Nothing was changed.", Err: err}
	}
	info := httpkit.InfoOf(r.Context())
	p := httpkit.ProblemOf(err, info.RequestID)
	info.Code, info.Err = string(p.Code), err
	title, text, reference := titleOf(r.Context(), p.Code), say.Error(r.Context(), err), ""
	if p.Status >= http.StatusInternalServerError {
		reference = p.RequestID
	}
	var inWords *tenon.Error
	if !errors.As(err, &inWords) {
		text = say.Text(r.Context(), "This should not have happened, and is not your doing. Try again. If it happens again, give this reference to whoever looks after Tenon: the log of the server has the cause beside it.")
	}
	// What is our fault may be the database, which the menus are made from.
	if viewer(r).User != 0 && reference == "" {
		if s.showStatus(w, r, p.Status, ui.Page{Title: title}, problemText(title, text)) == nil {
			return
		}
	}
	if werr := write(w, r, p.Status, problem(title, text, reference, againButton(r, reference))); werr != nil {
		info.Err = errors.Join(err, werr)
	}
}

// againButton leads to the page that could not be shown, or back to the form that
// could not be sent.
func againButton(r *http.Request, reference string) ui.Button {
	switch {
	case reference == "":
		return ui.Button{}
	case r.Method == http.MethodPost:
		return ui.Button{Text: say.Text(r.Context(), "Back"), Href: localPath(refererPath(r)), Look: ui.Primary}
	}
	return ui.Button{Text: say.Text(r.Context(), "Try again"), Href: localPath(r.URL.RequestURI()), Look: ui.Primary}
}

func titleOf(ctx context.Context, code tenon.Code) string {
	switch code {
	case tenon.NotFound:
		return say.Text(ctx, "Nothing here")
	case tenon.Gone:
		return say.Text(ctx, "No longer here")
	case tenon.Forbidden:
		return say.Text(ctx, "Not allowed")
	case tenon.Unauthenticated:
		return say.Text(ctx, "Sign in")
	case tenon.Stale, tenon.Conflict:
		return say.Text(ctx, "Nothing was changed")
	case tenon.Busy, tenon.Unavailable, tenon.RateLimited:
		return say.Text(ctx, "Not now")
	case tenon.Internal:
		return say.Text(ctx, "Something went wrong")
	}
	return say.Text(ctx, "This cannot be done")
}

package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// signInView is what the sign-in shows: the first step, or with pending the
// second, which asks for the code.
type signInView struct {
	email, next, pending string
	wrong                string
	// draft is a form that is carried along, sealed.
	draft string
}

func (s *server) signInPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if _, err := s.session(r); err == nil {
		return redirect(w, r, next)
	}
	return write(w, r, http.StatusOK, signInContent(signInView{next: next}))
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	view := signInView{email: f.text("email"), next: localPath(f.Get("next")), pending: f.Get("pending"), draft: f.Get("draft")}
	addr := httpkit.InfoOf(r.Context()).Addr
	var token secret.Text
	var v tenon.Viewer
	if view.pending != "" {
		token, v, err = s.core.SignInCode(r.Context(), secret.NewText(view.pending), f.typedCode(), addr, r.UserAgent())
	} else {
		token, v, err = s.core.SignIn(r.Context(), view.email, secret.NewText(f.Get("password")), addr, r.UserAgent())
	}
	if err == nil {
		s.begin(w, r, token)
		if view.draft != "" && s.resume(w, r, view.draft, v) {
			return nil
		}
		return redirect(w, r, view.next)
	}
	if view.pending == "" && fieldOf(err) == "code" && !token.IsZero() {
		view.pending = token.Reveal()
		return write(w, r, http.StatusOK, signInContent(view))
	}
	switch tenon.CodeOf(err) {
	case tenon.Unauthenticated, tenon.Invalid, tenon.RateLimited, tenon.Forbidden:
		view.wrong = say.Error(r.Context(), err)
		if view.pending != "" && fieldOf(err) != "code" {
			view.pending = "" // the wait is over: begin again
		}
		return write(w, r, httpkit.StatusOf(err), signInContent(view))
	}
	return err
}

// forgotPage asks for the address to mail a link to.
func (s *server) forgotPage(w http.ResponseWriter, r *http.Request) error {
	return write(w, r, http.StatusOK, forgotContent(&form{Values: url.Values{"email": {r.URL.Query().Get("email")}}}, ""))
}

// forgot mails a link, and answers the same whether there is such a user or not.
func (s *server) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	err = s.core.RequestReset(r.Context(), f.text("email"), httpkit.InfoOf(r.Context()).Addr)
	if tenon.CodeOf(err) == tenon.RateLimited {
		f.Errors = append(f.Errors, ui.FieldError{Name: "email", Message: say.Error(r.Context(), err)})
		return write(w, r, http.StatusTooManyRequests, forgotContent(f, ""))
	}
	if err != nil {
		if f.keep(r.Context(), err) {
			return write(w, r, http.StatusUnprocessableEntity, forgotContent(f, ""))
		}
		return err
	}
	return write(w, r, http.StatusOK, forgotContent(f, f.text("email")))
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) error {
	if token := httpkit.SessionToken(r); token != "" {
		v, err := s.session(r)
		if err == nil {
			err = s.core.SignOut(r.Context(), v, secret.NewText(token))
		}
		if err != nil && tenon.CodeOf(err) != tenon.Unauthenticated {
			return err
		}
	}
	httpkit.SetSession(w, r, "", time.Time{})
	return redirect(w, r, "/sign-in")
}

// begin gives the browser the session that just began.
func (s *server) begin(w http.ResponseWriter, r *http.Request, token secret.Text) {
	httpkit.SetSession(w, r, token.Reveal(), s.now().Add(core.SessionLife))
}

func fieldOf(err error) string {
	var e *tenon.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

func (s *server) keysPage(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextKeysHelp)}, keysContent())
}

// linkPage shows what a one-time link is for. Only the form uses it up: mail
// programs open links to look at them.
func (s *server) linkPage(w http.ResponseWriter, r *http.Request) error {
	l, err := s.core.Link(r.Context(), secret.NewText(r.PathValue("token")))
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, linkContent(*l, &form{}))
}

func (s *server) redeemLink(w http.ResponseWriter, r *http.Request) error {
	token := secret.NewText(r.PathValue("token"))
	l, err := s.core.Link(r.Context(), token)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	session, _, err := s.core.RedeemLink(r.Context(), token, f.text("name"), f.text("email"), secret.NewText(f.Get("password")), httpkit.InfoOf(r.Context()).Addr, r.UserAgent())
	switch {
	case err == nil:
	case tenon.CodeOf(err) == tenon.Unauthenticated:
		// The password is set, and a second factor is asked for at the sign-in.
		return write(w, r, http.StatusOK, signInContent(signInView{email: l.Email, next: "/", wrong: say.Error(r.Context(), err)}))
	case f.keep(r.Context(), err):
		return write(w, r, http.StatusUnprocessableEntity, linkContent(*l, f))
	default:
		return err
	}
	s.begin(w, r, session)
	leaveNote(w, r, note{Text: say.Text(r.Context(), "You are signed in. The password is set.")})
	if l.First {
		return redirect(w, r, companyPath)
	}
	return redirect(w, r, "/")
}

package web

import (
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/ui"
)

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
	session, v, err := s.core.RedeemLink(r.Context(), token, f.text("name"), f.text("email"), secret.NewText(f.Get("password")), httpkit.InfoOf(r.Context()).Addr, r.UserAgent())
	switch {
	case err == nil:
	case tenon.CodeOf(err) == tenon.Unauthenticated:
		// The password is set, and a second factor is asked for at the sign-in.
		return write(w, r, http.StatusOK, signInContent(signInView{email: l.Email, next: "/", wrong: tenon.MessageOf(err)}))
	case f.keep(err):
		return write(w, r, http.StatusUnprocessableEntity, linkContent(*l, f))
	default:
		return err
	}
	s.begin(w, r, session)
	if account := f.text("account"); l.First && account != "" {
		if err := s.core.SetSetting(r.Context(), v, tenon.SettingAccount, account); err != nil {
			leaveNote(w, r, note{Tone: ui.Warn, Text: "You are signed in. The name of the company was not taken: " + tenon.MessageOf(err)})
			return redirect(w, r, "/settings")
		}
	}
	leaveNote(w, r, note{Text: "You are signed in. The password is set."})
	return redirect(w, r, "/")
}

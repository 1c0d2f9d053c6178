package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// needsProof tells whether the act asks for a fresh proof of who one is.
func needsProof(err error) bool {
	return tenon.CodeOf(err) == tenon.Forbidden && (fieldOf(err) == "code" || fieldOf(err) == "password")
}

// toProof leads to the page that asks for the code, and from there back: to
// the page itself, or to the one whose form was sent. Who cancels is back where
// the link or the form was.
func toProof(w http.ResponseWriter, r *http.Request) {
	back := localPath(refererPath(r))
	next := r.URL.RequestURI()
	if r.Method == http.MethodPost {
		next = back
	}
	http.Redirect(w, r, provePath+"?"+url.Values{"next": {next}, "back": {back}}.Encode(), http.StatusSeeOther)
}

// provePath is the page that asks for the proof.
const provePath = "/self/prove"

// proofBack is where Cancel leads.
func proofBack(f *form) string {
	if back := localPath(f.Get("back")); !strings.HasPrefix(back, provePath) {
		return back
	}
	return "/"
}

// proveFirst answers a form that needs a fresh proof with the page that asks for
// it, which carries along what was typed, sealed: the server keeps nothing. It
// tells whether it could.
func (s *server) proveFirst(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	sealed, back, ok := s.sealDraft(r, viewer(r).User, true)
	if !ok {
		return false
	}
	return s.showProof(w, r, http.StatusOK, &form{Values: url.Values{"next": {back}, "back": {back}, "draft": {sealed}}}) == nil
}

func (s *server) provePage(w http.ResponseWriter, r *http.Request) error {
	return s.showProof(w, r, http.StatusOK, &form{Values: url.Values{"next": {r.URL.Query().Get("next")}, "back": {r.URL.Query().Get("back")}}})
}

func (s *server) showProof(w http.ResponseWriter, r *http.Request, status int, f *form) error {
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), proofTitle)}, proofContent(f, viewer(r).SecondFactor))
}

// prove takes the code of the second factor, and goes on.
func (s *server) prove(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	v, token, words := viewer(r), secret.Text{}, say.Text(r.Context(), "Your second factor was checked. Go on where you were.")
	if v.SecondFactor {
		token, err = s.core.ProveFactor(r.Context(), v, f.typedCode())
	} else {
		words = say.Text(r.Context(), "Your password was checked. Go on where you were.")
		token, err = s.core.ProvePassword(r.Context(), v, secret.NewText(f.Get("password")))
	}
	if err != nil {
		if f.keep(r.Context(), err) {
			return s.showProof(w, r, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	s.begin(w, r, token) // a proof gives the session a new one
	if sealed := f.Get("draft"); sealed != "" {
		if v, err = s.core.SessionViewer(r.Context(), token); err != nil {
			return err
		}
		if s.resume(w, r, sealed, v) {
			return nil
		}
	}
	leaveNote(w, r, note{Text: words})
	return redirect(w, r, localPath(f.text("next")))
}

// proveCode renews the proof of the second factor; the browser gets the new
// token of its session.
func (s *server) proveCode(w http.ResponseWriter, r *http.Request, v tenon.Viewer, code string) error {
	token, err := s.core.ProveFactor(r.Context(), v, code)
	if err != nil {
		return err
	}
	s.begin(w, r, token)
	return nil
}

// factorPage shows a fresh seed to put into an app. Nothing is kept of it
// until a code shows that the app has it.
func (s *server) factorPage(w http.ResponseWriter, r *http.Request) error {
	seed, _, err := s.core.NewFactor(viewer(r), factorIssuer)
	if err != nil {
		return err
	}
	return s.showFactor(w, r, http.StatusOK, &form{Values: url.Values{"seed": {seed.Reveal()}}})
}

// factorIssuer is the name under which the app lists the codes.
const factorIssuer = "Tenon"

func (s *server) showFactor(w http.ResponseWriter, r *http.Request, status int, f *form) error {
	t, err := secret.ParseTOTP(secret.NewText(f.Get("seed")))
	if err != nil {
		return err
	}
	uri, err := t.URI(factorIssuer, viewer(r).Email)
	if err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), factorTitle)}, factorContent(f, uri.Reveal()))
}

func (s *server) factorEnrol(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	token, codes, err := s.core.EnrolFactor(r.Context(), viewer(r), secret.NewText(f.Get("seed")), f.text("code"))
	if err != nil {
		if fieldOf(err) == "code" && f.keep(r.Context(), err) {
			return s.showFactor(w, r, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	s.begin(w, r, token)
	return s.showRecoveryCodes(w, r, codes, say.Text(r.Context(), "The second factor is on. Your other sessions have ended."))
}

// factorOff switches off one's own second factor, or that of a user who lost it.
func (s *server) factorOff(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.UserID](r, "user")
	if err != nil {
		return err
	}
	v := viewer(r)
	if id != v.User {
		if err := v.Need(tenon.ManageUsers); err != nil {
			return err
		}
	}
	if err := s.core.DisableFactor(r.Context(), v, id); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The second factor was switched off.")})
	if id == v.User {
		return redirect(w, r, "/self/security")
	}
	return redirect(w, r, userPath(id)+"/security")
}

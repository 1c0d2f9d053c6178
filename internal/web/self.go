package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// selfView is what the page of one's own profile shows.
type selfView struct {
	viewer  tenon.Viewer
	groups  []*tenon.Group
	granted []tenon.Granted
	form    *form
	now     time.Time
	// languages are those to choose from, none where there is only English.
	languages []ui.Choice
}

// self is one's own profile.
func (s *server) self(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	return s.showSelf(w, r, http.StatusOK, &form{Values: url.Values{"name": {v.Name}, "email": {v.Email}, "language": {v.Language}}})
}

func (s *server) showSelf(w http.ResponseWriter, r *http.Request, status int, f *form) error {
	v := viewer(r)
	view := selfView{viewer: v, form: f, now: s.now(), languages: s.languages.choices(r.Context(), f.Get("language"))}
	var err error
	if view.groups, _, err = s.core.Groups(r.Context(), v, store.GroupQuery{User: v.User, Page: tenon.Page{Limit: tenon.MaxPage}}); err != nil {
		return err
	}
	if view.granted, err = s.core.Granted(r.Context(), v, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(v.User)}); err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), selfTitle), Section: "self"}, selfContent(&view))
}

// selfSave changes one's own name and address.
func (s *server) selfSave(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name, email := f.text("name"), f.text("email")
	in := core.UserChange{Name: &name}
	if email != v.Email {
		in.Email = &email
	}
	if f.Has("language") {
		language := f.text("language")
		in.Language = &language
		v.Language = language
		r = s.languages.by(r, v) // what is said from here on
	}
	if _, err := s.core.UpdateUser(r.Context(), v, v.User, in); err != nil {
		if f.keep(r.Context(), err) {
			return s.showSelf(w, r, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	words := say.Text(r.Context(), "Your profile was saved.")
	if in.Email != nil {
		words += " " + say.Textf(r.Context(), "From now on you sign in with %s.", email)
	}
	leaveNote(w, r, note{Text: words})
	return redirect(w, r, "/self")
}

// selfSecurity is the page of one's password, second factor, sessions and sign-ins.
func (s *server) selfSecurity(w http.ResponseWriter, r *http.Request) error {
	return s.showSelfSecurity(w, r, http.StatusOK, emptyForm())
}

func (s *server) showSelfSecurity(w http.ResponseWriter, r *http.Request, status int, f *form) error {
	v := viewer(r)
	view, err := s.loadSecurity(r, v.User)
	if err != nil {
		return err
	}
	view.form = f
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), "Your security"), Section: "self"}, selfSecurityContent(view))
}

func (s *server) passwordChange(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	v := viewer(r)
	if err := s.core.ChangePassword(r.Context(), v, secret.NewText(f.Get("current")), secret.NewText(f.Get("password"))); err != nil {
		if f.keep(r.Context(), err) {
			return s.showSelfSecurity(w, r, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	words := note{Text: say.Text(r.Context(), "The password was changed. Your other sessions have ended.")}
	keys, err := s.core.Keys(r.Context(), v, v.User)
	if err != nil {
		return err
	}
	if n := working(r.Context(), keys, s.now()); n > 0 {
		words.Text += " " + say.Textf(r.Context(), "%s on working.", ui.Count(r.Context(), n, "API key goes", "API keys go"))
		words.Href, words.Link = "/self/keys", say.Text(r.Context(), "Look at them")
	}
	leaveNote(w, r, words)
	return redirect(w, r, "/self/security")
}

// sessionsEnd ends one's other sessions, or one of them, or with "everywhere" all.
func (s *server) sessionsEnd(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if f.yes("everywhere") {
		if _, err := s.core.SignOutEverywhere(r.Context(), v, v.User); err != nil {
			return err
		}
		return s.signOut(w, r)
	}
	if err := s.endSessions(w, r, f, v.User); err != nil {
		return err
	}
	return redirect(w, r, "/self/security")
}

// endSessions ends one session of a user, or all but the one that asks.
func (s *server) endSessions(w http.ResponseWriter, r *http.Request, f *form, user tenon.UserID) error {
	v := viewer(r)
	one, err := f.number("session")
	if err != nil {
		return err
	}
	if one != 0 {
		err := s.core.EndSession(r.Context(), v, user, one)
		if err == nil || tenon.CodeOf(err) == tenon.NotFound { // it ended by itself meanwhile
			leaveNote(w, r, note{Text: say.Text(r.Context(), "The session has ended.")})
			return nil
		}
		return err
	}
	n, err := s.core.EndSessions(r.Context(), v, user)
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: ui.Count(r.Context(), n, "session has ended.", "sessions have ended.")})
	return nil
}

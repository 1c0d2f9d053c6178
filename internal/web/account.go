package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// settings shows what holds for the whole account.
func (s *server) settings(w http.ResponseWriter, r *http.Request) error {
	return s.showSettings(w, r, http.StatusOK, nil)
}

func (s *server) showSettings(w http.ResponseWriter, r *http.Request, status int, typed *form) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageSettings); err != nil {
		return err
	}
	list, err := s.core.Settings(r.Context(), v)
	if err != nil {
		return err
	}
	if typed == nil {
		typed = &form{Values: url.Values{}}
		for i := range list {
			typed.Set(list[i].Name, list[i].Value)
			if list[i].Type == tenon.OrgRef {
				typed.Set(refID(list[i].Name), list[i].Value)
				typed.Set(list[i].Name, list[i].OrgName)
			}
		}
	}
	return s.showStatus(w, r, status, ui.Page{Title: ui.TextSettings, Section: "account"}, settingsContent(list, typed))
}

func (s *server) settingsSave(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	f, err := readForm(r)
	if err != nil {
		return err
	}
	now, err := s.core.Settings(r.Context(), v)
	if err != nil {
		return err
	}
	for i := range now {
		set := &now[i]
		value := f.text(set.Name)
		switch set.Type {
		case tenon.Bool:
			value = map[bool]string{true: "true", false: "false"}[f.yes(set.Name)]
		case tenon.OrgRef:
			if value, err = s.typedOrganization(r, f, set.Name); err != nil && !f.keep(err) {
				return err
			}
		}
		if err != nil || value == set.Value {
			continue
		}
		if err := s.core.SetSetting(r.Context(), v, set.Name, value); err != nil {
			if fieldOf(err) == "" {
				err = &tenon.Error{Code: tenon.CodeOf(err), Field: set.Name, Message: tenon.MessageOf(err), Err: err}
			}
			if !f.keep(err) {
				return err
			}
		}
	}
	if len(f.Errors) > 0 {
		return s.showSettings(w, r, http.StatusUnprocessableEntity, f)
	}
	leaveNote(w, r, note{Text: "The settings were saved."})
	return redirect(w, r, "/settings")
}

// typedOrganization returns the id of the organization that was typed.
func (s *server) typedOrganization(r *http.Request, f *form, name string) (string, error) {
	ask := schemaForm{form: f}
	var id any
	err := s.read(r, func(tx *store.Tx) (err error) {
		id, err = ask.reference(tx, viewer(r), &tenon.Field{Name: name, Label: tenon.SettingNamed(name).Label, Type: tenon.OrgRef})
		return err
	})
	return plainValue(id), err
}

// users lists the people who sign in.
func (s *server) users(w http.ResponseWriter, r *http.Request) error {
	return s.showUsers(w, r, http.StatusOK, &form{Values: url.Values{}}, "")
}

// showUsers shows the list; link is a one-time link that was just made, and is
// shown once.
func (s *server) showUsers(w http.ResponseWriter, r *http.Request, status int, f *form, link string) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	a := addressOf(r)
	a.path = "/users"
	page, next, err := s.core.Users(r.Context(), v, store.UserQuery{Search: a.query.Get("q"), Page: tenon.Page{Limit: pageRows, Cursor: a.query.Get("cursor")}})
	if err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: ui.TextUsers, Section: "account"}, usersContent(a, page, next, f, link, v, s.now()))
}

func (s *server) userCreate(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	f, err := readForm(r)
	if err != nil {
		return err
	}
	name, email, role, everywhere := f.text("name"), f.text("email"), tenon.Role(f.text("role")), f.yes("everywhere")
	u, err := s.core.CreateUser(r.Context(), v, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere})
	if err != nil {
		if f.keep(err) {
			return s.showUsers(w, r, http.StatusUnprocessableEntity, f, "")
		}
		return err
	}
	return s.showLink(w, r, u.ID)
}

// userLink makes a link by which a user sets a password.
func (s *server) userLink(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	id, err := pathID[tenon.UserID](r, "user")
	if err != nil {
		return err
	}
	return s.showLink(w, r, id)
}

func (s *server) showLink(w http.ResponseWriter, r *http.Request, id tenon.UserID) error {
	token, err := s.core.PasswordLink(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	return s.showUsers(w, r, http.StatusOK, &form{Values: url.Values{}}, strings.TrimSuffix(s.url(), "/")+"/link/"+token.Reveal())
}

// userState disables a user or lets them in again.
func (s *server) userState(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	id, err := pathID[tenon.UserID](r, "user")
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	disabled := f.Get("state") == "disabled"
	u, err := s.core.UpdateUser(r.Context(), v, id, core.UserChange{Disabled: &disabled})
	if err != nil {
		return err
	}
	words := u.Name + " may sign in again."
	if disabled {
		words = u.Name + " can no longer sign in. Sessions and keys have ended."
	}
	leaveNote(w, r, note{Text: words})
	return redirect(w, r, "/users")
}

// self is the page of one's own account.
func (s *server) self(w http.ResponseWriter, r *http.Request) error {
	return s.showSelf(w, r, http.StatusOK, &form{Values: url.Values{}})
}

func (s *server) showSelf(w http.ResponseWriter, r *http.Request, status int, f *form) error {
	v := viewer(r)
	sessions, err := s.core.Sessions(r.Context(), v, v.User)
	if err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: "Your account"}, selfContent(v, sessions, f, s.now()))
}

func (s *server) passwordChange(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := s.core.ChangePassword(r.Context(), viewer(r), secret.NewText(f.Get("current")), secret.NewText(f.Get("password"))); err != nil {
		if f.keep(err) {
			return s.showSelf(w, r, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	leaveNote(w, r, note{Text: "The password was changed. Your other sessions have ended."})
	return redirect(w, r, "/self")
}

func (s *server) sessionsEnd(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	n, err := s.core.EndSessions(r.Context(), v, v.User)
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: ui.Count(n, "other session has ended.", "other sessions have ended.")})
	return redirect(w, r, "/self")
}

func never(at, now time.Time) string {
	if at.IsZero() {
		return "Never"
	}
	return ui.Ago(at, now)
}

package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// users lists the people who sign in.
func (s *server) users(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	a := addressOf(r)
	q := store.UserQuery{Search: a.query.Get("q"), Role: tenon.Role(a.query.Get("role")), State: tenon.UserState(a.query.Get("state")),
		Page: tenon.Page{Limit: pageRows, Cursor: a.query.Get("cursor")}}
	page, next, err := s.core.Users(r.Context(), v, q)
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextUsers), Section: "account"}, usersContent(a, page, next, s.now()))
}

// userNew is the form by which somebody is invited.
func (s *server) userNew(w http.ResponseWriter, r *http.Request) error {
	return s.showUserForm(w, r, http.StatusOK, nil, &form{Values: url.Values{"role": {string(tenon.Editor)}, "invite": {"1"}}})
}

// showUserForm shows the form of a new user, or of one that is there.
func (s *server) showUserForm(w http.ResponseWriter, r *http.Request, status int, u *tenon.User, f *form) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	if u != nil {
		if err := core.MayManageUser(v, u); err != nil {
			return err
		}
	}
	groups, err := s.allGroups(r)
	if err != nil {
		return err
	}
	view := userForm{user: u, form: f, viewer: v, mail: s.mail.Sends()}
	for _, g := range groups {
		if core.MayManageGroup(v, g) == nil {
			view.groups = append(view.groups, g)
		} else if u != nil && slices.Contains(u.Groups, g.ID) {
			view.fixed = append(view.fixed, g)
		}
	}
	return s.showStatus(w, r, status, ui.Page{Title: view.title(r.Context()), Section: "account"}, userFormContent(&view))
}

// allGroups returns the groups that the viewer may know of.
func (s *server) allGroups(r *http.Request) ([]*tenon.Group, error) {
	groups, _, err := s.core.Groups(r.Context(), viewer(r), store.GroupQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
	return groups, err
}

// userForm is the form of a user and what it offers.
type userForm struct {
	user   *tenon.User // nil for a new one
	form   *form
	groups []*tenon.Group // that the viewer may put people into
	fixed  []*tenon.Group // that the user stays in
	viewer tenon.Viewer
	mail   bool
}

func (f *userForm) title(ctx context.Context) string {
	if f.user == nil {
		return say.Text(ctx, "Invite somebody")
	}
	return say.Textf(ctx, "Edit %s", f.user.Name)
}

// change is what was typed. Groups that the form does not offer stay.
func (f *form) userChange(fixed []tenon.GroupID) (core.UserChange, error) {
	name, email, role, everywhere := f.text("name"), f.text("email"), tenon.Role(f.text("role")), f.yes("everywhere")
	in := core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere}
	if role == tenon.Administrator {
		in.Everywhere = nil // always
	}
	chosen, err := ids[tenon.GroupID](f.Values["groups"])
	if err != nil {
		return in, err
	}
	all := append(chosen, fixed...)
	in.Groups = &all
	in.Version, err = f.number("version")
	return in, err
}

func (s *server) userCreate(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	in, err := f.userChange(nil)
	if err != nil {
		return err
	}
	create := s.core.CreateUser
	if f.yes("invite") {
		create = s.core.InviteUser
	}
	u, err := create(r.Context(), v, in)
	if err != nil {
		if f.keep(r.Context(), err) {
			return s.showUserForm(w, r, http.StatusUnprocessableEntity, nil, f)
		}
		return err
	}
	leaveNote(w, r, note{Text: s.createdWords(r.Context(), u, f.yes("invite"))})
	return redirect(w, r, userPath(u.ID))
}

func (s *server) createdWords(ctx context.Context, u *tenon.User, invited bool) string {
	switch {
	case !invited:
		return say.Textf(ctx, "%s was added, and cannot sign in before you send an invitation.", u.Name)
	case s.mail.Sends():
		return say.Textf(ctx, "An invitation is on its way to %s.", u.Email)
	}
	return say.Textf(ctx, "%s was invited. No mail server is set: the link stands in the log of the server.", u.Name)
}

func userPath(id tenon.UserID) string { return "/users/" + id.String() }

// userView is what the pages of one user show.
type userView struct {
	*tenon.User
	groups  []*tenon.Group
	granted []tenon.Granted
	viewer  tenon.Viewer
	now     time.Time
	link    string // a one-time link that was just made, shown once
	mail    bool
}

// loadUser loads the user that the address names. People have their own page
// under /self; these are for those who manage users.
func (s *server) loadUser(r *http.Request) (*userView, error) {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return nil, err
	}
	id, err := pathID[tenon.UserID](r, "user")
	if err != nil {
		return nil, err
	}
	u, err := s.core.User(r.Context(), v, id)
	return &userView{User: u, viewer: v, now: s.now(), mail: s.mail.Sends()}, err
}

func (s *server) user(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	return s.showUser(w, r, u)
}

func (s *server) showUser(w http.ResponseWriter, r *http.Request, u *userView) (err error) {
	if u.groups, _, err = s.core.Groups(r.Context(), u.viewer, store.GroupQuery{User: u.ID, Page: tenon.Page{Limit: tenon.MaxPage}}); err != nil {
		return err
	}
	if u.granted, err = s.core.Granted(r.Context(), u.viewer, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(u.ID)}); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: u.Name, Section: "account"}, userContent(u))
}

// deniedBy lists the kinds that one of the groups keeps from its members.
func deniedBy(groups []*tenon.Group) []tenon.Kind {
	var out []tenon.Kind
	for _, g := range groups {
		out = append(out, g.Denied...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *server) userEdit(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	f := &form{Values: url.Values{"name": {u.Name}, "email": {u.Email}, "role": {string(u.Role)}, "version": {ui.Plain64(u.Version)}}}
	if u.Everywhere {
		f.Set("everywhere", "1")
	}
	for _, g := range u.Groups {
		f.Add("groups", g.String())
	}
	return s.showUserForm(w, r, http.StatusOK, u.User, f)
}

func (s *server) userUpdate(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	groups, err := s.allGroups(r)
	if err != nil {
		return err
	}
	var fixed []tenon.GroupID
	for _, g := range groups {
		if slices.Contains(u.Groups, g.ID) && core.MayManageGroup(u.viewer, g) != nil {
			fixed = append(fixed, g.ID)
		}
	}
	in, err := f.userChange(fixed)
	if err != nil {
		return err
	}
	if u.ID == u.viewer.User && *in.Role == u.Role {
		in.Role = nil
	}
	after, err := s.core.UpdateUser(r.Context(), u.viewer, u.ID, in)
	if err != nil {
		if f.keep(r.Context(), err) {
			return s.showUserForm(w, r, http.StatusUnprocessableEntity, u.User, f)
		}
		return err
	}
	words := say.Textf(r.Context(), "%s was saved.", after.Name)
	if after.Role != u.Role {
		words += " " + say.Text(r.Context(), "With the new role, their sessions and API keys have ended.")
	}
	leaveNote(w, r, note{Text: words})
	return redirect(w, r, userPath(u.ID))
}

// userLink makes a link by which a user sets a password, and shows it once.
func (s *server) userLink(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	token, err := s.core.PasswordLink(r.Context(), u.viewer, u.ID)
	if err != nil {
		return err
	}
	u.link = strings.TrimSuffix(s.url(), "/") + "/link/" + token.Reveal()
	return s.showUser(w, r, u)
}

// userMail mails the user such a link: an invitation, or one for a new password.
func (s *server) userMail(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	if _, err := s.core.MailLink(r.Context(), u.viewer, u.ID); err != nil {
		return err
	}
	words := say.Textf(r.Context(), "A link is on its way to %s. The one before works no more.", u.Email)
	if !u.mail {
		words = say.Text(r.Context(), "The link stands in the log of the server: no mail server is set. The one before works no more.")
	}
	leaveNote(w, r, note{Text: words})
	return redirect(w, r, userPath(u.ID))
}

// userState disables a user or lets them in again.
func (s *server) userState(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	disabled := f.Get("state") == "disabled"
	if _, err := s.core.UpdateUser(r.Context(), u.viewer, u.ID, core.UserChange{Disabled: &disabled}); err != nil {
		return err
	}
	words := say.Textf(r.Context(), "%s may sign in again. Sessions and API keys from before stay ended.", u.Name)
	if disabled {
		words = say.Textf(r.Context(), "%s can no longer sign in. Sessions, links and API keys have ended.", u.Name)
	}
	leaveNote(w, r, note{Text: words})
	return redirect(w, r, userPath(u.ID))
}

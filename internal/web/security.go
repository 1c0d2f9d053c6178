package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// shownSignIns is how many sign-ins a page lists.
const shownSignIns = 20

// securityView is what the pages about the security of one user show.
type securityView struct {
	*userView
	sessions []tenon.Session
	signIns  []tenon.SignIn
	keys     []tenon.APIKey
	left     int64 // recovery codes
	form     *form
}

func (s *server) loadSecurity(r *http.Request, user tenon.UserID) (*securityView, error) {
	v := viewer(r)
	u, err := s.core.User(r.Context(), v, user)
	if err != nil {
		return nil, err
	}
	view := &securityView{userView: &userView{User: u, viewer: v, now: s.now()}, form: emptyForm()}
	if view.sessions, err = s.core.Sessions(r.Context(), v, user); err != nil {
		return nil, err
	}
	if view.signIns, err = s.core.SignIns(r.Context(), v, user, shownSignIns); err != nil {
		return nil, err
	}
	if u.SecondFactor {
		if view.left, err = s.core.RecoveryCodesLeft(r.Context(), v, user); err != nil {
			return nil, err
		}
	}
	return view, nil
}

// userSecurity shows the sessions, sign-ins and keys of a user to those who
// manage users.
func (s *server) userSecurity(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	id, err := pathID[tenon.UserID](r, "user")
	if err != nil {
		return err
	}
	view, err := s.loadSecurity(r, id)
	if err != nil {
		return err
	}
	if view.keys, err = s.core.Keys(r.Context(), v, id); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: view.Name, Section: "account"}, userSecurityContent(view))
}

// userSessionsEnd ends the sessions of somebody else, or one of them.
func (s *server) userSessionsEnd(w http.ResponseWriter, r *http.Request) error {
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
	if err := s.endSessions(w, r, f, id); err != nil {
		return err
	}
	return redirect(w, r, userPath(id)+"/security")
}

// mayEnd tells whether the viewer may end sessions of the user.
func (v *securityView) mayEnd() bool {
	return v.ID == v.viewer.User || core.MayManageUser(v.viewer, v.User) == nil
}

// endPath is where the form that ends sessions is sent.
func (v *securityView) endPath() string {
	if v.ID == v.viewer.User {
		return "/self/sessions/end"
	}
	return userPath(v.ID) + "/sessions/end"
}

// browserWords says a browser's own name for itself as people do: "Firefox on
// Windows". What it does not know it shows as it is.
func browserWords(ctx context.Context, agent string) string {
	browser := firstOf(agent, [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}})
	system := firstOf(agent, [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	switch {
	case agent == "":
		return say.Text(ctx, "Unknown browser")
	case browser == "" && system == "":
		return short(agent)
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return say.Textf(ctx, "%s on %s", browser, system)
}

func firstOf(text string, known [][2]string) string {
	for _, k := range known {
		if strings.Contains(text, k[0]) {
			return k[1]
		}
	}
	return ""
}

// within writes an instant as words inside a sentence: "Just now" is "just now".
func within(ctx context.Context, words string) string {
	for _, first := range []string{say.Text(ctx, "Just"), say.Text(ctx, "Today"), say.Text(ctx, "Yesterday"), say.Text(ctx, "Never")} {
		if strings.HasPrefix(words, first) {
			return strings.ToLower(words[:1]) + words[1:]
		}
	}
	return words
}

func never(ctx context.Context, at, now time.Time) string {
	if at.IsZero() {
		return say.Text(ctx, "Never")
	}
	return ui.Ago(ctx, at, now)
}

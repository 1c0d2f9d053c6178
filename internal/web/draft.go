package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// A form that arrives after its session has ended is not carried out, and what
// was typed is not lost: the sign-in page that answers it carries all of it
// along, sealed with the key of the vault for the person who typed it. After
// the sign-in of that person the form stands there again as it was sent. The
// server keeps nothing, so that nobody can fill it up without signing in.

// draft is a form on its way through the sign-in, or through a fresh proof of
// who sends it.
type draft struct {
	Path  string     `json:"p"` // that it was sent to
	Back  string     `json:"b"` // the page it was on
	Form  url.Values `json:"f"`
	Files bool       `json:"u,omitempty"` // there were files, which are not carried along
	Until time.Time  `json:"t"`
	Proof bool       `json:"v,omitempty"` // it waited for a fresh proof, not for a sign-in
}

const (
	// draftLife is how long a sign-in page may be left lying.
	draftLife = 12 * time.Hour
	// maxDraft is what fits into the form of the sign-in, sealed and encoded.
	maxDraft = 2 << 20
	// userCookie holds the id of who was signed in last in this browser: a form
	// is carried along for that person only. It is no proof of anything.
	userCookie = "tenon_user"
)

// rememberUser notes whose forms this browser sends.
func rememberUser(w http.ResponseWriter, r *http.Request, id tenon.UserID) {
	if c, err := r.Cookie(userCookie); err == nil && c.Value == id.String() {
		return
	}
	http.SetCookie(w, &http.Cookie{Name: userCookie, Value: id.String(), Path: "/", MaxAge: int(core.SessionLife / time.Second), HttpOnly: true,
		Secure: httpkit.InfoOf(r.Context()).Secure, SameSite: http.SameSiteLaxMode})
}

// keepDraft answers a form that came without a session with the sign-in page,
// which carries it along. It tells whether it could.
func (s *server) keepDraft(w http.ResponseWriter, r *http.Request) bool {
	c, err := r.Cookie(userCookie)
	if err != nil || r.Method != http.MethodPost || tenon.ParseID(c.Value) == 0 {
		return false
	}
	sealed, back, ok := s.sealDraft(r, tenon.UserID(tenon.ParseID(c.Value)), false)
	if !ok {
		return false
	}
	return write(w, r, http.StatusUnauthorized, signInContent(signInView{next: back, draft: sealed})) == nil
}

// sealDraft seals what a form sent, for one person, and returns the page that
// the form was on. It tells whether there was something to keep.
func (s *server) sealDraft(r *http.Request, user tenon.UserID, proof bool) (sealed, back string, ok bool) {
	f, err := readForm(r)
	if err != nil || len(f.Values) == 0 {
		return "", "", false
	}
	d := draft{Path: r.URL.RequestURI(), Back: localPath(refererPath(r)), Form: f.Values, Until: s.now().Add(draftLife), Files: hasFiles(r), Proof: proof}
	text, err := json.Marshal(d)
	if err != nil || len(text) > maxDraft {
		return "", "", false
	}
	sealed, err = s.core.SealDraft(user, secret.NewText(string(text)))
	return sealed, d.Back, err == nil
}

func hasFiles(r *http.Request) bool {
	if r.MultipartForm == nil {
		return false
	}
	for _, list := range r.MultipartForm.File {
		for _, head := range list {
			if head.Size > 0 {
				return true
			}
		}
	}
	return false
}

// resumed is who has just signed in, for the request that shows the form again.
type resumed struct {
	viewer tenon.Viewer
	draft  *draft
}

type resumedKey struct{}

// resumedBy returns who has just signed in, nil for any other request.
func resumedBy(r *http.Request) *resumed {
	p, _ := r.Context().Value(resumedKey{}).(*resumed)
	return p
}

// resume shows a form again after the sign-in, filled as it was sent. It tells
// whether there was one for this person.
func (s *server) resume(w http.ResponseWriter, r *http.Request, sealed string, v tenon.Viewer) bool {
	text, err := s.core.OpenDraft(v.User, sealed)
	if err != nil {
		return false
	}
	d := &draft{}
	if json.Unmarshal([]byte(text.Reveal()), d) != nil || s.now().After(d.Until) {
		return false
	}
	at, err := url.ParseRequestURI(localPath(d.Path))
	if err != nil {
		return false
	}
	body := d.Form.Encode()
	again := r.Clone(context.WithValue(r.Context(), resumedKey{}, &resumed{v, d}))
	again.URL, again.RequestURI, again.Body = at, d.Path, http.NoBody
	again.Form, again.PostForm, again.MultipartForm = nil, nil, nil
	again.Body, again.ContentLength = readCloser{strings.NewReader(body)}, int64(len(body))
	again.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	again.Header.Set("Content-Length", strconv.Itoa(len(body)))
	s.mux.ServeHTTP(w, again)
	return true
}

type readCloser struct{ *strings.Reader }

// Close implements io.Closer.
func (readCloser) Close() error { return nil }

// resumedWords say on the form what has happened.
func (d *draft) words(ctx context.Context) string {
	text := say.Text(ctx, "You were signed out before this was sent. Nothing was saved yet; what you typed is here as it was.")
	if d.Proof {
		text = say.Text(ctx, "Now we know that it is you. Nothing was saved yet; what you typed is here as it was.")
	}
	if d.Files {
		text += " " + say.Text(ctx, "Choose the files again.")
	}
	return text
}

// showDraft is for forms that cannot be shown again in their page: what was
// typed can be read, and sent with one button.
func (s *server) showDraft(w http.ResponseWriter, r *http.Request, d *draft) error {
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), "What you typed is still here")}, draftContent(d))
}

package httpkit

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
)

// Names of the session's cookie. The prefix binds it to this host and to
// HTTPS; without TLS, on loopback, a browser would not keep it.
const (
	plainCookie  = "tenon_session"
	secureCookie = "__Host-tenon_session"
)

// CookieName is the name of the session's cookie.
func CookieName(secure bool) string {
	if secure {
		return secureCookie
	}
	return plainCookie
}

// SetSession gives the browser a session. ends is its last moment; the zero
// time takes the session away.
func SetSession(w http.ResponseWriter, r *http.Request, token string, ends time.Time) {
	secure := InfoOf(r.Context()).Secure
	c := &http.Cookie{Name: CookieName(secure), Value: token, Path: "/", Expires: ends, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	if ends.IsZero() {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// SessionToken returns the token of the request's session, "" where it has none.
func SessionToken(r *http.Request) string {
	c, err := r.Cookie(CookieName(InfoOf(r.Context()).Secure))
	if err != nil {
		return ""
	}
	return c.Value
}

// BearerKey returns the key of an Authorization header, "" where it has none.
func BearerKey(r *http.Request) string {
	scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// Auth finds out who is asking.
type Auth struct {
	// Key and Session return the viewer of an API key and of a session's token,
	// or an error with the code Unauthenticated.
	Key     func(ctx context.Context, key string) (tenon.Viewer, error)
	Session func(ctx context.Context, token string) (tenon.Viewer, error)
	// Failed counts wrong keys and tokens per address.
	Failed *Limiter
	// Face is what the activity log says of how the viewer came.
	Face string
}

// Viewer returns who is asking, by key or else by session. A request with a
// session that changes something must come from our own pages.
func (a *Auth) Viewer(r *http.Request) (tenon.Viewer, error) {
	info := InfoOf(r.Context())
	v, err := a.viewer(r)
	if tenon.CodeOf(err) == tenon.Unauthenticated && (r.Header.Get("Authorization") != "" || SessionToken(r) != "") {
		// Only wrong keys are held up: a script that has lost its key does not
		// lock out the others behind the same address.
		if limit := a.Failed.Allow(http.Header{}, info.Addr); limit != nil {
			return tenon.Viewer{}, limit
		}
	}
	if err != nil {
		return tenon.Viewer{}, err
	}
	v.Addr, v.Face = info.Addr, a.Face
	info.UserID, info.KeyID = int64(v.User), v.Key
	return v, nil
}

func (a *Auth) viewer(r *http.Request) (tenon.Viewer, error) {
	if r.Header.Get("Authorization") != "" {
		key := BearerKey(r)
		if key == "" {
			return tenon.Viewer{}, tenon.Errorf(tenon.Unauthenticated, "Send your API key as: Authorization: Bearer KEY.")
		}
		return a.Key(r.Context(), key)
	}
	token := SessionToken(r)
	if token == "" {
		return tenon.Viewer{}, tenon.Errorf(tenon.Unauthenticated, "Sign in, or send an API key as: Authorization: Bearer KEY.")
	}
	if err := SameOrigin(r); err != nil {
		return tenon.Viewer{}, err
	}
	return a.Session(r.Context(), token)
}

// SameOrigin refuses a request that changes something and that a browser sent
// for another site's page. Programs send no Origin and pass.
func SameOrigin(r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return &requestError{why: &tenon.Error{Code: tenon.Forbidden, Message: "This request came from another site's page. Nothing was changed.", Err: err}, status: http.StatusForbidden}
	}
	return nil
}

package httpkit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
)

func now() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

func serve(o httpkit.Options, r *http.Request, h http.HandlerFunc) (*httptest.ResponseRecorder, string) {
	var log bytes.Buffer
	o.Now, o.Log = now, slog.New(slog.NewJSONHandler(&log, nil))
	w := httptest.NewRecorder()
	httpkit.Wrap(o, h).ServeHTTP(w, r)
	return w, log.String()
}

func TestWrap(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/links/tnl_ABCDEFGHIJKLMNOPQRSTUVWXYZ?search=Canary", nil)
	r.Header.Set("X-Request-Id", "abc-123")
	w, log := serve(httpkit.Options{Secure: true}, r, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hi") })
	h := w.Header()
	if h.Get("X-Request-Id") != "abc-123" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %v", h)
	}
	if strings.Contains(log, "Canary") || strings.Contains(log, "ABCDEF") || !strings.Contains(log, `"request_id":"abc-123"`) || !strings.Contains(log, `"status":200`) {
		t.Errorf("log: %s", log)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	w, log := serve(httpkit.Options{}, httptest.NewRequest("GET", "/", nil), func(http.ResponseWriter, *http.Request) { panic("Canary") })
	var p httpkit.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if w.Code != 500 || p.Detail != "Internal error" || p.RequestID == "" || strings.Contains(w.Body.String(), "Canary") || !strings.Contains(log, "Canary") {
		t.Errorf("got %d %s\n%s", w.Code, w.Body, log)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	merged := tenon.Errorf(tenon.Conflict, "It was merged.")
	merged.Target = 7
	stale := tenon.Errorf(tenon.Stale, "It has changed.")
	stale.Changes = []tenon.Difference{{Fact: "name", Was: "A", Is: "B"}}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("read item 5: %w", errors.New("disk on fire")), `{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal","detail":"Internal error"}`},
		{tenon.FieldErrorf("name", "Name is required."), `{"type":"about:blank","title":"Unprocessable Entity","status":422,"code":"invalid","detail":"Name is required.","fields":[{"field":"name","message":"Name is required."}]}`},
		{fmt.Errorf("wrapped: %w", merged), `{"type":"about:blank","title":"Conflict","status":409,"code":"conflict","detail":"It was merged.","merged_into":7}`},
		{stale, `{"type":"about:blank","title":"Conflict","status":409,"code":"stale","detail":"It has changed.","changes":["name was A, is B"]}`},
		{httpkit.Refuse(415, tenon.Invalid, "No."), `{"type":"about:blank","title":"Unsupported Media Type","status":415,"code":"invalid","detail":"No."}`},
	} {
		got, err := json.Marshal(httpkit.ProblemOf(tt.err, ""))
		if err != nil || string(got) != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	for _, c := range []tenon.Code{tenon.Invalid, tenon.NotFound, tenon.Forbidden, tenon.Unauthenticated, tenon.Conflict, tenon.Busy, tenon.Stale, tenon.TooLarge,
		tenon.RateLimited, tenon.Gone, tenon.Unavailable} {
		if s := httpkit.StatusOf(tenon.Errorf(c, "x")); s < 400 || s == 500 {
			t.Errorf("%s has no status of its own: %d", c, s)
		}
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct{ peer, forwarded, want string }{
		{"192.0.2.7:1000", "198.51.100.1", "192.0.2.7"}, // not a proxy of ours: it may say what it likes
		{"10.0.0.1:1000", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1000", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"}, // what stands before the first stranger is the stranger's word
		{"10.0.0.1:1000", "junk", "10.0.0.1"}, {"10.0.0.1:1000", "", "10.0.0.1"}, {"[::ffff:192.0.2.7]:1000", "", "192.0.2.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		r.Header.Set("X-Forwarded-For", tt.forwarded)
		got := ""
		serve(httpkit.Options{Proxies: proxies}, r, func(_ http.ResponseWriter, r *http.Request) { got = httpkit.InfoOf(r.Context()).Addr })
		if got != tt.want {
			t.Errorf("%s via %q: %s, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	tag := httpkit.ETag([]byte("x"))
	for header, want := range map[string]bool{tag: true, "W/" + tag: true, `"other", ` + tag: true, "*": true, `"other"`: false, "": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", header)
		if got := httpkit.NotModified(r, tag); got != want {
			t.Errorf("If-None-Match %s: %v", header, got)
		}
		r.Header.Set("If-Match", header)
		if err := httpkit.IfMatch(r, tag); (err == nil) != (want || header == "") {
			t.Errorf("If-Match %s: %v", header, err)
		}
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	for secure, name := range map[bool]string{false: "tenon_session", true: "__Host-tenon_session"} {
		w, _ := serve(httpkit.Options{Secure: secure}, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, r *http.Request) {
			httpkit.SetSession(w, r, "token", now())
		})
		c := w.Result().Cookies()[0]
		if c.Name != name || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("got %+v", c)
		}
		w, _ = serve(httpkit.Options{Secure: secure}, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, r *http.Request) {
			httpkit.SetSession(w, r, "", time.Time{})
		})
		if c := w.Result().Cookies()[0]; c.MaxAge >= 0 {
			t.Errorf("the session is not taken away: %+v", c)
		}
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	wrong := tenon.Errorf(tenon.Unauthenticated, "Sign in first.")
	find := func(good string) func(context.Context, string) (tenon.Viewer, error) {
		return func(_ context.Context, s string) (tenon.Viewer, error) {
			if s != good {
				return tenon.Viewer{}, wrong
			}
			return tenon.Viewer{User: 5, Role: tenon.Editor}, nil
		}
	}
	a := httpkit.Auth{Key: find("key"), Session: find("token"), Failed: httpkit.NewLimiter(now, 3, time.Minute), Face: "api"}
	ask := func(authorization, cookie, site, method string) int {
		r := httptest.NewRequest(method, "/", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "tenon_session", Value: cookie})
		}
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		v, err := a.Viewer(r)
		if err == nil && v.User == 5 && v.Face == "api" {
			return 200
		}
		return httpkit.StatusOf(err)
	}
	for _, tt := range []struct {
		authorization, cookie, site, method string
		want                                int
	}{
		{"", "", "", "GET", 401}, {"Bearer key", "", "", "GET", 200}, {"bearer key", "", "cross-site", "POST", 200}, {"Basic key", "token", "", "GET", 401},
		{"", "token", "", "GET", 200}, {"", "token", "same-origin", "POST", 200}, {"", "token", "cross-site", "POST", 403}, {"", "token", "cross-site", "GET", 200},
		{"Bearer bad", "", "", "GET", 401}, {"Bearer bad", "", "", "GET", 401},
		{"Bearer bad", "", "", "GET", 429}, // the fourth wrong one: only wrong keys are held up
		{"Bearer key", "", "", "GET", 200},
	} {
		if got := ask(tt.authorization, tt.cookie, tt.site, tt.method); got != tt.want {
			t.Errorf("%+v: got %d", tt, got)
		}
	}
}

func TestLimiterForgets(t *testing.T) {
	t.Parallel()
	l := httpkit.NewLimiter(now, 1, time.Minute)
	for i := range 30_000 {
		if err := l.Allow(http.Header{}, fmt.Sprint(i)); err != nil {
			t.Fatalf("caller %d: %v", i, err)
		}
	}
}

package app_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/web"
)

// address is something that the server answers.
type address struct {
	method, path string
	page         bool
}

var pathValue = regexp.MustCompile(`\{[^}]*\}`)

// addresses are all that any face has, and what none has.
func addresses() []address {
	var all []address
	add := func(method, path string, page bool) {
		path = pathValue.ReplaceAllString(strings.Replace(path, "{$}", "", 1), "1")
		all = append(all, address{method, path, page})
	}
	for _, rt := range web.Routes() {
		add(rt.Method, rt.Path, true)
	}
	for _, rt := range api.Routes() {
		add(rt.Method, rt.Path, false)
	}
	for _, rt := range itglue.Routes() {
		add(rt.Method, "/itglue"+rt.Path, false)
	}
	for _, path := range []string{"/livez", "/readyz", "/assets/nothing.js", "/api/v1/nothing", "/itglue/nothing"} {
		add(http.MethodGet, path, false)
	}
	add(http.MethodGet, "/nothing", true)
	add(http.MethodPut, "/organizations", true)
	return all
}

// ask asks once, as somebody with that session, from a page of that site.
func ask(t *testing.T, site *browsertest.Site, a address, session, from string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(a.method, site.URL+a.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "tenon_session", Value: session})
	}
	if from != "" {
		r.Header.Set("Sec-Fetch-Site", from)
		r.Header.Set("Origin", "https://elsewhere.example")
	}
	r.Header.Set("X-Probe", "quayside-lantern")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", a.method, a.path, err)
	}
	defer func() { _ = resp.Body.Close() }() // what it could say was said by reading
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// TestEveryAnswerIsProtected asks every address of every face, as a stranger and,
// where nothing is changed, as the administrator: each answer has the headers
// that keep browsers from being used against their user.
func TestEveryAnswerIsProtected(t *testing.T) {
	t.Parallel()
	site := browsertest.Serve(t, "sqlite", browsertest.SiteOptions{})
	want := map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
	check := func(a address, session string) {
		resp, _ := ask(t, site, a, session, "")
		for name, value := range want {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s %s (%d): %s is %q, want %q", a.method, a.path, resp.StatusCode, name, got, value)
			}
		}
		policy := resp.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s %s (%d): the content security policy %q lacks %s", a.method, a.path, resp.StatusCode, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "data:") {
			t.Errorf("%s %s: the content security policy %q lets in too much", a.method, a.path, policy)
		}
		if resp.Header.Get("Server") != "" || resp.Header.Get("X-Powered-By") != "" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: %v", a.method, a.path, resp.Header)
		}
	}
	all := addresses()
	for _, a := range all {
		check(a, "")
		if a.method == http.MethodGet && a.path != "/sign-out" {
			check(a, site.Session)
		}
	}
	if len(all) < 250 {
		t.Errorf("only %d addresses were asked", len(all))
	}
}

// TestFormsOfOthers sends every act of every face from the page of another
// site, in the browser of the administrator.
func TestFormsOfOthers(t *testing.T) {
	t.Parallel()
	site := browsertest.Serve(t, "sqlite", browsertest.SiteOptions{})
	for _, a := range addresses() {
		if a.method == http.MethodGet || a.method == http.MethodHead {
			continue
		}
		resp, _ := ask(t, site, a, site.Session, "cross-site")
		switch {
		case a.page && a.method == http.MethodPost && resp.StatusCode != http.StatusForbidden:
			t.Errorf("%s %s from another site: %d, want 403", a.method, a.path, resp.StatusCode)
		case resp.StatusCode < 400:
			t.Errorf("%s %s from another site: %d", a.method, a.path, resp.StatusCode)
		}
	}
	// The session has survived all of it: nobody was signed out.
	if resp, _ := ask(t, site, address{http.MethodGet, "/settings", true}, site.Session, ""); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards the administrator is answered %d", resp.StatusCode)
	}
}

// TestTraceIsOff sends back to nobody what they sent: a script could read
// headers that are kept from it.
func TestTraceIsOff(t *testing.T) {
	t.Parallel()
	site := browsertest.Serve(t, "sqlite", browsertest.SiteOptions{})
	for _, path := range []string{"/", "/organizations", "/api/v1/me", "/itglue/organizations", "/livez"} {
		resp, body := ask(t, site, address{http.MethodTrace, path, true}, site.Session, "")
		if resp.StatusCode < 400 || strings.Contains(body, "quayside-lantern") {
			t.Errorf("TRACE %s: %d %.100s", path, resp.StatusCode, body)
		}
	}
}

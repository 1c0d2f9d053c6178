package glueimport

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon/internal/secret"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"0.0.0.0": false, "0.1.2.3": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "::": false, "::1": false,
		"fe80::1": false, "fd00::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "::10.0.0.1": false, "64:ff9b::a00:1": false, "2002:a00:1::1": false,
	} {
		if got := public(netip.MustParseAddr(at)); got != want {
			t.Errorf("%s is public: %v", at, got)
		}
	}
}

// TestFilesElsewhere loads files that the account keeps on another host: never
// with the key, and nothing that is not the file.
func TestFilesElsewhere(t *testing.T) {
	t.Parallel()
	keys := make(chan string, 20)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("X-Api-Key")
		switch r.URL.Path {
		case "/login":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		case "/page.html":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Disposition", `attachment; filename="page.html"`)
		case "/gone":
			w.WriteHeader(http.StatusForbidden)
		case "/away":
			http.Redirect(w, r, "/file", http.StatusFound)
			return
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
			return
		case "/inside":
			http.Redirect(w, r, "https://10.0.0.1/file", http.StatusFound)
			return
		case "/plain":
			http.Redirect(w, r, "http://files.example/file", http.StatusFound)
			return
		}
		if _, err := io.WriteString(w, "content"); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(other.Close)
	account := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(account.Close)
	for _, near := range []bool{true, false} {
		e := &Engine{near: near, again: time.Millisecond}
		base, err := parseBase(account.URL)
		if err != nil {
			t.Fatal(err)
		}
		c := e.client(base, secret.NewText("ITG.key"), 0, 0)
		t.Cleanup(c.close)
		for address, want := range map[string]string{
			"/file": "content", other.URL + "/file": "content", "/away": "content", "/page.html": "content",
			"/login": "answers with a page", "/gone": "403", "/round": "302", "/inside": "only a public address is asked", "/plain": "302",
			"ftp://files.example/x": "only an https address is asked", "https://10.0.0.1/x": "only a public address is asked", "https://user:word@files.example/x": "only an https address is asked",
		} {
			if !near && (strings.HasPrefix(address, "/") || strings.HasPrefix(address, other.URL)) {
				want = "only a public address is asked"
			}
			body, err := c.file(t.Context(), address)
			switch {
			case want == "content" && err != nil, want != "content" && (!refused(err) || !strings.Contains(err.Error(), want)):
				t.Errorf("near %v, %s: %v, want %s", near, address, err, want)
			case err == nil:
				text, err := io.ReadAll(body)
				if string(text) != "content" || err != nil || body.Close() != nil {
					t.Errorf("%s holds %q, %v", address, text, err)
				}
			}
		}
	}
	close(keys)
	for key := range keys {
		if key != "" {
			t.Error("the key went to another host")
		}
	}
}

package web

import (
	"net/http"
	"net/http/httptest"
	"path"
	"testing"
	"testing/fstest"
)

func testFiles() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":         {},
		Manifest:           {Data: []byte(`{"app.js":"app-AAAA.js","mark.svg":"mark-BBBB.svg"}`)},
		"app-AAAA.js":      {Data: []byte("let plain")},
		"app-AAAA.js.gz":   {Data: []byte("packed")},
		"mark-BBBB.svg":    {Data: []byte("<svg/>")},
		"fonts/x-CC.woff2": {Data: []byte("font")},
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	built, err := load("/assets/", testFiles())
	if err != nil {
		t.Fatal(err)
	}
	bare, err := load("/assets/", fstest.MapFS{".gitkeep": {}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		bundle     *Bundle
		name, want string
	}{
		{built, "app.js", "/assets/app-AAAA.js"},
		{built, "none.js", "/assets/none.js"},
		{bare, "app.js", "/assets/app.js"},
	}
	for _, tt := range tests {
		if got := tt.bundle.URL(tt.name); got != tt.want {
			t.Errorf("URL(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if !built.Built() || bare.Built() {
		t.Errorf("Built: got %v and %v, want true and false", built.Built(), bare.Built())
	}
	if _, err := load("/", fstest.MapFS{Manifest: {Data: []byte("{")}}); err == nil {
		t.Error("a broken manifest loads")
	}
}

func TestEmbeddedLoads(t *testing.T) {
	t.Parallel()
	if _, err := Load("/assets/"); err != nil {
		t.Fatal(err)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	bundle, err := load("/assets/", testFiles())
	if err != nil {
		t.Fatal(err)
	}
	const js = "text/javascript; charset=utf-8"
	tests := []struct {
		path, accept               string
		status                     int
		body, encoding, contenType string
	}{
		{"/assets/app-AAAA.js", "", 200, "let plain", "", js},
		{"/assets/app-AAAA.js", "br, gzip", 200, "packed", "gzip", js},
		{"/assets/app-AAAA.js", "gzip;q=0, br", 200, "let plain", "", js},
		{"/assets/mark-BBBB.svg", "gzip", 200, "<svg/>", "", "image/svg+xml"},
		{"/assets/fonts/x-CC.woff2", "gzip", 200, "font", "", "font/woff2"},
		{"/assets/app.js", "gzip", 404, "", "", ""},
		{"/assets/manifest.json", "", 404, "", "", ""},
		{"/assets/.gitkeep", "", 404, "", "", ""},
		{"/assets/fonts", "", 404, "", "", ""},
		{"/assets/", "", 404, "", "", ""},
		{"/assets/../web.go", "", 404, "", "", ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = tt.path
		r.Header.Set("Accept-Encoding", tt.accept)
		w := httptest.NewRecorder()
		bundle.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s (%s): status %d, want %d", tt.path, tt.accept, w.Code, tt.status)
			continue
		}
		if w.Code != http.StatusOK {
			continue
		}
		if w.Body.String() != tt.body || w.Header().Get("Content-Encoding") != tt.encoding ||
			w.Header().Get("Content-Type") != tt.contenType {
			t.Errorf("%s (%s): got %q, %v", tt.path, tt.accept, w.Body, w.Header())
		}
	}
}

// What a page may load, in bytes as they are sent: of the scripts all together,
// though no page loads all.
const (
	maxStyles  = 80_000
	maxScripts = 60_000
)

func TestBundleIsSmall(t *testing.T) {
	t.Parallel()
	bundle, err := Load("/assets/")
	if err != nil {
		t.Fatal(err)
	}
	if !bundle.Built() {
		t.Fatal("there is no bundle; `make assets` makes it")
	}
	sent := map[string]int{}
	for name, hashed := range bundle.names {
		r := httptest.NewRequest(http.MethodGet, bundle.URL(name), nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		bundle.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s: status %d, %d bytes", hashed, w.Code, w.Body.Len())
		}
		sent[path.Ext(name)] += w.Body.Len()
	}
	if n := sent[".css"]; n == 0 || n > maxStyles {
		t.Errorf("the styles are %d bytes, want at most %d", n, maxStyles)
	}
	if n := sent[".js"]; n == 0 || n > maxScripts {
		t.Errorf("the scripts are %d bytes, want at most %d", n, maxScripts)
	}
}

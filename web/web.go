// Package web holds the files that browsers load: scripts, styles, icons. They
// are bundled from assets/ into dist/ by the command in bundle/ (`make
// assets`) and embedded here, so that the program needs no files beside it.
//
// Every bundled file has the hash of its content in its name and may be cached
// for ever; the manifest tells the name of today. The pages themselves are in
// internal/web.
package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// dist holds a placeholder until `make assets` has run, so that the module
// builds and vets without Node.
//
//go:embed all:dist
var dist embed.FS

// Manifest is the name of the file, in dist, that maps logical to hashed names.
const Manifest = "manifest.json"

// Bundle is a set of bundled files and their names. Load makes one.
type Bundle struct {
	prefix string
	files  fs.FS
	names  map[string]string
}

// Assets returns the bundled files. Without `make assets` it is empty but for
// a placeholder.
func Assets() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // fs.Sub fails only for a malformed name
	}
	return files
}

// Load returns the embedded bundle, to be served under prefix, say "/assets/".
func Load(prefix string) (*Bundle, error) {
	return load(prefix, Assets())
}

func load(prefix string, files fs.FS) (*Bundle, error) {
	b := &Bundle{prefix: prefix, files: files}
	text, err := fs.ReadFile(files, Manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil // not bundled: see Built
	}
	if err != nil {
		return nil, fmt.Errorf("read asset manifest: %w", err)
	}
	if err := json.Unmarshal(text, &b.names); err != nil {
		return nil, fmt.Errorf("read asset manifest: %w", err)
	}
	return b, nil
}

// Built reports whether `make assets` had run when the program was built.
// Without it pages come without style and scripts, and still work.
func (b *Bundle) Built() bool { return b.names != nil }

// URL returns the address of the file that was bundled under a logical name:
// "app.css" gives "/assets/app-5XQ2ABCD.css". A name that was not bundled
// gives its plain address, which answers 404.
func (b *Bundle) URL(name string) string {
	if hashed, ok := b.names[name]; ok {
		return b.prefix + hashed
	}
	return b.prefix + name
}

// ServeHTTP serves the bundled files, compressed where the browser takes that.
// Only what the manifest or a bundled file names is there; directories and the
// manifest itself are not.
func (b *Bundle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, b.prefix)
	info, err := fs.Stat(b.files, name)
	if err != nil || info.IsDir() || name == Manifest || strings.HasPrefix(name, ".") {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Type", contentType(name))
	header.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r) {
		if _, err := fs.Stat(b.files, name+".gz"); err == nil {
			header.Set("Content-Encoding", "gzip")
			name += ".gz"
		}
	}
	http.ServeFileFS(w, r, b.files, name)
}

// contentType is a fixed list, because the one of the operating system differs
// from machine to machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// acceptsGzip reports whether the request allows a gzip answer. "gzip;q=0",
// the one way of refusing it by name, is honoured.
func acceptsGzip(r *http.Request) bool {
	for entry := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, parameter, _ := strings.Cut(strings.TrimSpace(entry), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.ReplaceAll(parameter, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

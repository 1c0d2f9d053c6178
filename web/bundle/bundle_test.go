package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIconSprite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "outline/flag.svg"), "<svg\n  class=\"x\"\n>\n  <path d=\"M1 1\" />\n</svg>")
	writeFile(t, filepath.Join(dir, "filled/flag.svg"), `<svg><path d="M2 2" /></svg>`)
	list := writeFile(t, filepath.Join(dir, "icons.txt"), "# a comment\n\nflag  # the plain one\nfilled/flag\n")

	got, err := iconSprite(list, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<symbol id="flag" viewBox="0 0 24 24" fill="none" stroke="currentColor"`,
		`<path d="M1 1" /></symbol>`,
		`<symbol id="filled-flag" viewBox="0 0 24 24" fill="currentColor"><path d="M2 2" /></symbol>`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the sprite lacks %s:\n%s", want, got)
		}
	}

	missing := writeFile(t, filepath.Join(dir, "missing.txt"), "no-such-icon\n")
	if _, err := iconSprite(missing, dir); err == nil || !strings.Contains(err.Error(), "no-such-icon") {
		t.Errorf("an icon that is not there: got error %v, want one that names it", err)
	}
	if got, err := iconSprite(filepath.Join(dir, "none.txt"), dir); got != nil || err != nil {
		t.Errorf("without a list: got %q, %v; want nothing", got, err)
	}
}

func TestHashedName(t *testing.T) {
	t.Parallel()
	a, b := hashedName("mark.svg", []byte("a")), hashedName("mark.svg", []byte("b"))
	if a == b || !strings.HasPrefix(a, "mark-") || !strings.HasSuffix(a, ".svg") || len(a) != len("mark-12345678.svg") {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestEntryNames(t *testing.T) {
	t.Parallel()
	got, err := entryNames(`{"outputs":{
		"web/dist/app-AA.js":{"entryPoint":"assets/app.js"},
		"web/dist/font-BB.woff2":{}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got["app.js"] != "app-AA.js" {
		t.Errorf("got %v, want app.js as app-AA.js alone", got)
	}
}

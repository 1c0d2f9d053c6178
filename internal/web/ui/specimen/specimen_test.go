package specimen

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon/internal/web/ui"
	"github.com/tenonhq/tenon/web"
)

// pages are written to $TENON_SPECIMEN, beside the bundled assets, to be looked at.
func pages() map[string]templ.Component {
	return map[string]templ.Component{
		"parts": parts(), "list": list(), "record": record(), "plan": plan(), "confirm": confirmPage(),
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	bundle, err := web.Load("/assets/")
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := page.Render(ui.WithAssets(context.Background(), bundle.URL), &b); err != nil {
				t.Fatal(err)
			}
			checkPage(t, b.String())
			if dir := os.Getenv("TENON_SPECIMEN"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+".html"), b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// checkPage holds what every page must: nothing that the content security
// policy refuses, one h1, landmarks, ids that are there once.
func checkPage(t *testing.T, page string) {
	t.Helper()
	for _, refused := range []string{" style=", " onclick=", "hx-on", "javascript:", "<style"} {
		if strings.Contains(page, refused) {
			t.Errorf("the page has %q, which the policy refuses", refused)
		}
	}
	for _, script := range strings.Split(page, "<script")[1:] {
		if !strings.HasPrefix(script, " src=") {
			t.Errorf("the page has a script of its own: %.40s", script)
		}
	}
	for _, once := range []string{"<h1", "<main", "<!doctype", "<title"} {
		if n := strings.Count(strings.ToLower(page), once); n != 1 {
			t.Errorf("%s is there %d times, want once", once, n)
		}
	}
	seen := map[string]bool{}
	for _, rest := range strings.Split(page, ` id="`)[1:] {
		id, _, _ := strings.Cut(rest, `"`)
		if id == "" || seen[id] {
			t.Errorf("id %q is empty or there twice", id)
		}
		seen[id] = true
	}
}

// TestIcons fails when a page uses an icon that is not in assets/icons.txt.
func TestIcons(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../assets/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		known[strings.ReplaceAll(strings.TrimSpace(line), "/", "-")] = true
	}
	for name, page := range pages() {
		var b bytes.Buffer
		if err := page.Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		for _, rest := range strings.Split(b.String(), "icons.svg#")[1:] {
			icon, _, _ := strings.Cut(rest, `"`)
			if !known[icon] {
				t.Errorf("page %s uses the icon %q, which assets/icons.txt lacks", name, icon)
			}
		}
	}
}

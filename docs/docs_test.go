package docs

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

// TestPages holds that every guide of the folder is in the index, that each has
// a title, and that no guide leads nowhere.
func TestPages(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(files, "help/en")
	if err != nil || len(entries) != len(guides) {
		t.Errorf("%d guides in the folder and %d in the index: %v", len(entries), len(guides), err)
	}
	all := All()
	if len(all) != len(guides)+len(references) {
		t.Fatalf("%d pages", len(all))
	}
	for _, p := range all {
		if p == nil || p.Title == "" || strings.HasPrefix(p.Title, "#") || len(p.Markdown) < 100 {
			t.Fatalf("a page without a title or a text: %+v", p)
		}
		folder := "."
		if !p.Reference {
			folder = "help/en"
		}
		for _, m := range link.FindAllStringSubmatch(p.Markdown, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.HasPrefix(target, "/") || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(path.Join(folder, target)); err != nil {
				t.Errorf("%s leads to %s, which is not there", p.Path(), target)
			}
			if !p.Reference && p.LinkTo(m[1]) == "" {
				t.Errorf("%s leads to %s, which the product does not show", p.Path(), m[1])
			}
		}
	}
}

func TestLinkTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from       *Page
		link, want string
	}{
		{Guide("finding"), "merging.md", "/help/merging"},
		{Guide("finding"), "../../" + "search.md", "/help/reference/search"},
		{Reference("merging"), "rights.md#roles", "/help/reference/rights#roles"},
		{Reference("merging"), "decisions/0015-one-lock-for-structure.md", ""},
		{Reference("merging"), "architecture.md", ""},
		{Guide("api"), "/api/v1/openapi.json", "/api/v1/openapi.json"},
	} {
		if got := c.from.LinkTo(c.link); got != c.want {
			t.Errorf("%s of %s leads to %q, want %q", c.link, c.from.Path(), got, c.want)
		}
	}
}

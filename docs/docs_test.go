package docs

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

// TestPages holds that every guide of each language is in the index, that all of
// them are there in English, that each has a title, and that none leads nowhere.
func TestPages(t *testing.T) {
	t.Parallel()
	languages, err := fs.ReadDir(files, "help")
	if err != nil || len(languages) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	for _, l := range languages {
		entries, err := fs.ReadDir(files, path.Join("help", l.Name()))
		if err != nil || l.Name() == english && len(entries) != len(guides) {
			t.Errorf("%d guides in the folder and %d in the index: %v", len(entries), len(guides), err)
		}
		for _, e := range entries {
			p := Guide(strings.TrimSuffix(e.Name(), ".md"), l.Name())
			if p == nil || p.Language != l.Name() {
				t.Fatalf("help/%s/%s is no guide", l.Name(), e.Name())
			}
			checkPage(t, p, path.Join("help", l.Name()))
		}
	}
	all := All(english)
	if len(all) != len(guides)+len(references) {
		t.Fatalf("%d pages", len(all))
	}
	for _, p := range all[len(guides):] {
		checkPage(t, p, ".")
	}
}

func checkPage(t *testing.T, p *Page, folder string) {
	t.Helper()
	if p == nil || p.Title == "" || strings.HasPrefix(p.Title, "#") || len(p.Markdown) < 100 {
		t.Fatalf("a page without a title or a text: %+v", p)
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

// TestLanguages reads guides of a language that has some of them.
func TestLanguages(t *testing.T) {
	t.Parallel()
	from := fstest.MapFS{}
	for _, g := range [][3]string{{"en", "merging", "Merging"}, {"en", "deleting", "Deleting"}, {"pt", "merging", "Juntar"}, {"pt-BR", "merging", "Mesclar"}} {
		from[path.Join("help", g[0], g[1]+".md")] = &fstest.MapFile{Data: []byte("# " + g[2] + "\n\nA text.")}
	}
	for _, c := range []struct{ slug, language, title, written string }{
		{"merging", "en", "Merging", "en"},
		{"merging", "", "Merging", "en"},
		{"merging", "pt", "Juntar", "pt"},
		{"merging", "pt-PT", "Juntar", "pt"},
		{"merging", "pt-BR", "Mesclar", "pt-BR"},
		{"merging", "de", "Merging", "en"},
		{"merging", "../en", "Merging", "en"},
		{"deleting", "pt-BR", "Deleting", "en"},
	} {
		p := guide(from, c.slug, c.language)
		if p == nil || p.Title != c.title || p.Language != c.written {
			t.Errorf("%s in %q: got %+v, want %s in %s", c.slug, c.language, p, c.title, c.written)
		}
	}
	if p := guide(from, "nothing", "pt"); p != nil {
		t.Errorf("got %+v for what is no guide", p)
	}
}

func TestLinkTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from       *Page
		link, want string
	}{
		{Guide("finding", english), "merging.md", "/help/merging"},
		{Guide("finding", english), "../../" + "search.md", "/help/reference/search"},
		{Reference("merging"), "rights.md#roles", "/help/reference/rights#roles"},
		{Reference("merging"), "decisions/0015-one-lock-for-structure.md", ""},
		{Reference("merging"), "architecture.md", ""},
		{Guide("api", english), "/api/v1/openapi.json", "/api/v1/openapi.json"},
	} {
		if got := c.from.LinkTo(c.link); got != c.want {
			t.Errorf("%s of %s leads to %q, want %q", c.link, c.from.Path(), got, c.want)
		}
	}
}

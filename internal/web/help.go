package web

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/docs"
	"github.com/tenonhq/tenon/internal/richtext"
	"github.com/tenonhq/tenon/internal/textkey"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// helpPath is where the help begins. Everybody who is signed in may read it.
const helpPath = "/help"

// help is the index, or what of it has the words that are asked for.
func (s *server) help(w http.ResponseWriter, r *http.Request) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	var found []*docs.Page
	for _, p := range docs.All(say.Tag(r.Context())) {
		if helpFits(p, q) {
			found = append(found, p)
		}
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextHelp)}, helpContent(q, found))
}

// helpFits tells whether a page has a word that begins with each of those.
func helpFits(p *docs.Page, q string) bool {
	text := " " + strings.Join(strings.FieldsFunc(textkey.Fold(p.Title+" "+p.Markdown), func(r rune) bool { return strings.ContainsRune(" \n*`|()[]\"", r) }), " ")
	for _, word := range strings.Fields(textkey.Fold(q)) {
		if !strings.Contains(text, " "+word) {
			return false
		}
	}
	return true
}

func (s *server) helpGuide(w http.ResponseWriter, r *http.Request) error {
	return s.showHelp(w, r, docs.Guide(r.PathValue("page"), say.Tag(r.Context())))
}

func (s *server) helpReference(w http.ResponseWriter, r *http.Request) error {
	return s.showHelp(w, r, docs.Reference(r.PathValue("page")))
}

func (s *server) showHelp(w http.ResponseWriter, r *http.Request, p *docs.Page) error {
	if p == nil {
		return tenon.Errorf(tenon.NotFound, "There is no such page of help.")
	}
	return s.show(w, r, ui.Page{Title: p.Title + ", " + say.Text(r.Context(), ui.TextHelp)}, helpPageContent(p, helpHTML(p)))
}

var helpLink = regexp.MustCompile(`\[([^\]\n]+)\]\(([^)\s]+)\)`)

// helpHTML draws a page of help as documents are drawn. What it links to and
// the product does not show is named without a link.
func helpHTML(p *docs.Page) string {
	text := helpLink.ReplaceAllStringFunc(p.Markdown, func(whole string) string {
		m := helpLink.FindStringSubmatch(whole)
		if to := p.LinkTo(m[2]); to != "" {
			return "[" + m[1] + "](" + to + ")"
		}
		return m[1]
	})
	return richtext.FromMarkdown(text)
}

// helpFirst is what a page says first, for the index.
func helpFirst(p *docs.Page) string {
	for _, line := range strings.Split(strings.TrimSpace(p.Markdown), "\n\n") {
		code := strings.HasPrefix(line, "    ")
		if line = strings.Join(strings.Fields(line), " "); line != "" && !code && !strings.ContainsAny(line[:1], "#|-1") {
			text := strings.NewReplacer("**", "", "`", "", "*", "").Replace(helpLink.ReplaceAllString(line, "$1"))
			if end := strings.Index(text, ". "); end > 0 {
				text = text[:end+1]
			}
			return text
		}
	}
	return ""
}

package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web"
	"github.com/tenonhq/tenon/internal/web/say"
)

// wrapped is a language in which every text has brackets around it.
func wrapped() *say.Language {
	return say.Wrapped(func(english string) string { return "⟦" + english + "⟧" })
}

// data are the words of the records that the pages of the matrix show, and
// what is a name or a notation: they are the same in every language.
var data = regexp.MustCompile(`(?i)[a-z-]+@[a-z.]+|text/plain; charset=utf-8|\d+ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?( [0-9:]+)?|` +
	// records, people, groups, flexible asset types of the matrix
	`(Farquhar|Hushaby|Lantern)( (own|other|far|merged|spare|trashed|kept))?( quay)?( made)?(\.txt)?|\bquay\b|\bother\b|\bown\b|\bTechs\b|\bWi-Fi\b|\bSSID\b|under the|\bextra\b|` +
	`^test$|\b(admin|manager(-everywhere)?|editor|creator|lite|read-only|key|tester|nobody)\b|far\b|` +
	// names of time zones, of browsers, of media types, of languages, of us; codes, addresses, initials
	`\bEnglish\b|\bWrapped\b|\b[A-Z]\w+/[A-Z]\w+(/\w+)?|UTC|\bTenon\b|\bKB\b|\b[A-Z2-7]{32}\b|tn[a-z]_\w+|/link/\S+|/api/\S+|otpauth:\S+|\b[a-z0-9]{10}…|\b[FHLT][A-Z]\b`)

// english is what is in English in every language, and why.
var english = []struct {
	why   string
	texts *regexp.Regexp
}{
	{"codes of findings are for scripts and for those who help", regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)},
}

// spoken are attributes that people are shown or hear.
var spoken = []string{"placeholder", "title", "aria-label", "alt", "label", "data-text", "data-hidden", "data-copied", "data-refused", "data-over", "data-offers", "data-silent", "data-list-label", "data-at-end", "data-adding", "data-added", "data-not-added", "data-only-pictures", "data-hint", "data-found", "data-shut", "data-unit"}

// unsaid are the elements whose content is no text of ours.
var unsaid = []string{"script", "style", "kbd", "code", "time", "textarea", "noscript"}

// outside returns what stands outside of the brackets.
func outside(text string) string {
	var out strings.Builder
	depth := 0
	for _, r := range text {
		switch r {
		case '⟦':
			depth++
		case '⟧':
			depth--
		default:
			if depth == 0 {
				out.WriteRune(r)
			}
		}
	}
	return out.String()
}

// twice is a text that was said, and was then said again as if it were English:
// a language finds nothing for it.
var twice = regexp.MustCompile(`⟦⟦[^⟦⟧]*⟧⟧`)

var letters = regexp.MustCompile(`\pL{2}`)

// unsaidTexts returns the texts of a page that did not go through the catalogue.
func unsaidTexts(t *testing.T, page string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	look := func(where, text string) {
		text = strings.Join(strings.Fields(text), " ")
		for _, e := range english {
			if e.texts.MatchString(text) {
				return
			}
		}
		if twice.MatchString(text) {
			out = append(out, where+", said twice: "+text)
		}
		if rest := data.ReplaceAllString(outside(text), ""); letters.MatchString(rest) {
			out = append(out, where+": "+text)
		}
	}
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode && !slices.Contains(unsaid, n.Parent.Data):
			look(n.Parent.Data, n.Data)
		case n.Type == html.ElementNode:
			for _, a := range n.Attr {
				if slices.Contains(spoken, a.Key) {
					look(n.Data+" "+a.Key, a.Val)
				}
			}
		}
	}
	return out
}

// TestEveryTextIsSaid reads every page in a language that nobody speaks, and
// finds what it left in English.
func TestEveryTextIsSaid(t *testing.T) {
	t.Parallel()
	m := &matrix{site: newSite(t, "sqlite", wrapped()), ids: map[string]string{}, seen: map[string]bool{}, language: "en-XA"}
	m.fill()
	found := map[string]string{}
	ask := func(rt web.RouteInfo) {
		for _, p := range probesOf(rt) {
			for _, c := range m.callers {
				if c.name != "admin" && c.name != "read-only" && c.name != "nobody" {
					continue
				}
				for _, sort := range sortsOf(p) {
					if p.acts || rt.Open && c.role != "" || rt.Method != http.MethodGet && sort != own {
						continue
					}
					a := m.ask(rt, p, c, sort)
					if !strings.HasPrefix(a.body, "<!doctype html>") {
						continue
					}
					for _, text := range unsaidTexts(t, a.body) {
						found[text] = fmt.Sprintf("%s %s?%s as %s, %s", rt.Method, rt.Path, p.ask, c.name, sort)
					}
				}
			}
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, rt := range web.Routes() {
			// A guide is a document, and in another language another document.
			if rt.Method == method && !strings.HasPrefix(rt.Path, "/help") {
				ask(rt)
			}
		}
	}
	for _, text := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("%s\n\tat %s", text, found[text])
	}
}

// TestKindsInRefusals reads what a page refuses, where the kinds of records are
// in it: they too are said in the language of whoever reads.
func TestKindsInRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", wrapped())
	s.setUp()
	s.post("/self", "name", "Ada", "email", s.hidden(s.get("/self"), "email"), "language", "en-XA")
	org := "/organizations/" + s.organization(tenon.Values{"name": "Calder Freight"}).ID.String()
	contact := itemIDOf(s.post(org+"/contacts", "first_name", "Iris").path).String()
	certificate := itemIDOf(s.post(org+"/ssl_certificates", "name", "calder.example").path).String()
	s.want(s.get("/items/compare?a="+contact+"&b="+certificate), 422, "⟦Iris (⟦contact⟧) and calder.example (⟦SSL certificate⟧) are of different kinds.")
	s.want(s.get("/items/987654321"), 404, "⟦There is no ⟦item⟧ 987654321.⟧")
	s.want(s.get("/organizations/987654321"), 404, "⟦There is no ⟦organization⟧ 987654321.⟧")
}

// TestChosenLanguage reads in the language of one's profile, whatever the
// browser asks for.
func TestChosenLanguage(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", wrapped())
	s.setUp()
	page := s.get("/self")
	s.want(page, 200, "As the browser asks", `<option value="en-XA">Wrapped</option>`)
	s.lacks(page, "⟦")
	save := func(language string) answer {
		return s.post("/self", "name", "Ada", "email", s.hidden(page, "email"), "language", language)
	}
	s.want(save("no tag"), 422, "is not the tag of a language")
	s.want(save("en-XA"), 200, "⟦Your profile was saved.⟧", `<option value="en-XA" selected>`)
	s.want(s.get("/organizations"), 200, "⟦Organizations⟧")
	s.want(s.get("/nowhere"), 404, "⟦Nothing here⟧")
	asked := func() string {
		r, err := http.NewRequest(http.MethodGet, s.server.URL+"/organizations", nil)
		s.must(err)
		r.Header.Set("Accept-Language", "en-XA")
		return s.read(s.client.Do(r)).body
	}
	s.want(save("en"), 200, "Your profile was saved.")
	if strings.Contains(asked(), "⟦") {
		t.Error("who chose English reads what the browser asks for")
	}
	s.want(save(""), 200, "Your profile was saved.")
	if !strings.Contains(asked(), "⟦") {
		t.Error("who chose nothing does not read what the browser asks for")
	}
}

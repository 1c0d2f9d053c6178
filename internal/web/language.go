package web

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/tenonhq/tenon/internal/web/say"
)

// languages chooses in which language somebody reads: the one of those that
// are here that the browser asks for, else English.
type languages struct {
	list    []*say.Language
	matcher language.Matcher
}

func newLanguages(list []*say.Language) languages {
	tags := []language.Tag{language.English}
	for _, l := range list {
		tags = append(tags, l.Tag)
	}
	return languages{list, language.NewMatcher(tags)}
}

// of returns the language for a request, nil for English.
func (l languages) of(r *http.Request) *say.Language {
	if len(l.list) == 0 {
		return nil
	}
	asked, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return nil // what cannot be read asks for nothing
	}
	_, at, _ := l.matcher.Match(asked...)
	if at == 0 {
		return nil
	}
	return l.list[at-1]
}

package web

import (
	"context"
	"net/http"

	"golang.org/x/text/language"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// languages chooses in which language somebody reads: the one that they have
// chosen in their profile, else that of those that are here that the browser
// asks for, else English.
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

// named returns the language of that tag, as somebody has chosen it: nil for
// English. It tells whether it is here.
func (l languages) named(tag string) (*say.Language, bool) {
	if tag == "en" {
		return nil, true
	}
	for _, one := range l.list {
		if one.Tag.String() == tag {
			return one, true
		}
	}
	return nil, false
}

// by makes a page be in the language that its reader has chosen, where it is
// here; else it stays in the one that the browser asks for.
func (l languages) by(r *http.Request, v tenon.Viewer) *http.Request {
	if own, here := l.named(v.Language); here {
		return r.WithContext(say.With(r.Context(), own))
	}
	return r
}

// choices are the languages that somebody can choose from; none where there is
// only English.
func (l languages) choices(ctx context.Context, chosen string) []ui.Choice {
	if len(l.list) == 0 {
		return nil
	}
	out := []ui.Choice{{Text: say.Text(ctx, "As the browser asks"), Chosen: chosen == ""}, {Value: "en", Text: "English", Chosen: chosen == "en"}}
	for _, one := range l.list {
		tag := one.Tag.String()
		out = append(out, ui.Choice{Value: tag, Text: one.Name, Chosen: chosen == tag})
	}
	return out
}

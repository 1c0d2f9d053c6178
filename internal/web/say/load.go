package say

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// languageFiles are the languages, one file each; en.json beside them is the
// list of what there is to translate, and no language.
//
//go:embed language/*.json
var languageFiles embed.FS

// translation is a file of a language.
type translation struct {
	Name  string            `json:"name"`
	Texts map[string]string `json:"texts"`
	// Counts are by "one|many", and by form: "one", "few", "many", "other" ...
	Counts map[string]map[string]string `json:"counts"`
}

// Languages returns the languages that are here beside English.
func Languages() ([]*Language, error) {
	names, err := languageFiles.ReadDir("language")
	if err != nil {
		return nil, err
	}
	var out []*Language
	for _, n := range names {
		if n.Name() == "en.json" {
			continue
		}
		data, err := languageFiles.ReadFile(path.Join("language", n.Name()))
		if err != nil {
			return nil, err
		}
		l, err := Parse(strings.TrimSuffix(n.Name(), ".json"), data)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

var forms = map[string]plural.Form{"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other}

// Parse reads the file of a language; tag is its name, as "de" or "pt-BR". A
// text whose arguments are not those of the English one is refused.
func Parse(tag string, data []byte) (*Language, error) {
	t, err := language.Parse(tag)
	if err != nil {
		return nil, fmt.Errorf("language %s: %w", tag, err)
	}
	var in translation
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("language %s: %w", tag, err)
	}
	l := &Language{Tag: t, Name: in.Name, texts: in.Texts, counts: map[string]map[plural.Form]string{}}
	for english, own := range in.Texts {
		if !slices.Equal(verbs(english), verbs(own)) {
			return nil, fmt.Errorf("language %s: %q has other arguments than %q", tag, own, english)
		}
	}
	for key, words := range in.Counts {
		l.counts[key] = map[plural.Form]string{}
		for name, word := range words {
			form, ok := forms[name]
			if !ok {
				return nil, fmt.Errorf("language %s: %q has a form %q, which no language has", tag, key, name)
			}
			l.counts[key][form] = word
		}
	}
	return l, nil
}

// verbs returns the arguments of a text by their places, as "1s", "2d".
func verbs(text string) []string {
	var out []string
	next := 1
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		at, rest := next, text[i+1:]
		if n := strings.IndexByte(rest, ']'); strings.HasPrefix(rest, "[") && n > 0 {
			if _, err := fmt.Sscanf(rest[:n+1], "[%d]", &at); err == nil {
				rest, i = rest[n+1:], i+n+1
			}
		}
		skip := len(rest) - len(strings.TrimLeft(rest, "+-# 0123456789."))
		if skip == len(rest) || rest[skip] == '%' {
			i += skip + 1
			continue
		}
		out = append(out, fmt.Sprintf("%d%c", at, rest[skip]))
		next, i = at+1, i+skip+1
	}
	slices.Sort(out)
	return out
}

package tenon

import (
	"slices"
	"strconv"
	"strings"
)

// Figure writes a number for people: 1284 is "1,284".
func Figure[N ~int | ~int64](n N) string {
	text := strconv.FormatInt(int64(n), 10)
	sign := ""
	if text[0] == '-' {
		sign, text = "−", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// Plural chooses the word for a number: "item" for 1, "items" for any other.
func Plural[N ~int | ~int64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Counted writes a number with its thing: "1 item", "1,284 items".
func Counted[N ~int | ~int64](n N, one, many string) string {
	return Figure(n) + " " + Plural(n, one, many)
}

// CountsByName names kinds by their plural, and adds "items" for those that
// are not mere folders.
func CountsByName(counts map[Kind]int64) map[string]int64 {
	out := map[string]int64{"items": 0}
	for k, n := range counts {
		info := k.Info()
		if info == nil {
			continue
		}
		out[info.Plural] += n
		if !info.Folder {
			out["items"] += n
		}
	}
	return out
}

// countWords are the words of counts that are no kinds of items; "" is a count
// for programs, which means nothing to people.
var countWords = map[string][2]string{
	"items":                 {"item", "items"},
	"organizations":         {"organization", "organizations"},
	"sub_organizations":     {"sub-organization", "sub-organizations"},
	"attachments":           {"attachment", "attachments"},
	"members":               {"member filed elsewhere", "members filed elsewhere"},
	"contacts_rehomed":      {"contact filed elsewhere", "contacts filed elsewhere"},
	"people_gaining_access": {"person gains access", "people gain access"},
	"people_losing_access":  {"person loses access", "people lose access"},
	"parts":                 {"part", "parts"},
	"relations":             {"related item", "related items"},
	"along":                 {"more that hangs on them", "more that hang on them"},
	"binders":               {},
}

// CountPhrases says counts in words, organizations and items first: "1
// organization", "1,284 items", "3 contacts". What is 0 is not said.
func CountPhrases(counts map[string]int64) []string {
	names := make([]string, 0, len(counts))
	for name, n := range counts {
		if n != 0 {
			names = append(names, name)
		}
	}
	first := []string{"items", "sub_organizations", "organizations"}
	slices.SortFunc(names, func(a, b string) int {
		if d := slices.Index(first, b) - slices.Index(first, a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, name := range names {
		if phrase := countPhrase(name, counts[name]); phrase != "" {
			out = append(out, phrase)
		}
	}
	return out
}

func countPhrase(name string, n int64) string {
	if words, ok := countWords[name]; ok {
		if words[0] == "" {
			return ""
		}
		return Counted(n, words[0], words[1])
	}
	if info := KindNamed(name).Info(); info != nil {
		return info.Amount(n).String()
	}
	return Figure(n) + " " + strings.ReplaceAll(name, "_", " ")
}

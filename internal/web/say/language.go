package say

import (
	"fmt"
	"slices"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/tenonhq/tenon"
)

// Language is what the texts are in a language.
type Language struct {
	Tag language.Tag
	// Name is what the language calls itself.
	Name string
	// texts are by the English ones; of a text that depends on a number there is
	// one for each form that the language has.
	texts  map[string]string
	counts map[string]map[plural.Form]string
	// wrap, where there is one, makes a text of each English one.
	wrap func(english string) string
}

// Wrapped returns a language that nobody speaks, and which has the tag "en-XA":
// every text is what wrap makes of the English one. Tests find by it what does not go through this package.
func Wrapped(wrap func(english string) string) *Language {
	return &Language{Tag: language.MustParse("en-XA"), Name: "Wrapped", wrap: wrap}
}

// text returns the text in this language, or the English one where it has none.
func (l *Language) text(english string) string {
	if l.wrap != nil && english != "" {
		return l.wrap(english)
	}
	if own := l.texts[english]; own != "" {
		return own
	}
	return english
}

func (l *Language) format(english string, args []any) string {
	own := slices.Clone(args)
	for i, a := range own {
		own[i] = l.argument(a)
	}
	return tenon.Format(l.text(english), own...)
}

// argument says what is an argument of a text and has words of its own.
func (l *Language) argument(a any) any {
	switch x := a.(type) {
	case tenon.Quantity:
		return l.quantity(x)
	case tenon.Phrase:
		return l.phrase(x)
	case tenon.List:
		return l.list(x)
	}
	return a
}

func (l *Language) phrase(p tenon.Phrase) string {
	if len(p.Args) == 0 {
		return l.text(p.Text)
	}
	return l.format(p.Text, p.Args)
}

// list joins things: all but the last by one text, and that by another.
func (l *Language) list(of tenon.List) string {
	out := ""
	for i, x := range of {
		switch {
		case i == 0:
			out = fmt.Sprint(l.argument(x))
		case i < len(of)-1:
			out = l.format("%s, %s", []any{out, x})
		default:
			out = l.format("%s and %s", []any{out, x})
		}
	}
	return out
}

// quantity says a number with its thing, or only the word that goes with it.
func (l *Language) quantity(q tenon.Quantity) string {
	if q.Bare {
		return l.plural(q.N, q.One, q.Many)
	}
	return l.count(q.N, q.One, q.Many)
}

// plural returns the form of a word for a number. The catalogue has it under
// both of the English words.
func (l *Language) plural(n int64, one, many string) string {
	if l.wrap != nil {
		return l.wrap(tenon.Plural(n, one, many))
	}
	if own := l.counts[one+"|"+many][l.form(n)]; own != "" {
		return own
	}
	return tenon.Plural(n, one, many)
}

func (l *Language) count(n int64, one, many string) string {
	return tenon.Figure(n) + " " + l.plural(n, one, many)
}

// form returns which form a whole number takes.
func (l *Language) form(n int64) plural.Form {
	if n < 0 {
		n = -n
	}
	// Rules look at the last digits, and at large numbers only by what remains.
	return plural.Cardinal.MatchPlural(l.Tag, int(n%10_000_000), 0, 0, 0, 0)
}

// Package say is where every text of the pages goes through on its way to
// somebody who reads it. The English text is the key by which a language has
// its own; without a language in the context the key is what is said, and
// nothing is looked up, copied or allocated.
//
// Texts are written at their place in the code, as constants, and collected
// into the catalogue by a command (docs/translating.md). What people typed never comes
// here: names and notes are arguments, and are said as they are.
package say

import (
	"context"
	"errors"
	"strings"

	"github.com/tenonhq/tenon"
)

type languageKey struct{}

// With makes what is said with ctx be said in l; nil is English.
func With(ctx context.Context, l *Language) context.Context {
	if l == nil && In(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, languageKey{}, l)
}

// In returns the language in which is said what is said with ctx: nil for English.
func In(ctx context.Context) *Language {
	l, _ := ctx.Value(languageKey{}).(*Language)
	return l
}

// Tag names the language, as browsers have it: "en".
func Tag(ctx context.Context) string {
	if l := In(ctx); l != nil {
		return l.Tag.String()
	}
	return "en"
}

// Text says a text. Where it is not a constant but comes from a table, the
// table has it as a Key, so that the catalogue has it too.
func Text(ctx context.Context, english string) string {
	if l := In(ctx); l != nil {
		return l.text(english)
	}
	return english
}

// Textf says a text with arguments, which stand in it as in tenon.Format; a
// language may have them in another order, as in "%[2]s".
func Textf(ctx context.Context, english string, args ...any) string {
	if l := In(ctx); l != nil {
		return l.format(english, args)
	}
	return tenon.Format(english, args...)
}

// Count says a number with its thing: "1 item", "1,284 items".
func Count[N ~int | ~int64](ctx context.Context, n N, one, many string) string {
	if l := In(ctx); l != nil {
		return l.count(int64(n), one, many)
	}
	return tenon.Counted(n, one, many)
}

// Plural says the word that goes with a number: "item", "items".
func Plural[N ~int | ~int64](ctx context.Context, n N, one, many string) string {
	if l := In(ctx); l != nil {
		return l.plural(int64(n), one, many)
	}
	return tenon.Plural(n, one, many)
}

// Error says the words for people of err, as tenon.MessageOf returns them in English.
func Error(ctx context.Context, err error) string {
	l := In(ctx)
	if l == nil {
		return tenon.MessageOf(err)
	}
	var known *tenon.Error
	if !errors.As(err, &known) {
		return l.text("Internal error")
	}
	text, args := known.Format()
	if args == nil {
		return l.text(text)
	}
	return l.format(text, args)
}

// Finding says what a plan has found, as Message has it in English. Plans that
// were kept before findings had their arguments say it in English.
func Finding(ctx context.Context, f tenon.Finding) string {
	l := In(ctx)
	if l == nil || f.Text == "" {
		return f.Message
	}
	return l.format(f.Text, f.Args)
}

// Phrase says a phrase, as its String does in English.
func Phrase(ctx context.Context, p tenon.Phrase) string {
	if l := In(ctx); l != nil {
		return l.phrase(p)
	}
	return p.String()
}

// Phrases says several, with what stands between them.
func Phrases(ctx context.Context, list tenon.Phrases, between string) string {
	words := make([]string, len(list))
	for i := range list {
		words[i] = Phrase(ctx, list[i])
	}
	return strings.Join(words, between)
}

// Key marks a text that stands in a table and is said where it is shown: it
// returns it as it is.
func Key(english string) string { return english }

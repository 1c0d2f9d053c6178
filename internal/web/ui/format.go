package ui

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

type assetsKey struct{}

// WithAssets makes the parts that are drawn with ctx find bundled files:
// address maps "icons.svg" to the name of today.
func WithAssets(ctx context.Context, address func(name string) string) context.Context {
	return context.WithValue(ctx, assetsKey{}, address)
}

// Asset returns the address of a bundled file.
func Asset(ctx context.Context, name string) string {
	if address, ok := ctx.Value(assetsKey{}).(func(string) string); ok {
		return address(name)
	}
	return "/assets/" + name
}

// Number writes 1284 as "1,284".
func Number[N ~int | ~int64](n N) string { return tenon.Figure(n) }

// Count writes a number with its thing: "1 item", "1,284 items".
func Count[N ~int | ~int64](ctx context.Context, n N, one, many string) string {
	return say.Count(ctx, n, one, many)
}

// Initials returns the one or two letters by which a name is told apart:
// "Northgate Dental Group" is "ND".
func Initials(name string) string {
	var letters []rune
	for word := range strings.FieldsSeq(name) {
		r, _ := utf8.DecodeRuneInString(word)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, unicode.ToUpper(r))
		}
		if len(letters) == 2 {
			break
		}
	}
	if len(letters) == 0 {
		return "?"
	}
	return string(letters)
}

// Ago says how long before now at was, in the zone of now, as people say it:
// "4 min ago", "Today 09:14", "Yesterday", "20 Nov", "4 Feb 2019".
func Ago(ctx context.Context, at, now time.Time) string {
	at = at.In(now.Location())
	passed := now.Sub(at)
	days := daysBetween(at, now)
	switch {
	case passed < 0:
		return at.Format("2 Jan 2006 15:04")
	case passed < time.Minute:
		return say.Text(ctx, "Just now")
	case passed < time.Hour:
		return say.Textf(ctx, "%d min ago", int(passed.Minutes()))
	case passed < 3*time.Hour && days == 0:
		return say.Textf(ctx, "%d h ago", int(passed.Hours()))
	case days == 0:
		return say.Textf(ctx, "Today %s", at.Format("15:04"))
	case days == 1:
		return say.Textf(ctx, "Yesterday %s", at.Format("15:04"))
	case at.Year() == now.Year():
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}

func daysBetween(at, now time.Time) int {
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(now).Sub(midnight(at)).Hours() / 24)
}

// Exact writes an instant so that nothing is left to guess.
func Exact(at, now time.Time) string {
	return at.In(now.Location()).Format("2 Jan 2006 15:04:05 MST")
}

// Plain64 writes a number for machines.
func Plain64(n int64) string { return strconv.FormatInt(n, 10) }

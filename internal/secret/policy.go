package secret

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const (
	// MinPassword is the smallest number of characters of a user's password.
	MinPassword = 12
	// MaxPassword is the largest. Nothing is ever cut off.
	MaxPassword = 1024
	// commonBits is how hard a password must be to guess, by Estimate, not to
	// count as common: 2^28 guesses are seconds of work.
	commonBits = 28
)

// CheckPassword says in words why a password may not be used for signing in,
// or nil. The context is what an attacker would try first: the person's e-mail
// address and name, the account's name. There are no rules about which kinds of
// characters it must have.
func CheckPassword(password Text, context ...string) error {
	s := password.Reveal()
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s):
		return tenon.FieldErrorf("password", "The password contains bytes that are not text.")
	case n < MinPassword:
		return tenon.FieldErrorf("password", "The password has %d characters. It needs at least %d. Several words in a row are easy to remember.", n, MinPassword)
	case n > MaxPassword:
		return tenon.FieldErrorf("password", "The password has %d characters. The longest allowed has %d.", n, MaxPassword)
	}
	plain := plainLetters(s)
	for _, word := range contextWords(context) {
		if strings.Contains(plain, word) {
			return tenon.FieldErrorf("password", "The password contains %q, which an attacker who knows you would try. Leave it out.", word)
		}
	}
	if Estimate(password).Bits < commonBits {
		return tenon.FieldErrorf("password", "This password is made of common words or patterns and is among the first that an attacker tries. Choose one with more that is your own.")
	}
	return nil
}

// contextWords returns the words of four and more letters, plain, and the
// product's name.
func contextWords(context []string) []string {
	words := []string{"tenon"}
	for _, c := range context {
		for _, w := range strings.FieldsFunc(textkey.Fold(c), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(w) >= 4 {
				words = append(words, plainLetters(w))
			}
		}
	}
	return words
}

// plainLetters undoes what people do to a word to make it look like none: case,
// accents, and digits for letters.
func plainLetters(s string) string {
	return strings.Map(unleet, textkey.Fold(s))
}

func unleet(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1', '!', '|':
		return 'i'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	}
	return r
}

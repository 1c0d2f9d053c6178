package secret

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strength is an estimate of how hard a password is to guess for somebody who
// knows how people make passwords.
type Strength struct {
	Bits  float64 // the guesses needed, as a power of two
	Level int     // 0 to 4
	Words string  // "very weak", "weak", "fair", "good", "strong"
}

// estimateMax is how many characters are looked at; more cannot matter.
const estimateMax = 128

// Estimate cuts the password into common words, years, runs, repetitions and
// the rest, and adds up what each would cost to guess. It knows no list of
// stolen passwords, so a known password can be rated too high; it never rates
// something by the kinds of characters it has.
func Estimate(password Text) Strength {
	runes := []rune(password.Reveal())
	if len(runes) > estimateMax {
		runes = runes[:estimateMax]
	}
	bits := 0.0
	seen := map[string]bool{}
	for i := 0; i < len(runes); {
		n, b := piece(runes[i:])
		text := strings.ToLower(string(runes[i : i+n]))
		if seen[text] && n > 1 {
			b = 1 // saying it again is hardly harder
		}
		seen[text] = true
		bits += b
		i += n
	}
	s := Strength{Bits: math.Round(bits*10) / 10}
	for _, limit := range []float64{28, 40, 60, 80} {
		if bits >= limit {
			s.Level++
		}
	}
	s.Words = [...]string{"very weak", "weak", "fair", "good", "strong"}[s.Level]
	return s
}

// piece returns the length of the most guessable piece at the start of s, and
// what it costs in bits.
func piece(s []rune) (int, float64) {
	if n := wordLen(s); n > 0 {
		return n, 9 + disguise(s[:n]) // one of some four hundred words
	}
	if n := runLen(s); n >= 3 {
		return n, 5 + math.Log2(float64(n)) // where it starts, and how long it is
	}
	if len(s) >= 4 && isYear(s[:4]) {
		return 4, 7
	}
	if n := lettersLen(s); n > 0 {
		each := 4.7 // one of 26
		if wordlike(s[:n]) {
			each = 2.3 // what a letter of written language is worth
		}
		return n, each*float64(n) + disguise(s[:n])
	}
	switch r := s[0]; {
	case unicode.IsDigit(r):
		return 1, 3.3
	case r == ' ':
		return 1, 1
	case r >= utf8.RuneSelf:
		return 1, 7
	}
	return 1, 5
}

// disguise is what capitals and digits for letters add: little.
func disguise(s []rune) float64 {
	upper, leet := 0, 0
	for _, r := range s {
		if unicode.IsUpper(r) {
			upper++
		} else if !unicode.IsLetter(r) {
			leet++
		}
	}
	bits := 0.0
	switch {
	case upper == 0:
	case upper == len(s), upper == 1 && unicode.IsUpper(s[0]):
		bits++
	default:
		bits += float64(min(upper, len(s)-upper))
	}
	return bits + float64(leet)
}

// wordLen returns the length of the longest common word at the start of s, also
// a disguised one, or 0.
func wordLen(s []rune) int {
	const longest = 14
	var plain, lower strings.Builder
	found := 0
	for i, r := range s[:min(len(s), longest)] {
		r = unicode.ToLower(r)
		lower.WriteRune(r)
		plain.WriteRune(unleet(r))
		if i >= 2 && (isCommonWord(lower.String()) || isCommonWord(plain.String())) {
			found = i + 1
		}
	}
	return found
}

// runLen returns how many characters at the start of s repeat the first, count
// on from it in either direction, or stand side by side on the keyboard.
func runLen(s []rune) int {
	best := 1
	for _, step := range []rune{0, 1, -1} {
		n := 1
		for n < len(s) && unicode.ToLower(s[n])-unicode.ToLower(s[n-1]) == step {
			n++
		}
		best = max(best, n)
	}
	for _, row := range []string{"qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv", "!@#$%^&*()", "1234567890"} {
		for n := best + 1; n <= min(len(s), len(row)); n++ {
			if !strings.Contains(row, strings.ToLower(string(s[:n]))) && !strings.Contains(reversed(row), strings.ToLower(string(s[:n]))) {
				break
			}
			best = n
		}
	}
	return best
}

func reversed(s string) string {
	b := make([]byte, 0, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		b = append(b, s[i])
	}
	return string(b)
}

func isYear(s []rune) bool {
	return (s[0] == '1' && s[1] == '9' || s[0] == '2' && s[1] == '0') && unicode.IsDigit(s[2]) && unicode.IsDigit(s[3])
}

// lettersLen returns how many letters start s, up to the next common word or
// run.
func lettersLen(s []rune) int {
	n := 0
	for n < len(s) && unicode.IsLetter(s[n]) && (n == 0 || wordLen(s[n:]) < 4 && runLen(s[n:]) < 4) {
		n++
	}
	return n
}

// wordlike reports whether letters could be read aloud: enough vowels and no
// long run of consonants.
func wordlike(s []rune) bool {
	if len(s) < 3 {
		return false
	}
	vowels, run := 0, 0
	for _, r := range s {
		if strings.ContainsRune("aeiouyäöüáéíóúàèêAEIOUY", r) {
			vowels++
			run = 0
			continue
		}
		if run++; run > 4 {
			return false
		}
	}
	return vowels*4 >= len(s) && vowels*5 <= len(s)*3
}

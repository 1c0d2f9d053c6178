package textkey

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord bounds a word in runes; maxJoined what is joined of a piece of text.
const (
	maxWord   = 64
	maxJoined = 40
)

// Piece is a stretch of text without white space, as it is found by: what a
// person types as one thing ("SRV-PMS-01", "00:1A:2b:3c:4d:5e", "ann@acme.example").
type Piece struct {
	// Words are its runs of letters and digits.
	Words []string
	// Joined is the runs in one, "" where there is one run only: so a MAC
	// address, a telephone number and a host name are found however they are
	// spelled.
	Joined string
}

// Pieces returns what full-text search finds a text by, folded, in its order.
func Pieces(s string) []Piece {
	var out []Piece
	EachPiece(s, func(p Piece) {
		p.Words = slices.Clone(p.Words)
		out = append(out, p)
	})
	return out
}

// EachPiece calls fn with what full-text search finds a text by, folded, in its
// order; the list of words is used again for the next. An address or version of
// three numbers or more ("10.0.1.5") is one word with its dots: its numbers
// alone say nothing.
func EachPiece(s string, fn func(Piece)) {
	words := make([]string, 0, 8)
	for chunk := range strings.SplitSeq(Fold(s), " ") {
		words = appendRuns(words[:0], chunk)
		if len(words) == 0 {
			continue
		}
		p := Piece{Words: words}
		if len(words) > 1 {
			joined := strings.ReplaceAll(strings.Join(words, ""), ".", "")
			if n := utf8.RuneCountInString(joined); n > 2 && n <= maxJoined {
				p.Joined = joined
			}
		}
		for i, w := range words {
			words[i] = cut(w)
		}
		fn(p)
	}
}

// appendRuns appends the words of a chunk.
func appendRuns(out []string, chunk string) []string {
	plain := len(chunk)
	for plain > 0 && (chunk[plain-1] == '.' || chunk[plain-1] == ',') {
		plain-- // the end of a sentence
	}
	if isPlain(chunk[:plain]) { // as most are
		return append(out, chunk[:plain])
	}
	for part := range strings.FieldsFuncSeq(chunk, func(r rune) bool { return r != '.' && !inWord(r) }) {
		part = strings.Trim(part, ".")
		if strings.Count(part, ".") >= 2 && !strings.Contains(part, "..") && !strings.ContainsFunc(part, notNumber) {
			out = append(out, part)
			continue
		}
		for w := range strings.SplitSeq(part, ".") {
			if w != "" {
				out = append(out, w)
			}
		}
	}
	return out
}

// isPlain tells whether s is a word of plain letters and digits.
func isPlain(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && (s[i] < 'a' || s[i] > 'z') {
			return false
		}
	}
	return s != ""
}

func inWord(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
}

func notNumber(r rune) bool { return r != '.' && (r < '0' || r > '9') }

func cut(w string) string {
	if len(w) <= maxWord {
		return w
	}
	if r := []rune(w); len(r) > maxWord {
		return string(r[:maxWord])
	}
	return w
}

// Stem returns the letters of a word that ends in digits ("srv" of "srv01"),
// "" where it is not of that form.
func Stem(w string) string {
	n := len(w)
	for n > 0 && isDigit(w[n-1]) {
		n--
	}
	if n == len(w) || n < 2 {
		return ""
	}
	for i := range n {
		if isDigit(w[i]) || w[i] == '.' {
			return ""
		}
	}
	return w[:n]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// IsWord tells whether w is made of letters alone, as words of a language are.
func IsWord(w string) bool {
	return w != "" && !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

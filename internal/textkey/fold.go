package textkey

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the name_key of s, by which names are sorted, looked up and
// held equal:
//
//   - compatibility forms are taken apart (NFKD), so that full-width letters,
//     ligatures and superscripts equal their plain forms;
//   - the accents of Latin, Greek, Cyrillic, Hebrew and Arabic letters are
//     dropped; marks that make another letter (Thai vowels, Japanese voicing,
//     Indic signs) stay;
//   - letters that have no decomposition but that people write without their
//     stroke or ligature are spelled out: ß ss, æ ae, œ oe, ø o, ł l, đ d;
//   - everything is lower-cased, final sigma included;
//   - control and invisible characters go, and bytes that are not UTF-8 become
//     U+FFFD, so that every key can be stored in both databases;
//   - each run of white space becomes one space, none at either end.
//
// Punctuation stays: "A.B.C." and "ABC" are different names.
func Fold(s string) string {
	if key, ok := foldASCII(s); ok {
		return key
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	b := make([]byte, 0, len(s)+8)
	space := false
	for _, r := range norm.NFKD.String(s) {
		if unicode.IsSpace(r) {
			space = len(b) > 0
			continue
		}
		if isAccent(r) || isInvisible(r) {
			continue
		}
		if space {
			b = append(b, ' ')
			space = false
		}
		b = appendLower(b, r)
	}
	return string(b)
}

// foldASCII is the short way for the text that most names are: no tables, and
// no allocation when s is its own key already. It reports false for anything
// that is not plain printable ASCII and white space.
func foldASCII(s string) (string, bool) {
	same := true
	space := true // as if the text began after white space
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf || c == 0x7f || c < ' ' && !asciiSpace(c):
			return "", false
		case asciiSpace(c):
			same = same && c == ' ' && !space
			space = true
		default:
			same = same && (c < 'A' || c > 'Z')
			space = false
		}
	}
	if same && (!space || s == "") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	space = false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if asciiSpace(c) {
			space = len(b) > 0
			continue
		}
		if space {
			b = append(b, ' ')
			space = false
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return string(b), true
}

func asciiSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// isAccent reports marks that people leave out when they type. Marks outside
// these blocks change the word and are kept.
func isAccent(r rune) bool {
	switch {
	case r < 0x0300:
		return false
	case r <= 0x036F, // Latin, Greek, Cyrillic
		0x0483 <= r && r <= 0x0489,                                          // Cyrillic numerals and titlo
		0x0591 <= r && r <= 0x05BD, r == 0x05BF, 0x05C1 <= r && r <= 0x05C7, // Hebrew points
		0x064B <= r && r <= 0x065F, r == 0x0670, // Arabic vowels
		0x1AB0 <= r && r <= 0x1AFF, 0x1DC0 <= r && r <= 0x1DFF,
		0x20D0 <= r && r <= 0x20FF, 0xFE20 <= r && r <= 0xFE2F:
		return unicode.Is(unicode.M, r)
	}
	return false
}

// isInvisible reports what takes no room on the page: controls, joiners, soft
// hyphens, byte order marks, variation selectors.
func isInvisible(r rune) bool {
	switch {
	case r < ' ', r == 0x7f:
		return true
	case r < 0x80:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector)
}

// appendLower appends r in lower case, spelled out where it has no
// decomposition in Unicode.
func appendLower(b []byte, r rune) []byte {
	switch r = unicode.ToLower(r); r {
	case 'ß':
		return append(b, "ss"...)
	case 'æ':
		return append(b, "ae"...)
	case 'œ':
		return append(b, "oe"...)
	case 'þ':
		return append(b, "th"...)
	case 'ø':
		r = 'o'
	case 'ł':
		r = 'l'
	case 'đ', 'ð':
		r = 'd'
	case 'ħ':
		r = 'h'
	case 'ı':
		r = 'i'
	case 'ŧ':
		r = 't'
	case 'ς':
		r = 'σ'
	}
	return utf8.AppendRune(b, r)
}

// Trim returns s without white space and invisible characters at both ends, as
// names are stored. What is inside is left as the person wrote it.
func Trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isInvisible(r) })
}

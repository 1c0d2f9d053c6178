package textkey

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// maxPhone is longer than any telephone number with its extension; what is
// longer is a note that landed in the wrong field, and is not parsed.
const maxPhone = 80

// An extension at the end of a number: "x12", "ext. 12", ";ext=12", "#12".
var extension = regexp.MustCompile(`(?i)[\s,;(]*(?:;?\s*ext(?:ension|n)?|x|#)[.:=\s]*([0-9]{1,7})\)?\s*$`)

// PhoneDigits returns the digits of a telephone number, in ASCII, without the
// extension: the key of numbers whose country is unknown. It is empty when s
// has no digit.
func PhoneDigits(s string) string {
	s = asciiDigits(s)
	if at := extension.FindStringIndex(s); at != nil && strings.ContainsAny(s[:at[0]], "0123456789") {
		s = s[:at[0]]
	}
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// E164 returns the international form of a telephone number (+13125550123) and
// its extension, if any. The country is the two letters (US, DE) that apply
// when s has no country code; empty means that s must have one. It reports
// false when s is no number that could be dialled there. Numbers reserved for
// fiction (555-0100) pass: the length decides, not whether the range is in use.
func E164(s, country string) (number, ext string, ok bool) {
	if len(s) > maxPhone {
		return "", "", false
	}
	if country == "" {
		country = "ZZ"
	}
	p, err := phonenumbers.Parse(asciiDigits(s), strings.ToUpper(country))
	if err != nil || !phonenumbers.IsPossibleNumber(p) {
		return "", "", false
	}
	number = phonenumbers.Format(p, phonenumbers.E164)
	// Nonsense of the right length, such as all zeros, is read differently with
	// its country code in front. Such a number is no key.
	again, err := phonenumbers.Parse(number, "ZZ")
	if err != nil || phonenumbers.Format(again, phonenumbers.E164) != number || !phonenumbers.IsPossibleNumber(again) {
		return "", "", false
	}
	return number, p.GetExtension(), true
}

// asciiDigits replaces the decimal digits of other scripts by 0 to 9.
func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.Is(unicode.Nd, r) {
			return r
		}
		// Decimal digits stand in runs of ten in Unicode, zero first, but a run
		// may follow another at once: the table's ranges say where runs begin.
		for _, t := range unicode.Nd.R16 {
			if rune(t.Lo) <= r && r <= rune(t.Hi) {
				return '0' + (r-rune(t.Lo))%10
			}
		}
		for _, t := range unicode.Nd.R32 {
			if rune(t.Lo) <= r && r <= rune(t.Hi) {
				return '0' + (r-rune(t.Lo))%10
			}
		}
		return r
	}, s)
}

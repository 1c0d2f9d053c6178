package textkey

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// MACKey returns the letters and digits of a MAC address in lower case:
// "00-1A:2b.3C4d 5E" is 001a2b3c4d5e. Whether that is a MAC address is not
// asked, so that what a device reports wrongly can still be found.
func MACKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9', 'a' <= r && r <= 'z':
			return r
		case 'A' <= r && r <= 'Z':
			return r + ('a' - 'A')
		}
		return -1
	}, s)
}

// EmailKey returns the e-mail address in s in the one form by which addresses
// are held equal: lower case, the domain in its ASCII form. A "mailto:" before
// it goes. It reports false when s is no address. Dots and "+tags" stay:
// outside one provider they are different mailboxes.
func EmailKey(s string) (string, bool) {
	s = Trim(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || !utf8.ValidString(s[:at]) {
		return "", false
	}
	local := norm.NFKC.String(strings.ToLower(s[:at]))
	if local == "" || len(local) > 64 || strings.ContainsFunc(local, notInLocal) {
		return "", false
	}
	domain, ok := hostKey(s[at+1:])
	if !ok {
		return "", false
	}
	return local + "@" + domain, true
}

// notInLocal reports what cannot stand before the @ of an address that people
// really use; quoted local parts are refused with it.
func notInLocal(r rune) bool {
	return unicode.IsSpace(r) || isInvisible(r) || strings.ContainsRune(`"(),:;<>@[\]`, r)
}

// EmailDomain returns the domain of an e-mail address as DomainKey would,
// except that a leading "www." stays. It reports false when s is no address.
func EmailDomain(s string) (string, bool) {
	key, ok := EmailKey(s)
	if !ok {
		return "", false
	}
	return key[strings.LastIndexByte(key, '@')+1:], true
}

// DomainKey returns the domain in s, a bare domain or a web address: lower
// case, ASCII form (xn--), without scheme, user, port, path, a leading "www."
// or a final dot. It reports false when s has no domain of at least two labels;
// an IP address is none.
func DomainKey(s string) (string, bool) {
	s = Trim(s)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	} else {
		s = strings.TrimPrefix(s, "//")
	}
	if i := strings.IndexAny(s, `/?#\`); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		s = s[:i]
	}
	s, ok := hostKey(s)
	for ok {
		rest, found := strings.CutPrefix(s, "www.")
		if !found || !strings.Contains(rest, ".") {
			break
		}
		s = rest
	}
	return s, ok
}

// hostKey checks a host name and brings it into its ASCII form.
func hostKey(s string) (string, bool) {
	if len(s) > 1024 || !utf8.ValidString(s) {
		return "", false
	}
	if !isASCII(s) || strings.Contains(strings.ToLower(s), "xn--") {
		var err error
		if s, err = idna.Lookup.ToASCII(s); err != nil {
			return "", false
		}
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if len(s) > 253 || !strings.Contains(s, ".") {
		return "", false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return "", false
		}
	}
	// A last label of digits makes it an IP address, or a typing error of one.
	last := s[strings.LastIndexByte(s, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return "", false
	}
	return s, true
}

// isLabel reports whether s can stand between two dots. The underscore is not
// allowed in host names, but is in use.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

package secret

import (
	"crypto/rand"
	"strings"
)

// recoveryLen is the length of a recovery code without its dashes: 120 bits, so
// that a plain hash of it is enough.
const (
	recoveryLen   = 24
	recoveryGroup = 6
)

// NewRecoveryCode returns a code that stands in for a second factor once, in
// groups that can be written down: k7qf3m-....
func NewRecoveryCode() Text {
	return NewText(recoveryForm(strings.ToLower(rand.Text()[:recoveryLen])))
}

func recoveryForm(letters string) string {
	groups := make([]string, 0, recoveryLen/recoveryGroup)
	for i := 0; i < len(letters); i += recoveryGroup {
		groups = append(groups, letters[i:i+recoveryGroup])
	}
	return strings.Join(groups, "-")
}

// ParseRecoveryCode reads a code however it was typed: in capitals, with blanks
// or without dashes, with a zero for an o. It reports false for what cannot be one.
func ParseRecoveryCode(s string) (Text, bool) {
	s = strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "", "0", "o").Replace(s))
	if len(s) != recoveryLen || !isBase32(strings.ToUpper(s)) {
		return Text{}, false
	}
	return NewText(recoveryForm(s)), true
}

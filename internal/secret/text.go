package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/tenonhq/tenon"
)

// hidden is what a Text shows of itself.
const hidden = "[secret]"

// Text is a secret in the clear: a password, a key, a seed. Formatting it with
// any verb, logging it or encoding it gives [secret]; only Reveal gives the
// value. The zero value is the empty secret.
//
// The value is behind a pointer because fmt does not call the methods of
// unexported fields: a struct that holds a Text prints an address at worst.
type Text struct {
	_ [0]func() // not comparable with ==, which would compare addresses; use Equal
	s *string
}

// NewText returns s as a secret.
func NewText(s string) Text { return Text{s: &s} }

// Reveal returns the value. Each call is a place where a secret can leak.
func (t Text) Reveal() string {
	if t.s == nil {
		return ""
	}
	return *t.s
}

// IsZero reports whether the secret is empty.
func (t Text) IsZero() bool { return t.s == nil || *t.s == "" }

// Equal compares two secrets in a time that does not depend on where they
// differ.
func (t Text) Equal(u Text) bool {
	a, b := sha256.Sum256([]byte(t.Reveal())), sha256.Sum256([]byte(u.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String returns [secret].
func (t Text) String() string { return hidden }

// GoString returns [secret].
func (t Text) GoString() string { return hidden }

// Format writes [secret] for every verb.
func (t Text) Format(f fmt.State, verb rune) { _, _ = io.WriteString(f, hidden) }

// LogValue makes slog write [secret].
func (t Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText writes [secret].
func (t Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON writes "[secret]". A face that may show the value calls Reveal.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// UnmarshalJSON reads a JSON string, so that a request can carry a secret.
func (t *Text) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		// The error of the decoder may quote its input.
		return tenon.Errorf(tenon.Invalid, "A secret must be given as text.")
	}
	t.s = s
	return nil
}

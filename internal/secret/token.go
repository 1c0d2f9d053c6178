package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// Prefixes of tokens. They let a person, a log filter or a scanner of source
// code see what a token is for; a token of one sort is never taken for another.
const (
	PrefixAPIKey  = "tnn" // tnn_<id part>_<secret>
	PrefixSession = "tns"
	PrefixLink    = "tnl" // one-time sign-in link
	PrefixInvite  = "tni"
	PrefixReset   = "tnr"
)

const (
	secretLen = 26 // of rand.Text: 130 bits
	idLen     = 10 // of an API key: 50 bits, enough to be alone
)

// TokenHash is what is stored of a token: its SHA-256. A token has 130 random
// bits, so it needs neither salt nor a slow hash, and can be found by its hash.
type TokenHash [sha256.Size]byte

// HashToken returns the hash of a token.
func HashToken(token Text) TokenHash { return sha256.Sum256([]byte(token.Reveal())) }

// Bytes returns the hash for a column of bytes.
func (h TokenHash) Bytes() []byte { return h[:] }

// String returns the hash in hexadecimal digits, for a column of text.
func (h TokenHash) String() string { return hex.EncodeToString(h[:]) }

// Equal compares two hashes in constant time.
func (h TokenHash) Equal(other TokenHash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// NewToken returns a fresh token, prefix_SECRET. It is shown or sent once; the
// caller stores HashToken of it.
func NewToken(prefix string) Text { return NewText(prefix + "_" + rand.Text()) }

// ParseToken checks that s looks like a token of that prefix, so that junk is
// refused before the database is asked.
func ParseToken(prefix, s string) (Text, bool) {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(rest) != secretLen || !isBase32(rest) {
		return Text{}, false
	}
	return NewText(s), true
}

// APIKey is a key for a program that acts as a person.
type APIKey struct {
	ID   string // the part that may be shown, by which people tell keys apart
	Key  Text   // the whole key, shown once
	Hash TokenHash
}

// NewAPIKey returns a fresh API key.
func NewAPIKey() APIKey {
	id := strings.ToLower(rand.Text()[:idLen])
	return apiKey(id, PrefixAPIKey+"_"+id+"_"+rand.Text())
}

// ParseAPIKey takes apart what a request sent as its key. It reports false for
// what cannot be one.
func ParseAPIKey(s string) (APIKey, bool) {
	rest, ok := strings.CutPrefix(s, PrefixAPIKey+"_")
	if !ok {
		return APIKey{}, false
	}
	id, part, ok := strings.Cut(rest, "_")
	if !ok || len(id) != idLen || id != strings.ToLower(id) || !isBase32(strings.ToUpper(id)) || len(part) != secretLen || !isBase32(part) {
		return APIKey{}, false
	}
	return apiKey(id, s), true
}

func apiKey(id, key string) APIKey {
	t := NewText(key)
	return APIKey{ID: id, Key: t, Hash: HashToken(t)}
}

func isBase32(s string) bool {
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

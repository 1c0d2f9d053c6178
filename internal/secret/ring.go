package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
)

const (
	keySize   = 32 // AES-256
	keyIDSize = 8
)

// KeyID names a key-encryption key. It is derived from the key and says nothing
// about it.
type KeyID [keyIDSize]byte

// String returns the id as 16 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// Ring is a set of key-encryption keys, one of which is current. It never
// changes and may be used by several goroutines at once.
type Ring struct {
	keys []ringKey // oldest first; the last one is current
}

// ringKey is one key-encryption key with what is derived from it. The key
// itself is used for nothing else, so that no use can weaken another.
type ringKey struct {
	id   KeyID
	raw  []byte
	wrap cipher.AEAD
	mark []byte
}

// newRing checks the raw keys, oldest first.
func newRing(raw [][]byte) (*Ring, error) {
	if len(raw) == 0 {
		return nil, tenon.Errorf(tenon.Invalid, "There is no key.")
	}
	r := &Ring{}
	for _, k := range raw {
		key, err := deriveKey(k)
		if err != nil {
			return nil, err
		}
		if r.key(key.id) != nil {
			return nil, tenon.Errorf(tenon.Invalid, "Key %s is listed twice.", key.id)
		}
		r.keys = append(r.keys, *key)
	}
	return r, nil
}

func deriveKey(raw []byte) (*ringKey, error) {
	if len(raw) != keySize {
		return nil, tenon.Errorf(tenon.Invalid, "A key has %d bytes instead of %d.", len(raw), keySize)
	}
	if !slices.ContainsFunc(raw, func(b byte) bool { return b != raw[0] }) {
		return nil, tenon.Errorf(tenon.Invalid, "A key consists of one repeated byte. Keys must be random.")
	}
	id, err := hkdf.Key(sha256.New, raw, nil, "tenon key id 1", keyIDSize)
	if err != nil {
		return nil, err
	}
	wrap, err := hkdf.Key(sha256.New, raw, nil, "tenon wrap 1", keySize)
	if err != nil {
		return nil, err
	}
	mark, err := hkdf.Key(sha256.New, raw, nil, "tenon mark 1", keySize)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(wrap)
	if err != nil {
		return nil, err
	}
	return &ringKey{id: KeyID(id), raw: slices.Clone(raw), wrap: aead, mark: mark}, nil
}

// newAEAD returns AES-256-GCM that draws a random nonce for each message and
// puts it in front.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// newKey draws a random key.
func newKey() []byte {
	k := make([]byte, keySize)
	rand.Read(k) // never fails: the program ends when the system has no randomness
	return k
}

// ParseKeys reads a ring from text, as an environment variable holds it: keys
// of 32 bytes in base64, separated by commas or white space, the current one
// first. A key is made with "openssl rand -base64 32".
func ParseKeys(s Text) (*Ring, error) {
	var raw [][]byte
	for n, part := range strings.FieldsFunc(s.Reveal(), func(r rune) bool { return r == ',' || strings.ContainsRune(" \t\r\n", r) }) {
		k, err := decodeKey(part)
		if err != nil || len(k) != keySize {
			return nil, tenon.Errorf(tenon.Invalid, "Key %d of the key setting is not %d bytes in base64. Make one with \"openssl rand -base64 32\".", n+1, keySize)
		}
		raw = append(raw, k)
	}
	if len(raw) == 0 {
		return nil, tenon.Errorf(tenon.Invalid, "The key setting is empty. Make a key with \"openssl rand -base64 32\".")
	}
	slices.Reverse(raw)
	return newRing(raw)
}

// decodeKey accepts both alphabets of base64, with padding or without.
func decodeKey(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	return base64.RawStdEncoding.DecodeString(s)
}

// Current returns the id of the key that new values are sealed with.
func (r *Ring) Current() KeyID { return r.current().id }

// Keys returns the ids of all keys, oldest first.
func (r *Ring) Keys() []KeyID {
	ids := make([]KeyID, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id
	}
	return ids
}

// Fingerprint names all keys of the ring in one word, for the manifest of a
// backup: what is in the backup opens only with them. It reveals nothing.
func (r *Ring) Fingerprint() string {
	var ids []string
	for _, k := range r.keys {
		ids = append(ids, k.id.String())
	}
	return strings.Join(ids, "+")
}

// Missing returns the ids of the keys that fingerprint names and the ring does
// not have; none means that everything sealed under it can be opened here.
func (r *Ring) Missing(fingerprint string) []string {
	var missing []string
	have := r.Fingerprint()
	for id := range strings.SplitSeq(fingerprint, "+") {
		if id != "" && !slices.Contains(strings.Split(have, "+"), id) {
			missing = append(missing, id)
		}
	}
	return missing
}

// Mark returns a fingerprint of a secret value by which "the same value" can be
// seen without revealing it: equal values of one kind of field have equal marks
// in this ring and in no other. It starts with the id of its key, the oldest of
// the ring, so that adding a key changes no mark; after RemoveKey of that key
// all marks must be made anew.
func (r *Ring) Mark(field string, value Text) []byte {
	k := r.keys[0]
	h := hmac.New(sha256.New, k.mark)
	h.Write(appendField(nil, field))
	h.Write([]byte(value.Reveal()))
	return append(k.id[:len(k.id):len(k.id)], h.Sum(nil)...)
}

func (r *Ring) current() *ringKey { return &r.keys[len(r.keys)-1] }

func (r *Ring) key(id KeyID) *ringKey {
	for i := range r.keys {
		if r.keys[i].id == id {
			return &r.keys[i]
		}
	}
	return nil
}

// String names the keys and shows none, so that a ring in a log says nothing.
func (r *Ring) String() string { return "keys " + r.Fingerprint() }

// GoString is String, for %#v.
func (r *Ring) GoString() string { return r.String() }

package secret

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tenonhq/tenon"
)

// Errors of Open, Rebind and Rewrap. Both mean that the data, not the request,
// is at fault.
var (
	// ErrUnknownKey says that the value is sealed under a key that is not in
	// the ring: the wrong key file, or a key removed too early.
	ErrUnknownKey = errors.New("sealed under a key that is not in the key file")
	// ErrDamaged says that the value was changed, cut or put in another place.
	ErrDamaged = errors.New("sealed value is damaged or in the wrong place")
)

// Place says where a sealed value is at home. It opens nowhere else.
type Place struct {
	Item   tenon.ItemID   // the item that has the value; for a user's own second factor, the user's id
	Binder tenon.BinderID // the item's binder, never its owner
	Field  string         // "password.value", "password.totp", ...
}

// Sealed is a secret value as it is stored. Version 1 is
//
//	version 1 | key id 8 | wrapped data key 12+32+16 | value 12+n+16
//
// where a wrapped part is nonce, ciphertext and tag.
type Sealed []byte

const (
	sealVersion = 1
	aeadExtra   = 12 + 16 // nonce and tag
	wrapStart   = 1 + keyIDSize
	valueStart  = wrapStart + keySize + aeadExtra
	// Values are padded to a multiple of this, so that the size of a row does
	// not tell how long a password is.
	padTo = 32
)

// KeyID returns the id of the key that the value is sealed under, by which a
// rotation finds what is left to do. It reports false for what is not sealed.
func (s Sealed) KeyID() (KeyID, bool) {
	if len(s) < valueStart+aeadExtra || s[0] != sealVersion {
		return KeyID{}, false
	}
	return KeyID(s[1:wrapStart]), true
}

// SameValue tells whether both are one sealing of one value, perhaps under
// different keys: what a rotation wraps anew keeps its value byte for byte.
// Two sealings of equal values are not the same.
func (s Sealed) SameValue(other Sealed) bool {
	if len(s) < valueStart || len(other) < valueStart {
		return len(s) == len(other)
	}
	return bytes.Equal(s[valueStart:], other[valueStart:])
}

// Seal encrypts the value for its place under the current key.
func (r *Ring) Seal(p Place, value Text) (Sealed, error) {
	data := newKey()
	aead, err := newAEAD(data)
	if err != nil {
		return nil, fmt.Errorf("seal %s of item %d: %w", p.Field, p.Item, err)
	}
	s := r.wrap(data)
	return aead.Seal(s, nil, pad(value.Reveal()), p.bound()), nil
}

// Open decrypts what was sealed for this very place.
func (r *Ring) Open(p Place, s Sealed) (Text, error) {
	fail := func(err error) (Text, error) {
		return Text{}, fmt.Errorf("open %s of item %d in binder %d: %w", p.Field, p.Item, p.Binder, err)
	}
	data, err := r.unwrap(s)
	if err != nil {
		return fail(err)
	}
	aead, err := newAEAD(data)
	if err != nil {
		return fail(err)
	}
	padded, err := aead.Open(nil, nil, s[valueStart:], p.bound())
	if err != nil {
		return fail(ErrDamaged)
	}
	value, ok := unpad(padded)
	if !ok {
		return fail(ErrDamaged)
	}
	return NewText(value), nil
}

// Rebind opens the value at its old place and seals it for a new one, for the
// move of one item to another organization. It must run in the transaction of
// the move.
func (r *Ring) Rebind(from, to Place, s Sealed) (Sealed, error) {
	value, err := r.Open(from, s)
	if err != nil {
		return nil, err
	}
	return r.Seal(to, value)
}

// Rewrap brings the value under the current key. The encrypted value stays byte
// for byte; only its data key is wrapped again. What is under the current key
// already comes back as it is. The place need not be known, and is not checked.
func (r *Ring) Rewrap(s Sealed) (Sealed, error) {
	data, err := r.unwrap(s)
	if err != nil {
		return nil, fmt.Errorf("rewrap: %w", err)
	}
	if id, _ := s.KeyID(); id == r.Current() {
		return s, nil
	}
	return append(r.wrap(data), s[valueStart:]...), nil
}

// wrap returns the head of a sealed value: everything before the value.
func (r *Ring) wrap(data []byte) Sealed {
	k := r.current()
	s := append(Sealed{sealVersion}, k.id[:]...)
	return k.wrap.Seal(s, nil, data, wrapBound(k.id))
}

func (r *Ring) unwrap(s Sealed) ([]byte, error) {
	id, ok := s.KeyID()
	if !ok {
		return nil, ErrDamaged
	}
	k := r.key(id)
	if k == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknownKey, id)
	}
	data, err := k.wrap.Open(nil, nil, s[wrapStart:valueStart], wrapBound(id))
	if err != nil {
		return nil, ErrDamaged
	}
	return data, nil
}

func wrapBound(id KeyID) []byte {
	return append([]byte("tenon data key 1\x00"), id[:]...)
}

// bound is the associated data of a value: purpose and version, item, binder,
// field. Every part has a fixed length or says its length, so that no two
// places give the same bytes.
func (p Place) bound() []byte {
	b := []byte("tenon value 1\x00")
	b = binary.BigEndian.AppendUint64(b, uint64(p.Item))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Binder))
	return appendField(b, p.Field)
}

func appendField(b []byte, field string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
	return append(b, field...)
}

// pad ends the value with 0x80 and zeros up to the next multiple of padTo.
func pad(value string) []byte {
	n := (len(value)/padTo + 1) * padTo
	b := make([]byte, n)
	copy(b, value)
	b[len(value)] = 0x80
	return b
}

func unpad(b []byte) (string, bool) {
	i := len(b) - 1
	for i >= 0 && b[i] == 0 {
		i--
	}
	if i < 0 || b[i] != 0x80 {
		return "", false
	}
	return string(b[:i]), true
}

// LetterPlace is where the token of a queued letter is at home: who queues it
// and who sends it are not the same.
func LetterPlace(letter int64) Place {
	return Place{Item: tenon.ItemID(letter), Binder: tenon.SystemBinder, Field: "mail.token"}
}

// SourcePlace is where the key to an account that is copied from is at home.
func SourcePlace(source int64) Place {
	return Place{Item: tenon.ItemID(source), Binder: tenon.SystemBinder, Field: "copy.key"}
}

// HeldPlace is where the key to an account is at home while somebody reads the
// plan of a copy from it: nowhere but in their page.
func HeldPlace(user tenon.UserID) Place {
	return Place{Item: tenon.ItemID(user), Binder: tenon.SystemBinder, Field: "copy.held"}
}

// ExportPlace is where the passphrase of an export is at home, while it is made.
func ExportPlace(export int64) Place {
	return Place{Item: tenon.ItemID(export), Binder: tenon.SystemBinder, Field: "export.passphrase"}
}

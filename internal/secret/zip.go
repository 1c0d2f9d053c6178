package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"hash"
	"io"
)

// Sizes of what encryption adds to an entry of a ZIP file, in front and behind.
const (
	zipSalt     = 16
	zipVerifier = 2
	zipCode     = 10
	// ZipOverhead is by how much an entry grows.
	ZipOverhead = zipSalt + zipVerifier + zipCode
)

// ZipEntry encrypts one entry of a ZIP file with AES-256, in the form "AE-2"
// that WinZip and 7-Zip introduced and most programs open. The form asks for
// SHA-1 and few rounds, so that what is inside is only as safe as the passphrase is
// long.
type ZipEntry struct {
	head  []byte
	block cipher.Block
	mac   hash.Hash
	count uint64
	pad   [aes.BlockSize]byte
	used  int
}

// zipRounds is set by the form.
const zipRounds = 1000

// NewZipEntry begins an entry. Every entry has a salt of its own: the stream
// of the cipher begins anew in each.
func NewZipEntry(passphrase Text) (*ZipEntry, error) {
	salt := make([]byte, zipSalt)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	keys, err := pbkdf2.Key(sha1.New, passphrase.Reveal(), salt, zipRounds, 2*keySize+zipVerifier)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return nil, err
	}
	return &ZipEntry{head: append(salt, keys[2*keySize:]...), block: block, mac: hmac.New(sha1.New, keys[keySize:2*keySize]), used: aes.BlockSize}, nil
}

// Head is what stands in front of the content.
func (z *ZipEntry) Head() []byte { return z.head }

// Encrypt encrypts the next bytes of the content in place.
func (z *ZipEntry) Encrypt(b []byte) {
	for i := range b {
		if z.used == aes.BlockSize {
			z.count++ // from 1 on, the lowest byte first, unlike any mode of the library
			var counter [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(counter[:], z.count)
			z.block.Encrypt(z.pad[:], counter[:])
			z.used = 0
		}
		b[i] ^= z.pad[z.used]
		z.used++
	}
	z.mac.Write(b)
}

// Code is what stands behind the content, once all of it is encrypted.
func (z *ZipEntry) Code() []byte { return z.mac.Sum(nil)[:zipCode] }

// Writer encrypts what is written to it, and hands it on.
func (z *ZipEntry) Writer(w io.Writer) io.Writer { return &zipWriter{z, w, nil} }

type zipWriter struct {
	z *ZipEntry
	w io.Writer
	b []byte
}

func (w *zipWriter) Write(b []byte) (int, error) {
	w.b = append(w.b[:0], b...)
	w.z.Encrypt(w.b)
	return w.w.Write(w.b)
}

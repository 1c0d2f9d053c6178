package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"testing"
)

// TestZipEntry opens an entry as the form says that it is opened, block by block.
func TestZipEntry(t *testing.T) {
	t.Parallel()
	const passphrase = "rope lantern harbour quay"
	content := bytes.Repeat([]byte("what is inside. "), 1000)[:15_997]
	z, err := NewZipEntry(NewText(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := z.Writer(&out)
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 1013)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	keys, err := pbkdf2.Key(sha1.New, passphrase, z.Head()[:zipSalt], 1000, 66)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(keys[64:], z.Head()[zipSalt:]) {
		t.Error("the verifier is another")
	}
	mac := hmac.New(sha1.New, keys[32:64])
	mac.Write(out.Bytes())
	if !bytes.Equal(mac.Sum(nil)[:10], z.Code()) {
		t.Error("the code is another")
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		t.Fatal(err)
	}
	got := out.Bytes()
	for i := 0; i < len(got); i += aes.BlockSize {
		var counter [aes.BlockSize]byte
		binary.LittleEndian.PutUint64(counter[:], uint64(i/aes.BlockSize+1))
		part := got[i:min(len(got), i+aes.BlockSize)]
		pad := make([]byte, aes.BlockSize)
		cipher.NewCTR(block, counter[:]).XORKeyStream(pad, pad)
		for n := range part {
			part[n] ^= pad[n]
		}
	}
	if !bytes.Equal(got, content) {
		t.Error("it opens as something else")
	}
	other, err := NewZipEntry(NewText(passphrase))
	if err != nil || bytes.Equal(other.Head(), z.Head()) {
		t.Errorf("two entries have one salt (%v)", err)
	}
}

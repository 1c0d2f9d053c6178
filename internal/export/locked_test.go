package export_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// unlock opens the entries of a locked ZIP file, as programs that know the form do.
func unlock(t *testing.T, b []byte, passphrase string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		if f.Method != 99 || f.Flags&1 == 0 || f.ReaderVersion != 51 || !bytes.HasPrefix(f.Extra, []byte{0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3}) || f.CRC32 != 0 {
			t.Fatalf("%s is not locked", f.Name)
		}
		raw, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(raw)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := pbkdf2.Key(sha1.New, passphrase, all[:16], 1000, 66)
		if err != nil {
			t.Fatal(err)
		}
		text, code := all[18:len(all)-10], all[len(all)-10:]
		mac := hmac.New(sha1.New, keys[32:64])
		mac.Write(text)
		if !bytes.Equal(keys[64:], all[16:18]) || !bytes.Equal(mac.Sum(nil)[:10], code) {
			t.Fatalf("%s does not open", f.Name)
		}
		block, err := aes.NewCipher(keys[:32])
		if err != nil {
			t.Fatal(err)
		}
		for i := range text {
			var pad [16]byte
			binary.LittleEndian.PutUint64(pad[:], uint64(i/16+1))
			block.Encrypt(pad[:], pad[:])
			text[i] ^= pad[i%16]
		}
		if binary.LittleEndian.Uint16(f.Extra[9:]) == zip.Deflate {
			if text, err = io.ReadAll(flate.NewReader(bytes.NewReader(text))); err != nil {
				t.Fatal(err)
			}
		}
		if uint64(len(text)) != f.UncompressedSize64 {
			t.Errorf("%s has %d bytes and says %d", f.Name, len(text), f.UncompressedSize64)
		}
		out[f.Name] = string(text)
	}
	return out
}

// TestPasswords exports passwords: only locked, only to a key that may, and
// each is recorded.
func TestPasswords(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		locked := export.Request{Passphrase: secret.NewText(passphrase)}
		x := p.done(p.boss, locked)
		if !x.Secrets || !x.Locked {
			t.Errorf("it says secrets %t, locked %t", x.Secrets, x.Locked)
		}
		b := p.take(p.boss, x)
		for _, s := range []string{password, wifi, "Globex", file, passphrase} {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("it shows %q", s)
			}
		}
		got := unlock(t, b, passphrase)
		for _, row := range table(t, got["passwords.csv"]) {
			if row["Password"] != password {
				t.Errorf("a password is %q", row["Password"])
			}
		}
		if key := table(t, got[assets(got)])[0]["Key"]; key != wifi {
			t.Errorf("the key is %q", key)
		}
		for name, text := range got {
			if strings.Contains(text, "JBSWY3DPEHPK3PXP") {
				t.Errorf("%s shows the seed of one-time codes", name)
			}
		}
		if n := len(p.events("reveal")); n != 3 {
			t.Errorf("%d reveals are recorded, want 3", n)
		}
		blind := p.boss
		blind.NoSecrets = true
		if _, err := p.e.Open(ctx, blind, x.ID); tenon.CodeOf(err) != tenon.Forbidden {
			t.Errorf("a key without password access takes it: %v", err)
		}
		if _, _, ok := p.e.Link(blind, x); ok {
			t.Error("a key without password access gets a link")
		}
		person := p.boss
		person.Session = 7
		for name, v := range map[string]tenon.Viewer{"a key without password access": blind, "a person in a browser": person} {
			x := p.done(v, locked)
			got := unlock(t, p.take(v, x), passphrase)
			if x.Secrets || !x.Locked || strings.Contains(got["passwords.csv"], password) {
				t.Errorf("%s gets passwords", name)
			}
		}
		if n := len(p.events("reveal")); n != 3 {
			t.Errorf("%d reveals are recorded, want still 3", n)
		}
		_, err := p.e.Start(ctx, p.boss, export.Request{Passphrase: secret.NewText("short")})
		if tenon.CodeOf(err) != tenon.Invalid {
			t.Errorf("a short passphrase: %v", err)
		}
		p.clean()
	})
}

package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tenonhq/tenon"
)

var home = Place{Item: 7, Binder: 3, Field: "password.value"}

func newTestRing(t *testing.T, n int) *Ring {
	t.Helper()
	var raw [][]byte
	for range n {
		raw = append(raw, newKey())
	}
	r, err := newRing(raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustSeal(t *testing.T, r *Ring, p Place, value string) Sealed {
	t.Helper()
	s, err := r.Seal(p, NewText(value))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	r := newTestRing(t, 1)
	for _, value := range []string{"", "x", "hunter2", "\x80", "\x80\x00\x00", strings.Repeat("a", 31), strings.Repeat("b", 32), strings.Repeat("\x00", 64), strings.Repeat("long ", 100_000)} {
		s := mustSeal(t, r, home, value)
		got, err := r.Open(home, s)
		if err != nil || got.Reveal() != value {
			t.Errorf("a value of %d bytes came back with %d: %v", len(value), len(got.Reveal()), err)
		}
		if value != "" && len(value) > 1 && bytes.Contains(s, []byte(value)) {
			t.Errorf("%q stands in its sealed value", value)
		}
	}
	if a, b := mustSeal(t, r, home, "same"), mustSeal(t, r, home, "same"); bytes.Equal(a, b) || bytes.Equal(a[wrapStart:valueStart], b[wrapStart:valueStart]) {
		t.Error("two values share a key or a nonce")
	}
	if a, b := mustSeal(t, r, home, "short"), mustSeal(t, r, home, "rather a bit longer"); len(a) != len(b) {
		t.Error("the size of a sealed value tells the length of a password")
	}
}

func TestSealedOpensNowhereElse(t *testing.T) {
	t.Parallel()
	r := newTestRing(t, 1)
	s := mustSeal(t, r, home, "hunter2")
	for _, p := range []Place{
		{Item: 8, Binder: 3, Field: "password.value"},
		{Item: 7, Binder: 4, Field: "password.value"},
		{Item: 3, Binder: 7, Field: "password.value"},
		{Item: 7, Binder: 3, Field: "password.totp"},
		{Item: 7, Binder: 3, Field: "password.valu"},
		{},
	} {
		if _, err := r.Open(p, s); !errors.Is(err, ErrDamaged) {
			t.Errorf("opened at %+v: %v", p, err)
		}
	}
	_, err := newTestRing(t, 1).Open(home, s)
	if !errors.Is(err, ErrUnknownKey) || strings.Contains(fmt.Sprint(err), "hunter2") {
		t.Errorf("opened with another key: %v", err)
	}
}

func TestDamagedNeverOpens(t *testing.T) {
	t.Parallel()
	r := newTestRing(t, 2)
	s := mustSeal(t, r, home, "hunter2")
	for i := range s {
		for bit := range 8 {
			bad := bytes.Clone(s)
			bad[i] ^= 1 << bit
			if _, err := r.Open(home, bad); err == nil {
				t.Fatalf("opened with bit %d of byte %d turned", bit, i)
			}
		}
		if _, err := r.Open(home, s[:i]); err == nil {
			t.Fatalf("opened after a cut at byte %d", i)
		}
	}
	if _, err := r.Open(home, append(bytes.Clone(s), 0)); err == nil {
		t.Error("opened with a byte more")
	}
	// The key of one value with the text of another.
	other := mustSeal(t, r, home, "hunter3")
	mixed := append(bytes.Clone(s[:valueStart]), other[valueStart:]...)
	if _, err := r.Open(home, mixed); !errors.Is(err, ErrDamaged) {
		t.Errorf("a value mixed from two opened: %v", err)
	}
}

func TestRebind(t *testing.T) {
	t.Parallel()
	r := newTestRing(t, 1)
	to := Place{Item: home.Item, Binder: 99, Field: home.Field}
	moved, err := r.Rebind(home, to, mustSeal(t, r, home, "hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Open(to, moved); err != nil || got.Reveal() != "hunter2" {
		t.Errorf("after the move: %v", err)
	}
	if _, err := r.Open(home, moved); !errors.Is(err, ErrDamaged) {
		t.Errorf("opened at the old place: %v", err)
	}
	if _, err := r.Rebind(to, home, mustSeal(t, r, home, "hunter2")); !errors.Is(err, ErrDamaged) {
		t.Errorf("moved from where it was not: %v", err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	r1, err := CreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s1 := mustSeal(t, r1, home, "hunter2")
	mark := r1.Mark("password.value", NewText("hunter2"))
	r2, err := AddKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if r2.Current() == r1.Current() || !bytes.Equal(r2.Mark("password.value", NewText("hunter2")), mark) {
		t.Error("adding a key must change the current key and no mark")
	}
	s2, err := r2.Rewrap(s1)
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := s2.KeyID(); id != r2.Current() || !bytes.Equal(s1[valueStart:], s2[valueStart:]) || bytes.Equal(s1[wrapStart:valueStart], s2[wrapStart:valueStart]) {
		t.Error("rewrapping must change the wrapped key, and it alone")
	}
	if again, err := r2.Rewrap(s2); err != nil || !bytes.Equal(again, s2) {
		t.Errorf("a second rewrap is not idle: %v", err)
	}
	for _, s := range []Sealed{s1, s2} {
		if got, err := r2.Open(home, s); err != nil || got.Reveal() != "hunter2" {
			t.Errorf("open with both keys: %v", err)
		}
	}
	if _, err := RemoveKey(path, r2.Current()); tenon.CodeOf(err) != tenon.Conflict {
		t.Errorf("removing the current key: %v", err)
	}
	r3, err := RemoveKey(path, r1.Current())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r3.Open(home, s1); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("opened under the removed key: %v", err)
	}
	if got, err := r3.Open(home, s2); err != nil || got.Reveal() != "hunter2" {
		t.Errorf("open after the rotation: %v", err)
	}
	if got := r3.Missing(r2.Fingerprint()); len(got) != 1 || got[0] != r1.Current().String() {
		t.Errorf("missing keys = %v", got)
	}
	if got := r2.Missing(r3.Fingerprint()); got != nil {
		t.Errorf("missing keys = %v, want none", got)
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	r, other := newTestRing(t, 1), newTestRing(t, 1)
	a := r.Mark("password.value", NewText("hunter2"))
	if !bytes.Equal(a, r.Mark("password.value", NewText("hunter2"))) {
		t.Error("equal values have different marks")
	}
	for name, b := range map[string][]byte{
		"another value": r.Mark("password.value", NewText("hunter3")),
		"another field": r.Mark("password.totp", NewText("hunter2")),
		"another ring":  other.Mark("password.value", NewText("hunter2")),
		"a shifted cut": r.Mark("password.valueh", NewText("unter2")),
	} {
		if bytes.Equal(a, b) {
			t.Errorf("%s has the same mark", name)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := OpenKeyFile(path); tenon.CodeOf(err) != tenon.NotFound || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	made, err := CreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	if _, err := CreateKeyFile(path); tenon.CodeOf(err) != tenon.Conflict {
		t.Errorf("second creation: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the second creation changed the file")
	}
	read, err := OpenKeyFile(path)
	if err != nil || read.Fingerprint() != made.Fingerprint() {
		t.Fatalf("read %v, made %v: %v", read, made, err)
	}
	if got, err := read.Open(home, mustSeal(t, made, home, "hunter2")); err != nil || got.Reveal() != "hunter2" {
		t.Errorf("open with the read ring: %v", err)
	}
	if _, err := CreateKeyFile(filepath.Join(t.TempDir(), "no", "such", "folder")); tenon.CodeOf(err) != tenon.Unavailable {
		t.Errorf("creation in a missing folder: %v", err)
	}
}

// Of several processes that start at once one makes the file, and the others
// read it whole.
func TestKeyFileMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keys.json")
	var wg sync.WaitGroup
	var made atomic.Int32
	for range 8 {
		wg.Go(func() {
			_, err := CreateKeyFile(path)
			if err == nil {
				made.Add(1)
			} else if tenon.CodeOf(err) != tenon.Conflict {
				t.Error(err)
			}
			if _, err := OpenKeyFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if entries, err := os.ReadDir(dir); made.Load() != 1 || len(entries) != 1 || err != nil {
		t.Errorf("made %d times, files %v, %v", made.Load(), entries, err)
	}
}

func TestKeyFileRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := CreateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := string(good[bytes.Index(good, []byte(`"key": "`))+8:][:44])
	for name, tt := range map[string]struct{ content, want string }{
		"empty":         {"", "empty"},
		"cut":           {string(good[:len(good)/2]), "part of it is missing"},
		"not JSON":      {"hello", "not a key file"},
		"other JSON":    {`{"kind":"letter"}`, "not a key file"},
		"more after":    {string(good) + "{}", "not a key file"},
		"version":       {strings.Replace(string(good), `"version": 1`, `"version": 9`, 1), "version 9"},
		"no key":        {`{"version":1,"current":"","keys":[]}`, "no key"},
		"short key":     {strings.Replace(string(good), key, key[:20], 1), "key number 1 is damaged"},
		"other key":     {strings.Replace(string(good), key, base64.StdEncoding.EncodeToString(newKey()), 1), "does not fit its id"},
		"all zero":      {strings.Replace(string(good), key, base64.StdEncoding.EncodeToString(make([]byte, 32)), 1), "random"},
		"other current": {strings.Replace(string(good), `"current": "`, `"current": "00`, 1), "current key"},
		"too long":      {strings.Repeat(" ", maxKeyFile+1), "too long"},
	} {
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenKeyFile(path)
		if tenon.CodeOf(err) != tenon.Unavailable || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprint(err), key[:12]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o602} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKeyFile(path); tenon.CodeOf(err) != tenon.Unavailable || !strings.Contains(fmt.Sprint(err), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := OpenKeyFile(t.TempDir()); tenon.CodeOf(err) != tenon.Unavailable {
		t.Errorf("a folder: %v", err)
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	var k [2]string
	for i := range k {
		b := make([]byte, keySize)
		rand.Read(b)
		k[i] = base64.StdEncoding.EncodeToString(b)
	}
	one, err := ParseKeys(NewText(k[0] + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := mustSeal(t, one, home, "hunter2")
	two, err := ParseKeys(NewText(k[1] + ", " + strings.TrimRight(k[0], "=")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := two.Open(home, s); err != nil || got.Reveal() != "hunter2" || two.Current() == one.Current() || two.Keys()[0] != one.Current() {
		t.Errorf("a key put in front of the old one: %v", err)
	}
	for _, bad := range []string{"", " , ", "abc", k[0][:30], k[0] + "," + k[0], "!" + k[0]} {
		if _, err := ParseKeys(NewText(bad)); err == nil || (len(bad) > 20 && strings.Contains(err.Error(), bad[:20])) {
			t.Errorf("ParseKeys(%q): %v", bad, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	r, err := newRing([][]byte{bytes.Repeat([]byte{1, 2}, 16)})
	if err != nil {
		f.Fatal(err)
	}
	s, err := r.Seal(home, NewText("hunter2"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(s))
	f.Add([]byte{})
	f.Add([]byte(s[:valueStart]))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := r.Open(home, b)
		if err == nil && got.Reveal() != "hunter2" {
			t.Errorf("opened what was never sealed: %q", got.Reveal())
		}
		_, _ = r.Rewrap(b)
	})
}

func BenchmarkSeal(b *testing.B) {
	r, err := newRing([][]byte{newKey()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.Seal(home, NewText("correct horse battery staple")); err != nil {
			b.Fatal(err)
		}
	}
}

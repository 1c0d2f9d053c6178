package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tenonhq/tenon"
)

func setup(t *testing.T) (*Dir, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "files")
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, path
}

func put(t *testing.T, d *Dir, content string) Ref {
	t.Helper()
	ref, err := d.Put(t.Context(), strings.NewReader(content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// files returns the paths of all files in the directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPutOpen(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	for _, content := range []string{"", "hello", strings.Repeat("x", 300_000)} {
		ref := put(t, d, content)
		sum := sha256.Sum256([]byte(content))
		if want := (Ref{Hash: hex.EncodeToString(sum[:]), Size: int64(len(content))}); ref != want {
			t.Errorf("Put = %v, want %v", ref, want)
		}
		r, err := d.Open(t.Context(), ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, []byte(content)); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if again := put(t, d, content); again != ref {
			t.Errorf("put again: %v, want %v", again, ref)
		}
		info, err := os.Stat(filepath.Join(dir, ref.Hash[:2], ref.Hash[2:4], ref.Hash))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("stored as %v, %v", info, err)
		}
	}
	if got := files(t, dir); len(got) != 3 {
		t.Errorf("files: %v, want 3", got)
	}
}

func TestPutStoresNothingOnError(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	gone := errors.New("sender gone")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx   context.Context
		r     io.Reader
		check func(error) bool
	}{
		"too large": {t.Context(), strings.NewReader("12345678901"), func(err error) bool {
			return tenon.CodeOf(err) == tenon.TooLarge && strings.Contains(err.Error(), "10 bytes")
		}},
		"endless":     {t.Context(), endless{}, func(err error) bool { return tenon.CodeOf(err) == tenon.TooLarge }},
		"sender gone": {t.Context(), io.MultiReader(strings.NewReader("123"), iotest.ErrReader(gone)), func(err error) bool { return errors.Is(err, gone) && tenon.CodeOf(err) == tenon.Internal }},
		"cancelled":   {ended, strings.NewReader("123"), func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		if _, err := d.Put(tt.ctx, tt.r, 10); !tt.check(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := files(t, dir); got != nil {
		t.Errorf("left behind: %v", got)
	}
	if _, err := d.Put(t.Context(), strings.NewReader("1234567890"), 10); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// A file store whose disk fails says so in words and leaves nothing.
func TestPutWithoutDisk(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	if err := os.Remove(filepath.Join(dir, tempDir)); err != nil {
		t.Fatal(err)
	}
	_, err := d.Put(t.Context(), strings.NewReader("x"), 10)
	if tenon.CodeOf(err) != tenon.Unavailable || strings.Contains(tenon.MessageOf(err), dir) {
		t.Errorf("without a place for temporary files: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, tempDir), 0o700); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("x"))
	if err := os.WriteFile(filepath.Join(dir, hex.EncodeToString(sum[:1])), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(t.Context(), strings.NewReader("x"), 10); tenon.CodeOf(err) != tenon.Unavailable {
		t.Errorf("with a file where a directory belongs: %v", err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	for name, damage := range map[string]string{"turned": "hellO world", "cut": "hello", "longer": "hello world!", "empty": ""} {
		ref := put(t, d, "hello world")
		if err := os.WriteFile(filepath.Join(dir, ref.Hash[:2], ref.Hash[2:4], ref.Hash), []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := d.Open(t.Context(), ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		_ = r.Close()
	}
	// Storing the content again mends it.
	ref := put(t, d, "hello world")
	r, err := d.Open(t.Context(), ref.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); string(got) != "hello world" || err != nil {
		t.Errorf("after storing it again: %q, %v", got, err)
	}
}

func TestExistsRemove(t *testing.T) {
	t.Parallel()
	d, _ := setup(t)
	ctx := t.Context()
	ref := put(t, d, "hello")
	if ok, err := d.Exists(ctx, ref.Hash); !ok || err != nil {
		t.Errorf("Exists = %v, %v", ok, err)
	}
	for range 2 {
		if err := d.Remove(ctx, ref.Hash); err != nil {
			t.Error(err)
		}
	}
	if ok, err := d.Exists(ctx, ref.Hash); ok || err != nil {
		t.Errorf("after Remove: %v, %v", ok, err)
	}
	if _, err := d.Open(ctx, ref.Hash); tenon.CodeOf(err) != tenon.NotFound {
		t.Errorf("open after Remove: %v", err)
	}
	for _, bad := range []string{"", "x", "../../etc/passwd", strings.ToUpper(ref.Hash), ref.Hash + "0", strings.Repeat("/", 64), strings.Repeat(".", 64)} {
		if ok, err := d.Exists(ctx, bad); ok || err != nil {
			t.Errorf("Exists(%q) = %v, %v", bad, ok, err)
		}
		if _, err := d.Open(ctx, bad); tenon.CodeOf(err) != tenon.NotFound {
			t.Errorf("Open(%q): %v", bad, err)
		}
		if err := d.Remove(ctx, bad); err != nil {
			t.Errorf("Remove(%q): %v", bad, err)
		}
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	var want []Ref
	for _, c := range []string{"a", "bb", "ccc", "dddd"} {
		want = append(want, put(t, d, c))
	}
	slices.SortFunc(want, func(a, b Ref) int { return strings.Compare(a.Hash, b.Hash) })
	for _, stranger := range []string{"notes.txt", "tmp/half", want[0].Hash, want[0].Hash[:2] + "/x"} {
		if err := os.WriteFile(filepath.Join(dir, stranger), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []Ref
	if err := d.Walk(t.Context(), func(r Ref) error { got = append(got, r); return nil }); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Walk = %v, %v; want %v", got, err, want)
	}
	stop := errors.New("enough")
	if err := d.Walk(t.Context(), func(Ref) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Walk that is stopped: %v", err)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	ref := put(t, d, "hello")
	written := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"old", "young"} {
		if err := os.WriteFile(filepath.Join(dir, tempDir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, at := range map[string]time.Time{"old": written, "young": written.Add(90 * time.Minute)} {
		if err := os.Chtimes(filepath.Join(dir, tempDir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := d.Sweep(t.Context(), written.Add(2*time.Hour), time.Hour); n != 1 || err != nil {
		t.Errorf("Sweep = %d, %v", n, err)
	}
	if got := files(t, dir); len(got) != 2 || !slices.Contains(got, "tmp/young") {
		t.Errorf("left: %v", got)
	}
	if ok, _ := d.Exists(t.Context(), ref.Hash); !ok {
		t.Error("stored content was swept")
	}
}

func TestPutAtOnce(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	content := bytes.Repeat([]byte("same "), 10_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if _, err := d.Put(t.Context(), bytes.NewReader(content), 1<<20); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("files: %v, want 1", got)
	}
}

// A directory that links elsewhere does not lead the store out of its own.
func TestLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	d, dir := setup(t)
	outside := t.TempDir()
	sum := sha256.Sum256([]byte("x"))
	if err := os.Symlink(outside, filepath.Join(dir, hex.EncodeToString(sum[:1]))); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(t.Context(), strings.NewReader("x"), 10); err == nil {
		t.Error("stored through a link")
	}
	if got := files(t, outside); got != nil {
		t.Errorf("outside: %v", got)
	}
}

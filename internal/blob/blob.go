// Package blob keeps the content of attachments. What a file is called, what it
// hangs on and who may see it is in the database; here is only content, named
// by its SHA-256. Equal content is kept once.
//
// A [Dir] keeps it in a directory and reaches it through os.Root, so that no
// name leads outside. No text of a person ever becomes part of a path. A file
// appears under its name only when it is whole and on the disk: whatever is
// killed in between leaves a temporary file, which [Dir.Sweep] removes.
//
// Nothing here counts references. Content that no row names is found by the
// caller, who must let some time pass before removing it: between Put and the
// commit of the row it has no reference yet.
package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/tenonhq/tenon"
)

// Ref names stored content.
type Ref struct {
	Hash string // SHA-256 in lower-case hexadecimal digits
	Size int64
}

// ErrDamaged says that content is not what it was when it was stored.
var ErrDamaged = errors.New("content does not fit its hash")

const tempDir = "tmp"

// Dir stores content in a directory. It may be used by several goroutines, and
// the directory by several processes.
type Dir struct {
	root *os.Root
}

// OpenDir opens the directory, making it where it is missing.
func OpenDir(dir string) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the file store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the file store: %w", err)
	}
	if err := root.Mkdir(tempDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, errors.Join(fmt.Errorf("open the file store: %w", err), root.Close())
	}
	return &Dir{root: root}, nil
}

// Close lets go of the directory.
func (d *Dir) Close() error { return d.root.Close() }

// Put stores what r gives, at most limit bytes; more is TooLarge, and is noticed
// while reading. When Put returns without error the content is on the disk. On
// any error nothing is stored.
func (d *Dir) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	temp := path.Join(tempDir, rand.Text())
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Ref{}, storeError(err)
	}
	ref, err := write(ctx, f, r, limit)
	if err == nil {
		err = d.publish(temp, name(ref.Hash))
	}
	if err != nil {
		// Gone already when publish got as far as renaming it.
		_ = d.root.Remove(temp)
		return Ref{}, err
	}
	return ref, nil
}

// write fills the file, brings it to the disk and closes it.
func write(ctx context.Context, f *os.File, r io.Reader, limit int64) (Ref, error) {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(storeWriter{f}, sum), io.LimitReader(contextReader{ctx, r}, limit+1))
	if err == nil && n > limit {
		err = tenon.Errorf(tenon.TooLarge, "The file is larger than %s. Nothing was stored.", sizeText(limit))
	}
	if err == nil {
		err = storeError(f.Sync())
	}
	if closeErr := f.Close(); err == nil {
		err = storeError(closeErr)
	}
	return Ref{Hash: hex.EncodeToString(sum.Sum(nil)), Size: n}, err
}

// publish gives the temporary file its name. Content that is there already is
// replaced by the same content, which mends what a bad disk has damaged.
func (d *Dir) publish(temp, name string) error {
	dir := path.Dir(name)
	if _, err := d.root.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := d.root.MkdirAll(dir, 0o700); err != nil {
			return storeError(err)
		}
		for _, parent := range []string{path.Dir(dir), "."} {
			if err := d.syncDir(parent); err != nil {
				return storeError(err)
			}
		}
	}
	if err := d.root.Rename(temp, name); err != nil {
		return storeError(err)
	}
	return storeError(d.syncDir(dir))
}

func (d *Dir) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be synced there
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open returns the content. Reading it to the end checks the hash: where the
// content is not what was stored, the last Read gives ErrDamaged instead of
// io.EOF. There is no such content: NotFound.
func (d *Dir) Open(_ context.Context, hash string) (io.ReadCloser, error) {
	if !isHash(hash) {
		return nil, notFound()
	}
	f, err := d.root.Open(name(hash))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, notFound()
	case err != nil:
		return nil, storeError(err)
	}
	return &verifier{f: f, want: hash, sum: sha256.New()}, nil
}

// Exists reports whether the content is there, without reading it.
func (d *Dir) Exists(_ context.Context, hash string) (bool, error) {
	if !isHash(hash) {
		return false, nil
	}
	_, err := d.root.Stat(name(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, storeError(err)
}

// Remove removes the content. What is not there is removed already.
func (d *Dir) Remove(_ context.Context, hash string) error {
	if !isHash(hash) {
		return nil
	}
	if err := d.root.Remove(name(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return storeError(err)
	}
	return nil
}

// Walk calls fn for all content, in the order of the hashes, until fn returns
// an error, which Walk returns. Temporary files and strangers are passed over.
// What is stored or removed meanwhile may be seen or not.
func (d *Dir) Walk(ctx context.Context, fn func(Ref) error) error {
	return fs.WalkDir(d.root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed meanwhile
		case err != nil:
			return storeError(err)
		case p == tempDir:
			return fs.SkipDir
		case !e.Type().IsRegular() || !isHash(e.Name()) || p != name(e.Name()):
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return storeError(err)
		}
		return fn(Ref{Hash: e.Name(), Size: info.Size()})
	})
}

// Sweep removes temporary files that were last written more than age before
// now: what a killed process left. It returns how many. The age must be longer
// than any upload takes.
func (d *Dir) Sweep(ctx context.Context, now time.Time, age time.Duration) (removed int, err error) {
	entries, err := fs.ReadDir(d.root.FS(), tempDir)
	if err != nil {
		return 0, storeError(err)
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return removed, ctx.Err()
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) <= age {
			continue // gone meanwhile, or in use
		}
		if err := d.root.Remove(path.Join(tempDir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, storeError(err)
		}
		removed++
	}
	return removed, nil
}

// name returns where content lies: two levels of 256 directories, so that none
// gets long.
func name(hash string) string { return path.Join(hash[:2], hash[2:4], hash) }

func isHash(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

// verifier hashes what is read.
type verifier struct {
	f    *os.File
	want string
	sum  hash.Hash
}

func (v *verifier) Read(b []byte) (int, error) {
	n, err := v.f.Read(b)
	v.sum.Write(b[:n])
	if err == io.EOF && hex.EncodeToString(v.sum.Sum(nil)) != v.want {
		return n, fmt.Errorf("read %s: %w", v.want, ErrDamaged)
	}
	return n, err
}

func (v *verifier) Close() error { return v.f.Close() }

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// storeWriter tells errors of the disk from those of the sender.
type storeWriter struct{ f *os.File }

func (w storeWriter) Write(b []byte) (int, error) {
	n, err := w.f.Write(b)
	return n, storeError(err)
}

// storeError says in words what the disk refused. It must not be used on errors
// of the sender.
func storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &tenon.Error{Code: tenon.Unavailable, Message: "There is no room left where files are stored. Nothing was stored. Free some space and try again.", Err: err}
	}
	return &tenon.Error{Code: tenon.Unavailable, Message: "The place where files are stored does not work. Try again, and tell your administrator.", Err: err}
}

func notFound() error {
	return tenon.Errorf(tenon.NotFound, "The content of this file is missing.")
}

func sizeText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

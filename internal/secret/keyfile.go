package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tenonhq/tenon"
)

// maxKeyFile is far more than any key file needs.
const maxKeyFile = 64 << 10

// keyFile is the file as it is written.
type keyFile struct {
	Note    string         `json:"note"`
	Version int            `json:"version"`
	Current string         `json:"current"`
	Keys    []keyFileEntry `json:"keys"` // oldest first
}

type keyFileEntry struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

const keyFileNote = "Keys of Tenon's vault. Whoever has this file and the database can read every password; without it nobody can. Keep a copy apart from the backups."

// CreateKeyFile makes a key file with one fresh key, readable by its owner
// only, and returns its ring. It never overwrites: a file that is there already
// is a Conflict.
func CreateKeyFile(path string) (*Ring, error) {
	r, err := newRing([][]byte{newKey()})
	if err != nil {
		return nil, err
	}
	switch err := createKeys(path, r); {
	case errors.Is(err, fs.ErrExist):
		return nil, tenon.Errorf(tenon.Conflict, "The key file %s is there already. It was not changed.", path)
	case err != nil:
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s cannot be made: %s.", path, reason(err))
	}
	return r, nil
}

// createKeys makes the file at once or not at all: it is written under another
// name and then linked, which fails where the name is taken. So a second process
// that starts at the same moment never reads half a file.
func createKeys(path string, r *Ring) error {
	dir := filepath.Dir(path)
	temp, err := tempKeys(dir, r)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }()
	if err := os.Link(temp, path); err == nil || errors.Is(err, fs.ErrExist) {
		return errors.Join(err, syncDir(dir))
	}
	// Some file systems have no links.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := writeKeys(f, r); err != nil {
		_ = os.Remove(path)
		return err
	}
	return syncDir(dir)
}

// OpenKeyFile reads a key file. A file that is missing is NotFound; one that
// cannot be read, that others can read, or is malformed is Unavailable.
// Each error says in words what to do.
func OpenKeyFile(path string) (*Ring, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, tenon.Errorf(tenon.NotFound, "The key file %s is missing. Without it the passwords in this database cannot be read. Put the file back from your copy of it.", path)
	case err != nil:
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s cannot be opened: %s.", path, reason(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s cannot be read: %s.", path, reason(err))
	}
	if !info.Mode().IsRegular() {
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s is not a file.", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s is open to other users of this machine (mode %04o). Run \"chmod 600 %s\".", path, mode, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s cannot be read: %s.", path, reason(err))
	}
	r, err := parseKeyFile(b)
	if err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s is not usable: %s. Put the file back from your copy of it.", path, strings.TrimSuffix(err.Error(), "."))
	}
	return r, nil
}

// parseKeyFile reads the content of a key file. Its errors never quote
// the content.
func parseKeyFile(b []byte) (*Ring, error) {
	switch {
	case len(b) == 0:
		return nil, errors.New("it is empty")
	case len(b) > maxKeyFile:
		return nil, errors.New("it is far too long")
	}
	var kf keyFile
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if dec.Decode(&kf) != nil || dec.Decode(new(any)) != io.EOF {
		return nil, errors.New("it is not a key file, or part of it is missing")
	}
	if kf.Version != 1 {
		return nil, fmt.Errorf("it has version %d, and this Tenon knows only version 1", kf.Version)
	}
	var raw [][]byte
	for n, e := range kf.Keys {
		k, err := decodeKey(e.Key)
		if err != nil || len(k) != keySize {
			return nil, fmt.Errorf("key number %d is damaged", n+1)
		}
		raw = append(raw, k)
	}
	r, err := newRing(raw)
	if err != nil {
		return nil, err
	}
	for n, e := range kf.Keys {
		if r.keys[n].id.String() != e.ID {
			return nil, fmt.Errorf("key number %d does not fit its id", n+1)
		}
	}
	if r.Current().String() != kf.Current {
		return nil, errors.New("the current key is not its last one")
	}
	return r, nil
}

// AddKey adds a fresh key to the key file, makes it the current one, and
// returns the new ring. Values sealed before still open. Every process that
// uses the file must open it again before it can read what is sealed from now
// on.
func AddKey(path string) (*Ring, error) {
	return changeKeys(path, func(raw [][]byte, _ *Ring) ([][]byte, error) {
		return append(raw, newKey()), nil
	})
}

// RemoveKey takes an old key out of the file for good. Whatever is still sealed
// under it is lost, so the caller must have rewrapped everything. The current
// key cannot be removed.
func RemoveKey(path string, id KeyID) (*Ring, error) {
	return changeKeys(path, func(raw [][]byte, r *Ring) ([][]byte, error) {
		switch {
		case r.key(id) == nil:
			return nil, tenon.Errorf(tenon.NotFound, "Key %s is not in the key file %s.", id, path)
		case id == r.Current():
			return nil, tenon.Errorf(tenon.Conflict, "Key %s is the current one and cannot be removed. Add a new key first.", id)
		}
		var kept [][]byte
		for _, k := range r.keys {
			if k.id != id {
				kept = append(kept, k.raw)
			}
		}
		return kept, nil
	})
}

// changeKeys replaces the file as a whole: a crash leaves the old or the new.
func changeKeys(path string, change func(raw [][]byte, r *Ring) ([][]byte, error)) (*Ring, error) {
	old, err := OpenKeyFile(path)
	if err != nil {
		return nil, err
	}
	var raw [][]byte
	for _, k := range old.keys {
		raw = append(raw, k.raw)
	}
	if raw, err = change(raw, old); err != nil {
		return nil, err
	}
	r, err := newRing(raw)
	if err != nil {
		return nil, err
	}
	if err := replaceKeys(path, r); err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The key file %s cannot be written: %s. It was not changed.", path, reason(err))
	}
	return r, nil
}

func replaceKeys(path string, r *Ring) error {
	dir := filepath.Dir(path)
	temp, err := tempKeys(dir, r)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncDir(dir)
}

// tempKeys writes the ring to a new file in the directory, readable by its owner
// only, and returns its name.
func tempKeys(dir string, r *Ring) (string, error) {
	f, err := os.CreateTemp(dir, ".keys-*")
	if err != nil {
		return "", err
	}
	if err := writeKeys(f, r); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// writeKeys writes the ring, brings it to the disk and closes the file.
func writeKeys(f *os.File, r *Ring) error {
	kf := keyFile{Note: keyFileNote, Version: 1, Current: r.Current().String()}
	for _, k := range r.keys {
		kf.Keys = append(kf.Keys, keyFileEntry{ID: k.id.String(), Key: base64.StdEncoding.EncodeToString(k.raw)})
	}
	b, err := json.MarshalIndent(kf, "", "  ")
	if err == nil {
		_, err = f.Write(append(b, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir brings a new name to the disk; without it a power cut could lose the
// only copy of a key that has already sealed something.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && runtime.GOOS != "windows" {
		return err
	}
	return nil
}

// reason returns the cause without the operation and the path, which the
// message names already.
func reason(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		return le.Err.Error()
	}
	return err.Error()
}

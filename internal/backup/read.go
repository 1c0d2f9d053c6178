package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Limits of what is read into memory of an archive that may be anybody's.
const (
	maxHeader = 8 << 20
	maxLine   = 256 << 20
)

// damaged refuses an archive whose content does not hold together.
func damaged(err error) error {
	e := tenon.Errorf(tenon.Invalid, "The backup file is damaged or not complete. Nothing was changed. Use another copy of it.")
	e.Err = err
	return e
}

// visitor is what somebody wants of an archive; nil members are passed over.
type visitor struct {
	header func(*Header) error
	table  func(store.CopyTable) error
	row    func(line []byte) error
	file   func(hash string, size int64, r io.Reader) error
}

// Inspect reads an archive from beginning to end, checks every hash, and
// returns what is in it. It changes nothing.
func Inspect(ctx context.Context, r io.Reader, with ...age.Identity) (*Manifest, error) {
	return read(ctx, r, visitor{}, with)
}

// reader walks through an archive.
type reader struct {
	ctx    context.Context
	visit  visitor
	header Header
	found  Manifest
	at     int       // index of the table at work, in the header's order
	sum    *hashRows // of that table
}

// hashRows counts and hashes lines.
type hashRows struct {
	io.Writer
	content Content
	digest  func() string
}

func newHashRows(table string) *hashRows {
	h := sha256.New()
	return &hashRows{Writer: h, content: Content{Table: table}, digest: func() string { return digest(h) }}
}

func read(ctx context.Context, r io.Reader, v visitor, with []age.Identity) (*Manifest, error) {
	plain, err := age.Decrypt(r, with...)
	if err != nil {
		var wrong *age.NoIdentityMatchError
		if errors.As(err, &wrong) {
			return nil, tenon.Errorf(tenon.Invalid, "The backup file does not open with this key or passphrase. Nothing was changed. Give the right one with --identity or --passphrase-file.")
		}
		return nil, damaged(err)
	}
	packed, err := gzip.NewReader(plain)
	if err != nil {
		return nil, damaged(err)
	}
	a := &reader{ctx: ctx, visit: v, at: -1}
	m, err := a.entries(tar.NewReader(packed))
	if err != nil {
		return nil, err
	}
	// What follows the archive is part of the check, too: age seals its end.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return nil, damaged(err)
	}
	return m, nil
}

func (a *reader) entries(t *tar.Reader) (*Manifest, error) {
	var said *Manifest
	for n := 0; ; n++ {
		if err := a.ctx.Err(); err != nil {
			return nil, err
		}
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, damaged(err)
		}
		kind, name, _ := strings.Cut(h.Name, "/")
		switch {
		case n == 0 && h.Name == "header.json":
			err = a.readHeader(t)
		case n > 0 && kind == "tables":
			err = a.readRows(t, name)
		case n > 0 && kind == "files":
			err = a.readFile(t, name, h.Size)
		case n > 0 && h.Name == "manifest.json":
			said, err = a.readManifest(t)
		default:
			err = damaged(fmt.Errorf("unexpected entry %q", h.Name))
		}
		if err != nil {
			return nil, err
		}
	}
	if said == nil {
		return nil, damaged(errors.New("it has no manifest"))
	}
	return said, nil
}

func (a *reader) readHeader(r io.Reader) error {
	if err := json.NewDecoder(io.LimitReader(r, maxHeader)).Decode(&a.header); err != nil {
		return damaged(err)
	}
	if a.header.Format > Format {
		return tenon.Errorf(tenon.Conflict, "This backup was made by a newer Tenon (%s), whose backups this one cannot read. Nothing was changed. Use the newer version.", a.header.Version)
	}
	if a.visit.header != nil {
		return a.visit.header(&a.header)
	}
	return nil
}

// enter moves to the table of that name, past tables without rows.
func (a *reader) enter(name string) error {
	for a.at < 0 || a.header.Tables[a.at].Name != name {
		a.leave()
		if a.at++; a.at >= len(a.header.Tables) {
			return damaged(fmt.Errorf("table %q is out of order", name))
		}
		a.sum = newHashRows(a.header.Tables[a.at].Name)
		if a.visit.table != nil {
			if err := a.visit.table(a.header.Tables[a.at]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *reader) leave() {
	if a.sum != nil {
		a.sum.content.Hash = a.sum.digest()
		a.found.Contents = append(a.found.Contents, a.sum.content)
		a.sum = nil
	}
}

func (a *reader) readRows(r io.Reader, part string) error {
	table := part
	if dot := strings.LastIndexByte(part, '.'); dot >= 0 {
		table = part[:dot]
	}
	if err := a.enter(table); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		a.sum.content.Rows++
		if _, err := a.sum.Write(line); err != nil {
			return err
		}
		if a.visit.row != nil {
			if err := a.visit.row(line); err != nil {
				return err
			}
		}
	}
}

// readLine returns the next line with its end, at most maxLine long.
func readLine(r *bufio.Reader) ([]byte, error) {
	var long []byte
	for {
		piece, err := r.ReadSlice('\n')
		if err == nil && long == nil {
			return piece, nil
		}
		long = append(long, piece...)
		switch {
		case err == nil:
			return long, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(long) < maxLine:
			continue
		case errors.Is(err, io.EOF) && len(long) > 0:
			return nil, errors.New("a row is cut off")
		}
		return nil, err
	}
}

func (a *reader) readFile(r io.Reader, hash string, size int64) error {
	sum := sha256.New()
	body := io.TeeReader(r, sum)
	if a.visit.file != nil {
		if err := a.visit.file(hash, size, body); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return damaged(err)
	}
	if digest(sum) != hash {
		return damaged(fmt.Errorf("file %s has another content", hash))
	}
	a.found.Files++
	a.found.FileBytes += size
	return nil
}

// readManifest compares what the archive says with what was found.
func (a *reader) readManifest(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxHeader))
	if err != nil {
		return nil, damaged(err)
	}
	for a.at < len(a.header.Tables)-1 {
		if err := a.enter(a.header.Tables[a.at+1].Name); err != nil {
			return nil, err
		}
	}
	a.leave()
	said := &Manifest{}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(said); err != nil {
		return nil, damaged(err)
	}
	switch {
	case said.Census != census(a.found.Contents) || said.Census != census(said.Contents):
		return nil, damaged(errors.New("the rows are not those of the manifest"))
	case said.Files != a.found.Files || said.FileBytes != a.found.FileBytes:
		return nil, damaged(errors.New("the files are not those of the manifest"))
	}
	return said, nil
}

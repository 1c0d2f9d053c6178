// Package backup copies a whole installation into one encrypted file, and back.
//
// The file is a tar archive, compressed, inside the age format, so that it can
// be opened on the worst day without Tenon:
//
//	header.json        what is needed to decide whether it can be restored
//	tables/NAME.00001  the rows, a JSON array a line, the same from both databases
//	files/SHA256       attachments
//	manifest.json      how much of everything, and the hashes; last, so that
//	                   an archive that was cut off has none
//
// The vault's keys are never inside: whoever finds the file and its key still
// reads no password. The header names the keys that will be needed.
//
// Restoring reads the archive through before it touches anything, and replaces
// the data in one transaction.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"filippo.io/age"

	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Format is the version of the archive's layout.
const Format = 1

// Header says what an archive is.
type Header struct {
	Format    int       `json:"format"`
	Version   string    `json:"version"` // of the program that wrote it
	Engine    string    `json:"engine"`
	CreatedAt time.Time `json:"created_at"`
	Steps     []string  `json:"schema_steps"`
	// Keys names the vault's keys that open what is sealed inside, "" where
	// nothing is.
	Keys   string            `json:"keys"`
	NextID int64             `json:"next_id"`
	Tables []store.CopyTable `json:"tables"`
}

// Manifest is the header with what was found to be in the archive.
type Manifest struct {
	Header
	Contents  []Content `json:"contents"`
	Files     int64     `json:"files"`
	FileBytes int64     `json:"file_bytes"`
	// Census is one hash over all rows: equal data has an equal census,
	// whichever database it lies in.
	Census string `json:"census"`
}

// Content counts and hashes the rows of one table.
type Content struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Hash  string `json:"hash"`
}

// Rows returns how many rows of the table are in the archive.
func (m *Manifest) Rows(table string) int64 {
	for _, c := range m.Contents {
		if c.Table == table {
			return c.Rows
		}
	}
	return 0
}

// census hashes the contents of all tables.
func census(contents []Content) string {
	h := sha256.New()
	for _, c := range contents {
		fmt.Fprintf(h, "%s %d %s\n", c.Table, c.Rows, c.Hash)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Installation is what is copied out or replaced.
type Installation struct {
	Store *store.Store
	Files *blob.Dir
	Keys  *secret.Ring
	Now   func() time.Time
	// Version of this program, for the header.
	Version string
	// Progress, when set, is told how many rows and files are done.
	Progress func(done int64)
}

func (in *Installation) progress(done int64) {
	if in.Progress != nil {
		in.Progress(done)
	}
}

// Write copies the installation into w, encrypted for the recipients. It sees
// one state of the database, whatever is written meanwhile.
func Write(ctx context.Context, w io.Writer, in Installation, to ...age.Recipient) (*Manifest, error) {
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt backup: %w", err)
	}
	packed, err := gzip.NewWriterLevel(sealed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	a := &writer{ctx: ctx, in: in, tar: tar.NewWriter(packed)}
	if err := a.all(); err != nil {
		return nil, err
	}
	for _, c := range []io.Closer{a.tar, packed, sealed} {
		if err := c.Close(); err != nil {
			return nil, fmt.Errorf("finish backup: %w", err)
		}
	}
	return &a.manifest, nil
}

// writer fills an archive.
type writer struct {
	ctx      context.Context
	in       Installation
	tar      *tar.Writer
	manifest Manifest
	done     int64
}

func (a *writer) all() error {
	if err := a.in.Store.Read(a.ctx, a.rows); err != nil {
		return fmt.Errorf("copy tables: %w", err)
	}
	if err := a.files(); err != nil {
		return fmt.Errorf("copy files: %w", err)
	}
	a.manifest.Census = census(a.manifest.Contents)
	return a.json("manifest.json", a.manifest)
}

// rows writes the header and every table, from one snapshot.
func (a *writer) rows(tx *store.Tx) error {
	a.manifest = Manifest{Header: Header{Format: Format, Version: a.in.Version, Engine: a.in.Store.Engine(), CreatedAt: a.in.Now().UTC()}}
	m := &a.manifest
	var err error
	if m.Tables, err = tx.SystemCopyTables(); err != nil {
		return err
	}
	if m.Steps, err = tx.SystemSchemaSteps(); err != nil {
		return err
	}
	if m.NextID, err = tx.SystemPeekID(); err != nil {
		return err
	}
	n, err := tx.SystemCountSealed()
	if err != nil {
		return err
	}
	if n > 0 && a.in.Keys != nil {
		m.Keys = a.in.Keys.Fingerprint()
	}
	if err := a.json("header.json", m.Header); err != nil {
		return err
	}
	for _, t := range m.Tables {
		c, err := a.table(tx, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		m.Contents = append(m.Contents, c)
	}
	return nil
}

// partSize is how much of a table is kept in memory until its length is known.
const partSize = 1 << 20

func (a *writer) table(tx *store.Tx, t store.CopyTable) (Content, error) {
	c := Content{Table: t.Name}
	sum := sha256.New()
	part, parts := make([]byte, 0, partSize+partSize/4), 0
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		parts++
		err := a.entry(fmt.Sprintf("tables/%s.%05d", t.Name, parts), part)
		part = part[:0]
		return err
	}
	err := tx.SystemCopyOut(t, func(line []byte) error {
		c.Rows++
		a.done++
		sum.Write(line)
		if part = append(part, line...); len(part) < partSize {
			return nil
		}
		a.in.progress(a.done)
		return flush()
	})
	if err != nil {
		return c, err
	}
	c.Hash = digest(sum)
	return c, flush()
}

func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// files copies every stored file. Content is named by its hash and never
// changes, so a walk after the snapshot has at least what the snapshot refers to.
func (a *writer) files() error {
	return a.in.Files.Walk(a.ctx, func(ref blob.Ref) error {
		f, err := a.in.Files.Open(a.ctx, ref.Hash)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := a.tar.WriteHeader(a.head("files/"+ref.Hash, ref.Size)); err != nil {
			return err
		}
		if _, err := io.CopyN(a.tar, f, ref.Size); err != nil {
			return fmt.Errorf("%s: %w", ref.Hash, err)
		}
		a.manifest.Files++
		a.manifest.FileBytes += ref.Size
		a.done++
		a.in.progress(a.done)
		return nil
	})
}

func (a *writer) head(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.manifest.CreatedAt, Format: tar.FormatPAX}
}

func (a *writer) entry(name string, content []byte) error {
	if err := a.tar.WriteHeader(a.head(name, int64(len(content)))); err != nil {
		return err
	}
	_, err := a.tar.Write(content)
	return err
}

func (a *writer) json(name string, doc any) error {
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	return a.entry(name, append(b, '\n'))
}

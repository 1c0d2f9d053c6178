package export

import (
	"context"
	"hash/crc32"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// files makes the next piece of attached files, and the list of them.
func (w *working) files(ctx context.Context) error {
	next := w.at
	after := int64(0)
	if next.Cursor != "" {
		var err error
		if after, err = strconv.ParseInt(next.Cursor, 10, 64); err != nil {
			return err
		}
	}
	var found []store.ExportedFile
	err := w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.ListExportedFiles(w.v, w.x.Org, after, min(maxFiles, w.e.rows))
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		next.Step, next.Cursor, next.File = next.Step+1, "", 0
		return w.move(ctx, next)
	}
	n, size := 0, int64(0)
	for n < len(found) && (n == 0 || size+found[n].Size <= maxBytes) {
		size += found[n].Size
		n++
	}
	found = found[:n]
	next.Cursor, next.File = strconv.FormatInt(found[n-1].ID, 10), next.File+1
	// What is there is found out before the piece is begun.
	sums := make([]uint32, n)
	there := make([]bool, n)
	for i := range found {
		if sums[i], there[i], err = w.sum(ctx, &found[i]); err != nil {
			return err
		}
		if there[i] {
			next.Files++
		} else {
			next.Missing++
		}
	}
	return w.write(ctx, next, func(p *piece) error { return w.fill(ctx, p, found, sums, there) })
}

// sum reads a file, for its sum and to see whether it is what was stored.
func (w *working) sum(ctx context.Context, f *store.ExportedFile) (sum uint32, there bool, err error) {
	in, err := w.e.o.Files.Open(ctx, f.Hash)
	if tenon.CodeOf(err) == tenon.NotFound {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	h := crc32.NewIEEE()
	n, err := io.Copy(h, in)
	closed := in.Close()
	if ctx.Err() != nil {
		return 0, false, ctx.Err()
	}
	return h.Sum32(), err == nil && closed == nil && n == f.Size, nil
}

func (w *working) fill(ctx context.Context, p *piece, found []store.ExportedFile, sums []uint32, there []bool) error {
	l, err := newSheet("attachments", "Id", "File", "Type", "Size", "Organization id", "Organization", "On", "Record id", "Record", "In this file", "Created")
	if err != nil {
		return err
	}
	for i := range found {
		f := &found[i]
		name, on := "", "organization"
		if f.Kind != 0 {
			on = f.Kind.String()
		}
		if there[i] {
			name = path.Join("attachments", strconv.FormatInt(f.Record, 10), strconv.FormatInt(f.ID, 10)+" "+safe(f.Attachment.Name))
			if err := w.fillOne(ctx, p, name, f, sums[i]); err != nil {
				return err
			}
		}
		org, of := f.Org.String(), f.OrgName
		err := l.add([]string{strconv.FormatInt(f.ID, 10), f.Attachment.Name, f.ContentType, strconv.FormatInt(f.Size, 10), org, of, on,
			strconv.FormatInt(f.Record, 10), f.Name, name, stamp(f.CreatedAt)})
		if err != nil {
			return err
		}
	}
	text, err := l.done()
	if err != nil {
		return err
	}
	return p.add(numbered(l.name, w.at.File)+".csv", text)
}

func (w *working) fillOne(ctx context.Context, p *piece, name string, f *store.ExportedFile, sum uint32) error {
	in, err := w.e.o.Files.Open(ctx, f.Hash)
	if err != nil {
		return err
	}
	defer in.Close()
	return p.put(entry{Name: name, Method: stored, CRC: sum, Size: f.Size, Packed: f.Size}, in)
}

// safe is a name that no file system refuses and no program takes for a path.
func safe(name string) string {
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name), ". ")
}

package backup

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Source opens the archive again from its beginning: it is read several times.
type Source func() (io.ReadCloser, error)

// Check reads the archive through and tells whether it can be restored here:
// whole, of this schema, with its keys at hand. It changes nothing.
func Check(ctx context.Context, src Source, in Installation, with ...age.Identity) (*Manifest, error) {
	var here []string
	err := in.Store.Read(ctx, func(tx *store.Tx) (err error) {
		here, err = tx.SystemSchemaSteps()
		return err
	})
	if err != nil {
		return nil, err
	}
	var m *Manifest
	err = each(src, func(r io.Reader) (err error) {
		m, err = read(ctx, r, visitor{header: func(h *Header) error { return fits(h, here, in) }}, with)
		return err
	})
	return m, err
}

// fits refuses, by its header alone, an archive that cannot be restored here.
func fits(h *Header, here []string, in Installation) error {
	for _, step := range h.Steps {
		if !slices.Contains(here, step) {
			return tenon.Errorf(tenon.Conflict, "This backup was made by a newer Tenon (%s): its schema has the step %s. Nothing was changed. Restore it with the newer version.", h.Version, step)
		}
	}
	for _, step := range here {
		if !slices.Contains(h.Steps, step) {
			return tenon.Errorf(tenon.Conflict, "This backup was made by an older Tenon (%s), before the schema step %s. Nothing was changed. Restore it with that version, then start this one.", h.Version, step)
		}
	}
	if in.Keys == nil {
		return nil
	}
	if missing := in.Keys.Missing(h.Keys); len(missing) > 0 {
		return tenon.Errorf(tenon.Conflict, "The passwords in this backup are sealed with keys that are not here (%s). Nothing was changed. Put the key file of that installation in place first.", strings.Join(missing, ", "))
	}
	return nil
}

// each opens the source for one reading.
func each(src Source, fn func(io.Reader) error) error {
	r, err := src()
	if err != nil {
		return err
	}
	defer r.Close()
	return fn(r)
}

// Restore replaces the installation by the archive: first it checks it, as
// Check does; then it adds the files, which harms nothing; then it replaces all
// rows in one transaction. Until that commits, everything is as it was.
func Restore(ctx context.Context, src Source, in Installation, with ...age.Identity) (*Manifest, error) {
	m, err := Check(ctx, src, in, with...)
	if err != nil {
		return nil, err
	}
	var done int64
	err = each(src, func(r io.Reader) error {
		_, err := read(ctx, r, visitor{file: func(hash string, size int64, content io.Reader) error {
			ref, err := in.Files.Put(ctx, content, size)
			if err == nil && ref.Hash != hash {
				return damaged(fmt.Errorf("file %s has another content", hash))
			}
			done++
			in.progress(done)
			return err
		}}, with)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("restore files: %w", err)
	}
	files := done
	err = in.Store.Replace(ctx, m.NextID, func(to *store.Replacement) error {
		done = files
		return each(src, func(r io.Reader) error {
			_, err := read(ctx, r, visitor{table: to.Table, row: func(line []byte) error {
				if done++; done%1000 == 0 {
					in.progress(done)
				}
				return to.Row(line)
			}}, with)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("restore rows: %w", err)
	}
	return m, nil
}

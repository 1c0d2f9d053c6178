package check

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// secretsOpen is I11: every sealed value opens in its place under a known key.
// What it says goes nowhere.
func secretsOpen(r *run) error {
	if r.o.Keys == nil {
		return nil
	}
	return r.tx.SystemSealed(func(s store.SealedRow) error {
		place := secret.Place{Item: tenon.ItemID(s.Record), Binder: s.Binder, Field: s.Field}
		_, err := r.o.Keys.Open(place, s.Sealed)
		if err == nil {
			return nil
		}
		what := "is sealed under a key that is not in the key file"
		if !errors.Is(err, secret.ErrUnknownKey) {
			what = "does not open: it is damaged, or in the wrong place"
		}
		where := s.Field
		if s.Version != 0 {
			where = fmt.Sprintf("%s in version %d", s.Field, s.Version)
		}
		r.add(fmt.Sprintf("item %d", s.Record), "Its %s %s.", where, what)
		return nil
	})
}

// filesAreThere is I12: every file that the database names is in the file
// store, and says what it said.
func filesAreThere(r *run) error {
	if r.o.Blobs == nil {
		return nil
	}
	if !r.o.Deep {
		r.note("Files were looked for, and not read.")
	}
	return r.tx.SystemFiles(func(f store.FileRow) error {
		subject := fmt.Sprintf("%s %d", f.Owner, f.ID)
		in, err := r.o.Blobs.Open(r.tx.Context(), f.Hash)
		if tenon.CodeOf(err) == tenon.NotFound {
			r.add(subject, "Its file is missing.")
			return nil
		}
		if err != nil {
			return err
		}
		if !r.o.Deep {
			return in.Close()
		}
		h := sha256.New()
		n, err := io.Copy(h, in)
		if closeErr := in.Close(); err == nil && closeErr != nil {
			return closeErr
		}
		switch {
		case err != nil || hex.EncodeToString(h.Sum(nil)) != f.Hash:
			r.add(subject, "Its file is not what was stored.")
		case f.Size != 0 && n != f.Size:
			r.add(subject, "Its file has %d bytes, and the record says %d.", n, f.Size)
		}
		return nil
	})
}

// searchAgrees is I13: search, and the look-up rows, say of each record what
// the record says, in its binder.
func searchAgrees(r *run) error {
	err := r.rules(
		rule{store.ProbeSearchMissing, "record {id}", "Search does not find \"{text}\"."},
		rule{store.ProbeSearchExtra, "record {id}", "Search finds it, and it does not exist."},
	)
	if err != nil {
		return err
	}
	last, err := r.tx.SystemLastRecord()
	if err != nil {
		return err
	}
	// A database of a million items takes a minute to compare whole: without
	// Deep, a few records are taken all along.
	const small, samples, sample = 20000, 20, 5
	whole := r.o.Deep || last <= small
	if !whole {
		r.note(fmt.Sprintf("Search and look-up rows were compared for %d samples of %d organizations and items.", samples, sample))
	}
	d, err := r.tx.SystemDerived(whole)
	if err != nil {
		return err
	}
	for _, items := range []bool{false, true} {
		if whole {
			err = errors.Join(err, r.derived(d, items, 0, 500, last))
			continue
		}
		for i := range int64(samples) {
			from := last / samples * i
			err = errors.Join(err, r.derived(d, items, from, sample, from))
		}
	}
	return err
}

// derived compares what is derived from records, page after page, from one id
// until another is passed.
func (r *run) derived(d *store.Derived, items bool, from int64, page int, until int64) error {
	for {
		faults, next, err := d.Page(items, from, page)
		if err != nil {
			return err
		}
		for _, f := range faults {
			r.add(fmt.Sprintf("record %d", f.ID), "What is derived from it is out of date: %s.", f.Text)
		}
		if next == 0 || next >= until {
			return nil
		}
		from = next
	}
}

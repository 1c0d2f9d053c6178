package store

import (
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
)

// CopySource is an account of another system that is copied from.
type CopySource struct {
	ID  int64
	URL string
	// Sealed is the key to it, while a copy runs.
	Sealed []byte
}

// SystemCopySource returns the source at this address, or NotFound.
func (tx *Tx) SystemCopySource(url string) (*CopySource, error) {
	found, err := list(tx, func(r Scanner, s *CopySource) error { return r.Scan(&s.ID, &s.URL, &s.Sealed) },
		`SELECT id, url, key_sealed FROM copy_sources WHERE url = $1`, url)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, tenon.Errorf(tenon.NotFound, "Nothing was copied from %s yet.", url)
	}
	return &found[0], nil
}

// InsertCopySource files a new source.
func (tx *Tx) InsertCopySource(s CopySource) error {
	return tx.run(`INSERT INTO copy_sources (id, url, created_at) VALUES ($1, $2, $3)`, s.ID, s.URL, micros(tx.now))
}

// SetCopyKey keeps the sealed key of a source; nil forgets it.
func (tx *Tx) SetCopyKey(source int64, sealed []byte) error {
	return tx.run(`UPDATE copy_sources SET key_sealed = $1 WHERE id = $2`, sealed, source)
}

// CopyTie says which of our records one of a source became.
type CopyTie struct {
	External string
	Local    int64
	Hash     string
	Version  int64
}

// tieBatch is how many ids one statement asks for.
const tieBatch = 500

// SystemCopyTies returns the ties of these records of a source, by external id.
func (tx *Tx) SystemCopyTies(source int64, resource string, external []string) (map[string]CopyTie, error) {
	out := make(map[string]CopyTie, len(external))
	for part := range slices.Chunk(external, tieBatch) {
		var a args
		where := "source_id = " + a.add(source) + " AND resource = " + a.add(resource)
		marks := make([]string, len(part))
		for i, id := range part {
			marks[i] = a.add(id)
		}
		found, err := list(tx, scanTie, `SELECT external_id, local_id, hash, version FROM copy_ties WHERE `+where+
			` AND external_id IN (`+strings.Join(marks, ", ")+`)`, a...)
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			out[t.External] = t
		}
	}
	return out, nil
}

func scanTie(r Scanner, t *CopyTie) error { return r.Scan(&t.External, &t.Local, &t.Hash, &t.Version) }

// SystemListCopyTies returns up to limit ties of a resource behind the external
// id, in the order of these.
func (tx *Tx) SystemListCopyTies(source int64, resource, after string, limit int) ([]CopyTie, error) {
	return list(tx, scanTie, `SELECT external_id, local_id, hash, version FROM copy_ties
		WHERE source_id = $1 AND resource = $2 AND external_id > $3 ORDER BY external_id LIMIT $4`, source, resource, after, limit)
}

// SystemCountCopyTies counts what is tied, by resource.
func (tx *Tx) SystemCountCopyTies(source int64) (map[string]int64, error) {
	type line struct {
		resource string
		n        int64
	}
	found, err := list(tx, func(r Scanner, l *line) error { return r.Scan(&l.resource, &l.n) },
		`SELECT resource, count(*) FROM copy_ties WHERE source_id = $1 GROUP BY resource`, source)
	out := map[string]int64{}
	for _, l := range found {
		out[l.resource] = l.n
	}
	return out, err
}

// PutCopyTies writes ties, new or changed. None is there twice.
func (tx *Tx) PutCopyTies(source int64, resource string, ties []CopyTie) error {
	rows := make([][]any, len(ties))
	for i, t := range ties {
		rows[i] = []any{source, resource, t.External, t.Local, t.Hash, t.Version}
	}
	return tx.insertMany("copy_ties (source_id, resource, external_id, local_id, hash, version)", 6, rows,
		` ON CONFLICT (source_id, resource, external_id) DO UPDATE SET local_id = excluded.local_id, hash = excluded.hash, version = excluded.version`)
}

// DeleteCopyTies forgets the ties of a source to these records: they were
// taken back, and may come again.
func (tx *Tx) DeleteCopyTies(source int64, resource string, local []int64) error {
	for part := range slices.Chunk(local, tieBatch) {
		var a args
		where := "source_id = " + a.add(source) + " AND resource = " + a.add(resource)
		if err := tx.run(`DELETE FROM copy_ties WHERE `+where+` AND local_id IN (`+a.marks(part)+`)`, a...); err != nil {
			return err
		}
	}
	return nil
}

// SystemTiedTo tells whether a record of ours is tied to one of the source.
func (tx *Tx) SystemTiedTo(source int64, resource string, local int64) (bool, error) {
	var n int64
	err := tx.row(`SELECT count(*) FROM copy_ties WHERE source_id = $1 AND resource = $2 AND local_id = $3`, source, resource, local).Scan(&n)
	return n > 0, err
}

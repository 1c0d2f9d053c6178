package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// CensusRow is one row of a table as a census keeps it: where it is and a hash
// of what it says.
type CensusRow struct {
	Table string
	Key   string
	Hash  [16]byte
}

// censusTables are the tables whose content a merge, its undo, a delete and a
// restore leave alone: what belongs to clients. Who owns a binder, who reaches
// what, states, versions, receipts and the log change; they are not here.
var censusTables = []struct{ table, key, columns, where string }{
	{"organizations", "id", "name, type_id, status_id, fields, primary_location_id, created_at", "id <> 1 AND state <> 'purged'"},
	{"items", "id", "binder_id, kind, name, number, type_id, status, fields, tags, archived, restricted, created_at", "1 = 1"},
	{"parts", "id", "item_id, part, position, fields", "1 = 1"},
	{"secrets", "item_id || '.' || field", "sealed", "1 = 1"},
	{"attachments", "id", "item_id, binder_id, name, size, hash, content_type", "removed_at IS NULL"},
	{"relations", "id", "from_item, to_item, to_binder, notes", "1 = 1"},
	{"restrictions", "item_id || '.' || subject_kind || '.' || subject_id", "1", "1 = 1"},
	{"revisions", "id", "record_id, version, binder_id, body, secrets", "1 = 1"},
	{"memberships", "person_id || '.' || binder_id", "1", "1 = 1"},
	{"email_domains", "binder_id || '.' || domain", "1", "1 = 1"},
	{"aliases", "space || '.' || value || '.' || binder_id", "1", "1 = 1"},
	{"links", "connection_id || '.' || kind || '.' || external_id", "binder_id, item_id", "1 = 1"},
	{"lookups", "id", "list, name, parent_id, code", "1 = 1"},
}

// SystemCensus calls fn for every row that must survive an operation unchanged.
func (tx *Tx) SystemCensus(fn func(CensusRow) error) error {
	for _, t := range censusTables {
		columns := 2 + countCommas(t.columns)
		err := tx.each(func(r Scanner) error {
			cells := make([]any, columns)
			into := make([]any, columns)
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := r.Scan(into...); err != nil {
				return err
			}
			row := CensusRow{Table: t.table, Key: fmt.Sprint(cells[0])}
			h := sha256.New()
			for _, c := range cells[1:] {
				text := cellText(c)
				var size [8]byte
				binary.BigEndian.PutUint64(size[:], uint64(len(text)))
				if _, err := h.Write(append(size[:], text...)); err != nil {
					return err
				}
			}
			copy(row.Hash[:], h.Sum(nil))
			return fn(row)
		}, `SELECT `+t.key+`, `+t.columns+` FROM `+t.table+` WHERE `+t.where+` ORDER BY 1`)
		if err != nil {
			return fmt.Errorf("census of %s: %w", t.table, err)
		}
	}
	return nil
}

// cellText writes a value so that both drivers' forms of it are equal.
func cellText(c any) string {
	switch x := c.(type) {
	case nil:
		return "\x00"
	case []byte:
		return string(x)
	case bool:
		if x {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(c)
}

func countCommas(s string) int {
	n := 0
	for _, c := range s {
		if c == ',' {
			n++
		}
	}
	return n
}

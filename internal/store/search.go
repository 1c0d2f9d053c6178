package store

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// indexWords writes the search entry of a record in the transaction of its
// change. The entry holds the binder and never the owner, or a merge would
// have to write it again.
func (tx *Tx) indexWords(id int64, b tenon.BinderID, name, body string, had bool) error {
	return tx.d.indexWords(tx, id, b, textkey.Fold(name), textkey.Fold(body), had)
}

func (d *sqliteDB) indexWords(tx *Tx, id int64, b tenon.BinderID, name, body string, had bool) error {
	if had {
		if err := tx.run(`DELETE FROM search WHERE rowid = $1`, id); err != nil {
			return err
		}
	}
	return tx.run(`INSERT INTO search (rowid, name, body, scope) VALUES ($1, $2, $3, $4)`, id, name, body, scopeWord(b))
}

func (d *postgresDB) indexWords(tx *Tx, id int64, b tenon.BinderID, name, body string, _ bool) error {
	return tx.run(`INSERT INTO search (id, words) VALUES ($1, setweight(to_tsvector('simple', $2), 'A') || to_tsvector('simple', $3) || array_to_tsvector(ARRAY[$4::text]))
		ON CONFLICT (id) DO UPDATE SET words = excluded.words`, id, name, body, "binder:"+b.String())
}

// scopeWord is the binder as a word of the scope column.
func scopeWord(b tenon.BinderID) string { return "b" + b.String() }

// unindexWords forgets a record that is purged.
func (tx *Tx) unindexWords(ids []int64) error {
	var a args
	return tx.run(`DELETE FROM search WHERE `+tx.d.inBinders(tx.d.searchID(), a.add(tx.d.bindersArg(binderIDs(ids)))), a...)
}

func (d *sqliteDB) searchID() string   { return "rowid" }
func (d *postgresDB) searchID() string { return "id" }

// Hit is one record that a search found.
type Hit struct {
	ID    int64
	Score float64
}

// searchWords turns what a person typed into words; the last may be a beginning.
func searchWords(text string) []string {
	return strings.FieldsFunc(textkey.Fold(text), func(r rune) bool {
		return !(r == '_' || r > 127 || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z'))
	})
}

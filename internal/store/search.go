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

// Hit is one record that a search found. Kind is 0 for an organization.
type Hit struct {
	ID      int64
	Kind    tenon.Kind
	Name    string
	OrgID   tenon.OrgID
	OrgName string
}

// fewBinders is up to how many binders the index itself narrows a search.
const fewBinders = 8

// Search finds live organizations and items by words, the last of which may be
// a beginning: what is named so before what only mentions it, and of those the
// latest change first.
func (tx *Tx) Search(v tenon.Viewer, text string, limit int) ([]Hit, error) {
	words := searchWords(text)
	if len(words) == 0 {
		return nil, nil
	}
	var near []tenon.BinderID
	if !v.Everywhere {
		var err error
		if near, err = tx.liveReach(v, fewBinders); err != nil || len(near) == 0 {
			return nil, err
		}
		if len(near) > fewBinders {
			near = nil
		}
	}
	var a args
	from, match, rank := tx.d.searchText(&a, words, near)
	items := `SELECT i.id, i.kind, i.name, b.organization_id AS org, o.name AS owner, ` + rank + ` AS rank, i.updated_at AS at FROM ` + from + `
		JOIN items i ON i.id = s.` + tx.d.searchID() + ` JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id
		WHERE ` + match + ` AND i.trashed_by IS NULL AND o.state = 'live' AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id")
	orgs := `SELECT o.id, 0 AS kind, o.name, o.id AS org, o.name AS owner, ` + rank + ` AS rank, o.updated_at AS at FROM ` + from + `
		JOIN organizations o ON o.id = s.` + tx.d.searchID() + ` WHERE ` + match + ` AND o.state = 'live' AND ` + a.seesOrganization(v, "o") +
		` AND ` + a.seesBinder(v, "o.id")
	return list(tx, func(r Scanner, h *Hit) error {
		return r.Scan(&h.ID, &h.Kind, &h.Name, &h.OrgID, &h.OrgName)
	}, `SELECT id, kind, name, org, owner FROM (`+orgs+` UNION ALL `+items+`) AS hits ORDER BY kind = 0 DESC, rank, at DESC LIMIT `+a.add(limit), a...)
}

// searchWords turns what a person typed into words; the last may be a beginning.
func searchWords(text string) []string {
	words := strings.FieldsFunc(textkey.Fold(text), func(r rune) bool {
		return !(r == '_' || r > 127 || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z'))
	})
	if len(words) > 10 {
		words = words[:10]
	}
	return words
}

func (d *sqliteDB) searchText(a *args, words []string, near []tenon.BinderID) (from, match, rank string) {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = `"` + w + `"`
	}
	text := "{name body} : (" + strings.Join(q, " AND ") + "*)"
	if len(near) > 0 {
		scopes := make([]string, len(near))
		for i, b := range near {
			scopes[i] = `"` + scopeWord(b) + `"`
		}
		text = "(" + text + ") AND (scope : (" + strings.Join(scopes, " OR ") + "))"
	}
	// A word of the name weighs more than one of the text.
	return "search s", "search MATCH " + a.add(text), "bm25(search, 10.0, 1.0, 0.0)"
}

func (d *postgresDB) searchText(a *args, words []string, near []tenon.BinderID) (from, match, rank string) {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = "'" + w + "'"
	}
	p := a.add(strings.Join(q, " & ") + ":*")
	match = "s.words @@ to_tsquery('simple', " + p + ")"
	if len(near) > 0 {
		scopes := make([]string, len(near))
		for i, b := range near {
			scopes[i] = "'binder:" + b.String() + "'"
		}
		match += " AND s.words @@ " + a.add(strings.Join(scopes, " | ")) + "::tsquery"
	}
	return "search s", match, "-ts_rank(s.words, to_tsquery('simple', " + p + "))"
}

package store

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const lookupColumns = `id, list, name, COALESCE(parent_id, 0), code, synced, version, created_at, updated_at`

func scanLookup(r Scanner, l *tenon.LookupRow) error {
	return r.Scan(&l.ID, &l.List, &l.Name, &l.ParentID, &l.Code, &l.Synced, &l.Version, instant{&l.CreatedAt}, instant{&l.UpdatedAt})
}

// GetLookup returns a row of a look-up list. Look-up lists are the account's:
// every signed-in person may read them.
func (tx *Tx) GetLookup(id tenon.LookupID) (*tenon.LookupRow, error) {
	rows, err := list(tx, scanLookup, `SELECT `+lookupColumns+` FROM lookups WHERE id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("look-up row", int64(id), err)
	}
	return &rows[0], nil
}

// LookupQuery filters the rows of a look-up list.
type LookupQuery struct {
	List   string
	Lists  []string // or any of these
	IDs    []tenon.LookupID
	Name   string // exact, folded
	Parent tenon.LookupID
	tenon.Page
}

// ListLookups returns one page of a list in name order, and the cursor of the next.
func (tx *Tx) ListLookups(q LookupQuery) ([]tenon.LookupRow, string, error) {
	keys, err := readCursor(q.Cursor, "name", "ti")
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{order: []string{"name_key", "id"}, keys: keys, limit: limit + 1}
	var c []string
	if q.List != "" {
		c = append(c, "list = "+l.args.add(q.List))
	}
	if len(q.Lists) > 0 {
		c = append(c, tx.d.inTexts("list", l.args.add(tx.d.textsArg(q.Lists))))
	}
	if len(q.IDs) > 0 {
		c = append(c, "id IN ("+l.args.marks(int64s(q.IDs))+")")
	}
	if q.Name != "" {
		c = append(c, "name_key = "+l.args.add(textkey.Fold(q.Name)))
	}
	if q.Parent != 0 {
		c = append(c, "parent_id = "+l.args.add(q.Parent))
	}
	if after := l.after(); after != "" {
		c = append(c, after)
	}
	if len(c) == 0 {
		c = []string{"1 = 1"}
	}
	rows, err := list(tx, scanLookup, `SELECT `+lookupColumns+` FROM lookups WHERE `+strings.Join(c, " AND ")+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor("name", textkey.Fold(rows[limit-1].Name), int64(rows[limit-1].ID))
	}
	return rows, next, nil
}

// InsertLookup adds a row to a list. Conflict where the name is taken there.
func (tx *Tx) InsertLookup(l *tenon.LookupRow) error {
	l.Version, l.CreatedAt, l.UpdatedAt = 1, tx.now, tx.now
	n, err := tx.exec(`INSERT INTO lookups (id, list, name, name_key, parent_id, code, synced, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING`,
		l.ID, l.List, l.Name, textkey.Fold(l.Name), null(l.ParentID), l.Code, l.Synced, micros(tx.now))
	if err == nil && n == 0 {
		return tenon.FieldErrorf("name", "%s is in the list already.", l.Name)
	}
	return err
}

// UpdateLookup saves a row whose version is still l.Version. Conflict where
// another row of the list has the name.
func (tx *Tx) UpdateLookup(l *tenon.LookupRow) error {
	taken, err := column[int64](tx, `SELECT id FROM lookups WHERE list = $1 AND name_key = $2 AND COALESCE(parent_id, 0) = $3 AND id <> $4`,
		l.List, textkey.Fold(l.Name), l.ParentID, l.ID)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return tenon.FieldErrorf("name", "%s is in the list already.", l.Name)
	}
	n, err := tx.exec(`UPDATE lookups SET name = $1, name_key = $2, parent_id = $3, code = $4, version = version + 1, updated_at = $5 WHERE id = $6 AND version = $7`,
		l.Name, textkey.Fold(l.Name), null(l.ParentID), l.Code, micros(tx.now), l.ID, l.Version)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed.", l.Name)
	}
	l.Version++
	l.UpdatedAt = tx.now
	return err
}

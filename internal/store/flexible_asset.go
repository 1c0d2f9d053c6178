package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const flexTypeColumns = `id, name, description, icon, enabled, show_in_menu, version, created_at, updated_at`

func scanFlexType(r Scanner, t *tenon.FlexType) error {
	return r.Scan(&t.ID, &t.Name, &t.Description, &t.Icon, &t.Enabled, &t.ShowInMenu, &t.Version, instant{&t.CreatedAt}, instant{&t.UpdatedAt})
}

// GetFlexType returns a flexible asset type with its fields. Types are the
// account's: every signed-in person may read them.
func (tx *Tx) GetFlexType(id tenon.FlexTypeID) (*tenon.FlexType, error) {
	rows, err := list(tx, scanFlexType, `SELECT `+flexTypeColumns+` FROM flexible_asset_types WHERE id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("flexible asset type", int64(id), err)
	}
	return &rows[0], tx.addFlexFields(rows)
}

// FlexTypeOf returns the flexible asset type that a field is of.
func (tx *Tx) FlexTypeOf(field int64) (id tenon.FlexTypeID, err error) {
	return id, fail("flexible asset field", field, tx.row(`SELECT type_id FROM flexible_asset_fields WHERE id = $1`, field).Scan(&id))
}

// FlexTypeQuery filters flexible asset types.
type FlexTypeQuery struct {
	IDs  []tenon.FlexTypeID
	Name string // exact, folded
	// Bare leaves the fields out, for who wants names alone.
	Bare bool
	// Enabled leaves out the types of which no new assets are made.
	Enabled bool
	tenon.Page
}

// ListFlexTypes returns one page of flexible asset types in name order, with
// their fields, and the cursor of the next.
func (tx *Tx) ListFlexTypes(q FlexTypeQuery) ([]tenon.FlexType, string, error) {
	keys, err := readCursor(q.Cursor, "name", "ti")
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{order: []string{"name_key", "id"}, keys: keys, limit: limit + 1}
	c := []string{"1 = 1"}
	if len(q.IDs) > 0 {
		c = append(c, "id IN ("+l.args.marks(int64s(q.IDs))+")")
	}
	if q.Name != "" {
		c = append(c, "name_key = "+l.args.add(textkey.Fold(q.Name)))
	}
	if q.Enabled {
		c = append(c, "enabled")
	}
	if after := l.after(); after != "" {
		c = append(c, after)
	}
	rows, err := list(tx, scanFlexType, `SELECT `+flexTypeColumns+` FROM flexible_asset_types WHERE `+strings.Join(c, " AND ")+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor("name", textkey.Fold(rows[limit-1].Name), int64(rows[limit-1].ID))
	}
	if q.Bare {
		return rows, next, nil
	}
	return rows, next, tx.addFlexFields(rows)
}

// addFlexFields loads the fields of a page of types.
func (tx *Tx) addFlexFields(types []tenon.FlexType) error {
	if len(types) == 0 {
		return nil
	}
	byID := map[tenon.FlexTypeID]*tenon.FlexType{}
	ids := make([]tenon.BinderID, len(types))
	for i := range types {
		byID[types[i].ID] = &types[i]
		ids[i] = tenon.BinderID(types[i].ID)
	}
	return tx.each(func(r Scanner) error {
		f, t, err := scanFlexField(r)
		if err == nil {
			byID[t].Fields = append(byID[t].Fields, f)
		}
		return err
	}, `SELECT `+flexFieldColumns+` FROM flexible_asset_fields WHERE `+tx.d.inBinders("type_id", "$1")+` ORDER BY type_id, position, id`, tx.d.bindersArg(ids))
}

const flexFieldColumns = `id, type_id, name, name_key, kind, hint, options, tag_type, default_value, decimals, required, use_for_title, expiration, show_in_list`

func scanFlexField(r Scanner) (f tenon.FlexField, t tenon.FlexTypeID, err error) {
	var options, tag string
	err = r.Scan(&f.ID, &t, &f.Name, &f.Key, &f.Kind, &f.Hint, &options, &tag, &f.DefaultValue, &f.Decimals,
		&f.Required, &f.UseForTitle, &f.Expiration, &f.ShowInList)
	if err == nil && !f.SetTag(tag) {
		err = fmt.Errorf("field %d of a flexible asset type tags %q", f.ID, tag)
	}
	if err == nil && options != "[]" {
		err = json.Unmarshal([]byte(options), &f.Options)
	}
	return f, t, err
}

// TagFields returns the fields by which flexible assets name other records, of
// every type in their order. They are the account's, and few: a read keeps them.
func (tx *Tx) TagFields() (map[tenon.FlexTypeID][]tenon.FlexField, error) {
	if tx.tags != nil {
		return tx.tags, nil
	}
	found := map[tenon.FlexTypeID][]tenon.FlexField{}
	err := tx.each(func(r Scanner) error {
		f, t, err := scanFlexField(r)
		found[t] = append(found[t], f)
		return err
	}, `SELECT `+flexFieldColumns+` FROM flexible_asset_fields WHERE kind = 'Tag' ORDER BY type_id, position, id`)
	if err == nil && !tx.write {
		tx.tags = found
	}
	return found, err
}

// InsertFlexType adds a type with its fields. The name must be free.
func (tx *Tx) InsertFlexType(t *tenon.FlexType) error {
	t.Version, t.CreatedAt, t.UpdatedAt = 1, tx.now, tx.now
	n, err := tx.exec(`INSERT INTO flexible_asset_types (id, name, name_key, description, icon, enabled, show_in_menu, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING`,
		t.ID, t.Name, textkey.Fold(t.Name), t.Description, t.Icon, t.Enabled, t.ShowInMenu, micros(tx.now))
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.FieldErrorf("name", "There is a flexible asset type %s already.", t.Name)
	}
	return tx.saveFlexFields(t)
}

// UpdateFlexType saves a type whose version is still t.Version, with its
// fields: those that are left out go, and stay in the assets unread.
func (tx *Tx) UpdateFlexType(t *tenon.FlexType) error {
	taken, err := column[int64](tx, `SELECT id FROM flexible_asset_types WHERE name_key = $1 AND id <> $2`, textkey.Fold(t.Name), t.ID)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return tenon.FieldErrorf("name", "There is a flexible asset type %s already.", t.Name)
	}
	n, err := tx.exec(`UPDATE flexible_asset_types SET name = $1, name_key = $2, description = $3, icon = $4, enabled = $5, show_in_menu = $6,
		version = version + 1, updated_at = $7 WHERE id = $8 AND version = $9`,
		t.Name, textkey.Fold(t.Name), t.Description, t.Icon, t.Enabled, t.ShowInMenu, micros(tx.now), t.ID, t.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed.", t.Name)
	}
	t.Version++
	t.UpdatedAt = tx.now
	return tx.saveFlexFields(t)
}

func (tx *Tx) saveFlexFields(t *tenon.FlexType) error {
	if err := tx.run(`DELETE FROM flexible_asset_fields WHERE type_id = $1`, t.ID); err != nil {
		return err
	}
	rows := make([][]any, len(t.Fields))
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.ID == 0 {
			var err error
			if f.ID, err = tx.NewID(); err != nil {
				return err
			}
		}
		options := []byte("[]")
		if len(f.Options) > 0 {
			var err error
			if options, err = json.Marshal(f.Options); err != nil {
				return err
			}
		}
		rows[i] = []any{f.ID, t.ID, i, f.Name, f.Key, string(f.Kind), f.Hint, string(options), f.Tag(), f.DefaultValue, f.Decimals,
			f.Required, f.UseForTitle, f.Expiration, f.ShowInList, micros(tx.now), micros(tx.now)}
	}
	err := tx.insertMany(`flexible_asset_fields (id, type_id, position, name, name_key, kind, hint, options, tag_type, default_value, decimals,
		required, use_for_title, expiration, show_in_list, created_at, updated_at)`, 17, rows, "")
	if err != nil {
		return err
	}
	return tx.markExpirations(t.ID)
}

// countedFields is how many fields one statement counts.
const countedFields = 50

// SystemCountTraits counts the flexible assets of a type, in the trash too,
// that hold a value in each of these fields. It reads all assets of the type,
// so it is asked only when a field is to go or to change its kind.
func (tx *Tx) SystemCountTraits(t tenon.FlexTypeID, fields []tenon.FlexField) (map[int64]int64, error) {
	out := map[int64]int64{}
	for chunk := range slices.Chunk(fields, countedFields) {
		var a args
		columns, counts, dest := make([]string, len(chunk)), make([]int64, len(chunk)), make([]any, len(chunk))
		for i := range chunk {
			// In JSON a quote inside a text stands behind a backslash, so these
			// quotes are those of a key; keys have no signs of LIKE in them.
			var holds string
			if chunk[i].Kind != tenon.FlexPassword {
				holds = `i.fields LIKE ` + a.add(`%"traits":{%"`+chunk[i].Key+`":%`)
			} else {
				holds = `EXISTS (SELECT 1 FROM secrets s WHERE s.item_id = i.id AND s.field = ` + a.add(chunk[i].Secret()) + `)`
			}
			columns[i], dest[i] = `COALESCE(SUM(CASE WHEN `+holds+` THEN 1 ELSE 0 END), 0)`, &counts[i]
		}
		text := `SELECT ` + strings.Join(columns, ", ") + ` FROM items i WHERE i.kind = ` + a.add(int64(tenon.FlexibleAsset)) + ` AND i.type_id = ` + a.add(t)
		if err := tx.row(text, a...).Scan(dest...); err != nil {
			return nil, err
		}
		for i := range chunk {
			out[chunk[i].ID] = counts[i]
		}
	}
	return out, nil
}

// SystemCountTyped counts the flexible assets of each type that are not in the trash.
func (tx *Tx) SystemCountTyped() (map[tenon.FlexTypeID]int64, error) {
	out := map[tenon.FlexTypeID]int64{}
	return out, tx.each(func(r Scanner) error {
		var t tenon.FlexTypeID
		var n int64
		err := r.Scan(&t, &n)
		out[t] = n
		return err
	}, `SELECT i.type_id, count(*) FROM items i WHERE i.kind = $1 AND i.trashed_by IS NULL AND i.type_id IS NOT NULL GROUP BY i.type_id`, int64(tenon.FlexibleAsset))
}

package store

import (
	"maps"
	"slices"

	"github.com/tenonhq/tenon"
)

// forgetLists takes away the demo's list entries and flexible asset types that
// nothing names any more, and tells how many went and how many stayed.
func (tx *Tx) forgetLists() (gone, kept int64, err error) {
	types, err := column[int64](tx, `SELECT d.record_id FROM demo_records d JOIN flexible_asset_types t ON t.id = d.record_id WHERE d.what = 'type'`)
	if err != nil {
		return gone, 0, err
	}
	for _, t := range types {
		n, err := tx.deleteUnusedType(t)
		if err != nil {
			return gone, kept, err
		}
		gone, kept = gone+n, kept+1-n
	}
	entries, err := column[int64](tx, `SELECT d.record_id FROM demo_records d JOIN lookups l ON l.id = d.record_id WHERE d.what = 'entry' AND l.synced = FALSE`)
	if err != nil || len(entries) == 0 {
		return gone, kept, err
	}
	used, err := tx.namedEntries()
	if err != nil {
		return gone, kept, err
	}
	left := slices.DeleteFunc(entries, func(id int64) bool { return used[id] })
	kept += int64(len(entries) - len(left))
	// What stands above another entry goes after it, and not while that stays.
	for len(left) > 0 {
		arg := tx.d.bindersArg(binderIDs(left))
		before := int64(len(left))
		n, err := tx.exec(`DELETE FROM lookups WHERE `+tx.d.inBinders("id", "$1")+` AND NOT EXISTS (SELECT 1 FROM lookups c WHERE c.parent_id = lookups.id)`, arg)
		if err != nil {
			return gone, kept, err
		}
		gone += n
		if left, err = column[int64](tx, `SELECT id FROM lookups WHERE `+tx.d.inBinders("id", "$1"), arg); err != nil {
			return gone, kept, err
		}
		if n == 0 || n == before {
			kept += int64(len(left))
			break
		}
	}
	return gone, kept, nil
}

// deleteUnusedType removes a flexible asset type of which there is no asset, and
// whose assets no field of another type asks for. It returns 1 where it did.
func (tx *Tx) deleteUnusedType(id int64) (int64, error) {
	const unused = ` NOT EXISTS (SELECT 1 FROM items i WHERE i.type_id = $1 AND i.kind = ` + flexKind + `)
		AND NOT EXISTS (SELECT 1 FROM flexible_asset_fields g WHERE g.tag_type = $2 AND g.type_id <> $1)`
	f := tenon.FlexField{TagType: tenon.FlexibleAsset, TagFlexType: tenon.FlexTypeID(id)}
	if err := tx.run(`DELETE FROM flexible_asset_fields WHERE type_id = $1 AND`+unused, id, f.Tag()); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM flexible_asset_types WHERE id = $1 AND`+unused, id, f.Tag())
}

// namedEntries returns the list entries that organizations and items name. It
// reads every record: for what is done once, after most of them have gone.
func (tx *Tx) namedEntries() (map[int64]bool, error) {
	used := map[int64]bool{}
	add := func(text string, a args) error {
		return tx.each(func(r Scanner) error {
			var id string
			if err := r.Scan(&id); err != nil {
				return err
			}
			used[tenon.ParseID(id)] = true
			return nil
		}, text, a...)
	}
	named := func(schema tenon.Schema, table string) error {
		fields := map[string]bool{}
		for i := range schema {
			if schema[i].Type == tenon.Lookup {
				fields[schema[i].Name] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			var a args
			text := tx.d.fieldText("t.fields", &a, name)
			if err := add(`SELECT DISTINCT `+text+` FROM `+table+` t WHERE `+text+` IS NOT NULL`, a); err != nil {
				return err
			}
		}
		return nil
	}
	for _, text := range []string{
		`SELECT DISTINCT CAST(type_id AS TEXT) FROM organizations WHERE type_id IS NOT NULL`,
		`SELECT DISTINCT CAST(status_id AS TEXT) FROM organizations WHERE status_id IS NOT NULL`,
		`SELECT DISTINCT CAST(type_id AS TEXT) FROM items WHERE type_id IS NOT NULL AND kind <> ` + flexKind,
		`SELECT DISTINCT status FROM items WHERE status IS NOT NULL`,
	} {
		if err := add(text, nil); err != nil {
			return nil, err
		}
	}
	if err := named(tenon.OrganizationFields, "organizations"); err != nil {
		return nil, err
	}
	var all tenon.Schema
	for i := range tenon.Kinds {
		all = append(all, tenon.Kinds[i].Fields...)
	}
	return used, named(all, "items")
}

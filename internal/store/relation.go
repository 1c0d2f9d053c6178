package store

import (
	"github.com/tenonhq/tenon"
)

// InsertRelation ties an item to another record. It does nothing, and tells
// so, where they are tied already, in either direction.
func (tx *Tx) InsertRelation(r *tenon.Relation) (bool, error) {
	r.CreatedAt = tx.now
	if r.ToOrg != 0 {
		n, err := tx.exec(`INSERT INTO relations (id, from_item, to_binder, notes, created_at)
			SELECT $1, $2, b.id, $3, $4 FROM binders b JOIN organizations o ON o.id = b.organization_id WHERE b.id = $5 AND o.state = 'live'
			AND NOT EXISTS (SELECT 1 FROM relations x JOIN binders xb ON xb.id = x.to_binder WHERE x.from_item = $2 AND xb.organization_id = o.id)
			ON CONFLICT DO NOTHING`, r.ID, r.From, r.Notes, micros(tx.now), r.ToOrg.Home())
		return n > 0, err
	}
	n, err := tx.exec(`INSERT INTO relations (id, from_item, to_item, notes, created_at)
		SELECT $1, i.id, $3, $4, $5 FROM items i WHERE i.id = $2
		AND NOT EXISTS (SELECT 1 FROM relations x WHERE x.from_item = $3 AND x.to_item = $2)
		ON CONFLICT DO NOTHING`, r.ID, r.From, r.To, r.Notes, micros(tx.now))
	return n > 0, err
}

// seenFrom is true for relations whose end in column is an item that the viewer sees.
func (a *args) seenItem(v tenon.Viewer, alias string) string {
	return alias + ".trashed_by IS NULL AND " + a.seesItem(v, alias) + " AND " + a.seesBinder(v, alias+".binder_id") + " AND " + ownerLive(alias+".binder_id")
}

func scanRelation(r Scanner, x *tenon.Relation) error {
	return r.Scan(&x.ID, &x.From, &x.To, &x.ToOrg, &x.Kind, &x.Name, &x.Notes, &x.Inverse, instant{&x.CreatedAt})
}

// ListRelations returns what an item is tied to, in both directions, the
// oldest first. Where the other end is not for the viewer, the relation is
// left out. The caller has read the item with the viewer.
func (tx *Tx) ListRelations(v tenon.Viewer, item tenon.ItemID) ([]tenon.Relation, error) {
	var a args
	id := a.add(item)
	return list(tx, scanRelation, `SELECT r.id, r.from_item, r.to_item, 0, t.kind, t.name, r.notes, FALSE, r.created_at
			FROM relations r JOIN items t ON t.id = r.to_item WHERE r.from_item = `+id+` AND `+a.seenItem(v, "t")+`
		UNION ALL SELECT r.id, r.from_item, 0, o.id, 0, o.name, r.notes, FALSE, r.created_at
			FROM relations r JOIN binders b ON b.id = r.to_binder JOIN organizations o ON o.id = b.organization_id
			WHERE r.from_item = `+id+` AND o.state = 'live' AND `+a.seesOrganization(v, "o")+`
		UNION ALL SELECT r.id, r.from_item, r.to_item, 0, f.kind, f.name, r.notes, TRUE, r.created_at
			FROM relations r JOIN items f ON f.id = r.from_item WHERE r.to_item = `+id+` AND `+a.seenItem(v, "f")+`
		ORDER BY 1`, a...)
}

// ListOrganizationRelations returns the items that are tied to an organization,
// through any of its binders that the viewer reaches.
func (tx *Tx) ListOrganizationRelations(v tenon.Viewer, org tenon.OrgID) ([]tenon.Relation, error) {
	var a args
	return list(tx, scanRelation, `SELECT r.id, r.from_item, 0, b.organization_id, f.kind, f.name, r.notes, TRUE, r.created_at
		FROM binders b JOIN relations r ON r.to_binder = b.id JOIN items f ON f.id = r.from_item
		WHERE b.organization_id = `+a.add(org)+` AND `+a.seesBinder(v, "b.id")+` AND `+a.seenItem(v, "f")+` ORDER BY 1`, a...)
}

// GetRelation returns a relation both ends of which the viewer sees.
func (tx *Tx) GetRelation(v tenon.Viewer, id int64) (*tenon.Relation, error) {
	var a args
	rows, err := list(tx, scanRelation, `SELECT r.id, r.from_item, COALESCE(r.to_item, 0), COALESCE(o.id, 0), COALESCE(t.kind, 0), COALESCE(t.name, o.name, ''), r.notes, FALSE, r.created_at
		FROM relations r JOIN items f ON f.id = r.from_item LEFT JOIN items t ON t.id = r.to_item
		LEFT JOIN binders b ON b.id = r.to_binder LEFT JOIN organizations o ON o.id = b.organization_id
		WHERE r.id = `+a.add(id)+` AND `+a.seenItem(v, "f")+` AND ((t.id IS NOT NULL AND `+a.seenItem(v, "t")+`)
		OR (o.id IS NOT NULL AND o.state = 'live' AND `+a.seesOrganization(v, "o")+`))`, a...)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("relation", id, err)
	}
	return &rows[0], nil
}

// DeleteRelation unties two records.
func (tx *Tx) DeleteRelation(id int64) error {
	return tx.run(`DELETE FROM relations WHERE id = $1`, id)
}

// SystemRelationsOf returns every relation of items, at either end, for what merges them.
func (tx *Tx) SystemRelationsOf(items ...tenon.ItemID) ([]tenon.Relation, error) {
	return list(tx, scanRelation, `SELECT r.id, r.from_item, COALESCE(r.to_item, 0), COALESCE(r.to_binder, 0), 0, '', r.notes, FALSE, r.created_at
		FROM relations r WHERE `+tx.d.inBinders("r.from_item", "$1")+` OR `+tx.d.inBinders("r.to_item", "$1")+` ORDER BY r.id`, tx.d.bindersArg(binderIDs(items)))
}

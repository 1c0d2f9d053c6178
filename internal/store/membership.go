package store

import (
	"github.com/tenonhq/tenon"
)

// insertOwnMembership makes a contact a member of the binder it is filed in.
func (tx *Tx) insertOwnMembership(id tenon.ItemID, b tenon.BinderID) error {
	return tx.run(`INSERT INTO memberships (person_id, binder_id, own, created_at) VALUES ($1, $2, TRUE, $3)
		ON CONFLICT (person_id, binder_id) DO UPDATE SET own = TRUE`, id, b, micros(tx.now))
}

// SystemMoveOwnMembership keeps a contact a member of the organization it is
// filed in when it moves to another binder.
func (tx *Tx) SystemMoveOwnMembership(id tenon.ItemID, to tenon.BinderID) error {
	if err := tx.run(`DELETE FROM memberships WHERE person_id = $1 AND own = TRUE`, id); err != nil {
		return err
	}
	return tx.insertOwnMembership(id, to)
}

// ListMemberships returns the organizations that a contact is a member of and
// that the viewer sees, its own first. The caller has read the contact with
// the viewer. An organization with several binders is named once.
func (tx *Tx) ListMemberships(v tenon.Viewer, person tenon.ItemID) ([]tenon.Membership, error) {
	var a args
	text := `SELECT m.binder_id, b.organization_id, o.name, m.own, m.created_at FROM memberships m JOIN binders b ON b.id = m.binder_id
		JOIN organizations o ON o.id = b.organization_id WHERE m.person_id = ` + a.add(person) + ` AND o.state = 'live' AND ` + a.seesBinder(v, "m.binder_id") +
		` ORDER BY m.own DESC, o.name_key, o.id, m.binder_id`
	rows, err := list(tx, func(r Scanner, m *tenon.Membership) error {
		return r.Scan(&m.Binder, &m.OrgID, &m.OrgName, &m.Default, instant{&m.CreatedAt})
	}, text, a...)
	seen := map[tenon.OrgID]bool{}
	out := rows[:0]
	for _, m := range rows {
		if !seen[m.OrgID] {
			seen[m.OrgID] = true
			out = append(out, m)
		}
	}
	return out, err
}

// AddMembership makes a contact a member of a live organization, through its
// home binder, and tells whether it was none through any of its binders.
func (tx *Tx) AddMembership(person tenon.ItemID, org tenon.OrgID) (bool, error) {
	n, err := tx.exec(`INSERT INTO memberships (person_id, binder_id, created_at)
		SELECT $1, b.id, $2 FROM binders b JOIN organizations o ON o.id = b.organization_id WHERE b.id = $3 AND o.id = $4 AND o.state = 'live'
		AND NOT EXISTS (SELECT 1 FROM memberships m JOIN binders mb ON mb.id = m.binder_id WHERE m.person_id = $1 AND mb.organization_id = $4)
		ON CONFLICT DO NOTHING`, person, micros(tx.now), org.Home(), org)
	return n > 0, err
}

// RemoveMembership ends the membership of a contact in every binder of an
// organization that is not its own, and tells whether there was one.
func (tx *Tx) RemoveMembership(person tenon.ItemID, org tenon.OrgID) (bool, error) {
	n, err := tx.exec(`DELETE FROM memberships WHERE person_id = $1 AND own = FALSE
		AND binder_id IN (SELECT id FROM binders WHERE organization_id = $2)`, person, org)
	return n > 0, err
}

// ListGuests returns the contacts that are filed elsewhere and are members of
// any of these binders, in the order of their names, after the given key.
func (tx *Tx) ListGuests(v tenon.Viewer, binders []tenon.BinderID, p tenon.Page) ([]*tenon.Item, error) {
	if len(binders) == 0 {
		return nil, nil
	}
	order := itemSorts["name"]
	keys, err := readCursor(p.Cursor, "name", order.form)
	if err != nil {
		return nil, err
	}
	l := &listQuery{order: order.columns, keys: keys, limit: p.Size() + 1}
	a := &l.args
	in := a.add(tx.d.bindersArg(binders))
	where := `i.id IN (SELECT m.person_id FROM memberships m WHERE m.own = FALSE AND ` + tx.d.inBinders("m.binder_id", in) + `) AND NOT (` + tx.d.inBinders("i.binder_id", in) +
		`) AND i.trashed_by IS NULL AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id") + ` AND ` + ownerLive("i.binder_id")
	if c := l.after(); c != "" {
		where += " AND " + c
	}
	rows, err := list(tx, scanItem, `SELECT `+itemColumns+` FROM items i WHERE `+where+l.tail(), l.args...)
	if err != nil {
		return nil, err
	}
	out := make([]*tenon.Item, len(rows))
	for i := range rows {
		out[i] = &rows[i].Item
	}
	return out, tx.finishItems(out)
}

// ItemNameCursor is the cursor of a list by name after this item.
func ItemNameCursor(i *tenon.Item) string {
	return makeCursor("name", itemNameKey(i), int64(i.ID))
}

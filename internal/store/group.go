package store

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// groupRow is a group with what paging needs.
type groupRow struct {
	tenon.Group
	key string
}

func scanGroup(r Scanner, g *groupRow) error {
	return r.Scan(&g.ID, &g.Name, &g.Version, instant{&g.CreatedAt}, instant{&g.UpdatedAt}, &g.key)
}

// GetGroup returns a group with its members and denials. NotFound where there
// is none or the viewer may not know of it.
func (tx *Tx) GetGroup(v tenon.Viewer, id tenon.GroupID) (*tenon.Group, error) {
	groups, _, err := tx.ListGroups(v, GroupQuery{IDs: []tenon.GroupID{id}, Page: tenon.Page{Limit: 1}})
	if err == nil && len(groups) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("group", int64(id), err)
	}
	return groups[0], nil
}

// GroupQuery filters a list of groups.
type GroupQuery struct {
	IDs    []tenon.GroupID
	Search string // part of a name, folded
	User   tenon.UserID
	tenon.Page
}

// ListGroups returns one page of groups in name order and the cursor of the next.
func (tx *Tx) ListGroups(v tenon.Viewer, q GroupQuery) ([]*tenon.Group, string, error) {
	keys, err := readCursor(q.Cursor, "name", "ti")
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{order: []string{"g.name_key", "g.id"}, keys: keys, limit: limit + 1}
	a := &l.args
	c := []string{a.seesGroup(v, "g.id"), "g.deleted_at IS NULL"}
	if q.IDs != nil {
		c = append(c, tx.d.inBinders("g.id", a.add(tx.d.bindersArg(binderIDs(q.IDs)))))
	}
	if q.Search != "" {
		c = append(c, `g.name_key LIKE `+a.add(likePart(textkey.Fold(q.Search)))+` ESCAPE '\'`)
	}
	if q.User != 0 {
		c = append(c, "EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_id = g.id AND gm.user_id = "+a.add(q.User)+")")
	}
	if after := l.after(); after != "" {
		c = append(c, after)
	}
	rows, err := list(tx, scanGroup, `SELECT g.id, g.name, g.version, g.created_at, g.updated_at, g.name_key FROM groups g WHERE `+strings.Join(c, " AND ")+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor("name", rows[limit-1].key, int64(rows[limit-1].ID))
	}
	out := make([]*tenon.Group, len(rows))
	for i := range rows {
		out[i] = &rows[i].Group
	}
	return out, next, tx.finishGroups(v, out)
}

// finishGroups adds the members that the viewer may know of and the denials
// of a whole page of groups.
func (tx *Tx) finishGroups(v tenon.Viewer, groups []*tenon.Group) error {
	byID := make(map[tenon.GroupID]*tenon.Group, len(groups))
	ids := make([]tenon.GroupID, len(groups))
	for i, g := range groups {
		byID[g.ID], ids[i] = g, g.ID
	}
	if len(ids) == 0 {
		return nil
	}
	var a args
	in := tx.d.inBinders("m.group_id", a.add(tx.d.bindersArg(binderIDs(ids))))
	err := tx.each(func(r Scanner) error {
		var g tenon.GroupID
		var u tenon.UserID
		if err := r.Scan(&g, &u); err != nil {
			return err
		}
		byID[g].Users = append(byID[g].Users, u)
		return nil
	}, `SELECT m.group_id, m.user_id FROM group_members m WHERE `+in+` AND `+a.seesUser(v, "m.user_id")+` ORDER BY m.group_id, m.user_id`, a...)
	if err != nil {
		return err
	}
	return tx.each(func(r Scanner) error {
		var g tenon.GroupID
		var k tenon.Kind
		if err := r.Scan(&g, &k); err != nil {
			return err
		}
		byID[g].Denied = append(byID[g].Denied, k)
		return nil
	}, `SELECT m.group_id, m.kind FROM group_denials m WHERE `+in+` ORDER BY m.group_id, m.kind`, a[0])
}

// errGroupTaken says that two groups cannot share a name: people choose them by it.
var errGroupTaken = tenon.FieldErrorf("name", "There is a group of this name already.")

// InsertGroup adds an empty group. Invalid where the name is taken.
func (tx *Tx) InsertGroup(g *tenon.Group) error {
	g.Version, g.CreatedAt, g.UpdatedAt = 1, tx.now, tx.now
	n, err := tx.exec(`INSERT INTO groups (id, name, name_key, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (name_key) WHERE deleted_at IS NULL DO NOTHING`,
		g.ID, g.Name, textkey.Fold(g.Name), micros(tx.now))
	if err == nil && n == 0 {
		return errGroupTaken
	}
	return err
}

// UpdateGroup saves the name of a group whose version is still g.Version.
func (tx *Tx) UpdateGroup(g *tenon.Group) error {
	taken, err := column[int64](tx, `SELECT id FROM groups WHERE name_key = $1 AND id <> $2 AND deleted_at IS NULL`, textkey.Fold(g.Name), g.ID)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return errGroupTaken
	}
	n, err := tx.exec(`UPDATE groups SET name = $1, name_key = $2, version = version + 1, updated_at = $3 WHERE id = $4 AND version = $5`,
		g.Name, textkey.Fold(g.Name), micros(tx.now), g.ID, g.Version)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed.", g.Name)
	}
	g.Version++
	g.UpdatedAt = tx.now
	return err
}

// DeleteGroup deletes a group with its memberships, denials and grants, also
// those that an operation ended: its undo must not give to nobody. The row
// stays, hidden: items restricted to it go on naming it, and it admits nobody.
// Without, an item restricted to this group alone would be open to everybody.
func (tx *Tx) DeleteGroup(id tenon.GroupID) error {
	for _, text := range []string{
		`DELETE FROM group_members WHERE group_id = $1`,
		`DELETE FROM group_denials WHERE group_id = $1`,
		`DELETE FROM grants WHERE subject_kind = 'group' AND subject_id = $1`,
	} {
		if err := tx.run(text, id); err != nil {
			return err
		}
	}
	return tx.run(`UPDATE groups SET deleted_at = $1 WHERE id = $2`, micros(tx.now), id)
}

// SystemGroupMembers returns everybody in a group.
func (tx *Tx) SystemGroupMembers(id tenon.GroupID) ([]tenon.UserID, error) {
	return column[tenon.UserID](tx, `SELECT user_id FROM group_members WHERE group_id = $1 ORDER BY user_id`, id)
}

// AddToGroup makes users members of a group. Who is one already stays one.
func (tx *Tx) AddToGroup(id tenon.GroupID, users []tenon.UserID) error {
	rows := make([][]any, len(users))
	for i, u := range users {
		rows[i] = []any{id, u}
	}
	return tx.insertMany("group_members (group_id, user_id)", 2, rows, " ON CONFLICT DO NOTHING")
}

// RemoveFromGroup ends memberships in a group.
func (tx *Tx) RemoveFromGroup(id tenon.GroupID, users []tenon.UserID) error {
	a := args{id}
	return tx.run(`DELETE FROM group_members WHERE group_id = $1 AND `+tx.d.inBinders("user_id", a.add(tx.d.bindersArg(binderIDs(users)))), a...)
}

// SetDenials replaces the kinds that a group denies its members.
func (tx *Tx) SetDenials(id tenon.GroupID, kinds []tenon.Kind) error {
	if err := tx.run(`DELETE FROM group_denials WHERE group_id = $1`, id); err != nil {
		return err
	}
	rows := make([][]any, len(kinds))
	for i, k := range kinds {
		rows[i] = []any{id, int64(k)}
	}
	return tx.insertMany("group_denials (group_id, kind)", 2, rows, " ON CONFLICT DO NOTHING")
}

// SystemNames returns the names of users, groups or organizations by their ids, for the log
// and for messages.
func (tx *Tx) SystemNames(kind string, ids []int64) (map[int64]string, error) {
	text := map[string]string{"user": `SELECT id, name FROM users WHERE `, "group": `SELECT id, name FROM groups WHERE `, "organization": `SELECT id, name FROM organizations WHERE `}[kind]
	out := make(map[int64]string, len(ids))
	return out, tx.each(func(r Scanner) error {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		out[id] = name
		return err
	}, text+tx.d.inBinders("id", "$1"), tx.d.bindersArg(binderIDs(ids)))
}

package store

import "github.com/tenonhq/tenon"

func scanGranted(r Scanner, g *tenon.Granted) error {
	var whole int64
	var state tenon.OrgState
	err := r.Scan(&g.Org, &g.Name, &g.To.Kind, &g.To.ID, &whole, &state)
	g.Part, g.Trashed = whole == 0, state == tenon.Trashed
	return err
}

const grantedColumns = `SELECT o.id, o.name, g.subject_kind, g.subject_id, MAX(CASE WHEN g.breadth = 'organization' THEN 1 ELSE 0 END), o.state
	FROM grants g JOIN binders b ON b.id = g.binder_id JOIN organizations o ON o.id = b.organization_id WHERE g.ended_by IS NULL`

const grantedOrder = ` GROUP BY o.id, o.name, o.name_key, g.subject_kind, g.subject_id, o.state ORDER BY o.name_key, o.id, g.subject_kind DESC, g.subject_id LIMIT `

// ListGranted returns the organizations that were given to a user or a group,
// to a user also through groups, in name order: those that the viewer reaches.
func (tx *Tx) ListGranted(v tenon.Viewer, to tenon.Subject, limit int) ([]tenon.Granted, error) {
	var a args
	id := a.add(to.ID)
	whose := ` AND g.subject_kind = 'group' AND g.subject_id = ` + id
	if to.Kind == tenon.SubjectUser {
		whose = ` AND ((g.subject_kind = 'user' AND g.subject_id = ` + id + `) OR (g.subject_kind = 'group' AND g.subject_id IN (SELECT m.group_id FROM group_members m WHERE m.user_id = ` + id + `)))`
	}
	return list(tx, scanGranted, grantedColumns+whose+` AND `+a.seesBinder(v, "g.binder_id")+grantedOrder+a.add(limit), a...)
}

// SystemGroupUse counts what depends on a group.
func (tx *Tx) SystemGroupUse(id tenon.GroupID) (u tenon.GroupUse, err error) {
	err = tx.row(`SELECT (SELECT count(*) FROM group_members WHERE group_id = $1),
		(SELECT count(DISTINCT b.organization_id) FROM grants g JOIN binders b ON b.id = g.binder_id WHERE g.subject_kind = 'group' AND g.subject_id = $1 AND g.ended_by IS NULL),
		(SELECT count(*) FROM restrictions WHERE subject_kind = 'group' AND subject_id = $1),
		(SELECT count(*) FROM restrictions r WHERE r.subject_kind = 'group' AND r.subject_id = $1
			AND NOT EXISTS (SELECT 1 FROM restrictions x WHERE x.item_id = r.item_id AND NOT (x.subject_kind = 'group' AND x.subject_id = $1)))`, id).
		Scan(&u.Members, &u.Organizations, &u.Restricted, &u.Alone)
	return u, err
}

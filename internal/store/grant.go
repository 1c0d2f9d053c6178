package store

import (
	"github.com/tenonhq/tenon"
)

// Grant is one row of who may reach what.
type Grant struct {
	ID      int64
	Subject tenon.Subject
	Binder  tenon.BinderID
	Breadth tenon.Breadth
	MadeBy  tenon.OperationID
}

func scanGrant(r Scanner, g *Grant) error {
	return r.Scan(&g.ID, &g.Subject.Kind, &g.Subject.ID, &g.Binder, &g.Breadth, &g.MadeBy)
}

// AddGrant gives a user or group reach. The same grant twice is one grant.
func (tx *Tx) AddGrant(s tenon.Subject, b tenon.BinderID, breadth tenon.Breadth) error {
	return tx.addGrant(Grant{Subject: s, Binder: b, Breadth: breadth})
}

func (tx *Tx) addGrant(g Grant) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	return tx.run(`INSERT INTO grants (id, subject_kind, subject_id, binder_id, breadth, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (subject_kind, subject_id, binder_id, breadth) WHERE ended_by IS NULL DO NOTHING`,
		id, g.Subject.Kind, g.Subject.ID, g.Binder, string(g.Breadth), null(g.MadeBy), micros(tx.now))
}

// RemoveGrants takes away everything the subject has on binders the
// organization owns, also what an operation put aside: an undo must not give
// back what a person took away since.
func (tx *Tx) RemoveGrants(s tenon.Subject, org tenon.OrgID) (int64, error) {
	return tx.exec(`DELETE FROM grants WHERE subject_kind = $1 AND subject_id = $2
		AND binder_id IN (SELECT id FROM binders WHERE organization_id = $3)`, s.Kind, s.ID, org)
}

// NarrowGrant replaces, under an operation, a grant of a whole organization by
// grants of single binders.
func (tx *Tx) NarrowGrant(g Grant, binders []tenon.BinderID, by tenon.OperationID) error {
	if err := tx.run(`UPDATE grants SET ended_by = $1 WHERE id = $2 AND ended_by IS NULL`, by, g.ID); err != nil {
		return err
	}
	for _, b := range binders {
		if err := tx.addGrant(Grant{Subject: g.Subject, Binder: b, Breadth: tenon.OneBinder, MadeBy: by}); err != nil {
			return err
		}
	}
	return nil
}

// ResetGrants takes back whatever operations did to the grants on these
// binders, so that those that still stand can be done again. Where somebody
// granted the same anew meanwhile, the new grant stays alone.
func (tx *Tx) ResetGrants(binders []tenon.BinderID) error {
	arg := tx.d.bindersArg(binders)
	in := tx.d.inBinders("binder_id", "$1")
	for _, text := range []string{
		`DELETE FROM grants WHERE made_by IS NOT NULL AND ` + in,
		`DELETE FROM grants WHERE ended_by IS NOT NULL AND ` + in + ` AND EXISTS (SELECT 1 FROM grants g WHERE g.subject_kind = grants.subject_kind
			AND g.subject_id = grants.subject_id AND g.binder_id = grants.binder_id AND g.breadth = grants.breadth AND g.id > grants.id)`,
		`UPDATE grants SET ended_by = NULL WHERE ended_by IS NOT NULL AND ` + in,
	} {
		if err := tx.run(text, arg); err != nil {
			return err
		}
	}
	return nil
}

// SystemNarrowed tells whether an operation has changed a grant on any of the binders.
func (tx *Tx) SystemNarrowed(binders []tenon.BinderID) (bool, error) {
	var n int64
	err := tx.row(`SELECT count(*) FROM grants WHERE (made_by IS NOT NULL OR ended_by IS NOT NULL) AND `+tx.d.inBinders("binder_id", "$1"), tx.d.bindersArg(binders)).Scan(&n)
	return n > 0, err
}

// SystemGrants returns the standing grants on any binder the organization owns.
func (tx *Tx) SystemGrants(org tenon.OrgID) ([]Grant, error) {
	return list(tx, scanGrant, `SELECT g.id, g.subject_kind, g.subject_id, g.binder_id, g.breadth, COALESCE(g.made_by, 0)
		FROM grants g JOIN binders b ON b.id = g.binder_id WHERE b.organization_id = $1 AND g.ended_by IS NULL ORDER BY g.id`, org)
}

// SystemGrantsOf returns the standing grants of a user or group.
func (tx *Tx) SystemGrantsOf(s tenon.Subject) ([]Grant, error) {
	return list(tx, scanGrant, `SELECT g.id, g.subject_kind, g.subject_id, g.binder_id, g.breadth, COALESCE(g.made_by, 0)
		FROM grants g WHERE g.subject_kind = $1 AND g.subject_id = $2 AND g.ended_by IS NULL ORDER BY g.id`, s.Kind, s.ID)
}

// reachText derives the reach of users from grants: theirs and their groups',
// a grant of the whole organization standing for every binder of its owner.
const reachText = `SELECT DISTINCT s.user_id, b.id FROM (
		SELECT g.subject_id AS user_id, g.binder_id, g.breadth FROM grants g WHERE g.subject_kind = 'user' AND g.ended_by IS NULL
		UNION ALL
		SELECT m.user_id, g.binder_id, g.breadth FROM grants g JOIN group_members m ON m.group_id = g.subject_id WHERE g.subject_kind = 'group' AND g.ended_by IS NULL
	) s JOIN users u ON u.id = s.user_id AND u.everywhere = FALSE
	JOIN binders gb ON gb.id = s.binder_id
	JOIN binders b ON (s.breadth = 'binder' AND b.id = gb.id) OR (s.breadth = 'organization' AND b.organization_id = gb.organization_id)`

// SystemDerivedReach returns what reach should hold, for the checker.
func (tx *Tx) SystemDerivedReach() (map[tenon.UserID]map[tenon.BinderID]bool, error) {
	return tx.reachOf(reachText)
}

// SystemStoredReach returns what reach holds.
func (tx *Tx) SystemStoredReach() (map[tenon.UserID]map[tenon.BinderID]bool, error) {
	return tx.reachOf(`SELECT user_id, binder_id FROM reach`)
}

func (tx *Tx) reachOf(text string, a ...any) (map[tenon.UserID]map[tenon.BinderID]bool, error) {
	out := map[tenon.UserID]map[tenon.BinderID]bool{}
	err := tx.each(func(r Scanner) error {
		var u tenon.UserID
		var b tenon.BinderID
		if err := r.Scan(&u, &b); err != nil {
			return err
		}
		if out[u] == nil {
			out[u] = map[tenon.BinderID]bool{}
		}
		out[u][b] = true
		return nil
	}, text, a...)
	return out, err
}

// RebuildReach derives reach anew for these users, in the transaction of what
// changed their grants, groups or the owners of binders.
func (tx *Tx) RebuildReach(users []tenon.UserID) error {
	if len(users) == 0 {
		return nil
	}
	arg := tx.d.bindersArg(binderIDs(users))
	// Two changes that concern one person must not build on each other's past.
	if _, err := column[int64](tx, `SELECT id FROM users WHERE `+tx.d.inBinders("id", "$1")+` ORDER BY id`+tx.d.lockRows(), arg); err != nil {
		return err
	}
	if err := tx.run(`DELETE FROM reach WHERE `+tx.d.inBinders("user_id", "$1"), arg); err != nil {
		return err
	}
	text := `INSERT INTO reach (user_id, binder_id) SELECT DISTINCT x.user_id, x.id FROM (
		SELECT s.user_id, s.binder_id AS id FROM (` + tx.reachSource() + `) s WHERE s.breadth = 'binder'
		UNION ALL
		SELECT s.user_id, b.id FROM (` + tx.reachSource() + `) s JOIN binders gb ON gb.id = s.binder_id JOIN binders b ON b.organization_id = gb.organization_id WHERE s.breadth = 'organization'
	) x JOIN users u ON u.id = x.user_id WHERE u.everywhere = FALSE`
	return tx.run(text, arg)
}

// reachSource lists the standing grants of the users in $1, their own and their groups'.
func (tx *Tx) reachSource() string {
	return `SELECT g.subject_id AS user_id, g.binder_id, g.breadth FROM grants g WHERE g.subject_kind = 'user' AND g.ended_by IS NULL AND ` + tx.d.inBinders("g.subject_id", "$1") +
		` UNION ALL SELECT m.user_id, g.binder_id, g.breadth FROM group_members m JOIN grants g ON g.subject_kind = 'group' AND g.subject_id = m.group_id AND g.ended_by IS NULL WHERE ` + tx.d.inBinders("m.user_id", "$1")
}

// SystemPeopleOf returns the users, by grant or through a group, whose reach
// depends on who owns the organization's binders.
func (tx *Tx) SystemPeopleOf(orgs ...tenon.OrgID) ([]tenon.UserID, error) {
	return column[tenon.UserID](tx, tx.peopleText()+` ORDER BY s.id`, tx.d.bindersArg(binderIDs(orgs)))
}

// peopleText selects the users whose reach depends on who owns the binders of
// the organizations in $1.
func (tx *Tx) peopleText() string {
	in := tx.d.inBinders("b.organization_id", "$1")
	return `SELECT DISTINCT s.id FROM (
		SELECT g.subject_id AS id FROM binders b JOIN grants g ON g.binder_id = b.id AND g.ended_by IS NULL AND g.subject_kind = 'user' WHERE ` + in + `
		UNION ALL
		SELECT m.user_id FROM binders b JOIN grants g ON g.binder_id = b.id AND g.ended_by IS NULL AND g.subject_kind = 'group' JOIN group_members m ON m.group_id = g.subject_id WHERE ` + in + `
	) s JOIN users u ON u.id = s.id WHERE u.everywhere = FALSE`
}

// OrganizationsOfGroups returns the live organizations that were granted to
// groups, by group and by id, as far as the viewer knows of both.
func (tx *Tx) OrganizationsOfGroups(v tenon.Viewer, groups []tenon.GroupID) (map[tenon.GroupID][]tenon.OrgID, error) {
	out := map[tenon.GroupID][]tenon.OrgID{}
	var a args
	text := `SELECT DISTINCT g.subject_id, o.id FROM grants g JOIN binders b ON b.id = g.binder_id JOIN organizations o ON o.id = b.organization_id
		WHERE g.subject_kind = 'group' AND g.ended_by IS NULL AND ` + tx.d.inBinders("g.subject_id", a.add(tx.d.bindersArg(binderIDs(groups)))) +
		` AND o.state = 'live' AND ` + a.seesGroup(v, "g.subject_id") + ` AND ` + a.seesOrganization(v, "o") + ` ORDER BY 1, 2`
	err := tx.each(func(r Scanner) error {
		var g tenon.GroupID
		var o tenon.OrgID
		if err := r.Scan(&g, &o); err != nil {
			return err
		}
		out[g] = append(out[g], o)
		return nil
	}, text, a...)
	return out, err
}

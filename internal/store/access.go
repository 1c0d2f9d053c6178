package store

import (
	"time"

	"github.com/tenonhq/tenon"
)

// Sight is one reason why a user reaches an organization.
type Sight struct {
	User       tenon.UserID
	Name       string
	Email      string
	Role       tenon.Role
	Everywhere bool
	SignedInAt time.Time
	Group      tenon.GroupID // the group granted, 0 for a grant by name
	GroupName  string
	Part       bool // one binder only
}

// SystemSights returns why the people who can sign in reach an organization,
// in name order: a row per grant that stands, and one for each person who
// reaches everything. A grant counts whichever of its binders it names.
func (tx *Tx) SystemSights(org tenon.OrgID) ([]Sight, error) {
	const grants = `SELECT DISTINCT g.subject_kind, g.subject_id, g.breadth FROM binders b JOIN grants g ON g.binder_id = b.id AND g.ended_by IS NULL WHERE b.organization_id = $1`
	const person = `u.id, u.name, u.email, u.role, u.everywhere, u.signed_in_at, u.name_key`
	return list(tx, func(r Scanner, s *Sight) error {
		var key string
		return r.Scan(&s.User, &s.Name, &s.Email, &s.Role, &s.Everywhere, instant{&s.SignedInAt}, &key, &s.Group, &s.GroupName, &s.Part)
	}, `SELECT `+person+`, 0 AS group_id, '' AS group_name, FALSE AS part FROM users u WHERE u.everywhere = TRUE AND u.disabled = FALSE
		UNION ALL SELECT `+person+`, 0, '', g.breadth = 'binder' FROM (`+grants+`) g JOIN users u ON g.subject_kind = 'user' AND u.id = g.subject_id WHERE u.everywhere = FALSE AND u.disabled = FALSE
		UNION ALL SELECT `+person+`, gr.id, gr.name, g.breadth = 'binder' FROM (`+grants+`) g JOIN groups gr ON g.subject_kind = 'group' AND gr.id = g.subject_id
			JOIN group_members m ON m.group_id = gr.id JOIN users u ON u.id = m.user_id WHERE u.everywhere = FALSE AND u.disabled = FALSE
		ORDER BY 7, 1, 10, 8`, org)
}

// SystemOverLimit returns the names of the Lite users among these who now
// reach more than limit organizations that are not purged.
func (tx *Tx) SystemOverLimit(users []tenon.UserID, limit int) ([]string, error) {
	a := args{tx.d.bindersArg(binderIDs(users))}
	return column[string](tx, `SELECT u.name FROM users u JOIN reach r ON r.user_id = u.id JOIN binders b ON b.id = r.binder_id JOIN organizations o ON o.id = b.organization_id
		WHERE u.role = 'lite' AND o.state <> 'purged' AND `+tx.d.inBinders("u.id", "$1")+`
		GROUP BY u.id, u.name HAVING count(DISTINCT o.id) > `+a.add(limit)+` ORDER BY u.name`, a...)
}

// SystemReaches tells whether the grants of a user, their own or their
// groups', reach the binder.
func (tx *Tx) SystemReaches(user tenon.UserID, b tenon.BinderID) (bool, error) {
	n, err := column[int64](tx, `SELECT 1 FROM reach WHERE user_id = $1 AND binder_id = $2`, user, b)
	return len(n) > 0, err
}

// SystemDeniers returns the names of the user's groups that deny a kind.
func (tx *Tx) SystemDeniers(user tenon.UserID, k tenon.Kind) ([]string, error) {
	return column[string](tx, `SELECT g.name FROM group_members m JOIN group_denials d ON d.group_id = m.group_id JOIN groups g ON g.id = m.group_id
		WHERE m.user_id = $1 AND d.kind = $2 ORDER BY g.name_key`, user, int64(k))
}

// SystemDenials returns the kinds denied to each of these users.
func (tx *Tx) SystemDenials(users []tenon.UserID) (map[tenon.UserID][]tenon.Kind, error) {
	out := map[tenon.UserID][]tenon.Kind{}
	return out, tx.each(func(r Scanner) error {
		var u tenon.UserID
		var k tenon.Kind
		err := r.Scan(&u, &k)
		out[u] = append(out[u], k)
		return err
	}, `SELECT DISTINCT m.user_id, d.kind FROM group_members m JOIN group_denials d ON d.group_id = m.group_id
		WHERE `+tx.d.inBinders("m.user_id", "$1")+` ORDER BY m.user_id, d.kind`, tx.d.bindersArg(binderIDs(users)))
}

// SystemAdmits returns how the item's own restriction admits the user: "" for
// by name, else the name of a group. None where it does not.
func (tx *Tx) SystemAdmits(item tenon.ItemID, user tenon.UserID) ([]string, error) {
	return column[string](tx, `SELECT '' FROM restrictions x WHERE x.item_id = $1 AND x.subject_kind = 'user' AND x.subject_id = $2
		UNION ALL SELECT g.name FROM restrictions x JOIN groups g ON g.id = x.subject_id JOIN group_members m ON m.group_id = g.id AND m.user_id = $2
			WHERE x.item_id = $1 AND x.subject_kind = 'group' ORDER BY 1`, item, user)
}

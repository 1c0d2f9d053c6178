package store

import (
	"slices"

	"github.com/tenonhq/tenon"
)

// What a mark of the demo names.
const (
	DemoOrganization = "organization"
	DemoItem         = "item"
	DemoFile         = "file"
	DemoEntry        = "entry" // of a look-up list
	DemoType         = "type"  // of flexible assets
	DemoUser         = "user"
	DemoGroup        = "group"
)

// DemoMark says that the demo made a record, and how it left it.
type DemoMark struct {
	Record int64
	What   string
	// Place counts the organizations of one run, from 0.
	Place   int64
	Version int64
}

// MarkDemo marks what the demo made. Marked again, a record has been left
// anew: its version is taken.
func (tx *Tx) MarkDemo(run tenon.OperationID, marks ...DemoMark) error {
	rows := make([][]any, len(marks))
	for i, m := range marks {
		rows[i] = []any{m.Record, m.What, int64(run), m.Place, max(m.Version, 1)}
	}
	return tx.insertMany("demo_records (record_id, what, run, place, version)", 5, rows, ` ON CONFLICT (record_id) DO UPDATE SET version = excluded.version`)
}

// MarkDemoItem takes the version of an item that the demo has just changed.
func (tx *Tx) MarkDemoItem(id tenon.ItemID) error {
	return tx.run(`UPDATE demo_records SET version = (SELECT i.version FROM items i WHERE i.id = $1) WHERE record_id = $1`, id)
}

// SystemDemoPlaces returns the organizations that one run of the demo made, in
// the order in which it made them.
func (tx *Tx) SystemDemoPlaces(run tenon.OperationID) ([]tenon.OrgID, error) {
	return column[tenon.OrgID](tx, `SELECT record_id FROM demo_records WHERE what = 'organization' AND run = $1 ORDER BY place`, run)
}

// HasDemo tells whether anything of the demo is there. It tells nothing else,
// so that everybody may ask.
func (tx *Tx) HasDemo() (bool, error) {
	found, err := column[int64](tx, `SELECT record_id FROM demo_records LIMIT 1`)
	return len(found) > 0, err
}

// CountOrganizationsAtMost counts the live organizations of the account, up to
// a limit. It tells no more than whether there are any.
func (tx *Tx) CountOrganizationsAtMost(limit int64) (int64, error) {
	found, err := column[tenon.OrgID](tx, `SELECT id FROM organizations WHERE state <> 'purged' AND id <> $1 ORDER BY id LIMIT $2`, tenon.SystemOrg, limit)
	return int64(len(found)), err
}

// DemoOrg is an organization that the demo made, as it is now.
type DemoOrg struct {
	ID        tenon.OrgID
	Name      string
	State     tenon.OrgState
	Owner     tenon.OrgID // who has its binder: itself, or what it was merged into
	OwnerName string
	Above     tenon.OrgID // whose sub-organization it is, 0 for none
	Version   int64
	Made      int64 // its version when the demo left it
}

// SystemDemoOrganizations returns what is left of the demo's organizations.
func (tx *Tx) SystemDemoOrganizations() ([]DemoOrg, error) {
	return list(tx, func(r Scanner, o *DemoOrg) error {
		return r.Scan(&o.ID, &o.Name, &o.State, &o.Owner, &o.OwnerName, &o.Above, &o.Version, &o.Made)
	}, `SELECT o.id, o.name, o.state, b.organization_id, w.name, COALESCE(p.organization_id, 0), o.version, d.version
		FROM demo_records d JOIN organizations o ON o.id = d.record_id JOIN binders b ON b.id = o.id JOIN organizations w ON w.id = b.organization_id
		LEFT JOIN binders p ON p.id = o.parent_binder_id WHERE d.what = 'organization' AND o.state <> 'purged' ORDER BY o.id`)
}

// DemoGuest is something that the demo did not make, beside something that it
// made.
type DemoGuest struct {
	Org  tenon.OrgID // the demo's, in which or below which it stands
	ID   int64
	Name string
	Host tenon.ItemID // the demo's item that it hangs on, 0 for none
}

func scanGuest(r Scanner, g *DemoGuest) error { return r.Scan(&g.Org, &g.ID, &g.Name, &g.Host) }

// changedToo widens a condition on what the demo did not make to what somebody
// has changed since.
func changedToo(changed bool) string {
	if changed {
		return "(d.record_id IS NULL OR i.version > d.version)"
	}
	return "d.record_id IS NULL"
}

// SystemDemoItems returns the items that are the account's own and filed with
// any of the organizations, also what is in the trash; with changed also the
// demo's that somebody has changed.
func (tx *Tx) SystemDemoItems(orgs []tenon.OrgID, changed bool) ([]DemoGuest, error) {
	return list(tx, scanGuest, `SELECT b.organization_id, i.id, i.name, 0 FROM items i JOIN binders b ON b.id = i.binder_id LEFT JOIN demo_records d ON d.record_id = i.id
		WHERE `+changedToo(changed)+` AND `+tx.d.inBinders("b.organization_id", "$1")+` ORDER BY b.organization_id, i.id`, tx.d.bindersArg(binderIDs(orgs)))
}

// SystemDemoHosts returns the account's own items that hang on the demo's, or
// were merged into them, wherever they are filed.
func (tx *Tx) SystemDemoHosts(changed bool) ([]DemoGuest, error) {
	out, err := list(tx, scanGuest, `SELECT b.organization_id, i.id, i.name, h.id FROM demo_records m JOIN items h ON h.id = m.record_id JOIN binders b ON b.id = h.binder_id
		JOIN items i ON i.merged_into = h.id LEFT JOIN demo_records d ON d.record_id = i.id WHERE m.what = 'item' AND `+changedToo(changed)+` ORDER BY i.id`)
	if err != nil {
		return nil, err
	}
	hang, err := list(tx, scanGuest, `SELECT b.organization_id, i.id, i.name, h.id FROM demo_records m JOIN items h ON h.id = m.record_id JOIN binders b ON b.id = h.binder_id
		JOIN record_keys k ON k.field IN (`+hostFieldList+`) AND k.key = CAST(h.id AS TEXT)
		JOIN items i ON i.id = k.record_id LEFT JOIN demo_records d ON d.record_id = i.id WHERE m.what = 'item' AND `+changedToo(changed)+` ORDER BY i.id`)
	if err != nil {
		return nil, err
	}
	files, err := list(tx, scanGuest, `SELECT b.organization_id, a.id, a.name, h.id FROM demo_records m JOIN items h ON h.id = m.record_id JOIN binders b ON b.id = h.binder_id
		JOIN attachments a ON a.item_id = h.id AND a.removed_at IS NULL LEFT JOIN demo_records d ON d.record_id = a.id WHERE m.what = 'item' AND d.record_id IS NULL ORDER BY a.id`)
	return append(append(out, hang...), files...), err
}

// SystemDemoGuests returns what else of the account's own keeps organizations
// of the demo: files of the organization, organizations that were merged into
// it, and live ones below it.
func (tx *Tx) SystemDemoGuests(orgs []tenon.OrgID) (files, merged, below []DemoGuest, err error) {
	arg := tx.d.bindersArg(binderIDs(orgs))
	if files, err = list(tx, scanGuest, `SELECT b.organization_id, a.id, a.name, 0 FROM attachments a JOIN binders b ON b.id = a.binder_id LEFT JOIN demo_records d ON d.record_id = a.id
		WHERE d.record_id IS NULL AND a.removed_at IS NULL AND `+tx.d.inBinders("b.organization_id", "$1")+` ORDER BY b.organization_id, a.id`, arg); err != nil {
		return nil, nil, nil, err
	}
	if merged, err = list(tx, scanGuest, `SELECT b.organization_id, o.id, o.name, 0 FROM binders b JOIN organizations o ON o.id = b.id LEFT JOIN demo_records d ON d.record_id = o.id
		WHERE d.record_id IS NULL AND o.id <> b.organization_id AND `+tx.d.inBinders("b.organization_id", "$1")+` ORDER BY b.organization_id, o.id`, arg); err != nil {
		return nil, nil, nil, err
	}
	below, err = list(tx, scanGuest, `SELECT b.organization_id, o.id, o.name, 0 FROM organizations o JOIN binders b ON b.id = o.parent_binder_id LEFT JOIN demo_records d ON d.record_id = o.id
		WHERE d.record_id IS NULL AND o.state = 'live' AND `+tx.d.inBinders("b.organization_id", "$1")+` ORDER BY b.organization_id, o.id`, arg)
	return files, merged, below, err
}

// DemoRow is an item, a user or a group of the demo, as it is now.
type DemoRow struct {
	ID      int64
	Name    string
	Kind    tenon.Kind  // of an item
	Org     tenon.OrgID // in which an item is filed
	Changed bool        // since the demo left it
}

// SystemDemoKinds counts the demo's items of any of the organizations by kind.
func (tx *Tx) SystemDemoKinds(orgs []tenon.OrgID) (map[tenon.Kind]int64, error) {
	out := map[tenon.Kind]int64{}
	return out, tx.each(countRow(out, 1), `SELECT i.kind, count(*) FROM demo_records d JOIN items i ON i.id = d.record_id JOIN binders b ON b.id = i.binder_id
		WHERE d.what = 'item' AND `+tx.d.inBinders("b.organization_id", "$1")+` GROUP BY i.kind`, tx.d.bindersArg(binderIDs(orgs)))
}

// SystemDemoElsewhere returns the demo's items that are filed with none of the
// organizations.
func (tx *Tx) SystemDemoElsewhere(orgs []tenon.OrgID) ([]DemoRow, error) {
	return list(tx, func(r Scanner, i *DemoRow) error { return r.Scan(&i.ID, &i.Name, &i.Kind, &i.Org, &i.Changed) },
		`SELECT i.id, i.name, i.kind, b.organization_id, i.version > d.version FROM demo_records d JOIN items i ON i.id = d.record_id JOIN binders b ON b.id = i.binder_id
		WHERE d.what = 'item' AND NOT (`+tx.d.inBinders("b.organization_id", "$1")+`) ORDER BY i.id`, tx.d.bindersArg(binderIDs(orgs)))
}

// SystemDemoChanged returns the demo's organizations and items that somebody
// has changed since it left them, at most limit of each.
func (tx *Tx) SystemDemoChanged(limit int) (names []string, n int64, err error) {
	found, err := column[string](tx, `SELECT o.name FROM demo_records d JOIN organizations o ON o.id = d.record_id WHERE d.what = 'organization' AND o.state = 'live' AND o.version > d.version
		UNION ALL SELECT i.name FROM demo_records d JOIN items i ON i.id = d.record_id WHERE d.what = 'item' AND i.trashed_by IS NULL AND i.version > d.version ORDER BY 1`)
	return found[:min(limit, len(found))], int64(len(found)), err
}

// SystemDemoPeople returns the demo's users and groups; a user counts as
// changed who has chosen a password, and a group that has other members.
func (tx *Tx) SystemDemoPeople() (users, groups []DemoRow, err error) {
	scan := func(r Scanner, p *DemoRow) error { return r.Scan(&p.ID, &p.Name, &p.Changed) }
	users, err = list(tx, scan, `SELECT u.id, u.name, CASE WHEN u.password_hash <> '' OR u.signed_in_at IS NOT NULL OR u.role = 'administrator' THEN TRUE ELSE FALSE END
		FROM demo_records d JOIN users u ON u.id = d.record_id WHERE d.what = 'user' ORDER BY u.id`)
	if err != nil {
		return nil, nil, err
	}
	groups, err = list(tx, scan, `SELECT g.id, g.name, EXISTS (SELECT 1 FROM group_members m LEFT JOIN demo_records x ON x.record_id = m.user_id WHERE m.group_id = g.id AND x.record_id IS NULL)
		FROM demo_records d JOIN groups g ON g.id = d.record_id WHERE d.what = 'group' AND g.deleted_at IS NULL ORDER BY g.id`)
	return users, groups, err
}

// SystemTake puts live organizations, and items wherever they are, into the
// trash of an operation that purges them.
func (tx *Tx) SystemTake(op tenon.OperationID, orgs []tenon.OrgID, items []tenon.ItemID) error {
	err := tx.run(`UPDATE organizations SET state = 'trashed', trashed_by = $1, version = version + 1, updated_at = $2 WHERE state IN ('live', 'trashed') AND `+
		tx.d.inBinders("id", "$3"), op, micros(tx.now), tx.d.bindersArg(binderIDs(orgs)))
	if err != nil {
		return err
	}
	for part := range slices.Chunk(items, tieBatch) {
		if err := tx.run(`UPDATE items SET trashed_by = $1, version = version + 1, updated_at = $2 WHERE `+tx.d.inBinders("id", "$3"),
			op, micros(tx.now), tx.d.bindersArg(binderIDs(part))); err != nil {
			return err
		}
	}
	return nil
}

// SystemForgetDemo takes away what the demo made beside records and people: its
// users and groups among those given, its list entries and types that nothing
// names any more, and then all marks. What is named stays, and is the account's
// own from now on. It returns how much went, and how much of it stayed.
func (tx *Tx) SystemForgetDemo(users []tenon.UserID, groups []tenon.GroupID) (gone, kept int64, err error) {
	for _, g := range groups {
		if err := tx.DeleteGroup(g); err != nil {
			return 0, 0, err
		}
		// Nothing is restricted to it: without its row, nothing opens.
		n, err := tx.exec(`DELETE FROM groups WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM restrictions r WHERE r.subject_kind = 'group' AND r.subject_id = groups.id)`, g)
		if err != nil {
			return 0, 0, err
		}
		gone += n
	}
	for _, u := range users {
		// Without them, what is restricted to them would be open to everybody.
		closed, err := column[tenon.ItemID](tx, `SELECT item_id FROM restrictions WHERE subject_kind = 'user' AND subject_id = $1 LIMIT 1`, u)
		if err != nil {
			return 0, 0, err
		}
		if len(closed) > 0 {
			kept++
			continue
		}
		if err := tx.deleteUser(u); err != nil {
			return 0, 0, err
		}
		gone++
	}
	entries, used, err := tx.forgetLists()
	if err != nil {
		return 0, 0, err
	}
	return gone + entries, kept + used, tx.run(`DELETE FROM demo_records`)
}

// deleteUser removes somebody who never signed in, with all that hangs on them.
// The log goes on naming them.
func (tx *Tx) deleteUser(id tenon.UserID) error {
	for _, text := range []string{
		`DELETE FROM group_members WHERE user_id = $1`,
		`DELETE FROM memberships WHERE person_id = $1`,
		`DELETE FROM grants WHERE subject_kind = 'user' AND subject_id = $1`,
		`DELETE FROM reach WHERE user_id = $1`,
		`DELETE FROM sessions WHERE user_id = $1`,
		`DELETE FROM api_keys WHERE user_id = $1`,
		`DELETE FROM one_time_links WHERE user_id = $1`,
		`DELETE FROM recovery_codes WHERE user_id = $1`,
		`DELETE FROM mail_outbox WHERE user_id = $1`,
		`DELETE FROM reminders_sent WHERE user_id = $1`,
		`DELETE FROM reminder_choices WHERE user_id = $1`,
		`DELETE FROM favourites WHERE user_id = $1`,
		`DELETE FROM opened WHERE user_id = $1`,
		`DELETE FROM list_settings WHERE user_id = $1`,
		`DELETE FROM list_views WHERE user_id = $1`,
		`DELETE FROM users WHERE id = $1`,
	} {
		if err := tx.run(text, id); err != nil {
			return err
		}
	}
	return nil
}

package store

import "github.com/tenonhq/tenon"

// maxOpened is how many records back "recently opened" remembers of a person.
const maxOpened = 100

// SetFavourite stars records of a viewer, or takes the star away. An
// organization is named by its binders: its star goes with them through a merge.
func (tx *Tx) SetFavourite(v tenon.Viewer, ids []int64, on bool) error {
	if len(ids) == 0 {
		return nil
	}
	if !on {
		return tx.run(`DELETE FROM favourites WHERE user_id = $1 AND `+tx.d.inBinders("record_id", "$2"), v.User, tx.d.bindersArg(binderIDs(ids)))
	}
	return tx.run(`INSERT INTO favourites (user_id, record_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, record_id) DO NOTHING`, v.User, ids[0], micros(tx.now))
}

// CountFavourites counts the stars of a viewer.
func (tx *Tx) CountFavourites(v tenon.Viewer) (n int64, err error) {
	err = tx.row(`SELECT count(*) FROM favourites WHERE user_id = $1`, v.User).Scan(&n)
	return n, err
}

// Favourites tells which of the records the viewer has starred. An
// organization is asked for by its binders.
func (tx *Tx) Favourites(v tenon.Viewer, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	found, err := column[int64](tx, `SELECT record_id FROM favourites WHERE user_id = $1 AND `+tx.d.inBinders("record_id", "$2"), v.User, tx.d.bindersArg(binderIDs(ids)))
	for _, id := range found {
		out[id] = true
	}
	return out, err
}

// NoteOpened remembers that the viewer has opened a record, and forgets what
// was opened long before.
func (tx *Tx) NoteOpened(v tenon.Viewer, id int64) error {
	err := tx.run(`INSERT INTO opened (user_id, record_id, at) VALUES ($1, $2, $3) ON CONFLICT (user_id, record_id) DO UPDATE SET at = excluded.at`, v.User, id, micros(tx.now))
	if err != nil {
		return err
	}
	return tx.run(`DELETE FROM opened WHERE user_id = $1 AND at < (SELECT COALESCE(MIN(x.at), 0) FROM (SELECT at FROM opened WHERE user_id = $1 ORDER BY at DESC LIMIT $2) AS x)`, v.User, maxOpened)
}

// Shortcuts are the records that a viewer comes back to.
type Shortcuts struct {
	Starred []tenon.Shortcut // by kind and name
	Opened  []tenon.Shortcut // the latest first
}

// ListShortcuts returns what the viewer has starred or opened and may see, at
// most limit of what was opened; with orgs the organizations alone. It is one
// statement, for it stands above lists and on the home page.
func (tx *Tx) ListShortcuts(v tenon.Viewer, orgs bool, limit int) (Shortcuts, error) {
	var out Shortcuts
	a := args{v.User}
	text := tx.shortcuts(&a, v, orgs, "1", "favourites s", "s.created_at", "x.kind, x.name, x.id", tenon.MaxFavourites) + " UNION ALL " +
		tx.shortcuts(&a, v, orgs, "2", "opened s", "s.at", "x.at DESC, x.id DESC", limit)
	return out, tx.each(func(r Scanner) error {
		var which int64
		var s tenon.Shortcut
		if err := r.Scan(&which, &s.Record, &s.Kind, &s.Name, &s.OrgID, &s.OrgName, instant{&s.At}); err != nil {
			return err
		}
		if which == 1 {
			out.Starred = append(out.Starred, s)
		} else {
			out.Opened = append(out.Opened, s)
		}
		return nil
	}, text, a...)
}

// shortcuts lists live records that a table of the viewer's own names. A row
// of an organization names its home binder, whoever owns that by now. $1 is the
// viewer's id.
func (tx *Tx) shortcuts(a *args, v tenon.Viewer, orgs bool, which, from, at, order string, limit int) string {
	arms := `SELECT o.id AS id, CAST(0 AS BIGINT) AS kind, o.name AS name, o.id AS org, o.name AS org_name, MAX(` + at + `) AS at
		FROM ` + from + ` JOIN binders b ON b.id = s.record_id JOIN organizations o ON o.id = b.organization_id
		WHERE s.user_id = $1 AND o.state = 'live' AND ` + a.seesOrganization(v, "o") + ` AND ` + a.seesBinder(v, "b.id") + ` GROUP BY o.id, o.name`
	if !orgs {
		arms += ` UNION ALL SELECT i.id, CAST(i.kind AS BIGINT), i.name, o.id, o.name, ` + at + `
			FROM ` + from + ` JOIN items i ON i.id = s.record_id JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id
			WHERE s.user_id = $1 AND i.trashed_by IS NULL AND o.state = 'live' AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id")
	}
	return `SELECT which, id, kind, name, org, org_name, at FROM (SELECT ` + which + ` AS which, x.id, x.kind, x.name, x.org, x.org_name, x.at FROM (` + arms + `) AS x ORDER BY ` + order + ` LIMIT ` + a.add(limit) + `) AS y` + which
}

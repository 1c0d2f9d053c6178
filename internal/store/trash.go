package store

import (
	"github.com/tenonhq/tenon"
)

// TreeOrg is an organization of a tree with its place in it.
type TreeOrg struct {
	ID     tenon.OrgID
	Parent tenon.OrgID // 0 for the root
	Depth  int         // 1 for the root
}

// SystemTree returns the organization, whatever its state, and everything
// below it that is in the state given and reached through such: parents first.
func (tx *Tx) SystemTree(root tenon.OrgID, state tenon.OrgState) ([]TreeOrg, error) {
	return list(tx, func(r Scanner, t *TreeOrg) error { return r.Scan(&t.ID, &t.Parent, &t.Depth) },
		`WITH RECURSIVE t(id, parent, depth) AS (
			SELECT o.id, CAST(0 AS BIGINT), 1 FROM organizations o WHERE o.id = $1
			UNION ALL SELECT c.id, t.id, t.depth + 1 FROM t JOIN binders b ON b.organization_id = t.id
				JOIN organizations c ON c.parent_binder_id = b.id AND c.id <> t.id WHERE c.state = $2 AND t.depth < 100)
		SELECT id, parent, depth FROM t ORDER BY depth, id`, root, string(state))
}

// Trees returns the trees of several organizations, as SystemTree has them, of
// those roots that the viewer may know of.
func (tx *Tx) Trees(v tenon.Viewer, roots []tenon.OrgID, state tenon.OrgState) (map[tenon.OrgID][]TreeOrg, error) {
	a := args{tx.d.bindersArg(binderIDs(roots)), string(state)}
	out := map[tenon.OrgID][]TreeOrg{}
	return out, tx.each(func(r Scanner) error {
		var root tenon.OrgID
		var t TreeOrg
		err := r.Scan(&root, &t.ID, &t.Parent, &t.Depth)
		out[root] = append(out[root], t)
		return err
	}, `WITH RECURSIVE t(root, id, parent, depth) AS (
			SELECT o.id, o.id, CAST(0 AS BIGINT), 1 FROM organizations o WHERE `+tx.d.inBinders("o.id", "$1")+` AND `+a.seesOrganization(v, "o")+`
			UNION ALL SELECT t.root, c.id, t.id, t.depth + 1 FROM t JOIN binders b ON b.organization_id = t.id
				JOIN organizations c ON c.parent_binder_id = b.id AND c.id <> t.id WHERE c.state = $2 AND t.depth < 100)
		SELECT root, id, parent, depth FROM t ORDER BY root, depth, id`, a...)
}

// States of links: at work, and what remembers that a record was deleted or merged here.
const (
	LinkSyncing   = "syncing"
	LinkTombstone = "tombstone"
)

// Link is the tie between one remote record and one of ours.
type Link struct {
	Connection int64          `json:"connection"`
	Kind       string         `json:"kind"`
	External   string         `json:"external"`
	Binder     tenon.BinderID `json:"binder,omitempty"`
	Item       tenon.ItemID   `json:"item,omitempty"`
	State      string         `json:"state"`
}

const linkColumns = `l.connection_id, l.kind, l.external_id, COALESCE(l.binder_id, 0), COALESCE(l.item_id, 0), l.state`

func scanLink(r Scanner, l *Link) error {
	return r.Scan(&l.Connection, &l.Kind, &l.External, &l.Binder, &l.Item, &l.State)
}

// SystemBinderLinks returns the links of organizations through these binders.
func (tx *Tx) SystemBinderLinks(binders []tenon.BinderID) ([]Link, error) {
	return list(tx, scanLink, `SELECT `+linkColumns+` FROM links l WHERE `+tx.d.inBinders("l.binder_id", "$1")+
		` ORDER BY l.connection_id, l.kind, l.external_id`, tx.d.bindersArg(binders))
}

// SetLinkState writes the state of a link.
func (tx *Tx) SetLinkState(l Link, state string) error {
	return tx.run(`UPDATE links SET state = $1 WHERE connection_id = $2 AND kind = $3 AND external_id = $4`, state, l.Connection, l.Kind, l.External)
}

// RestoreLink gives a tombstone the state that the link had, where it still
// belongs to the same record.
func (tx *Tx) RestoreLink(l Link) error {
	return tx.run(`UPDATE links SET state = $1 WHERE connection_id = $2 AND kind = $3 AND external_id = $4 AND state = 'tombstone'
		AND COALESCE(binder_id, 0) = $5 AND COALESCE(item_id, 0) = $6`, l.State, l.Connection, l.Kind, l.External, l.Binder, l.Item)
}

// SystemCountFiles counts the attachments of these binders and of their items.
func (tx *Tx) SystemCountFiles(binders []tenon.BinderID) (int64, error) {
	var n int64
	err := tx.row(`SELECT (SELECT count(*) FROM attachments a WHERE a.removed_at IS NULL AND `+tx.d.inBinders("a.binder_id", "$1")+`)
		+ (SELECT count(*) FROM attachments a JOIN items i ON i.id = a.item_id WHERE a.removed_at IS NULL AND i.trashed_by IS NULL AND `+
		tx.d.inBinders("i.binder_id", "$1")+`)`, tx.d.bindersArg(binders)).Scan(&n)
	return n, err
}

// Homeless is a contact that is a member of an organization other than its own.
type Homeless struct {
	ID      tenon.ItemID
	Name    string
	Binder  tenon.BinderID
	From    tenon.OrgID
	To      tenon.OrgID
	ToName  string
	Through tenon.BinderID // of the membership
	Version int64
	// Seen tells that the contact and where it goes are for the viewer.
	Seen bool
}

// SystemHomeless returns the contacts filed in these binders that are members
// of a live organization not among gone, each with its oldest such membership,
// at most limit of them, and whether the viewer sees the one and reaches the
// other. It starts from the memberships beside people's own, which are few: the
// contacts of the binders may be very many.
func (tx *Tx) SystemHomeless(v tenon.Viewer, binders []tenon.BinderID, gone []tenon.OrgID, limit int) ([]Homeless, error) {
	if len(binders) == 0 {
		return nil, nil
	}
	a := args{tx.d.bindersArg(binders), tx.d.bindersArg(binderIDs(gone))}
	seen := a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id") + ` AND ` + ownerLive("i.binder_id") +
		` AND EXISTS (SELECT 1 FROM binders rb WHERE rb.organization_id = o.id AND ` + a.seesBinder(v, "rb.id") + `)`
	var out []Homeless
	err := tx.each(func(r Scanner) error {
		var h Homeless
		if err := r.Scan(&h.ID, &h.Name, &h.Binder, &h.Version, &h.From, &h.To, &h.ToName, &h.Through, &h.Seen); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].ID != h.ID {
			out = append(out, h)
		}
		return nil
	}, `SELECT i.id, i.name, i.binder_id, i.version, ib.organization_id, o.id, o.name, m.binder_id, (`+seen+`)
		FROM memberships m CROSS JOIN items i JOIN binders ib ON ib.id = i.binder_id
		JOIN binders mb ON mb.id = m.binder_id JOIN organizations o ON o.id = mb.organization_id
		WHERE m.own = FALSE AND i.id = m.person_id AND `+tx.d.inBinders("i.binder_id", "$1")+` AND i.kind = 2 AND i.trashed_by IS NULL
		AND o.state = 'live' AND o.id <> 1 AND NOT `+tx.d.inBinders("o.id", "$2")+` ORDER BY i.id, m.created_at, m.binder_id`, a...)
	if len(out) > limit {
		out = out[:limit]
	}
	return out, err
}

// AddLink files a new link.
func (tx *Tx) AddLink(l Link) error {
	return tx.run(`INSERT INTO links (connection_id, kind, external_id, binder_id, item_id, state) VALUES ($1, $2, $3, $4, $5, $6)`,
		l.Connection, l.Kind, l.External, null(l.Binder), null(l.Item), l.State)
}

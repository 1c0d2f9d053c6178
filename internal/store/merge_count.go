package store

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// MergeCounts is what a plan of a merge counts, for people to read: nothing of
// it decides anything.
type MergeCounts struct {
	// All counts the items of each binder, Closed the restricted ones among
	// them, and Seen those restricted ones that the viewer may see.
	All, Closed, Seen map[tenon.BinderID]map[tenon.Kind]int64
	// Named counts, for each user, the restricted items that they may see: each
	// restriction that guards them, also that of what they hang on, names the
	// user or a group of theirs.
	Named map[tenon.UserID]map[tenon.BinderID]map[tenon.Kind]int64
	// Members are filed elsewhere, Relations lead from elsewhere to a source,
	// Aliases are its old names.
	Members, Relations, Aliases map[tenon.OrgID]int64
	// Draws are contacts outside of the binders with an address in the domain.
	Draws map[string]int64
}

// MergeCount is what is counted for: the sources, all binders of all sides, the
// users who may gain something, and the domains that the target would gain.
type MergeCount struct {
	Sources []tenon.OrgID
	Binders []tenon.BinderID
	Users   []tenon.UserID
	Domains []string
}

// CountMerge counts for a plan, in one statement: each arm of it asks for
// itself, by an index of its own.
func (tx *Tx) CountMerge(v tenon.Viewer, q MergeCount) (*MergeCounts, error) {
	out := &MergeCounts{Named: map[tenon.UserID]map[tenon.BinderID]map[tenon.Kind]int64{}, Members: map[tenon.OrgID]int64{}, Relations: map[tenon.OrgID]int64{},
		Aliases: map[tenon.OrgID]int64{}, Draws: map[string]int64{}}
	binders := map[string]*map[tenon.BinderID]map[tenon.Kind]int64{"all": &out.All, "closed": &out.Closed, "seen": &out.Seen}
	for _, m := range binders {
		*m = map[tenon.BinderID]map[tenon.Kind]int64{}
	}
	orgs := map[string]map[tenon.OrgID]int64{"members": out.Members, "relations": out.Relations, "aliases": out.Aliases}
	text, a := tx.countMergeText(v, q)
	return out, tx.each(func(r Scanner) error {
		var part, word string
		var of, user, n int64
		var kind tenon.Kind
		if err := r.Scan(&part, &of, &user, &kind, &word, &n); err != nil {
			return err
		}
		switch {
		case part == "draws":
			out.Draws[word] = n
		case part == "named":
			u := tenon.UserID(user)
			if out.Named[u] == nil {
				out.Named[u] = map[tenon.BinderID]map[tenon.Kind]int64{}
			}
			put(out.Named[u], tenon.BinderID(of), kind, n)
		case orgs[part] != nil:
			orgs[part][tenon.OrgID(of)] = n
		default:
			put(*binders[part], tenon.BinderID(of), kind, n)
		}
		return nil
	}, text, a...)
}

func put(in map[tenon.BinderID]map[tenon.Kind]int64, b tenon.BinderID, k tenon.Kind, n int64) {
	if in[b] == nil {
		in[b] = map[tenon.Kind]int64{}
	}
	in[b][k] = n
}

func (tx *Tx) countMergeText(v tenon.Viewer, q MergeCount) (string, args) {
	a := args{tx.d.bindersArg(q.Binders), tx.d.bindersArg(binderIDs(q.Sources))}
	in := func(column string) string { return tx.d.inBinders(column, "$1") }
	source := tx.d.inBinders("b.organization_id", "$2")
	closed := `FROM items i WHERE ` + in("i.binder_id") + ` AND i.restricted = TRUE AND i.trashed_by IS NULL`
	arms := []string{
		`SELECT 'all', c.binder_id, CAST(0 AS BIGINT), c.kind, '', c.n FROM (` + tx.d.countEachText("items_by_id", "i.trashed_by IS NULL") + `) AS c`,
		`SELECT 'closed', i.binder_id, 0, i.kind, '', count(*) ` + closed + ` GROUP BY i.binder_id, i.kind`,
		`SELECT 'seen', i.binder_id, 0, i.kind, '', count(*) ` + closed + ` AND ` + a.seesItem(v, "i") + ` GROUP BY i.binder_id, i.kind`,
		`SELECT 'members', b.organization_id, 0, 0, '', count(DISTINCT m.person_id) FROM binders b JOIN memberships m ON m.binder_id = b.id AND m.own = FALSE
			JOIN items i ON i.id = m.person_id JOIN binders f ON f.id = i.binder_id WHERE ` + source + ` AND f.organization_id <> b.organization_id GROUP BY b.organization_id`,
		`SELECT 'relations', b.organization_id, 0, 0, '', count(*) FROM binders b JOIN relations r ON r.to_binder = b.id WHERE ` + source + ` GROUP BY b.organization_id`,
		`SELECT 'aliases', b.organization_id, 0, 0, '', count(DISTINCT x.value) FROM binders b JOIN aliases x ON x.binder_id = b.id WHERE ` + source + ` GROUP BY b.organization_id`,
	}
	if len(q.Users) > 0 {
		arms = append(arms, `SELECT 'named', s.binder_id, s.user_id, s.kind, '', count(*) FROM (
			SELECT u.id AS user_id, i.id, i.binder_id, i.kind FROM items i JOIN item_guards g ON g.item_id = i.id JOIN restrictions x ON x.item_id = g.guard_id
			JOIN users u ON (x.subject_kind = 'user' AND x.subject_id = u.id)
				OR (x.subject_kind = 'group' AND EXISTS (SELECT 1 FROM group_members m WHERE m.group_id = x.subject_id AND m.user_id = u.id))
			WHERE `+in("i.binder_id")+` AND i.restricted = TRUE AND i.trashed_by IS NULL AND `+tx.d.inBinders("u.id", a.add(tx.d.bindersArg(binderIDs(q.Users))))+`
			GROUP BY u.id, i.id, i.binder_id, i.kind
			HAVING count(DISTINCT g.guard_id) = (SELECT count(*) FROM item_guards n WHERE n.item_id = i.id)) AS s
			GROUP BY s.binder_id, s.user_id, s.kind`)
	}
	if len(q.Domains) > 0 {
		arms = append(arms, `SELECT 'draws', 0, 0, 0, k.key, count(DISTINCT i.id) FROM record_keys k JOIN items i ON i.id = k.record_id
			WHERE k.field = 'emails.domain' AND `+tx.d.inTexts("k.key", a.add(tx.d.textsArg(q.Domains)))+` AND i.trashed_by IS NULL AND NOT `+in("i.binder_id")+` GROUP BY k.key`)
	}
	return strings.Join(arms, ` UNION ALL `), a
}

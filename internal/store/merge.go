package store

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// This file holds the questions that plans ask.

// SystemBusy returns an unfinished operation that holds one of the organizations, or 0.
func (tx *Tx) SystemBusy(orgs []tenon.OrgID) (tenon.OperationID, string, error) {
	var id tenon.OperationID
	var title string
	arg := tx.d.bindersArg(binderIDs(orgs))
	err := tx.each(func(r Scanner) error { return r.Scan(&id, &title) },
		`SELECT p.id, p.title FROM operations p WHERE p.state = 'running' AND (`+tx.d.inBinders("p.source_id", "$1")+` OR `+tx.d.inBinders("p.target_id", "$1")+`) ORDER BY p.id LIMIT 1`, arg)
	return id, title, err
}

// Syncing counts what a connection keeps in step: organizations, and items.
type Syncing struct{ Organizations, Items int64 }

// SystemSyncing tells for each of the binders whether it is linked and syncing
// itself, and how many linked items it holds.
func (tx *Tx) SystemSyncing(binders []tenon.BinderID) (map[tenon.BinderID]Syncing, error) {
	out := map[tenon.BinderID]Syncing{}
	scan := func(r Scanner) error {
		var b tenon.BinderID
		var own, items int64
		err := r.Scan(&b, &own, &items)
		out[b] = Syncing{out[b].Organizations + own, out[b].Items + items}
		return err
	}
	return out, tx.each(scan, `SELECT l.binder_id, count(*), 0 FROM links l WHERE l.state = 'syncing' AND `+tx.d.inBinders("l.binder_id", "$1")+` GROUP BY l.binder_id
		UNION ALL SELECT i.binder_id, 0, count(*) FROM links l JOIN items i ON i.id = l.item_id WHERE l.state = 'syncing' AND `+tx.d.inBinders("i.binder_id", "$1")+` GROUP BY i.binder_id`,
		tx.d.bindersArg(binders))
}

// CountRestricted counts the restricted items of some binders by kind.
func (tx *Tx) CountRestricted(v tenon.Viewer, binders []tenon.BinderID) (map[tenon.Kind]int64, error) {
	out := map[tenon.Kind]int64{}
	var a args
	in := tx.d.inBinders("i.binder_id", a.add(tx.d.bindersArg(binders)))
	text := `SELECT i.kind, count(*) FROM items i WHERE ` + in + ` AND i.restricted = TRUE AND i.trashed_by IS NULL AND ` + a.seesItem(v, "i") + ` GROUP BY i.kind`
	return out, tx.each(countRow(out, 1), text, a...)
}

// SystemCountItems counts all items of some binders by kind, the restricted
// ones left out when open is set.
func (tx *Tx) SystemCountItems(binders []tenon.BinderID, open bool) (map[tenon.Kind]int64, error) {
	out, err := tx.CountItems(tenon.SystemViewer(), binders)
	if err != nil || !open {
		return out, err
	}
	closed, err := tx.CountRestricted(tenon.SystemViewer(), binders)
	for k, n := range closed {
		out[k] -= n
	}
	return out, err
}

// SystemRestrictedFor counts, for each user, the closed items of some binders
// that they may see, by kind: each restriction that guards them, also that of
// what they hang on, names the user or a group of theirs.
func (tx *Tx) SystemRestrictedFor(users []tenon.UserID, binders []tenon.BinderID) (map[tenon.UserID]map[tenon.Kind]int64, error) {
	out := map[tenon.UserID]map[tenon.Kind]int64{}
	if len(users) == 0 || len(binders) == 0 {
		return out, nil
	}
	err := tx.each(func(r Scanner) error {
		var u tenon.UserID
		var k tenon.Kind
		var n int64
		if err := r.Scan(&u, &k, &n); err != nil {
			return err
		}
		if out[u] == nil {
			out[u] = map[tenon.Kind]int64{}
		}
		out[u][k] = n
		return nil
	}, `SELECT seen.user_id, seen.kind, count(*) FROM (
		SELECT u.id AS user_id, i.id, i.kind FROM items i JOIN item_guards g ON g.item_id = i.id JOIN restrictions x ON x.item_id = g.guard_id
		JOIN users u ON (x.subject_kind = 'user' AND x.subject_id = u.id)
			OR (x.subject_kind = 'group' AND EXISTS (SELECT 1 FROM group_members m WHERE m.group_id = x.subject_id AND m.user_id = u.id))
		WHERE `+tx.d.inBinders("i.binder_id", "$1")+` AND i.restricted = TRUE AND i.trashed_by IS NULL AND `+tx.d.inBinders("u.id", "$2")+`
		GROUP BY u.id, i.id, i.kind
		HAVING count(DISTINCT g.guard_id) = (SELECT count(*) FROM item_guards n WHERE n.item_id = i.id)) AS seen
		GROUP BY seen.user_id, seen.kind`, tx.d.bindersArg(binders), tx.d.bindersArg(binderIDs(users)))
	return out, err
}

// Person is a user whose access a plan shows.
type Person struct {
	ID     tenon.UserID
	Name   string
	Role   tenon.Role
	Denied map[tenon.Kind]bool
	// Through names the groups, or is empty where the grant is to the user.
	Through []string
	// Before are the binders among those asked for that the user reaches.
	Before map[tenon.BinderID]bool
}

// SystemPeople returns the users who do not reach everything and have a part
// in any of these binders, with what they reach of them now.
func (tx *Tx) SystemPeople(users []tenon.UserID, binders []tenon.BinderID) ([]*Person, error) {
	if len(users) == 0 {
		return nil, nil
	}
	byID := map[tenon.UserID]*Person{}
	var out []*Person
	uArg, bArg := tx.d.bindersArg(binderIDs(users)), tx.d.bindersArg(binders)
	err := tx.each(func(r Scanner) error {
		p := &Person{Denied: map[tenon.Kind]bool{}, Before: map[tenon.BinderID]bool{}}
		if err := r.Scan(&p.ID, &p.Name, &p.Role); err != nil {
			return err
		}
		byID[p.ID] = p
		out = append(out, p)
		return nil
	}, `SELECT u.id, u.name, u.role FROM users u WHERE `+tx.d.inBinders("u.id", "$1")+` AND u.disabled = FALSE ORDER BY u.name, u.id`, uArg)
	if err != nil {
		return nil, err
	}
	err = tx.each(func(r Scanner) error {
		var u tenon.UserID
		var k tenon.Kind
		if err := r.Scan(&u, &k); err != nil {
			return err
		}
		if p := byID[u]; p != nil {
			p.Denied[k] = true
		}
		return nil
	}, `SELECT m.user_id, d.kind FROM group_members m JOIN group_denials d ON d.group_id = m.group_id WHERE `+tx.d.inBinders("m.user_id", "$1"), uArg)
	if err != nil {
		return nil, err
	}
	err = tx.each(func(r Scanner) error {
		var u tenon.UserID
		var b tenon.BinderID
		if err := r.Scan(&u, &b); err != nil {
			return err
		}
		if p := byID[u]; p != nil {
			p.Before[b] = true
		}
		return nil
	}, `SELECT r.user_id, r.binder_id FROM reach r WHERE `+tx.d.inBinders("r.user_id", "$1")+` AND `+tx.d.inBinders("r.binder_id", "$2"), uArg, bArg)
	return out, err
}

// SystemMembers returns the members of groups, for grants that name groups.
func (tx *Tx) SystemMembers(groups []tenon.GroupID) (map[tenon.GroupID][]tenon.UserID, map[tenon.GroupID]string, error) {
	members, names := map[tenon.GroupID][]tenon.UserID{}, map[tenon.GroupID]string{}
	if len(groups) == 0 {
		return members, names, nil
	}
	err := tx.each(func(r Scanner) error {
		var g tenon.GroupID
		var u tenon.UserID
		var name string
		if err := r.Scan(&g, &name, &u); err != nil {
			return err
		}
		names[g] = name
		if u != 0 {
			members[g] = append(members[g], u)
		}
		return nil
	}, `SELECT g.id, g.name, COALESCE(m.user_id, 0) FROM groups g LEFT JOIN group_members m ON m.group_id = g.id WHERE `+
		tx.d.inBinders("g.id", "$1")+` ORDER BY g.id, m.user_id`, tx.d.bindersArg(binderIDs(groups)))
	return members, names, err
}

// SystemDraws counts contacts outside these binders with an address in the domain.
func (tx *Tx) SystemDraws(domain string, binders []tenon.BinderID) (int64, error) {
	var n int64
	err := tx.row(`SELECT count(DISTINCT i.id) FROM record_keys k JOIN items i ON i.id = k.record_id
		WHERE k.field = 'emails.domain' AND k.key = $1 AND i.trashed_by IS NULL AND NOT `+tx.d.inBinders("i.binder_id", "$2"), domain, tx.d.bindersArg(binders)).Scan(&n)
	return n, err
}

// SystemNamed counts what names these binders from elsewhere: members
// filed in other binders, related items, grants, old names.
func (tx *Tx) SystemNamed(binders []tenon.BinderID) (members, relations, aliases int64, err error) {
	arg := tx.d.bindersArg(binders)
	for text, n := range map[string]*int64{
		`SELECT count(DISTINCT m.person_id) FROM memberships m JOIN items i ON i.id = m.person_id WHERE ` + tx.d.inBinders("m.binder_id", "$1") + ` AND NOT ` + tx.d.inBinders("i.binder_id", "$1"): &members,
		`SELECT count(*) FROM relations r WHERE ` + tx.d.inBinders("r.to_binder", "$1"):                                                                                                             &relations,
		`SELECT count(DISTINCT a.value) FROM aliases a WHERE ` + tx.d.inBinders("a.binder_id", "$1"):                                                                                                &aliases,
	} {
		if err := tx.row(text, arg).Scan(n); err != nil {
			return 0, 0, 0, err
		}
	}
	return members, relations, aliases, nil
}

// Twin is a pair of items of one kind that share a name or a look-up key.
type Twin struct {
	Kind  tenon.Kind
	A, B  tenon.ItemID
	NameA string
	NameB string
	Field string
}

// Suspect is an item whose twin is looked for elsewhere.
type Suspect struct {
	ID      tenon.ItemID
	Name    string
	nameKey string
}

func scanSuspect(r Scanner, s *Suspect) error { return r.Scan(&s.ID, &s.Name, &s.nameKey) }

// Suspects returns items of the binders whose kind has an identity, at most
// limit of them, for looking up their twins elsewhere.
func (tx *Tx) Suspects(v tenon.Viewer, binders []tenon.BinderID, k tenon.Kind, limit int) ([]Suspect, error) {
	l := listQuery{table: "items i", columns: "i.id, i.name, i.name_key", index: "items_by_id", order: []string{"i.id"}, limit: limit, binders: binders}
	l.where = []string{"i.trashed_by IS NULL", "i.kind = " + l.args.add(int64(k)), l.args.seesItem(v, "i")}
	return list(tx, scanSuspect, l.text(tx.d), l.args...)
}

// Twins returns at most limit pairs, for each of the fields, of a suspect and
// an item of the same kind in other that share a key of the field, or the
// folded name.
//
// Each statement asks one table by values at hand. As one join this is quicker
// to write, but on tables just filled, of which PostgreSQL knows nothing yet,
// it starts from all rows of the larger side and takes minutes.
func (tx *Tx) Twins(v tenon.Viewer, k tenon.Kind, fields []string, suspects []Suspect, other []tenon.BinderID, limit int) ([]Twin, error) {
	var out []Twin
	for _, f := range fields {
		keys, err := tx.keysOf(f, suspects)
		if err != nil {
			return nil, err
		}
		found, err := tx.sharing(v, k, f, slices.Concat(slices.Collect(maps.Values(keys))...), other, limit)
		if err != nil {
			return nil, err
		}
		left := limit
		for _, s := range suspects {
			for _, key := range keys[s.ID] {
				same := found[key]
				for _, t := range same[:min(len(same), left)] {
					out = append(out, Twin{Kind: k, A: s.ID, NameA: s.Name, B: t.ID, NameB: t.Name, Field: f})
				}
				left -= min(len(same), left)
			}
		}
	}
	return out, nil
}

// keysOf returns the keys of a field of each of the items; of the name, the
// folded name.
func (tx *Tx) keysOf(field string, of []Suspect) (map[tenon.ItemID][]string, error) {
	if field == "name" {
		out := make(map[tenon.ItemID][]string, len(of))
		for _, s := range of {
			out[s.ID] = []string{s.nameKey}
		}
		return out, nil
	}
	ids := make([]tenon.ItemID, len(of))
	for i, s := range of {
		ids[i] = s.ID
	}
	return tx.recordKeys(`SELECT k.record_id, k.key FROM record_keys k WHERE k.field = $2 AND `+tx.d.inBinders("k.record_id", "$1")+` ORDER BY k.record_id, k.key`,
		tx.d.bindersArg(binderIDs(ids)), field)
}

func (tx *Tx) recordKeys(text string, args ...any) (map[tenon.ItemID][]string, error) {
	out := map[tenon.ItemID][]string{}
	return out, tx.each(func(r Scanner) error {
		var id tenon.ItemID
		var key string
		err := r.Scan(&id, &key)
		out[id] = append(out[id], key)
		return err
	}, text, args...)
}

// sharing returns, by key, the items of a kind in some binders that have one of
// the keys in a field, at most limit of them, in the order of their ids.
func (tx *Tx) sharing(v tenon.Viewer, k tenon.Kind, field string, keys []string, in []tenon.BinderID, limit int) (map[string][]Suspect, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var a args
	binders, kind, sees := tx.d.inBinders("j.binder_id", a.add(tx.d.bindersArg(in))), a.add(int64(k)), a.seesItem(v, "j")
	where := binders + ` AND j.kind = ` + kind + ` AND j.trashed_by IS NULL AND ` + sees
	keysOfItem := map[tenon.ItemID][]string{}
	if field == "name" {
		where += ` AND ` + tx.d.inTexts("j.name_key", a.add(tx.d.textsArg(keys)))
	} else {
		var err error
		keysOfItem, err = tx.recordKeys(`SELECT q.record_id, q.key FROM record_keys q WHERE q.field = $2 AND `+tx.d.inTexts("q.key", "$1"), tx.d.textsArg(keys), field)
		if err != nil {
			return nil, err
		}
		where += ` AND ` + tx.d.inBinders("j.id", a.add(tx.d.bindersArg(binderIDs(slices.Collect(maps.Keys(keysOfItem))))))
	}
	items, err := list(tx, scanSuspect, `SELECT j.id, j.name, j.name_key FROM items j WHERE `+where+` ORDER BY j.id LIMIT `+a.add(limit), a...)
	if err != nil {
		return nil, err
	}
	out := map[string][]Suspect{}
	for _, t := range items {
		if field == "name" {
			keysOfItem[t.ID] = []string{t.nameKey}
		}
		for _, key := range keysOfItem[t.ID] {
			out[key] = append(out[key], t)
		}
	}
	return out, nil
}

// SystemClearLocation takes away the primary location of the organization
// where it is not filed with it any more, and tells whether it did.
func (tx *Tx) SystemClearLocation(org tenon.OrgID) (bool, error) {
	n, err := tx.exec(`UPDATE organizations SET primary_location_id = NULL, version = version + 1, updated_at = $2 WHERE id = $1 AND primary_location_id IS NOT NULL AND NOT EXISTS (
		SELECT 1 FROM items i JOIN binders b ON b.id = i.binder_id WHERE i.id = organizations.primary_location_id AND b.organization_id = organizations.id)`, org, micros(tx.now))
	return n > 0, err
}

// SystemUpdateOrganization saves name and values of an organization in any
// state: an undo puts fields back also where the row has been merged away since.
func (tx *Tx) SystemUpdateOrganization(o *tenon.Organization) error {
	doc, _ := orgDocument(o)
	var a args
	text := strings.Join([]string{
		`UPDATE organizations SET name = ` + a.add(o.Name), `name_key = ` + a.add(textkey.Fold(o.Name)),
		`primary_location_id = ` + a.add(null(o.Values.ID("primary_location_id"))),
		`type_id = ` + a.add(null(o.Values.ID("organization_type_id"))),
		`status_id = ` + a.add(null(o.Values.ID("organization_status_id"))),
		`fields = ` + a.add(doc), `version = version + 1`, `updated_at = ` + a.add(micros(tx.now)),
	}, ", ")
	if err := tx.run(text+` WHERE id = `+a.add(o.ID), a...); err != nil {
		return err
	}
	o.Version++
	return tx.indexOrganization(o)
}

// SystemStandingMerges returns the merges of these sources that were not
// undone, in the order in which they happened.
func (tx *Tx) SystemStandingMerges(sources []tenon.OrgID) ([]tenon.Operation, error) {
	return list(tx, scanOperation, `SELECT `+operationColumns+operationFrom+` WHERE p.kind = 'merge' AND p.state = 'done' AND `+
		tx.d.inBinders("p.source_id", "$1")+` ORDER BY p.id`, tx.d.bindersArg(binderIDs(sources)))
}

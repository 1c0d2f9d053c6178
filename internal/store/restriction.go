package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// A restriction closes an item to everybody but some users and groups, and
// with it what hangs on the item: the passwords embedded in it, the documents
// in a folder. Each item that is closed, by itself or through what it hangs
// on, has a row in item_guards for every item whose restriction a viewer must
// pass, and the flag restricted; so the rule is a condition of two look-ups on
// closed items and none on open ones.

// ListRestrictions returns the users and groups that an item is restricted to;
// none where it is open. The caller has read the item with the viewer.
func (tx *Tx) ListRestrictions(id tenon.ItemID) ([]tenon.Subject, error) {
	return list(tx, func(r Scanner, s *tenon.Subject) error { return r.Scan(&s.Kind, &s.ID) },
		`SELECT subject_kind, subject_id FROM restrictions WHERE item_id = $1 ORDER BY subject_kind, subject_id`, id)
}

// SystemRestrictions returns the users and groups that each of the items is
// restricted to.
func (tx *Tx) SystemRestrictions(items ...tenon.ItemID) (map[tenon.ItemID][]tenon.Subject, error) {
	out := map[tenon.ItemID][]tenon.Subject{}
	return out, tx.each(func(r Scanner) error {
		var id tenon.ItemID
		var s tenon.Subject
		err := r.Scan(&id, &s.Kind, &s.ID)
		out[id] = append(out[id], s)
		return err
	}, `SELECT item_id, subject_kind, subject_id FROM restrictions WHERE `+tx.d.inBinders("item_id", "$1")+` ORDER BY item_id, subject_kind, subject_id`, tx.d.bindersArg(binderIDs(items)))
}

// SetRestrictions replaces whom an item is restricted to; none opens it.
func (tx *Tx) SetRestrictions(id tenon.ItemID, to []tenon.Subject) error {
	if err := tx.run(`DELETE FROM restrictions WHERE item_id = $1`, id); err != nil {
		return err
	}
	rows := make([][]any, len(to))
	for i, s := range to {
		rows[i] = []any{id, s.Kind, s.ID}
	}
	if err := tx.insertMany("restrictions (item_id, subject_kind, subject_id)", 3, rows, " ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	return tx.SettleRestrictions(id)
}

// MissingSubjects returns those users and groups that do not exist, are
// disabled or are deleted.
func (tx *Tx) MissingSubjects(subjects []tenon.Subject) ([]tenon.Subject, error) {
	var missing []tenon.Subject
	for kind, text := range map[string]string{
		"user":  `SELECT id FROM users WHERE disabled = FALSE AND `,
		"group": `SELECT id FROM groups WHERE deleted_at IS NULL AND `,
	} {
		var ids []tenon.BinderID
		for _, s := range subjects {
			if s.Kind == kind {
				ids = append(ids, tenon.BinderID(s.ID))
			}
		}
		if len(ids) == 0 {
			continue
		}
		have, err := column[int64](tx, text+tx.d.inBinders("id", "$1"), tx.d.bindersArg(ids))
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !slices.Contains(have, int64(id)) {
				missing = append(missing, tenon.Subject{Kind: kind, ID: int64(id)})
			}
		}
	}
	for _, s := range subjects {
		if s.Kind != "user" && s.Kind != "group" {
			missing = append(missing, s)
		}
	}
	return missing, nil
}

// hostFields names the fields by which an item hangs on another one.
var hostFields = func() []string {
	var out []string
	for _, k := range tenon.Kinds {
		for i := range k.Fields {
			if f := &k.Fields[i]; f.Host && !slices.Contains(out, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return out
}()

// hostFieldList is hostFields as a list in a statement.
var hostFieldList = "'" + strings.Join(hostFields, "','") + "'"

// hanging loads who hangs on whom, going up from items or down from hosts.
func (tx *Tx) hanging(ids []tenon.ItemID, fromHost bool) (map[tenon.ItemID][]tenon.ItemID, error) {
	out := map[tenon.ItemID][]tenon.ItemID{}
	for chunk := range slices.Chunk(ids, 500) {
		var a args
		fields := make([]string, len(hostFields))
		for i, f := range hostFields {
			fields[i] = a.add(f)
		}
		text := `SELECT record_id, key FROM record_keys WHERE field IN (` + strings.Join(fields, ",") + `) AND `
		if fromHost {
			marks := make([]string, len(chunk))
			for i, id := range chunk {
				marks[i] = a.add(id.String())
			}
			text += `key IN (` + strings.Join(marks, ",") + `)`
		} else {
			text += tx.d.inBinders("record_id", a.add(tx.d.bindersArg(binderIDs(chunk))))
		}
		err := tx.each(func(r Scanner) error {
			var item tenon.ItemID
			var key string
			if err := r.Scan(&item, &key); err != nil {
				return err
			}
			host, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				return err
			}
			out[item] = append(out[item], tenon.ItemID(host))
			return nil
		}, text, a...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// HangingOn returns the items, and what hangs on them, and so on: themselves first.
func (tx *Tx) HangingOn(ids ...tenon.ItemID) ([]tenon.ItemID, error) {
	all := slices.Clone(ids)
	seen := map[tenon.ItemID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	for level := ids; len(level) > 0; {
		below, err := tx.hanging(level, true)
		if err != nil {
			return nil, err
		}
		level = nil
		for id := range below {
			if !seen[id] {
				seen[id] = true
				level = append(level, id)
			}
		}
		slices.Sort(level)
		all = append(all, level...)
	}
	return all, nil
}

// SettleRestrictions derives anew what closes these items and everything that
// hangs on them. Whatever changes a restriction, or what an item hangs on,
// calls it in its transaction.
func (tx *Tx) SettleRestrictions(ids ...tenon.ItemID) error {
	all, err := tx.HangingOn(ids...)
	if err != nil {
		return err
	}
	if err := tx.LockItems(all...); err != nil {
		return err
	}
	hosts, err := tx.hanging(all, false)
	if err != nil {
		return err
	}
	var above []tenon.ItemID
	for _, hs := range hosts {
		for _, h := range hs {
			if !slices.Contains(all, h) {
				above = append(above, h)
			}
		}
	}
	have, err := tx.guards(append(slices.Clone(all), above...))
	if err != nil {
		return err
	}
	own, err := tx.ownRestricted(all)
	if err != nil {
		return err
	}
	want := map[tenon.ItemID][]tenon.ItemID{}
	for _, h := range above {
		want[h] = have[h]
	}
	for _, id := range all {
		guardsOf(id, own, hosts, want)
	}
	return tx.saveGuards(all, have, want)
}

// guardsOf works out what guards an item: itself where it is restricted, and
// what guards those it hangs on. A ring, which nobody can make, ends it.
func guardsOf(id tenon.ItemID, own map[tenon.ItemID]bool, hosts, want map[tenon.ItemID][]tenon.ItemID) []tenon.ItemID {
	if g, done := want[id]; done {
		return g
	}
	want[id] = nil
	var out []tenon.ItemID
	if own[id] {
		out = append(out, id)
	}
	for _, h := range hosts[id] {
		out = append(out, guardsOf(h, own, hosts, want)...)
	}
	slices.Sort(out)
	want[id] = slices.Compact(out)
	return want[id]
}

func (tx *Tx) guards(ids []tenon.ItemID) (map[tenon.ItemID][]tenon.ItemID, error) {
	out := map[tenon.ItemID][]tenon.ItemID{}
	err := tx.each(func(r Scanner) error {
		var item, guard tenon.ItemID
		if err := r.Scan(&item, &guard); err != nil {
			return err
		}
		out[item] = append(out[item], guard)
		return nil
	}, `SELECT item_id, guard_id FROM item_guards WHERE `+tx.d.inBinders("item_id", "$1")+` ORDER BY item_id, guard_id`, tx.d.bindersArg(binderIDs(ids)))
	return out, err
}

func (tx *Tx) ownRestricted(ids []tenon.ItemID) (map[tenon.ItemID]bool, error) {
	rows, err := column[tenon.ItemID](tx, `SELECT DISTINCT item_id FROM restrictions WHERE `+tx.d.inBinders("item_id", "$1"), tx.d.bindersArg(binderIDs(ids)))
	out := map[tenon.ItemID]bool{}
	for _, id := range rows {
		out[id] = true
	}
	return out, err
}

// saveGuards writes what differs, and the flag of every item.
func (tx *Tx) saveGuards(all []tenon.ItemID, have, want map[tenon.ItemID][]tenon.ItemID) error {
	var changed, closed, open []tenon.ItemID
	var rows [][]any
	for _, id := range all {
		if len(want[id]) > 0 {
			closed = append(closed, id)
		} else {
			open = append(open, id)
		}
		if slices.Equal(have[id], want[id]) {
			continue
		}
		changed = append(changed, id)
		for _, g := range want[id] {
			rows = append(rows, []any{id, g})
		}
	}
	if len(changed) > 0 {
		if err := tx.run(`DELETE FROM item_guards WHERE `+tx.d.inBinders("item_id", "$1"), tx.d.bindersArg(binderIDs(changed))); err != nil {
			return err
		}
	}
	if err := tx.insertMany("item_guards (item_id, guard_id)", 2, rows, ""); err != nil {
		return err
	}
	for flag, ids := range map[bool][]tenon.ItemID{true: closed, false: open} {
		if len(ids) == 0 {
			continue
		}
		err := tx.run(`UPDATE items SET restricted = $1 WHERE restricted <> $1 AND `+tx.d.inBinders("id", "$2"), flag, tx.d.bindersArg(binderIDs(ids)))
		if err != nil {
			return err
		}
	}
	return nil
}

// SystemHosts returns what these items hang on, directly.
func (tx *Tx) SystemHosts(ids ...tenon.ItemID) ([]tenon.ItemID, error) {
	hosts, err := tx.hanging(ids, false)
	var out []tenon.ItemID
	for _, hs := range hosts {
		out = append(out, hs...)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

// SystemRestricted tells whether an item is closed, by itself or by what it hangs on.
func (tx *Tx) SystemRestricted(id tenon.ItemID) (bool, error) {
	var closed bool
	err := tx.row(`SELECT restricted FROM items WHERE id = $1`, id).Scan(&closed)
	return closed, fail("item", int64(id), err)
}

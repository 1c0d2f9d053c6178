package store

import (
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// AttachmentsOf returns the files on some items, which the caller has read
// with the viewer, the oldest first.
func (tx *Tx) AttachmentsOf(ids []tenon.ItemID) ([]tenon.Attachment, error) {
	return list(tx, scanAttachment, `SELECT `+attachmentColumns+` FROM attachments f WHERE `+tx.d.inBinders("f.item_id", "$1")+` AND f.removed_at IS NULL ORDER BY f.id`,
		tx.d.bindersArg(binderIDs(ids)))
}

// AttachmentsOfBinders returns the files on organizations that hang on these
// binders, which the caller has read with the viewer, the oldest first.
func (tx *Tx) AttachmentsOfBinders(binders []tenon.BinderID) ([]tenon.Attachment, error) {
	return list(tx, scanAttachment, `SELECT `+attachmentColumns+` FROM attachments f WHERE `+tx.d.inBinders("f.binder_id", "$1")+` AND f.removed_at IS NULL ORDER BY f.id`,
		tx.d.bindersArg(binders))
}

// SystemAncestorsOf is SystemAncestors of several organizations, in one statement
// for each step up.
func (tx *Tx) SystemAncestorsOf(ids []tenon.OrgID) (map[tenon.OrgID][]tenon.OrgID, error) {
	up := map[tenon.OrgID]tenon.OrgID{}
	for level := ids; len(level) > 0; {
		for _, id := range level {
			up[id] = 0
		}
		var next []tenon.OrgID
		err := tx.each(func(r Scanner) error {
			var id, parent tenon.OrgID
			if err := r.Scan(&id, &parent); err != nil {
				return err
			}
			if up[id] = parent; !slices.Contains(next, parent) {
				next = append(next, parent)
			}
			return nil
		}, `SELECT o.id, b.organization_id FROM organizations o JOIN binders b ON b.id = o.parent_binder_id WHERE `+tx.d.inBinders("o.id", "$1"), tx.d.bindersArg(binderIDs(level)))
		if err != nil {
			return nil, err
		}
		level = slices.DeleteFunc(next, func(id tenon.OrgID) bool { _, known := up[id]; return known })
	}
	out := make(map[tenon.OrgID][]tenon.OrgID, len(ids))
	for _, id := range ids {
		for at := up[id]; at != 0 && at != id && !slices.Contains(out[id], at); at = up[at] {
			out[id] = append(out[id], at)
		}
	}
	return out, nil
}

// RelationsOf is ListRelations for some items, which the caller has read with
// the viewer.
func (tx *Tx) RelationsOf(v tenon.Viewer, ids []tenon.ItemID) (map[tenon.ItemID][]tenon.Relation, error) {
	var a args
	arg := a.add(tx.d.bindersArg(binderIDs(ids)))
	from, to := tx.d.inBinders("r.from_item", arg), tx.d.inBinders("r.to_item", arg)
	all, err := list(tx, scanRelation, `SELECT r.id, r.from_item, r.to_item, 0, t.kind, t.name, r.notes, FALSE, r.created_at
			FROM relations r JOIN items t ON t.id = r.to_item WHERE `+from+` AND `+a.seenItem(v, "t")+`
		UNION ALL SELECT r.id, r.from_item, 0, o.id, 0, o.name, r.notes, FALSE, r.created_at
			FROM relations r JOIN binders b ON b.id = r.to_binder JOIN organizations o ON o.id = b.organization_id
			WHERE `+from+` AND o.state = 'live' AND `+a.seesOrganization(v, "o")+`
		UNION ALL SELECT r.id, r.from_item, r.to_item, 0, f.kind, f.name, r.notes, TRUE, r.created_at
			FROM relations r JOIN items f ON f.id = r.from_item WHERE `+to+` AND `+a.seenItem(v, "f")+`
		ORDER BY 1`, a...)
	out := map[tenon.ItemID][]tenon.Relation{}
	for _, x := range all {
		item := x.From
		if x.Inverse {
			item = x.To
		}
		out[item] = append(out[item], x)
	}
	return out, err
}

// UpdateRelationNotes writes the notes of a relation.
func (tx *Tx) UpdateRelationNotes(id int64, notes string) error {
	return tx.run(`UPDATE relations SET notes = $1 WHERE id = $2`, notes, id)
}

// CountByType counts the items of a kind that the viewer sees, by their type.
func (tx *Tx) CountByType(v tenon.Viewer, kind tenon.Kind, types []tenon.LookupID) (map[int64]int64, error) {
	out := map[int64]int64{}
	if !v.SeesKind(kind) {
		return out, nil
	}
	var f sliceFrom
	f.where = []string{"i.kind = " + f.args.add(int64(kind)), "i.trashed_by IS NULL", tx.d.inBinders("i.type_id", f.args.add(tx.d.bindersArg(binderIDs(types))))}
	f.sees(v)
	err := tx.each(func(r Scanner) error {
		var id, n int64
		if err := r.Scan(&id, &n); err != nil {
			return err
		}
		out[id] = n
		return nil
	}, `SELECT i.type_id, count(*) FROM items i WHERE `+strings.Join(f.where, " AND ")+` GROUP BY i.type_id`, f.args...)
	return out, err
}

// SliceExpirations returns a slice of what ends on a date, and how many there
// are in all.
func (tx *Tx) SliceExpirations(v tenon.Viewer, q Slice) ([]tenon.Expiration, int64, error) {
	f := sliceFrom{id: "x.id", table: "expirations x JOIN items i ON i.id = x.item_id", column: expirationColumn}
	f.where = []string{"x.marked = TRUE", "i.trashed_by IS NULL"}
	f.sees(v)
	ids, total, err := tx.slice(v, f, q)
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	want := make([]tenon.ExpirationID, len(ids))
	for i, id := range ids {
		want[i] = tenon.ExpirationID(id)
	}
	rows, _, err := tx.ListExpirations(v, ExpirationQuery{IDs: want, Page: tenon.Page{Limit: tenon.MaxPage, Sort: "id"}})
	return inOrder(ids, rows, func(e tenon.Expiration) int64 { return int64(e.ID) }), total, err
}

// expirationColumn is a column of expirations. What ends is known by the name
// of its field, and what sort of record by its kind.
func expirationColumn(name string) (sliceColumn, bool) {
	switch name {
	case "id":
		return plain(formNumber, "x.id"), true
	case "resource_id":
		return plain(formNumber, "x.item_id"), true
	case "resource_name":
		return plain(formFolded, "i.name_key"), true
	case "expiration_date":
		return plain(formText, "x.expires_on"), true
	case "organization_id":
		c := plain(formNumber, "(SELECT xb.organization_id FROM binders xb WHERE xb.id = i.binder_id)")
		c.cond = matchOwner
		return c, true
	case "resource_type_name":
		c := plain(formText, "COALESCE((SELECT t.name FROM flexible_asset_types t WHERE t.id = x.type_id), '')")
		sorted := sliceColumn{form: formFolded, text: expiringType}
		sorted.cond = func(_ *Tx, _ tenon.Viewer, a *args, m Match) (string, error) { return matchExpiring(c, a, m), nil }
		return sorted, true
	case "description":
		return sliceColumn{form: formFolded, text: endingLabel, cond: func(_ *Tx, _ tenon.Viewer, a *args, m Match) (string, error) { return matchEnding(a, m), nil }}, true
	}
	return sliceColumn{}, false
}

// expiringType is what expirations are sorted by as sorts of records: the label
// of the kind, or the name of the flexible asset type.
func expiringType(a *args) string {
	text := "COALESCE((SELECT t.name_key FROM flexible_asset_types t WHERE t.id = x.type_id), CASE x.kind"
	for i := range tenon.Kinds {
		text += " WHEN " + a.add(int64(tenon.Kinds[i].Kind)) + " THEN " + a.add(textkey.Fold(tenon.Kinds[i].Label))
	}
	return text + " ELSE '' END)"
}

// endingLabel is the label of what ends.
func endingLabel(a *args) string {
	text := "COALESCE((SELECT lower(ef.name) FROM flexible_asset_fields ef WHERE ef.type_id = x.type_id AND x.field = 'traits.' || ef.name_key), CASE"
	for i := range tenon.Kinds {
		for _, f := range tenon.Kinds[i].Fields {
			if f.Expires {
				text += " WHEN x.kind = " + a.add(int64(tenon.Kinds[i].Kind)) + " AND x.field = " + a.add(f.Name) + " THEN " + a.add(textkey.Fold(f.Label))
			}
		}
	}
	return text + " ELSE '' END)"
}

// matchExpiring finds expirations by the label of their kind, or the name of
// their flexible asset type.
func matchExpiring(c sliceColumn, a *args, m Match) string {
	var kinds []string
	for _, x := range m.Values {
		s, _ := x.(string)
		for i := range tenon.Kinds {
			k := &tenon.Kinds[i]
			if k.Kind != tenon.FlexibleAsset && (strings.EqualFold(s, k.Label) || strings.EqualFold(s, k.Name) || strings.EqualFold(s, k.Plural)) {
				kinds = append(kinds, a.add(int64(k.Kind)))
			}
		}
	}
	text := c.anyText(a, m)
	if len(kinds) > 0 {
		text = "(" + text + " OR x.kind IN (" + strings.Join(kinds, ",") + "))"
	}
	return text
}

// matchEnding finds expirations by the label of what ends.
func matchEnding(a *args, m Match) string {
	var either []string
	for _, x := range m.Values {
		s, _ := x.(string)
		for i := range tenon.Kinds {
			for _, f := range tenon.Kinds[i].Fields {
				if f.Expires && strings.EqualFold(s, f.Label) {
					either = append(either, "(x.kind = "+a.add(int64(tenon.Kinds[i].Kind))+" AND x.field = "+a.add(f.Name)+")")
				}
			}
		}
		either = append(either, "EXISTS (SELECT 1 FROM flexible_asset_fields ef WHERE ef.type_id = x.type_id AND x.field = 'traits.' || ef.name_key AND lower(ef.name) = "+a.add(strings.ToLower(s))+")")
	}
	if len(either) == 0 {
		return nothing
	}
	return "(" + strings.Join(either, " OR ") + ")"
}

// SliceEvents returns a slice of the activity log, and how many lines there
// are in all.
func (tx *Tx) SliceEvents(v tenon.Viewer, q Slice) ([]tenon.Event, int64, error) {
	f := sliceFrom{id: "e.id", table: "activity e", column: func(name string) (sliceColumn, bool) {
		switch name {
		case "id":
			return plain(formNumber, "e.id"), true
		case "created_at":
			return plain(formNumber, "e.at"), true
		}
		return sliceColumn{}, false
	}}
	f.where = f.args.seesLog(v)
	ids, total, err := tx.slice(v, f, q)
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	var a args
	rows, err := list(tx, scanEvent, `SELECT `+eventColumns+` WHERE e.id IN (`+a.marks(ids)+`)`, a...)
	return inOrder(ids, rows, func(e tenon.Event) int64 { return e.ID }), total, err
}

// EventSum is how often somebody did something on one day.
type EventSum struct {
	First   int64 // the id of the first of them
	Day     time.Time
	User    tenon.UserID
	Org     tenon.OrgID
	Subject string
	Action  string
	Count   int64
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// EventSums counts the lines of the activity log from one instant to another,
// by day (UTC), person, organization, subject and action.
func (tx *Tx) EventSums(v tenon.Viewer, from, to time.Time) ([]EventSum, error) {
	var a args
	day := "e.at / " + a.add(dayMicros)
	where := append([]string{"e.at >= " + a.add(micros(from)), "e.at < " + a.add(micros(to)), "e.user_id <> 0"}, a.seesLog(v)...)
	out, err := list(tx, func(r Scanner, s *EventSum) error {
		var day int64
		err := r.Scan(&s.First, &day, &s.User, &s.Org, &s.Subject, &s.Action, &s.Count)
		s.Day = moment(day * dayMicros)
		return err
	}, `SELECT min(e.id), `+day+`, e.user_id, b.organization_id, e.subject, e.action, count(*) FROM activity e JOIN binders b ON b.id = e.binder_id
		WHERE `+strings.Join(where, " AND ")+` GROUP BY 2, 3, 4, 5, 6 ORDER BY 1`, a...)
	return slices.Clip(out), err
}

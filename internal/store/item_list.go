package store

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// KeyMatch asks for records under one of the look-up keys of an indexed field,
// or under a key within bounds: days are keys that sort as they follow.
type KeyMatch struct {
	Field    string // "serial_number", "interface.mac_address", "tags"
	Keys     []string
	From, To string // the first and the last; "" is without bound
	wide     bool   // found to be of many: the items are walked, and asked one by one
}

// ItemQuery filters a list of items.
type ItemQuery struct {
	Kind tenon.Kind  // 0: every kind; then only the sorts "updated" and "-updated" exist
	Org  tenon.OrgID // 0: every organization
	// Binders are those of one live organization, in place of Org: for a caller
	// who has read it in this transaction already.
	Binders  []tenon.BinderID
	IDs      []tenon.ItemID
	Type     tenon.LookupID
	Status   string
	Name     string // exact, folded
	Search   string // start of the name, folded
	Archived *bool
	Match    []KeyMatch
	Unset    []string  // indexed fields that must say nothing
	Since    time.Time // own last change at or after
	Until    time.Time // own last change before
	// Restricted, Files and Favourite ask for items that are closed, that have
	// attachments, that the viewer has starred.
	Restricted, Files *bool
	Favourite         bool
	tenon.Page
}

// itemOrder is one way to sort: the columns, and the indexes that give them
// for one organization and for all.
type itemOrder struct {
	columns        []string
	byOrg, overall string
	form           string
}

var itemSorts = map[string]itemOrder{
	"name":    {[]string{"i.name_key", "i.id"}, "items_by_name", "items_all_by_name", "ti"},
	"updated": {[]string{"i.updated_at", "i.id"}, "items_by_update", "items_all_by_update", "ii"},
	"id":      {[]string{"i.id"}, "items_by_id", "", "i"},
	// Only over all organizations; see item_owner.go.
	"organization": {[]string{"o.name_key", "o.id", "i.name_key", "i.id"}, "", "", "titi"},
}

// ListItems returns one page and the cursor of the next, "" at the end.
func (tx *Tx) ListItems(v tenon.Viewer, q ItemQuery) ([]*tenon.Item, string, error) {
	l, sort, done, err := tx.itemList(v, &q)
	if err != nil || done {
		return nil, "", err
	}
	text := l.text
	if strings.TrimPrefix(sort, "-") == "organization" {
		text = l.ownerText
	}
	rows, err := list(tx, scanItem, text(tx.d), l.args...)
	if err != nil {
		return nil, "", err
	}
	next, more := "", len(rows) > q.Size()
	if more {
		rows = rows[:q.Size()]
	}
	out := make([]*tenon.Item, len(rows))
	for i := range rows {
		out[i] = &rows[i].Item
	}
	if err := tx.finishItems(out); err != nil {
		return nil, "", err
	}
	if more {
		next = itemCursor(sort, &rows[len(rows)-1])
	}
	return out, next, nil
}

// itemCursor is the place after an item, whose owner is known by now.
func itemCursor(sort string, last *itemRow) string {
	switch strings.TrimPrefix(sort, "-") {
	case "name":
		return makeCursor(sort, last.key, int64(last.ID))
	case "updated":
		return makeCursor(sort, micros(last.UpdatedAt), int64(last.ID))
	case "organization":
		return makeCursor(sort, textkey.Fold(last.OrgName), int64(last.OrgID), last.key, int64(last.ID))
	}
	return makeCursor(sort, int64(last.ID))
}

// itemList puts the statement together. done means that there is nothing to list.
func (tx *Tx) itemList(v tenon.Viewer, q *ItemQuery) (l *listQuery, sort string, done bool, err error) {
	sort = q.Sort
	if sort == "" {
		sort = "name"
		if q.Kind == 0 {
			sort = "-updated"
		}
	}
	by := strings.TrimPrefix(sort, "-")
	order, ok := itemSorts[by]
	one := q.Org != 0 || len(q.Binders) > 0
	if !ok || (q.Kind == 0 && by != "updated") || (by == "organization" && one) {
		return nil, "", false, tenon.FieldErrorf("sort", "Items cannot be sorted by %q here.", sort)
	}
	l = &listQuery{table: "items i", columns: itemColumns, index: order.byOrg, limit: q.Size() + 1}
	for _, c := range order.columns {
		if strings.HasPrefix(sort, "-") {
			c += " DESC"
		}
		l.order = append(l.order, c)
	}
	if l.keys, err = readCursor(q.Cursor, sort, order.form); err != nil {
		return nil, "", false, err
	}
	if by == "organization" {
		l.where = append(l.where, l.args.seesBinder(v, "i.binder_id"))
	} else if done, err = tx.itemScope(v, q, l, order); err != nil || done {
		return nil, "", done, err
	}
	tx.itemFilter(v, q, l)
	return l, sort, false, nil
}

// smallReach is up to how many binders a list over everything a viewer
// reaches is built from the binders, and not from the global index.
const smallReach = 32

// itemScope sets the binders and the index that the list walks.
func (tx *Tx) itemScope(v tenon.Viewer, q *ItemQuery, l *listQuery, order itemOrder) (done bool, err error) {
	switch {
	case len(q.Binders) > 0:
		l.binders = q.Binders
		if c := l.args.seesBinder(v, "i.binder_id"); c != "1 = 1" {
			l.where = append(l.where, c)
		}
	case q.Org != 0:
		o, err := tx.GetOrganization(v, q.Org)
		if err != nil {
			return false, err
		}
		if o.State != tenon.Live {
			return false, tenon.Errorf(tenon.NotFound, "There is no live organization %d.", q.Org)
		}
		l.binders = o.Binders
		if len(l.binders) == 0 {
			return true, nil
		}
	case !v.Everywhere:
		near, err := tx.liveReach(v, smallReach)
		if err != nil || len(near) == 0 {
			return true, err
		}
		if len(near) <= smallReach {
			l.binders = near
			break
		}
		fallthrough
	default:
		l.index = order.overall
		l.where = append(l.where, l.args.seesBinder(v, "i.binder_id"), ownerLive("i.binder_id"))
	}
	if q.Kind == 0 {
		l.index = "items_recent"
		if l.binders == nil {
			l.index = "items_all_recent"
		}
	}
	if err := tx.weigh(q); err != nil {
		return false, err
	}
	if q.few() {
		l.index = "" // the ids decide; they are few
	}
	return false, nil
}

// fewKeys is up to how many records a range of keys may have for these to be
// looked up and sorted. Of 100,000 that took 1.4 s, where walking the list in
// its order finds a page at once.
const fewKeys = 2000

// weigh finds out which ranges of keys have many records.
func (tx *Tx) weigh(q *ItemQuery) error {
	q.Match = slices.Clone(q.Match) // the caller's is his, and others may read it
	for i := range q.Match {
		m := &q.Match[i]
		if m.From == "" && m.To == "" {
			continue
		}
		a := args{m.Field, m.From}
		text := `SELECT 1 FROM record_keys k WHERE k.field = $1 AND k.key >= $2`
		if m.To != "" {
			text += ` AND k.key <= ` + a.add(m.To)
		}
		var n int64
		if err := tx.row(`SELECT count(*) FROM (`+text+` LIMIT `+a.add(fewKeys+1)+`) AS c`, a...).Scan(&n); err != nil {
			return err
		}
		m.wide = n > fewKeys
	}
	return nil
}

// few tells whether a filter names the items that fit, so that it is quicker to
// look these up and sort them than to walk an index in order.
func (q *ItemQuery) few() bool {
	is := func(b *bool) bool { return b != nil && *b }
	match := slices.ContainsFunc(q.Match, func(m KeyMatch) bool { return !m.wide })
	return len(q.IDs) > 0 || match || q.Favourite || is(q.Files) || is(q.Restricted)
}

func (tx *Tx) itemFilter(v tenon.Viewer, q *ItemQuery, l *listQuery) {
	a := &l.args
	l.where = append(l.where, "i.trashed_by IS NULL")
	if c := a.seesItem(v, "i"); c != "1 = 1" {
		l.where = append(l.where, c)
	}
	if q.Kind != 0 {
		l.where = append(l.where, "i.kind = "+a.add(int64(q.Kind)))
	}
	if q.Type != 0 {
		l.where = append(l.where, "i.type_id = "+a.add(q.Type))
		if l.index == "items_by_name" {
			l.index = "items_by_type"
		}
	}
	if q.Status != "" {
		l.where = append(l.where, "i.status = "+a.add(q.Status))
		if l.index == "items_by_name" {
			l.index = "items_by_status"
		}
	}
	if q.Name != "" {
		l.where = append(l.where, "i.name_key = "+a.add(textkey.Fold(q.Name)))
	}
	if q.Search != "" {
		from := textkey.Fold(q.Search)
		l.where = append(l.where, "i.name_key >= "+a.add(from), "i.name_key < "+a.add(from+"\U0010FFFF"))
	}
	if q.Archived != nil {
		l.where = append(l.where, "i.archived = "+a.add(*q.Archived))
	}
	if !q.Since.IsZero() {
		l.where = append(l.where, "i.updated_at >= "+a.add(micros(q.Since)))
	}
	if !q.Until.IsZero() {
		l.where = append(l.where, "i.updated_at < "+a.add(micros(q.Until)))
	}
	if len(q.IDs) > 0 {
		l.where = append(l.where, "i.id IN ("+a.marks(int64s(q.IDs))+")")
	}
	for _, m := range q.Match {
		l.where = append(l.where, m.condition(a))
	}
	q.about(v, l)
}

// about filters by what stands in other tables.
func (q *ItemQuery) about(v tenon.Viewer, l *listQuery) {
	for _, field := range q.Unset {
		l.where = append(l.where, "NOT EXISTS (SELECT 1 FROM record_keys k WHERE k.record_id = i.id AND k.field = "+l.args.add(field)+")")
	}
	if q.Favourite {
		l.where = append(l.where, "i.id IN (SELECT f.record_id FROM favourites f WHERE f.user_id = "+l.args.add(v.User)+")")
	}
	switch {
	case q.Restricted == nil:
	case *q.Restricted:
		l.where = append(l.where, "i.id IN (SELECT x.id FROM items x WHERE x.restricted = TRUE AND x.trashed_by IS NULL)")
	default:
		l.where = append(l.where, "i.restricted = FALSE")
	}
	const files = "SELECT x.item_id FROM attachments x WHERE x.removed_at IS NULL AND x.item_id "
	switch {
	case q.Files == nil:
	case *q.Files:
		l.where = append(l.where, "i.id IN ("+files+"IS NOT NULL)")
	default:
		l.where = append(l.where, "NOT EXISTS ("+files+"= i.id)")
	}
}

func (m *KeyMatch) condition(a *args) string {
	text := "i.id IN (SELECT k.record_id FROM record_keys k WHERE k.field = "
	if m.wide {
		text = "EXISTS (SELECT 1 FROM record_keys k WHERE k.record_id = i.id AND k.field = "
	}
	text += a.add(m.Field)
	if len(m.Keys) > 0 {
		marks := make([]string, len(m.Keys))
		for i, k := range m.Keys {
			marks[i] = a.add(k)
		}
		text += " AND k.key IN (" + strings.Join(marks, ",") + ")"
	}
	if m.From != "" {
		text += " AND k.key >= " + a.add(m.From)
	}
	if m.To != "" {
		text += " AND k.key <= " + a.add(m.To)
	}
	return text + ")"
}

// marks adds values and returns their placeholders, with commas between.
func (a *args) marks(ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = a.add(id)
	}
	return strings.Join(out, ",")
}

// CountItems counts an organization's items by kind, exactly, under the
// viewer's rights. It reads an index alone: 400,000 items in some 20 ms.
func (tx *Tx) CountItems(v tenon.Viewer, binders []tenon.BinderID) (map[tenon.Kind]int64, error) {
	seen, _, err := tx.CountItemsAndAll(v, binders)
	return seen, err
}

// CountItemsAndAll is CountItems, and counts all that there are beside it.
func (tx *Tx) CountItemsAndAll(v tenon.Viewer, binders []tenon.BinderID) (seen, all map[tenon.Kind]int64, err error) {
	all = map[tenon.Kind]int64{}
	if len(binders) == 0 {
		return all, all, nil
	}
	if err := tx.each(countRow(all, 1), tx.d.countText("items_by_id", "i.trashed_by IS NULL"), tx.d.bindersArg(binders)); err != nil {
		return nil, nil, err
	}
	seen = maps.Clone(all)
	if !v.May(tenon.SeeAllRestricted) {
		var a args
		in := tx.d.inBinders("i.binder_id", a.add(tx.d.bindersArg(binders)))
		text := `SELECT i.kind, count(*) FROM items i WHERE ` + in + ` AND i.restricted = TRUE AND i.trashed_by IS NULL AND NOT ` +
			a.inRestriction(v, "i") + ` GROUP BY i.kind`
		if err := tx.each(countRow(seen, -1), text, a...); err != nil {
			return nil, nil, err
		}
	}
	for _, k := range v.Denied {
		delete(seen, k)
	}
	return seen, all, nil
}

// countRow adds sign times the count of each kind.
func countRow(out map[tenon.Kind]int64, sign int64) func(Scanner) error {
	return func(r Scanner) error {
		var k tenon.Kind
		var n int64
		if err := r.Scan(&k, &n); err != nil {
			return err
		}
		out[k] += sign * n
		if out[k] == 0 {
			delete(out, k)
		}
		return nil
	}
}

func (d *sqliteDB) countText(index, where string) string {
	return `SELECT i.kind, count(*) FROM items i INDEXED BY ` + index + ` WHERE ` + d.inBinders("i.binder_id", "$1") + ` AND ` + where + ` GROUP BY i.kind`
}

func (d *postgresDB) countText(_, where string) string {
	return `SELECT c.kind, sum(c.n)::bigint FROM unnest($1::bigint[]) AS one(b) CROSS JOIN LATERAL (SELECT i.kind, count(*) AS n FROM items i WHERE i.binder_id = one.b AND ` +
		where + ` GROUP BY i.kind) AS c GROUP BY c.kind`
}

func (d *sqliteDB) countEachText(index, where string) string {
	return `SELECT i.binder_id, i.kind, count(*) AS n FROM items i INDEXED BY ` + index + ` WHERE ` + d.inBinders("i.binder_id", "$1") + ` AND ` + where + ` GROUP BY i.binder_id, i.kind`
}

func (d *postgresDB) countEachText(_, where string) string {
	return `SELECT one.b AS binder_id, c.kind, c.n FROM unnest($1::bigint[]) AS one(b) CROSS JOIN LATERAL (SELECT i.kind, count(*) AS n FROM items i WHERE i.binder_id = one.b AND ` +
		where + ` GROUP BY i.kind) AS c`
}

package store

import (
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// dated is a date of an item on which something ends, as it is stored.
type dated struct {
	field, on string
	marked    bool
}

const traitPrefix = "traits."

// datesOf derives the dates of an item from its look-up rows. Of a flexible
// asset that is every trait that is a date: which of them count, marks says,
// the fields that its type calls expirations.
func datesOf(i *tenon.Item, keys []recordKey, marks []string) []dated {
	var out []dated
	info := i.Kind.Info()
	for _, k := range keys {
		d := dated{field: k.field, on: k.key, marked: true}
		if i.Kind == tenon.FlexibleAsset && strings.HasPrefix(k.field, traitPrefix) {
			d.marked = slices.Contains(marks, strings.TrimPrefix(k.field, traitPrefix))
		} else if f := info.Fields.Field(k.field); f == nil || !f.Expires {
			continue
		}
		twice := slices.ContainsFunc(out, func(o dated) bool { return o.field == d.field })
		if looksDated(k.key) && !twice {
			out = append(out, d)
		}
	}
	return out
}

// looksDated is the same test that the migration makes: "2026-11-30" by its form.
func looksDated(s string) bool {
	if len(s) != len(tenon.DateOnly) {
		return false
	}
	for i := range len(s) {
		dash := i == 4 || i == 7
		if dash != (s[i] == '-') || (!dash && (s[i] < '0' || s[i] > '9')) {
			return false
		}
	}
	return true
}

// expirationMarks returns the keys of the fields that a flexible asset type
// calls expirations, and holds the type: it can't change its mind until this
// transaction ends, so that no date is filed under an older opinion.
func (tx *Tx) expirationMarks(t tenon.LookupID) ([]string, error) {
	if hold := tx.d.holdRows(); hold != "" {
		if _, err := column[int64](tx, `SELECT id FROM flexible_asset_types WHERE id = $1`+hold, t); err != nil {
			return nil, err
		}
	}
	return column[string](tx, `SELECT name_key FROM flexible_asset_fields WHERE type_id = $1 AND kind = 'Date' AND expiration = TRUE`, t)
}

// saveExpirations writes the dates of an item beside it; had tells that it may
// have old ones. Rows that stay keep their ids.
func (tx *Tx) saveExpirations(i *tenon.Item, keys []recordKey, had bool) error {
	if !slices.Contains(tenon.Expiring(), i.Kind) {
		return nil
	}
	want := datesOf(i, keys, nil)
	if len(want) > 0 && i.Kind == tenon.FlexibleAsset {
		marks, err := tx.expirationMarks(itemType(i))
		if err != nil {
			return err
		}
		want = datesOf(i, keys, marks)
	}
	if had {
		var err error
		if want, err = tx.changeExpirations(i, want); err != nil {
			return err
		}
	}
	if len(want) == 0 {
		return nil
	}
	ids, err := tx.NewIDs(len(want))
	if err != nil {
		return err
	}
	var flex any
	if i.Kind == tenon.FlexibleAsset {
		flex = itemType(i)
	}
	rows := make([][]any, len(want))
	for n, d := range want {
		rows[n] = []any{ids[n], i.ID, d.field, i.BinderID, int64(i.Kind), flex, d.on, d.marked}
	}
	return tx.insertMany("expirations (id, item_id, field, binder_id, kind, type_id, expires_on, marked)", 8, rows, "")
}

// changeExpirations brings the rows that an item has to what is wanted, and
// returns what it has none of yet.
func (tx *Tx) changeExpirations(i *tenon.Item, want []dated) ([]dated, error) {
	type row struct {
		dated
		binder tenon.BinderID
	}
	have, err := list(tx, func(r Scanner, x *row) error { return r.Scan(&x.field, &x.on, &x.marked, &x.binder) },
		`SELECT field, expires_on, marked, binder_id FROM expirations WHERE item_id = $1`, i.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range have {
		at := slices.IndexFunc(want, func(d dated) bool { return d.field == h.field })
		switch {
		case at < 0:
			err = tx.run(`DELETE FROM expirations WHERE item_id = $1 AND field = $2`, i.ID, h.field)
		case want[at] != h.dated || h.binder != i.BinderID:
			err = tx.run(`UPDATE expirations SET expires_on = $1, marked = $2, binder_id = $3 WHERE item_id = $4 AND field = $5`,
				want[at].on, want[at].marked, i.BinderID, i.ID, h.field)
		}
		if err != nil {
			return nil, err
		}
		if at >= 0 {
			want = slices.Delete(want, at, at+1)
		}
	}
	return want, nil
}

const markedByType = `EXISTS (SELECT 1 FROM flexible_asset_fields f WHERE f.type_id = expirations.type_id AND f.kind = 'Date' AND f.expiration = TRUE AND expirations.field = 'traits.' || f.name_key)`

// markExpirations follows a flexible asset type that changed its fields.
func (tx *Tx) markExpirations(t tenon.FlexTypeID) error {
	return tx.run(`UPDATE expirations SET marked = `+markedByType+` WHERE type_id = $1 AND marked <> `+markedByType, t)
}

// ExpirationQuery filters the list of expirations.
type ExpirationQuery struct {
	IDs   []tenon.ExpirationID
	Org   tenon.OrgID // 0: every organization
	Items []tenon.ItemID
	Kinds []tenon.Kind     // none: every kind
	Type  tenon.FlexTypeID // of flexible assets
	Name  string           // of the item, exact, folded
	// From and To bound the date, "2026-11-30", both included; "" is open.
	From, To string
	// Archived leaves out items that are put away, or all others; nil takes both.
	Archived *bool
	tenon.Page
}

var expirationSorts = map[string]struct {
	columns []string
	form    string
}{
	"date": {[]string{"x.expires_on", "x.id"}, "ti"},
	"id":   {[]string{"x.id"}, "i"},
}

const expirationColumns = `x.id, x.item_id, x.field, x.binder_id, x.kind, COALESCE(x.type_id, 0) AS type_id, x.expires_on`

// ListExpirations returns one page of what ends on a date, the earliest first,
// and the cursor of the next. What is in the trash ends nothing.
func (tx *Tx) ListExpirations(v tenon.Viewer, q ExpirationQuery) ([]tenon.Expiration, string, error) {
	l, sort, done, err := tx.expirationList(v, &q)
	if err != nil || done {
		return nil, "", err
	}
	page, err := list(tx, func(r Scanner, e *tenon.Expiration) error {
		return r.Scan(&e.ID, &e.Item, &e.Field, &e.Binder, &e.Kind, &e.Type, &e.On)
	}, l.text(tx.d), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if limit := q.Size(); len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		if strings.TrimPrefix(sort, "-") == "id" {
			next = makeCursor(sort, int64(last.ID))
		} else {
			next = makeCursor(sort, last.On, int64(last.ID))
		}
	}
	return page, next, tx.finishExpirations(page)
}

// expirationList puts the statement together. done means that there is nothing to list.
func (tx *Tx) expirationList(v tenon.Viewer, q *ExpirationQuery) (l *listQuery, sort string, done bool, err error) {
	if sort = q.Sort; sort == "" {
		sort = "date"
	}
	order, ok := expirationSorts[strings.TrimPrefix(sort, "-")]
	if !ok {
		return nil, "", false, tenon.FieldErrorf("sort", "Expirations cannot be sorted by %q.", sort)
	}
	l = &listQuery{table: "expirations x", columns: expirationColumns, limit: q.Size() + 1}
	for _, c := range order.columns {
		if strings.HasPrefix(sort, "-") {
			c += " DESC"
		}
		l.order = append(l.order, c)
	}
	if l.keys, err = readCursor(q.Cursor, sort, order.form); err != nil {
		return nil, "", false, err
	}
	if done, err = tx.expirationScope(v, q, l); err != nil || done {
		return nil, "", done, err
	}
	l.index = expirationIndex(q, l)
	tx.expirationFilter(v, q, l)
	return l, sort, false, nil
}

// expirationIndex is the index that SQLite walks. Where ids are given they
// decide, as they are few; "" is the order of the ids.
func expirationIndex(q *ExpirationQuery, l *listQuery) string {
	switch byID := len(l.order) == 1; {
	case len(q.IDs) > 0:
		return ""
	case len(q.Items) > 0:
		return "expirations_item"
	case byID && len(l.binders) > 0:
		return "expirations_binder"
	case byID:
		return ""
	case len(l.binders) > 0:
		return "expirations_by_binder"
	case len(q.Kinds) == 1:
		return "expirations_by_kind"
	}
	return "expirations_by_date"
}

// expirationScope sets the binders of the list.
func (tx *Tx) expirationScope(v tenon.Viewer, q *ExpirationQuery, l *listQuery) (done bool, err error) {
	switch {
	case q.Org != 0:
		o, err := tx.GetOrganization(v, q.Org)
		if err != nil {
			return false, err
		}
		if o.State != tenon.Live {
			return false, tenon.Errorf(tenon.NotFound, "There is no live organization %d.", q.Org)
		}
		l.binders = o.Binders
		return len(l.binders) == 0, nil
	case !v.Everywhere && len(q.IDs)+len(q.Items) == 0:
		near, err := tx.liveReach(v, smallReach)
		if err != nil || len(near) == 0 {
			return true, err
		}
		if len(near) <= smallReach {
			l.binders = near
			return false, nil
		}
	}
	l.where = append(l.where, l.args.seesBinder(v, "x.binder_id"), ownerLive("x.binder_id"))
	return false, nil
}

func (tx *Tx) expirationFilter(v tenon.Viewer, q *ExpirationQuery, l *listQuery) {
	a := &l.args
	l.where = append(l.where, "x.marked = TRUE")
	if len(q.Kinds) == 1 {
		l.where = append(l.where, "x.kind = "+a.add(int64(q.Kinds[0])))
	} else if len(q.Kinds) > 0 {
		kinds := make([]int64, len(q.Kinds))
		for i, k := range q.Kinds {
			kinds[i] = int64(k)
		}
		l.where = append(l.where, "x.kind IN ("+a.marks(kinds)+")")
	}
	if q.Type != 0 {
		l.where = append(l.where, "x.type_id = "+a.add(q.Type))
	}
	if q.From != "" {
		l.where = append(l.where, "x.expires_on >= "+a.add(q.From))
	}
	if q.To != "" {
		l.where = append(l.where, "x.expires_on <= "+a.add(q.To))
	}
	if len(q.IDs) > 0 {
		l.where = append(l.where, "x.id IN ("+a.marks(int64s(q.IDs))+")")
	}
	if len(q.Items) > 0 {
		l.where = append(l.where, "x.item_id IN ("+a.marks(int64s(q.Items))+")")
	}
	item := "i.id = x.item_id AND i.trashed_by IS NULL"
	if c := a.seesItem(v, "i"); c != "1 = 1" {
		item += " AND " + c
	}
	if q.Archived != nil {
		item += " AND i.archived = " + a.add(*q.Archived)
	}
	if q.Name != "" {
		item += " AND i.name_key = " + a.add(textkey.Fold(q.Name))
	}
	l.where = append(l.where, "EXISTS (SELECT 1 FROM items i WHERE "+item+")")
}

// finishExpirations adds what people call the things, for the whole page at once.
func (tx *Tx) finishExpirations(page []tenon.Expiration) error {
	if len(page) == 0 {
		return nil
	}
	items := map[tenon.ItemID][]*tenon.Expiration{}
	var ids, types []tenon.BinderID // the list argument is typed by binders
	for i := range page {
		e := &page[i]
		if items[e.Item] == nil {
			ids = append(ids, tenon.BinderID(e.Item))
		}
		items[e.Item] = append(items[e.Item], e)
		if info := e.Kind.Info(); info != nil {
			e.TypeName = info.Label
			if f := info.Fields.Field(e.Field); f != nil {
				e.Label = f.Label
			}
		}
		if e.Type != 0 && !slices.Contains(types, tenon.BinderID(e.Type)) {
			types = append(types, tenon.BinderID(e.Type))
		}
	}
	err := tx.each(func(r Scanner) error {
		var e tenon.Expiration
		if err := r.Scan(&e.Item, &e.Name, &e.Archived, &e.OrgID, &e.OrgName); err != nil {
			return err
		}
		for _, x := range items[e.Item] {
			x.Name, x.Archived, x.OrgID, x.OrgName = e.Name, e.Archived, e.OrgID, e.OrgName
		}
		return nil
	}, `SELECT i.id, i.name, i.archived, o.id, o.name FROM items i JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id
		WHERE `+tx.d.inBinders("i.id", "$1"), tx.d.bindersArg(ids))
	if err != nil || len(types) == 0 {
		return err
	}
	return tx.each(func(r Scanner) error {
		var t tenon.FlexTypeID
		var typeName, key, label string
		if err := r.Scan(&t, &typeName, &key, &label); err != nil {
			return err
		}
		for i := range page {
			if page[i].Type == t && page[i].Field == traitPrefix+key {
				page[i].TypeName, page[i].Label = typeName, label
			}
		}
		return nil
	}, `SELECT t.id, t.name, f.name_key, f.name FROM flexible_asset_types t JOIN flexible_asset_fields f ON f.type_id = t.id
		WHERE f.expiration = TRUE AND `+tx.d.inBinders("t.id", "$1"), tx.d.bindersArg(types))
}

// GetExpiration returns one expiration. NotFound where there is none that the
// viewer may know of.
func (tx *Tx) GetExpiration(v tenon.Viewer, id tenon.ExpirationID) (*tenon.Expiration, error) {
	page, _, err := tx.ListExpirations(v, ExpirationQuery{IDs: []tenon.ExpirationID{id}})
	if err == nil && len(page) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("expiration", int64(id), err)
	}
	return &page[0], nil
}

// allExpirationMarks returns the marked fields of every flexible asset type.
func (tx *Tx) allExpirationMarks() (map[tenon.LookupID][]string, error) {
	out := map[tenon.LookupID][]string{}
	err := tx.each(func(r Scanner) error {
		var t tenon.LookupID
		var key string
		if err := r.Scan(&t, &key); err != nil {
			return err
		}
		out[t] = append(out[t], key)
		return nil
	}, `SELECT type_id, name_key FROM flexible_asset_fields WHERE kind = 'Date' AND expiration = TRUE`)
	return out, err
}

// expirationFaults compares the stored dates of a page with what they should be.
func (tx *Tx) expirationFaults(page []indexed, items bool) ([]Fault, error) {
	if !items {
		return nil, nil
	}
	stored := map[int64][]dated{}
	elsewhere := map[int64]bool{}
	binder := map[int64]tenon.BinderID{}
	ids := make([]tenon.BinderID, len(page))
	for i := range page {
		ids[i] = tenon.BinderID(page[i].id)
		binder[page[i].id] = page[i].binder
	}
	err := tx.each(func(r Scanner) error {
		var id int64
		var b tenon.BinderID
		var d dated
		if err := r.Scan(&id, &b, &d.field, &d.on, &d.marked); err != nil {
			return err
		}
		stored[id] = append(stored[id], d)
		elsewhere[id] = elsewhere[id] || binder[id] != b
		return nil
	}, `SELECT item_id, binder_id, field, expires_on, marked FROM expirations WHERE `+tx.d.inBinders("item_id", "$1"), tx.d.bindersArg(ids))
	if err != nil {
		return nil, err
	}
	var out []Fault
	for i := range page {
		p := &page[i]
		same := len(p.dates) == len(stored[p.id]) && !elsewhere[p.id]
		for _, d := range stored[p.id] {
			same = same && slices.Contains(p.dates, d)
		}
		if !same {
			out = append(out, Fault{ID: p.id, Text: "expirations"})
		}
	}
	return out, nil
}

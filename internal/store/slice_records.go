package store

import (
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// SliceOrganizations returns a slice of the live organizations, and how many
// there are in all.
func (tx *Tx) SliceOrganizations(v tenon.Viewer, q Slice) ([]*tenon.Organization, int64, error) {
	f := sliceFrom{id: "o.id", table: "organizations o", column: tx.orgColumn}
	f.where = []string{"o.state = 'live'", f.args.seesOrganization(v, "o")}
	ids, total, err := tx.slice(v, f, q)
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	var a args
	rows, err := list(tx, scanOrg, "SELECT "+orgColumns+orgFrom+" WHERE o.id IN ("+a.marks(ids)+")", a...)
	if err != nil {
		return nil, 0, err
	}
	orgs := make([]*tenon.Organization, len(rows))
	for i := range rows {
		orgs[i] = &rows[i].Organization
	}
	orgs = inOrder(ids, orgs, func(o *tenon.Organization) int64 { return int64(o.ID) })
	return orgs, total, tx.finishOrganizations(v, orgs)
}

// orgColumn is a column of organizations.
func (tx *Tx) orgColumn(name string) (sliceColumn, bool) {
	switch name {
	case "id":
		return plain(formNumber, "o.id"), true
	case "name":
		return plain(formFolded, "o.name_key"), true
	case "organization_type_id":
		return plain(formNumber, "o.type_id"), true
	case "organization_status_id":
		return plain(formNumber, "o.status_id"), true
	case "created_at", "updated_at":
		return plain(formNumber, "o."+name), true
	case "organization_type_name":
		return plain(formFolded, "COALESCE((SELECT l.name_key FROM lookups l WHERE l.id = o.type_id), '')"), true
	case "organization_status_name":
		return plain(formFolded, "COALESCE((SELECT l.name_key FROM lookups l WHERE l.id = o.status_id), '')"), true
	case "primary":
		return sliceColumn{cond: matchPrimary}, true
	case "external_id":
		return sliceColumn{cond: func(_ *Tx, _ tenon.Viewer, a *args, m Match) (string, error) {
			marks := textMarks(a, m)
			if marks == "" {
				return nothing, nil
			}
			return "EXISTS (SELECT 1 FROM links l JOIN binders lb ON lb.id = l.binder_id WHERE lb.organization_id = o.id AND l.state <> 'tombstone' AND l.external_id IN (" + marks + "))", nil
		}}, true
	case "group_id":
		return sliceColumn{cond: func(_ *Tx, v tenon.Viewer, a *args, m Match) (string, error) {
			marks := int64Marks(a, m)
			if marks == "" {
				return nothing, nil
			}
			return "EXISTS (SELECT 1 FROM grants g JOIN binders gb ON gb.id = g.binder_id WHERE gb.organization_id = o.id AND g.ended_by IS NULL AND g.subject_kind = 'group' AND g.subject_id IN (" +
				marks + ") AND " + a.seesGroup(v, "g.subject_id") + ")", nil
		}}, true
	}
	if f := tenon.OrganizationFields.Field(name); f != nil {
		return tx.stored("o.fields", name), true
	}
	return sliceColumn{}, false
}

func matchPrimary(tx *Tx, _ tenon.Viewer, a *args, m Match) (string, error) {
	id, err := tx.PrimaryOrganization()
	if err != nil {
		return "", err
	}
	yes, no := slices.Contains(m.Values, any(true)), slices.Contains(m.Values, any(false))
	switch {
	case yes == no:
		return "1 = 1", nil
	case yes:
		return "o.id = " + a.add(id), nil
	}
	return "o.id <> " + a.add(id), nil
}

// stored is a field of a document that has no column of its own. It is read
// from every row that the other conditions leave.
func (tx *Tx) stored(column, name string) sliceColumn {
	return sliceColumn{form: formText, text: func(a *args) string { return tx.d.fieldText(column, a, name) }}
}

// ItemSlice asks for a slice of the items of one kind.
type ItemSlice struct {
	Kind tenon.Kind
	Slice
}

// SliceItems returns a slice of the items of a kind, and how many there are in all.
func (tx *Tx) SliceItems(v tenon.Viewer, q ItemSlice) ([]*tenon.Item, int64, error) {
	if !v.SeesKind(q.Kind) {
		return nil, 0, nil
	}
	ids, total, err := tx.slice(v, tx.itemsFrom(v, q), q.Slice)
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	items, err := tx.GetItems(v, itemIDs(ids))
	return inOrder(ids, items, func(i *tenon.Item) int64 { return int64(i.ID) }), total, err
}

// itemsFrom is where slices of items are cut from.
func (tx *Tx) itemsFrom(v tenon.Viewer, q ItemSlice) sliceFrom {
	f := sliceFrom{id: "i.id", table: "items i", column: func(name string) (sliceColumn, bool) { return tx.itemColumn(q.Kind.Info(), name) }}
	f.where = []string{"i.kind = " + f.args.add(int64(q.Kind)), "i.trashed_by IS NULL"}
	f.sees(v)
	if slices.ContainsFunc(q.Match, func(m Match) bool { return m.Field == "organization_id" && !m.Not }) {
		f.table += tx.d.walking("items_by_id") // SQLite would walk the whole kind
	}
	return f
}

// sees leaves out what the viewer may not know of, and what is not live. Few
// binders are of organizations that are not live: they are listed once, where
// ownerLive would look at each row's.
func (f *sliceFrom) sees(v tenon.Viewer) {
	f.where = append(f.where, "i.binder_id NOT IN (SELECT gb.id FROM organizations og JOIN binders gb ON gb.organization_id = og.id WHERE og.state <> 'live')")
	if c := f.args.seesBinder(v, "i.binder_id"); c != "1 = 1" {
		f.where = append(f.where, c)
	}
	if c := f.args.seesItem(v, "i"); c != "1 = 1" {
		f.where = append(f.where, c)
	}
}

func itemIDs(ids []int64) []tenon.ItemID {
	out := make([]tenon.ItemID, len(ids))
	for i, id := range ids {
		out[i] = tenon.ItemID(id)
	}
	return out
}

// itemColumn is a column of items of a kind.
func (tx *Tx) itemColumn(info *tenon.KindInfo, name string) (sliceColumn, bool) {
	switch name {
	case "id":
		return plain(formNumber, "i.id"), true
	case "name":
		return plain(formFolded, "i.name_key"), true
	case "archived", "created_at", "updated_at":
		return plain(formNumber, "i."+name), true
	case "organization_id":
		return sliceColumn{cond: matchOwner}, true
	case "external_id":
		return sliceColumn{cond: matchItemLink}, true
	case "resource_name":
		return sliceColumn{cond: matchHostName}, true
	case "primary_email":
		return sliceColumn{cond: matchPrimaryEmail}, true
	case info.Type:
		return plain(formNumber, "i.type_id"), true
	case info.Status:
		return plain(formStatus, "i.status"), true
	}
	if f := info.Fields.Field(name); f != nil {
		c := tx.stored("i.fields", name)
		if f.Index {
			c.cond = func(tx *Tx, v tenon.Viewer, a *args, m Match) (string, error) { return matchKeys(tx, v, a, f, c, m) }
		} else if f.Type == tenon.Lookup || f.Type == tenon.Ref || f.Type == tenon.Bool {
			stored := c
			c.cond = func(_ *Tx, _ tenon.Viewer, a *args, m Match) (string, error) { return matchStored(a, stored, m), nil }
			if f.Type == tenon.Bool { // no is also what was never said
				c.form, c.text = formNumber, func(a *args) string { return "CASE WHEN " + stored.text(a) + " IN ('true', '1') THEN 1 ELSE 0 END" }
			}
		}
		return c, true
	}
	return sliceColumn{}, false
}

// matchOwner finds the binders of the organizations first: the lists of an
// organization's items are indexed by them. An id that was merged away is that
// of its owner now.
func matchOwner(tx *Tx, v tenon.Viewer, a *args, m Match) (string, error) {
	var b args
	marks := int64Marks(&b, m)
	if marks == "" {
		return nothing, nil
	}
	binders, err := column[tenon.BinderID](tx, `SELECT ob.id FROM binders ob WHERE ob.organization_id IN (SELECT mb.organization_id FROM binders mb WHERE mb.id IN (`+marks+`)) AND `+
		b.seesBinder(v, "ob.id"), b...)
	if err != nil {
		return "", err
	}
	if len(binders) == 0 && !m.Not {
		return nothing, nil
	}
	text := tx.d.inBinders("i.binder_id", a.add(tx.d.bindersArg(binders)))
	if m.Not {
		return "NOT (" + text + ")", nil
	}
	return text, nil
}

func matchItemLink(_ *Tx, _ tenon.Viewer, a *args, m Match) (string, error) {
	marks := textMarks(a, m)
	if marks == "" {
		return nothing, nil
	}
	return "EXISTS (SELECT 1 FROM links l WHERE l.item_id = i.id AND l.state <> 'tombstone' AND l.external_id IN (" + marks + "))", nil
}

// matchKeys looks an indexed field up. A field that is empty has no keys: a
// match of no value at all is one of those without.
func matchKeys(_ *Tx, _ tenon.Viewer, a *args, f *tenon.Field, c sliceColumn, m Match) (string, error) {
	if m.Values == nil {
		return c.between(a, m), nil
	}
	var marks []string
	empty := false
	for _, x := range m.Values {
		if x == nil {
			empty = true
		} else if key := FieldKey(f, x); key != "" {
			marks = append(marks, a.add(key))
		}
	}
	keys := func() string { // PostgreSQL takes no argument that a statement does not use
		return "SELECT k.record_id FROM record_keys k WHERE k.field = " + a.add(f.Name)
	}
	var either []string
	if len(marks) > 0 {
		either = append(either, "i.id IN ("+keys()+" AND k.key IN ("+strings.Join(marks, ",")+"))")
	}
	if empty {
		either = append(either, "i.id NOT IN ("+keys()+")")
	}
	text := nothing
	if len(either) > 0 {
		text = "(" + strings.Join(either, " OR ") + ")"
	}
	if m.Not {
		return "NOT (" + text + ")", nil
	}
	return text, nil
}

// matchStored compares ids and flags inside a document by their text.
func matchStored(a *args, c sliceColumn, m Match) string {
	var marks []string
	absent := false
	for _, x := range m.Values {
		switch x := x.(type) {
		case int64:
			marks = append(marks, a.add(tenon.ItemID(x).String()))
		case bool:
			if !x {
				absent = true
				marks = append(marks, a.add("false"), a.add("0"))
			} else {
				marks = append(marks, a.add("true"), a.add("1"))
			}
		}
	}
	if len(marks) == 0 {
		return nothing
	}
	text := c.text(a) + " IN (" + strings.Join(marks, ",") + ")"
	if absent {
		text = "(" + text + " OR " + c.text(a) + " IS NULL)"
	}
	if m.Not {
		return "NOT COALESCE(" + text + ", FALSE)"
	}
	return text
}

// matchPrimaryEmail finds contacts by that one of their addresses which is the
// first to be written to.
func matchPrimaryEmail(tx *Tx, v tenon.Viewer, a *args, m Match) (string, error) {
	f := tenon.Contact.Info().Fields.Field("emails")
	text, err := matchKeys(tx, v, a, f, sliceColumn{}, m)
	if err != nil || text == nothing {
		return text, err
	}
	var marks []string
	for _, x := range m.Values {
		s, _ := x.(string)
		for _, c := range cases(s) {
			marks = append(marks, a.add(c))
		}
	}
	return "(" + text + " AND " + tx.d.primaryAddress("i.fields", a, f.Name, strings.Join(marks, ",")) + ")", nil
}

// SliceLookups returns a slice of a look-up list, and how many there are in all.
func (tx *Tx) SliceLookups(of string, q Slice) ([]tenon.LookupRow, int64, error) {
	f := sliceFrom{id: "id", table: "lookups", column: func(name string) (sliceColumn, bool) {
		switch name {
		case "id", "created_at", "updated_at":
			return plain(formNumber, name), true
		case "parent_id":
			return plain(formNumber, "COALESCE(parent_id, 0)"), true
		case "name":
			return plain(formFolded, "name_key"), true
		case "code":
			return plain(formText, "code"), true
		}
		return sliceColumn{}, false
	}}
	f.where = []string{"list = " + f.args.add(of)}
	ids, total, err := tx.slice(tenon.Viewer{}, f, q)
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	var a args
	rows, err := list(tx, scanLookup, `SELECT `+lookupColumns+` FROM lookups WHERE id IN (`+a.marks(ids)+`)`, a...)
	return inOrder(ids, rows, func(l tenon.LookupRow) int64 { return int64(l.ID) }), total, err
}

// LookupNames returns the names of rows of look-up lists.
func (tx *Tx) LookupNames(ids []tenon.LookupID) (map[tenon.LookupID]string, error) {
	out := make(map[tenon.LookupID]string, len(ids))
	var a args
	err := tx.each(func(r Scanner) error {
		var id tenon.LookupID
		var name string
		if err := r.Scan(&id, &name); err != nil {
			return err
		}
		out[id] = name
		return nil
	}, `SELECT id, name FROM lookups WHERE `+tx.d.inBinders("id", a.add(tx.d.bindersArg(binderIDs(ids)))), a...)
	return out, err
}

// SyncingOrganizations returns the organizations that a connection keeps in
// step through one of these binders, which the caller has read with the viewer.
func (tx *Tx) SyncingOrganizations(binders []tenon.BinderID) (map[int64]bool, error) {
	if none, err := tx.noLinks(); none || err != nil {
		return nil, err
	}
	var a args
	return tx.set(`SELECT b.organization_id FROM links l JOIN binders b ON b.id = l.binder_id WHERE l.state = 'syncing' AND `+
		tx.d.inBinders("l.binder_id", a.add(tx.d.bindersArg(binders))), a...)
}

// noLinks tells whether nothing at all was ever linked, where that costs less
// than to look for what is. False is always right.
func (tx *Tx) noLinks() (none bool, err error) {
	if tx.d.remembers() {
		err = tx.row(tx.d.remember(`SELECT NOT EXISTS (SELECT 1 FROM links)`)).Scan(&none)
	}
	return none, err
}

// SyncingItems returns those of the items that a connection keeps in step.
func (tx *Tx) SyncingItems(ids []tenon.ItemID) (map[int64]bool, error) {
	if none, err := tx.noLinks(); none || err != nil {
		return nil, err
	}
	var a args
	return tx.set(`SELECT l.item_id FROM links l WHERE l.state = 'syncing' AND `+
		tx.d.inBinders("l.item_id", a.add(tx.d.bindersArg(binderIDs(ids)))), a...)
}

// set collects ids.
func (tx *Tx) set(text string, args ...any) (map[int64]bool, error) {
	ids, err := column[int64](tx, text, args...)
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// OrganizationShortNames returns the short names of organizations whose home
// the viewer reaches.
func (tx *Tx) OrganizationShortNames(v tenon.Viewer, ids []tenon.OrgID) (map[int64]string, error) {
	out := map[int64]string{}
	var a args
	short := tx.d.fieldText("o.fields", &a, "short_name")
	err := tx.each(func(r Scanner) error {
		var id int64
		var name string
		if err := r.Scan(&id, &name); err != nil {
			return err
		}
		out[id] = name
		return nil
	}, `SELECT o.id, COALESCE(`+short+`, '') FROM organizations o WHERE `+tx.d.inBinders("o.id", a.add(tx.d.bindersArg(binderIDs(ids))))+
		` AND `+a.seesBinder(v, "o.id"), a...)
	return out, err
}

// PrimaryLocations returns those of the locations that are the primary one of
// their organization, whose home the viewer reaches.
func (tx *Tx) PrimaryLocations(v tenon.Viewer, ids []tenon.ItemID) ([]tenon.ItemID, error) {
	var a args
	return column[tenon.ItemID](tx, `SELECT o.primary_location_id FROM organizations o WHERE `+
		tx.d.inBinders("o.primary_location_id", a.add(tx.d.bindersArg(binderIDs(ids))))+` AND o.state = 'live' AND `+a.seesBinder(v, "o.id"), a...)
}

// matchHostName finds items by the name of what they are embedded in.
func matchHostName(tx *Tx, v tenon.Viewer, a *args, m Match) (string, error) {
	var marks []string
	for _, x := range m.Values {
		if s, ok := x.(string); ok {
			marks = append(marks, a.add(textkey.Fold(s)))
		}
	}
	if len(marks) == 0 {
		return nothing, nil
	}
	return "i.id IN (SELECT hk.record_id FROM items h JOIN record_keys hk ON hk.field = 'resource_id' AND hk.key = CAST(h.id AS TEXT) WHERE h.name_key IN (" +
		strings.Join(marks, ",") + ") AND " + a.seenItem(v, "h") + ")", nil
}

package core

import (
	"context"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// LookupChange is what somebody wants a row of a look-up list to be. What is nil stays.
type LookupChange struct {
	Name *string
	// Parent is the row above, of lists that have one: a model's manufacturer.
	Parent *tenon.LookupID
	// Code is the ISO code of a country or region.
	Code *string
	// Version is the version the change was made from; 0 takes the present one.
	Version int64
}

// Lookups returns one page of a look-up list in name order, and the cursor of the next.
func (c *Core) Lookups(ctx context.Context, v tenon.Viewer, q store.LookupQuery) (page []tenon.LookupRow, next string, err error) {
	if err := v.Need(tenon.ViewRecords); err != nil {
		return nil, "", err
	}
	if q.List != "" && tenon.ListNamed(q.List) == nil {
		return nil, "", tenon.Errorf(tenon.NotFound, "There is no look-up list %q.", q.List)
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListLookups(q)
		return err
	})
	return page, next, err
}

// Lookup returns one row of any look-up list.
func (c *Core) Lookup(ctx context.Context, v tenon.Viewer, id tenon.LookupID) (*tenon.LookupRow, error) {
	if err := v.Need(tenon.ViewRecords); err != nil {
		return nil, err
	}
	var l *tenon.LookupRow
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		l, err = tx.GetLookup(id)
		return err
	})
	return l, err
}

// CreateLookup adds a row to a look-up list.
func (c *Core) CreateLookup(ctx context.Context, v tenon.Viewer, list string, in LookupChange) (*tenon.LookupRow, error) {
	var l *tenon.LookupRow
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		l, err = c.CreateLookupIn(tx, v, list, in)
		return err
	})
	return l, err
}

// CreateLookupIn is CreateLookup inside the caller's transaction.
func (c *Core) CreateLookupIn(tx *store.Tx, v tenon.Viewer, list string, in LookupChange) (*tenon.LookupRow, error) {
	if err := v.Need(tenon.EditLookups); err != nil {
		return nil, err
	}
	if tenon.ListNamed(list) == nil {
		return nil, tenon.Errorf(tenon.NotFound, "There is no look-up list %q.", list)
	}
	l := &tenon.LookupRow{List: list}
	changes, err := applyLookup(tx, l, in)
	if err != nil {
		return nil, err
	}
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	l.ID = tenon.LookupID(id)
	if err := tx.InsertLookup(l); err != nil {
		return nil, err
	}
	return l, tx.Record(v, tenon.Event{Action: "create", Subject: "look-up", SubjectID: id, Name: l.Name, Changes: changes})
}

// addRows adds the rows that are named, by field, to the look-up lists of the
// fields, and returns the values with the ids in their places. A row that is
// there already is taken as it is. A row of a list with a parent hangs under
// what the field of the parent's list names.
func (c *Core) addRows(tx *store.Tx, v tenon.Viewer, schema tenon.Schema, values tenon.Values, rows map[string]string) (tenon.Values, error) {
	if len(rows) == 0 {
		return values, nil
	}
	out := values.Clone()
	for i := range schema {
		f := &schema[i]
		name, asked := rows[f.Name]
		if !asked || f.Type != tenon.Lookup || tenon.ListNamed(f.List) == nil {
			continue
		}
		in := LookupChange{Name: &name}
		q := store.LookupQuery{List: f.List, Name: name, Page: tenon.Page{Limit: 1}}
		for j := range schema {
			if p := &schema[j]; p.Type == tenon.Lookup && p.List == tenon.ListNamed(f.List).Parent {
				if id := tenon.LookupID(rowID(out[p.Name])); id != 0 {
					in.Parent, q.Parent = &id, id
				}
			}
		}
		found, _, err := tx.ListLookups(q)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			out[f.Name] = int64(found[0].ID)
			continue
		}
		row, err := c.CreateLookupIn(tx, v, f.List, in)
		if err != nil {
			if e, ok := err.(*tenon.Error); ok && e.Code == tenon.Invalid {
				return nil, tenon.FieldErrorf(f.Name, "%s", e.Message)
			}
			return nil, err
		}
		out[f.Name] = int64(row.ID)
	}
	return out, nil
}

// rowID is the id in a value that may come straight from a form.
func rowID(x any) int64 {
	f := tenon.Field{Name: "id", Label: "Id", Type: tenon.Lookup}
	id, err := f.Clean(x)
	if err != nil {
		return 0
	}
	n, _ := id.(int64)
	return n
}

// UpdateLookup changes a row of a look-up list. Rows that come from a PSA are changed there.
func (c *Core) UpdateLookup(ctx context.Context, v tenon.Viewer, id tenon.LookupID, in LookupChange) (*tenon.LookupRow, error) {
	var l *tenon.LookupRow
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		l, err = c.UpdateLookupIn(tx, v, id, in)
		return err
	})
	return l, err
}

// UpdateLookupIn is UpdateLookup inside the caller's transaction.
func (c *Core) UpdateLookupIn(tx *store.Tx, v tenon.Viewer, id tenon.LookupID, in LookupChange) (*tenon.LookupRow, error) {
	if err := v.Need(tenon.EditLookups); err != nil {
		return nil, err
	}
	l, err := tx.GetLookup(id)
	if err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != l.Version {
		return nil, tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed.", l.Name)
	}
	changes, err := applyLookup(tx, l, in)
	if err != nil || len(changes) == 0 {
		return l, err
	}
	if l.Synced {
		return nil, tenon.Errorf(tenon.Conflict, "%s comes from an integration. Nothing was changed. Change it there.", l.Name)
	}
	if err := tx.UpdateLookup(l); err != nil {
		return nil, err
	}
	return l, tx.Record(v, tenon.Event{Action: "update", Subject: "look-up", SubjectID: int64(id), Name: l.Name, Changes: changes})
}

var (
	lookupName = tenon.Field{Name: "name", Label: "Name", Type: tenon.Text, Required: true}
	lookupCode = tenon.Field{Name: "code", Label: "Code", Type: tenon.Text, Max: 16}
)

// applyLookup lays the change over the row and returns what differs.
func applyLookup(tx *store.Tx, l *tenon.LookupRow, in LookupChange) ([]tenon.Change, error) {
	var out []tenon.Change
	set := func(f *tenon.Field, dst, value *string) error {
		if value == nil {
			return nil
		}
		x, err := f.Clean(*value)
		if err != nil {
			return err
		}
		s, _ := x.(string)
		if s != *dst {
			out = append(out, tenon.Change{Field: f.Name, Before: *dst, After: s})
			*dst = s
		}
		return nil
	}
	if err := set(&lookupName, &l.Name, in.Name); err != nil {
		return nil, err
	}
	if err := set(&lookupCode, &l.Code, in.Code); err != nil {
		return nil, err
	}
	if strings.TrimSpace(l.Name) == "" {
		return nil, tenon.FieldErrorf("name", "Name is required.")
	}
	if in.Parent != nil && *in.Parent != l.ParentID {
		out = append(out, tenon.Change{Field: "parent_id", Before: int64(l.ParentID), After: int64(*in.Parent)})
		l.ParentID = *in.Parent
	}
	return out, checkLookupParent(tx, l, in.Parent != nil || l.ID == 0)
}

func checkLookupParent(tx *store.Tx, l *tenon.LookupRow, changed bool) error {
	if !changed {
		return nil
	}
	list := tenon.ListNamed(l.List)
	switch {
	case list.Parent == "" && l.ParentID != 0:
		return tenon.FieldErrorf("parent_id", "%s have nothing above them.", list.Label)
	case l.ParentID == 0:
		return nil
	}
	p, err := tx.GetLookup(l.ParentID)
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && p.List != list.Parent) {
		return tenon.FieldErrorf("parent_id", "There is no entry %s in %s.", l.ParentID, tenon.ListNamed(list.Parent).Label).Naming()
	}
	return err
}

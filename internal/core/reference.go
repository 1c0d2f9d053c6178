package core

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// hosts returns the ids of what the values say the item hangs on. What it is
// embedded in comes before the folder it lies in.
func (e *edit) hosts(v tenon.Values) []tenon.ItemID {
	var out []tenon.ItemID
	for _, general := range []bool{true, false} {
		for i := range e.info.Fields {
			f := &e.info.Fields[i]
			if id := v.ID(f.Name); f.Host && id != 0 && (f.RefKind == 0) == general {
				out = append(out, tenon.ItemID(id))
			}
		}
	}
	return out
}

// namedHosts returns what a change says an item, of whatever kind, is to hang on.
func namedHosts(change tenon.Values) []tenon.ItemID {
	var out []tenon.ItemID
	for i := range tenon.Kinds {
		for j := range tenon.Kinds[i].Fields {
			f := &tenon.Kinds[i].Fields[j]
			if x, sent := change[f.Name]; sent && f.Host {
				if id, err := f.Clean(x); err == nil && id != nil {
					out = append(out, tenon.ItemID(id.(int64)))
				}
			}
		}
	}
	return out
}

// host returns what a new item hangs on, nil for nothing. It is locked, so
// that it cannot be restricted or moved before the item hangs on it.
func (e *edit) host() (*tenon.Item, error) {
	ids := e.hosts(e.item.Values)
	if len(ids) == 0 {
		return nil, nil
	}
	if err := e.tx.LockItems(ids...); err != nil {
		return nil, err
	}
	found, err := e.tx.GetItems(e.v, ids[:1])
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		for i := range e.info.Fields {
			if f := &e.info.Fields[i]; f.Host && e.item.Values.ID(f.Name) == int64(ids[0]) {
				return nil, e.noSuch(f, int64(ids[0]))
			}
		}
	}
	return found[0], nil
}

func (e *edit) noSuch(f *tenon.Field, id int64) error {
	return tenon.FieldErrorf(f.Name, "%s: there is no record %d that fits.", f.Label, id).Naming()
}

// loadNamed loads, in one statement each, every item and every look-up row
// that a changed field names.
func (e *edit) loadNamed() error {
	var ids []tenon.ItemID
	var lookups []tenon.LookupID
	hostChanged := false
	for _, name := range e.changed {
		f := e.info.Fields.Field(name)
		if id := e.item.Values.ID(name); id != 0 && f.Type == tenon.Lookup {
			lookups = append(lookups, tenon.LookupID(id))
		}
		if f.Type != tenon.Ref {
			continue
		}
		hostChanged = hostChanged || f.Host
		if id := e.item.Values.ID(name); id != 0 {
			ids = append(ids, tenon.ItemID(id))
		}
	}
	ids = append(ids, e.taggedItems()...)
	if hostChanged && !e.create {
		// Two changes, each fine alone, could close a ring: one at a time.
		if err := e.tx.LockStructure(); err != nil {
			return err
		}
		if err := e.tx.LockItems(e.hosts(e.item.Values)...); err != nil {
			return err
		}
	}
	if err := e.loadLookups(lookups); err != nil {
		return err
	}
	e.named = map[tenon.ItemID]*tenon.Item{}
	found, err := e.tx.GetItems(e.v, ids)
	for _, i := range found {
		e.named[i.ID] = i
	}
	return err
}

func (e *edit) loadLookups(ids []tenon.LookupID) error {
	e.looked = map[int64]string{}
	if len(ids) == 0 {
		return nil
	}
	rows, _, err := e.tx.ListLookups(store.LookupQuery{IDs: ids, Page: tenon.Page{Limit: tenon.MaxPage}})
	for _, l := range rows {
		e.looked[int64(l.ID)] = l.List
	}
	return err
}

// checkReferences holds the changed fields to what the database knows. What
// was there before is left alone: it may name what this viewer cannot see.
func (e *edit) checkReferences() error {
	var subjects []tenon.Subject
	for _, name := range slices.Clone(e.changed) {
		f := e.info.Fields.Field(name)
		id := e.item.Values.ID(name)
		if id == 0 {
			e.moved = e.moved || f.Host
			continue
		}
		var err error
		switch f.Type {
		case tenon.Ref:
			err = e.checkRef(f, tenon.ItemID(id))
		case tenon.Lookup:
			if f.List != flexTypes && e.looked[id] != f.List {
				err = tenon.FieldErrorf(f.Name, "%s: there is no entry %d in that list.", f.Label, id).Naming()
			}
		case tenon.UserRef:
			subjects = append(subjects, tenon.Subject{Kind: "user", ID: id})
		case tenon.GroupRef:
			subjects = append(subjects, tenon.Subject{Kind: "group", ID: id})
		}
		if err := e.forgive(f, err); err != nil {
			return err
		}
	}
	if e.moved && !e.create {
		if err := e.checkRing(); err != nil {
			return err
		}
	}
	return e.checkSubjects(subjects)
}

// forgive lets a restored state keep what the item has now where a reference
// of then no longer holds.
func (e *edit) forgive(f *tenon.Field, err error) error {
	if err == nil || !e.restoring || tenon.CodeOf(err) != tenon.Invalid || f.Required {
		return err
	}
	delete(e.item.Values, f.Name)
	if x, had := e.was.Values[f.Name]; had {
		e.item.Values[f.Name] = x
	}
	e.changed = slices.DeleteFunc(e.changed, func(n string) bool { return n == f.Name })
	return nil
}

func (e *edit) checkRef(f *tenon.Field, id tenon.ItemID) error {
	to := e.named[id]
	switch {
	case to == nil || (f.RefKind != 0 && to.Kind != f.RefKind):
		return e.noSuch(f, int64(id))
	case id == e.item.ID:
		return tenon.FieldErrorf(f.Name, "%s: a record cannot name itself here.", f.Label)
	case to.OrgID != e.item.OrgID && f.Host && !e.create:
		return tenon.FieldErrorf(f.Name, "%s belongs to %s. To bring this record there, move it.", to.Name, to.OrgName)
	case to.OrgID != e.item.OrgID:
		return tenon.FieldErrorf(f.Name, "%s: %s belongs to %s, not to %s.", f.Label, to.Name, to.OrgName, e.item.OrgName)
	}
	e.moved = e.moved || f.Host
	return nil
}

// maxNesting is how deep folders may lie in folders.
const maxNesting = 30

// checkRing climbs from what the item is to hang on, and refuses to arrive at
// the item itself.
func (e *edit) checkRing() error {
	level := e.hosts(e.item.Values)
	for depth := 0; len(level) > 0; depth++ {
		if depth == maxNesting {
			return tenon.Errorf(tenon.Invalid, "Records may lie inside each other %d deep at most.", maxNesting)
		}
		if slices.Contains(level, e.item.ID) {
			return tenon.Errorf(tenon.Invalid, "%s cannot lie inside something that lies inside it.", e.item.Name)
		}
		var err error
		if level, err = e.tx.SystemHosts(level...); err != nil {
			return err
		}
	}
	return nil
}

// checkSubjects refuses users and groups that do not exist.
func (e *edit) checkSubjects(subjects []tenon.Subject) error {
	missing, err := e.tx.MissingSubjects(subjects)
	if err != nil || len(missing) == 0 {
		return err
	}
	for _, name := range slices.Clone(e.changed) {
		f := e.info.Fields.Field(name)
		for _, m := range missing {
			isKind := (f.Type == tenon.UserRef && m.Kind == "user") || (f.Type == tenon.GroupRef && m.Kind == "group")
			if !isKind || e.item.Values.ID(name) != m.ID {
				continue
			}
			if err := e.forgive(f, tenon.FieldErrorf(name, "%s: there is no such %s: %d.", f.Label, m.Kind, m.ID)); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

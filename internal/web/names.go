package web

import (
	"context"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
)

// names turns the ids in records into words. It is loaded for a whole page, in
// at most four statements.
type names struct {
	lookups map[int64]string
	records map[int64]store.RecordName
	users   map[int64]string
	groups  map[int64]string
}

// wanted collects the ids that a page has to put into words.
type wanted struct {
	lookups []tenon.LookupID
	records []int64
	users   []int64
	groups  []int64
}

func (w *wanted) add(s tenon.Schema, v tenon.Values) {
	for i := range s {
		id := v.ID(s[i].Name)
		if id == 0 {
			continue
		}
		switch s[i].Type {
		case tenon.Lookup:
			w.lookups = append(w.lookups, tenon.LookupID(id))
		case tenon.Ref, tenon.OrgRef:
			w.records = append(w.records, id)
		case tenon.UserRef:
			w.users = append(w.users, id)
		case tenon.GroupRef:
			w.groups = append(w.groups, id)
		}
	}
}

// subjects adds users and groups.
func (w *wanted) subjects(list []tenon.Subject) {
	for _, s := range list {
		if s.Kind == tenon.SubjectGroup {
			w.groups = append(w.groups, s.ID)
		} else {
			w.users = append(w.users, s.ID)
		}
	}
}

func (w *wanted) load(tx *store.Tx, v tenon.Viewer) (n names, err error) {
	n.lookups = map[int64]string{}
	if len(w.lookups) > 0 {
		rows, _, err := tx.ListLookups(store.LookupQuery{IDs: w.lookups, Page: tenon.Page{Limit: tenon.MaxPage}})
		if err != nil {
			return n, err
		}
		for i := range rows {
			n.lookups[int64(rows[i].ID)] = rows[i].Name
		}
	}
	if n.records, err = tx.RecordNames(v, w.records); err != nil {
		return n, err
	}
	if len(w.users) > 0 {
		if n.users, err = tx.SystemNames("user", w.users); err != nil {
			return n, err
		}
	}
	if len(w.groups) > 0 {
		n.groups, err = tx.SystemNames("group", w.groups)
	}
	return n, err
}

// loadNames is for the page of one record.
func loadNames(tx *store.Tx, v tenon.Viewer, s tenon.Schema, values tenon.Values) (names, error) {
	var w wanted
	w.add(s, values)
	return w.load(tx, v)
}

// reference returns a reference in words, and the page it leads to.
func (n names) reference(ctx context.Context, f *tenon.Field, id int64) (text, href string) {
	switch f.Type {
	case tenon.Lookup:
		text = n.lookups[id]
	case tenon.UserRef:
		text = n.users[id]
	case tenon.GroupRef:
		text = n.groups[id]
	default:
		rec, ok := n.records[id]
		if ok && rec.Kind == 0 {
			return rec.Name, organizationPath(tenon.OrgID(id))
		}
		if ok {
			return rec.Name, itemPath(tenon.ItemID(id))
		}
		return say.Text(ctx, "A record that you may not see, or that is gone"), ""
	}
	if text == "" {
		text = say.Textf(ctx, "No longer in the list (%s)", strconv.FormatInt(id, 10))
	}
	return text, ""
}

func itemPath(id tenon.ItemID) string { return "/items/" + id.String() }

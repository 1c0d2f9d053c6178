package csvimport

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// loadLookups reads the look-up lists that mapped columns use. They are short.
func (p *prepared) loadLookups(ctx context.Context) error {
	p.lookups = map[string]map[string]int64{}
	for _, c := range p.layout.columns {
		if c.field == nil || c.field.Type != tenon.Lookup || tenon.ListNamed(c.field.List) == nil {
			continue
		}
		names := map[string]int64{}
		err := p.e.st.Read(ctx, func(tx *store.Tx) error {
			q := store.LookupQuery{List: c.field.List, Page: tenon.Page{Limit: tenon.MaxPage}}
			for {
				rows, next, err := tx.ListLookups(q)
				if err != nil {
					return err
				}
				for _, l := range rows {
					if key := textkey.Fold(l.Name); names[key] == 0 {
						names[key] = int64(l.ID)
					}
				}
				if q.Cursor = next; next == "" {
					return nil
				}
			}
		})
		if err != nil {
			return err
		}
		p.lookups[c.field.List] = names
	}
	return nil
}

// lookup finds the row of a list by its name. A name that is missing gets a
// negative number, and is added before the import runs.
func (p *prepared) lookup(f *tenon.Field, cell string) (int64, error) {
	one := tenon.Field{Name: f.Name, Label: f.Label, Type: tenon.Text}
	x, err := one.Clean(cell)
	if err != nil {
		return 0, err
	}
	name, _ := x.(string)
	list := p.lookups[f.List]
	key := textkey.Fold(name)
	if id := list[key]; id != 0 {
		return id, nil
	}
	if id := tenon.ParseID(name); id != 0 {
		for _, have := range list {
			if have == id {
				return id, nil
			}
		}
	}
	switch {
	case p.s.RefuseNew, !p.v.May(tenon.EditLookups):
		return 0, tenon.FieldErrorf(f.Name, "%s: there is no %q in the list.", f.Label, name)
	case tenon.ListNamed(f.List).Parent != "":
		return 0, tenon.FieldErrorf(f.Name, "%s: there is no %q in the list, and it needs to be added there by hand: it stands below another list.", f.Label, name)
	}
	p.added = append(p.added, newLookup{f.List, name})
	list[key] = -int64(len(p.added))
	return list[key], nil
}

// addLookups adds what the plan said it would, where nobody has meanwhile.
func (e *Engine) addLookups(tx *store.Tx, v tenon.Viewer, l []newLookup) error {
	for _, n := range l {
		have, _, err := tx.ListLookups(store.LookupQuery{List: n.List, Name: n.Name, Page: tenon.Page{Limit: 1}})
		if err != nil || len(have) > 0 {
			if err != nil {
				return err
			}
			continue
		}
		if err := v.Need(tenon.EditLookups); err != nil {
			return err
		}
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		if err := tx.InsertLookup(&tenon.LookupRow{ID: tenon.LookupID(id), List: n.List, Name: n.Name}); err != nil {
			return err
		}
		if err := tx.Record(v, tenon.Event{Action: "create", Subject: "look-up row", SubjectID: id, Name: n.Name, Changes: []tenon.Change{{Field: "list", After: n.List}}}); err != nil {
			return err
		}
	}
	return nil
}

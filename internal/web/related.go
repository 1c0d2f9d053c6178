package web

import (
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
	"github.com/tenonhq/tenon/internal/web/say"
)

// pageForm is one of the small forms of a page, as it was sent. A page has
// several, so it is known by its name.
type pageForm struct {
	*form
	name string
}

// typedIn returns what was sent by the small form of that name, empty for none.
func (i *itemView) typedIn(name string) *form {
	if i.typed != nil && i.typed.name == name {
		return i.typed.form
	}
	return &form{}
}

// refuse shows the page of the item again, with what was typed into one of its
// small forms and what is wrong with it; other errors are returned.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, name string, f *form, err error) error {
	if len(f.Errors) == 0 && !f.keep(r.Context(), err) {
		return err
	}
	i, lerr := s.loadItem(r)
	if lerr != nil {
		return lerr
	}
	i.typed = &pageForm{f, name}
	return s.showItem(w, r, http.StatusUnprocessableEntity, i)
}

// relate ties the item to a record that was chosen from the suggestions, or
// named by its id or its exact name.
func (s *server) relate(w http.ResponseWriter, r *http.Request) error {
	v, id, f, err := s.itemForm(r)
	if err != nil {
		return err
	}
	var item tenon.ItemID
	var org tenon.OrgID
	err = s.read(r, func(tx *store.Tx) (err error) {
		item, org, err = s.namedRecord(tx, v, f)
		return err
	})
	if err != nil {
		return s.refuse(w, r, "related", f, err)
	}
	rel, err := s.core.Relate(r.Context(), v, id, item, org, f.Get("notes"))
	if tenon.CodeOf(err) == tenon.Conflict {
		err = tenon.FieldErrorf("to", "%s", say.Error(r.Context(), err))
	}
	if err != nil {
		return s.refuse(w, r, "related", f, err)
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s is related now.", rel.Name)})
	return redirect(w, r, itemPath(id)+"#related")
}

// itemForm is what every small form on the page of an item begins with: who
// sends it, about which item, and what is in it.
func (s *server) itemForm(r *http.Request) (v tenon.Viewer, id tenon.ItemID, f *form, err error) {
	v = viewer(r)
	if err = v.Need(tenon.EditItems); err != nil {
		return v, 0, nil, err
	}
	if id, err = pathID[tenon.ItemID](r, "item"); err != nil {
		return v, 0, nil, err
	}
	if f, err = readForm(r); err != nil {
		return v, 0, nil, err
	}
	_, err = s.core.Item(r.Context(), v, id)
	return v, id, f, err
}

// namedRecord finds what the fields to and to.id name.
func (s *server) namedRecord(tx *store.Tx, v tenon.Viewer, f *form) (tenon.ItemID, tenon.OrgID, error) {
	text := f.text("to")
	if text == "" {
		return 0, 0, tenon.FieldErrorf("to", "Name the record to relate to.")
	}
	ids := []int64{tenon.ParseID(f.text(refID("to"))), tenon.ParseID(text)}
	known, err := tx.RecordNames(v, ids)
	if err != nil {
		return 0, 0, err
	}
	for at, id := range ids {
		n, ok := known[id]
		switch {
		case !ok || id == 0 || (at == 0 && textkey.Fold(n.Name) != textkey.Fold(text)):
		case n.Kind == 0:
			return 0, tenon.OrgID(id), nil
		default:
			return tenon.ItemID(id), 0, nil
		}
	}
	orgs, err := tx.FindByName(v, text)
	if err != nil {
		return 0, 0, err
	}
	items, _, err := tx.ListItems(v, store.ItemQuery{Name: text, Page: tenon.Page{Limit: 2}})
	switch {
	case err != nil:
		return 0, 0, err
	case len(orgs)+len(items) == 0:
		return 0, 0, tenon.FieldErrorf("to", "Nothing is called %q. Type the exact name, or the id.", text)
	case len(orgs)+len(items) > 1:
		return 0, 0, tenon.FieldErrorf("to", "Several records are called %q. Choose one of those that are offered, or type the id.", text)
	case len(orgs) == 1:
		return 0, orgs[0], nil
	}
	return items[0].ID, 0, nil
}

func (s *server) unrelate(w http.ResponseWriter, r *http.Request) error {
	v, id, f, err := s.itemForm(r)
	if err != nil {
		return err
	}
	if err := s.core.Unrelate(r.Context(), v, tenon.ParseID(f.Get("relation"))); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "They are no longer related.")})
	return redirect(w, r, itemPath(id)+"#related")
}

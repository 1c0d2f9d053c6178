package web

import (
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
)

// memberField names the organization that a contact becomes a member of.
var memberField = tenon.Field{Name: "organization", Label: say.Key("Organization"), Type: tenon.OrgRef, Required: true}

// memberAdd makes a contact a member of a further organization.
func (s *server) memberAdd(w http.ResponseWriter, r *http.Request) error {
	v, id, f, err := s.itemForm(r)
	if err != nil {
		return err
	}
	sf := schemaForm{form: f, schema: tenon.Schema{memberField}}
	var org any
	err = s.read(r, func(tx *store.Tx) (err error) {
		org, err = sf.reference(tx, v, &memberField)
		return err
	})
	ref, _ := org.(int64)
	if err == nil && ref == 0 {
		err = tenon.FieldErrorf(memberField.Name, "Name the organization.")
	}
	added := false
	if err == nil {
		added, err = s.core.AddMember(r.Context(), v, id, tenon.OrgID(ref))
	}
	if err == nil && !added {
		err = tenon.FieldErrorf(memberField.Name, "The contact is a member of this organization already.")
	}
	if err != nil {
		return s.refuse(w, r, "member", f, err)
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "The contact is a member of %s now.", f.text(memberField.Name))})
	return redirect(w, r, itemPath(id)+"#organizations")
}

func (s *server) memberRemove(w http.ResponseWriter, r *http.Request) error {
	v, id, f, err := s.itemForm(r)
	if err != nil {
		return err
	}
	if _, err := s.core.RemoveMember(r.Context(), v, id, tenon.OrgID(tenon.ParseID(f.Get("organization")))); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The contact is no longer a member there.")})
	return redirect(w, r, itemPath(id)+"#organizations")
}

// defaultPath leads to the plan that files the contact in another of its
// organizations: that one is its default from then on.
func (i *itemView) defaultPath(org tenon.OrgID) string {
	return itemActPath(trash.ActionMove, i.ID) + "&target=" + org.String()
}

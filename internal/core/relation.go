package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// notesField says how a note on a relation must look.
var notesField = tenon.Field{Name: "notes", Label: "Notes", Type: tenon.LongText, Max: 2000}

// Relate ties an item to another item or to an organization, one of which is
// named. The tie reads from both ends.
func (c *Core) Relate(ctx context.Context, v tenon.Viewer, from, toItem tenon.ItemID, toOrg tenon.OrgID, notes string) (*tenon.Relation, error) {
	var r *tenon.Relation
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		r, err = c.RelateIn(tx, v, from, toItem, toOrg, notes)
		return err
	})
	return r, err
}

// RelateIn is Relate inside the caller's transaction.
func (c *Core) RelateIn(tx *store.Tx, v tenon.Viewer, from, toItem tenon.ItemID, toOrg tenon.OrgID, notes string) (*tenon.Relation, error) {
	note, err := notesField.Clean(notes)
	if err != nil {
		return nil, err
	}
	r := &tenon.Relation{From: from}
	r.Notes, _ = note.(string)
	// Both ends locked: the same tie from the other end waits, and then finds this one.
	item, err := c.editable(tx, v, from, toItem)
	if err != nil {
		return nil, err
	}
	what, err := farEnd(tx, v, r, toItem, toOrg)
	if err != nil {
		return nil, err
	}
	if r.ID, err = tx.NewID(); err != nil {
		return nil, err
	}
	done, err := tx.InsertRelation(r)
	if err != nil {
		return nil, err
	}
	if !done {
		return nil, tenon.Errorf(tenon.Conflict, "%s and %s are related already.", item.Name, r.Name)
	}
	return r, tx.Record(v, relationEvent(item, "relate", tenon.Change{Field: "related", After: what}))
}

// NoteRelation writes the notes of a relation both ends of which the viewer sees.
func (c *Core) NoteRelation(ctx context.Context, v tenon.Viewer, id int64, notes string) error {
	note, err := notesField.Clean(notes)
	if err != nil {
		return err
	}
	clean, _ := note.(string)
	return c.st.Write(ctx, func(tx *store.Tx) error {
		r, err := tx.GetRelation(v, id)
		if err != nil {
			return err
		}
		item, err := c.editable(tx, v, r.From)
		if err != nil || r.Notes == clean {
			return err
		}
		if err := tx.UpdateRelationNotes(id, clean); err != nil {
			return err
		}
		return tx.Record(v, relationEvent(item, "update", tenon.Change{Field: "notes of a relation", Before: short(r.Notes), After: short(clean)}))
	})
}

// farEnd fills in what the relation leads to. It returns the words for the
// activity log, which do not name what is closed.
func farEnd(tx *store.Tx, v tenon.Viewer, r *tenon.Relation, item tenon.ItemID, org tenon.OrgID) (string, error) {
	switch {
	case (item == 0) == (org == 0):
		return "", tenon.FieldErrorf("to", "Name one record to relate to: an item or an organization.")
	case item == r.From:
		return "", tenon.FieldErrorf("to", "A record cannot be related to itself.")
	case item != 0:
		to, err := tx.GetItem(v, item)
		if err != nil {
			return "", err
		}
		r.To, r.Kind, r.Name = to.ID, to.Kind, to.Name
		return relationWords(to.Kind, to.ID, to.Name, to.Restricted), nil
	}
	id, err := tx.ResolveOrganization(v, org)
	if err != nil {
		return "", err
	}
	o, err := tx.GetOrganization(v, id)
	if err != nil {
		return "", err
	}
	if err := RequireLive(tx, v, o); err != nil {
		return "", err
	}
	r.ToOrg, r.Name = o.ID, o.Name
	return o.Name, nil
}

func relationWords(k tenon.Kind, id tenon.ItemID, name string, closed bool) string {
	if closed {
		return k.Info().Label + " " + id.String()
	}
	return name
}

func relationEvent(item *tenon.Item, action string, change tenon.Change) tenon.Event {
	return tenon.Event{Action: action, Subject: item.Kind.String(), SubjectID: int64(item.ID), Name: item.Name, Binder: item.BinderID, Changes: []tenon.Change{change}}
}

// Relations returns what an item is tied to, in both directions. What the
// viewer may not see at the other end is left out.
func (c *Core) Relations(ctx context.Context, v tenon.Viewer, item tenon.ItemID) ([]tenon.Relation, error) {
	var out []tenon.Relation
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.GetItem(v, item)
		if err == nil {
			out, err = tx.ListRelations(v, item)
		}
		return err
	})
	return out, err
}

// OrganizationRelations returns the items that are tied to an organization.
func (c *Core) OrganizationRelations(ctx context.Context, v tenon.Viewer, org tenon.OrgID) ([]tenon.Relation, error) {
	var out []tenon.Relation
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.GetOrganization(v, org)
		if err == nil {
			out, err = tx.ListOrganizationRelations(v, org)
		}
		return err
	})
	return out, err
}

// Unrelate unties two records both of which the viewer sees.
func (c *Core) Unrelate(ctx context.Context, v tenon.Viewer, id int64) error {
	return c.st.Write(ctx, func(tx *store.Tx) error { return c.UnrelateIn(tx, v, id) })
}

// UnrelateIn is Unrelate inside the caller's transaction.
func (c *Core) UnrelateIn(tx *store.Tx, v tenon.Viewer, id int64) error {
	r, err := tx.GetRelation(v, id)
	if err != nil {
		return err
	}
	item, err := c.editable(tx, v, r.From)
	if err != nil {
		return err
	}
	what := r.Name
	if r.To != 0 {
		to, err := tx.GetItem(v, r.To)
		if err != nil {
			return err
		}
		what = relationWords(to.Kind, to.ID, to.Name, to.Restricted)
	}
	if err := tx.DeleteRelation(id); err != nil {
		return err
	}
	return tx.Record(v, relationEvent(item, "unrelate", tenon.Change{Field: "related", Before: what}))
}

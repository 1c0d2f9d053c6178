package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Memberships returns the organizations that a contact is a member of, its own first.
func (c *Core) Memberships(ctx context.Context, v tenon.Viewer, contact tenon.ItemID) ([]tenon.Membership, error) {
	var out []tenon.Membership
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, err := member(tx, v, contact)
		if err == nil {
			out, err = tx.ListMemberships(v, contact)
		}
		return err
	})
	return out, err
}

// member returns a contact that the viewer sees.
func member(tx *store.Tx, v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	i, err := tx.GetItem(v, id)
	if err == nil && i.Kind != tenon.Contact {
		return nil, tenon.Errorf(tenon.Invalid, "%s is not a contact. Only contacts are members of organizations.", i.Name)
	}
	return i, err
}

// AddMember makes a contact a member of an organization, beside its own. It
// tells whether it was none before.
func (c *Core) AddMember(ctx context.Context, v tenon.Viewer, contact tenon.ItemID, org tenon.OrgID) (bool, error) {
	return c.changeMember(ctx, v, contact, org, "add member", func(tx *store.Tx, i *tenon.Item, o *tenon.Organization) (bool, error) {
		return tx.AddMembership(i.ID, o.ID)
	})
}

// RemoveMember ends the membership of a contact in an organization that is not
// its own. It tells whether there was one.
func (c *Core) RemoveMember(ctx context.Context, v tenon.Viewer, contact tenon.ItemID, org tenon.OrgID) (bool, error) {
	return c.changeMember(ctx, v, contact, org, "remove member", func(tx *store.Tx, i *tenon.Item, o *tenon.Organization) (bool, error) {
		if i.OrgID == o.ID {
			return false, tenon.Errorf(tenon.Conflict, "%s is filed in %s. Nothing was changed. To leave it, move the contact.", i.Name, o.Name)
		}
		return tx.RemoveMembership(i.ID, o.ID)
	})
}

func (c *Core) changeMember(ctx context.Context, v tenon.Viewer, contact tenon.ItemID, org tenon.OrgID, action string,
	change func(*store.Tx, *tenon.Item, *tenon.Organization) (bool, error)) (done bool, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		if _, err := c.editable(tx, v, contact); err != nil {
			return err
		}
		i, err := member(tx, v, contact)
		if err != nil {
			return err
		}
		id, err := tx.ResolveOrganization(v, org)
		if err != nil {
			return err
		}
		o, err := EditableOrganization(tx, v, id)
		if err != nil {
			return err
		}
		if done, err = change(tx, i, o); err != nil || !done {
			return err
		}
		e := tenon.Event{Action: action, Subject: i.Kind.String(), SubjectID: int64(i.ID), Name: i.Name, Binder: i.BinderID, Changes: []tenon.Change{{Field: "memberships", After: o.Name}}}
		if action == "remove member" {
			e.Changes = []tenon.Change{{Field: "memberships", Before: o.Name}}
		}
		return tx.Record(v, e)
	})
	return done, err
}

// Members returns one page of the contacts that are members of an
// organization, by name, each once: those that are filed there and those that
// are filed elsewhere. The viewer must reach both.
func (c *Core) Members(ctx context.Context, v tenon.Viewer, org tenon.OrgID, p tenon.Page) (page []*tenon.Item, next string, err error) {
	p.Sort = "name"
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		id, err := tx.ResolveOrganization(v, org)
		if err != nil || !v.SeesKind(tenon.Contact) {
			return err
		}
		binders, err := tx.Binders(v, id)
		if err != nil {
			return err
		}
		own, more, err := tx.ListItems(v, store.ItemQuery{Kind: tenon.Contact, Org: id, Page: p})
		if err != nil {
			return err
		}
		guests, err := tx.ListGuests(v, binders, p)
		if err != nil {
			return err
		}
		page = byName(own, guests)
		if limit := p.Size(); len(page) > limit || more != "" {
			page = page[:min(limit, len(page))]
			next = store.ItemNameCursor(page[len(page)-1])
		}
		return nil
	})
	return page, next, err
}

// byName merges two lists that are sorted by name and id.
func byName(a, b []*tenon.Item) []*tenon.Item {
	out := make([]*tenon.Item, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		x, y := textkey.Fold(a[0].Name), textkey.Fold(b[0].Name)
		if x < y || (x == y && a[0].ID < b[0].ID) {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// ItemChange is what somebody wants an item to be. What is left out stays.
type ItemChange struct {
	// Values are laid over the item's; a nil value clears a field. An object,
	// such as the traits of a flexible asset, is replaced as a whole.
	Values tenon.Values
	// Tags replaces the tags.
	Tags *[]string
	// Secrets are values for the vault, by field; nil clears one. The
	// secret fields of a flexible asset are named "traits." and their key.
	Secrets map[string]*secret.Text
	// Parts replaces whole lists, by the plural name of the part. A list to
	// which one only appends (a ticket's comments) must begin with what it has.
	Parts map[string][]tenon.Values
	// NewRows names rows to add to the look-up lists of fields, by field: the
	// field then names the new row, or the one of that name that is there.
	NewRows map[string]string
	// Archived puts the item away, or takes it back.
	Archived *bool
	// Version is the version the change was made from; 0 takes the present one.
	Version int64
	// AsItStands says that the record is copied from elsewhere, as it is there:
	// an asset may lack what its type requires, and its type may be put away.
	AsItStands bool
}

// Item returns one item.
func (c *Core) Item(ctx context.Context, v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	var i *tenon.Item
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		i, err = tx.GetItem(v, id)
		return err
	})
	return i, err
}

// Items returns one page of items and the cursor of the next. The organization
// in the query is a reference: the one that answers for it now is listed.
func (c *Core) Items(ctx context.Context, v tenon.Viewer, q store.ItemQuery) (page []*tenon.Item, next string, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		if q.Kind != 0 && !v.SeesKind(q.Kind) {
			page, next = nil, ""
			return nil
		}
		if q.Org != 0 {
			if q.Org, err = tx.ResolveOrganization(v, q.Org); err != nil {
				return err
			}
		}
		page, next, err = tx.ListItems(v, q)
		return err
	})
	return page, next, err
}

// CreateItem files a new item with an organization: in its home binder, or,
// where a field says what the item hangs on, in the binder of that. org is a
// reference; 0 leaves it to what the item hangs on, or to a ticket's requester.
func (c *Core) CreateItem(ctx context.Context, v tenon.Viewer, kind tenon.Kind, org tenon.OrgID, in ItemChange) (*tenon.Item, error) {
	var i *tenon.Item
	err := c.st.WriteLittle(ctx, func(tx *store.Tx) (err error) {
		i, err = c.CreateItemIn(tx, v, kind, org, in)
		return err
	})
	return i, err
}

// CreateItemIn is CreateItem inside the caller's transaction.
func (c *Core) CreateItemIn(tx *store.Tx, v tenon.Viewer, kind tenon.Kind, org tenon.OrgID, in ItemChange) (*tenon.Item, error) {
	if err := v.Need(tenon.CreateItems); err != nil {
		return nil, err
	}
	info := kind.Info()
	if info == nil || !v.SeesKind(kind) {
		return nil, tenon.Errorf(tenon.NotFound, "There is no such kind of record.")
	}
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	e := &edit{c: c, tx: tx, v: v, info: info, in: in, create: true, was: &tenon.Item{Values: tenon.Values{}},
		item: &tenon.Item{ID: tenon.ItemID(id), Kind: kind}}
	if err := e.addRows(); err != nil {
		return nil, err
	}
	if err := e.applyValues(); err != nil {
		return nil, err
	}
	if err := e.place(org); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	if info.Numbered {
		if e.item.Number, err = tx.NextNumber(e.item.BinderID); err != nil {
			return nil, err
		}
	}
	if err := tx.InsertItem(e.item, e.parts...); err != nil {
		return nil, err
	}
	return e.item, e.finish("create")
}

// UpdateItem changes an item. A change that changes nothing writes nothing.
func (c *Core) UpdateItem(ctx context.Context, v tenon.Viewer, id tenon.ItemID, in ItemChange) (*tenon.Item, error) {
	var i *tenon.Item
	err := c.st.WriteLittle(ctx, func(tx *store.Tx) (err error) {
		i, _, err = c.UpdateItemIn(tx, v, id, in)
		return err
	})
	return i, err
}

// UpdateItemIn is UpdateItem inside the caller's transaction; it also tells
// whether anything changed.
func (c *Core) UpdateItemIn(tx *store.Tx, v tenon.Viewer, id tenon.ItemID, in ItemChange) (*tenon.Item, bool, error) {
	e, err := c.open(tx, v, id, in)
	if err != nil {
		return nil, false, err
	}
	return e.update()
}

// EditItemIn is UpdateItemIn as a part of an operation, which the log names.
func (c *Core) EditItemIn(tx *store.Tx, v tenon.Viewer, id tenon.ItemID, in ItemChange, op tenon.OperationID) (*tenon.Item, bool, error) {
	e, err := c.open(tx, v, id, in)
	if err != nil {
		return nil, false, err
	}
	e.op = op
	return e.update()
}

// open locks an item and reads it, for a viewer who wants to change it.
func (c *Core) open(tx *store.Tx, v tenon.Viewer, id tenon.ItemID, in ItemChange) (*edit, error) {
	item, err := c.editable(tx, v, id, namedHosts(in.Values)...)
	if err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != item.Version {
		return nil, tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed. Look at the newer version and try again.", item.Name)
	}
	was := *item
	return &edit{c: c, tx: tx, v: v, info: item.Kind.Info(), in: in, was: &was, item: item}, nil
}

// editable returns an item, locked, that the viewer may change. What else the
// change will lock is locked with it: in one order, two changes that name each
// other's items do not wait for each other.
func (c *Core) editable(tx *store.Tx, v tenon.Viewer, id tenon.ItemID, with ...tenon.ItemID) (*tenon.Item, error) {
	if v.Role == "" {
		return nil, v.Need(tenon.EditItems)
	}
	if err := tx.LockItems(append(with, id)...); err != nil {
		return nil, err
	}
	item, err := tx.GetItem(v, id)
	if err != nil {
		return nil, err
	}
	return item, v.Need(tenon.EditItems)
}

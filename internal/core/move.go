package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// The methods of this file are for engines, which have asked the rights, hold
// the locks and know what the change must not break. They write, keep the
// revision and record the event, and check nothing.

// SaveItemIn writes an item as it stands, in any state: values, tags, switches.
func (c *Core) SaveItemIn(tx *store.Tx, v tenon.Viewer, i *tenon.Item, parts []tenon.Part, e tenon.Event) error {
	if err := tx.SystemSaveItem(i, parts); err != nil {
		return err
	}
	return c.keepItem(tx, v, i, parts, e)
}

// keepItem saves the revision and records the event of a written item.
func (c *Core) keepItem(tx *store.Tx, v tenon.Viewer, i *tenon.Item, parts []tenon.Part, e tenon.Event) error {
	sealed, err := tx.SystemSecrets(i.ID)
	if err != nil {
		return err
	}
	info := i.Kind.Info()
	var keep []tenon.Part
	for _, p := range parts {
		if pi := info.Part(p.Name); pi != nil && !pi.Append {
			keep = append(keep, p)
		}
	}
	err = tx.InsertRevision(v, store.Snapshot{Record: int64(i.ID), Binder: i.BinderID, Version: i.Version, Name: i.Name, Values: i.Values,
		Tags: i.Tags, Archived: i.Archived, Restricted: i.Restricted, Parts: keep, Sealed: sealed})
	if err != nil {
		return err
	}
	e.Subject, e.SubjectID, e.Name = info.Name, int64(i.ID), i.Name
	if e.Binder == 0 {
		e.Binder = i.BinderID
	}
	return tx.Record(v, e)
}

// MoveItemIn files an item in another binder, with its parts, secrets, past
// versions and search entry, and writes its values as they stand. A ticket
// gets the number in i, or where that is 0 the next one there. The event is
// recorded in both binders, so that each organization's log has it.
func (c *Core) MoveItemIn(tx *store.Tx, v tenon.Viewer, i *tenon.Item, to tenon.BinderID, e tenon.Event) error {
	from := i.BinderID
	parts, err := tx.SystemParts(i.ID)
	if err != nil {
		return err
	}
	if err := c.rebind(tx, i.ID, from, to); err != nil {
		return err
	}
	if i.Kind.Info().Numbered && i.Number == 0 {
		if i.Number, err = tx.NextNumber(to); err != nil {
			return err
		}
	}
	if i.Kind == tenon.Contact {
		if err := tx.SystemMoveOwnMembership(i.ID, to); err != nil {
			return err
		}
	}
	i.BinderID = to
	if err := c.SaveItemIn(tx, v, i, parts[i.ID], e); err != nil {
		return err
	}
	e.Binder, e.Subject, e.SubjectID, e.Name = from, i.Kind.String(), int64(i.ID), i.Name
	return tx.Record(v, e)
}

// rebind seals the secrets of an item for another binder, those of its past
// versions too. A past version that does not open stays bound to where it was.
func (c *Core) rebind(tx *store.Tx, id tenon.ItemID, from, to tenon.BinderID) error {
	sealed, err := tx.SystemSecrets(id)
	if err != nil {
		return err
	}
	for field, s := range sealed {
		now, err := c.Reseal(secret.Place{Item: id, Binder: from, Field: field}, secret.Place{Item: id, Binder: to, Field: field}, s)
		if err != nil {
			return err
		}
		if err := tx.SetSecret(id, field, now); err != nil {
			return err
		}
	}
	if err := tx.SystemMoveRevisions(int64(id), to); err != nil {
		return err
	}
	old, err := tx.SystemSealedRevisions(int64(id))
	if err != nil {
		return err
	}
	for _, r := range old {
		now := store.SealedRevision{ID: r.ID, Binder: to, Sealed: map[string][]byte{}}
		for field, s := range r.Sealed {
			b, err := c.Reseal(secret.Place{Item: id, Binder: r.Binder, Field: field}, secret.Place{Item: id, Binder: to, Field: field}, s)
			if err != nil {
				now.Sealed = nil
				break
			}
			now.Sealed[field] = b
		}
		if now.Sealed == nil {
			continue
		}
		if err := tx.SystemRebindRevision(now); err != nil {
			return err
		}
	}
	return nil
}

// Reseal seals a secret for another place, without anybody reading it.
func (c *Core) Reseal(from, to secret.Place, sealed []byte) ([]byte, error) {
	if c.keys == nil {
		return nil, errNoKeys()
	}
	now, err := c.keys.Rebind(from, to, sealed)
	if err != nil {
		return nil, &tenon.Error{Code: tenon.Internal, Message: "A secret cannot be opened: it is damaged, or its key is missing. Nothing was changed.", Err: err}
	}
	return now, nil
}

// MergedItem returns the item that answers for one that was merged into it,
// for faces that are asked for the old id. NotFound where the viewer may not
// know of it, or the item was not merged.
func (c *Core) MergedItem(ctx context.Context, v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	var i *tenon.Item
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		into, err := tx.MergedItem(id)
		if err != nil {
			return err
		}
		i, err = tx.GetItem(v, into)
		return err
	})
	return i, err
}

// CopyItemIn files a new item that says what another one says: its values as
// they stand in i, its parts, files, secrets and restrictions. i has its new
// id, binder, values and tags. It returns the ids of the new files by the old ones.
func (c *Core) CopyItemIn(tx *store.Tx, v tenon.Viewer, from *tenon.Item, i *tenon.Item, files map[int64]int64, e tenon.Event) error {
	all, err := tx.SystemParts(from.ID)
	if err != nil {
		return err
	}
	parts := make([]tenon.Part, len(all[from.ID]))
	for n, p := range all[from.ID] {
		parts[n] = tenon.Part{Name: p.Name, Position: p.Position, Values: copiedPart(i.Kind.Info().Part(p.Name), p.Values, files)}
	}
	delete(i.Values, publishedAt) // the version that was published is another item's
	delete(i.Values, publishedVersion)
	if i.Kind.Info().Numbered {
		if i.Number, err = tx.NextNumber(i.BinderID); err != nil {
			return err
		}
	}
	if err := tx.InsertItem(i, parts...); err != nil {
		return err
	}
	if err := tx.SaveParts(i.ID, nil, parts); err != nil {
		return err
	}
	if err := c.copyHanging(tx, v, from, i, files); err != nil {
		return err
	}
	return c.keepItem(tx, v, i, parts, e)
}

func (c *Core) copyHanging(tx *store.Tx, v tenon.Viewer, from, i *tenon.Item, files map[int64]int64) error {
	attached, err := tx.ListAttachments(from.ID)
	if err != nil {
		return err
	}
	for _, f := range attached {
		id, known := files[f.ID]
		if !known {
			continue
		}
		f.ID, f.Item, f.CreatedBy = id, i.ID, v.User
		if err := tx.InsertAttachment(&f); err != nil {
			return err
		}
	}
	sealed, err := tx.SystemSecrets(from.ID)
	if err != nil {
		return err
	}
	for field, s := range sealed {
		now, err := c.Reseal(secret.Place{Item: from.ID, Binder: from.BinderID, Field: field}, secret.Place{Item: i.ID, Binder: i.BinderID, Field: field}, s)
		if err != nil {
			return err
		}
		if err := tx.SetSecret(i.ID, field, now); err != nil {
			return err
		}
	}
	to, err := tx.ListRestrictions(from.ID)
	if err != nil {
		return err
	}
	if err := tx.SetRestrictions(i.ID, to); err != nil {
		return err
	}
	i.Restricted, err = tx.SystemRestricted(i.ID)
	return err
}

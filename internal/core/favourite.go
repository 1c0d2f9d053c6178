package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Stars and what was opened are somebody's own: they change no record, so
// there is no event of them.

// SetFavourite stars an organization or an item, or takes the star away.
func (c *Core) SetFavourite(ctx context.Context, v tenon.Viewer, id int64, on bool) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		ids, err := starred(tx, v, id)
		if err != nil {
			return err
		}
		if on {
			n, err := tx.CountFavourites(v)
			if err != nil {
				return err
			}
			if n >= tenon.MaxFavourites {
				return tenon.Errorf(tenon.TooLarge, "You have %d favourites, which is as many as there may be. Take the star from others first.", n)
			}
		}
		return tx.SetFavourite(v, ids, on)
	})
}

// NoteOpened remembers that the viewer looks at a record.
func (c *Core) NoteOpened(ctx context.Context, v tenon.Viewer, id int64) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		ids, err := starred(tx, v, id)
		if err != nil {
			return err
		}
		return tx.NoteOpened(v, ids[0])
	})
}

// starred returns the ids by which a record is remembered: an item by its own,
// an organization by its binders, the home first.
func starred(tx *store.Tx, v tenon.Viewer, id int64) ([]int64, error) {
	if v.Role == "" {
		return nil, errNotSignedIn
	}
	found, err := tx.RecordNames(v, []int64{id})
	if err != nil {
		return nil, err
	}
	n, ok := found[id]
	switch {
	case !ok:
		return nil, tenon.Errorf(tenon.NotFound, "There is no record %d.", id)
	case n.Kind != 0:
		return []int64{id}, nil
	}
	o, err := tx.GetOrganization(v, tenon.OrgID(id))
	if err != nil {
		return nil, err
	}
	ids := []int64{id}
	for _, b := range o.Binders {
		if int64(b) != id {
			ids = append(ids, int64(b))
		}
	}
	return ids, nil
}

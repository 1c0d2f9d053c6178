package trash

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// copy files new items with the target that say what the old ones say. What
// they name among themselves, the copies name among themselves; what they name
// elsewhere is kept only where that belongs to the target too.
func (w *itemsWork) copy() error {
	from := w.s.all()
	fresh, err := w.tx.NewIDs(len(from))
	if err != nil {
		return err
	}
	ids := map[tenon.ItemID]tenon.ItemID{}
	for n, i := range from {
		ids[i.ID] = tenon.ItemID(fresh[n])
	}
	refs := newReferences(w.tx)
	// Hosts come first among them, so each copy finds what closes it.
	for _, i := range from {
		c := *i
		c.ID, c.BinderID, c.OrgID, c.OrgName, c.Number = ids[i.ID], w.s.target.ID.Home(), w.s.target.ID, w.s.target.Name, 0
		c.TrashedBy, c.Restricted, c.Secrets = 0, false, nil
		if err := w.pointCopy(refs, i, &c, ids); err != nil {
			return err
		}
		files, err := w.copyFiles(refs, i, &c)
		if err != nil {
			return err
		}
		if err := w.e.c.CopyItemIn(w.tx, w.v, i, &c, files, w.event("create", tenon.Change{Field: "copied_from", After: int64(i.ID)})); err != nil {
			return err
		}
		w.j.Copies = append(w.j.Copies, c.ID)
	}
	w.op.Receipt.Notes = append(w.op.Receipt.Notes, tenon.Say("Related items, links and past versions were not copied."))
	return nil
}

// pointCopy makes the references of a copy fit its place.
func (w *itemsWork) pointCopy(refs *references, from, c *tenon.Item, ids map[tenon.ItemID]tenon.ItemID) error {
	list, err := refs.of(from)
	if err != nil {
		return err
	}
	for _, r := range list {
		to := ids[r.named]
		if to == 0 {
			found, err := w.tx.GetItems(w.v, []tenon.ItemID{r.named})
			if err != nil {
				return err
			}
			if len(found) == 1 && found[0].OrgID == c.OrgID && (!r.host || found[0].BinderID == c.BinderID) {
				continue
			}
		}
		swap(c, r.field, r.named, to)
	}
	return nil
}

// copyFiles gives ids to the copies of the files, and makes the fields of a
// flexible asset that name files name those.
func (w *itemsWork) copyFiles(refs *references, from, c *tenon.Item) (map[int64]int64, error) {
	files, err := w.tx.ListAttachments(from.ID)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	fresh, err := w.tx.NewIDs(len(files))
	if err != nil {
		return nil, err
	}
	out := map[int64]int64{}
	for n, f := range files {
		out[f.ID] = fresh[n]
	}
	if from.Kind != tenon.FlexibleAsset {
		return out, nil
	}
	t, err := refs.flexType(from)
	if err != nil {
		return nil, err
	}
	for n := range t.Fields {
		f := &t.Fields[n]
		if f.Kind != tenon.FlexUpload {
			continue
		}
		var list []any
		for _, id := range tenon.IDs(c.Values.Object("traits")[f.Key]) {
			if to := out[id]; to != 0 {
				list = append(list, float64(to))
			}
		}
		setTrait(c, strings.TrimPrefix(f.Key, "traits."), list)
	}
	return out, nil
}

package store

import (
	"github.com/tenonhq/tenon"
)

// SystemParts returns all parts of these items, in their order. The caller has
// read the items with the viewer.
func (tx *Tx) SystemParts(ids ...tenon.ItemID) (map[tenon.ItemID][]tenon.Part, error) {
	out := map[tenon.ItemID][]tenon.Part{}
	if len(ids) == 0 {
		return out, nil
	}
	var a args
	err := tx.each(func(r Scanner) error {
		var p tenon.Part
		var item tenon.ItemID
		var kind tenon.Kind
		var fields string
		err := r.Scan(&p.ID, &item, &kind, &p.Name, &p.Position, &fields, instant{&p.CreatedAt}, instant{&p.UpdatedAt})
		if err != nil {
			return err
		}
		info := kind.Info()
		if info == nil || info.Part(p.Name) == nil {
			return nil // of a newer version: ignored when read
		}
		if p.Values, err = tenon.ParseValues(info.Part(p.Name).Fields, fields); err != nil {
			return err
		}
		out[item] = append(out[item], p)
		return nil
	}, `SELECT p.id, p.item_id, i.kind, p.part, p.position, p.fields, p.created_at, p.updated_at FROM parts p JOIN items i ON i.id = p.item_id
		WHERE `+tx.d.inBinders("p.item_id", a.add(tx.d.bindersArg(binderIDs(ids))))+` ORDER BY p.item_id, p.part, p.position, p.id`, a...)
	return out, err
}

// SaveParts makes the parts of an item those in now; was are those it has. A
// part with the id 0 is new and gets one. What differs is written, and no more.
func (tx *Tx) SaveParts(item tenon.ItemID, was, now []tenon.Part) error {
	old := map[int64]tenon.Part{}
	for _, p := range was {
		old[p.ID] = p
	}
	fresh := 0
	for i := range now {
		if now[i].ID == 0 {
			fresh++
		}
	}
	ids, err := tx.NewIDs(fresh)
	if err != nil {
		return err
	}
	var rows [][]any
	for i := range now {
		p := &now[i]
		before, had := old[p.ID]
		delete(old, p.ID)
		switch {
		case !had:
			if p.ID == 0 {
				p.ID, ids = ids[0], ids[1:]
			}
			p.CreatedAt, p.UpdatedAt = tx.now, tx.now
			rows = append(rows, []any{p.ID, item, p.Name, p.Position, p.Values.JSON(), micros(tx.now), micros(tx.now)})
		case before.Position != p.Position || !before.Values.Equal(p.Values):
			p.UpdatedAt = tx.now
			err := tx.run(`UPDATE parts SET position = $1, fields = $2, updated_at = $3 WHERE id = $4 AND item_id = $5`,
				p.Position, p.Values.JSON(), micros(tx.now), p.ID, item)
			if err != nil {
				return err
			}
		}
	}
	gone := make([]tenon.BinderID, 0, len(old))
	for id := range old {
		gone = append(gone, tenon.BinderID(id))
	}
	if len(gone) > 0 {
		if err := tx.run(`DELETE FROM parts WHERE item_id = $1 AND `+tx.d.inBinders("id", "$2"), item, tx.d.bindersArg(gone)); err != nil {
			return err
		}
	}
	return tx.insertMany("parts (id, item_id, part, position, fields, created_at, updated_at)", 7, rows, "")
}

package store

import (
	"github.com/tenonhq/tenon"
)

// ItemPart is a part with the item that it hangs on.
type ItemPart struct {
	tenon.Part
	Item    tenon.ItemID
	Kind    tenon.Kind
	Binder  tenon.BinderID
	OrgID   tenon.OrgID
	OrgName string
	On      string // name of the item
}

// SliceParts returns a slice of the parts of that name of all items of a
// kind, and how many there are in all.
func (tx *Tx) SliceParts(v tenon.Viewer, kind tenon.Kind, part string, q Slice) ([]ItemPart, int64, error) {
	info := kind.Info().Part(part)
	if info == nil || !v.SeesKind(kind) {
		return nil, 0, nil
	}
	f := sliceFrom{id: "p.id", table: "parts p JOIN items i ON i.id = p.item_id", column: func(name string) (sliceColumn, bool) {
		switch name {
		case "id", "created_at", "updated_at", "position", "item_id":
			return plain(formNumber, "p."+name), true
		}
		if info.Fields.Field(name) != nil {
			return tx.stored("p.fields", name), true
		}
		return sliceColumn{}, false
	}}
	f.where = []string{"p.part = " + f.args.add(part), "i.kind = " + f.args.add(int64(kind)), "i.trashed_by IS NULL"}
	f.sees(v)
	ids, total, err := tx.slice(v, f, q)
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	rows, err := tx.partsByID(ids, info)
	return inOrder(ids, rows, func(p ItemPart) int64 { return p.ID }), total, err
}

// partsByID loads parts that the viewer may see.
func (tx *Tx) partsByID(ids []int64, info *tenon.PartInfo) ([]ItemPart, error) {
	var a args
	return list(tx, func(r Scanner, p *ItemPart) (err error) {
		var fields string
		err = r.Scan(&p.ID, &p.Name, &p.Position, &fields, instant{&p.CreatedAt}, instant{&p.UpdatedAt}, &p.Item, &p.Kind, &p.On, &p.Binder, &p.OrgID, &p.OrgName)
		if err == nil {
			p.Values, err = tenon.ParseValues(info.Fields, fields)
		}
		return err
	}, `SELECT p.id, p.part, p.position, p.fields, p.created_at, p.updated_at, i.id, i.kind, i.name, i.binder_id, o.id, o.name
		FROM parts p JOIN items i ON i.id = p.item_id JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id
		WHERE p.id IN (`+a.marks(ids)+`)`, a...)
}

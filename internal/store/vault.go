package store

import (
	"github.com/tenonhq/tenon"
)

// GetSecret returns one sealed value of an item that the viewer sees, and the
// binder it is bound to. NotFound where there is none.
func (tx *Tx) GetSecret(v tenon.Viewer, id tenon.ItemID, field string) ([]byte, tenon.BinderID, error) {
	var a args
	var sealed []byte
	var binder tenon.BinderID
	text := `SELECT s.sealed, i.binder_id FROM items i JOIN secrets s ON s.item_id = i.id WHERE i.id = ` + a.add(id) + ` AND s.field = ` + a.add(field) +
		` AND i.trashed_by IS NULL AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id") + ` AND ` + ownerLive("i.binder_id")
	err := tx.row(text, a...).Scan(&sealed, &binder)
	return sealed, binder, fail(field+" of item", int64(id), err)
}

// SystemSecrets returns every sealed value of an item by field, for its
// revisions and for what moves or merges it.
func (tx *Tx) SystemSecrets(id tenon.ItemID) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := tx.each(func(r Scanner) error {
		var field string
		var sealed []byte
		if err := r.Scan(&field, &sealed); err != nil {
			return err
		}
		out[field] = sealed
		return nil
	}, `SELECT field, sealed FROM secrets WHERE item_id = $1`, id)
	return out, err
}

// SetSecret writes a sealed value of an item; nil clears it.
func (tx *Tx) SetSecret(id tenon.ItemID, field string, sealed []byte) error {
	if sealed == nil {
		return tx.run(`DELETE FROM secrets WHERE item_id = $1 AND field = $2`, id, field)
	}
	return tx.run(`INSERT INTO secrets (item_id, field, sealed, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (item_id, field) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`, id, field, sealed, micros(tx.now))
}

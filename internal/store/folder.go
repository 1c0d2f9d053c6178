package store

import (
	"strconv"

	"github.com/tenonhq/tenon"
)

// CountInFolders counts the items of a kind in each folder of these binders,
// under the viewer's rights; those that lie in no folder are counted under 0.
// field is the field of the kind that names the folder. Archived items are
// left out, as they are of lists.
func (tx *Tx) CountInFolders(v tenon.Viewer, kind tenon.Kind, field string, binders []tenon.BinderID) (map[tenon.ItemID]int64, error) {
	out := map[tenon.ItemID]int64{}
	if len(binders) == 0 {
		return out, nil
	}
	var a args
	text := `SELECT COALESCE(k.key, ''), count(*) FROM items i LEFT JOIN record_keys k ON k.record_id = i.id AND k.field = ` + a.add(field) +
		` WHERE ` + tx.d.inBinders("i.binder_id", a.add(tx.d.bindersArg(binders))) + ` AND i.kind = ` + a.add(int64(kind)) +
		` AND i.trashed_by IS NULL AND i.archived = FALSE AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id") + ` GROUP BY 1`
	return out, tx.each(func(r Scanner) error {
		var key string
		var n int64
		if err := r.Scan(&key, &n); err != nil {
			return err
		}
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			id = 0
		}
		out[tenon.ItemID(id)] += n
		return nil
	}, text, a...)
}

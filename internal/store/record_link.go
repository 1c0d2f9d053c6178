package store

import (
	"github.com/tenonhq/tenon"
)

// maxMerges is how often a record may have been merged on; what goes further
// is not followed.
const maxMerges = 20

// LinkedRecords returns what the links in a text lead to today, by the ids
// that they were written with: a record that was merged into another stands
// for that one. What the viewer may not see, or is not live, is left out.
func (tx *Tx) LinkedRecords(v tenon.Viewer, ids []int64) (map[int64]RecordName, error) {
	out := map[int64]RecordName{}
	if len(ids) == 0 {
		return out, nil
	}
	now, err := tx.systemMergedTo(ids)
	if err != nil {
		return nil, err
	}
	ends := make([]int64, 0, len(ids))
	for _, id := range ids {
		if _, merged := now[id]; !merged {
			now[id] = id
		}
		ends = append(ends, now[id])
	}
	live := map[int64]RecordName{}
	a := args{tx.d.bindersArg(binderIDs(ends))}
	err = tx.each(func(r Scanner) error {
		var n RecordName
		err := r.Scan(&n.ID, &n.Kind, &n.Name)
		live[n.ID] = n
		return err
	}, `SELECT i.id, i.kind, i.name FROM items i WHERE `+tx.d.inBinders("i.id", "$1")+` AND i.trashed_by IS NULL AND `+a.seesItem(v, "i")+
		` AND `+a.seesBinder(v, "i.binder_id")+` AND `+ownerLive("i.binder_id")+
		` UNION ALL SELECT o.id, 0, o.name FROM organizations o WHERE `+tx.d.inBinders("o.id", "$1")+` AND o.state = 'live' AND `+a.seesOrganization(v, "o"), a...)
	for id, end := range now {
		if n, ok := live[end]; ok {
			out[id] = n
		}
	}
	return out, err
}

// systemMergedTo follows merges, all of them one step at a time, and returns
// where those of the records ended that were merged.
func (tx *Tx) systemMergedTo(ids []int64) (map[int64]int64, error) {
	ends := map[int64]int64{} // by the id in the text
	at := map[int64][]int64{} // the ids in the text that have come to a record
	for _, id := range ids {
		at[id] = []int64{id}
	}
	for range maxMerges {
		level := make([]tenon.BinderID, 0, len(at))
		for id := range at {
			level = append(level, tenon.BinderID(id))
		}
		next := map[int64][]int64{}
		err := tx.each(func(r Scanner) error {
			var from, to int64
			if err := r.Scan(&from, &to); err != nil {
				return err
			}
			for _, id := range at[from] {
				ends[id] = to
			}
			next[to] = append(next[to], at[from]...)
			return nil
		}, `SELECT id, merged_into FROM items WHERE merged_into IS NOT NULL AND `+tx.d.inBinders("id", "$1")+
			` UNION ALL SELECT id, merged_into FROM organizations WHERE merged_into IS NOT NULL AND `+tx.d.inBinders("id", "$1"), tx.d.bindersArg(level))
		if err != nil || len(next) == 0 {
			return ends, err
		}
		at = next
	}
	return ends, nil
}

package store

import "github.com/tenonhq/tenon"

// OrgCount is how many organizations are in a state and of a type.
type OrgCount struct {
	State tenon.OrgState
	Type  tenon.LookupID // 0: of none
	N     int64
}

// CountOrganizationsEach counts the organizations of which the viewer may
// know, by state and type, those merged away and in the trash included.
func (tx *Tx) CountOrganizationsEach(v tenon.Viewer) ([]OrgCount, error) {
	var a args
	return list(tx, func(r Scanner, c *OrgCount) error { return r.Scan(&c.State, &c.Type, &c.N) },
		"SELECT o.state, COALESCE(o.type_id, 0), count(*) FROM organizations o WHERE "+a.seesOrganization(v, "o")+" GROUP BY o.state, o.type_id", a...)
}

// CountItemsEach counts the items of each binder, folders left out, under the
// viewer's rights: for the rows of a list, in one statement.
func (tx *Tx) CountItemsEach(v tenon.Viewer, binders []tenon.BinderID) (map[tenon.BinderID]int64, error) {
	out := map[tenon.BinderID]int64{}
	if len(binders) == 0 {
		return out, nil
	}
	add := func(sign int64) func(Scanner) error {
		return func(r Scanner) error {
			var b tenon.BinderID
			var k tenon.Kind
			var n int64
			if err := r.Scan(&b, &k, &n); err != nil {
				return err
			}
			if info := k.Info(); info != nil && !info.Folder && v.SeesKind(k) {
				out[b] += sign * n
			}
			return nil
		}
	}
	count := func(sign int64, a args, and string) error {
		in := tx.d.inBinders("i.binder_id", a.add(tx.d.bindersArg(binders)))
		return tx.each(add(sign), "SELECT i.binder_id, i.kind, count(*) FROM items i WHERE "+in+" AND i.trashed_by IS NULL"+and+" GROUP BY i.binder_id, i.kind", a...)
	}
	if err := count(1, nil, ""); err != nil || v.May(tenon.SeeAllRestricted) {
		return out, err
	}
	var a args
	closed := " AND i.restricted = TRUE AND NOT " + a.inRestriction(v, "i")
	return out, count(-1, a, closed)
}

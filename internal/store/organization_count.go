package store

import (
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

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

// CountOrganizationsUpTo counts what each of the queries finds, up to a limit,
// in one statement.
func (tx *Tx) CountOrganizationsUpTo(v tenon.Viewer, limit int, queries ...OrgQuery) ([]int64, error) {
	out := make([]int64, len(queries))
	if len(queries) == 0 {
		return out, nil
	}
	var a args
	texts := make([]string, len(queries))
	for n := range queries {
		texts[n] = "SELECT " + strconv.Itoa(n) + ", count(*) FROM (SELECT 1 FROM organizations o WHERE " + queries[n].where(&a, tx, v) + " LIMIT " + strconv.Itoa(limit) + ") AS c"
	}
	return out, tx.each(func(r Scanner) error {
		var at, n int64
		err := r.Scan(&at, &n)
		if err == nil {
			out[at] = n
		}
		return err
	}, strings.Join(texts, " UNION ALL "), a...)
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

// Sorts of Kin.
const (
	KinChild   = "child"   // a live organization below it
	KinMerged  = "merged"  // one that was merged into it
	KinOldName = "oldname" // a name that it once had, folded; without an id
)

// Kin is an organization, or a name, that belongs to another organization.
type Kin struct {
	Sort string
	ID   tenon.OrgID
	Name string
}

// OrganizationKin returns what is around an organization: those below it, those
// merged into it, and its old names; at most limit in all, for one page.
func (tx *Tx) OrganizationKin(v tenon.Viewer, org tenon.OrgID, limit int) ([]Kin, error) {
	a := args{org}
	return list(tx, func(r Scanner, k *Kin) error { return r.Scan(&k.Sort, &k.ID, &k.Name) },
		`SELECT 'child' AS sort, o.id AS id, o.name AS name FROM organizations o WHERE o.state = 'live' AND o.id <> $1
			AND o.parent_binder_id IN (SELECT pb.id FROM binders pb WHERE pb.organization_id = $1) AND `+a.seesOrganization(v, "o")+
			` UNION ALL SELECT 'merged', o.id, o.name FROM binders b JOIN organizations o ON o.id = b.id WHERE b.organization_id = $1 AND o.state = 'merged' AND `+a.seesBinder(v, "b.id")+
			` UNION ALL SELECT 'oldname', 0, al.value FROM (SELECT DISTINCT x.value FROM binders b JOIN aliases x ON x.binder_id = b.id WHERE b.organization_id = $1 AND x.space = 'name' AND `+a.seesBinder(v, "b.id")+`) al
			ORDER BY 1, 3, 2 LIMIT `+a.add(limit), a...)
}

// RecordName is what a record is called, to show a reference in words.
type RecordName struct {
	ID   int64
	Kind tenon.Kind // 0 for an organization
	Name string
}

// RecordNames returns the names of the items and organizations among these ids
// that the viewer sees, those in the trash included, in one statement.
func (tx *Tx) RecordNames(v tenon.Viewer, ids []int64) (map[int64]RecordName, error) {
	out := map[int64]RecordName{}
	if len(ids) == 0 {
		return out, nil
	}
	a := args{tx.d.bindersArg(binderIDs(ids))}
	return out, tx.each(func(r Scanner) error {
		var n RecordName
		err := r.Scan(&n.ID, &n.Kind, &n.Name)
		out[n.ID] = n
		return err
	}, `SELECT i.id, i.kind, i.name FROM items i WHERE `+tx.d.inBinders("i.id", "$1")+` AND `+a.seesItem(v, "i")+` AND `+a.seesBinder(v, "i.binder_id")+
		` UNION ALL SELECT o.id, 0, o.name FROM organizations o WHERE `+tx.d.inBinders("o.id", "$1")+` AND `+a.seesOrganization(v, "o"), a...)
}

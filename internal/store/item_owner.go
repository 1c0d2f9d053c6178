package store

import (
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// This file has what lists ask beside a page: the order by owner, how many
// there are, and the ids of all.

// ownerText is a list over all organizations in the order of their names, and
// within each in that of the items. Both engines walk the index of the names and
// sort one organization at a time, so a page costs what its organizations have
// and never a sort of the whole kind:
//
//   - SQLite keeps the order of CROSS JOIN, and its sorter works on the last
//     terms only.
//   - PostgreSQL takes at most a page of each organization by LATERAL, which
//     also keeps it from hashing all items.
func (l *listQuery) ownerText(d dialect) string {
	where := append([]string{"o.state = 'live'", "o.id <> 1"}, l.where...)
	if after := l.after(); after != "" {
		// Of a comparison of rows over several tables neither engine makes a
		// bound of the outer one.
		bound := " >= "
		if strings.HasSuffix(l.order[0], " DESC") {
			bound = " <= "
		}
		where = append(where, "o.name_key"+bound+l.args.add(l.keys[0]), after)
	}
	return d.ownerText(l, where)
}

func (d *sqliteDB) ownerText(l *listQuery, where []string) string {
	where = append(where, "b.organization_id = o.id", "i.binder_id = b.id")
	return "SELECT " + l.columns + " FROM organizations o INDEXED BY organizations_live_names CROSS JOIN binders b INDEXED BY binders_owner CROSS JOIN items i INDEXED BY items_by_name WHERE " +
		strings.Join(where, " AND ") + l.tail()
}

func (d *postgresDB) ownerText(l *listQuery, where []string) string {
	inner := "SELECT " + l.columns + " FROM binders b JOIN items i ON i.binder_id = b.id WHERE b.organization_id = o.id AND " + strings.Join(where, " AND ") +
		" ORDER BY " + strings.Join(l.order[2:], ", ") + " LIMIT " + strconv.Itoa(l.limit)
	outer := "o.state = 'live'"
	if len(l.keys) > 0 {
		// The bound on the outer table, once more: it starts the walk.
		bound := " >= "
		if strings.HasSuffix(l.order[0], " DESC") {
			bound = " <= "
		}
		outer += " AND o.name_key" + bound + l.args.add(l.keys[0])
	}
	return "SELECT " + l.columns + " FROM organizations o CROSS JOIN LATERAL (" + inner + ") AS i WHERE " + outer + l.tail()
}

// CountItemsUpTo counts what each of the queries finds, up to a limit, in one
// statement. A query that finds nothing by its scope counts 0. Pages and
// orders of the queries do not matter.
func (tx *Tx) CountItemsUpTo(v tenon.Viewer, limit int, queries ...ItemQuery) ([]int64, error) {
	out := make([]int64, len(queries))
	var shared args
	var texts []string
	for n := range queries {
		q := queries[n]
		q.Page = tenon.Page{}
		l, done, err := tx.itemCount(v, &q, &shared)
		if err != nil {
			return nil, err
		}
		if !done {
			texts = append(texts, "SELECT "+strconv.Itoa(n)+", count(*) FROM ("+tx.d.countOne(l)+" LIMIT "+strconv.Itoa(limit)+") AS c")
		}
	}
	if len(texts) == 0 {
		return out, nil
	}
	return out, tx.each(func(r Scanner) error {
		var at, n int64
		err := r.Scan(&at, &n)
		if err == nil {
			out[at] = n
		}
		return err
	}, strings.Join(texts, " UNION ALL "), shared...)
}

// itemCount puts one count together; its arguments follow those of the others.
func (tx *Tx) itemCount(v tenon.Viewer, q *ItemQuery, shared *args) (l *listQuery, done bool, err error) {
	order := itemSorts["name"]
	if q.Kind == 0 {
		order = itemSorts["updated"]
	}
	l = &listQuery{table: "items i", index: order.byOrg, args: *shared}
	if done, err = tx.itemScope(v, q, l, order); err != nil || done {
		return nil, done, err
	}
	tx.itemFilter(v, q, l)
	if len(l.binders) > 0 {
		l.where = append(l.where, tx.d.inBinders("i.binder_id", l.args.add(tx.d.bindersArg(l.binders))))
	}
	*shared = l.args
	return l, false, nil
}

func (d *sqliteDB) countOne(l *listQuery) string {
	return "SELECT 1 FROM " + l.table + d.indexedBy(l) + " WHERE " + l.conditions()
}

func (d *postgresDB) countOne(l *listQuery) string {
	return "SELECT 1 FROM " + l.table + " WHERE " + l.conditions()
}

// ItemIDs returns the ids of everything that a query finds, in rising order,
// at most limit of them.
func (tx *Tx) ItemIDs(v tenon.Viewer, q ItemQuery, limit int) ([]tenon.ItemID, error) {
	var shared args
	q.Page = tenon.Page{}
	l, done, err := tx.itemCount(v, &q, &shared)
	if err != nil || done {
		return nil, err
	}
	return column[tenon.ItemID](tx, "SELECT x.id FROM ("+strings.Replace(tx.d.countOne(l), "SELECT 1 ", "SELECT i.id ", 1)+" LIMIT "+strconv.Itoa(limit)+") AS x ORDER BY x.id", l.args...)
}

// OrganizationIDs returns the ids of everything that a query finds, in rising
// order, at most limit of them.
func (tx *Tx) OrganizationIDs(v tenon.Viewer, q OrgQuery, limit int) ([]tenon.OrgID, error) {
	var a args
	return column[tenon.OrgID](tx, "SELECT o.id FROM organizations o WHERE "+q.where(&a, tx, v)+" ORDER BY o.id LIMIT "+a.add(limit), a...)
}

// ItemPlace is what an act on many items has to know of each.
type ItemPlace struct {
	ID       tenon.ItemID
	Kind     tenon.Kind
	Binder   tenon.BinderID
	Org      tenon.OrgID
	OrgName  string
	Archived bool
}

// ItemPlaces returns where those of the items are that GetItem would return,
// in the order of their ids, without what they say.
func (tx *Tx) ItemPlaces(v tenon.Viewer, ids []tenon.ItemID) ([]ItemPlace, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	return list(tx, func(r Scanner, p *ItemPlace) error {
		return r.Scan(&p.ID, &p.Kind, &p.Binder, &p.Org, &p.OrgName, &p.Archived)
	}, `SELECT i.id, i.kind, i.binder_id, o.id, o.name, i.archived FROM items i JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id WHERE `+
		tx.d.inBinders("i.id", a.add(tx.d.bindersArg(binderIDs(ids))))+` AND i.trashed_by IS NULL AND o.state = 'live' AND `+a.seesItem(v, "i")+` AND `+a.seesBinder(v, "i.binder_id")+
		` ORDER BY i.id`, a...)
}

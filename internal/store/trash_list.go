package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// TrashQuery filters and pages the trash.
type TrashQuery struct {
	// Kind leaves items of one kind; Organizations leaves organizations.
	Kind          tenon.Kind
	Organizations bool
	Record        int64       // this one alone
	Org           tenon.OrgID // whose items, and itself
	User          tenon.UserID
	Act           string // kind of the operation that deleted it
	Begins        string // how the name begins, whatever its case
	From, To      time.Time
	tenon.Page    // Sort is "-deleted" where it is empty, "deleted", "name" or "-name"
}

// trashOrders are the orders of the trash, as columns of an arm of the union.
var trashOrders = map[string]struct {
	columns string // of the record, "x" for its table
	form    string
	desc    bool
}{
	"deleted": {"x.trashed_by, x.id", "ii", false}, "-deleted": {"x.trashed_by, x.id", "ii", true},
	"name": {"x.name_key, x.id", "ti", false}, "-name": {"x.name_key, x.id", "ti", true},
}

// ListTrash returns one page of what the viewer may see in the trash, the
// latest delete first unless another order is asked for: organizations, and
// items that were deleted singly from live ones.
func (tx *Tx) ListTrash(v tenon.Viewer, q TrashQuery) ([]tenon.TrashEntry, string, error) {
	text, a, err := tx.trashList(v, &q)
	if err != nil {
		return nil, "", err
	}
	var keys []string
	rows, err := list(tx, func(r Scanner, e *tenon.TrashEntry) error {
		var key string
		err := r.Scan(&e.Operation, &e.Record, &key, &e.Kind, &e.Name, &e.OrgID, &e.OrgName, instant{&e.At}, &e.ByName, &e.OperationKind, &e.Title.Text, phrase{&e.Title})
		keys = append(keys, key)
		return err
	}, text, a...)
	if err != nil {
		return nil, "", err
	}
	limit, next := q.Size(), ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		if strings.HasSuffix(q.Sort, "name") {
			next = makeCursor(q.Sort, keys[limit-1], last.Record)
		} else {
			next = makeCursor(q.Sort, int64(last.Operation), last.Record)
		}
	}
	return rows, next, nil
}

// trashList puts the statement together: an arm for organizations and one for
// items, each a walk of its own index that ends with the page.
func (tx *Tx) trashList(v tenon.Viewer, q *TrashQuery) (string, args, error) {
	if q.Sort == "" {
		q.Sort = "-deleted"
	}
	order, ok := trashOrders[q.Sort]
	if !ok {
		return "", nil, tenon.FieldErrorf("sort", "The trash is sorted by deleted or name, with - in front the other way round.")
	}
	keys, err := readCursor(q.Cursor, q.Sort, order.form)
	if err != nil {
		return "", nil, err
	}
	a := &args{}
	var arms []string
	if q.Kind == 0 {
		arms = append(arms, q.organizations(v, a, keys))
	}
	if !q.Organizations {
		var own []tenon.BinderID
		if q.Org != 0 {
			if own, err = tx.Binders(v, q.Org); err != nil {
				return "", nil, err
			}
		}
		arms = append(arms, q.items(tx.d, v, a, own, keys))
	}
	first, way := "op", ""
	if order.form == "ti" {
		first = "name_key"
	}
	if order.desc {
		way = " DESC"
	}
	return strings.Join(arms, " UNION ALL ") + " ORDER BY " + first + way + ", id" + way + " LIMIT " + strconv.Itoa(q.Size()+1), *a, nil
}

// trashDeleted is what an arm shows of the operation.
const trashDeleted = `p.created_at AS at, p.user_name AS by_name, p.kind AS act, p.title AS title, p.title_phrase AS title_phrase`

func (q *TrashQuery) organizations(v tenon.Viewer, a *args, keys []any) string {
	where := []string{"o.state = 'trashed'", "o.trashed_by IS NOT NULL", a.seesOrganization(v, "o")}
	if q.Org != 0 {
		where = append(where, "o.id = "+a.add(q.Org))
	}
	return q.arm(a, keys, "o", `o.trashed_by AS op, o.id AS id, o.name_key AS name_key, 0 AS kind, o.name AS name, o.id AS org, o.name AS org_name, `+trashDeleted+
		` FROM organizations o`, where)
}

func (q *TrashQuery) items(d dialect, v tenon.Viewer, a *args, own []tenon.BinderID, keys []any) string {
	where := []string{"i.trashed_by IS NOT NULL", "i.merged_into IS NULL", "io.state = 'live'", a.seesItem(v, "i"), a.seesBinder(v, "i.binder_id")}
	if q.Org != 0 {
		where = append(where, d.inBinders("i.binder_id", a.add(d.bindersArg(own))))
	}
	if q.Kind != 0 {
		where = append(where, "i.kind = "+a.add(int64(q.Kind)))
	}
	return q.arm(a, keys, "i", `i.trashed_by AS op, i.id AS id, i.name_key AS name_key, i.kind AS kind, i.name AS name, io.id AS org, io.name AS org_name, `+trashDeleted+
		` FROM items i JOIN binders b ON b.id = i.binder_id JOIN organizations io ON io.id = b.organization_id`, where)
}

// arm is one page of one table.
func (q *TrashQuery) arm(a *args, keys []any, table, text string, where []string) string {
	order := trashOrders[q.Sort]
	where = append(where, q.conditions(a)...)
	if q.Record != 0 {
		where = append(where, table+".id = "+a.add(q.Record))
	}
	if from := textkey.Fold(q.Begins); from != "" {
		where = append(where, table+".name_key >= "+a.add(from), table+".name_key < "+a.add(from+"\U0010FFFF"))
	}
	l := listQuery{keys: keys, limit: q.Size() + 1, args: *a, where: where}
	for _, c := range strings.Split(strings.ReplaceAll(order.columns, "x.", table+"."), ", ") {
		if order.desc {
			c += " DESC"
		}
		l.order = append(l.order, c)
	}
	if after := l.after(); after != "" {
		l.where = append(l.where, after)
	}
	*a = l.args
	return "SELECT op, id, name_key, kind, name, org, org_name, at, by_name, act, title, title_phrase FROM (SELECT " + text + " JOIN operations p ON p.id = " + table + ".trashed_by WHERE " + l.conditions() + l.tail() + ") AS " + table
}

// conditions are those on the operation that deleted the record.
func (q *TrashQuery) conditions(a *args) []string {
	var c []string
	if q.User != 0 {
		c = append(c, "p.user_id = "+a.add(q.User))
	}
	if q.Act != "" {
		c = append(c, "p.kind = "+a.add(q.Act))
	}
	if !q.From.IsZero() {
		c = append(c, "p.created_at >= "+a.add(micros(q.From)))
	}
	if !q.To.IsZero() {
		c = append(c, "p.created_at < "+a.add(micros(q.To)))
	}
	return c
}

package store

import (
	"encoding/json"
	"time"

	"github.com/tenonhq/tenon"
)

// Record writes one line of the activity log, in the transaction of what it
// tells of. The viewer is who did it.
func (tx *Tx) Record(v tenon.Viewer, e tenon.Event) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	changes := "[]"
	if len(e.Changes) > 0 {
		b, err := json.Marshal(e.Changes)
		if err != nil {
			return err
		}
		changes = string(b)
	}
	if e.Binder == 0 {
		e.Binder = tenon.SystemBinder
	}
	return tx.run(`INSERT INTO activity (id, at, action, subject, subject_id, name, binder_id, operation_id, user_id, user_name, face, addr, by_name, changes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		id, micros(tx.now), e.Action, e.Subject, e.SubjectID, e.Name, e.Binder, null(e.Operation), v.User, v.Name, v.Face, v.Addr, v.By, changes)
}

// EventQuery filters the activity log.
type EventQuery struct {
	Subject    int64 // the log of one record
	Org        tenon.OrgID
	User       tenon.UserID
	Action     string
	Kind       string // what it was done to: "organization", "contact", "user"
	Operation  tenon.OperationID
	From, To   time.Time
	tenon.Page // Sort is "-at" where it is empty, or "at"
}

// ListEvents returns one page of the activity log, the newest first unless the
// other order is asked for. What
// belongs to no organization is only for those who may see the account's activity.
func (tx *Tx) ListEvents(v tenon.Viewer, q EventQuery) ([]tenon.Event, string, error) {
	l, err := tx.eventList(v, &q)
	if err != nil {
		return nil, "", err
	}
	rows, err := list(tx, scanEvent, `SELECT `+eventColumns+` WHERE `+l.conditions()+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	limit, next := q.Size(), ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor(q.Sort, micros(rows[limit-1].At), rows[limit-1].ID)
	}
	return rows, next, nil
}

// eventOrders are the orders of the log.
var eventOrders = map[string][]string{"-at": {"e.at DESC", "e.id DESC"}, "at": {"e.at", "e.id"}}

func (tx *Tx) eventList(v tenon.Viewer, q *EventQuery) (*listQuery, error) {
	if q.Sort == "" {
		q.Sort = "-at"
	}
	if eventOrders[q.Sort] == nil {
		return nil, tenon.FieldErrorf("sort", "The log is sorted by at, with - in front the newest first.")
	}
	keys, err := readCursor(q.Cursor, q.Sort, "ii")
	if err != nil {
		return nil, err
	}
	l := &listQuery{order: eventOrders[q.Sort], keys: keys, limit: q.Size() + 1}
	a := &l.args
	c := a.seesLog(v)
	if q.Subject != 0 {
		c = append(c, "e.subject_id = "+a.add(q.Subject))
	}
	if q.Org != 0 {
		binders, err := tx.Binders(v, q.Org)
		if err != nil {
			return nil, err
		}
		c = append(c, tx.d.inBinders("e.binder_id", a.add(tx.d.bindersArg(binders))))
	}
	if q.User != 0 {
		c = append(c, "e.user_id = "+a.add(q.User))
	}
	if q.Action != "" {
		c = append(c, "e.action = "+a.add(q.Action))
	}
	if q.Kind != "" {
		c = append(c, "e.subject = "+a.add(q.Kind))
	}
	if q.Operation != 0 {
		c = append(c, "e.operation_id = "+a.add(q.Operation))
	}
	if !q.From.IsZero() {
		c = append(c, "e.at >= "+a.add(micros(q.From)))
	}
	if !q.To.IsZero() {
		c = append(c, "e.at < "+a.add(micros(q.To)))
	}
	if after := l.after(); after != "" {
		c = append(c, after)
	}
	l.where = c
	return l, nil
}

// seesLog are the conditions under which a viewer sees a line of the log.
func (a *args) seesLog(v tenon.Viewer) []string {
	c := []string{a.seesBinder(v, "e.binder_id")}
	if !v.May(tenon.ViewActivity) {
		c = append(c, "e.binder_id <> 1")
	}
	return append(c, a.seesEvents(v)...)
}

const eventColumns = `e.id, e.at, e.action, e.subject, e.subject_id, e.name, e.binder_id, b.organization_id, o.name, COALESCE(e.operation_id, 0),
		e.user_id, e.user_name, e.face, e.addr, e.by_name, e.changes
		FROM activity e JOIN binders b ON b.id = e.binder_id JOIN organizations o ON o.id = b.organization_id`

// seesEvents leaves out what was done to items that are not for the viewer: the
// log holds old and new values, so it is as closed as they are. Each line asks
// about its own item. As NOT EXISTS, PostgreSQL may join all closed items
// first, for which it reads every item: of 200,000 that took 100 ms, and now 3.
func (a *args) seesEvents(v tenon.Viewer) []string {
	var c []string
	if sees := a.seesItem(v, "ei"); sees != "1 = 1" {
		c = append(c, "COALESCE((SELECT ("+sees+") FROM items ei WHERE ei.id = e.subject_id), TRUE)")
	}
	for _, k := range v.Denied { // also those that are purged
		c = append(c, "e.subject <> "+a.add(k.String()))
	}
	return c
}

func scanEvent(r Scanner, e *tenon.Event) error {
	var changes string
	err := r.Scan(&e.ID, instant{&e.At}, &e.Action, &e.Subject, &e.SubjectID, &e.Name, &e.Binder, &e.OrgID, &e.OrgName, &e.Operation,
		&e.User, &e.UserName, &e.Face, &e.Addr, &e.By, &changes)
	if err != nil || changes == "[]" {
		return err
	}
	return json.Unmarshal([]byte(changes), &e.Changes)
}

// SystemExported returns how many rows of lists somebody has exported since.
func (tx *Tx) SystemExported(user tenon.UserID, since time.Time) (rows int64, err error) {
	texts, err := column[string](tx, `SELECT changes FROM activity WHERE action = 'export' AND user_id = $1 AND at >= $2`, user, micros(since))
	for _, text := range texts {
		var list []struct {
			Field string `json:"field"`
			After any    `json:"after"`
		}
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return 0, err
		}
		for _, c := range list {
			if n, ok := c.After.(float64); ok && c.Field == "rows" {
				rows += int64(n)
			}
		}
	}
	return rows, err
}

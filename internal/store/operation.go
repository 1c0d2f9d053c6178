package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
)

const operationColumns = `p.id, p.kind, p.state, p.fingerprint, p.title, p.title_phrase, COALESCE(p.parent_id, 0), COALESCE(p.source_id, 0), COALESCE(s.name, ''),
	COALESCE(p.target_id, 0), COALESCE(t.name, ''), COALESCE(p.undone_by, 0), COALESCE(p.undoes, 0), p.user_id, p.user_name, p.plan, p.receipt,
	p.done, p.total, p.error, p.error_phrase, p.created_at, p.done_at, p.cancel_at, COALESCE(p.cancel_by, 0), p.cancel_name`

const operationFrom = ` FROM operations p LEFT JOIN organizations s ON s.id = p.source_id LEFT JOIN organizations t ON t.id = p.target_id`

func scanOperation(r Scanner, o *tenon.Operation) error {
	var plan, receipt string
	err := r.Scan(&o.ID, &o.Kind, &o.State, &o.Fingerprint, &o.Title.Text, phrase{&o.Title}, &o.Parent, &o.SourceID, &o.SourceName, &o.TargetID, &o.TargetName,
		&o.UndoneBy, &o.Undoes, &o.By, &o.ByName, &plan, &receipt, &o.Done, &o.Total, &o.Error.Text, phrase{&o.Error},
		instant{&o.CreatedAt}, instant{&o.DoneAt}, instant{&o.CancelledAt}, &o.CancelledBy, &o.CancelledName)
	if err != nil {
		return err
	}
	o.Plan, o.Receipt = &tenon.Plan{}, &tenon.Receipt{}
	if err := json.Unmarshal([]byte(plan), o.Plan); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(receipt), o.Receipt); err != nil {
		return err
	}
	return typeReceipt(o.Receipt)
}

// phrase reads a phrase that is kept beside its English, which is read before
// it. Empty it leaves the English: that has no arguments, or is of before there
// were phrases.
type phrase struct{ dst *tenon.Phrase }

// Scan implements sql.Scanner.
func (p phrase) Scan(src any) error {
	switch kept := src.(type) {
	case string:
		if kept == "" {
			return nil
		}
		return json.Unmarshal([]byte(kept), p.dst)
	default:
		return fmt.Errorf("a phrase is stored as %T", src)
	}
}

// keptPhrase is what stands beside the English of a phrase.
func keptPhrase(p tenon.Phrase) (string, error) {
	if len(p.Args) == 0 {
		return "", nil
	}
	b, err := json.Marshal(p)
	return string(b), err
}

// typeReceipt gives the organizations' values in a receipt their Go types back.
func typeReceipt(r *tenon.Receipt) error {
	for id, kept := range r.Kept {
		v, err := tenon.ParseValues(tenon.OrganizationFields, kept.JSON())
		if err != nil {
			return err
		}
		r.Kept[id] = v
	}
	for i := range r.Changed {
		c := &r.Changed[i]
		f := tenon.OrganizationFields.Field(c.Name)
		if f == nil {
			continue
		}
		for _, x := range []*any{&c.Source, &c.Target, &c.Result} {
			typed, err := f.Clean(*x)
			if err != nil {
				return err
			}
			*x = typed
		}
	}
	return nil
}

// seesOperation is true for operations on organizations that the viewer
// reaches; what concerns no organization is for those who may see the account's activity.
func (a *args) seesOperation(v tenon.Viewer) string {
	if v.Everywhere && v.May(tenon.ViewActivity) {
		return "1 = 1"
	}
	own := "p.user_id = " + a.add(v.User)
	if v.Everywhere {
		return "(p.source_id IS NOT NULL OR p.target_id IS NOT NULL OR " + own + ")"
	}
	return "((p.target_id IS NOT NULL AND " + a.seesBinder(v, "p.target_id") + ") OR (p.source_id IS NOT NULL AND " + a.seesBinder(v, "p.source_id") + ") OR " + own + ")"
}

// GetOperation returns an operation with its plan and receipt.
func (tx *Tx) GetOperation(v tenon.Viewer, id tenon.OperationID) (*tenon.Operation, error) {
	var a args
	rows, err := list(tx, scanOperation, `SELECT `+operationColumns+operationFrom+` WHERE p.id = `+a.add(id)+` AND `+a.seesOperation(v), a...)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("operation", int64(id), err)
	}
	return &rows[0], nil
}

// OperationTitles returns what these operations are called, as far as the viewer
// may know of them.
func (tx *Tx) OperationTitles(v tenon.Viewer, ids []int64) (map[int64]tenon.Phrase, error) {
	out := map[int64]tenon.Phrase{}
	if len(ids) == 0 {
		return out, nil
	}
	a := args{tx.d.bindersArg(binderIDs(ids))}
	return out, tx.each(func(r Scanner) error {
		var id int64
		var title tenon.Phrase
		err := r.Scan(&id, &title.Text, phrase{&title})
		out[id] = title
		return err
	}, `SELECT p.id, p.title, p.title_phrase FROM operations p WHERE `+tx.d.inBinders("p.id", "$1")+` AND `+a.seesOperation(v), a...)
}

// OperationQuery filters the list of operations.
type OperationQuery struct {
	Kind  string
	Kinds []string // any of these
	State tenon.OperationState
	Org   tenon.OrgID // as source or target
	tenon.Page
}

// ListOperations returns one page, the newest first.
func (tx *Tx) ListOperations(v tenon.Viewer, q OperationQuery) ([]tenon.Operation, string, error) {
	keys, err := readCursor(q.Cursor, "-created", "ii")
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{order: []string{"p.created_at DESC", "p.id DESC"}, keys: keys, limit: limit + 1}
	where := "p.parent_id IS NULL AND " + l.args.seesOperation(v)
	if q.Kind != "" {
		where += " AND p.kind = " + l.args.add(q.Kind)
	}
	if len(q.Kinds) > 0 {
		places := make([]string, len(q.Kinds))
		for i, kind := range q.Kinds {
			places[i] = l.args.add(kind)
		}
		where += " AND p.kind IN (" + strings.Join(places, ", ") + ")"
	}
	if q.State != "" {
		where += " AND p.state = " + l.args.add(string(q.State))
	}
	if q.Org != 0 {
		where += " AND (p.source_id = " + l.args.add(q.Org) + " OR p.target_id = " + l.args.add(q.Org) + ")"
	}
	if after := l.after(); after != "" {
		where += " AND " + after
	}
	rows, err := list(tx, scanOperation, `SELECT `+operationColumns+operationFrom+` WHERE `+where+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor("-created", micros(rows[limit-1].CreatedAt), int64(rows[limit-1].ID))
	}
	return rows, next, nil
}

// ChildOperations returns the parts of an operation of several sources.
func (tx *Tx) ChildOperations(v tenon.Viewer, parent tenon.OperationID) ([]tenon.Operation, error) {
	var a args
	return list(tx, scanOperation, `SELECT `+operationColumns+operationFrom+` WHERE p.parent_id = `+a.add(parent)+` AND `+a.seesOperation(v)+` ORDER BY p.id`, a...)
}

// InsertOperation writes a new operation. journal is what its undo needs.
func (tx *Tx) InsertOperation(o *tenon.Operation, journal any) error {
	plan, receipt, notes, err := operationDocuments(o, journal)
	if err != nil {
		return err
	}
	title, err := keptPhrase(o.Title)
	if err != nil {
		return err
	}
	o.CreatedAt = tx.now
	return tx.run(`INSERT INTO operations (id, kind, state, fingerprint, title, parent_id, source_id, target_id, undoes, user_id, user_name, plan, receipt, journal, total, created_at, done_at, title_phrase)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		o.ID, o.Kind, string(o.State), o.Fingerprint, o.Title.String(), null(o.Parent), null(o.SourceID), null(o.TargetID), null(o.Undoes), o.By, o.ByName,
		plan, receipt, notes, o.Total, micros(tx.now), doneAt(o), title)
}

func operationDocuments(o *tenon.Operation, journal any) (plan, receipt, notes string, err error) {
	docs := [3]string{"{}", "{}", "{}"}
	for i, x := range []any{o.Plan, o.Receipt, journal} {
		if x == nil || (i == 0 && o.Plan == nil) || (i == 1 && o.Receipt == nil) {
			continue
		}
		b, err := json.Marshal(x)
		if err != nil {
			return "", "", "", err
		}
		docs[i] = string(b)
	}
	return docs[0], docs[1], docs[2], nil
}

func doneAt(o *tenon.Operation) any {
	if o.DoneAt.IsZero() {
		return nil
	}
	return micros(o.DoneAt)
}

// CancelOperation notes that somebody wants a running operation to stop, and
// tells whether nobody had before. Its job sees it in SystemProgress.
func (tx *Tx) CancelOperation(v tenon.Viewer, id tenon.OperationID) (bool, error) {
	n, err := tx.exec(`UPDATE operations SET cancel_at = $1, cancel_by = $2, cancel_name = $3 WHERE id = $4 AND state = 'running' AND cancel_at IS NULL`,
		micros(tx.now), v.User, v.Name, id)
	return n > 0, err
}

// FinishOperation writes state, receipt and journal of an operation. One that
// did all there was to do was not cancelled, even where that was asked for: the
// engine says so by an operation without CancelledAt.
func (tx *Tx) FinishOperation(o *tenon.Operation, journal any) error {
	_, receipt, notes, err := operationDocuments(o, journal)
	if err != nil {
		return err
	}
	title, err := keptPhrase(o.Title)
	if err != nil {
		return err
	}
	failed, err := keptPhrase(o.Error)
	if err != nil {
		return err
	}
	return tx.run(`UPDATE operations SET state = $1, title = $2, receipt = $3, journal = $4, error = $5, done = $6, total = $7, done_at = $8,
		cancel_at = CASE WHEN $9 THEN cancel_at END, cancel_by = CASE WHEN $9 THEN cancel_by END, cancel_name = CASE WHEN $9 THEN cancel_name ELSE '' END,
		title_phrase = $11, error_phrase = $12 WHERE id = $10`,
		string(o.State), o.Title.String(), receipt, notes, o.Error.String(), o.Done, o.Total, doneAt(o), o.Cancelled(), o.ID, title, failed)
}

// MarkUndone notes that an operation was taken back by another; whether one
// that failed can be, its engine knows. Conflict where somebody did that already.
func (tx *Tx) MarkUndone(id, by tenon.OperationID) error {
	n, err := tx.exec(`UPDATE operations SET state = 'undone', undone_by = $1 WHERE id = $2 AND state IN ('done','failed')`, by, id)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Conflict, "This was undone already, or is not done yet. Nothing was changed.")
	}
	return err
}

// SystemJournal reads what the undo of an operation needs.
func (tx *Tx) SystemJournal(id tenon.OperationID, into any) error {
	var text string
	if err := tx.row(`SELECT journal FROM operations WHERE id = $1`, id).Scan(&text); err != nil {
		return fail("operation", int64(id), err)
	}
	return json.Unmarshal([]byte(text), into)
}

// Chunk is how far a job has come: saved in the transaction of its effect.
type Chunk struct {
	Cursor      string
	Done, Total int64
	// Cancelled says that somebody asked for the end; saving does not look at it.
	Cancelled bool
}

// BeginAttempt takes the next attempt number of a running operation: the
// fence. A chunk of an older attempt can't commit any more.
func (tx *Tx) BeginAttempt(id tenon.OperationID) (attempt int64, c Chunk, err error) {
	err = tx.row(`UPDATE operations SET attempt = attempt + 1 WHERE id = $1 AND state = 'running' RETURNING attempt, cursor, done, total`, id).
		Scan(&attempt, &c.Cursor, &c.Done, &c.Total)
	return attempt, c, fail("running operation", int64(id), err)
}

// SaveChunk saves progress; Conflict where the attempt was taken over.
func (tx *Tx) SaveChunk(id tenon.OperationID, attempt int64, c Chunk) error {
	n, err := tx.exec(`UPDATE operations SET cursor = $1, done = $2, total = $3 WHERE id = $4 AND attempt = $5 AND state = 'running'`,
		c.Cursor, c.Done, c.Total, id, attempt)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Conflict, "This job was taken over by another process, or was cancelled.")
	}
	return err
}

// SystemProgress returns how far a running operation has come. NotFound where
// it does not run (any more).
func (tx *Tx) SystemProgress(id tenon.OperationID) (Chunk, error) {
	var c Chunk
	err := tx.row(`SELECT cursor, done, total, cancel_at IS NOT NULL FROM operations WHERE id = $1 AND state = 'running'`, id).
		Scan(&c.Cursor, &c.Done, &c.Total, &c.Cancelled)
	return c, fail("running operation", int64(id), err)
}

// SystemAttempt returns the number of the attempt that has a running
// operation. NotFound where it does not run.
func (tx *Tx) SystemAttempt(id tenon.OperationID) (attempt int64, err error) {
	err = tx.row(`SELECT attempt FROM operations WHERE id = $1 AND state = 'running'`, id).Scan(&attempt)
	return attempt, fail("running operation", int64(id), err)
}

// FailOperation ends a running operation of that attempt as failed, in words.
// It tells whether there was one.
func (tx *Tx) FailOperation(id tenon.OperationID, attempt int64, words tenon.Phrase) (bool, error) {
	kept, err := keptPhrase(words)
	if err != nil {
		return false, err
	}
	n, err := tx.exec(`UPDATE operations SET state = 'failed', error = $1, error_phrase = $2, done_at = $3 WHERE id = $4 AND attempt = $5 AND state = 'running'`,
		words.String(), kept, micros(tx.now), id, attempt)
	return n > 0, err
}

// SystemRunning returns the operations whose job is not at its end.
func (tx *Tx) SystemRunning() ([]tenon.OperationID, error) {
	return column[tenon.OperationID](tx, `SELECT id FROM operations WHERE state = 'running' ORDER BY id`)
}

// SystemRunningOf returns the running operations of any of the kinds.
func (tx *Tx) SystemRunningOf(kinds ...string) ([]tenon.OperationID, error) {
	return column[tenon.OperationID](tx, `SELECT id FROM operations WHERE state = 'running' AND `+tx.d.inTexts("kind", "$1")+` ORDER BY id`, tx.d.textsArg(kinds))
}

// BinderMove is one change of owner.
type BinderMove struct {
	Operation tenon.OperationID
	Binder    tenon.BinderID
	From, To  tenon.OrgID
	At        time.Time
}

// BinderMoves returns the moves that an operation made.
func (tx *Tx) BinderMoves(op tenon.OperationID) ([]BinderMove, error) {
	return list(tx, func(r Scanner, m *BinderMove) error {
		return r.Scan(&m.Operation, &m.Binder, &m.From, &m.To, instant{&m.At})
	}, `SELECT operation_id, binder_id, from_id, to_id, at FROM binder_moves WHERE operation_id = $1 ORDER BY binder_id`, op)
}

// SystemSetReceipt rewrites the receipt of an operation: counts that a job made anew.
func (tx *Tx) SystemSetReceipt(id tenon.OperationID, r *tenon.Receipt) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return tx.run(`UPDATE operations SET receipt = $1 WHERE id = $2`, string(b), id)
}

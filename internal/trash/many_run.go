package trash

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// manyChunk is how many records one transaction works on: others wait for the
// lock of structure while it does, which is some 100 ms for a move.
const manyChunk = 100

// maxNotes is how many of the records that were left alone a receipt names.
const maxNotes = 20

// manyJournal is what the job works off, and what its receipt and its undo need.
type manyJournal struct {
	Action  string          `json:"action"`
	Kind    tenon.Kind      `json:"kind,omitempty"` // that all items are of; 0 for several
	Orgs    bool            `json:"orgs,omitempty"` // the records are organizations
	IDs     []int64         `json:"ids,omitempty"`
	Target  tenon.BinderID  `json:"target,omitempty"`
	Choices tenon.Choices   `json:"choices"`
	Did     did             `json:"did"`
	Done    string          `json:"done,omitempty"` // the same in words, of acts of before
	Actor   operation.Actor `json:"actor"`
}

// manyBody is what one chunk did.
type manyBody struct {
	itemsJournal
	Changed int            `json:"changed,omitempty"`
	Same    int            `json:"same,omitempty"`
	Left    int            `json:"left,omitempty"`
	Notes   []tenon.Phrase `json:"notes,omitempty"`
}

// runMany writes the operation and hands it to its job.
func (e *Engine) runMany(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	if len(confirmed.All) == 0 {
		return nil, tenon.FieldErrorf("items", "Name the items.")
	}
	if confirmed.Action == "" || len(confirmed.Sources) > 0 {
		return e.runOrganizations(tx, v, confirmed)
	}
	r := request{action: confirmed.Action, choices: confirmed.Choices, together: map[tenon.ItemID]bool{}}
	for _, id := range confirmed.All {
		r.ids = append(r.ids, tenon.ItemID(id))
	}
	if confirmed.Target != nil {
		r.target = confirmed.Target.ID
	}
	if err := r.allowMany(v); err != nil {
		return nil, err
	}
	p, s, err := planMany(tx, v, r)
	if err != nil {
		return nil, err
	}
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	j := manyJournal{Action: r.action, Kind: s.one(), IDs: p.All, Choices: r.choices, Did: didWith(r.action, s.edit, s.target), Actor: operation.ActorOf(v)}
	op, err := operation.Start(tx, v, KindMany)
	if err != nil {
		return nil, err
	}
	// Where all belong to one organization, so does the operation.
	if p.Counts["organizations"] == 1 {
		op.SourceID, op.SourceName = s.places[0].Org, s.places[0].OrgName
	}
	if s.target != nil {
		j.Target = s.target.ID.Home()
		op.TargetID, op.TargetName = s.target.ID, s.target.Name
	}
	return e.startMany(tx, op, p, j)
}

// startMany writes the running operation with its job.
func (e *Engine) startMany(tx *store.Tx, op *tenon.Operation, p *tenon.Plan, j manyJournal) (*tenon.Operation, error) {
	op.State, op.DoneAt, op.Total = tenon.Running, time.Time{}, int64(len(j.IDs))
	op.Title = j.Did.now(j.amount(len(j.IDs)))
	op.Fingerprint, op.Plan, op.Receipt = p.Fingerprint, p, &tenon.Receipt{Counts: map[string]int64{}}
	if err := tx.InsertOperation(op, j); err != nil {
		return nil, err
	}
	failpoint.At("many/opened")
	if e.jobs == nil {
		return op, nil
	}
	return op, e.jobs.EnqueueIn(tx, KindMany, op.ID)
}

// settle reads what an act of before has in words as what it does.
func (j *manyJournal) settle() {
	if j.Did.How == "" {
		j.Did.With = tenon.Args{j.Done}
	}
}

func (j *manyJournal) noun() string {
	if j.Orgs {
		return "organization"
	}
	return "item"
}

func (j *manyJournal) amount(n int) tenon.Quantity {
	if j.Orgs {
		return tenon.Amount(n, "organization", "organizations")
	}
	return tenon.Amount(n, "item", "items")
}

// title says what was done with so many of the records.
func (j *manyJournal) title(n int) tenon.Phrase {
	switch {
	case n != 1:
		return j.Did.many(j.amount(n))
	case j.Orgs:
		return j.Did.one(tenon.Say("One organization"))
	}
	return j.Did.one(tenon.Say("One item"))
}

// refusal says why a record was left alone.
func (j *manyJournal) refusal(id int64, err error) tenon.Phrase {
	if j.Orgs {
		return tenon.Say("Organization %d was left alone: %s", id, tenon.PhraseOf(err))
	}
	return tenon.Say("Item %d was left alone: %s", id, tenon.PhraseOf(err))
}

// Many is the job: chunk by chunk, each in a transaction of its own with what
// its undo needs and its progress. Killed anywhere, it goes on where it was.
func (e *Engine) Many(ctx context.Context, id tenon.OperationID, attempt int64) error {
	m := &manyWork{e: e, id: id, attempt: attempt, size: e.chunk}
	for {
		if job.Spent(ctx) {
			return job.ErrAgain
		}
		done := false
		err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
			done, err = m.chunk(tx)
			return err
		})
		switch {
		case err != nil && m.size > 1 && ofRecord(err):
			m.size = 1 // one of them cannot take part: each by itself
		case errors.Is(err, errRefused):
			// Nothing of it was written; that it was left alone is noted next.
		case err != nil || done:
			return err
		default:
			m.grow()
		}
	}
}

// ofRecord tells an error that is about a record from one of the database.
func ofRecord(err error) bool {
	switch tenon.CodeOf(err) {
	case tenon.Internal, tenon.Unavailable, tenon.Busy, "":
		return false
	}
	return true
}

// manyWork is one attempt of the job.
type manyWork struct {
	e       *Engine
	id      tenon.OperationID
	attempt int64
	size    int
	single  int // how many were done one by one since
	refused tenon.Phrase
	j       *manyJournal
	all     map[tenon.ItemID]bool
}

// chunk does the next records, and tells whether all are done. A chunk that
// fails by one of its records is done anew one by one.
func (m *manyWork) chunk(tx *store.Tx) (bool, error) {
	c, err := tx.SystemProgress(m.id)
	if err != nil {
		return false, err
	}
	if err := m.load(tx); err != nil {
		return false, err
	}
	at, _ := strconv.Atoi(c.Cursor)
	v, err := m.j.Actor.Viewer(tx)
	if err == nil {
		err = m.may(tx, v)
	}
	if tenon.CodeOf(err) == tenon.Forbidden || tenon.CodeOf(err) == tenon.Conflict {
		return true, m.finish(tx, v, c, tenon.Say("It was stopped: %s", tenon.PhraseOf(err)))
	}
	if err != nil {
		return false, err
	}
	if at >= len(m.j.IDs) {
		c.Cancelled = false // there is nothing left to stop
	}
	if at >= len(m.j.IDs) || c.Cancelled {
		return true, m.finish(tx, v, c, tenon.Phrase{})
	}
	ids := m.j.IDs[at:min(at+m.size, len(m.j.IDs))]
	body := &manyBody{Left: 1, Notes: []tenon.Phrase{m.refused}}
	if m.refused.IsZero() {
		if body, err = m.do(tx, v, ids); err != nil && m.size == 1 && ofRecord(err) {
			m.refused = m.j.refusal(ids[0], err)
			err = errRefused
		}
		if err != nil {
			return false, err
		}
	}
	failpoint.At("many/chunk-done")
	if err := tx.InsertActChunk(m.id, int64(at), body); err != nil {
		return false, err
	}
	failpoint.At("many/chunk-noted")
	c.Cursor, c.Done = strconv.Itoa(at+len(ids)), int64(at+len(ids))
	return false, tx.SaveChunk(m.id, m.attempt, c)
}

// errRefused says that a single record cannot take part.
var errRefused = errors.New("a record was refused")

// grow goes back to whole chunks after as many single records as one has.
func (m *manyWork) grow() {
	m.refused = tenon.Phrase{}
	if m.size > 1 {
		return
	}
	if m.single++; m.single >= m.e.chunk {
		m.size, m.single = m.e.chunk, 0
	}
}

func (m *manyWork) load(tx *store.Tx) error {
	if m.j != nil {
		return nil
	}
	j := &manyJournal{}
	if err := tx.SystemJournal(m.id, j); err != nil {
		return err
	}
	j.settle()
	m.j, m.all = j, make(map[tenon.ItemID]bool, len(j.IDs))
	for _, id := range j.IDs {
		m.all[tenon.ItemID(id)] = true
	}
	return nil
}

// may asks again what the person may do: rights and settings hold as they are
// when a chunk runs.
func (m *manyWork) may(tx *store.Tx, v tenon.Viewer) error {
	if m.j.Orgs {
		return v.Need(tenon.EditOrgs)
	}
	if err := v.Need(actions[m.j.Action].right); err != nil || m.j.Action != ActionDelete {
		return err
	}
	if err := v.Need(tenon.BulkDelete); err != nil {
		return err
	}
	on, err := bulkAllowed(tx)
	if err == nil && !on {
		err = tenon.Errorf(tenon.Conflict, "deleting many items at once was switched off in the account settings (%s).", tenon.SettingBulkDelete)
	}
	return err
}

// do does one chunk. What is so already, what is gone, and what comes along
// with something else of the set is passed over.
func (m *manyWork) do(tx *store.Tx, v tenon.Viewer, ids []int64) (*manyBody, error) {
	if m.j.Orgs {
		return m.organizations(tx, v, ids)
	}
	r := request{action: m.j.Action, choices: m.j.Choices, together: m.all}
	for _, id := range ids {
		r.ids = append(r.ids, tenon.ItemID(id))
	}
	if m.j.Target != 0 {
		owner, err := tx.Owner(m.j.Target)
		if err != nil {
			return nil, err
		}
		r.target = owner
	}
	if err := lockItems(tx, r); err != nil {
		return nil, err
	}
	body := &manyBody{itemsJournal: itemsJournal{Action: r.action}}
	found, err := tx.GetItems(v, r.ids)
	if err != nil {
		return nil, err
	}
	body.Left = len(r.ids) - len(found)
	if body.Left > 0 {
		body.Notes = append(body.Notes, tenon.Say("%s not there any more.", tenon.Amount(body.Left, "item was", "items were")))
	}
	if r.ids, err = m.turn(tx, r, found, body); err != nil || len(r.ids) == 0 {
		return body, err
	}
	s, err := readItems(tx, v, r)
	if err != nil {
		return nil, err
	}
	if b := s.blockers(); len(b) > 0 {
		return nil, tenon.Errorf(tenon.Conflict, "%s", b[0].Message)
	}
	w := &itemsWork{e: m.e, tx: tx, v: v, s: s, j: body.itemsJournal, op: &tenon.Operation{ID: m.id, Receipt: &tenon.Receipt{}}}
	if err := w.step(); err != nil {
		return nil, err
	}
	body.itemsJournal = w.j
	body.Notes = append(body.Notes, w.op.Receipt.Notes...)
	body.Changed = len(w.j.Items) + len(w.j.Moves) + len(w.j.Edits)
	if same := len(s.named) - body.Changed; same > 0 && len(s.along) == 0 {
		body.Same += same
	}
	return body, nil
}

// turn returns those whose turn it is. Of a move these are neither what is with
// the target already nor what hangs on something that is still to be moved: it
// comes along with that.
func (m *manyWork) turn(tx *store.Tx, r request, found []*tenon.Item, body *manyBody) ([]tenon.ItemID, error) {
	var ids []tenon.ItemID
	if r.action != ActionMove {
		for _, i := range found {
			ids = append(ids, i.ID)
		}
		return ids, nil
	}
	refs := newReferences(tx)
	for _, i := range found {
		if i.OrgID == r.target {
			body.Same++
			continue
		}
		list, err := refs.of(i)
		if err != nil {
			return nil, err
		}
		later := slices.ContainsFunc(list, func(x reference) bool { return x.host && m.all[x.named] && !slices.Contains(r.ids, x.named) })
		if !later {
			ids = append(ids, i.ID)
		}
	}
	return ids, nil
}

// organizations edits one chunk of organizations.
func (m *manyWork) organizations(tx *store.Tx, v tenon.Viewer, ids []int64) (*manyBody, error) {
	body := &manyBody{itemsJournal: itemsJournal{Action: m.j.Action}}
	edit, err := schemaEdit(tx, v, m.j.Action, nil, m.j.Choices)
	if err != nil {
		return nil, err
	}
	var orgs []tenon.OrgID
	for _, id := range ids {
		orgs = append(orgs, tenon.OrgID(id))
	}
	if err := tx.LockAny(orgs); err != nil {
		return nil, err
	}
	for _, id := range orgs {
		o, err := tx.GetOrganization(v, id)
		if err != nil {
			return nil, err
		}
		done, err := edit.organization(m.e.c, tx, v, o, m.id)
		if err != nil {
			return nil, err
		}
		if done == nil {
			body.Same++
			continue
		}
		body.Edits = append(body.Edits, *done)
		body.Changed++
	}
	return body, nil
}

// finish adds the chunks up and writes the receipt: of all, or of what was done
// until somebody cancelled it, or until it was stopped for a reason.
func (m *manyWork) finish(tx *store.Tx, v tenon.Viewer, c store.Chunk, stopped tenon.Phrase) error {
	if err := tx.SaveChunk(m.id, m.attempt, c); err != nil {
		return err
	}
	op, err := tx.GetOperation(tenon.SystemViewer(), m.id)
	if err != nil {
		return err
	}
	var sum manyBody
	for before := int64(MaxMany) + 1; ; {
		var body manyBody
		if before, err = tx.SystemActChunk(m.id, before, &body); err != nil {
			return err
		}
		if before < 0 {
			break
		}
		sum.Changed, sum.Same, sum.Left = sum.Changed+body.Changed, sum.Same+body.Same, sum.Left+body.Left
		sum.Notes = append(body.Notes, sum.Notes...)
	}
	op.State, op.DoneAt, op.Done = tenon.Finished, tx.Now(), c.Done
	op.Title = m.j.title(sum.Changed)
	cancelled := c.Cancelled && stopped.IsZero()
	if cancelled {
		op.Title = tenon.Say("%s, then it was cancelled", op.Title)
	} else {
		op.Total, op.CancelledAt = c.Done, time.Time{}
	}
	op.Receipt = &tenon.Receipt{Counts: map[string]int64{m.j.noun() + "s": int64(sum.Changed), "unchanged": int64(sum.Same), "skipped": int64(sum.Left)},
		Sentence: op.Sentence(), Duration: tx.Now().Sub(op.CreatedAt)}
	switch {
	case cancelled:
		op.Receipt.Counts["not_done"] = op.Total - c.Done
		op.Receipt.Notes = append(op.Receipt.Notes, operation.Stopped(op, c.Done, m.j.amount(int(op.Total))))
	case !stopped.IsZero():
		op.Receipt.Notes = append(op.Receipt.Notes, stopped)
	}
	op.Receipt.Notes = append(op.Receipt.Notes, fewNotes(sum.Notes)...)
	if err := tx.FinishOperation(op, m.j); err != nil {
		return err
	}
	failpoint.At("many/receipt-written")
	return tx.Record(v, tenon.Event{Action: m.j.Action, Subject: "operation", SubjectID: int64(m.id), Name: op.Title.String(), Binder: op.SourceID.Home(), Operation: m.id})
}

func fewNotes(notes []tenon.Phrase) []tenon.Phrase {
	if n := len(notes) - maxNotes; n > 0 {
		return append(notes[:maxNotes:maxNotes], tenon.Say("%s more of the like.", tenon.Figure(n)))
	}
	return notes
}

package trash

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

const (
	// purgeItems is how many items one batch starts on, purgeRows how many rows
	// it removes at most: other writers never wait longer than for one batch.
	purgeItems = 50
	purgeRows  = 1000
	// purgeNaming is how many other records, which name what goes, one batch changes.
	purgeNaming = 100
)

// purgeJournal is what the job of a purge works off.
type purgeJournal struct {
	// Organizations lists those in the trash, each after what was merged into
	// it: an organization is purged once nothing in its binders is left.
	Organizations []tenon.OrgID  `json:"organizations,omitempty"`
	Roots         []tenon.OrgID  `json:"roots,omitempty"`
	Items         []tenon.ItemID `json:"items,omitempty"`
}

// runPurge takes what is to be purged out of everybody's reach at once; a job
// removes it.
func (e *Engine) runPurge(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	var orgs []tenon.OrgID
	for _, o := range confirmed.Sources {
		orgs = append(orgs, o.ID)
	}
	var items []tenon.ItemID
	for _, i := range confirmed.Items {
		if !i.Along {
			items = append(items, i.ID)
		}
	}
	if err := allowPurge(v, orgs, items); err != nil {
		return nil, err
	}
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	if err := tx.LockAny(orgs); err != nil {
		return nil, err
	}
	if err := tx.LockItems(items...); err != nil {
		return nil, err
	}
	s, err := readPurge(tx, v, orgs, items)
	if err != nil {
		return nil, err
	}
	p := planPurge(s)
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	if !v.System() && strings.TrimSpace(confirmed.Typed) != p.MustType {
		return nil, tenon.FieldErrorf("typed", "To purge this for ever, type %s. Nothing was changed.", strconv.Quote(p.MustType))
	}
	p.Typed = confirmed.Typed
	return e.startPurge(tx, v, s, p)
}

func (e *Engine) startPurge(tx *store.Tx, v tenon.Viewer, s *purgeSnapshot, p *tenon.Plan) (*tenon.Operation, error) {
	op, err := operation.Start(tx, v, KindPurge)
	if err != nil {
		return nil, err
	}
	op.State, op.DoneAt = tenon.Running, time.Time{}
	op.Fingerprint, op.Plan = p.Fingerprint, p
	j := purgeJournal{Roots: s.ids()}
	for _, d := range s.orgs {
		merged := slices.DeleteFunc(slices.Clone(d.tree), func(id tenon.OrgID) bool { return id == d.org.ID })
		j.Organizations = append(append(j.Organizations, merged...), d.org.ID)
	}
	for _, i := range append(slices.Clone(s.items), s.along...) {
		j.Items = append(j.Items, i.ID)
	}
	if len(s.orgs) > 0 {
		op.SourceID, op.SourceName = s.orgs[0].org.ID, s.orgs[0].org.Name
	} else {
		op.SourceID, op.SourceName = s.items[0].OrgID, s.items[0].OrgName
	}
	op.Title = purgeTitle(s)
	for k := range s.counts {
		op.Total += s.counts[k]
	}
	op.Total += int64(len(j.Organizations))
	op.Receipt = &tenon.Receipt{Counts: p.Counts}
	if err := tx.InsertOperation(op, j); err != nil {
		return nil, err
	}
	if _, err := tx.SystemHold(op.ID, j.Roots, j.Items); err != nil {
		return nil, err
	}
	failpoint.At("purge/held")
	for _, d := range s.orgs {
		if err := tx.Record(v, tenon.Event{Action: "purge", Subject: "organization", SubjectID: int64(d.org.ID), Name: d.org.Name, Binder: d.org.ID.Home(), Operation: op.ID}); err != nil {
			return nil, err
		}
	}
	for _, i := range append(slices.Clone(s.items), s.along...) {
		if err := record(tx, v, i, "purge", op.ID); err != nil {
			return nil, err
		}
	}
	if e.jobs == nil {
		return op, nil
	}
	return op, e.jobs.EnqueueIn(tx, KindPurge, op.ID)
}

func purgeTitle(s *purgeSnapshot) tenon.Phrase {
	if len(s.orgs)+len(s.items) == 1 {
		for _, d := range s.orgs {
			return tenon.Say("%s was purged", d.org.Name)
		}
		return tenon.Say("%s was purged", s.items[0].Name)
	}
	var what tenon.List
	switch n := len(s.orgs); {
	case n == 1:
		what = append(what, s.orgs[0].org.Name)
	case n > 1:
		what = append(what, tenon.Amount(n, "organization", "organizations"))
	}
	switch n := len(s.items); {
	case n == 1:
		what = append(what, s.items[0].Name)
	case n > 1:
		what = append(what, tenon.Amount(n, "item", "items"))
	}
	return tenon.Say("%s were purged", what)
}

// Purge is the job: it removes batch by batch, each in a transaction of its
// own with its progress. Killed anywhere, it goes on where it was: what is
// left to do is what is still there.
func (e *Engine) Purge(ctx context.Context, id tenon.OperationID, attempt int64) error {
	return job.Chunks(ctx, e.st, func(tx *store.Tx) (bool, error) { return e.purgeBatch(tx, id, attempt) })
}

// workNow runs the job of an operation to its end, where there is no runner.
func (e *Engine) workNow(ctx context.Context, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	var attempt int64
	err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
		attempt, _, err = tx.BeginAttempt(op.ID)
		return err
	})
	if err == nil {
		work := map[string]func(context.Context, tenon.OperationID, int64) error{KindPurge: e.Purge, KindMany: e.Many, KindUndoMany: e.UndoMany, KindDemo: e.RemoveDemo}[op.Kind]
		err = work(ctx, op.ID, attempt)
	}
	if err != nil {
		return nil, err
	}
	err = e.st.Read(ctx, func(tx *store.Tx) (err error) {
		op, err = tx.GetOperation(v, op.ID)
		return err
	})
	return op, err
}

// purgeBatch removes one batch and tells whether all is done.
func (e *Engine) purgeBatch(tx *store.Tx, id tenon.OperationID, attempt int64) (bool, error) {
	c, done, err := e.removeBatch(tx, id)
	if err != nil {
		return false, err
	}
	if done {
		var j purgeJournal
		if err := tx.SystemJournal(id, &j); err != nil {
			return false, err
		}
		return true, finishPurge(tx, id, attempt, c, j)
	}
	return false, tx.SaveChunk(id, attempt, c)
}

// removeBatch removes one batch of what the journal of an operation names, and
// returns how far that is, to be saved, and whether nothing is left.
func (e *Engine) removeBatch(tx *store.Tx, id tenon.OperationID) (c store.Chunk, done bool, err error) {
	if c, err = tx.SystemProgress(id); err != nil {
		return c, false, err
	}
	var j purgeJournal
	if err := tx.SystemJournal(id, &j); err != nil {
		return c, false, err
	}
	var binders []tenon.BinderID
	for _, o := range j.Organizations {
		binders = append(binders, o.Home())
	}
	items, err := tx.SystemDoomedItems(id, binders, purgeItems)
	if err != nil {
		return c, false, err
	}
	if len(items) > 0 {
		n, err := e.purgeItems(tx, id, items, binders)
		if err != nil {
			return c, false, err
		}
		failpoint.At("purge/batch-removed")
		c.Done += n
	} else {
		at, _ := strconv.Atoi(c.Cursor) // how many organizations are done
		if at == len(j.Organizations) {
			return c, true, nil
		}
		gone, err := purgeOrganization(tx, j.Organizations[at])
		if err != nil {
			return c, false, err
		}
		failpoint.At("purge/organization-blanked")
		if gone {
			c.Cursor = strconv.Itoa(at + 1)
			c.Done++
		}
	}
	c.Done = min(c.Done, c.Total)
	return c, false, nil
}

// purgeItems removes items, and what other records, which stay, say of them.
func (e *Engine) purgeItems(tx *store.Tx, op tenon.OperationID, ids []tenon.ItemID, binders []tenon.BinderID) (int64, error) {
	naming, err := tx.SystemNaming(ids...)
	if err != nil {
		return 0, err
	}
	v := tenon.SystemViewer()
	v.Face = "job"
	changed := 0
	for _, n := range naming {
		if slices.Contains(ids, n.Record) {
			continue
		}
		if changed == purgeNaming {
			return 0, nil // the next batch goes on
		}
		found, err := tx.SystemItems(n.Record)
		if err != nil {
			return 0, err
		}
		if len(found) == 0 || slices.Contains(binders, found[0].BinderID) || !swap(found[0], n.Field, n.Named, 0) {
			continue // it goes too
		}
		parts, err := tx.SystemParts(n.Record)
		if err != nil {
			return 0, err
		}
		event := tenon.Event{Action: "update", Operation: op, Changes: []tenon.Change{{Field: n.Field, Before: int64(n.Named)}}}
		if err := e.c.SaveItemIn(tx, v, found[0], parts[n.Record], event); err != nil {
			return 0, err
		}
		changed++
	}
	return tx.SystemPurgeItems(ids, purgeRows)
}

// purgeOrganization removes what hangs on an organization and blanks its row.
func purgeOrganization(tx *store.Tx, id tenon.OrgID) (bool, error) {
	if err := tx.LockStructure(); err != nil {
		return false, err
	}
	owner, err := tx.Owner(id.Home())
	if err != nil {
		return false, err
	}
	people, err := tx.SystemPeopleOf(owner)
	if err != nil {
		return false, err
	}
	gone, err := tx.SystemPurgeOrganization(id, purgeRows)
	if err != nil {
		return false, err
	}
	return gone, tx.RebuildReach(people)
}

// finishPurge closes the operation; what others keep of the organizations goes with it.
func finishPurge(tx *store.Tx, id tenon.OperationID, attempt int64, c store.Chunk, j purgeJournal) error {
	if err := tx.SaveChunk(id, attempt, c); err != nil {
		return err
	}
	if err := tx.SystemScrubOperations(id, j.Organizations); err != nil {
		return err
	}
	op, err := tx.GetOperation(tenon.SystemViewer(), id)
	if err != nil {
		return err
	}
	op.State, op.DoneAt, op.Done = tenon.Finished, tx.Now(), op.Total
	op.Receipt.Sentence = op.Sentence()
	op.Receipt.Counts["removed"] = c.Done
	failpoint.At("purge/scrubbed")
	if err := tx.FinishOperation(op, j); err != nil {
		return err
	}
	failpoint.At("purge/receipt-written")
	return nil
}

// clockJump is how far the clock may be ahead of the last event. Beyond that
// it was probably set wrong, and a retention time says nothing.
const clockJump = 24 * time.Hour

// PurgeExpired purges what has been in the trash for longer than the account
// keeps it, at most one operation's worth. It returns nil where there is
// nothing. It is refused where the clock has jumped: then nobody knows how old
// anything is.
func (e *Engine) PurgeExpired(ctx context.Context) (*tenon.Operation, error) {
	v := tenon.SystemViewer()
	var orgs []tenon.OrgID
	var items []tenon.ItemID
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		keep, err := days(tx)
		if err != nil || keep == 0 {
			return err
		}
		orgs, items, err = tx.SystemExpired(tx.Now().AddDate(0, 0, -keep), purgeItems)
		if err != nil || len(orgs)+len(items) == 0 {
			return err
		}
		last, err := tx.SystemLastEvent()
		if err != nil {
			return err
		}
		if tx.Now().Sub(last) > clockJump || last.Sub(tx.Now()) > clockJump {
			return tenon.Errorf(tenon.Conflict, "Nothing was purged: the clock is more than a day away from the last event (%s). Check the clock.", last.Format(time.RFC3339))
		}
		return nil
	})
	if err != nil || len(orgs)+len(items) == 0 {
		return nil, err
	}
	p, err := e.PlanPurge(ctx, v, orgs, items)
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, v, p)
}

// Trash returns one page of what is in the trash.
func (e *Engine) Trash(ctx context.Context, v tenon.Viewer, q store.TrashQuery) (list []tenon.TrashEntry, next string, err error) {
	err = e.st.Read(ctx, func(tx *store.Tx) (err error) {
		list, next, err = trashPage(tx, v, q)
		return err
	})
	return list, next, err
}

func trashPage(tx *store.Tx, v tenon.Viewer, q store.TrashQuery) (list []tenon.TrashEntry, next string, err error) {
	keep, err := days(tx)
	if err != nil {
		return nil, "", err
	}
	if list, next, err = tx.ListTrash(v, q); err != nil || keep == 0 {
		return list, next, err
	}
	for i := range list {
		list[i].PurgedAt = list[i].At.AddDate(0, 0, keep)
	}
	return list, next, nil
}

package trash

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// demoJournal is what the job works off: a purge, and the people.
type demoJournal struct {
	purgeJournal
	Users  []tenon.UserID  `json:"users,omitempty"`
	Groups []tenon.GroupID `json:"groups,omitempty"`
	Stays  []tenon.Phrase  `json:"stays,omitempty"`
}

// runDemo takes the demo out of everybody's sight at once; a job removes it.
func (e *Engine) runDemo(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	if err := allowDemo(v); err != nil {
		return nil, err
	}
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	s, err := readDemo(tx, confirmed.Action == KeepChanged)
	if err != nil {
		return nil, err
	}
	if err := tx.LockAny(s.roots()); err != nil {
		return nil, err
	}
	p := planDemo(s)
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	op, err := operation.Start(tx, v, KindDemo)
	if err != nil {
		return nil, err
	}
	j := s.journal(p)
	op.State, op.DoneAt, op.Fingerprint, op.Plan = tenon.Running, time.Time{}, p.Fingerprint, p
	op.Title, op.Total = tenon.Say("Removing the demo data"), p.Counts["items"]+int64(len(j.Organizations))
	op.Receipt = &tenon.Receipt{Counts: p.Counts}
	if err := tx.InsertOperation(op, j); err != nil {
		return nil, err
	}
	if err := tx.SystemTake(op.ID, j.Roots, j.Items); err != nil {
		return nil, err
	}
	failpoint.At("undemo/held")
	if s.primary {
		if err := tx.SetSetting(tenon.SettingPrimary, ""); err != nil {
			return nil, err
		}
	}
	if err := tx.Record(v, tenon.Event{Action: KindDemo, Subject: "operation", SubjectID: int64(op.ID), Name: "Demo data", Operation: op.ID}); err != nil {
		return nil, err
	}
	if e.jobs == nil {
		return op, nil
	}
	return op, e.jobs.EnqueueIn(tx, KindDemo, op.ID)
}

// journal says what the job is to remove: each organization after what was
// merged into it.
func (s *demoSnapshot) journal(p *tenon.Plan) demoJournal {
	j := demoJournal{purgeJournal: purgeJournal{Roots: s.roots()}}
	for _, merged := range []bool{true, false} {
		for _, o := range s.orgs {
			if s.going[o.Owner] && (o.Owner != o.ID) == merged {
				j.Organizations = append(j.Organizations, o.ID)
			}
		}
	}
	for _, i := range s.items {
		j.Items = append(j.Items, tenon.ItemID(i.ID))
	}
	for _, u := range s.people(s.users) {
		j.Users = append(j.Users, tenon.UserID(u.ID))
	}
	for _, g := range s.people(s.groups) {
		j.Groups = append(j.Groups, tenon.GroupID(g.ID))
	}
	for _, r := range p.References {
		j.Stays = append(j.Stays, r.Sentence())
	}
	return j
}

// RemoveDemo is the job: the batches of a purge, and at the end the people, the
// lists and the marks.
func (e *Engine) RemoveDemo(ctx context.Context, id tenon.OperationID, attempt int64) error {
	return job.Chunks(ctx, e.st, func(tx *store.Tx) (bool, error) {
		c, removed, err := e.removeBatch(tx, id)
		if err != nil {
			return false, err
		}
		if err := tx.SaveChunk(id, attempt, c); err != nil || !removed {
			return false, err
		}
		return true, e.finishDemo(tx, id)
	})
}

// finishDemo removes what is not filed, forgets the marks and closes the operation.
func (e *Engine) finishDemo(tx *store.Tx, id tenon.OperationID) error {
	var j demoJournal
	if err := tx.SystemJournal(id, &j); err != nil {
		return err
	}
	if err := tx.LockStructure(); err != nil {
		return err
	}
	gone, kept, err := tx.SystemForgetDemo(j.Users, j.Groups)
	if err != nil {
		return err
	}
	failpoint.At("undemo/forgotten")
	if err := tx.SystemScrubOperations(id, j.Organizations); err != nil {
		return err
	}
	op, err := tx.GetOperation(tenon.SystemViewer(), id)
	if err != nil {
		return err
	}
	op.State, op.DoneAt, op.Done = tenon.Finished, tx.Now(), op.Total
	op.Title = tenon.Say("The demo data was removed: %s with %s", tenon.Amount(op.Receipt.Counts["organizations"], "organization", "organizations"), tenon.Amount(op.Receipt.Counts["items"], "item", "items"))
	op.Receipt.Sentence, op.Receipt.Duration = op.Sentence(), tx.Now().Sub(op.CreatedAt)
	op.Receipt.Counts["others"] = gone
	op.Receipt.Notes = j.Stays
	if kept > 0 {
		op.Receipt.Notes = append(op.Receipt.Notes, tenon.Say("%s of the demo %s: records of yours use %s.", tenon.Amount(kept, "list entry or user", "list entries and users"),
			tenon.Form(kept, "stays", "stay"), tenon.Form(kept, "it", "them")))
	}
	if err := tx.FinishOperation(op, j); err != nil {
		return err
	}
	failpoint.At("undemo/receipt-written")
	return nil
}

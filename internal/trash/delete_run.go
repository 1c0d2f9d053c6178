package trash

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// deleteJournal is what the restore of deleted organizations needs.
type deleteJournal struct {
	// Organizations were taken, parents first.
	Organizations []tenon.OrgID `json:"organizations"`
	// Links were made tombstones: what they were.
	Links []store.Link `json:"links,omitempty"`
	// Moves are the contacts that were filed elsewhere.
	Moves []itemMove `json:"moves,omitempty"`
}

// runDelete sets states, and nothing per item: in one short transaction, under
// the locks of everything that it takes.
func (e *Engine) runDelete(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	var ids []tenon.OrgID
	for _, o := range confirmed.Sources {
		ids = append(ids, o.ID)
	}
	if err := allowDelete(v, ids); err != nil {
		return nil, err
	}
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	if err := lockTrees(tx, ids); err != nil {
		return nil, err
	}
	s, err := readDelete(tx, v, ids, false)
	if err != nil {
		return nil, err
	}
	p := planDelete(s)
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	p.Counts, p.Contents, p.Warnings, p.MustType = confirmed.Counts, confirmed.Contents, confirmed.Warnings, confirmed.MustType
	op, err := operation.Start(tx, v, KindDelete)
	if err != nil {
		return nil, err
	}
	op.SourceID, op.SourceName = s.orgs[0].org.ID, s.orgs[0].org.Name
	op.Fingerprint, op.Plan = p.Fingerprint, p
	op.Title = deletedTitle(p)
	op.Receipt = &tenon.Receipt{Counts: p.Counts, Sentence: op.Sentence()}
	if err := tx.InsertOperation(op, nil); err != nil {
		return nil, err
	}
	failpoint.At("delete/opened")
	j := deleteJournal{}
	if j.Moves, err = e.rehome(tx, v, op, s.homeless); err != nil {
		return nil, err
	}
	failpoint.At("delete/rehomed")
	for _, d := range s.orgs {
		if err := deleteOne(tx, v, op, d, &j); err != nil {
			return nil, err
		}
	}
	failpoint.At("delete/states-set")
	if err := tx.FinishOperation(op, j); err != nil {
		return nil, err
	}
	failpoint.At("delete/receipt-written")
	return op, nil
}

// lockTrees locks the organizations and all below them. Nobody can hang
// anything else below them meanwhile: that takes the lock of the structure.
func lockTrees(tx *store.Tx, roots []tenon.OrgID) error {
	trees, err := tx.Trees(tenon.SystemViewer(), roots, tenon.Live)
	if err != nil {
		return err
	}
	var ids []tenon.OrgID
	for _, id := range roots {
		for _, t := range trees[id] {
			ids = append(ids, t.ID)
		}
	}
	return tx.LockAny(ids)
}

func deletedTitle(p *tenon.Plan) tenon.Phrase {
	below := tenon.Amount(len(p.Children), "sub-organization", "sub-organizations")
	if many := tenon.Amount(len(p.Sources), "organization", "organizations"); many.N > 1 {
		if below.N > 0 {
			return tenon.Say("%s with %s were deleted", many, below)
		}
		return tenon.Say("%s were deleted", many)
	}
	if below.N > 0 {
		return tenon.Say("%s with %s was deleted", p.Sources[0].Name, below)
	}
	return tenon.Say("%s was deleted", p.Sources[0].Name)
}

// deleteOne puts one organization into the trash. A link of its own becomes a
// tombstone, by which a sync knows that it was deleted here.
func deleteOne(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, d *doomed, j *deleteJournal) error {
	o := d.org
	if err := tx.SetOrganizationState(o.ID, tenon.Trashed, 0, op.ID); err != nil {
		return err
	}
	failpoint.At("delete/one-state-set")
	j.Organizations = append(j.Organizations, o.ID)
	for _, l := range d.links {
		if l.State == store.LinkTombstone {
			continue
		}
		if err := tx.SetLinkState(l, store.LinkTombstone); err != nil {
			return err
		}
		j.Links = append(j.Links, l)
	}
	op.Receipt.Binders = append(op.Receipt.Binders, d.binders...)
	return tx.Record(v, tenon.Event{Action: "delete", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(), Operation: op.ID})
}

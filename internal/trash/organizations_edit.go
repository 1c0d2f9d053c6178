package trash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// PlanOrganizations says what an action that changes a field would do to
// organizations: tag, untag, type or status. An act on few runs at once, on
// many as a job; both are one operation.
func (e *Engine) PlanOrganizations(ctx context.Context, v tenon.Viewer, action string, ids []tenon.OrgID, choices tenon.Choices) (*tenon.Plan, error) {
	if err := allowOrganizations(v, action, ids); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
		p, _, err = planOrganizations(tx, v, action, ids, choices)
		return err
	})
	return p, err
}

func allowOrganizations(v tenon.Viewer, action string, ids []tenon.OrgID) error {
	if err := v.Need(tenon.EditOrgs); err != nil {
		return err
	}
	switch {
	case !edits(action) || action == ActionRestrict:
		return tenon.FieldErrorf("action", "There is no action %q for organizations.", action)
	case len(ids) == 0:
		return tenon.FieldErrorf("organizations", "Name the organizations.")
	case len(ids) > MaxMany:
		return tenon.Errorf(tenon.TooLarge, "One act works on %s records at most, and this is more. Nothing was changed. Filter the list, and act on the parts.", tenon.Figure(int64(MaxMany)))
	}
	return nil
}

func planOrganizations(tx *store.Tx, v tenon.Viewer, action string, ids []tenon.OrgID, choices tenon.Choices) (*tenon.Plan, *fieldEdit, error) {
	edit, err := schemaEdit(tx, v, action, nil, choices)
	if err != nil {
		return nil, nil, err
	}
	p := &tenon.Plan{Operation: KindMany, Action: action, PlannedAt: tx.Now(), Choices: choices, Counts: map[string]int64{"organizations": int64(len(ids))}, Facts: map[string]string{}}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	h := sha256.New()
	for chunk := range slices.Chunk(ids, tenon.MaxPage) {
		found, _, err := tx.ListOrganizations(v, store.OrgQuery{IDs: chunk, Page: tenon.Page{Limit: tenon.MaxPage, Sort: "id"}})
		if err != nil {
			return nil, nil, err
		}
		if len(found) < len(chunk) {
			return nil, nil, tenon.Errorf(tenon.NotFound, "%s of these organizations is not there, or not live.", tenon.Figure(len(chunk)-len(found)))
		}
		for _, o := range found {
			p.All = append(p.All, int64(o.ID))
			fmt.Fprintf(h, "%d\n", o.ID)
			if len(p.Sources) < manyShown {
				p.Sources = append(p.Sources, tenon.PlanOrg{ID: o.ID, Name: o.Name, State: o.State, Version: o.Version, CreatedAt: o.CreatedAt, Primary: o.Primary, Binders: len(o.Binders)})
			}
			if !slices.Contains(o.Binders, o.ID.Home()) {
				p.Blockers = append(p.Blockers, tenon.Find("no_right", "", int64(o.ID), "You reach only a part of %s, so you may not change it.", o.Name))
			}
		}
	}
	p.Facts["action"] = action
	p.Facts["organizations"] = fmt.Sprintf("%d (%s)", len(p.All), hex.EncodeToString(h.Sum(nil))[:16])
	edit.facts(p.Facts)
	p.Sentence = edit.did.plan(p.Sources[0].Name, tenon.Amount(len(p.All), "organization", "organizations"))
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p, edit, nil
}

// runOrganizations carries the plan out: at once where one chunk is enough.
func (e *Engine) runOrganizations(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	var ids []tenon.OrgID
	for _, id := range confirmed.All {
		ids = append(ids, tenon.OrgID(id))
	}
	if err := allowOrganizations(v, confirmed.Action, ids); err != nil {
		return nil, err
	}
	if len(ids) <= e.chunk {
		if err := tx.LockAny(ids); err != nil {
			return nil, err
		}
	}
	p, edit, err := planOrganizations(tx, v, confirmed.Action, ids, confirmed.Choices)
	if err != nil {
		return nil, err
	}
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	op, err := operation.Start(tx, v, KindMany)
	if err != nil {
		return nil, err
	}
	if len(ids) == 1 {
		op.SourceID, op.SourceName = p.Sources[0].ID, p.Sources[0].Name
	}
	j := manyJournal{Action: confirmed.Action, Orgs: true, IDs: p.All, Choices: confirmed.Choices, Did: edit.did, Actor: operation.ActorOf(v)}
	if len(ids) > e.chunk {
		return e.startMany(tx, op, p, j)
	}
	return e.editAtOnce(tx, v, op, p, j)
}

// editAtOnce is the job of one chunk, in the transaction that confirms.
func (e *Engine) editAtOnce(tx *store.Tx, v tenon.Viewer, op *tenon.Operation, p *tenon.Plan, j manyJournal) (*tenon.Operation, error) {
	quiet := &Engine{c: e.c, st: e.st} // it is no job's
	if _, err := quiet.startMany(tx, op, p, j); err != nil {
		return nil, err
	}
	attempt, _, err := tx.BeginAttempt(op.ID)
	if err != nil {
		return nil, err
	}
	m := &manyWork{e: e, id: op.ID, attempt: attempt, size: e.chunk}
	for done := false; !done; {
		if done, err = m.chunk(tx); err != nil {
			return nil, err
		}
	}
	return tx.GetOperation(v, op.ID)
}

// FindOrganizations returns the ids of everything that a list of organizations
// finds, for acts on all of it.
func (e *Engine) FindOrganizations(ctx context.Context, v tenon.Viewer, q store.OrgQuery) (ids []tenon.OrgID, err error) {
	err = e.st.Read(ctx, func(tx *store.Tx) (err error) {
		ids, err = tx.OrganizationIDs(v, q, MaxMany+1)
		return err
	})
	return ids, err
}

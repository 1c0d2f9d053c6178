package merge

import (
	"context"
	"reflect"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// journal is what the undo of one merge needs beyond the moves of binders.
type journal struct {
	// Fields are the fields of the target that this source changed.
	Fields []operation.FieldMove `json:"fields,omitempty"`
	// Parent is set where the target took the source's parent.
	Parent *parentMove `json:"parent,omitempty"`
	// Apart: both sides' access was kept as it was; TargetSees: but the
	// target's people reach the source's binders.
	Apart      bool `json:"apart,omitempty"`
	TargetSees bool `json:"target_sees,omitempty"`
}

type parentMove struct {
	Before tenon.BinderID `json:"before,omitempty"`
	After  tenon.BinderID `json:"after,omitempty"`
}

// Run carries out a plan that somebody confirmed. Only its sources, target,
// choices and fingerprint are believed: everything else is looked up again
// under the locks, and where the fingerprint differs nothing is done.
func (e *Engine) Run(ctx context.Context, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	if confirmed == nil || confirmed.Target == nil {
		return nil, tenon.FieldErrorf("target", "Name the organization that receives.")
	}
	var sources []tenon.OrgID
	for _, s := range confirmed.Sources {
		sources = append(sources, s.ID)
	}
	if err := allow(v, sources, confirmed.Target.ID); err != nil {
		return nil, err
	}
	var op *tenon.Operation
	err := e.st.Write(ctx, func(tx *store.Tx) (err error) {
		op, err = e.run(tx, v, confirmed, sources)
		return err
	})
	return op, err
}

func (e *Engine) run(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan, sources []tenon.OrgID) (*tenon.Operation, error) {
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	if err := tx.LockAny(append(slices.Clone(sources), confirmed.Target.ID)); err != nil {
		return nil, err
	}
	s, err := read(tx, v, sources, confirmed.Target.ID, confirmed.Choices, false)
	if err != nil {
		return nil, err
	}
	p, err := plan(s)
	if err != nil {
		return nil, err
	}
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	// What people read in the receipt and what decides nothing is as they saw it.
	inform(p, confirmed)
	p.Duplicates, p.Warnings = confirmed.Duplicates, confirmed.Warnings
	if confirmed.Access.Hash == p.Access.Hash {
		p.Access = confirmed.Access
	}
	parent, err := e.openParent(tx, v, s, p)
	if err != nil {
		return nil, err
	}
	w := &work{tx: tx, v: v, plan: p, target: s.target}
	var last *tenon.Operation
	for _, d := range s.sources {
		if last, err = w.mergeOne(d, parent); err != nil {
			return nil, err
		}
	}
	failpoint.At("merge/sources-merged")
	if err := w.settle(s); err != nil {
		return nil, err
	}
	failpoint.At("merge/reach-rebuilt")
	if parent == nil {
		parent = last
	} else if err := w.closeParent(parent); err != nil {
		return nil, err
	}
	return parent, e.startRecount(tx, v, parent)
}

// inform adds to the plan that runs what was counted and found when it was
// made for people: none of it decides anything, and counting again under the
// locks would make a merge cost what its items cost.
func inform(p, shown *tenon.Plan) {
	p.Counts, p.Contents, p.References, p.Duplicates, p.Warnings = shown.Counts, shown.Contents, shown.References, shown.Duplicates, shown.Warnings
	p.Recommended, p.Advice, p.PlannedAt = shown.Recommended, shown.Advice, shown.PlannedAt
	p.Target.Items = shown.Target.Items
	for i := range p.Sources {
		p.Sources[i].Items = shown.Sources[i].Items
	}
	if shown.Access.Hash == p.Access.Hash {
		p.Access = shown.Access
	}
}

// openParent starts the operation that several sources share.
func (e *Engine) openParent(tx *store.Tx, v tenon.Viewer, s *snapshot, p *tenon.Plan) (*tenon.Operation, error) {
	if len(s.sources) == 1 {
		return nil, nil
	}
	op, err := operation.Start(tx, v, Kind)
	if err != nil {
		return nil, err
	}
	op.TargetID, op.TargetName = s.target.org.ID, s.target.org.Name
	op.Fingerprint, op.Plan = p.Fingerprint, p
	op.Title = tenon.Say("%s were merged into %s", tenon.Amount(len(s.sources), "organization", "organizations"), s.target.org.Name)
	return op, tx.InsertOperation(op, nil)
}

// work is one run: what its steps share.
type work struct {
	tx       *store.Tx
	v        tenon.Viewer
	plan     *tenon.Plan
	target   *side
	children []tenon.OperationID
	binders  []tenon.BinderID
	changed  []tenon.FieldPlan
}

// mergeOne hands one source over. The order is that of the guards in the
// schema: binders first, then the state.
func (w *work) mergeOne(d *side, parent *tenon.Operation) (*tenon.Operation, error) {
	op, err := operation.Start(w.tx, w.v, Kind)
	if err != nil {
		return nil, err
	}
	t := w.target.org
	op.SourceID, op.SourceName, op.TargetID, op.TargetName = d.org.ID, d.org.Name, t.ID, t.Name
	op.Title = tenon.Say("%s was merged into %s", d.org.Name, t.Name)
	op.Fingerprint = w.plan.Fingerprint
	if parent != nil {
		op.Parent = parent.ID
		w.children = append(w.children, op.ID)
	} else {
		op.Plan = w.plan
	}
	if err := w.tx.InsertOperation(op, nil); err != nil {
		return nil, err
	}
	failpoint.At("merge/opened")
	if err := w.tx.TakeEvents(op.ID); err != nil {
		return nil, err
	}
	if err := w.apart(d, op.ID); err != nil {
		return nil, err
	}
	failpoint.At("merge/narrowed")
	if err := w.tx.HandOver(op.ID, d.binders, d.org.ID, t.ID); err != nil {
		return nil, err
	}
	failpoint.At("merge/handed-over")
	if err := w.tx.SetOrganizationState(d.org.ID, tenon.Merged, t.ID, 0); err != nil {
		return nil, err
	}
	failpoint.At("merge/state-set")
	j := journal{Apart: w.plan.Choices.Apart, TargetSees: w.plan.Choices.TargetSeesSource}
	if j.Parent, err = w.liftTarget(d); err != nil {
		return nil, err
	}
	if j.Fields, err = w.takeFields(d, op.ID); err != nil {
		return nil, err
	}
	failpoint.At("merge/fields-taken")
	dropped := w.droppedOf(d)
	if err := w.tx.DropDomains(op.ID, d.binders, dropped); err != nil {
		return nil, err
	}
	w.binders = append(w.binders, d.binders...)
	op.Receipt = w.receipt(d, j, dropped)
	if err := w.tx.FinishOperation(op, j); err != nil {
		return nil, err
	}
	failpoint.At("merge/receipt-written")
	return op, w.tx.Record(w.v, tenon.Event{Action: "merge", Subject: "organization", SubjectID: int64(d.org.ID), Name: d.org.Name,
		Binder: d.org.ID.Home(), Operation: op.ID, Changes: []tenon.Change{{Field: "merged_into", After: int64(t.ID)}}})
}

// apart narrows, before the binders change hands, whoever's reach must not
// grow: the source's people always, the target's where they are kept out.
func (w *work) apart(d *side, op tenon.OperationID) error {
	if !w.plan.Choices.Apart {
		return nil
	}
	if err := narrow(w.tx, op, d.grants, d.binders); err != nil || w.plan.Choices.TargetSeesSource {
		return err
	}
	return narrow(w.tx, op, w.target.grants, w.target.binders)
}

// liftTarget keeps the tree a forest: where the climb from the target passed
// the source, the target takes the source's place.
func (w *work) liftTarget(d *side) (*parentMove, error) {
	t := w.target.org.ID
	if !slices.Contains(w.target.above, d.org.ID) {
		return nil, nil
	}
	m := &parentMove{After: d.parent}
	var err error
	if m.Before, err = w.tx.SystemParentBinder(t); err != nil {
		return nil, err
	}
	// The source's own parent may be another source, or below the target by now.
	if m.After != 0 {
		owner, err := w.tx.Owner(m.After)
		if err != nil {
			return nil, err
		}
		up, err := w.tx.SystemAncestors(owner)
		if err != nil {
			return nil, err
		}
		if owner == t || slices.Contains(up, t) {
			m.After = 0
		}
	}
	return m, w.tx.SystemSetParent(t, m.After)
}

// takeFields gives the target what the plan takes from this source.
func (w *work) takeFields(d *side, op tenon.OperationID) ([]operation.FieldMove, error) {
	t, err := w.tx.GetOrganization(tenon.SystemViewer(), w.target.org.ID)
	if err != nil {
		return nil, err
	}
	before := t.Values.Clone()
	var moves []operation.FieldMove
	var log []tenon.Change
	for _, f := range w.plan.Fields {
		if f.From != d.org.ID || f.Choice == tenon.KeepTarget || reflect.DeepEqual(t.Values[f.Name], f.Result) {
			continue
		}
		moves = append(moves, operation.FieldMove{Name: f.Name, Before: t.Values[f.Name], After: f.Result})
		log = append(log, tenon.Change{Field: f.Name, Before: t.Values[f.Name], After: f.Result})
		if f.Result == nil {
			delete(t.Values, f.Name)
		} else {
			t.Values[f.Name] = f.Result
		}
		w.changed = append(w.changed, f)
	}
	if len(moves) == 0 {
		return nil, nil
	}
	t.Name = t.Values.Text("name")
	if old := before.Text("name"); textkey.Fold(old) != textkey.Fold(t.Name) {
		if err := w.tx.AddAlias(store.AliasName, old, t.ID.Home()); err != nil {
			return nil, err
		}
	}
	if err := w.tx.UpdateOrganization(t, true); err != nil {
		return nil, err
	}
	if err := core.KeepOrganization(w.tx, w.v, t); err != nil {
		return nil, err
	}
	return moves, w.tx.Record(w.v, tenon.Event{Action: "update", Subject: "organization", SubjectID: int64(t.ID), Name: t.Name,
		Binder: t.ID.Home(), Operation: op, Changes: log})
}

// droppedOf lists the domains of this source that the target does not get.
func (w *work) droppedOf(d *side) []string {
	var out []string
	for _, x := range w.plan.Domains {
		if x.Dropped && slices.Contains(d.domains, x.Domain) {
			out = append(out, x.Domain)
		}
	}
	return out
}

func (w *work) receipt(d *side, j journal, dropped []string) *tenon.Receipt {
	r := &tenon.Receipt{Binders: d.binders, Kept: map[tenon.OrgID]tenon.Values{d.org.ID: d.org.Values}}
	if len(w.plan.Sources) == 1 {
		r.Counts = w.plan.Counts
	}
	for _, name := range d.domains {
		if !slices.Contains(dropped, name) {
			r.Domains = append(r.Domains, name)
		}
	}
	for _, f := range w.plan.Fields {
		if slices.ContainsFunc(j.Fields, func(m operation.FieldMove) bool { return m.Name == f.Name }) && f.From == d.org.ID {
			r.Changed = append(r.Changed, f)
		}
	}
	if len(dropped) > 0 {
		r.Notes = append(r.Notes, tenon.Say("E-mail domains left out: %s.", tenon.ListOf(dropped)))
	}
	if j.Parent != nil {
		r.Notes = append(r.Notes, tenon.Say("%s took the parent of %s, which stood above it.", w.target.org.Name, d.org.Name))
	}
	r.Sentence = tenon.Say("%s was merged into %s.", d.org.Name, w.target.org.Name)
	return r
}

// settle derives anew what everybody concerned reaches.
func (w *work) settle(s *snapshot) error {
	users, err := w.tx.SystemPeopleOf(w.target.org.ID)
	if err != nil {
		return err
	}
	for _, p := range s.people {
		users = append(users, p.ID)
	}
	slices.Sort(users)
	return w.tx.RebuildReach(slices.Compact(users))
}

func (w *work) closeParent(op *tenon.Operation) error {
	op.Receipt = &tenon.Receipt{Counts: w.plan.Counts, Binders: w.binders, Children: w.children, Changed: w.changed, Sentence: op.Sentence()}
	return w.tx.FinishOperation(op, nil)
}

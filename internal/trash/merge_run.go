package trash

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// pairJournal is what the undo of merging two items needs.
type pairJournal struct {
	Source tenon.ItemID `json:"source"`
	Target tenon.ItemID `json:"target"`
	// Fields are those of the target that changed.
	Fields []operation.FieldMove `json:"fields,omitempty"`
	// Secrets are those that it took: the version that has what it had before,
	// and a fingerprint of what it has now.
	Secrets   []secretMove     `json:"secrets,omitempty"`
	Pointed   []cleared        `json:"pointed,omitempty"` // fields elsewhere that named the source
	Parts     []partMove       `json:"parts,omitempty"`
	Files     []int64          `json:"files,omitempty"`
	Relations []tenon.Relation `json:"relations,omitempty"` // as they were
	Dropped   []tenon.Relation `json:"dropped,omitempty"`
	Guests    []store.Guest    `json:"guests,omitempty"` // that the target became
	Only      *restrictionMove `json:"only,omitempty"`
	Links     []store.Link     `json:"links,omitempty"` // as they were
	Locations []tenon.OrgID    `json:"locations,omitempty"`
}

type secretMove struct {
	Field   string `json:"field"`
	Version int64  `json:"version"`
	Mark    string `json:"mark"`
}

type partMove struct {
	ID       int64 `json:"id"`
	Position int   `json:"position"`
}

type restrictionMove struct {
	Before []tenon.Subject `json:"before,omitempty"`
	After  []tenon.Subject `json:"after,omitempty"`
}

// pairWork is one run: what its steps share.
type pairWork struct {
	e  *Engine
	tx *store.Tx
	v  tenon.Viewer
	s  *pairSnapshot
	p  *tenon.Plan
	op *tenon.Operation
	j  pairJournal
}

// runMergeItems carries out a plan of merging two items.
func (e *Engine) runMergeItems(tx *store.Tx, v tenon.Viewer, confirmed *tenon.Plan) (*tenon.Operation, error) {
	if len(confirmed.Items) != 2 {
		return nil, tenon.FieldErrorf("items", "Name two items: the one that is merged away, and the one that receives.")
	}
	source, target := confirmed.Items[0].ID, confirmed.Items[1].ID
	if err := v.Need(tenon.MergeItems); err != nil {
		return nil, err
	}
	if err := lockItems(tx, request{ids: []tenon.ItemID{source, target}}); err != nil {
		return nil, err
	}
	s, err := readPair(tx, v, source, target, confirmed.Choices)
	if err != nil {
		return nil, err
	}
	p, err := planPair(s)
	if err != nil {
		return nil, err
	}
	if err := operation.Agree(confirmed, p); err != nil {
		return nil, err
	}
	w := &pairWork{e: e, tx: tx, v: v, s: s, p: p, j: pairJournal{Source: source, Target: target}}
	if w.op, err = operation.Start(tx, v, KindMergeItems); err != nil {
		return nil, err
	}
	i := s.target.item
	w.op.SourceID, w.op.SourceName = i.OrgID, i.OrgName
	w.op.Title = tenon.Say("%s was merged into %s", s.source.item.Name, i.Name)
	w.op.Fingerprint, w.op.Plan = p.Fingerprint, p
	w.op.Receipt = &tenon.Receipt{Counts: p.Counts, Sentence: w.op.Sentence()}
	for _, f := range p.Fields {
		if f.Choice != tenon.KeepTarget && !f.Equal {
			w.op.Receipt.Changed = append(w.op.Receipt.Changed, f)
		}
	}
	if err := tx.InsertOperation(w.op, nil); err != nil {
		return nil, err
	}
	for _, step := range []func() error{w.point, w.gather, w.parts, w.files, w.relations, w.guests, w.links, w.locations, w.secrets, w.target, w.source, w.restrict} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w.op, tx.FinishOperation(w.op, w.j)
}

func (w *pairWork) event(action string, changes ...tenon.Change) tenon.Event {
	return tenon.Event{Action: action, Operation: w.op.ID, Changes: changes}
}

// point makes what names the source name the target.
func (w *pairWork) point() error {
	from, to := w.j.Source, w.j.Target
	for _, n := range w.s.naming {
		if n.Record == from {
			continue
		}
		if n.Record == to { // it would name itself
			if swap(w.s.target.item, n.Field, from, 0) {
				w.j.Pointed = append(w.j.Pointed, cleared{n.Record, n.Field, 0})
			}
			continue
		}
		found, err := w.tx.SystemItems(n.Record)
		if err != nil {
			return err
		}
		if len(found) == 0 || !swap(found[0], n.Field, from, to) {
			continue
		}
		parts, err := w.tx.SystemParts(n.Record)
		if err != nil {
			return err
		}
		e := w.event("update", tenon.Change{Field: n.Field, Before: int64(from), After: int64(to)})
		if err := w.e.c.SaveItemIn(w.tx, w.v, found[0], parts[n.Record], e); err != nil {
			return err
		}
		w.j.Pointed = append(w.j.Pointed, cleared{n.Record, n.Field, to})
	}
	return nil
}

// gather files what hung on the source in the target's binder, where that is
// another one of the same organization.
func (w *pairWork) gather() error {
	return moveAll(w.e, w.tx, w.v, w.s.hanging, w.s.target.item.BinderID, w.op.ID)
}

func moveAll(e *Engine, tx *store.Tx, v tenon.Viewer, ids []tenon.ItemID, to tenon.BinderID, op tenon.OperationID) error {
	items, err := tx.SystemItems(ids...)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.BinderID == to {
			continue
		}
		event := tenon.Event{Action: "move", Operation: op, Changes: []tenon.Change{{Field: "binder_id", Before: int64(i.BinderID), After: int64(to)}}}
		i.Number = 0
		if err := e.c.MoveItemIn(tx, v, i, to, event); err != nil {
			return err
		}
	}
	return nil
}

// parts appends the source's lists to the target's.
func (w *pairWork) parts() error {
	next := map[string]int{}
	for _, p := range w.s.target.parts {
		next[p.Name] = max(next[p.Name], p.Position+1)
	}
	for _, p := range w.s.source.parts {
		if err := w.tx.SystemMovePart(p.ID, w.j.Source, w.j.Target, next[p.Name]); err != nil {
			return err
		}
		w.j.Parts = append(w.j.Parts, partMove{p.ID, p.Position})
		next[p.Name]++
	}
	return nil
}

func (w *pairWork) files() error {
	for _, f := range w.s.source.files {
		if err := w.tx.SystemMoveFile(f.ID, w.j.Source, w.j.Target); err != nil {
			return err
		}
		w.j.Files = append(w.j.Files, f.ID)
	}
	return nil
}

// relations ties to the target what was tied to the source. What would tie it
// to itself, or tie it twice, is left out, and comes back with an undo.
func (w *pairWork) relations() error {
	have := slices.Clone(w.s.target.ties)
	for _, r := range w.s.source.ties {
		now := repointed(r, w.j.Source, w.j.Target)
		same := func(x tenon.Relation) bool {
			return x.ID != r.ID && ((x.From == now.From && x.To == now.To && x.ToOrg == now.ToOrg) || (now.To != 0 && x.From == now.To && x.To == now.From))
		}
		if now.From == now.To || slices.ContainsFunc(have, same) {
			if err := w.tx.DeleteRelation(r.ID); err != nil {
				return err
			}
			w.j.Dropped = append(w.j.Dropped, r)
			continue
		}
		if err := w.tx.SystemRepointRelation(r, now); err != nil {
			return err
		}
		w.j.Relations = append(w.j.Relations, r)
		have = append(have, now)
	}
	return nil
}

func repointed(r tenon.Relation, from, to tenon.ItemID) tenon.Relation {
	if r.From == from {
		r.From = to
	}
	if r.To == from {
		r.To = to
	}
	return r
}

// guests makes the target a member of what the source was a member of.
func (w *pairWork) guests() error {
	if w.s.target.item.Kind != tenon.Contact {
		return nil
	}
	list, err := w.tx.SystemGuests(w.j.Source)
	if err != nil {
		return err
	}
	for _, g := range list {
		g.Person = w.j.Target
		added, err := w.tx.SystemAddGuest(g)
		if err != nil {
			return err
		}
		if added {
			w.j.Guests = append(w.j.Guests, g)
		}
	}
	return nil
}

// links gives the link that syncs to the target; the others become tombstones.
func (w *pairWork) links() error {
	for _, l := range w.s.source.links {
		var err error
		switch l.State {
		case store.LinkSyncing:
			err = w.tx.SystemRelink(l, w.j.Target)
		case store.LinkTombstone:
			continue
		default:
			err = w.tx.SetLinkState(l, store.LinkTombstone)
		}
		if err != nil {
			return err
		}
		w.j.Links = append(w.j.Links, l)
	}
	return nil
}

func (w *pairWork) locations() (err error) {
	if w.s.source.item.Kind == tenon.Location {
		w.j.Locations, err = w.tx.SystemSwapLocation(w.j.Source, w.j.Target)
	}
	return err
}

// secrets takes those that were chosen, sealed for their new place.
func (w *pairWork) secrets() error {
	sealed, err := w.tx.SystemSecrets(w.j.Source)
	if err != nil {
		return err
	}
	a, b := w.s.source.item, w.s.target.item
	for _, f := range w.p.Fields {
		s := sealed[f.Name]
		if f.Choice != tenon.TakeSource || s == nil || !slices.Contains(a.Secrets, f.Name) {
			continue
		}
		now, err := w.e.c.Reseal(secret.Place{Item: a.ID, Binder: a.BinderID, Field: f.Name}, secret.Place{Item: b.ID, Binder: b.BinderID, Field: f.Name}, s)
		if err != nil {
			return err
		}
		if err := w.tx.SetSecret(b.ID, f.Name, now); err != nil {
			return err
		}
		w.j.Secrets = append(w.j.Secrets, secretMove{f.Name, b.Version, mark(now)})
	}
	return nil
}

// mark is a fingerprint of a sealed value, by which an undo sees whether it is
// still the one that the merge put there.
func mark(sealed []byte) string {
	h := sha256.Sum256(sealed)
	return hex.EncodeToString(h[:])
}

// target writes what the target says by now.
func (w *pairWork) target() error {
	i := w.s.target.item
	var log []tenon.Change
	for _, f := range w.p.Fields {
		if f.Choice == tenon.KeepTarget || f.Equal {
			continue
		}
		if slices.ContainsFunc(w.j.Secrets, func(m secretMove) bool { return m.Field == f.Name }) {
			log = append(log, tenon.Change{Field: f.Name})
			continue
		}
		w.j.Fields = append(w.j.Fields, operation.FieldMove{Name: f.Name, Before: fieldOf(i, f.Name), After: f.Result})
		log = append(log, tenon.Change{Field: f.Name, Before: fieldOf(i, f.Name), After: f.Result})
		setField(i, f.Name, f.Result)
	}
	retitle(i)
	parts, err := w.tx.SystemParts(i.ID)
	if err != nil {
		return err
	}
	return w.e.c.SaveItemIn(w.tx, w.v, i, parts[i.ID], w.event("merge", append(log, tenon.Change{Field: "merged_from", After: int64(w.j.Source)})...))
}

// source puts the source away.
func (w *pairWork) source() error {
	i := w.s.source.item
	if err := w.e.c.SaveItemIn(w.tx, w.v, i, nil, w.event("merge", tenon.Change{Field: "merged_into", After: int64(w.j.Target)})); err != nil {
		return err
	}
	return w.tx.SystemMergeItem(i.ID, w.j.Target, w.op.ID)
}

// restrict closes the target as strictly as the stricter of the two, and what
// hangs on it with it.
func (w *pairWork) restrict() error {
	now := stricter(w.s.source.only, w.s.target.only)
	if slices.Equal(now, w.s.target.only) {
		return w.tx.SettleRestrictions(w.j.Source, w.j.Target)
	}
	w.j.Only = &restrictionMove{w.s.target.only, now}
	w.op.Receipt.Notes = append(w.op.Receipt.Notes, tenon.Say("%s is restricted as the stricter of the two was.", w.s.target.item.Name))
	if err := w.tx.SetRestrictions(w.j.Target, now); err != nil {
		return err
	}
	return w.tx.SettleRestrictions(w.j.Source, w.j.Target)
}

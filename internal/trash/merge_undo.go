package trash

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// checkUnmerge refuses in words what cannot be taken apart.
func checkUnmerge(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) error {
	if err := v.Need(tenon.MergeItems); err != nil {
		return err
	}
	var j pairJournal
	if err := tx.SystemJournal(op.ID, &j); err != nil {
		return err
	}
	found, err := tx.SystemItems(j.Source, j.Target)
	if err != nil {
		return err
	}
	if len(found) < 2 {
		return tenon.Errorf(tenon.Conflict, "One of the two was purged, so this can no longer be undone.")
	}
	into, by, err := tx.SystemMergeOf(j.Source)
	if err != nil {
		return err
	}
	if into != j.Target || by != op.ID {
		return tenon.Errorf(tenon.Conflict, "The first item is not merged away by this operation any more.")
	}
	if into, by, err = tx.SystemMergeOf(j.Target); err != nil {
		return err
	}
	switch {
	case into != 0:
		return tenon.Errorf(tenon.Conflict, "What received it was itself merged into another item (operation %d). Undo that first.", by)
	case by != 0:
		return tenon.Errorf(tenon.Conflict, "What received it is in the trash (operation %d). Restore it first.", by)
	}
	if err := fileable(tx, v, []tenon.BinderID{found[0].BinderID, found[1].BinderID}); err != nil {
		return err
	}
	if _, err := tx.GetItem(v, j.Target); err != nil {
		return tenon.Errorf(tenon.Forbidden, "You do not see what received it, so you may not undo this.")
	}
	return nil
}

// unpair takes two items apart.
type unpair struct {
	restoring
	e              *Engine
	j              pairJournal
	source, target *tenon.Item
}

func (e *Engine) undoMergeItems(tx *store.Tx, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	u := &unpair{e: e}
	if err := tx.SystemJournal(op.ID, &u.j); err != nil {
		return nil, err
	}
	if err := lockItems(tx, request{ids: []tenon.ItemID{u.j.Source, u.j.Target}}); err != nil {
		return nil, err
	}
	back, err := operation.StartUndo(tx, v, KindUndoMergeItems, op)
	if err != nil {
		return nil, err
	}
	u.restoring = restoring{tx: tx, v: v, back: back}
	if err := tx.SystemMergeItem(u.j.Source, 0, 0); err != nil {
		return nil, err
	}
	found, err := tx.SystemItems(u.j.Source, u.j.Target)
	if err != nil {
		return nil, err
	}
	u.source, u.target = found[0], found[1]
	if u.source.ID != u.j.Source {
		u.source, u.target = u.target, u.source
	}
	for _, step := range []func() error{u.point, u.hanging, u.members, u.fields, u.secrets, u.save, u.restrict} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := tx.MarkUndone(op.ID, back.ID); err != nil {
		return nil, err
	}
	back.Title = tenon.Say("%s was taken out of %s again", u.source.Name, u.target.Name)
	back.Receipt.Sentence = back.Sentence()
	return back, tx.FinishOperation(back, nil)
}

// point makes what the merge re-pointed name the source again, where it still
// names the target.
func (u *unpair) point() error {
	for _, c := range u.j.Pointed {
		if c.Item == u.target.ID {
			put(u.target, c.Field, u.j.Source)
			continue
		}
		found, err := u.tx.SystemItems(c.Item)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		i := found[0]
		if i.OrgID != u.source.OrgID || !swap(i, c.Field, u.j.Target, u.j.Source) {
			u.tell("%s was changed since and stays as it is.", i.Name)
			continue
		}
		parts, err := u.tx.SystemParts(i.ID)
		if err != nil {
			return err
		}
		e := tenon.Event{Action: "update", Operation: u.back.ID, Changes: []tenon.Change{{Field: c.Field, Before: int64(u.j.Target), After: int64(u.j.Source)}}}
		if err := u.e.c.SaveItemIn(u.tx, u.v, i, parts[i.ID], e); err != nil {
			return err
		}
	}
	return nil
}

// hanging gives back what hung on the source: items, parts, files, relations.
func (u *unpair) hanging() error {
	all, err := u.tx.HangingOn(u.j.Source)
	if err != nil {
		return err
	}
	if err := moveAll(u.e, u.tx, u.v, all[1:], u.source.BinderID, u.back.ID); err != nil {
		return err
	}
	for _, p := range u.j.Parts {
		if err := u.tx.SystemMovePart(p.ID, u.j.Target, u.j.Source, p.Position); err != nil {
			return err
		}
	}
	for _, f := range u.j.Files {
		if err := u.tx.SystemMoveFile(f, u.j.Target, u.j.Source); err != nil {
			return err
		}
	}
	for _, r := range u.j.Relations {
		if err := u.tx.SystemRepointRelation(repointed(r, u.j.Source, u.j.Target), r); err != nil {
			return err
		}
	}
	for _, r := range u.j.Dropped {
		if err := u.tx.SystemPutRelation(r); err != nil {
			return err
		}
	}
	return nil
}

// members gives back memberships, links and primary locations.
func (u *unpair) members() error {
	for _, g := range u.j.Guests {
		if err := u.tx.SystemRemoveGuest(g); err != nil {
			return err
		}
	}
	have, err := u.tx.SystemItemLinks(u.j.Target)
	if err != nil {
		return err
	}
	for _, l := range u.j.Links {
		if l.State != store.LinkSyncing {
			if err := u.tx.RestoreLink(l); err != nil {
				return err
			}
			continue
		}
		// Whatever its state is by now: it is the source's link.
		if slices.ContainsFunc(have, func(x store.Link) bool {
			return x.Connection == l.Connection && x.Kind == l.Kind && x.External == l.External
		}) {
			if err := u.tx.SystemRelink(l, u.j.Source); err != nil {
				return err
			}
		}
	}
	if len(u.j.Locations) > 0 && u.source.OrgID == u.target.OrgID {
		_, err := u.tx.SystemSwapLocation(u.j.Target, u.j.Source)
		return err
	}
	return nil
}

// fields puts back what the merge changed, where it is still as it left it.
func (u *unpair) fields() error {
	for _, m := range u.j.Fields {
		f := &tagsField
		if m.Name != tagsField.Name {
			f = u.target.Kind.Info().Fields.Field(m.Name)
		}
		if f == nil {
			continue
		}
		before, still, err := m.Back(f, fieldOf(u.target, m.Name))
		if err != nil {
			return err
		}
		if !still {
			u.tell("%s of %s was changed since and stays.", tenon.Say(f.Label), u.target.Name)
			continue
		}
		setField(u.target, m.Name, before)
	}
	retitle(u.target)
	return nil
}

// secrets puts back those that the target had, from the version that it had
// then, where it still has those that it took.
func (u *unpair) secrets() error {
	now, err := u.tx.SystemSecrets(u.j.Target)
	if err != nil {
		return err
	}
	for _, m := range u.j.Secrets {
		if mark(now[m.Field]) != m.Mark {
			u.tell("A secret of %s was changed since and stays.", u.target.Name)
			continue
		}
		old, binder, err := u.tx.RevisionSecrets(int64(u.j.Target), m.Version)
		if err != nil {
			return err
		}
		sealed := old[m.Field]
		if sealed != nil && binder != u.target.BinderID {
			sealed, err = u.e.c.Reseal(secret.Place{Item: u.j.Target, Binder: binder, Field: m.Field},
				secret.Place{Item: u.j.Target, Binder: u.target.BinderID, Field: m.Field}, sealed)
			if err != nil {
				return err
			}
		}
		if err := u.tx.SetSecret(u.j.Target, m.Field, sealed); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpair) save() error {
	parts, err := u.tx.SystemParts(u.j.Source, u.j.Target)
	if err != nil {
		return err
	}
	for _, i := range []*tenon.Item{u.target, u.source} {
		e := tenon.Event{Action: "undo merge", Operation: u.back.ID}
		if i == u.source {
			e.Changes = []tenon.Change{{Field: "merged_into", Before: int64(u.j.Target)}}
		}
		if err := u.e.c.SaveItemIn(u.tx, u.v, i, parts[i.ID], e); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpair) restrict() error {
	if o := u.j.Only; o != nil {
		now, err := u.tx.ListRestrictions(u.j.Target)
		if err != nil {
			return err
		}
		if slices.Equal(now, o.After) {
			if err := u.tx.SetRestrictions(u.j.Target, o.Before); err != nil {
				return err
			}
		} else {
			u.tell("The restriction of %s was changed since and stays.", u.target.Name)
		}
	}
	return u.tx.SettleRestrictions(u.j.Source, u.j.Target)
}

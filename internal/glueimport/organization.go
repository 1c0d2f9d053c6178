package glueimport

import (
	"context"
	"math"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// copyOrganizations files organizations, as yet without their parents.
func copyOrganizations(ctx context.Context, w *working, s *step) error {
	return w.pages(ctx, s.name, s.query, func(ctx context.Context, a *answer) error {
		return w.chunk(ctx, s.name, func(tx *store.Tx, c *chunk) error {
			w.at.Last = a.last()
			return w.takeOrganizations(tx, c, a.Data)
		})
	})
}

// chunk runs fn in a transaction and keeps what it did. The cursor is as it
// was where the transaction is not committed.
func (w *working) chunk(ctx context.Context, resource string, fn func(tx *store.Tx, c *chunk) error) error {
	at := w.at
	err := w.e.st.Write(ctx, func(tx *store.Tx) error {
		w.at = at
		c := &chunk{Resource: resource}
		if err := fn(tx, c); err != nil {
			return err
		}
		return w.note(tx, c)
	})
	if err != nil {
		w.at = at
	}
	return err
}

func (w *working) takeOrganizations(tx *store.Tx, c *chunk, list []record) error {
	want := wants{}
	names := []string{}
	for i := range list {
		want.add(c.Resource, list[i].id("parent-id"))
		want.fields(tenon.OrganizationFields, &list[i])
		names = append(names, textkey.Fold(list[i].text("name")))
	}
	known, err := w.known(tx, want)
	if err != nil {
		return err
	}
	before, err := tx.SystemCopyTies(w.j.Source, c.Resource, ids(list))
	if err != nil {
		return err
	}
	here, err := w.namesakes(tx, names)
	if err != nil {
		return err
	}
	var made []store.CopyTie
	for i := range list {
		r := &list[i]
		t := &taken{from: r, values: tenon.Values{}}
		t.fill(tenon.OrganizationFields, r, known)
		tie, was := before[r.ID]
		if parent := known[c.Resource][r.id("parent-id")]; was && parent != 0 {
			t.values["parent_id"] = parent
		}
		w.at.Done++
		next, err := w.organization(tx, c, t, tie, was, here)
		if operation.Fatal(err) {
			return err
		}
		if err != nil {
			c.Problems = append(c.Problems, Problem{c.Resource, r.ID, r.name(), tenon.MessageOf(err)})
			w.at.Counts.Failed++
			continue
		}
		if next != nil {
			made = append(made, *next)
		}
	}
	return tx.PutCopyTies(w.j.Source, c.Resource, made)
}

// namesakes are organizations that were here before and that nothing of this
// source is tied to, by folded name; one that was merged away means its target.
func (w *working) namesakes(tx *store.Tx, names []string) (map[string]tenon.OrgID, error) {
	found, err := tx.ImportCandidates(w.v, names, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	out := map[string]tenon.OrgID{}
	for _, n := range found {
		id := n.ID
		if n.State == tenon.Merged {
			id = n.MergedInto
		}
		if _, ok := out[n.Key]; !ok && !n.Former {
			out[n.Key] = id
		}
	}
	return out, nil
}

// organization files one organization, or brings it up to date. It returns the
// tie to be written, nil for none.
func (w *working) organization(tx *store.Tx, c *chunk, t *taken, tie store.CopyTie, was bool, here map[string]tenon.OrgID) (*store.CopyTie, error) {
	hash := t.from.hash()
	if was {
		return w.organizationAgain(tx, c, t, tie, hash)
	}
	key := textkey.Fold(t.from.text("name"))
	if id, ok := here[key]; ok {
		taken, err := tx.SystemTiedTo(w.j.Source, c.Resource, int64(id))
		if err != nil {
			return nil, err
		}
		if !taken {
			w.at.Counts.Unchanged++
			return &store.CopyTie{External: t.from.ID, Local: int64(id), Hash: hash}, nil
		}
	}
	var o *tenon.Organization
	err := t.attempt(tenon.OrganizationFields, func() (err error) {
		o, err = w.e.c.CreateOrganizationIn(tx, w.v, core.OrganizationChange{Values: t.values})
		return err
	})
	if err != nil {
		return nil, err
	}
	c.Created = append(c.Created, int64(o.ID))
	w.at.Counts.Created++
	w.lost(c, t)
	return &store.CopyTie{External: t.from.ID, Local: int64(o.ID), Hash: hash, Version: o.Version}, nil
}

// lost says which values of a record were not taken as they were.
func (w *working) lost(c *chunk, t *taken) {
	for _, words := range append(slices.Clone(t.lost), t.told...) {
		c.Problems = append(c.Problems, Problem{c.Resource, t.from.ID, t.from.name(), words})
	}
}

// organizationAgain brings an organization up to date that came before: what
// was changed, deleted or merged away here stays as it is here.
func (w *working) organizationAgain(tx *store.Tx, c *chunk, t *taken, tie store.CopyTie, hash string) (*store.CopyTie, error) {
	if tie.Hash == hash {
		w.at.Counts.Unchanged++
		return nil, nil
	}
	o, err := tx.GetOrganization(w.v, tenon.OrgID(tie.Local))
	if err != nil && tenon.CodeOf(err) != tenon.NotFound {
		return nil, err
	}
	if err != nil || o.State != tenon.Live || tie.Version != o.Version {
		w.at.Counts.Skipped++
		return nil, nil
	}
	changed := false
	err = t.attempt(tenon.OrganizationFields, func() error {
		now, did, err := w.e.c.UpdateOrganizationIn(tx, w.v, tenon.OrgID(tie.Local), core.OrganizationChange{Values: t.values})
		if err == nil {
			o, changed = now, did
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	w.counted(changed)
	w.lost(c, t)
	return &store.CopyTie{External: t.from.ID, Local: int64(o.ID), Hash: hash, Version: o.Version}, nil
}

func (w *working) counted(changed bool) {
	if changed {
		w.at.Counts.Updated++
	} else {
		w.at.Counts.Unchanged++
	}
}

// copyParents hangs organizations below their parents, when all are there.
// What hangs elsewhere here by now stays there.
func copyParents(ctx context.Context, w *working, s *step) error {
	return w.pages(ctx, s.name, nil, func(ctx context.Context, a *answer) error {
		return w.chunk(ctx, s.name, func(tx *store.Tx, c *chunk) error { return w.takeParents(tx, c, a.Data) })
	})
}

func (w *working) takeParents(tx *store.Tx, c *chunk, list []record) error {
	want := wants{}
	for i := range list {
		if parent := list[i].id("parent-id"); parent != "" {
			want.add(c.Resource, parent)
			want.add(c.Resource, list[i].ID)
		}
	}
	found, err := tx.SystemCopyTies(w.j.Source, c.Resource, want.list(c.Resource))
	if err != nil {
		return err
	}
	var made []store.CopyTie
	for i := range list {
		r := &list[i]
		child, parent := found[r.ID], found[r.id("parent-id")]
		if child.Local == 0 || parent.Local == 0 || child.Version != 1 {
			continue // a version above says that it was hung up by an earlier copy, or changed here
		}
		o, changed, err := w.e.c.UpdateOrganizationIn(tx, w.v, tenon.OrgID(child.Local), core.OrganizationChange{Values: tenon.Values{"parent_id": parent.Local}})
		if operation.Fatal(err) {
			return err
		}
		if err != nil {
			c.Problems = append(c.Problems, Problem{c.Resource, r.ID, r.name(), "Parent: " + tenon.MessageOf(err)})
			continue
		}
		if changed {
			child.Version = o.Version
			made = append(made, child)
		}
	}
	return tx.PutCopyTies(w.j.Source, c.Resource, made)
}

package core

import (
	"bytes"
	"context"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Revisions returns one page of what an item was, the newest first.
func (c *Core) Revisions(ctx context.Context, v tenon.Viewer, item tenon.ItemID, p tenon.Page) (page []tenon.Revision, next string, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		i, err := tx.GetItem(v, item)
		if err != nil {
			return err
		}
		info := i.Kind.Info()
		if hasDrafts(info) && !v.May(tenon.EditItems) {
			return tenon.Errorf(tenon.Forbidden, "The history of %s has drafts in it, so only people who may edit it see it.", i.Name)
		}
		page, next, err = tx.ListRevisions(int64(item), info.Fields, info.Parts, p)
		return err
	})
	return page, next, err
}

// Revision returns what an item was at a version.
func (c *Core) Revision(ctx context.Context, v tenon.Viewer, item tenon.ItemID, version int64) (*tenon.Revision, error) {
	var out *tenon.Revision
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		i, err := tx.GetItem(v, item)
		if err != nil {
			return err
		}
		info := i.Kind.Info()
		if hasDrafts(info) && !v.May(tenon.EditItems) {
			return tenon.Errorf(tenon.Forbidden, "The history of %s has drafts in it, so only people who may edit it see it.", i.Name)
		}
		out, err = tx.GetRevision(int64(item), version, info.Fields, info.Parts)
		return err
	})
	return out, err
}

// OrganizationRevision returns what an organization said about itself at a
// version, to those who may see its history.
func (c *Core) OrganizationRevision(ctx context.Context, v tenon.Viewer, org tenon.OrgID, version int64) (*tenon.Revision, error) {
	var out *tenon.Revision
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		if err := mayReadHistory(tx, v, org); err != nil {
			return err
		}
		var err error
		out, err = tx.GetRevision(int64(org), version, tenon.OrganizationFields, nil)
		return err
	})
	return out, err
}

// mayReadHistory asks for the home of the organization: its history is that.
func mayReadHistory(tx *store.Tx, v tenon.Viewer, org tenon.OrgID) error {
	o, err := tx.GetOrganization(v, org)
	if err != nil {
		return err
	}
	if o.State != tenon.Merged && !slices.Contains(o.Binders, org.Home()) {
		return tenon.Errorf(tenon.Forbidden, "You reach only a part of %s, so you may not see its history.", o.Name)
	}
	return nil
}

// OrganizationRevisions returns one page of what an organization said about
// itself, the newest first, for a viewer who reaches its home.
func (c *Core) OrganizationRevisions(ctx context.Context, v tenon.Viewer, org tenon.OrgID, p tenon.Page) (page []tenon.Revision, next string, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		if err := mayReadHistory(tx, v, org); err != nil {
			return err
		}
		var err error
		page, next, err = tx.ListRevisions(int64(org), tenon.OrganizationFields, nil, p)
		return err
	})
	return page, next, err
}

// RestoreRevision makes an item what it was at a version: values, tags, lists
// and secrets, as a new version. Lists that only grow stay as they are, and so
// does what a field names where the old reference no longer holds.
func (c *Core) RestoreRevision(ctx context.Context, v tenon.Viewer, item tenon.ItemID, version int64) (*tenon.Item, error) {
	var out *tenon.Item
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		e, err := c.open(tx, v, item, ItemChange{})
		if err != nil {
			return err
		}
		r, err := tx.GetRevision(int64(item), version, e.info.Fields, e.info.Parts)
		if err != nil {
			return err
		}
		e.restoring, e.in = true, asChange(e.info, r)
		out, err = e.restore(version)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// asChange is the change that makes an item what the revision says.
func asChange(info *tenon.KindInfo, r *tenon.Revision) ItemChange {
	in := ItemChange{Values: restored(info.Fields, r.Values), Tags: &r.Tags, Parts: map[string][]tenon.Values{}}
	for i := range info.Parts {
		p := &info.Parts[i]
		if p.Append {
			continue
		}
		in.Parts[p.Plural] = []tenon.Values{}
		for _, old := range r.Parts[p.Name] {
			in.Parts[p.Plural] = append(in.Parts[p.Plural], old.Values)
		}
	}
	return in
}

// restored is the change that makes a record say what it said: fields that
// were empty are cleared.
func restored(schema tenon.Schema, old tenon.Values) tenon.Values {
	out := tenon.Values{}
	for i := range schema {
		if f := &schema[i]; !f.ReadOnly && f.Type != tenon.Secret {
			out[f.Name] = old[f.Name]
		}
	}
	return out
}

// restore is update with the sealed values of the revision.
func (e *edit) restore(version int64) (*tenon.Item, error) {
	if err := e.applyValues(); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	if err := e.restoreSecrets(version); err != nil {
		return nil, err
	}
	if e.unchanged() {
		return e.was, nil
	}
	if err := e.tx.UpdateItem(e.item, e.parts); err != nil {
		return nil, err
	}
	return e.item, e.finish("restore version")
}

// restoreSecrets takes the sealed values that the revision keeps. They are
// bound to the binder the item was in then; where it has moved since they are
// sealed anew.
func (e *edit) restoreSecrets(version int64) error {
	if !e.hasVault() {
		return nil
	}
	old, binder, err := e.tx.RevisionSecrets(int64(e.item.ID), version)
	if err != nil {
		return err
	}
	for field := range e.wasSealed {
		if old[field] == nil {
			e.setSealed(field, nil)
		}
	}
	for field, sealed := range old {
		if bytes.Equal(sealed, e.wasSealed[field]) {
			continue
		}
		if binder != e.item.BinderID {
			if e.c.keys == nil {
				return errNoKeys()
			}
			place := secret.Place{Item: e.item.ID, Binder: binder, Field: field}
			now := place
			now.Binder = e.item.BinderID
			if sealed, err = e.c.keys.Rebind(place, now, sealed); err != nil {
				return &tenon.Error{Code: tenon.Internal, Message: "A secret of that version cannot be opened: it is damaged, or its key is missing.", Err: err}
			}
		}
		e.setSealed(field, sealed)
	}
	return nil
}

// RestoreOrganizationRevision makes an organization say what it said at a
// version, e-mail domains included, as a new version.
func (c *Core) RestoreOrganizationRevision(ctx context.Context, v tenon.Viewer, org tenon.OrgID, version int64) (*tenon.Organization, error) {
	var out *tenon.Organization
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		if _, err := EditableOrganization(tx, v, org); err != nil {
			return err
		}
		r, err := tx.GetRevision(int64(org), version, tenon.OrganizationFields, nil)
		if err != nil {
			return err
		}
		out, _, err = c.UpdateOrganizationIn(tx, v, org, OrganizationChange{Values: restored(tenon.OrganizationFields, r.Values), Domains: &r.Domains})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

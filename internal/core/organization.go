package core

import (
	"context"
	"reflect"
	"slices"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// OrganizationChange is what somebody wants an organization to be. Values
// left out stay; a nil value clears.
type OrganizationChange struct {
	Values tenon.Values
	// NewRows names rows to add to the look-up lists of fields, as in ItemChange.
	NewRows map[string]string
	// Domains replaces the e-mail domains, where it is not nil.
	Domains *[]string
	// Version is the version the change was made from; 0 takes the present one.
	Version int64
}

// Organization returns one organization by exactly this id, in any state but purged.
func (c *Core) Organization(ctx context.Context, v tenon.Viewer, id tenon.OrgID) (*tenon.Organization, error) {
	var o *tenon.Organization
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		o, err = tx.GetOrganization(v, id)
		return err
	})
	return o, err
}

// Organizations returns one page of organizations and the cursor of the next.
func (c *Core) Organizations(ctx context.Context, v tenon.Viewer, q store.OrgQuery) (page []*tenon.Organization, next string, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListOrganizations(v, q)
		return err
	})
	return page, next, err
}

// CreateOrganization files a new organization with its home binder.
func (c *Core) CreateOrganization(ctx context.Context, v tenon.Viewer, in OrganizationChange) (*tenon.Organization, error) {
	var o *tenon.Organization
	err := c.st.WriteLittle(ctx, func(tx *store.Tx) (err error) {
		o, err = c.CreateOrganizationIn(tx, v, in)
		return err
	})
	return o, err
}

// CreateOrganizationIn is CreateOrganization inside the caller's transaction.
func (c *Core) CreateOrganizationIn(tx *store.Tx, v tenon.Viewer, in OrganizationChange) (*tenon.Organization, error) {
	if err := v.Need(tenon.CreateOrgs); err != nil {
		return nil, err
	}
	if !v.Everywhere {
		return nil, tenon.Errorf(tenon.Forbidden, "Only people who reach every organization may create one. Ask an administrator.")
	}
	var err error
	if in.Values, err = c.addRows(tx, v, tenon.OrganizationFields, in.Values, in.NewRows); err != nil {
		return nil, err
	}
	values, changed, err := tenon.OrganizationFields.Apply(tenon.Values{}, clean(tenon.OrganizationFields, in.Values))
	if err != nil {
		return nil, err
	}
	o := &tenon.Organization{Name: values.Text("name"), Values: values}
	if err := c.checkOrganization(tx, v, o, changed); err != nil {
		return nil, err
	}
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	o.ID = tenon.OrgID(id)
	if err := tx.InsertOrganization(o); err != nil {
		return nil, err
	}
	if err := c.saveDomains(tx, o, in.Domains); err != nil {
		return nil, err
	}
	o.Binders = []tenon.BinderID{o.ID.Home()}
	if err := KeepOrganization(tx, v, o); err != nil {
		return nil, err
	}
	return o, tx.Record(v, tenon.Event{Action: "create", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(),
		Changes: changes(tenon.OrganizationFields, changed, tenon.Values{}, values)})
}

// UpdateOrganization changes a live organization. A change that changes
// nothing writes nothing.
func (c *Core) UpdateOrganization(ctx context.Context, v tenon.Viewer, id tenon.OrgID, in OrganizationChange) (*tenon.Organization, error) {
	var o *tenon.Organization
	err := c.st.WriteLittle(ctx, func(tx *store.Tx) (err error) {
		o, _, err = c.UpdateOrganizationIn(tx, v, id, in)
		return err
	})
	return o, err
}

// UpdateOrganizationIn is UpdateOrganization inside the caller's transaction;
// it also tells whether anything changed.
func (c *Core) UpdateOrganizationIn(tx *store.Tx, v tenon.Viewer, id tenon.OrgID, in OrganizationChange) (*tenon.Organization, bool, error) {
	return c.EditOrganizationIn(tx, v, id, in, 0)
}

// EditOrganizationIn is UpdateOrganizationIn as a part of an operation, which
// the log names.
func (c *Core) EditOrganizationIn(tx *store.Tx, v tenon.Viewer, id tenon.OrgID, in OrganizationChange, op tenon.OperationID) (*tenon.Organization, bool, error) {
	if err := v.Need(tenon.EditOrgs); err != nil {
		return nil, false, err
	}
	o, err := EditableOrganization(tx, v, id)
	if err != nil {
		return nil, false, err
	}
	if in.Version != 0 && in.Version != o.Version {
		return nil, false, tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed. Look at the newer version and try again.", o.Name)
	}
	if in.Values, err = c.addRows(tx, v, tenon.OrganizationFields, in.Values, in.NewRows); err != nil {
		return nil, false, err
	}
	before := o.Values
	values, changed, err := tenon.OrganizationFields.Apply(before, clean(tenon.OrganizationFields, in.Values))
	if err != nil {
		return nil, false, err
	}
	o.Values, o.Name = values, values.Text("name")
	if err := c.checkOrganization(tx, v, o, changed); err != nil {
		return nil, false, err
	}
	// The id of a parent that was merged away may mean the one that is there. The
	// stored reference stays then, or undoing that merge would not bring it back.
	changed = slices.DeleteFunc(changed, func(name string) bool { return reflect.DeepEqual(values[name], before[name]) })
	if err := refuseSynced(v, before.Text("name"), tenon.OrganizationFields, changed, func() (string, error) { return SyncsOrganization(tx, o) }); err != nil {
		return nil, false, err
	}
	if in.Domains != nil {
		// A name that is no domain has no key, and would pass as no change.
		if err := checkDomains(*in.Domains); err != nil {
			return nil, false, err
		}
	}
	sameDomains := in.Domains == nil || slices.Equal(sortedDomains(*in.Domains), o.Domains)
	if len(changed) == 0 && sameDomains {
		return o, false, nil
	}
	if old := before.Text("name"); old != o.Name && textkey.Fold(old) != textkey.Fold(o.Name) {
		if err := tx.AddAlias(store.AliasName, old, id.Home()); err != nil {
			return nil, false, err
		}
	}
	if err := tx.UpdateOrganization(o, !slices.Contains(changed, "parent_id")); err != nil {
		return nil, false, err
	}
	log := changes(tenon.OrganizationFields, changed, before, values)
	if !sameDomains {
		log = append(log, tenon.Change{Field: "domains", Before: o.Domains, After: *in.Domains})
		if err := c.saveDomains(tx, o, in.Domains); err != nil {
			return nil, false, err
		}
	}
	if err := KeepOrganization(tx, v, o); err != nil {
		return nil, false, err
	}
	return o, true, tx.Record(v, tenon.Event{Action: "update", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(), Operation: op, Changes: log})
}

// EditableOrganization returns the live organization under exactly this id,
// for a viewer who reaches its home. One that was merged away is refused and
// the error names the target; one in the trash is refused.
func EditableOrganization(tx *store.Tx, v tenon.Viewer, id tenon.OrgID) (*tenon.Organization, error) {
	o, err := tx.GetOrganization(v, id)
	if err != nil {
		return nil, err
	}
	if err := RequireLive(tx, v, o); err != nil {
		return nil, err
	}
	if !slices.Contains(o.Binders, id.Home()) {
		return nil, tenon.Errorf(tenon.Forbidden, "You reach only a part of %s, so you may not change it.", o.Name)
	}
	return o, nil
}

// RequireLive refuses an organization that is merged away or in the trash, in words.
func RequireLive(tx *store.Tx, v tenon.Viewer, o *tenon.Organization) error {
	switch o.State {
	case tenon.Merged:
		target, err := tx.Owner(o.ID.Home())
		if err != nil {
			return err
		}
		e := tenon.Errorf(tenon.Conflict, "%s was merged into organization %s. Nothing was changed. Use that one.", o.Name, target)
		if t, err := tx.GetOrganization(v, target); err == nil {
			e = tenon.Errorf(tenon.Conflict, "%s was merged into %s (%s). Nothing was changed. Use that one.", o.Name, t.Name, t.ID)
		}
		e.Target = target
		return e
	case tenon.Trashed:
		return tenon.Errorf(tenon.Conflict, "%s is in the trash. Nothing was changed. Restore it first.", o.Name)
	}
	return nil
}

// checkOrganization holds the changed fields to what the database knows.
// References to organizations are resolved to who owns them now.
func (c *Core) checkOrganization(tx *store.Tx, v tenon.Viewer, o *tenon.Organization, changed []string) error {
	for _, name := range changed {
		x, ok := o.Values[name].(int64)
		if !ok {
			continue
		}
		f := tenon.OrganizationFields.Field(name)
		switch f.Type {
		case tenon.Lookup:
			if err := checkLookup(tx, f, x); err != nil {
				return err
			}
		case tenon.OrgRef:
			parent, err := c.checkParent(tx, v, o, tenon.OrgID(x))
			if err != nil {
				return err
			}
			o.Values[name] = int64(parent)
		case tenon.Ref:
			if err := checkPrimaryLocation(tx, v, o, tenon.ItemID(x)); err != nil {
				return err
			}
		}
	}
	if slices.Contains(changed, "external_id") {
		return checkExternalID(tx, o)
	}
	return nil
}

func checkLookup(tx *store.Tx, f *tenon.Field, id int64) error {
	l, err := tx.GetLookup(tenon.LookupID(id))
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && l.List != f.List) {
		return tenon.FieldErrorf(f.Name, "%s: there is no entry %d in that list.", f.Label, id).Naming()
	}
	return err
}

// checkParent keeps the tree a forest of limited depth.
func (c *Core) checkParent(tx *store.Tx, v tenon.Viewer, o *tenon.Organization, ref tenon.OrgID) (tenon.OrgID, error) {
	parent, err := tx.ResolveOrganization(v, ref)
	if err != nil {
		return 0, tenon.FieldErrorf("parent_id", "Parent organization: there is no organization %d.", ref).Naming()
	}
	if err := tx.LockStructure(); err != nil {
		return 0, err
	}
	p, err := tx.GetOrganization(v, parent)
	if err != nil {
		return 0, err
	}
	if p.State != tenon.Live {
		return 0, tenon.FieldErrorf("parent_id", "%s is not live, so it cannot be a parent.", p.Name)
	}
	if parent == o.ID {
		return 0, tenon.FieldErrorf("parent_id", "An organization cannot be its own parent.")
	}
	up, err := tx.SystemAncestors(parent)
	if err != nil {
		return 0, err
	}
	if slices.Contains(up, o.ID) {
		return 0, tenon.FieldErrorf("parent_id", "%s is below %s, so it cannot be its parent.", p.Name, o.Name)
	}
	height := 1
	if o.ID != 0 {
		if height, err = TreeHeight(tx, o.ID); err != nil {
			return 0, err
		}
	}
	if len(up)+1+height > tenon.MaxDepth {
		return 0, tenon.FieldErrorf("parent_id", "Organizations may be nested %d deep at most.", tenon.MaxDepth)
	}
	return parent, nil
}

func checkPrimaryLocation(tx *store.Tx, v tenon.Viewer, o *tenon.Organization, id tenon.ItemID) error {
	i, err := tx.GetItem(v, id)
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && (i.Kind != tenon.Location || i.OrgID != o.ID)) {
		return tenon.FieldErrorf("primary_location_id", "Primary location: %d is not a location of %s.", id, o.Name)
	}
	return err
}

// checkExternalID keeps external ids unique among live organizations.
func checkExternalID(tx *store.Tx, o *tenon.Organization) error {
	if o.Values.Text("external_id") == "" {
		return nil
	}
	if err := tx.LockStructure(); err != nil {
		return err
	}
	other, err := sharesExternalID(tx, o)
	if err != nil || other == 0 {
		return err
	}
	return tenon.FieldErrorf("external_id", "The external id %s is taken by another organization (%s).", strconv.Quote(o.Values.Text("external_id")), other)
}

// sharesExternalID returns another live organization with the external id of
// this one; 0 where there is none.
func sharesExternalID(tx *store.Tx, o *tenon.Organization) (tenon.OrgID, error) {
	id := o.Values.Text("external_id")
	if id == "" {
		return 0, nil
	}
	found, _, err := tx.ListOrganizations(tenon.SystemViewer(), store.OrgQuery{Field: "external_id", Key: textkey.Fold(id), Page: tenon.Page{Limit: 2}})
	if err != nil {
		return 0, err
	}
	for _, other := range found {
		if other.ID != o.ID {
			return other.ID, nil
		}
	}
	return 0, nil
}

// sortedDomains folds, sorts and de-duplicates domains as they are stored.
func sortedDomains(in []string) []string {
	out := make([]string, 0, len(in))
	for _, d := range in {
		if key, ok := textkey.DomainKey(d); ok {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *Core) saveDomains(tx *store.Tx, o *tenon.Organization, domains *[]string) error {
	if domains == nil {
		return nil
	}
	if err := checkDomains(*domains); err != nil {
		return err
	}
	o.Domains = sortedDomains(*domains)
	return tx.SetDomains(o.ID, o.Domains)
}

// KeepOrganization saves the revision of what an organization says now.
func KeepOrganization(tx *store.Tx, v tenon.Viewer, o *tenon.Organization) error {
	return tx.InsertRevision(v, store.Snapshot{Record: int64(o.ID), Binder: o.ID.Home(), Version: o.Version, Name: o.Name, Values: o.Values, Domains: o.Domains})
}

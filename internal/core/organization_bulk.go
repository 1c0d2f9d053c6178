package core

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// CreateOrganizationsIn is CreateOrganizationIn for many, in the caller's
// transaction. What is wrong with one of them stands in problems at its place,
// and the organization there is nil; the others are created. An error means
// that nothing may be committed.
//
// The rules, the rows written and the events are those of one organization.
// Only the statements are fewer: some 20 for a thousand.
func (c *Core) CreateOrganizationsIn(tx *store.Tx, v tenon.Viewer, in []OrganizationChange) (orgs []*tenon.Organization, problems []error, err error) {
	orgs, problems = make([]*tenon.Organization, len(in)), make([]error, len(in))
	if err := v.Need(tenon.CreateOrgs); err != nil {
		return nil, nil, err
	}
	if !v.Everywhere {
		return nil, nil, tenon.Errorf(tenon.Forbidden, "Only people who reach every organization may create one. Ask an administrator.")
	}
	known := map[tenon.LookupID]bool{}
	external, err := takenExternalIDs(tx, in)
	if err != nil {
		return nil, nil, err
	}
	log := make([][]tenon.Change, len(in))
	var good []*tenon.Organization
	for i := range in {
		o, changed, err := c.newOrganization(tx, v, in[i], known, external)
		if isOurs(err) {
			return nil, nil, err
		}
		if problems[i] = err; err != nil {
			continue
		}
		orgs[i] = o
		good = append(good, o)
		log[i] = changes(tenon.OrganizationFields, changed, tenon.Values{}, o.Values)
	}
	ids, err := tx.NewIDs(len(good))
	if err != nil {
		return nil, nil, err
	}
	for i, o := range good {
		o.ID = tenon.OrgID(ids[i])
		o.Binders = []tenon.BinderID{o.ID.Home()}
	}
	if err := tx.InsertOrganizations(good); err != nil {
		return nil, nil, err
	}
	snapshots := make([]store.Snapshot, 0, len(good))
	events := make([]tenon.Event, 0, len(good))
	for i, o := range orgs {
		if o == nil {
			continue
		}
		snapshots = append(snapshots, store.Snapshot{Record: int64(o.ID), Binder: o.ID.Home(), Version: 1, Name: o.Name, Values: o.Values, Domains: o.Domains})
		events = append(events, tenon.Event{Action: "create", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(), Changes: log[i]})
	}
	if err := tx.InsertRevisions(v, snapshots); err != nil {
		return nil, nil, err
	}
	return orgs, problems, tx.RecordAll(v, events)
}

// newOrganization holds one change to the rules and returns what it comes to.
// What was found out for the ones before it is remembered in known (look-up
// rows that exist) and external (external ids taken).
func (c *Core) newOrganization(tx *store.Tx, v tenon.Viewer, in OrganizationChange, known map[tenon.LookupID]bool, external map[string]bool) (*tenon.Organization, []string, error) {
	values, changed, err := tenon.OrganizationFields.Apply(tenon.Values{}, clean(tenon.OrganizationFields, in.Values))
	if err != nil {
		return nil, nil, err
	}
	o := &tenon.Organization{Name: values.Text("name"), Values: values}
	open := slices.DeleteFunc(slices.Clone(changed), func(name string) bool {
		f := tenon.OrganizationFields.Field(name)
		return name == "external_id" || (f.Type == tenon.Lookup && known[tenon.LookupID(values.ID(name))])
	})
	if err := c.checkOrganization(tx, v, o, open); err != nil {
		return nil, nil, err
	}
	for _, name := range open {
		if tenon.OrganizationFields.Field(name).Type == tenon.Lookup {
			known[tenon.LookupID(values.ID(name))] = true
		}
	}
	if id := textkey.Fold(values.Text("external_id")); id != "" {
		if external[id] {
			return nil, nil, tenon.FieldErrorf("external_id", "The external id %q is taken by another organization.", values.Text("external_id"))
		}
		external[id] = true
	}
	if in.Domains != nil {
		if err := checkDomains(*in.Domains); err != nil {
			return nil, nil, err
		}
		o.Domains = sortedDomains(*in.Domains)
	}
	return o, changed, nil
}

// takenExternalIDs returns those of the external ids that a live organization
// has, folded, and keeps others from taking them until the transaction ends.
func takenExternalIDs(tx *store.Tx, in []OrganizationChange) (map[string]bool, error) {
	taken := map[string]bool{}
	var keys []string
	for i := range in {
		if s, ok := in[i].Values["external_id"].(string); ok {
			if key := textkey.Fold(s); key != "" {
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return taken, nil
	}
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	found, err := tx.ImportByExternalID(tenon.SystemViewer(), keys, tenon.MaxID)
	for _, n := range found {
		if n.State == tenon.Live {
			taken[n.Key] = true
		}
	}
	return taken, err
}

// isOurs tells an error of the database from one that is about the record.
func isOurs(err error) bool {
	switch tenon.CodeOf(err) {
	case tenon.Internal, tenon.Unavailable, tenon.Busy:
		return true
	}
	return false
}

func checkDomains(domains []string) error {
	for _, d := range domains {
		if _, ok := textkey.DomainKey(d); !ok {
			return tenon.FieldErrorf("domains", "%q is not a domain.", d)
		}
	}
	if len(domains) > 1000 {
		return tenon.FieldErrorf("domains", "An organization may have 1,000 e-mail domains at most.")
	}
	return nil
}

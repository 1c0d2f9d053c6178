package itglue

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func organizations() *resource {
	return &resource{
		path: "organizations", label: "Organization", schema: tenon.OrganizationFields,
		about: "Clients, prospects, vendors and the account's own organization.",
		verbs: canAll, src: organizationSource{}, prepare: prepareOrganizations,
		attrs: []attribute{
			must(text, "name"), rw(text, "alert"), rw(text, "description"), rw(text, "quick-notes"), rw(text, "short-name"),
			rw(id, "organization-type-id"), named("organization-type-name", "organization_type_id"),
			rw(id, "organization-status-id"), named("organization-status-name", "organization_status_id"),
			made(flag, "primary", func(_ *view, r *record) any { return r.org().Primary }),
			made(text, "logo", func(v *view, r *record) any {
				if r.values.Text("logo") == "" {
					return nil
				}
				return v.r.s.url() + "/organizations/" + r.org().ID.String() + "/logo"
			}),
			rw(id, "parent-id"),
			made(list, "ancestor-ids", func(v *view, r *record) any { return v.extra[r.id] }),
			none(id, "my-glue-account-id"),
			made(text, "psa-integration", psaIntegration),
			made(moment, "created-at", createdAt), made(moment, "updated-at", updatedAt),
		},
		filters: filters(
			by(id, "id"), by(text, "name"), by(id, "organization_type_id", "organization_status_id"),
			between(moment, "created_at", "updated_at"),
			[]filter{{name: "my_glue_account_id", form: id, span: true, read: nothingMatches}},
			psaFilters(), by(id, "group_id"), by(flag, "primary"),
			without(id, "id"), without(text, "name"), without(id, "organization_type_id", "organization_status_id"),
		),
		sorts:    sorts("name", "id", "updated_at", "organization_status_name", "organization_type_name", "created_at", "short_name"),
		first:    "id",
		includes: []include{{name: "adapters_resources"}, {name: "attachments", path: "attachments", load: attachmentsOfOrganizations}, {name: "rmm_companies"}},
	}
}

func (r *record) org() *tenon.Organization { return r.of.(*tenon.Organization) }

func createdAt(_ *view, r *record) any { return r.created }
func updatedAt(_ *view, r *record) any { return r.updated }

// psaIntegration is set on what a connection keeps in step.
func psaIntegration(v *view, r *record) any {
	if v.synced[r.id] {
		return "enabled"
	}
	return nil
}

// nothingMatches is the filter by something that no record of ours has.
func nothingMatches(*request, string) ([]filterMatch, error) {
	return []filterMatch{{Field: "id", Values: []any{}}}, nil
}

// psaFilters find a record by its id in the PSA.
func psaFilters() []filter {
	return []filter{
		{name: "psa_id", column: "external_id", form: text},
		{name: "psa_integration_type", form: text, read: ofIntegration},
	}
}

// ofIntegration narrows a list to the records of one sort of integration. It
// stands beside psa_id, and finds nothing alone until connections are there.
func ofIntegration(r *request, _ string) ([]filterMatch, error) {
	if r.params["filter[psa_id]"] != "" {
		return nil, nil
	}
	return []filterMatch{{Field: "id", Values: []any{}}}, nil
}

func organizationRecord(o *tenon.Organization) record {
	return record{id: int64(o.ID), values: o.Values, created: o.CreatedAt, updated: o.UpdatedAt, of: o}
}

// prepareOrganizations loads ancestors and which of them sync.
func prepareOrganizations(v *view, of []record) error {
	var binders []tenon.BinderID
	var under []tenon.OrgID
	for i := range of {
		binders = append(binders, of[i].org().Binders...)
		if of[i].values.ID("parent_id") != 0 {
			under = append(under, of[i].org().ID)
		}
	}
	if v.r.fresh && len(under) == 0 {
		return nil
	}
	return v.r.read(func(tx *store.Tx) error {
		var err error
		if v.synced, err = tx.SyncingOrganizations(binders); err != nil {
			return err
		}
		if len(under) == 0 {
			return nil
		}
		above, err := tx.SystemAncestorsOf(under)
		if err != nil {
			return err
		}
		for _, id := range under {
			up := above[id]
			slices.Reverse(up) // the root first
			ids := make([]any, len(up))
			for i, a := range up {
				ids[i] = int64(a)
			}
			v.extra[int64(id)] = ids
		}
		return nil
	})
}

// organizationSource stands behind organizations.
type organizationSource struct{}

func (organizationSource) list(r *request, q store.Slice) (out []record, total int64, err error) {
	var orgs []*tenon.Organization
	err = r.read(func(tx *store.Tx) (err error) {
		orgs, total, err = tx.SliceOrganizations(r.viewer, q)
		return err
	})
	for _, o := range orgs {
		out = append(out, organizationRecord(o))
	}
	return out, total, err
}

// get refuses what is not live: one that was merged away names the one that
// answers for it.
func (s organizationSource) get(r *request, ids []int64) ([]record, error) {
	if len(ids) > 1 { // one by one only where one of them is not there, to say why
		if found, absent, err := together(r, s, ids); err != nil || absent < 0 {
			return found, err
		}
	}
	out := make([]record, 0, len(ids))
	err := r.read(func(tx *store.Tx) error {
		out = out[:0]
		for _, n := range ids {
			o, err := tx.GetOrganization(r.viewer, tenon.OrgID(n))
			if err == nil {
				err = core.RequireLive(tx, r.viewer, o)
			}
			if err != nil {
				return goneAs404(err)
			}
			out = append(out, organizationRecord(o))
		}
		return nil
	})
	return out, err
}

// goneAs404 makes of a record in the trash one that is not there.
func goneAs404(err error) error {
	if e, ok := err.(*tenon.Error); ok && e.Code == tenon.Conflict && e.Target == 0 {
		return tenon.Errorf(tenon.NotFound, "%s", e.Message)
	}
	return err
}

func (s organizationSource) create(r *request, in []change) ([]int64, error) {
	made, err := s.make(r, in)
	ids := make([]int64, len(made))
	for i := range made {
		ids[i] = made[i].id
	}
	return ids, err
}

func (organizationSource) make(r *request, in []change) ([]record, error) {
	res := r.s.resources["organizations"]
	out := make([]record, len(in))
	err := r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		o, err := r.s.core.CreateOrganizationIn(tx, r.viewer, core.OrganizationChange{Values: res.values(in[i])})
		if err == nil {
			out[i] = organizationRecord(o)
		}
		return err
	})
	return out, err
}

func (organizationSource) update(r *request, in []change) error {
	res := r.s.resources["organizations"]
	return r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		_, _, err := r.s.core.UpdateOrganizationIn(tx, r.viewer, tenon.OrgID(in[i].id), core.OrganizationChange{Values: res.values(in[i])})
		return err
	})
}

// remove marks organizations as deleted, with those below them. What they hold
// goes later, as the trash does.
func (organizationSource) remove(r *request, ids []int64) error {
	orgs := make([]tenon.OrgID, len(ids))
	for i, n := range ids {
		orgs[i] = tenon.OrgID(n)
	}
	plan, err := r.s.trash.PlanDelete(r.Context(), r.viewer, orgs)
	if err == nil {
		_, err = r.s.trash.Run(r.Context(), r.viewer, plan)
	}
	return err
}

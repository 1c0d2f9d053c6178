package api

import (
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

func organizationJSON(o *tenon.Organization) object {
	out := object{
		{"id", o.ID}, {"name", o.Name}, {"state", o.State}, {"merged_into", orNull(o.MergedInto)},
		{"parent_id", orNull(o.ParentID)}, {"parent_name", orNull(o.ParentName)}, {"primary", o.Primary},
	}
	out = out.fields(tenon.OrganizationFields, o.Values, "name", "parent_id")
	return append(out, object{
		{"domains", some(o.Domains)}, {"version", o.Version}, {"created_at", at(o.CreatedAt)}, {"updated_at", at(o.UpdatedAt)},
	}...)
}

func organizationChange(r *request) (in core.OrganizationChange, err error) {
	m, err := httpkit.ParseObject(r.body)
	if err != nil {
		return in, err
	}
	if in.Version, err = takeVersion(m, r); err != nil {
		return in, err
	}
	if in.Domains, err = takeStrings(m, "domains"); err != nil {
		return in, err
	}
	in.Values = m
	return in, writable(tenon.OrganizationFields, m)
}

func (s *server) organizationList(r *request) (answer, error) {
	q, err := organizationQuery(r)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Organizations(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, organizationJSON)
}

func organizationQuery(r *request) (q store.OrgQuery, err error) {
	q = store.OrgQuery{Name: r.query["name"], Search: r.query["search"], State: tenon.OrgState(r.query["state"])}
	switch q.State {
	case "", tenon.Live, tenon.Trashed, tenon.Merged:
	default:
		return q, tenon.FieldErrorf("state", "state must be live, trashed or merged.")
	}
	if q.Page, err = r.page(); err != nil {
		return q, err
	}
	if q.IDs, err = ids[tenon.OrgID](r, "id"); err != nil {
		return q, err
	}
	if q.Type, err = ids[tenon.LookupID](r, "type"); err != nil {
		return q, err
	}
	if q.Status, err = ids[tenon.LookupID](r, "status"); err != nil {
		return q, err
	}
	if q.Parent, err = oneID[tenon.OrgID](r, "parent"); err != nil {
		return q, err
	}
	for name, field := range map[string]string{"short_name": "short_name", "external_id": "external_id", "tag": "tags"} {
		text, sent := r.query[name]
		switch {
		case !sent:
		case q.Field != "":
			return q, tenon.FieldErrorf(name, "Filter by one of short_name, external_id and tag at a time.")
		default:
			q.Field, q.Key = field, textkey.Fold(text)
		}
	}
	return q, nil
}

// organizationGet answers also for an id that was merged away, and says which
// organization answers for it now.
func (s *server) organizationGet(r *request) (answer, error) {
	var o *tenon.Organization
	err := s.read(r, func(tx *store.Tx) (err error) {
		if o, err = tx.GetOrganization(r.viewer, tenon.OrgID(r.id("organization"))); err != nil || o.State != tenon.Merged {
			return err
		}
		o.MergedInto, err = tx.Owner(o.ID.Home())
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return ok(organizationJSON(o))
}

func (s *server) organizationCreate(r *request) (answer, error) {
	in, err := organizationChange(r)
	if err != nil {
		return answer{}, err
	}
	o, err := s.core.CreateOrganization(r.Context(), r.viewer, in)
	if err != nil {
		return answer{}, err
	}
	return s.organizationAgain(r, o.ID, http.StatusCreated)
}

func (s *server) organizationUpdate(r *request) (answer, error) {
	in, err := organizationChange(r)
	if err != nil {
		return answer{}, err
	}
	o, err := s.core.UpdateOrganization(r.Context(), r.viewer, tenon.OrgID(r.id("organization")), in)
	if err != nil {
		return answer{}, err
	}
	return s.organizationAgain(r, o.ID, http.StatusOK)
}

// organizationAgain reads what was written, so that the answer has the bytes,
// and the entity tag, of the next read.
func (s *server) organizationAgain(r *request, id tenon.OrgID, status int) (answer, error) {
	o, err := s.core.Organization(r.Context(), r.viewer, id)
	if err != nil {
		return answer{}, err
	}
	if status == http.StatusCreated {
		return created("organizations", int64(id), organizationJSON(o))
	}
	return ok(organizationJSON(o))
}

package api

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

type expirationJSON struct {
	ID               int64  `json:"id"`
	OrganizationID   int64  `json:"organization_id"`
	OrganizationName string `json:"organization_name"`
	ItemID           int64  `json:"item_id"`
	ItemName         string `json:"item_name"`
	Kind             string `json:"kind"`
	Type             string `json:"type"`
	Field            string `json:"field"`
	Description      string `json:"description"`
	ExpiresOn        string `json:"expires_on"`
	Archived         bool   `json:"archived"`
}

func encodeExpiration(e tenon.Expiration) expirationJSON {
	return expirationJSON{
		ID: int64(e.ID), OrganizationID: int64(e.OrgID), OrganizationName: e.OrgName, ItemID: int64(e.Item), ItemName: e.Name,
		Kind: e.Kind.String(), Type: e.TypeName, Field: e.Field, Description: e.Label, ExpiresOn: e.On, Archived: e.Archived,
	}
}

var expirationParams = params(paging, sorting("date, id"), []param{
	{"id", "ids, with commas between"}, {"item", "ids of items, with commas between"}, {"kind", "kinds of items, with commas between"},
	{"type", "id of a flexible asset type"}, {"from", "on or after this date, such as 2026-11-30"}, {"to", "on or before this date"}, {"archived", "true or false"},
})

func (s *server) expirationList(r *request) (answer, error) {
	q, err := expirationQuery(r)
	if err != nil {
		return answer{}, err
	}
	if q.Org, err = oneID[tenon.OrgID](r, "organization"); err != nil {
		return answer{}, err
	}
	return s.expirations(r, q)
}

func (s *server) organizationExpirations(r *request) (answer, error) {
	q, err := expirationQuery(r)
	if err != nil {
		return answer{}, err
	}
	if q.Org = tenon.OrgID(r.id("organization")); q.Org == 0 {
		return answer{}, tenon.Errorf(tenon.NotFound, "There is no organization %s.", r.PathValue("organization"))
	}
	return s.expirations(r, q)
}

func (s *server) expirations(r *request, q store.ExpirationQuery) (answer, error) {
	page, next, err := s.core.Expirations(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeExpiration)
}

func (s *server) expirationGet(r *request) (answer, error) {
	e, err := s.core.Expiration(r.Context(), r.viewer, tenon.ExpirationID(r.id("expiration")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeExpiration(*e))
}

func expirationQuery(r *request) (q store.ExpirationQuery, err error) {
	q = store.ExpirationQuery{From: r.query["from"], To: r.query["to"]}
	if q.Page, err = r.page(); err != nil {
		return q, err
	}
	if q.IDs, err = ids[tenon.ExpirationID](r, "id"); err != nil {
		return q, err
	}
	if q.Items, err = ids[tenon.ItemID](r, "item"); err != nil {
		return q, err
	}
	if q.Type, err = oneID[tenon.FlexTypeID](r, "type"); err != nil {
		return q, err
	}
	if q.Archived, err = r.flag("archived"); err != nil {
		return q, err
	}
	if text, sent := r.query["kind"]; sent {
		for _, name := range strings.Split(text, ",") {
			k := tenon.KindNamed(strings.TrimSpace(name))
			if k == 0 {
				return q, tenon.FieldErrorf("kind", "There is no kind of record %q.", name)
			}
			q.Kinds = append(q.Kinds, k)
		}
	}
	return q, nil
}

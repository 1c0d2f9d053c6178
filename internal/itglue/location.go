package itglue

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func locations() *resource {
	return &resource{
		path: "locations", label: "Location", schema: tenon.Location.Info().Fields,
		about: "Places of organizations.",
		verbs: canAll, src: itemSource{kind: tenon.Location, then: makePrimary}, parents: underOrganization(canAll), prepare: prepareLocations,
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			must(text, "name"),
			{name: "primary", form: flag, write: true, get: func(v *view, r *record) any { return v.extra[r.id] != nil }},
			rw(text, "address-1"), rw(text, "address-2"), rw(text, "city"), rw(text, "postal-code"),
			rw(id, "region-id"), named("region-name", "region_id"), rw(id, "country-id"), named("country-name", "country_id"),
			rw(text, "phone"), rw(text, "fax"),
			made(text, "formatted-phone", func(_ *view, r *record) any { return r.values.Text("phone") }),
			made(text, "formatted-fax", func(_ *view, r *record) any { return r.values.Text("fax") }),
			rw(text, "notes"),
		}, timeAttrs()),
		filters: filters(
			by(id, "id"), by(text, "name", "city"), by(id, "region_id", "country_id", "organization_id"), psaFilters(),
			without(id, "id"), without(text, "name"), between(moment, "created_at", "updated_at"),
		),
		sorts: sorts("name", "id", "created_at", "updated_at"), first: "id",
		includes: itemIncludes(),
	}
}

// makePrimary makes a location the primary one of its organization, for who may
// change the organization. It is so until another is: false says nothing.
func makePrimary(tx *store.Tx, r *request, in *change, item *tenon.Item) error {
	var primary bool
	to := reader{in: *in}
	to.flag("primary", &primary)
	if to.err != nil || !primary || r.viewer.Need(tenon.EditOrgs) != nil {
		return to.err
	}
	_, _, err := r.s.core.UpdateOrganizationIn(tx, r.viewer, item.OrgID, core.OrganizationChange{Values: tenon.Values{"primary_location_id": int64(item.ID)}})
	return err
}

// prepareLocations marks those that are the primary one of their organization.
func prepareLocations(v *view, of []record) error {
	if err := prepareItems(v, of); err != nil {
		return err
	}
	ids := make([]tenon.ItemID, len(of))
	for i := range of {
		ids[i] = of[i].item().ID
	}
	return v.r.read(func(tx *store.Tx) error {
		primary, err := tx.PrimaryLocations(v.r.viewer, ids)
		for _, n := range primary {
			v.extra[int64(n)] = true
		}
		return err
	})
}

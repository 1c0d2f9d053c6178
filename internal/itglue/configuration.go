package itglue

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func configurations() *resource {
	return &resource{
		path: "configurations", label: "Configuration", schema: tenon.Configuration.Info().Fields,
		about: "Devices and other things that are configured.",
		verbs: canAll, src: itemSource{kind: tenon.Configuration, finish: finishConfiguration}, parents: underOrganization(canAll),
		prepare: prepareConfigurations, children: map[string]string{"interfaces": "configuration_interfaces"},
		attrs: attrs(organizationAttrs(), []attribute{
			made(text, "organization-short-name", func(v *view, r *record) any { return v.shorts[int64(r.item().OrgID)] }),
		}, itemAttrs(), []attribute{
			must(text, "name"), rw(text, "hostname"), rw(text, "primary-ip"), rw(text, "mac-address"), rw(text, "default-gateway"),
			rw(text, "serial-number"), rw(text, "asset-tag"), rw(text, "position"), rw(text, "installed-by"), rw(text, "purchased-by"),
			rw(text, "notes"), rw(text, "operating-system-notes"),
			day("warranty-expires-at"), day("installed-at"), day("purchased-at"),
			must(id, "configuration-type-id"), named("configuration-type-name", "configuration_type_id"), none(text, "configuration-type-kind"),
			rw(id, "configuration-status-id"), named("configuration-status-name", "configuration_status_id"),
			rw(id, "manufacturer-id"), named("manufacturer-name", "manufacturer_id"),
			rw(id, "model-id"), named("model-name", "model_id"),
			rw(id, "operating-system-id"), named("operating-system-name", "operating_system_id"),
			rw(id, "location-id"), named("location-name", "location_id"),
			rw(id, "contact-id"), named("contact-name", "contact_id"), archivedAttr(),
		}, timeAttrs()),
		filters: filters(
			by(id, "id"), by(text, "name"), by(id, "organization_id", "configuration_type_id", "configuration_status_id", "contact_id"),
			by(text, "serial_number", "mac_address", "asset_tag"), psaFilters(),
			[]filter{{name: "rmm_id", form: text, column: "external_id"}, {name: "rmm_integration_type", form: text, read: ofRMM}},
			by(flag, "archived"), without(id, "id"), without(text, "name"), between(moment, "created_at", "updated_at"),
		),
		sorts: sorts("name", "id", "created_at", "updated_at"), first: "id",
		includes: append(itemIncludes("active_network_glue_network_devices", "from_configuration_connections", "to_configuration_connections",
			"rmm_adapters_resources", "rmm_adapters_resources_errors", "rmm_records", "tickets"),
			include{name: "configuration_interfaces", path: "configuration_interfaces", load: partsOf("interface"), always: true}),
	}
}

// ofRMM is ofIntegration for an RMM.
func ofRMM(r *request, text string) ([]filterMatch, error) {
	if r.params["filter[rmm_id]"] != "" {
		return nil, nil
	}
	return ofIntegration(r, text)
}

// day is a date that may be sent with a time behind it.
func day(name string) attribute {
	a := rw(date, name)
	a.read = dayOf
	return a
}

// dayOf leaves of a day with a time behind it the day. What the time says is not
// looked at: scripts that write times by a pattern get some of it wrong.
func dayOf(x any) any {
	s, ok := x.(string)
	if !ok || len(s) <= len(time.DateOnly) || (s[len(time.DateOnly)] != ' ' && s[len(time.DateOnly)] != 'T') {
		return x
	}
	if _, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)]); err != nil {
		return x
	}
	return s[:len(time.DateOnly)]
}

// finishConfiguration adds the interfaces that are created with it.
func finishConfiguration(_ *store.Tx, r *request, in *change, to *core.ItemChange) error {
	sent, ok := in.children["configuration_interfaces"]
	if !ok || in.id != 0 {
		return nil
	}
	res := r.s.resources["configuration_interfaces"]
	parts := make([]tenon.Values, len(sent))
	for i := range sent {
		parts[i] = res.values(sent[i])
	}
	to.Parts = map[string][]tenon.Values{"interfaces": parts}
	return nil
}

// prepareConfigurations adds the short names of their organizations.
func prepareConfigurations(v *view, of []record) error {
	if err := prepareItems(v, of); err != nil {
		return err
	}
	var ids []tenon.OrgID
	for i := range of {
		if n := of[i].item().OrgID; n != tenon.SystemOrg {
			ids = append(ids, n)
		}
	}
	return v.r.read(func(tx *store.Tx) (err error) {
		v.shorts, err = tx.OrganizationShortNames(v.r.viewer, ids)
		return err
	})
}

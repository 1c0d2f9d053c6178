package itglue

import (
	"github.com/tenonhq/tenon"
)

func contacts() *resource {
	return &resource{
		path: "contacts", label: "Contact", schema: tenon.Contact.Info().Fields,
		about: "People at organizations.",
		verbs: canAll, src: itemSource{kind: tenon.Contact}, parents: underOrganization(canAll), prepare: prepareItems,
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			must(text, "first-name"), rw(text, "last-name"),
			made(text, "name", func(_ *view, r *record) any { return r.item().Name }),
			rw(text, "title"), rw(id, "contact-type-id"), named("contact-type-name", "contact_type_id"),
			rw(id, "location-id"), named("location-name", "location_id"), rw(flag, "important"), rw(text, "notes"),
			addresses("contact-emails", "emails", false), addresses("contact-phones", "phones", true),
		}, timeAttrs()),
		filters: filters(
			by(id, "id"), by(text, "first_name", "last_name", "title"), by(id, "contact_type_id"), by(flag, "important"),
			[]filter{{name: "primary_email", column: "primary_email", form: text}, {name: "name", column: "name", form: text}},
			by(id, "organization_id"), psaFilters(), by(flag, "archived"), without(id, "id"), between(moment, "created_at", "updated_at"),
		),
		sorts: sorts("first_name", "last_name", "id", "created_at", "updated_at", "name"), first: "id",
		includes: append(itemIncludes("distinct_remote_contacts", "resource_fields", "tickets"), include{name: "location", path: "locations", load: itemIn("location_id")}),
	}
}

// addresses are e-mail addresses or phone numbers, in this API's words.
func addresses(name, field string, phones bool) attribute {
	return attribute{name: name, form: list, field: field, write: true, read: readAddresses, get: func(_ *view, r *record) any {
		out := []any{}
		for _, a := range r.values.Addresses(field) {
			one := members{{"value", a.Value}, {"primary", a.Primary}, {"label-name", shaped(text, a.Label)}}
			if phones {
				one = append(one, members{{"formatted-value", a.Value}, {"extension", shaped(text, a.Extension)}}...)
			}
			out = append(out, one)
		}
		return out
	}}
}

// readAddresses turns this API's words for an address into ours.
func readAddresses(x any) any {
	if one, single := x.(map[string]any); single { // a list of one, as some languages unwrap it
		x = []any{one}
	}
	sent, ok := x.([]any)
	if !ok {
		return x
	}
	out := make([]any, 0, len(sent))
	for _, y := range sent {
		one, ok := y.(map[string]any)
		if !ok {
			out = append(out, y)
			continue
		}
		a := map[string]any{}
		for name, z := range one {
			switch snake(name) {
			case "value", "extension":
				if z != nil {
					a[snake(name)] = z
				}
			case "primary":
				f := tenon.Field{Name: "primary", Label: "Primary", Type: tenon.Bool}
				if b, err := f.Clean(z); err == nil {
					z = b == true
				}
				a["primary"] = z
			case "label_name", "label":
				if z != nil {
					a["label"] = z
				}
			}
		}
		out = append(out, a)
	}
	return out
}

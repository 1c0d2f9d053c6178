package itglue

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

func domains() *resource {
	return &resource{
		path: "domains", label: "Domain", schema: tenon.Domain.Info().Fields, about: "Internet domains of organizations.",
		verbs: readOnly, parents: underOrganization(readOnly), prepare: prepareItems, src: itemSource{kind: tenon.Domain},
		attrs: attrs(organizationAttrs(), []attribute{
			made(text, "resource-url", func(v *view, r *record) any { return v.r.s.url() + "/items/" + r.item().ID.String() }),
			ro(text, "name"), none(text, "screenshot"), ro(text, "registrar-name"), ro(text, "notes"), ro(date, "expires-on"),
		}, timeAttrs()),
		filters: filters(by(id, "id", "organization_id"), by(text, "name")),
		sorts:   sorts("created_at", "updated_at", "id", "name"), first: "id",
		includes: itemIncludes(),
	}
}

func sslCertificates() *resource {
	return &resource{
		path: "ssl_certificates", label: "SSL certificate", schema: tenon.SSLCertificate.Info().Fields, about: "Certificates of the hosts of organizations.",
		verbs: readOnly, parents: underOrganization(readOnly), prepare: prepareItems, src: itemSource{kind: tenon.SSLCertificate},
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			ro(text, "name"), ro(text, "issuer"), ro(text, "serial-number"), ro(date, "valid-from"), ro(date, "expires-on"), ro(text, "notes"), archivedAttr(),
		}, timeAttrs()),
		filters: filters(by(id, "id", "organization_id"), by(text, "name")),
		sorts:   sorts("created_at", "updated_at", "id", "name"), first: "id",
		includes: itemIncludes(),
	}
}

func checklists() *resource {
	return &resource{
		path: "checklists", label: "Checklist", schema: tenon.Checklist.Info().Fields, about: "Lists of what is to be done.",
		verbs: canAll &^ canCreate, parents: underOrganization(canAll &^ canCreate), prepare: prepareItems, src: itemSource{kind: tenon.Checklist},
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			must(text, "name"), rw(text, "description"), rw(flag, "completed"), dateOnly("due-date", "due_on"),
			rw(id, "assignee-id"), named("assignee-name", "assignee_id"), rw(id, "resource-id"), archivedAttr(),
		}, timeAttrs()),
		filters:  filters(by(id, "id", "organization_id"), by(text, "name"), by(flag, "completed")),
		sorts:    sorts("completed", "created_at", "updated_at", "id", "name"),
		first:    "id",
		includes: append(itemIncludes(), include{name: "checklist_tasks", path: "checklist_tasks", load: partsOf("task")}),
	}
}

func dateOnly(name, field string) attribute {
	a := day(name)
	a.field = field
	return a
}

// checklistTasks are read with include=checklist_tasks, and as lists of their own.
func checklistTasks() *resource {
	return &resource{
		path: "checklist_tasks", label: "Checklist task", schema: tenon.Checklist.Info().Part("task").Fields, about: "What is to be done.",
		verbs: readOnly, src: partSource{kind: tenon.Checklist, part: "task", path: "checklist_tasks", item: "checklist_id"},
		filters: filters(by(id, "id"), []filter{{name: "checklist_id", column: "item_id", form: id}}),
		sorts:   map[string]string{"sort": "position", "id": "id", "created_at": "created_at", "updated_at": "updated_at"}, first: "id",
		attrs: attrs([]attribute{
			made(id, "checklist-id", func(_ *view, r *record) any { return int64(r.part().Item) }), ro(text, "name"), ro(flag, "completed"),
			ro(moment, "completed-at"), ro(id, "assignee-id"), named("assignee-name", "assignee_id"),
			{name: "due-date", form: date, field: "due_on"}, ro(text, "notes"),
			made(number, "sort", func(_ *view, r *record) any { return int64(r.part().Position + 1) }),
		}, timeAttrs()),
	}
}

func expirations() *resource {
	e := func(r *record) *tenon.Expiration { return r.of.(*tenon.Expiration) }
	return &resource{
		path: "expirations", label: "Expiration", about: "Dates on which something ends: warranties, domains, certificates, dates of flexible assets.",
		verbs: readOnly, parents: underOrganization(readOnly), src: expirationSource{},
		attrs: []attribute{
			made(id, "organization-id", func(_ *view, r *record) any { return int64(e(r).OrgID) }),
			made(text, "organization-name", func(_ *view, r *record) any { return e(r).OrgName }),
			made(id, "resource-id", func(_ *view, r *record) any { return int64(e(r).Item) }),
			made(text, "resource-name", func(_ *view, r *record) any { return e(r).Name }),
			made(text, "resource-url", func(v *view, r *record) any { return v.r.s.url() + "/items/" + e(r).Item.String() }),
			made(text, "resource-type-name", func(_ *view, r *record) any { return e(r).TypeName }),
			made(text, "resource-attribute-name", func(_ *view, r *record) any { return e(r).Label }),
			made(text, "description", func(_ *view, r *record) any { return e(r).Label }),
			made(date, "expiration-date", func(_ *view, r *record) any { return e(r).On }),
		},
		filters: filters(
			by(id, "id", "resource_id", "organization_id"), by(text, "resource_name", "description"), between(date, "expiration_date"),
			[]filter{{name: "resource_type_name", column: "resource_type_name", form: text, read: ofTypeNamed}},
		),
		sorts: sorts("id", "organization_id", "expiration_date", "resource_id", "resource_name", "resource_type_name", "description"), first: "id",
	}
}

// ofTypeNamed finds a kind by any of the words for it, "SslCertificate" too,
// and a flexible asset type by its name.
func ofTypeNamed(_ *request, s string) ([]filterMatch, error) {
	f := filter{name: "resource_type_name", column: "resource_type_name", form: text}
	m, err := f.readValues(s)
	if err != nil {
		return nil, err
	}
	for _, w := range words(s) {
		if kind := kindNamed(w); kind != 0 {
			m[0].Values = append(m[0].Values, kind.Info().Label)
		}
	}
	return m, nil
}

// expirationSource stands behind expirations.
type expirationSource struct{}

func (expirationSource) list(r *request, q store.Slice) (out []record, total int64, err error) {
	err = r.read(func(tx *store.Tx) error {
		out = nil
		found, n, err := tx.SliceExpirations(r.viewer, q)
		for i := range found {
			out = append(out, record{id: int64(found[i].ID), of: &found[i]})
		}
		total = n
		return err
	})
	return out, total, err
}

func (s expirationSource) get(r *request, ids []int64) ([]record, error) {
	var out []record
	for _, n := range ids {
		e, err := r.s.core.Expiration(r.Context(), r.viewer, tenon.ExpirationID(n))
		if tenon.CodeOf(err) == tenon.NotFound {
			err = missing(r.s.resources["expirations"], n)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, record{id: n, of: e})
	}
	return out, nil
}

func (expirationSource) create(*request, []change) ([]int64, error) { return nil, errReadOnly() }
func (expirationSource) update(*request, []change) error            { return errReadOnly() }
func (expirationSource) remove(*request, []int64) error             { return errReadOnly() }

func errReadOnly() error { return tenon.Errorf(tenon.Forbidden, "These records are only read here.") }

package gluetest

// entry is a resource of the reference. Its lists are words with spaces
// between, as the reference has them.
//
// An attribute ends with its type: # number, ! flag, @ instant, % day, [] list,
// {} object, none for text; ? in front of that says that the sample may have none.
// A filter is asked with the value of the sample's attribute of that name, and
// with another; name=value/other names both, name:- has nothing that it could find,
// name:self asks for just this value, where it would be a range.
type entry struct {
	path   string
	at     string // address of the list, where it is not the path
	nested string // parent whose relationships have it, too
	// verbs: List, Get, Create, Update one, Many updated, Delete one, X for deleting many.
	verbs, under string
	attrs        string
	filters      string
	sorts        string
	includes     string
	related      string // relationships that every single one has
	base         string // query that its lists need
	make         func(w *world, n int) map[string]any
	change       string // attribute that an update changes; "name" if left out
}

const (
	rights  = " authorized_users group_resource_accesses user_resource_accesses"
	filed   = "organization-id# organization-name "
	shown   = filed + "resource-url restricted! my-glue! "
	times   = " created-at@ updated-at@"
	oneAll  = "LGCUMDX"
	lookup  = "LGCUM"
	byTimes = " created_at updated_at"
)

// reference is the published reference, in an order in which each can be made
// with those before it.
var reference = []entry{
	{path: "organization_types", verbs: lookup, attrs: "name synced!" + times, filters: "name", sorts: "name id" + byTimes, make: named("Type")},
	{path: "organization_statuses", verbs: lookup, attrs: "name synced!" + times, filters: "name", sorts: "name id" + byTimes, make: named("Status")},
	{path: "organizations", verbs: oneAll,
		attrs: "name alert description quick-notes short-name organization-type-id# organization-type-name organization-status-id# organization-status-name primary! logo? " +
			"parent-id?# ancestor-ids[] my-glue-account-id?# psa-integration?" + times,
		filters: "id name organization_type_id organization_status_id created_at updated_at my_glue_account_id:- psa_id:- psa_integration_type:- group_id:- primary " +
			"exclude[id] exclude[name] exclude[organization_type_id] exclude[organization_status_id] range[my_glue_account_id]:-",
		sorts:    "name id updated_at organization_status_name organization_type_name created_at short_name my_glue_account_id",
		includes: "adapters_resources attachments rmm_companies",
		make: func(w *world, n int) map[string]any {
			return w.with(n, "name alert description quick-notes short-name", "organization-type-id organization_types", "organization-status-id organization_statuses")
		}},
	{path: "countries", verbs: "LG", attrs: "name iso" + times, filters: "name iso", sorts: "name id" + byTimes},
	{path: "regions", verbs: "LG", nested: "countries", under: "LG", attrs: "name iso country-id#" + times, filters: "name iso country_id", sorts: "name id" + byTimes},
	{path: "platforms", verbs: "LG", attrs: "name" + times, filters: "name", sorts: "name id" + byTimes},
	{path: "operating_systems", verbs: "LG", attrs: "name platform-id#" + times, filters: "name", sorts: "name id" + byTimes},
	{path: "manufacturers", verbs: lookup, attrs: "name" + times, filters: "name", sorts: "name id" + byTimes, make: named("Maker")},
	{path: "models", verbs: lookup, nested: "manufacturers", under: "LGCU", attrs: "name manufacturer-id#" + times, filters: "id", sorts: "id name manufacturer_id" + byTimes,
		make: func(w *world, n int) map[string]any { return w.with(n, "name", "manufacturer-id manufacturers") }},
	{path: "configuration_types", verbs: lookup, attrs: "name" + times, filters: "name", sorts: "name id" + byTimes, make: named("Kind")},
	{path: "configuration_statuses", verbs: lookup, attrs: "name" + times, filters: "name", sorts: "name id" + byTimes, make: named("State")},
	{path: "contact_types", verbs: lookup, attrs: "name" + times, filters: "name", sorts: "name id" + byTimes, make: named("Role")},
	{path: "locations", verbs: oneAll, nested: "organizations", under: oneAll,
		attrs:    filed + "name primary! address-1 address-2 city postal-code region-id# region-name country-id# country-name phone fax formatted-phone formatted-fax notes resource-url psa-integration?" + times,
		filters:  "id name city region_id country_id organization_id psa_id:- psa_integration_type:-",
		sorts:    "name id" + byTimes,
		includes: "adapters_resources attachments passwords recent_versions related_items" + rights,
		make: func(w *world, n int) map[string]any {
			return w.with(n, "name address-1 address-2 city postal-code phone fax notes", org, "region-id regions", "country-id countries")
		}},
	{path: "contacts", verbs: oneAll, nested: "organizations", under: oneAll, change: "last-name",
		attrs:    shown + "first-name last-name name title contact-type-id# contact-type-name location-id# location-name important! notes contact-emails[] contact-phones[] psa-integration?" + times,
		filters:  "id first_name last_name title contact_type_id important primary_email=one@quay.example/none@quay.example organization_id psa_id:- psa_integration_type:-",
		sorts:    "first_name last_name id" + byTimes,
		includes: "adapters_resources attachments distinct_remote_contacts location passwords recent_versions related_items resource_fields tickets" + rights,
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "first-name last-name title notes", org, "contact-type-id contact_types", "location-id locations")
			m["contact-emails"] = []any{map[string]any{"value": []string{"", "one@quay.example", "two@quay.example", "x@quay.example"}[min(n, 3)], "primary": true, "label-name": "Work"}}
			m["contact-phones"] = []any{map[string]any{"value": "+49 421 1", "extension": "7", "primary": true, "label-name": "Desk"}}
			return m
		}},
	{path: "configurations", verbs: oneAll, nested: "organizations", under: oneAll,
		attrs: shown + "organization-short-name psa-integration? name hostname primary-ip mac-address default-gateway serial-number asset-tag position installed-by purchased-by notes " +
			"operating-system-notes warranty-expires-at% installed-at% purchased-at% configuration-type-id# configuration-type-name configuration-type-kind? configuration-status-id# " +
			"configuration-status-name manufacturer-id# manufacturer-name model-id# model-name operating-system-id# operating-system-name location-id# location-name contact-id# contact-name archived!" + times,
		filters: "id name organization_id configuration_type_id configuration_status_id contact_id serial_number mac_address asset_tag psa_id:- psa_integration_type:- rmm_id:- rmm_integration_type:- archived",
		sorts:   "name id" + byTimes, related: "adapters-resources configuration-interfaces",
		includes: "active_network_glue_network_devices adapters_resources adapters_resources_errors attachments configuration_interfaces from_configuration_connections " +
			"to_configuration_connections passwords recent_versions related_items rmm_adapters_resources rmm_adapters_resources_errors rmm_records tickets" + rights,
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "name hostname serial-number asset-tag position installed-by purchased-by notes operating-system-notes", org, "configuration-type-id configuration_types",
				"configuration-status-id configuration_statuses", "manufacturer-id manufacturers", "model-id models", "operating-system-id operating_systems", "location-id locations", "contact-id contacts")
			m["primary-ip"], m["default-gateway"], m["mac-address"] = "192.0.2."+digits(n), "192.0.2.254", "00:00:5e:00:53:0"+digits(n%10)
			m["warranty-expires-at"], m["installed-at"], m["purchased-at"] = "2031-01-0"+digits(n%9+1), "2025-01-01", "2024-12-24"
			return m
		}},
	{path: "configuration_interfaces", verbs: lookup, nested: "configurations", under: lookup, attrs: "name ip-address mac-address notes primary!" + times,
		filters: "id ip_address", sorts: "created_at updated_at",
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "name notes", "configuration-id configurations")
			m["ip-address"], m["mac-address"] = "192.0.2."+digits(n), "00:00:5e:00:53:0"+digits(n%10)
			return m
		}},
	{path: "password_categories", verbs: lookup, attrs: "name passwords-count#" + times, filters: "name", sorts: "name" + byTimes, make: named("Category")},
	{path: "password_folders", at: "organizations/{organizations}/relationships/password_folders", verbs: "LGCUD", attrs: "name" + times, filters: "id", sorts: "created_at updated_at",
		includes: "ancestors" + rights, make: named("Folder")},
	{path: "passwords", verbs: oneAll, nested: "organizations", under: oneAll,
		attrs: shown + "name autofill-selectors username otp-secret? url notes password-updated-at@ updated-by? resource-id# resource-type cached-resource-type-name cached-resource-name " +
			"password-category-id# password-category-name password-folder-id# archived! parent-url" + times,
		filters:  "id name organization_id password_category_id url cached_resource_name archived",
		sorts:    "name username url id" + byTimes,
		includes: "attachments recent_versions related_items rotatable_password updater network_glue_networks" + rights,
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "name username autofill-selectors notes", org, "password-category-id password_categories", "password-folder-id password_folders", "resource-id contacts")
			m["password"], m["resource-type"], m["url"] = "secret "+digits(n), "Contact", "https://quay.example/"+digits(n)
			return m
		}},
	{path: "flexible_asset_types", verbs: "LGCU", attrs: "name description icon enabled! show-in-menu! builtin! name-key" + times, filters: "id name icon enabled",
		sorts: "name id" + byTimes, includes: "flexible_asset_fields",
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "name description")
			m["icon"], m["enabled"] = "icon-"+digits(n), true
			return m
		}},
	{path: "flexible_asset_fields", verbs: oneAll, nested: "flexible_asset_types", under: oneAll, change: "hint",
		attrs:   "order# name kind hint decimals?# tag-type? required! use-for-title! expiration! show-in-list! name-key default-value flexible-asset-type-id#" + times,
		filters: "id", sorts: "created_at updated_at", includes: "remote_asset_field", related: "flexible-asset-type",
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "name hint default-value", "flexible-asset-type-id flexible_asset_types")
			m["kind"], m["use-for-title"], m["show-in-list"] = "Text", n == 1, true
			return m
		}},
	{path: "flexible_assets", verbs: oneAll, nested: "organizations", under: oneAll, base: "filter[flexible-asset-type-id]={flexible_asset_types}", change: "archived",
		attrs:   shown + "flexible-asset-type-id# flexible-asset-type-name name archived! traits{}" + times,
		filters: "flexible-asset-type-id name organization-id", sorts: "name" + byTimes,
		includes: "adapters_resources attachments distinct_remote_assets passwords recent_versions related_items" + rights,
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "", org, "flexible-asset-type-id flexible_asset_types")
			m["traits"] = map[string]any{"name-1": "Asset " + digits(n)}
			return m
		}},
	{path: "document_folders", verbs: oneAll, nested: "organizations", under: oneAll, attrs: "name parent-id?# ancestor-ids[]" + times, filters: "organization_id",
		make: func(w *world, n int) map[string]any { return w.with(n, "name", org) }},
	{path: "documents", verbs: oneAll, nested: "organizations", under: oneAll,
		attrs:   shown + "name document-folder-id?# published! published-at?@ archived! public! content?" + times,
		filters: "document_folder_id:-", includes: "attachments related_items",
		make: func(w *world, n int) map[string]any { return w.with(n, "name", org) }},
	{path: "sections", at: "documents/{documents}/relationships/sections", verbs: oneAll, change: "content",
		attrs: "content rendered-content level# duration?# resource-type" + times, filters: "id resource_type document_id", sorts: "sort id" + byTimes,
		make: func(w *world, n int) map[string]any {
			return map[string]any{"resource-type": []string{"", "Document::Heading", "Document::Text"}[min(n, 2)], "content": "Words " + digits(n), "level": 2}
		}},
	{path: "domains", verbs: "LG", nested: "organizations", under: "LG", attrs: filed + "resource-url name screenshot? registrar-name notes expires-on% updated-at@",
		filters: "id organization_id", sorts: "created_at updated_at", includes: "passwords attachments group_resource_accesses user_resource_accesses"},
	{path: "expirations", verbs: "LG", nested: "organizations", under: "LG",
		attrs:   filed + "resource-id# resource-name resource-type-name description expiration-date%",
		filters: "id resource_id resource_name resource_type_name description expiration_date organization_id range[expiration_date]", sorts: "id organization_id expiration_date"},
	{path: "groups", verbs: "LGCUMD", attrs: "name" + times, filters: "name", sorts: "name" + byTimes, includes: "users organizations resource_type_restrictions my_glue_account", make: named("Group")},
	{path: "users", verbs: "LGU", change: "last-name",
		attrs: "first-name last-name name role-name email invitation-sent-at?@ invitation-accepted-at?@ current-sign-in-at?@ current-sign-in-ip? last-sign-in-at?@ last-sign-in-ip? reputation# my-glue! " +
			"my-glue-account-id?# avatar?" + times,
		filters: "id name email role_name=Administrator/Lite salesforce_id:-", sorts: "name email reputation id" + byTimes},
	{path: "user_metrics", verbs: "L", attrs: "user-id# organization-id?# resource-type created# viewed# edited# deleted# date%",
		filters: "user_id organization_id resource_type date:self", sorts: "id created viewed edited deleted date"},
	{path: "logs", verbs: "L", attrs: "created-at@", filters: "created_at", sorts: "created_at"},
	{path: "checklists", verbs: "LGUMDX", nested: "organizations", under: "LGUMDX", attrs: shown + "name" + times, filters: "id organization_id", sorts: "completed" + byTimes,
		includes: "attachments checklist_tasks recent_versions related_items" + rights},
	{path: "exports", verbs: "LGCD", attrs: "organization-id# organization-name include-logs! zip-password? download-url? status file-size?# expires-at@" + times, filters: "id", sorts: "created_at updated_at",
		make: func(w *world, n int) map[string]any {
			m := w.with(n, "", org)
			m["include-logs"] = "True"
			return m
		}},
}

const org = "organization-id organizations"

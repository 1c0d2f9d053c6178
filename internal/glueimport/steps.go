package glueimport

import (
	"context"
	"net/url"

	"github.com/tenonhq/tenon"
)

// step is one walk through a list of the source.
type step struct {
	// name is the resource, as it is called in ties, counts and problems.
	name string
	run  func(ctx context.Context, w *working, s *step) error
	// again marks another walk through a list.
	again bool
	// along are the relations that are walked through for what hangs on records.
	along []string

	// Of items: their kind, what to ask for along with them, and which of what
	// comes along are parts.
	kind  tenon.Kind
	query url.Values
	parts map[string]string // our part: their type
	// owner is the resource under which a list is asked for where it is not to be
	// had whole.
	owner string
	// open reads, for records that are new or have changed, what a list does not give.
	open func(ctx context.Context, w *working, s *step, t *taken) error
}

// steps are all walks, what others name before what names it.
func steps() []*step {
	var all []*step
	for _, l := range []string{"organization_types", "organization_statuses", "configuration_types", "configuration_statuses", "contact_types",
		"password_categories", "countries", "regions", "manufacturers", "models", "platforms", "operating_systems"} {
		all = append(all, &step{name: l, run: copyList})
	}
	all = append(all,
		&step{name: "flexible_asset_types", run: copyTypes, query: include("flexible_asset_fields")},
		&step{name: "organizations", run: copyOrganizations},
		&step{name: "organizations", run: copyParents, again: true},
		items(tenon.Location, nil),
		items(tenon.Contact, nil),
		items(tenon.Configuration, map[string]string{"interface": "configuration-interfaces"}),
		items(tenon.Domain, nil),
		items(tenon.DocumentFolder, nil),
		second(items(tenon.DocumentFolder, nil)),
		items(tenon.PasswordFolder, nil),
		second(items(tenon.PasswordFolder, nil)),
		items(tenon.Document, nil),
		&step{name: "flexible_assets", kind: tenon.FlexibleAsset, run: copyAssets},
		second(&step{name: "flexible_assets", kind: tenon.FlexibleAsset, run: copyAssets}),
		items(tenon.Checklist, map[string]string{"task": "checklist-tasks"}),
		items(tenon.Password, nil),
		second(items(tenon.Password, nil)),
	)
	for _, s := range all {
		switch s.name {
		case "documents":
			// A list shows the root folder alone unless it is asked for all.
			s.query, s.owner, s.open = url.Values{"filter[document_folder_id][ne]": {""}}, "organizations", openDocument
		case "document_folders", "password_folders":
			s.owner = "organizations"
		case "passwords":
			s.open = openPassword
		case "flexible_assets":
			s.open = openAsset
		case "configurations":
			s.query = include("configuration_interfaces")
		case "checklists":
			s.query = include("checklist_tasks")
		}
	}
	all = append(all, &step{name: "organizations", run: copyHanging, query: include("attachments"), again: true, along: []string{"attachments"}})
	for _, k := range []tenon.Kind{tenon.Location, tenon.Contact, tenon.Configuration, tenon.Domain, tenon.Document, tenon.FlexibleAsset, tenon.Checklist, tenon.Password} {
		s := &step{name: resourceOfKind(k), kind: k, run: copyHanging, query: include("attachments,related_items"), again: true, along: []string{"attachments", "related-items"}}
		if k == tenon.Document {
			s.owner = "organizations"
			s.query.Set("filter[document_folder_id][ne]", "")
		}
		all = append(all, s)
	}
	return all
}

func include(what string) url.Values { return url.Values{"include": {what}} }

func items(k tenon.Kind, parts map[string]string) *step {
	return &step{name: resourceOfKind(k), kind: k, run: copyItems, parts: parts}
}

func second(s *step) *step {
	s.again = true
	return s
}

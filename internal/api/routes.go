package api

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/tenonhq/tenon"
)

// route is everything that is to be known of one address and method. The
// document and the permission tests are made from the same table.
type route struct {
	method string
	path   string
	// need is the right that the role must have; "" is open to everybody who is signed in.
	need    tenon.Action
	handle  func(*server, *request) (answer, error)
	in, out string // names of schemas; out may be a page: "[]Organization"
	summary string
	query   []param
	// secret marks answers that hold a secret: they are never kept.
	secret bool
	// upload marks a body that is a file.
	upload bool
	// also is a second status of success, for what may run as a job.
	also int
}

// param is a query parameter.
type param struct{ name, about string }

// fileOut marks an answer that is a file.
const fileOut = "file"

var paging = []param{
	{"cursor", "next_cursor of the page before"},
	{"limit", "rows on a page, 1 to 1000; 50 when left out"},
}

func params(lists ...[]param) []param {
	var out []param
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func sorting(names string) []param {
	return []param{{"sort", "one of " + names + "; with - in front the other way round"}}
}

var organizationParams = params(paging, sorting("name, updated, id"), []param{
	{"id", "ids, with commas between"}, {"name", "the exact name, whatever its case"}, {"search", "part of the name"},
	{"state", "live (when left out), trashed or merged"}, {"type", "ids of types"}, {"status", "ids of statuses"}, {"parent", "id of the parent organization"},
	{"short_name", "the exact short name"}, {"external_id", "the exact external id"}, {"tag", "a tag"},
})

// textParts are the parts of paths that are words, not ids.
var textParts = map[string]bool{"list": true, "field": true, "setting": true, "kind": true}

var pathPart = regexp.MustCompile(`\{([a-z_]+)\}`)

func (rt *route) pathNames() []string {
	var out []string
	for _, m := range pathPart.FindAllStringSubmatch(rt.path, -1) {
		out = append(out, m[1])
	}
	return out
}

func (rt *route) queryNames() []string {
	out := make([]string, len(rt.query))
	for i, p := range rt.query {
		out[i] = p.name
	}
	return out
}

// id names the operation in the document: "get /organizations/{organization}"
// becomes get_organizations_organization.
func (rt *route) id() string {
	path := strings.NewReplacer("{", "", "}", "", "/", "_").Replace(strings.TrimPrefix(rt.path, prefix))
	return strings.ToLower(rt.method) + "_" + path
}

// tag groups the operations of one resource.
func (rt *route) tag() string {
	first, _, _ := strings.Cut(strings.TrimPrefix(rt.path, prefix), "/")
	return first
}

// status is the answer where all went well.
func (rt *route) status() int {
	switch {
	case rt.out == "":
		return http.StatusNoContent
	case rt.method == http.MethodPost && rt.creates():
		return http.StatusCreated
	}
	return http.StatusOK
}

// creates tells whether a POST makes a record under its own address: all do
// but those whose last part is a verb.
func (rt *route) creates() bool {
	last := rt.path[strings.LastIndexByte(rt.path, '/')+1:]
	return !verbs[last]
}

var verbs = map[string]bool{"plan": true, "undo": true, "restore": true, "reveal": true, "totp": true}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	patch  = http.MethodPatch
	put    = http.MethodPut
	remove = http.MethodDelete
)

// routes is the table of the API, a line for each method of each address.
func routes() []route {
	out := []route{
		{method: get, path: prefix + "organizations", need: tenon.ViewRecords, handle: (*server).organizationList, out: "[]Organization", summary: "List organizations", query: organizationParams},
		{method: post, path: prefix + "organizations", need: tenon.CreateOrgs, handle: (*server).organizationCreate, in: "OrganizationChange", out: "Organization", summary: "Create an organization"},
		{method: get, path: prefix + "organizations/{organization}", need: tenon.ViewRecords, handle: (*server).organizationGet, out: "Organization", summary: "Read an organization, also one that was merged away"},
		{method: patch, path: prefix + "organizations/{organization}", need: tenon.EditOrgs, handle: (*server).organizationUpdate, in: "OrganizationChange", out: "Organization", summary: "Change an organization"},
		{method: get, path: prefix + "organizations/{organization}/activity", need: tenon.ViewRecords, handle: (*server).organizationActivity, out: "[]Event", summary: "Activity of an organization", query: activityParams},

		{method: get, path: prefix + "activity", need: tenon.ViewRecords, handle: (*server).activityList, out: "[]Event", summary: "Activity of what the caller reaches", query: params(activityParams, []param{{"organization", "id of an organization"}, {"subject", "id of a record"}})},

		{method: get, path: prefix + "operations", need: tenon.ViewRecords, handle: (*server).operationList, out: "[]OperationSummary", summary: "List operations, the newest first", query: params(paging, []param{{"kind", "merge, delete, ..."}, {"state", "running, done, failed or undone"}, {"organization", "source or target"}})},
		{method: get, path: prefix + "operations/{operation}", need: tenon.ViewRecords, handle: (*server).operationGet, out: "Operation", summary: "Read an operation with its plan and receipt"},
		{method: get, path: prefix + "operations/{operation}/undo", need: tenon.ViewRecords, handle: (*server).operationCanUndo, out: "CanUndo", summary: "Tell whether an operation can be undone"},
		{method: post, path: prefix + "operations/{operation}/undo", handle: (*server).operationUndo, out: "Operation", also: http.StatusAccepted, summary: "Undo an operation"},
	}
	return out
}

var activityParams = params(paging, []param{
	{"user", "id of who acted"}, {"action", "create, update, reveal, ..."}, {"operation", "id of an operation"}, {"from", "at or after this time"}, {"to", "before this time"},
})

package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
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
	// limit is the longest JSON body, where it is not httpkit.MaxBody.
	limit int64
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

// maxLarge is the longest JSON body of routes that take whole documents, or
// the facts of a plan.
const maxLarge = 16 << 20

func (rt *route) maxBody() int64 {
	if rt.limit > 0 {
		return rt.limit
	}
	return httpkit.MaxBody
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
// but those whose last part is a verb and that are no operation.
func (rt *route) creates() bool {
	last := rt.path[strings.LastIndexByte(rt.path, '/')+1:]
	return !verbs[last] || rt.out == "Operation"
}

var verbs = map[string]bool{"plan": true, "restore": true, "reveal": true, "totp": true, "cancel": true,
	"publish": true, "unpublish": true, "complete": true, "reopen": true}

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

		{method: get, path: prefix + "organizations/{organization}/revisions", need: tenon.ViewRecords, handle: (*server).organizationRevisions, out: "[]Revision", summary: "Past versions of an organization", query: paging},
		{method: post, path: prefix + "organizations/{organization}/revisions/{version}/restore", need: tenon.EditOrgs, handle: (*server).organizationRestoreRevision, out: "Organization", summary: "Make an organization say again what it said"},
		{method: get, path: prefix + "organizations/{organization}/attachments", need: tenon.ViewRecords, handle: (*server).organizationAttachments, out: "[]Attachment", summary: "Files of an organization"},
		{method: post, path: prefix + "organizations/{organization}/attachments", need: tenon.EditOrgs, handle: (*server).attachToOrganization, upload: true, out: "Attachment", summary: "Attach a file to an organization", query: fileName},
		{method: get, path: prefix + "organizations/{organization}/relations", need: tenon.ViewRecords, handle: (*server).organizationRelations, out: "[]Relation", summary: "Items related to an organization"},
		{method: get, path: prefix + "organizations/{organization}/members", need: tenon.ViewRecords, handle: (*server).memberList, out: "[]Contact", summary: "Contacts that are members of an organization", query: paging},
		{method: get, path: prefix + "organizations/{organization}/access", need: tenon.ManageAccess, handle: (*server).whoSees, out: "[]Access", summary: "Who sees an organization, and why"},
		{method: post, path: prefix + "organizations/{organization}/grants", need: tenon.ManageAccess, handle: (*server).grant, in: "Subject", summary: "Give a user or a group an organization"},
		{method: remove, path: prefix + "organizations/{organization}/grants/{kind}/{subject}", need: tenon.ManageAccess, handle: (*server).grantEnd, summary: "Take an organization from a user or a group"},

		{method: get, path: prefix + "search", need: tenon.ViewRecords, handle: (*server).search, out: "Found", summary: "Find organizations and items by words", query: searchParams},

		{method: get, path: prefix + "activity", need: tenon.ViewRecords, handle: (*server).activityList, out: "[]Event", summary: "Activity of what the caller reaches", query: params(activityParams, []param{{"organization", "id of an organization"}, {"subject", "id of a record"}})},

		{method: get, path: prefix + "expirations", need: tenon.ViewRecords, handle: (*server).expirationList, out: "[]Expiration", summary: "What ends on a date, the earliest first", query: params(expirationParams, []param{{"organization", "id of an organization"}})},
		{method: get, path: prefix + "expirations/{expiration}", need: tenon.ViewRecords, handle: (*server).expirationGet, out: "Expiration", summary: "Read one date on which something ends"},
		{method: get, path: prefix + "organizations/{organization}/expirations", need: tenon.ViewRecords, handle: (*server).organizationExpirations, out: "[]Expiration", summary: "What of an organization ends on a date", query: expirationParams},

		{method: get, path: prefix + "operations", need: tenon.ViewRecords, handle: (*server).operationList, out: "[]OperationSummary", summary: "List operations, the newest first", query: params(paging, []param{{"kind", "merge, delete, ..."}, {"state", "running, done, failed or undone"}, {"organization", "source or target"}})},
		{method: get, path: prefix + "operations/{operation}", need: tenon.ViewRecords, handle: (*server).operationGet, out: "Operation", summary: "Read an operation with its plan and receipt"},
		{method: get, path: prefix + "operations/{operation}/undo", need: tenon.ViewRecords, handle: (*server).operationCanUndo, out: "CanUndo", summary: "Tell whether an operation can be undone"},
		{method: post, path: prefix + "operations/{operation}/undo", handle: (*server).operationUndo, out: "Operation", also: http.StatusAccepted, summary: "Undo an operation"},
		{method: post, path: prefix + "operations/{operation}/cancel", handle: (*server).operationCancel, out: "Operation", summary: "Cancel a running operation: it stops after the records at hand"},
	}
	return slices.Concat(out, planRoutes(), itemRoutes(), kindRoutes(), listRoutes(), exportRoutes(), peopleRoutes())
}

// planRoutes plan what has consequences, and do it once its plan is confirmed.
func planRoutes() []route {
	return []route{
		{method: post, path: prefix + "merges/plan", need: tenon.MergeOrgs, handle: (*server).mergePlan, in: "MergePlan", out: "Plan", summary: "Plan a merge of organizations"},
		{method: post, path: prefix + "merges", need: tenon.MergeOrgs, handle: (*server).mergeRun, in: "Merge", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Merge organizations as planned"},
		{method: post, path: prefix + "deletes/plan", need: tenon.DeleteOrgs, handle: (*server).deletePlan, in: "DeletePlan", out: "Plan", summary: "Plan to delete organizations"},
		{method: post, path: prefix + "deletes", need: tenon.DeleteOrgs, handle: (*server).deleteRun, in: "Delete", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Delete organizations as planned"},
		{method: post, path: prefix + "organization_operations/plan", need: tenon.EditOrgs, handle: (*server).orgsPlan, in: "OrganizationOperationPlan", limit: maxLarge, out: "Plan", summary: "Plan to tag organizations, or to give them a type or a status"},
		{method: post, path: prefix + "organization_operations", need: tenon.EditOrgs, handle: (*server).orgsRun, in: "OrganizationOperation", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Do with organizations as planned"},
		{method: post, path: prefix + "item_operations/plan", need: tenon.EditItems, handle: (*server).itemsPlan, in: "ItemOperationPlan", out: "Plan", summary: "Plan to delete, restore, archive, unarchive, move, copy, tag, untag or restrict items, to give them a type or a status, or to put them into a folder"},
		{method: post, path: prefix + "item_operations", need: tenon.EditItems, handle: (*server).itemsRun, in: "ItemOperation", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Do with items as planned"},
		{method: post, path: prefix + "item_merges/plan", need: tenon.MergeItems, handle: (*server).mergeItemsPlan, in: "ItemMergePlan", out: "Plan", summary: "Plan to merge an item into another of its kind"},
		{method: post, path: prefix + "item_merges", need: tenon.MergeItems, handle: (*server).mergeItemsRun, in: "ItemMerge", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Merge two items as planned"},
		{method: post, path: prefix + "imports/plan", need: tenon.ImportData, handle: (*server).importPlan, upload: true, out: "Plan", summary: "Plan the import of a CSV file: the body", query: importParams},
		{method: post, path: prefix + "imports", need: tenon.ImportData, handle: (*server).importRun, in: "Import", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Import as planned"},
		{method: get, path: prefix + "trash", need: tenon.ViewRecords, handle: (*server).trashList, out: "[]TrashEntry", summary: "What is in the trash, the latest first", query: trashParams},
		{method: post, path: prefix + "purges/plan", need: tenon.PurgeTrash, handle: (*server).purgePlan, in: "PurgePlan", out: "Plan", summary: "Plan to purge records of the trash, for ever"},
		{method: post, path: prefix + "purges", need: tenon.PurgeTrash, handle: (*server).purgeRun, in: "Purge", limit: maxLarge, out: "Operation", also: http.StatusAccepted, summary: "Purge as planned"},
		{method: post, path: prefix + "trash/{record}/restore", need: tenon.RestoreTrash, handle: (*server).trashRestore, out: "Operation", also: http.StatusAccepted, summary: "Bring back a record, or what an operation deleted"},
	}
}

// peopleRoutes are those about people and what they may do.
func peopleRoutes() []route {
	return []route{
		{method: get, path: prefix + "views", handle: (*server).viewList, out: "[]View", summary: "List the saved views of a list: one's own, and those for everybody", query: []param{{"list", "organizations, trash, activity, or the plural name of a kind such as contacts"}}},
		{method: post, path: prefix + "views", handle: (*server).viewCreate, in: "ViewChange", out: "View", summary: "Save a view of a list"},
		{method: put, path: prefix + "views/{view}", handle: (*server).viewReplace, in: "ViewChange", out: "View", summary: "Replace a saved view"},
		{method: remove, path: prefix + "views/{view}", handle: (*server).viewDelete, summary: "Delete a saved view"},
		{method: get, path: prefix + "favourites", handle: (*server).favouriteList, out: "[]Favourite", summary: "List what the caller has starred"},
		{method: put, path: prefix + "favourites/{record}", handle: (*server).favouriteSet, summary: "Star an organization or an item"},
		{method: remove, path: prefix + "favourites/{record}", handle: (*server).favouriteEnd, summary: "Take a star away"},
		{method: get, path: prefix + "me", handle: (*server).me, out: "Me", summary: "Tell who is asking"},
		{method: get, path: prefix + "users", handle: (*server).userList, out: "[]User", summary: "List users", query: params(paging, []param{{"id", "ids, with commas between"}, {"search", "part of a name or address"}, {"role", "a role"}, {"group", "id of a group"}, {"disabled", "true or false"}})},
		{method: post, path: prefix + "users", need: tenon.ManageUsers, handle: (*server).userCreate, in: "UserChange", out: "User", summary: "Add a user"},
		{method: get, path: prefix + "users/{user}", handle: (*server).userGet, out: "User", summary: "Read a user"},
		{method: patch, path: prefix + "users/{user}", need: tenon.ManageUsers, handle: (*server).userUpdate, in: "UserChange", out: "User", summary: "Change a user"},
		{method: post, path: prefix + "users/{user}/invitation", need: tenon.ManageUsers, handle: (*server).userInvite, summary: "Mail a user a link to choose a password"},
		{method: get, path: prefix + "users/{user}/sign_ins", handle: (*server).signInList, out: "[]SignIn", summary: "The latest attempts to sign in as a user"},
		{method: get, path: prefix + "users/{user}/grants", need: tenon.ManageAccess, handle: (*server).userGrants, out: "[]Granted", summary: "Organizations that were given to a user, also through groups"},
		{method: get, path: prefix + "keys", need: tenon.ManageKeys, handle: (*server).keysOfAll, out: "[]Key", summary: "List the API keys of the account"},
		{method: get, path: prefix + "mail", need: tenon.ManageSettings, handle: (*server).mailList, out: "[]Mail", summary: "What was mailed lately, and what waits", query: params(paging, []param{{"state", "waiting, sent, logged or failed"}})},
		{method: get, path: prefix + "users/{user}/keys", handle: (*server).keyList, out: "[]Key", summary: "List a user's API keys"},
		{method: post, path: prefix + "users/{user}/keys", handle: (*server).keyCreate, in: "KeyChange", out: "Key", secret: true, summary: "Make an API key, shown this once"},
		{method: remove, path: prefix + "keys/{key}", handle: (*server).keyRevoke, summary: "Revoke an API key"},
		{method: get, path: prefix + "users/{user}/sessions", handle: (*server).sessionList, out: "[]Session", summary: "List a user's sessions"},
		{method: remove, path: prefix + "users/{user}/sessions", handle: (*server).sessionsEnd, summary: "End a user's sessions"},
		{method: remove, path: prefix + "users/{user}/sessions/{session}", handle: (*server).sessionEnd, summary: "End one session of a user"},
		{method: get, path: prefix + "users/{user}/access/{item}", need: tenon.ManageAccess, handle: (*server).why, out: "Explanation", summary: "Why a user sees an item, or does not"},
		{method: get, path: prefix + "settings", handle: (*server).settingList, out: "[]Setting", summary: "Settings of the account"},
		{method: put, path: prefix + "settings/{setting}", need: tenon.ManageSettings, handle: (*server).settingSet, in: "SettingChange", summary: "Change a setting of the account"},
		{method: get, path: prefix + "groups", handle: (*server).groupList, out: "[]Group", summary: "List groups", query: params(paging, []param{{"search", "part of a name"}, {"user", "id of a member"}})},
		{method: post, path: prefix + "groups", need: tenon.ManageGroups, handle: (*server).groupCreate, in: "GroupChange", out: "Group", summary: "Add a group"},
		{method: get, path: prefix + "groups/{group}", handle: (*server).groupGet, out: "Group", summary: "Read a group"},
		{method: get, path: prefix + "groups/{group}/grants", need: tenon.ManageAccess, handle: (*server).groupGrants, out: "[]Granted", summary: "Organizations that were given to a group"},
		{method: patch, path: prefix + "groups/{group}", need: tenon.ManageGroups, handle: (*server).groupUpdate, in: "GroupChange", out: "Group", summary: "Change a group"},
		{method: remove, path: prefix + "groups/{group}", need: tenon.ManageGroups, handle: (*server).groupRemove, summary: "Remove a group"},
	}
}

var activityParams = params(paging, sorting("at"), []param{
	{"user", "id of who acted"}, {"action", "create, update, reveal, ..."}, {"kind", "what it was done to: organization, contact, user, ..."}, {"operation", "id of an operation"}, {"from", "at or after this time"}, {"to", "before this time"},
})

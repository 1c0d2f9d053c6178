package api

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// of binds a handler to a kind.
func of(info *tenon.KindInfo, h func(*server, *request, *tenon.KindInfo) (answer, error)) func(*server, *request) (answer, error) {
	return func(s *server, r *request) (answer, error) { return h(s, r, info) }
}

// ofPart binds a handler to a list that hangs on items of a kind.
func ofPart(info *tenon.KindInfo, p *tenon.PartInfo, h func(*server, *request, *tenon.KindInfo, *tenon.PartInfo) (answer, error)) func(*server, *request) (answer, error) {
	return func(s *server, r *request) (answer, error) { return h(s, r, info, p) }
}

// typeName is the name of a kind's schema: "password_folder" is PasswordFolder.
func typeName(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// kindRoutes are the routes that every kind of item has.
func kindRoutes() []route {
	var out []route
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		all, one, name := prefix+info.Plural, prefix+info.Plural+"/{item}", typeName(info.Name)
		label, labels := strings.ToLower(info.Label), strings.ToLower(info.Labels)
		out = append(out,
			route{method: get, path: all, need: tenon.ViewRecords, handle: of(info, (*server).itemList), out: "[]" + name, summary: "List " + labels, query: itemParams(info)},
			route{method: post, path: all, need: tenon.CreateItems, handle: of(info, (*server).itemCreate), in: name + "Change", out: name, summary: "Create a " + label},
			route{method: get, path: one, need: tenon.ViewRecords, handle: of(info, (*server).itemGet), out: name, summary: "Read a " + label},
			route{method: patch, path: one, need: tenon.EditItems, handle: of(info, (*server).itemUpdate), in: name + "Change", out: name, summary: "Change a " + label},
		)
		for k := range info.Parts {
			out = append(out, partRoutes(info, &info.Parts[k], one)...)
		}
		if info.Kind == tenon.Document {
			for k := range out {
				if strings.HasPrefix(out[k].path, all) {
					out[k].limit = maxLarge
				}
			}
		}
	}
	return out
}

func partRoutes(info *tenon.KindInfo, p *tenon.PartInfo, one string) []route {
	all, part, name := one+"/"+p.Plural, one+"/"+p.Plural+"/{part}", typeName(info.Name)+typeName(p.Name)
	label := strings.ToLower(p.Label)
	out := []route{
		{method: get, path: all, need: tenon.ViewRecords, handle: ofPart(info, p, (*server).partList), out: "[]" + name, summary: "List " + p.Plural},
		{method: post, path: all, need: tenon.EditItems, handle: ofPart(info, p, (*server).partCreate), in: name + "Change", out: name, summary: "Add a " + label},
	}
	if p.Append {
		return out
	}
	return append(out,
		route{method: patch, path: part, need: tenon.EditItems, handle: ofPart(info, p, (*server).partUpdate), in: name + "Change", out: name, summary: "Change a " + label},
		route{method: remove, path: part, need: tenon.EditItems, handle: ofPart(info, p, (*server).partRemove), summary: "Remove a " + label},
	)
}

var fileName = []param{{"name", "what the file is called, where it is the body itself"}}

// itemRoutes are those of items whatever their kind, and what hangs on them.
func itemRoutes() []route {
	one := prefix + "items/{item}"
	task := prefix + "checklists/{item}/tasks/{part}"
	checklist, document := tenon.Checklist.Info(), tenon.Document.Info()
	return []route{
		{method: post, path: prefix + "documents/{item}/publish", need: tenon.EditItems, handle: of(document, (*server).publish), in: "Publish", out: "Document", summary: "Show everybody who sees a document what it says now"},
		{method: post, path: prefix + "documents/{item}/unpublish", need: tenon.EditItems, handle: of(document, (*server).unpublish), out: "Document", summary: "Make a document a draft again"},
		{method: post, path: task + "/complete", need: tenon.EditItems, handle: ofPart(checklist, checklist.Part("task"), (*server).taskComplete), out: "ChecklistTask", summary: "Tick a task of a checklist"},
		{method: post, path: task + "/reopen", need: tenon.EditItems, handle: ofPart(checklist, checklist.Part("task"), (*server).taskReopen), out: "ChecklistTask", summary: "Take the tick from a task of a checklist"},
		{method: post, path: prefix + "checklist_templates/{item}/checklists", need: tenon.CreateItems, handle: of(tenon.ChecklistTemplate.Info(), (*server).checklistFrom), in: "ChecklistFrom", out: "Checklist", summary: "Make a checklist of a template"},
		{method: get, path: prefix + "items", need: tenon.ViewRecords, handle: (*server).itemsList, out: "[]Item", summary: "List items of every kind, the last changed first", query: params(paging, sorting("updated"), itemFilters)},
		{method: get, path: prefix + "items/{item}", need: tenon.ViewRecords, handle: (*server).itemsGet, out: "Item", summary: "Read an item of any kind"},
		{method: post, path: prefix + "items/{item}/reveal", need: tenon.RevealSecrets, handle: (*server).itemReveal, in: "Reveal", out: "Revealed", secret: true, summary: "Show a secret; this is recorded"},
		{method: post, path: prefix + "items/{item}/totp", need: tenon.RevealSecrets, handle: (*server).itemTOTP, out: "Code", secret: true, summary: "Show the present one-time code; this is recorded"},
		{method: post, path: prefix + "passwords/{item}/reveal", need: tenon.RevealSecrets, handle: of(tenon.Password.Info(), (*server).reveal), in: "Reveal", out: "Revealed", secret: true, summary: "Show a password; this is recorded"},
		{method: post, path: prefix + "passwords/{item}/totp", need: tenon.RevealSecrets, handle: of(tenon.Password.Info(), (*server).totp), out: "Code", secret: true, summary: "Show the present one-time code; this is recorded"},
		{method: get, path: one + "/revisions", need: tenon.ViewRecords, handle: (*server).revisionList, out: "[]Revision", summary: "Past versions of an item", query: paging},
		{method: post, path: one + "/revisions/{version}/restore", need: tenon.EditItems, handle: (*server).revisionRestore, out: "Item", summary: "Make an item say again what it said"},
		{method: get, path: one + "/attachments", need: tenon.ViewRecords, handle: (*server).attachmentList, out: "[]Attachment", summary: "Files of an item"},
		{method: post, path: one + "/attachments", need: tenon.EditItems, handle: (*server).attach, upload: true, out: "Attachment", summary: "Attach a file to an item", query: fileName},
		{method: get, path: prefix + "attachments/{attachment}", need: tenon.ViewRecords, handle: (*server).attachmentOpen, out: fileOut, summary: "Download a file"},
		{method: patch, path: prefix + "attachments/{attachment}", need: tenon.EditItems, handle: (*server).attachmentRename, in: "Rename", out: "Attachment", summary: "Rename a file"},
		{method: remove, path: prefix + "attachments/{attachment}", need: tenon.EditItems, handle: (*server).attachmentRemove, summary: "Remove a file"},
		{method: get, path: one + "/relations", need: tenon.ViewRecords, handle: (*server).relationList, out: "[]Relation", summary: "What an item is related to, in both directions"},
		{method: post, path: one + "/relations", need: tenon.EditItems, handle: (*server).relate, in: "RelationChange", out: "Relation", summary: "Relate an item to another or to an organization"},
		{method: remove, path: prefix + "relations/{relation}", need: tenon.EditItems, handle: (*server).unrelate, summary: "End a relation"},
		{method: get, path: one + "/restrictions", need: tenon.ViewRecords, handle: (*server).restrictionsGet, out: "Restrictions", summary: "Who alone sees an item; nobody named is everybody"},
		{method: put, path: one + "/restrictions", need: tenon.RestrictItems, handle: (*server).restrict, in: "Restrictions", out: "Restrictions", summary: "Replace who alone sees an item"},
		{method: get, path: prefix + "contacts/{item}/memberships", need: tenon.ViewRecords, handle: (*server).membershipList, out: "[]Membership", summary: "Organizations that a contact is a member of"},
		{method: put, path: prefix + "contacts/{item}/memberships/{organization}", need: tenon.EditItems, handle: (*server).memberAdd, summary: "Make a contact a member of an organization"},
		{method: remove, path: prefix + "contacts/{item}/memberships/{organization}", need: tenon.EditItems, handle: (*server).memberRemove, summary: "End a membership"},
	}
}

// listRoutes are those of look-up lists and of flexible asset types.
func listRoutes() []route {
	all, types := prefix+"lookups/{list}", prefix+"flexible_asset_types"
	return []route{
		{method: get, path: prefix + "lookups", handle: (*server).lookupLists, out: "[]ListName", summary: "Names of the look-up lists"},
		{method: get, path: all, need: tenon.ViewRecords, handle: (*server).lookupList, out: "[]Lookup", summary: "Entries of a look-up list", query: params(paging, []param{{"id", "ids, with commas between"}, {"name", "the exact name, whatever its case"}, {"parent", "id of the entry above"}})},
		{method: post, path: all, need: tenon.EditLookups, handle: (*server).lookupCreate, in: "LookupChange", out: "Lookup", summary: "Add an entry to a look-up list"},
		{method: get, path: all + "/{entry}", need: tenon.ViewRecords, handle: (*server).lookupGet, out: "Lookup", summary: "Read an entry of a look-up list"},
		{method: patch, path: all + "/{entry}", need: tenon.EditLookups, handle: (*server).lookupUpdate, in: "LookupChange", out: "Lookup", summary: "Change an entry of a look-up list"},
		{method: get, path: types, need: tenon.ViewRecords, handle: (*server).flexTypeList, out: "[]FlexibleAssetType", summary: "List flexible asset types", query: params(paging, []param{{"name", "the exact name, whatever its case"}})},
		{method: post, path: types, need: tenon.EditFlexTypes, handle: (*server).flexTypeCreate, in: "FlexibleAssetTypeChange", out: "FlexibleAssetType", summary: "Add a flexible asset type"},
		{method: get, path: types + "/{type}", need: tenon.ViewRecords, handle: (*server).flexTypeGet, out: "FlexibleAssetType", summary: "Read a flexible asset type"},
		{method: put, path: types + "/{type}", need: tenon.EditFlexTypes, handle: (*server).flexTypeReplace, in: "FlexibleAssetTypeChange", out: "FlexibleAssetType", summary: "Replace a flexible asset type and its fields"},
		{method: get, path: types + "/{type}/fields", need: tenon.ViewRecords, handle: (*server).flexFieldList, out: "[]FlexibleAssetField", summary: "List the fields of a flexible asset type, in order"},
		{method: post, path: types + "/{type}/fields", need: tenon.EditFlexTypes, handle: (*server).flexFieldCreate, in: "FlexibleAssetFieldChange", out: "FlexibleAssetField", summary: "Add a field to a flexible asset type"},
		{method: get, path: types + "/{type}/fields/{trait}", need: tenon.ViewRecords, handle: (*server).flexFieldGet, out: "FlexibleAssetField", summary: "Read a field of a flexible asset type"},
		{method: patch, path: types + "/{type}/fields/{trait}", need: tenon.EditFlexTypes, handle: (*server).flexFieldUpdate, in: "FlexibleAssetFieldChange", out: "FlexibleAssetField", summary: "Change a field of a flexible asset type, or its place"},
		{method: remove, path: types + "/{type}/fields/{trait}", need: tenon.EditFlexTypes, handle: (*server).flexFieldRemove, summary: "Remove a field from a flexible asset type"},
	}
}

package itglue

import (
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// resources returns the table of all resources, by their path.
func resources() map[string]*resource {
	all := append([]*resource{
		organizations(), configurations(), configurationInterfaces(), contacts(), locations(),
		flexibleAssetTypes(), flexibleAssetFields(), flexibleAssets(), passwords(), passwordFolders(),
		documents(), documentFolders(), sections(), documentImages(), relatedItems(), attachments(),
		domains(), sslCertificates(), expirations(), checklists(), checklistTasks(), users(), groups(), logs(), userMetrics(), exports(), versions(),
	}, lookups()...)
	out := make(map[string]*resource, len(all))
	for _, res := range all {
		out[res.path] = res
	}
	return out
}

// route is one address and method. Its path has no slash in front.
type route struct {
	method string
	path   string
	res    *resource
	verb   verb
	under  *parent
	handle func(*request) (answer, error)
	// open needs no key: it gives one out.
	open  bool
	limit int64
	// need is the right that the role must have, "" where more than the role says.
	need tenon.Action
	// handleRecords is set on the common routes, which read filters.
	handleRecords bool
	// plain describes an answer that is no resource.
	plain *openapi3.Schema
	// about says in the document what it does, where the verb does not.
	about string
}

// doing is what each verb is, as a method and a path.
var doing = []struct {
	verb   verb
	method string
	one    bool
	handle func(r *request, res *resource, under []store.Match, parent int64) (answer, error)
}{
	{canList, http.MethodGet, false, func(r *request, res *resource, under []store.Match, _ int64) (answer, error) {
		return r.listRecords(res, under)
	}},
	{canGet, http.MethodGet, true, func(r *request, res *resource, under []store.Match, _ int64) (answer, error) {
		return r.getRecord(res, under)
	}},
	{canCreate, http.MethodPost, false, func(r *request, res *resource, _ []store.Match, parent int64) (answer, error) {
		return r.createRecords(res, parent)
	}},
	{canUpdate, http.MethodPatch, true, func(r *request, res *resource, under []store.Match, _ int64) (answer, error) {
		return r.updateRecord(res, under)
	}},
	{canUpdateMany, http.MethodPatch, false, func(r *request, res *resource, under []store.Match, _ int64) (answer, error) {
		return r.updateRecords(res, under)
	}},
	{canDelete, http.MethodDelete, true, func(r *request, res *resource, under []store.Match, _ int64) (answer, error) {
		return r.removeRecord(res, under)
	}},
	{canDeleteMany, http.MethodDelete, false, func(r *request, res *resource, under []store.Match, _ int64) (answer, error) {
		return r.removeRecords(res, under)
	}},
}

// routes expands the table of resources.
func routes(all map[string]*resource) []route {
	var out []route
	for _, path := range sortedKeys(all) {
		res := all[path]
		out = append(out, routesOf(res, res.path, res.verbs, nil)...)
		for i := range res.parents {
			p := &res.parents[i]
			out = append(out, routesOf(res, p.path+"/{parent}/relationships/"+res.path, p.verbs, p)...)
		}
	}
	out = append(out, publishRoutes(all)...)
	out = append(out, sessionRoutes()...)
	out = append(out, exportRoutes(all)...)
	return append(out, hangingRoutes(all)...)
}

// rightOf is the right that a verb takes.
func rightOf(res *resource, v verb) tenon.Action {
	create, change, remove := tenon.EditItems, tenon.EditItems, tenon.EditItems
	switch res.src.(type) {
	case organizationSource:
		create, change, remove = tenon.CreateOrgs, tenon.EditOrgs, tenon.DeleteOrgs
	case itemSource, flexibleAssetSource:
		create, remove = tenon.CreateItems, tenon.DeleteItems
	case lookupSource:
		create, change = tenon.EditLookups, tenon.EditLookups
	}
	switch res.path {
	case "flexible_asset_types", "flexible_asset_fields":
		create, change, remove = tenon.EditFlexTypes, tenon.EditFlexTypes, tenon.EditFlexTypes
	case "groups":
		create, change, remove = tenon.ManageGroups, tenon.ManageGroups, tenon.ManageGroups
	case "exports":
		return tenon.ExportData
	case "users":
		change = "" // oneself, or whom one may manage
	}
	switch v {
	case canCreate:
		return create
	case canUpdate, canUpdateMany:
		return change
	case canDelete, canDeleteMany:
		return remove
	}
	return tenon.ViewRecords
}

// publishRoutes are those of publishing a document.
func publishRoutes(all map[string]*resource) []route {
	res := all["documents"]
	var out []route
	for _, p := range []*parent{nil, res.parent("organizations")} {
		path := "documents/{id}/publish"
		if p != nil {
			path = p.path + "/{parent}/relationships/" + path
		}
		out = append(out, route{method: http.MethodPatch, path: path, res: res, verb: canUpdate, under: p, need: tenon.EditItems, about: "Document: Publish", handle: func(r *request) (answer, error) {
			match, _, err := r.underParent(p)
			if err != nil {
				return answer{}, err
			}
			return publish(r, match)
		}})
	}
	return out
}

func routesOf(res *resource, base string, verbs verb, under *parent) []route {
	var out []route
	for _, d := range doing {
		if verbs&d.verb == 0 {
			continue
		}
		rt := route{method: d.method, path: base, res: res, verb: d.verb, under: under, limit: res.limit, need: rightOf(res, d.verb), handleRecords: true}
		if d.one {
			rt.path += "/{id}"
		}
		rt.handle = func(r *request) (answer, error) {
			match, parent, err := r.underParent(under)
			if err != nil {
				return answer{}, err
			}
			return d.handle(r, res, match, parent)
		}
		out = append(out, rt)
	}
	return out
}

// underParent resolves what the path says a resource is nested under: to the
// one that answers for it now, where it is an organization.
func (r *request) underParent(p *parent) ([]store.Match, int64, error) {
	if p == nil {
		return nil, 0, nil
	}
	up := r.s.resources[p.path]
	n, err := r.pathID("parent", up.label)
	if err != nil {
		return nil, 0, err
	}
	if p.path == "organizations" {
		err := r.read(func(tx *store.Tx) error {
			owner, err := tx.ResolveOrganization(r.viewer, tenon.OrgID(n))
			n = int64(owner)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
	}
	if _, err := up.src.get(r, []int64{n}); err != nil {
		return nil, 0, err
	}
	return []store.Match{{Field: p.match, Values: []any{n}}}, n, nil
}

// Route describes a route to tests and to the document.
type Route struct {
	Method, Path string
	Resource     string
	Verb         string
	// Need is the right that the role must have; Open needs no key.
	Need tenon.Action
	Open bool
}

// Routes lists all routes.
func Routes() []Route {
	names := map[verb]string{canList: "list", canGet: "get", canCreate: "create", canUpdate: "update", canUpdateMany: "update many", canDelete: "delete", canDeleteMany: "delete many"}
	var out []Route
	for _, rt := range routes(resources()) {
		d := Route{Method: rt.method, Path: "/" + rt.path, Verb: names[rt.verb], Need: rt.need, Open: rt.open}
		if rt.res != nil {
			d.Resource = rt.res.path
		}
		out = append(out, d)
	}
	return out
}

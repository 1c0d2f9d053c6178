package itglue_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/itglue"
)

// The matrix asks every route of the table, as everybody, for records of every
// sort. What it expects is worked out from the table of rights; a route whose
// address it cannot fill in fails.

// Sorts of records that an address can name.
const (
	own        = "own"        // of an organization that the caller reaches
	merged     = "merged"     // of one that was merged into that
	trashed    = "trashed"    // in the trash, with its organization
	restricted = "restricted" // of a reached organization, closed to the caller
	other      = "other"      // of an organization that the caller does not reach
	missing    = "missing"    // never given out
)

// absent is an id that was never given out, under an organization of one's own.
const absent = "absent"

const missingID = "4000000000000"

// caller is somebody who asks.
type caller struct {
	name       string
	role       tenon.Role // "" for nobody
	everywhere bool
}

var callers = []caller{
	{name: "nobody"}, {name: "disabled"},
	{name: "read-only", role: tenon.ReadOnly}, {name: "lite", role: tenon.Lite}, {name: "creator", role: tenon.Creator},
	{name: "editor", role: tenon.Editor}, {name: "manager", role: tenon.Manager},
	{name: "admin", role: tenon.Administrator, everywhere: true},
}

func (c caller) may(need tenon.Action) bool {
	return need == "" || slices.Contains(tenon.Allowed[need], c.role)
}

// matrix is the data that all callers are let loose on.
type matrix struct {
	*harness
	ids map[string]string // "own organizations", "other contacts", ...
	n   int
}

func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		h.unheld = true
		m := &matrix{harness: h, ids: map[string]string{}}
		m.fill()
		for _, rt := range itglue.Routes() {
			if !rt.Open {
				m.route(rt)
			}
		}
	})
}

func (m *matrix) fill() {
	t, ctx := m.t, context.Background()
	t.Helper()
	for _, c := range callers {
		switch {
		case c.name == "admin" || c.name == "nobody":
		case c.role == "":
			m.user(c.name, tenon.Administrator, true)
			if _, err := m.core.DisableUser(ctx, m.root, m.users[c.name]); err != nil {
				t.Fatal(err)
			}
		default:
			m.user(c.name, c.role, false)
		}
	}
	for _, list := range []string{"organization_types", "organization_statuses", "configuration_types", "configuration_statuses", "contact_types", "manufacturers", "password_categories"} {
		m.ids[own+" "+list] = m.made("/"+list, `"name":"Entry"`)
	}
	m.ids[own+" models"] = m.made("/models", `"name":"M1","manufacturer-id":`+m.ids[own+" manufacturers"])
	for _, list := range []string{"countries", "platforms"} {
		m.ids[own+" "+list] = m.lookup(list, 0)
	}
	m.ids[own+" regions"] = m.lookup("regions", tenon.LookupID(tenon.ParseID(m.ids[own+" countries"])))
	m.ids[own+" operating_systems"] = m.lookup("operating_systems", 0)
	m.ids[own+" flexible_asset_types"] = m.made("/flexible_asset_types", `"name":"Wi-Fi"`)
	m.ids[own+" flexible_asset_fields"] = m.made("/flexible_asset_fields", `"flexible-asset-type-id":`+m.ids[own+" flexible_asset_types"]+`,"name":"Ends","kind":"Date","use-for-title":true,"expiration":true`)
	m.ids[own+" groups"] = m.made("/groups", `"name":"Techs"`)
	m.ids[own+" users"] = m.users["read-only"].String()
	for _, sort := range []string{own, other, trashed, merged} {
		m.organizationOf(sort)
	}
	for _, path := range itemPaths {
		id := m.item(m.ids[own+" organizations"], path)
		m.ids[restricted+" "+path] = id
		to := []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(m.users["admin"])}}
		if _, err := m.core.Restrict(ctx, m.root, tenon.ItemID(tenon.ParseID(id)), to); err != nil {
			t.Fatal(err)
		}
	}
	m.hang(restricted)
	plan, err := m.merge.Plan(ctx, m.root, []tenon.OrgID{m.org(merged)}, m.org(own), tenon.Choices{})
	if err == nil {
		_, err = m.merge.Run(ctx, m.root, plan)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.do("admin", "DELETE", "/organizations/"+m.ids[trashed+" organizations"], "").Want(200)
}

func (m *matrix) org(sort string) tenon.OrgID {
	return tenon.OrgID(tenon.ParseID(m.ids[sort+" organizations"]))
}

// made makes a record and returns its id.
func (m *matrix) made(path, attributes string) string {
	m.t.Helper()
	return m.do("admin", "POST", path, one("x", attributes)).Want(201).Text("data.id")
}

// itemPaths are the resources whose records are items.
var itemPaths = []string{"configurations", "contacts", "locations", "passwords", "password_folders", "documents", "document_folders",
	"domains", "flexible_assets", "checklists", "checklist_templates", "ssl_certificates", "tickets"}

func (m *matrix) organizationOf(sort string) {
	m.t.Helper()
	org := m.organization(sort)
	m.ids[sort+" organizations"] = org
	for _, path := range itemPaths {
		m.ids[sort+" "+path] = m.item(org, path)
	}
	m.hang(sort)
	if sort == other {
		return
	}
	for _, c := range callers {
		if c.role != "" && !c.everywhere {
			if err := m.core.Grant(context.Background(), m.root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(m.users[c.name])}, m.org(sort)); err != nil {
				m.t.Fatal(err)
			}
		}
	}
}

// hang hangs what has an id of its own on the items of a sort.
func (m *matrix) hang(sort string) {
	m.t.Helper()
	m.ids[sort+" configuration_interfaces"] = m.made("/configurations/"+m.ids[sort+" configurations"]+"/relationships/configuration_interfaces", `"name":"eth0"`)
	m.ids[sort+" sections"] = m.made("/documents/"+m.ids[sort+" documents"]+"/relationships/sections", `"resource-type":"Document::Text"`)
	m.ids[sort+" document_images"] = m.made("/document_images", `"target":{"type":"document","id":`+m.ids[sort+" documents"]+`},"image":{"content":"aGVsbG8=","file-name":"a.txt"}`)
	task, err := m.core.AddPart(context.Background(), m.root, tenon.ItemID(tenon.ParseID(m.ids[sort+" checklists"])), "task", tenon.Values{"name": "Ask"})
	if err != nil {
		m.t.Fatal(err)
	}
	m.ids[sort+" checklist_tasks"] = tenon.ItemID(task.ID).String()
	m.ids[sort+" expirations"] = m.do("admin", "GET", "/expirations?filter[resource_id]="+m.ids[sort+" flexible_assets"], "").Want(200).Text("data.0.id")
	for _, path := range itemPaths {
		base := "/" + path + "/" + m.ids[sort+" "+path] + "/relationships/"
		to := m.ids[sort+" locations"]
		if path == "locations" {
			to = m.ids[sort+" contacts"]
		}
		word := "Location"
		if path == "locations" {
			word = "Contact"
		}
		if path != "contacts" { // that is the far end of the location's
			m.ids[sort+" "+path+" related_items"] = m.made(base+"related_items", `"destination-type":"`+word+`","destination-id":`+to)
		}
		m.ids[sort+" "+path+" attachments"] = m.made(base+"attachments", `"attachment":{"content":"aGVsbG8=","file_name":"a.txt"}`)
	}
	m.ids[sort+" contacts related_items"] = m.ids[sort+" locations related_items"]
}

// item makes an item of the resource.
func (m *matrix) item(org, path string) string {
	m.t.Helper()
	m.n++
	name := fmt.Sprintf(`"name":"N%d"`, m.n)
	switch path {
	case "domains", "checklists", "checklist_templates", "ssl_certificates", "tickets": // not made through this API
		return m.coreItem(org, tenon.KindNamed(path))
	case "contacts":
		name = `"first-name":"Ann"`
	case "configurations":
		name += `,"configuration-type-id":` + m.ids[own+" configuration_types"]
	case "flexible_assets":
		name = `"flexible-asset-type-id":` + m.ids[own+" flexible_asset_types"] + `,"traits":{"ends":"2027-01-01"}`
	case "passwords":
		name += `,"password":"pw"`
	}
	return m.made("/organizations/"+org+"/relationships/"+path, name)
}

var pathPart = regexp.MustCompile(`\{(id|parent)\}`)

// address fills in the address of a route for a sort of record; what is
// deleted is made anew.
func (m *matrix) address(rt itglue.Route, c caller, sort string) string {
	m.t.Helper()
	first := strings.Split(rt.Path, "/")[1]
	host := map[string]string{"folders": "document_folders"}[first]
	if host == "" {
		host = first
	}
	nested := strings.Contains(rt.Path, "/relationships/")
	return pathPart.ReplaceAllStringFunc(rt.Path, func(p string) string {
		if sort == missing || (sort == absent && p == "{id}") {
			return missingID
		}
		name := rt.Resource
		switch {
		case p == "{parent}":
			name = host
		case rt.Resource == "attachments" && !nested:
			name = "contacts attachments"
		case rt.Resource == "attachments" || rt.Resource == "related_items":
			name = host + " " + rt.Resource
		}
		if p == "{parent}" && host == "organizations" && (sort == restricted || sort == absent) {
			return m.ids[own+" organizations"]
		}
		if rt.Resource == "exports" {
			return m.export(c, sort)
		}
		if p == "{id}" && sort == own && rt.Verb == "delete" && c.may(rt.Need) {
			if id := m.fresh(rt.Resource); id != "" {
				return id
			}
		}
		for _, s := range []string{sort, own} {
			if id := m.ids[s+" "+name]; id != "" {
				return id
			}
		}
		m.t.Fatalf("%s %s: the matrix knows no %s %s", rt.Method, rt.Path, sort, name)
		return ""
	})
}

// export makes an export, which is its maker's alone: the caller's own, or that of another.
func (m *matrix) export(c caller, sort string) string {
	m.t.Helper()
	as := "admin"
	switch {
	case sort == own && c.may(tenon.ExportData) && c.role != "":
		as = c.name
	case sort == other && c.name == "admin":
		as = "manager"
	}
	if m.ids[as+"'s export"] == "" {
		m.ids[as+"'s export"] = m.do(as, "POST", "/exports", one("exports", "")).Want(201).Text("data.id")
	}
	return m.ids[as+"'s export"]
}

// fresh makes a record that may be deleted, "" where there is a rule of its own.
func (m *matrix) fresh(path string) string {
	m.t.Helper()
	m.n++
	switch {
	case slices.Contains(itemPaths, path):
		return m.item(m.ids[own+" organizations"], path)
	case path == "sections":
		return m.made("/documents/"+m.ids[own+" documents"]+"/relationships/sections", `"resource-type":"Document::Text"`)
	case path == "document_images":
		return m.made("/document_images", `"target":{"type":"document","id":`+m.ids[own+" documents"]+`},"image":{"content":"aGVsbG8=","file-name":"a.txt"}`)
	case path == "flexible_asset_fields":
		return m.made("/flexible_asset_fields", fmt.Sprintf(`"flexible-asset-type-id":%s,"name":"F%d","kind":"Text"`, m.ids[own+" flexible_asset_types"], m.n))
	case path == "groups":
		return m.made("/groups", fmt.Sprintf(`"name":"G%d"`, m.n))
	case path == "organizations":
		id := m.organization(fmt.Sprintf("O%d", m.n))
		for _, c := range callers {
			if c.role != "" && !c.everywhere && c.role != tenon.Lite {
				if err := m.core.Grant(context.Background(), m.root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(m.users[c.name])}, tenon.OrgID(tenon.ParseID(id))); err != nil {
					m.t.Fatal(err)
				}
			}
		}
		return id
	}
	return ""
}

// sorts are the sorts of records that a route can name.
func sorts(rt itglue.Route) []string {
	account := map[string]bool{"groups": true, "users": true, "flexible_asset_types": true, "flexible_asset_fields": true, "logs": true, "user_metrics": true, "": true}
	first := strings.Split(rt.Path, "/")[1]
	switch {
	case !strings.Contains(rt.Path, "{"):
		return []string{own}
	case rt.Resource == "exports":
		return []string{own, other, missing}
	case account[rt.Resource] || tenon.ListNamed(rt.Resource) != nil:
		return []string{own, missing}
	case rt.Resource == "organizations" || (first == "organizations" && !strings.Contains(rt.Path, "{id}")):
		return []string{own, merged, trashed, other, missing}
	}
	return []string{own, merged, trashed, restricted, other, missing}
}

func (m *matrix) ask(rt itglue.Route, c caller, sort string) reply {
	m.t.Helper()
	body := ""
	if rt.Method == "POST" || rt.Method == "PATCH" {
		body = `{"data":{"type":"x","attributes":{}}}`
	}
	name := c.name
	if name == "nobody" {
		name = ""
	}
	return m.do(name, rt.Method, m.address(rt, c, sort), body)
}

// callersOf are those who ask a route. What hangs on records has the same
// handlers under each of them: everybody asks it under contacts, and those who
// must not do anything under the others.
func callersOf(rt itglue.Route) []caller {
	hangs := rt.Resource == "related_items" || rt.Resource == "attachments"
	if !hangs || strings.HasPrefix(rt.Path, "/contacts/") {
		return callers
	}
	return []caller{callers[0], callers[2]}
}

// route asks one route as everybody, and compares.
func (m *matrix) route(rt itglue.Route) {
	m.t.Helper()
	for _, c := range callersOf(rt) {
		if c.role == "" {
			if r := m.ask(rt, c, own); r.Status != 403 || string(r.Body) != `{"message":"Forbidden"}` {
				m.t.Errorf("%s: %d, want 403: %s", r.What, r.Status, r.Body)
			}
			continue
		}
		none := m.ask(rt, c, missing)
		for _, sort := range sorts(rt) {
			r := m.ask(rt, c, sort)
			if sort == restricted && strings.HasPrefix(rt.Path, "/organizations/{parent}/") {
				none = m.ask(rt, c, absent)
			} else if sort == other {
				none = m.ask(rt, c, missing)
			}
			if wrong := m.judge(rt, c, sort, r, none); wrong != "" {
				m.t.Errorf("%s, %s: %d, %s: %s", r.What, sort, r.Status, wrong, r.Body)
			}
		}
	}
}

var digits = regexp.MustCompile(`[0-9]+`)

// judge says what is wrong with an answer, "" if nothing is. none is the
// answer for an id that was never given out.
func (m *matrix) judge(rt itglue.Route, c caller, sort string, r, none reply) string {
	ofOrganization := !strings.Contains(rt.Path, "{id}") && strings.HasPrefix(rt.Path, "/organizations/{parent}")
	hidden := sort == missing || (sort == other && (!c.everywhere || rt.Resource == "exports")) || (sort == restricted && !ofOrganization && !slices.Contains(tenon.Allowed[tenon.SeeAllRestricted], c.role))
	gone := sort == trashed || (sort == merged && rt.Resource == "organizations")
	text := func(r reply) string { return digits.ReplaceAllString(r.Text("errors.0.detail"), "N") }
	switch {
	case r.Status >= 500:
		return "a fault of ours"
	case r.Status == 429 || string(r.Body) == `{"message":"Forbidden"}`:
		return "the caller is known"
	case hidden && (r.Status != none.Status || text(r) != text(none)):
		return fmt.Sprintf("but %d where there is nothing: it tells that there is something: %s", none.Status, none.Body)
	case (hidden || gone) && r.Status < 400:
		return "but there is nothing"
	case sort == merged && rt.Resource == "organizations" && r.Header.Get("X-Merged-Into") != m.ids[own+" organizations"]:
		return "and does not say into which it was merged"
	case !c.may(rt.Need) && r.Status < 400:
		return "but the role may not " + string(rt.Need)
	case sort == own && c.may(rt.Need) && (r.Status == 403 || r.Status == 404) && !m.excused(rt, c):
		return "but the role may"
	}
	return ""
}

// excused lists where more than the role decides about a record of one's own.
func (m *matrix) excused(rt itglue.Route, c caller) bool {
	switch {
	case !c.everywhere && rt.Method == "POST" && rt.Path == "/organizations":
		return true // only people who reach everything may create one
	case rt.Resource == "users" || (rt.Resource == "groups" && !c.everywhere):
		return true // people are known by rank, and a manager's groups are those they are in
	}
	return false
}

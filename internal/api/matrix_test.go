package api_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
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

const missingID = "4000000000000"

// caller is somebody who asks.
type caller struct {
	name       string
	role       tenon.Role // "" for nobody
	everywhere bool
	blind      bool // a key without password access
}

var callers = []caller{
	{name: "nobody"}, {name: "disabled"},
	{name: "read-only", role: tenon.ReadOnly}, {name: "lite", role: tenon.Lite}, {name: "creator", role: tenon.Creator},
	{name: "editor", role: tenon.Editor}, {name: "manager", role: tenon.Manager},
	{name: "admin", role: tenon.Administrator, everywhere: true},
	{name: "blind", role: tenon.Editor, blind: true},
}

func (c caller) may(need tenon.Action) bool {
	return need == "" || slices.Contains(tenon.Allowed[need], c.role)
}

// matrix is the data that all callers are let loose on.
type matrix struct {
	*harness
	ids map[string]string // "own organization", "other contact", ...
}

func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		m := &matrix{harness: h, ids: map[string]string{}}
		m.fill()
		h.unheld = true
		for _, rt := range api.Routes() {
			m.route(rt)
		}
	})
}

func (m *matrix) fill() {
	t := m.t
	t.Helper()
	for _, c := range callers {
		switch {
		case c.name == "admin" || c.name == "nobody":
		case c.blind:
			m.users[c.name] = m.users["editor"]
			m.key(c.name, "editor", false)
		case c.role == "":
			m.user(c.name, tenon.Administrator, true)
			if _, err := m.core.DisableUser(context.Background(), m.root, m.users[c.name]); err != nil {
				t.Fatal(err)
			}
		default:
			m.user(c.name, c.role, false)
		}
	}
	m.user("extra", tenon.ReadOnly, false) // grants are given to and taken from them
	kind := m.do("admin", "POST", "/api/v1/flexible_asset_types", `{"name":"Wi-Fi","fields":[{"name":"SSID","kind":"Text","use_for_title":true}]}`).Want(201)
	m.ids["type"] = kind.Text("id")
	m.ids["entry"] = m.do("admin", "POST", "/api/v1/lookups/manufacturers", `{"name":"Lenovo"}`).Want(201).Text("id")
	m.ids["group"] = m.do("admin", "POST", "/api/v1/groups", `{"name":"Techs"}`).Want(201).Text("id")
	for _, sort := range []string{own, other, trashed, merged, "spare"} {
		m.fillOrganization(sort)
	}
	for i := range tenon.Kinds {
		name := tenon.Kinds[i].Name
		m.ids[restricted+" "+name] = m.item(m.ids[own+" organization"], &tenon.Kinds[i])
		m.do("admin", "PUT", "/api/v1/items/"+m.ids[restricted+" "+name]+"/restrictions", `{"to":[{"kind":"user","id":`+m.userID("admin")+`}]}`).Want(200)
	}
	for _, sort := range []string{own, other, trashed, merged, restricted} {
		m.ids[sort+" expiration"] = m.do("admin", "GET", "/api/v1/expirations?item="+m.ids[sort+" domain"], "").Want(200).Text("data.0.id")
	}
	m.ids[restricted+" part"], m.ids[restricted+" attachment"], m.ids[restricted+" relation"] = m.hang(m.ids[restricted+" contact"], m.ids[restricted+" configuration"], m.ids[own+" location"])
	m.merge("spare", "own") // and back: an operation that all but one may know of and nobody can undo again
	m.do("admin", "POST", "/api/v1/operations/"+m.ids["spare operation"]+"/undo", "").Want(201)
	m.ids[own+" operation"] = m.ids["spare operation"]
	m.merge(merged, own)
	plan := m.do("admin", "POST", "/api/v1/deletes/plan", `{"organizations":[`+m.ids[trashed+" organization"]+`]}`).Want(200)
	m.ids[trashed+" operation"] = m.do("admin", "POST", "/api/v1/deletes", `{"organizations":[`+m.ids[trashed+" organization"]+`],"fingerprint":`+raw(plan, "fingerprint")+`}`).Want(201).Text("id")
	m.fillOrganization("far")
	m.merge("far", other)
	m.ids[other+" operation"] = m.ids["far operation"]
}

func (m *matrix) userID(name string) string { return strconv.FormatInt(int64(m.users[name]), 10) }

// merge merges one organization of the fixture into another.
func (m *matrix) merge(from, into string) {
	m.t.Helper()
	ask := `"sources":[` + m.ids[from+" organization"] + `],"target":` + m.ids[into+" organization"]
	plan := m.do("admin", "POST", "/api/v1/merges/plan", `{`+ask+`}`).Want(200)
	m.ids[from+" operation"] = m.do("admin", "POST", "/api/v1/merges", `{`+ask+`,"fingerprint":`+raw(plan, "fingerprint")+`}`).Want(201).Text("id")
}

// fillOrganization makes an organization with an item of every kind, and gives
// it to the callers unless it is one that they must not reach.
func (m *matrix) fillOrganization(sort string) {
	m.t.Helper()
	org := m.do("admin", "POST", "/api/v1/organizations", `{"name":"`+sort+`"}`).Want(201).Text("id")
	m.ids[sort+" organization"] = org
	for i := range tenon.Kinds {
		m.ids[sort+" "+tenon.Kinds[i].Name] = m.item(org, &tenon.Kinds[i])
	}
	m.ids[sort+" part"], m.ids[sort+" attachment"], m.ids[sort+" relation"] = m.hang(m.ids[sort+" contact"], m.ids[sort+" configuration"], m.ids[sort+" location"])
	if sort == other || sort == "far" {
		return
	}
	for _, c := range callers {
		if c.role != "" && !c.everywhere && !c.blind {
			m.do("admin", "POST", "/api/v1/organizations/"+org+"/grants", `{"kind":"user","id":`+m.userID(c.name)+`}`).Want(204)
		}
	}
}

func (m *matrix) item(org string, info *tenon.KindInfo) string {
	m.t.Helper()
	fields := `"` + strings.Join(info.Title, "") + `":"Title"`
	switch info.Kind {
	case tenon.FlexibleAsset:
		fields = `"flexible_asset_type_id":` + m.ids["type"] + `,"traits":{"ssid":"guest"}`
	case tenon.Contact:
		fields = `"first_name":"Ann"`
	case tenon.Domain:
		fields += `,"expires_on":"2026-11-30"`
	case tenon.Password:
		fields = `"name":"Router","password":"pw","otp_secret":"JBSWY3DPEHPK3PXP"`
	}
	return m.do("admin", "POST", "/api/v1/"+info.Plural, `{"organization_id":`+org+`,`+fields+`}`).Want(201).Text("id")
}

// hang hangs a part, a file and a relation on items.
func (m *matrix) hang(contact, configuration, location string) (part, attachment, relation string) {
	m.t.Helper()
	part = m.do("admin", "POST", "/api/v1/configurations/"+configuration+"/interfaces", `{"name":"eth0"}`).Want(201).Text("id")
	attachment = m.upload("admin", "/api/v1/items/"+contact+"/attachments?name=a.txt", "text/plain", "x").Want(201).Text("id")
	relation = m.do("admin", "POST", "/api/v1/items/"+contact+"/relations", `{"item_id":`+location+`}`).Want(201).Text("id")
	return part, attachment, relation
}

// sorts returns what the parameters of a route can name.
func sorts(rt api.RouteInfo) []string {
	switch {
	case slices.Contains(rt.Params, "item"), slices.Contains(rt.Params, "expiration"), slices.Contains(rt.Params, "attachment"), slices.Contains(rt.Params, "relation"):
		return []string{own, merged, trashed, restricted, other, missing}
	case slices.Contains(rt.Params, "organization"), slices.Contains(rt.Params, "operation"), slices.Contains(rt.Params, "record"):
		return []string{own, merged, trashed, other, missing}
	}
	return []string{own}
}

var pathPart = regexp.MustCompile(`\{([a-z_]+)\}`)

// address fills in the address of a route for a sort of record. What is
// removed for good is made anew each time.
func (m *matrix) address(rt api.RouteInfo, c caller, sort string) string {
	m.t.Helper()
	first := strings.Split(strings.TrimPrefix(rt.Path, "/api/v1/"), "/")[0]
	kind := tenon.KindNamed(first)
	switch {
	case kind == 0 && rt.Secret:
		kind = tenon.Password
	case kind == 0:
		kind = tenon.Contact
	}
	return pathPart.ReplaceAllStringFunc(rt.Path, func(p string) string {
		name := strings.Trim(p, "{}")
		if id := m.fixed(name, rt, c); id != "" {
			return id
		}
		if sort == missing {
			return missingID
		}
		switch name {
		case "item":
			name = kind.String()
		case "attachment", "relation":
			if rt.Method == "DELETE" && sort == own {
				_, attachment, relation := m.hang(m.ids["own contact"], m.ids["own configuration"], m.item(m.ids["own organization"], tenon.Location.Info()))
				return map[string]string{"attachment": attachment, "relation": relation}[name]
			}
		case "organization":
			if sort == restricted {
				return m.ids["own organization"]
			}
		case "part":
			return m.part(m.ids[sort+" "+kind.String()], kind, rt)
		case "record":
			name = "organization"
		}
		if id := m.ids[sort+" "+name]; id != "" {
			return id
		}
		m.t.Fatalf("%s %s: the matrix knows no %s %s", rt.Method, rt.Path, sort, name)
		return ""
	})
}

// part is a part of the list that a route is about: a fresh one where it is removed.
func (m *matrix) part(item string, kind tenon.Kind, rt api.RouteInfo) string {
	plural := strings.Split(rt.Path, "/")[5]
	i := slices.IndexFunc(kind.Info().Parts, func(p tenon.PartInfo) bool { return p.Plural == plural })
	p := kind.Info().Parts[i]
	values := tenon.Values{"name": "x"}
	if p.Name == "section" {
		values = tenon.Values{"resource_type": "Text"}
	}
	made, err := m.core.AddPart(context.Background(), m.root, tenon.ItemID(tenon.ParseID(item)), p.Name, values)
	if err != nil {
		return missingID // in the trash: nothing can be added
	}
	return strconv.FormatInt(made.ID, 10)
}

// fixed fills in what is no record of an organization.
func (m *matrix) fixed(name string, rt api.RouteInfo, c caller) string {
	ctx := context.Background()
	switch name {
	case "version":
		return "1"
	case "export": // which is its maker's alone
		if !c.may(tenon.ExportData) || c.role == "" {
			return missingID
		}
		return m.do(c.name, "POST", "/api/v1/exports", `{}`).Want(201).Text("id")
	case "list":
		return "manufacturers"
	case "entry", "type":
		return m.ids[name]
	case "trait":
		return m.trait(rt, c)
	case "view":
		w, err := m.core.SaveView(ctx, m.root, tenon.ListView{List: "contacts", Name: "Of " + c.name + rt.Method, Shared: true})
		if err != nil {
			m.t.Fatal(err)
		}
		return w.ID.String()
	case "session":
		token, err := m.core.PasswordLink(ctx, m.root, m.users["extra"])
		if err != nil {
			m.t.Fatal(err)
		}
		_, v, err := m.core.RedeemLink(ctx, token, "", "", secret.NewText("seven lanterns over quiet water"), "192.0.2.7", "")
		if err != nil {
			m.t.Fatal(err)
		}
		return strconv.FormatInt(v.Session, 10)
	case "setting":
		return tenon.SettingRetention
	case "kind":
		return "user"
	case "subject":
		return m.userID("extra")
	case "user":
		return m.userID("extra")
	case "group":
		if rt.Method != "DELETE" {
			return m.ids["group"]
		}
		name := "Group " + c.name
		g, err := m.core.CreateGroup(ctx, m.root, core.GroupChange{Name: &name})
		if err != nil {
			m.t.Fatal(err)
		}
		return g.ID.String()
	case "key":
		_, k, err := m.core.CreateKey(ctx, m.root, m.users["extra"], "spare", false)
		if err != nil {
			m.t.Fatal(err)
		}
		return strconv.FormatInt(k.ID, 10)
	}
	return ""
}

// trait is a field of the flexible asset type: a fresh one where it is removed.
func (m *matrix) trait(rt api.RouteInfo, c caller) string {
	if rt.Method == "GET" {
		return m.do("admin", "GET", "/api/v1/flexible_asset_types/"+m.ids["type"], "").Want(200).Text("fields.0.id")
	}
	name := c.name + " " + rt.Method + " " + strconv.Itoa(len(m.ids))
	m.ids["trait "+name] = m.do("admin", "POST", "/api/v1/flexible_asset_types/"+m.ids["type"]+"/fields", `{"name":"`+name+`","kind":"Text"}`).Want(201).Text("id")
	return m.ids["trait "+name]
}

// bodies are requests that get past the decoder and change nothing that the
// matrix needs. Routes that are not listed get an empty object.
var bodies = map[string]string{
	"Restrictions":              `{"to":[{"kind":"nobody","id":1}]}`,
	"SettingChange":             `{"value":"never"}`,
	"FlexibleAssetTypeChange":   `{"name":"","fields":[]}`,
	"KeyChange":                 `{"name":""}`,
	"Rename":                    `{"name":"a.txt"}`,
	"Merge":                     `{"sources":[],"target":0,"fingerprint":""}`,
	"MergePlan":                 `{"sources":[],"target":0}`,
	"ItemOperationPlan":         `{"action":"archive","items":[]}`,
	"ItemOperation":             `{"action":"archive","items":[],"fingerprint":""}`,
	"PurgePlan":                 `{}`,
	"OrganizationOperationPlan": `{"action":"tag","organizations":[]}`,
	"OrganizationOperation":     `{"action":"tag","organizations":[],"fingerprint":""}`,
	"FlexibleAssetFieldChange":  `{"hint":"x"}`,
	"ViewChange":                `{"name":""}`,
	"Purge":                     `{"typed":"","fingerprint":""}`,
	"Import":                    `{"fingerprint":"","facts":{}}`,
	"DeletePlan":                `{"organizations":[]}`,
	"Delete":                    `{"organizations":[],"fingerprint":""}`,
}

func (m *matrix) ask(rt api.RouteInfo, c caller, sort string) reply {
	m.t.Helper()
	path := m.address(rt, c, sort)
	if rt.Upload {
		if m.keys[c.name] == "" {
			return m.do(c.name, rt.Method, path+"?name=x.txt", "", "Authorization", "")
		}
		return m.upload(c.name, path+"?name=x.txt", "text/plain", "x")
	}
	body := ""
	if rt.In != "" {
		body = "{}"
		if b, ok := bodies[rt.In]; ok {
			body = b
		}
		switch pair := `{"source":` + m.ids["own contact"] + `,"target":` + m.ids["own contact"]; rt.In {
		case "Subject":
			body = `{"kind":"user","id":` + m.userID("extra") + `}`
		case "ItemMergePlan":
			body = pair + `}`
		case "ItemMerge":
			body = pair + `,"fingerprint":""}`
		}
	}
	if c.name == "nobody" {
		return m.do("", rt.Method, path, body)
	}
	return m.do(c.name, rt.Method, path, body)
}

// route asks one route as everybody, and compares.
func (m *matrix) route(rt api.RouteInfo) {
	m.t.Helper()
	for _, c := range callers {
		if c.role == "" {
			if r := m.ask(rt, c, own); r.Status != 401 {
				m.t.Errorf("%s %s as %s: %d, want 401: %s", rt.Method, rt.Path, c.name, r.Status, r.Body)
			}
			continue
		}
		var none reply
		of := sorts(rt)
		if len(of) > 1 {
			none = m.ask(rt, c, missing)
		}
		for _, sort := range of {
			if sort == trashed && c.may(tenon.DeleteOrgs) && (strings.HasSuffix(rt.Path, "/undo") || strings.HasPrefix(rt.Path, "/api/v1/trash/")) {
				continue // it would come back
			}
			r := m.ask(rt, c, sort)
			if wrong := m.judge(rt, c, sort, r, none); wrong != "" {
				m.t.Errorf("%s %s as %s, %s: %d, %s: %s", rt.Method, rt.Path, c.name, sort, r.Status, wrong, r.Body)
			}
		}
	}
}

// judge says what is wrong with an answer, "" if nothing is. none is the
// answer for an id that was never given out.
func (m *matrix) judge(rt api.RouteInfo, c caller, sort string, r, none reply) string {
	hidden := sort == missing || (sort == other && !c.everywhere) || (sort == restricted && !slices.Contains(tenon.Allowed[tenon.SeeAllRestricted], c.role))
	switch {
	case r.Status >= 500:
		return "a fault of ours"
	case r.Status == 401 || r.Status == 429:
		return "the caller is known"
	case hidden && r.Status != none.Status:
		return fmt.Sprintf("but %d where there is nothing: it tells that there is something", none.Status)
	case hidden && digits.ReplaceAllString(r.Text("detail"), "N") != digits.ReplaceAllString(none.Text("detail"), "N"):
		return "and says something else than where there is nothing: " + none.Text("detail")
	case hidden && r.Status != 403 && r.Status != 404:
		return "want 404"
	case !c.may(rt.Need) && r.Status == 409 && (sort == merged || sort == trashed || strings.HasSuffix(rt.Path, "/restore")):
		return "" // the state of what they see is no secret, and nothing was done
	case !c.may(rt.Need) && r.Status != 403 && r.Status != 404:
		return "but the role may not " + string(rt.Need)
	case c.blind && rt.Secret && strings.Contains(rt.Path, "{item}") && !hidden && r.Status < 400:
		return "but the key has no password access"
	case sort == own && c.may(rt.Need) && (r.Status == 403 || r.Status == 404) && !m.excused(rt, c):
		return "but the role may"
	}
	return ""
}

var digits = regexp.MustCompile(`[0-9]+`)

// excused lists where more than the role decides about a record of one's own.
func (m *matrix) excused(rt api.RouteInfo, c caller) bool {
	switch {
	case c.blind && rt.Secret:
		return true // no password access
	case !c.everywhere && rt.Method == "POST" && rt.Path == "/api/v1/organizations":
		return true // only people who reach everything may create one
	case strings.HasPrefix(rt.Path, "/api/v1/users/") || strings.HasPrefix(rt.Path, "/api/v1/keys/"):
		return true // people are known by rank, and keys are one's own
	case !c.everywhere && strings.HasPrefix(rt.Path, "/api/v1/groups/"):
		return true // a manager's groups are those they are in
	case strings.HasSuffix(rt.Path, "/undo"):
		return true // the right is that of the operation
	case strings.Contains(rt.Path, "/views/"):
		return true // a view is its maker's, or an administrator's
	}
	return false
}

package web_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web"
)

// The matrix asks every route of the table of pages, as everybody, for records
// of every sort. A route that probes says nothing about fails.

// Sorts of records that an address can name.
const (
	own        = "own"        // of an organization that the caller reaches
	merged     = "merged"     // of one that was merged into that
	trashed    = "trashed"    // in the trash, with its organization
	restricted = "restricted" // of a reached organization, closed to the caller
	other      = "other"      // of an organization that the caller does not reach
	missing    = "missing"    // never given out
	wrong      = "wrong"      // no id at all
)

const missingID = "4000000000000"

// Words in the names of what must not be seen, by which a page that shows it
// is found out.
const (
	unreachedWord = "Farquhar"
	closedWord    = "Hushaby"
)

// caller is somebody who asks, with a session unless they are signed out.
type caller struct {
	name       string
	role       tenon.Role // "" for nobody
	everywhere bool
	session    string
}

func (c *caller) may(need tenon.Action) bool {
	return need == "" || slices.Contains(tenon.Allowed[need], c.role)
}

// matrix is the data that all callers are let loose on.
type matrix struct {
	*site
	callers []*caller
	extra   tenon.UserID      // somebody whom managers manage
	ids     map[string]string // "own organization", "other contact", ...
	flex    tenon.FlexTypeID
	// language is what the callers ask for, "" for none.
	language string
	seen     map[string]bool // the words that those who may see them were shown
}

func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		m := &matrix{site: s, ids: map[string]string{}, seen: map[string]bool{}}
		m.fill()
		before, at := m.census(), m.newest()
		for _, rt := range web.Routes() {
			if rt.Method == http.MethodGet {
				m.route(rt)
			}
		}
		for _, d := range before.Diff(m.census()) {
			t.Errorf("the pages that only show changed something: %s", d)
		}
		if m.newest() != at {
			t.Error("the pages that only show left entries in the activity log")
		}
		for _, rt := range web.Routes() {
			if rt.Method != http.MethodGet {
				m.route(rt)
			}
		}
		if !m.seen[unreachedWord] || !m.seen[closedWord] {
			t.Errorf("the administrator was shown only %v of what others must not see", m.seen)
		}
	})
}

func (m *matrix) census() check.Census {
	m.t.Helper()
	c, err := check.Take(context.Background(), m.core.Store())
	m.must(err)
	return c
}

// newest is the latest entry of the activity log: every act leaves one.
func (m *matrix) newest() int64 {
	m.t.Helper()
	var id int64
	m.must(m.core.Store().Read(context.Background(), func(tx *store.Tx) error {
		list, _, err := tx.ListEvents(m.root, store.EventQuery{Page: tenon.Page{Limit: 1}})
		if len(list) > 0 {
			id = list[0].ID
		}
		return err
	}))
	return id
}

func (m *matrix) fill() {
	m.t.Helper()
	ctx := context.Background()
	m.callers = []*caller{
		{name: "nobody"},
		{name: "read-only", role: tenon.ReadOnly}, {name: "lite", role: tenon.Lite}, {name: "creator", role: tenon.Creator},
		{name: "editor", role: tenon.Editor}, {name: "manager", role: tenon.Manager},
		{name: "manager-everywhere", role: tenon.Manager, everywhere: true}, {name: "admin", role: tenon.Administrator, everywhere: true},
	}
	users := map[string]tenon.UserID{}
	for _, c := range m.callers[1:] {
		users[c.name] = m.user(c.name, c.role, c.everywhere)
		link, err := m.core.PasswordLink(ctx, m.root, users[c.name])
		m.must(err)
		session, _, err := m.core.RedeemLink(ctx, link, "", "", secret.NewText(password), "127.0.0.1", "test")
		m.must(err)
		c.session = session.Reveal()
	}
	m.extra = m.user("extra", tenon.ReadOnly, false)
	group, err := m.core.CreateGroup(ctx, m.root, core.GroupChange{Name: ptr("Techs")})
	m.must(err)
	m.ids[own+" group"] = group.ID.String()
	_, key, err := m.core.CreateKey(ctx, m.root, m.extra, "key", false)
	m.must(err)
	m.ids[own+" key"] = fmt.Sprint(key.ID)
	kind, err := m.core.CreateFlexType(ctx, m.root, tenon.FlexType{Name: "Wi-Fi", Enabled: true, Fields: []tenon.FlexField{{Name: "SSID", Kind: tenon.FlexText, UseForTitle: true}}})
	m.must(err)
	m.flex = kind.ID
	for _, sort := range []string{own, other, trashed, merged, "spare", "far"} {
		m.fillOrganization(sort)
		for _, c := range m.callers[1:] {
			if !c.everywhere && sort != other && sort != "far" {
				m.must(m.core.Grant(ctx, m.root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(users[c.name])}, m.org(sort)))
			}
		}
	}
	m.fillItems(restricted, m.org(own), closedWord)
	for i := range tenon.Kinds {
		_, err := m.core.Restrict(ctx, m.root, m.itemID(restricted+" "+tenon.Kinds[i].Name), []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(m.extra)}})
		m.must(err)
	}
	m.merge(merged, own)
	m.merge("far", other)
	m.ids["own operation"], m.ids["other operation"] = m.ids["merged operation"], m.ids["far operation"]
	x, err := m.exports.Start(ctx, m.root, export.Request{}) // nobody's but the command line's
	m.must(err)
	m.ids["own export"] = x.ID.String()
	m.must(m.jobs.Drain(ctx)) // while it runs, the events of running work do not end
	m.ids["kept file"], err = m.engines.imports.Keep(ctx, m.root, strings.NewReader("Quay;SSID\nLantern quay;Lantern\n"))
	m.must(err)
	plan, err := m.engines.trash.PlanDelete(ctx, m.root, []tenon.OrgID{m.org(trashed)})
	m.must(err)
	plan.Typed = plan.MustType
	op, err := m.engines.trash.Run(ctx, m.root, plan)
	m.must(err)
	m.ids["trashed operation"] = op.ID.String()
}

func (m *matrix) user(name string, role tenon.Role, everywhere bool) tenon.UserID {
	m.t.Helper()
	email := name + "@msp.example"
	u, err := m.core.CreateUser(context.Background(), m.root, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere})
	m.must(err)
	return u.ID
}

func (m *matrix) org(sort string) tenon.OrgID {
	return tenon.OrgID(tenon.ParseID(m.ids[sort+" organization"]))
}

func (m *matrix) itemID(name string) tenon.ItemID { return tenon.ItemID(tenon.ParseID(m.ids[name])) }

func (m *matrix) merge(from, into string) {
	m.t.Helper()
	plan, err := m.engines.merge.Plan(context.Background(), m.root, []tenon.OrgID{m.org(from)}, m.org(into), tenon.Choices{})
	m.must(err)
	plan.Typed = plan.MustType
	op, err := m.engines.merge.Run(context.Background(), m.root, plan)
	m.must(err)
	m.ids[from+" operation"] = op.ID.String()
}

// fillOrganization makes an organization with an item of every kind.
func (m *matrix) fillOrganization(sort string) {
	m.t.Helper()
	word := "Lantern"
	if sort == other || sort == "far" {
		word = unreachedWord
	}
	o := m.organization(tenon.Values{"name": word + " " + sort})
	m.ids[sort+" organization"] = o.ID.String()
	m.fillItems(sort, o.ID, word)
}

func (m *matrix) fillItems(sort string, org tenon.OrgID, word string) {
	m.t.Helper()
	ctx := context.Background()
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		in := core.ItemChange{Values: tenon.Values{}}
		switch k.Kind {
		case tenon.FlexibleAsset:
			in.Values = tenon.Values{"flexible_asset_type_id": int64(m.flex), "traits": map[string]any{"ssid": word + " quay"}}
		case tenon.Password:
			value := secret.NewText("under the " + word)
			in.Values["name"], in.Secrets = word+" quay", map[string]*secret.Text{"password": &value}
		default:
			in.Values[k.Title[0]] = word + " quay"
		}
		item, err := m.core.CreateItem(ctx, m.root, k.Kind, org, in)
		m.must(err)
		m.ids[sort+" "+k.Name] = item.ID.String()
	}
	m.ids[sort+" attachment"] = m.attach(sort, word)
}

func (m *matrix) attach(sort, word string) string {
	m.t.Helper()
	a, err := m.core.Attach(context.Background(), m.root, m.itemID(sort+" contact"), word+".txt", "text/plain", strings.NewReader(word))
	m.must(err)
	return fmt.Sprint(a.ID)
}

// probe says what a route is about and who may use it.
type probe struct {
	need tenon.Action // "" for everybody who is signed in
	// of is what the address or the form names: "organization", "contact", ...
	of string
	// ask is the query or the form; {x} in it is the id of that record.
	ask string
	// leads tells that the route leads on to another page without looking.
	leads bool
	// acts marks what would use up the record: it is not asked of those who may.
	acts bool
	// lists marks a list that the record narrows: a hidden one narrows it to
	// what one does that is not there.
	lists bool
	// more tells that more than the role decides about a record of one's own.
	more bool
}

// probesOf returns what the matrix knows about a route, nothing if nothing.
func probesOf(rt web.RouteInfo) []probe {
	for _, table := range []map[string][]probe{probes, peopleProbes} {
		if list, ok := table[rt.Method+" "+rt.Path]; ok {
			return list
		}
	}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		p, ok := kindProbes[rt.Method+" "+strings.Replace(rt.Path, "/"+k.Plural, "/{kind}", 1)]
		if ok && strings.Contains(rt.Path+"/", "/"+k.Plural+"/") {
			if p.of == "item" {
				p.of = k.Name
			}
			if rt.Method == http.MethodPost {
				if len(k.Title) > 0 {
					p.ask = k.Title[0] + "=Quay+made"
				} else {
					p.ask = k.Type + "={type}&traits.ssid=Quay+made"
				}
			}
			return []probe{p}
		}
	}
	return nil
}

var pathPart = regexp.MustCompile(`\{([a-z_$]+)\}`)

// fillIn fills in the ids of a sort of record.
func (m *matrix) fillIn(text string, p probe, sort string) string {
	m.t.Helper()
	return pathPart.ReplaceAllStringFunc(text, func(s string) string {
		name := strings.Trim(s, "{}")
		switch name {
		case "$":
			return ""
		case "user":
			if sort == own {
				return m.extra.String()
			}
		case "token":
			return "tnl_AAAAAAAAAAAAAAAAAAAAAAAAAA"
		case "target":
			return m.ids["spare organization"]
		case "kept":
			return m.ids["kept file"]
		case "page":
			return "merging"
		case "view":
			return missingID
		case "version", "task":
			return "1"
		case "type":
			return m.flex.String()
		case "mate":
			return m.ids["merged contact"]
		case "id", "item", "file":
			name = p.of
		}
		switch sort {
		case missing:
			return missingID
		case wrong:
			return "x"
		}
		id := m.ids[sort+" "+name]
		if id == "" {
			m.t.Fatalf("%s: the matrix knows no %s %s", text, sort, name)
		}
		return id
	})
}

// ask asks a route once, without following where it leads.
func (m *matrix) ask(rt web.RouteInfo, p probe, c *caller, sort string) answer {
	m.t.Helper()
	path, query := m.fillIn(rt.Path, p, sort), m.fillIn(p.ask, p, sort)
	var r *http.Request
	switch {
	case rt.Method == http.MethodGet:
		r = httptest.NewRequest(rt.Method, strings.TrimSuffix(path+"?"+query, "?"), nil)
	case rt.Upload:
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile("file", "a.txt")
		m.must(err)
		_, err = file.Write([]byte("x"))
		m.must(err)
		values, err := url.ParseQuery(query)
		m.must(err)
		for _, name := range slices.Sorted(maps.Keys(values)) { // as a browser does: always the same
			m.must(form.WriteField(name, values.Get(name)))
		}
		m.must(form.Close())
		r = httptest.NewRequest(rt.Method, path, &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
	default:
		r = httptest.NewRequest(rt.Method, path, strings.NewReader(query))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if m.language != "" {
		r.Header.Set("Accept-Language", m.language)
	}
	if c.session != "" {
		r.AddCookie(&http.Cookie{Name: "tenon_session", Value: c.session})
	}
	w := httptest.NewRecorder()
	m.server.Config.Handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), w.Body.String()}
}

// sortsOf returns what the address of a route can name.
func sortsOf(p probe) []string {
	switch {
	case p.of == "":
		return []string{own}
	case p.of == "user" || p.of == "group" || p.of == "key" || p.of == "export":
		return []string{own, missing, wrong}
	case p.of == "organization" || p.of == "operation":
		return []string{own, merged, trashed, other, missing, wrong}
	}
	return []string{own, merged, trashed, restricted, other, missing, wrong}
}

// route asks one route as everybody, and compares.
func (m *matrix) route(rt web.RouteInfo) {
	m.t.Helper()
	list := probesOf(rt)
	if len(list) == 0 {
		m.t.Errorf("%s %s: the matrix does not know the route: add it to probes", rt.Method, rt.Path)
	}
	for _, p := range list {
		m.probe(rt, p)
	}
}

func (m *matrix) probe(rt web.RouteInfo, p probe) {
	m.t.Helper()
	for _, c := range m.callers {
		if rt.Open && c.role != "" {
			continue // the same for everybody, and it would end the session
		}
		var none answer
		if p.of != "" {
			none = m.ask(rt, p, c, missing)
		}
		var at int64
		refused := rt.Method != http.MethodGet && !c.may(p.need)
		if refused {
			at = m.newest()
		}
		for _, sort := range sortsOf(p) {
			if p.acts && c.may(p.need) && (sort == own || sort == merged || sort == trashed || (c.everywhere && sort != missing && sort != wrong)) {
				continue
			}
			r := m.ask(rt, p, c, sort)
			if wrong := m.judge(rt, p, c, sort, r, none); wrong != "" {
				m.t.Errorf("%s %s?%s as %s, %s: %d %s: %s", rt.Method, rt.Path, p.ask, c.name, sort, r.status, r.path, wrong)
			}
		}
		if refused && m.newest() != at {
			m.t.Errorf("%s %s as %s: it was refused and yet something was done", rt.Method, rt.Path, c.name)
		}
	}
}

// judge says what is wrong with an answer, "" if nothing is. none is the
// answer for an id that was never given out.
func (m *matrix) judge(rt web.RouteInfo, p probe, c *caller, sort string, r, none answer) string {
	secretive := c.role != tenon.Administrator
	for _, word := range []string{unreachedWord, closedWord} {
		if !secretive && strings.Contains(r.body, word) {
			m.seen[word] = true
		}
	}
	hidden := sort == missing || (sort == other && !c.everywhere) || (sort == restricted && secretive)
	switch {
	case r.status >= 500:
		return "a fault of ours"
	case strings.Contains(r.body, unreachedWord) && !c.everywhere:
		return "it shows what the caller does not reach"
	case strings.Contains(r.body, closedWord) && secretive:
		return "it shows what is closed to the caller"
	case rt.Open:
		return ""
	case c.role == "" && (r.status != http.StatusSeeOther || !strings.HasPrefix(r.path, "/sign-in")):
		return "want the way to the sign-in"
	case c.role == "" || p.leads:
		return ""
	case r.status == http.StatusSeeOther && strings.HasPrefix(r.path, "/sign-in"):
		return "the caller is known"
	case hidden && r.status != none.status:
		return fmt.Sprintf("but %d where there is nothing: it tells that there is something", none.status)
	case hidden && digits.ReplaceAllString(r.body, "N") != digits.ReplaceAllString(none.body, "N"):
		return "it says something else than where there is nothing"
	case p.lists:
		return ""
	case (hidden || sort == wrong) && r.status != 403 && r.status != 404 && (hidden || r.status != 422):
		return "want 404"
	case !c.may(p.need) && r.status != 403 && r.status != 404 && !(sort == merged && r.status == http.StatusSeeOther && rt.Method == http.MethodGet):
		return "but the role may not " + string(p.need)
	case sort == own && !c.may(p.need) && r.status != 403:
		return "want 403"
	case sort == own && c.may(p.need) && !p.more && (r.status == 403 || r.status == 404):
		return "but the role may"
	case sort == own && c.may(p.need) && !p.more && rt.Method == http.MethodGet && r.status != 200:
		return "want the page"
	case sort == own && c.may(p.need) && !p.more && r.status >= 400 && r.status != 409:
		return "want it done, or only the plan to have changed"
	}
	return ""
}

var digits = regexp.MustCompile(`[0-9]+`)

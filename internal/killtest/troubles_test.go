package killtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/store"
)

// troubled is an account of hard cases: what the lists hold, by path, as JSON.
// What is not here is answered with 404 and a page.
var troubled = map[string]string{
	"organizations": `
		{"id":1,"type":"organizations","attributes":{"name":"Alder Works","parent-id":null,"primary":true}}
		{"id":"2","type":"organizations","attributes":{"name":null,"short-name":"none"}}
		{"id":"3","type":"organizations","attributes":{"name":"LONG"}}
		{"id":"4","type":"organizations","attributes":{"name":"Round","parent-id":"5"}}
		{"id":"5","type":"organizations","attributes":{"name":"Ring","parent-id":"4"}}
		{"id":"6","type":"organizations","attributes":{"name":"Self","parent-id":6}}
		{"id":"7","type":"organizations","attributes":{"name":"Alder Works","parent-id":1}}
		{"type":"organizations","attributes":{"name":"No id"}}`,
	"configuration_types": `{"id":"42","type":"configuration-types","attributes":{"name":"Switch"}} {"id":"43","type":"configuration-types","attributes":{"name":""}}`,
	"flexible_asset_types": `{"id":"33","type":"flexible-asset-types","attributes":{"name":"Line","enabled":false},"relationships":{"flexible-asset-fields":{"data":[
		{"id":"401","type":"flexible-asset-fields"},{"id":"402","type":"flexible-asset-fields"}]}}}`,
	"flexible_asset_types/33/relationships/flexible_asset_fields": `
		{"id":406,"type":"flexible-asset-fields","attributes":{"order":9,"name":"Kind","kind":"Select","default-value":null}}
		{"id":401,"type":"flexible-asset-fields","attributes":{"order":1,"name":"Provider","kind":"Text","use-for-title":true,"show-in-list":true}}
		{"id":402,"type":"flexible-asset-fields","attributes":{"order":2,"name":"Owners","kind":"Tag","tag-type":"AccountsUsers","required":true}}
		{"id":403,"type":"flexible-asset-fields","attributes":{"order":3,"name":"Backup","kind":"Tag","tag-type":"FlexibleAssetType: 33"}}
		{"id":404,"type":"flexible-asset-fields","attributes":{"order":4,"name":"Admin","kind":"Password","required":true}}
		{"id":405,"type":"flexible-asset-fields","attributes":{"order":5,"name":"Use","kind":"Percent","decimals":99}}
		{"id":407,"type":"flexible-asset-fields","attributes":{"order":7,"name":"Ends On","kind":"Date"}}
		{"id":408,"type":"flexible-asset-fields","attributes":{"order":8,"name":"Live","kind":"Checkbox"}}`,
	"flexible_assets": `
		{"id":"501","type":"flexible-assets","attributes":{"organization-id":1,"flexible-asset-type-id":33,"name":"North","restricted":"false","traits":{"provider":"North",
			"owners":{"type":"AccountsUsers","values":[{"id":8,"name":"the duty desk"}]},"backup":{"type":"FlexibleAssets","values":[{"id":502,"name":"South"}]},
			"admin":702,"use":"40%","kind":"Fibre","ends-on":"2028-01-01T00:00:00.000Z","live":"Yes"}}}
		{"id":"502","type":"flexible-assets","attributes":{"organization-id":"1","flexible-asset-type-id":"33","traits":{"provider":["South","West"],"owners":null,"use":"half"}}}`,
	"configurations": `
		{"id":"601","type":"configurations","attributes":{"organization-id":1,"name":"HF-SW01\nsecond line","configuration-type-id":43,"configuration-type-name":"Tap","primary-ip":"ten dot one",
			"mac-address":"18-5E-0F-ED-99-9J","installed-at":"2010-05-20T00:00:00.000Z","warranty-expires-at":"next year","notes":"as bought","archived":"1","contact-id":999,"contact-name":"the desk"}}`,
	"configurations/601/relationships/configuration_interfaces": `{"type":"configuration-interfaces","attributes":{"id":68,"name":null,"ip-address":"10.10.2.231","primary":true}}`,
	"contacts": `
		{"id":"801","type":"contacts","attributes":{"organization-id":1,"first-name":null,"last-name":"Reception","important":null,"contact-emails":[{"value":"not an address","primary":true,"label-name":"Work"},
			{"value":"desk@client.example","primary":false,"label-name":"Work"}],"contact-phones":[{"value":"4155552156","extension":null,"primary":true,"label-name":"Work","label-type":"phone"}]}}
		{"id":"802","type":"contacts","attributes":{"organization-id":1,"first-name":null,"last-name":null,"contact-emails":[{"value":"door@client.example","primary":true,"label-name":null}],"contact-phones":null}}
		{"id":"803","type":"contacts","attributes":{"organization-id":77,"organization-name":"Gone","first-name":"Nobody"}}
		{"id":"804","type":"contacts","attributes":null}`,
	"passwords": `
		{"id":"701","type":"passwords","attributes":{"organization-id":1,"name":"Locked","password":null}}
		{"id":"702","type":"passwords","attributes":{"organization-id":1,"name":"Line admin","username":"admin","password":"open sesame","resource-id":28631,"resource-type":"flexible-asset-trait","cached-resource-name":"North"}}
		{"id":"703","type":"passwords","attributes":{"organization-id":1,"name":"Not yours"}}
		{"id":"704","type":"passwords","attributes":{"organization-id":1,"name":"Seed","password":"swordfish","otp-secret":"not base 32 !","url":"javascript:alert(1)"}}`,
	"organizations/1/relationships/documents": `{"id":"901","type":"documents","attributes":{"organization-id":1,"name":"Runbook","content":"<p>Press the button <img src=\"/1/docs/901/images/3\"></p>","document-folder-id":null}}`,
}

// trouble answers as an account of hard cases does.
type trouble struct {
	asked []string
}

// statuses are paths that are answered with another status than 200, and a page.
var statuses = map[string]int{
	"checklists": http.StatusForbidden, "password_folders": http.StatusUnauthorized, "document_folders": http.StatusNotFound, "passwords/703": http.StatusForbidden,
	"files/2": http.StatusInternalServerError, "domains": http.StatusInternalServerError,
}

func (x *trouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(r.URL.Path, "/")
	x.asked = append(x.asked, path)
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("page[size]"))
	if err != nil {
		size = 50
	}
	page, err := strconv.Atoi(q.Get("page[number]"))
	if err != nil {
		page = 1
	}
	status := statuses[path]
	switch {
	case path == "locations" && slices.ContainsFunc(spread(page, size), func(n int) bool { return n == 7 }):
		status = http.StatusInternalServerError // a record that it cannot read
	case q.Get("include") != "" && strings.HasPrefix(path, "contacts"):
		status = http.StatusInternalServerError
		if !strings.Contains(path, "/") {
			status = http.StatusUnprocessableEntity
		}
	}
	if path == "files/1" {
		fmt.Fprint(w, "what is in it")
		return
	}
	list := x.records(path)
	if status != 0 || list == nil {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(cmp.Or(status, http.StatusNotFound))
		fmt.Fprint(w, "<html>Sorry.</html>")
		return
	}
	var out any = list
	if _, alone := troubled[path]; !alone && path != "locations" {
		out = list[0]
	} else {
		out = list[min((page-1)*size, len(list)):min(page*size, len(list))]
	}
	var next any
	if page*size < len(list) {
		next = page + 1
	}
	answer := map[string]any{"data": out, "meta": map[string]any{"next-page": next, "total-count": len(list)}}
	if path == "configurations/601" {
		answer["included"] = hung
	}
	text, err := json.Marshal(answer)
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
	}
}

// hung is what hangs on the configuration, as it says when it is asked for alone.
var hung = json.RawMessage(`[
	{"id":1,"type":"attachments","attributes":{"name":"plan.txt","attachment-file-name":"plan.txt","attachment-content-type":"text/plain","download-url":"/files/1"}},
	{"id":"2","type":"attachments","attributes":{"name":"lost.txt","download-url":"/files/2"}},
	{"id":"3","type":"attachments","attributes":{"name":"inside.txt","download-url":"https://10.0.0.1/inside.txt"}},
	{"id":"4","type":"related-items","attributes":{"resource-type":"User","resource-id":8,"name":"the duty desk"}},
	{"id":"5","type":"related-items","attributes":{"resource-type":"Contact","resource-id":801,"notes":"asks for it"}}]`)

// spread are the places of a list that a page has.
func spread(page, size int) (out []int) {
	for n := (page-1)*size + 1; n <= page*size && n <= 12; n++ {
		out = append(out, n)
	}
	return out
}

// records are those at a path; nil is that there is no such path.
func (x *trouble) records(path string) []map[string]any {
	if path == "locations" {
		var out []map[string]any
		for n := range 12 {
			out = append(out, map[string]any{"id": n + 1, "type": "locations", "attributes": map[string]any{"organization-id": 1, "name": fmt.Sprintf("Site %02d", n+1), "region-name": "Oregon", "country-id": nil}})
		}
		return out
	}
	text, ok := troubled[path]
	parent, id, deep := strings.Cut(path, "/")
	if !ok && !strings.Contains(id, "/") {
		text = troubled[parent]
	}
	var out []map[string]any
	d := json.NewDecoder(strings.NewReader(strings.ReplaceAll(text, `"LONG"`, strconv.Quote(strings.Repeat("long ", 70)))))
	for d.More() {
		var one map[string]any
		if err := d.Decode(&one); err != nil {
			return nil
		}
		if ok || deep && fmt.Sprint(one["id"]) == id {
			out = append(out, one)
		}
		if path == "configurations/601" {
			one["relationships"] = map[string]any{"attachments": refs(1, 2, 3), "related-items": refs(4, 5)}
		}
	}
	return out
}

func refs(ids ...int) map[string]any {
	var out []any
	for _, id := range ids {
		out = append(out, map[string]any{"id": id})
	}
	return map[string]any{"data": out}
}

// told are words that the problems of the copy must have, by resource and id.
var told = []string{
	"organizations  : 1 records of this list have no id, and did not come.",
	"organizations 3", "organizations 5: Parent:", "organizations 6: Parent:",
	"configuration_types 43",
	"locations  : The source does not give record 7 of this list: 500",
	"contacts 801: E-mail addresses: not an address", "contacts 803: Its organization Gone 77 did not come.", "contacts 804",
	"contacts 801: The source does not say what hangs on it (attachments, related_items): 500",
	"configurations 601: Type: Tap", "configurations 601: Primary IP: ten dot one", "configurations 601: Warranty expires on: next year", "configurations 601: Contact the desk 999",
	"document_folders  : The source gives this list under no record of organizations: 404", "password_folders  : The source gives this list under no record of organizations: 404",
	"documents  : The source does not give this list under 6 organizations: 404", "documents 901: The source does not give its sections: 404", "documents 901: Its text has 1 pictures",
	"flexible_assets 501: Owners the duty desk 8", "flexible_assets 502: Use: half",
	"domains  : The source does not give record", "domains  : The source does not give this list: 500",
	"checklists  : The source does not give this list: 403",
	"passwords 703: The source does not give the password: 403", "passwords 701: The source gives no value", "passwords 704: The one-time code secret is not base32", "passwords 704: URL: javascript:alert(1)",
	"attachments 2: The source does not give the file: 500", "attachments 3: The source does not give the file: 404: it is kept on another host, 10.0.0.1, and without the key only a public address is asked",
	"related_items 4: It leads to User 8, which did not come.",
}

// TestCopyOfHardCases copies an account that gives not all, and things that we do
// not take as they are: each is told, and nothing else is lost by it.
func TestCopyOfHardCases(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		x := &trouble{}
		server := httptest.NewServer(x)
		h.t.Cleanup(server.Close)
		h.Copier.AgainAfter(time.Millisecond)
		h.administrator("Keeping")
		problems := h.copyTroubled(server.URL)
		for _, words := range told {
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, words) }) {
				h.t.Errorf("nothing is told like %q", words)
			}
		}
		for _, p := range problems {
			if !slices.ContainsFunc(told, func(words string) bool { return strings.HasPrefix(p, words) }) && !strings.Contains(p, "does not give this list") && !strings.Contains(p, "does not say what hangs on") {
				h.t.Errorf("told beside: %s", p)
			}
		}
		h.hardCases()
		h.clean("a copy")
		before := h.census()
		h.copyTroubled(server.URL)
		for _, d := range before.Diff(h.census()) {
			h.t.Errorf("the second copy: %s", d)
		}
	})
}

// copyTroubled runs a copy to its end, and returns what it tells.
func (h *house) copyTroubled(url string) (out []string) {
	h.t.Helper()
	_, problems := h.copied(url, "ITG.key")
	for _, p := range problems {
		out = append(out, tellOf(p))
	}
	return out
}

func tellOf(p glueimport.Problem) string {
	if p.External == "" {
		return p.Resource + "  : " + p.Message
	}
	return p.Resource + " " + p.External + ": " + p.Message
}

// hardCases looks at what came.
func (h *house) hardCases() {
	h.t.Helper()
	got := map[string]*tenon.Item{}
	for _, k := range []tenon.Kind{tenon.Location, tenon.Contact, tenon.Configuration, tenon.Document, tenon.FlexibleAsset, tenon.Password} {
		page, _, err := h.Core.Items(ctx, Admin, store.ItemQuery{Kind: k, Page: tenon.Page{Limit: tenon.MaxPage}})
		h.must(err)
		for _, i := range page {
			got[i.Kind.String()+" "+i.Name] = i
		}
	}
	for _, name := range []string{"location Site 01", "location Site 06", "location Site 08", "location Site 12", "contact Reception", "contact door@client.example",
		"configuration HF-SW01 second line", "document Runbook", "flexible_asset North", "flexible_asset South, West", "password Locked", "password Line admin", "password Not yours", "password Seed"} {
		if got[name] == nil {
			h.t.Errorf("%s did not come: %v", name, got)
		}
	}
	if got["location Site 07"] != nil || h.t.Failed() {
		return
	}
	types, _, err := h.Core.FlexTypes(ctx, Admin, store.FlexTypeQuery{Page: tenon.Page{Limit: 10}})
	h.must(err)
	if len(types) != 1 || types[0].Enabled || types[0].Fields[2].TagFlexType != types[0].ID || types[0].Fields[6].Kind != tenon.FlexCheckbox || types[0].Fields[7].Kind != tenon.FlexText {
		h.t.Errorf("the types are %+v", types)
	}
	pc, north := got["configuration HF-SW01 second line"], got["flexible_asset North"]
	if notes := pc.Values.Text("notes"); !strings.HasPrefix(notes, "as bought\n\nNot taken over") || !strings.Contains(notes, "ten dot one") || !strings.Contains(notes, "Tap") || pc.Values.Text("installed_at") != "2010-05-20" || !pc.Archived {
		h.t.Errorf("the configuration is %v, archived %v", pc.Values, pc.Archived)
	}
	parts, err := h.Core.Parts(ctx, Admin, pc.ID)
	h.must(err)
	if len(parts) != 1 || parts[0].Values.Text("name") != "10.10.2.231" {
		h.t.Errorf("its interfaces are %v", parts)
	}
	traits := north.Values.Object("traits")
	if want := fmt.Sprintf("map[backup:[%d] ends-on:2028-01-01 kind:Fibre live:true provider:North use:40]", got["flexible_asset South, West"].ID); fmt.Sprint(traits) != want {
		h.t.Errorf("the asset holds %v, want %s", traits, want)
	}
	for item, field := range map[*tenon.Item]string{north: "traits.admin", got["password Line admin"]: "password"} {
		if word, err := h.Core.Reveal(ctx, Admin, item.ID, field); err != nil || word.Reveal() != "open sesame" {
			h.t.Errorf("the password of %s: %v", item.Name, err)
		}
	}
	if in := got["password Line admin"].Values.ID("resource_id"); in != int64(north.ID) {
		h.t.Errorf("the password of a field stands in %d, want %d", in, north.ID)
	}
	related, err := h.Core.Relations(ctx, Admin, pc.ID)
	h.must(err)
	files, err := h.Core.Attachments(ctx, Admin, pc.ID)
	h.must(err)
	if len(related) != 1 || related[0].Notes != "asks for it" || len(files) != 1 || files[0].Name != "plan.txt" {
		h.t.Errorf("on it hang %v and %v", related, files)
	}
}

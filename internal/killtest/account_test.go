package killtest

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// account is an installation that is copied from, with its API.
type account struct {
	*house
	url, key string
	copier   int64 // whose key it is
	api      http.Handler
	asked    []*asked
	lookups  map[string][]tenon.LookupID
	flex     *tenon.FlexType
	// instead, where it is set, may answer a request in the account's place.
	instead func(http.ResponseWriter) bool
	// front, where it is set, stands before the account and changes what is asked
	// and answered.
	front func(http.ResponseWriter, *http.Request, http.Handler)
}

// asked is a request to the account and what was answered.
type asked struct {
	at     time.Time // when it came
	status int
	wait   string // how long it asked to be left alone
}

// noted notes an answer before it leaves: a long one is read, and the next
// request here, before its handler has ended.
type noted struct {
	http.ResponseWriter
	*asked
}

func (w noted) WriteHeader(status int) {
	w.status, w.wait = status, w.Header().Get("Retry-After")
	w.ResponseWriter.WriteHeader(status)
}

// newAccount makes one with nothing in it; limit is how many requests it
// answers in five minutes, below 0 any number.
func newAccount(t *testing.T, engine string, limit int) *account {
	t.Helper()
	return newAccountIn(t, engine, limit, 0)
}

// newAccountIn is newAccount with another window than five minutes.
func newAccountIn(t *testing.T, engine string, limit int, window time.Duration) *account {
	t.Helper()
	a := &account{house: newHouse(t, engine), lookups: map[string][]tenon.LookupID{}}
	api, err := itglue.New(itglue.Options{Core: a.Core, Trash: a.Trash, Export: a.Export, Now: time.Now, URL: func() string { return "http://127.0.0.1" }, Limit: limit, Window: window})
	a.must(err)
	handler := httpkit.Wrap(httpkit.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, api.Handler(""))
	a.api = handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := noted{w, &asked{at: time.Now()}}
		a.asked = append(a.asked, n.asked) // the copy asks one request after the other
		switch {
		case a.instead != nil && a.instead(n):
		case a.front != nil:
			a.front(n, r, handler)
		default:
			handler.ServeHTTP(n, r)
		}
	}))
	t.Cleanup(server.Close)
	a.url = server.URL
	name, mail, role, all := "Copier", "copier@msp.example", tenon.Administrator, true
	u, err := a.Core.CreateUser(ctx, Admin, core.UserChange{Name: &name, Email: &mail, Role: &role, Everywhere: &all})
	a.must(err)
	// All its passwords are copied out.
	a.must(a.Core.SetSetting(ctx, Admin, tenon.SettingKeyReveals, "0"))
	key, _, err := a.Core.CreateKey(ctx, Admin, u.ID, "copy", true)
	a.must(err)
	a.key, a.copier = key.Reveal(), int64(u.ID)
	return a
}

// furnish fills the account: organizations in trees, and in each of them items
// of every kind, with all that they name and all that hangs on them.
func (a *account) furnish(organizations, each int) {
	a.t.Helper()
	for list, names := range map[string][]string{
		"organization_types": {"Client", "Vendor"}, "organization_statuses": {"Active", "Gone"}, "configuration_types": {"Server", "Printer"},
		"configuration_statuses": {"In use", "Spare"}, "contact_types": {"Boss"}, "manufacturers": {"Anvil"}, "password_categories": {"Root", "Door"},
	} {
		for _, name := range names {
			row, err := a.Core.CreateLookup(ctx, Admin, list, core.LookupChange{Name: &name})
			a.must(err)
			a.lookups[list] = append(a.lookups[list], row.ID)
		}
	}
	model := "A-100"
	row, err := a.Core.CreateLookup(ctx, Admin, "models", core.LookupChange{Name: &model, Parent: &a.lookups["manufacturers"][0]})
	a.must(err)
	a.lookups["models"] = []tenon.LookupID{row.ID}
	a.flex, err = a.Core.CreateFlexType(ctx, Admin, tenon.FlexType{Name: "Line", Enabled: true, Fields: []tenon.FlexField{
		{Name: "Provider", Kind: tenon.FlexText, Required: true, UseForTitle: true}, {Name: "Speed", Kind: tenon.FlexNumber},
		{Name: "Ends On", Kind: tenon.FlexDate, Expiration: true}, {Name: "Routers", Kind: tenon.FlexTag, TagType: tenon.Configuration},
		{Name: "Backup Line", Kind: tenon.FlexTag, TagType: tenon.FlexibleAsset},
	}})
	a.must(err)
	a.flex.Fields[4].TagFlexType = a.flex.ID // those of its own type alone
	a.flex, err = a.Core.UpdateFlexType(ctx, Admin, *a.flex)
	a.must(err)
	var above tenon.OrgID
	for i := range organizations {
		values := tenon.Values{"name": fmt.Sprintf("Client %05d", i), "short_name": fmt.Sprintf("C%d", i), "alert": "Call first", "quick_notes": "<p>Key at the <b>desk</b></p>",
			"organization_type_id": int64(a.pick("organization_types", i)), "organization_status_id": int64(a.pick("organization_statuses", i/2))}
		if i%5 > 0 {
			values["parent_id"] = int64(above)
		}
		o, err := a.Core.CreateOrganization(ctx, Admin, core.OrganizationChange{Values: values})
		a.must(err)
		if i%5 == 0 {
			above = o.ID
		}
		a.room(o.ID, i, each)
	}
}

func (a *account) pick(list string, i int) tenon.LookupID {
	return a.lookups[list][i%len(a.lookups[list])]
}

// room fills one organization, with each items beside those that name others.
func (a *account) room(org tenon.OrgID, n, each int) {
	a.t.Helper()
	var last tenon.ItemID
	a.must(a.Store.Write(ctx, func(tx *store.Tx) error {
		r := &filler{a: a, tx: tx, org: org, n: n}
		site := r.item(tenon.Location, tenon.Values{"name": "Office", "city": "Leeds", "address_1": "1 High Street", "phone": "+44 113 496 0000"}, nil)
		boss := r.item(tenon.Contact, tenon.Values{"first_name": "Office", "last_name": "Manager", "location_id": int64(site), "contact_type_id": int64(a.pick("contact_types", 0)),
			"emails": []any{map[string]any{"value": fmt.Sprintf("office%d@client.example", n), "primary": true, "label": "Work"}}, "important": true}, nil)
		var pc tenon.ItemID
		for i := range each {
			pc = r.item(tenon.Configuration, tenon.Values{"serial_number": fmt.Sprintf("SN%06d-%d", n, i), "primary_ip": "10.0.0.9", "notes": "as bought",
				"configuration_type_id": int64(a.pick("configuration_types", i)), "configuration_status_id": int64(a.pick("configuration_statuses", i)), "location_id": int64(site), "contact_id": int64(boss),
				"manufacturer_id": int64(a.pick("manufacturers", 0)), "model_id": int64(a.pick("models", 0)), "warranty_expires_at": "2027-05-01"},
				map[string][]tenon.Values{"interfaces": {{"name": "eth0", "ip_address": "10.0.0.9", "primary": true}, {"name": "eth1"}}})
		}
		folder := r.item(tenon.DocumentFolder, tenon.Values{"name": "Manuals"}, nil)
		inner := r.item(tenon.DocumentFolder, tenon.Values{"name": "Old manuals", "parent_id": int64(folder)}, nil)
		r.item(tenon.Document, tenon.Values{"name": "Runbook", "document_folder_id": int64(inner)},
			map[string][]tenon.Values{"sections": {{"resource_type": "Heading", "content": "Start", "level": float64(2)}, {"resource_type": "Text", "content": "<p>Press the <b>button</b></p>"}}})
		keys := r.item(tenon.PasswordFolder, tenon.Values{"name": "Keys"}, nil)
		r.secret(tenon.Values{"username": "root", "resource_id": int64(pc), "password_category_id": int64(a.pick("password_categories", n))})
		r.secret(tenon.Values{"username": "door", "password_folder_id": int64(keys), "url": "https://door.client.example"})
		line := r.item(tenon.FlexibleAsset, tenon.Values{"flexible_asset_type_id": int64(a.flex.ID), "traits": map[string]any{"provider": fmt.Sprintf("Line A %d", n), "speed": 100.0, "ends-on": "2028-01-01"}}, nil)
		last = r.item(tenon.FlexibleAsset, tenon.Values{"flexible_asset_type_id": int64(a.flex.ID), "traits": map[string]any{"provider": fmt.Sprintf("Line B %d", n), "routers": []any{float64(pc)}, "backup-line": []any{float64(line)}}}, nil)
		r.item(tenon.Domain, tenon.Values{"name": fmt.Sprintf("client%d.example", n), "registrar_name": "Some registrar", "expires_on": "2027-02-03"}, nil)
		r.item(tenon.Checklist, tenon.Values{"name": "New starter"}, map[string][]tenon.Values{"tasks": {{"name": "Order a desk", "completed": true}, {"name": "Make an account"}}})
		return r.err
	}))
	if n%10 > 0 {
		return // what is written one by one takes its time
	}
	_, err := a.Core.Attach(ctx, Admin, last, "contract.txt", "text/plain", strings.NewReader(fmt.Sprintf("contract %d", n)))
	a.must(err)
	_, err = a.Core.Relate(ctx, Admin, last, a.itemOf(org), 0, "runs over it")
	a.must(err)
}

// filler makes the items of one organization in one transaction.
type filler struct {
	a    *account
	tx   *store.Tx
	org  tenon.OrgID
	n    int
	made int
	err  error
}

// item makes one item. Names differ within an organization, and between them.
func (f *filler) item(k tenon.Kind, values tenon.Values, parts map[string][]tenon.Values) tenon.ItemID {
	return f.create(k, core.ItemChange{Values: values, Parts: parts})
}

func (f *filler) secret(values tenon.Values) {
	word := secret.NewText(fmt.Sprintf("open sesame %d-%d", f.n, f.made))
	f.create(tenon.Password, core.ItemChange{Values: values, Secrets: map[string]*secret.Text{"password": &word}})
}

func (f *filler) create(k tenon.Kind, in core.ItemChange) tenon.ItemID {
	if f.err != nil {
		return 0
	}
	f.made++
	title := k.Info().Title
	if len(title) > 0 && k != tenon.Domain {
		name, _ := in.Values[title[0]].(string)
		in.Values[title[0]] = strings.TrimSpace(fmt.Sprintf("%s %d-%d", name, f.n, f.made))
	}
	var i *tenon.Item
	if i, f.err = f.a.Core.CreateItemIn(f.tx, Admin, k, f.org, in); f.err != nil {
		return 0
	}
	return i.ID
}

// copied are the kinds that the API has.
var copied = []tenon.Kind{tenon.Location, tenon.Contact, tenon.Configuration, tenon.Domain, tenon.DocumentFolder, tenon.Document,
	tenon.FlexibleAsset, tenon.Checklist, tenon.PasswordFolder, tenon.Password}

// picture is all that an account says, a line for each record, with names in
// the place of ids: two accounts that say the same have equal pictures.
func (h *house) picture(secrets bool) []string {
	h.t.Helper()
	p := &painter{h: h, names: map[int64]string{}, secrets: secrets}
	var all []*tenon.Item
	h.must(h.Store.Read(ctx, func(tx *store.Tx) error { return p.name(tx) }))
	for _, k := range copied {
		for at := ""; ; {
			page, next, err := h.Core.Items(ctx, Admin, store.ItemQuery{Kind: k, Page: tenon.Page{Limit: 1000, Cursor: at}})
			h.must(err)
			all = append(all, page...)
			if at = next; at == "" {
				break
			}
		}
	}
	for _, i := range all {
		p.names[int64(i.ID)] = i.Name
	}
	lines := p.organizations
	for _, i := range all {
		lines = append(lines, p.item(i))
	}
	slices.Sort(lines)
	return lines
}

type painter struct {
	h             *house
	names         map[int64]string
	organizations []string
	secrets       bool
}

// name learns what ids mean, and paints the organizations.
func (p *painter) name(tx *store.Tx) error {
	for i := range tenon.Lists {
		rows, _, err := tx.ListLookups(store.LookupQuery{List: tenon.Lists[i].Name, Page: tenon.Page{Limit: tenon.MaxPage}})
		if err != nil {
			return err
		}
		for _, r := range rows {
			p.names[int64(r.ID)] = r.Name
		}
	}
	types, _, err := tx.ListFlexTypes(store.FlexTypeQuery{Page: tenon.Page{Limit: 100}})
	if err != nil {
		return err
	}
	for _, t := range types {
		p.names[int64(t.ID)] = t.Name
	}
	var all []*tenon.Organization
	for at := ""; ; {
		page, next, err := tx.ListOrganizations(Admin, store.OrgQuery{Page: tenon.Page{Limit: 1000, Cursor: at}})
		if err != nil {
			return err
		}
		all = append(all, page...)
		if at = next; at == "" {
			break
		}
	}
	for _, o := range all {
		p.names[int64(o.ID)] = o.Name
	}
	for _, o := range all {
		p.organizations = append(p.organizations, "organization "+p.values(tenon.OrganizationFields, o.Values)+" below "+o.ParentName)
	}
	return nil
}

func (p *painter) values(schema tenon.Schema, v tenon.Values) string {
	var b strings.Builder
	for i := range schema {
		f := &schema[i]
		x, ok := v[f.Name]
		if !ok || x == nil || f.ReadOnly || f.Type == tenon.OrgRef {
			continue
		}
		switch f.Type {
		case tenon.Lookup, tenon.Ref:
			x = p.names[v.ID(f.Name)]
		case tenon.Object:
			x = p.traits(v.Object(f.Name))
		}
		fmt.Fprintf(&b, " %s=%v", f.Name, x)
	}
	return b.String()
}

// traits names what a Tag field holds.
func (p *painter) traits(object map[string]any) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(object)) {
		x := object[key]
		if list, ok := x.([]any); ok {
			for i, id := range list {
				if n, ok := id.(float64); ok {
					list[i] = p.names[int64(n)]
				}
			}
		}
		fmt.Fprintf(&b, "%s:%v ", key, x)
	}
	return b.String()
}

func (p *painter) item(i *tenon.Item) string {
	p.h.t.Helper()
	info := i.Kind.Info()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q in %q:%s archived %v", info.Name, i.Name, i.OrgName, p.values(info.Fields, i.Values), i.Archived)
	if len(info.Parts) > 0 {
		parts, err := p.h.Core.Parts(ctx, Admin, i.ID)
		p.h.must(err)
		for _, x := range parts {
			fmt.Fprintf(&b, "; %s%s", x.Name, p.values(info.Part(x.Name).Fields, x.Values))
		}
	}
	if i.Kind == tenon.FlexibleAsset {
		files, err := p.h.Core.Attachments(ctx, Admin, i.ID)
		p.h.must(err)
		for _, f := range files {
			fmt.Fprintf(&b, "; file %s %s", f.Name, f.Hash)
		}
		related, err := p.h.Core.Relations(ctx, Admin, i.ID)
		p.h.must(err)
		for _, r := range related {
			fmt.Fprintf(&b, "; related %s %s", r.Name, r.Notes)
		}
	}
	if p.secrets && i.Kind == tenon.Password {
		word, err := p.h.Core.Reveal(ctx, Admin, i.ID, "password")
		p.h.must(err)
		fmt.Fprintf(&b, "; secret %s", word.Reveal())
	}
	return b.String()
}

// samePicture compares two accounts and tells the first lines that differ.
func samePicture(t *testing.T, after string, got, want []string) {
	t.Helper()
	shown := 0
	for _, line := range want {
		if _, ok := slices.BinarySearch(got, line); !ok && shown < 5 {
			t.Errorf("%s, missing: %s", after, line)
			shown++
		}
	}
	for _, line := range got {
		if _, ok := slices.BinarySearch(want, line); !ok && shown < 10 {
			t.Errorf("%s, not there: %s", after, line)
			shown++
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s there are %d records, want %d", after, len(got), len(want))
	}
}

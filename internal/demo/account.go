package demo

import (
	"fmt"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// plainLists are the look-up lists without a list above them.
var plainLists = []struct {
	list  string
	names []string
}{
	{"organization_types", []string{"Customer", "Prospect", "Vendor", "Internal"}},
	{"organization_statuses", []string{"Active", "Onboarding", "Inactive"}},
	{"configuration_types", []string{"Workstation", "Laptop", "Server", "Firewall", "Switch", "Access point", "Printer", "NAS", "UPS"}},
	{"configuration_statuses", []string{"Active", "In stock", "Retired"}},
	{"contact_types", []string{"End user", "Decision maker", "Technical contact"}},
	{"password_categories", []string{"Infrastructure", "Cloud", "Network", "Application"}},
	{"platforms", []string{"Desktop", "Server", "Storage"}},
}

// makeLists makes the look-up lists, or uses the entries that are there.
func (m *maker) makeLists() error {
	m.lists = map[string]map[string]tenon.LookupID{}
	for _, l := range plainLists {
		for _, name := range l.names {
			if err := m.entry(l.list, name, "", 0); err != nil {
				return err
			}
		}
	}
	systems := map[string]string{"Workstation 11 Pro": "Desktop", "Server 2022": "Server", "DiskOS 7": "Storage"}
	for _, d := range devices {
		if d.system != "" {
			if err := m.entry("operating_systems", d.system, "", m.lists["platforms"][systems[d.system]]); err != nil {
				return err
			}
		}
	}
	for _, b := range brands {
		if err := m.entry("manufacturers", b.name, "", 0); err != nil {
			return err
		}
		for _, model := range b.models {
			if err := m.entry("models", model, "", m.lists["manufacturers"][b.name]); err != nil {
				return err
			}
		}
	}
	if err := m.entry("countries", "United States", "US", 0); err != nil {
		return err
	}
	for _, c := range cities {
		if err := m.entry("regions", c.region, c.code, m.lists["countries"]["United States"]); err != nil {
			return err
		}
	}
	return nil
}

// entry finds or makes one entry of a list.
func (m *maker) entry(list, name, code string, parent tenon.LookupID) error {
	if m.lists[list] == nil {
		m.lists[list] = map[string]tenon.LookupID{}
	}
	if m.lists[list][name] != 0 {
		return nil
	}
	found, _, err := m.c.Lookups(m.ctx, m.v, store.LookupQuery{List: list, Name: name, Parent: parent, Page: tenon.Page{Limit: 1}})
	if err != nil {
		return err
	}
	if len(found) > 0 {
		m.lists[list][name] = found[0].ID
		return nil
	}
	in := core.LookupChange{Name: &name}
	if code != "" {
		in.Code = &code
	}
	if parent != 0 {
		in.Parent = &parent
	}
	var row *tenon.LookupRow
	err = m.write(func(tx *store.Tx) (err error) {
		if row, err = m.c.CreateLookupIn(tx, m.v, list, in); err != nil {
			return err
		}
		return m.mark(tx, int64(row.ID), store.DemoEntry, row.Version)
	})
	if err != nil {
		return fmt.Errorf("%s %q: %w", list, name, err)
	}
	m.lists[list][name] = row.ID
	return nil
}

// flexTypes are the flexible asset types. The first field is the title.
var flexTypes = []tenon.FlexType{
	{Name: "Applications", Description: "Line-of-business software.", Icon: "apps", Enabled: true, ShowInMenu: true, Fields: []tenon.FlexField{
		{Name: "Name", Kind: tenon.FlexText, Required: true, UseForTitle: true, ShowInList: true},
		{Name: "Version", Kind: tenon.FlexText, ShowInList: true},
		{Name: "Seats", Kind: tenon.FlexNumber},
		{Name: "Notes", Kind: tenon.FlexTextbox}}},
	{Name: "Backup", Description: "What is backed up, where to and how long.", Icon: "database", Enabled: true, ShowInMenu: true, Fields: []tenon.FlexField{
		{Name: "Name", Kind: tenon.FlexText, Required: true, UseForTitle: true, ShowInList: true},
		{Name: "Days kept", Kind: tenon.FlexNumber, ShowInList: true},
		{Name: "Off site", Kind: tenon.FlexCheckbox},
		{Name: "Encryption passphrase", Kind: tenon.FlexPassword}}},
	{Name: "Internet and LAN", Description: "Lines, addresses and networks.", Icon: "network", Enabled: true, ShowInMenu: true, Fields: []tenon.FlexField{
		{Name: "Line", Kind: tenon.FlexText, Required: true, UseForTitle: true, ShowInList: true},
		{Name: "Provider", Kind: tenon.FlexText, ShowInList: true},
		{Name: "Type", Kind: tenon.FlexSelect, Options: []string{"Fibre", "Cable", "Radio"}},
		{Name: "Router", Kind: tenon.FlexTag, TagType: tenon.Configuration}}},
	{Name: "Licensing", Description: "Licences and when they run out.", Icon: "certificate", Enabled: true, ShowInMenu: true, Fields: []tenon.FlexField{
		{Name: "Product", Kind: tenon.FlexText, Required: true, UseForTitle: true, ShowInList: true},
		{Name: "Seats", Kind: tenon.FlexNumber, ShowInList: true},
		{Name: "Renewal date", Kind: tenon.FlexDate, Expiration: true, ShowInList: true}}},
}

// makeFlexTypes makes the flexible asset types, or uses those that are there.
func (m *maker) makeFlexTypes() error {
	m.flex = map[string]tenon.FlexTypeID{}
	have, _, err := m.c.FlexTypes(m.ctx, m.v, store.FlexTypeQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
	if err != nil {
		return err
	}
	for _, t := range have {
		m.flex[t.Name] = t.ID
	}
	for _, t := range flexTypes {
		if m.flex[t.Name] != 0 {
			continue
		}
		err := m.write(func(tx *store.Tx) error {
			made, err := m.c.CreateFlexTypeIn(tx, m.v, t)
			if err != nil {
				return err
			}
			m.flex[t.Name] = made.ID
			return m.mark(tx, int64(made.ID), store.DemoType, made.Version)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return nil
}

// flexible makes an asset of each type in turn.
func (w *filing) flexible(n int) core.ItemChange {
	t := flexTypes[n%len(flexTypes)]
	v := tenon.Values{"flexible_asset_type_id": int64(w.m.flex[t.Name])}
	in := core.ItemChange{Values: v}
	switch t.Name {
	case "Applications":
		v["traits"] = map[string]any{"name": pick(w.r, applications), "version": fmt.Sprintf("%d.%d", 1+w.r.IntN(12), w.r.IntN(10)), "seats": 1 + w.r.IntN(60)}
	case "Backup":
		v["traits"] = map[string]any{"name": pick(w.r, []string{"Server image", "Mail archive", "File share"}), "days-kept": 30 + 30*w.r.IntN(12), "off-site": w.r.IntN(3) > 0}
		phrase := secret.NewText(strings.ToLower(pick(w.r, streets) + " " + pick(w.r, stemHeads) + " " + pick(w.r, stemTails) + " " + pick(w.r, streets)))
		in.Secrets = map[string]*secret.Text{"traits.encryption-passphrase": &phrase}
	case "Internet and LAN":
		traits := map[string]any{"line": pick(w.r, []string{"Main line", "Fallback line"}), "provider": pick(w.r, []string{"Prairie Fibre", "Lakeside Cable", "Ridge Radio"}), "type": pick(w.r, []string{"Fibre", "Cable", "Radio"})}
		v["traits"] = traits
	default:
		v["traits"] = map[string]any{"product": pick(w.r, []string{"Office suite", "Endpoint protection", "Remote support", "CAD"}), "seats": 5 + w.r.IntN(80), "renewal-date": w.day(-30, 500)}
	}
	return in
}

// staff are the provider's people and groups.
type staff struct {
	users  map[string]tenon.UserID // by role
	groups map[string]tenon.GroupID
}

// people of the provider. None administers: the first administrator is the
// one who opens the one-time link.
var people = []struct {
	first, last string
	role        tenon.Role
	everywhere  bool
	groups      []string
}{
	{"Rowan", "Tessellar", tenon.Manager, true, nil},
	{"Imani", "Castellan", tenon.Manager, false, []string{"Projects"}},
	{"Pavel", "Drumgold", tenon.Editor, false, []string{"Service desk", "Projects"}},
	{"Sunniva", "Okonkwale", tenon.Editor, false, []string{"Service desk"}},
	{"Mateo", "Brisbois", tenon.Creator, false, []string{"Service desk"}},
	{"Linnea", "Farrowgate", tenon.Lite, false, nil},
	{"Tobias", "Quellmann", tenon.ReadOnly, false, []string{"Finance"}},
}

// makeStaff makes users of every role but one, and groups, or uses those that are there.
func (m *maker) makeStaff() error {
	m.staff = staff{map[string]tenon.UserID{}, map[string]tenon.GroupID{}}
	have, _, err := m.c.Groups(m.ctx, m.v, store.GroupQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
	if err != nil {
		return err
	}
	for _, g := range have {
		m.staff.groups[g.Name] = g.ID
	}
	for _, name := range []string{"Service desk", "Projects", "Finance"} {
		if m.staff.groups[name] != 0 {
			continue
		}
		in := core.GroupChange{Name: &name}
		if name == "Finance" {
			in.Denied = &[]tenon.Kind{tenon.Password}
		}
		err := m.write(func(tx *store.Tx) error {
			g, err := m.c.CreateGroupIn(tx, m.v, in)
			if err != nil {
				return err
			}
			m.staff.groups[name] = g.ID
			return m.mark(tx, int64(g.ID), store.DemoGroup, g.Version)
		})
		if err != nil {
			return err
		}
	}
	for i, p := range people {
		if err := m.makeUser(i); err != nil {
			return fmt.Errorf("%s %s: %w", p.first, p.last, err)
		}
	}
	return nil
}

func (m *maker) makeUser(i int) error {
	p := people[i]
	name, email := p.first+" "+p.last, strings.ToLower(p.first+"."+p.last)+"@tenonbridge.example"
	key := fmt.Sprintf("%s %d", p.role, i)
	if u, err := m.c.UserByEmail(m.ctx, m.v, email); err == nil {
		m.staff.users[key] = u.ID
		return nil
	} else if tenon.CodeOf(err) != tenon.NotFound {
		return err
	}
	groups := []tenon.GroupID{}
	for _, g := range p.groups {
		groups = append(groups, m.staff.groups[g])
	}
	role, everywhere := p.role, p.everywhere
	err := m.write(func(tx *store.Tx) error {
		u, err := m.c.CreateInvitedIn(tx, m.v, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere, Groups: &groups})
		if err != nil {
			return err
		}
		m.staff.users[key] = u.ID
		return m.mark(tx, int64(u.ID), store.DemoUser, u.Version)
	})
	if err == nil {
		m.rep.Users++
	}
	return err
}

package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// filing files the items of one firm.
type filing struct {
	m  *maker
	tx *store.Tx
	f  *firm
	r  *rand.Rand

	people    []person
	contacts  []tenon.ItemID
	locations []tenon.ItemID
	machines  []tenon.ItemID
	serials   []string
	marks     []store.DemoMark
}

// shares say how many of a hundred items are of a kind, in the order in which
// they are filed: what is named comes before what names it.
var shares = []struct {
	kind  tenon.Kind
	share int
	make  func(w *filing, n int) core.ItemChange
}{
	{tenon.Location, 5, (*filing).location},
	{tenon.Contact, 24, (*filing).contact},
	{tenon.Configuration, 26, (*filing).configuration},
	{tenon.Password, 15, (*filing).password},
	{tenon.Document, 7, (*filing).document},
	{tenon.Domain, 4, (*filing).domain},
	{tenon.FlexibleAsset, 8, (*filing).flexible},
	{tenon.Checklist, 3, (*filing).checklist},
	{tenon.Ticket, 8, (*filing).ticket},
}

// all files everything. The numbers by kind add up to what the firm was given.
func (w *filing) all() error {
	given, sum := 0, 0
	for _, s := range shares {
		sum += s.share
		upTo := (w.f.items*sum + 50) / 100
		for n := range upTo - given {
			in := s.make(w, n)
			id, err := w.file(s.kind, in)
			if err != nil {
				return fmt.Errorf("%s: %w", s.kind, err)
			}
			w.remember(s.kind, id)
		}
		given = upTo
	}
	w.f.people, w.f.serials = w.people, w.serials
	return nil
}

// file writes an item; without a transaction it only gives it a number.
func (w *filing) file(k tenon.Kind, in core.ItemChange) (tenon.ItemID, error) {
	if w.tx == nil {
		return 1, nil
	}
	i, err := w.m.c.CreateItemIn(w.tx, w.m.v, k, w.f.id, in)
	if err != nil {
		return 0, err
	}
	w.marks = append(w.marks, store.DemoMark{Record: int64(i.ID), What: store.DemoItem, Version: i.Version})
	return i.ID, nil
}

// recall finds out who works at a firm and what its machines are called, as
// when it was made: what it makes is always the same.
func (m *maker) recall(f *firm) error {
	if f.people != nil || f.serials != nil {
		return nil
	}
	w := &filing{m: m, f: f, r: m.random(partItems, f.place)}
	return w.all()
}

func (w *filing) remember(k tenon.Kind, id tenon.ItemID) {
	switch k {
	case tenon.Contact:
		w.contacts = append(w.contacts, id)
	case tenon.Location:
		w.locations = append(w.locations, id)
	case tenon.Configuration:
		w.machines = append(w.machines, id)
	}
}

// one returns one of the ids, 0 where there is none.
func one(r *rand.Rand, ids []tenon.ItemID) int64 {
	if len(ids) == 0 {
		return 0
	}
	return int64(pick(r, ids))
}

// set puts an id into the values, unless it is 0.
func set(v tenon.Values, name string, id int64) {
	if id != 0 {
		v[name] = id
	}
}

// day is a date so many days from today, at most.
func (w *filing) day(from, to int) string {
	return w.m.o.Now.AddDate(0, 0, from+w.r.IntN(to-from)).Format(time.DateOnly)
}

func (w *filing) list(list, name string) int64 { return int64(w.m.lists[list][name]) }

func (w *filing) location(n int) core.ItemChange {
	v := tenon.Values{"name": "Main office", "address_1": w.f.street, "city": w.f.city.name,
		"postal_code": fmt.Sprintf("%s%02d", w.f.city.zip, w.r.IntN(100)), "country_id": w.list("countries", "United States"), "region_id": w.list("regions", w.f.city.region)}
	if w.f.phone != "" {
		v["phone"] = w.f.phone
	}
	if n > 0 {
		v["name"] = pick(w.r, []string{"Warehouse", "Branch", "Workshop", "Annex", "Downtown office"}) + fmt.Sprintf(" %d", n)
		v["address_1"] = fmt.Sprintf("%d %s %s", 10+w.r.IntN(980), pick(w.r, streets), pick(w.r, streetKinds))
		delete(v, "phone")
	}
	return core.ItemChange{Values: v}
}

func (w *filing) contact(n int) core.ItemChange {
	var p person
	if w.f.same && n < len(w.f.like.people) && w.r.IntN(2) == 0 {
		p = w.f.like.people[n] // the same person, filed twice
	} else {
		p = person{first: pick(w.r, firstNames), last: pick(w.r, lastNames)}
		p.email = strings.ToLower(p.first) + "." + strings.ToLower(strings.ReplaceAll(p.last, "-", "")) + "@" + w.f.domain
	}
	w.people = append(w.people, p)
	v := tenon.Values{"first_name": p.first, "last_name": p.last, "title": pick(w.r, jobTitles),
		"contact_type_id": w.list("contact_types", pick(w.r, []string{"End user", "End user", "End user", "Decision maker", "Technical contact"})),
		"emails":          []tenon.Address{{Value: p.email, Label: "Work", Primary: true}}}
	if w.r.IntN(2) == 0 {
		v["phones"] = []tenon.Address{{Value: fmt.Sprintf("+1 %s 555 01%02d", w.f.city.area, w.r.IntN(100)), Label: "Work", Primary: true}}
	}
	if n == 0 {
		v["important"] = true
	}
	set(v, "location_id", one(w.r, w.locations))
	return core.ItemChange{Values: v}
}

func (w *filing) configuration(n int) core.ItemChange {
	d := w.device()
	b := brandNamed(pick(w.r, d.makers))
	model := pick(w.r, b.models)
	serial := fmt.Sprintf("%s%08X", strings.ToUpper(b.name[:2]), w.r.Uint32())
	if w.f.same && n < len(w.f.like.serials) && w.r.IntN(3) == 0 {
		serial = w.f.like.serials[n] // the same machine, filed twice
	}
	w.serials = append(w.serials, serial)
	host := strings.ToUpper(w.f.stem[:min(4, len(w.f.stem))]) + "-" + d.prefix + fmt.Sprintf("%02d", n+1)
	mac := fmt.Sprintf("02:00:%02X:%02X:%02X:%02X", w.r.IntN(256), w.r.IntN(256), w.r.IntN(256), w.r.IntN(256))
	ip := fmt.Sprintf("10.%d.%d.%d", w.r.IntN(200), w.r.IntN(20), 10+w.r.IntN(240))
	v := tenon.Values{"name": host, "hostname": strings.ToLower(host), "serial_number": serial, "mac_address": mac, "primary_ip": ip,
		"configuration_type_id": w.list("configuration_types", d.kind), "manufacturer_id": w.list("manufacturers", b.name),
		"model_id":                w.list("models", model),
		"configuration_status_id": w.list("configuration_statuses", pick(w.r, []string{"Active", "Active", "Active", "In stock", "Retired"})),
		"purchased_at":            w.day(-1500, -100), "warranty_expires_at": w.day(-300, 900), "asset_tag": fmt.Sprintf("T%06d", w.r.IntN(1_000_000))}
	if d.system != "" {
		v["operating_system_id"] = w.list("operating_systems", d.system)
	}
	set(v, "location_id", one(w.r, w.locations))
	if d.prefix == "WS" || d.prefix == "LT" {
		set(v, "contact_id", one(w.r, w.contacts))
	}
	in := core.ItemChange{Values: v, Parts: map[string][]tenon.Values{"interfaces": {{"name": "LAN", "ip_address": ip, "mac_address": mac, "primary": true}}}}
	if w.r.IntN(25) == 0 {
		yes := true
		in.Archived = &yes
	}
	return in
}

// device draws a device, the frequent ones more often.
func (w *filing) device() device {
	x := w.r.IntN(100)
	for _, d := range devices {
		if x -= d.share; x < 0 {
			return d
		}
	}
	return devices[0]
}

func brandNamed(name string) brand {
	for _, b := range brands {
		if b.name == name {
			return b
		}
	}
	return brands[0]
}

func (w *filing) password(n int) core.ItemChange {
	account := accounts[n%len(accounts)]
	if n >= len(accounts) {
		account += fmt.Sprintf(" %d", n/len(accounts)+1)
	}
	value := secret.NewText(fmt.Sprintf("%s-%s-%d", pick(w.r, streets), strings.ToLower(pick(w.r, stemHeads)+pick(w.r, stemTails)), 1000+w.r.IntN(9000)))
	v := tenon.Values{"name": account, "username": pick(w.r, []string{"admin", "administrator", "svc-" + strings.ToLower(w.f.stem[:3]), "root"}),
		"password_category_id": w.list("password_categories", pick(w.r, []string{"Infrastructure", "Cloud", "Network", "Application"}))}
	if w.r.IntN(3) == 0 {
		v["url"] = "https://portal." + w.f.domain
	}
	if w.r.IntN(3) == 0 {
		set(v, "resource_id", one(w.r, w.machines)) // embedded in a machine
	}
	return core.ItemChange{Values: v, Secrets: map[string]*secret.Text{"password": &value}}
}

func (w *filing) document(n int) core.ItemChange {
	name := documents[n%len(documents)]
	if n >= len(documents) {
		name += fmt.Sprintf(" (%d)", n/len(documents)+1)
	}
	v := tenon.Values{"name": name, "published_at": w.day(-400, 0) + "T09:00:00Z"}
	return core.ItemChange{Values: v, Parts: map[string][]tenon.Values{"sections": {
		{"resource_type": "Text", "content": fmt.Sprintf("<p>For %s in %s. Last walked through on %s.</p>", w.f.stem, w.f.city.name, w.day(-400, 0))},
		{"resource_type": "Step", "content": "<p>" + pick(w.r, tasks) + ".</p>", "duration": float64(5 + w.r.IntN(30))},
		{"resource_type": "Step", "content": "<p>" + pick(w.r, tasks) + ".</p>", "duration": float64(5 + w.r.IntN(30))},
	}}}
}

func (w *filing) domain(n int) core.ItemChange {
	name := w.f.domain
	if n > 0 {
		name = fmt.Sprintf("%s%d.example", strings.TrimSuffix(w.f.domain, ".example"), n+1)
	}
	return core.ItemChange{Values: tenon.Values{"name": name, "registrar_name": pick(w.r, registrars), "expires_on": w.day(-20, 700)}}
}

func (w *filing) checklist(n int) core.ItemChange {
	list := []tenon.Values{}
	for i := range 3 + w.r.IntN(3) {
		list = append(list, tenon.Values{"name": tasks[(n+i)%len(tasks)], "completed": w.r.IntN(2) == 0})
	}
	v := tenon.Values{"name": pick(w.r, []string{"New starter", "Leaver", "Server maintenance", "Quarterly review"}), "due_on": w.day(-30, 60)}
	return core.ItemChange{Values: v, Parts: map[string][]tenon.Values{"tasks": list}}
}

func (w *filing) ticket(int) core.ItemChange {
	subject := pick(w.r, subjects)
	v := tenon.Values{"subject": subject, "description": subject + ". It began this morning; please have a look.",
		"status":      pick(w.r, []string{"new", "open", "open", "pending", "solved", "solved", "closed"}),
		"priority":    pick(w.r, []string{"low", "normal", "normal", "high", "urgent"}),
		"ticket_type": pick(w.r, []string{"question", "incident", "incident", "task"})}
	set(v, "requester_id", one(w.r, w.contacts))
	if w.r.IntN(2) == 0 {
		set(v, "configuration_id", one(w.r, w.machines))
	}
	comments := []tenon.Values{{"body": "Thanks, we are looking into it.", "public": true}}
	if w.r.IntN(2) == 0 {
		comments = append(comments, tenon.Values{"body": "Reproduced on site; waiting for the part.", "public": false})
	}
	return core.ItemChange{Values: v, Parts: map[string][]tenon.Values{"comments": comments}}
}

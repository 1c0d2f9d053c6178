package trash

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// KindDemo is the operation that takes away what the demo made. It is a purge
// without a stay in the trash: nobody wants the demo back.
const KindDemo = "remove demo"

// KeepChanged is the action of a plan that leaves what somebody has changed
// since the demo made it.
const KeepChanged = "keep changed"

// demoNames is how many records a sentence of the plan names.
const demoNames = 3

// demoSnapshot is everything that a plan of removing the demo is made from.
type demoSnapshot struct {
	at      time.Time
	keep    bool
	orgs    []store.DemoOrg
	going   map[tenon.OrgID]bool
	stays   map[tenon.OrgID]tenon.Phrase // why, of organizations
	items   []store.DemoRow              // filed with others, and going
	hosts   int64                        // items that stay for what hangs on them
	kinds   map[tenon.Kind]int64
	users   []store.DemoRow
	groups  []store.DemoRow
	changed []string
	changes int64
	busy    tenon.OperationID
	loading bool
	primary bool
}

// PlanDemo says exactly what removing the demo would take, and what stays
// because something of the account's own is in it.
func (e *Engine) PlanDemo(ctx context.Context, v tenon.Viewer, keepChanged bool) (*tenon.Plan, error) {
	if err := allowDemo(v); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		s, err := readDemo(tx, keepChanged)
		if err == nil {
			p = planDemo(s)
		}
		return err
	})
	return p, err
}

func allowDemo(v tenon.Viewer) error {
	if err := v.Need(tenon.PurgeTrash); err != nil {
		return err
	}
	return v.Need(tenon.ManageSettings)
}

func readDemo(tx *store.Tx, keep bool) (*demoSnapshot, error) {
	there, err := tx.HasDemo()
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, tenon.Errorf(tenon.Conflict, "There is no demo data here. Nothing was changed.")
	}
	s := &demoSnapshot{at: tx.Now(), keep: keep, going: map[tenon.OrgID]bool{}, stays: map[tenon.OrgID]tenon.Phrase{}, kinds: map[tenon.Kind]int64{}}
	if s.orgs, err = tx.SystemDemoOrganizations(); err != nil {
		return nil, err
	}
	if err := s.readStaying(tx); err != nil {
		return nil, err
	}
	if s.users, s.groups, err = tx.SystemDemoPeople(); err != nil {
		return nil, err
	}
	if s.changed, s.changes, err = tx.SystemDemoChanged(demoNames); err != nil {
		return nil, err
	}
	if s.busy, _, err = tx.SystemBusy(s.ids()); err != nil {
		return nil, err
	}
	own, err := tx.PrimaryOrganization()
	if err != nil {
		return nil, err
	}
	s.primary = s.going[own]
	running, err := tx.SystemRunningOf("demo", KindDemo)
	s.loading = len(running) > 0
	return s, err
}

// readStaying finds out which organizations of the demo stay, and why, and
// which items go one by one.
func (s *demoSnapshot) readStaying(tx *store.Tx) error {
	var owners []tenon.OrgID
	for _, o := range s.orgs {
		if o.Owner == o.ID {
			owners = append(owners, o.ID)
		}
		if s.keep && o.State == tenon.Live && o.Version > o.Made {
			s.stays[o.ID] = tenon.Say("it was changed")
		}
	}
	items, err := tx.SystemDemoItems(owners, s.keep)
	if err != nil {
		return err
	}
	files, merged, below, err := tx.SystemDemoGuests(owners)
	if err != nil {
		return err
	}
	hosts, err := tx.SystemDemoHosts(s.keep)
	if err != nil {
		return err
	}
	stay := func(guests []store.DemoGuest, format string) { s.stay(guests, format) }
	stay(merged, "%s was merged into it")
	stay(below, "%s stands below it")
	stay(items, "%s is filed there and is not of the demo")
	stay(files, "the file %s hangs on it")
	stay(hosts, "%s hangs on something that is filed there")
	s.stayAbove()
	for _, id := range owners {
		s.going[id] = s.stays[id].IsZero()
	}
	return s.readItems(tx, hosts)
}

// stay keeps the organizations of guests, where nothing keeps them already.
func (s *demoSnapshot) stay(guests []store.DemoGuest, why string) {
	names := map[tenon.OrgID][]string{}
	for _, g := range guests {
		if s.stays[g.Org].IsZero() && g.Org != 0 {
			names[g.Org] = append(names[g.Org], g.Name)
		}
	}
	for id, list := range names {
		s.stays[id] = tenon.Say(why, someNames(list[:1], int64(len(list))))
	}
}

// stayAbove keeps what stands above what stays: deleting it would take that along.
func (s *demoSnapshot) stayAbove() {
	for again := true; again; {
		again = false
		for _, o := range s.orgs {
			if !s.stays[o.ID].IsZero() && o.State == tenon.Live && o.Above != 0 && s.stays[o.Above].IsZero() {
				s.stays[o.Above], again = tenon.Say("%s, below it, stays", o.Name), true
			}
		}
	}
}

// readItems counts the items that go, and finds those that go from where
// something else stays.
func (s *demoSnapshot) readItems(tx *store.Tx, hosts []store.DemoGuest) (err error) {
	going := s.roots()
	if s.kinds, err = tx.SystemDemoKinds(going); err != nil {
		return err
	}
	rest, err := tx.SystemDemoElsewhere(going)
	if err != nil {
		return err
	}
	host := map[int64]bool{}
	for _, h := range hosts {
		host[int64(h.Host)] = true
	}
	for _, i := range rest {
		if host[i.ID] || (s.keep && i.Changed) {
			s.hosts++
			continue
		}
		s.items = append(s.items, i)
		s.kinds[i.Kind]++
	}
	return nil
}

// roots are the organizations that go, in the order of their ids.
func (s *demoSnapshot) roots() []tenon.OrgID {
	var out []tenon.OrgID
	for id, goes := range s.going {
		if goes {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (s *demoSnapshot) ids() []tenon.OrgID {
	out := make([]tenon.OrgID, len(s.orgs))
	for i, o := range s.orgs {
		out[i] = o.ID
	}
	return out
}

// people are those of the list who go: nobody has made them their own.
func (s *demoSnapshot) people(list []store.DemoRow) []store.DemoRow {
	return slices.DeleteFunc(slices.Clone(list), func(p store.DemoRow) bool { return p.Changed })
}

// planDemo turns a snapshot into a plan. It looks at nothing else.
func planDemo(s *demoSnapshot) *tenon.Plan {
	p := &tenon.Plan{Operation: KindDemo, PlannedAt: s.at, Counts: tenon.CountsByName(s.kinds), Facts: map[string]string{}}
	if s.keep {
		p.Action = KeepChanged
	}
	roots := s.roots()
	for i := range tenon.Kinds {
		if n := s.kinds[tenon.Kinds[i].Kind]; n > 0 {
			p.Contents = append(p.Contents, tenon.KindCount{Kind: tenon.Kinds[i].Plural, Source: n, Together: n})
		}
	}
	users, groups := s.people(s.users), s.people(s.groups)
	p.Counts["organizations"], p.Counts["users"], p.Counts["groups"] = int64(len(roots)), int64(len(users)), int64(len(groups))
	p.Blockers = s.blockers()
	p.Warnings = s.warnings(len(users), len(groups))
	p.References = s.references()
	p.Facts["organizations that go"] = sum(roots)
	p.Facts["organizations that stay"] = fmt.Sprint(len(s.stays))
	one := make([]tenon.ItemID, len(s.items))
	for i, item := range s.items {
		one[i] = tenon.ItemID(item.ID)
	}
	p.Facts["items that go one by one"] = sum(one)
	p.Facts["what was changed"] = map[bool]string{true: "stays", false: "goes"}[s.keep]
	p.Facts["blockers"] = fmt.Sprint(len(p.Blockers))
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p
}

// sum says how many ids there are and which, in a few characters: a plan of
// thousands must fit into a page.
func sum[ID ~int64](ids []ID) string {
	h := fnv.New64a()
	fmt.Fprint(h, ids)
	return fmt.Sprintf("%d (%08x)", len(ids), h.Sum64()>>32)
}

func (s *demoSnapshot) blockers() []tenon.Finding {
	var out []tenon.Finding
	if s.loading {
		out = append(out, tenon.Find("demo_running", "", 0, "Demo data is being made or removed just now. Wait until that is done."))
	}
	if s.busy != 0 {
		out = append(out, tenon.Find("busy", "", int64(s.busy), "Another operation (%d) is working on one of these. Wait until it is done.", s.busy))
	}
	return out
}

func (s *demoSnapshot) warnings(users, groups int) []tenon.Finding {
	var out []tenon.Finding
	add := func(code, format string, args ...any) {
		out = append(out, tenon.Find(code, "", 0, format, args...))
	}
	add("for_ever", "This cannot be undone: it does not go through the trash. What the activity log says of these records stays.")
	add("own_stays", "Nothing of your own is removed. List entries and flexible asset types of the demo go where nothing of yours uses them.")
	if users+groups > 0 {
		add("people", "%s and %s go too. Nobody has signed in as one of them.", tenon.Amount(users, "user", "users"), tenon.Amount(groups, "group", "groups"))
	}
	if s.changes > 0 && !s.keep {
		add("changed", "%s of the demo %s changed since, and %s all the same: %s.", tenon.Amount(s.changes, "record", "records"),
			tenon.Form(s.changes, "was", "were"), tenon.Form(s.changes, "goes", "go"), someNames(s.changed, s.changes))
	}
	if s.primary {
		add("primary", "The account's own organization is one of the demo. After this the account has none, until you choose yours in the settings.")
	}
	return out
}

// references are what stays, and why.
func (s *demoSnapshot) references() []tenon.ReferencePlan {
	var out []tenon.ReferencePlan
	for _, o := range s.orgs {
		switch {
		case !s.stays[o.ID].IsZero():
			out = append(out, tenon.ReferencePlan{Subject: tenon.Say("The organization %s", o.Name), Count: 1, Now: tenon.Say("stays: %s", s.stays[o.ID])})
		case o.Owner != o.ID && s.stays[o.Owner].IsZero() && !s.going[o.Owner]:
			out = append(out, tenon.ReferencePlan{Subject: tenon.Say("The organization %s", o.Name), Count: 1, Now: tenon.Say("was merged into %s, which is yours. What it gave stays there; its items of the demo go", o.OwnerName)})
		}
	}
	if s.hosts == 1 {
		out = append(out, tenon.ReferencePlan{Subject: tenon.Say("The item of the demo"), Count: 1, Now: tenon.Say("stays: something of yours hangs on it, or it was changed")})
	} else if s.hosts > 1 {
		out = append(out, tenon.ReferencePlan{Subject: tenon.Say("%s of the demo", tenon.Amount(s.hosts, "item", "items")), Count: s.hosts, Now: tenon.Say("stay: something of yours hangs on them, or they were changed")})
	}
	for _, u := range s.users {
		if u.Changed {
			out = append(out, tenon.ReferencePlan{Subject: tenon.Say("The user %s", u.Name), Count: 1, Now: tenon.Say("stays: somebody has signed in as them, or they administer")})
		}
	}
	for _, g := range s.groups {
		if g.Changed {
			out = append(out, tenon.ReferencePlan{Subject: tenon.Say("The group %s", g.Name), Count: 1, Now: tenon.Say("stays: somebody who is not of the demo is in it")})
		}
	}
	return out
}

// someNames are the names and, of n, how many more there are.
func someNames(names []string, n int64) tenon.List {
	out := tenon.ListOf(names)
	if more := n - int64(len(names)); more > 0 {
		out = append(out, tenon.Say("%s more", tenon.Figure(more)))
	}
	return out
}

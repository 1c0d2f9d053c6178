package trash

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// doomed is one organization that a delete would take, as it stands.
type doomed struct {
	org     *tenon.Organization
	parent  tenon.OrgID
	root    bool // named by the person; the others are below it
	binders []tenon.BinderID
	partial bool // the viewer does not reach all of it
	unseen  bool // the viewer reaches nothing of it
	syncing int64
	synced  int64
	links   []store.Link
}

// deleteSnapshot is everything that a plan of deleting organizations is made from.
type deleteSnapshot struct {
	at       time.Time
	viewer   tenon.Viewer
	orgs     []*doomed // in the order of the tree: parents first
	bulk     bool      // the account allows it
	days     int
	busy     tenon.OperationID
	busyAs   tenon.Phrase
	homeless []rehome

	// Only in a full snapshot.
	full   bool
	counts map[tenon.Kind]int64
	hidden int64
	files  int64
}

// PlanDelete says exactly what deleting these organizations would take.
func (e *Engine) PlanDelete(ctx context.Context, v tenon.Viewer, orgs []tenon.OrgID) (*tenon.Plan, error) {
	if err := allowDelete(v, orgs); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		s, err := readDelete(tx, v, orgs, true)
		if err != nil {
			return err
		}
		p = planDelete(s)
		return nil
	})
	return p, err
}

// allowDelete holds what needs no look at the data.
func allowDelete(v tenon.Viewer, orgs []tenon.OrgID) error {
	if err := v.Need(tenon.DeleteOrgs); err != nil {
		return err
	}
	if len(orgs) == 0 {
		return tenon.FieldErrorf("organizations", "Name the organization to delete.")
	}
	if len(orgs) > 1 {
		if err := v.Need(tenon.BulkDelete); err != nil {
			return err
		}
	}
	if len(orgs) > MaxOrganizations {
		return tenon.FieldErrorf("organizations", "One operation deletes %d organizations at most.", MaxOrganizations)
	}
	seen := map[tenon.OrgID]bool{}
	for _, id := range orgs {
		if seen[id] {
			return tenon.FieldErrorf("organizations", "Organization %d is named twice.", id)
		}
		seen[id] = true
	}
	return nil
}

// readDelete takes the snapshot. A full one counts items, for people; the
// other holds only what decides the outcome, and costs nothing per item.
func readDelete(tx *store.Tx, v tenon.Viewer, ids []tenon.OrgID, full bool) (*deleteSnapshot, error) {
	s := &deleteSnapshot{at: tx.Now(), viewer: v, full: full}
	var trees []store.TreeOrg
	seen := map[tenon.OrgID]bool{}
	found, err := tx.Trees(v, ids, tenon.Live)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if len(found[id]) == 0 {
			return nil, tenon.Errorf(tenon.NotFound, "There is no organization %d.", id)
		}
		for _, t := range found[id] {
			if !seen[t.ID] {
				seen[t.ID] = true
				trees = append(trees, t)
			}
		}
		if len(trees) > MaxOrganizations {
			return nil, tenon.Errorf(tenon.TooLarge, "One operation deletes %d organizations at most, sub-organizations included. Nothing was changed. Delete some of the sub-organizations first.", MaxOrganizations)
		}
	}
	if err := s.readDoomed(tx, trees, ids); err != nil {
		return nil, err
	}
	if s.bulk, err = bulkAllowed(tx); err != nil {
		return nil, err
	}
	if s.days, err = days(tx); err != nil {
		return nil, err
	}
	if s.busy, s.busyAs, err = tx.SystemBusy(s.ids()); err != nil {
		return nil, err
	}
	if s.homeless, err = readHomeless(tx, v, s.binders(), s.ids()); err != nil || !full {
		return s, err
	}
	return s, s.count(tx)
}

// readDoomed reads all organizations that would go, at once.
func (s *deleteSnapshot) readDoomed(tx *store.Tx, trees []store.TreeOrg, roots []tenon.OrgID) error {
	ids := make([]tenon.OrgID, len(trees))
	for i, t := range trees {
		ids[i] = t.ID
	}
	orgs, err := tx.SystemOrganizations(ids)
	if err != nil {
		return err
	}
	for _, t := range trees {
		o := orgs[t.ID]
		s.orgs = append(s.orgs, &doomed{org: o, parent: t.Parent, root: slices.Contains(roots, t.ID), binders: o.Binders})
	}
	all := s.binders()
	reached, err := tx.Reached(s.viewer, all)
	if err != nil {
		return err
	}
	syncing, err := tx.SystemSyncing(all)
	if err != nil {
		return err
	}
	links, err := tx.SystemBinderLinks(all)
	if err != nil {
		return err
	}
	for _, d := range s.orgs {
		mine := 0
		for _, b := range d.binders {
			if reached[b] {
				mine++
			}
			d.syncing += syncing[b].Organizations
			d.synced += syncing[b].Items
		}
		d.unseen = mine == 0 && len(d.binders) > 0
		d.partial = mine < len(d.binders)
		for _, l := range links {
			if slices.Contains(d.binders, l.Binder) {
				d.links = append(d.links, l)
			}
		}
	}
	return nil
}

func (s *deleteSnapshot) ids() []tenon.OrgID {
	out := make([]tenon.OrgID, len(s.orgs))
	for i, d := range s.orgs {
		out[i] = d.org.ID
	}
	return out
}

func (s *deleteSnapshot) binders() []tenon.BinderID {
	var out []tenon.BinderID
	for _, d := range s.orgs {
		out = append(out, d.binders...)
	}
	return out
}

// count counts under the viewer's rights, and in all.
func (s *deleteSnapshot) count(tx *store.Tx) (err error) {
	binders := s.binders()
	var all map[tenon.Kind]int64
	if s.counts, all, err = tx.CountItemsAndAll(s.viewer, binders); err != nil {
		return err
	}
	for k, n := range all {
		s.hidden += n - s.counts[k]
	}
	s.files, err = tx.SystemCountFiles(binders)
	return err
}

// called is what a plan may call an organization: nothing that the viewer may
// not know.
func (d *doomed) called() tenon.Phrase {
	if d.unseen {
		return tenon.Say("a sub-organization that you do not reach")
	}
	return tenon.Say("%s", d.org.Name)
}

func (d *doomed) name() string { return d.called().String() }

// planDelete turns a snapshot into a plan. It looks at nothing else.
func planDelete(s *deleteSnapshot) *tenon.Plan {
	p := &tenon.Plan{Operation: KindDelete, PlannedAt: s.at, Counts: map[string]int64{}, Facts: map[string]string{}}
	names := map[tenon.OrgID]tenon.Phrase{}
	for _, d := range s.orgs {
		names[d.org.ID] = d.called()
		if d.root {
			p.Sources = append(p.Sources, tenon.PlanOrg{ID: d.org.ID, Name: d.name(), State: d.org.State, Binders: len(d.binders),
				CreatedAt: d.org.CreatedAt, Syncing: d.syncing > 0, Primary: d.org.Primary, Version: d.org.Version})
			continue
		}
		p.Children = append(p.Children, tenon.ChildPlan{ID: d.org.ID, Name: d.name(), From: d.parent, Why: tenon.Say("It is below %s.", names[d.parent]), Hidden: d.unseen})
	}
	for _, h := range s.homeless {
		p.Moves = append(p.Moves, h.plan())
	}
	p.Blockers = deleteBlockers(s)
	if s.full {
		s.contents(p)
		p.Warnings = deleteWarnings(s)
	}
	s.facts(p)
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p
}

func (s *deleteSnapshot) contents(p *tenon.Plan) {
	for name, n := range tenon.CountsByName(s.counts) {
		p.Counts[name] = n
	}
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		if n := s.counts[info.Kind]; n > 0 {
			p.Contents = append(p.Contents, tenon.KindCount{Kind: info.Plural, Source: n, Together: n})
		}
	}
	p.Counts["organizations"] = int64(len(s.orgs))
	p.Counts["sub_organizations"] = int64(len(p.Children))
	p.Counts["binders"] = int64(len(s.binders()))
	p.Counts["attachments"] = s.files
	p.Counts["contacts_rehomed"] = int64(len(s.homeless))
	if p.Counts["items"] > TypeName {
		p.MustType = confirmation("delete", p.Sources)
	}
}

// confirmation is what a person types to confirm: the name of the one
// organization, or how many there are.
func confirmation(verb string, orgs []tenon.PlanOrg) string {
	if len(orgs) == 1 {
		return orgs[0].Name
	}
	return fmt.Sprintf("%s %d organizations", verb, len(orgs))
}

// facts are what decides the outcome. Item counts are not among them.
func (s *deleteSnapshot) facts(p *tenon.Plan) {
	f := p.Facts
	for _, d := range s.orgs {
		who := fmt.Sprintf("organization %d", d.org.ID)
		f[who+" name"] = d.name()
		f[who+" state"] = string(d.org.State)
		f[who+" version"] = fmt.Sprint(d.org.Version)
		f[who+" binders"] = fmt.Sprint(d.binders)
		f[who+" parent"] = fmt.Sprint(d.parent)
		f[who+" syncing"] = fmt.Sprint(d.syncing > 0)
		f[who+" primary"] = fmt.Sprint(d.org.Primary)
	}
	for _, h := range s.homeless {
		f[fmt.Sprintf("contact %d goes to", h.contact.ID)] = fmt.Sprintf("organization %d", h.to)
	}
	f["bulk deletion"] = fmt.Sprint(s.bulk)
	codes := make([]string, len(p.Blockers))
	for i, b := range p.Blockers {
		codes[i] = fmt.Sprint(b.Code, " ", b.Subject)
	}
	f["blockers"] = strings.Join(codes, ", ")
}

// deleteBlockers say why this may not run, and what would clear it. The codes
// are part of the outside contract.
func deleteBlockers(s *deleteSnapshot) []tenon.Finding {
	var out []tenon.Finding
	add := func(code, action string, subject tenon.OrgID, format string, args ...any) {
		out = append(out, tenon.Find(code, action, int64(subject), format, args...))
	}
	roots := 0
	for _, d := range s.orgs {
		o := d.org
		if d.root {
			roots++
		}
		switch o.State {
		case tenon.Merged:
			add("not_live", "", o.ID, "%s was merged into another organization (%d), which answers for it. Delete that one, or undo the merge.", o.Name, o.MergedInto)
			continue
		case tenon.Trashed:
			add("not_live", "", o.ID, "%s is in the trash already (operation %d).", o.Name, o.TrashedBy)
		}
		if d.partial {
			add("no_right", "", o.ID, "You reach only a part of %s, so you may not delete it.", d.called())
		}
		if d.syncing > 0 {
			add("syncing", "disable_sync", o.ID, "%s is syncing. Disable sync first.", d.called())
		}
		if o.Primary {
			add("primary", "", o.ID, "%s is the account's own organization, so it cannot be deleted. Make another one the account's own first.", d.called())
		}
	}
	if roots > 1 && !s.bulk {
		add("bulk_delete_off", "allow_bulk_delete", 0, "Deleting many organizations at once is switched off in the account settings (%s). An administrator can allow it.", tenon.SettingBulkDelete)
	}
	if s.busy != 0 {
		add("busy", "", 0, "Another operation (%d, %s) is working on one of these. Wait until it is done.", s.busy, s.busyAs)
	}
	if len(s.homeless) > MaxItems {
		add("too_many_contacts", "", 0, "%s contacts would have to be filed elsewhere; one operation does %s at most. Move some of them first.", tenon.Figure(len(s.homeless)), tenon.Figure(MaxItems))
	}
	return out
}

// deleteWarnings are what a person should know and may accept.
func deleteWarnings(s *deleteSnapshot) []tenon.Finding {
	var out []tenon.Finding
	add := func(code string, subject tenon.OrgID, format string, args ...any) {
		out = append(out, tenon.Find(code, "", int64(subject), format, args...))
	}
	add("psa_untouched", 0, "Your PSA data will be untouched.")
	if s.days > 0 {
		add("retention", 0, "It can be restored for %s. After that it is purged.", tenon.Amount(s.days, "day", "days"))
	}
	if s.hidden > 0 {
		add("hidden_items", 0, "%s that you may not see %s along.", tenon.Amount(s.hidden, "item", "items"), tenon.Form(s.hidden, "goes", "go"))
	}
	for _, d := range s.orgs {
		if d.synced > 0 {
			add("items_syncing", d.org.ID, "%s of %s %s linked to a PSA. The PSA is untouched, and the next sync does not bring them back.", tenon.Amount(d.synced, "item", "items"), d.called(), tenon.Form(d.synced, "is", "are"))
		}
		if len(d.binders) > 1 {
			add("merged_into_it", d.org.ID, "What was merged into %s goes along: %s.", d.called(), tenon.Amount(len(d.binders)-1, "former organization", "former organizations"))
		}
	}
	if n := len(s.homeless); n > 0 {
		add("contacts_rehomed", 0, "%s also %s to another organization and %s filed there.", tenon.Amount(n, "contact", "contacts"), tenon.Form(n, "belongs", "belong"), tenon.Form(n, "is", "are"))
	}
	return out
}

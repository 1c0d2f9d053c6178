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

// purged is one organization that a purge would take.
type purged struct {
	org     *tenon.Organization
	binders []tenon.BinderID
	tree    []tenon.OrgID // itself and what was merged into it
	partial bool
}

// purgeSnapshot is everything that a plan of a purge is made from.
type purgeSnapshot struct {
	at     time.Time
	orgs   []*purged
	items  []*tenon.Item // named
	along  []*tenon.Item // hanging on them, or merged into them
	merges []tenon.Operation
	busy   tenon.OperationID
	counts map[tenon.Kind]int64
	files  int64
}

// PlanPurge says exactly what purging organizations and items of the trash
// would remove for ever.
func (e *Engine) PlanPurge(ctx context.Context, v tenon.Viewer, orgs []tenon.OrgID, items []tenon.ItemID) (*tenon.Plan, error) {
	if err := allowPurge(v, orgs, items); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		s, err := readPurge(tx, v, orgs, items)
		if err != nil {
			return err
		}
		p = planPurge(s)
		return nil
	})
	return p, err
}

func allowPurge(v tenon.Viewer, orgs []tenon.OrgID, items []tenon.ItemID) error {
	if err := v.Need(tenon.PurgeTrash); err != nil {
		return err
	}
	switch {
	case len(orgs)+len(items) == 0:
		return tenon.FieldErrorf("records", "Name what to purge.")
	case len(items) > MaxItems || len(orgs) > MaxOrganizations:
		return tooMany()
	case len(slices.Compact(slices.Sorted(slices.Values(orgs)))) < len(orgs), len(slices.Compact(slices.Sorted(slices.Values(items)))) < len(items):
		return tenon.FieldErrorf("records", "A record is named twice.")
	}
	return nil
}

func readPurge(tx *store.Tx, v tenon.Viewer, orgs []tenon.OrgID, items []tenon.ItemID) (*purgeSnapshot, error) {
	s := &purgeSnapshot{at: tx.Now(), counts: map[tenon.Kind]int64{}}
	for _, id := range orgs {
		d, err := readPurged(tx, v, id)
		if err != nil {
			return nil, err
		}
		s.orgs = append(s.orgs, d)
	}
	found, err := tx.GetTrashedItems(v, items)
	if err != nil {
		return nil, err
	}
	for _, id := range items {
		if !slices.ContainsFunc(found, func(i *tenon.Item) bool { return i.ID == id }) {
			return nil, tenon.Errorf(tenon.NotFound, "There is no item %d in the trash.", id)
		}
	}
	s.items = found
	if err := s.readAlong(tx, items); err != nil {
		return nil, err
	}
	if len(s.items)+len(s.along) > MaxItems {
		return nil, tooMany()
	}
	if s.busy, _, err = tx.SystemBusy(s.ids()); err != nil {
		return nil, err
	}
	return s, s.count(tx)
}

func readPurged(tx *store.Tx, v tenon.Viewer, id tenon.OrgID) (*purged, error) {
	o, err := tx.GetOrganization(v, id)
	if err != nil {
		return nil, err
	}
	d := &purged{org: o}
	if d.binders, err = tx.SystemBindersOf(id); err != nil {
		return nil, err
	}
	if d.tree, err = tx.SystemSubtree(id); err != nil {
		return nil, err
	}
	d.partial = len(o.Binders) < len(d.binders)
	return d, nil
}

// readAlong finds what goes with the items: what hangs on them, and what was
// merged into any of these.
func (s *purgeSnapshot) readAlong(tx *store.Tx, named []tenon.ItemID) error {
	if len(named) == 0 {
		return nil
	}
	all, err := tx.HangingOn(named...)
	if err != nil {
		return err
	}
	merged, err := tx.SystemMergedInto(all)
	if err != nil {
		return err
	}
	found, err := tx.SystemItems(append(all[len(named):], merged...)...)
	s.along = found
	return err
}

func (s *purgeSnapshot) ids() []tenon.OrgID {
	var out []tenon.OrgID
	for _, d := range s.orgs {
		out = append(out, d.org.ID)
	}
	return out
}

func (s *purgeSnapshot) binders() []tenon.BinderID {
	var out []tenon.BinderID
	for _, d := range s.orgs {
		out = append(out, d.binders...)
	}
	return out
}

func (s *purgeSnapshot) count(tx *store.Tx) error {
	for _, i := range append(slices.Clone(s.items), s.along...) {
		s.counts[i.Kind]++
	}
	binders := s.binders()
	if len(binders) == 0 {
		return nil
	}
	for _, of := range []func([]tenon.BinderID) (map[tenon.Kind]int64, error){tx.SystemCountItems, tx.SystemCountTrashed} {
		counts, err := of(binders)
		if err != nil {
			return err
		}
		for k, n := range counts {
			s.counts[k] += n
		}
	}
	var gone []tenon.OrgID
	for _, d := range s.orgs {
		gone = append(gone, d.tree...)
	}
	var err error
	if s.merges, err = tx.SystemStandingMerges(gone); err != nil {
		return err
	}
	s.files, err = tx.SystemCountFiles(binders)
	return err
}

// planPurge turns a snapshot into a plan.
func planPurge(s *purgeSnapshot) *tenon.Plan {
	p := &tenon.Plan{Operation: KindPurge, PlannedAt: s.at, Counts: tenon.CountsByName(s.counts), Facts: map[string]string{}}
	add := func(list *[]tenon.Finding, code string, subject int64, format string, args ...any) {
		*list = append(*list, tenon.Find(code, "", subject, format, args...))
	}
	for _, d := range s.orgs {
		o := d.org
		p.Sources = append(p.Sources, tenon.PlanOrg{ID: o.ID, Name: o.Name, State: o.State, Binders: len(d.binders), CreatedAt: o.CreatedAt, Version: o.Version})
		p.Facts[fmt.Sprintf("organization %d", o.ID)] = fmt.Sprintf("%s %s, version %d, deleted by %d, with binders %v", o.Name, o.State, o.Version, o.TrashedBy, d.binders)
		if o.State != tenon.Trashed {
			add(&p.Blockers, "not_in_trash", int64(o.ID), "%s is not in the trash. Delete it first.", o.Name)
		}
		if d.partial {
			add(&p.Blockers, "no_right", int64(o.ID), "You reach only a part of %s, so you may not purge it.", o.Name)
		}
		if n := len(d.tree) - 1; n > 0 {
			add(&p.Warnings, "merged_into_it", int64(o.ID), "What was merged into %s goes along: %s.", o.Name, tenon.Amount(n, "former organization", "former organizations"))
		}
	}
	if s.busy != 0 {
		add(&p.Blockers, "busy", int64(s.busy), "Another operation (%d) is working on one of these. Wait until it is done.", s.busy)
	}
	for _, m := range s.merges {
		p.References = append(p.References, tenon.ReferencePlan{Subject: tenon.Say("The operation %q (%d)", m.Title, m.ID), Count: 1, Now: tenon.Say("can no longer be undone")})
		add(&p.Warnings, "merge_final", int64(m.ID), "%s: this can no longer be undone.", m.Title)
	}
	for n, i := range append(slices.Clone(s.items), s.along...) {
		p.Items = append(p.Items, tenon.PlanItem{ID: i.ID, Kind: i.Kind.String(), Name: i.Name, OrgID: i.OrgID, OrgName: i.OrgName, Version: i.Version, Along: n >= len(s.items)})
		p.Facts[fmt.Sprintf("item %d", i.ID)] = fmt.Sprintf("version %d, deleted by %d", i.Version, i.TrashedBy)
	}
	p.Counts["organizations"], p.Counts["attachments"] = int64(len(s.orgs)), s.files
	add(&p.Warnings, "for_ever", 0, "This cannot be undone. What the activity log says of these records stays.")
	p.MustType = mustType(p, len(s.items))
	codes := make([]string, len(p.Blockers))
	for i, b := range p.Blockers {
		codes[i] = fmt.Sprint(b.Code, " ", b.Subject)
	}
	p.Facts["blockers"] = strings.Join(codes, ", ")
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p
}

// mustType is what a person types to confirm a purge.
func mustType(p *tenon.Plan, items int) string {
	switch {
	case items == 0:
		return confirmation("purge", p.Sources)
	case items == 1 && len(p.Sources) == 0:
		return p.Items[0].Name
	}
	return fmt.Sprintf("purge %d records", items+len(p.Sources))
}

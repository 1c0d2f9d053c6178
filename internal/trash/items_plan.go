package trash

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Actions of operations on items.
const (
	ActionDelete    = "delete"
	ActionRestore   = "restore"
	ActionArchive   = "archive"
	ActionUnarchive = "unarchive"
	ActionMove      = "move"
	ActionCopy      = "copy"
)

// actions says what each action needs.
var actions = map[string]struct{ right tenon.Action }{
	ActionDelete:    {tenon.DeleteItems},
	ActionRestore:   {tenon.RestoreTrash},
	ActionArchive:   {tenon.EditItems},
	ActionUnarchive: {tenon.EditItems},
	ActionMove:      {tenon.EditItems},
	ActionCopy:      {tenon.CreateItems},
	ActionTag:       {tenon.EditItems},
	ActionUntag:     {tenon.EditItems},
	ActionType:      {tenon.EditItems},
	ActionStatus:    {tenon.EditItems},
	ActionRestrict:  {tenon.RestrictItems},
	ActionFolder:    {tenon.EditItems},
}

// request is what somebody wants done with items.
type request struct {
	action  string
	ids     []tenon.ItemID
	target  tenon.OrgID
	choices tenon.Choices
	// together is set where these are a part of more: references to the others
	// hold once all are done.
	together map[tenon.ItemID]bool
}

// clue is a reference that an action would leave pointing out of, or into, the
// organization that its record belongs to.
type clue struct {
	item *tenon.Item // whose field it is
	reference
	name string // of what is named
	seen bool   // both are for the viewer
	out  bool   // the moved item names what stays; else what stays names the moved item
}

// itemsSnapshot is everything that a plan on items is made from.
type itemsSnapshot struct {
	request
	at      time.Time
	viewer  tenon.Viewer
	named   []*tenon.Item
	along   []*tenon.Item // what hangs on them
	hidden  map[tenon.ItemID]bool
	lost    []tenon.ItemID // named, and not there
	target  *tenon.Organization
	partial bool // the viewer does not reach the target's home
	states  map[tenon.OrgID]*tenon.Organization
	bulk    bool
	days    int
	clues   []clue
	hosts   map[tenon.ItemID]*tenon.Item // in the trash, and hosts of what would be restored
	linked  []store.Link
	files   int64
	edit    *fieldEdit // nil unless a field is changed
}

// PlanItems says exactly what an action would do to items: delete, restore,
// archive, unarchive, move or copy them. What hangs on an item goes with it.
func (e *Engine) PlanItems(ctx context.Context, v tenon.Viewer, action string, items []tenon.ItemID, target tenon.OrgID) (*tenon.Plan, error) {
	return e.PlanItemsWith(ctx, v, action, items, target, tenon.Choices{})
}

// PlanItemsWith is PlanItems with choices: whether references are kept.
func (e *Engine) PlanItemsWith(ctx context.Context, v tenon.Viewer, action string, items []tenon.ItemID, target tenon.OrgID, choices tenon.Choices) (*tenon.Plan, error) {
	r := request{action: action, ids: items, target: target, choices: choices}
	if err := r.allow(v); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		s, err := readItems(tx, v, r)
		if err != nil {
			return err
		}
		if len(s.lost) > 0 {
			return tenon.Errorf(tenon.NotFound, "There is no item %d.", s.lost[0])
		}
		p = planItems(s)
		return nil
	})
	return p, err
}

// allow holds what needs no look at the data.
func (r *request) allow(v tenon.Viewer) error {
	a, ok := actions[r.action]
	if !ok {
		return tenon.FieldErrorf("action", "There is no action %s.", strconv.Quote(r.action))
	}
	if err := v.Need(a.right); err != nil {
		return err
	}
	if r.action == ActionDelete && (len(r.ids) > 1 || r.together != nil) {
		if err := v.Need(tenon.BulkDelete); err != nil {
			return err
		}
	}
	switch places := r.action == ActionMove || r.action == ActionCopy; {
	case len(r.ids) == 0:
		return tenon.FieldErrorf("items", "Name the items.")
	case len(r.ids) > MaxItems:
		return tooMany()
	case places && r.target == 0:
		return tenon.FieldErrorf("target", "Name the organization that receives.")
	case !places && r.target != 0:
		return tenon.FieldErrorf("target", "To %s items, no organization is named.", r.action)
	}
	seen := map[tenon.ItemID]bool{}
	for _, id := range r.ids {
		if seen[id] {
			return tenon.FieldErrorf("items", "Item %d is named twice.", id)
		}
		seen[id] = true
	}
	return nil
}

func tooMany() error {
	return tenon.Errorf(tenon.TooLarge, "One operation works on %d items at most, with what hangs on them. Nothing was changed. Choose fewer.", MaxItems)
}

// planItems turns a snapshot into a plan. It looks at nothing else.
func planItems(s *itemsSnapshot) *tenon.Plan {
	p := &tenon.Plan{Operation: KindItems, Action: s.action, PlannedAt: s.at, Choices: s.choices, Counts: map[string]int64{}, Facts: map[string]string{}}
	if s.target != nil {
		p.Target = &tenon.PlanOrg{ID: s.target.ID, Name: s.target.Name, State: s.target.State, Version: s.target.Version,
			CreatedAt: s.target.CreatedAt, Primary: s.target.Primary, Binders: len(s.target.Binders)}
	}
	counts := map[tenon.Kind]int64{}
	for n, i := range s.all() {
		counts[i.Kind]++
		if s.hidden[i.ID] {
			continue
		}
		p.Items = append(p.Items, tenon.PlanItem{ID: i.ID, Kind: i.Kind.String(), Name: i.Name, OrgID: i.OrgID, OrgName: i.OrgName, Version: i.Version, Along: n >= len(s.named)})
		if s.action == ActionMove && s.target != nil {
			p.Moves = append(p.Moves, tenon.MovePlan{Item: i.ID, Kind: i.Kind.String(), Name: i.Name, From: i.OrgID, To: s.target.ID, ToName: s.target.Name})
		}
	}
	p.Counts = tenon.CountsByName(counts)
	p.Counts["along"], p.Counts["attachments"] = int64(len(s.along)), s.files
	p.References = s.planClues()
	p.Blockers = s.blockers()
	p.Warnings = s.warnings()
	if s.edit != nil {
		p.Sentence = s.edit.did.plan(s.named[0].Name, tenon.Amount(len(s.named), "record", "records"))
	}
	s.facts(p)
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p
}

// planClues lists the references that would cross organizations, as far as
// the viewer may know of them.
func (s *itemsSnapshot) planClues() []tenon.ReferencePlan {
	var out []tenon.ReferencePlan
	hidden := int64(0)
	for _, c := range s.clues {
		if !c.seen {
			hidden++
			continue
		}
		now := tenon.Say("is cleared: they belong to different organizations then")
		switch {
		case c.host:
			now = tenon.Say("is cleared: what hangs on a record belongs to its organization")
		case s.choices.KeepReferences:
			now = tenon.Say("stays, and names a record of another organization")
		}
		subject := tenon.Say("The field %s of %s", c.label, c.item.Name)
		if c.out {
			subject = tenon.Say("The field %s of %s (%s)", c.label, c.item.Name, c.name)
		}
		out = append(out, tenon.ReferencePlan{Subject: subject, Count: 1, Now: now})
	}
	if hidden == 1 {
		out = append(out, tenon.ReferencePlan{Subject: tenon.Say("The reference that you may not see"), Count: 1, Now: tenon.Say("is treated alike")})
	} else if hidden > 1 {
		out = append(out, tenon.ReferencePlan{Subject: tenon.Say("%s that you may not see", tenon.Amount(hidden, "reference", "references")), Count: hidden, Now: tenon.Say("are treated alike")})
	}
	return out
}

// facts are what decides the outcome.
func (s *itemsSnapshot) facts(p *tenon.Plan) {
	f := p.Facts
	f["action"] = s.action
	for _, i := range s.all() {
		f[fmt.Sprintf("item %d", i.ID)] = fmt.Sprintf("version %d in binder %d of organization %d (%s), deleted by %d, archived %t",
			i.Version, i.BinderID, i.OrgID, s.states[i.OrgID].State, i.TrashedBy, i.Archived)
	}
	for _, id := range s.lost {
		f[fmt.Sprintf("item %d", id)] = "is not there"
	}
	if s.target != nil {
		f["target"] = fmt.Sprintf("organization %d, %s", s.target.ID, s.target.State)
	}
	for _, c := range s.clues {
		f[fmt.Sprintf("%s of item %d", c.field, c.item.ID)] += fmt.Sprintf("item %d ", c.named)
	}
	if s.edit != nil {
		s.edit.facts(f)
	}
	f["references are kept"] = fmt.Sprint(s.choices.KeepReferences)
	f["bulk deletion"] = fmt.Sprint(s.bulk)
	codes := make([]string, len(p.Blockers))
	for i, b := range p.Blockers {
		codes[i] = fmt.Sprint(b.Code, " ", b.Subject)
	}
	f["blockers"] = strings.Join(codes, ", ")
}

// blockers say why this may not run, and what would clear it.
func (s *itemsSnapshot) blockers() []tenon.Finding {
	var out []tenon.Finding
	add := func(code, action string, subject int64, format string, args ...any) {
		out = append(out, tenon.Find(code, action, subject, format, args...))
	}
	if s.action == ActionDelete && len(s.named) > 1 && !s.bulk {
		add("bulk_delete_off", "allow_bulk_delete", 0, "Deleting many items at once is switched off in the account settings (%s). An administrator can allow it.", tenon.SettingBulkDelete)
	}
	if t := s.target; t != nil {
		switch {
		case t.State != tenon.Live:
			add("target_not_live", "restore", int64(t.ID), "%s is in the trash. Restore it first.", t.Name)
		case s.partial:
			add("no_right", "", int64(t.ID), "You reach only a part of %s, so you may not file anything there.", t.Name)
		}
	}
	for _, i := range s.named {
		o := s.states[i.OrgID]
		if s.action == ActionMove && s.target != nil && i.OrgID == s.target.ID {
			add("same_organization", "", int64(i.ID), "%s belongs to %s already.", i.Name, i.OrgName)
		}
		if s.action == ActionRestore && o.State != tenon.Live {
			add("organization_in_trash", "restore", int64(o.ID), "%s belongs to %s, which is in the trash (operation %d). Restore that first.", i.Name, o.Name, o.TrashedBy)
		}
	}
	for _, i := range s.all() {
		if h := s.hosts[i.ID]; h != nil {
			add("host_in_trash", "restore", int64(h.ID), "%s hangs on %s, which is in the trash (operation %d). Restore that first.", i.Name, h.Name, h.TrashedBy)
		}
	}
	return out
}

// warnings are what a person should know and may accept.
func (s *itemsSnapshot) warnings() []tenon.Finding {
	var out []tenon.Finding
	add := func(code, format string, args ...any) {
		out = append(out, tenon.Find(code, "", 0, format, args...))
	}
	hidden := 0
	for _, i := range s.along {
		if s.hidden[i.ID] {
			hidden++
		}
	}
	if n := len(s.along); n > 0 {
		add("along", "%s that %s on them %s along.", tenon.Amount(n, "item", "items"), tenon.Form(n, "hangs", "hang"), tenon.Form(n, "goes", "go"))
	}
	if hidden > 0 {
		add("hidden_items", "%s of these you may not see.", tenon.Figure(hidden))
	}
	if t := s.target; t != nil {
		add("access", "Whoever reaches %s sees %s there, as far as %s not restricted.", t.Name, tenon.Form(len(s.named), "it", "them"), tenon.Form(len(s.named), "it is", "they are"))
	}
	syncing := 0
	for _, l := range s.linked {
		if l.State == store.LinkSyncing {
			syncing++
		}
	}
	switch {
	case s.action == ActionDelete:
		if s.days > 0 {
			add("retention", "They can be restored for %s. After that they are purged.", tenon.Amount(s.days, "day", "days"))
		}
		if syncing > 0 {
			add("syncing", "%s of these %s linked to a PSA. The PSA is untouched, and the next sync does not bring them back.", tenon.Figure(syncing), tenon.Form(syncing, "is", "are"))
		}
	case s.action == ActionMove && syncing > 0:
		add("syncing", "%s of these %s linked to a PSA, which goes on filing %s with its own organization.", tenon.Figure(syncing), tenon.Form(syncing, "is", "are"), tenon.Form(syncing, "it", "them"))
	case s.action == ActionCopy:
		add("relations_not_copied", "Related items, links and past versions are not copied.")
	}
	return out
}

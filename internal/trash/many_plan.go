package trash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// An act on many records is an operation that a job carries out in chunks. The
// plan is of the set: which records, and what is done; the fingerprint covers
// these, and not what each record says. A record that cannot take part any
// more when its turn comes is left alone, and the receipt says why.

// Kinds of acts on many, and of what takes them back.
const (
	KindMany     = "many"
	KindUndoMany = "undo many"
)

// MaxMany is how many records one act may work on.
const MaxMany = 50_000

// manyShown is how many of the records a plan shows.
const manyShown = 50

// Selection is what an act works on: the items that are named, or everything
// that a list finds.
type Selection struct {
	IDs   []tenon.ItemID
	Query *store.ItemQuery
}

// PlanSelection is PlanItemsWith for a selection of any size: what is too much
// for one transaction is planned as an act on many.
func (e *Engine) PlanSelection(ctx context.Context, v tenon.Viewer, action string, sel Selection, target tenon.OrgID, choices tenon.Choices) (*tenon.Plan, error) {
	ids := sel.IDs
	if sel.Query != nil {
		err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
			if sel.Query.Org != 0 {
				if sel.Query.Org, err = tx.ResolveOrganization(v, sel.Query.Org); err != nil {
					return err
				}
			}
			ids, err = tx.ItemIDs(v, *sel.Query, MaxMany+1)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(ids) > MaxMany {
		return nil, tenon.Errorf(tenon.TooLarge, "One act works on %s records at most, and this is more. Nothing was changed. Filter the list, and act on the parts.", tenon.Figure(int64(MaxMany)))
	}
	places := action == ActionCopy || action == ActionRestore
	if len(ids) <= e.single || (places && len(ids) <= MaxItems) {
		p, err := e.PlanItemsWith(ctx, v, action, ids, target, choices)
		if tenon.CodeOf(err) != tenon.TooLarge {
			return p, err
		}
	}
	r := request{action: action, ids: ids, target: target, choices: choices, together: map[tenon.ItemID]bool{}}
	if err := r.allowMany(v); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
		p, _, err = planMany(tx, v, r)
		return err
	})
	return p, err
}

// allowMany is allow for more than one transaction may hold.
func (r *request) allowMany(v tenon.Viewer) error {
	if r.action == ActionCopy || r.action == ActionRestore {
		return tenon.Errorf(tenon.TooLarge, "At most %s items are copied or restored at once, with what hangs on them. Nothing was changed. Choose fewer.", tenon.Figure(int64(MaxItems)))
	}
	one := *r
	one.ids = r.ids[:min(len(r.ids), 1)]
	return one.allow(v)
}

// manySnapshot is what a plan of an act on many is made from.
type manySnapshot struct {
	request
	at      time.Time
	places  []store.ItemPlace
	sample  []*tenon.Item
	target  *tenon.Organization
	partial bool
	bulk    bool
	days    int
	edit    *fieldEdit
}

// planMany reads what the set is now, and plans it.
func planMany(tx *store.Tx, v tenon.Viewer, r request) (*tenon.Plan, *manySnapshot, error) {
	s := &manySnapshot{request: r, at: tx.Now()}
	var err error
	if s.places, err = tx.ItemPlaces(v, r.ids); err != nil {
		return nil, nil, err
	}
	if len(s.places) == 0 {
		return nil, nil, tenon.Errorf(tenon.NotFound, "None of these items is there any more for you.")
	}
	var first []tenon.ItemID
	for _, p := range s.places[:min(len(s.places), manyShown)] {
		first = append(first, p.ID)
	}
	if s.sample, err = tx.GetItems(v, first); err != nil {
		return nil, nil, err
	}
	if s.bulk, err = bulkAllowed(tx); err != nil {
		return nil, nil, err
	}
	if s.days, err = days(tx); err != nil {
		return nil, nil, err
	}
	if r.target != 0 {
		if s.target, err = tx.GetOwner(v, r.target); err != nil {
			return nil, nil, err
		}
		s.partial = !slices.Contains(s.target.Binders, s.target.ID.Home())
	}
	if edits(r.action) {
		kind := s.places[0].Kind
		if s.one() == 0 && ofOneKind(r.action) {
			return nil, nil, tenon.FieldErrorf("items", "These are of several kinds. Choose items of one kind.")
		}
		if s.edit, err = schemaEdit(tx, v, r.action, kind.Info(), r.choices); err != nil {
			return nil, nil, err
		}
	}
	return s.plan(), s, nil
}

// one returns the kind that all are of, 0 where they are of several.
func (s *manySnapshot) one() tenon.Kind {
	for _, p := range s.places {
		if p.Kind != s.places[0].Kind {
			return 0
		}
	}
	return s.places[0].Kind
}

// plan turns the snapshot into a plan. It looks at nothing else.
func (s *manySnapshot) plan() *tenon.Plan {
	p := &tenon.Plan{Operation: KindMany, Action: s.action, PlannedAt: s.at, Choices: s.choices, Counts: map[string]int64{}, Facts: map[string]string{}}
	counts := map[tenon.Kind]int64{}
	orgs := map[tenon.OrgID]bool{}
	h := sha256.New()
	for _, x := range s.places {
		counts[x.Kind]++
		orgs[x.Org] = true
		p.All = append(p.All, int64(x.ID))
		fmt.Fprintf(h, "%d in %d\n", x.ID, x.Org)
	}
	p.Counts = tenon.CountsByName(counts)
	p.Counts["items"], p.Counts["organizations"] = int64(len(s.places)), int64(len(orgs))
	for i := range tenon.Kinds {
		if n := counts[tenon.Kinds[i].Kind]; n > 0 {
			p.Contents = append(p.Contents, tenon.KindCount{Kind: tenon.Kinds[i].Plural, Together: n})
		}
	}
	for _, i := range s.sample {
		p.Items = append(p.Items, tenon.PlanItem{ID: i.ID, Kind: i.Kind.String(), Name: i.Name, OrgID: i.OrgID, OrgName: i.OrgName, Version: i.Version})
	}
	if s.target != nil {
		p.Target = &tenon.PlanOrg{ID: s.target.ID, Name: s.target.Name, State: s.target.State, Version: s.target.Version,
			CreatedAt: s.target.CreatedAt, Primary: s.target.Primary, Binders: len(s.target.Binders)}
	}
	p.Blockers, p.Warnings = s.blockers(), s.warnings()
	if s.action == ActionDelete {
		p.MustType = "delete " + strconv.Itoa(len(s.places))
	}
	p.Facts["action"] = s.action
	p.Facts["items"] = fmt.Sprintf("%d, of %d organizations (%s)", len(s.places), len(orgs), hex.EncodeToString(h.Sum(nil))[:16])
	if s.edit != nil {
		s.edit.facts(p.Facts)
		name := ""
		if len(s.sample) > 0 {
			name = s.sample[0].Name
		}
		p.Sentence = s.edit.did.plan(name, tenon.Amount(len(s.places), "record", "records"))
	}
	if s.target != nil {
		p.Facts["target"] = fmt.Sprintf("organization %d, %s", s.target.ID, s.target.State)
	}
	p.Facts["references are kept"] = fmt.Sprint(s.choices.KeepReferences)
	p.Facts["bulk deletion"] = fmt.Sprint(s.bulk)
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p
}

func (s *manySnapshot) blockers() []tenon.Finding {
	// They are those of an act in one transaction, but for what each item says.
	one := &itemsSnapshot{request: s.request, bulk: s.bulk, target: s.target, partial: s.partial}
	one.named = make([]*tenon.Item, min(len(s.places), 2))
	for i := range one.named {
		one.named[i] = &tenon.Item{}
	}
	one.request.action = s.action
	one.states = map[tenon.OrgID]*tenon.Organization{0: {State: tenon.Live}}
	return one.blockers()
}

func (s *manySnapshot) warnings() []tenon.Finding {
	var out []tenon.Finding
	add := func(code, format string, args ...any) {
		out = append(out, tenon.Find(code, "", 0, format, args...))
	}
	add("in_chunks", "This is done bit by bit, in the background: it can be watched, goes on after a restart, and is undone as one. An item that cannot take part any more when its turn comes is left alone, and the receipt says so.")
	switch s.action {
	case ActionDelete:
		add("along", "What hangs on these items goes along.")
		if s.days > 0 {
			add("retention", "They can be restored for %s. After that they are purged.", tenon.Amount(s.days, "day", "days"))
		}
	case ActionMove:
		add("along", "What hangs on these items goes along. Items that belong to %s already stay as they are.", s.target.Name)
		if !s.choices.KeepReferences {
			add("references", "Fields that name a record which stays behind are cleared; those among the moved items are kept.")
		}
		add("access", "Whoever reaches %s sees them there, as far as they are not restricted.", s.target.Name)
	}
	return out
}

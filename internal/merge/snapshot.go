package merge

import (
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// side is one organization of a merge, as it stands.
type side struct {
	org     *tenon.Organization
	binders []tenon.BinderID // all it owns, whoever looks
	grants  []store.Grant
	domains []string
	kids    []child
	above   []tenon.OrgID // its ancestors, the nearest first
	parent  tenon.BinderID
	height  int
	partial bool // the viewer does not reach its home
	syncing int64
	synced  int64 // linked items
	busy    tenon.OperationID
	busyAs  string

	// Only in a full snapshot.
	counts     map[tenon.Kind]int64
	restricted map[tenon.Kind]int64
	hidden     int64 // items that come along and that the viewer may not see
	members    int64
	relations  int64
	aliases    int64
}

type child struct {
	id   tenon.OrgID
	name string
}

// draw is a domain that the target would gain.
type draw struct {
	domain string
	free   bool
	both   bool
	users  int64
}

// snapshot is everything a plan is made from. Two equal snapshots give equal plans.
type snapshot struct {
	at      time.Time
	viewer  tenon.Viewer
	sources []*side
	target  *side
	choices tenon.Choices
	people  []*store.Person
	groups  map[tenon.GroupID][]tenon.UserID
	names   map[tenon.GroupID]string
	draws   []draw
	full    bool
	// open counts the unrestricted items of each organization, by kind;
	// named those restricted ones that each person may see there.
	open  map[tenon.OrgID]map[tenon.Kind]int64
	named map[tenon.OrgID]map[tenon.UserID]map[tenon.Kind]int64
	twins []store.Twin
	// cut is set when not every item could be compared.
	cut bool
}

func (s *snapshot) sides() []*side { return append(slices.Clone(s.sources), s.target) }

// read takes the snapshot. A full one counts and compares items, for people; the
// other holds only what decides the outcome, and costs nothing per item.
func read(tx *store.Tx, v tenon.Viewer, sources []tenon.OrgID, target tenon.OrgID, choices tenon.Choices, full bool) (*snapshot, error) {
	s := &snapshot{at: tx.Now(), viewer: v, choices: choices, full: full}
	for _, id := range append(slices.Clone(sources), target) {
		d, err := readSide(tx, v, id)
		if err != nil {
			return nil, err
		}
		s.sources = append(s.sources, d)
	}
	n := len(s.sources) - 1
	s.target, s.sources = s.sources[n], s.sources[:n]
	if err := s.readPeople(tx); err != nil {
		return nil, err
	}
	if err := s.readDomains(tx); err != nil {
		return nil, err
	}
	if !full {
		return s, nil
	}
	return s, s.readContents(tx)
}

func readSide(tx *store.Tx, v tenon.Viewer, id tenon.OrgID) (*side, error) {
	o, err := tx.GetOrganization(v, id)
	if err != nil {
		return nil, err
	}
	d := &side{org: o, partial: !slices.Contains(o.Binders, id.Home()) && o.State != tenon.Merged}
	if d.binders, err = tx.SystemBindersOf(id); err != nil {
		return nil, err
	}
	if d.grants, err = tx.SystemGrants(id); err != nil {
		return nil, err
	}
	domains, err := tx.SystemDomains(id)
	if err != nil {
		return nil, err
	}
	for name := range domains {
		d.domains = append(d.domains, name)
	}
	slices.Sort(d.domains)
	if d.parent, err = tx.SystemParentBinder(id); err != nil {
		return nil, err
	}
	if d.above, err = tx.SystemAncestors(id); err != nil {
		return nil, err
	}
	if d.height, err = core.TreeHeight(tx, id); err != nil {
		return nil, err
	}
	kids, err := tx.SystemChildren(id, tenon.Live, tenon.Trashed)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(kids))
	for _, k := range kids {
		ids = append(ids, int64(k))
	}
	names, err := tx.SystemNames("organization", ids)
	if err != nil {
		return nil, err
	}
	for _, k := range kids {
		d.kids = append(d.kids, child{k, names[int64(k)]})
	}
	syncing, err := tx.SystemSyncing(d.binders)
	if err != nil {
		return nil, err
	}
	for _, n := range syncing {
		d.syncing += n.Organizations
		d.synced += n.Items
	}
	if d.busy, d.busyAs, err = tx.SystemBusy([]tenon.OrgID{id}); err != nil {
		return nil, err
	}
	return d, nil
}

// readPeople finds everybody whose reach could change.
func (s *snapshot) readPeople(tx *store.Tx) error {
	var orgs []tenon.OrgID
	var binders []tenon.BinderID
	var groups []tenon.GroupID
	for _, d := range s.sides() {
		orgs = append(orgs, d.org.ID)
		binders = append(binders, d.binders...)
		for _, g := range d.grants {
			if g.Subject.Kind == "group" {
				groups = append(groups, tenon.GroupID(g.Subject.ID))
			}
		}
	}
	users, err := tx.SystemPeopleOf(orgs...)
	if err != nil {
		return err
	}
	if s.people, err = tx.SystemPeople(users, binders); err != nil {
		return err
	}
	slices.Sort(groups)
	s.groups, s.names, err = tx.SystemMembers(slices.Compact(groups))
	return err
}

func (s *snapshot) readDomains(tx *store.Tx) error {
	var binders []tenon.BinderID
	for _, d := range s.sides() {
		binders = append(binders, d.binders...)
	}
	seen := map[string]bool{}
	for _, d := range s.sources {
		for _, name := range d.domains {
			if seen[name] {
				continue
			}
			seen[name] = true
			w := draw{domain: name, free: textkey.IsFreeMail(name), both: slices.Contains(s.target.domains, name)}
			if s.full && !w.both {
				var err error
				if w.users, err = tx.SystemDraws(name, binders); err != nil {
					return err
				}
			}
			s.draws = append(s.draws, w)
		}
	}
	return nil
}

// readContents counts under the viewer's rights, and in all.
func (s *snapshot) readContents(tx *store.Tx) error {
	s.open = map[tenon.OrgID]map[tenon.Kind]int64{}
	s.named = map[tenon.OrgID]map[tenon.UserID]map[tenon.Kind]int64{}
	var users []tenon.UserID
	for _, p := range s.people {
		users = append(users, p.ID)
	}
	for _, d := range s.sides() {
		id := d.org.ID
		all, err := tx.SystemCountItems(d.binders, false)
		if err != nil {
			return err
		}
		closed, err := tx.CountRestricted(tenon.SystemViewer(), d.binders)
		if err != nil {
			return err
		}
		s.open[id] = map[tenon.Kind]int64{}
		for k, n := range all {
			s.open[id][k] = n - closed[k]
		}
		if d.counts, d.restricted, d.hidden, err = seenOf(tx, s.viewer, d.binders, s.open[id], all); err != nil {
			return err
		}
		if len(closed) > 0 {
			if s.named[id], err = tx.SystemRestrictedFor(users, d.binders); err != nil {
				return err
			}
		}
	}
	for _, d := range s.sources {
		var err error
		if d.members, d.relations, d.aliases, err = tx.SystemNamed(d.binders); err != nil {
			return err
		}
	}
	return s.readTwins(tx)
}

// seenOf is what of the counts the viewer may see: everything open of a kind
// that is not denied, and the restricted items that name them.
func seenOf(tx *store.Tx, v tenon.Viewer, binders []tenon.BinderID, open, all map[tenon.Kind]int64) (counts, restricted map[tenon.Kind]int64, hidden int64, err error) {
	if restricted, err = tx.CountRestricted(v, binders); err != nil {
		return nil, nil, 0, err
	}
	counts = map[tenon.Kind]int64{}
	for k, n := range all {
		if v.SeesKind(k) {
			counts[k] = open[k] + restricted[k]
		}
		hidden += n - counts[k]
	}
	return counts, restricted, hidden, nil
}

// maxSuspects bounds, for each kind, how many items of the smaller side are
// compared; maxTwins how many pairs a plan lists.
const (
	maxSuspects = 5000
	maxTwins    = 200
	batch       = 500
)

// readTwins looks for items that are probably the same on both sides, starting
// from the smaller side of each kind.
func (s *snapshot) readTwins(tx *store.Tx) error {
	for _, d := range s.sources {
		for i := range tenon.Kinds {
			info := &tenon.Kinds[i]
			if len(info.Identity) == 0 || d.counts[info.Kind] == 0 || s.target.counts[info.Kind] == 0 {
				continue
			}
			small, large, swapped := d, s.target, false
			if d.counts[info.Kind] > s.target.counts[info.Kind] {
				small, large, swapped = s.target, d, true
			}
			suspects, err := tx.Suspects(s.viewer, small.binders, info.Kind, maxSuspects)
			if err != nil {
				return err
			}
			s.cut = s.cut || int64(len(suspects)) < small.counts[info.Kind]
			for len(suspects) > 0 && len(s.twins) < maxTwins {
				n := min(batch, len(suspects))
				found, err := tx.Twins(s.viewer, info.Kind, info.Identity, suspects[:n], large.binders, maxTwins)
				if err != nil {
					return err
				}
				for _, t := range found {
					if swapped {
						t.A, t.B, t.NameA, t.NameB = t.B, t.A, t.NameB, t.NameA
					}
					s.addTwin(t)
				}
				suspects = suspects[n:]
			}
		}
	}
	return nil
}

// addTwin keeps one reason for each pair: the first, which is the strongest.
func (s *snapshot) addTwin(t store.Twin) {
	if len(s.twins) >= maxTwins {
		s.cut = true
		return
	}
	for _, x := range s.twins {
		if x.A == t.A && x.B == t.B {
			return
		}
	}
	s.twins = append(s.twins, t)
}

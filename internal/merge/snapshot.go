package merge

import (
	"slices"
	"time"

	"github.com/tenonhq/tenon"
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
	busyAs  tenon.Phrase

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
	if err := s.readSides(tx, sources, target); err != nil {
		return nil, err
	}
	if err := s.readPeople(tx); err != nil {
		return nil, err
	}
	s.readDomains()
	if !full {
		return s, nil
	}
	return s, s.readContents(tx)
}

// readSides reads all organizations of the merge at once.
func (s *snapshot) readSides(tx *store.Tx, sources []tenon.OrgID, target tenon.OrgID) error {
	ids := append(slices.Clone(sources), target)
	found, err := tx.Sides(s.viewer, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f := found[id]
		o := f.Org
		d := &side{org: o, binders: f.Binders, grants: f.Grants, domains: f.Domains, above: f.Above, parent: f.Parent, height: f.Height, busy: f.Busy, busyAs: f.BusyAs,
			partial: !slices.Contains(o.Binders, id.Home()) && o.State != tenon.Merged}
		for _, k := range f.Kids {
			d.kids = append(d.kids, child{k.ID, k.Name})
		}
		s.sources = append(s.sources, d)
	}
	n := len(s.sources) - 1
	s.target, s.sources = s.sources[n], s.sources[:n]
	syncing, err := tx.SystemSyncing(s.binders())
	for _, d := range s.sides() {
		for _, b := range d.binders {
			d.syncing += syncing[b].Organizations
			d.synced += syncing[b].Items
		}
	}
	return err
}

// binders are those of all sides.
func (s *snapshot) binders() []tenon.BinderID {
	var out []tenon.BinderID
	for _, d := range s.sides() {
		out = append(out, d.binders...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readPeople finds everybody whose reach could change.
func (s *snapshot) readPeople(tx *store.Tx) error {
	var orgs []tenon.OrgID
	var groups []tenon.GroupID
	for _, d := range s.sides() {
		orgs = append(orgs, d.org.ID)
		for _, g := range d.grants {
			if g.Subject.Kind == tenon.SubjectGroup {
				groups = append(groups, tenon.GroupID(g.Subject.ID))
			}
		}
	}
	slices.Sort(groups)
	people, err := tx.SystemPeople(orgs, s.binders(), slices.Compact(groups))
	if err != nil {
		return err
	}
	s.people, s.groups, s.names = people.All, people.Members, people.Groups
	return nil
}

// readDomains gathers what the target would gain; how many contacts each would
// draw is counted with the contents.
func (s *snapshot) readDomains() {
	seen := map[string]bool{}
	for _, d := range s.sources {
		for _, name := range d.domains {
			if seen[name] {
				continue
			}
			seen[name] = true
			s.draws = append(s.draws, draw{domain: name, free: textkey.IsFreeMail(name), both: slices.Contains(s.target.domains, name)})
		}
	}
}

// readContents counts under the viewer's rights, and in all.
func (s *snapshot) readContents(tx *store.Tx) error {
	q := store.MergeCount{Binders: s.binders()}
	for _, d := range s.sources {
		q.Sources = append(q.Sources, d.org.ID)
	}
	for _, p := range s.people {
		q.Users = append(q.Users, p.ID)
	}
	for _, w := range s.draws {
		if !w.both {
			q.Domains = append(q.Domains, w.domain)
		}
	}
	c, err := tx.CountMerge(s.viewer, q)
	if err != nil {
		return err
	}
	s.open = map[tenon.OrgID]map[tenon.Kind]int64{}
	s.named = map[tenon.OrgID]map[tenon.UserID]map[tenon.Kind]int64{}
	for _, d := range s.sides() {
		s.count(d, c)
	}
	for _, d := range s.sources {
		d.members, d.relations, d.aliases = c.Members[d.org.ID], c.Relations[d.org.ID], c.Aliases[d.org.ID]
	}
	for i := range s.draws {
		s.draws[i].users = c.Draws[s.draws[i].domain]
	}
	return s.readTwins(tx)
}

// count takes over what is counted of a side. What the viewer may see of it is
// everything open of a kind that is not denied, and the restricted items that
// name them.
func (s *snapshot) count(d *side, c *store.MergeCounts) {
	all, open := sumOf(c.All, d.binders), sumOf(c.All, d.binders)
	for k, n := range sumOf(c.Closed, d.binders) {
		open[k] -= n
	}
	d.counts, d.restricted = map[tenon.Kind]int64{}, sumOf(c.Seen, d.binders)
	for k, n := range all {
		if s.viewer.SeesKind(k) {
			d.counts[k] = open[k] + d.restricted[k]
		}
		d.hidden += n - d.counts[k]
	}
	s.open[d.org.ID] = open
	s.named[d.org.ID] = map[tenon.UserID]map[tenon.Kind]int64{}
	for u, of := range c.Named {
		s.named[d.org.ID][u] = sumOf(of, d.binders)
	}
}

func sumOf(of map[tenon.BinderID]map[tenon.Kind]int64, binders []tenon.BinderID) map[tenon.Kind]int64 {
	out := map[tenon.Kind]int64{}
	for _, b := range binders {
		for k, n := range of[b] {
			out[k] += n
		}
	}
	return out
}

// maxSuspects bounds, for each kind, how many items of the smaller side are
// compared; maxTwins how many pairs a plan lists. The first items of each kind
// are compared alone: where they show enough, the others are not asked about.
const (
	maxSuspects = 5000
	maxTwins    = 200
	first       = 500
)

// readTwins looks for items that are probably the same on both sides, starting
// from the smaller side of each kind.
func (s *snapshot) readTwins(tx *store.Tx) error {
	for _, d := range s.sources {
		pairs, err := s.compare(tx, d)
		if err != nil {
			return err
		}
		s.twins = append(s.twins, slices.Concat(pairs...)...)
		if len(s.twins) > maxTwins {
			s.twins, s.cut = s.twins[:maxTwins], true
			return nil
		}
	}
	return nil
}

// compare compares a source with the target, all kinds at once, and returns the
// pairs of each kind, what is the source's first. Of a pair it keeps one reason:
// the first, which is the strongest.
func (s *snapshot) compare(tx *store.Tx, d *side) ([][]store.Twin, error) {
	all, swapped := s.comparisons(d)
	if err := tx.Suspects(s.viewer, all, maxSuspects); err != nil {
		return nil, err
	}
	out := make([][]store.Twin, len(all))
	seen := map[[2]tenon.ItemID]bool{}
	for from, to := 0, first; ; from, to = to, maxSuspects {
		var asked []store.Comparison
		var at []int
		for i, c := range all {
			if n := len(c.Suspects); from < n {
				c.Suspects = c.Suspects[from:min(to, n)]
				asked, at = append(asked, c), append(at, i)
			}
		}
		if len(asked) == 0 || len(seen) > maxTwins {
			s.cut = s.cut || len(asked) > 0
			return out, nil
		}
		found, err := tx.Twins(s.viewer, asked, maxTwins+1)
		if err != nil {
			return nil, err
		}
		for n, pairs := range found {
			for _, t := range pairs {
				if swapped[at[n]] {
					t.A, t.B, t.NameA, t.NameB = t.B, t.A, t.NameB, t.NameA
				}
				if pair := [2]tenon.ItemID{t.A, t.B}; !seen[pair] {
					seen[pair] = true
					out[at[n]] = append(out[at[n]], t)
				}
			}
		}
	}
}

// comparisons are the kinds that both sides have, each starting from the side
// that has fewer, and whether that is the target.
func (s *snapshot) comparisons(d *side) (all []store.Comparison, swapped []bool) {
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		a, b := d.counts[info.Kind], s.target.counts[info.Kind]
		if len(info.Identity) == 0 || a == 0 || b == 0 {
			continue
		}
		c := store.Comparison{Kind: info.Kind, In: d.binders, Other: s.target.binders}
		if a > b {
			c.In, c.Other = c.Other, c.In
		}
		s.cut = s.cut || min(a, b) > maxSuspects
		all, swapped = append(all, c), append(swapped, a > b)
	}
	return all, swapped
}

package merge

import (
	"fmt"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// planAccess works out, person by person, which organizations of the merge
// each would reach that they do not reach now.
//
// Joined: a grant of a whole organization on either side reaches both. Apart:
// the sources' people keep the binders the sources own; the target's people
// reach the sources' only where that is chosen.
func planAccess(s *snapshot) tenon.AccessPlan {
	after := map[tenon.UserID]map[tenon.OrgID]bool{}
	through := map[tenon.UserID]tenon.Phrases{}
	reach := func(g store.Grant, d *side) {
		for _, u := range s.usersOf(g.Subject) {
			if after[u] == nil {
				after[u] = map[tenon.OrgID]bool{}
			}
			if w := s.through(g.Subject); !through[u].Has(w) {
				through[u] = append(through[u], w)
			}
			if g.Breadth != tenon.WholeOrganization {
				continue
			}
			for _, other := range s.sides() {
				if s.joins(d, other) {
					after[u][other.org.ID] = true
				}
			}
		}
	}
	for _, d := range s.sides() {
		for _, g := range d.grants {
			reach(g, d)
		}
	}
	var out tenon.AccessPlan
	var facts []string
	for _, p := range s.people {
		c := tenon.AccessChange{User: p.ID, Name: p.Name, Role: p.Role, Through: through[p.ID]}
		var sees, also []string
		for _, d := range s.sides() {
			switch {
			case reaches(p, d):
				sees = append(sees, d.org.Name)
			case after[p.ID][d.org.ID]:
				also = append(also, d.org.Name)
				s.addSeen(&c, p, d)
			}
		}
		if len(also) == 0 {
			continue
		}
		c.Sees, c.Also = strings.Join(sees, ", "), strings.Join(also, ", ")
		out.Gain = append(out.Gain, c)
		facts = append(facts, fmt.Sprint(p.ID, p.Role, also))
	}
	out.Hash = operation.Fingerprint(map[string]string{"gain": strings.Join(facts, ";")})
	return out
}

// joins tells whether a whole-organization grant on d reaches other after the merge.
func (s *snapshot) joins(d, other *side) bool {
	switch {
	case d == other || !s.choices.Apart:
		return true
	case d == s.target:
		return s.choices.TargetSeesSource
	}
	return false
}

// reaches tells whether the person reaches every binder of the side now.
func reaches(p *store.Person, d *side) bool {
	for _, b := range d.binders {
		if !p.Before[b] {
			return false
		}
	}
	return true
}

// addSeen adds what the person would see of a side's items.
func (s *snapshot) addSeen(c *tenon.AccessChange, p *store.Person, d *side) {
	if !s.full {
		return
	}
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		if p.Denied[info.Kind] {
			continue
		}
		n := s.open[d.org.ID][info.Kind]
		if p.Role == tenon.Administrator {
			n += d.restricted[info.Kind]
		} else {
			n += s.named[d.org.ID][p.ID][info.Kind]
		}
		if !info.Folder {
			c.Items += n
		}
		if info.Kind == tenon.Password {
			c.Secrets += n
		}
	}
}

func (s *snapshot) usersOf(sub tenon.Subject) []tenon.UserID {
	if sub.Kind == "group" {
		return s.groups[tenon.GroupID(sub.ID)]
	}
	return []tenon.UserID{tenon.UserID(sub.ID)}
}

func (s *snapshot) through(sub tenon.Subject) tenon.Phrase {
	if sub.Kind == "group" {
		return tenon.Say("%s", s.names[tenon.GroupID(sub.ID)])
	}
	return tenon.Say("by name")
}

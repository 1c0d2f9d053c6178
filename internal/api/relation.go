package api

import (
	"time"

	"github.com/tenonhq/tenon"
)

// relationJSON is a tie as it reads from the record that was asked about.
type relationJSON struct {
	ID             int64     `json:"id"`
	ItemID         *int64    `json:"item_id"`
	OrganizationID *int64    `json:"organization_id"`
	Kind           string    `json:"kind"`
	Name           string    `json:"name"`
	Notes          string    `json:"notes"`
	Inverse        bool      `json:"inverse"`
	CreatedAt      time.Time `json:"created_at"`
}

// encodeRelation names the other end, whichever end that is.
func encodeRelation(l tenon.Relation) relationJSON {
	out := relationJSON{ID: l.ID, Kind: "organization", Name: l.Name, Notes: l.Notes, Inverse: l.Inverse, CreatedAt: l.CreatedAt.UTC()}
	other := l.To
	if l.Inverse {
		other = l.From
	}
	if l.Kind != 0 {
		out.Kind, out.ItemID = l.Kind.String(), orNull(int64(other))
	} else {
		out.OrganizationID = orNull(int64(l.ToOrg))
	}
	return out
}

type relationIn struct {
	ItemID         int64  `json:"item_id,omitempty"`
	OrganizationID int64  `json:"organization_id,omitempty"`
	Notes          string `json:"notes,omitempty"`
}

func (s *server) relationList(r *request) (answer, error) {
	rows, err := s.core.Relations(r.Context(), r.viewer, tenon.ItemID(r.id("item")))
	if err != nil {
		return answer{}, err
	}
	return list(rows, "", encodeRelation)
}

func (s *server) organizationRelations(r *request) (answer, error) {
	rows, err := s.core.OrganizationRelations(r.Context(), r.viewer, tenon.OrgID(r.id("organization")))
	if err != nil {
		return answer{}, err
	}
	return list(rows, "", encodeRelation)
}

func (s *server) relate(r *request) (answer, error) {
	var in relationIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	l, err := s.core.Relate(r.Context(), r.viewer, tenon.ItemID(r.id("item")), tenon.ItemID(in.ItemID), tenon.OrgID(in.OrganizationID), in.Notes)
	if err != nil {
		return answer{}, err
	}
	return created("relations", l.ID, encodeRelation(*l))
}

func (s *server) unrelate(r *request) (answer, error) {
	if err := s.core.Unrelate(r.Context(), r.viewer, r.id("relation")); err != nil {
		return answer{}, err
	}
	return done()
}

// subjectJSON is a user or a group.
type subjectJSON struct {
	Kind string `json:"kind"`
	ID   int64  `json:"id"`
}

func encodeSubject(s tenon.Subject) subjectJSON { return subjectJSON(s) }

func (s subjectJSON) domain() tenon.Subject { return tenon.Subject(s) }

type restrictionsJSON struct {
	To []subjectJSON `json:"to"`
}

func (s *server) restrictionsGet(r *request) (answer, error) {
	to, err := s.core.Restrictions(r.Context(), r.viewer, tenon.ItemID(r.id("item")))
	if err != nil {
		return answer{}, err
	}
	return ok(restrictionsJSON{encodeAll(to, encodeSubject)})
}

// restrict replaces who sees an item; to nobody in particular opens it.
func (s *server) restrict(r *request) (answer, error) {
	var in restrictionsJSON
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if _, err := s.core.Restrict(r.Context(), r.viewer, tenon.ItemID(r.id("item")), encodeAll(in.To, subjectJSON.domain)); err != nil {
		return answer{}, err
	}
	return s.restrictionsGet(r)
}

type membershipJSON struct {
	OrganizationID   int64     `json:"organization_id"`
	OrganizationName string    `json:"organization_name"`
	Default          bool      `json:"default"`
	CreatedAt        time.Time `json:"created_at"`
}

func encodeMembership(m tenon.Membership) membershipJSON {
	return membershipJSON{OrganizationID: int64(m.OrgID), OrganizationName: m.OrgName, Default: m.Default, CreatedAt: m.CreatedAt.UTC()}
}

func (s *server) membershipList(r *request) (answer, error) {
	rows, err := s.core.Memberships(r.Context(), r.viewer, tenon.ItemID(r.id("item")))
	if err != nil {
		return answer{}, err
	}
	return list(rows, "", encodeMembership)
}

func (s *server) memberAdd(r *request) (answer, error) {
	if _, err := s.core.AddMember(r.Context(), r.viewer, tenon.ItemID(r.id("item")), tenon.OrgID(r.id("organization"))); err != nil {
		return answer{}, err
	}
	return done()
}

func (s *server) memberRemove(r *request) (answer, error) {
	if _, err := s.core.RemoveMember(r.Context(), r.viewer, tenon.ItemID(r.id("item")), tenon.OrgID(r.id("organization"))); err != nil {
		return answer{}, err
	}
	return done()
}

func (s *server) memberList(r *request) (answer, error) {
	p, err := r.page()
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Members(r.Context(), r.viewer, tenon.OrgID(r.id("organization")), p)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, itemJSON)
}

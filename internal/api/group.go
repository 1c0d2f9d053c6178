package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

type groupJSON struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Users       []int64   `json:"users"`
	DeniedKinds []string  `json:"denied_kinds"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func encodeGroup(g *tenon.Group) groupJSON {
	return groupJSON{
		ID: int64(g.ID), Name: g.Name, Users: encodeAll(g.Users, func(u tenon.UserID) int64 { return int64(u) }),
		DeniedKinds: encodeAll(g.Denied, tenon.Kind.String), Version: g.Version, CreatedAt: g.CreatedAt.UTC(), UpdatedAt: g.UpdatedAt.UTC(),
	}
}

type groupIn struct {
	Name        *string   `json:"name,omitempty"`
	Users       *[]int64  `json:"users,omitempty"`
	DeniedKinds *[]string `json:"denied_kinds,omitempty"`
	Version     int64     `json:"version,omitempty"`
}

func (in groupIn) domain(r *request) (core.GroupChange, error) {
	out := core.GroupChange{Name: in.Name, Users: typedIDs[tenon.UserID](in.Users), Version: orVersion(in.Version, r)}
	if in.DeniedKinds == nil {
		return out, nil
	}
	denied := []tenon.Kind{}
	for _, name := range *in.DeniedKinds {
		k := tenon.KindNamed(name)
		if k == 0 {
			return out, tenon.FieldErrorf("denied_kinds", "There is no kind of record named %q.", name)
		}
		denied = append(denied, k)
	}
	out.Denied = &denied
	return out, nil
}

func (s *server) groupList(r *request) (answer, error) {
	q := store.GroupQuery{Search: r.query["search"]}
	var err error
	if q.Page, err = r.page(); err != nil {
		return answer{}, err
	}
	if q.User, err = oneID[tenon.UserID](r, "user"); err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Groups(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeGroup)
}

func (s *server) groupGet(r *request) (answer, error) {
	g, err := s.core.Group(r.Context(), r.viewer, tenon.GroupID(r.id("group")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeGroup(g))
}

func (s *server) groupCreate(r *request) (answer, error) {
	in, err := groupChange(r)
	if err != nil {
		return answer{}, err
	}
	g, err := s.core.CreateGroup(r.Context(), r.viewer, in)
	if err != nil {
		return answer{}, err
	}
	return s.groupAgain(r, g.ID, true)
}

func (s *server) groupUpdate(r *request) (answer, error) {
	in, err := groupChange(r)
	if err != nil {
		return answer{}, err
	}
	g, err := s.core.UpdateGroup(r.Context(), r.viewer, tenon.GroupID(r.id("group")), in)
	if err != nil {
		return answer{}, err
	}
	return s.groupAgain(r, g.ID, false)
}

func groupChange(r *request) (core.GroupChange, error) {
	var in groupIn
	if err := r.decode(&in); err != nil {
		return core.GroupChange{}, err
	}
	return in.domain(r)
}

func (s *server) groupAgain(r *request, id tenon.GroupID, isNew bool) (answer, error) {
	g, err := s.core.Group(r.Context(), r.viewer, id)
	if err != nil {
		return answer{}, err
	}
	if isNew {
		return created("groups", int64(id), encodeGroup(g))
	}
	return ok(encodeGroup(g))
}

func (s *server) groupRemove(r *request) (answer, error) {
	if err := s.core.DeleteGroup(r.Context(), r.viewer, tenon.GroupID(r.id("group"))); err != nil {
		return answer{}, err
	}
	return done()
}

package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

type lookupJSON struct {
	ID        int64     `json:"id"`
	List      string    `json:"list"`
	Name      string    `json:"name"`
	ParentID  *int64    `json:"parent_id"`
	Code      string    `json:"code"`
	Synced    bool      `json:"synced"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func encodeLookup(l tenon.LookupRow) lookupJSON {
	return lookupJSON{ID: int64(l.ID), List: l.List, Name: l.Name, ParentID: orNull(int64(l.ParentID)), Code: l.Code, Synced: l.Synced,
		Version: l.Version, CreatedAt: l.CreatedAt.UTC(), UpdatedAt: l.UpdatedAt.UTC()}
}

type lookupIn struct {
	Name     *string `json:"name,omitempty"`
	ParentID *int64  `json:"parent_id,omitempty"`
	Code     *string `json:"code,omitempty"`
	Version  int64   `json:"version,omitempty"`
}

func (in lookupIn) domain(r *request) core.LookupChange {
	out := core.LookupChange{Name: in.Name, Code: in.Code, Version: orVersion(in.Version, r)}
	if in.ParentID != nil {
		id := tenon.LookupID(*in.ParentID)
		out.Parent = &id
	}
	return out
}

type listNameJSON struct {
	Name   string  `json:"name"`
	Label  string  `json:"label"`
	Parent *string `json:"parent"`
}

func (s *server) lookupLists(*request) (answer, error) {
	return list(tenon.Lists, "", func(l tenon.ListInfo) listNameJSON { return listNameJSON{l.Name, l.Label, orNull(l.Parent)} })
}

// listNamed returns the list that the path names.
func listNamed(r *request) (string, error) {
	name := r.PathValue("list")
	if tenon.ListNamed(name) == nil {
		return "", tenon.Errorf(tenon.NotFound, "There is no such look-up list.")
	}
	return name, nil
}

func (s *server) lookupList(r *request) (answer, error) {
	name, err := listNamed(r)
	if err != nil {
		return answer{}, err
	}
	q := store.LookupQuery{List: name, Name: r.query["name"]}
	if q.Page, err = r.page(); err != nil {
		return answer{}, err
	}
	if q.IDs, err = ids[tenon.LookupID](r, "id"); err != nil {
		return answer{}, err
	}
	if q.Parent, err = oneID[tenon.LookupID](r, "parent"); err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Lookups(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeLookup)
}

func (s *server) lookup(r *request) (*tenon.LookupRow, error) {
	name, err := listNamed(r)
	if err != nil {
		return nil, err
	}
	l, err := s.core.Lookup(r.Context(), r.viewer, tenon.LookupID(r.id("entry")))
	if err == nil && l.List != name {
		return nil, tenon.Errorf(tenon.NotFound, "There is no entry %d in that list.", r.id("entry"))
	}
	return l, err
}

func (s *server) lookupGet(r *request) (answer, error) {
	l, err := s.lookup(r)
	if err != nil {
		return answer{}, err
	}
	return ok(encodeLookup(*l))
}

func (s *server) lookupCreate(r *request) (answer, error) {
	name, err := listNamed(r)
	if err != nil {
		return answer{}, err
	}
	var in lookupIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	l, err := s.core.CreateLookup(r.Context(), r.viewer, name, in.domain(r))
	if err != nil {
		return answer{}, err
	}
	return created("lookups/"+name, int64(l.ID), encodeLookup(*l))
}

func (s *server) lookupUpdate(r *request) (answer, error) {
	l, err := s.lookup(r)
	if err != nil {
		return answer{}, err
	}
	var in lookupIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if l, err = s.core.UpdateLookup(r.Context(), r.viewer, l.ID, in.domain(r)); err != nil {
		return answer{}, err
	}
	return ok(encodeLookup(*l))
}

package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// viewJSON is a saved view of a list.
type viewJSON struct {
	ID       int64  `json:"id"`
	List     string `json:"list"`
	Name     string `json:"name"`
	Query    string `json:"query"`
	Shared   bool   `json:"shared"`
	UserID   *int64 `json:"user_id"`
	UserName string `json:"user_name"`
}

// viewIn is a view as it is saved. query is what stands in the address of the
// page of the list, after the question mark.
type viewIn struct {
	List   string `json:"list,omitempty"`
	Name   string `json:"name"`
	Query  string `json:"query,omitempty"`
	Shared bool   `json:"shared,omitempty"`
}

// favouriteJSON is a record with the caller's star.
type favouriteJSON struct {
	ID               int64     `json:"id"`
	Kind             string    `json:"kind"`
	Name             string    `json:"name"`
	OrganizationID   *int64    `json:"organization_id"`
	OrganizationName *string   `json:"organization_name"`
	At               time.Time `json:"at"`
}

func encodeView(w tenon.ListView) viewJSON {
	return viewJSON{ID: int64(w.ID), List: w.List, Name: w.Name, Query: w.Query, Shared: w.Shared, UserID: orNull(int64(w.User)), UserName: w.UserName}
}

func encodeFavourite(s tenon.Shortcut) favouriteJSON {
	out := favouriteJSON{ID: s.Record, Kind: "organization", Name: s.Name, At: s.At.UTC()}
	if s.Kind != 0 {
		out.Kind = s.Kind.String()
	}
	if s.OrgID != tenon.SystemOrg {
		out.OrganizationID, out.OrganizationName = orNull(int64(s.OrgID)), orNull(s.OrgName)
	}
	return out
}

// viewList lists the views of one list that the caller is offered: their own,
// and those for everybody.
func (s *server) viewList(r *request) (answer, error) {
	var views []tenon.ListView
	err := s.read(r, func(tx *store.Tx) (err error) {
		views, err = tx.ListViews(r.viewer, r.query["list"])
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return list(views, "", encodeView)
}

func (s *server) viewCreate(r *request) (answer, error) {
	return s.viewSave(r, 0)
}

func (s *server) viewReplace(r *request) (answer, error) {
	return s.viewSave(r, tenon.ViewID(r.id("view")))
}

// viewSave files a view, or replaces the one that is named. The list of a view
// that is there stays what it is.
func (s *server) viewSave(r *request, id tenon.ViewID) (answer, error) {
	var in viewIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if id != 0 {
		err := s.read(r, func(tx *store.Tx) error {
			was, err := tx.GetView(r.viewer, id)
			if err == nil && in.List != "" && in.List != was.List {
				return tenon.FieldErrorf("list", "%s is a view of %s, and stays one.", was.Name, was.List)
			}
			if err == nil {
				in.List = was.List
			}
			return err
		})
		if err != nil {
			return answer{}, err
		}
	}
	w, err := s.core.SaveView(r.Context(), r.viewer, tenon.ListView{ID: id, List: in.List, Name: in.Name, Query: in.Query, Shared: in.Shared})
	if err != nil {
		return answer{}, err
	}
	if id == 0 {
		return created("views", int64(w.ID), encodeView(*w))
	}
	return ok(encodeView(*w))
}

func (s *server) viewDelete(r *request) (answer, error) {
	if r.id("view") == 0 {
		return answer{}, tenon.Errorf(tenon.NotFound, "There is no such view.")
	}
	if _, err := s.core.DeleteView(r.Context(), r.viewer, tenon.ViewID(r.id("view"))); err != nil {
		return answer{}, err
	}
	return done()
}

// favouriteList lists what the caller has starred and may see.
func (s *server) favouriteList(r *request) (answer, error) {
	var all store.Shortcuts
	err := s.read(r, func(tx *store.Tx) (err error) {
		all, err = tx.ListShortcuts(r.viewer, false, 1)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return list(all.Starred, "", encodeFavourite)
}

func (s *server) favouriteSet(r *request) (answer, error) { return s.star(r, true) }

func (s *server) favouriteEnd(r *request) (answer, error) { return s.star(r, false) }

func (s *server) star(r *request, on bool) (answer, error) {
	if err := s.core.SetFavourite(r.Context(), r.viewer, r.id("record"), on); err != nil {
		return answer{}, err
	}
	return done()
}

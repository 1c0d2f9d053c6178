package core

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// SaveView files a new saved view, or writes one that is there, and tells
// which. Only who made a view may change it; one that is shared, also whoever
// manages the account. To share takes the right to edit.
func (c *Core) SaveView(ctx context.Context, v tenon.Viewer, w tenon.ListView) (*tenon.ListView, error) {
	w.Name = strings.Join(strings.Fields(w.Name), " ")
	if err := checkView(v, &w); err != nil {
		return nil, err
	}
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.ListViews(v, w.List)
		if err != nil {
			return err
		}
		mine := 0
		for _, other := range all {
			if other.User == v.User {
				mine++
			}
			if other.ID != w.ID && other.User == v.User && strings.EqualFold(other.Name, w.Name) {
				return tenon.FieldErrorf("name", "You have a view of the name %s here already.", other.Name)
			}
		}
		if w.ID == 0 {
			return c.insertView(tx, v, &w, mine)
		}
		was, err := ownView(tx, v, w.ID)
		if err != nil {
			return err
		}
		w.List, w.User, w.UserName = was.List, was.User, was.UserName
		if err := tx.UpdateView(&w); err != nil {
			return err
		}
		return recordView(tx, v, "update", &w, was.Shared)
	})
	if err != nil {
		return nil, err
	}
	return &w, nil
}

func checkView(v tenon.Viewer, w *tenon.ListView) error {
	if v.Role == "" {
		return errNotSignedIn
	}
	switch n := utf8.RuneCountInString(w.Name); {
	case n == 0:
		return tenon.FieldErrorf("name", "Name is required.")
	case n > tenon.MaxViewName:
		return tenon.FieldErrorf("name", "A name may have %d characters at most.", tenon.MaxViewName)
	case len(w.Query) > tenon.MaxViewQuery:
		return tenon.FieldErrorf("query", "This filter is too long to be saved.")
	case !KnownList(w.List):
		return tenon.FieldErrorf("list", "There is no such list.")
	}
	if _, err := url.ParseQuery(w.Query); err != nil {
		return tenon.FieldErrorf("query", "This filter cannot be read.")
	}
	if w.Shared {
		return v.Need(tenon.EditItems)
	}
	return nil
}

// KnownList tells whether views of this list can be saved.
func KnownList(list string) bool {
	if list == "organizations" || list == "activity" || list == "trash" {
		return true
	}
	return slices.ContainsFunc(tenon.Kinds, func(k tenon.KindInfo) bool { return k.Plural == list })
}

func (c *Core) insertView(tx *store.Tx, v tenon.Viewer, w *tenon.ListView, mine int) error {
	if mine >= tenon.MaxViews {
		return tenon.Errorf(tenon.TooLarge, "You have %d views of this list, which is as many as there may be. Delete one first.", mine)
	}
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	w.ID, w.User, w.UserName = tenon.ViewID(id), v.User, v.Name
	if err := tx.InsertView(w); err != nil {
		return err
	}
	return recordView(tx, v, "create", w, false)
}

// ownView returns a view that the viewer may change.
func ownView(tx *store.Tx, v tenon.Viewer, id tenon.ViewID) (*tenon.ListView, error) {
	w, err := tx.GetView(v, id)
	if err == nil && w.User != v.User && !v.May(tenon.ManageSettings) {
		err = tenon.Errorf(tenon.Forbidden, "%s is a view of %s. Save one of your own.", w.Name, w.UserName)
	}
	return w, err
}

// recordView tells of views that others have: what is somebody's own concerns
// nobody else.
func recordView(tx *store.Tx, v tenon.Viewer, action string, w *tenon.ListView, was bool) error {
	if !w.Shared && !was {
		return nil
	}
	return tx.Record(v, tenon.Event{Action: action, Subject: "view", SubjectID: int64(w.ID), Name: w.Name,
		Changes: []tenon.Change{{Field: "query", After: w.Query}}})
}

// DeleteView removes a saved view. The records that it showed are untouched.
func (c *Core) DeleteView(ctx context.Context, v tenon.Viewer, id tenon.ViewID) (*tenon.ListView, error) {
	var w *tenon.ListView
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		if w, err = ownView(tx, v, id); err != nil {
			return err
		}
		if err := tx.DeleteView(id); err != nil {
			return err
		}
		return recordView(tx, v, "delete", w, w.Shared)
	})
	return w, err
}

// SetListSettings keeps which columns the viewer wants in a list, and with
// which view it opens.
func (c *Core) SetListSettings(ctx context.Context, v tenon.Viewer, list string, change func(*tenon.ListSettings)) error {
	if v.Role == "" {
		return errNotSignedIn
	}
	if !KnownList(list) {
		return tenon.FieldErrorf("list", "There is no such list.")
	}
	return c.st.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.ListSettings(v, list)
		if err != nil {
			return err
		}
		change(&s)
		if s.View != 0 {
			if _, err := tx.GetView(v, s.View); err != nil {
				return err
			}
		}
		return tx.SetListSettings(v, list, s)
	})
}

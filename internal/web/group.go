package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

func groupPath(id tenon.GroupID) string { return "/groups/" + id.String() }

// groups lists the groups that give access and deny kinds.
func (s *server) groups(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageGroups); err != nil {
		return err
	}
	a := addressOf(r)
	page, next, err := s.core.Groups(r.Context(), v, store.GroupQuery{Search: a.query.Get("q"), Page: tenon.Page{Limit: pageRows, Cursor: a.query.Get("cursor")}})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextGroups), Section: "account"}, groupsContent(a, page, next))
}

// groupView is what the pages of one group show.
type groupView struct {
	*tenon.Group
	members []*tenon.User
	granted []tenon.Granted
	viewer  tenon.Viewer
	use     tenon.GroupUse
	form    *form
}

func (g *groupView) may() bool { return core.MayManageGroup(g.viewer, g.Group) == nil }

// loadGroup loads the group that the address names.
func (s *server) loadGroup(r *http.Request) (*groupView, error) {
	v := viewer(r)
	if err := v.Need(tenon.ManageGroups); err != nil {
		return nil, err
	}
	id, err := pathID[tenon.GroupID](r, "group")
	if err != nil {
		return nil, err
	}
	g, err := s.core.Group(r.Context(), v, id)
	return &groupView{Group: g, viewer: v, form: emptyForm()}, err
}

func (s *server) group(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	if g.members, _, err = s.core.Users(r.Context(), g.viewer, store.UserQuery{Group: g.ID, Page: tenon.Page{Limit: tenon.MaxPage}}); err != nil {
		return err
	}
	if g.granted, err = s.core.Granted(r.Context(), g.viewer, tenon.Subject{Kind: tenon.SubjectGroup, ID: int64(g.ID)}); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: g.Name, Section: "account"}, groupContent(g))
}

func (s *server) groupNew(w http.ResponseWriter, r *http.Request) error {
	return s.showGroupForm(w, r, http.StatusOK, &groupView{Group: &tenon.Group{}, viewer: viewer(r), form: emptyForm()})
}

func (s *server) groupEdit(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	g.form.Set("name", g.Name)
	g.form.Set("version", ui.Plain64(g.Version))
	for _, k := range g.Denied {
		g.form.Add("denied", k.String())
	}
	return s.showGroupForm(w, r, http.StatusOK, g)
}

func (s *server) showGroupForm(w http.ResponseWriter, r *http.Request, status int, g *groupView) error {
	if err := g.viewer.Need(tenon.ManageGroups); err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: g.title(r.Context()), Section: "account"}, groupFormContent(g))
}

func (g *groupView) title(ctx context.Context) string {
	if g.ID == 0 {
		return say.Text(ctx, "New group")
	}
	return say.Textf(ctx, "Edit %s", g.Name)
}

// groupChange is what was typed. Only who may deny kinds is asked for them.
func (f *form) groupChange(v tenon.Viewer) (in core.GroupChange, err error) {
	name := f.text("name")
	in.Name = &name
	if v.May(tenon.DenyKinds) {
		denied := []tenon.Kind{}
		for _, text := range f.Values["denied"] {
			denied = append(denied, tenon.KindNamed(text))
		}
		in.Denied = &denied
	}
	in.Version, err = f.number("version")
	return in, err
}

func (s *server) groupCreate(w http.ResponseWriter, r *http.Request) error {
	return s.groupSave(w, r, &groupView{Group: &tenon.Group{}, viewer: viewer(r)})
}

func (s *server) groupUpdate(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	return s.groupSave(w, r, g)
}

func (s *server) groupSave(w http.ResponseWriter, r *http.Request, g *groupView) error {
	if err := g.viewer.Need(tenon.ManageGroups); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	in, err := f.groupChange(g.viewer)
	if err != nil {
		return err
	}
	var saved *tenon.Group
	if g.ID == 0 {
		saved, err = s.core.CreateGroup(r.Context(), g.viewer, in)
	} else {
		saved, err = s.core.UpdateGroup(r.Context(), g.viewer, g.ID, in)
	}
	if err != nil {
		if g.form = f; f.keep(r.Context(), err) {
			return s.showGroupForm(w, r, http.StatusUnprocessableEntity, g)
		}
		return err
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was saved.", saved.Name)})
	return redirect(w, r, groupPath(saved.ID))
}

// groupMember adds the person who was typed to a group.
func (s *server) groupMember(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	u, err := s.core.UserByEmail(r.Context(), g.viewer, f.text("email"))
	if err == nil {
		all := append(slices.Clone(g.Users), u.ID)
		_, err = s.core.UpdateGroup(r.Context(), g.viewer, g.ID, core.GroupChange{Users: &all, Version: g.Version})
	}
	if err != nil {
		return s.sayAndReturn(w, r, err, groupPath(g.ID))
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s is in %s now.", u.Name, g.Name)})
	return redirect(w, r, groupPath(g.ID))
}

// groupMemberEnd takes somebody out of a group.
func (s *server) groupMemberEnd(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id, err := f.number("id")
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(g.Users), func(u tenon.UserID) bool { return int64(u) == id })
	if _, err := s.core.UpdateGroup(r.Context(), g.viewer, g.ID, core.GroupChange{Users: &rest, Version: g.Version}); err != nil {
		return s.sayAndReturn(w, r, err, groupPath(g.ID))
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s is no longer in %s.", f.text("name"), g.Name)})
	return redirect(w, r, groupPath(g.ID))
}

// groupDelete says what ends with a group, before it does.
func (s *server) groupDelete(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	if g.use, err = s.core.GroupUse(r.Context(), g.viewer, g.ID); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Delete %s", g.Name), Section: "account"}, groupDeleteContent(g))
}

func (s *server) groupDeleteRun(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	if err := s.core.DeleteGroup(r.Context(), g.viewer, g.ID); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was deleted, with what it gave and denied.", g.Name)})
	return redirect(w, r, "/groups")
}

// deniableChoices are the kinds that a group can deny.
func deniableChoices(ctx context.Context, chosen []string) []ui.Choice {
	var out []ui.Choice
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		out = append(out, ui.Choice{Value: k.Name, Text: say.Text(ctx, k.Labels), Chosen: slices.Contains(chosen, k.Name)})
	}
	return out
}

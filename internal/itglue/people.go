package itglue

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func (r *record) user() *tenon.User   { return r.of.(*tenon.User) }
func (r *record) group() *tenon.Group { return r.of.(*tenon.Group) }

// roleNames are the roles in this API's words.
var roleNames = map[tenon.Role]string{
	tenon.Administrator: "Administrator", tenon.Manager: "Manager", tenon.Editor: "Editor", tenon.Creator: "Creator",
	tenon.Lite: "Lite", tenon.ReadOnly: "Read-only",
}

func users() *resource {
	return &resource{
		path: "users", label: "User", about: "People who work with the account.", verbs: readOnly | canUpdate,
		attrs: []attribute{
			rw(text, "first-name"), rw(text, "last-name"), ro(text, "name"), ro(text, "role-name"), ro(text, "email"),
			made(moment, "invitation-sent-at", createdAt),
			made(moment, "invitation-accepted-at", func(_ *view, r *record) any {
				if u := r.user(); u.HasPassword {
					return u.CreatedAt
				}
				return nil
			}),
			made(moment, "current-sign-in-at", func(_ *view, r *record) any { return r.user().SignedInAt }), none(text, "current-sign-in-ip"),
			made(moment, "last-sign-in-at", func(_ *view, r *record) any { return r.user().SignedInAt }), none(text, "last-sign-in-ip"),
			made(number, "reputation", func(*view, *record) any { return 0 }), none(flag, "my-glue"), none(id, "my-glue-account-id"),
			none(text, "avatar"), made(moment, "created-at", createdAt), made(moment, "updated-at", updatedAt),
		},
		filters: filters(by(id, "id"), by(text, "name", "email"), []filter{{name: "role_name", column: "role_name", form: text, read: ofRole},
			{name: "salesforce_id", form: text, read: nothingMatches}}),
		sorts: sorts("name", "email", "id", "created_at", "updated_at"), first: "id",
		src: smallSource{path: "users", all: allUsers, change: updateUser},
	}
}

// ofRole refuses a role that does not exist.
func ofRole(_ *request, s string) ([]filterMatch, error) {
	m := filterMatch{Field: "role_name", Values: []any{}}
	for _, w := range words(s) {
		known := false
		for _, name := range roleNames {
			known = known || strings.EqualFold(name, w)
		}
		if !known {
			return nil, fail(http.StatusUnprocessableEntity, "filter[role_name]", "The filter role_name must be one of Administrator, Manager, Editor, Creator, Lite, Read-only.")
		}
		m.Values = append(m.Values, w)
	}
	return []filterMatch{m}, nil
}

func userRecord(u *tenon.User) record {
	first, last, _ := strings.Cut(u.Name, " ")
	return record{id: int64(u.ID), created: u.CreatedAt, updated: u.UpdatedAt, of: u, values: tenon.Values{
		"first_name": first, "last_name": last, "name": u.Name, "email": u.Email, "role_name": roleNames[u.Role]}}
}

func allUsers(r *request) (out []record, err error) {
	enabled := false
	q := store.UserQuery{Disabled: &enabled, Page: tenon.Page{Limit: tenon.MaxPage}}
	for {
		page, next, err := r.s.core.Users(r.Context(), r.viewer, q)
		if err != nil {
			return nil, err
		}
		for _, u := range page {
			out = append(out, userRecord(u))
		}
		if q.Cursor = next; next == "" {
			return out, nil
		}
	}
}

func updateUser(tx *store.Tx, r *request, in change) error {
	u, err := tx.GetUser(r.viewer, tenon.UserID(in.id))
	if err != nil {
		return err
	}
	first, last, _ := strings.Cut(u.Name, " ")
	rd := reader{in: in}
	rd.line("first_name", &first)
	rd.line("last_name", &last)
	if rd.err != nil {
		return rd.err
	}
	name := strings.TrimSpace(first + " " + last)
	if name == u.Name {
		return nil
	}
	_, err = r.s.core.UpdateUserIn(tx, r.viewer, u.ID, core.UserChange{Name: &name})
	if e, ok := err.(*tenon.Error); ok && e.Field == "name" { // which is not written: its parts are
		if _, sent := in.attrs["first_name"]; sent {
			return e.At("first_name")
		}
		return e.At("last_name")
	}
	return err
}

func groups() *resource {
	return &resource{
		path: "groups", label: "Group", about: "Groups of users.", verbs: noDelete | canDelete,
		attrs:   attrs([]attribute{must(text, "name")}, timeAttrs()),
		filters: filters(by(text, "name"), by(id, "id")),
		sorts:   sorts("name", "created_at", "updated_at", "id"), first: "id",
		includes: []include{{name: "users", path: "users", load: usersOfGroups}, {name: "organizations", path: "organizations", load: organizationsOfGroups},
			{name: "resource_type_restrictions"}, {name: "my_glue_account"}},
		src: smallSource{path: "groups", all: allGroups, make: createGroup, change: updateGroup, delete: deleteGroup},
	}
}

func allGroups(r *request) (out []record, err error) {
	q := store.GroupQuery{Page: tenon.Page{Limit: tenon.MaxPage}}
	for {
		page, next, err := r.s.core.Groups(r.Context(), r.viewer, q)
		if err != nil {
			return nil, err
		}
		for _, g := range page {
			out = append(out, record{id: int64(g.ID), created: g.CreatedAt, updated: g.UpdatedAt, of: g, values: tenon.Values{"name": g.Name}})
		}
		if q.Cursor = next; next == "" {
			return out, nil
		}
	}
}

func groupChange(in change) (core.GroupChange, error) {
	name := ""
	rd := reader{in: in}
	rd.text("name", &name)
	var to core.GroupChange
	if _, sent := in.attrs["name"]; sent {
		to.Name = &name
	}
	return to, rd.err
}

func createGroup(tx *store.Tx, r *request, in change) (int64, error) {
	to, err := groupChange(in)
	if err != nil {
		return 0, err
	}
	g, err := r.s.core.CreateGroupIn(tx, r.viewer, to)
	if err != nil {
		return 0, err
	}
	return int64(g.ID), nil
}

func updateGroup(tx *store.Tx, r *request, in change) error {
	to, err := groupChange(in)
	if err == nil {
		_, err = r.s.core.UpdateGroupIn(tx, r.viewer, tenon.GroupID(in.id), to)
	}
	return err
}

func deleteGroup(tx *store.Tx, r *request, n int64) error {
	return r.s.core.DeleteGroupIn(tx, r.viewer, tenon.GroupID(n))
}

func usersOfGroups(v *view, of []record) (map[int64][]record, error) {
	all, err := allUsers(v.r)
	out := map[int64][]record{}
	for i := range of {
		for _, n := range of[i].group().Users {
			for _, u := range all {
				if u.id == int64(n) {
					out[of[i].id] = append(out[of[i].id], u)
				}
			}
		}
	}
	return out, err
}

func organizationsOfGroups(v *view, of []record) (map[int64][]record, error) {
	ids := make([]tenon.GroupID, len(of))
	for i := range of {
		ids[i] = of[i].group().ID
	}
	var granted map[tenon.GroupID][]tenon.OrgID
	err := v.r.read(func(tx *store.Tx) (err error) {
		granted, err = tx.OrganizationsOfGroups(v.r.viewer, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	byID := map[int64]record{}
	var wanted []any
	for _, list := range granted {
		for _, org := range list {
			if _, known := byID[int64(org)]; !known {
				byID[int64(org)] = record{}
				wanted = append(wanted, int64(org))
			}
		}
	}
	for piece := range slices.Chunk(wanted, maxPage) {
		found, _, err := organizationSource{}.list(v.r, store.Slice{Match: []store.Match{{Field: "id", Values: piece}}, Limit: maxPage})
		if err != nil {
			return nil, err
		}
		for _, rec := range found {
			byID[rec.id] = rec
		}
	}
	out := map[int64][]record{}
	for group, list := range granted {
		for _, org := range list {
			if rec := byID[int64(org)]; rec.id != 0 {
				out[int64(group)] = append(out[int64(group)], rec)
			}
		}
	}
	return out, nil
}

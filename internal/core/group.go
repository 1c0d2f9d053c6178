package core

import (
	"context"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// GroupChange is what somebody wants a group to be. What is nil stays.
type GroupChange struct {
	Name   *string
	Users  *[]tenon.UserID // replaces the members
	Denied *[]tenon.Kind   // replaces the kinds that members must not see
	// Version is the version the change was made from; 0 takes the present one.
	Version int64
}

// Group returns one group. NotFound where the viewer may not know of it.
func (c *Core) Group(ctx context.Context, v tenon.Viewer, id tenon.GroupID) (*tenon.Group, error) {
	var g *tenon.Group
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		g, err = tx.GetGroup(v, id)
		return err
	})
	return g, err
}

// Groups returns one page of groups and the cursor of the next. Read-only and
// Lite users see only their own.
func (c *Core) Groups(ctx context.Context, v tenon.Viewer, q store.GroupQuery) (page []*tenon.Group, next string, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListGroups(v, q)
		return err
	})
	return page, next, err
}

// CreateGroup adds a group. A manager who does not reach every organization
// is a member of the groups they make: those are the ones they may manage.
func (c *Core) CreateGroup(ctx context.Context, v tenon.Viewer, in GroupChange) (g *tenon.Group, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) (err error) {
		g, err = c.CreateGroupIn(tx, v, in)
		return err
	})
	return g, err
}

// CreateGroupIn is CreateGroup inside the caller's transaction.
func (c *Core) CreateGroupIn(tx *store.Tx, v tenon.Viewer, in GroupChange) (*tenon.Group, error) {
	if err := v.Need(tenon.ManageGroups); err != nil {
		return nil, err
	}
	if in.Name == nil {
		return nil, tenon.FieldErrorf("name", "A group needs a name.")
	}
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	g := &tenon.Group{ID: tenon.GroupID(id)}
	if err := nameGroup(g, in.Name); err != nil {
		return nil, err
	}
	if err := tx.InsertGroup(g); err != nil {
		return nil, err
	}
	if !v.Everywhere && v.User != 0 {
		users := []tenon.UserID{v.User}
		if in.Users != nil {
			users = append(users, *in.Users...)
		}
		in.Users = &users
	}
	log, err := fillGroup(tx, v, g, in)
	if err != nil {
		return nil, err
	}
	log = append([]tenon.Change{{Field: "name", After: g.Name}}, log...)
	return g, tx.Record(v, tenon.Event{Action: "create", Subject: "group", SubjectID: id, Name: g.Name, Changes: log})
}

// UpdateGroup changes a group: its name, members, denied kinds. What members
// reach follows with the same commit.
func (c *Core) UpdateGroup(ctx context.Context, v tenon.Viewer, id tenon.GroupID, in GroupChange) (*tenon.Group, error) {
	var g *tenon.Group
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		g, err = c.UpdateGroupIn(tx, v, id, in)
		return err
	})
	return g, err
}

// UpdateGroupIn is UpdateGroup inside the caller's transaction.
func (c *Core) UpdateGroupIn(tx *store.Tx, v tenon.Viewer, id tenon.GroupID, in GroupChange) (*tenon.Group, error) {
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	g, err := tx.GetGroup(v, id)
	if err != nil {
		return nil, err
	}
	if err := mayChangeGroup(v, g); err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != g.Version {
		return nil, tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed. Look at the newer version and try again.", g.Name)
	}
	before := g.Name
	if err := nameGroup(g, in.Name); err != nil {
		return nil, err
	}
	log, err := fillGroup(tx, v, g, in)
	if err != nil {
		return nil, err
	}
	if before != g.Name {
		log = append([]tenon.Change{{Field: "name", Before: before, After: g.Name}}, log...)
	}
	if len(log) == 0 {
		return g, nil
	}
	if err := tx.UpdateGroup(g); err != nil {
		return nil, err
	}
	return g, tx.Record(v, tenon.Event{Action: "update", Subject: "group", SubjectID: int64(id), Name: g.Name, Changes: log})
}

// DeleteGroup deletes a group with what was granted to it. Items restricted to
// it alone are then seen by administrators only, never by everybody.
func (c *Core) DeleteGroup(ctx context.Context, v tenon.Viewer, id tenon.GroupID) error {
	return c.st.Write(ctx, func(tx *store.Tx) error { return c.DeleteGroupIn(tx, v, id) })
}

// DeleteGroupIn is DeleteGroup inside the caller's transaction.
func (c *Core) DeleteGroupIn(tx *store.Tx, v tenon.Viewer, id tenon.GroupID) error {
	if err := tx.LockStructure(); err != nil {
		return err
	}
	g, err := tx.GetGroup(v, id)
	if err != nil {
		return err
	}
	if err := mayChangeMembers(v, g); err != nil {
		return err
	}
	if err := checkRanks(tx, v, g.Users); err != nil {
		return err
	}
	log, err := nameChange(tx, "users", "user", g.Users, nil)
	if err != nil {
		return err
	}
	if err := tx.DeleteGroup(id); err != nil {
		return err
	}
	if err := tx.RebuildReach(g.Users); err != nil {
		return err
	}
	return tx.Record(v, tenon.Event{Action: "delete", Subject: "group", SubjectID: int64(id), Name: g.Name, Changes: log})
}

func nameGroup(g *tenon.Group, name *string) error {
	if name == nil {
		return nil
	}
	values, _, err := tenon.GroupFields.Apply(tenon.Values{"name": g.Name}, tenon.Values{"name": *name})
	g.Name = values.Text("name")
	return err
}

// mayChangeGroup holds managers to the groups they belong to, unless they
// reach every organization anyway: a group can give what they do not have.
func mayChangeGroup(v tenon.Viewer, g *tenon.Group) error {
	if err := v.Need(tenon.ManageGroups); err != nil {
		return err
	}
	if !v.Everywhere && !slices.Contains(v.Groups, g.ID) {
		return tenon.Errorf(tenon.Forbidden, "You are not a member of %s. You may manage only the groups you belong to.", g.Name)
	}
	return nil
}

// mayChangeMembers also keeps those who may not deny kinds from lifting a
// denial by taking people out of the group.
func mayChangeMembers(v tenon.Viewer, g *tenon.Group) error {
	if err := mayChangeGroup(v, g); err != nil {
		return err
	}
	if len(g.Denied) > 0 && !v.May(tenon.DenyKinds) {
		return tenon.Errorf(tenon.Forbidden, "%s denies its members some kinds of records, so only an administrator may change who is in it.", g.Name)
	}
	return nil
}

// fillGroup sets members and denials. The caller holds the structure lock.
func fillGroup(tx *store.Tx, v tenon.Viewer, g *tenon.Group, in GroupChange) ([]tenon.Change, error) {
	log, err := setMembers(tx, v, g, in.Users)
	if err != nil || in.Denied == nil {
		return log, err
	}
	want := slices.Clone(*in.Denied)
	slices.Sort(want)
	want = slices.Compact(want)
	if slices.Equal(want, g.Denied) {
		return log, nil
	}
	if err := v.Need(tenon.DenyKinds); err != nil {
		return nil, err
	}
	for _, k := range want {
		if k.Info() == nil {
			return nil, tenon.FieldErrorf("denied", "There is no kind %d.", k)
		}
	}
	if err := tx.SetDenials(g.ID, want); err != nil {
		return nil, err
	}
	log = append(log, tenon.Change{Field: "denied", Before: kindNames(g.Denied), After: kindNames(want)})
	g.Denied = want
	return log, nil
}

func kindNames(kinds []tenon.Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		if info := k.Info(); info != nil {
			out[i] = info.Name
		}
	}
	return out
}

// setMembers makes exactly these users the members, nil leaves them.
func setMembers(tx *store.Tx, v tenon.Viewer, g *tenon.Group, want *[]tenon.UserID) ([]tenon.Change, error) {
	if want == nil {
		return nil, nil
	}
	target := slices.Clone(*want)
	slices.Sort(target)
	target = slices.Compact(target)
	added, gone := difference(g.Users, target)
	changed := slices.Concat(added, gone)
	if len(changed) == 0 {
		return nil, nil
	}
	if len(g.Denied) > 0 {
		if err := mayChangeMembers(v, g); err != nil {
			return nil, err
		}
	}
	if err := checkRanks(tx, v, changed); err != nil {
		return nil, err
	}
	if err := tx.AddToGroup(g.ID, added); err != nil {
		return nil, err
	}
	if err := tx.RemoveFromGroup(g.ID, gone); err != nil {
		return nil, err
	}
	if err := tx.RebuildReach(changed); err != nil {
		return nil, err
	}
	if err := checkLite(tx, added); err != nil {
		return nil, err
	}
	log, err := nameChange(tx, "users", "user", g.Users, target)
	g.Users = target
	return log, err
}

// checkRanks refuses users that do not exist or are above the viewer's rank.
func checkRanks(tx *store.Tx, v tenon.Viewer, ids []tenon.UserID) error {
	for chunk := range slices.Chunk(ids, tenon.MaxPage) {
		users, _, err := tx.ListUsers(v, store.UserQuery{IDs: chunk, Page: tenon.Page{Limit: tenon.MaxPage}})
		if err != nil {
			return err
		}
		if len(users) != len(chunk) {
			return tenon.FieldErrorf("users", "One of the users does not exist.")
		}
		for _, u := range users {
			if err := notAbove(v, u); err != nil {
				return err
			}
		}
	}
	return nil
}

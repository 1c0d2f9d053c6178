package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// maxGranted is how many organizations of one user or group are listed.
const maxGranted = 500

// Granted returns the organizations that were given to a user, also through
// groups, or to a group, as far as the viewer reaches them. People ask about
// themselves, and those who manage access about everybody.
func (c *Core) Granted(ctx context.Context, v tenon.Viewer, to tenon.Subject) (list []tenon.Granted, err error) {
	if to.Kind != tenon.SubjectUser || to.ID != int64(v.User) {
		if err := v.Need(tenon.ManageAccess); err != nil {
			return nil, err
		}
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		if to.Kind == tenon.SubjectGroup {
			_, err = tx.GetGroup(v, tenon.GroupID(to.ID))
		} else {
			_, err = tx.GetUser(v, tenon.UserID(to.ID))
		}
		if err == nil {
			list, err = tx.ListGranted(v, to, maxGranted)
		}
		return err
	})
	return list, err
}

// GroupUse says what depends on a group, before it is deleted.
func (c *Core) GroupUse(ctx context.Context, v tenon.Viewer, id tenon.GroupID) (u tenon.GroupUse, err error) {
	if err := v.Need(tenon.ManageGroups); err != nil {
		return u, err
	}
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.GetGroup(v, id); err != nil {
			return err
		}
		u, err = tx.SystemGroupUse(id)
		return err
	})
	return u, err
}

// MayManageGroup tells in words why the viewer may not change a group or who
// is in it, nil where they may: pages offer only what can be done.
func MayManageGroup(v tenon.Viewer, g *tenon.Group) error { return mayChangeMembers(v, g) }

// MayManageUser tells in words why the viewer may not change a user, nil where they may.
func MayManageUser(v tenon.Viewer, u *tenon.User) error {
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	return notAbove(v, u)
}

// MayHelpUser tells in words why the viewer may not give a user a link to
// choose a password, nil where they may.
func MayHelpUser(v tenon.Viewer, u *tenon.User) error {
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	return mayHelp(v, u)
}

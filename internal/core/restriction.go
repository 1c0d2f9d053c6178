package core

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// maxSubjects is how many users and groups an item may be restricted to.
const maxSubjects = 500

// Restrict closes an item to everybody but these users and groups, and with it
// what hangs on it; none opens it. Who restricts stays among them, unless they
// see every restricted item anyway.
func (c *Core) Restrict(ctx context.Context, v tenon.Viewer, item tenon.ItemID, to []tenon.Subject) (*tenon.Item, error) {
	var out *tenon.Item
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		out, err = c.RestrictIn(tx, v, item, to)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// RestrictIn is Restrict inside the caller's transaction.
func (c *Core) RestrictIn(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, to []tenon.Subject) (*tenon.Item, error) {
	e, err := c.open(tx, v, item, ItemChange{})
	if err != nil {
		return nil, err
	}
	if err := v.Need(tenon.RestrictItems); err != nil {
		return nil, err
	}
	return e.item, e.restrict(to)
}

// EditRestrictionsIn is RestrictIn as a part of an operation, which the log
// names. It returns whom the item was restricted to before, and now.
func (c *Core) EditRestrictionsIn(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, to []tenon.Subject, op tenon.OperationID) (before, now []tenon.Subject, err error) {
	if err := v.Need(tenon.RestrictItems); err != nil {
		return nil, nil, err
	}
	e, err := c.open(tx, v, item, ItemChange{})
	if err != nil {
		return nil, nil, err
	}
	e.op = op
	if before, err = tx.ListRestrictions(item); err != nil {
		return nil, nil, err
	}
	if err := e.restrict(to); err != nil {
		return nil, nil, err
	}
	now, err = tx.ListRestrictions(item)
	return before, now, err
}

func (e *edit) restrict(to []tenon.Subject) error {
	if len(to) > maxSubjects {
		return tenon.Errorf(tenon.TooLarge, "An item may be restricted to %d users and groups at most.", maxSubjects)
	}
	before, err := e.tx.ListRestrictions(e.item.ID)
	if err != nil {
		return err
	}
	// Who is in the list already may stay there, also when disabled since.
	fresh := slices.DeleteFunc(slices.Clone(to), func(s tenon.Subject) bool { return slices.Contains(before, s) })
	missing, err := e.tx.MissingSubjects(fresh)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return tenon.FieldErrorf("subjects", "There is no %s %d.", missing[0].Kind, missing[0].ID)
	}
	to = e.keepSelf(to)
	if slices.Equal(before, to) {
		return nil
	}
	if err := e.applyValues(); err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return err
	}
	if err := e.tx.SetRestrictions(e.item.ID, to); err != nil {
		return err
	}
	if err := e.tx.UpdateItem(e.item, e.parts); err != nil {
		return err
	}
	if e.item.Restricted, err = e.tx.SystemRestricted(e.item.ID); err != nil {
		return err
	}
	if err := e.keep(); err != nil {
		return err
	}
	e.item.ChangedAt = e.item.UpdatedAt
	return e.tx.Record(e.v, tenon.Event{Action: "restrict", Subject: e.info.Name, SubjectID: int64(e.item.ID), Name: e.item.Name, Binder: e.item.BinderID, Operation: e.op,
		Changes: []tenon.Change{{Field: "restricted_to", Before: subjectWords(before), After: subjectWords(to)}}})
}

// keepSelf sorts the subjects and adds the viewer, who would else lock
// themselves out.
func (e *edit) keepSelf(to []tenon.Subject) []tenon.Subject {
	to = slices.Clone(to)
	inside := e.v.May(tenon.SeeAllRestricted) || slices.ContainsFunc(to, func(s tenon.Subject) bool {
		return (s.Kind == "user" && s.ID == int64(e.v.User)) || (s.Kind == "group" && slices.Contains(e.v.Groups, tenon.GroupID(s.ID)))
	})
	if len(to) > 0 && !inside {
		to = append(to, tenon.Subject{Kind: "user", ID: int64(e.v.User)})
	}
	slices.SortFunc(to, func(a, b tenon.Subject) int {
		if a.Kind != b.Kind {
			if a.Kind < b.Kind {
				return -1
			}
			return 1
		}
		return int(min(max(a.ID-b.ID, -1), 1))
	})
	return slices.Compact(to)
}

func subjectWords(l []tenon.Subject) any {
	if len(l) == 0 {
		return nil
	}
	out := make([]string, len(l))
	for i, s := range l {
		out[i] = fmt.Sprintf("%s %d", s.Kind, s.ID)
	}
	return out
}

// Restrictions returns the users and groups that an item itself is restricted
// to; none where it is open, or closed only by what it hangs on.
func (c *Core) Restrictions(ctx context.Context, v tenon.Viewer, item tenon.ItemID) ([]tenon.Subject, error) {
	var out []tenon.Subject
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.GetItem(v, item)
		if err == nil {
			out, err = tx.ListRestrictions(item)
		}
		return err
	})
	return out, err
}

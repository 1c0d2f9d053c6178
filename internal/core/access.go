package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Grant gives a user or group a whole organization: everything its owner has
// now and will have. org is a reference: an organization that was merged away
// stands for its target. The same grant twice is one.
func (c *Core) Grant(ctx context.Context, v tenon.Viewer, to tenon.Subject, org tenon.OrgID) error {
	return c.st.Write(ctx, func(tx *store.Tx) error { return c.GrantIn(tx, v, to, org) })
}

// GrantIn is Grant inside the caller's transaction.
func (c *Core) GrantIn(tx *store.Tx, v tenon.Viewer, to tenon.Subject, org tenon.OrgID) error {
	o, who, err := lockGrant(tx, v, to, org)
	if err != nil {
		return err
	}
	if err := RequireLive(tx, v, o); err != nil {
		return err
	}
	had, err := hasGrant(tx, to, o.ID)
	if err != nil || had {
		return err
	}
	if err := tx.AddGrant(to, o.ID.Home(), tenon.WholeOrganization); err != nil {
		return err
	}
	if err := tx.RebuildReach(who.users); err != nil {
		return err
	}
	if err := checkLite(tx, who.users); err != nil {
		return err
	}
	return tx.Record(v, tenon.Event{Action: "grant", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(),
		Changes: []tenon.Change{{Field: to.Kind, After: who.name}}})
}

// Revoke takes away everything that was granted to a user or group on the
// organization, whichever of its binders a grant names, also what a merge put
// aside: undoing that merge does not give it back.
func (c *Core) Revoke(ctx context.Context, v tenon.Viewer, from tenon.Subject, org tenon.OrgID) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		o, who, err := lockGrant(tx, v, from, org)
		if err != nil {
			return err
		}
		n, err := tx.RemoveGrants(from, o.ID)
		if err != nil || n == 0 {
			return err
		}
		if err := tx.RebuildReach(who.users); err != nil {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "revoke", Subject: "organization", SubjectID: int64(o.ID), Name: o.Name, Binder: o.ID.Home(),
			Changes: []tenon.Change{{Field: from.Kind, Before: who.name}}})
	})
}

// subject is a user or group that a grant is for, and the users it concerns.
type subject struct {
	name  string
	users []tenon.UserID
}

// lockGrant takes the locks of a change of grants, in their order, and proves
// that the viewer may make it: they reach the whole of the organization, and
// neither the person nor the group is out of their hands.
func lockGrant(tx *store.Tx, v tenon.Viewer, to tenon.Subject, org tenon.OrgID) (*tenon.Organization, subject, error) {
	if err := v.Need(tenon.ManageAccess); err != nil {
		return nil, subject{}, err
	}
	if err := tx.LockStructure(); err != nil {
		return nil, subject{}, err
	}
	owner, err := tx.ResolveOrganization(v, org)
	if err != nil {
		return nil, subject{}, err
	}
	// A delete or restore of it must not slip in between look and write.
	if err := tx.LockAny([]tenon.OrgID{owner}); err != nil {
		return nil, subject{}, err
	}
	o, err := tx.GetOrganization(v, owner)
	if err != nil {
		return nil, subject{}, err
	}
	all, err := tx.SystemBindersOf(owner)
	if err != nil {
		return nil, subject{}, err
	}
	if len(o.Binders) != len(all) {
		return nil, subject{}, tenon.Errorf(tenon.Forbidden, "You reach only a part of %s, so you may not give or take access to it.", o.Name)
	}
	who, err := grantSubject(tx, v, to)
	return o, who, err
}

func grantSubject(tx *store.Tx, v tenon.Viewer, to tenon.Subject) (subject, error) {
	switch to.Kind {
	case tenon.SubjectUser:
		u, err := tx.GetUser(v, tenon.UserID(to.ID))
		if err != nil {
			return subject{}, err
		}
		return subject{u.Name, []tenon.UserID{u.ID}}, notAbove(v, u)
	case tenon.SubjectGroup:
		g, err := tx.GetGroup(v, tenon.GroupID(to.ID))
		if err != nil {
			return subject{}, err
		}
		return subject{g.Name, g.Users}, mayChangeGroup(v, g)
	}
	return subject{}, tenon.FieldErrorf("subject", "Access is given to a user or a group, not to %q.", to.Kind)
}

// hasGrant tells whether exactly this grant stands, so that giving it again
// records nothing.
func hasGrant(tx *store.Tx, to tenon.Subject, org tenon.OrgID) (bool, error) {
	grants, err := tx.SystemGrantsOf(to)
	for _, g := range grants {
		if g.Binder == org.Home() && g.Breadth == tenon.WholeOrganization {
			return true, err
		}
	}
	return false, err
}

// WhoSees returns everybody who can sign in and sees the organization, in name
// order, with every reason and when they were last here.
func (c *Core) WhoSees(ctx context.Context, v tenon.Viewer, org tenon.OrgID) (people []tenon.Access, err error) {
	if err := v.Need(tenon.ManageAccess); err != nil {
		return nil, err
	}
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		owner, err := tx.ResolveOrganization(v, org)
		if err != nil {
			return err
		}
		sights, err := tx.SystemSights(owner)
		if err != nil {
			return err
		}
		people = gather(sights)
		ids := make([]tenon.UserID, len(people))
		for i := range people {
			ids[i] = people[i].User
		}
		denied, err := tx.SystemDenials(ids)
		for i := range people {
			people[i].Denied = denied[people[i].User]
		}
		return err
	})
	return people, err
}

// gather puts the reasons of one person together. Rows of one person are
// neighbours; one grant of the whole makes them see all of it.
func gather(sights []store.Sight) []tenon.Access {
	var out []tenon.Access
	for _, s := range sights {
		if n := len(out); n == 0 || out[n-1].User != s.User {
			out = append(out, tenon.Access{User: s.User, Name: s.Name, Email: s.Email, Role: s.Role, SignedInAt: s.SignedInAt, Part: true})
		}
		a := &out[len(out)-1]
		a.How = append(a.How, how(s))
		a.Part = a.Part && s.Part
	}
	return out
}

func how(s store.Sight) tenon.Phrase {
	switch {
	case s.Everywhere && s.Role == tenon.Administrator:
		return tenon.Say("every organization, as administrator")
	case s.Everywhere:
		return tenon.Say("every organization")
	case s.Group != 0 && s.Part:
		return tenon.Say("through group %s, a part only", s.GroupName)
	case s.Group != 0:
		return tenon.Say("through group %s", s.GroupName)
	case s.Part:
		return tenon.Say("by name, a part only")
	}
	return tenon.Say("by name")
}

// Why explains whether a user sees an item: everything that allows it and
// everything that denies it. People may ask about themselves, and those who
// manage access about everybody; the item must be one that the asker sees.
func (c *Core) Why(ctx context.Context, v tenon.Viewer, user tenon.UserID, item tenon.ItemID) (*tenon.Explanation, error) {
	if user != v.User {
		if err := v.Need(tenon.ManageAccess); err != nil {
			return nil, err
		}
	}
	var e *tenon.Explanation
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		i, err := tx.GetItem(v, item)
		if err != nil {
			return err
		}
		u, err := tx.GetUser(v, user)
		if err != nil {
			return err
		}
		e, err = explain(tx, u, i)
		return err
	})
	return e, err
}

// explain asks the one permission function for the verdict and gives the
// reasons beside it.
func explain(tx *store.Tx, u *tenon.User, i *tenon.Item) (*tenon.Explanation, error) {
	e := &tenon.Explanation{}
	add := func(allows bool, why tenon.Phrase) {
		e.Reasons = append(e.Reasons, tenon.Reason{Allows: allows, Text: why})
	}
	as, err := tx.SystemViewerOf(u.ID)
	if err != nil {
		return nil, err
	}
	_, err = tx.GetItem(as, i.ID)
	if code := tenon.CodeOf(err); code != "" && code != tenon.NotFound {
		return nil, err
	}
	e.Sees = err == nil && !u.Disabled
	if u.Disabled {
		add(false, tenon.Say("%s is disabled and cannot sign in.", u.Name))
	}
	if err := explainReach(tx, u, i, add); err != nil {
		return nil, err
	}
	deniers, err := tx.SystemDeniers(u.ID, i.Kind)
	if err != nil {
		return nil, err
	}
	for _, g := range deniers {
		add(false, tenon.Say("The group %s denies its members %s, and a denial outweighs everything that allows.", g, tenon.Say(i.Kind.Info().Plural)))
	}
	if !i.Restricted {
		return e, nil
	}
	return e, explainRestriction(tx, as, i, add)
}

// explainRestriction says whether what closes the item lets the user through,
// asking the permission function with everything else allowed.
func explainRestriction(tx *store.Tx, as tenon.Viewer, i *tenon.Item, add func(bool, tenon.Phrase)) error {
	if as.May(tenon.SeeAllRestricted) {
		add(true, tenon.Say("The item is restricted, and administrators see every restricted item."))
		return nil
	}
	as.Everywhere, as.Denied = true, nil
	_, err := tx.GetItem(as, i.ID)
	if tenon.CodeOf(err) == tenon.NotFound {
		add(false, tenon.Say("The item, or what it hangs on, is restricted, and %s is not among those who see it.", as.Name))
		return nil
	}
	if err != nil {
		return err
	}
	admits, err := tx.SystemAdmits(i.ID, as.User)
	if err == nil && len(admits) == 0 {
		add(true, tenon.Say("What the item hangs on is restricted, and %s is among those who see it.", as.Name))
	}
	for _, g := range admits {
		if g == "" {
			add(true, tenon.Say("The item is restricted, and %s is named.", as.Name))
		} else {
			add(true, tenon.Say("The item is restricted, and the group %s is named.", g))
		}
	}
	return err
}

// explainReach gives the reasons why the user reaches the item's binder, or
// that none does.
func explainReach(tx *store.Tx, u *tenon.User, i *tenon.Item, add func(bool, tenon.Phrase)) error {
	if u.Everywhere {
		add(true, tenon.Say("%s reaches every organization (%s).", u.Name, tenon.Say(string(u.Role))))
		return nil
	}
	reaches, err := tx.SystemReaches(u.ID, i.BinderID)
	if err != nil {
		return err
	}
	if !reaches {
		add(false, tenon.Say("%s has no access to %s, or not to this part of it.", u.Name, i.OrgName))
		return nil
	}
	sights, err := tx.SystemSights(i.OrgID)
	for _, s := range sights {
		if s.User == u.ID {
			add(true, hasAccess(u.Name, i.OrgName, s))
		}
	}
	return err
}

// hasAccess says in a sentence what lets a person into an organization that was
// given to them, or to a group of theirs.
func hasAccess(name, org string, s store.Sight) tenon.Phrase {
	switch {
	case s.Group != 0 && s.Part:
		return tenon.Say("%s has access to %s through group %s, a part only.", name, org, s.GroupName)
	case s.Group != 0:
		return tenon.Say("%s has access to %s through group %s.", name, org, s.GroupName)
	case s.Part:
		return tenon.Say("%s has access to %s by name, a part only.", name, org)
	}
	return tenon.Say("%s has access to %s by name.", name, org)
}

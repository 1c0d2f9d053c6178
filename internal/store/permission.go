package store

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// This file is the one place that turns a viewer into conditions. Every
// statement that reads for a person calls it; nothing is fetched first and
// checked afterwards.

// seesBinder is true for binders the viewer reaches. column names the binder.
func (a *args) seesBinder(v tenon.Viewer, column string) string {
	if v.Everywhere {
		return "1 = 1"
	}
	return "EXISTS (SELECT 1 FROM reach r WHERE r.user_id = " + a.add(v.User) + " AND r.binder_id = " + column + ")"
}

// seesOrganization is true for organizations of which the viewer reaches a
// binder; one that is merged away is known by its own home binder.
func (a *args) seesOrganization(v tenon.Viewer, alias string) string {
	base := alias + ".id <> 1 AND " + alias + ".state <> 'purged'"
	if v.Everywhere {
		return base
	}
	u := a.add(v.User)
	return base + " AND (EXISTS (SELECT 1 FROM binders sb JOIN reach r ON r.binder_id = sb.id WHERE sb.organization_id = " + alias + ".id AND r.user_id = " + u + ")" +
		" OR (" + alias + ".state = 'merged' AND EXISTS (SELECT 1 FROM reach r WHERE r.user_id = " + u + " AND r.binder_id = " + alias + ".id)))"
}

// seesItem is true for items that are neither of a denied kind nor restricted
// to others. Reach and the owner's state are conditions on the binder.
func (a *args) seesItem(v tenon.Viewer, alias string) string {
	var parts []string
	if len(v.Denied) > 0 {
		marks := make([]string, len(v.Denied))
		for i, k := range v.Denied {
			marks[i] = a.add(int64(k))
		}
		parts = append(parts, alias+".kind NOT IN ("+strings.Join(marks, ",")+")")
	}
	if !v.May(tenon.SeeAllRestricted) {
		parts = append(parts, "("+alias+".restricted = FALSE OR "+a.inRestriction(v, alias)+")")
	}
	if len(parts) == 0 {
		return "1 = 1"
	}
	return strings.Join(parts, " AND ")
}

// inRestriction is true for closed items where each restriction that guards
// them, their own and those of what they hang on, names the viewer or a group
// of theirs. A closed item that nothing guards is nobody's.
func (a *args) inRestriction(v tenon.Viewer, alias string) string {
	u := a.add(v.User)
	return "(EXISTS (SELECT 1 FROM item_guards ig WHERE ig.item_id = " + alias + ".id) AND NOT EXISTS (SELECT 1 FROM item_guards ig WHERE ig.item_id = " + alias + ".id AND NOT EXISTS (" +
		"SELECT 1 FROM restrictions x WHERE x.item_id = ig.guard_id AND (" +
		"(x.subject_kind = 'user' AND x.subject_id = " + u + ") OR " +
		"(x.subject_kind = 'group' AND x.subject_id IN (SELECT gm.group_id FROM group_members gm WHERE gm.user_id = " + u + "))))))"
}

// seesUser is true for the people that the viewer may know of: those who may
// decide who sees an item know everybody, the others (clients among them) only
// themselves.
func (a *args) seesUser(v tenon.Viewer, column string) string {
	if v.May(tenon.RestrictItems) {
		return "1 = 1"
	}
	return column + " = " + a.add(v.User)
}

// seesGroup is true for the groups that the viewer may know of, likewise.
func (a *args) seesGroup(v tenon.Viewer, column string) string {
	if v.May(tenon.RestrictItems) {
		return "1 = 1"
	}
	return "EXISTS (SELECT 1 FROM group_members vm WHERE vm.group_id = " + column + " AND vm.user_id = " + a.add(v.User) + ")"
}

// ownerLive is true for binders whose owner is a live organization.
func ownerLive(column string) string {
	return "EXISTS (SELECT 1 FROM binders ob JOIN organizations oo ON oo.id = ob.organization_id WHERE ob.id = " + column + " AND oo.state = 'live')"
}

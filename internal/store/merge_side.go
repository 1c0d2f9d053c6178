package store

import (
	"slices"

	"github.com/tenonhq/tenon"
)

// This file reads what decides about a merge of organizations: what stands in
// many tables, of all organizations of the merge at once, so that the number of
// statements depends neither on how many organizations there are nor on how
// many tables.

// Side is one organization of a merge.
type Side struct {
	// Org is what the viewer may know of it. The rest is all there is, whoever looks.
	Org     *tenon.Organization
	Binders []tenon.BinderID
	Domains []string
	Grants  []Grant
	Kids    []Kin          // live and in the trash, by their ids
	Parent  tenon.BinderID // that it names as its parent, 0 for none
	Above   []tenon.OrgID  // its ancestors, the nearest first; ends where the climb would close a ring
	Height  int            // levels of the live tree under it, itself included, counted as far as one too many
	Busy    tenon.OperationID
	BusyAs  tenon.Phrase // the title of an unfinished operation that holds it
}

// sideRow is a fact about an organization; what the columns mean depends on its part.
type sideRow struct {
	part string
	org  tenon.OrgID
	n    [4]int64
	text [2]string
}

func scanSideRow(r Scanner, s *sideRow) error {
	return r.Scan(&s.part, &s.org, &s.n[0], &s.n[1], &s.n[2], &s.n[3], &s.text[0], &s.text[1])
}

// Sides returns the organizations, by their ids. NotFound where one is not
// there or the viewer reaches nothing of it.
func (tx *Tx) Sides(v tenon.Viewer, ids []tenon.OrgID) (map[tenon.OrgID]*Side, error) {
	a := args{tx.d.bindersArg(binderIDs(ids))}
	orgs, err := list(tx, scanOrg, `SELECT `+orgColumns+orgFrom+` WHERE `+tx.d.inBinders("o.id", "$1")+` AND `+a.seesOrganization(v, "o"), a...)
	if err != nil {
		return nil, err
	}
	out := make(map[tenon.OrgID]*Side, len(orgs))
	for i := range orgs {
		out[orgs[i].ID] = &Side{Org: &orgs[i].Organization, Height: 1}
	}
	for _, id := range ids {
		if out[id] == nil {
			return nil, fail("organization", int64(id), errNoRow)
		}
	}
	text, a := tx.sideText(v, ids)
	facts, err := list(tx, scanSideRow, text, a...)
	if err != nil {
		return nil, err
	}
	for i := range facts {
		if err := out[facts[i].org].take(&facts[i]); err != nil {
			return nil, err
		}
	}
	for _, s := range out {
		s.Domains, s.Org.Domains = distinct(s.Domains), distinct(s.Org.Domains)
		hideValues(v, s.Org)
	}
	return out, nil
}

// sideText selects the facts, each part in the order of its first number: one
// arm for each part, and each asks for itself.
func (tx *Tx) sideText(v tenon.Viewer, ids []tenon.OrgID) (string, args) {
	a := args{tx.d.bindersArg(binderIDs(ids))}
	of := func(column string) string { return tx.d.inBinders(column, "$1") }
	reached := `CASE WHEN ` + a.seesBinder(v, "b.id") + ` THEN 1 ELSE 0 END`
	return `WITH RECURSIVE up(org, id, depth) AS (
			SELECT o.id, o.id, 0 FROM organizations o WHERE ` + of("o.id") + `
			UNION ALL SELECT up.org, p.organization_id, up.depth + 1 FROM up JOIN organizations o ON o.id = up.id
				JOIN binders p ON p.id = o.parent_binder_id WHERE p.organization_id <> up.id AND up.depth < 100),
		down(org, id, depth) AS (
			SELECT o.id, o.id, 1 FROM organizations o WHERE ` + of("o.id") + `
			UNION ALL SELECT down.org, c.id, down.depth + 1 FROM down JOIN binders b ON b.organization_id = down.id
				JOIN organizations c ON c.parent_binder_id = b.id AND c.id <> down.id WHERE c.state = 'live' AND down.depth <= ` + a.add(tenon.MaxDepth) + `)
		SELECT 'binder', b.organization_id, b.id, ` + reached + `,
			CASE WHEN EXISTS (SELECT 1 FROM settings s WHERE s.name = ` + a.add(tenon.SettingPrimary) + ` AND s.value = CAST(b.id AS TEXT)) THEN 1 ELSE 0 END,
			CAST(0 AS BIGINT), '', '' FROM binders b WHERE ` + of("b.organization_id") + `
		UNION ALL SELECT 'domain', b.organization_id, b.id, ` + reached + `, 0, 0, d.domain, ''
			FROM binders b JOIN email_domains d ON d.binder_id = b.id AND d.dropped_by IS NULL WHERE ` + of("b.organization_id") + `
		UNION ALL SELECT 'grant', b.organization_id, g.id, g.subject_id, g.binder_id, COALESCE(g.made_by, 0), g.subject_kind, g.breadth
			FROM binders b JOIN grants g ON g.binder_id = b.id AND g.ended_by IS NULL WHERE ` + of("b.organization_id") + `
		UNION ALL SELECT 'child', b.organization_id, c.id, 0, 0, 0, c.name, ''
			FROM binders b JOIN organizations c ON c.parent_binder_id = b.id AND c.id <> b.organization_id
			WHERE ` + of("b.organization_id") + ` AND c.state IN ('live', 'trashed')
		UNION ALL SELECT 'parent', o.id, COALESCE(o.parent_binder_id, 0), 0, 0, 0, '', '' FROM organizations o WHERE ` + of("o.id") + `
		UNION ALL SELECT 'above', up.org, up.depth, up.id, 0, 0, '', '' FROM up WHERE up.depth > 0
		UNION ALL SELECT 'height', down.org, max(down.depth), 0, 0, 0, '', '' FROM down GROUP BY down.org
		UNION ALL SELECT 'busy', p.source_id, p.id, 0, 0, 0, p.title, p.title_phrase FROM operations p WHERE p.state = 'running' AND ` + of("p.source_id") + `
		UNION ALL SELECT 'busy', p.target_id, p.id, 0, 0, 0, p.title, p.title_phrase FROM operations p WHERE p.state = 'running' AND ` + of("p.target_id") + `
		ORDER BY 2, 3`, a
}

// take takes a fact over.
func (s *Side) take(f *sideRow) error {
	switch f.part {
	case "binder":
		b := tenon.BinderID(f.n[0])
		s.Binders = append(s.Binders, b)
		if f.n[1] == 1 {
			s.Org.Binders = append(s.Org.Binders, b)
		}
		s.Org.Primary = s.Org.Primary || f.n[2] == 1
	case "domain":
		s.Domains = append(s.Domains, f.text[0])
		if f.n[1] == 1 {
			s.Org.Domains = append(s.Org.Domains, f.text[0])
		}
	case "grant":
		s.Grants = append(s.Grants, Grant{ID: f.n[0], Subject: tenon.Subject{Kind: f.text[0], ID: f.n[1]}, Binder: tenon.BinderID(f.n[2]),
			MadeBy: tenon.OperationID(f.n[3]), Breadth: tenon.Breadth(f.text[1])})
	case "child":
		s.Kids = append(s.Kids, Kin{Sort: KinChild, ID: tenon.OrgID(f.n[0]), Name: f.text[0]})
	case "parent":
		s.Parent = tenon.BinderID(f.n[0])
	case "above":
		if up := tenon.OrgID(f.n[1]); len(s.Above) == int(f.n[0])-1 && up != s.Org.ID && !slices.Contains(s.Above, up) {
			s.Above = append(s.Above, up)
		}
	case "height":
		s.Height = int(f.n[0])
	case "busy":
		if s.Busy == 0 {
			s.Busy, s.BusyAs = tenon.OperationID(f.n[0]), tenon.Phrase{Text: f.text[0]}
			return phrase{&s.BusyAs}.Scan(f.text[1])
		}
	}
	return nil
}

// distinct sorts the texts, and leaves out what is there twice.
func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// Person is a user whose access a plan shows.
type Person struct {
	ID     tenon.UserID
	Name   string
	Role   tenon.Role
	Denied map[tenon.Kind]bool
	// Before are the binders among those asked for that the user reaches.
	Before map[tenon.BinderID]bool
}

// People are those whose access depends on who owns what.
type People struct {
	All     []*Person // by their names
	Members map[tenon.GroupID][]tenon.UserID
	Groups  map[tenon.GroupID]string // their names
}

// SystemPeople returns the users who do not reach everything and have a part
// in any of these organizations, with what they reach of the binders now, and
// the members of the groups.
func (tx *Tx) SystemPeople(orgs []tenon.OrgID, binders []tenon.BinderID, groups []tenon.GroupID) (*People, error) {
	out := &People{Members: map[tenon.GroupID][]tenon.UserID{}, Groups: map[tenon.GroupID]string{}}
	byID := map[int64]*Person{}
	person := func(id int64) *Person {
		if byID[id] == nil {
			byID[id] = &Person{ID: tenon.UserID(id), Denied: map[tenon.Kind]bool{}, Before: map[tenon.BinderID]bool{}}
		}
		return byID[id]
	}
	return out, tx.each(func(r Scanner) error {
		var part, name, role string
		var id, other int64
		if err := r.Scan(&part, &id, &other, &name, &role); err != nil {
			return err
		}
		switch part {
		case "person":
			p := person(id)
			p.Name, p.Role = name, tenon.Role(role)
			out.All = append(out.All, p)
		case "denial":
			person(id).Denied[tenon.Kind(other)] = true
		case "reach":
			person(id).Before[tenon.BinderID(other)] = true
		case "member":
			g := tenon.GroupID(id)
			out.Groups[g] = name
			if other != 0 {
				out.Members[g] = append(out.Members[g], tenon.UserID(other))
			}
		}
		return nil
	}, `WITH who(id) AS (`+tx.peopleText()+`)
		SELECT 'person', u.id, CAST(0 AS BIGINT), u.name, u.role FROM who JOIN users u ON u.id = who.id WHERE u.disabled = FALSE
		UNION ALL SELECT 'denial', m.user_id, d.kind, '', '' FROM who JOIN group_members m ON m.user_id = who.id JOIN group_denials d ON d.group_id = m.group_id
		UNION ALL SELECT 'reach', r.user_id, r.binder_id, '', '' FROM reach r WHERE `+tx.d.inBinders("r.binder_id", "$2")+`
		UNION ALL SELECT 'member', g.id, COALESCE(m.user_id, 0), g.name, '' FROM groups g LEFT JOIN group_members m ON m.group_id = g.id WHERE `+tx.d.inBinders("g.id", "$3")+`
		ORDER BY 4, 2, 3`, tx.d.bindersArg(binderIDs(orgs)), tx.d.bindersArg(binders), tx.d.bindersArg(binderIDs(groups)))
}

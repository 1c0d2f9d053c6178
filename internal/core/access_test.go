package core_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func (p *people) org(name string) tenon.OrgID {
	p.t.Helper()
	o, err := p.c.CreateOrganization(p.ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": name}})
	if err != nil {
		p.t.Fatal(err)
	}
	return o.ID
}

func (p *people) group(name string, users ...tenon.Viewer) tenon.GroupID {
	p.t.Helper()
	ids := []tenon.UserID{}
	for _, u := range users {
		ids = append(ids, u.User)
	}
	g, err := p.c.CreateGroup(p.ctx, admin, core.GroupChange{Name: &name, Users: &ids})
	if err != nil {
		p.t.Fatal(err)
	}
	return g.ID
}

func user(v tenon.Viewer) tenon.Subject {
	return tenon.Subject{Kind: tenon.SubjectUser, ID: int64(v.User)}
}
func group(g tenon.GroupID) tenon.Subject {
	return tenon.Subject{Kind: tenon.SubjectGroup, ID: int64(g)}
}

func (p *people) grant(to tenon.Subject, org tenon.OrgID) {
	p.t.Helper()
	if err := p.c.Grant(p.ctx, admin, to, org); err != nil {
		p.t.Fatalf("grant: %v", err)
	}
}

// sees returns the names of the live organizations that the user sees, and
// proves on the way that reach is what the grants say.
func (p *people) sees(v tenon.Viewer) string {
	p.t.Helper()
	p.reachIsRight()
	var names []string
	v = p.viewer(v.User)
	orgs, _, err := p.c.Organizations(p.ctx, v, store.OrgQuery{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, o := range orgs {
		names = append(names, o.Name)
	}
	return strings.Join(names, " ")
}

func (p *people) reachIsRight() {
	p.t.Helper()
	p.read(func(tx *store.Tx) error {
		want, err := tx.SystemDerivedReach()
		if err != nil {
			return err
		}
		got, err := tx.SystemStoredReach()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			p.t.Errorf("reach is %v, grants say %v", got, want)
		}
		return err
	})
}

// handOver does to binders and state what a merge does.
func handOver(tx *store.Tx, source, target tenon.OrgID) error {
	if err := tx.LockStructure(); err != nil {
		return err
	}
	if err := tx.LockOrganizations(map[tenon.OrgID]tenon.OrgState{source: tenon.Live, target: tenon.Live}); err != nil {
		return err
	}
	n, err := tx.NewID()
	if err != nil {
		return err
	}
	op := &tenon.Operation{ID: tenon.OperationID(n), Kind: "merge", State: tenon.Finished}
	if err := tx.InsertOperation(op, nil); err != nil {
		return err
	}
	binders, err := tx.SystemBindersOf(source)
	if err != nil {
		return err
	}
	if err := tx.HandOver(op.ID, binders, source, target); err != nil {
		return err
	}
	people, err := tx.SystemPeopleOf(target)
	if err != nil {
		return err
	}
	return tx.RebuildReach(people)
}

func (p *people) merge(source, target tenon.OrgID) {
	p.t.Helper()
	if err := p.st.Write(p.ctx, func(tx *store.Tx) error { return handOver(tx, source, target) }); err != nil {
		p.t.Fatal(err)
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		a, b := p.org("A"), p.org("B")
		editor, other, boss := p.user(tenon.Editor), p.user(tenon.Editor), p.user(tenon.Administrator)
		narrow := p.user(tenon.Manager)
		team := p.group("Team", other)
		p.grant(user(editor), a)
		p.grant(user(editor), a)
		p.grant(group(team), b)
		p.grant(user(narrow), a)
		for v, want := range map[*tenon.Viewer]string{&editor: "A", &other: "B", &narrow: "A", &boss: "A B"} {
			if got := p.sees(*v); got != want {
				t.Errorf("%s sees %q, want %q", v.Name, got, want)
			}
		}
		narrow = p.viewer(narrow.User)
		p.want(c.Grant(ctx, editor, user(editor), b), tenon.Forbidden, "manage access")
		p.want(c.Grant(ctx, narrow, user(narrow), b), tenon.NotFound, "no organization")
		p.want(c.Grant(ctx, narrow, user(boss), a), tenon.Forbidden, "above your role")
		p.want(c.Grant(ctx, narrow, group(team), a), tenon.Forbidden, "not a member")
		p.want(c.Grant(ctx, admin, tenon.Subject{Kind: "key", ID: 1}, a), tenon.Invalid, "user or a group")
		p.want(c.Grant(ctx, admin, tenon.Subject{Kind: tenon.SubjectUser, ID: 99999}, a), tenon.NotFound, "no user")
		p.want(c.Grant(ctx, admin, user(editor), 99999), tenon.NotFound, "no organization")
		if err := c.Grant(ctx, narrow, user(other), a); err != nil {
			t.Errorf("a manager gives what they have: %v", err)
		}
		// One grant is one line of the log.
		if got := p.actions(int64(a)); got != "create, grant, grant, grant" {
			t.Errorf("recorded %s", got)
		}
		if err := c.Revoke(ctx, admin, user(editor), a); err != nil {
			t.Fatal(err)
		}
		if got := p.sees(editor); got != "" {
			t.Errorf("after revoking sees %q", got)
		}
		if err := c.DeleteGroup(ctx, admin, team); err != nil {
			t.Fatal(err)
		}
		if got := p.sees(other); got != "A" {
			t.Errorf("after the group is gone sees %q", got)
		}
	})
}

func TestGrantsAndMerges(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		s, m := p.org("S"), p.org("M")
		ofSource, ofTarget, late := p.user(tenon.Editor), p.user(tenon.Editor), p.user(tenon.Editor)
		p.grant(user(ofSource), s)
		p.grant(user(ofTarget), m)
		p.merge(s, m)
		// The old id is a reference to the owner, whose home binder is named.
		p.grant(user(late), s)
		p.read(func(tx *store.Tx) error {
			grants, err := tx.SystemGrantsOf(user(late))
			if err == nil && (len(grants) != 1 || grants[0].Binder != m.Home() || grants[0].Breadth != tenon.WholeOrganization) {
				t.Errorf("granted %+v", grants)
			}
			for _, v := range []tenon.Viewer{ofSource, ofTarget, late} {
				binders, err := tx.Binders(p.viewer(v.User), m)
				if err != nil || len(binders) != 2 {
					t.Errorf("%s reaches %v (%v)", v.Name, binders, err)
				}
			}
			return err
		})
		// Taking away counts whichever binder the grant names.
		if err := p.c.Revoke(p.ctx, admin, user(ofSource), m); err != nil {
			t.Fatal(err)
		}
		p.reachIsRight()
		p.read(func(tx *store.Tx) error {
			grants, err := tx.SystemGrantsOf(user(ofSource))
			if len(grants) != 0 {
				t.Errorf("left after revoking: %+v", grants)
			}
			return err
		})
	})
}

func TestLiteLimit(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		lite, editor := p.user(tenon.Lite), p.user(tenon.Editor)
		var orgs []tenon.OrgID
		for i := range 6 {
			orgs = append(orgs, p.org(fmt.Sprint("O", i)))
			p.grant(user(editor), orgs[i])
		}
		for _, o := range orgs[:5] {
			p.grant(user(lite), o)
		}
		const words = "more than 5 organizations"
		p.want(c.Grant(ctx, admin, user(lite), orgs[5]), tenon.Conflict, words)
		// The same through a group: granted to it, joined to it, or both at once.
		team := p.group("Team")
		p.grant(group(team), orgs[5])
		_, err := c.UpdateGroup(ctx, admin, team, core.GroupChange{Users: &[]tenon.UserID{lite.User}})
		p.want(err, tenon.Conflict, words)
		_, err = c.UpdateUser(ctx, admin, lite.User, core.UserChange{Groups: &[]tenon.GroupID{team}})
		p.want(err, tenon.Conflict, words)
		mates := p.group("Mates", lite)
		p.want(c.Grant(ctx, admin, group(mates), orgs[5]), tenon.Conflict, words)
		p.grant(group(mates), orgs[0]) // one they have
		_, err = c.UpdateUser(ctx, admin, editor.User, core.UserChange{Role: ptr(tenon.Lite)})
		p.want(err, tenon.Conflict, words)
		if got := p.sees(lite); got != "O0 O1 O2 O3 O4" {
			t.Errorf("sees %q", got)
		}
		// A merge makes room; giving counts organizations, not binders.
		p.merge(orgs[0], orgs[1])
		p.grant(user(lite), orgs[5])
		p.reachIsRight()
	})
}

func TestGroupsAndDenials(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		manager, narrow, editor, boss := p.user(tenon.Manager, everywhere), p.user(tenon.Manager), p.user(tenon.Editor), p.user(tenon.Administrator)
		no := []tenon.Kind{tenon.Password, tenon.Ticket}
		team, second := p.group("Team", editor), p.group("Second", editor)
		_, err := c.UpdateGroup(ctx, manager, team, core.GroupChange{Denied: &no})
		p.want(err, tenon.Forbidden, "deny kinds")
		_, err = c.UpdateGroup(ctx, boss, team, core.GroupChange{Denied: &[]tenon.Kind{99}})
		p.want(err, tenon.Invalid, "no kind")
		if _, err = c.UpdateGroup(ctx, boss, team, core.GroupChange{Denied: &no}); err != nil {
			t.Fatal(err)
		}
		if _, err = c.UpdateGroup(ctx, boss, second, core.GroupChange{Denied: &[]tenon.Kind{tenon.Ticket, tenon.Contact}}); err != nil {
			t.Fatal(err)
		}
		v := p.viewer(editor.User)
		if want := []tenon.Kind{tenon.Contact, tenon.Password, tenon.Ticket}; !slices.Equal(v.Denied, want) || !slices.Equal(v.Groups, []tenon.GroupID{team, second}) {
			t.Errorf("denied %v in %v, want %v", v.Denied, v.Groups, want)
		}
		// Nobody but an administrator lifts a denial by taking somebody out.
		_, err = c.UpdateGroup(ctx, manager, team, core.GroupChange{Users: &[]tenon.UserID{}})
		p.want(err, tenon.Forbidden, "only an administrator")
		_, err = c.UpdateUser(ctx, manager, editor.User, core.UserChange{Groups: &[]tenon.GroupID{}})
		p.want(err, tenon.Forbidden, "only an administrator")
		p.want(c.DeleteGroup(ctx, manager, team), tenon.Forbidden, "only an administrator")
		if _, err = c.UpdateGroup(ctx, manager, team, core.GroupChange{Name: ptr("The team")}); err != nil {
			t.Errorf("a name may be changed: %v", err)
		}
		// Managers and their groups.
		open := p.group("Open")
		_, err = c.UpdateGroup(ctx, narrow, open, core.GroupChange{Users: &[]tenon.UserID{narrow.User}})
		p.want(err, tenon.Forbidden, "not a member")
		_, err = c.UpdateUser(ctx, narrow, narrow.User, core.UserChange{Groups: &[]tenon.GroupID{open}})
		p.want(err, tenon.Forbidden, "not a member")
		own, err := c.CreateGroup(ctx, narrow, core.GroupChange{Name: ptr("Own")})
		if err != nil || !slices.Equal(own.Users, []tenon.UserID{narrow.User}) {
			t.Errorf("own group: %+v, %v", own, err)
		}
		_, err = c.UpdateGroup(ctx, manager, open, core.GroupChange{Users: &[]tenon.UserID{boss.User}})
		p.want(err, tenon.Forbidden, "above your role")
		_, err = c.UpdateGroup(ctx, manager, open, core.GroupChange{Users: &[]tenon.UserID{99999}})
		p.want(err, tenon.Invalid, "does not exist")
		_, err = c.CreateGroup(ctx, manager, core.GroupChange{Name: ptr("  OPEN ")})
		p.want(err, tenon.Invalid, "already")
		_, err = c.CreateGroup(ctx, editor, core.GroupChange{Name: ptr("Mine")})
		p.want(err, tenon.Forbidden, "manage groups")
		_, err = c.UpdateGroup(ctx, manager, open, core.GroupChange{Name: ptr("x"), Version: 9})
		p.want(err, tenon.Stale, "")
		lite := p.user(tenon.Lite)
		if groups, _, err := c.Groups(ctx, lite, store.GroupQuery{}); err != nil || len(groups) != 0 {
			t.Errorf("a Lite user sees the groups %v, %v", groups, err)
		}
	})
}

func TestWhoSeesAndWhy(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		a := p.org("Acme")
		boss, manager, editor, reader, none := p.user(tenon.Administrator), p.user(tenon.Manager, everywhere), p.user(tenon.Editor), p.user(tenon.ReadOnly), p.user(tenon.Creator)
		team := p.group("Team", editor, reader)
		if _, err := c.UpdateGroup(ctx, admin, team, core.GroupChange{Denied: &[]tenon.Kind{tenon.Password}}); err != nil {
			t.Fatal(err)
		}
		p.grant(user(editor), a)
		p.grant(group(team), a)
		seen, err := c.WhoSees(ctx, manager, a)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range seen {
			got = append(got, fmt.Sprint(s.Role, ": ", s.How.Join("; "), " ", s.Denied, " ", s.Part))
		}
		want := []string{
			"administrator: every organization, as administrator [] false",
			"editor: by name; through group Team [password] false",
			"manager: every organization [] false",
			"read-only: through group Team [password] false",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		_, err = c.WhoSees(ctx, editor, a)
		p.want(err, tenon.Forbidden, "manage access")

		item := p.item(a, tenon.Password, "Router", reader)
		reasons := func(asker, about tenon.Viewer) string {
			t.Helper()
			e, err := c.Why(ctx, asker, about.User, item)
			if err != nil {
				return tenon.MessageOf(err)
			}
			out := fmt.Sprint(e.Sees)
			for _, r := range e.Reasons {
				out += fmt.Sprintf("; %v %s", r.Allows, strings.ReplaceAll(r.Text.String(), about.Name, "X"))
			}
			return out
		}
		for _, tt := range []struct {
			about tenon.Viewer
			want  string
		}{
			{boss, "true; true X reaches every organization (administrator).; true The item is restricted, and administrators see every restricted item."},
			{manager, "false; true X reaches every organization (manager).; false The item, or what it hangs on, is restricted, and X is not among those who see it."},
			{reader, "false; true X has access to Acme through group Team.; false The group Team denies its members passwords, and a denial outweighs everything that allows.; true The item is restricted, and X is named."},
			{none, "false; false X has no access to Acme, or not to this part of it.; false The item, or what it hangs on, is restricted, and X is not among those who see it."},
		} {
			if got := reasons(boss, tt.about); got != tt.want {
				t.Errorf("%s:\ngot  %s\nwant %s", tt.about.Role, got, tt.want)
			}
		}
		if got := reasons(none, editor); !strings.Contains(got, "may not manage access") {
			t.Errorf("a creator asks about others: %s", got)
		}
		if got := reasons(none, none); !strings.Contains(got, "no item") {
			t.Errorf("one asks about what one does not see: %s", got)
		}
	})
}

// TestDeletedGroupOpensNothing: what was restricted to a group alone stays
// closed when the group is gone, and its name is free again.
func TestDeletedGroupOpensNothing(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		a := p.org("Acme")
		editor := p.user(tenon.Editor, everywhere)
		team := p.group("Team", editor)
		item := p.item(a, tenon.Document, "Plan")
		to := []tenon.Subject{group(team)}
		if err := p.st.Write(ctx, func(tx *store.Tx) error { return tx.SetRestrictions(item, to) }); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Item(ctx, p.viewer(editor.User), item); err != nil {
			t.Fatalf("a member does not see it: %v", err)
		}
		if err := c.DeleteGroup(ctx, admin, team); err != nil {
			t.Fatal(err)
		}
		if err := p.st.Write(ctx, func(tx *store.Tx) error { return tx.SettleRestrictions(item) }); err != nil {
			t.Fatal(err)
		}
		_, err := c.Item(ctx, p.viewer(editor.User), item)
		p.want(err, tenon.NotFound, "")
		if _, err := c.Item(ctx, admin, item); err != nil {
			t.Errorf("an administrator does not see it: %v", err)
		}
		_, err = c.Group(ctx, admin, team)
		p.want(err, tenon.NotFound, "no group")
		p.want(c.Grant(ctx, admin, group(team), a), tenon.NotFound, "no group")
		_, err = c.UpdateUser(ctx, admin, editor.User, core.UserChange{Groups: &[]tenon.GroupID{team}})
		p.want(err, tenon.Invalid, "no group")
		if again := p.group("Team"); again == team {
			t.Error("an id was used twice")
		}
	})
}

// item files an item restricted to these users.
func (p *people) item(org tenon.OrgID, k tenon.Kind, name string, to ...tenon.Viewer) tenon.ItemID {
	p.t.Helper()
	i, err := p.c.CreateItem(p.ctx, admin, k, org, core.ItemChange{Values: tenon.Values{"name": name}})
	if err != nil {
		p.t.Fatal(err)
	}
	var subjects []tenon.Subject
	for _, v := range to {
		subjects = append(subjects, user(v))
	}
	if err := p.st.Write(p.ctx, func(tx *store.Tx) error { return tx.SetRestrictions(i.ID, subjects) }); err != nil {
		p.t.Fatal(err)
	}
	return i.ID
}

// TestGrantsRaceWithMerges gives, takes and joins while organizations are
// merged; whichever comes first, reach is in the end what the grants say.
func TestGrantsRaceWithMerges(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		const n = 8
		target := p.org("Target")
		team := p.group("Team", p.user(tenon.Editor))
		var orgs []tenon.OrgID
		var users []tenon.Viewer
		for i := range n {
			orgs = append(orgs, p.org(fmt.Sprint("O", i)))
			users = append(users, p.user(tenon.Editor))
		}
		p.grant(group(team), target)
		errs := make(chan error, 100)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				errs <- p.st.Write(p.ctx, func(tx *store.Tx) error { return handOver(tx, orgs[i], target) })
			})
			wg.Go(func() {
				errs <- p.c.Grant(p.ctx, admin, user(users[i]), orgs[i])
				errs <- p.c.Grant(p.ctx, admin, group(team), orgs[i])
			})
			wg.Go(func() {
				_, err := p.c.UpdateUser(p.ctx, admin, users[(i+1)%n].User, core.UserChange{Groups: &[]tenon.GroupID{team}})
				errs <- err
				errs <- p.c.Grant(p.ctx, admin, user(users[(i+3)%n]), target)
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Errorf("%v", err)
			}
		}
		p.reachIsRight()
	})
}

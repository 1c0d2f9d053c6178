package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// world is a set of people and organizations known by short names: users and
// groups in small letters, organizations in capitals.
type world struct {
	t  *testing.T
	st *store.Store
	id map[string]int64
}

// TestReach says what users reach after a few steps. A step is
//
//	user a [lite|wide]   group g a b...   org A
//	grant a A            part a A         (one binder alone)
//	revoke a A           merge A B        split A B (A leaves B again)
//	leave g a            drop g           (the group is deleted)
//	wide a               narrow a
func TestReach(t *testing.T) {
	t.Parallel()
	const people = "user a; user b; group g a b; group h b; org A; org B; org C; "
	tests := []struct{ name, steps, want string }{
		{"nothing", people, ""},
		{"by name", people + "grant a A", "a:A"},
		{"twice is once", people + "grant a A; grant a A; part a A", "a:A"},
		{"through a group", people + "grant g A", "a:A b:A"},
		{"by name and through two groups", people + "grant b A; grant g A; grant h A", "a:A b:A"},
		{"an empty group", people + "group e; grant e A", ""},
		{"users who reach everything have no rows", "user w wide; group g w; org A; grant w A; grant g A", ""},
		{"a merge carries the grant along", people + "grant a A; merge A B", "a:AB"},
		{"a grant of the target covers what it gains", people + "grant a B; merge A B", "a:AB"},
		{"a chain of merges", people + "grant a A; merge A B; merge B C", "a:ABC"},
		{"and back again, out of order", people + "grant a A; grant b C; merge A B; merge B C; split A C", "a:A b:BC"},
		{"a part stays a part in a merge", people + "part a A; merge A B", "a:A"},
		{"a part beside the whole", people + "part a A; grant a B; merge A B", "a:AB"},
		{"a part of what was gained", people + "merge A B; part a A", "a:A"},
		{"revoked by any of its binders", people + "grant a A; merge A B; revoke a B", ""},
		{"revoked by name, kept through the group", people + "grant a A; grant g A; revoke a A", "a:A b:A"},
		{"revoked from the group, kept by name", people + "grant a A; grant g A; revoke g A", "a:A"},
		{"out of the group", people + "grant g A; leave g a", "b:A"},
		{"out of one of two groups", people + "grant g A; grant h A; leave g b", "a:A b:A"},
		{"the group is deleted", people + "grant g A; grant b B; drop g", "b:B"},
		{"everywhere, and not any more", people + "grant a A; wide a; grant a B; narrow a", "a:A a:B"},
		{"everywhere at the end", people + "grant a A; grant b A; wide a", "b:A"},
	}
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		for i, tt := range tests {
			w := &world{t, st, map[string]int64{}}
			for step := range strings.SplitSeq(tt.steps, ";") {
				if word := strings.Fields(step); len(word) > 0 {
					w.do(i, word)
				}
			}
			if got := w.reach(); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
		}
	})
}

// do runs one step in a transaction of its own.
func (w *world) do(test int, word []string) {
	w.t.Helper()
	err := w.st.Write(context.Background(), func(tx *store.Tx) error {
		if err := tx.LockStructure(); err != nil {
			return err
		}
		switch word[0] {
		case "user", "group", "org":
			return w.make(tx, test, word)
		case "merge", "split":
			return w.handOver(tx, word)
		}
		return w.change(tx, word)
	})
	if err != nil {
		w.t.Fatalf("%s: %v", strings.Join(word, " "), err)
	}
}

func (w *world) make(tx *store.Tx, test int, word []string) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	w.id[word[1]] = id
	name := fmt.Sprint(word[1], test)
	switch word[0] {
	case "user":
		wide := len(word) > 2 && word[2] == "wide"
		return tx.InsertUser(&tenon.User{ID: tenon.UserID(id), Name: name, Email: name, Role: tenon.Editor, Everywhere: wide}, name, "")
	case "org":
		return tx.InsertOrganization(&tenon.Organization{ID: tenon.OrgID(id), Name: name, Values: tenon.Values{"name": name}})
	}
	if err := tx.InsertGroup(&tenon.Group{ID: tenon.GroupID(id), Name: name}); err != nil {
		return err
	}
	var users []tenon.UserID
	for _, u := range word[2:] {
		users = append(users, tenon.UserID(w.id[u]))
	}
	return tx.AddToGroup(tenon.GroupID(id), users)
}

// subject is the user or group of that name, and the users it concerns.
func (w *world) subject(tx *store.Tx, name string) (tenon.Subject, []tenon.UserID, error) {
	id := w.id[name]
	_, err := tx.GetGroup(tenon.SystemViewer(), tenon.GroupID(id))
	if tenon.CodeOf(err) == tenon.NotFound {
		return tenon.Subject{Kind: tenon.SubjectUser, ID: id}, []tenon.UserID{tenon.UserID(id)}, nil
	}
	users, err := tx.SystemGroupMembers(tenon.GroupID(id))
	return tenon.Subject{Kind: tenon.SubjectGroup, ID: id}, users, err
}

func (w *world) change(tx *store.Tx, word []string) error {
	s, users, err := w.subject(tx, word[1])
	if err != nil {
		return err
	}
	var org tenon.OrgID
	if len(word) > 2 {
		org = tenon.OrgID(w.id[word[2]])
	}
	switch word[0] {
	case "grant":
		err = tx.AddGrant(s, org.Home(), tenon.WholeOrganization)
	case "part":
		err = tx.AddGrant(s, org.Home(), tenon.OneBinder)
	case "revoke":
		_, err = tx.RemoveGrants(s, org)
	case "leave":
		err = tx.RemoveFromGroup(tenon.GroupID(s.ID), []tenon.UserID{tenon.UserID(org)})
	case "drop":
		err = tx.DeleteGroup(tenon.GroupID(s.ID))
	case "wide", "narrow":
		var u *tenon.User
		if u, err = tx.GetUser(tenon.SystemViewer(), tenon.UserID(s.ID)); err == nil {
			u.Everywhere = word[0] == "wide"
			err = tx.UpdateUser(u, u.Email)
		}
	default:
		w.t.Fatalf("no step %q", word[0])
	}
	if err != nil {
		return err
	}
	return tx.RebuildReach(users)
}

// handOver gives the binders of an organization to another (merge), or its
// home binder back to it (split).
func (w *world) handOver(tx *store.Tx, word []string) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	op := &tenon.Operation{ID: tenon.OperationID(id), Kind: "merge", State: tenon.Finished}
	if err := tx.InsertOperation(op, nil); err != nil {
		return err
	}
	a, b := tenon.OrgID(w.id[word[1]]), tenon.OrgID(w.id[word[2]])
	from, to, binders := b, a, []tenon.BinderID{a.Home()}
	if word[0] == "merge" {
		from, to = a, b
		if binders, err = tx.SystemBindersOf(a); err != nil {
			return err
		}
	}
	// Who is concerned is asked before as well: afterwards some have no part any more.
	before, err := tx.SystemPeopleOf(a, b)
	if err != nil {
		return err
	}
	if err := tx.HandOver(op.ID, binders, from, to); err != nil {
		return err
	}
	after, err := tx.SystemPeopleOf(a, b)
	if err != nil {
		return err
	}
	return tx.RebuildReach(slices.Concat(before, after))
}

// reach says who reaches which owner's binders: "a:AB" is user a on the home
// binders of A and B, which one organization owns. It fails where what is
// stored is not what the grants say.
func (w *world) reach() string {
	w.t.Helper()
	var out []string
	err := w.st.Read(context.Background(), func(tx *store.Tx) error {
		want, err := tx.SystemDerivedReach()
		if err != nil {
			return err
		}
		got, err := tx.SystemStoredReach()
		if err != nil {
			return err
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			w.t.Errorf("stored %v, derived %v", got, want)
		}
		for user, id := range w.id {
			words := map[tenon.OrgID][]string{}
			for org, home := range w.id {
				if !got[tenon.UserID(id)][tenon.BinderID(home)] {
					continue
				}
				owner, err := tx.Owner(tenon.BinderID(home))
				if err != nil {
					return err
				}
				words[owner] = append(words[owner], org)
			}
			for _, l := range words {
				slices.Sort(l)
				out = append(out, user+":"+strings.Join(l, ""))
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

package modeltest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/store"
)

// compare holds what the step touched to the model.
func (r *runner) compare(orgs []tenon.OrgID) {
	r.t.Helper()
	slices.Sort(orgs)
	err := r.st.Read(context.Background(), func(tx *store.Tx) error {
		for _, id := range slices.Compact(orgs) {
			if err := r.compareOne(tx, id); err != nil {
				return fmt.Errorf("organization %d: %w", id, err)
			}
		}
		reach, err := tx.SystemStoredReach()
		if err != nil {
			return err
		}
		for _, u := range r.m.users {
			if want := r.m.reach(u); !maps.Equal(want, reach[u]) && len(want)+len(reach[u]) > 0 {
				return fmt.Errorf("user %d reaches %v, want %v", u, slices.Sorted(maps.Keys(reach[u])), slices.Sorted(maps.Keys(want)))
			}
		}
		return nil
	})
	if err != nil {
		r.fatal("%v", err)
	}
}

func (r *runner) compareOne(tx *store.Tx, id tenon.OrgID) error {
	want := r.m.orgs[id]
	if r.m.orgs[r.m.owner(id.Home())].state == tenon.Purged {
		if _, err := tx.GetOrganization(admin, id); want.state == tenon.Purged && tenon.CodeOf(err) != tenon.NotFound {
			return fmt.Errorf("is purged, and found (%v)", err)
		}
		return nil
	}
	got, err := tx.GetOrganization(admin, id)
	if err != nil {
		return err
	}
	if got.State != want.state || got.MergedInto != want.into || got.Values.Text("alert") != want.alert {
		return fmt.Errorf("is %s into %d with alert %q, want %s into %d with %q", got.State, got.MergedInto, got.Values.Text("alert"), want.state, want.into, want.alert)
	}
	if p := r.m.parentOf(id); want.state == tenon.Live && got.ParentID != p {
		return fmt.Errorf("is below %d, want %d", got.ParentID, p)
	}
	if owner, err := tx.Owner(id.Home()); err != nil || owner != r.m.owner(id.Home()) {
		return fmt.Errorf("its binder is of %d, want %d (%v)", owner, r.m.owner(id.Home()), err)
	}
	if want.state != tenon.Live {
		return nil
	}
	for _, u := range append([]tenon.UserID{0}, r.m.users...) {
		if err := r.compareItems(tx, id, u); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) compareItems(tx *store.Tx, id tenon.OrgID, u tenon.UserID) error {
	v := admin
	if u != 0 {
		var err error
		if v, err = tx.LoadViewer(u); err != nil {
			return err
		}
	}
	want := r.m.visible(u, id)
	items, _, err := tx.ListItems(v, store.ItemQuery{Kind: tenon.Configuration, Org: id, Page: tenon.Page{Limit: 1000, Sort: "id"}})
	if tenon.CodeOf(err) == tenon.NotFound && len(want) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	var got []tenon.ItemID
	for _, i := range items {
		got = append(got, i.ID)
		if i.Name != r.m.items[i.ID].name || i.Version < int64(r.m.items[i.ID].versions) {
			return fmt.Errorf("item %d is %q version %d, want %q, at least %d", i.ID, i.Name, i.Version, r.m.items[i.ID].name, r.m.items[i.ID].versions)
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("user %d sees %v, want %v", u, got, want)
	}
	binders, err := tx.Binders(v, id)
	if err != nil {
		return err
	}
	counts, err := tx.CountItems(v, binders)
	if err == nil && counts[tenon.Configuration] != int64(len(want)) {
		err = fmt.Errorf("user %d is told of %d items, sees %d", u, counts[tenon.Configuration], len(want))
	}
	return err
}

// whole compares everything and proves the invariants.
func (r *runner) whole() {
	r.t.Helper()
	r.compare(slices.Collect(maps.Keys(r.m.orgs)))
	for _, id := range r.items() {
		i := r.m.items[id]
		files, err := r.c.Attachments(context.Background(), admin, id)
		if err != nil || len(files) != i.files {
			r.fatal("item %d has %d files, want %d (%v)", id, len(files), i.files, err)
		}
	}
	found, err := check.Run(context.Background(), r.st, check.Options{Deep: true})
	if err != nil {
		r.fatal("check: %v", err)
	}
	for _, v := range found {
		r.t.Errorf("step %d: %s", r.step, v)
	}
	if len(found) > 0 {
		r.t.FailNow()
	}
}

package demo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/trash"
)

// house is an installation with the engines that make and remove a demo.
type house struct {
	t     *testing.T
	ctx   context.Context
	st    *store.Store
	c     *core.Core
	keys  *secret.Ring
	files *blob.Dir
	jobs  *job.Runner
	demo  *demo.Engine
	trash *trash.Engine
	merge *merge.Engine
	v     tenon.Viewer
}

func newHouse(t *testing.T, st *store.Store, slice time.Duration) *house {
	t.Helper()
	h := &house{t: t, ctx: context.Background(), st: st}
	h.c, h.keys, h.files = newCore(t, st)
	var err error
	h.jobs, err = job.New(h.ctx, st, job.Options{Alone: true, Slice: slice, Poll: 20 * time.Millisecond})
	h.must(err)
	h.demo, h.trash, h.merge = demo.New(h.c, h.jobs), trash.New(h.c, h.jobs), merge.New(h.c, h.jobs)
	h.v, err = h.c.CommandLineViewer(h.ctx, "tester", "")
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// settle runs what waits and returns the operation at its end.
func (h *house) settle(id tenon.OperationID) *tenon.Operation {
	h.t.Helper()
	h.must(h.jobs.Drain(h.ctx))
	var op *tenon.Operation
	h.must(h.st.Read(h.ctx, func(tx *store.Tx) (err error) {
		op, err = tx.GetOperation(h.v, id)
		return err
	}))
	if op.State != tenon.Finished {
		h.t.Fatalf("%s: %s %s", op.Title, op.State, op.Error)
	}
	return op
}

func (h *house) load() *demo.Report {
	h.t.Helper()
	op, err := h.demo.Start(h.ctx, h.v, demo.Options{Organizations: 60, Items: 300, Seed: 7, Now: today})
	h.must(err)
	again, err := h.demo.Start(h.ctx, h.v, demo.Options{Organizations: 60, Items: 300, Seed: 7, Now: today})
	h.must(err)
	if again.ID != op.ID {
		h.t.Errorf("asked twice, %d and %d are made", op.ID, again.ID)
	}
	r, err := h.demo.Report(h.ctx, h.settle(op.ID))
	h.must(err)
	_, err = h.demo.Start(h.ctx, h.v, demo.Options{Organizations: 20, Items: 30, Seed: 7, Now: today, Beside: true})
	if tenon.CodeOf(err) != tenon.Conflict || !strings.Contains(err.Error(), "another seed") {
		h.t.Errorf("a second demo of the same seed is refused with %v", err)
	}
	return r
}

func (h *house) remove(keep bool) *tenon.Operation {
	h.t.Helper()
	p, err := h.trash.PlanDemo(h.ctx, h.v, keep)
	h.must(err)
	op, err := h.trash.Run(h.ctx, h.v, p)
	h.must(err)
	return h.settle(op.ID)
}

func (h *house) own(name string, parent tenon.OrgID) *tenon.Organization {
	h.t.Helper()
	values := tenon.Values{"name": name}
	if parent != 0 {
		values["parent_id"] = int64(parent)
	}
	o, err := h.c.CreateOrganization(h.ctx, h.v, core.OrganizationChange{Values: values})
	h.must(err)
	return o
}

func (h *house) contact(org tenon.OrgID, name string) *tenon.Item {
	h.t.Helper()
	i, err := h.c.CreateItem(h.ctx, h.v, tenon.Contact, org, core.ItemChange{Values: tenon.Values{"first_name": name, "last_name": "Own"}})
	h.must(err)
	return i
}

// asked is a type of the demo whose assets a type of one's own asks for.
func (h *house) asked() tenon.FlexTypeID {
	h.t.Helper()
	page, _, err := h.c.FlexTypes(h.ctx, h.v, store.FlexTypeQuery{Page: tenon.Page{Limit: 1}})
	h.must(err)
	_, err = h.c.CreateFlexType(h.ctx, h.v, tenon.FlexType{Name: "Own", Enabled: true, Fields: []tenon.FlexField{
		{Name: "Name", Kind: tenon.FlexText, UseForTitle: true}, {Name: "Asked", Kind: tenon.FlexTag, TagType: tenon.FlexibleAsset, TagFlexType: page[0].ID}}})
	h.must(err)
	return page[0].ID
}

func (h *house) merged(from, into tenon.OrgID) {
	h.t.Helper()
	p, err := h.merge.Plan(h.ctx, h.v, []tenon.OrgID{from}, into, tenon.Choices{})
	h.must(err)
	_, err = h.merge.Run(h.ctx, h.v, p)
	h.must(err)
}

// left names what is there: organizations, items, people, lists.
func (h *house) left() (out []string) {
	h.t.Helper()
	h.must(h.st.Read(h.ctx, func(tx *store.Tx) error {
		out = nil
		page := tenon.Page{Limit: tenon.MaxPage}
		orgs, _, err := tx.ListOrganizations(h.v, store.OrgQuery{Page: page})
		if err != nil {
			return err
		}
		for _, o := range orgs {
			out = append(out, "organization "+o.Name)
		}
		items, _, err := tx.ListItems(h.v, store.ItemQuery{Page: page})
		if err != nil {
			return err
		}
		for _, i := range items {
			out = append(out, i.Kind.String()+" "+i.Name)
		}
		users, _, err := tx.ListUsers(h.v, store.UserQuery{Page: page})
		if err != nil {
			return err
		}
		groups, _, err := tx.ListGroups(h.v, store.GroupQuery{Page: page})
		if err != nil {
			return err
		}
		types, _, err := tx.ListFlexTypes(store.FlexTypeQuery{Page: page})
		if err != nil {
			return err
		}
		rows, _, err := tx.ListLookups(store.LookupQuery{Lists: []string{"models", "manufacturers", "contact_types", "regions", "platforms"}, Page: page})
		if err != nil {
			return err
		}
		entries, _, err := tx.ListTrash(h.v, store.TrashQuery{Page: page})
		there, hasErr := tx.HasDemo()
		if len(users)+len(groups)+len(types)+len(rows)+len(entries) > 0 || there {
			out = append(out, fmt.Sprintf("%d users, %d groups, %d types, %d entries, %d in the trash, marks %v", len(users), len(groups), len(types), len(rows), len(entries), there))
		}
		if hasErr != nil {
			return hasErr
		}
		return err
	}))
	slices.Sort(out)
	return out
}

func (h *house) whole() {
	h.t.Helper()
	found, err := check.Run(h.ctx, h.st, check.Options{Keys: h.keys, Blobs: h.files, Deep: true})
	if err != nil || len(found) > 0 {
		h.t.Errorf("check: %v, %v", found, err)
	}
}

// TestRemove makes a demo, in slices so short that it goes on several times, and
// removes it: nothing is left, and another one can be made.
func TestRemove(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		h := newHouse(t, st, 800*time.Millisecond)
		r := h.load()
		if r.Organizations != 60 || r.Items != 300 || r.Duplicates != 3 {
			t.Errorf("made %+v", r)
		}
		h.whole()
		if _, err := h.demo.Start(h.ctx, h.v, demo.Options{Organizations: 1, Now: today}); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("a demo beside a demo: %v", err)
		}
		h.merged(r.Truth[0].B, r.Truth[0].A)
		op := h.remove(false)
		if got := op.Receipt.Counts; got["organizations"] != 59 || got["items"] != 300 || len(op.Receipt.Notes) > 0 {
			t.Errorf("removed %v, %q", got, op.Receipt.Notes)
		}
		if left := h.left(); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
		h.whole()
		if _, err := h.trash.PlanDemo(h.ctx, h.v, false); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("nothing to remove: %v", err)
		}
		h.load()
	})
}

// TestRemoveKeepsOwn puts things of one's own everywhere among the demo: each
// stays, with what it stands in, and the plan says so.
func TestRemoveKeepsOwn(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		h := newHouse(t, st, time.Minute)
		h.load()
		orgs, _, err := h.c.Organizations(h.ctx, h.v, store.OrgQuery{Page: tenon.Page{Limit: 20}})
		h.must(err)
		orgs = slices.DeleteFunc(orgs, func(o *tenon.Organization) bool { return o.Primary || o.ParentID != 0 })
		filed, above, into, from, host := orgs[0], orgs[1], orgs[2], orgs[3], orgs[4]
		h.contact(filed.ID, "Filed")
		h.own("Below", above.ID)
		mine := h.own("Mine", 0)
		h.contact(mine.ID, "Mine")
		gone := h.own("Given", 0)
		h.contact(gone.ID, "Given")
		h.merged(gone.ID, into.ID)
		h.merged(from.ID, mine.ID)
		if _, err := h.c.AttachToOrganization(h.ctx, h.v, host.ID, "own.txt", "text/plain", strings.NewReader("own")); err != nil {
			t.Fatal(err)
		}
		asked := h.asked()
		p, err := h.trash.PlanDemo(h.ctx, h.v, false)
		h.must(err)
		words := ""
		for _, ref := range p.References {
			words += ref.Sentence().String() + "\n"
		}
		for _, want := range []string{filed.Name + " stays: Filed Own is filed", above.Name + " stays: Below stands", into.Name + " stays: Given was merged", from.Name + " was merged into Mine", host.Name + " stays: the file own.txt"} {
			if !strings.Contains(words, want) {
				t.Errorf("the plan does not say %q:\n%s", want, words)
			}
		}
		h.remove(false)
		want := []string{"contact Filed Own", "contact Given Own", "contact Mine Own", "organization " + above.Name, "organization " + filed.Name,
			"organization " + host.Name, "organization " + into.Name, "organization Below", "organization Mine"}
		slices.Sort(want)
		if _, err := h.c.FlexType(h.ctx, h.v, asked); err != nil {
			t.Errorf("a type whose assets a field of one's own asks for: %v", err)
		}
		left := slices.DeleteFunc(h.left(), func(s string) bool { return strings.Contains(s, "entries") })
		if !slices.Equal(left, want) {
			t.Errorf("left:\n%s\nwant:\n%s", strings.Join(left, "\n"), strings.Join(want, "\n"))
		}
		h.whole()
	})
}

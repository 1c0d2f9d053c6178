package itglue

import (
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

func (r *record) item() *tenon.Item { return r.of.(*tenon.Item) }

func itemRecord(i *tenon.Item) record {
	return record{id: int64(i.ID), values: i.Values, created: i.CreatedAt, updated: i.UpdatedAt, of: i}
}

// itemSource stands behind every resource whose records are items of a kind.
type itemSource struct {
	kind tenon.Kind
	// finish adds to a change what is no plain field.
	finish func(tx *store.Tx, r *request, in *change, to *core.ItemChange) error
	// then does, in the same transaction, what a change means to other records.
	then func(tx *store.Tx, r *request, in *change, item *tenon.Item) error
	// leaves keeps what holds something from being deleted: a folder.
	leaves bool
}

func (s itemSource) resource(r *request) *resource { return r.s.resources[s.kind.Info().Plural] }

func (s itemSource) list(r *request, q store.Slice) (out []record, total int64, err error) {
	var items []*tenon.Item
	err = r.read(func(tx *store.Tx) (err error) {
		items, total, err = tx.SliceItems(r.viewer, store.ItemSlice{Kind: s.kind, Slice: q})
		return err
	})
	for _, i := range items {
		out = append(out, itemRecord(i))
	}
	return out, total, err
}

func (s itemSource) get(r *request, ids []int64) ([]record, error) {
	want := make([]tenon.ItemID, len(ids))
	for i, n := range ids {
		want[i] = tenon.ItemID(n)
	}
	byID := map[int64]*tenon.Item{}
	err := r.read(func(tx *store.Tx) error {
		items, err := tx.GetItems(r.viewer, want)
		for _, i := range items {
			if i.Kind == s.kind {
				byID[int64(i.ID)] = i
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]record, len(ids))
	for i, n := range ids {
		item := byID[n]
		if item == nil {
			return nil, missing(s.resource(r), n)
		}
		out[i] = itemRecord(item)
	}
	return out, nil
}

// change turns what was sent into a change of an item.
func (s itemSource) change(tx *store.Tx, r *request, in *change) (core.ItemChange, error) {
	to := core.ItemChange{Values: s.resource(r).values(*in), Secrets: map[string]*secret.Text{}}
	if x, sent := in.attrs["archived"]; sent && x != nil {
		f := tenon.Field{Name: "archived", Label: "Archived", Type: tenon.Bool}
		b, err := f.Clean(x)
		if err != nil {
			return to, err
		}
		archived := b == true
		to.Archived = &archived
	}
	if s.finish != nil {
		return to, s.finish(tx, r, in, &to)
	}
	return to, nil
}

func (s itemSource) create(r *request, in []change) ([]int64, error) {
	ids := make([]int64, len(in))
	err := r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		org := in[i].parent
		if org == 0 {
			if org = idOf(in[i], "organization_id"); org < 0 {
				return errNeedsOrganization()
			}
		}
		to, err := s.change(tx, r, &in[i])
		if err != nil {
			return err
		}
		if org == 0 && !s.hosted(to.Values) {
			return errNeedsOrganization()
		}
		item, err := r.s.core.CreateItemIn(tx, r.viewer, s.kind, tenon.OrgID(org), to)
		if tenon.CodeOf(err) == tenon.NotFound {
			return errUnreachable()
		}
		if err != nil {
			return err
		}
		ids[i] = int64(item.ID)
		return s.also(tx, r, &in[i], item)
	})
	return ids, err
}

// hosted tells whether a field names what the item hangs on, which then says
// the organization.
func (s itemSource) hosted(v tenon.Values) bool {
	fields := s.kind.Info().Fields
	for i := range fields {
		if fields[i].Host && v[fields[i].Name] != nil {
			return true
		}
	}
	return false
}

func (s itemSource) update(r *request, in []change) error {
	return r.s.core.Batch(r.Context(), len(in), func(tx *store.Tx, i int) error {
		to, err := s.change(tx, r, &in[i])
		if err != nil {
			return err
		}
		item, _, err := r.s.core.UpdateItemIn(tx, r.viewer, tenon.ItemID(in[i].id), to)
		if err != nil {
			return err
		}
		return s.also(tx, r, &in[i], item)
	})
}

func (s itemSource) also(tx *store.Tx, r *request, in *change, item *tenon.Item) error {
	if s.then == nil {
		return nil
	}
	return s.then(tx, r, in, item)
}

func (s itemSource) remove(r *request, ids []int64) error {
	items := make([]tenon.ItemID, len(ids))
	for i, n := range ids {
		items[i] = tenon.ItemID(n)
	}
	if err := s.checkEmpty(r, items); err != nil {
		return err
	}
	plan, err := r.s.trash.PlanItems(r.Context(), r.viewer, trash.ActionDelete, items, 0)
	if err == nil {
		_, err = r.s.trash.Run(r.Context(), r.viewer, plan)
	}
	return err
}

// checkEmpty refuses to delete what others lie in.
func (s itemSource) checkEmpty(r *request, items []tenon.ItemID) error {
	if !s.leaves {
		return nil
	}
	return r.read(func(tx *store.Tx) error {
		ids, err := tx.HangingOn(items...)
		if err != nil {
			return err
		}
		with, err := tx.GetItems(tenon.SystemViewer(), ids)
		if err == nil && len(with) > len(items) {
			err = fail(http.StatusUnprocessableEntity, "/data", "The folder still holds something. Nothing was deleted.")
		}
		return err
	})
}

// underOrganization is the nesting of what organizations have.
func underOrganization(v verb) []parent {
	return []parent{{path: "organizations", attr: "organization_id", match: "organization_id", verbs: v}}
}

// organizationAttrs are what every item says about whose it is.
func organizationAttrs() []attribute {
	return []attribute{
		made(id, "organization-id", func(_ *view, r *record) any { return owner(r.item()) }),
		made(text, "organization-name", func(_ *view, r *record) any { return r.item().OrgName }),
	}
}

func owner(i *tenon.Item) any {
	if i.OrgID == tenon.SystemOrg {
		return nil
	}
	return int64(i.OrgID)
}

// itemAttrs are what every item says about itself.
func itemAttrs() []attribute {
	return []attribute{
		made(text, "resource-url", func(v *view, r *record) any { return v.r.s.url() + "/items/" + r.item().ID.String() }),
		made(flag, "restricted", func(_ *view, r *record) any { return r.item().Restricted }),
		made(text, "psa-integration", psaIntegration),
		none(flag, "my-glue"),
	}
}

func timeAttrs() []attribute {
	return []attribute{made(moment, "created-at", createdAt), made(moment, "updated-at", updatedAt)}
}

// archived is written by itemSource.change.
func archivedAttr() attribute {
	a := made(flag, "archived", func(_ *view, r *record) any { return r.item().Archived })
	a.write = true
	return a
}

func attrs(lists ...[]attribute) []attribute {
	var out []attribute
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// prepareItems loads which items of a page are in step with a connection.
func prepareItems(v *view, of []record) error {
	ids := make([]tenon.ItemID, len(of))
	for i := range of {
		ids[i] = of[i].item().ID
	}
	return v.r.read(func(tx *store.Tx) (err error) {
		v.synced, err = tx.SyncingItems(ids)
		return err
	})
}

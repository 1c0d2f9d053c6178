package itglue

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// itemIncludes are what may be asked for beside every item. What this product
// keeps nothing of is answered as an empty list.
func itemIncludes(more ...string) []include {
	out := []include{
		{name: "attachments", path: "attachments", load: attachmentsOf},
		{name: "related_items", path: "related_items", load: relatedOf},
		{name: "passwords", path: "passwords", load: embeddedPasswords},
		{name: "recent_versions", path: "versions", load: recentVersions},
	}
	out = append(out, include{name: "adapters_resources", always: true})
	for _, name := range append([]string{"adapters_resources_errors", "authorized_users", "group_resource_accesses",
		"user_resource_accesses"}, more...) {
		out = append(out, include{name: name})
	}
	return out
}

func itemIDsOf(of []record) []tenon.ItemID {
	ids := make([]tenon.ItemID, len(of))
	for i := range of {
		ids[i] = tenon.ItemID(of[i].id)
	}
	return ids
}

func attachmentsOf(v *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	err := v.r.read(func(tx *store.Tx) error {
		clear(out)
		files, err := tx.AttachmentsOf(itemIDsOf(of))
		for _, f := range files {
			out[int64(f.Item)] = append(out[int64(f.Item)], attachmentRecord(f))
		}
		return err
	})
	return out, err
}

// attachmentsOfOrganizations are the files that hang on organizations themselves.
func attachmentsOfOrganizations(v *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	err := v.r.read(func(tx *store.Tx) error {
		clear(out)
		owner := map[tenon.BinderID]int64{}
		var binders []tenon.BinderID
		for i := range of {
			for _, b := range of[i].org().Binders {
				owner[b] = of[i].id
				binders = append(binders, b)
			}
		}
		files, err := tx.AttachmentsOfBinders(binders)
		for _, f := range files {
			out[owner[f.Binder]] = append(out[owner[f.Binder]], attachmentRecord(f))
		}
		return err
	})
	return out, err
}

func relatedOf(v *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	err := v.r.read(func(tx *store.Tx) error {
		clear(out)
		all, err := tx.RelationsOf(v.r.viewer, itemIDsOf(of))
		for item, relations := range all {
			for _, x := range relations {
				out[int64(item)] = append(out[int64(item)], relationRecord(x))
			}
		}
		return err
	})
	return out, err
}

// embeddedPasswords are those that are embedded in the records.
func embeddedPasswords(v *view, of []record) (map[int64][]record, error) {
	m := store.Match{Field: "resource_id", Values: []any{}}
	for i := range of {
		m.Values = append(m.Values, of[i].id)
	}
	out := map[int64][]record{}
	err := v.r.read(func(tx *store.Tx) error {
		clear(out)
		for from := int64(1); ; { // in pieces, each from behind the one before
			q := store.Slice{Match: []store.Match{m, {Field: "id", From: from}}, Limit: maxPage}
			found, _, err := tx.SliceItems(v.r.viewer, store.ItemSlice{Kind: tenon.Password, Slice: q})
			if err != nil {
				return err
			}
			for _, i := range found {
				host := i.Values.ID("resource_id")
				out[host] = append(out[host], itemRecord(i))
				from = int64(i.ID) + 1
			}
			if len(found) < maxPage {
				return nil
			}
		}
	})
	return out, err
}

// partsOf includes the parts of that name.
func partsOf(part string) func(v *view, of []record) (map[int64][]record, error) {
	return func(v *view, of []record) (map[int64][]record, error) {
		out := map[int64][]record{}
		err := v.r.read(func(tx *store.Tx) error {
			clear(out)
			all, err := tx.SystemParts(itemIDsOf(of)...)
			for i := range of {
				item := of[i].item()
				for _, p := range all[item.ID] {
					if p.Name == part {
						out[of[i].id] = append(out[of[i].id], partRecord(store.ItemPart{Part: p, Item: item.ID, Kind: item.Kind, Binder: item.BinderID, OrgID: item.OrgID, OrgName: item.OrgName, On: item.Name}))
					}
				}
			}
			return err
		})
		return out, err
	}
}

// itemIn includes the item that a field names.
func itemIn(fieldName string) func(v *view, of []record) (map[int64][]record, error) {
	return func(v *view, of []record) (map[int64][]record, error) {
		var ids []tenon.ItemID
		for i := range of {
			if n := tenon.ItemID(of[i].values.ID(fieldName)); n != 0 && !slices.Contains(ids, n) {
				ids = append(ids, n)
			}
		}
		out := map[int64][]record{}
		err := v.r.read(func(tx *store.Tx) error {
			clear(out)
			found, err := tx.GetItems(v.r.viewer, ids)
			for i := range of {
				for _, item := range found {
					if int64(item.ID) == of[i].values.ID(fieldName) {
						out[of[i].id] = []record{itemRecord(item)}
					}
				}
			}
			return err
		})
		return out, err
	}
}

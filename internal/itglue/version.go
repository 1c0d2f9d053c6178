package itglue

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// versionsShown is how many versions of a record recent_versions answers.
const versionsShown = 10

// versions are what records were before. They are read with
// include=recent_versions, and of passwords with version_id.
func versions() *resource {
	rev := func(r *record) *tenon.Revision { return r.of.(*tenon.Revision) }
	return &resource{
		path: "versions", label: "Version", about: "What records were before. They are read with include=recent_versions.",
		attrs: []attribute{
			made(number, "version", func(_ *view, r *record) any { return rev(r).Version }),
			made(id, "user-id", func(_ *view, r *record) any { return int64(rev(r).User) }),
			made(text, "user-name", func(_ *view, r *record) any { return rev(r).ByName }),
			made(moment, "created-at", createdAt),
		},
	}
}

func recentVersions(v *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	err := v.r.read(func(tx *store.Tx) error {
		clear(out)
		list, err := tx.RecentRevisions(itemIDsOf(of), versionsShown)
		for i := range list {
			r := &list[i]
			out[r.Subject] = append(out[r.Subject], record{id: r.ID, created: r.At, updated: r.At, of: r})
		}
		return err
	})
	return out, err
}

// asVersion puts what an item said at the version that ?version_id= names in
// the place of what it says now.
func (r *request) asVersion(now record) (record, error) {
	asked := r.params["version_id"]
	if asked == "" {
		return now, nil
	}
	err := r.read(func(tx *store.Tx) (err error) {
		r.version, err = tx.RevisionNumbered(now.id, tenon.ParseID(asked))
		return err
	})
	if err != nil {
		return now, err
	}
	was, err := r.s.core.Revision(r.Context(), r.viewer, tenon.ItemID(now.id), r.version)
	if err != nil {
		return now, err
	}
	item := *now.item()
	item.Name, item.Values, item.Tags, item.Archived, item.Restricted, item.UpdatedAt = was.Name, was.Values, was.Tags, was.Archived, was.Restricted, was.At
	return itemRecord(&item), nil
}

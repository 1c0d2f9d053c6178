package core

import (
	"context"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/richtext"
	"github.com/tenonhq/tenon/internal/store"
)

// A document has drafts: who may edit it sees it as it was saved last, all
// others as it was when it was published. The published text is the revision
// that published_version names; a document without one was never published.
const (
	publishedAt      = "published_at"
	publishedVersion = "published_version"
)

func hasDrafts(info *tenon.KindInfo) bool { return info.Fields.Field(publishedVersion) != nil }

func (e *edit) drafts() bool { return hasDrafts(e.info) }

// stampPublished notes which version is the published one. What a restored
// version says is a draft, until it is published.
func (e *edit) stampPublished() {
	switch {
	case !e.drafts():
	case e.restoring:
		for _, name := range []string{publishedAt, publishedVersion} {
			delete(e.item.Values, name)
			if x, had := e.was.Values[name]; had {
				e.item.Values[name] = x
			}
		}
		e.changed = slices.DeleteFunc(e.changed, func(n string) bool { return n == publishedAt || n == publishedVersion })
	case !slices.Contains(e.changed, publishedAt):
	case e.item.Values.Text(publishedAt) == "":
		delete(e.item.Values, publishedVersion)
	default:
		e.item.Values[publishedVersion] = float64(e.was.Version + 1)
	}
}

// publishedOf returns the version of a document that readers see, 0 where none
// was published.
func publishedOf(i *tenon.Item) int64 {
	n, _ := i.Values[publishedVersion].(float64)
	return int64(n)
}

// VisibleParts returns what is listed on an item, as the viewer may see it: of
// a document, who may not edit it sees what was published. The caller has read
// the item with the viewer.
func VisibleParts(tx *store.Tx, v tenon.Viewer, i *tenon.Item) ([]tenon.Part, error) {
	if hasDrafts(i.Kind.Info()) && !v.May(tenon.EditItems) {
		return PublishedParts(tx, i)
	}
	all, err := tx.SystemParts(i.ID)
	return all[i.ID], err
}

// PublishedParts returns the sections of a document as they were published,
// none where it never was. Sections that have not changed since have their ids.
func PublishedParts(tx *store.Tx, i *tenon.Item) ([]tenon.Part, error) {
	version := publishedOf(i)
	if version == 0 {
		return nil, nil
	}
	info := i.Kind.Info()
	r, err := tx.GetRevision(int64(i.ID), version, info.Fields, info.Parts)
	if tenon.CodeOf(err) == tenon.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := tx.SystemParts(i.ID)
	if err != nil {
		return nil, err
	}
	var out []tenon.Part
	for k := range info.Parts {
		for _, p := range r.Parts[info.Parts[k].Name] {
			at := slices.IndexFunc(all[i.ID], func(now tenon.Part) bool { return now.Name == p.Name && now.Values.Equal(p.Values) })
			if at >= 0 {
				p.ID, p.CreatedAt, p.UpdatedAt = all[i.ID][at].ID, all[i.ID][at].CreatedAt, all[i.ID][at].UpdatedAt
				all[i.ID] = slices.Delete(all[i.ID], at, at+1)
			} else {
				p.CreatedAt, p.UpdatedAt = r.At, r.At
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// PublishDocument shows everybody who sees the document what it says now.
// version is the one that was looked at; 0 takes the present one.
func (c *Core) PublishDocument(ctx context.Context, v tenon.Viewer, id tenon.ItemID, version int64) (*tenon.Item, error) {
	return c.publish(ctx, v, id, version, true)
}

// UnpublishDocument makes a document a draft again: only who may edit it reads it.
func (c *Core) UnpublishDocument(ctx context.Context, v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	return c.publish(ctx, v, id, 0, false)
}

func (c *Core) publish(ctx context.Context, v tenon.Viewer, id tenon.ItemID, version int64, on bool) (*tenon.Item, error) {
	var out *tenon.Item
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		i, err := tx.GetItem(v, id)
		if err != nil {
			return err
		}
		if !hasDrafts(i.Kind.Info()) {
			return tenon.Errorf(tenon.NotFound, "There is no document %s.", id)
		}
		in := ItemChange{Version: version, Values: tenon.Values{publishedAt: nil}}
		if on {
			in.Values[publishedAt] = moment(tx.Now())
			if publishedOf(i) == i.Version {
				out = i // nothing has changed since
				return v.Need(tenon.EditItems)
			}
		}
		out, _, err = c.UpdateItemIn(tx, v, id, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SectionValues are the sections of a body as parts of a document.
func SectionValues(sections []richtext.Section) []tenon.Values {
	out := []tenon.Values{}
	for _, s := range sections {
		v := tenon.Values{"resource_type": s.Type, "content": s.Content}
		if s.Type == richtext.Heading {
			v["level"] = float64(s.Level)
		}
		if s.Minutes > 0 {
			v["duration"] = float64(s.Minutes)
		}
		out = append(out, v)
	}
	return out
}

// Sections reads the parts of a document as sections.
func Sections(parts []tenon.Part) []richtext.Section {
	var out []richtext.Section
	for _, p := range parts {
		if p.Name != "section" {
			continue
		}
		level, _ := p.Values["level"].(float64)
		minutes, _ := p.Values["duration"].(float64)
		out = append(out, richtext.Section{Type: p.Values.Text("resource_type"), Content: p.Values.Text("content"), Level: int(level), Minutes: int(minutes)})
	}
	return out
}

// copiedPart is what a part of a copy says: its pictures are those of the copy.
func copiedPart(info *tenon.PartInfo, v tenon.Values, files map[int64]int64) tenon.Values {
	out := v
	for i := range info.Fields {
		if f := &info.Fields[i]; f.Type == tenon.RichText {
			if now := richtext.WithAttachments(v.Text(f.Name), files); now != v.Text(f.Name) {
				out = out.Clone()
				out[f.Name] = now
			}
		}
	}
	return out
}

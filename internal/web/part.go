package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// partForm is the form of one entry of a list of the item: an interface, a
// task, a comment. It stands on the page of the item, in the place of the entry.
type partForm struct {
	schemaForm
	info *tenon.PartInfo
	id   int64 // 0 for a new one
}

// newPartForm returns the form of an entry, nil where none is asked for.
func (i *itemView) newPartForm(ctx context.Context, p *tenon.PartInfo) *partForm {
	f := &partForm{info: p, schemaForm: schemaForm{form: i.typedIn(p.Name), schema: p.Fields, org: i.OrgID, names: i.names, users: i.users}}
	if f.Values != nil { // sent with something wrong
		f.id = tenon.ParseID(f.Get("part"))
		return f
	}
	f.form = &form{Values: url.Values{}}
	if i.newPart == p.Name {
		return f
	}
	for _, row := range i.parts {
		if row.ID == i.part && row.Name == p.Name && !p.Append {
			f.id = row.ID
			f.fill(ctx, row.Values)
			return f
		}
	}
	return nil
}

// partSave adds an entry to a list of the item, or changes one.
func (s *server) partSave(w http.ResponseWriter, r *http.Request) error {
	v, id, f, err := s.itemForm(r)
	if err != nil {
		return err
	}
	item, err := s.core.Item(r.Context(), v, id)
	if err != nil {
		return err
	}
	info := item.Kind.Info().Part(f.Get("list"))
	if info == nil {
		return tenon.Errorf(tenon.NotFound, "%s has no such list.", item.Name)
	}
	p := &partForm{info: info, id: tenon.ParseID(f.Get("part")), schemaForm: schemaForm{form: f, schema: info.Fields, org: item.OrgID}}
	var values tenon.Values
	err = s.read(r, func(tx *store.Tx) (err error) {
		values, err = p.read(r.Context(), tx, v, tenon.Values{})
		return err
	})
	switch {
	case err != nil || len(f.Errors) > 0:
	case p.id != 0:
		_, err = s.core.UpdatePart(r.Context(), v, id, p.id, values)
	default:
		_, err = s.core.AddPart(r.Context(), v, id, info.Name, values)
	}
	if err != nil || len(f.Errors) > 0 {
		return s.refuse(w, r, info.Name, f, err)
	}
	word := say.Textf(r.Context(), "added to %s", item.Name)
	if p.id != 0 {
		word = "saved"
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "The %s was %s.", lower(say.Text(r.Context(), info.Label)), word)})
	return redirect(w, r, itemPath(id)+"#"+info.Plural)
}

func (s *server) partRemove(w http.ResponseWriter, r *http.Request) error {
	v, id, f, err := s.itemForm(r)
	if err != nil {
		return err
	}
	if err := s.core.RemovePart(r.Context(), v, id, tenon.ParseID(f.Get("part"))); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The entry was removed. An older version of the record still has it.")})
	return redirect(w, r, itemPath(id))
}

// partPath leads to the page with the entry as a form; "" for a new one.
func (i *itemView) partPath(p *tenon.PartInfo, id int64) string {
	if id == 0 {
		return i.path() + "?add=" + p.Name + "#" + p.Plural
	}
	return i.path() + "?part=" + strconv.FormatInt(id, 10) + "#" + p.Plural
}

// partTitle is what a list of entries is called.
func partTitle(ctx context.Context, p *tenon.PartInfo) string {
	return say.Plural(ctx, 2, p.Label, p.Label+"s")
}

func partCount(ctx context.Context, p *tenon.PartInfo, n int) string {
	return ui.Count(ctx, n, p.Label, p.Label+"s")
}

func (f *partForm) act(ctx context.Context) string {
	if f.id == 0 {
		return say.Textf(ctx, "Add %s", lower(say.Text(ctx, f.info.Label)))
	}
	return say.Textf(ctx, "Save %s", lower(say.Text(ctx, f.info.Label)))
}

// loadPartUsers reads the people that the form of an entry offers.
func (i *itemView) loadPartUsers(tx *store.Tx) (err error) {
	if i.part == 0 && i.newPart == "" {
		return nil
	}
	for k := range i.info.Parts {
		for _, f := range i.info.Parts[k].Fields {
			if f.Type == tenon.UserRef && i.users == nil {
				i.users, err = userChoices(tx, i.viewer)
			}
		}
	}
	return err
}

// partButton opens the form of a new entry.
func (i *itemView) partButton(ctx context.Context, p *tenon.PartInfo) ui.Button {
	return ui.Button{Text: say.Text(ctx, "Add"), Icon: "plus", Look: ui.Subtle, Small: true, Href: i.partPath(p, 0), Attrs: map[string]any{"aria-label": say.Textf(ctx, "Add %s", lower(say.Text(ctx, p.Label)))}}
}

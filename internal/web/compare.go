package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// compareView is two records of a kind side by side. One of them may be open
// as a form in its column.
type compareView struct {
	viewer tenon.Viewer
	info   *tenon.KindInfo
	sides  [2]*compareSide
	rows   []compareRow
	names  names
	edit   *itemForm // of the side that is changed
}

// compareSide is one of the two records.
type compareSide struct {
	letter string // in the address: "a" or "b"
	item   *tenon.Item
	parts  int
	files  int
	ties   int
}

// compareRow is one field of both.
type compareRow struct {
	fieldDiff
	field string // its name, where it can be changed
}

// itemCompare puts two records of a kind side by side, where either can be
// changed, merged into the other, or deleted.
func (s *server) itemCompare(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	picked, err := ids[tenon.ItemID](append(append(q["id"], q["a"]...), q["b"]...))
	if err != nil {
		return err
	}
	switch {
	case len(picked) == 1:
		return s.chooseOther(w, r, picked[0], q)
	case len(picked) != 2 || picked[0] == picked[1]:
		leaveNote(w, r, note{Tone: ui.Warn, Text: say.Text(r.Context(), "Two records are compared at a time. Pick two of a kind.")})
		return redirect(w, r, localPath(refererPath(r)))
	}
	c := &compareView{viewer: viewer(r)}
	if err := s.read(r, func(tx *store.Tx) error { return c.load(r.Context(), tx, picked, q.Get("edit")) }); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Compare %s", say.Text(r.Context(), c.info.Labels)), Section: "organizations"}, compareContent(c))
}

func (c *compareView) load(ctx context.Context, tx *store.Tx, picked []tenon.ItemID, edit string) error {
	var w wanted
	var err error
	var schema tenon.Schema
	var forms [2]*itemForm
	for k, id := range picked {
		i, err := tx.GetItem(c.viewer, id)
		if err != nil {
			return err
		}
		if k == 1 && i.Kind != c.info.Kind {
			return tenon.Errorf(tenon.Invalid, "%s (%s) and %s (%s) are of different kinds. Only records of one kind can be compared.",
				c.sides[0].item.Name, c.info.Noun(), i.Name, i.Kind.Info().Noun())
		}
		c.info = i.Kind.Info()
		f := newItemForm(c.viewer, c.info, url.Values{})
		f.old, f.org, f.secrets = i, i.OrgID, i.Secrets
		if err := f.withType(ctx, tx, i.Values.ID(c.info.Type)); err != nil {
			return err
		}
		forms[k] = f
		schema = joinSchemas(schema, f.schema)
		side := &compareSide{letter: string("ab"[k]), item: i}
		if err := side.load(tx, c.viewer); err != nil {
			return err
		}
		c.sides[k] = side
		w.add(f.schema, apart(i.Values))
	}
	if c.names, err = w.load(tx, c.viewer); err != nil {
		return err
	}
	c.compare(ctx, schema)
	return c.open(ctx, tx, forms, edit)
}

func (p *compareSide) load(tx *store.Tx, v tenon.Viewer) error {
	files, err := tx.ListAttachments(p.item.ID)
	if err != nil {
		return err
	}
	parts, err := core.VisibleParts(tx, v, p.item)
	if err != nil {
		return err
	}
	p.parts = len(parts)
	ties, err := tx.ListRelations(v, p.item.ID)
	p.files, p.ties = len(files), len(ties)
	return err
}

// joinSchemas is the fields of both: of two flexible assets of different types
// each has some of its own.
func joinSchemas(a, b tenon.Schema) tenon.Schema {
	for i := range b {
		if a.Field(b[i].Name) == nil {
			a = append(a, b[i])
		}
	}
	return a
}

// compare writes the rows, those that differ first.
func (c *compareView) compare(ctx context.Context, schema tenon.Schema) {
	a, b := c.sides[0].item, c.sides[1].item
	has := func(i *tenon.Item, secret string) string {
		for _, s := range i.Secrets {
			if s == secret {
				return say.Text(ctx, "Set, not shown")
			}
		}
		return ""
	}
	for i := range schema {
		f := &schema[i]
		switch {
		case f.Type == tenon.Secret:
			c.rows = append(c.rows, compareRow{fieldDiff{label: say.Text(ctx, f.Label), before: has(a, f.Name), after: has(b, f.Name)}, f.Name})
		case f.Type != tenon.File:
			c.rows = append(c.rows, compareRow{fieldDiff{say.Text(ctx, f.Label), c.names.words(ctx, f, apart(a.Values)), c.names.words(ctx, f, apart(b.Values)), f.Type == tenon.LongText || f.Type == tenon.RichText}, f.Name})
		}
	}
	c.rows = append(c.rows, compareRow{fieldDiff{label: say.Text(ctx, "Tags"), before: strings.Join(a.Tags, ", "), after: strings.Join(b.Tags, ", ")}, tagsField})
}

// differing are the rows to look at, equal the others that say something.
func (c *compareView) differing() (out []compareRow) {
	for _, row := range c.rows {
		if !row.same() {
			out = append(out, row)
		}
	}
	return out
}

func (c *compareView) equal() (out []compareRow) {
	for _, row := range c.rows {
		if row.same() && row.before != "" {
			out = append(out, row)
		}
	}
	return out
}

// open makes the form of the side that is changed in place.
func (c *compareView) open(ctx context.Context, tx *store.Tx, forms [2]*itemForm, edit string) error {
	if !c.viewer.May(tenon.EditItems) {
		return nil
	}
	for k, side := range c.sides {
		if side.letter == edit {
			c.edit = forms[k]
			c.edit.names = c.names
			c.edit.fillItem(ctx)
			return c.edit.loadChoices(tx)
		}
	}
	return nil
}

// editing tells whether the side is open as a form.
func (c *compareView) editing(p *compareSide) bool { return c.edit != nil && c.edit.old == p.item }

func comparePath(a, b tenon.ItemID) string {
	return "/items/compare?a=" + a.String() + "&b=" + b.String()
}

func (c *compareView) path() string { return comparePath(c.sides[0].item.ID, c.sides[1].item.ID) }

func (c *compareView) other(p *compareSide) *compareSide {
	if p == c.sides[0] {
		return c.sides[1]
	}
	return c.sides[0]
}

// words tell one of the two from the other, who may have the same name.
func (p *compareSide) words() string { return p.item.Name + ", " + p.item.OrgName }

func (c *compareView) actions(ctx context.Context, p *compareSide) []ui.Button {
	var out []ui.Button
	other := c.other(p)
	of := func(act string) map[string]any { return map[string]any{"aria-label": act + ": " + p.words()} }
	if c.editing(p) {
		return []ui.Button{{Text: say.Textf(ctx, "Save %s", lower(say.Text(ctx, c.info.Label))), Look: ui.Primary, Form: "compare-edit", Small: true}, {Text: say.Text(ctx, "Cancel"), Href: c.path(), Small: true}}
	}
	if c.viewer.May(tenon.EditItems) {
		out = append(out, ui.Button{Text: say.Text(ctx, "Edit here"), Icon: "pencil", Small: true, Href: c.path() + "&edit=" + p.letter, Attrs: of(say.Text(ctx, "Edit here"))})
	}
	if c.viewer.May(tenon.MergeItems) {
		out = append(out, ui.Button{Text: say.Text(ctx, "Merge into the other…"), Icon: "arrow-merge", Small: true, Href: itemMergePath(p.item.ID, other.item.ID), Attrs: of(say.Text(ctx, "Merge into the other…"))})
	}
	if c.viewer.May(tenon.DeleteItems) {
		out = append(out, ui.Button{Text: say.Text(ctx, "Delete…"), Icon: "trash", Look: ui.Danger, Small: true, Href: itemActPath(trash.ActionDelete, p.item.ID), Attrs: of(say.Text(ctx, "Delete…"))})
	}
	return out
}

// chooseOther asks for the record to compare with, where one is named.
func (s *server) chooseOther(w http.ResponseWriter, r *http.Request, id tenon.ItemID, q url.Values) error {
	p := &itemPair{typed: q.Get("with"), asked: q.Has("with")}
	v := viewer(r)
	err := s.read(r, func(tx *store.Tx) (err error) {
		if p.source, err = tx.GetItem(v, id); err != nil || p.typed == "" {
			return err
		}
		found, _, err := tx.ListItems(v, store.ItemQuery{Kind: p.source.Kind, Search: p.typed, Page: tenon.Page{Limit: maxFound}})
		for _, i := range found {
			if i.ID != id {
				p.found = append(p.found, i)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if chosen := tenon.ItemID(tenon.ParseID(q.Get(refID("with")))); chosen != 0 {
		return redirect(w, r, comparePath(id, chosen))
	}
	if len(p.found) == 1 {
		return redirect(w, r, comparePath(id, p.found[0].ID))
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Compare %s", p.source.Name), Section: "organizations"}, compareWithContent(p))
}

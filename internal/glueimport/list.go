package glueimport

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// copyList finds the rows of a look-up list again by their names, within the
// row above where the list has one, and adds what is missing.
func copyList(ctx context.Context, w *working, s *step) error {
	info := tenon.ListNamed(s.name)
	if _, ok := w.rows[info.Parent]; info.Parent != "" && !ok {
		if err := w.loadRows(ctx, info.Parent); err != nil {
			return err
		}
	}
	err := w.pages(ctx, s.name, nil, func(ctx context.Context, a *answer) error {
		at := w.at
		err := w.e.st.Write(ctx, func(tx *store.Tx) error {
			w.at = at
			w.at.Last = a.last()
			return w.takeRows(tx, info, a)
		})
		if err != nil {
			w.at = at
		}
		return err
	})
	if err != nil {
		return err
	}
	return w.loadRows(ctx, s.name)
}

// takeRows ties one part of a page.
func (w *working) takeRows(tx *store.Tx, info *tenon.ListInfo, a *answer) error {
	c := &chunk{Resource: info.Name}
	var made []store.CopyTie
	for i := range a.Data {
		r := &a.Data[i]
		row, err := w.row(tx, info, r)
		if operation.Fatal(err) {
			return err
		}
		if err != nil {
			c.Problems = append(c.Problems, Problem{info.Name, r.ID, r.name(), tenon.MessageOf(err)})
			w.at.Counts.Failed++
			continue
		}
		made = append(made, store.CopyTie{External: r.ID, Local: int64(row)})
	}
	if err := tx.PutCopyTies(w.j.Source, info.Name, made); err != nil {
		return err
	}
	return w.note(tx, c)
}

// row returns the row of ours that one of the source is.
func (w *working) row(tx *store.Tx, info *tenon.ListInfo, r *record) (tenon.LookupID, error) {
	var parent tenon.LookupID
	if info.Parent != "" {
		above := singular(info.Parent) + "-id"
		parent = tenon.LookupID(w.rows[info.Parent][r.id(above)])
	}
	t := &taken{from: r}
	name := t.oneLine(&tenon.Field{Label: "Name", Type: tenon.Text}, r.text("name"))
	if name == "" { // or any row would be found
		return 0, tenon.Errorf(tenon.Invalid, "It has no name.")
	}
	found, _, err := tx.ListLookups(store.LookupQuery{List: info.Name, Name: name, Parent: parent, Page: tenon.Page{Limit: 1}})
	if err != nil {
		return 0, err
	}
	if len(found) > 0 {
		return found[0].ID, nil
	}
	in := core.LookupChange{Name: &name}
	if parent != 0 {
		in.Parent = &parent
	}
	if code := r.text("iso"); code != "" {
		in.Code = &code
	}
	row, err := w.e.c.CreateLookupIn(tx, w.v, info.Name, in)
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}

func singular(list string) string {
	if list == "countries" {
		return "country"
	}
	return kebab(list[:len(list)-1])
}

// loadRows reads all ties of a list: what is in hand need not be asked for.
func (w *working) loadRows(ctx context.Context, resource string) error {
	rows := map[string]int64{}
	err := w.e.st.Read(ctx, func(tx *store.Tx) error {
		clear(rows)
		for after := ""; ; {
			part, err := tx.SystemListCopyTies(w.j.Source, resource, after, pageSize)
			if err != nil || len(part) == 0 {
				return err
			}
			for _, t := range part {
				rows[t.External], after = t.Local, t.External
			}
		}
	})
	w.rows[resource] = rows
	return err
}

// copyTypes finds flexible asset types again by their names, and makes those
// that are missing. A type that is here gains the fields that it lacks.
func copyTypes(ctx context.Context, w *working, s *step) error {
	if err := w.pages(ctx, s.name, s.query, func(ctx context.Context, a *answer) error {
		fields := a.included("flexible-asset-fields")
		for i := range a.Data {
			if err := w.copyType(ctx, &a.Data[i], fields); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := w.loadRows(ctx, s.name); err != nil {
		return err
	}
	return w.narrowTags(ctx)
}

// narrowed is a Tag field that leads to assets of one type alone: the type and
// name of the field here, and the id of that other type there.
type narrowed struct {
	Of    tenon.FlexTypeID `json:"of"`
	Field string           `json:"field"`
	To    string           `json:"to"`
}

// narrowTags says of Tag fields which types they lead to, when all types are there.
func (w *working) narrowTags(ctx context.Context) error {
	for _, n := range w.at.Narrow {
		to := tenon.FlexTypeID(w.rows["flexible_asset_types"][n.To])
		if to == 0 {
			continue
		}
		err := w.e.st.Write(ctx, func(tx *store.Tx) error {
			t, err := tx.GetFlexType(n.Of)
			if err != nil {
				return err
			}
			f := fieldNamed(t, n.Field)
			if f == nil || f.TagType != tenon.FlexibleAsset || f.TagFlexType != 0 {
				return nil
			}
			f.TagFlexType = to
			_, err = w.e.c.UpdateFlexTypeIn(tx, w.v, *t)
			return err
		})
		if operation.Fatal(err) {
			return err // otherwise it leads to assets of any type, as it does
		}
	}
	return nil
}

// typeTagged is which type a Tag field leads to the assets of: "FlexibleAssetType: 33".
func typeTagged(r *record) string {
	_, id, _ := strings.Cut(r.text("tag-type"), ":")
	return strings.TrimSpace(id)
}

func (w *working) copyType(ctx context.Context, r *record, all map[string]*record) error {
	var mine []*record
	for _, id := range r.named("flexible-asset-fields") {
		if f := all[id]; f != nil {
			mine = append(mine, f)
		}
	}
	if len(mine) == 0 && (!r.related("flexible-asset-fields") || len(r.named("flexible-asset-fields")) > 0) {
		var err error
		if mine, err = w.fieldsOf(ctx, r); err != nil {
			return err
		}
	}
	slices.SortStableFunc(mine, func(a, b *record) int { return cmp.Compare(a.order(), b.order()) })
	name := cmp.Or(shorten(r.text("name"), 255), "Type "+r.ID)
	now, err := w.typeNamed(ctx, name)
	if err != nil {
		return err
	}
	if now == nil {
		now = &tenon.FlexType{Name: name, Description: first(r.text("description"), 2000), Icon: shorten(r.text("icon"), 255), Enabled: r.Attributes["enabled"] != false, ShowInMenu: r.yes("show-in-menu")}
	}
	lacking, narrow := now.ID == 0, []narrowed(nil)
	for _, f := range mine {
		if ours := flexField(f); fieldNamed(now, ours.Name) == nil {
			now.Fields, lacking = append(now.Fields, ours), true
			if to := typeTagged(f); to != "" && ours.Kind == tenon.FlexTag {
				narrow = append(narrow, narrowed{Field: ours.Name, To: to})
			}
		}
	}
	return w.chunk(ctx, "flexible_asset_types", func(tx *store.Tx, c *chunk) error {
		made, err := now, error(nil)
		if lacking {
			made, err = w.saveType(tx, *now)
		}
		if operation.Fatal(err) {
			return err
		}
		if err != nil {
			c.Problems = append(c.Problems, Problem{c.Resource, r.ID, r.name(), tenon.MessageOf(err)})
			w.at.Counts.Failed++
			return nil
		}
		for _, n := range narrow {
			n.Of = made.ID
			w.at.Narrow = append(slices.Clip(w.at.Narrow), n)
		}
		return tx.PutCopyTies(w.j.Source, c.Resource, []store.CopyTie{{External: r.ID, Local: int64(made.ID)}})
	})
}

// saveType makes a type, or changes the one that is there.
func (w *working) saveType(tx *store.Tx, t tenon.FlexType) (*tenon.FlexType, error) {
	t.Fields = slices.Clone(t.Fields) // the transaction may run again
	if t.ID == 0 {
		return w.e.c.CreateFlexTypeIn(tx, w.v, t)
	}
	return w.e.c.UpdateFlexTypeIn(tx, w.v, t)
}

// fieldsOf asks for the fields of a type that did not come along with it.
func (w *working) fieldsOf(ctx context.Context, r *record) (out []*record, err error) {
	err = w.from.each(ctx, "flexible_asset_types/"+r.ID+"/relationships/flexible_asset_fields", nil, func(f *record) { out = append(out, f) })
	if refused(err) {
		return out, w.tell(ctx, Problem{"flexible_asset_types", r.ID, r.name(), "The source does not give its fields: " + said(err) + "."})
	}
	return out, err
}

// order is where a field stands in its type.
func (r *record) order() float64 { n, _ := r.Attributes["order"].(float64); return n }

// first returns as much of a text.
func first(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// shorten makes one short line of a text.
func shorten(text string, most int) string {
	return (&taken{}).oneLine(&tenon.Field{Type: tenon.Text, Max: most}, text)
}

func (w *working) typeNamed(ctx context.Context, name string) (*tenon.FlexType, error) {
	found, _, err := w.e.c.FlexTypes(ctx, w.v, store.FlexTypeQuery{Name: name, Page: tenon.Page{Limit: 1}})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// fieldNamed returns the field of that name, or nil.
func fieldNamed(t *tenon.FlexType, name string) *tenon.FlexField {
	for i := range t.Fields {
		if textkey.Fold(t.Fields[i].Name) == textkey.Fold(name) {
			return &t.Fields[i]
		}
	}
	return nil
}

// flexField is a field of a type in our words. A kind that we do not have is text.
func flexField(r *record) tenon.FlexField {
	f := tenon.FlexField{Name: shorten(r.text("name"), 255), Hint: first(r.text("hint"), 2000), DefaultValue: r.text("default-value"), Required: r.yes("required"),
		UseForTitle: r.yes("use-for-title"), Expiration: r.yes("expiration"), ShowInList: r.yes("show-in-list"), Kind: tenon.FlexText}
	for _, k := range tenon.FlexKinds {
		if string(k) == r.text("kind") {
			f.Kind = k
		}
	}
	if n, ok := r.Attributes["decimals"].(float64); ok {
		f.Decimals = max(0, min(int(n), 10))
	}
	if f.Name == "" {
		f.Name = "Field " + r.ID
	}
	if f.Kind == tenon.FlexSelect {
		if f.Options, f.DefaultValue = lines(f.DefaultValue), ""; len(f.Options) == 0 {
			f.Kind = tenon.FlexText // one that offers nothing is open to all
		}
	}
	f.DefaultValue = first(f.DefaultValue, 2000)
	if f.Kind == tenon.FlexTag {
		word, _, _ := strings.Cut(r.text("tag-type"), ":")
		want := resourceOf(word)
		if want == "flexible_asset_types" { // those of one
			want = "flexible_assets"
		}
		for i := range tenon.Kinds {
			if tenon.Kinds[i].Plural == want {
				f.TagType = tenon.Kinds[i].Kind
			}
		}
	}
	return f
}

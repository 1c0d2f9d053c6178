package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// itemForm is the page on which an item is made or changed. Its fields are
// those of the kind and, of a flexible asset, those of its type.
type itemForm struct {
	schemaForm
	info     *tenon.KindInfo
	owner    *tenon.Organization
	old      *tenon.Item // nil for a new one
	flex     *tenon.FlexType
	disabled string // the type that was asked for, of which no new assets are made
	viewer   tenon.Viewer
	conflict *conflict
	why      string // the form is shown again
	page     kindPage
	own      any // what the kind's own form has read
}

// tagsField holds the tags of an item, which are no field of its kind.
const tagsField = "tags"

// traitPrefix is before the key of a trait in the name of its field.
const traitPrefix = "traits."

func newItemForm(v tenon.Viewer, info *tenon.KindInfo, values url.Values) *itemForm {
	f := &itemForm{info: info, viewer: v, page: kindPageOf(info.Kind)}
	f.form, f.schemaForm.kind = &form{Values: values}, info.Kind
	for _, field := range info.Fields {
		if field.Name != "traits" {
			f.schema = append(f.schema, field)
		}
	}
	return f
}

// withType adds the fields of a flexible asset's type.
func (f *itemForm) withType(ctx context.Context, tx *store.Tx, id int64) error {
	if f.info.Kind != tenon.FlexibleAsset || id == 0 {
		return nil
	}
	t, err := tx.GetFlexType(tenon.FlexTypeID(id))
	if err == nil {
		f.addType(ctx, t)
	}
	return err
}

func (f *itemForm) addType(ctx context.Context, t *tenon.FlexType) {
	f.flex = t
	for i := range t.Fields {
		if field := traitField(ctx, &t.Fields[i]); field != nil {
			f.schema = append(f.schema, *field)
		}
	}
}

// traitField is a field of a flexible asset type as a field of a form; nil for
// what is not typed: headings, and uploads, which are attachments.
func traitField(ctx context.Context, t *tenon.FlexField) *tenon.Field {
	f := &tenon.Field{Name: traitPrefix + t.Key, Label: t.Name, Required: t.Required, Help: t.Hint, Type: tenon.Text, Options: t.Options}
	switch t.Kind {
	case tenon.FlexHeader, tenon.FlexUpload:
		return nil
	case tenon.FlexTextbox:
		f.Type = tenon.RichText
	case tenon.FlexNumber, tenon.FlexPercent:
		f.Type = tenon.Number
	case tenon.FlexSelect:
		f.Type = tenon.Choice
	case tenon.FlexCheckbox:
		f.Type = tenon.Bool
	case tenon.FlexDate:
		f.Type = tenon.Date
	case tenon.FlexPassword:
		f.Type, f.Required = tenon.Secret, false
	case tenon.FlexTag:
		f.Type, f.Help = tenon.Strings, strings.TrimSpace(t.Hint+" "+say.Text(ctx, "Ids of records, with commas between."))
	}
	return f
}

func (s *server) itemNew(w http.ResponseWriter, r *http.Request, info *tenon.KindInfo) error {
	v := viewer(r)
	if err := v.Need(tenon.CreateItems); err != nil {
		return err
	}
	f := newItemForm(v, info, url.Values{onceField: {freshOnce()}})
	err := s.read(r, func(tx *store.Tx) (err error) {
		if f.owner, err = s.organizationOf(w, r, tx); err != nil {
			return err
		}
		if err := core.RequireLive(tx, v, f.owner); err != nil {
			return err
		}
		f.org = f.owner.ID
		f.place(r.URL.Query())
		if err := f.ofType(r.Context(), tx, tenon.ParseID(r.URL.Query().Get("type"))); err != nil {
			return err
		}
		f.setDefaults()
		if err := f.preset(r.Context(), tx, r.URL.Query()); err != nil {
			return err
		}
		return f.loadChoices(tx)
	})
	if err != nil {
		return err
	}
	return s.showItemForm(w, r, http.StatusOK, f)
}

// ofType makes it the form of a new asset of that type. Of one that is disabled
// none is made: the form asks for another.
func (f *itemForm) ofType(ctx context.Context, tx *store.Tx, id int64) error {
	if f.info.Kind != tenon.FlexibleAsset || id == 0 {
		return nil
	}
	t, err := tx.GetFlexType(tenon.FlexTypeID(id))
	if err != nil {
		return err
	}
	if !t.Enabled {
		f.disabled = t.Name
		return nil
	}
	f.Set(f.info.Type, strconv.FormatInt(id, 10))
	f.addType(ctx, t)
	return nil
}

// place takes from the address where a new record is to lie.
func (f *itemForm) place(q url.Values) {
	for i := range f.schema {
		field := &f.schema[i]
		if id := tenon.ParseID(q.Get("folder")); id != 0 && field.Host && field.RefKind.Info() != nil && field.RefKind.Info().Folder {
			f.Set(field.Name, strconv.FormatInt(id, 10))
		}
	}
}

// preset takes from the address what a link says about a new item, such as
// what a password is embedded in.
func (f *itemForm) preset(ctx context.Context, tx *store.Tx, q url.Values) error {
	given := tenon.Values{}
	var w wanted
	for i := range f.schema {
		field := &f.schema[i]
		x, err := field.Clean(q.Get(field.Name))
		if err == nil && x != nil && field.Type != tenon.Secret && field.Name != f.info.Type {
			given[field.Name] = x
		}
	}
	w.add(f.schema, given)
	var err error
	if f.names, err = w.load(tx, f.viewer); err != nil {
		return err
	}
	for i := range f.schema {
		field := &f.schema[i]
		if _, seen := f.names.records[given.ID(field.Name)]; !seen && (field.Type == tenon.Ref || field.Type == tenon.OrgRef) {
			delete(given, field.Name)
		}
	}
	f.fill(ctx, given)
	return nil
}

func (f *itemForm) loadChoices(tx *store.Tx) error {
	if err := f.load(tx, f.viewer); err != nil {
		return err
	}
	if f.page.loadForm != nil {
		var err error
		if f.own, err = f.page.loadForm(tx, f); err != nil {
			return err
		}
	}
	if f.info.Kind != tenon.FlexibleAsset {
		return nil
	}
	rows, err := flexTypeRows(tx, true)
	f.lists[flexTypes] = rows
	return err
}

func (s *server) showItemForm(w http.ResponseWriter, r *http.Request, status int, f *itemForm) error {
	return s.showStatus(w, r, status, ui.Page{Title: f.title(r.Context()), Section: "organizations"}, itemFormContent(f))
}

func (f *itemForm) title(ctx context.Context) string {
	if f.old == nil {
		return say.Textf(ctx, "New %s", lower(say.Text(ctx, f.info.Label)))
	}
	return say.Textf(ctx, "Edit %s", f.old.Name)
}

func (s *server) itemEdit(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditItems); err != nil {
		return err
	}
	f, err := s.loadItemForm(r, url.Values{}, true)
	if err != nil {
		return err
	}
	return s.showItemForm(w, r, http.StatusOK, f)
}

// loadItemForm makes the form of a stored item; fill writes its values into it.
func (s *server) loadItemForm(r *http.Request, values url.Values, fill bool) (f *itemForm, err error) {
	v := viewer(r)
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return nil, err
	}
	return f, s.read(r, func(tx *store.Tx) error {
		old, err := tx.GetItem(v, id)
		if err != nil {
			return err
		}
		f = newItemForm(v, old.Kind.Info(), values)
		f.old, f.org, f.secrets = old, old.OrgID, old.Secrets
		if err := f.withType(r.Context(), tx, old.Values.ID("flexible_asset_type_id")); err != nil {
			return err
		}
		if f.names, err = loadNames(tx, v, f.info.Fields, old.Values); err != nil {
			return err
		}
		if fill {
			f.fillItem(r.Context())
		}
		by, err := core.SyncsItem(tx, old)
		if err != nil {
			return err
		}
		f.protect(r.Context(), by, old.Values)
		return f.loadChoices(tx)
	})
}

func (f *itemForm) fillItem(ctx context.Context) {
	f.fill(ctx, f.stored(ctx))
	f.Set(tagsField, strings.Join(f.old.Tags, ", "))
	f.Set(versionField, strconv.FormatInt(f.old.Version, 10))
}

// stored are the values of the item, with each trait under its own name.
func (f *itemForm) stored(ctx context.Context) tenon.Values {
	v := f.old.Values.Clone()
	for key, x := range f.old.Values.Object("traits") {
		if list, ok := x.([]any); ok {
			var words []string
			for _, id := range list {
				words = append(words, plainValue(ctx, id))
			}
			x = words
		}
		v[traitPrefix+key] = x
	}
	return v
}

func (s *server) itemCreate(w http.ResponseWriter, r *http.Request, info *tenon.KindInfo) error {
	v := viewer(r)
	if err := v.Need(tenon.CreateItems); err != nil {
		return err
	}
	in, err := readForm(r)
	if err != nil {
		return err
	}
	f := newItemForm(v, info, in.Values)
	err = s.read(r, func(tx *store.Tx) (err error) {
		if f.owner, err = s.organizationOf(w, r, tx); err != nil {
			return err
		}
		f.org = f.owner.ID
		if err := f.withType(r.Context(), tx, tenon.ParseID(f.Get(info.Type))); err != nil {
			return err
		}
		return f.loadChoices(tx)
	})
	if err != nil {
		return err
	}
	return s.saveItem(w, r, f)
}

func (s *server) itemUpdate(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditItems); err != nil {
		return err
	}
	in, err := readForm(r)
	if err != nil {
		return err
	}
	f, err := s.loadItemForm(r, in.Values, false)
	if err != nil {
		return err
	}
	return s.saveItem(w, r, f)
}

func (s *server) saveItem(w http.ResponseWriter, r *http.Request, f *itemForm) error {
	if f.why = shownAgain(r); f.why != "" {
		f.Set(onceField, freshOnce())
		return s.showItemForm(w, r, http.StatusOK, f)
	}
	if f.Get(generateName) != "" {
		if err := generate(f.form); err != nil && !f.keep(r.Context(), err) {
			return err
		}
		return s.showItemForm(w, r, http.StatusOK, f)
	}
	if f.old != nil && f.Has(clashField) {
		settle(r.Context(), f.form, f.filled(r.Context(), f.old.Values, f.old.Tags), f.secretNames())
		if len(f.Errors) > 0 {
			base, err := f.number(baseField)
			if err == nil {
				err = s.compareItem(r, f, base)
			}
			if err != nil {
				return err
			}
			return s.showItemForm(w, r, http.StatusUnprocessableEntity, f)
		}
	}
	change, err := s.readItem(r, f)
	if err != nil {
		return err
	}
	var i *tenon.Item
	if len(f.Errors) == 0 {
		words := say.Key("%s was saved.")
		if f.old == nil {
			words = say.Key("%s was created.")
			i, err = s.core.CreateItem(r.Context(), f.viewer, f.info.Kind, f.org, change)
		} else {
			i, err = s.core.UpdateItem(r.Context(), f.viewer, f.old.ID, change)
		}
		if err == nil {
			leaveNote(w, r, note{Text: say.Textf(r.Context(), words, i.Name)})
			if f.page.next != nil {
				return redirect(w, r, f.page.next(f, i))
			}
			if back := f.Get(backField); back != "" {
				return redirect(w, r, localPath(back))
			}
			return redirect(w, r, itemPath(i.ID))
		}
	}
	switch {
	case len(f.Errors) > 0 || f.keep(r.Context(), err):
		return s.showItemForm(w, r, http.StatusUnprocessableEntity, f)
	case tenon.CodeOf(err) == tenon.Stale && f.old != nil:
		if err := s.compareItem(r, f, change.Version); err != nil {
			return err
		}
		return s.showItemForm(w, r, http.StatusConflict, f)
	}
	return err
}

func (s *server) readItem(r *http.Request, f *itemForm) (in core.ItemChange, err error) {
	old := tenon.Values{}
	if f.old != nil {
		old = f.old.Values
		if in.Version, err = f.number(versionField); err != nil || in.Version == 0 {
			return in, tenon.Errorf(tenon.Invalid, "This form has lost the version it was made from. Nothing was changed. Open it again.")
		}
	}
	err = s.read(r, func(tx *store.Tx) error {
		in.Values, err = f.read(r.Context(), tx, f.viewer, old)
		return err
	})
	if err != nil {
		return in, err
	}
	f.gatherTraits(in.Values, old.Object("traits"))
	in.NewRows = f.newRows()
	in.Secrets = map[string]*secret.Text{}
	for i := range f.schema {
		name := f.schema[i].Name
		if typed := f.Get(name); f.schema[i].Type == tenon.Secret && typed != "" {
			value := secret.NewText(typed)
			in.Secrets[name] = &value
		}
	}
	if f.Has(tagsField) {
		tags := []string{}
		for tag := range strings.SplitSeq(f.Get(tagsField), ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				tags = append(tags, tag)
			}
		}
		in.Tags = &tags
	}
	if f.page.readForm != nil {
		return in, f.page.readForm(r.Context(), f, &in)
	}
	return in, nil
}

// gatherTraits puts what was typed for the fields of the type together; what
// the form does not show stays as it is.
func (f *itemForm) gatherTraits(values tenon.Values, old map[string]any) {
	if f.flex == nil {
		return
	}
	traits := map[string]any{}
	for key, x := range old {
		traits[key] = x
	}
	for i := range f.flex.Fields {
		key := f.flex.Fields[i].Key
		x, typed := values[traitPrefix+key]
		if !typed {
			continue
		}
		delete(values, traitPrefix+key)
		if words, ok := x.([]string); ok {
			var list []any
			for _, word := range words {
				list = append(list, word)
			}
			x = list
		}
		if x == nil {
			delete(traits, key)
		} else {
			traits[key] = x
		}
	}
	values["traits"] = traits
}

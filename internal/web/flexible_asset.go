package web

import (
	"context"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// flexiblePage is what flexible assets bring to their form: the headings of
// their type, and records that are picked and not typed as ids.
func flexiblePage() kindPage {
	return kindPage{
		loadForm: loadTags,
		form:     func(f *itemForm) templ.Component { return flexibleForm(f) },
		readForm: readTags,
	}
}

// tagField names the controls of a field of kind Tag: the records it names.
func tagField(t *tenon.FlexField) string { return "tag." + t.Key }

// sentField says that the controls of a Tag field were in the form that was
// sent, also where no box is checked.
func sentField(t *tenon.FlexField) string { return tagField(t) + ".sent" }

// addField names the control in which one more record is named.
func addField(t *tenon.FlexField) string { return tagField(t) + ".add" }

// tagFields are the fields of kind Tag of the form's type.
func (f *itemForm) tagFields() (out []*tenon.FlexField) {
	if f.flex == nil {
		return nil
	}
	for i := range f.flex.Fields {
		if f.flex.Fields[i].Kind == tenon.FlexTag {
			out = append(out, &f.flex.Fields[i])
		}
	}
	return out
}

// tagged are the records that a field names: as sent, else as stored.
func (f *itemForm) tagged(t *tenon.FlexField) []int64 {
	if f.Has(sentField(t)) {
		var out []int64
		for _, text := range f.Values[tagField(t)] {
			if id := tenon.ParseID(text); id != 0 && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
		return out
	}
	if f.old == nil {
		return nil
	}
	return tenon.IDs(f.old.Values.Object("traits")[t.Key])
}

// setDefaults fills a new form with what the type says.
func (f *itemForm) setDefaults() {
	if f.flex == nil {
		return
	}
	for i := range f.flex.Fields {
		t := &f.flex.Fields[i]
		if t.DefaultValue == "" || t.Kind == tenon.FlexPassword {
			continue
		}
		if x, err := t.Clean(t.DefaultValue); err == nil && x != nil && x != false {
			f.Set(traitPrefix+t.Key, t.DefaultValue)
		}
	}
}

func loadTags(tx *store.Tx, f *itemForm) (any, error) {
	var all []int64
	for _, t := range f.tagFields() {
		all = append(all, f.tagged(t)...)
	}
	return tx.RecordNames(f.viewer, all)
}

// readTags puts the picked records into the traits, and one more that was
// chosen from the suggestions or typed as an id.
func readTags(ctx context.Context, f *itemForm, in *core.ItemChange) error {
	traits := in.Values.Object("traits")
	for _, t := range f.tagFields() {
		if !f.Has(sentField(t)) {
			continue
		}
		ids, name := f.tagged(t), addField(t)
		if text := f.text(name); text != "" {
			id := tenon.ParseID(f.text(refID(name)))
			if id == 0 {
				id = tenon.ParseID(text)
			}
			if id == 0 {
				f.Errors = append(f.Errors, ui.FieldError{Name: name, Message: say.Textf(ctx, "%s: choose a record from the suggestions, or type its id.", t.Name)})
				continue
			}
			ids = append(ids, id)
		}
		list := []any{}
		for _, id := range ids {
			list = append(list, float64(id))
		}
		delete(traits, t.Key)
		if len(list) > 0 {
			traits[t.Key] = list
		}
	}
	return nil
}

// tagChoices are the records that a field names, as boxes to keep them by.
func tagChoices(ctx context.Context, f *itemForm, t *tenon.FlexField) (out []ui.Choice) {
	names, _ := f.own.(map[int64]store.RecordName)
	for _, id := range f.tagged(t) {
		text := say.Text(ctx, "A record that you may not see, or that is gone")
		if n, ok := names[id]; ok {
			text = n.Name
		}
		out = append(out, ui.Choice{Value: strconv.FormatInt(id, 10), Text: text, Chosen: true})
	}
	return out
}

// tagPicker names one more record.
func tagPicker(ctx context.Context, f *itemForm, t *tenon.FlexField) ui.Field {
	name := addField(t)
	u := ui.Field{Kind: ui.SuggestField, Name: name, Label: t.Name, Value: f.Get(name), Error: f.wrong(name), Into: refID(name), IntoID: f.Get(refID(name)),
		Help: t.Hint, Placeholder: say.Text(ctx, "Name or id"), Suggest: "/items/suggest?organization=" + f.org.String()}
	if len(f.tagged(t)) > 0 {
		u.Label = say.Textf(ctx, "Add to %s", t.Name)
	} else {
		u.Required = t.Required
	}
	if info := t.TagType.Info(); info != nil {
		u.Suggest += "&kind=" + info.Name
	}
	if t.TagFlexType != 0 {
		u.Suggest += "&type=" + t.TagFlexType.String()
	}
	if wrong := f.wrong(traitPrefix + t.Key); wrong != "" {
		u.Error = wrong
	}
	return u
}

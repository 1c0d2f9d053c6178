package web

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// schemaForm draws and reads the fields of a schema: what is declared once in
// package tenon is a form without another word.
type schemaForm struct {
	*form
	schema tenon.Schema
	kind   tenon.Kind  // 0 for an organization
	org    tenon.OrgID // that fields name records of
	lists  map[string][]tenon.LookupRow
	users  []ui.Choice
	groups []ui.Choice
	// names are what the stored references are called.
	names names
	// secrets names the secret fields that hold a value.
	secrets []string
	// mayAdd tells that new entries of look-up lists may be made.
	mayAdd bool
	// synced is what keeps the record in step, in words; "" for nothing.
	synced string
}

var _ = say.Key("the PSA") // as the core calls what keeps records in step

// protect shows what a connection writes, and lets nobody type it: by is what
// keeps the record in step, "" for nothing. What such a form does not send is
// as it is stored.
func (f *schemaForm) protect(ctx context.Context, by string, old tenon.Values) {
	if f.synced = by; by == "" {
		return
	}
	kept := tenon.Values{}
	for i := range f.schema {
		if field := &f.schema[i]; field.Synced && !f.Has(field.Name) {
			kept[field.Name] = old[field.Name]
		}
	}
	f.fill(ctx, kept)
}

// syncOf is the sign of what is kept in step by somebody, "" for nobody.
func syncOf(by string) ui.Sync {
	if by == "" {
		return ui.NotLinked
	}
	return ui.Syncing
}

// fixed tells whether a field is only read.
func (f *schemaForm) fixed(field *tenon.Field) bool { return field.Synced && f.synced != "" }

// refID is the name of the hidden field beside the one in which a reference is
// typed: the id of what was chosen from the suggestions.
func refID(field string) string { return field + ".id" }

// load fetches what the fields offer to choose from.
func (f *schemaForm) load(tx *store.Tx, v tenon.Viewer) error {
	f.lists, f.mayAdd = map[string][]tenon.LookupRow{}, v.May(tenon.EditLookups)
	for i := range f.schema {
		field := &f.schema[i]
		var err error
		switch {
		case field.Type == tenon.Lookup && field.List != flexTypes && f.lists[field.List] == nil:
			f.lists[field.List], err = lookupList(tx, field.List)
		case field.Type == tenon.UserRef && f.users == nil:
			f.users, err = userChoices(tx, v)
		case field.Type == tenon.GroupRef && f.groups == nil:
			f.groups, err = groupChoices(tx, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// flexTypes is the list of a flexible asset's type, which is no look-up list.
const flexTypes = "flexible_asset_types"

// newRowName is the field in which a new entry of a list is typed.
func newRowName(field string) string { return field + ".new" }

// newRows are the entries that are to be added to look-up lists, by field.
func (f *schemaForm) newRows() map[string]string {
	out := map[string]string{}
	for i := range f.schema {
		if name := f.text(newRowName(f.schema[i].Name)); name != "" && f.schema[i].Type == tenon.Lookup {
			out[f.schema[i].Name] = name
		}
	}
	return out
}

func userChoices(tx *store.Tx, v tenon.Viewer) ([]ui.Choice, error) {
	no := false
	users, _, err := tx.ListUsers(v, store.UserQuery{Disabled: &no, Page: tenon.Page{Limit: tenon.MaxPage}})
	out := []ui.Choice{}
	for _, u := range users {
		out = append(out, ui.Choice{Value: u.ID.String(), Text: u.Name})
	}
	return out, err
}

func groupChoices(tx *store.Tx, v tenon.Viewer) ([]ui.Choice, error) {
	groups, _, err := tx.ListGroups(v, store.GroupQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
	out := []ui.Choice{}
	for _, g := range groups {
		out = append(out, ui.Choice{Value: g.ID.String(), Text: g.Name})
	}
	return out, err
}

// fill writes the stored values into the form.
func (f *schemaForm) fill(ctx context.Context, v tenon.Values) {
	for i := range f.schema {
		field := &f.schema[i]
		if v[field.Name] == nil {
			continue
		}
		f.Set(field.Name, f.typed(ctx, field, v))
		if field.Type == tenon.Ref || field.Type == tenon.OrgRef {
			f.Set(refID(field.Name), strconv.FormatInt(v.ID(field.Name), 10))
		}
	}
}

// typed is a stored value as a person would type it.
func (f *schemaForm) typed(ctx context.Context, field *tenon.Field, v tenon.Values) string {
	switch field.Type {
	case tenon.Lookup, tenon.UserRef, tenon.GroupRef:
		return strconv.FormatInt(v.ID(field.Name), 10)
	case tenon.Ref, tenon.OrgRef:
		text, _ := f.names.reference(ctx, field, v.ID(field.Name))
		return text
	case tenon.Bool:
		if v.Bool(field.Name) {
			return "1"
		}
		return ""
	case tenon.Emails, tenon.Phones:
		return typedAddresses(v.Addresses(field.Name))
	case tenon.Object:
		return typedObject(ctx, v.Object(field.Name))
	case tenon.Strings:
		return strings.Join(v.Strings(field.Name), ", ")
	case tenon.Moment:
		return v.Text(field.Name)
	}
	return plainValue(ctx, v[field.Name])
}

func typedAddresses(list []tenon.Address) string {
	var lines []string
	for _, a := range list {
		line := a.Value
		if a.Label != "" || a.Extension != "" {
			line += " | " + a.Label
		}
		if a.Extension != "" {
			line += " | " + a.Extension
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func typedObject(ctx context.Context, object map[string]any) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		lines = append(lines, name+": "+plainValue(ctx, object[name]))
	}
	return strings.Join(lines, "\n")
}

// read turns what was typed into a change, and notes what is wrong with each
// field. old are the stored values, zero for a new record.
func (f *schemaForm) read(ctx context.Context, tx *store.Tx, v tenon.Viewer, old tenon.Values) (tenon.Values, error) {
	out := tenon.Values{}
	for i := range f.schema {
		field := &f.schema[i]
		if field.ReadOnly || field.Type == tenon.Secret || field.Type == tenon.File {
			continue
		}
		if !f.Has(field.Name) && field.Type != tenon.Bool {
			continue
		}
		x, err := f.value(ctx, tx, v, field, old)
		if err == nil && field.Type != tenon.Object {
			x, err = field.Clean(x)
		}
		if err == nil && x == nil && field.Required {
			err = tenon.FieldErrorf(field.Name, "%s is required.", field.Label)
		}
		if err != nil {
			if !f.keep(ctx, err) {
				return nil, err
			}
			continue
		}
		out[field.Name] = x
	}
	return out, nil
}

func (f *schemaForm) value(ctx context.Context, tx *store.Tx, v tenon.Viewer, field *tenon.Field, old tenon.Values) (any, error) {
	text := f.Get(field.Name)
	switch field.Type {
	case tenon.Bool:
		return f.yes(field.Name), nil
	case tenon.Ref, tenon.OrgRef:
		return f.reference(tx, v, field)
	case tenon.Emails, tenon.Phones:
		return readAddresses(text), nil
	case tenon.Object:
		return readObject(ctx, field, text, old.Object(field.Name))
	}
	return text, nil
}

// reference finds the record that was typed: chosen from the suggestions, or
// by its id, or by its exact name.
func (f *schemaForm) reference(tx *store.Tx, v tenon.Viewer, field *tenon.Field) (any, error) {
	text := f.text(field.Name)
	if text == "" {
		return nil, nil
	}
	if id := tenon.ParseID(f.text(refID(field.Name))); id != 0 {
		known, err := tx.RecordNames(v, []int64{id})
		if err != nil {
			return nil, err
		}
		if n, ok := known[id]; ok && textkey.Fold(n.Name) == textkey.Fold(text) {
			return id, nil
		}
	}
	if id := tenon.ParseID(text); id != 0 {
		return id, nil
	}
	found, err := f.findByName(tx, v, field, text)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, tenon.FieldErrorf(field.Name, "%s: nothing is called %q. Type the exact name, or the id.", field.Label, text)
	case len(found) > 1:
		return nil, tenon.FieldErrorf(field.Name, "%s: several are called %q. Type the id of the one you mean.", field.Label, text)
	}
	f.Set(refID(field.Name), strconv.FormatInt(found[0], 10))
	return found[0], nil
}

func (f *schemaForm) findByName(tx *store.Tx, v tenon.Viewer, field *tenon.Field, name string) (out []int64, err error) {
	if field.Type == tenon.OrgRef {
		orgs, err := tx.FindByName(v, name)
		for _, id := range orgs {
			out = append(out, int64(id))
		}
		return out, err
	}
	q := store.ItemQuery{Kind: field.RefKind, Org: f.org, Name: name, Page: tenon.Page{Limit: 2}}
	if q.Org == 0 {
		return nil, nil
	}
	items, _, err := tx.ListItems(v, q)
	for _, i := range items {
		out = append(out, int64(i.ID))
	}
	return out, err
}

// readAddresses reads a line for each address: value | label | extension. The
// first is the primary one.
func readAddresses(text string) []any {
	out := []any{}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(line, "|", 3)
		for len(parts) < 3 {
			parts = append(parts, "")
		}
		value := strings.TrimSpace(parts[0])
		if value == "" {
			continue
		}
		out = append(out, map[string]any{"value": value, "label": strings.TrimSpace(parts[1]), "extension": strings.TrimSpace(parts[2]), "primary": len(out) == 0})
	}
	return out
}

// readObject reads a line for each custom field: name: value. What was not
// touched keeps its type.
func readObject(ctx context.Context, field *tenon.Field, text string, old map[string]any) (any, error) {
	out := map[string]any{}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" {
			return nil, tenon.FieldErrorf(field.Name, "%s: %q is not of the form name: value.", field.Label, strings.TrimSpace(line))
		}
		if was, had := old[name]; had && plainValue(ctx, was) == value {
			out[name] = was
		} else if value != "" {
			out[name] = value
		}
	}
	return field.Clean(out)
}

// draw returns a field of the form.
func (f *schemaForm) draw(ctx context.Context, name string) ui.Field {
	field := f.schema.Field(name)
	u := ui.Field{Name: name, Label: ofField(ctx, field, field.Label), Value: f.Get(name), Help: ofField(ctx, field, field.Help), Error: f.wrong(name), Required: field.Required}
	switch field.Type {
	case tenon.LongText:
		u.Kind, u.Rows = ui.TextArea, "3"
	case tenon.RichText:
		u.Kind, u.Rows = ui.TextArea, "6"
		u.Help = strings.TrimSpace(u.Help + " " + say.Text(ctx, "Bold, lists, tables and links as HTML."))
	case tenon.Bool:
		u.Kind, u.Checked = ui.CheckField, f.yes(name)
	case tenon.Date:
		u.Kind = ui.DateField
	case tenon.Moment:
		u.Placeholder = "2026-11-30T09:30:00Z"
	case tenon.Email:
		u.Kind = ui.EmailField
	case tenon.Phone:
		u.Kind = ui.PhoneField
	case tenon.URL:
		u.InputMode = "url"
	case tenon.Number:
		u.InputMode = "decimal"
	case tenon.IP, tenon.MAC:
		u.Mono = true
	case tenon.Strings:
		u.Kind, u.Help = ui.TagsField, say.Text(ctx, "Separate with commas.")
	case tenon.Emails:
		u.Kind, u.Rows, u.Help = ui.TextArea, "2", say.Text(ctx, "One on a line, as: address | label. The first is the primary one.")
	case tenon.Phones:
		u.Kind, u.Rows, u.Help = ui.TextArea, "2", say.Text(ctx, "One on a line, as: number | label | extension. The first is the primary one.")
	case tenon.Object:
		u.Kind, u.Rows, u.Help = ui.TextArea, "3", say.Text(ctx, "One on a line, as: name: value.")
	case tenon.Secret:
		u.Kind, u.Autocomplete = ui.PasswordField, "new-password" // it holds only what was just typed: no stored secret is ever filled in
		if slices.Contains(f.secrets, name) {
			u.Help = say.Text(ctx, "Empty leaves it as it is.")
		}
	default:
		f.drawChoice(ctx, field, &u)
	}
	if f.fixed(field) {
		u.ReadOnly, u.Required, u.Help = true, false, say.Textf(ctx, "Changed in %s.", say.Text(ctx, f.synced))
	}
	return u
}

// ofField says a text of a field. Those of the fields of flexible assets are
// what people typed, and stay as they are.
func ofField(ctx context.Context, f *tenon.Field, text string) string {
	if strings.HasPrefix(f.Name, traitPrefix) {
		return text
	}
	return say.Text(ctx, text)
}

func (f *schemaForm) drawChoice(ctx context.Context, field *tenon.Field, u *ui.Field) {
	chosen := f.Get(field.Name)
	var choices []ui.Choice
	switch field.Type {
	case tenon.Choice:
		for _, o := range field.Options {
			choices = append(choices, ui.Choice{Value: o, Text: ofField(ctx, field, o)})
		}
	case tenon.Lookup:
		for _, row := range f.lists[field.List] {
			choices = append(choices, ui.Choice{Value: row.ID.String(), Text: row.Name})
		}
	case tenon.UserRef:
		choices = slices.Clone(f.users)
	case tenon.GroupRef:
		choices = slices.Clone(f.groups)
	case tenon.Ref, tenon.OrgRef:
		u.Kind, u.Into, u.IntoID, u.Placeholder = ui.SuggestField, refID(field.Name), f.Get(refID(field.Name)), say.Text(ctx, "Name or id")
		u.Suggest = "/organizations/suggest"
		if field.Type == tenon.Ref {
			u.Suggest = "/items/suggest?organization=" + f.org.String()
			if info := field.RefKind.Info(); info != nil {
				u.Suggest += "&kind=" + info.Name
			}
		}
		return
	default:
		return
	}
	u.Kind = ui.SelectField
	u.Choices = []ui.Choice{{Text: say.Text(ctx, ui.TextNone), Chosen: chosen == ""}}
	known := chosen == ""
	for _, c := range choices {
		c.Chosen = c.Value == chosen
		known = known || c.Chosen
		u.Choices = append(u.Choices, c)
	}
	if !known { // what is stored stays choosable, also where the list no longer offers it
		u.Choices = append(u.Choices, ui.Choice{Value: chosen, Text: chosen, Chosen: true})
	}
}

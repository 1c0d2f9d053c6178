package core

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// maxFlexFields is how many fields a flexible asset type may have.
const maxFlexFields = 300

// FlexTypes returns one page of flexible asset types with their fields, by
// name, and the cursor of the next.
func (c *Core) FlexTypes(ctx context.Context, v tenon.Viewer, q store.FlexTypeQuery) (page []tenon.FlexType, next string, err error) {
	if err := v.Need(tenon.ViewRecords); err != nil {
		return nil, "", err
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListFlexTypes(q)
		return err
	})
	return page, next, err
}

// FlexType returns one flexible asset type with its fields.
func (c *Core) FlexType(ctx context.Context, v tenon.Viewer, id tenon.FlexTypeID) (*tenon.FlexType, error) {
	if err := v.Need(tenon.ViewRecords); err != nil {
		return nil, err
	}
	var t *tenon.FlexType
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = tx.GetFlexType(id)
		return err
	})
	return t, err
}

// CreateFlexType adds a flexible asset type. Ids, keys and times in it are ignored.
func (c *Core) CreateFlexType(ctx context.Context, v tenon.Viewer, in tenon.FlexType) (t *tenon.FlexType, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) (err error) {
		t, err = c.CreateFlexTypeIn(tx, v, in)
		return err
	})
	return t, err
}

// CreateFlexTypeIn is CreateFlexType inside the caller's transaction.
func (c *Core) CreateFlexTypeIn(tx *store.Tx, v tenon.Viewer, in tenon.FlexType) (*tenon.FlexType, error) {
	if err := v.Need(tenon.EditFlexTypes); err != nil {
		return nil, err
	}
	t := in
	t.Fields = slices.Clone(in.Fields)
	for i := range t.Fields {
		t.Fields[i].ID, t.Fields[i].Key = 0, ""
	}
	if err := checkFlexType(&t, nil); err != nil {
		return nil, err
	}
	if err := checkTagTypes(tx, &t); err != nil {
		return nil, err
	}
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	t.ID = tenon.FlexTypeID(id)
	if err := tx.InsertFlexType(&t); err != nil {
		return nil, err
	}
	return &t, tx.Record(v, flexEvent("create", &t, nil))
}

// UpdateFlexType replaces a flexible asset type. A field with the id of one
// that is there changes that one, and keeps its key; its kind can be changed
// only while no asset holds a value in it. One without an id is new; what is left out goes, and what assets hold in it is no longer
// read. in.Version is the version the change was made from, 0 the present one.
func (c *Core) UpdateFlexType(ctx context.Context, v tenon.Viewer, in tenon.FlexType) (*tenon.FlexType, error) {
	var t *tenon.FlexType
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		t, err = c.UpdateFlexTypeIn(tx, v, in)
		return err
	})
	return t, err
}

// UpdateFlexTypeIn is UpdateFlexType inside the caller's transaction.
func (c *Core) UpdateFlexTypeIn(tx *store.Tx, v tenon.Viewer, in tenon.FlexType) (*tenon.FlexType, error) {
	if err := v.Need(tenon.EditFlexTypes); err != nil {
		return nil, err
	}
	old, err := tx.GetFlexType(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != old.Version {
		return nil, tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed.", old.Name)
	}
	t := in
	t.Fields, t.Version, t.CreatedAt, t.UpdatedAt = slices.Clone(in.Fields), old.Version, old.CreatedAt, old.UpdatedAt
	if err := checkFlexType(&t, old); err != nil {
		return nil, err
	}
	if err := checkKinds(tx, &t, old); err != nil {
		return nil, err
	}
	if err := checkTagTypes(tx, &t); err != nil {
		return nil, err
	}
	e := flexEvent("update", &t, old)
	if len(e.Changes) == 0 {
		return old, nil
	}
	if err := tx.UpdateFlexType(&t); err != nil {
		return nil, err
	}
	return &t, tx.Record(v, e)
}

// checkFlexType cleans a type and gives new fields their keys. old is what is
// there, nil for a new type.
func checkFlexType(t, old *tenon.FlexType) error {
	if err := cleanTexts(map[string]*string{"name": &t.Name, "icon": &t.Icon}, tenon.Text); err != nil {
		return err
	}
	if err := cleanTexts(map[string]*string{"description": &t.Description}, tenon.LongText); err != nil {
		return err
	}
	if t.Name == "" {
		return tenon.FieldErrorf("name", "Name is required.")
	}
	if len(t.Fields) > maxFlexFields {
		return tenon.Errorf(tenon.TooLarge, "A flexible asset type may have %d fields at most.", maxFlexFields)
	}
	seen := map[int64]bool{}
	for i := range t.Fields {
		f := &t.Fields[i]
		var was *tenon.FlexField
		if f.ID != 0 {
			if old != nil {
				if at := slices.IndexFunc(old.Fields, func(o tenon.FlexField) bool { return o.ID == f.ID }); at >= 0 {
					was = &old.Fields[at]
				}
			}
			if was == nil || seen[f.ID] {
				return tenon.FieldErrorf("fields", "There is no field %d in this type, or it is listed twice.", f.ID)
			}
			seen[f.ID] = true
			f.Key = was.Key
		}
		if err := checkFlexField(f); err != nil {
			return err
		}
		if f.TagType != tenon.FlexibleAsset {
			f.TagFlexType = 0
		}
	}
	nameFlexKeys(t, old)
	return nil
}

// checkTagTypes refuses tags of flexible assets of a type that is not there.
func checkTagTypes(tx *store.Tx, t *tenon.FlexType) error {
	for _, f := range t.Fields {
		if f.TagFlexType == 0 || f.TagFlexType == t.ID {
			continue
		}
		_, err := tx.GetFlexType(f.TagFlexType)
		if tenon.CodeOf(err) == tenon.NotFound {
			return tenon.FieldErrorf("fields", "%s: there is no flexible asset type %s.", f.Name, f.TagFlexType).Of("tag_type")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkKinds refuses another kind for a field that is in use: what the assets
// hold in it would not be of that kind.
func checkKinds(tx *store.Tx, t, old *tenon.FlexType) error {
	var other []tenon.FlexField
	for _, f := range t.Fields {
		for _, was := range old.Fields {
			if was.ID == f.ID && was.Kind != f.Kind {
				other = append(other, was)
			}
		}
	}
	if len(other) == 0 {
		return nil
	}
	use, err := tx.SystemCountTraits(t.ID, other)
	if err != nil {
		return err
	}
	for _, f := range other {
		switch n := use[f.ID]; {
		case n == 1:
			return tenon.FieldErrorf("fields", "%s: the kind of a field cannot be changed while a record holds a value in it, and one does. Make a new field.", f.Name).Of("kind")
		case n > 1:
			return tenon.FieldErrorf("fields", "%s: the kind of a field cannot be changed while records hold values in it, and %d do. Make a new field.", f.Name, n).Of("kind")
		}
	}
	return nil
}

// FlexFieldUse returns how many flexible assets hold a value in each of these
// fields of a type, the trash included.
func (c *Core) FlexFieldUse(ctx context.Context, v tenon.Viewer, id tenon.FlexTypeID, fields []tenon.FlexField) (use map[int64]int64, err error) {
	if err := v.Need(tenon.EditFlexTypes); err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return map[int64]int64{}, nil
	}
	return use, c.st.Read(ctx, func(tx *store.Tx) error {
		use, err = tx.SystemCountTraits(id, fields)
		return err
	})
}

// nameFlexKeys gives new fields keys that no other field has, nor had.
func nameFlexKeys(t, old *tenon.FlexType) {
	taken := map[string]bool{}
	for _, f := range t.Fields {
		taken[f.Key] = true
	}
	if old != nil {
		for _, f := range old.Fields {
			taken[f.Key] = true
		}
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.ID != 0 {
			continue
		}
		base := flexKey(f.Name)
		f.Key = base
		for n := 2; taken[f.Key]; n++ {
			f.Key = base + "-" + strconv.Itoa(n)
		}
		taken[f.Key] = true
	}
}

// flexKey makes a key of a name: "Host server(s)" is "host-server-s".
func flexKey(name string) string {
	words := strings.FieldsFunc(textkey.Fold(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	if len(words) == 0 {
		return "field"
	}
	return strings.Join(words, "-")
}

func checkFlexField(f *tenon.FlexField) error {
	err := cleanTexts(map[string]*string{"name": &f.Name}, tenon.Text)
	if err == nil {
		err = cleanTexts(map[string]*string{"hint": &f.Hint, "default_value": &f.DefaultValue}, tenon.LongText)
	}
	if e, ok := err.(*tenon.Error); ok {
		return e.At("fields").Of(e.Field)
	}
	switch {
	case f.Name == "":
		return tenon.FieldErrorf("fields", "A field needs a name.").Of("name")
	case !slices.Contains(tenon.FlexKinds, f.Kind):
		return tenon.FieldErrorf("fields", "%s: there are no fields of kind %q.", f.Name, f.Kind).Of("kind")
	case f.TagType != 0 && (f.Kind != tenon.FlexTag || f.TagType.Info() == nil):
		return tenon.FieldErrorf("fields", "%s: only a Tag field says which kind of record it names.", f.Name).Of("tag_type")
	case f.Decimals < 0 || f.Decimals > 10:
		return tenon.FieldErrorf("fields", "%s: between 0 and 10 decimals.", f.Name).Of("decimals")
	}
	options := tenon.Field{Name: "fields", Label: f.Name, Type: tenon.Strings}
	x, err := options.Clean(f.Options)
	if e, ok := err.(*tenon.Error); ok {
		return e.Of("options")
	}
	f.Options, _ = x.([]string)
	if f.Kind == tenon.FlexSelect && len(f.Options) == 0 {
		return tenon.FieldErrorf("fields", "%s: a Select field needs options.", f.Name).Of("options")
	}
	return nil
}

// cleanTexts trims texts and holds them to their type.
func cleanTexts(texts map[string]*string, t tenon.FieldType) error {
	for name, s := range texts {
		f := tenon.Field{Name: name, Label: name, Type: t, Max: 2000}
		if t == tenon.Text {
			f.Max = 255
		}
		x, err := f.Clean(*s)
		if err != nil {
			return err
		}
		*s, _ = x.(string)
	}
	return nil
}

// flexEvent tells what differs between two states of a type.
func flexEvent(action string, t, old *tenon.FlexType) tenon.Event {
	if old == nil {
		old = &tenon.FlexType{}
	}
	e := tenon.Event{Action: action, Subject: "flexible asset type", SubjectID: int64(t.ID), Name: t.Name}
	add := func(field string, before, after any) {
		if before != after {
			e.Changes = append(e.Changes, tenon.Change{Field: field, Before: short(before), After: short(after)})
		}
	}
	add("name", old.Name, t.Name)
	add("description", old.Description, t.Description)
	add("icon", old.Icon, t.Icon)
	add("enabled", old.Enabled, t.Enabled)
	add("show_in_menu", old.ShowInMenu, t.ShowInMenu)
	before, after := map[int64]string{}, map[int64]string{}
	var order []int64
	for _, f := range old.Fields {
		before[f.ID] = fieldText(f)
		order = append(order, f.ID)
	}
	var now []int64
	for _, f := range t.Fields {
		if f.ID == 0 {
			add("field "+f.Key, "", fieldText(f))
			continue
		}
		after[f.ID] = fieldText(f)
		now = append(now, f.ID)
		add("field "+f.Key, before[f.ID], after[f.ID])
	}
	for _, f := range old.Fields {
		if _, there := after[f.ID]; !there {
			add("field "+f.Key, before[f.ID], "")
		}
	}
	if len(e.Changes) == 0 && !slices.Equal(order, now) {
		e.Changes = append(e.Changes, tenon.Change{Field: "order of fields"})
	}
	return e
}

func fieldText(f tenon.FlexField) string {
	f.ID = 0
	b, err := json.Marshal(f)
	if err != nil {
		return f.Name
	}
	return string(b)
}

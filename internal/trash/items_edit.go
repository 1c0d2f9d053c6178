package trash

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// Actions that change a field of many records at once.
const (
	ActionTag      = "tag"
	ActionUntag    = "untag"
	ActionType     = "type"
	ActionStatus   = "status"
	ActionRestrict = "restrict"
	// ActionFolder puts records into a folder of their organization, or into none.
	ActionFolder = "folder"
)

// edits tells the actions that change a field from those that file or delete.
func edits(action string) bool {
	return slices.Contains([]string{ActionTag, ActionUntag, ActionType, ActionStatus, ActionRestrict, ActionFolder}, action)
}

// ofOneKind tells the actions whose field the kind has.
func ofOneKind(action string) bool {
	return action == ActionType || action == ActionStatus || action == ActionFolder
}

// maxTags is how many tags one act puts on or takes off.
const maxTags = 20

// fieldEdit is what an action makes of a field of each record.
type fieldEdit struct {
	action string
	tags   []string
	field  *tenon.Field // of a type, a status or a folder
	value  any          // nil clears it
	to     []tenon.Subject
	words  string // `tagged "vip"`, "given the status Retired"
	did    did    // the same, to be told in sentences
}

// edited is what an action made of one record: for its undo.
type edited struct {
	Record int64           `json:"record"`
	Field  string          `json:"field,omitempty"`
	Before any             `json:"before,omitempty"`
	After  any             `json:"after,omitempty"`
	Tags   []string        `json:"tags,omitempty"` // put on, or taken off
	Was    []tenon.Subject `json:"was,omitempty"`
	Is     []tenon.Subject `json:"is,omitempty"`
}

// schemaEdit checks a choice against the fields of a kind, or of organizations
// where info is nil, and against what the database knows.
func schemaEdit(tx *store.Tx, v tenon.Viewer, action string, info *tenon.KindInfo, c tenon.Choices) (*fieldEdit, error) {
	e := &fieldEdit{action: action}
	switch action {
	case ActionTag, ActionUntag:
		return e, e.readTags(c.Tags)
	case ActionRestrict:
		return e, e.readSubjects(tx, c.Subjects)
	}
	schema, name := tenon.OrganizationFields, map[string]string{ActionType: "organization_type_id", ActionStatus: "organization_status_id"}[action]
	if info != nil {
		schema, name = info.Fields, map[string]string{ActionType: info.Type, ActionStatus: info.Status, ActionFolder: info.FolderField()}[action]
	}
	if e.field = schema.Field(name); e.field == nil || e.field.List == "flexible_asset_types" {
		return nil, tenon.FieldErrorf("action", "These have no %s that could be changed.", action)
	}
	if action == ActionFolder {
		return e, e.readFolder(tx, v, c.Value)
	}
	return e, e.readValue(tx, c.Value)
}

// readFolder reads the folder that is given. Nothing takes records out of theirs.
func (e *fieldEdit) readFolder(tx *store.Tx, v tenon.Viewer, text string) (err error) {
	if e.value, err = e.field.Clean(text); err != nil {
		return err
	}
	id, _ := e.value.(int64)
	if id == 0 {
		e.words, e.did = "put into no folder", did{How: toldNoFolder}
		return nil
	}
	found, err := tx.GetItems(v, []tenon.ItemID{tenon.ItemID(id)})
	if err != nil {
		return err
	}
	if len(found) == 0 || found[0].Kind != e.field.RefKind {
		return tenon.FieldErrorf("value", "%s: there is no folder %d.", e.field.Label, id)
	}
	e.words, e.did = "put into the folder "+found[0].Name, did{ActionFolder, tenon.Args{found[0].Name}}
	return nil
}

func (e *fieldEdit) readTags(in []string) error {
	tags, err := (&tenon.Field{Name: "tags", Label: "Tags", Type: tenon.Strings}).Clean(in)
	if err != nil {
		return err
	}
	e.tags, _ = tags.([]string)
	switch {
	case len(e.tags) == 0:
		return tenon.FieldErrorf("tags", "Name the tags, with commas between.")
	case len(e.tags) > maxTags:
		return tenon.FieldErrorf("tags", "At most %d tags go on or off at once.", maxTags)
	}
	quoted := make([]string, len(e.tags))
	for i, t := range e.tags {
		quoted[i] = strconv.Quote(t)
	}
	e.words, e.did = "tagged "+strings.Join(quoted, ", "), did{e.action, tenon.Args{tenon.ListOf(quoted)}}
	if e.action == ActionUntag {
		e.words = "freed of the tags " + strings.Join(quoted, ", ")
	}
	return nil
}

func (e *fieldEdit) readSubjects(tx *store.Tx, to []tenon.Subject) error {
	missing, err := tx.MissingSubjects(to)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return tenon.FieldErrorf("subjects", "There is no %s %d.", missing[0].Kind, missing[0].ID)
	}
	e.to = to
	who := tenon.Amount(len(to), "user or group", "users and groups")
	e.words, e.did = "restricted to "+who.String(), did{ActionRestrict, tenon.Args{who}}
	if len(to) == 0 {
		e.words, e.did = "opened to everybody who reaches their organization", did{How: toldOpened}
	}
	return nil
}

// readValue reads the type or status that is given. Nothing clears the field.
func (e *fieldEdit) readValue(tx *store.Tx, text string) (err error) {
	if e.value, err = e.field.Clean(text); err != nil {
		return err
	}
	e.words, e.did = "left without a "+e.action, did{How: map[string]string{ActionType: toldNoType, ActionStatus: toldNoStatus}[e.action]}
	if e.value == nil {
		if e.field.Required {
			return tenon.FieldErrorf("value", "%s is required.", e.field.Label)
		}
		return nil
	}
	name := fmt.Sprint(e.value)
	if id, ok := e.value.(int64); ok {
		row, err := tx.GetLookup(tenon.LookupID(id))
		if tenon.CodeOf(err) == tenon.NotFound || (err == nil && row.List != e.field.List) {
			return tenon.FieldErrorf("value", "%s: there is no entry %d in that list.", e.field.Label, id)
		}
		if err != nil {
			return err
		}
		name = row.Name
	}
	e.words, e.did = "given the "+e.action+" "+name, did{e.action, tenon.Args{name}}
	return nil
}

// facts are what a plan says of the edit.
func (e *fieldEdit) facts(f map[string]string) {
	f["what is changed"] = e.words
	for _, s := range e.to {
		f[fmt.Sprintf("restricted to %s %d", s.Kind, s.ID)] = "yes"
	}
}

// tagsAfter is what becomes of the tags of a record, and which of the act's
// tags made the difference.
func (e *fieldEdit) tagsAfter(have []string) (after, differ []string) {
	same := func(a string) func(string) bool { return func(b string) bool { return strings.EqualFold(a, b) } }
	after = slices.Clone(have)
	for _, t := range e.tags {
		at := slices.IndexFunc(after, same(t))
		switch {
		case e.action == ActionTag && at < 0:
			after, differ = append(after, t), append(differ, t)
		case e.action == ActionUntag && at >= 0:
			differ = append(differ, after[at])
			after = slices.Delete(after, at, at+1)
		}
	}
	return after, differ
}

// item does the edit to one item, and returns nil where it is so already.
func (e *fieldEdit) item(c *core.Core, tx *store.Tx, v tenon.Viewer, i *tenon.Item, op tenon.OperationID) (*edited, error) {
	out := &edited{Record: int64(i.ID)}
	var in core.ItemChange
	switch {
	case e.action == ActionRestrict:
		was, is, err := c.EditRestrictionsIn(tx, v, i.ID, e.to, op)
		if err != nil || slices.Equal(was, is) {
			return nil, err
		}
		out.Was, out.Is = was, is
		return out, nil
	case e.field == nil:
		after, differ := e.tagsAfter(i.Tags)
		in.Tags, out.Tags = &after, differ
	default:
		out.Field, out.Before, out.After = e.field.Name, i.Values[e.field.Name], e.value
		in.Values = tenon.Values{e.field.Name: e.value}
	}
	_, changed, err := c.EditItemIn(tx, v, i.ID, in, op)
	if err != nil || !changed {
		return nil, err
	}
	return out, nil
}

// organization does the edit to one organization.
func (e *fieldEdit) organization(c *core.Core, tx *store.Tx, v tenon.Viewer, o *tenon.Organization, op tenon.OperationID) (*edited, error) {
	out := &edited{Record: int64(o.ID)}
	var in core.OrganizationChange
	if e.field == nil {
		after, differ := e.tagsAfter(o.Values.Strings("tags"))
		in.Values, out.Tags = tenon.Values{"tags": after}, differ
	} else {
		out.Field, out.Before, out.After = e.field.Name, o.Values[e.field.Name], e.value
		in.Values = tenon.Values{e.field.Name: e.value}
	}
	_, changed, err := c.EditOrganizationIn(tx, v, o.ID, in, op)
	if err != nil || !changed {
		return nil, err
	}
	return out, nil
}

// edit does it to every named item. What hangs on them is left alone.
func (w *itemsWork) edit() error {
	for _, i := range w.s.named {
		done, err := w.s.edit.item(w.e.c, w.tx, w.v, i, w.op.ID)
		if err != nil {
			return err
		}
		if done != nil {
			w.j.Edits = append(w.j.Edits, *done)
		}
	}
	return nil
}

// oneKind returns the kind of items that are all of one.
func oneKind(items []*tenon.Item) (*tenon.KindInfo, error) {
	if len(items) == 0 {
		return nil, tenon.FieldErrorf("items", "Name the items.")
	}
	for _, i := range items {
		if i.Kind != items[0].Kind {
			return nil, tenon.FieldErrorf("items", "These are of several kinds. Choose items of one kind.")
		}
	}
	return items[0].Kind.Info(), nil
}

// unedit gives fields back what they said, where they are still as the act
// left them, and takes off, or puts on again, the tags that made the
// difference: what was changed since stays.
func (u *itemsUndo) unedit() error {
	for _, e := range u.j.Edits {
		i, err := u.tx.GetItem(u.v, tenon.ItemID(e.Record))
		if tenon.CodeOf(err) == tenon.NotFound {
			u.tell("Item %d is not there any more, or not for you.", e.Record)
			continue
		}
		if err != nil {
			return err
		}
		done, err := u.uneditItem(i, e)
		if err != nil {
			return err
		}
		if done {
			u.done++
		} else {
			u.tell("%s stays as it is: it was changed since.", i.Name)
		}
	}
	return nil
}

func (u *itemsUndo) uneditItem(i *tenon.Item, e edited) (bool, error) {
	switch {
	case u.j.Action == ActionRestrict:
		now, err := u.tx.ListRestrictions(i.ID)
		if err != nil || !slices.Equal(now, e.Is) {
			return false, err
		}
		_, _, err = u.e.c.EditRestrictionsIn(u.tx, u.v, i.ID, e.Was, u.back.ID)
		return err == nil, err
	case e.Field == "":
		back := &fieldEdit{action: opposite(u.j.Action), tags: e.Tags}
		after, differ := back.tagsAfter(i.Tags)
		if len(differ) == 0 {
			return false, nil
		}
		_, changed, err := u.e.c.EditItemIn(u.tx, u.v, i.ID, core.ItemChange{Tags: &after}, u.back.ID)
		return changed, err
	}
	f := i.Kind.Info().Fields.Field(e.Field)
	before, still, err := (operation.FieldMove{Name: e.Field, Before: e.Before, After: e.After}).Back(f, i.Values[e.Field])
	if err != nil || !still {
		return false, err
	}
	_, changed, err := u.e.c.EditItemIn(u.tx, u.v, i.ID, core.ItemChange{Values: tenon.Values{e.Field: before}}, u.back.ID)
	return changed, err
}

func opposite(action string) string {
	if action == ActionTag {
		return ActionUntag
	}
	return ActionTag
}

// uneditOrganization is uneditItem for an organization.
func uneditOrganization(c *core.Core, tx *store.Tx, v tenon.Viewer, o *tenon.Organization, action string, e edited, op tenon.OperationID) (bool, error) {
	in := core.OrganizationChange{}
	if e.Field == "" {
		after, differ := (&fieldEdit{action: opposite(action), tags: e.Tags}).tagsAfter(o.Values.Strings("tags"))
		if len(differ) == 0 {
			return false, nil
		}
		in.Values = tenon.Values{"tags": after}
	} else {
		before, still, err := (operation.FieldMove{Name: e.Field, Before: e.Before, After: e.After}).Back(tenon.OrganizationFields.Field(e.Field), o.Values[e.Field])
		if err != nil || !still {
			return false, err
		}
		in.Values = tenon.Values{e.Field: before}
	}
	_, changed, err := c.EditOrganizationIn(tx, v, o.ID, in, op)
	return changed, err
}

package core

import (
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// edit is one change of one item on its way through the gate: create, update
// and restore fill it in the same order and save it in the same way.
type edit struct {
	c    *Core
	tx   *store.Tx
	v    tenon.Viewer
	info *tenon.KindInfo
	in   ItemChange

	create bool
	// restoring an old state leaves out references that no longer hold.
	restoring bool
	// op is the operation that the change is part of, for the log.
	op tenon.OperationID

	was, item *tenon.Item
	changed   []string // fields that differ
	flex      *tenon.FlexType
	named     map[tenon.ItemID]*tenon.Item // what references name, as far as the viewer sees it
	looked    map[int64]string             // the lists of the look-up rows that changed fields name

	wasParts, parts []tenon.Part
	lists           []string // plural names of the lists that differ

	wasSealed map[string][]byte
	sealed    map[string][]byte // new sealed values; nil clears
	moved     bool              // hangs on something else now

	act  string         // what the log calls the change, "" for what it is by itself
	says []tenon.Change // what the log says of the lists, nil for what differs in them
}

// update is the way of an item that exists.
func (e *edit) update() (*tenon.Item, bool, error) {
	if err := e.addRows(); err != nil {
		return nil, false, err
	}
	if err := e.applyValues(); err != nil {
		return nil, false, err
	}
	if err := e.check(); err != nil {
		return nil, false, err
	}
	if e.unchanged() {
		return e.was, false, nil
	}
	if err := refuseSynced(e.v, e.was.Name, e.info.Fields, e.changed, func() (string, error) { return SyncsItem(e.tx, e.was) }); err != nil {
		return nil, false, err
	}
	if err := e.tx.UpdateItem(e.item, e.parts); err != nil {
		return nil, false, err
	}
	action := "update"
	if len(e.changed)+len(e.lists)+len(e.sealed) == 0 && slices.Equal(e.was.Tags, e.item.Tags) {
		action = "unarchive"
		if e.item.Archived {
			action = "archive"
		}
	}
	if slices.Equal(e.changed, []string{publishedAt}) && len(e.lists) == 0 {
		action = "publish"
		if e.item.Values.Text(publishedAt) == "" {
			action = "unpublish"
		}
	}
	return e.item, true, e.finish(action)
}

// addRows adds what the change names to look-up lists.
func (e *edit) addRows() (err error) {
	e.in.Values, err = e.c.addRows(e.tx, e.v, e.info.Fields, e.in.Values, e.in.NewRows)
	return err
}

func (e *edit) unchanged() bool {
	return len(e.changed)+len(e.lists)+len(e.sealed) == 0 && e.was.Archived == e.item.Archived && slices.Equal(e.was.Tags, e.item.Tags)
}

// applyValues lays the change over the values.
func (e *edit) applyValues() (err error) {
	e.item.Values, e.changed, err = e.info.Fields.Apply(e.was.Values, clean(e.info.Fields, e.in.Values))
	if err != nil {
		return err
	}
	if e.create {
		e.defaultStatus()
	}
	e.stampSolved()
	e.stampPublished()
	return nil
}

// defaultStatus gives a new item the first status, where statuses are a fixed list.
func (e *edit) defaultStatus() {
	f := e.info.Fields.Field(e.info.Status)
	if f == nil || f.Type != tenon.Choice || e.item.Values.Text(f.Name) != "" {
		return
	}
	e.item.Values[f.Name] = f.Options[0]
	e.changed = append(e.changed, f.Name)
}

// moment is how a time stands in a field of type Moment.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// stampSolved keeps the time at which a ticket was solved.
func (e *edit) stampSolved() {
	if e.info.Fields.Field("solved_at") == nil || !slices.Contains(e.changed, "status") {
		return
	}
	s := e.item.Values.Text("status")
	solved := s == "solved" || s == "closed"
	switch {
	case solved && e.item.Values.Text("solved_at") == "":
		e.item.Values["solved_at"] = moment(e.tx.Now())
	case !solved:
		delete(e.item.Values, "solved_at")
	}
}

// place decides which binder a new item is filed in.
func (e *edit) place(org tenon.OrgID) error {
	host, err := e.host()
	if err != nil {
		return err
	}
	if org == 0 && host == nil && e.info.Fields.Field("requester_id") != nil {
		if id := e.item.Values.ID("requester_id"); id != 0 {
			if host, err = e.tx.GetItem(e.v, tenon.ItemID(id)); err != nil {
				return e.noSuch(e.info.Fields.Field("requester_id"), id)
			}
		}
		if host == nil {
			return tenon.FieldErrorf("organization_id", "Name the organization, or the requester.")
		}
	}
	if org == 0 && host == nil {
		return tenon.FieldErrorf("organization_id", "Name the organization.")
	}
	if org != 0 {
		to, err := e.filing(org)
		if err != nil {
			return err
		}
		if host != nil && host.OrgID != to.Org {
			return tenon.FieldErrorf("organization_id", "%s belongs to %s, not to %s.", host.Name, host.OrgName, to.Name)
		}
		e.item.BinderID, e.item.OrgID, e.item.OrgName = to.Org.Home(), to.Org, to.Name
		if host == nil && !to.Home {
			return tenon.Errorf(tenon.Forbidden, "You reach only a part of %s, so you may not file anything there.", to.Name)
		}
	}
	if host != nil {
		e.item.BinderID, e.item.OrgID, e.item.OrgName = host.BinderID, host.OrgID, host.OrgName
	}
	return nil
}

// filing resolves a reference to the live organization that answers for it.
func (e *edit) filing(ref tenon.OrgID) (store.Filing, error) {
	f, err := e.tx.ResolveFiling(e.v, ref)
	if err == nil && f.State != tenon.Live {
		err = tenon.Errorf(tenon.Conflict, "%s is in the trash, so nothing can be filed there. Nothing was changed. Restore it first.", f.Name)
	}
	return f, err
}

// check holds the change to what the database knows, and works out the rest of
// the item: tags, parts, secrets, name.
func (e *edit) check() error {
	for _, step := range []func() error{e.checkFlexible, e.loadNamed, e.checkReferences, e.checkTags, e.applyTags, e.applyParts, e.stampCompleted, e.applySecrets, e.name} {
		if err := step(); err != nil {
			return err
		}
	}
	if e.in.Archived != nil {
		e.item.Archived = *e.in.Archived
	}
	return nil
}

// tagField says how one tag must look.
var tagField = tenon.Field{Name: "tags", Label: "Tags", Type: tenon.Strings}

func (e *edit) applyTags() error {
	if e.in.Tags == nil {
		return nil
	}
	x, err := tagField.Clean(*e.in.Tags)
	if err != nil {
		return err
	}
	e.item.Tags, _ = x.([]string)
	return nil
}

// name works the item's name out of its fields.
func (e *edit) name() error {
	if e.flex != nil {
		return e.flexibleName()
	}
	var words []string
	for _, f := range e.info.Title {
		if s := strings.TrimSpace(e.item.Values.Text(f)); s != "" {
			words = append(words, s)
		}
	}
	if len(words) > 0 {
		e.item.Name = strings.Join(words, " ")
	}
	return nil
}

// finish writes what hangs on the item's row: parts, secrets, restrictions
// that it inherits, the revision and the event. The row is written.
func (e *edit) finish(action string) error {
	if e.act != "" {
		action = e.act
	}
	if len(e.lists) > 0 {
		if err := e.tx.SaveParts(e.item.ID, e.wasParts, e.parts); err != nil {
			return err
		}
	}
	for field, sealed := range e.sealed {
		if err := e.tx.SetSecret(e.item.ID, field, sealed); err != nil {
			return err
		}
	}
	e.item.Secrets = e.secretFields()
	if err := e.settle(); err != nil {
		return err
	}
	if err := e.keep(); err != nil {
		return err
	}
	e.item.ChangedAt = e.item.UpdatedAt
	return e.tx.Record(e.v, tenon.Event{Action: action, Subject: e.info.Name, SubjectID: int64(e.item.ID), Name: e.item.Name, Binder: e.item.BinderID, Operation: e.op, Changes: e.log()})
}

// settle takes over the restrictions of what the item hangs on now. Where
// nothing is closed there is nothing to work out.
func (e *edit) settle() error {
	closed := e.was.Restricted
	for _, id := range e.hosts(e.item.Values) {
		closed = closed || (e.named[id] != nil && e.named[id].Restricted)
	}
	if !e.moved || !closed {
		return nil
	}
	if err := e.tx.SettleRestrictions(e.item.ID); err != nil {
		return err
	}
	var err error
	e.item.Restricted, err = e.tx.SystemRestricted(e.item.ID)
	return err
}

// allSealed are the sealed values that the item has after the change.
func (e *edit) allSealed() map[string][]byte {
	out := make(map[string][]byte, len(e.wasSealed)+len(e.sealed))
	for f, s := range e.wasSealed {
		out[f] = s
	}
	for f, s := range e.sealed {
		if s == nil {
			delete(out, f)
		} else {
			out[f] = s
		}
	}
	return out
}

func (e *edit) secretFields() []string {
	var out []string
	for f := range e.allSealed() {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// keep saves the revision. Lists that only grow are not part of it.
func (e *edit) keep() error {
	var parts []tenon.Part
	for _, p := range e.parts {
		if !e.info.Part(p.Name).Append {
			parts = append(parts, p)
		}
	}
	return e.tx.InsertRevision(e.v, store.Snapshot{Record: int64(e.item.ID), Binder: e.item.BinderID, Version: e.item.Version, Name: e.item.Name,
		Values: e.item.Values, Tags: e.item.Tags, Archived: e.item.Archived, Restricted: e.item.Restricted, Parts: parts, Sealed: e.allSealed()})
}

// log says what differs, for the activity log. Of a secret it says only that it changed.
func (e *edit) log() []tenon.Change {
	out := changes(e.info.Fields, e.changed, e.was.Values, e.item.Values)
	if !slices.Equal(e.was.Tags, e.item.Tags) {
		out = append(out, tenon.Change{Field: "tags", Before: some(e.was.Tags), After: some(e.item.Tags)})
	}
	if e.says != nil {
		out = append(out, e.says...)
	} else {
		for _, plural := range e.lists {
			out = append(out, e.logParts(plural))
		}
	}
	fields := make([]string, 0, len(e.sealed))
	for f := range e.sealed {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	for _, f := range fields {
		out = append(out, tenon.Change{Field: f})
	}
	if e.was.Archived != e.item.Archived {
		out = append(out, tenon.Change{Field: "archived", Before: e.was.Archived, After: e.item.Archived})
	}
	return out
}

// some is nil for an empty list, so that the log leaves it out.
func some(l []string) any {
	if len(l) == 0 {
		return nil
	}
	return l
}

// errNoKeys is the answer where the vault has no key.
func errNoKeys() error {
	return tenon.Errorf(tenon.Unavailable, "The vault has no key, so secrets can be neither stored nor shown. Nothing was changed.")
}

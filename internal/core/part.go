package core

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// maxParts is how many parts of one sort an item may carry.
const maxParts = 5000

// Parts returns everything that is listed on an item: interfaces, sections, tasks, comments.
func (c *Core) Parts(ctx context.Context, v tenon.Viewer, item tenon.ItemID) ([]tenon.Part, error) {
	var out []tenon.Part
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		i, err := tx.GetItem(v, item)
		if err == nil {
			out, err = VisibleParts(tx, v, i)
		}
		return err
	})
	return out, err
}

// AddPart appends to a list of an item. part is its singular name.
func (c *Core) AddPart(ctx context.Context, v tenon.Viewer, item tenon.ItemID, part string, values tenon.Values) (*tenon.Part, error) {
	var p *tenon.Part
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		p, err = c.AddPartIn(tx, v, item, part, values)
		return err
	})
	return p, err
}

// AddPartIn is AddPart inside the caller's transaction.
func (c *Core) AddPartIn(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, part string, values tenon.Values) (*tenon.Part, error) {
	return c.changePart(tx, v, item, func(e *edit) (int, error) {
		info := e.info.Part(part)
		if info == nil {
			return 0, tenon.Errorf(tenon.NotFound, "A %s has no list of that name.", e.info.Label)
		}
		p, err := e.cleanPart(info, tenon.Values{}, values)
		if err != nil {
			return 0, err
		}
		last := -1
		at := len(e.parts)
		for i, o := range e.parts {
			if o.Name == part {
				last, at = o.Position, i+1
			}
		}
		e.parts = slices.Insert(slices.Clone(e.parts), at, tenon.Part{Name: part, Position: last + 1, Values: p})
		return at, e.countParts()
	})
}

// UpdatePart lays values over one part of an item.
func (c *Core) UpdatePart(ctx context.Context, v tenon.Viewer, item tenon.ItemID, id int64, values tenon.Values) (*tenon.Part, error) {
	var p *tenon.Part
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		p, err = c.UpdatePartIn(tx, v, item, id, values)
		return err
	})
	return p, err
}

// UpdatePartIn is UpdatePart inside the caller's transaction.
func (c *Core) UpdatePartIn(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, id int64, values tenon.Values) (*tenon.Part, error) {
	return c.changePart(tx, v, item, func(e *edit) (int, error) {
		at, info, err := e.findPart(id)
		if err != nil {
			return 0, err
		}
		p, err := e.cleanPart(info, e.parts[at].Values, values)
		if err != nil {
			return 0, err
		}
		e.parts = slices.Clone(e.parts)
		e.parts[at].Values = p
		return at, nil
	})
}

// RemovePart takes one part off an item.
func (c *Core) RemovePart(ctx context.Context, v tenon.Viewer, item tenon.ItemID, id int64) error {
	return c.st.Write(ctx, func(tx *store.Tx) error { return c.RemovePartIn(tx, v, item, id) })
}

// RemovePartIn is RemovePart inside the caller's transaction.
func (c *Core) RemovePartIn(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, id int64) error {
	_, err := c.changePart(tx, v, item, func(e *edit) (int, error) {
		at, _, err := e.findPart(id)
		if err != nil {
			return 0, err
		}
		e.parts = slices.Delete(slices.Clone(e.parts), at, at+1)
		return -1, nil
	})
	return err
}

// changePart runs a change of one part through the same gate as a change of
// the item. change returns where in e.parts the part stands, -1 for none.
func (c *Core) changePart(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, change func(e *edit) (int, error)) (*tenon.Part, error) {
	e, err := c.open(tx, v, item, ItemChange{})
	if err != nil {
		return nil, err
	}
	if err := e.applyValues(); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	at, err := change(e)
	if err != nil {
		return nil, err
	}
	e.compareParts()
	if err := e.stampCompleted(); err != nil {
		return nil, err
	}
	var out *tenon.Part
	if at >= 0 {
		out = &e.parts[at]
	}
	if e.unchanged() {
		return out, nil
	}
	if err := tx.UpdateItem(e.item, e.parts); err != nil {
		return nil, err
	}
	return out, e.finish("update")
}

func (e *edit) findPart(id int64) (int, *tenon.PartInfo, error) {
	at := slices.IndexFunc(e.parts, func(p tenon.Part) bool { return p.ID == id })
	if at < 0 {
		return 0, nil, tenon.Errorf(tenon.NotFound, "%s has no part %d.", e.item.Name, id)
	}
	info := e.info.Part(e.parts[at].Name)
	if info.Append {
		return 0, nil, tenon.Errorf(tenon.Conflict, "A %s is never changed once it is written.", info.Label)
	}
	return at, info, nil
}

// applyParts loads the parts and lays the change over them.
func (e *edit) applyParts() error {
	for plural := range e.in.Parts {
		if !slices.ContainsFunc(e.info.Parts, func(p tenon.PartInfo) bool { return p.Plural == plural }) {
			return tenon.FieldErrorf(plural, "A %s has no list of that name.", e.info.Label)
		}
	}
	if len(e.info.Parts) == 0 {
		return nil
	}
	if !e.create {
		all, err := e.tx.SystemParts(e.item.ID)
		if err != nil {
			return err
		}
		e.wasParts = all[e.item.ID]
	}
	e.parts = nil
	for i := range e.info.Parts {
		info := &e.info.Parts[i]
		var was []tenon.Part
		for _, p := range e.wasParts {
			if p.Name == info.Name {
				was = append(was, p)
			}
		}
		in, sent := e.in.Parts[info.Plural]
		if !sent {
			e.parts = append(e.parts, was...)
			continue
		}
		now, err := e.replaceParts(info, was, in)
		if err != nil {
			return err
		}
		e.parts = append(e.parts, now...)
	}
	e.compareParts()
	return e.countParts()
}

func (e *edit) countParts() error {
	if len(e.parts) > maxParts {
		return tenon.Errorf(tenon.TooLarge, "A record may list %d parts at most.", maxParts)
	}
	return nil
}

// replaceParts makes a list out of what was sent. What is in it already keeps
// its id; what stands where another part stood takes that part's.
func (e *edit) replaceParts(info *tenon.PartInfo, was []tenon.Part, in []tenon.Values) ([]tenon.Part, error) {
	now := make([]tenon.Part, len(in))
	taken := map[int64]bool{}
	for i, values := range in {
		fresh, err := e.cleanPart(info, tenon.Values{}, values)
		if err != nil {
			return nil, partError(info, i, err)
		}
		now[i] = tenon.Part{Name: info.Name, Position: i, Values: fresh}
		for _, w := range was {
			if !taken[w.ID] && sameSent(info, w.Values, fresh) {
				taken[w.ID] = true
				now[i].ID, now[i].Values, now[i].CreatedAt, now[i].UpdatedAt = w.ID, w.Values, w.CreatedAt, w.UpdatedAt
				break
			}
		}
	}
	for i, w := range was {
		if info.Append && (i >= len(now) || now[i].ID != w.ID) {
			return nil, tenon.FieldErrorf(info.Plural, "What is written there stays: add to it.")
		}
		if i < len(now) && now[i].ID == 0 && !taken[w.ID] {
			taken[w.ID] = true
			values, err := e.cleanPart(info, readOnlyOf(info, w.Values), in[i])
			if err != nil {
				return nil, partError(info, i, err)
			}
			now[i].ID, now[i].Values, now[i].CreatedAt = w.ID, values, w.CreatedAt
		}
	}
	return now, nil
}

// partError says which entry of the list is wrong.
func partError(info *tenon.PartInfo, at int, err error) error {
	if e, ok := err.(*tenon.Error); ok && e.Code == tenon.Invalid {
		return tenon.FieldErrorf(fmt.Sprintf("%s.%d.%s", info.Plural, at, e.Field), "%s %d: %s", info.Label, at+1, e.Message)
	}
	return err
}

// sameSent compares what people send of a part, not what the system adds.
func sameSent(info *tenon.PartInfo, a, b tenon.Values) bool {
	return withoutReadOnly(info, a).Equal(withoutReadOnly(info, b))
}

func withoutReadOnly(info *tenon.PartInfo, v tenon.Values) tenon.Values {
	out := v.Clone()
	for i := range info.Fields {
		if info.Fields[i].ReadOnly {
			delete(out, info.Fields[i].Name)
		}
	}
	return out
}

func readOnlyOf(info *tenon.PartInfo, v tenon.Values) tenon.Values {
	out := tenon.Values{}
	for i := range info.Fields {
		if f := &info.Fields[i]; f.ReadOnly && v[f.Name] != nil {
			out[f.Name] = v[f.Name]
		}
	}
	return out
}

// cleanPart lays a change over the values of a part and adds what the system
// knows: who wrote a comment, when a task was done.
func (e *edit) cleanPart(info *tenon.PartInfo, old, change tenon.Values) (tenon.Values, error) {
	values, changed, err := info.Fields.Apply(old, clean(info.Fields, change))
	if err != nil {
		return nil, err
	}
	for _, name := range changed {
		f := info.Fields.Field(name)
		if id := values.ID(name); f.Type == tenon.UserRef && id != 0 && !e.restoring {
			missing, err := e.tx.MissingSubjects([]tenon.Subject{{Kind: "user", ID: id}})
			if err != nil {
				return nil, err
			}
			if len(missing) > 0 {
				return nil, tenon.FieldErrorf(name, "%s: there is no user %d.", f.Label, id)
			}
		}
	}
	if f := info.Fields.Field("author_id"); f != nil && f.ReadOnly && values[f.Name] == nil && e.v.User != 0 {
		values[f.Name] = float64(e.v.User)
	}
	if f := info.Fields.Field("completed_at"); f != nil && f.ReadOnly {
		switch {
		case !values.Bool("completed"):
			delete(values, f.Name)
		case values[f.Name] == nil:
			values[f.Name] = moment(e.tx.Now())
		}
	}
	return values, nil
}

// compareParts notes which lists differ.
func (e *edit) compareParts() {
	e.lists = nil
	for i := range e.info.Parts {
		info := &e.info.Parts[i]
		was, now := partsNamed(e.wasParts, info.Name), partsNamed(e.parts, info.Name)
		same := slices.EqualFunc(was, now, func(a, b tenon.Part) bool {
			return a.ID == b.ID && a.Position == b.Position && a.Values.Equal(b.Values)
		})
		if !same {
			e.lists = append(e.lists, info.Plural)
		}
	}
}

func partsNamed(all []tenon.Part, name string) []tenon.Part {
	var out []tenon.Part
	for _, p := range all {
		if p.Name == name {
			out = append(out, p)
		}
	}
	return out
}

// logParts says what differs in a list: the entries that went and came. The
// revision has the whole.
func (e *edit) logParts(plural string) tenon.Change {
	name := ""
	for i := range e.info.Parts {
		if e.info.Parts[i].Plural == plural {
			name = e.info.Parts[i].Name
		}
	}
	if e.drafts() { // the log is read by more people than a draft is
		return tenon.Change{Field: plural}
	}
	was, now := partsNamed(e.wasParts, name), partsNamed(e.parts, name)
	return tenon.Change{Field: plural, Before: missingIn(was, now), After: missingIn(now, was)}
}

// missingIn lists the values of the parts in a that are not in b.
func missingIn(a, b []tenon.Part) any {
	there := map[string]bool{}
	for _, p := range b {
		there[p.Values.JSON()] = true
	}
	var out []any
	size := 0
	for _, p := range a {
		text := p.Values.JSON()
		if there[text] {
			continue
		}
		if size += len(text); size > 8*shortText {
			return append(out, "…")
		}
		out = append(out, json.RawMessage(text))
	}
	if out == nil {
		return nil
	}
	return out
}

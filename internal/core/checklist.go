package core

import (
	"context"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// taskName is the name of the part that is ticked.
const taskName = "task"

// stampCompleted keeps a checklist completed as long as all its tasks are. Who
// says outright that it is, or is not, is believed.
func (e *edit) stampCompleted() error {
	if e.info.Kind != tenon.Checklist || e.restoring || !slices.Contains(e.lists, "tasks") {
		return nil
	}
	if _, said := e.in.Values["completed"]; said {
		return nil
	}
	tasks := partsNamed(e.parts, taskName)
	all := len(tasks) > 0 && !slices.ContainsFunc(tasks, func(p tenon.Part) bool { return !p.Values.Bool("completed") })
	if all == e.item.Values.Bool("completed") {
		return nil
	}
	e.item.Values = e.item.Values.Clone()
	delete(e.item.Values, "completed")
	if all {
		e.item.Values["completed"] = true
	}
	e.changed = append(e.changed, "completed")
	return nil
}

// TickTask marks a task of a checklist as done, or as still to do. The log
// names the task.
func (c *Core) TickTask(ctx context.Context, v tenon.Viewer, item tenon.ItemID, task int64, done bool) (out *tenon.Part, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		out, err = c.tickTask(tx, v, item, task, done)
		return err
	})
	return out, err
}

func (c *Core) tickTask(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, task int64, done bool) (*tenon.Part, error) {
	return c.changePart(tx, v, item, func(e *edit) (int, error) {
		at, info, err := e.findPart(task)
		if err != nil {
			return 0, err
		}
		if info.Name != taskName {
			return 0, tenon.Errorf(tenon.NotFound, "%s has no task %d.", e.item.Name, task)
		}
		p, err := e.cleanPart(info, e.parts[at].Values, tenon.Values{"completed": done})
		if err != nil {
			return 0, err
		}
		e.parts = slices.Clone(e.parts)
		e.parts[at].Values = p
		e.act, e.says = "complete task", []tenon.Change{{Field: "task", After: p.Text("name")}}
		if !done {
			e.act, e.says = "reopen task", []tenon.Change{{Field: "task", Before: p.Text("name")}}
		}
		return at, nil
	})
}

// OrderParts puts a list of an item into another order. ids are those of all
// its entries: where somebody has added or removed one meanwhile, nothing is done.
func (c *Core) OrderParts(ctx context.Context, v tenon.Viewer, item tenon.ItemID, part string, ids []int64) error {
	return c.st.Write(ctx, func(tx *store.Tx) error { return c.orderParts(tx, v, item, part, ids) })
}

func (c *Core) orderParts(tx *store.Tx, v tenon.Viewer, item tenon.ItemID, part string, ids []int64) error {
	_, err := c.changePart(tx, v, item, func(e *edit) (int, error) {
		info := e.info.Part(part)
		if info == nil || info.Append {
			return 0, tenon.Errorf(tenon.NotFound, "A %s has no list of that name that can be ordered.", e.info.Label)
		}
		was := partsNamed(e.parts, part)
		now := make([]tenon.Part, 0, len(was))
		for i, id := range ids {
			at := slices.IndexFunc(was, func(p tenon.Part) bool { return p.ID == id })
			if at < 0 || slices.Contains(ids[:i], id) {
				return 0, staleOrder(e.item.Name)
			}
			p := was[at]
			p.Position = i
			now = append(now, p)
		}
		if len(now) != len(was) {
			return 0, staleOrder(e.item.Name)
		}
		others := slices.DeleteFunc(slices.Clone(e.parts), func(p tenon.Part) bool { return p.Name == part })
		e.parts = append(others, now...)
		e.act, e.says = "reorder", []tenon.Change{{Field: info.Plural}}
		return -1, nil
	})
	return err
}

func staleOrder(name string) error {
	return tenon.Errorf(tenon.Stale, "Somebody has added to %s or removed from it since you opened it. Nothing was changed. Look at it again and try again.", name)
}

// ChecklistFrom makes a checklist with the tasks of a template. about is the
// item that it hangs on, 0 for none; org is then the organization. name is that
// of the checklist, "" for the template's.
func (c *Core) ChecklistFrom(ctx context.Context, v tenon.Viewer, template tenon.ItemID, org tenon.OrgID, about tenon.ItemID, name string) (*tenon.Item, error) {
	var out *tenon.Item
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		if err := v.Need(tenon.CreateItems); err != nil {
			return err
		}
		t, err := tx.GetItem(v, template)
		if err != nil {
			return err
		}
		if t.Kind != tenon.ChecklistTemplate {
			return tenon.FieldErrorf("template", "%s is no checklist template.", t.Name)
		}
		if org == 0 && about == 0 {
			return tenon.FieldErrorf("organization_id", "Say for which organization the checklist is.")
		}
		parts, err := tx.SystemParts(t.ID)
		if err != nil {
			return err
		}
		in := ItemChange{Values: tenon.Values{"name": t.Name, "description": t.Values["description"]}, Parts: map[string][]tenon.Values{"tasks": {}}}
		if name != "" {
			in.Values["name"] = name
		}
		if about != 0 {
			in.Values["resource_id"] = int64(about)
		}
		for _, p := range partsNamed(parts[t.ID], taskName) {
			in.Parts["tasks"] = append(in.Parts["tasks"], tenon.Values{"name": p.Values["name"], "notes": p.Values["notes"], "assignee_id": p.Values["assignee_id"]})
		}
		out, err = c.CreateItemIn(tx, v, tenon.Checklist, org, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

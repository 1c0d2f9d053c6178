package core_test

import (
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

func (h *house) tasks(id tenon.ItemID) []tenon.Part {
	h.t.Helper()
	parts, err := h.Parts(ctx, admin, id)
	h.must(err)
	return parts
}

func TestTickTasks(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		editor, reader := h.user("editor", tenon.Editor, acme), h.user("reader", tenon.ReadOnly, acme)
		template, err := h.CreateItem(ctx, admin, tenon.ChecklistTemplate, acme, core.ItemChange{Values: tenon.Values{"name": "Leaver", "description": "All of it"},
			Parts: map[string][]tenon.Values{"tasks": {{"name": "Account", "completed": true}, {"name": "Keys", "notes": "front door"}}}})
		h.must(err)
		srv := h.named(tenon.Configuration, acme, "srv")
		list, err := h.ChecklistFrom(ctx, editor, template.ID, 0, srv.ID, "")
		h.must(err)
		tasks := h.tasks(list.ID)
		if list.Name != "Leaver" || list.Values.ID("resource_id") != int64(srv.ID) || len(tasks) != 2 || tasks[0].Values.Bool("completed") || tasks[1].Values.Text("notes") != "front door" {
			h.t.Errorf("made %+v with %+v", list, tasks)
		}
		completed := func(want bool) {
			h.t.Helper()
			i, err := h.Item(ctx, admin, list.ID)
			h.must(err)
			if i.Values.Bool("completed") != want {
				h.t.Errorf("completed is %v, want %v", !want, want)
			}
		}
		_, err = h.TickTask(ctx, editor, list.ID, tasks[0].ID, true)
		h.must(err)
		completed(false)
		p, err := h.TickTask(ctx, editor, list.ID, tasks[1].ID, true)
		h.must(err)
		completed(true)
		if p.Values.Text("completed_at") == "" {
			h.t.Error("the task does not say when it was done")
		}
		_, err = h.TickTask(ctx, editor, list.ID, tasks[1].ID, false)
		h.must(err)
		completed(false)
		_, err = h.UpdateItem(ctx, editor, list.ID, core.ItemChange{Values: tenon.Values{"completed": true}})
		h.must(err)
		completed(true)
		ticks := map[string]int{}
		for _, e := range h.events(admin, list.ID) {
			ticks[e.Action]++
			if e.Action == "complete task" && (e.Changes[len(e.Changes)-1].Field != "task" && e.Changes[0].Field != "task") {
				h.t.Errorf("the log says %+v", e.Changes)
			}
		}
		if ticks["complete task"] != 2 || ticks["reopen task"] != 1 {
			h.t.Errorf("the log has %v", ticks)
		}
		_, err = h.TickTask(ctx, reader, list.ID, tasks[0].ID, false)
		h.refused("a reader ticks", err, tenon.Forbidden)
		_, err = h.TickTask(ctx, editor, list.ID, 999999, true)
		h.refused("a task that is none", err, tenon.NotFound)
		_, err = h.ChecklistFrom(ctx, editor, list.ID, acme, 0, "")
		h.refused("a checklist as template", err, tenon.Invalid)
		_, err = h.ChecklistFrom(ctx, reader, template.ID, acme, 0, "")
		h.refused("a reader makes one", err, tenon.Forbidden)
	})
}

func TestOrderParts(t *testing.T) {
	each(t, func(h *house) {
		list, err := h.CreateItem(ctx, admin, tenon.Checklist, h.org("Acme"), core.ItemChange{Values: tenon.Values{"name": "A"},
			Parts: map[string][]tenon.Values{"tasks": {{"name": "1"}, {"name": "2"}, {"name": "3"}}}})
		h.must(err)
		was := h.tasks(list.ID)
		h.must(h.OrderParts(ctx, admin, list.ID, "task", []int64{was[2].ID, was[0].ID, was[1].ID}))
		got := ""
		for _, p := range h.tasks(list.ID) {
			got += p.Values.Text("name")
		}
		if got != "312" {
			h.t.Errorf("in the order %s, want 312", got)
		}
		for what, ids := range map[string][]int64{"one too few": {was[0].ID, was[1].ID}, "one twice": {was[0].ID, was[0].ID, was[1].ID}, "a stranger": {was[0].ID, was[1].ID, 999999}} {
			h.refused(what, h.OrderParts(ctx, admin, list.ID, "task", ids), tenon.Stale)
		}
		h.refused("a list that is none", h.OrderParts(ctx, admin, list.ID, "comment", nil), tenon.NotFound)
	})
}

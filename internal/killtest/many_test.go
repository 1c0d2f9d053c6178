package killtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

// crowd is how many configurations the acts on many of these tests work on:
// three chunks.
const crowd = 30

// tagged counts the configurations of an organization that have the tag.
func (h *house) tagged(org tenon.OrgID) int {
	h.t.Helper()
	page, _, err := h.Core.Items(ctx, Admin, store.ItemQuery{Kind: tenon.Configuration, Org: org, Match: []store.KeyMatch{{Field: "tags", Keys: []string{"kept"}}}, Page: tenon.Page{Limit: 2 * crowd}})
	h.must(err)
	return len(page)
}

// neverBegan tells whether a kill at the step leaves nothing of the operation.
func neverBegan(work, step string) bool { return step == beforeCommit || step == steps[work][0] }

// actIsWhole holds the act on many that was done last to its numbers.
func (h *house) actIsWhole(after string, org tenon.OrgID, changed int64) *tenon.Operation {
	h.t.Helper()
	op := h.operations(trash.KindMany)[0]
	left := crowd - changed
	if op.State != tenon.Finished || op.Receipt.Counts["items"] != changed || op.Receipt.Counts["not_done"] != left || op.Cancelled() != (left > 0) || op.Done != changed {
		h.t.Fatalf("after %s: the act is %s, %d done, with %v, cancelled %v, %q", after, op.State, op.Done, op.Receipt.Counts, op.Cancelled(), op.Error)
	}
	if n := h.tagged(org); int64(n) != changed {
		h.t.Fatalf("after %s: %d are tagged", after, n)
	}
	return &op
}

// takenBack undoes an act on many, and wants that all is as before.
func (h *house) takenBack(after string, id tenon.OperationID, org tenon.OrgID) {
	h.t.Helper()
	_, err := h.Trash.Undo(ctx, Admin, id)
	h.must(err)
	h.drain()
	if n := h.tagged(org); n != 0 {
		h.t.Errorf("after %s and an undo %d are tagged", after, n)
	}
}

// TestKilledActOnMany kills an act on many at each of its steps: it goes on, is
// done once, and is undone as one.
func TestKilledActOnMany(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		org := h.org(tenon.Values{}, crowd)
		before := h.census()
		for _, step := range steps["many"] {
			done := len(h.operations(trash.KindMany))
			h.killAt(step, "many", fmt.Sprint(org))
			h.cleanButSearch(step)
			h.drain()
			if neverBegan("many", step) {
				if n := len(h.operations(trash.KindMany)); n != done || h.tagged(org) != 0 {
					h.t.Errorf("after %s there is some of an act that never was", step)
				}
				continue
			}
			op := h.actIsWhole(step, org, crowd)
			h.takenBack(step, op.ID, org)
		}
		h.same("all", before)
		h.clean("all")
	})
}

// TestKilledUndoOfMany kills what takes an act on many back.
func TestKilledUndoOfMany(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		org := h.org(tenon.Values{}, crowd)
		before := h.census()
		for _, step := range steps["unmany"] {
			op, err := h.Tag(ctx, org)
			h.must(err)
			h.drain()
			h.killAt(step, "unmany", op.ID.String())
			h.cleanButSearch(step)
			h.drain()
			if neverBegan("unmany", step) {
				h.takenBack(step, h.actIsWhole(step, org, crowd).ID, org)
				continue
			}
			if undone := h.operations(trash.KindMany)[0]; undone.State != tenon.Undone || h.tagged(org) != 0 {
				h.t.Errorf("after %s the act is %s, and %d are tagged", step, undone.State, h.tagged(org))
			}
			if back := h.operations(trash.KindUndoMany)[0]; back.State != tenon.Finished || back.Receipt.Counts["items"] != crowd {
				h.t.Errorf("after %s the undo is %s with %v", step, back.State, back.Receipt.Counts)
			}
		}
		h.same("all", before)
		h.clean("all")
	})
}

// TestKilledCancel kills the process that cancels an act on many half-way: it
// stops where it was, or goes on as if nobody had asked.
func TestKilledCancel(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		org := h.org(tenon.Values{}, crowd)
		before := h.census()
		for _, step := range steps["cancel"] {
			h.killAt("many/chunk-noted@2", "many", fmt.Sprint(org)) // the first chunk is there
			id := h.operations(trash.KindMany)[0].ID
			h.killAt(step, "cancel", id.String())
			h.cleanButSearch(step)
			op, err := h.operation(id)
			h.must(err)
			if op.Cancelled() == neverBegan("cancel", step) {
				h.t.Errorf("after %s: cancelled is %v", step, op.Cancelled())
			}
			if op.State == tenon.Running {
				_, err := h.Operations.Cancel(ctx, Admin, id) // a second time is as once
				h.must(err)
			}
			h.drain()
			op = h.actIsWhole(step, org, 10)
			if !slices.ContainsFunc(op.Receipt.Notes, func(n tenon.Phrase) bool {
				return n.String() == "command line cancelled it. 20 of 30 items were not looked at."
			}) {
				h.t.Errorf("after %s the notes are %q", step, op.Receipt.Notes)
			}
			if _, err := h.Operations.Cancel(ctx, Admin, id); tenon.CodeOf(err) != tenon.Conflict {
				h.t.Errorf("cancelled at its end: %v", err)
			}
			h.takenBack(step, id, org)
		}
		h.same("all", before)
		h.clean("all")
	})
}

// TestCancelledImport cancels an import of which one chunk is there: the rest is
// not looked at, and what came is taken back as after any import.
func TestCancelledImport(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		h.killAt("import/chunk-noted@2", "import", h.file("stopq"))
		op := h.operations(csvimport.Kind)[0]
		_, err := h.Operations.Cancel(ctx, Admin, op.ID)
		h.must(err)
		h.drain()
		op = h.operations(csvimport.Kind)[0]
		if op.State != tenon.Finished || !op.Cancelled() || op.Done != 25 || op.Total != rows || op.Receipt.Counts["created"] != 25 || op.Receipt.Counts["not_done"] != rows-25 {
			h.t.Errorf("the import is %s, cancelled %v, %d of %d with %v", op.State, op.Cancelled(), op.Done, op.Total, op.Receipt.Counts)
		}
		h.clean("a cancelled import")
		_, err = h.Operations.Undo(ctx, Admin, op.ID)
		h.must(err)
		h.drain()
		if got := h.imported("stopq"); got != "0: " {
			h.t.Errorf("after the undo there are %s", got)
		}
		h.clean("its undo")
	})
}

// TestCancelledCopy cancels a copy half-way: another one goes on from there, and
// misses nothing.
func TestCancelledCopy(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(5, 2)
		h.env = []string{"TENON_IMPORT_KEY=" + a.key}
		h.killAt("copy/chunk-written@14", "copy", a.url)
		id := h.operations(glueimport.Kind)[0].ID
		_, err := h.Operations.Cancel(ctx, Admin, id)
		h.must(err)
		h.drain()
		op, err := h.operation(id)
		h.must(err)
		if op.State != tenon.Finished || !op.Cancelled() || op.Receipt.Counts["not_done"] == 0 || op.Done == 0 {
			h.t.Errorf("the copy is %s, cancelled %v, %d done, with %v", op.State, op.Cancelled(), op.Done, op.Receipt.Counts)
		}
		h.cleanButSearch("a cancelled copy")
		h.copyOf(a)
		samePicture(h.t, "after another copy", h.picture(false), a.picture(false))
		h.clean("all")
	})
}

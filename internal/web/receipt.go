package web

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
)

// This file has the words of receipts: what was done, and what an undo of it
// brings back and leaves.

// actionOf is what an operation on records did, "" for the other operations.
func actionOf(op *tenon.Operation) string {
	if op.Plan != nil && (op.Kind == trash.KindItems || op.Kind == trash.KindMany) {
		return op.Plan.Action
	}
	return ""
}

// pastOf is what an operation did, in a word.
func pastOf(ctx context.Context, op *tenon.Operation) string {
	switch actionOf(op) {
	case trash.ActionDelete:
		return say.Text(ctx, "Moved to the trash")
	case trash.ActionRestore:
		return say.Text(ctx, "Restored")
	case trash.ActionArchive:
		return say.Text(ctx, "Archived")
	case trash.ActionUnarchive:
		return say.Text(ctx, "Taken out of the archive")
	case trash.ActionMove:
		return say.Text(ctx, "Moved")
	case trash.ActionCopy:
		return say.Text(ctx, "Copied")
	}
	switch op.Kind {
	case merge.Kind, trash.KindMergeItems:
		return say.Text(ctx, "Merged")
	case merge.KindUndo, trash.KindUndoItems, trash.KindUndoMergeItems, trash.KindUndoMany, csvimport.KindUndo, glueimport.KindUndo:
		return say.Text(ctx, "Undone")
	case trash.KindDelete:
		return say.Text(ctx, "Moved to the trash")
	case trash.KindRestore:
		return say.Text(ctx, "Restored")
	case trash.KindPurge:
		return say.Text(ctx, "Purged")
	case trash.KindDemo:
		return say.Text(ctx, "Removed")
	case csvimport.Kind:
		return say.Text(ctx, "Imported")
	case glueimport.Kind:
		return say.Text(ctx, "Copied")
	case export.Kind:
		return say.Text(ctx, "Exported")
	}
	return say.Text(ctx, "Done")
}

// forGood tells the operations that no undo takes back, ever; the others may
// have an obstacle in their way.
func forGood(kind string) bool {
	switch kind {
	case merge.Kind, trash.KindDelete, trash.KindItems, trash.KindMany, trash.KindMergeItems, csvimport.Kind, glueimport.Kind:
		return false
	}
	return true
}

// whyForGood says why there is no undo, and what there is instead.
func whyForGood(ctx context.Context, op *tenon.Operation, reason string) string {
	switch op.Kind {
	case trash.KindRestore:
		return say.Text(ctx, "A restore is not taken back: delete it again.")
	case trash.KindPurge:
		return say.Text(ctx, "What is purged is gone. The activity log says what it was.")
	case trash.KindDemo:
		return say.Text(ctx, "What is removed is gone. Demo data can be made again.")
	case export.Kind:
		return say.Text(ctx, "An export changes nothing, so there is nothing to take back.")
	case demo.Kind:
		return reason
	}
	if op.Undoes != 0 {
		return say.Text(ctx, "An undo is not taken back: do again what was undone.")
	}
	return reason
}

// undoWords say until when it can be undone, what then goes back, and what stays.
func (c *receiptView) undoWords(ctx context.Context) (until, back, stays string) {
	if action := actionOf(c.op); action != "" {
		return c.undoActWords(ctx, action)
	}
	switch c.op.Kind {
	case merge.Kind:
		names := c.op.SourceName
		if names == "" {
			names = say.Textf(ctx, "%d organizations", len(c.children))
		}
		return say.Text(ctx, "Until one of the two is moved to the trash; no date ends it."), say.Textf(ctx, "%s with all that came from it and its later edits, its e-mail domains, its sub-organizations and the access as it was.", names),
			say.Textf(ctx, "What was added to %s since.", c.op.TargetName)
	case trash.KindDelete:
		return say.Text(ctx, "Until it is purged from the trash."), say.Text(ctx, "The organization with its items and sub-organizations, exactly as they were."), ""
	case trash.KindMergeItems:
		return say.Text(ctx, "Until one of the two is moved to the trash; no date ends it."), say.Text(ctx, "The item that was merged away, with what hung on it."), say.Text(ctx, "What was added since.")
	case csvimport.Kind:
		return say.Text(ctx, "No date ends it."), say.Text(ctx, "What the import created goes to the trash. What it changed is as before."), say.Text(ctx, "What somebody has changed since in records that were there before.")
	case glueimport.Kind:
		return say.Text(ctx, "No date ends it."), say.Text(ctx, "What the copy created goes to the trash."), say.Text(ctx, "What the copy changed on records that were here before.")
	}
	return say.Text(ctx, "While what it touched is there."), say.Text(ctx, "What it changed, where nobody has changed it since."), ""
}

// undoActWords are undoWords of an act on records, one or many.
func (c *receiptView) undoActWords(ctx context.Context, action string) (until, back, stays string) {
	one := c.op.Kind == trash.KindItems && planCount(c.op.Plan) == 1
	number := func(singular, plural string) string {
		if one {
			return singular
		}
		return plural
	}
	while := number(say.Text(ctx, "While the item is there; no date ends it."), say.Text(ctx, "While one of the items is there; no date ends it."))
	switch action {
	case trash.ActionDelete:
		return number(say.Text(ctx, "Until the item is purged from the trash."), say.Text(ctx, "Until the items are purged from the trash.")),
			number(say.Text(ctx, "The item with what hangs on it, exactly as it was."), say.Text(ctx, "The items with what hangs on them, exactly as they were.")), ""
	case trash.ActionRestore:
		return while, number(say.Text(ctx, "The item with what hangs on it goes to the trash again."), say.Text(ctx, "The items with what hangs on them go to the trash again.")), ""
	case trash.ActionArchive:
		return while, number(say.Text(ctx, "The item leaves the archive and is in the lists again."), say.Text(ctx, "The items leave the archive and are in the lists again.")), ""
	case trash.ActionUnarchive:
		return while, number(say.Text(ctx, "The item is in the archive again."), say.Text(ctx, "The items are in the archive again.")), ""
	case trash.ActionMove:
		return while, number(say.Text(ctx, "The item with what hangs on it goes back to where it was, with its references there."), say.Text(ctx, "The items with what hangs on them go back to where they were, with their references there.")),
			say.Text(ctx, "What was moved on since, and all other edits.")
	case trash.ActionCopy:
		return number(say.Text(ctx, "While the copy is there; no date ends it."), say.Text(ctx, "While one of the copies is there; no date ends it.")),
			number(say.Text(ctx, "The copy goes to the trash."), say.Text(ctx, "The copies go to the trash.")), number(say.Text(ctx, "The original."), say.Text(ctx, "The originals."))
	}
	return say.Text(ctx, "While what it touched is there."), say.Text(ctx, "What it changed, where nobody has changed it since."), ""
}

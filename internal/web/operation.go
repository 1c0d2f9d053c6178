package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/ui"
)

func operationPath(id tenon.OperationID) string { return "/operations/" + id.String() }

// receiptView is everything that the page of an operation shows.
type receiptView struct {
	fieldsView
	op       *tenon.Operation
	can      tenon.CanUndo
	undo     *tenon.Operation // that took it back
	children []tenon.Operation
	pairs    []tenon.DuplicatePlan
	live     map[tenon.ItemID]bool // which of the pairs' items are still there
	viewer   tenon.Viewer
	now      time.Time
}

// operationPage is the receipt of an operation, at its permanent address; while
// it runs, how far it is.
func (s *server) operationPage(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OperationID](r, "id")
	if err != nil {
		return err
	}
	v := viewer(r)
	c := &receiptView{viewer: v, now: s.now()}
	c.schema = tenon.OrganizationFields
	if err := s.read(r, func(tx *store.Tx) error { return c.load(tx, id) }); err != nil {
		return err
	}
	if c.op.State == tenon.Finished {
		if c.can, err = s.ops.CanUndo(r.Context(), v, id); err != nil {
			return err
		}
	}
	return s.show(w, r, ui.Page{Title: c.title(), Section: "organizations", Refresh: c.op.State == tenon.Running}, receiptContent(c))
}

// maxPairs is how many probable duplicates a receipt lists.
const maxPairs = 50

func (c *receiptView) load(tx *store.Tx, id tenon.OperationID) (err error) {
	if c.op, err = tx.GetOperation(c.viewer, id); err != nil {
		return err
	}
	if c.op.UndoneBy != 0 {
		if c.undo, err = tx.GetOperation(c.viewer, c.op.UndoneBy); err != nil && tenon.CodeOf(err) != tenon.NotFound {
			return err
		}
	}
	if c.op.Receipt != nil && len(c.op.Receipt.Children) > 0 {
		if c.children, err = tx.ChildOperations(c.viewer, id); err != nil {
			return err
		}
		// The job that counts again hangs on the merge too, and is no part of it.
		c.children = slices.DeleteFunc(c.children, func(child tenon.Operation) bool { return child.Kind != c.op.Kind })
	}
	if err := c.loadPairs(tx); err != nil {
		return err
	}
	var ids wanted
	for _, values := range c.kept() {
		for name, x := range values {
			values[name] = whole(x)
		}
		ids.add(c.schema, values)
	}
	for i := range c.changed() {
		f := &c.changed()[i]
		f.Target, f.Result = whole(f.Target), whole(f.Result)
		ids.add(c.schema, tenon.Values{f.Name: f.Target})
		ids.add(c.schema, tenon.Values{f.Name: f.Result})
	}
	c.names, err = ids.load(tx, c.viewer)
	return err
}

// whole gives ids that were kept as JSON back their type.
func whole(x any) any {
	if n, ok := x.(float64); ok && n == float64(int64(n)) {
		return int64(n)
	}
	return x
}

// loadPairs finds out which of the probable duplicates are still two.
func (c *receiptView) loadPairs(tx *store.Tx) error {
	if c.op.Plan == nil || c.op.Kind != merge.Kind || c.op.State != tenon.Finished {
		return nil
	}
	c.pairs = c.op.Plan.Duplicates[:min(len(c.op.Plan.Duplicates), maxPairs)]
	if len(c.pairs) == 0 {
		return nil
	}
	var want []tenon.ItemID
	for _, p := range c.pairs {
		want = append(want, p.Source, p.Target)
	}
	slices.Sort(want)
	items, _, err := tx.ListItems(c.viewer, store.ItemQuery{IDs: slices.Compact(want), Page: tenon.Page{Limit: 2 * maxPairs, Sort: "updated"}})
	c.live = map[tenon.ItemID]bool{}
	for _, i := range items {
		c.live[i.ID] = true
	}
	return err
}

func (c *receiptView) kept() map[tenon.OrgID]tenon.Values {
	if c.op.Receipt == nil {
		return nil
	}
	return c.op.Receipt.Kept
}

func (c *receiptView) changed() []tenon.FieldPlan {
	if c.op.Receipt == nil {
		return nil
	}
	return c.op.Receipt.Changed
}

func (c *receiptView) counts() map[string]int64 {
	if c.op.Receipt == nil {
		return nil
	}
	return c.op.Receipt.Counts
}

// isMerge tells whether the page shows a joint.
func (c *receiptView) isMerge() bool { return c.op.Kind == merge.Kind }

func (c *receiptView) title() string {
	if c.isMerge() && c.op.SourceID != 0 && c.op.State == tenon.Finished {
		return c.op.SourceName + " is now part of " + c.op.TargetName
	}
	return c.op.Title
}

// status is the line that says how it stands, with what can be done about it.
func (c *receiptView) status() ui.Notice {
	at := c.op.DoneAt.In(c.now.Location())
	n := ui.Notice{Status: true, Tone: ui.Good}
	switch c.op.State {
	case tenon.Running:
		n.Tone, n.Icon, n.Title, n.Text = ui.Accent, "clock", "Under way.", " It goes on by itself; it is safe to leave this page."
		return n
	case tenon.Failed:
		n.Tone, n.Title, n.Text = ui.Bad, "Failed.", " "+c.op.Error
		return n
	case tenon.Undone:
		n.Tone, n.Icon, n.Title = ui.Accent, "arrow-back-up", "Undone."
		if c.undo != nil {
			n.Text = fmt.Sprintf(" %s took it back at %s.", c.undo.ByName, c.undo.CreatedAt.In(c.now.Location()).Format("15:04:05 on 2 Jan 2006"))
			n.Action = ui.Link(operationPath(c.undo.ID), "Receipt of the undo")
		}
		return n
	}
	n.Title = fmt.Sprintf("%s at %s.", pastOf(c.op.Kind), at.Format("15:04:05"))
	if c.can.Possible {
		n.Action = undoForm(c.op.ID, true)
	}
	return n
}

// pastOf is what a kind of operation did.
func pastOf(kind string) string {
	switch kind {
	case merge.Kind, trash.KindMergeItems:
		return "Merged"
	case merge.KindUndo, trash.KindUndoItems, trash.KindUndoMergeItems:
		return "Undone"
	case trash.KindDelete:
		return "Moved to the trash"
	case trash.KindRestore:
		return "Restored"
	case trash.KindPurge:
		return "Purged"
	case "import":
		return "Imported"
	}
	return "Done"
}

func (c *receiptView) joint() ui.Joint {
	j := ui.Joint{Closed: c.op.State == tenon.Finished, Target: ui.Side{Href: organizationPath(c.op.TargetID), Name: c.op.TargetName}}
	if c.op.State == tenon.Undone {
		j.Target.Role = "Had received"
	}
	if c.op.Plan != nil && c.op.Plan.Target != nil && c.op.State == tenon.Finished {
		j.Target.Facts = append(j.Target.Facts, ui.Text(ui.Count(c.op.Plan.Target.Items+c.counts()["items"], "item", "items")+" together"))
	}
	add := func(op *tenon.Operation) {
		side := ui.Side{Name: op.SourceName, Href: organizationPath(op.SourceID), Facts: []templ.Component{ui.Text("Id " + op.SourceID.String() + " leads to " + op.TargetID.String())}}
		if op.State == tenon.Undone {
			side.Role, side.Facts = "Is its own again", []templ.Component{ui.Text("Id " + op.SourceID.String())}
		}
		j.Sources = append(j.Sources, side)
	}
	if c.op.SourceID != 0 {
		add(c.op)
	}
	for i := range c.children {
		add(&c.children[i])
	}
	return j
}

// facts are the few numbers that say what happened.
func (c *receiptView) facts() []ui.Pair {
	var out []ui.Pair
	add := func(n int64, one, many string) {
		out = append(out, ui.Pair{Name: plural(int(n), one, many), Value: ui.Text(ui.Number(n))})
	}
	counts := c.counts()
	if c.isMerge() {
		add(counts["items"], "item came across", "items came across")
		if p := c.op.Plan; p != nil {
			lost := len(p.Access.Lose)
			add(int64(len(p.Access.Gain)), fmt.Sprintf("person gained access, %d lost", lost), fmt.Sprintf("people gained access, %d lost", lost))
			var references int64
			for _, r := range p.References {
				references += r.Count
			}
			add(references, "reference goes on working", "references go on working")
		}
		add(int64(len(c.changed())), "field of the target changed", "fields of the target changed")
		return out
	}
	for _, name := range []string{"organizations", "sub_organizations", "items", "attachments", "created", "updated", "unchanged", "skipped", "failed"} {
		if n, ok := counts[name]; ok && (n > 0 || name == "items") {
			add(n, singular(name), strings.ReplaceAll(name, "_", "-"))
		}
	}
	return out
}

func singular(name string) string { return strings.TrimSuffix(strings.ReplaceAll(name, "_", "-"), "s") }

// kinds are the counts by kind, of all but merges, whose plan has them.
func (c *receiptView) kinds() []ui.Pair {
	var out []ui.Pair
	counts := c.counts()
	for i := range tenon.Kinds {
		if n := counts[tenon.Kinds[i].Plural]; n > 0 {
			out = append(out, ui.Pair{Name: tenon.Kinds[i].Labels, Value: ui.Text(ui.Number(n))})
		}
	}
	return out
}

// left is how many pairs are still two.
func (c *receiptView) left() (n int) {
	for _, p := range c.pairs {
		if c.live[p.Source] && c.live[p.Target] {
			n++
		}
	}
	return n
}

// keptPairs are the values of a source that the merge did not take.
func (c *receiptView) keptPairs(org tenon.OrgID) []ui.Pair {
	var out []ui.Pair
	for i := range c.schema {
		f := &c.schema[i]
		if text := c.word(f.Name, c.kept()[org][f.Name]); text != "" && f.Name != "parent_id" {
			out = append(out, ui.Pair{Name: f.Label, Value: ui.Text(text)})
		}
	}
	return out
}

func (c *receiptView) keptOrgs() []tenon.OrgID {
	var out []tenon.OrgID
	for id := range c.kept() {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (c *receiptView) changedPairs() []ui.Pair {
	var out []ui.Pair
	for _, f := range c.changed() {
		how := map[tenon.FieldChoice]string{tenon.Append: "appended", tenon.Union: "both", tenon.TakeSource: "taken"}[f.Choice]
		if f.Target == nil {
			how = "filled"
		}
		out = append(out, ui.Pair{Name: f.Label, Value: beforeAfter(how, c.word(f.Name, f.Target), c.word(f.Name, f.Result))})
	}
	return out
}

// undoWords say until when it can be undone and what then goes back.
func (c *receiptView) undoWords() (until, back, stays string) {
	switch c.op.Kind {
	case merge.Kind:
		names := c.op.SourceName
		if names == "" {
			names = fmt.Sprintf("%d organizations", len(c.children))
		}
		return "Until one of the two is moved to the trash; no date ends it.", names + " with all that came from it and its later edits, its e-mail domains, its sub-organizations and the access as it was.",
			"What was added to " + c.op.TargetName + " since."
	case trash.KindDelete:
		return "Until it is purged from the trash.", "The organization with its items and sub-organizations, exactly as they were.", ""
	case trash.KindMergeItems:
		return "Until one of the two is in the trash.", "The item that was merged away, with what hung on it.", "What was added since."
	}
	return "While what it touched is not in the trash.", "What it changed, where nobody has changed it since.", ""
}

// undoOperation takes an operation back. Sent twice, it leads to the receipt.
func (s *server) undoOperation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OperationID](r, "id")
	if err != nil {
		return err
	}
	op, err := s.ops.Get(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	if op.State == tenon.Undone {
		return redirect(w, r, operationPath(id))
	}
	undo, err := s.ops.Undo(r.Context(), viewer(r), id)
	if code := tenon.CodeOf(err); code == tenon.Conflict || code == tenon.Busy {
		leaveNote(w, r, note{Tone: ui.Bad, Text: tenon.MessageOf(err)})
		return redirect(w, r, operationPath(id))
	}
	if err != nil {
		return err
	}
	n := note{Text: undo.Title + ".", Href: operationPath(undo.ID), Link: "Receipt of the undo"}
	if undo.SourceID != 0 {
		n.Href, n.Link = organizationPath(undo.SourceID), "Open it"
	}
	leaveNote(w, r, n)
	if op.Parent != 0 {
		return redirect(w, r, operationPath(op.Parent))
	}
	return redirect(w, r, operationPath(id))
}

// operationList is the list of what was done, the running work on top.
type operationList struct {
	address address
	running []tenon.Operation
	rows    []tenon.Operation
	next    string
	now     time.Time
}

func (s *server) operationsPage(w http.ResponseWriter, r *http.Request) error {
	l := &operationList{address: addressOf(r), now: s.now()}
	q := l.address.query
	query := store.OperationQuery{Kind: q.Get("kind"), Page: tenon.Page{Limit: pageRows, Cursor: q.Get("cursor")}}
	if text := q.Get("organization"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return tenon.Errorf(tenon.NotFound, "There is no such organization.")
		}
		query.Org = tenon.OrgID(id)
	}
	err := s.read(r, func(tx *store.Tx) (err error) {
		if l.running, _, err = tx.ListOperations(viewer(r), store.OperationQuery{State: tenon.Running, Page: tenon.Page{Limit: 20}}); err != nil {
			return err
		}
		l.rows, l.next, err = tx.ListOperations(viewer(r), query)
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: "Operations", Section: "account", Refresh: len(l.running) > 0}, operationsContent(l))
}

func (l *operationList) tabs() []ui.Tab {
	kind := l.address.query.Get("kind")
	tabs := []ui.Tab{{Href: l.address.with("kind", ""), Text: "All", Current: kind == ""}}
	for _, k := range []struct{ kind, text string }{{merge.Kind, "Merges"}, {trash.KindDelete, "Deletions"}, {trash.KindItems, "Items"}, {trash.KindMergeItems, "Merged items"}, {trash.KindPurge, "Purges"}, {"import", "Imports"}} {
		tabs = append(tabs, ui.Tab{Href: l.address.with("kind", k.kind), Text: k.text, Current: kind == k.kind})
	}
	return tabs
}

func (l *operationList) table() ui.Table {
	t := ui.Table{ID: "list", Caption: "Operations", Columns: []ui.Column{{Title: "What"}, {Title: "State", Width: "medium", Narrow: "left"}, {Title: "By", Width: "large"}, {Title: "When", Width: "medium", Narrow: "right"}},
		None: ui.Empty{Title: "Nothing here yet", Text: "Merges, deletions, imports and other weighty acts leave their receipts here.", Filtered: l.address.query.Get("kind") != ""}.Draw()}
	for _, op := range l.rows {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.ItemCell(operationIcon(op.Kind), operationPath(op.ID), op.Title, nil, nil), operationState(&op), ui.Quiet(op.ByName), ui.When(op.CreatedAt, l.now)}})
	}
	return t
}

func operationIcon(kind string) string {
	switch kind {
	case merge.Kind, trash.KindMergeItems:
		return "arrow-merge"
	case trash.KindDelete, trash.KindPurge:
		return "trash"
	case trash.KindRestore, merge.KindUndo, trash.KindUndoItems, trash.KindUndoMergeItems:
		return "arrow-back-up"
	case "import":
		return "upload"
	}
	return "checklist"
}

package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

func operationPath(id tenon.OperationID) string { return "/operations/" + id.String() }

// receiptView is everything that the page of an operation shows.
type receiptView struct {
	fieldsView
	op       *tenon.Operation
	can      tenon.CanUndo
	cancel   bool             // may be cancelled by the viewer
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
	switch c.op.State {
	case tenon.Running:
		c.cancel = !c.op.Cancelled() && s.ops.CanCancel(v, c.op) == nil
	case tenon.Finished, tenon.Failed:
		if c.can, err = s.ops.CanUndoOf(r.Context(), v, c.op); err != nil {
			return err
		}
	}
	return s.show(w, r, ui.Page{Title: c.title(r.Context()), Section: "organizations", Refresh: c.op.State == tenon.Running}, receiptContent(c))
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

func (c *receiptView) title(ctx context.Context) string {
	if c.isMerge() && c.op.SourceID != 0 && c.op.State == tenon.Finished {
		return say.Textf(ctx, "%s is now part of %s", c.op.SourceName, c.op.TargetName)
	}
	return say.Phrase(ctx, c.op.Title)
}

// sentence is what the receipt says beyond the title of the page.
func (c *receiptView) sentence(ctx context.Context) string {
	if c.isMerge() || c.op.Receipt == nil {
		return ""
	}
	text := say.Phrase(ctx, c.op.Receipt.Sentence)
	if text == say.Phrase(ctx, c.op.Sentence()) {
		return ""
	}
	return text
}

// status is the line that says how it stands, with what can be done about it.
func (c *receiptView) status(ctx context.Context) ui.Notice {
	at := c.op.DoneAt.In(c.now.Location())
	n := ui.Notice{Status: true, Tone: ui.Good}
	switch c.op.State {
	case tenon.Running:
		n.Tone, n.Icon, n.Title, n.Text = ui.Accent, "clock", say.Text(ctx, "Under way."), " "+say.Text(ctx, "It goes on by itself; it is safe to leave this page.")
		if c.op.Cancelled() {
			n.Tone, n.Title, n.Text = ui.Warn, say.Text(ctx, "Being cancelled."), " "+say.Textf(ctx, "%s cancelled it: it stops after the records at hand.", c.op.CancelledName)
		}
		if c.cancel {
			n.Action = cancelForm(c.op, operationPath(c.op.ID))
		}
		return n
	case tenon.Failed:
		n.Tone, n.Title, n.Text = ui.Bad, say.Text(ctx, "Failed."), " "+say.Phrase(ctx, c.op.Error)
		if c.can.Possible {
			n.Action = undoForm(c.op.ID, true)
		}
		return n
	case tenon.Undone:
		n.Tone, n.Icon, n.Title = ui.Accent, "arrow-back-up", say.Text(ctx, "Undone.")
		if c.undo != nil {
			back := c.undo.CreatedAt.In(c.now.Location())
			n.Text = " " + say.Textf(ctx, "%s took it back at %s on %s.", actorName(ctx, c.undo.ByName), back.Format("15:04:05"), back.Format("2 Jan 2006"))
			n.Action = ui.Link(operationPath(c.undo.ID), say.Text(ctx, "Receipt of the undo"))
		}
		return n
	}
	n.Title = say.Textf(ctx, "%s at %s.", pastOf(ctx, c.op), at.Format("15:04:05"))
	if c.op.Cancelled() {
		n.Tone, n.Icon, n.Title, n.Text = ui.Warn, "player-stop", say.Textf(ctx, "Cancelled at %s.", at.Format("15:04:05")), " "+say.Text(ctx, "What was done until then stays, and is listed here.")
		if c.op.Done == 0 {
			n.Text = " " + say.Text(ctx, "Nothing was done until then.")
		}
	}
	if c.can.Possible {
		n.Action = undoForm(c.op.ID, true)
	}
	return n
}

func (c *receiptView) joint(ctx context.Context) ui.Joint {
	j := ui.Joint{Closed: c.op.State == tenon.Finished, Target: ui.Side{Href: organizationPath(c.op.TargetID), Name: c.op.TargetName}}
	if c.op.State == tenon.Undone {
		j.Target.Role = say.Text(ctx, "Had received")
	}
	if c.op.Plan != nil && c.op.Plan.Target != nil && c.op.State == tenon.Finished {
		j.Target.Facts = append(j.Target.Facts, ui.Text(say.Textf(ctx, "%s together", ui.Count(ctx, c.op.Plan.Target.Items+c.counts()["items"], "item", "items"))))
	}
	add := func(op *tenon.Operation) {
		side := ui.Side{Name: op.SourceName, Href: organizationPath(op.SourceID), Facts: []templ.Component{ui.Text(say.Textf(ctx, "Id %s leads to %s", op.SourceID.String(), op.TargetID.String()))}}
		if op.State == tenon.Undone {
			side.Role, side.Facts = say.Text(ctx, "Is its own again"), []templ.Component{ui.Text(say.Textf(ctx, "Id %s", op.SourceID.String()))}
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
func (c *receiptView) facts(ctx context.Context) []ui.Pair {
	var out []ui.Pair
	add := func(n int64, name string) {
		out = append(out, ui.Pair{Name: name, Value: ui.Text(ui.Number(n))})
	}
	counts := c.counts()
	if c.isMerge() {
		add(counts["items"], say.Plural(ctx, counts["items"], "item came across", "items came across"))
		if p := c.op.Plan; p != nil {
			gained := int64(len(p.Access.Gain))
			add(gained, say.Textf(ctx, "%s, %d lost", say.Plural(ctx, gained, "person gained access", "people gained access"), len(p.Access.Lose)))
			var references int64
			for _, r := range p.References {
				references += r.Count
			}
			add(references, say.Plural(ctx, references, "reference goes on working", "references go on working"))
		}
		changed := int64(len(c.changed()))
		add(changed, say.Plural(ctx, changed, "field of the target changed", "fields of the target changed"))
		return out
	}
	for _, x := range factWords {
		if n, ok := counts[x.name]; ok && (n > 0 || x.name == "items") {
			add(n, say.Plural(ctx, n, x.word.One, x.word.Many))
		}
	}
	return out
}

// factWords are the counts of a receipt that say what happened.
var factWords = []struct {
	name string
	word tenon.Quantity
}{
	{"organizations", tenon.Form(0, "organization", "organizations")},
	{"sub_organizations", tenon.Form(0, "sub-organization", "sub-organizations")},
	{"items", tenon.Form(0, "item", "items")},
	{"attachments", tenon.Form(0, "attachment", "attachments")},
	{"created", tenon.Form(0, "created", "created")},
	{"updated", tenon.Form(0, "updated", "updated")},
	{"unchanged", tenon.Form(0, "unchanged", "unchanged")},
	{"skipped", tenon.Form(0, "skipped", "skipped")},
	{"failed", tenon.Form(0, "failed", "failed")},
	{"not_done", tenon.Form(0, "not looked at", "not looked at")},
}

// itemsTitle heads the items of the plan: of an act on many these are the first
// of all, and of one that was cancelled some may be as they were.
func (c *receiptView) itemsTitle(ctx context.Context) (title, count string) {
	title, shown := say.Text(ctx, "Items"), min(len(c.op.Plan.Items), maxPairs)
	if c.op.Cancelled() {
		title = say.Text(ctx, "Items of the plan")
	}
	all := max(int64(len(c.op.Plan.Items)), c.op.Total)
	if all > int64(shown) {
		return title, say.Textf(ctx, "the first %d of %s", shown, ui.Number(all))
	}
	return title, ui.Number(all)
}

// kinds are the counts by kind, of all but merges, whose plan has them.
func (c *receiptView) kinds(ctx context.Context) []ui.Pair {
	var out []ui.Pair
	counts := c.counts()
	for i := range tenon.Kinds {
		if n := counts[tenon.Kinds[i].Plural]; n > 0 {
			out = append(out, ui.Pair{Name: say.Text(ctx, tenon.Kinds[i].Labels), Value: ui.Text(ui.Number(n))})
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
func (c *receiptView) keptPairs(ctx context.Context, org tenon.OrgID) []ui.Pair {
	var out []ui.Pair
	for i := range c.schema {
		f := &c.schema[i]
		if text := c.word(ctx, f.Name, c.kept()[org][f.Name]); text != "" && f.Name != "parent_id" {
			out = append(out, ui.Pair{Name: say.Text(ctx, f.Label), Value: ui.Text(text)})
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

func (c *receiptView) changedPairs(ctx context.Context) []ui.Pair {
	var out []ui.Pair
	for _, f := range c.changed() {
		how := map[tenon.FieldChoice]string{tenon.Append: say.Key("appended"), tenon.Union: say.Key("both"), tenon.TakeSource: say.Key("taken")}[f.Choice]
		if f.Target == nil {
			how = say.Key("filled")
		}
		out = append(out, ui.Pair{Name: say.Text(ctx, f.Label), Value: beforeAfter(say.Text(ctx, how), c.word(ctx, f.Name, f.Target), c.word(ctx, f.Name, f.Result))})
	}
	return out
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
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
		return redirect(w, r, operationPath(id))
	}
	if err != nil {
		return err
	}
	n := note{Text: say.Phrase(r.Context(), undo.Sentence()), Href: operationPath(undo.ID), Link: say.Text(r.Context(), "Receipt of the undo")}
	if undo.SourceID != 0 {
		n.Href, n.Link = organizationPath(undo.SourceID), say.Text(r.Context(), "Open it")
	}
	leaveNote(w, r, n)
	if op.Parent != 0 {
		return redirect(w, r, operationPath(op.Parent))
	}
	return redirect(w, r, operationPath(id))
}

// cancelOperation asks a running operation to stop. Sent twice, or too late, it
// leads to the receipt all the same.
func (s *server) cancelOperation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OperationID](r, "id")
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	to := operationPath(id)
	if f.Has("next") {
		to = localPath(f.text("next"))
	}
	_, err = s.ops.Cancel(r.Context(), viewer(r), id)
	switch code := tenon.CodeOf(err); {
	case code == tenon.Conflict || code == tenon.Busy:
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
	case err != nil:
		return err
	default:
		leaveNote(w, r, note{Text: say.Text(r.Context(), "It stops after the records at hand. What was done until then stays, and the receipt lists it."), Href: operationPath(id), Link: say.Text(r.Context(), "Receipt")})
	}
	return redirect(w, r, to)
}

package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// operationList is the list of what was done, the running work on top.
type operationList struct {
	address address
	running []tenon.Operation
	cancel  map[tenon.OperationID]bool // which of these the viewer may cancel
	rows    []tenon.Operation
	next    string
	now     time.Time
}

func (s *server) operationsPage(w http.ResponseWriter, r *http.Request) error {
	l := &operationList{address: addressOf(r), now: s.now()}
	q := l.address.query
	query := store.OperationQuery{Kinds: kindsOfTab(q.Get("kind")), Page: tenon.Page{Limit: pageRows, Cursor: q.Get("cursor")}}
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
	l.cancel = map[tenon.OperationID]bool{}
	for i := range l.running {
		op := &l.running[i]
		l.cancel[op.ID] = !op.Cancelled() && s.ops.CanCancel(viewer(r), op) == nil
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), "Operations"), Section: "account", Refresh: len(l.running) > 0}, operationsContent(l))
}

// kindsOfTab are the kinds of operations that a tab of the list shows. Acts on
// one record and on many are beside each other, and so are files and accounts
// that were brought in.
func kindsOfTab(kind string) []string {
	switch kind {
	case "":
		return nil
	case trash.KindItems:
		return []string{trash.KindItems, trash.KindMany}
	case csvimport.Kind:
		return []string{csvimport.Kind, glueimport.Kind}
	}
	return []string{kind}
}

func (l *operationList) tabs(ctx context.Context) []ui.Tab {
	kind := l.address.query.Get("kind")
	tabs := []ui.Tab{{Href: l.address.with("kind", ""), Text: say.Text(ctx, "All"), Current: kind == ""}}
	for _, k := range []struct{ kind, text string }{{merge.Kind, say.Text(ctx, "Merges")}, {trash.KindDelete, say.Text(ctx, "Deletions")}, {trash.KindItems, say.Text(ctx, "Records")}, {trash.KindMergeItems, say.Text(ctx, "Merged items")}, {trash.KindPurge, say.Text(ctx, "Purges")}, {csvimport.Kind, say.Text(ctx, "Imports")}} {
		tabs = append(tabs, ui.Tab{Href: l.address.with("kind", k.kind), Text: k.text, Current: kind == k.kind})
	}
	return tabs
}

func (l *operationList) table(ctx context.Context) ui.Table {
	t := ui.Table{ID: "list", Caption: say.Text(ctx, "Operations"), Columns: []ui.Column{{Title: say.Text(ctx, "What")}, {Title: say.Text(ctx, "State"), Width: "medium", Narrow: "left"}, {Title: say.Text(ctx, "By"), Width: "large"}, {Title: say.Text(ctx, "When"), Width: "medium", Narrow: "right"}},
		None: ui.Empty{Title: say.Text(ctx, "Nothing here yet"), Text: say.Text(ctx, "Merges, deletions, imports and other weighty acts leave their receipts here."), Filtered: l.address.query.Get("kind") != ""}.Draw()}
	for _, op := range l.rows {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.ItemCell(operationIcon(&op), operationPath(op.ID), say.Phrase(ctx, op.Title), nil, nil), operationState(&op), ui.Quiet(actorName(ctx, op.ByName)), ui.When(op.CreatedAt, l.now)}})
	}
	return t
}

// operationIcon is the icon of what was done; of an act on items of one kind it
// is the kind's.
func operationIcon(op *tenon.Operation) string {
	switch op.Kind {
	case merge.Kind, trash.KindMergeItems:
		return "arrow-merge"
	case trash.KindDelete, trash.KindPurge, trash.KindDemo:
		return "trash"
	case trash.KindRestore, merge.KindUndo, trash.KindUndoItems, trash.KindUndoMergeItems, trash.KindUndoMany, csvimport.KindUndo, glueimport.KindUndo:
		return "arrow-back-up"
	case csvimport.Kind, glueimport.Kind:
		return "upload"
	case export.Kind:
		return "download"
	}
	if kind := oneKind(op.Plan); kind != 0 {
		return kindIcon(kind)
	}
	return "checklist"
}

// oneKind is the kind of the items of a plan, not counting what comes along; 0
// where there are several.
func oneKind(p *tenon.Plan) (kind tenon.Kind) {
	if p == nil {
		return 0
	}
	for i := range p.Items {
		k := tenon.KindNamed(p.Items[i].Kind)
		if p.Items[i].Along || k == kind {
			continue
		}
		if kind != 0 {
			return 0
		}
		kind = k
	}
	return kind
}

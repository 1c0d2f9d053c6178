package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// itemAct is an act on items that somebody may be offered.
type itemAct struct {
	action, text, icon string
	right              tenon.Action
}

// itemActsFor are the acts that the viewer may plan, on items in the lists or
// in the archive. The plan decides what stands in the way.
func itemActsFor(ctx context.Context, v tenon.Viewer, archived bool) []itemAct {
	all := []itemAct{
		{trash.ActionMove, say.Text(ctx, "Move…"), "arrow-right", tenon.EditItems},
		{trash.ActionCopy, say.Text(ctx, "Copy…"), "copy", tenon.CreateItems},
		{trash.ActionArchive, say.Text(ctx, "Archive…"), "archive", tenon.EditItems},
		{trash.ActionDelete, say.Text(ctx, "Delete…"), "trash", tenon.DeleteItems},
	}
	if archived {
		all[2] = itemAct{trash.ActionUnarchive, say.Text(ctx, "Take out of the archive…"), "archive", tenon.EditItems}
	}
	var out []itemAct
	for _, a := range all {
		if v.May(a.right) {
			out = append(out, a)
		}
	}
	return out
}

// listAct is an act that a list offers for what is picked.
type listAct struct {
	itemAct
	rare bool // under "More"
}

// listActsFor are the acts on several items of a kind, in the list of an
// organization or of all.
func listActsFor(ctx context.Context, v tenon.Viewer, archived, inOrg bool, k *tenon.KindInfo) []listAct {
	var out []listAct
	for _, a := range itemActsFor(ctx, v, archived) {
		// One may delete singly and not many.
		if a.action != trash.ActionDelete || v.May(tenon.BulkDelete) {
			out = append(out, listAct{a, a.action == trash.ActionCopy})
		}
	}
	add := func(action, text, icon string, right tenon.Action, rare bool) {
		if v.May(right) {
			out = append(out, listAct{itemAct{action, text, icon, right}, rare})
		}
	}
	add(trash.ActionTag, say.Text(ctx, "Tag…"), "tag", tenon.EditItems, false)
	add(trash.ActionUntag, say.Text(ctx, "Take tags off…"), "tag", tenon.EditItems, true)
	if f := k.Fields.Field(k.Type); f != nil && f.List != flexTypes {
		add(trash.ActionType, say.Text(ctx, "Change type…"), "list-details", tenon.EditItems, true)
	}
	if k.Fields.Field(k.Status) != nil {
		add(trash.ActionStatus, say.Text(ctx, "Change status…"), "circle-check", tenon.EditItems, true)
	}
	if k.FolderField() != "" && inOrg {
		add(trash.ActionFolder, say.Text(ctx, "Folder…"), "folder", tenon.EditItems, false)
	}
	add(trash.ActionRestrict, say.Text(ctx, "Restrict…"), "shield-lock", tenon.RestrictItems, true)
	return out
}

func itemActPath(action string, id tenon.ItemID) string {
	return "/items/act?action=" + action + "&id=" + id.String()
}

// itemPair asks for the item that another is merged into.
type itemPair struct {
	source *tenon.Item
	typed  string
	asked  bool
	found  []*tenon.Item
}

// itemMergePage is the plan of merging two items; the second one is asked for
// where only one is named. A list names both as picked rows.
func (s *server) itemMergePage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	picked, err := ids[tenon.ItemID](q["id"])
	if err != nil {
		return err
	}
	switch {
	case len(picked) == 2:
		return redirect(w, r, itemMergePath(picked[0], picked[1]))
	case len(picked) == 1:
		q.Set("source", picked[0].String())
	case len(picked) > 2:
		leaveNote(w, r, note{Tone: ui.Warn, Text: say.Text(r.Context(), "Two items are merged at a time. Pick two.")})
		return redirect(w, r, localPath(refererPath(r)))
	}
	if q.Get("source") != "" && q.Get("target") == "" {
		return s.chooseItemPair(w, r, q)
	}
	return actPage(planItemMerge)(s, w, r)
}

func (s *server) chooseItemPair(w http.ResponseWriter, r *http.Request, q url.Values) error {
	source := tenon.ItemID(tenon.ParseID(q.Get("source")))
	p := &itemPair{typed: q.Get("into"), asked: q.Has("into")}
	v := viewer(r)
	if err := v.Need(tenon.MergeItems); err != nil {
		return err
	}
	err := s.read(r, func(tx *store.Tx) (err error) {
		if p.source, err = tx.GetItem(v, source); err != nil || p.typed == "" {
			return err
		}
		found, _, err := tx.ListItems(v, store.ItemQuery{Kind: p.source.Kind, Search: p.typed, Page: tenon.Page{Limit: maxFound}})
		for _, i := range found {
			if i.ID != source {
				p.found = append(p.found, i)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: p.title(r.Context()), Section: "organizations"}, itemPairContent(p))
}

func (p *itemPair) title(ctx context.Context) string {
	return say.Textf(ctx, "Merge %s into another", p.source.Name)
}

func (p *itemPair) wrong(ctx context.Context) string {
	if p.asked && len(p.found) == 0 {
		return say.Textf(ctx, "No other %s has a name that begins like this.", lower(say.Text(ctx, p.source.Kind.Info().Label)))
	}
	return ""
}

func itemMergePath(source, target tenon.ItemID) string {
	return "/items/merge?source=" + source.String() + "&target=" + target.String()
}

// planItemMerge compares two items and says what merging them does.
func planItemMerge(s *server, r *http.Request, q url.Values) (*actView, error) {
	pair, err := ids[tenon.ItemID]([]string{q.Get("source"), q.Get("target")})
	if err != nil {
		return nil, err
	}
	if len(pair) != 2 {
		return nil, tenon.Errorf(tenon.NotFound, "Name the two items that are to be one.")
	}
	p, err := s.trash.PlanMergeItems(r.Context(), viewer(r), pair[0], pair[1], readChoices(q))
	if err != nil {
		return nil, err
	}
	a := &actView{plan: p, post: "/items/merge", back: itemPath(pair[0]), keep: url.Values{}}
	names := []string{say.Text(r.Context(), "the one item"), say.Text(r.Context(), "the other")}
	for _, i := range p.Items {
		for at, id := range pair {
			if i.ID == id {
				names[at] = i.Name
				if info := tenon.KindNamed(i.Kind).Info(); info != nil {
					a.schema = info.Fields
				}
			}
		}
	}
	a.title = say.Textf(r.Context(), "Merge %s into %s", names[0], names[1])
	if names[0] == names[1] {
		a.title = say.Textf(r.Context(), "Merge two of the name %s", names[0])
	}
	a.sentence = say.Textf(r.Context(), "%s (id %s) becomes part of %s (id %s): what hangs on it and what names it comes along. The receipt has an Undo.", names[0], pair[0].String(), names[1], pair[1].String())
	a.crumbs = []ui.Crumb{{Href: a.back, Text: names[0]}, {Text: say.Text(r.Context(), "Merge")}}
	a.act = ui.Button{Text: a.title, Icon: "arrow-merge", Look: ui.Primary}
	a.keep.Set("source", pair[0].String())
	a.keep.Set("target", pair[1].String())
	if len(p.Items) == 2 {
		a.clears = clearsOfPair(r.Context(), viewer(r), p.Items)
	}
	return a, nil
}

// clearsOfPair are the ways to clear what keeps two items from being merged.
// Each is a plan of its own, and leads back to the merge when it is done.
func clearsOfPair(ctx context.Context, v tenon.Viewer, pair []tenon.PlanItem) map[string][]ui.Button {
	out := map[string][]ui.Button{}
	source, target := pair[0], pair[1]
	next := "&" + nextField + "=" + url.QueryEscape(itemMergePath(source.ID, target.ID))
	if v.May(tenon.EditItems) {
		for _, one := range [][2]tenon.PlanItem{{source, target}, {target, source}} {
			text := say.Textf(ctx, "Move %s to %s…", one[0].Name, one[1].OrgName)
			out["different_organizations"] = append(out["different_organizations"], ui.Button{Text: text, Icon: "arrow-right", Href: itemActPath(trash.ActionMove, one[0].ID) + "&target=" + one[1].OrgID.String() + next})
		}
	}
	if v.May(tenon.RestrictItems) {
		for _, one := range pair {
			text := say.Textf(ctx, "Restrict %s…", one.Name)
			if source.Name == target.Name {
				text = say.Textf(ctx, "Restrict id %s…", one.ID.String())
			}
			out["restrictions_apart"] = append(out["restrictions_apart"], ui.Button{Text: text, Icon: "shield-lock", Href: itemActPath(trash.ActionRestrict, one.ID)})
		}
	}
	return out
}

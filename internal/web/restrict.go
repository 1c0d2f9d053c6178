package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// restrictView is the page on which an item is closed to everybody but some
// groups and users, or opened again.
type restrictView struct {
	*itemView
	groups, people []ui.Choice
	specific       bool
	wrong          string
}

// restrictPage shows who may see the item, to those who may change it.
func (s *server) restrictPage(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.RestrictItems); err != nil {
		return err
	}
	p, err := s.loadRestriction(r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Who can access %s", p.Name), Section: "organizations"}, restrictContent(p))
}

func (s *server) loadRestriction(r *http.Request, v tenon.Viewer) (*restrictView, error) {
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return nil, err
	}
	p := &restrictView{itemView: &itemView{viewer: v, now: s.now()}}
	return p, s.read(r, func(tx *store.Tx) (err error) {
		if p.Item, err = tx.GetItem(v, id); err != nil {
			return err
		}
		p.info = p.Kind.Info()
		if p.restrictions, err = tx.ListRestrictions(id); err != nil {
			return err
		}
		if p.groups, err = groupChoices(tx, v); err != nil {
			return err
		}
		if p.people, err = userChoices(tx, v); err != nil {
			return err
		}
		var w wanted
		w.subjects(p.restrictions)
		if p.names, err = w.load(tx, v); err != nil {
			return err
		}
		p.choose(r.Context(), p.restrictions)
		return nil
	})
}

// choose marks those who are chosen. Whoever is chosen and no longer offered,
// because they are disabled, stays choosable.
func (p *restrictView) choose(ctx context.Context, list []tenon.Subject) {
	p.specific = p.specific || len(list) > 0
	for _, s := range list {
		choices, names := &p.people, p.names.users
		if s.Kind == tenon.SubjectGroup {
			choices, names = &p.groups, p.names.groups
		}
		id, found := strconv.FormatInt(s.ID, 10), false
		for k := range *choices {
			if (*choices)[k].Value == id {
				(*choices)[k].Chosen, found = true, true
			}
		}
		if !found {
			text := names[s.ID]
			if text == "" {
				text = id
			}
			*choices = append(*choices, ui.Choice{Value: id, Text: say.Textf(ctx, "%s, no longer active", text), Chosen: true})
		}
	}
}

func (s *server) restrictSave(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.RestrictItems); err != nil {
		return err
	}
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	to := []tenon.Subject{}
	for _, name := range []string{tenon.SubjectGroup, tenon.SubjectUser} {
		for _, text := range f.Values[name] {
			if n := tenon.ParseID(text); n != 0 {
				to = append(to, tenon.Subject{Kind: name, ID: n})
			}
		}
	}
	if f.Get("access") == "specific" && len(to) == 0 {
		p, err := s.loadRestriction(r, v)
		if err != nil {
			return err
		}
		p.specific, p.wrong = true, say.Text(r.Context(), "Choose at least one group or user. Nothing was changed.")
		return s.showStatus(w, r, http.StatusUnprocessableEntity, ui.Page{Title: say.Textf(r.Context(), "Who can access %s", p.Name), Section: "organizations"}, restrictContent(p))
	}
	if f.Get("access") != "specific" {
		to = nil
	}
	i, err := s.core.Restrict(r.Context(), v, id, to)
	if err != nil {
		return err
	}
	text := say.Textf(r.Context(), "All users with access to %s can access %s now.", i.OrgName, i.Name)
	if len(to) > 0 {
		text = say.Textf(r.Context(), "Only the chosen groups and users can access %s now.", i.Name)
	} else if i.Restricted {
		text = say.Textf(r.Context(), "%s has no restriction of its own now. What it hangs on still has one.", i.Name)
	}
	leaveNote(w, r, note{Text: text})
	return redirect(w, r, itemPath(id))
}

// openWords is the sentence for an item that is closed to nobody.
func (i *itemView) openWords(ctx context.Context) string {
	return say.Textf(ctx, "All users with access to %s can access this %s.", i.OrgName, lower(say.Text(ctx, i.info.Label)))
}

// accessLines says who may see the item.
func (i *itemView) accessLines(ctx context.Context) []ui.Listed {
	if !i.Restricted {
		return []ui.Listed{{Icon: "users", Body: ui.Text(i.openWords(ctx))}}
	}
	var out []ui.Listed
	for _, s := range i.restrictions {
		if s.Kind == tenon.SubjectGroup {
			out = append(out, ui.Listed{Icon: "users", Body: ui.Text(i.names.groups[s.ID]), More: ui.Text(say.Text(ctx, "group"))})
		} else {
			out = append(out, ui.Listed{Icon: "user", Body: ui.Text(i.names.users[s.ID])})
		}
	}
	if len(out) == 0 {
		out = append(out, ui.Listed{Icon: "shield-lock", Body: ui.Text(say.Text(ctx, "Closed by what it hangs on: who may access that, may access this."))})
	}
	return append(out, ui.Listed{Icon: "info-circle", Body: ui.Quiet(say.Textf(ctx, "They need access to %s too.", i.OrgName))})
}

package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// checklistPage is what checklists and their templates bring to their pages.
func checklistPage() kindPage {
	return kindPage{
		load:     loadChecklist,
		body:     func(i *itemView) templ.Component { return checklistBody(i, i.own.(*checklistView)) },
		actions:  checklistActions,
		ownParts: true,
	}
}

// checklistView is what the page of a checklist shows beside what every item has.
type checklistView struct {
	tasks []tenon.Part
	users []ui.Choice
	done  int
}

func loadChecklist(tx *store.Tx, i *itemView) (any, error) {
	c := &checklistView{tasks: i.partsOf("task")}
	for _, t := range c.tasks {
		if t.Values.Bool("completed") {
			c.done++
		}
	}
	if !i.viewer.May(tenon.EditItems) {
		return c, nil
	}
	var err error
	c.users, err = userChoices(tx, i.viewer)
	return c, err
}

// ticked tells whether tasks of this list are ticked: those of a template are not.
func ticked(i *itemView) bool { return i.Kind == tenon.Checklist }

func taskPath(i *itemView, t tenon.Part, act string) string {
	return i.path() + "/tasks/" + strconv.FormatInt(t.ID, 10) + "/" + act
}

func checklistActions(ctx context.Context, i *itemView) []templ.Component {
	switch {
	case i.Kind == tenon.ChecklistTemplate && i.viewer.May(tenon.CreateItems):
		return []templ.Component{ui.Button{Text: say.Text(ctx, "Use the template"), Icon: "checklist", Look: ui.Primary, Href: "/checklists/from-template?template=" + i.ID.String()}.Draw()}
	case i.Kind == tenon.Checklist && i.viewer.May(tenon.EditItems):
		return []templ.Component{completeForm(i)}
	}
	return nil
}

// overdue tells whether a date is past while something is still to do.
func overdue(i *itemView, v tenon.Values) bool {
	due := v.Text("due_on")
	return due != "" && !v.Bool("completed") && due < i.now.UTC().Format("2006-01-02")
}

// taskOf returns the checklist and the task that the address names.
func taskOf(r *http.Request) (tenon.ItemID, int64, error) {
	v := viewer(r)
	if err := v.Need(tenon.EditItems); err != nil {
		return 0, 0, err
	}
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return 0, 0, err
	}
	if r.PathValue("task") == "" {
		return id, 0, nil
	}
	task, err := pathID[tenon.ItemID](r, "task")
	return id, int64(task), err
}

// changeTask reads which task is meant and what was sent, makes the change and
// shows the list again.
func (s *server) changeTask(w http.ResponseWriter, r *http.Request, change func(list tenon.ItemID, task int64, f *form) error) error {
	id, task, err := taskOf(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if err := change(id, task, f); err != nil {
		return err
	}
	return s.afterTask(w, r, id)
}

// tick marks a task as done, or as still to do.
func (s *server) tick(w http.ResponseWriter, r *http.Request) error {
	return s.changeTask(w, r, func(list tenon.ItemID, task int64, f *form) error {
		_, err := s.core.TickTask(r.Context(), viewer(r), list, task, f.yes("done"))
		return err
	})
}

// afterTask shows the list again: the part of the page where the script asked
// for it, else the page.
func (s *server) afterTask(w http.ResponseWriter, r *http.Request, id tenon.ItemID) error {
	if r.Header.Get("HX-Request") == "" {
		return redirect(w, r, itemPath(id)+"#tasks")
	}
	i, err := s.loadItem(r)
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, checklistBody(i, i.own.(*checklistView)))
}

func readTask(f *form) tenon.Values {
	out := tenon.Values{}
	for _, name := range []string{"name", "assignee_id", "due_on", "notes"} {
		if f.Has(name) {
			out[name] = f.text(name)
		}
	}
	return out
}

func (s *server) taskAdd(w http.ResponseWriter, r *http.Request) error {
	return s.changeTask(w, r, func(list tenon.ItemID, _ int64, f *form) error {
		_, err := s.core.AddPart(r.Context(), viewer(r), list, "task", readTask(f))
		return err
	})
}

func (s *server) taskUpdate(w http.ResponseWriter, r *http.Request) error {
	return s.changeTask(w, r, func(list tenon.ItemID, task int64, f *form) error {
		_, err := s.core.UpdatePart(r.Context(), viewer(r), list, task, readTask(f))
		return err
	})
}

func (s *server) taskRemove(w http.ResponseWriter, r *http.Request) error {
	return s.changeTask(w, r, func(list tenon.ItemID, task int64, _ *form) error {
		return s.core.RemovePart(r.Context(), viewer(r), list, task)
	})
}

// taskOrder puts the tasks into another order: all of them as "order" lists
// them, or one of them one place up or down.
func (s *server) taskOrder(w http.ResponseWriter, r *http.Request) error {
	return s.changeTask(w, r, func(list tenon.ItemID, _ int64, f *form) error {
		order, err := ids[int64](f.Values["order"])
		if err != nil {
			return err
		}
		if step, which, ok := strings.Cut(f.Get("move"), ":"); ok {
			at := slices.Index(order, tenon.ParseID(which))
			to := at + 1
			if step == "up" {
				to = at - 1
			}
			if at >= 0 && to >= 0 && to < len(order) {
				order[at], order[to] = order[to], order[at]
			}
		}
		return s.core.OrderParts(r.Context(), viewer(r), list, "task", order)
	})
}

// complete marks a checklist as completed, or as open again.
func (s *server) complete(w http.ResponseWriter, r *http.Request) error {
	id, _, err := taskOf(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	i, err := s.core.Item(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	if i.Kind != tenon.Checklist {
		return tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	if _, err := s.core.UpdateItem(r.Context(), viewer(r), id, core.ItemChange{Values: tenon.Values{"completed": f.yes("done")}}); err != nil {
		return err
	}
	return redirect(w, r, itemPath(id))
}

// fromTemplate is the page on which a template becomes a checklist.
type fromTemplate struct {
	*form
	template  *tenon.Item
	templates []ui.Choice
	org       *tenon.Organization
	about     *tenon.Item
}

func (s *server) loadFromTemplate(r *http.Request, f *form) (*fromTemplate, error) {
	v := viewer(r)
	if err := v.Need(tenon.CreateItems); err != nil {
		return nil, err
	}
	p := &fromTemplate{form: f}
	return p, s.read(r, func(tx *store.Tx) (err error) {
		if id := tenon.ParseID(f.Get("about")); id != 0 {
			if p.about, err = tx.GetItem(v, tenon.ItemID(id)); err != nil {
				return err
			}
			f.Set("organization.id", p.about.OrgID.String())
		}
		if id := tenon.ParseID(f.Get("organization.id")); id != 0 {
			if p.org, err = tx.GetOrganization(v, tenon.OrgID(id)); err != nil {
				return err
			}
		}
		id := tenon.ParseID(f.Get("template"))
		if f.Get("template") != "" {
			if p.template, err = tx.GetItem(v, tenon.ItemID(id)); err != nil {
				return err
			}
		}
		list, _, err := tx.ListItems(v, store.ItemQuery{Kind: tenon.ChecklistTemplate, Page: tenon.Page{Limit: 200, Sort: "name"}})
		for _, t := range list {
			text := t.Name
			if name := orgNameOf(t); name != "" {
				text += " (" + name + ")"
			}
			p.templates = append(p.templates, ui.Choice{Value: t.ID.String(), Text: text, Chosen: int64(t.ID) == id})
		}
		return err
	})
}

func (s *server) fromTemplatePage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	q.Set("organization.id", q.Get("organization"))
	q.Del("organization")
	p, err := s.loadFromTemplate(r, &form{Values: q})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), "New checklist"), Section: "organizations"}, fromTemplateContent(p))
}

func (s *server) fromTemplateRun(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.CreateItems); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	p, err := s.loadFromTemplate(r, f)
	if err != nil {
		return err
	}
	if p.template == nil {
		f.Errors = append(f.Errors, ui.FieldError{Name: "template", Message: say.Text(r.Context(), "Choose a template.")})
	}
	var org tenon.OrgID
	var about tenon.ItemID
	switch {
	case p.about != nil:
		about = p.about.ID
	case p.org != nil:
		org = p.org.ID
	default:
		f.Errors = append(f.Errors, ui.FieldError{Name: "organization", Message: say.Text(r.Context(), "Choose an organization from the suggestions.")})
	}
	if len(f.Errors) == 0 {
		i, err := s.core.ChecklistFrom(r.Context(), v, p.template.ID, org, about, f.text("name"))
		if err == nil {
			leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was created.", i.Name)})
			return redirect(w, r, itemPath(i.ID))
		}
		if !f.keep(r.Context(), err) {
			return err
		}
	}
	return s.showStatus(w, r, http.StatusUnprocessableEntity, ui.Page{Title: say.Text(r.Context(), "New checklist"), Section: "organizations"}, fromTemplateContent(p))
}

package web

import (
	"net/http"
	"net/url"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// This file is the first quarter of an hour: after the one-time link the name
// and the time zone, then what to begin with, and the demo data that one may
// begin with and remove again. Each step can be left out and come back to.

// firstSteps stand along the top.
var firstSteps = []string{say.Key("Administrator"), say.Key("Your company"), say.Key("Your records")}

const (
	companyPath = "/welcome"
	beginPath   = "/welcome/records"
	removePath  = "/demo/remove"
)

// welcome asks for the name of the company and its time zone.
func (s *server) welcome(w http.ResponseWriter, r *http.Request) error {
	return s.showWelcome(w, r, http.StatusOK, nil)
}

func (s *server) showWelcome(w http.ResponseWriter, r *http.Request, status int, f *form) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageSettings); err != nil {
		return err
	}
	if f == nil {
		list, err := s.core.Settings(r.Context(), v)
		if err != nil {
			return err
		}
		f = &form{Values: url.Values{}}
		for _, set := range list {
			f.Set(set.Name, set.Value)
		}
		if f.Get(tenon.SettingAccount) == tenon.SettingNamed(tenon.SettingAccount).Default {
			f.Set(tenon.SettingAccount, "") // nobody has named it yet
		}
	}
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), "Your company"), Section: "home"}, welcomeContent(f))
}

func (s *server) welcomeSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	for _, name := range []string{tenon.SettingAccount, tenon.SettingZone} {
		if f.text(name) == "" {
			continue // left out: what holds goes on holding
		}
		if err := s.core.SetSetting(r.Context(), viewer(r), name, f.text(name)); err != nil && !f.keep(r.Context(), err) {
			return err
		}
	}
	s.zone.forget()
	if len(f.Errors) > 0 {
		return s.showWelcome(w, r, http.StatusUnprocessableEntity, f)
	}
	return redirect(w, r, beginPath)
}

// beginPage is what to begin with.
func (s *server) beginPage(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageSettings); err != nil {
		return err
	}
	b := &beginning{can: s.demo != nil}
	err := s.read(r, func(tx *store.Tx) (err error) {
		b.demo, err = tx.HasDemo()
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), "What do you begin with?"), Section: "home"}, beginContent(b))
}

// beginning is the choice of what to begin with.
type beginning struct {
	demo bool // demo data is there
	can  bool // it can be made
	home bool // on the home page
}

// demoStart begins to make demo data, and leads to its progress. Sent twice, it
// leads twice to the same.
func (s *server) demoStart(w http.ResponseWriter, r *http.Request) error {
	if s.demo == nil {
		return tenon.Errorf(tenon.Unavailable, "Demo data cannot be made here.")
	}
	op, err := s.demo.Start(r.Context(), viewer(r), demo.Usual())
	if code := tenon.CodeOf(err); code == tenon.Conflict || code == tenon.Busy {
		leaveNote(w, r, note{Tone: ui.Warn, Text: say.Error(r.Context(), err)})
		return redirect(w, r, beginPath)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, operationPath(op.ID))
}

// planDemo is what removing the demo data takes, and what stays.
func planDemo(s *server, r *http.Request, q url.Values) (*actView, error) {
	keep := q.Get("keep") != ""
	p, err := s.trash.PlanDemo(r.Context(), viewer(r), keep)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	a := &actView{plan: p, section: "account", title: say.Text(ctx, "Remove demo data"), post: removePath, keep: url.Values{}, back: "/settings",
		crumbs: []ui.Crumb{{Href: "/settings", Text: say.Text(ctx, ui.TextSettings)}, {Text: say.Text(ctx, "Remove demo data")}}}
	if keep {
		a.keep.Set("keep", "1")
	}
	a.sentence = say.Textf(ctx, "%s with %s are removed for ever. Nothing of your own is.",
		say.Count(ctx, p.Counts["organizations"], "organization", "organizations"), say.Count(ctx, p.Counts["items"], "item", "items"))
	a.act = ui.Button{Text: say.Text(ctx, "Remove demo data"), Icon: "trash", Look: ui.Danger}
	return a, nil
}

// demoRemovePage shows the plan; where there is no demo data it says so.
func (s *server) demoRemovePage(w http.ResponseWriter, r *http.Request) error {
	err := actPage(planDemo)(s, w, r)
	if tenon.CodeOf(err) == tenon.Conflict {
		leaveNote(w, r, note{Text: say.Error(r.Context(), err)})
		return redirect(w, r, "/settings")
	}
	return err
}

// demoHere tells whether there is demo data that the viewer may remove.
func demoHere(tx *store.Tx, v tenon.Viewer) (bool, error) {
	if !v.May(tenon.ManageSettings) || !v.May(tenon.PurgeTrash) {
		return false, nil
	}
	return tx.HasDemo()
}

// changedGoes tells whether a plan takes what somebody has changed: then it can
// be kept.
func changedGoes(p *tenon.Plan) bool {
	for _, f := range p.Warnings {
		if f.Code == "changed" {
			return true
		}
	}
	return p.Action == trash.KeepChanged
}

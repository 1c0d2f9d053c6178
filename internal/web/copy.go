package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// This file copies an account of IT Glue, a step a page: where it is and a key
// to it, what would come, doing it, and the receipt. The key is stored when the
// copy begins, sealed and until its end; before that the page of the plan has
// it, sealed for whoever reads it.

const copyPath = "/import/itglue"

// copySteps are the steps that stand along the top.
var copySteps = []string{say.Key("Account"), say.Key("Check"), say.Key("Copy"), say.Key("Receipt")}

// glueURL is where most accounts are.
const glueURL = "https://api.itglue.com"

// copyView is one of the pages before a copy runs.
type copyView struct {
	form    *form
	plan    *tenon.Plan
	held    string // the address and the key, sealed
	refused *refused
}

// copier returns the engine, for those who may copy over the network.
func (s *server) copier(r *http.Request) (*glueimport.Engine, error) {
	v := viewer(r)
	if err := v.Need(tenon.ManageSettings); err != nil {
		return nil, err
	}
	if s.copies == nil {
		return nil, tenon.Errorf(tenon.Unavailable, "This server copies no accounts.")
	}
	return s.copies, nil
}

func (s *server) showCopy(w http.ResponseWriter, r *http.Request, status int, v *copyView) error {
	page := ui.Page{Title: say.Text(r.Context(), "Copy an IT Glue account"), Section: "account"}
	if v.plan != nil {
		page.Foot = copyFoot(v)
	}
	return s.showStatus(w, r, status, page, copyContent(v))
}

// copyAccount asks where the account is, and for a key to it.
func (s *server) copyAccount(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.copier(r); err != nil {
		return err
	}
	return s.showCopy(w, r, http.StatusOK, &copyView{form: &form{Values: url.Values{"url": {glueURL}}}})
}

// copyPlan asks the account what it has, and shows what would come.
func (s *server) copyPlan(w http.ResponseWriter, r *http.Request) error {
	e, err := s.copier(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	o := glueimport.Options{URL: f.text("url"), Key: secret.NewText(f.text("key_secret")), Remote: true}
	v := &copyView{form: f}
	err = s.planCopy(r, e, o, v)
	if v.plan == nil && err == nil {
		return s.showCopy(w, r, http.StatusUnprocessableEntity, v)
	}
	var said *tenon.Error
	if errors.As(err, &said) && (said.Code == tenon.Invalid || said.Code == tenon.Unavailable) {
		name := map[string]string{"key": "key_secret"}[said.Field]
		if name == "" {
			name = "url"
		}
		f.Errors = append(f.Errors, ui.FieldError{Name: name, Message: say.Error(r.Context(), said)})
		return s.showCopy(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return s.showCopy(w, r, http.StatusOK, v)
}

// planCopy reads the plan. Where the account refuses the key there is none, and
// the form is shown again.
func (s *server) planCopy(r *http.Request, e *glueimport.Engine, o glueimport.Options, v *copyView) error {
	p, err := e.Plan(r.Context(), viewer(r), o)
	if err != nil {
		return err
	}
	if len(p.Blockers) > 0 {
		v.form.Set("url", o.URL)
		v.form.Errors = append(v.form.Errors, ui.FieldError{Name: "key_secret", Message: say.Finding(r.Context(), p.Blockers[0])})
		return nil
	}
	v.plan = p
	v.held, err = e.Hold(viewer(r), o)
	return err
}

// copyRun begins the copy that was confirmed.
func (s *server) copyRun(w http.ResponseWriter, r *http.Request) error {
	e, err := s.copier(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	if why := shownAgain(r); why != "" {
		leaveNote(w, r, note{Tone: ui.Warn, Text: why})
		return redirect(w, r, copyPath)
	}
	o, err := e.Held(viewer(r), f.text("held_secret"))
	if err != nil {
		return err
	}
	confirmed := &tenon.Plan{Operation: glueimport.Kind, Fingerprint: f.text("fingerprint"), Facts: readFacts(f)}
	op, err := e.Run(r.Context(), viewer(r), o, confirmed)
	if code := tenon.CodeOf(err); code == tenon.Stale || code == tenon.Conflict || code == tenon.Busy {
		v := &copyView{form: f, refused: refusedOf(r.Context(), err, confirmed)}
		if perr := s.planCopy(r, e, o, v); perr != nil {
			return perr
		}
		return s.showCopy(w, r, httpkit.ProblemOf(err, "").Status, v)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, operationPath(op.ID))
}

// copyProblems sends what a copy could not bring, a line each.
func (s *server) copyProblems(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OperationID](r, "id")
	if err != nil {
		return err
	}
	v := viewer(r)
	if err := v.Need(tenon.ImportData); err != nil {
		return err
	}
	if s.copies == nil {
		return tenon.Errorf(tenon.Unavailable, "This server copies no accounts.")
	}
	list, err := s.copies.Problems(r.Context(), v, id)
	if err != nil {
		return err
	}
	downloads(w, "did-not-come-"+id.String()+".csv")
	out := csvfile.NewWriter(w, ',')
	if err := out.Write([]string{"list", "id", "name", "message"}); err != nil {
		return err
	}
	for _, p := range list {
		if err := out.Write([]string{p.Resource, p.External, p.Name, p.Message}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// host is the account, as people call it.
func (v *copyView) host() string {
	u, err := url.Parse(v.plan.Action)
	if err != nil {
		return v.plan.Action
	}
	return u.Host
}

// contents are the numbers of the plan.
func (v *copyView) contents(ctx context.Context) []ui.Pair {
	var out []ui.Pair
	add := func(name, label string) {
		if n, counted := v.plan.Counts[name]; counted {
			out = append(out, ui.Pair{Name: label, Value: ui.Text(ui.Number(n))})
		}
	}
	add("organizations", say.Text(ctx, ui.TextOrganizations))
	for i := range tenon.Kinds {
		add(tenon.Kinds[i].Plural, say.Text(ctx, tenon.Kinds[i].Labels))
	}
	return out
}

// known is how many of the records are here from an earlier copy.
func (v *copyView) known() (n int64) {
	for name, count := range v.plan.Counts {
		if strings.HasPrefix(name, "known_") {
			n += count
		}
	}
	return n
}

// sentence says at the foot what the button does.
func (v *copyView) sentence(ctx context.Context) string {
	return say.Textf(ctx, "Copies %s from %s. It goes on by itself, can be cancelled, and can be taken back.", ui.Count(ctx, v.plan.Counts["records"], "record", "records"), v.host())
}

func (v *copyView) button(ctx context.Context) ui.Button {
	return ui.Button{Text: say.Text(ctx, "Copy"), Icon: "copy", Look: ui.Primary, Form: "confirm"}
}

// copyAt is the step that the page of a copy is.
func copyAt(state tenon.OperationState) int {
	if state == tenon.Running {
		return 2
	}
	return 3
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// This file brings a CSV file in, a step a page: the file, what its columns
// are, what would happen, doing it, and the receipt. Everything that was said
// stands in the address, so that a step can be gone back to.

// importSteps are the steps that stand along the top.
var importSteps = []string{say.Key("File"), say.Key("Columns"), say.Key("Check"), say.Key("Import"), say.Key("Receipt")}

// importView is one of the pages before the import runs.
type importView struct {
	step    int
	kind    string
	kept    string // hash of the file
	name    string
	preview *csvimport.Preview
	query   url.Values
	plan    *tenon.Plan
	refused *refused
	form    *form
}

// importer returns the engine, for those who may import.
func (s *server) importer(r *http.Request) (*csvimport.Engine, error) {
	v := viewer(r)
	if err := v.Need(tenon.ImportData); err != nil {
		return nil, err
	}
	if s.imports == nil {
		return nil, tenon.Errorf(tenon.Unavailable, "This server takes no imports.")
	}
	return s.imports, nil
}

func (s *server) showImport(w http.ResponseWriter, r *http.Request, status int, v *importView) error {
	if v.form == nil {
		v.form = &form{Values: url.Values{}}
	}
	page := ui.Page{Title: say.Text(r.Context(), ui.TextImport), Section: "account"}
	if v.step == 2 {
		page.Foot = importFoot(v)
	}
	return s.showStatus(w, r, status, page, importContent(v))
}

// importFile asks for the file and what is in it.
func (s *server) importFile(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.importer(r); err != nil {
		return err
	}
	return s.showImport(w, r, http.StatusOK, &importView{kind: r.URL.Query().Get("kind")})
}

// importUpload keeps the file and leads to its columns.
func (s *server) importUpload(w http.ResponseWriter, r *http.Request) error {
	e, err := s.importer(r)
	if err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	v := &importView{kind: f.text("kind"), form: f}
	file, header, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		f.Errors = append(f.Errors, ui.FieldError{Name: "file", Message: say.Text(r.Context(), "Choose a file first.")})
		return s.showImport(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	kept, err := e.Keep(r.Context(), viewer(r), file)
	if err == nil {
		_, err = e.Preview(r.Context(), viewer(r), v.kind, kept)
	}
	if err != nil {
		var known *tenon.Error
		if !errors.As(err, &known) || (known.Code != tenon.Invalid && known.Code != tenon.TooLarge) {
			return err
		}
		f.Errors = append(f.Errors, ui.FieldError{Name: "file", Message: say.Error(r.Context(), known)})
		return s.showImport(w, r, http.StatusUnprocessableEntity, v)
	}
	q := url.Values{"kind": {v.kind}, "file": {kept}, "name": {filepath.Base(header.Filename)}}
	return redirect(w, r, "/import/columns?"+q.Encode())
}

// importAsked reads what the address says of the file.
func (s *server) importAsked(r *http.Request, q url.Values) (*importView, error) {
	e, err := s.importer(r)
	if err != nil {
		return nil, err
	}
	v := &importView{kind: q.Get("kind"), kept: q.Get("file"), name: q.Get("name"), query: q}
	v.preview, err = e.Preview(r.Context(), viewer(r), v.kind, v.kept)
	return v, err
}

// importColumns asks what each column is: what is guessed stands there already.
func (s *server) importColumns(w http.ResponseWriter, r *http.Request) error {
	v, err := s.importAsked(r, r.URL.Query())
	if err != nil {
		return err
	}
	v.step = 1
	return s.showImport(w, r, http.StatusOK, v)
}

// columnParam names the parameter that says what a column is.
func columnParam(i int) string { return "c" + strconv.Itoa(i) }

// chosen is the field that a column is mapped to: what was said, else the guess.
func (v *importView) chosen(i int) string {
	if v.query.Has(columnParam(i)) {
		return v.query.Get(columnParam(i))
	}
	return v.preview.Columns[i].Field
}

// options are what the engine is asked to do. A field that two columns are
// mapped to is said here, as the engine knows one column a field.
func (v *importView) options() (csvimport.Options, error) {
	o := csvimport.Options{Kind: v.kind, Kept: v.kept, Name: v.name, Map: map[string]string{}, Partial: v.query.Get("partial") != "", RefuseNew: v.query.Get("refuse_new") != ""}
	for i, c := range v.preview.Columns {
		field := v.chosen(i)
		if field == "" {
			continue
		}
		if other, twice := o.Map[field]; twice {
			return o, tenon.FieldErrorf(columnParam(i), "The columns %q and %q are both said to be %s. Choose one.", other, c.Name, v.label(field))
		}
		o.Map[field] = c.Name
	}
	return o, nil
}

func (v *importView) label(field string) tenon.Phrase {
	for _, f := range v.preview.Fields {
		if f.Name == field {
			return f.Label
		}
	}
	return tenon.Say("%s", field)
}

// importCheck shows what would happen, row by row where something is wrong.
func (s *server) importCheck(w http.ResponseWriter, r *http.Request) error {
	v, err := s.importPlan(r, r.URL.Query())
	if v != nil && v.step == 1 {
		return s.showImport(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return s.showImport(w, r, http.StatusOK, v)
}

// importPlan plans; where the columns cannot be taken like that, it is the page
// of the columns again.
func (s *server) importPlan(r *http.Request, q url.Values) (*importView, error) {
	v, err := s.importAsked(r, q)
	if err != nil {
		return nil, err
	}
	o, err := v.options()
	if err == nil {
		v.plan, err = s.imports.Plan(r.Context(), viewer(r), o)
	}
	if err != nil {
		v.form = &form{Values: q}
		if v.form.keep(r.Context(), err) {
			v.step = 1
			return v, nil
		}
		return nil, err
	}
	v.step = 2
	return v, nil
}

// importRun carries the plan out that was confirmed, once.
func (s *server) importRun(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.importer(r); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	fingerprint := f.text("fingerprint")
	if done, err := s.doneAlready(r.Context(), viewer(r), csvimport.Kind, fingerprint); err != nil || done != 0 {
		if err != nil {
			return err
		}
		return redirect(w, r, operationPath(done))
	}
	confirmed := &tenon.Plan{Operation: csvimport.Kind, Fingerprint: fingerprint, Facts: readFacts(f)}
	op, err := s.imports.Run(r.Context(), viewer(r), confirmed)
	if code := tenon.CodeOf(err); code == tenon.Stale || code == tenon.Conflict || code == tenon.Busy {
		v, perr := s.importPlan(r, f.Values)
		if perr != nil {
			return perr
		}
		v.refused = refusedOf(r.Context(), err, confirmed)
		return s.showImport(w, r, httpkit.ProblemOf(err, "").Status, v)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, operationPath(op.ID))
}

// importErrors sends the rows that are refused, each with its reason.
func (s *server) importErrors(w http.ResponseWriter, r *http.Request) error {
	v, err := s.importPlan(r, r.URL.Query())
	if err != nil {
		return err
	}
	if v.plan == nil {
		return tenon.Errorf(tenon.Invalid, "%s", v.form.Errors[0].Message)
	}
	downloads(w, "rows-to-correct.csv")
	return s.imports.ErrorFile(r.Context(), viewer(r), v.plan, w)
}

// importTemplate sends an empty file whose columns need no mapping.
func (s *server) importTemplate(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.importer(r); err != nil {
		return err
	}
	kind := r.URL.Query().Get("kind")
	header, err := csvimport.Template(kind)
	if err != nil {
		return err
	}
	downloads(w, kind+"-template.csv")
	out := csvfile.NewWriter(w, ',')
	if err := out.Write(header); err != nil {
		return err
	}
	return out.Flush()
}

func downloads(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// kinds are what can be in a file.
func (v *importView) kinds(ctx context.Context) []ui.Choice {
	out := []ui.Choice{{Value: "organization", Text: say.Text(ctx, ui.TextOrganizations), Chosen: v.kind == "organization" || v.kind == ""}}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		out = append(out, ui.Choice{Value: k.Name, Text: say.Text(ctx, k.Labels), Chosen: v.kind == k.Name})
	}
	return out
}

// many is what is imported, in words.
func (v *importView) many(ctx context.Context) string {
	for _, c := range v.kinds(ctx) {
		if c.Value == v.kind {
			return lower(c.Text)
		}
	}
	return say.Text(ctx, "rows")
}

// fieldChoices are what a column can be.
func (v *importView) fieldChoices(ctx context.Context, chosen string) []ui.Choice {
	out := []ui.Choice{{Text: say.Text(ctx, "Leave out"), Chosen: chosen == ""}}
	for _, f := range v.preview.Fields {
		text := say.Phrase(ctx, f.Label)
		if f.Required {
			text = say.Textf(ctx, "%s (needed)", text)
		}
		out = append(out, ui.Choice{Value: f.Name, Text: text, Chosen: f.Name == chosen})
	}
	return out
}

// how says how the file was read.
func (v *importView) how(ctx context.Context) string {
	comma := map[byte]string{',': say.Key("commas"), ';': say.Key("semicolons"), '\t': say.Key("tabs"), '|': say.Key("bars"), ':': say.Key("colons")}[v.preview.Comma]
	return say.Textf(ctx, "%s, separated by %s, %s", ui.Count(ctx, len(v.preview.Columns), "column", "columns"), say.Text(ctx, comma), strings.ToUpper(v.preview.Encoding))
}

// again is the address of a step with everything that was said.
func (v *importView) again(path string) string { return join(path, v.said()) }

// said is what of the address goes on to the next step.
func (v *importView) said() url.Values {
	q := url.Values{}
	for name, values := range v.query {
		switch name {
		case "fingerprint", "facts", "operation":
		default:
			q[name] = values
		}
	}
	return q
}

// facts are the numbers of the plan.
func (v *importView) facts(ctx context.Context) []ui.Pair {
	var out []ui.Pair
	for _, n := range []struct{ name, text string }{{"created", say.Text(ctx, "will be created")}, {"updated", say.Text(ctx, "will be changed")}, {"unchanged", say.Text(ctx, "stay as they are")}, {"skipped", say.Text(ctx, "are passed over")}, {"failed", say.Text(ctx, "cannot be imported")}} {
		if c := v.plan.Counts[n.name]; c > 0 || n.name == "created" {
			out = append(out, ui.Pair{Name: n.text, Value: ui.Text(ui.Number(c))})
		}
	}
	return out
}

// blocked tells whether only leaving out the bad rows helps.
func (v *importView) blocked() bool { return len(v.plan.Blockers) > 0 }

// sentence says at the foot what the button does.
func (v *importView) sentence(ctx context.Context) string {
	c := v.plan.Counts
	words := say.Textf(ctx, "Creates %s and changes %s %s", ui.Number(c["created"]), ui.Number(c["updated"]), v.many(ctx))
	if c["failed"] > 0 {
		words += say.Textf(ctx, ", leaves out %s", ui.Count(ctx, c["failed"], "row", "rows"))
	}
	return say.Textf(ctx, "%s. It can be undone.", words)
}

// button imports, or says why it does not yet.
func (v *importView) button(ctx context.Context) ui.Button {
	b := ui.Button{Text: say.Text(ctx, "Import"), Icon: "upload", Look: ui.Primary, Form: "confirm"}
	if v.blocked() {
		b.Look, b.Reason = ui.Standard, importReason(v)
	}
	return b
}

// importAt is the step that the page of an import is.
func importAt(state tenon.OperationState) int {
	if state == tenon.Running {
		return 3
	}
	return 4
}

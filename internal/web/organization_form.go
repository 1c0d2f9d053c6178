package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// organizationForm is the page on which an organization is made or changed.
type organizationForm struct {
	schemaForm
	old      *tenon.Organization // nil for a new one
	viewer   tenon.Viewer
	conflict *conflict
	why      string // the form is shown again
}

// organizationGroups put the fields in the order in which people think of them.
var organizationGroups = []struct {
	title  string
	fields []string
}{
	{say.Key("What it is"), []string{"name", "short_name", "organization_type_id", "organization_status_id", "parent_id", "primary_location_id", "description"}},
	{say.Key("Shown first"), []string{"alert", "quick_notes"}},
	{say.Key("Notes"), []string{"notes", "details", "tags"}},
	{say.Key("Helpdesk"), []string{domainsField, "group_id", "shared_tickets", "shared_comments"}},
	{say.Key("Further"), []string{"external_id", "custom_fields", "logo"}},
}

// domainsField is the name of the e-mail domains, which are no field of the schema.
const domainsField = "domains"

// versionField holds the version that a form was made from.
const versionField = "version"

func newOrganizationForm(v tenon.Viewer, values url.Values, old *tenon.Organization) *organizationForm {
	f := &organizationForm{viewer: v, old: old, schemaForm: schemaForm{form: &form{Values: values}, schema: tenon.OrganizationFields}}
	if old != nil {
		f.org = old.ID
	}
	return f
}

func (s *server) organizationNew(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.CreateOrgs); err != nil {
		return err
	}
	f := newOrganizationForm(v, url.Values{onceField: {freshOnce()}}, nil)
	if parent := r.URL.Query().Get("parent"); tenon.ParseID(parent) != 0 {
		f.Set("parent_id", parent)
	}
	if err := s.read(r, func(tx *store.Tx) error { return f.load(tx, v) }); err != nil {
		return err
	}
	return s.showOrganizationForm(w, r, http.StatusOK, f)
}

func (s *server) organizationEdit(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	var f *organizationForm
	err := s.read(r, func(tx *store.Tx) error {
		o, err := s.organizationOf(w, r, tx)
		if err != nil {
			return err
		}
		if err := mayEditOrganization(tx, v, o); err != nil {
			return err
		}
		f = newOrganizationForm(v, url.Values{}, o)
		if f.names, err = loadNames(tx, v, f.schema, o.Values); err != nil {
			return err
		}
		f.fill(r.Context(), o.Values)
		f.Set(domainsField, strings.Join(o.Domains, ", "))
		f.Set(versionField, strconv.FormatInt(o.Version, 10))
		if err := f.protectStored(r.Context(), tx); err != nil {
			return err
		}
		return f.load(tx, v)
	})
	if err != nil {
		return err
	}
	return s.showOrganizationForm(w, r, http.StatusOK, f)
}

// protectStored is protect with what stands in the database.
func (f *organizationForm) protectStored(ctx context.Context, tx *store.Tx) error {
	by, err := core.SyncsOrganization(tx, f.old)
	if err != nil || by == "" {
		return err
	}
	if f.names, err = loadNames(tx, f.viewer, f.schema, f.old.Values); err != nil {
		return err
	}
	f.protect(ctx, by, f.old.Values)
	return nil
}

func mayEditOrganization(tx *store.Tx, v tenon.Viewer, o *tenon.Organization) error {
	if err := v.Need(tenon.EditOrgs); err != nil {
		return err
	}
	_, err := core.EditableOrganization(tx, v, o.ID)
	return err
}

func (s *server) showOrganizationForm(w http.ResponseWriter, r *http.Request, status int, f *organizationForm) error {
	return s.showStatus(w, r, status, ui.Page{Title: f.title(r.Context()), Section: "organizations"}, organizationFormContent(f))
}

func (f *organizationForm) title(ctx context.Context) string {
	if f.old == nil {
		return say.Text(ctx, "New organization")
	}
	return say.Textf(ctx, "Edit %s", f.old.Name)
}

func (s *server) organizationCreate(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.CreateOrgs); err != nil {
		return err
	}
	in, err := readForm(r)
	if err != nil {
		return err
	}
	return s.saveOrganization(w, r, newOrganizationForm(v, in.Values, nil))
}

func (s *server) organizationUpdate(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditOrgs); err != nil {
		return err
	}
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return err
	}
	in, err := readForm(r)
	if err != nil {
		return err
	}
	old, err := s.core.Organization(r.Context(), v, id)
	if err != nil {
		return err
	}
	f := newOrganizationForm(v, in.Values, old)
	if err := s.read(r, func(tx *store.Tx) error { return f.protectStored(r.Context(), tx) }); err != nil {
		return err
	}
	return s.saveOrganization(w, r, f)
}

// saveOrganization reads the form and saves it, or shows it again with what is
// wrong, or with what somebody else has saved meanwhile.
func (s *server) saveOrganization(w http.ResponseWriter, r *http.Request, f *organizationForm) error {
	if f.why = shownAgain(r); f.why != "" {
		f.Set(onceField, freshOnce())
		return s.showOrganizationAgain(w, r, http.StatusOK, f)
	}
	if f.old != nil && f.Has(clashField) {
		if err := s.settleOrganization(r, f); err != nil {
			return err
		}
		if len(f.Errors) > 0 {
			return s.showOrganizationAgain(w, r, http.StatusUnprocessableEntity, f)
		}
	}
	change, err := s.readOrganization(r, f)
	if err != nil {
		return err
	}
	var o *tenon.Organization
	if len(f.Errors) == 0 {
		if f.old == nil {
			o, err = s.core.CreateOrganization(r.Context(), f.viewer, change)
		} else {
			o, err = s.core.UpdateOrganization(r.Context(), f.viewer, f.old.ID, change)
		}
		if err == nil {
			words := say.Textf(r.Context(), "%s was saved.", o.Name)
			if f.old == nil {
				words = say.Textf(r.Context(), "%s was created.", o.Name)
			}
			leaveNote(w, r, note{Text: words})
			return redirect(w, r, organizationPath(o.ID))
		}
	}
	status := http.StatusUnprocessableEntity
	switch {
	case len(f.Errors) > 0 || f.keep(r.Context(), err):
	case tenon.CodeOf(err) == tenon.Stale && f.old != nil:
		status = http.StatusConflict
		if err := s.compareOrganization(r, f, change.Version); err != nil {
			return err
		}
	default:
		return err
	}
	return s.showOrganizationAgain(w, r, status, f)
}

// settleOrganization applies the answers of somebody who was asked which
// values to keep; where some are missing they are asked again.
func (s *server) settleOrganization(r *http.Request, f *organizationForm) error {
	err := s.read(r, func(tx *store.Tx) (err error) {
		f.names, err = loadNames(tx, f.viewer, f.schema, f.old.Values)
		return err
	})
	if err != nil {
		return err
	}
	settle(r.Context(), f.form, f.filled(r.Context(), f.old.Values, f.old.Domains), nil)
	if len(f.Errors) == 0 {
		return nil
	}
	base, err := f.number(baseField)
	if err != nil {
		return err
	}
	return s.compareOrganization(r, f, base)
}

// showOrganizationAgain shows the form with what was typed.
func (s *server) showOrganizationAgain(w http.ResponseWriter, r *http.Request, status int, f *organizationForm) error {
	if err := s.read(r, func(tx *store.Tx) error { return f.load(tx, f.viewer) }); err != nil {
		return err
	}
	return s.showOrganizationForm(w, r, status, f)
}

func (s *server) readOrganization(r *http.Request, f *organizationForm) (in core.OrganizationChange, err error) {
	old := tenon.Values{}
	if f.old != nil {
		old = f.old.Values
		if in.Version, err = f.number(versionField); err != nil || in.Version == 0 {
			return in, tenon.Errorf(tenon.Invalid, "This form has lost the version it was made from. Nothing was changed. Open it again.")
		}
	}
	err = s.read(r, func(tx *store.Tx) error {
		in.Values, err = f.read(r.Context(), tx, f.viewer, old)
		return err
	})
	if err != nil {
		return in, err
	}
	in.NewRows = f.newRows()
	if f.Has(domainsField) {
		domains := strings.FieldsFunc(f.Get(domainsField), func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == ';' })
		in.Domains = &domains
	}
	return in, s.readLogo(r, f, &in)
}

// readLogo takes the picture that came with the form.
func (s *server) readLogo(r *http.Request, f *organizationForm, in *core.OrganizationChange) error {
	if f.yes("logo.remove") {
		in.Values["logo"] = nil
	}
	file, _, err := r.FormFile("logo")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || s.files == nil {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	png, err := s.pictures.Logo(r.Context(), file)
	if err != nil {
		var e *tenon.Error
		if errors.As(err, &e) && (e.Code == tenon.Invalid || e.Code == tenon.TooLarge) {
			f.Errors = append(f.Errors, ui.FieldError{Name: "logo", Message: say.Error(r.Context(), e)})
			return nil
		}
		return err
	}
	if len(f.Errors) > 0 {
		return nil // nothing is kept of a form that is not saved
	}
	ref, err := s.files.Put(r.Context(), bytes.NewReader(png), int64(len(png)))
	if err != nil {
		return err
	}
	in.Values["logo"] = ref.Hash
	return nil
}

// filled are the values of the organization as its form holds them.
func (f *organizationForm) filled(ctx context.Context, values tenon.Values, domains []string) url.Values {
	g := newOrganizationForm(f.viewer, url.Values{}, f.old)
	g.names = f.names
	g.fill(ctx, values)
	g.Set(domainsField, strings.Join(domains, ", "))
	return g.Values
}

// compareOrganization works out what to do with a form that was made from the
// version base, as compareItem does.
func (s *server) compareOrganization(r *http.Request, f *organizationForm, base int64) error {
	was, err := s.core.OrganizationRevision(r.Context(), f.viewer, f.old.ID, base)
	if err != nil && tenon.CodeOf(err) != tenon.NotFound {
		return err
	}
	if was == nil {
		was = &tenon.Revision{} // then every difference is asked
	}
	c := &conflict{base: base, now: f.old.Version, clock: s.now()}
	err = s.read(r, func(tx *store.Tx) (err error) {
		var w wanted
		w.add(f.schema, was.Values)
		w.add(f.schema, f.old.Values)
		f.names, err = w.load(tx, f.viewer)
		return err
	})
	if err != nil {
		return err
	}
	if now, err := s.core.OrganizationRevision(r.Context(), f.viewer, f.old.ID, f.old.Version); err == nil {
		c.by, c.at = now.ByName, now.At
	}
	fields := conflictFields(r.Context(), f.schema, conflictField{name: domainsField, label: say.Text(r.Context(), "E-mail domains")})
	err = c.weigh(r.Context(), &f.schemaForm, fields, f.filled(r.Context(), was.Values, was.Domains), f.filled(r.Context(), f.old.Values, f.old.Domains), nil)
	f.Set(versionField, strconv.FormatInt(f.old.Version, 10))
	f.conflict = c
	return err
}

func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// words puts a typed id of a list into words.
func (f *schemaForm) words(ctx context.Context, name, typed string) string {
	field := f.schema.Field(name)
	if field == nil || typed == "" {
		return typed
	}
	switch field.Type {
	case tenon.Bool:
		return say.Text(ctx, "Yes")
	case tenon.Lookup:
		if text := f.names.lookups[tenon.ParseID(typed)]; text != "" {
			return text
		}
	case tenon.GroupRef, tenon.UserRef:
		for _, c := range append(f.groups, f.users...) {
			if c.Value == typed {
				return c.Text
			}
		}
	}
	return typed
}

// organizationLogo sends the picture. Its address carries the beginning of the
// hash, so it may be kept; only by this browser, for it is as closed as the
// organization.
func (s *server) organizationLogo(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return err
	}
	o, err := s.core.Organization(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	hash := o.Values.Text("logo")
	if hash == "" || s.files == nil {
		return tenon.Errorf(tenon.NotFound, "%s has no logo.", o.Name)
	}
	return s.sendFile(w, r, hash, "image/png", "")
}

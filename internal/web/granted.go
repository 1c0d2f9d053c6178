package web

import (
	"net/http"
	"net/url"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// grants is the panel of the organizations that a user or a group was given.
type grants struct {
	list   []tenon.Granted
	groups []*tenon.Group // through which a user has some of them
	action string         // address of the forms
	whole  bool           // they reach every organization anyway
	may    bool           // the viewer may change it
	lite   bool
}

// through names the group by which a user has it, "" for none.
func (g *grants) through(one *tenon.Granted) string {
	if one.To.Kind != tenon.SubjectGroup {
		return ""
	}
	for _, group := range g.groups {
		if int64(group.ID) == one.To.ID {
			return group.Name
		}
	}
	return ""
}

// own tells whether it can be taken away here.
func (g *grants) own(one *tenon.Granted) bool {
	return one.To.Kind == tenon.SubjectUser || len(g.groups) == 0
}

// userGrant gives a user an organization.
func (s *server) userGrant(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	return s.grantTo(w, r, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(u.ID)}, u.Name, userPath(u.ID))
}

func (s *server) userGrantEnd(w http.ResponseWriter, r *http.Request) error {
	u, err := s.loadUser(r)
	if err != nil {
		return err
	}
	return s.takeFrom(w, r, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(u.ID)}, u.Name, userPath(u.ID))
}

func (s *server) groupGrant(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	return s.grantTo(w, r, tenon.Subject{Kind: tenon.SubjectGroup, ID: int64(g.ID)}, g.Name, groupPath(g.ID))
}

func (s *server) groupGrantEnd(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGroup(r)
	if err != nil {
		return err
	}
	return s.takeFrom(w, r, tenon.Subject{Kind: tenon.SubjectGroup, ID: int64(g.ID)}, g.Name, groupPath(g.ID))
}

// grantTo gives the organization that was typed. What is wrong with it is said
// on the page that it was typed on: there is nothing else that could be lost.
func (s *server) grantTo(w http.ResponseWriter, r *http.Request, to tenon.Subject, name, path string) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageAccess); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	text, err := s.namedOrganization(r, f, "organization", say.Text(r.Context(), "Organization"))
	if err == nil && text == "" {
		err = tenon.FieldErrorf("organization", "Name the organization.")
	}
	if err == nil {
		err = s.core.Grant(r.Context(), v, to, tenon.OrgID(tenon.ParseID(text)))
	}
	if err != nil {
		return s.sayAndReturn(w, r, err, path)
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was given to %s.", f.text("organization"), name)})
	return redirect(w, r, path)
}

func (s *server) takeFrom(w http.ResponseWriter, r *http.Request, from tenon.Subject, name, path string) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageAccess); err != nil {
		return err
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id, err := f.number("id")
	if err != nil {
		return err
	}
	if err := s.core.Revoke(r.Context(), v, from, tenon.OrgID(id)); err != nil {
		return s.sayAndReturn(w, r, err, path)
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was taken from %s.", f.text("name"), name)})
	return redirect(w, r, path)
}

// sayAndReturn leads back to a page with what is wrong, where a person can put
// it right there.
func (s *server) sayAndReturn(w http.ResponseWriter, r *http.Request, err error, path string) error {
	switch tenon.CodeOf(err) {
	case tenon.Invalid, tenon.Conflict, tenon.NotFound:
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
		return redirect(w, r, path)
	}
	return err
}

// namedOrganization returns the id of the organization that was typed, "" for none.
func (s *server) namedOrganization(r *http.Request, f *form, name, label string) (string, error) {
	ask := schemaForm{form: f}
	var id any
	err := s.read(r, func(tx *store.Tx) (err error) {
		id, err = ask.reference(tx, viewer(r), &tenon.Field{Name: name, Label: label, Type: tenon.OrgRef})
		return err
	})
	return plainValue(r.Context(), id), err
}

func emptyForm() *form { return &form{Values: url.Values{}} }

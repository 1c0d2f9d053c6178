package api

import (
	"time"

	"github.com/tenonhq/tenon"
)

// sightJSON is a person who sees an organization, and why.
type sightJSON struct {
	UserID      int64      `json:"user_id"`
	Name        string     `json:"name"`
	Email       string     `json:"email"`
	Role        string     `json:"role"`
	SignedInAt  *time.Time `json:"signed_in_at"`
	How         []string   `json:"how"`
	Part        bool       `json:"part"`
	DeniedKinds []string   `json:"denied_kinds"`
}

func encodeSight(a tenon.Access) sightJSON {
	return sightJSON{UserID: int64(a.User), Name: a.Name, Email: a.Email, Role: string(a.Role), SignedInAt: at(a.SignedInAt), How: encodeAll(a.How, tenon.Phrase.String),
		Part: a.Part, DeniedKinds: encodeAll(a.Denied, tenon.Kind.String)}
}

func (s *server) whoSees(r *request) (answer, error) {
	people, err := s.core.WhoSees(r.Context(), r.viewer, tenon.OrgID(r.id("organization")))
	if err != nil {
		return answer{}, err
	}
	return list(people, "", encodeSight)
}

type explanationJSON struct {
	Sees    bool         `json:"sees"`
	Reasons []reasonJSON `json:"reasons"`
}

type reasonJSON struct {
	Allows bool   `json:"allows"`
	Text   string `json:"text"`
}

func (s *server) why(r *request) (answer, error) {
	e, err := s.core.Why(r.Context(), r.viewer, tenon.UserID(r.id("user")), tenon.ItemID(r.id("item")))
	if err != nil {
		return answer{}, err
	}
	return ok(explanationJSON{e.Sees, encodeAll(e.Reasons, func(x tenon.Reason) reasonJSON { return reasonJSON{x.Allows, x.Text.String()} })})
}

// grant gives a user or a group an organization, grantEnd takes it away.
func (s *server) grant(r *request) (answer, error) {
	var in subjectJSON
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if err := s.core.Grant(r.Context(), r.viewer, in.domain(), tenon.OrgID(r.id("organization"))); err != nil {
		return answer{}, err
	}
	return done()
}

func (s *server) grantEnd(r *request) (answer, error) {
	from := tenon.Subject{Kind: r.PathValue("kind"), ID: r.id("subject")}
	if err := s.core.Revoke(r.Context(), r.viewer, from, tenon.OrgID(r.id("organization"))); err != nil {
		return answer{}, err
	}
	return done()
}

type settingJSON struct {
	Name             string  `json:"name"`
	Label            string  `json:"label"`
	Type             string  `json:"type"`
	Help             string  `json:"help"`
	Value            string  `json:"value"`
	OrganizationName *string `json:"organization_name"`
}

type settingIn struct {
	Value string `json:"value"`
}

func encodeSetting(x tenon.Setting) settingJSON {
	return settingJSON{Name: x.Name, Label: x.Label, Type: string(x.Type), Help: x.Help, Value: x.Value, OrganizationName: orNull(x.OrgName)}
}

func (s *server) settingList(r *request) (answer, error) {
	rows, err := s.core.Settings(r.Context(), r.viewer)
	if err != nil {
		return answer{}, err
	}
	return list(rows, "", encodeSetting)
}

func (s *server) settingSet(r *request) (answer, error) {
	var in settingIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if err := s.core.SetSetting(r.Context(), r.viewer, r.PathValue("setting"), in.Value); err != nil {
		return answer{}, err
	}
	return done()
}

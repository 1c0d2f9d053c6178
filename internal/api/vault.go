package api

import (
	"github.com/tenonhq/tenon"
)

// revealedJSON is a secret in the clear: one answer, to one caller.
type revealedJSON struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

type codeJSON struct {
	Code        string `json:"code"`
	SecondsLeft int    `json:"seconds_left"`
}

type revealIn struct {
	Field string `json:"field,omitempty"`
}

// reveal shows a secret. Under /passwords it is the password unless the body says otherwise.
func (s *server) reveal(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	in := revealIn{}
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if in.Field == "" && i.Kind == tenon.Password {
		in.Field = "password"
	}
	value, err := s.core.Reveal(r.Context(), r.viewer, i.ID, in.Field)
	if err != nil {
		return answer{}, err
	}
	return ok(revealedJSON{in.Field, value.Reveal()})
}

func (s *server) totp(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	code, left, err := s.core.TOTPCode(r.Context(), r.viewer, i.ID)
	if err != nil {
		return answer{}, err
	}
	return ok(codeJSON{code, left})
}

func (s *server) itemReveal(r *request) (answer, error) { return s.reveal(r, nil) }

func (s *server) itemTOTP(r *request) (answer, error) { return s.totp(r, nil) }

func (s *server) itemsList(r *request) (answer, error) { return s.itemList(r, nil) }

func (s *server) itemsGet(r *request) (answer, error) { return s.itemGet(r, nil) }

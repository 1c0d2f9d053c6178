package itglue

import (
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
)

// account is the one caller that the rate is counted for: the whole account,
// whichever of its keys is used.
const account = "account"

// admit finds out who asks. A short-lived token wins over a key. A missing or
// wrong key is answered as the gateway before the original answers it.
func (s *server) admit(w http.ResponseWriter, r *http.Request) (tenon.Viewer, error) {
	v, err := s.viewer(r)
	info := httpkit.InfoOf(r.Context())
	if tenon.CodeOf(err) == tenon.Unauthenticated && s.hasKey(r) {
		// Only wrong keys are held up: a script that has lost its key does not
		// lock out the others behind the same address.
		if limit := s.failed.Allow(http.Header{}, info.Addr); limit != nil {
			return tenon.Viewer{}, limit
		}
	}
	if err != nil {
		return tenon.Viewer{}, err
	}
	v.Addr, v.Face = info.Addr, "itglue"
	info.UserID, info.KeyID = int64(v.User), v.Key
	return v, s.limit.Allow(w.Header(), account)
}

func (s *server) hasKey(r *http.Request) bool {
	return r.Header.Get("X-Api-Key") != "" || httpkit.BearerKey(r) != ""
}

// errToken is the answer to a token that is wrong or over.
func errToken() error {
	return fail(http.StatusUnauthorized, "", "The token is wrong or has expired.")
}

func (s *server) viewer(r *http.Request) (tenon.Viewer, error) {
	if token := httpkit.BearerKey(r); token != "" {
		v, err := s.core.SessionViewer(r.Context(), secret.NewText(token))
		if tenon.CodeOf(err) == tenon.Unauthenticated {
			return v, errToken()
		}
		return v, err
	}
	key := r.Header.Get("X-Api-Key")
	if key == "" {
		return tenon.Viewer{}, tenon.Errorf(tenon.Unauthenticated, "Send an API key in the header x-api-key.")
	}
	return s.core.KeyViewer(r.Context(), secret.NewText(key))
}

package itglue

import (
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/search"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
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
	// Some clients put before every key what keys of the original begin with.
	key := strings.TrimPrefix(strings.TrimSpace(r.Header.Get("X-Api-Key")), "ITG.")
	if key == "" {
		return tenon.Viewer{}, tenon.Errorf(tenon.Unauthenticated, "Send an API key in the header x-api-key.")
	}
	return s.core.KeyViewer(r.Context(), secret.NewText(key))
}

// sessionRoutes are the log-in by which programs of people get a short-lived
// token, and the search that comes with it.
func sessionRoutes() []route {
	token := closed(openapi3.Schemas{"token": inline(kinds(openapi3.TypeString))})
	return []route{
		{method: http.MethodPost, path: "login", open: true, handle: login, plain: token, about: "Sign in, for a refresh token"},
		{method: http.MethodGet, path: "jwt/token", open: true, handle: shortToken, plain: token, about: "A short-lived token for a refresh token"},
		{method: http.MethodGet, path: "search.json", handle: searchAll, plain: arrayOf(inline(kinds(openapi3.TypeObject))), about: "Search over everything"},
	}
}

// login signs a person in. The token is what a short-lived one is got for.
func login(r *request) (answer, error) {
	m, err := httpkit.ParseObject(r.body)
	if err != nil {
		return answer{}, err
	}
	user, _ := m["user"].(map[string]any)
	email, _ := scalar(user["email"])
	password, _ := scalar(user["password"])
	code, _ := scalar(user["otp_attempt"])
	if email == "" || password == "" {
		return answer{}, fail(http.StatusBadRequest, "/user", "param is missing or the value is empty: user")
	}
	addr, agent := httpkit.InfoOf(r.Context()).Addr, r.UserAgent()
	token, _, err := r.s.core.SignIn(r.Context(), email, secret.NewText(password), addr, agent)
	if tenon.CodeOf(err) == tenon.Unauthenticated && !token.IsZero() && code != "" {
		token, _, err = r.s.core.SignInCode(r.Context(), token, code, addr, agent)
	}
	if tenon.CodeOf(err) == tenon.Unauthenticated {
		return answer{}, &failure{status: http.StatusUnauthorized, title: http.StatusText(http.StatusUnauthorized), detail: tenon.MessageOf(err), pointer: "/user", err: err}
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: members{{"token", token.Reveal()}}}, nil
}

// shortToken gives a token of two hours for one of a log-in.
func shortToken(r *request) (answer, error) {
	token, err := r.s.core.ShortSession(r.Context(), secret.NewText(r.params["refresh_token"]), httpkit.InfoOf(r.Context()).Addr, r.UserAgent())
	if tenon.CodeOf(err) == tenon.Unauthenticated {
		return answer{}, errToken()
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: members{{"token", token.Reveal()}}}, nil
}

// maxFound is how much a search answers at most.
const maxFound = 200

// searchAll answers a plain list of what the viewer may know of. What it is
// narrowed to is a part of the search: the most are found of that.
func searchAll(r *request) (answer, error) {
	limit := 50
	in := reader{in: change{attrs: map[string]any{"limit": r.params["limit"]}}}
	in.number("limit", &limit)
	if limit <= 0 || in.err != nil {
		limit = 50
	}
	q := search.Parse(r.params["query"])
	if asked := words(r.params["kind"]); len(asked) > 0 {
		var kinds []tenon.Kind
		organizations := false
		for _, w := range asked {
			if k := kindNamed(w); k != 0 {
				kinds = append(kinds, k)
			}
			organizations = organizations || snake(w) == "organizations"
		}
		if !q.Among(kinds, organizations) {
			return answer{status: http.StatusOK, list: []any{}}, nil
		}
	}
	out := []any{}
	err := r.read(func(tx *store.Tx) error {
		out = []any{}
		options := search.Options{Limit: maxFound, Bare: true}
		if asked := r.params["filter_organization_id"]; asked != "" {
			only := tenon.ParseID(asked)
			if only == 0 {
				return nil // what cannot be an id is none that exists
			}
			owner, err := tx.ResolveOrganization(r.viewer, tenon.OrgID(only))
			if err != nil {
				return err
			}
			options.Orgs = []tenon.OrgID{owner}
		}
		found, err := search.Run(tx, r.viewer, q, options)
		if err != nil {
			return err
		}
		for _, g := range found.Groups {
			for _, h := range g.Hits {
				kind := "organizations"
				if h.Kind != 0 {
					kind = h.Kind.Info().Plural
				}
				if len(out) < limit {
					out = append(out, members{{"id", h.ID}, {"class_name", kind}, {"name", h.Name},
						{"organization_id", clientID(h.OrgID)}, {"organization_name", shaped(text, h.OrgName)}})
				}
			}
		}
		return nil
	})
	return answer{status: http.StatusOK, list: out}, err
}

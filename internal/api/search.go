package api

import (
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/search"
	"github.com/tenonhq/tenon/internal/store"
)

type hitJSON struct {
	Kind             string    `json:"kind"` // "organization", "contact", ...
	ID               int64     `json:"id"`
	Name             string    `json:"name"`
	OrganizationID   int64     `json:"organization_id"`
	OrganizationName string    `json:"organization_name"`
	Archived         bool      `json:"archived"`
	Formerly         *string   `json:"formerly"`
	Field            *string   `json:"field"`
	Text             *string   `json:"text"`
	UpdatedAt        time.Time `json:"updated_at"`
}

// searchJSON is what was found, the best of each kind together.
type searchJSON struct {
	Hits     []hitJSON `json:"hits"`
	More     bool      `json:"more"`
	Instead  []string  `json:"instead"`
	Problems []string  `json:"problems"`
}

// searchParams are those of a search.
var searchParams = []param{
	{"q", "words, the last may be a beginning; kind:password, org:name and tag:word narrow the search"},
	{"limit", "how many records, 1 to 1000; 50 when left out"},
}

func (s *server) search(r *request) (answer, error) {
	page, err := r.page()
	if err != nil {
		return answer{}, err
	}
	q := search.Parse(r.query["q"])
	var found *search.Result
	err = s.core.Store().Read(r.Context(), func(tx *store.Tx) error {
		found, err = search.Run(tx, r.viewer, q, search.Options{Limit: page.Size()})
		return err
	})
	if err != nil {
		return answer{}, err
	}
	out := searchJSON{Hits: []hitJSON{}, More: found.More, Instead: append([]string{}, found.Instead...), Problems: append([]string{}, q.Problems...)}
	for _, g := range found.Groups {
		for i := range g.Hits {
			out.Hits = append(out.Hits, encodeHit(&g.Hits[i]))
		}
	}
	return ok(out)
}

func encodeHit(h *search.Hit) hitJSON {
	kind := "organization"
	if h.Kind != 0 {
		kind = h.Kind.String()
	}
	var text strings.Builder
	for _, p := range h.Text {
		text.WriteString(p.Text)
	}
	org := h.OrgID
	if org == tenon.SystemOrg {
		org = 0
	}
	return hitJSON{Kind: kind, ID: h.ID, Name: h.Name, OrganizationID: int64(org), OrganizationName: h.OrgName, Archived: h.Archived,
		Formerly: orNull(h.Formerly), Field: orNull(h.Field), Text: orNull(text.String()), UpdatedAt: h.UpdatedAt.UTC()}
}

package gluetest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// notYet is what the reference has and the product does not answer so far.
// Whoever adds it takes the line out, and puts it into the reference.
var notYet = map[string]bool{
	"GET /exports":    true,
	"POST /exports":   true,
	"GET /exports/1":  true,
	"DELETE /exports": true,
}

// TestNotYet fails as soon as something of the list answers.
func TestNotYet(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		for _, what := range slices.Sorted(maps.Keys(notYet)) {
			method, path, _ := strings.Cut(what, " ")
			r := s.ask(method, path, "")
			there := r.status != http.StatusNotFound && r.status != http.StatusMethodNotAllowed
			if there || (r.status == http.StatusNotFound && r.text("errors.0.detail") != "There is no such address.") {
				t.Errorf("%s answers %d now: take it out of the list and put it into the reference", what, r.status)
			}
		}
	})
}

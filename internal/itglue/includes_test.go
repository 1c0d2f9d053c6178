package itglue

import (
	"errors"
	"net/http"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestTooMuchIncluded ties records to as many others as one answer may have,
// and to one more: that is refused, and not cut off.
func TestTooMuchIncluded(t *testing.T) {
	t.Parallel()
	for n, refused := range map[int]bool{maxIncluded: false, maxIncluded + 1: true} {
		one := userRecord(&tenon.User{ID: 5, Name: "Ann"})
		ties := make([]record, n-1)
		for i := range ties {
			ties[i] = one
		}
		v := &view{r: &request{s: &server{resources: resources()}}, seen: map[string]bool{}, related: map[int64]members{}}
		inc := &include{name: "users", path: "users", load: func(*view, []record) (map[int64][]record, error) {
			return map[int64][]record{1: ties, 2: {one}}, nil
		}}
		err := v.includeOne(inc, []record{{id: 1}, {id: 2}}, false)
		var f *failure
		if got := errors.As(err, &f) && f.status == http.StatusUnprocessableEntity; got != refused {
			t.Errorf("%d: %v", n, err)
		}
	}
}

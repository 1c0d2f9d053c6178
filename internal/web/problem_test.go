package web_test

import (
	"errors"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestOurFault reads the page of an error that is nobody's who reads it: without
// the database there is a page all the same, with what the log has it under and a
// way on.
func TestOurFault(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite")
	s.setUp()
	org := s.organization(tenon.Values{"name": "Calder Freight"})
	failWith := func(err error) {
		s.lock.Lock()
		defer s.lock.Unlock()
		s.broken = err
	}
	failWith(errors.New("sql: the disk is on fire"))
	t.Cleanup(func() { failWith(nil) })
	a := s.get("/organizations?q=cal")
	s.want(a, 500, "Something went wrong", "This should not have happened", `rel="stylesheet"`, `href="/organizations?q=cal"`, "Try again", `href="/organizations"`, `Reference <span class="tn-mono tn-anywhere">`)
	s.lacks(a, "sql", "on fire", `tn-anywhere"></span>`)
	s.want(s.post("/organizations/"+org.ID.String(), "name", "Calder"), 500, "Something went wrong", ">Back<")
}

package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestWaitingOfOthers writes through two openings of one database, as the
// command line beside a server: the entries of both together do not wait in
// larger numbers than those of one.
func TestWaitingOfOthers(t *testing.T) {
	t.Parallel()
	o := storetest.Options(t, "sqlite", storetest.NewClock())
	here, there := storetest.OpenWith(t, o), storetest.OpenWith(t, o)
	for _, st := range []*store.Store{here, there} {
		for n := range 40 {
			newOrg(t, st, fmt.Sprintf("Organization %d", n))
		}
	}
	var waiting int
	if err := here.Raw().(*sql.DB).QueryRow(`SELECT count(*) FROM search_waiting`).Scan(&waiting); err != nil {
		t.Fatal(err)
	}
	if waiting >= 64 {
		t.Errorf("%d entries wait", waiting)
	}
}

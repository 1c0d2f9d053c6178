package store_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestPlansOfSearch holds how both engines carry out the statements of a
// search: the index gives the records, and each record is looked up by its id.
// None of them reads a whole table, whoever asks.
func TestPlansOfSearch(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		var orgs []tenon.OrgID
		for n := range 90 {
			org := newOrg(t, st, fmt.Sprint("Organization ", n))
			fillBinder(t, st, org, 50)
			orgs = append(orgs, org)
		}
		err := st.Write(context.Background(), func(tx *store.Tx) error { return tx.Reindex() })
		if err != nil {
			t.Fatal(err)
		}
		viewers := map[string]tenon.Viewer{
			"everything": {User: 1, Role: tenon.Administrator, Everywhere: true},
			"a few":      searchViewer(t, st, 8, orgs[:9]), "many": searchViewer(t, st, 9, orgs[9:]),
		}
		storetest.Exec(t, st, `ANALYZE`)
		for who, v := range viewers {
			var plans []string
			err := st.Write(context.Background(), func(tx *store.Tx) (err error) {
				// There is too little here for PostgreSQL to prefer an index: where
				// one can be used, it must be.
				if st.Engine() != "sqlite" {
					if err := tx.Tamper(`SET LOCAL enable_seqscan = off`); err != nil {
						return err
					}
				}
				plans, err = tx.ExplainEach(func() error { return searchAll(tx, v) })
				return err
			})
			if err != nil {
				t.Fatalf("%s: %v", who, err)
			}
			if len(plans) < 8 {
				t.Fatalf("%s: only %d statements", who, len(plans))
			}
			for _, p := range plans {
				holdSearchPlan(t, st.Engine(), who, p)
			}
		}
	})
}

// searchAll asks in every way in which the palette and the page of search do.
func searchAll(tx *store.Tx, v tenon.Viewer) error {
	for _, text := range []string{"ite", "item", "77"} {
		var queries []store.SearchQuery
		for _, names := range []bool{true, false} {
			items := anyOf(text, true, names)
			orgs := items
			orgs.Organizations = true
			queries = append(queries, orgs, items)
		}
		if _, err := tx.Search(v, queries...); err != nil {
			return err
		}
	}
	if _, err := tx.SearchNamed(v, store.NamedQuery{Name: "item 77", Former: []string{"organization", "item"}, Limit: 50}); err != nil {
		return err
	}
	if _, err := tx.SystemTerms([]string{"orga", "item"}, 10); err != nil {
		return err
	}
	_, err := tx.SystemKnownTerms([]string{"item", "organization"})
	return err
}

func searchViewer(t *testing.T, st *store.Store, user int64, orgs []tenon.OrgID) tenon.Viewer {
	t.Helper()
	storetest.Exec(t, st, fmt.Sprintf(`INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES (%d, 'x', 'x', 'x%d', 'editor', 1, 1)`, user, user))
	for _, o := range orgs {
		storetest.Exec(t, st, fmt.Sprintf(`INSERT INTO reach (user_id, binder_id) VALUES (%d, %d)`, user, o))
	}
	return tenon.Viewer{User: tenon.UserID(user), Role: tenon.Editor, Denied: []tenon.Kind{tenon.Password}}
}

// subquery is a line of a plan that goes through what another one found.
var subquery = regexp.MustCompile(`^SCAN (\(subquery-\d+\)|[a-z]+\d*)$`)

// holdSearchPlan refuses a plan that reads a whole table, or that has SQLite
// gather and sort what the index gives in order, or PostgreSQL walk the entries
// instead of the index of their words.
func holdSearchPlan(t *testing.T, engine, who, plan string) {
	t.Helper()
	text, lines, _ := strings.Cut(plan, "\n")
	bad := false
	if engine == "sqlite" {
		for line := range strings.SplitSeq(lines, "\n") {
			bad = bad || strings.HasPrefix(line, "SCAN ") && line != "SCAN search_waiting" && !strings.Contains(line, "VIRTUAL TABLE") && !subquery.MatchString(line)
		}
		bad = bad || strings.Contains(lines, "TEMP B-TREE FOR ORDER BY") && strings.Contains(text, "search MATCH")
	} else {
		bad = strings.Contains(lines, "Seq Scan") || strings.Contains(text, "@@") && !strings.Contains(lines, "search_words")
	}
	if bad {
		t.Errorf("%s: %s:\n%s", who, engine, plan)
	}
}

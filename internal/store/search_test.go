package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// anyOf is a query for one word.
func anyOf(text string, begins, names bool) store.SearchQuery {
	return store.SearchQuery{Words: []store.SearchWord{{{{Text: text, Begins: begins}}}}, Names: names, Limit: 50}
}

// foundNames runs a search and returns what it found.
func foundNames(t *testing.T, st *store.Store, v tenon.Viewer, q store.SearchQuery) string {
	t.Helper()
	var out []string
	err := st.Read(context.Background(), func(tx *store.Tx) error {
		orgs := q
		orgs.Organizations = true
		found, err := tx.Search(v, orgs, q)
		if err != nil {
			return err
		}
		for _, h := range append(found[0].Hits, found[1].Hits...) {
			out = append(out, fmt.Sprintf("%s (%s)", h.Name, h.OrgName))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("search %+v: %v", q, err)
	}
	return strings.Join(out, "; ")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		acme, other := newOrg(t, st, "Acme Crème Brûlée"), newOrg(t, st, "Other")
		newItem(t, st, acme.Home(), tenon.Configuration, "SRV-PMS-01", tenon.Values{"name": "SRV-PMS-01", "serial_number": "5CG1234", "notes": "backs up the creme store"})
		newItem(t, st, other.Home(), tenon.Document, "Runbook", tenon.Values{"name": "Runbook"})
		sys := tenon.SystemViewer()
		const org, server, book = "Acme Crème Brûlée (Acme Crème Brûlée)", "SRV-PMS-01 (Acme Crème Brûlée)", "Runbook (Other)"
		for _, c := range []struct {
			text          string
			begins, names bool
			want          string
		}{
			{"creme", false, false, org + "; " + server},
			{"creme", false, true, org},
			{"brul", true, false, org},
			{"brul", false, false, ""},
			{"5cg12", true, false, server},
			{"5cg12", true, true, ""},
			{"srvpms01", false, true, server},
			{"srvp", true, true, server},
			{"s", true, true, server},
			{"stor", true, false, server}, // a word of the notes, completed
			{"run", true, true, book},
			{"b2", false, false, ""},
			{"2", true, false, ""},
		} {
			if got := foundNames(t, st, sys, anyOf(c.text, c.begins, c.names)); got != c.want {
				t.Errorf("%+v finds %q", c, got)
			}
		}
		technician := tenon.Viewer{User: 77, Role: tenon.Editor}
		if got := foundNames(t, st, technician, anyOf("creme", false, false)); got != "" {
			t.Errorf("a person without reach finds %q", got)
		}
	})
}

// TestSearchTerms follows the words of letters that complete what is typed.
func TestSearchTerms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		org := newOrg(t, st, "Harbourline Dental")
		i := newItem(t, st, org.Home(), tenon.Configuration, "laptop7", tenon.Values{"name": "laptop7", "notes": "xylophone of 2024 ab"})
		known := func(want ...string) {
			t.Helper()
			err := st.Read(context.Background(), func(tx *store.Tx) error {
				terms, err := tx.SystemTerms([]string{""}, 50)
				got := terms[""]
				slices.Sort(got)
				if err == nil && !slices.Equal(got, want) {
					t.Errorf("the words are %q, want %q", got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		known("dental", "harbourline", "laptop", "xylophone")
		tidy := func() {
			t.Helper()
			if err := st.TidySearch(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		tidy()
		known("dental", "harbourline", "laptop", "xylophone")
		write(t, st, func(tx *store.Tx) error {
			it, err := tx.GetItem(tenon.SystemViewer(), i)
			if err != nil {
				return err
			}
			it.Values["notes"] = "marimba"
			return tx.UpdateItem(it, nil)
		})
		known("dental", "harbourline", "laptop", "marimba", "xylophone")
		tidy()
		known("dental", "harbourline", "laptop", "marimba")
		if got := foundNames(t, st, tenon.SystemViewer(), anyOf("marim", true, false)); got != "laptop7 (Harbourline Dental)" {
			t.Errorf("after tidying, %q is found", got)
		}
	})
}

// write runs fn in a transaction.
func write(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

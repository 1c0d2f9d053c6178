package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		acme, other := newOrg(t, st, "Acme Crème Brûlée"), newOrg(t, st, "Other")
		newItem(t, st, acme.Home(), tenon.Configuration, "SRV-PMS-01", tenon.Values{"name": "SRV-PMS-01", "serial_number": "5CG1234", "notes": "backs up the creme store"})
		newItem(t, st, other.Home(), tenon.Document, "Runbook", tenon.Values{"name": "Runbook"})
		find := func(v tenon.Viewer, text string) string {
			t.Helper()
			var out string
			err := st.Read(context.Background(), func(tx *store.Tx) error {
				hits, err := tx.Search(v, text, 20)
				for _, h := range hits {
					out += fmt.Sprintf("%s (%s); ", h.Name, h.OrgName)
				}
				return err
			})
			if err != nil {
				t.Fatalf("search %q: %v", text, err)
			}
			return out
		}
		sys := tenon.SystemViewer()
		for text, want := range map[string]string{
			"creme":             "Acme Crème Brûlée (Acme Crème Brûlée); SRV-PMS-01 (Acme Crème Brûlée); ",
			"BRÛL":              "Acme Crème Brûlée (Acme Crème Brûlée); ",
			"5cg12":             "SRV-PMS-01 (Acme Crème Brûlée); ",
			"srv pms":           "SRV-PMS-01 (Acme Crème Brûlée); ",
			"run":               "Runbook (Other); ",
			`"'*:( OR NOT b2 )`: "",
			"binder:2":          "",
			"b2":                "",
			"":                  "",
		} {
			if got := find(sys, text); got != want {
				t.Errorf("%q finds %q, want %q", text, got, want)
			}
		}
		technician := tenon.Viewer{User: 77, Role: tenon.Editor}
		if got := find(technician, "creme"); got != "" {
			t.Errorf("a person without reach finds %q", got)
		}
	})
}

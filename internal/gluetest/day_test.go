package gluetest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/store"
)

// node runs a script beside this file, and returns what it prints.
func (s *site) node(script string, env ...string) string {
	s.t.Helper()
	cmd := exec.Command("node", script)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("node %s (`make assets` installs what it needs): %v\n%s", script, err, out)
	}
	return string(out)
}

// TestDay lets a client library of others work for a day.
func TestDay(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		out := s.node("day.mjs", "GLUE_URL="+s.url, "GLUE_KEY="+s.key, "GLUE_EMAIL=avery@harbourline.example", "GLUE_PASSWORD="+browsertest.Password)
		if strings.TrimSpace(out) != "the day is over" {
			t.Errorf("the script says: %s", out)
		}
		// The script's word is not all: what it did is in the database.
		err := s.App.Store.Read(context.Background(), func(tx *store.Tx) error {
			found, _, err := tx.SliceOrganizations(s.Root, store.Slice{Match: []store.Match{{Field: "name", Values: []any{"Harbour 2"}}}, Limit: 10})
			if err == nil && (len(found) != 1 || found[0].Values.Text("alert") != "Call first") {
				t.Errorf("Harbour 2 is kept as %v", found)
			}
			return err
		})
		s.must(err)
	})
}

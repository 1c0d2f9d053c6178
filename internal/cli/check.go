package cli

import (
	"fmt"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/check"
)

type checkCommand struct {
	Deep bool     `help:"Compare every record with what is derived from it, and read every file to its end, however many there are."`
	Only []string `placeholder:"I1,..." help:"Prove only these invariants."`
}

// violationLine is a violation as scripts read it.
type violationLine struct {
	Invariant string `json:"invariant"`
	Subject   string `json:"subject"`
	Message   string `json:"message"`
}

// Run proves the invariants. Where one is broken, it fails, with a line for each.
func (s *checkCommand) Run(c *call) error {
	return c.with(func(a *app.App, _ tenon.Viewer) error {
		notes := []string{}
		found, err := check.Run(c.ctx, a.Store, check.Options{Keys: a.Keys, Blobs: a.Blobs, Deep: s.Deep, Only: s.Only,
			Note: func(text string) { notes = append(notes, text) }})
		if err != nil {
			return err
		}
		if err := printViolations(c, found, notes); err != nil {
			return err
		}
		if len(found) > 0 {
			return &quietError{}
		}
		return nil
	})
}

// printViolations lists what is broken, and what was not looked at whole.
func printViolations(c *call, found []check.Violation, notes []string) error {
	if c.flags.JSON {
		lines := []violationLine{}
		for _, v := range found {
			lines = append(lines, violationLine(v))
		}
		return printJSON(c.out, map[string]any{"violations": lines, "notes": notes})
	}
	for _, v := range found {
		fmt.Fprintln(c.out, v)
	}
	if len(notes) > 0 {
		fmt.Fprintln(c.out, strings.Join(notes, " ")+" With --deep all is compared and read.")
	}
	if len(found) == 0 {
		fmt.Fprintln(c.out, "The data is whole: every invariant holds.")
	} else {
		fmt.Fprintf(c.err, "tenon: %s. Restore a backup made before, or ask for help with this list.\n", tenon.Counted(int64(len(found)), "violation", "violations"))
	}
	return nil
}

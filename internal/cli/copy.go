package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/secret"
)

type importITGlue struct {
	URL      string `required:"" name:"url" placeholder:"URL" help:"Where the API is, such as https://api.itglue.com."`
	Key      string `env:"TENON_IMPORT_KEY" placeholder:"KEY" help:"A key to the account; one with password access brings passwords too. Better given in the environment, where other users of the machine don't see it."`
	Requests int    `default:"3000" placeholder:"N" help:"How many requests may be sent in five minutes. Default: 3000, which is what an account usually allows."`
	Plan     bool   `help:"Say how much would be copied. Changes nothing."`
	Problems string `placeholder:"FILE" help:"Write what could not come, or not as it was, to a file, a line of JSON each."`
}

// Run plans a copy and, unless only the plan was asked for, carries it out. A
// copy that was cut off goes on.
func (s *importITGlue) Run(c *call) error {
	o := glueimport.Options{URL: s.URL, Key: secret.NewText(s.Key), Requests: s.Requests}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		p, err := a.Copy.Plan(c.ctx, v, o)
		if err != nil {
			return err
		}
		if s.Plan {
			return s.printPlan(c, p)
		}
		op, err := a.Copy.Run(c.ctx, v, o, p)
		if err != nil {
			return err
		}
		bar := newProgressOf(c, "copied", op.Total)
		op, err = a.SettleWith(c.ctx, v, op, bar.set)
		bar.end()
		if err != nil {
			return err
		}
		return s.done(c, a, v, op)
	})
}

func (s *importITGlue) printPlan(c *call, p *tenon.Plan) error {
	if c.flags.JSON {
		return printJSON(c.out, struct {
			Fingerprint string           `json:"fingerprint"`
			Counts      map[string]int64 `json:"counts"`
			Blockers    []findingLine    `json:"blockers"`
			Warnings    []findingLine    `json:"warnings"`
		}{p.Fingerprint, p.Counts, findingLines(p.Blockers), findingLines(p.Warnings)})
	}
	fmt.Fprintf(c.out, "Would be copied from %s: %s.\n", p.Action, countWords(p.Counts))
	printFindings(c.out, "Blockers", p.Blockers)
	printFindings(c.out, "Warnings", p.Warnings)
	_, err := fmt.Fprintln(c.out, "\nNothing was changed. Run it without --plan to copy.")
	return err
}

// countWords lists what a plan counts.
func countWords(counts map[string]int64) string {
	here := map[string]int64{}
	for name, n := range counts {
		if name != "records" && !strings.HasPrefix(name, "known_") {
			here[name] = n
		}
	}
	words := tenon.CountPhrases(here)
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

func (s *importITGlue) done(c *call, a *app.App, v tenon.Viewer, op *tenon.Operation) error {
	problems, err := a.Copy.Problems(c.ctx, v, op.ID)
	if err != nil {
		return err
	}
	if err := s.writeProblems(problems); err != nil {
		return err
	}
	if op.State == tenon.Failed {
		return tenon.Errorf(tenon.Internal, "%s. What was copied before stands; \"tenon import undo %s\" takes it back.", strings.TrimSuffix(op.Error.String(), "."), op.ID)
	}
	line := importLineOf(op.Receipt.Counts)
	if c.flags.JSON {
		return printJSON(c.out, struct {
			importLine
			ID         tenon.OperationID    `json:"id"`
			State      tenon.OperationState `json:"state"`
			DurationMS float64              `json:"duration_ms"`
			Problems   int                  `json:"problems"`
		}{line, op.ID, op.State, float64(op.Receipt.Duration.Microseconds()) / 1000, len(problems)})
	}
	fmt.Fprintln(c.out, line.sentence("Copied: "))
	for _, n := range op.Receipt.Notes {
		fmt.Fprintln(c.out, n)
	}
	if len(problems) > 0 && s.Problems == "" {
		fmt.Fprintf(c.err, "%d things did not come, or not as they were; --problems FILE writes them down.\n", len(problems))
	}
	_, err = fmt.Fprintf(c.out, "Take it back with: tenon import undo %s\n", op.ID)
	return err
}

// writeProblems writes one line for each thing that did not come.
func (s *importITGlue) writeProblems(problems []glueimport.Problem) error {
	if s.Problems == "" {
		return nil
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for _, p := range problems {
		if err := enc.Encode(p); err != nil {
			return err
		}
	}
	if err := os.WriteFile(s.Problems, []byte(b.String()), 0o600); err != nil {
		return tenon.Errorf(tenon.Unavailable, "The file of problems cannot be written: %s.", err)
	}
	return nil
}

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/app"
)

// planOutput is how a plan is handed over: to a file for "apply", as JSON, or
// as text for people.
type planOutput struct {
	File string `short:"o" name:"output" placeholder:"FILE" help:"Write the plan to a file, for \"apply\"."`
}

// done writes the plan. A plan with blockers is a plan: it is no failure.
func (o *planOutput) done(c *call, p *tenon.Plan, verb string) error {
	if o.File != "" {
		var b bytes.Buffer
		if err := printJSON(&b, api.PlanDocument(p)); err != nil {
			return err
		}
		if err := writePrivate(o.File, b.Bytes()); err != nil {
			return tenon.Errorf(tenon.Unavailable, "The plan cannot be written: %s.", err)
		}
	}
	if c.flags.JSON {
		return printJSON(c.out, api.PlanDocument(p))
	}
	printPlan(c.out, p)
	switch {
	case len(p.Blockers) > 0:
		fmt.Fprintln(c.out, "\nNothing was changed. The plan cannot be applied as it is.")
	case o.File != "":
		fmt.Fprintf(c.out, "\nNothing was changed. Apply the plan with: tenon %s apply %s\n", verb, o.File)
	default:
		fmt.Fprintf(c.out, "\nNothing was changed. Write the plan to a file with -o FILE, then: tenon %s apply FILE\n", verb)
	}
	return nil
}

// writePrivate writes a file that only its owner reads, also where there was another.
func writePrivate(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Chmod(0o600), f.Close())
}

// planFile is what "apply" reads of a plan.
type planFile struct {
	Operation   string            `json:"operation"`
	Fingerprint string            `json:"fingerprint"`
	PlannedAt   time.Time         `json:"planned_at"`
	Sources     []planFileOrg     `json:"sources"`
	Target      *planFileOrg      `json:"target"`
	Choices     tenon.Choices     `json:"choices"`
	Contents    []tenon.KindCount `json:"contents"`
	Counts      map[string]int64  `json:"counts"`
	Facts       map[string]string `json:"facts"`
}

type planFileOrg struct {
	ID   tenon.OrgID `json:"id"`
	Name string      `json:"name"`
}

// maxPlanFile is far more than any plan has.
const maxPlanFile = 256 << 20

// readPlan reads a plan that was written before; "-" is the standard input.
// What it says decides nothing but what is to be done: all else is planned
// anew and compared by the fingerprint.
func readPlan(c *call, name string, kinds ...string) (*tenon.Plan, error) {
	in := io.NopCloser(c.in)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usagef("The plan cannot be read: %s.", err)
		}
		in = f
	}
	defer in.Close()
	var f planFile
	if err := json.NewDecoder(io.LimitReader(in, maxPlanFile)).Decode(&f); err != nil || f.Fingerprint == "" {
		return nil, usagef("%s is not a plan. Make one with \"plan -o FILE\".", name)
	}
	if !slices.Contains(kinds, f.Operation) {
		return nil, usagef("%s is a plan of another kind (%s).", name, f.Operation)
	}
	p := &tenon.Plan{Operation: f.Operation, Fingerprint: f.Fingerprint, PlannedAt: f.PlannedAt, Choices: f.Choices,
		Contents: f.Contents, Counts: f.Counts, Facts: f.Facts}
	for _, s := range f.Sources {
		p.Sources = append(p.Sources, tenon.PlanOrg{ID: s.ID, Name: s.Name})
	}
	if f.Target != nil {
		p.Target = &tenon.PlanOrg{ID: f.Target.ID, Name: f.Target.Name}
	}
	return p, nil
}

// outcome is an operation as scripts read it.
type outcome struct {
	ID         tenon.OperationID    `json:"id"`
	Kind       string               `json:"kind"`
	State      tenon.OperationState `json:"state"`
	DurationMS float64              `json:"duration_ms"`
	Title      string               `json:"title"`
	Counts     map[string]int64     `json:"counts"`
	Notes      []string             `json:"notes"`
}

// carryOut runs something that makes an operation, waits for its end, and
// prints what came of it.
func carryOut(c *call, a *app.App, v tenon.Viewer, act func() (*tenon.Operation, error)) error {
	start := a.Now()
	op, err := act()
	if err != nil {
		return err
	}
	took := a.Now().Sub(start)
	if op, err = a.Settle(c.ctx, v, op); err != nil {
		return err
	}
	if err := a.Follow(c.ctx); err != nil {
		return err
	}
	if op, err = a.Operations.Get(c.ctx, v, op.ID); err != nil { // with what the jobs have counted
		return err
	}
	out := outcome{ID: op.ID, Kind: op.Kind, State: op.State, DurationMS: float64(took.Microseconds()) / 1000, Title: op.Title.String(),
		Counts: map[string]int64{}, Notes: []string{}}
	if r := op.Receipt; r != nil {
		for _, n := range r.Notes {
			out.Notes = append(out.Notes, n.String())
		}
		for k, n := range r.Counts {
			out.Counts[k] = n
		}
	}
	if c.flags.JSON {
		if err := printJSON(c.out, out); err != nil {
			return err
		}
	} else {
		printOutcome(c.out, op, out)
	}
	if op.State == tenon.Failed {
		return tenon.Errorf(tenon.Internal, "%s. What was done before is listed in the receipt of operation %s.", strings.TrimSuffix(op.Error.String(), "."), op.ID)
	}
	return nil
}

func printOutcome(w io.Writer, op *tenon.Operation, out outcome) {
	fmt.Fprintf(w, "%s.\n", strings.TrimSuffix(op.Title.String(), "."))
	if line := countLine(out.Counts); line != "" {
		fmt.Fprintf(w, "  %s\n", line)
	}
	for _, n := range out.Notes {
		fmt.Fprintf(w, "  Note: %s\n", n)
	}
	fmt.Fprintf(w, "Operation %s, %.1f ms.\n", op.ID, out.DurationMS)
}

// countLine writes counts as a list: "1 organization, 12 items, 3 contacts".
func countLine(counts map[string]int64) string { return strings.Join(tenon.CountPhrases(counts), ", ") }

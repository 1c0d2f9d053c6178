package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/csvimport"
)

type importCommand struct {
	CSV    importCSV    `cmd:"" name:"csv" help:"Import organizations or items from a CSV file."`
	ITGlue importITGlue `cmd:"" name:"itglue" help:"Copy an account through the API that IT Glue has, from any server that speaks it."`
	Undo   undo         `cmd:"" help:"Take an import back."`
}

type importCSV struct {
	File         string            `arg:"" name:"file" help:"The CSV file; \"-\" is the standard input."`
	Kind         string            `default:"organization" placeholder:"KIND" help:"organization, or a kind of item such as contact. Default: organization."`
	Map          map[string]string `mapsep:"," placeholder:"FIELD=COLUMN,..." help:"Which column holds which of our fields. Default: columns that are named like our fields."`
	Plan         bool              `help:"Say what would be imported, row by row where something is wrong. Changes nothing."`
	AllOrNothing bool              `help:"Import nothing when a row cannot be imported, instead of the others."`
	Strict       bool              `help:"Refuse rows with a type, status or other entry that is in no list, instead of adding it."`
	Errors       string            `placeholder:"FILE" help:"Write the rows that cannot be imported, with the reason, to a CSV file."`
	Encoding     string            `placeholder:"NAME" help:"Encoding of the file, such as utf-8 or windows-1252. Default: found out."`
	Comma        string            `placeholder:"CHAR" help:"What separates the columns. Default: found out."`
}

// Run plans an import and, unless only the plan was asked for, carries it out.
func (s *importCSV) Run(c *call) error {
	o := csvimport.Options{Kind: s.Kind, Map: s.Map, Encoding: s.Encoding, Partial: !s.AllOrNothing, RefuseNew: s.Strict, Name: filepath.Base(s.File)}
	switch sep := strings.ReplaceAll(s.Comma, `\t`, "\t"); len(sep) {
	case 0:
	case 1:
		o.Comma = sep[0]
	default:
		return usagef("--comma takes one character, such as \";\" or \"\\t\".")
	}
	in := io.NopCloser(c.in)
	if s.File != "-" {
		f, err := os.Open(s.File)
		if err != nil {
			return usagef("The file cannot be read: %s.", err)
		}
		in = f
	}
	o.File = in
	err := c.with(func(a *app.App, v tenon.Viewer) error {
		p, err := a.Import.Plan(c.ctx, v, o)
		if err != nil {
			return err
		}
		if err := s.writeErrors(c, a, v, p); err != nil {
			return err
		}
		if s.Plan {
			return s.printPlan(c, p)
		}
		return s.run(c, a, v, p)
	})
	return errors.Join(err, in.Close())
}

// importLine is what an import does or did, as scripts read it.
type importLine struct {
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Skipped   int64 `json:"skipped"`
	Failed    int64 `json:"failed"`
}

func importLineOf(counts map[string]int64) importLine {
	return importLine{counts["created"], counts["updated"], counts["unchanged"], counts["skipped"], counts["failed"]}
}

func (l importLine) sentence(would string) string {
	return fmt.Sprintf("%s%s created, %s updated, %s unchanged, %s skipped, %s failed.", would,
		tenon.Figure(l.Created), tenon.Figure(l.Updated), tenon.Figure(l.Unchanged), tenon.Figure(l.Skipped), tenon.Figure(l.Failed))
}

func (s *importCSV) printPlan(c *call, p *tenon.Plan) error {
	line := importLineOf(p.Counts)
	if c.flags.JSON {
		return printJSON(c.out, struct {
			importLine
			Fingerprint string        `json:"fingerprint"`
			Blockers    []findingLine `json:"blockers"`
			Warnings    []findingLine `json:"warnings"`
		}{line, p.Fingerprint, findingLines(p.Blockers), findingLines(p.Warnings)})
	}
	fmt.Fprintln(c.out, line.sentence("Would be imported from "+filepath.Base(s.File)+": "))
	printFindings(c.out, "Blockers", p.Blockers)
	printFindings(c.out, "Warnings", p.Warnings)
	_, err := fmt.Fprintln(c.out, "\nNothing was changed. Run it without --plan to import.")
	return err
}

// findingLine is a blocker or a warning as scripts read it.
type findingLine struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Action  string `json:"action"`
}

func findingLines(list []tenon.Finding) []findingLine {
	out := []findingLine{}
	for _, f := range list {
		out = append(out, findingLine{f.Code, f.Message, f.Action})
	}
	return out
}

// run carries the import out and waits for its end.
func (s *importCSV) run(c *call, a *app.App, v tenon.Viewer, p *tenon.Plan) error {
	start := a.Now()
	op, err := a.Import.Run(c.ctx, v, p)
	if err != nil {
		return err
	}
	total := op.Total
	bar := newProgressOf(c, "imported", total)
	op, err = a.SettleWith(c.ctx, v, op, bar.set)
	bar.end()
	if err != nil {
		return err
	}
	if op.State == tenon.Failed {
		return tenon.Errorf(tenon.Internal, "%s. What was imported before is listed in operation %s; \"tenon import undo %s\" takes it back.", strings.TrimSuffix(op.Error.String(), "."), op.ID, op.ID)
	}
	line := importLineOf(op.Receipt.Counts)
	if c.flags.JSON {
		return printJSON(c.out, struct {
			importLine
			ID         tenon.OperationID    `json:"id"`
			State      tenon.OperationState `json:"state"`
			DurationMS float64              `json:"duration_ms"`
		}{line, op.ID, op.State, float64(a.Now().Sub(start).Microseconds()) / 1000})
	}
	did := "Imported "
	if op.Cancelled() {
		did = "Cancelled; imported until then from "
	}
	fmt.Fprintln(c.out, line.sentence(did+filepath.Base(s.File)+": "))
	_, err = fmt.Fprintf(c.out, "Take it back with: tenon import undo %s\n", op.ID)
	if line.Failed > 0 && s.Errors == "" {
		fmt.Fprintln(c.err, "Rows that failed are told with their reason by --plan, or written to a file by --errors FILE.")
	}
	return err
}

// writeErrors writes the rows that the plan refuses.
func (s *importCSV) writeErrors(c *call, a *app.App, v tenon.Viewer, p *tenon.Plan) error {
	if s.Errors == "" {
		return nil
	}
	var b bytes.Buffer
	if err := a.Import.ErrorFile(c.ctx, v, p, &b); err != nil {
		return err
	}
	if err := writePrivate(s.Errors, b.Bytes()); err != nil {
		return tenon.Errorf(tenon.Unavailable, "The file of the failed rows cannot be written: %s.", err)
	}
	return nil
}

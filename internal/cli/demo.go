package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/demo"
)

type demoCommand struct {
	Organizations int    `default:"300" placeholder:"N" help:"How many organizations. Default: 300."`
	Items         int    `default:"6000" placeholder:"M" help:"How many items in all. Default: 6000."`
	Seed          uint64 `default:"1" placeholder:"S" help:"The same seed makes the same records. Default: 1."`
	Truth         string `placeholder:"FILE" help:"Write to a CSV file which organizations are the same in truth."`
	Remove        bool   `help:"Remove what the demo made, for ever. What is not of the demo stays."`
	KeepChanged   bool   `help:"With --remove: leave what somebody has changed since."`
	Plan          bool   `help:"With --remove: say what would go and what stays. Changes nothing."`
}

// Run makes demo data beside whatever is there, or removes it. The work is a
// job: a server that has the data open does it, and is not in the way.
func (s *demoCommand) Run(c *call) error {
	if (s.Plan || s.KeepChanged) && !s.Remove {
		return usagef("--plan and --keep-changed go with --remove.")
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		if s.Remove {
			return s.remove(c, a, v)
		}
		return s.make(c, a, v)
	})
}

func (s *demoCommand) make(c *call, a *app.App, v tenon.Viewer) error {
	op, err := a.Demo.Start(c.ctx, v, demo.Options{Organizations: s.Organizations, Items: s.Items, Seed: s.Seed, Now: a.Now(), Beside: true})
	if err != nil {
		return err
	}
	bar := newProgressOf(c, "demo", op.Total)
	op, err = a.SettleWith(c.ctx, v, op, bar.set)
	bar.end()
	if err != nil {
		return err
	}
	if op.State == tenon.Failed {
		return tenon.Errorf(tenon.Internal, "%s. What was made before is there; \"tenon demo --remove\" takes it away.", strings.TrimSuffix(op.Error.String(), "."))
	}
	r, err := a.Demo.Report(c.ctx, op)
	if err != nil {
		return err
	}
	if s.Truth != "" {
		var b bytes.Buffer
		if err := r.WriteTruth(&b); err != nil {
			return err
		}
		if err := writePrivate(s.Truth, b.Bytes()); err != nil {
			return tenon.Errorf(tenon.Unavailable, "The truth file cannot be written: %s.", err)
		}
	}
	if c.flags.JSON {
		return printJSON(c.out, map[string]int{"organizations": r.Organizations, "items": r.Items, "users": r.Users, "duplicates": r.Duplicates})
	}
	_, err = fmt.Fprintf(c.out, "Made %s with %s; %d of them are duplicates of others. Take it away with: tenon demo --remove\n",
		tenon.Counted(int64(r.Organizations), "organization", "organizations"), tenon.Counted(int64(r.Items), "item", "items"), r.Duplicates)
	return err
}

func (s *demoCommand) remove(c *call, a *app.App, v tenon.Viewer) error {
	p, err := a.Trash.PlanDemo(c.ctx, v, s.KeepChanged)
	if err != nil {
		return err
	}
	if s.Plan {
		printPlan(c.out, p)
		_, err := fmt.Fprintln(c.out, "\nNothing was changed. Run it without --plan to remove the demo data.")
		return err
	}
	return carryOut(c, a, v, func() (*tenon.Operation, error) { return a.Trash.Run(c.ctx, v, p) })
}

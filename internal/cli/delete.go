package cli

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/trash"
)

type deleteCommand struct {
	Plan  deletePlan  `cmd:"" help:"Say exactly what deleting organizations would do. Changes nothing."`
	Apply deleteApply `cmd:"" help:"Carry out a plan, provided that nothing it rests on has changed."`
	Undo  undo        `cmd:"" help:"Take a deletion back."`
}

type deletePlan struct {
	Orgs []string `arg:"" name:"organization" help:"Ids or exact names."`
	planOutput
}

// Run plans a deletion.
func (d *deletePlan) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		ids := make([]tenon.OrgID, len(d.Orgs))
		for i, ref := range d.Orgs {
			o, err := findOrganization(c.ctx, a, v, ref)
			if err != nil {
				return err
			}
			ids[i] = o.ID
		}
		p, err := a.Trash.PlanDelete(c.ctx, v, ids)
		if err != nil {
			return err
		}
		return d.done(c, p, "delete")
	})
}

type deleteApply struct {
	File string `arg:"" name:"file" help:"The plan, as \"delete plan -o FILE\" wrote it; \"-\" reads it from the standard input."`
}

// Run carries a planned deletion out.
func (d *deleteApply) Run(c *call) error {
	p, err := readPlan(c, d.File, trash.KindDelete)
	if err != nil {
		return err
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		return carryOut(c, a, v, func() (*tenon.Operation, error) { return a.Trash.Run(c.ctx, v, p) })
	})
}

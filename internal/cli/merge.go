package cli

import (
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/merge"
)

type mergeCommand struct {
	Plan  mergePlan  `cmd:"" help:"Say exactly what merging the sources into the target would do. Changes nothing."`
	Apply mergeApply `cmd:"" help:"Carry out a plan, provided that nothing it rests on has changed."`
	Undo  undo       `cmd:"" help:"Take a merge back."`
}

type mergePlan struct {
	Orgs []string `arg:"" name:"organization" help:"Ids or exact names: one or several sources, the target last."`
	planOutput
	Field            map[string]string `mapsep:"," placeholder:"FIELD=CHOICE,..." help:"What becomes of a field: target, source, append or union."`
	FillBlanks       bool              `help:"Take the source's value for every field that is empty at the target."`
	Apart            bool              `help:"Keep the access of both sides as it is, instead of joining it."`
	TargetSeesSource bool              `help:"With --apart: let the target's people see what comes over."`
	DropDomain       []string          `placeholder:"DOMAIN,..." help:"E-mail domains of the source that the target does not get."`
	KeepDomain       []string          `placeholder:"DOMAIN,..." help:"Free-mail domains that it gets all the same."`
}

// Run plans a merge.
func (m *mergePlan) Run(c *call) error {
	if len(m.Orgs) < 2 {
		return usagef("Name at least one source and, last, the target: tenon merge plan SOURCE... TARGET")
	}
	choices, err := m.choices()
	if err != nil {
		return err
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		ids := make([]tenon.OrgID, len(m.Orgs))
		for i, ref := range m.Orgs {
			o, err := findOrganization(c.ctx, a, v, ref)
			if err != nil {
				return err
			}
			ids[i] = o.ID
		}
		last := len(ids) - 1
		p, err := a.Merge.Plan(c.ctx, v, ids[:last], ids[last], choices)
		if err != nil {
			return err
		}
		return m.done(c, p, "merge")
	})
}

func (m *mergePlan) choices() (tenon.Choices, error) {
	ch := tenon.Choices{FillBlanks: m.FillBlanks, Apart: m.Apart, TargetSeesSource: m.TargetSeesSource, DropDomains: m.DropDomain, KeepDomains: m.KeepDomain}
	known := []tenon.FieldChoice{tenon.KeepTarget, tenon.TakeSource, tenon.Append, tenon.Union}
	for name, choice := range m.Field {
		if tenon.OrganizationFields.Field(name) == nil {
			return ch, usagef("There is no field %q. Fields are: %s.", name, fieldNames(tenon.OrganizationFields))
		}
		if !slices.Contains(known, tenon.FieldChoice(choice)) {
			return ch, usagef("%q is no choice for %s: it is one of target, source, append, union.", choice, name)
		}
		if ch.Fields == nil {
			ch.Fields = map[string]tenon.FieldChoice{}
		}
		ch.Fields[name] = tenon.FieldChoice(choice)
	}
	return ch, nil
}

type mergeApply struct {
	File string `arg:"" name:"file" help:"The plan, as \"merge plan -o FILE\" wrote it; \"-\" reads it from the standard input."`
}

// Run carries a planned merge out.
func (m *mergeApply) Run(c *call) error {
	p, err := readPlan(c, m.File, merge.Kind)
	if err != nil {
		return err
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		return carryOut(c, a, v, func() (*tenon.Operation, error) { return a.Merge.Run(c.ctx, v, p) })
	})
}

// undo takes an operation back, whatever its kind.
type undo struct {
	ID string `arg:"" name:"id" help:"Id of the operation, as \"apply\" printed it; or of an organization, or its exact name: then its last merge or deletion."`
}

// Run undoes an operation.
func (u *undo) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		id, err := findOperation(c, a, v, strings.TrimSpace(u.ID))
		if err != nil {
			return err
		}
		return carryOut(c, a, v, func() (*tenon.Operation, error) { return a.Operations.Undo(c.ctx, v, id) })
	})
}

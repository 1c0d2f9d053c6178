package cli

import (
	"fmt"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/store"
)

type operationCommand struct {
	List   operationList   `cmd:"" help:"List what is under way and what was done, the newest first."`
	Cancel operationCancel `cmd:"" help:"Stop what is under way: an act on many records, an import, a copy or an export. What was done until then stays, and can be undone."`
	Undo   undo            `cmd:"" help:"Take an operation back."`
}

type operationList struct {
	Running bool   `help:"Only what is under way."`
	Kind    string `placeholder:"KIND" help:"Only of one kind, such as import."`
	Limit   int    `default:"20" placeholder:"N" help:"How many. Default: 20."`
}

// operationLine is an operation of a list as scripts read it.
type operationLine struct {
	ID        tenon.OperationID    `json:"id"`
	Kind      string               `json:"kind"`
	State     tenon.OperationState `json:"state"`
	Cancelled bool                 `json:"cancelled"`
	Title     string               `json:"title"`
	By        string               `json:"by"`
	Done      int64                `json:"done"`
	Total     int64                `json:"total"`
}

// Run prints operations.
func (l *operationList) Run(c *call) error {
	if l.Limit < 1 || l.Limit > tenon.MaxPage {
		return usagef("--limit takes a number from 1 to %d.", tenon.MaxPage)
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		q := store.OperationQuery{Kind: l.Kind, Page: tenon.Page{Limit: l.Limit}}
		if l.Running {
			q.State = tenon.Running
		}
		page, _, err := a.Operations.List(c.ctx, v, q)
		if err != nil {
			return err
		}
		lines := []operationLine{}
		for i := range page {
			op := &page[i]
			lines = append(lines, operationLine{op.ID, op.Kind, op.State, op.Cancelled(), op.Title.String(), op.ByName, op.Done, op.Total})
		}
		if c.flags.JSON {
			return printJSON(c.out, lines)
		}
		t := newTable(c.out, "id", "state", "done", "by", "what")
		for _, x := range lines {
			t.row(x.ID.String(), x.words(), fmt.Sprintf("%s of %s", tenon.Figure(x.Done), tenon.Figure(x.Total)), x.By, x.Title)
		}
		return t.end()
	})
}

// words say how an operation stands.
func (x *operationLine) words() string {
	switch {
	case x.Cancelled && x.State == tenon.Running:
		return "being cancelled"
	case x.Cancelled && x.State == tenon.Finished:
		return "cancelled"
	}
	return string(x.State)
}

type operationCancel struct {
	ID string `arg:"" name:"id" help:"Id of the operation, as \"list --running\" prints it."`
}

// Run asks the operation to stop, waits until it has, and prints what it did.
func (o *operationCancel) Run(c *call) error {
	id := tenon.ParseID(strings.TrimSpace(o.ID))
	if id == 0 {
		return usagef("%q is no id of an operation.", o.ID)
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		return carryOut(c, a, v, func() (*tenon.Operation, error) { return a.Operations.Cancel(c.ctx, v, tenon.OperationID(id)) })
	})
}

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/secret"
)

type exportCommand struct {
	Start    exportStart    `cmd:"" help:"Make an export, and wait until it is whole."`
	List     exportList     `cmd:"" help:"List one's own exports, the newest first."`
	Download exportDownload `cmd:"" help:"Write the file of an export."`
	Delete   exportDelete   `cmd:"" help:"Throw an export away; one that is being made ends."`
}

// exportLine is an export as scripts read it.
type exportLine struct {
	ID             tenon.OperationID    `json:"id"`
	OrganizationID tenon.OrgID          `json:"organization_id"`
	What           string               `json:"what"`
	State          tenon.OperationState `json:"state"`
	Cancelled      bool                 `json:"cancelled"`
	Error          string               `json:"error"`
	Logs           bool                 `json:"logs"`
	Passwords      bool                 `json:"passwords"`
	Locked         bool                 `json:"locked"`
	Done           int64                `json:"done"`
	Size           int64                `json:"size"`
	CreatedAt      time.Time            `json:"created_at"`
	EndsAt         time.Time            `json:"ends_at"`
}

func exportLineOf(x *tenon.Export) exportLine {
	return exportLine{x.ID, x.Org, x.Words(), x.State, x.Cancelled, x.Error.String(), x.Logs, x.Secrets, x.Locked, x.Done, x.Size, x.CreatedAt.UTC(), x.EndsAt.UTC()}
}

// words say how an export stands.
func (l *exportLine) words() string {
	if l.Cancelled && l.State == tenon.Finished {
		return "cancelled"
	}
	return string(l.State)
}

type exportStart struct {
	Organization string `placeholder:"ORGANIZATION" help:"Id or exact name. Default: everything that one may see."`
	Logs         bool   `help:"Take the activity log along."`
	Passphrase   string `env:"TENON_EXPORT_PASSPHRASE" placeholder:"TEXT" help:"Locks the file (AES-256), and puts the values of passwords into it, each recorded as revealed. Better given in the environment, where other users of the machine don't see it."`
	Output       string `short:"o" name:"output" placeholder:"FILE" help:"Write the file, too."`
}

// Run asks for an export and waits for its end.
func (s *exportStart) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		ask := export.Request{Logs: s.Logs}
		if s.Organization != "" {
			o, err := findOrganization(c.ctx, a, v, s.Organization)
			if err != nil {
				return err
			}
			ask.Org = o.ID
		}
		if s.Passphrase != "" {
			ask.Passphrase = secret.NewText(s.Passphrase)
		}
		x, err := a.Export.Start(c.ctx, v, ask)
		if err != nil {
			return err
		}
		bar := newProgress(c, "exported")
		op, err := a.SettleWith(c.ctx, v, &tenon.Operation{ID: x.ID, State: x.State}, bar.set)
		bar.end()
		if err != nil {
			return err
		}
		if op.State == tenon.Failed {
			return tenon.Errorf(tenon.Internal, "%s. Nothing was exported; what was to be is as it was.", strings.TrimSuffix(op.Error.String(), "."))
		}
		if x, err = a.Export.Get(c.ctx, v, x.ID); err != nil {
			return err
		}
		if s.Output != "" {
			if err := writeExport(c, a, v, x.ID, s.Output); err != nil {
				return err
			}
		}
		if c.flags.JSON {
			return printJSON(c.out, exportLineOf(x))
		}
		fmt.Fprintln(c.out, op.Receipt.Sentence)
		if s.Output == "" && x.Whole() {
			fmt.Fprintf(c.out, "Write the file with: tenon export download %s -o FILE\n", x.ID)
		}
		return nil
	})
}

type exportList struct{}

// Run lists exports.
func (*exportList) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		lines := []exportLine{}
		for page := (tenon.Page{Limit: tenon.MaxPage}); ; {
			list, next, err := a.Export.List(c.ctx, v, page)
			if err != nil {
				return err
			}
			for i := range list {
				lines = append(lines, exportLineOf(&list[i]))
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		if c.flags.JSON {
			return printJSON(c.out, lines)
		}
		t := newTable(c.out, "id", "state", "bytes", "kept until", "what")
		for i := range lines {
			l := &lines[i]
			t.row(l.ID.String(), l.words(), tenon.Figure(l.Size), l.EndsAt.Format("2006-01-02 15:04"), l.What)
		}
		return t.end()
	})
}

type exportDownload struct {
	ID     string `arg:"" name:"id" help:"Id of the export, as \"start\" and \"list\" print it."`
	Output string `short:"o" name:"output" required:"" placeholder:"FILE" help:"Where to write the file; \"-\" is the standard output."`
}

// Run writes the file of an export.
func (d *exportDownload) Run(c *call) error {
	id, err := exportID(d.ID)
	if err != nil {
		return err
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		if err := writeExport(c, a, v, id, d.Output); err != nil || !c.flags.JSON || d.Output == "-" {
			return err
		}
		x, err := a.Export.Get(c.ctx, v, id)
		if err != nil {
			return err
		}
		return printJSON(c.out, exportLineOf(x))
	})
}

type exportDelete struct {
	ID string `arg:"" name:"id" help:"Id of the export, as \"start\" and \"list\" print it."`
}

// Run throws an export away.
func (d *exportDelete) Run(c *call) error {
	id, err := exportID(d.ID)
	if err != nil {
		return err
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		if err := a.Export.Delete(c.ctx, v, id); err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, map[string]tenon.OperationID{"deleted": id})
		}
		_, err := fmt.Fprintln(c.out, "The export was deleted. What was exported is as it was.")
		return err
	})
}

func exportID(text string) (tenon.OperationID, error) {
	id := tenon.ParseID(strings.TrimSpace(text))
	if id == 0 {
		return 0, usagef("%q is no id of an export.", text)
	}
	return tenon.OperationID(id), nil
}

// writeExport writes the file of an export where only its owner reads it.
func writeExport(c *call, a *app.App, v tenon.Viewer, id tenon.OperationID, name string) error {
	d, err := a.Export.Open(c.ctx, v, id)
	if err != nil {
		return err
	}
	defer d.Close()
	if name == "-" {
		_, err := io.Copy(c.out, d)
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return tenon.Errorf(tenon.Unavailable, "The file cannot be written: %s.", err)
	}
	_, err = io.Copy(f, d)
	if err := errors.Join(err, f.Chmod(0o600), f.Close()); err != nil {
		return tenon.Errorf(tenon.Unavailable, "The file cannot be written: %s.", err)
	}
	return nil
}

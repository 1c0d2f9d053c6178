package cli

import (
	"bytes"
	"fmt"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/demo"
)

type demoCommand struct {
	Organizations int    `default:"300" placeholder:"N" help:"How many organizations. Default: 300."`
	Items         int    `default:"6000" placeholder:"M" help:"How many items in all. Default: 6000."`
	Seed          uint64 `default:"1" placeholder:"S" help:"The same seed makes the same records. Default: 1."`
	Truth         string `placeholder:"FILE" help:"Write to a CSV file which organizations are the same in truth."`
}

// Run makes demo data beside whatever is there.
func (s *demoCommand) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		bar := newProgressOf(c, "demo", int64(s.Organizations+s.Items))
		r, err := demo.Run(c.ctx, a.Core, v, demo.Options{Organizations: s.Organizations, Items: s.Items, Seed: s.Seed, Now: a.Now(), Progress: bar.set})
		bar.end()
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
		_, err = fmt.Fprintf(c.out, "Made %s with %s; %d of them are duplicates of others.\n",
			tenon.Counted(int64(r.Organizations), "organization", "organizations"), tenon.Counted(int64(r.Items), "item", "items"), r.Duplicates)
		return err
	})
}

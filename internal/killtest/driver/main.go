// Command driver is the process that the tests of internal/killtest kill. It
// does one thing to an installation, and writes a byte to its standard output
// before each statement, by which the test knows how far it is.
//
//	driver DIR URL merge SOURCE TARGET
//	driver DIR URL undo OPERATION
//	driver DIR URL delete ORGANIZATION
//	driver DIR URL restore OPERATION
//	driver DIR URL discard ITEM
//	driver DIR URL purge ORGANIZATION
//	driver DIR URL many ORGANIZATION
//	driver DIR URL unmany OPERATION
//	driver DIR URL cancel OPERATION
//	driver DIR URL import FILE
//	driver DIR URL copy ADDRESS       with the key in TENON_IMPORT_KEY
//	driver DIR URL export everything
//	driver DIR URL demo 0
//	driver DIR URL undemo 0
//	driver DIR URL again merge SOURCE TARGET
//	driver DIR URL again delete ORGANIZATION
//
// URL is empty for the embedded database. With "again" it takes back what it
// did, and does it anew, until it is killed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/killtest"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) < 4 {
		return errors.New("usage: driver DIR URL WORK ARGUMENTS")
	}
	var opened atomic.Bool
	w, err := killtest.Open(ctx, args[0], store.Options{Dir: args[0], DatabaseURL: args[1], Now: time.Now, OnStatement: func(string) error {
		if !opened.Load() {
			return nil
		}
		_, err := os.Stdout.WriteString(".")
		return err
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	opened.Store(true)
	// Only now: what opening does is not what is tested.
	if err := os.Setenv("TENON_FAILPOINT", os.Getenv(killtest.EnvStep)); err != nil {
		return err
	}
	work, args := args[2], args[3:]
	if work != "again" {
		_, err := do(ctx, w, work, args)
		return err
	}
	work, args = args[0], args[1:]
	for {
		op, err := do(ctx, w, work, args)
		if err != nil {
			return err
		}
		if _, err := do(ctx, w, map[string]string{"merge": "undo", "delete": "restore"}[work], []string{op.ID.String()}); err != nil {
			return err
		}
	}
}

// do does one thing, and waits for its job where it has one.
func do(ctx context.Context, w *killtest.World, work string, args []string) (*tenon.Operation, error) {
	op, err := begin(ctx, w, work, args)
	if err != nil || op.State != tenon.Running {
		return op, err
	}
	return op, w.Jobs.Drain(ctx)
}

func begin(ctx context.Context, w *killtest.World, work string, args []string) (*tenon.Operation, error) {
	switch work {
	case "copy":
		return w.Copy(ctx, args[0], secret.NewText(os.Getenv("TENON_IMPORT_KEY")))
	case "export":
		x, err := w.Export.Start(ctx, killtest.Admin, export.Request{})
		if err != nil {
			return nil, err
		}
		return &tenon.Operation{ID: x.ID, State: x.State}, nil
	case "demo":
		return w.MakeDemo(ctx)
	case "undemo":
		return w.RemoveDemo(ctx)
	case "import":
		f, err := os.Open(args[0])
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return w.Load(ctx, f)
	}
	ids := make([]int64, 2)
	for i, a := range args {
		n, err := strconv.ParseInt(a, 10, 64)
		if err != nil {
			return nil, err
		}
		ids[i] = n
	}
	switch org, op := tenon.OrgID(ids[0]), tenon.OperationID(ids[0]); work {
	case "merge":
		return w.MergeIn(ctx, org, tenon.OrgID(ids[1]))
	case "undo":
		return w.Merge.Undo(ctx, killtest.Admin, op)
	case "delete":
		return w.Delete(ctx, org)
	case "restore", "unmany":
		return w.Trash.Undo(ctx, killtest.Admin, op)
	case "discard":
		return w.Discard(ctx, tenon.ItemID(ids[0]))
	case "purge":
		return w.Purge(ctx, org)
	case "many":
		return w.Tag(ctx, org)
	case "cancel":
		return w.Operations.Cancel(ctx, killtest.Admin, op)
	}
	return nil, fmt.Errorf("there is no work %q", work)
}

// Package app is the one place that wires: it opens the data of one
// installation, gives each package what it needs of the settings, and runs the
// server. Everything else gets its parts passed in.
//
// Several processes may have one installation open: a server and commands
// beside it. Only serving and restoring hold the lock file (lock.go).
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/mail"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/reminder"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
)

// App is an open installation.
type App struct {
	Config     config.Config
	Store      *store.Store
	Core       *core.Core
	Keys       *secret.Ring
	Blobs      *blob.Dir
	Jobs       *job.Runner
	Mail       *mail.Office
	Merge      *merge.Engine
	Trash      *trash.Engine
	Import     *csvimport.Engine
	Reminders  *reminder.Engine
	Copy       *glueimport.Engine
	Export     *export.Engine
	Demo       *demo.Engine
	Operations *operation.Operations
	// Now is the clock that everything here was given.
	Now func() time.Time
}

// Options say how an installation is opened. The zero value is right for a command.
type Options struct {
	// Log takes what the jobs have to say; nil drops it.
	Log *slog.Logger
	// Alone says that the lock of the data directory is held, so that no other
	// process runs jobs.
	Alone bool
	// Now is the clock; without one it is the machine's.
	Now func() time.Time
}

// Open opens the installation that the settings name, making it where there is
// none. It refuses data whose key file is missing or another's.
func Open(ctx context.Context, cfg config.Config) (*App, error) {
	return OpenWith(ctx, cfg, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	if err := makePrivate(cfg.Data); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &App{Config: cfg, Now: o.Now}
	var err error
	if a.Store, err = store.Open(ctx, store.Options{Dir: cfg.Data, DatabaseURL: cfg.DatabaseURL, Now: a.Now}); err != nil {
		return nil, err
	}
	if a.Keys, err = openKeys(ctx, cfg, a.Store); err != nil {
		return nil, errors.Join(err, a.Store.Close())
	}
	if a.Blobs, err = blob.OpenDir(filepath.Join(cfg.Data, "files")); err != nil {
		return nil, errors.Join(err, a.Store.Close())
	}
	if err := a.wire(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// wire makes the engines over what is open, and tells the jobs and the
// operations which engine does what.
func (a *App) wire(ctx context.Context, o Options) (err error) {
	a.Core = core.New(core.Options{Store: a.Store, Keys: a.Keys, Blobs: a.Blobs})
	if a.Jobs, err = job.New(ctx, a.Store, job.Options{Log: o.Log, Alone: o.Alone}); err != nil {
		return err
	}
	languages, err := say.Languages()
	if err != nil {
		return err
	}
	a.Mail = mail.New(mail.Options{Languages: languages, Store: a.Store, Keys: a.Keys, Sender: mailServer(a.Config.Mail), URL: a.BaseURL, Log: o.Log})
	a.Reminders = reminder.New(a.Store)
	a.Merge = merge.New(a.Core, a.Jobs)
	a.Trash = trash.New(a.Core, a.Jobs)
	a.Import = csvimport.New(a.Core, a.Jobs, a.Blobs)
	a.Copy = glueimport.New(a.Core, a.Jobs, a.Keys)
	a.Export = export.New(export.Options{Core: a.Core, Jobs: a.Jobs, Keys: a.Keys, Files: a.Blobs, Now: a.Now})
	a.Demo = demo.New(a.Core, a.Jobs)
	a.Operations = operation.New(a.Store, map[string]operation.Undoer{
		merge.Kind: a.Merge, trash.KindDelete: a.Trash, trash.KindItems: a.Trash, trash.KindMergeItems: a.Trash, trash.KindMany: a.Trash,
		csvimport.Kind: a.Import, glueimport.Kind: a.Copy, demo.Kind: a.Demo, export.Kind: a.Export,
	})
	a.Operations.Wakes(a.Jobs)
	return nil
}

// mailServer is where mail goes, nil where no server is set.
func mailServer(c config.Mail) mail.Sender {
	if c.Server == "" {
		return nil
	}
	return &mail.SMTP{Server: c.Server, Encryption: c.TLS, User: c.User, Password: c.Password, From: c.From}
}

// Settle waits until the operation is at its end and returns it as it is then.
// Where no server runs its job, this process does.
func (a *App) Settle(ctx context.Context, v tenon.Viewer, op *tenon.Operation) (*tenon.Operation, error) {
	return a.SettleWith(ctx, v, op, func(int64) {})
}

// SettleWith is Settle, and tells how much of the work is done.
func (a *App) SettleWith(ctx context.Context, v tenon.Viewer, op *tenon.Operation, progress func(done int64)) (_ *tenon.Operation, err error) {
	if op == nil || op.State != tenon.Running {
		return op, nil
	}
	if !serverRuns(a.Config.Data) {
		if err := a.Jobs.Start(ctx); err != nil {
			return op, err
		}
		defer func() { err = errors.Join(err, a.Jobs.Stop(context.WithoutCancel(ctx))) }()
	}
	tick := time.NewTicker(settlePoll)
	defer tick.Stop()
	for {
		now, err := a.Operations.Get(ctx, v, op.ID)
		if err != nil || now.State != tenon.Running {
			return now, err
		}
		progress(now.Done)
		select {
		case <-ctx.Done():
			return now, ctx.Err()
		case <-tick.C:
		}
	}
}

// Follow runs the jobs that wait, where no server does: what a command has
// set in motion is at its end when the command is.
func (a *App) Follow(ctx context.Context) error {
	if serverRuns(a.Config.Data) {
		return nil
	}
	return a.Jobs.Drain(ctx)
}

// settlePoll is how often a command looks for the end of an operation.
const settlePoll = 50 * time.Millisecond

// Close lets go of everything.
func (a *App) Close() error {
	return errors.Join(a.Blobs.Close(), a.Store.Close())
}

// makePrivate makes the data directory, for its owner alone.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return tenon.Errorf(tenon.Unavailable, "The data directory cannot be made: %s.", err)
	}
	return nil
}

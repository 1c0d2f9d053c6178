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
	"os"
	"path/filepath"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// App is an open installation.
type App struct {
	Config     config.Config
	Store      *store.Store
	Core       *core.Core
	Keys       *secret.Ring
	Blobs      *blob.Dir
	Operations *operation.Operations
	// Now is the clock that everything here was given.
	Now func() time.Time
}

// Open opens the installation that the settings name, making it where there is
// none. It refuses data whose key file is missing or another's.
func Open(ctx context.Context, cfg config.Config) (*App, error) {
	if err := makePrivate(cfg.Data); err != nil {
		return nil, err
	}
	a := &App{Config: cfg, Now: time.Now}
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
	a.wire()
	return a, nil
}

// wire makes the engines over what is open.
func (a *App) wire() {
	a.Core = core.New(core.Options{Store: a.Store, Keys: a.Keys, Blobs: a.Blobs})
	a.Operations = operation.New(a.Store, map[string]operation.Undoer{})
}

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

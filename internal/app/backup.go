package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/backup"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/store"
)

// Installation is what a backup copies and a restore replaces.
func (a *App) Installation(version string, progress func(done int64)) backup.Installation {
	return backup.Installation{Store: a.Store, Files: a.Blobs, Keys: a.Keys, Now: a.Now, Version: version, Progress: progress}
}

// BackupKeyFile is where the key of the backups is.
func BackupKeyFile(cfg config.Config) string { return filepath.Join(cfg.Data, backup.KeyFile) }

// WriteBackup writes a backup to the file. It is written beside it first, so
// that an older backup of that name is replaced by a whole one or not at all.
func WriteBackup(ctx context.Context, name string, in backup.Installation, to ...age.Recipient) (m *backup.Manifest, err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*") // mode 0600
	if err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The backup cannot be written: %s.", err)
	}
	m, err = backup.Write(ctx, f, in, to...)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return m, nil
}

// RestoreOptions are what a restore needs beside the settings.
type RestoreOptions struct {
	File    string
	With    []age.Identity
	Version string
	// Keep leaves the restored data in place although it breaks invariants.
	Keep     bool
	Progress func(done int64)
}

// Restored says what a restore did.
type Restored struct {
	Manifest *backup.Manifest
	// Before is the file with the state before, "" where there was nothing.
	Before     string
	Violations []check.Violation
	// PutBack tells that the state before is in place again, because of the violations.
	PutBack bool
}

// Restore replaces the installation by a backup. It holds the lock, so it is
// refused beside a server. The present state is saved first, and put back
// where what was restored is not whole.
func Restore(ctx context.Context, cfg config.Config, o RestoreOptions) (*Restored, error) {
	if err := makePrivate(cfg.Data); err != nil {
		return nil, err
	}
	held, err := lock(cfg.Data, false, "Nothing was changed. Stop it first, then restore.")
	if err != nil {
		return nil, err
	}
	a, err := OpenWith(ctx, cfg, Options{Alone: true})
	if err != nil {
		return nil, errors.Join(err, held.Release())
	}
	done, err := a.restore(ctx, o)
	return done, errors.Join(err, a.Close(), held.Release())
}

func (a *App) restore(ctx context.Context, o RestoreOptions) (*Restored, error) {
	in := a.Installation(o.Version, o.Progress)
	if _, err := backup.Check(ctx, opener(o.File), in, o.With...); err != nil {
		return nil, err
	}
	done := &Restored{}
	key, err := a.saveBefore(ctx, in, done)
	if err != nil {
		return nil, err
	}
	if done.Manifest, err = backup.Restore(ctx, opener(o.File), in, o.With...); err != nil {
		return nil, err
	}
	if err := a.noteKeys(ctx); err != nil {
		return nil, err
	}
	// Files were held to their hashes as they were put in place.
	done.Violations, err = check.Run(ctx, a.Store, check.Options{Keys: a.Keys, Blobs: a.Blobs})
	if err != nil || len(done.Violations) == 0 || o.Keep || done.Before == "" {
		return done, err
	}
	if _, err := backup.Restore(ctx, opener(done.Before), in, key); err != nil {
		return nil, fmt.Errorf("put the state before back, from %s: %w", done.Before, err)
	}
	done.PutBack = true
	return done, a.noteKeys(ctx)
}

// saveBefore keeps the present state in the data directory, unless there is none.
func (a *App) saveBefore(ctx context.Context, in backup.Installation, done *Restored) (age.Identity, error) {
	empty, err := isEmpty(ctx, a.Store)
	if err != nil || empty {
		return nil, err
	}
	key, _, err := backup.Key(BackupKeyFile(a.Config))
	if err != nil {
		return nil, err
	}
	done.Before = filepath.Join(a.Config.Data, a.Now().UTC().Format("before-restore-20060102-150405.tenon"))
	_, err = WriteBackup(ctx, done.Before, in, key.Recipient())
	return key, err
}

// noteKeys says in the database that it is sealed with the keys that are here.
func (a *App) noteKeys(ctx context.Context) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingKeys, a.Keys.Fingerprint()) })
}

// opener opens a file as often as it is asked to.
func opener(name string) backup.Source {
	return func() (io.ReadCloser, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, tenon.Errorf(tenon.NotFound, "The backup file cannot be read: %s. Nothing was changed.", err)
		}
		return f, nil
	}
}

// Inspect reads a backup through and says what is in it.
func Inspect(ctx context.Context, name string, with ...age.Identity) (m *backup.Manifest, err error) {
	f, err := opener(name)()
	if err != nil {
		return nil, err
	}
	m, err = backup.Inspect(ctx, f, with...)
	return m, errors.Join(err, f.Close())
}

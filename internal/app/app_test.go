package app_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/backup"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func load(t *testing.T, dir string) config.Config {
	t.Helper()
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"data": dir}})
	if err != nil {
		t.Fatal(err)
	}
	return *cfg
}

// open opens an installation for the time of fn.
func open(t *testing.T, cfg config.Config, fn func(a *app.App, v tenon.Viewer)) {
	t.Helper()
	ctx := context.Background()
	a, err := app.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Core.CommandLineViewer(ctx, "tester", "")
	if err != nil {
		t.Fatal(err)
	}
	fn(a, v)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func create(t *testing.T, a *app.App, v tenon.Viewer, name string) {
	t.Helper()
	if _, err := a.Core.CreateOrganization(context.Background(), v, core.OrganizationChange{Values: tenon.Values{"name": name}}); err != nil {
		t.Fatal(err)
	}
}

// TestRestorePutsBack restores a backup whose data is not whole: the state
// before is put back, unless the person wants the backup all the same.
func TestRestorePutsBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	cfg := load(t, t.TempDir())
	file := filepath.Join(cfg.Data, "broken.tenon")
	var key *age.X25519Identity
	open(t, cfg, func(a *app.App, v tenon.Viewer) {
		create(t, a, v, "Before")
		db, ok := a.Store.Raw().(*sql.DB)
		if !ok {
			t.Fatal("not the embedded database")
		}
		if _, err := db.Exec(`UPDATE organizations SET trashed_by = 99 WHERE name = 'Before'`); err != nil {
			t.Fatal(err)
		}
		var err error
		if key, _, err = backup.Key(app.BackupKeyFile(cfg)); err != nil {
			t.Fatal(err)
		}
		if _, err := app.WriteBackup(ctx, file, a.Installation("test", nil), key.Recipient()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`UPDATE organizations SET trashed_by = NULL`); err != nil {
			t.Fatal(err)
		}
		create(t, a, v, "After")
	})
	o := app.RestoreOptions{File: file, With: []age.Identity{key}, Version: "test"}
	done, err := app.Restore(ctx, cfg, o)
	if err != nil || !done.PutBack || len(done.Violations) == 0 || done.Before == "" {
		t.Fatalf("restored %+v, %v", done, err)
	}
	if got := names(t, cfg); got != "After Before" {
		t.Errorf("after putting back: %s", got)
	}
	o.Keep = true
	if done, err = app.Restore(ctx, cfg, o); err != nil || done.PutBack {
		t.Fatalf("restored %+v, %v", done, err)
	}
	if got := names(t, cfg); got != "Before" {
		t.Errorf("kept in spite of violations: %s", got)
	}
}

func names(t *testing.T, cfg config.Config) string {
	t.Helper()
	var all []string
	open(t, cfg, func(a *app.App, v tenon.Viewer) {
		page, _, err := a.Core.Organizations(context.Background(), v, store.OrgQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			all = append(all, o.Name)
		}
	})
	return strings.Join(all, " ")
}

// TestKeyFile makes the key file for an empty database only, and takes keys out of
// the environment instead.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	cfg := load(t, t.TempDir())
	open(t, cfg, func(a *app.App, v tenon.Viewer) { create(t, a, v, "Acme") })
	if err := os.Rename(cfg.KeyFile, cfg.KeyFile+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Open(context.Background(), cfg); tenon.CodeOf(err) != tenon.NotFound {
		t.Errorf("without the key file: %v", err)
	}
	other := cfg
	other.Keys = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	if _, err := app.Open(context.Background(), other); tenon.CodeOf(err) != tenon.Unavailable {
		t.Errorf("with other keys: %v", err)
	}
	fresh := load(t, t.TempDir())
	fresh.Keys = other.Keys
	open(t, fresh, func(*app.App, tenon.Viewer) {})
	if _, err := os.Stat(fresh.KeyFile); err == nil {
		t.Error("a key file was made although the keys were given")
	}
}

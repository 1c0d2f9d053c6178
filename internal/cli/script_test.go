package cli_test

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tenonhq/tenon/internal/cli"
	"github.com/tenonhq/tenon/internal/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tenon": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
		stop()
		os.Exit(code)
	}})
}

// TestScripts plays testdata/*.txtar against the embedded database, each with
// a data directory of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, params(t, func(*testscript.Env) error { return nil }))
}

// TestScriptsOnPostgres plays the same against a PostgreSQL, but for those
// whose name says that they are about the embedded database.
func TestScriptsOnPostgres(t *testing.T) {
	t.Parallel()
	p := params(t, func(e *testscript.Env) error {
		e.Setenv("TENON_DATABASE_URL", pgtest.Database(t))
		return nil
	})
	p.Dir = ""
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(f, "embedded") {
			p.Files = append(p.Files, f)
		}
	}
	testscript.Run(t, p)
}

func params(t *testing.T, setup func(*testscript.Env) error) testscript.Params {
	t.Helper()
	return testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("TENON_TEST_UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TENON_DATA", filepath.Join(e.WorkDir, "data"))
			return setup(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exit": exit},
	}
}

// exit runs a command and wants its exit code: exit 2 tenon merge plan.
func exit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	var status interface{ ExitCode() int }
	if errors.As(err, &status) {
		code = string(rune('0' + status.ExitCode()))
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

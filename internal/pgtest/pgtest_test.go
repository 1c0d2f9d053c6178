package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestDatabaseIsFreshAndDropped(t *testing.T) {
	t.Parallel()
	var first, second string
	t.Run("use", func(t *testing.T) {
		first, second = Database(t), Database(t)
		if first == second {
			t.Fatalf("two databases have the URL %s", first)
		}
		mustExec(t, first, `CREATE TABLE things (id BIGINT PRIMARY KEY)`)
		if got := count(t, second, `SELECT count(*) FROM pg_tables WHERE tablename = 'things'`); got != 0 {
			t.Errorf("a table made in one database is seen in the other")
		}
	})
	for _, url := range []string{first, second} {
		if conn, err := pgx.Connect(t.Context(), url); err == nil {
			t.Errorf("%s is still there after its test", url)
			conn.Close(t.Context())
		}
	}
}

func TestTemplateIsFilledOnceAndCopied(t *testing.T) {
	t.Parallel()
	name := t.Name() + newName() // no earlier run has made it
	dropTemplate(t, name)
	var fills atomic.Int32
	fill := func(url string) error {
		fills.Add(1)
		return execute(url, `CREATE TABLE things AS SELECT n FROM generate_series(1, 100) n`)
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			url := FromTemplate(t, name, fill)
			if got := count(t, url, `SELECT count(*) FROM things`); got != 100 {
				t.Errorf("a copy has %d rows, want 100", got)
			}
			mustExec(t, url, `DELETE FROM things`)
		})
	}
	wg.Wait()
	if got := fills.Load(); got != 1 {
		t.Errorf("the template was filled %d times, want once", got)
	}
}

func TestFailedFillLeavesNoTemplate(t *testing.T) {
	t.Parallel()
	server, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	name := t.Name() + newName()
	dropTemplate(t, name)
	broken := errors.New("broken")
	if err := makeTemplate(server, templateName(name), func(string) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("got error %v, want %v", err, broken)
	}
	url := FromTemplate(t, name, func(url string) error { return execute(url, `CREATE TABLE things (id BIGINT)`) })
	if got := count(t, url, `SELECT count(*) FROM things`); got != 0 {
		t.Errorf("got %d rows, want 0", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tests := []struct {
		name string
		want bool
	}{
		{newName(), false},
		{"tenon_test_1000000000_abc", true},
		{"tenon_test_1000000000", false},
		{"tenon_test_accounts_2020", false},
		{"tenon_template_1000000000_abc", false},
		{"tenon", false},
	}
	for _, tt := range tests {
		if got := madeBefore(tt.name, now.Add(-time.Minute)); got != tt.want {
			t.Errorf("madeBefore(%q) = %v, want %v", tt.name, got, tt.want)
		}
	}
	long := templateName(strings.Repeat("Ünïcode name ", 10))
	if len(long)+len("_making") > 63 {
		t.Errorf("template name %q is longer than PostgreSQL keeps", long)
	}
	if a, b := templateName("a-b"), templateName("a_b"); a == b {
		t.Errorf("two names have one template %q", a)
	}
}

// TestServerStartsAndStops starts a server of its own, whatever the
// environment offers, and proves that nothing of it stays.
func TestServerStartsAndStops(t *testing.T) {
	t.Parallel()
	server, err := Start(Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := count(t, server.URL, `SELECT count(*) FROM pg_database WHERE datname = 'postgres'`); got != 1 {
		t.Errorf("got %d maintenance databases, want 1", got)
	}
	if got := count(t, server.URL, `SELECT count(*) FROM pg_settings WHERE name = 'fsync' AND setting = 'on'`); got != 1 {
		t.Error("a durable server does not flush")
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), server.URL); err == nil {
		t.Error("the server answers after Stop")
		conn.Close(t.Context())
	}
	if _, err := os.Stat(filepath.Join(server.dir, "data")); !os.IsNotExist(err) {
		t.Errorf("the data folder is still there: %v", err)
	}
}

// dropTemplate drops the template when the test ends.
func dropTemplate(t *testing.T, name string) {
	t.Helper()
	server, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(server, `DROP DATABASE IF EXISTS `+templateName(name)+` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
}

func mustExec(t *testing.T, url, statement string) {
	t.Helper()
	if err := execute(url, statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

func count(t *testing.T, url, query string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Error(err)
		return -1
	}
	defer conn.Close(ctx)
	var n int
	if err := conn.QueryRow(ctx, query).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

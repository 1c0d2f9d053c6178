// Package pgtest gives tests a real PostgreSQL, never a stand-in and never a
// silent skip.
//
// Where the server comes from, in this order: TENON_TEST_DATABASE_URL when it
// is set; otherwise a throw-away server started from the binaries on this
// machine, which ends with the process that started it; otherwise Debian's
// package, installed when the process is root and apt-get is there; otherwise
// the test fails with one line that says what to do.
//
// A test asks for a database of its own and gets its URL:
//
//	url := pgtest.Database(t)
//
// A suite whose databases all start alike (migrated, or filled) names a
// template, which is made once per server and copied for each test:
//
//	url := pgtest.FromTemplate(t, "store-"+hash, migrate)
//
// `make test` starts one server for all packages with the command in
// cmd/pgtest; a lone `go test` of one package starts its own.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvURL names the variable that holds the address of a server to use
// instead of starting one. Its user must be allowed to create databases.
const EnvURL = "TENON_TEST_DATABASE_URL"

const (
	// Names of databases made here: prefix, second of creation, random part.
	databasePrefix = "tenon_test_"
	templatePrefix = "tenon_template_"

	// A database this old was left by a killed test, and is dropped.
	leftoverAge = 6 * time.Hour

	// Long enough for a copy that waits behind fifty others on a slow disk.
	timeout = 2 * time.Minute
)

// shared is the one server of this process. It is package state on purpose:
// the tests of a package share nothing else through which it could be passed.
var shared struct {
	once sync.Once
	url  string
	err  error
	// How CREATE DATABASE is to copy: " STRATEGY ...", or "" for the default.
	strategy string
	// Kept although nothing reads it: the collector would close the pipe on
	// which the server's life hangs.
	server *Server
}

// serverURL returns the address of the server's maintenance database,
// starting the server at the first call. The server's life hangs on a pipe
// that the kernel closes with this process, so nothing has to be stopped.
func serverURL() (string, error) {
	shared.once.Do(func() {
		if shared.url = os.Getenv(EnvURL); shared.url == "" {
			if shared.server, shared.err = Start(Options{}); shared.err != nil {
				return
			}
			shared.url = shared.server.URL
		}
		shared.strategy, shared.err = prepare(shared.url, time.Now().Add(-leftoverAge))
	})
	return shared.url, shared.err
}

// Database makes an empty database and returns its URL. The database is
// dropped, with whatever is still connected to it, when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	server, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	name := newName()
	// template0 takes no connections, so that it is never "being accessed".
	if err := execute(server, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'UTF8'`+shared.strategy); err != nil {
		t.Fatalf("pgtest: create database: %v", err)
	}
	return handOver(t, server, name)
}

// FromTemplate makes a database that is a copy of the template of that name
// and returns its URL; it is dropped when the test ends. The first caller on a
// server has fill make the template; later ones, in other processes too, only
// copy it. What fill does must therefore be part of the name (a hash of the
// migrations, the size of the data), and fill must close its connections.
func FromTemplate(t testing.TB, name string, fill func(url string) error) string {
	t.Helper()
	server, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	template := templateName(name)
	if err := makeTemplate(server, template, fill); err != nil {
		t.Fatalf("pgtest: make template %q: %v", name, err)
	}
	copied := newName()
	if err := execute(server, `CREATE DATABASE `+copied+` TEMPLATE `+template+shared.strategy); err != nil {
		t.Fatalf("pgtest: copy template %q: %v", name, err)
	}
	return handOver(t, server, copied)
}

// handOver registers the database to be dropped and returns its URL.
func handOver(t testing.TB, server, name string) string {
	t.Helper()
	t.Cleanup(func() {
		if err := execute(server, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("pgtest: drop database: %v", err)
		}
	})
	address, err := withDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// makeTemplate makes the template unless the server has it. It is filled under
// another name and renamed when complete, so a killed fill leaves no half
// template behind; an advisory lock keeps others out meanwhile.
func makeTemplate(server, template string, fill func(url string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)

	lock := fnv.New64a()
	_, _ = lock.Write([]byte(template)) // a hash does not fail
	// The lock belongs to the session and ends with the connection.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(lock.Sum64())); err != nil {
		return err
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, template).Scan(&there)
	if err != nil || there {
		return err
	}

	making := template + "_making"
	address, err := withDatabase(server, making)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`DROP DATABASE IF EXISTS ` + making + ` WITH (FORCE)`,
		`CREATE DATABASE ` + making + ` TEMPLATE template0 ENCODING 'UTF8'`,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := fill(address); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	for _, statement := range []string{
		// Connections that fill forgot would make the rename fail, and a later
		// one to the template would make every copy fail.
		`ALTER DATABASE ` + making + ` ALLOW_CONNECTIONS false`,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '` + making + `'`,
		`ALTER DATABASE ` + making + ` RENAME TO ` + template,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// prepare drops what killed tests left on the server, and finds out how it
// copies databases best.
func prepare(server string, before time.Time) (strategy string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("pgtest: no PostgreSQL answers at %s; start it, or unset it to let the tests start their own: %w", EnvURL, err)
	}
	defer conn.Close(ctx)
	if err := dropLeftovers(ctx, conn, before); err != nil {
		return "", err
	}
	var fsync string
	if err := conn.QueryRow(ctx, `SELECT current_setting('fsync')`).Scan(&fsync); err != nil {
		return "", fmt.Errorf("pgtest: read settings: %w", err)
	}
	// Copying files wants two checkpoints, which cost nothing where nothing is
	// flushed: an empty database in 11 ms and not 35.
	if fsync == "off" {
		return " STRATEGY file_copy", nil
	}
	return "", nil
}

// dropLeftovers drops databases of tests that were killed before their
// clean-up: those made before the given time. Templates stay.
func dropLeftovers(ctx context.Context, conn *pgx.Conn, before time.Time) error {
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE starts_with(datname, $1)`, databasePrefix)
	if err != nil {
		return fmt.Errorf("pgtest: list databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("pgtest: list databases: %w", err)
	}
	for _, name := range names {
		if !madeBefore(name, before) {
			continue
		}
		if _, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`); err != nil {
			return fmt.Errorf("pgtest: drop leftover %s: %w", name, err)
		}
	}
	return nil
}

// madeBefore reports whether a database of this name was made here before the
// given time. A name of another form was not made here.
func madeBefore(name string, before time.Time) bool {
	made, _, ok := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
	if !ok || !strings.HasPrefix(name, databasePrefix) {
		return false
	}
	second, err := strconv.ParseInt(made, 10, 64)
	return err == nil && time.Unix(second, 0).Before(before)
}

// newName returns a database name that needs no quoting and that no other
// test has: tenon_test_1767225600_k3j2....
func newName() string {
	return fmt.Sprintf("%s%d_%s", databasePrefix, time.Now().Unix(), strings.ToLower(rand.Text()[:12]))
}

// templateName returns the database name of a template: the caller's name made
// safe, and a hash of it, because what is made safe may have become equal.
func templateName(name string) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name)) // a hash does not fail
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
	// PostgreSQL cuts names at 63 bytes; prefix, hash and "_making" need 40.
	return fmt.Sprintf("%s%s_%016x", templatePrefix, safe[:min(len(safe), 20)], sum.Sum64())
}

// withDatabase returns the server's URL with another database in it.
func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("pgtest: %s is not a URL: %w", EnvURL, err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// execute runs one statement on a connection of its own: CREATE DATABASE wants
// to be alone, and a pool kept open here would outlive every test.
func execute(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

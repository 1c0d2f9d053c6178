package killtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon/internal/cli"
	"github.com/tenonhq/tenon/internal/pgtest"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// site is a data directory, and perhaps a database elsewhere, for the commands.
type site struct {
	t        *testing.T
	dir, url string
}

// sites runs the test with an installation of each database that holds something.
func sites(t *testing.T, fn func(s *site)) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := &site{t: t, dir: filepath.Join(t.TempDir(), "data")}
			if engine == "postgresql" {
				s.url = pgtest.Database(t)
			}
			if code, words := s.tenon("organization", "create", "Acme"); code != 0 {
				t.Fatalf("%d: %s", code, words)
			}
			fn(s)
		})
	}
}

func (s *site) args(args ...string) []string {
	args = append(args, "--data", s.dir)
	if s.url != "" {
		args = append(args, "--database-url", s.url)
	}
	return args
}

// tenon runs a command and returns its exit code and what it said on stderr.
func (s *site) tenon(args ...string) (int, string) {
	s.t.Helper()
	var words bytes.Buffer
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	code := cli.Run(limited, s.args(args...), strings.NewReader(""), io.Discard, &words, nil)
	return code, words.String()
}

// refuses wants commands and the server to fail, and to say why.
func (s *site) refuses(why ...string) {
	s.t.Helper()
	for _, args := range [][]string{{"organization", "list"}, {"serve", "--listen", "127.0.0.1:0"}} {
		code, words := s.tenon(args...)
		if code != 1 {
			s.t.Errorf("%s: exit code %d, %s", args[0], code, words)
		}
		for _, part := range why {
			if !strings.Contains(words, part) {
				s.t.Errorf("%s says %q, and nothing of %q", args[0], words, part)
			}
		}
		if strings.Contains(words, "Internal error") || strings.Contains(words, "panic") {
			s.t.Errorf("%s says %q", args[0], words)
		}
	}
}

func (s *site) works() {
	s.t.Helper()
	if code, words := s.tenon("organization", "list"); code != 0 {
		s.t.Errorf("exit code %d, %s", code, words)
	}
	if code, words := s.tenon("check"); code != 0 {
		s.t.Errorf("check: exit code %d, %s", code, words)
	}
}

// keyFile finds the key file of the data directory.
func (s *site) keyFile() string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.dir, "*key*"))
	if err != nil || len(found) != 1 {
		s.t.Fatalf("key files %v, %v", found, err)
	}
	return found[0]
}

func TestStartWithoutTheKeyFile(t *testing.T) {
	sites(t, func(s *site) {
		name := s.keyFile()
		if err := os.Rename(name, name+".away"); err != nil {
			t.Fatal(err)
		}
		s.refuses("key file", "is missing")
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			s.t.Errorf("a new key hides that the old one is lost: %v", err)
		}
		if err := os.Rename(name+".away", name); err != nil {
			t.Fatal(err)
		}
		s.works()
	})
}

func TestStartWithAKeyFileThatCannotBeUsed(t *testing.T) {
	sites(t, func(s *site) {
		name := s.keyFile()
		good, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		write := func(content []byte, mode os.FileMode) {
			if err := errors.Join(os.Remove(name), os.WriteFile(name, content, mode), os.Chmod(name, mode)); err != nil {
				s.t.Fatal(err)
			}
		}
		write(good, 0o644)
		s.refuses("key file", "chmod 600")
		write(good[:len(good)/2], 0o600)
		s.refuses("key file", "is not usable")
		write(nil, 0o600)
		s.refuses("key file", "is not usable")
		if os.Getuid() != 0 { // root reads everything
			write(good, 0)
			s.refuses("key file", "cannot be opened")
		}
		if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o700)); err != nil {
			s.t.Fatal(err)
		}
		s.refuses("key file", "is not a file")
		other := &site{t: s.t, dir: filepath.Join(s.t.TempDir(), "other")}
		other.works()
		foreign, err := os.ReadFile(other.keyFile())
		if err != nil {
			s.t.Fatal(err)
		}
		write(foreign, 0o600)
		s.refuses("key file", "not the one of this data")
		write(good, 0o600)
		s.works()
	})
}

func TestStartOnASchemaFromTheFuture(t *testing.T) {
	sites(t, func(s *site) {
		s.exec(`INSERT INTO schema_migrations (name, hash, at) VALUES ('zzzz_tomorrow', 'x', 1)`)
		s.refuses("newer Tenon", "zzzz_tomorrow")
		// Even the store itself does not open it, whoever asks.
		if st, err := store.Open(ctx, store.Options{Dir: s.dir, DatabaseURL: s.url, Now: time.Now}); err == nil {
			s.t.Error(errors.Join(errors.New("it was opened"), st.Close()))
		}
	})
}

func TestStartWhereTheDataDirectoryIsAFile(t *testing.T) {
	t.Parallel()
	s := &site{t: t, dir: filepath.Join(t.TempDir(), "data")}
	if err := os.WriteFile(s.dir, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.refuses("data directory", s.dir)
	if got, err := os.ReadFile(s.dir); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStartWhereTheDatabaseIsNone(t *testing.T) {
	t.Parallel()
	s := &site{t: t, dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.dir, store.FileName), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	s.refuses("database file", "backup")
}

// TestASecondServer is refused on the embedded database, and says so; commands
// beside the first go on. (Several may serve one PostgreSQL.)
func TestASecondServer(t *testing.T) {
	t.Parallel()
	s := &site{t: t, dir: filepath.Join(t.TempDir(), "data")}
	running, stop := context.WithCancel(ctx)
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := cli.Run(running, s.args("serve", "--listen", "127.0.0.1:0"), strings.NewReader(""), in, io.Discard, nil)
		_ = in.CloseWithError(io.EOF)
		ended <- code
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "listens on") {
	}
	drained := make(chan struct{})
	go func() { defer close(drained); _, _ = io.Copy(io.Discard, out) }()
	code, words := s.tenon("serve", "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(words, "A server is running on "+s.dir) || !strings.Contains(words, "Stop it first") {
		t.Errorf("exit code %d, %s", code, words)
	}
	if code, words := s.tenon("organization", "create", "Beside"); code != 0 {
		t.Errorf("exit code %d, %s", code, words)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("the first ended with %d", code)
	}
	<-drained
	s.works()
}

// exec changes the database past the store.
func (s *site) exec(text string) {
	s.t.Helper()
	st, err := store.Open(ctx, store.Options{Dir: s.dir, DatabaseURL: s.url, Now: time.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	storetest.Exec(s.t, st, text)
	if err := st.Close(); err != nil {
		s.t.Fatal(err)
	}
}

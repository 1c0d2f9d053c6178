package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tenonhq/tenon/internal/cli"
	"github.com/tenonhq/tenon/internal/pgtest"
)

// lines is a writer that a test reads while a server writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	grew chan struct{}
}

func newLines() *lines { return &lines{grew: make(chan struct{}, 1)} }

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.grew <- struct{}{}:
	default:
	}
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a running "tenon serve".
type server struct {
	t    *testing.T
	env  []string
	url  string
	link string
	log  *lines
	stop context.CancelFunc
	code chan int
}

func serve(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &server{t: t, env: env, log: newLines(), stop: stop, code: make(chan int, 1)}
	out := newLines()
	go func() {
		s.code <- cli.Run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--drain", "5s"}, args...), strings.NewReader(""), out, s.log, env)
	}()
	t.Cleanup(stop)
	for s.url == "" || s.link == "" {
		select {
		case <-out.grew:
		case code := <-s.code:
			t.Fatalf("the server ended with %d:\n%s%s", code, out, s.log)
		}
		for line := range strings.SplitSeq(out.String(), "\n") {
			line = strings.TrimSpace(line)
			if rest, ok := strings.CutPrefix(line, "Tenon listens on "); ok {
				s.url = rest
			}
			if strings.Contains(line, "/link/") {
				s.link = line
			}
		}
	}
	return s
}

func (s *server) get(path string) (int, string) {
	s.t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// run runs a command beside the server.
func (s *server) run(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = cli.Run(context.Background(), args, strings.NewReader(""), &out, &err, s.env)
	return code, out.String(), err.String()
}

// TestServe starts a server on each database, works beside it with commands and
// with an API key, is refused where only one may be, and stops in order.
func TestServe(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"embedded", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env := []string{"TENON_DATA=" + dir}
			if engine != "embedded" {
				env = append(env, "TENON_DATABASE_URL="+pgtest.Database(t))
			}
			s := serve(t, env)
			if code, body := s.get("/livez"); code != http.StatusOK || !strings.Contains(body, "ok") {
				t.Errorf("livez: %d %s", code, body)
			}
			if code, body := s.get("/readyz"); code != http.StatusOK || !strings.Contains(body, `"database":"ok"`) {
				t.Errorf("readyz: %d %s", code, body)
			}
			if code, out, msg := s.run("organization", "create", "Beside"); code != 0 {
				t.Errorf("create beside the server: %d %s%s", code, out, msg)
			}
			if code, body := s.get(strings.TrimPrefix(s.link, s.url)); code != http.StatusOK || !strings.Contains(body, "<form") {
				t.Errorf("the one-time link: %d %s", code, body)
			}
			s.useKey()
			if code, _, msg := s.run("backup", filepath.Join(dir, "b.tenon")); code != 0 {
				t.Errorf("backup beside the server: %d %s", code, msg)
			}
			if code, _, msg := s.run("restore", filepath.Join(dir, "b.tenon")); code != 1 || !strings.Contains(msg, "server") {
				t.Errorf("restore beside the server: %d %s", code, msg)
			}
			s.importBeside(dir)
			s.stop()
			if code := <-s.code; code != 0 {
				t.Errorf("the server ended with %d:\n%s", code, s.log)
			}
			for line := range strings.SplitSeq(strings.TrimSpace(s.log.String()), "\n") {
				if !json.Valid([]byte(line)) {
					t.Errorf("the log has a line that is no JSON: %q", line)
				}
			}
			if strings.Contains(s.log.String(), s.link[strings.LastIndex(s.link, "/")+1:]) {
				t.Error("the one-time link is in the log")
			}
			if code, _, msg := s.run("restore", filepath.Join(dir, "b.tenon")); code != 0 {
				t.Errorf("restore without the server: %d %s", code, msg)
			}
		})
	}
}

// useKey makes a user and a key, and reads with it.
func (s *server) useKey() {
	t := s.t
	t.Helper()
	if code, _, msg := s.run("user", "create", "--email", "ada@msp.example", "--name", "Ada", "--role", "administrator"); code != 0 {
		t.Fatal(msg)
	}
	code, key, msg := s.run("key", "create", "--user", "ada@msp.example")
	if code != 0 || strings.Count(key, "\n") != 1 {
		t.Fatalf("key create: %d %q %s", code, key, msg)
	}
	req, err := http.NewRequest(http.MethodGet, s.url+"/api/v1/organizations", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(key))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(b), "Beside") {
		t.Errorf("with the key: %d %s %v", resp.StatusCode, b, err)
	}
}

// importBeside leaves the job of an import to the server and waits for it.
func (s *server) importBeside(dir string) {
	s.t.Helper()
	file := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(file, []byte("name\nOne\nTwo\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	code, out, msg := s.run("import", "csv", file, "--json")
	if code != 0 || !strings.Contains(out, `"created": 2`) {
		s.t.Errorf("import beside the server: %d %s%s", code, out, msg)
	}
}

func TestServeAlone(t *testing.T) {
	t.Parallel()
	s := serve(t, []string{"TENON_DATA=" + t.TempDir()})
	code, _, msg := s.run("serve", "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(msg, "A server is running") {
		t.Errorf("a second server: %d %s", code, msg)
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("the server ended with %d", code)
	}
}

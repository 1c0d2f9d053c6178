// Command smoke does what a newcomer does: it clones this repository into an
// empty folder, types `make run`, waits for the first page, looks for the demo
// data and stops the server. It prints the seconds of each step, and fails
// when one fails or when the whole takes longer than promised.
//
// With -cold it starts with empty caches: nothing downloaded, nothing built.
// It uses only Go's standard library and needs git, make, Go and Node, as the
// newcomer does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	coldLimit = 5 * time.Minute
	warmLimit = 30 * time.Second
	// What a demo must at least hold to be worth looking at.
	demoOrganizations = 100
	pollInterval      = 100 * time.Millisecond
	stopLimit         = 40 * time.Second // the server drains 25 s at most
)

func main() {
	cold := flag.Bool("cold", false, "start with empty caches")
	keep := flag.Bool("keep", false, "leave the clone behind")
	flag.Parse()
	if err := run(*cold, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

func run(cold, keep bool) error {
	dir, err := os.MkdirTemp("", "tenon-smoke-")
	if err != nil {
		return err
	}
	if keep {
		fmt.Println("in", dir)
	} else {
		defer removeAll(dir)
	}
	limit := warmLimit
	env := os.Environ()
	if cold {
		limit = coldLimit
		env = append(env, emptyCaches(dir)...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()

	start := time.Now()
	clone := filepath.Join(dir, "tenon")
	if out, err := exec.CommandContext(ctx, "git", "clone", "-q", ".", clone).CombinedOutput(); err != nil {
		return fmt.Errorf("git clone: %w\n%s", err, out)
	}
	step := stopwatch(start)
	step("cloned")

	s, err := startServer(clone, env)
	if err != nil {
		return err
	}
	defer s.kill()
	page, err := s.firstPage(ctx)
	if err != nil {
		return err
	}
	step("first page")
	took := time.Since(start)
	if err := s.checkPage(page); err != nil {
		return err
	}
	if err := s.checkDemo(ctx); err != nil {
		return err
	}
	step("demo data found")
	if err := s.stop(); err != nil {
		return err
	}
	step("stopped")
	fmt.Printf("first page after %.1f s (limit %.0f s)\n", took.Seconds(), limit.Seconds())
	if took > limit {
		return errors.New("too slow")
	}
	return nil
}

// stopwatch returns a function that prints what was done and when.
func stopwatch(start time.Time) func(what string) {
	return func(what string) { fmt.Printf("%6.1f s  %s\n", time.Since(start).Seconds(), what) }
}

// emptyCaches returns the settings that give Go and npm caches of their own.
func emptyCaches(dir string) []string {
	return []string{
		"GOMODCACHE=" + filepath.Join(dir, "gomod"),
		"GOCACHE=" + filepath.Join(dir, "gocache"),
		"npm_config_cache=" + filepath.Join(dir, "npm"),
	}
}

// removeAll removes the folder; Go's module cache is write-protected.
func removeAll(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return nil
	})
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
	}
}

// server is a running `make run`.
type server struct {
	clone, address string
	cmd            *exec.Cmd
	ended          chan struct{} // closed when make has ended
	result         error         // then: how

	mu     sync.Mutex
	output strings.Builder
}

// startServer types `make run` in the clone, with a free port so that a server
// of the developer may go on running.
func startServer(clone string, env []string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{clone: clone, address: l.Addr().String(), ended: make(chan struct{})}
	if err := l.Close(); err != nil {
		return nil, err
	}
	s.cmd = exec.Command("make", "run", "LISTEN="+s.address)
	s.cmd.Dir = clone
	s.cmd.Env = withoutMake(env)
	ownGroup(s.cmd)
	read, write := io.Pipe()
	s.cmd.Stdout, s.cmd.Stderr = write, write
	go s.collect(read)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.result = s.cmd.Wait()
		_ = write.Close() // never fails
		close(s.ended)
	}()
	return s, nil
}

// withoutMake drops the variables by which an outer make would pass its own
// flags and targets to the inner one.
func withoutMake(env []string) []string {
	var kept []string
	for _, e := range env {
		if !strings.HasPrefix(e, "MAKE") && !strings.HasPrefix(e, "MFLAGS=") {
			kept = append(kept, e)
		}
	}
	return kept
}

func (s *server) collect(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		s.mu.Lock()
		s.output.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
	}
}

// said returns what make and the server have printed so far.
func (s *server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// firstPage waits until the server answers / with a page, and returns it.
func (s *server) firstPage(ctx context.Context) (string, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	for {
		if page, ok := get(client, "http://"+s.address+"/"); ok {
			return page, nil
		}
		select {
		case <-s.ended:
			return "", fmt.Errorf("make run ended: %w\n%s", s.result, s.said())
		case <-ctx.Done():
			return "", fmt.Errorf("no page at http://%s/\n%s", s.address, s.said())
		case <-time.After(pollInterval):
		}
	}
}

func get(client *http.Client, url string) (string, bool) {
	resp, err := client.Get(url)
	if err != nil {
		return "", false
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), errors.Join(err, resp.Body.Close()) == nil && resp.StatusCode == http.StatusOK
}

// asset finds the addresses of scripts and styles in a page.
var asset = regexp.MustCompile(`(?:src|href)="(/[^"]+\.(?:js|css))"`)

// checkPage sees that the page is one, and that what it loads is there.
func (s *server) checkPage(page string) error {
	if !strings.Contains(page, "</html>") {
		return fmt.Errorf("the first page is none:\n%.500s", page)
	}
	found := asset.FindAllStringSubmatch(page, -1)
	if len(found) == 0 {
		return errors.New("the first page loads no style and no script: the assets are missing")
	}
	client := &http.Client{Timeout: 10 * time.Second}
	for _, f := range found {
		if _, ok := get(client, "http://"+s.address+f[1]); !ok {
			return fmt.Errorf("the first page loads %s, which is not there", f[1])
		}
	}
	return nil
}

// signIn finds the one-time link that the server prints at its first start.
var signIn = regexp.MustCompile(`https?://[^\s"']+/[^\s"']+`)

// checkDemo counts the organizations with the command line, beside the running
// server, and follows the printed link.
func (s *server) checkDemo(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "bin/tenon", "organization", "list", "--data", "./data", "--json")
	cmd.Dir = s.clone
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("organization list: %w\n%s", err, s.said())
	}
	var list []struct{ Name string }
	if err := json.Unmarshal(out, &list); err != nil {
		return fmt.Errorf("organization list: %w", err)
	}
	if len(list) < demoOrganizations {
		return fmt.Errorf("the demo has %d organizations, want at least %d", len(list), demoOrganizations)
	}
	link := signIn.FindString(s.said())
	if link == "" {
		return fmt.Errorf("no sign-in link was printed:\n%s", s.said())
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	if _, ok := get(&http.Client{Jar: jar, Timeout: 10 * time.Second}, link); !ok {
		return fmt.Errorf("the printed link %s does not open", link)
	}
	return nil
}

// stop interrupts the server as Ctrl-C does and waits for its orderly end.
func (s *server) stop() error {
	if err := interrupt(s.cmd); err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		return errors.New("the server does not stop")
	}
	if strings.Contains(s.said(), "panic:") {
		return fmt.Errorf("the server panicked:\n%s", s.said())
	}
	return nil
}

// kill ends what may still run. After an orderly stop there is nothing.
func (s *server) kill() {
	select {
	case <-s.ended:
	default:
		killGroup(s.cmd)
		<-s.ended
	}
}

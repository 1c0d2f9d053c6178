package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a throw-away PostgreSQL: data in a temporary folder, nothing
// flushed to disk unless asked, reachable on a loopback port and a Unix socket.
type Server struct {
	// URL is the address of the maintenance database, with a password made
	// for this server.
	URL string

	durable  bool
	dir      string
	life     io.Closer // while it is open the server lives
	guardian *exec.Cmd
}

const (
	startTimeout = time.Minute
	pollInterval = 20 * time.Millisecond
)

// guardianScript runs PostgreSQL and waits for the end of its own standard
// input, a pipe held by the starting process. The kernel closes that pipe
// however the process ends, kill -9 included; then the script stops the server
// and removes its folder. The shell does it because it outlives the process.
const guardianScript = `
postgres=$1 dir=$2
shift 2
{ "$postgres" "$@" </dev/null >>"$dir/log" 2>&1; : >"$dir/exited"; } &
cat >/dev/null
pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid"
wait
cd / && rm -rf "$dir"
`

// Options says what kind of server to start.
type Options struct {
	// Durable has the server keep its promises to the disk, as one in production
	// does: for measuring. Without it the data is in memory, where there is
	// plenty, and never flushed.
	Durable bool
}

// Start starts a server from the binaries that Binaries finds. It lives until
// Stop, or until this process ends.
func Start(o Options) (*Server, error) {
	bin, err := Binaries()
	if err != nil {
		return nil, err
	}
	parent := "" // the system's folder for temporary files
	if !o.Durable {
		parent = memoryFolder()
	}
	dir, err := os.MkdirTemp(parent, "tenon-pgtest-")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	s := &Server{dir: dir, durable: o.Durable}
	if err := s.start(bin); err != nil {
		_ = s.Stop() // the error that matters is the first one
		return nil, fmt.Errorf("pgtest: start PostgreSQL of %s: %w", bin, err)
	}
	return s, nil
}

func (s *Server) start(bin string) error {
	password := rand.Text()
	if err := s.initialize(bin, password); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	if err := s.launch(bin, port); err != nil {
		return err
	}
	s.URL = (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword("postgres", password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}).String()
	return s.waitReady()
}

// initialize makes the data folder. PostgreSQL refuses to run as root, so root
// gives the folder to an unprivileged user and runs as that one.
func (s *Server) initialize(bin, password string) error {
	passwordFile := filepath.Join(s.dir, "password")
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	if err := giveAway(s.dir, passwordFile); err != nil {
		return err
	}
	// Plain passwords: the connection never leaves the machine, and SCRAM costs
	// some milliseconds per connection, of which tests make thousands.
	args := []string{"-D", filepath.Join(s.dir, "data"), "-U", "postgres", "-E", "UTF8",
		"--auth=password", "--pwfile=" + passwordFile, "--no-sync"}
	// C.UTF-8 sorts by code point like SQLite and still knows letters beyond
	// ASCII; systems without it get C.
	var out []byte
	var err error
	for _, locale := range []string{"C.UTF-8", "C"} {
		cmd := exec.Command(filepath.Join(bin, "initdb"), append(args, "--locale="+locale)...)
		cmd.Dir = s.dir
		dropRights(cmd)
		if out, err = cmd.CombinedOutput(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("initdb: %w\n%s", err, out)
}

// launch starts the guardian and with it the server.
func (s *Server) launch(bin string, port int) error {
	args := []string{"-c", guardianScript, "guardian", filepath.Join(bin, "postgres"), s.dir,
		"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-p", strconv.Itoa(port)}
	for _, setting := range s.settings() {
		args = append(args, "-c", setting)
	}
	s.guardian = exec.Command("/bin/sh", args...)
	s.guardian.Dir = s.dir
	dropRights(s.guardian)
	detach(s.guardian)
	pipe, err := s.guardian.StdinPipe()
	if err != nil {
		return err
	}
	if err := s.guardian.Start(); err != nil {
		s.guardian = nil
		return err
	}
	s.life = pipe
	return nil
}

func (s *Server) settings() []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"max_connections=300",
		"shared_buffers=256MB",
		// Compiling a plan costs more than most queries of a test.
		"jit=off",
		"timezone=UTC",
	}
	if s.durable {
		return settings
	}
	// Data that dies with the server need not survive a power cut.
	return append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
		"wal_level=minimal", "max_wal_senders=0", "max_wal_size=2GB", "checkpoint_timeout=30min")
}

// waitReady returns when the server answers, or with its log when it ended.
func (s *Server) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			return conn.Close(ctx)
		}
		_, exited := os.Stat(filepath.Join(s.dir, "exited"))
		if exited == nil || ctx.Err() != nil {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log")) // no log is as telling as one
			return fmt.Errorf("the server does not answer: %w\n%s", err, log)
		}
		time.Sleep(pollInterval)
	}
}

// Stop ends the server at once and removes its data.
func (s *Server) Stop() error {
	if s.life != nil {
		_ = s.life.Close() // a pipe that is closed already does the same
		if err := s.guardian.Wait(); err != nil {
			return fmt.Errorf("pgtest: stop: %w", err)
		}
		s.life = nil
	}
	return os.RemoveAll(s.dir)
}

// freePort returns a loopback port that nobody listens on. Another process may
// take it before the server does; the server then says so in its log.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// Binaries returns the folder with initdb and postgres, newest version first
// where several are installed. When there is none it installs Debian's, if it
// may, and otherwise says what to do.
func Binaries() (string, error) {
	if bin, ok := findBinaries(); ok {
		return bin, nil
	}
	const advice = "pgtest: no PostgreSQL found: install it (Debian, Ubuntu: apt-get install postgresql), or set " + EnvURL
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return "", errors.New(advice)
	}
	if err := install(apt); err != nil {
		return "", fmt.Errorf("%s (tried apt-get: %w)", advice, err)
	}
	if bin, ok := findBinaries(); ok {
		return bin, nil
	}
	return "", errors.New(advice)
}

// install installs Debian's PostgreSQL. Several test programs may come here at
// once: apt-get's own lock lets them wait for each other.
func install(apt string) error {
	for _, args := range [][]string{
		{"update", "-q"},
		{"install", "-q", "-y", "--no-install-recommends", "postgresql"},
	} {
		cmd := exec.Command(apt, append([]string{"-o", "DPkg::Lock::Timeout=600"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

// findBinaries looks on the PATH and where distributions hide the server.
func findBinaries() (string, bool) {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
		"/usr/pgsql-*/bin",                   // Red Hat, packages of postgresql.org
		"/opt/homebrew/opt/postgresql*/bin",  // macOS on ARM
		"/usr/local/opt/postgresql*/bin",     // macOS on Intel
		"/Applications/Postgres.app/*/*/bin", // Postgres.app
	} {
		found, _ := filepath.Glob(pattern) // fails only for a malformed pattern
		for i := len(found) - 1; i >= 0; i-- {
			dirs = append(dirs, found[i])
		}
	}
	for _, dir := range dirs {
		if isProgram(filepath.Join(dir, "initdb")) && isProgram(filepath.Join(dir, "postgres")) {
			return dir, true
		}
	}
	return "", false
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&fs.FileMode(0o111) != 0
}

// unprivileged names the users that root runs the server as, best first.
func unprivileged() []string { return strings.Fields("postgres nobody") }

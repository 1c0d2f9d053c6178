package canary_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenonhq/tenon/internal/canary"
	"github.com/tenonhq/tenon/internal/pgtest"
)

// house is an installation that runs as a process of its own, and somebody who
// uses all its faces.
type house struct {
	t        *testing.T
	dir      string // everything: data, logs, tmp
	bin      string
	env      []string
	url      string
	server   *exec.Cmd
	client   *http.Client
	key      string
	secrets  []canary.Secret
	random   *rand.Rand
	database string
}

// signs are what a secret is made of: letters, and what every encoding changes.
const signs = `abcdefghkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789&<>"'/+ %=ü`

// secret plants: it makes a value, remembers it and returns it.
func (h *house) secret(name string) string {
	h.t.Helper()
	letters := []rune(signs)
	var b strings.Builder
	for range 18 {
		b.WriteRune(letters[h.random.IntN(len(letters))])
	}
	value := fmt.Sprintf("k%sz", b.String())
	h.plant(name, value, "")
	return value
}

// seed plants a seed of one-time codes.
func (h *house) seed(name string) string {
	const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var b strings.Builder
	for range 32 {
		b.WriteByte(base32[h.random.IntN(len(base32))])
	}
	h.plant(name, b.String(), "")
	return b.String()
}

func (h *house) plant(name, value, home string) {
	h.secrets = append(h.secrets, canary.Secret{Name: name, Value: value, Home: home})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// openHouse builds the program and starts its server.
func openHouse(t *testing.T, engine string) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(7, 11))}
	h.bin = filepath.Join(h.dir, "tenon")
	if out, err := exec.Command("go", "build", "-o", h.bin, "../../cmd/tenon").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, name := range []string{"data", "logs", "tmp", "mine"} {
		h.must(os.Mkdir(filepath.Join(h.dir, name), 0o700))
	}
	h.env = []string{"HOME=" + h.dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + filepath.Join(h.dir, "tmp"), "TENON_DATA=" + filepath.Join(h.dir, "data"),
		"TENON_LOG_LEVEL=debug", "TENON_SMTP=127.0.0.1:9", "TENON_SMTP_TLS=none", "TENON_SMTP_FROM=tenon@harbourline.example", "TENON_SMTP_USER=tenon",
		"TENON_SMTP_PASSWORD=" + h.secret("the password of the mail server")}
	if engine == "postgresql" {
		h.database = pgtest.Database(t)
		h.env = append(h.env, "TENON_DATABASE_URL="+h.database)
	}
	jar, err := cookiejar.New(nil)
	h.must(err)
	h.client = &http.Client{Jar: jar}
	h.serve()
	return h
}

// serve starts the server and waits until it answers.
func (h *house) serve() {
	h.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	address := l.Addr().String()
	h.must(l.Close())
	h.url = "http://" + address
	out, err := os.Create(h.path("mine/stdout"))
	h.must(err)
	log, err := os.Create(h.path("logs/stderr"))
	h.must(err)
	h.server = exec.Command(h.bin, "serve", "--listen", address, "--drain", "1s")
	h.server.Env, h.server.Stdout, h.server.Stderr = h.env, out, log
	h.must(h.server.Start())
	h.t.Cleanup(func() {
		_ = h.server.Process.Kill() // where the test has not stopped it
		_, _ = h.server.Process.Wait()
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 3000 {
		r, err := http.Get(h.url + "/readyz")
		if err == nil {
			h.must(r.Body.Close())
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		<-tick.C
	}
	h.t.Fatal("the server does not answer")
}

// stop ends the server as a supervisor does.
func (h *house) stop() {
	h.t.Helper()
	h.must(h.server.Process.Signal(syscall.SIGTERM))
	state, err := h.server.Process.Wait()
	h.must(err)
	if !state.Success() {
		h.t.Errorf("the server ended with %s", state)
	}
}

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

// command runs a command beside the server and returns what it prints.
func (h *house) command(args ...string) string {
	h.t.Helper()
	cmd := exec.Command(h.bin, args...)
	var out, log bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = h.env, &out, &log
	if err := cmd.Run(); err != nil {
		h.t.Fatalf("tenon %s: %v\n%s", args[0], err, log.String())
	}
	return out.String()
}

// answer is what a face said.
type answer struct {
	status int
	body   string
	values map[string]any
}

// text is a value of the answer by its path: "fields.1.key".
func (a answer) text(path string) string {
	var x any = a.values
	for name := range strings.SplitSeq(path, ".") {
		switch list := x.(type) {
		case map[string]any:
			x = list[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(list) {
				return ""
			}
			x = list[i]
		}
	}
	if n, ok := x.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprint(x)
}

func (h *house) ask(r *http.Request) answer {
	h.t.Helper()
	resp, err := h.client.Do(r)
	h.must(err)
	body, err := io.ReadAll(resp.Body)
	h.must(err)
	h.must(resp.Body.Close())
	a := answer{status: resp.StatusCode, body: string(body)}
	if json.Unmarshal(body, &a.values) != nil {
		a.values = nil
	}
	return a
}

// api asks the API and wants that status.
func (h *house) api(want int, method, path string, body any, header ...string) answer {
	h.t.Helper()
	text, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		h.must(err)
		text = string(b)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, h.url+path, strings.NewReader(text))
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+h.key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a := h.ask(r)
	if a.status != want {
		h.t.Fatalf("%s %s: %d, want %d\n%s", method, path, a.status, want, a.body)
	}
	return a
}

// page opens a page.
func (h *house) page(want int, path string) answer {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.url+path, nil)
	h.must(err)
	a := h.ask(r)
	if a.status != want {
		h.t.Fatalf("%s: %d, want %d\n%s", path, a.status, want, a.body)
	}
	return a
}

// form sends a form of ours.
func (h *house) form(want int, path string, pairs ...string) answer {
	h.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, h.url+path, strings.NewReader(values.Encode()))
	h.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a := h.ask(r)
	if a.status != want {
		h.t.Fatalf("POST %s: %d, want %d\n%s", path, a.status, want, a.body)
	}
	return a
}

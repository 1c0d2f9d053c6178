// Command bench compares Tenon with PocketBase: two servers on one machine, the
// same records, the same four connections, one after the other in one run.
// Both are real processes over SQLite, in write-ahead mode with the same
// flushing (synchronous=NORMAL, which is what PocketBase sets by itself). Both
// count the whole list with each page, and neither keeps a log of requests.
// What Tenon writes besides for each creation is its activity, its revision,
// its search entry and its id in one sequence.
//
// Beside the rates stands what each server spends of the processor for one
// request: on a machine that others use too, that hardly changes. Who asks runs
// on the same machine, so it writes and reads plain HTTP on its connections
// itself, with one processor: a client of the library would take a third of both.
//
//	go run .            builds both, measures, prints a line for each
//
// It ends with 1 where Tenon is slower than it has to be.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	records     = 10_000
	connections = 4
	perPage     = 50
	rounds      = 5
	span        = 4 * time.Second
	// What it must be, as a multiple of the other's requests in a second.
	listRatio   = 2.0
	createRatio = 1.5
)

// peer is one of the two servers, and how it is asked.
type peer struct {
	name   string
	base   string
	header [2]string
	cmd    *exec.Cmd
	list   func(page int) string
	create func(i int) (path string, body any)
	media  string
}

func main() {
	log.SetFlags(0)
	runtime.GOMAXPROCS(1)
	ok, err := compare()
	if err != nil {
		log.Fatal(err)
	}
	if !ok {
		os.Exit(1)
	}
}

func compare() (ok bool, err error) {
	dir, err := os.MkdirTemp("", "tenon-bench")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tenon, err := startTenon(dir)
	if err != nil {
		return false, err
	}
	defer tenon.stop()
	other, err := startPocketBase(dir)
	if err != nil {
		return false, err
	}
	defer other.stop()
	peers := []*peer{tenon, other}
	creates, lists := rates{}, rates{}
	for _, p := range peers {
		before := p.spent()
		took, err := p.fill(records)
		if err != nil {
			return false, err
		}
		creates.add(p, records/took.Seconds(), p.spent()-before, took)
	}
	for round := range rounds {
		for _, p := range peers {
			err := lists.drive(p, span, func(c *client) error {
				return p.get(c, p.list(1+rand.IntN(records/perPage)))
			})
			if err != nil {
				return false, err
			}
		}
		for _, p := range peers {
			from := records * (round + 2)
			var at atomic.Int64
			err := creates.drive(p, span/2, func(c *client) error { return p.post(c, from+int(at.Add(1))) })
			if err != nil {
				return false, err
			}
		}
	}
	a := report(fmt.Sprintf("list %d of %d and more organizations", perPage, records), lists, tenon.name, other.name, listRatio)
	b := report("create organizations (Tenon writes activity, revision and search entry too)", creates, tenon.name, other.name, createRatio)
	return a && b, nil
}

// rates are requests in a second, and seconds of the processor for a request,
// of each server.
type rates map[string]*[2][]float64

// add keeps a rate at which a server answered for that long, and what it spent.
func (r rates) add(p *peer, rate float64, spent, took time.Duration) {
	if r[p.name] == nil {
		r[p.name] = &[2][]float64{}
	}
	r[p.name][0] = append(r[p.name][0], rate)
	r[p.name][1] = append(r[p.name][1], spent.Seconds()/(rate*took.Seconds()))
}

// drive asks a server for a while, and keeps how that went.
func (r rates) drive(p *peer, d time.Duration, ask func(*client) error) error {
	before := p.spent()
	rate, took, err := p.drive(d, ask)
	r.add(p, rate, p.spent()-before, took)
	return err
}

// report prints the medians, their ratio, and whether it is what it must be.
func report(what string, of rates, one, other string, must float64) bool {
	x, y := median(of[one][0]), median(of[other][0])
	fmt.Printf("%s, %d connections: %s %.0f/s (%.2f ms of processor each), %s %.0f/s (%.2f ms), ratio %.2f (at least %.1f)\n", what, connections,
		one, x, 1000*median(of[one][1]), other, y, 1000*median(of[other][1]), x/y, must)
	return x/y >= must
}

func median(l []float64) float64 {
	l = slices.Clone(l)
	slices.Sort(l)
	return l[len(l)/2]
}

func startTenon(dir string) (*peer, error) {
	bin, data := filepath.Join(dir, "tenon"), filepath.Join(dir, "tenon-data")
	if err := build("..", bin, "./cmd/tenon"); err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"user", "create", "--email", "bench@example.com", "--name", "Bench", "--role", "administrator"}} {
		if out, err := exec.Command(bin, append(args, "--data", data)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	key, err := exec.Command(bin, "key", "create", "--user", "bench@example.com", "--data", data).Output()
	if err != nil {
		return nil, err
	}
	addr, err := free()
	if err != nil {
		return nil, err
	}
	p := &peer{
		name: "Tenon", base: "http://" + addr, header: [2]string{"x-api-key", strings.TrimSpace(string(key))}, media: "application/vnd.api+json",
		list: func(page int) string {
			return fmt.Sprintf("/itglue/organizations?page[size]=%d&page[number]=%d&sort=name", perPage, page)
		},
		create: func(i int) (string, any) {
			return "/itglue/organizations", map[string]any{"data": map[string]any{"type": "organizations", "attributes": attributes(i, "-")}}
		},
	}
	// The limit on requests is raised: it is not what is measured.
	p.cmd = exec.Command(bin, "serve", "--data", data, "--listen", addr, "--itglue-limit", "0", "--log-level", "error")
	p.cmd.Stdout, p.cmd.Stderr = io.Discard, os.Stderr
	return p, p.start()
}

func startPocketBase(dir string) (*peer, error) {
	bin := filepath.Join(dir, "pocketbase")
	if err := build(".", bin, "./pocketbase"); err != nil {
		return nil, err
	}
	addr, err := free()
	if err != nil {
		return nil, err
	}
	p := &peer{
		name: "PocketBase", base: "http://" + addr, media: "application/json",
		list: func(page int) string {
			return fmt.Sprintf("/api/collections/organizations/records?perPage=%d&page=%d&sort=name", perPage, page)
		},
		create: func(i int) (string, any) { return "/api/collections/organizations/records", attributes(i, "_") },
	}
	p.cmd = exec.Command(bin, filepath.Join(dir, "pocketbase-data"), addr)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = os.Stderr
	if err := p.start(); err != nil {
		return nil, err
	}
	token, err := bufio.NewReader(out).ReadString('\n')
	p.header = [2]string{"Authorization", strings.TrimSpace(token)}
	return p, err
}

func attributes(i int, dash string) map[string]any {
	return map[string]any{
		"name": fmt.Sprintf("Organization %06d", i*7919%1_000_003), "short" + dash + "name": fmt.Sprintf("O%d", i),
		"description":            "One of many clients, with a description of an ordinary length.",
		"quick" + dash + "notes": "Ask for the key at the desk. The server room is behind the kitchen.",
	}
}

func build(dir, bin, pkg string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, pkg)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", pkg, err, out)
	}
	return nil
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts the server and waits until it answers.
func (p *peer) start() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for range 300 {
		if r, err := http.Get(p.base + "/"); err == nil {
			return r.Body.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer", p.name)
}

func (p *peer) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt) // it has ended already, or will be killed
	_ = p.cmd.Wait()
}

// spent is what the server has spent of the processor so far, where the system
// tells (Linux, in hundredths of a second).
func (p *peer) spent() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // in programs, and in the system for them
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// fill creates n records over the connections.
func (p *peer) fill(n int) (time.Duration, error) {
	var at atomic.Int64
	start := time.Now()
	err := p.each(func(c *client) error {
		for {
			i := int(at.Add(1))
			if i > n {
				return nil
			}
			if err := p.post(c, i); err != nil {
				return err
			}
		}
	})
	return time.Since(start), err
}

// drive asks for a while over the connections and returns requests in a second,
// and how long it was.
func (p *peer) drive(d time.Duration, ask func(*client) error) (float64, time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var n atomic.Int64
	start := time.Now()
	err := p.each(func(c *client) error {
		for ctx.Err() == nil {
			if err := ask(c); err != nil {
				return err
			}
			n.Add(1)
		}
		return nil
	})
	took := time.Since(start)
	return float64(n.Load()) / took.Seconds(), took, err
}

// each runs fn once for each connection.
func (p *peer) each(fn func(*client) error) error {
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
			if err != nil {
				errs[i] = err
				return
			}
			errs[i] = errors.Join(fn(&client{conn: conn, answers: bufio.NewReaderSize(conn, 64<<10)}), conn.Close())
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// client is one connection that stays open.
type client struct {
	conn    net.Conn
	answers *bufio.Reader
	request []byte // its memory is used again
	body    bytes.Buffer
}

func (p *peer) get(c *client, path string) error {
	body, err := p.ask(c, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if n := bytes.Count(body, []byte(`"Organization `)); n != perPage {
		return fmt.Errorf("%s: %s has %d records, not %d", p.name, path, n, perPage)
	}
	return nil
}

func (p *peer) post(c *client, i int) error {
	path, body := p.create(i)
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = p.ask(c, http.MethodPost, path, text)
	return err
}

// ask sends a request and returns the body of the answer, which is valid until
// the next one.
func (p *peer) ask(c *client, method, path string, body []byte) ([]byte, error) {
	c.request = fmt.Appendf(c.request[:0], "%s %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\n", method, path, strings.TrimPrefix(p.base, "http://"), p.header[0], p.header[1])
	if body != nil {
		c.request = fmt.Appendf(c.request, "Content-Type: %s\r\nContent-Length: %d\r\n", p.media, len(body))
	}
	c.request = append(append(c.request, "\r\n"...), body...)
	if _, err := c.conn.Write(c.request); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return nil, err
	}
	c.body.Reset()
	_, err = c.body.ReadFrom(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode > 201 {
		return nil, fmt.Errorf("%s: %s %s answers %d: %.300s", p.name, method, path, resp.StatusCode, c.body.Bytes())
	}
	return c.body.Bytes(), nil
}

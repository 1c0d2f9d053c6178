package killtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var ctx = context.Background()

// long tells that there is time for many more.
func long() bool { return os.Getenv("TENON_TEST_LONG") != "" }

// built makes the driver once for all tests of this process. It is not built
// with the race detector, which would take its time for what is killed anyway.
var built struct {
	sync.Once
	dir, file string
	err       error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

func driver(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "tenon-driver"); built.err != nil {
			return
		}
		built.file = filepath.Join(built.dir, "driver")
		out, err := exec.Command("go", "build", "-tags", "failpoint", "-o", built.file, "./driver").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("build the driver: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.file
}

// house is one installation, beside the process that is killed.
type house struct {
	*World
	t        *testing.T
	dir, url string
	made     int
	env      []string // for the driver
}

func newHouse(t *testing.T, engine string) *house {
	t.Helper()
	o := storetest.Options(t, engine, storetest.NewClock())
	h := &house{t: t, dir: t.TempDir()}
	if o.DatabaseURL != "" {
		h.url = o.DatabaseURL
	} else {
		o.Dir = h.dir
	}
	o.Now = time.Now // as the driver: time goes on from one to the other
	w, err := Open(ctx, h.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		storetest.SaysInCatalogue(t, h.Store)
		h.must(w.Close())
	})
	h.World = w
	return h
}

// engines runs the test on both databases.
func engines(t *testing.T, fn func(h *house)) {
	t.Helper()
	driver(t)
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(newHouse(t, engine))
		})
	}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// child is the driver, to be started.
func (h *house) child(step string, args ...string) *exec.Cmd {
	url := h.url
	if url != "" {
		url += "&application_name=driver"
	}
	cmd := exec.Command(driver(h.t), append([]string{h.dir, url}, args...)...)
	cmd.Env = append(append(os.Environ(), h.env...), EnvStep+"="+step)
	return cmd
}

// killAt runs the driver until it kills itself at the step.
func (h *house) killAt(step string, args ...string) {
	h.t.Helper()
	cmd := h.child(step, args...)
	var words strings.Builder
	cmd.Stderr = &words
	err := cmd.Run()
	if !killed(err) {
		h.t.Fatalf("%v was not killed at %s: %v\n%s", args, step, err, words.String())
	}
	h.gone()
}

// killAfter runs the driver and kills it once it has begun so many statements;
// it tells whether that was before the driver ended by itself.
func (h *house) killAfter(statements int, args ...string) bool {
	h.t.Helper()
	cmd := h.child("", args...)
	var words strings.Builder
	cmd.Stderr = &words
	out, err := cmd.StdoutPipe()
	h.must(err)
	h.must(cmd.Start())
	_, err = io.CopyN(io.Discard, out, int64(statements))
	if err != nil && !errors.Is(err, io.EOF) {
		h.t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		h.t.Fatal(err)
	}
	err = cmd.Wait()
	h.gone()
	if err != nil && !killed(err) {
		h.t.Fatalf("%v: %v\n%s", args, err, words.String())
	}
	return err != nil
}

func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signal() == syscall.SIGKILL
}

// gone waits until a PostgreSQL has noticed that the driver is dead: what it
// had sent may still be at work.
func (h *house) gone() {
	h.t.Helper()
	pool, ok := h.Store.Raw().(*pgxpool.Pool)
	if !ok {
		return
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		var n int
		h.must(pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'driver'`).Scan(&n))
		if n == 0 {
			return
		}
		<-tick.C
	}
}

// clean proves every invariant.
func (h *house) clean(after string) {
	h.t.Helper()
	found, err := check.Run(ctx, h.Store, check.Options{Keys: h.Keys, Blobs: h.Blobs, Deep: true})
	h.must(err)
	for _, v := range found {
		h.t.Errorf("after %s: %s", after, v)
	}
}

// cleanButSearch leaves out what takes its time with many records (search
// entries and shown numbers); the end of the test looks at those.
func (h *house) cleanButSearch(after string) {
	h.t.Helper()
	found, err := check.Run(ctx, h.Store, check.Options{Keys: h.Keys, Blobs: h.Blobs, Deep: true,
		Only: []string{"I1", "I2", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12", "I14", "I16", "I18", "I19", "I21"}})
	h.must(err)
	for _, v := range found {
		h.t.Errorf("after %s: %s", after, v)
	}
}

func (h *house) census() check.Census {
	h.t.Helper()
	c, err := check.Take(ctx, h.Store)
	h.must(err)
	return c
}

// same wants that nothing of clients has changed since, but for versions that
// were kept of what was changed and put back.
func (h *house) same(after string, before check.Census) {
	h.t.Helper()
	for _, d := range before.Diff(h.census()) {
		if !strings.HasPrefix(d, "revisions ") || !strings.HasSuffix(d, " is new") {
			h.t.Errorf("after %s: %s", after, d)
		}
	}
}

// org makes an organization with one of everything that an operation could lose.
func (h *house) org(values tenon.Values, items int) tenon.OrgID {
	h.t.Helper()
	h.made++
	v := values.Clone()
	v["name"] = fmt.Sprintf("Client %d", h.made)
	domains := []string{fmt.Sprintf("client%d.example", h.made)}
	o, err := h.Core.CreateOrganization(ctx, Admin, core.OrganizationChange{Values: v, Domains: &domains})
	h.must(err)
	h.must(h.Store.Write(ctx, func(tx *store.Tx) error {
		for i := range items {
			if _, err := h.Core.CreateItemIn(tx, Admin, tenon.Configuration, o.ID, core.ItemChange{Values: tenon.Values{"name": fmt.Sprintf("pc-%d", i)}}); err != nil {
				return err
			}
		}
		word := secret.NewText("hunter2")
		_, err := h.Core.CreateItemIn(tx, Admin, tenon.Password, o.ID, core.ItemChange{Values: tenon.Values{"name": "root"}, Secrets: map[string]*secret.Text{"password": &word}})
		return err
	}))
	i, err := h.Core.CreateItem(ctx, Admin, tenon.Document, o.ID, core.ItemChange{Values: tenon.Values{"name": "plan"}})
	h.must(err)
	_, err = h.Core.Attach(ctx, Admin, i.ID, "plan.txt", "text/plain", strings.NewReader("rack 1"))
	h.must(err)
	h.made++
	name, mail, role := "Person", fmt.Sprintf("p%d@msp.example", h.made), tenon.Editor
	u, err := h.Core.CreateUser(ctx, Admin, core.UserChange{Name: &name, Email: &mail, Role: &role})
	h.must(err)
	h.must(h.Core.Grant(ctx, Admin, tenon.Subject{Kind: "user", ID: int64(u.ID)}, o.ID))
	return o.ID
}

// state is how the organization stands; "purged" where there is none any more.
func (h *house) state(id tenon.OrgID) (s tenon.OrgState) {
	h.t.Helper()
	h.must(h.Store.Read(ctx, func(tx *store.Tx) error {
		o, err := tx.GetOrganization(Admin, id)
		if tenon.CodeOf(err) == tenon.NotFound {
			s = tenon.Purged
			return nil
		}
		if err == nil {
			s = o.State
		}
		return err
	}))
	return s
}

// operations returns what was done of a kind, the newest first.
func (h *house) operations(kind string) (ops []tenon.Operation) {
	h.t.Helper()
	h.must(h.Store.Read(ctx, func(tx *store.Tx) (err error) {
		ops, _, err = tx.ListOperations(Admin, store.OperationQuery{Kind: kind, Page: tenon.Page{Limit: 200}})
		return err
	}))
	return ops
}

// rows is how many rows the files for imports have: three chunks.
const rows = 60

// file writes a CSV file of organizations, all of whose names begin alike.
func (h *house) file(prefix string) string {
	h.t.Helper()
	var b strings.Builder
	b.WriteString("name,short_name,quick_notes\n")
	for i := range rows {
		// Every tenth name stands there twice.
		fmt.Fprintf(&b, "%s site %d,%s%d,\"row, %d\"\n", prefix, i-i%10/9, prefix, i, i)
	}
	name := filepath.Join(h.t.TempDir(), prefix+".csv")
	h.must(os.WriteFile(name, []byte(b.String()), 0o600))
	return name
}

// imported says what an import made of a file, without the prefix and ids.
func (h *house) imported(prefix string) string {
	h.t.Helper()
	var out []string
	for cursor := ""; ; {
		page, next, err := h.Core.Organizations(ctx, Admin, store.OrgQuery{Search: prefix, Page: tenon.Page{Limit: 200, Cursor: cursor}})
		h.must(err)
		for _, o := range page {
			out = append(out, strings.ReplaceAll(o.Values.JSON(), prefix, ""))
		}
		if cursor = next; cursor == "" {
			slices.Sort(out)
			return fmt.Sprintf("%d: %s", len(out), strings.Join(out, "\n"))
		}
	}
}

// drain lets jobs go on as a start of the server does.
func (h *house) drain() {
	h.t.Helper()
	patience := 5 * time.Minute // only what hangs meets it, also where all runs tenfold slower
	if long() {
		patience = time.Hour
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h.must(h.Jobs.Drain(limited))
}

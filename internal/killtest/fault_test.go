package killtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// errFull is what the failing statement answers.
var errFull = &tenon.Error{Code: tenon.Unavailable, Message: "There is no room left. Nothing was changed."}

// fault fails one statement: the nth from when it was armed.
type fault struct {
	mu   sync.Mutex
	left int
}

func (f *fault) arm(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = n
}

// spent tells whether the statement came, and disarms.
func (f *fault) spent() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.left
	f.left = 0
	return was == 0
}

func (f *fault) before(string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 {
		return nil
	}
	if f.left--; f.left == 0 {
		return errFull
	}
	return nil
}

// everything is each row of each table, as a backup holds them.
func (h *house) everything() map[string]string {
	h.t.Helper()
	out := map[string]string{}
	h.must(h.Store.Read(ctx, func(tx *store.Tx) error {
		clear(out)
		tables, err := tx.SystemCopyTables()
		if err != nil {
			return err
		}
		for _, t := range tables {
			var b strings.Builder
			err := tx.SystemCopyOut(t, func(line []byte) error { _, err := b.Write(line); return err })
			if err != nil {
				return err
			}
			out[t.Name] = b.String()
		}
		return nil
	}))
	return out
}

// acts are the changes that must be whole or absent. Each stands on those
// before it.
type acts struct {
	*house
	source, target tenon.OrgID
	merged, gone   *tenon.Operation
	item           tenon.ItemID
}

type act struct {
	name string
	do   func() error
}

func (a *acts) all() []act {
	text := strings.Repeat("much to say. ", 2000)
	return []act{
		{"create organization", func() error {
			o, err := a.Core.CreateOrganization(ctx, Admin, core.OrganizationChange{Values: tenon.Values{"name": "Source", "short_name": "SRC", "quick_notes": text}})
			if err == nil {
				a.source = o.ID
			}
			return err
		}},
		{"edit", func() error {
			_, err := a.Core.UpdateOrganization(ctx, Admin, a.source, core.OrganizationChange{Values: tenon.Values{"name": "Source 2", "alert": text}})
			return err
		}},
		{"create item", func() error {
			i, err := a.Core.CreateItem(ctx, Admin, tenon.Configuration, a.source, core.ItemChange{Values: tenon.Values{"name": "pc", "notes": text}})
			if err == nil {
				a.item = i.ID
			}
			return err
		}},
		{"edit item", func() error {
			_, err := a.Core.UpdateItem(ctx, Admin, a.item, core.ItemChange{Values: tenon.Values{"name": "pc 2"}})
			return err
		}},
		{"attach", func() error {
			_, err := a.Core.Attach(ctx, Admin, a.item, "plan.txt", "text/plain", strings.NewReader("rack 1"))
			return err
		}},
		{"merge", func() (err error) {
			a.merged, err = a.MergeIn(ctx, a.source, a.target)
			return err
		}},
		{"undo", func() error {
			_, err := a.Merge.Undo(ctx, Admin, a.merged.ID)
			return err
		}},
		{"delete an item", func() (err error) {
			a.gone, err = a.Discard(ctx, a.item)
			return err
		}},
		{"restore an item", func() error {
			_, err := a.Trash.Undo(ctx, Admin, a.gone.ID)
			return err
		}},
		{"delete", func() (err error) {
			a.gone, err = a.Delete(ctx, a.source)
			return err
		}},
		{"restore", func() error {
			_, err := a.Trash.Undo(ctx, Admin, a.gone.ID)
			return err
		}},
	}
}

// refuses wants an answer in words, and nothing changed.
func (h *house) refuses(what string, err error, before map[string]string) {
	h.t.Helper()
	if tenon.CodeOf(err) != tenon.Unavailable || !strings.HasSuffix(tenon.MessageOf(err), ".") {
		h.t.Errorf("%s: %v", what, err)
	}
	for name, rows := range h.everything() {
		if rows != before[name] {
			h.t.Errorf("%s: %s has changed%s", what, name, firstChange(rows, before[name]))
		}
	}
}

// faulty opens an installation whose statements can be made to fail.
func faulty(t *testing.T, engine string) (*house, *fault) {
	t.Helper()
	o := storetest.Options(t, engine, storetest.NewClock())
	h, f := &house{t: t, dir: t.TempDir()}, &fault{}
	o.Now, o.OnStatement = time.Now, f.before
	w, err := Open(ctx, h.dir, o)
	h.must(err)
	t.Cleanup(func() { h.must(w.Close()) })
	h.World = w
	return h, f
}

// TestEveryStatementFails lets each act fail at one of its statements after the
// other until it goes through: at every fifth, and at each in a long run.
func TestEveryStatementFails(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, f := faulty(t, engine)
			a := &acts{house: h, target: h.org(tenon.Values{}, 2)}
			total, step := 0, 5
			if long() {
				step = 1
			}
			for i, act := range a.all() {
				before := h.everything()
				for n := 1 + i%step; ; n += step {
					f.arm(n)
					err := act.do()
					if !f.spent() {
						h.must(err)
						break
					}
					if err == nil {
						t.Fatalf("%s went through although statement %d failed", act.name, n)
					}
					h.refuses(fmt.Sprintf("%s, statement %d", act.name, n), err, before)
					total++
				}
			}
			h.clean("all")
			t.Logf("%d statements failed, each once", total)
		})
	}
}

// TestStatementsOfAnImportFail lets statements of an import fail. Before it is
// confirmed that is said, and nothing is changed; after that its job tries again.
func TestStatementsOfAnImportFail(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, f := faulty(t, engine)
			want := h.unbrokenImport()
			step := 37
			if long() {
				step = 1
			}
			for n := 1; ; n += step {
				prefix := fmt.Sprintf("f%dq", n)
				done, before := len(h.operations(csvimport.Kind)), h.everything()
				file, err := os.Open(h.file(prefix))
				h.must(err)
				f.arm(n)
				_, err = h.Load(ctx, file)
				h.must(file.Close())
				if err != nil {
					f.spent()
					h.refuses(fmt.Sprintf("import, statement %d", n), err, before)
					continue
				}
				h.drainWhatever()
				came := f.spent()
				h.drain()
				h.importIsWhole(fmt.Sprintf("statement %d failed", n), h.operations(csvimport.Kind), done, prefix, want)
				if !came {
					break
				}
			}
			h.clean("all")
		})
	}
}

// drainWhatever lets jobs go on; what looks whether they have ended may be what fails.
func (h *house) drainWhatever() {
	h.t.Helper()
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := h.Jobs.Drain(limited); err != nil && !errors.Is(err, errFull) {
		h.t.Fatal(err)
	}
}

// TestFullDisk fills the embedded database: for each act, page by page, until
// there is room for it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	h := &house{t: t, dir: t.TempDir()}
	h.reopen(0)
	t.Cleanup(func() { h.must(h.Close()) })
	a := &acts{house: h, target: h.org(tenon.Values{}, 2)}
	refused := map[string]int{}
	for _, act := range a.all() {
		before, pages := h.everything(), h.pages()
		for room := int64(0); ; room += 1 + room {
			h.reopen(pages + room)
			err := act.do()
			if err == nil {
				break
			}
			refused[act.name]++
			h.refuses(fmt.Sprintf("%s with room for %d pages", act.name, room), err, before)
		}
	}
	for _, must := range []string{"create organization", "edit", "create item", "merge"} {
		if refused[must] == 0 {
			t.Errorf("%s was never refused: %v", must, refused)
		}
	}
	h.fullImport()
	h.reopen(0)
	h.clean("all")
	t.Logf("refused for want of pages: %v", refused)
}

// fullImport wants an import on a full disk to stop, and to go on where there is room.
func (h *house) fullImport() {
	h.t.Helper()
	h.reopen(0)
	want := h.unbrokenImport()
	done := len(h.operations(csvimport.Kind))
	file, err := os.Open(h.file("fullq"))
	h.must(err)
	_, err = h.Load(ctx, file)
	h.must(errors.Join(err, file.Close()))
	h.reopen(h.pages())
	for err = nil; err == nil; { // pages that became free hold something, too
		_, err = h.Core.CreateOrganization(ctx, Admin, core.OrganizationChange{Values: tenon.Values{"name": "Filler", "alert": strings.Repeat("full. ", 300)}})
	}
	if tenon.CodeOf(err) != tenon.Unavailable {
		h.t.Error(err)
	}
	limited, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	err = h.Jobs.Drain(limited)
	if err == nil {
		h.t.Error("the import had room on a full disk")
	}
	h.reopen(0)
	h.drain()
	h.importIsWhole("a full disk", h.operations(csvimport.Kind), done, "fullq", want)
}

// reopen opens the embedded database with so many pages at most.
func (h *house) reopen(pages int64) {
	h.t.Helper()
	if h.World != nil {
		h.must(h.Close())
	}
	w, err := Open(ctx, h.dir, store.Options{Dir: h.dir, Now: time.Now, MaxPages: pages})
	h.must(err)
	h.World = w
}

func (h *house) pages() (n int64) {
	h.t.Helper()
	db, ok := h.Store.Raw().(*sql.DB)
	if !ok {
		h.t.Fatal("pages are a thing of the embedded database")
	}
	h.must(db.QueryRow("PRAGMA page_count").Scan(&n))
	return n
}

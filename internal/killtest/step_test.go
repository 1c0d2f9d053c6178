package killtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/trash"
)

// At these two a transaction ends. Everything before the second is as if it had
// never been begun.
const (
	beforeCommit = "store/before-commit"
	committed    = "store/committed"
)

// steps says where each work is killed; "@2" is the second time there.
var steps = map[string][]string{
	"merge": {"merge/opened", "merge/narrowed", "merge/handed-over", "merge/state-set", "merge/fields-taken", "merge/receipt-written",
		"merge/sources-merged", "merge/reach-rebuilt", beforeCommit, committed},
	"undo": {"undo/locked", "undo/state-set", "undo/handed-back", "undo/fields-put-back", "undo/marked", "undo/reach-rebuilt", beforeCommit, committed},
	"delete": {"delete/opened", "delete/rehomed", "delete/one-state-set", "delete/one-state-set@2", "delete/states-set", "delete/receipt-written",
		beforeCommit, committed},
	"restore": {"restore/states-set", "restore/settled", "restore/come-home", "restore/marked", beforeCommit, committed},
	"discard": {"items/opened", "items/done", beforeCommit, committed},
	"import": {"import/opened", beforeCommit, committed, "job/begun", "import/begun", committed + "@3", "import/chunk-decided",
		"import/chunk-created@2", "import/chunk-updated", "import/chunk-noted@2", beforeCommit + "@4", committed + "@4", committed + "@5",
		"import/receipt-written", "import/finished", "job/worked"},
	"export": {"export/asked", beforeCommit, committed, "job/begun", "export/piece-stored", "export/piece-noted", "export/piece-stored@3", beforeCommit + "@5",
		committed + "@6", "export/piece-noted@4", "export/receipt-written", "job/worked"},
	"purge": {"purge/held", beforeCommit, committed, "job/begun", "purge/batch-removed", "purge/batch-removed@2", beforeCommit + "@3", committed + "@3",
		"purge/organization-blanked", "purge/organization-blanked@2", "purge/scrubbed", "purge/receipt-written", committed + "@6", "job/worked"},
	"many": {"many/opened", beforeCommit, committed, "job/begun", "many/chunk-done", "many/chunk-noted", "many/chunk-noted@2", committed + "@4",
		beforeCommit + "@5", "many/receipt-written", "job/worked"},
	"unmany": {"many/undo-opened", beforeCommit, committed, "many/undo-chunk-done", "many/undo-chunk-done@3", committed + "@4", "many/undo-receipt-written", "job/worked"},
	"cancel": {"cancel/asked", beforeCommit, committed, "job/begun", "many/receipt-written", "job/worked"},
}

// TestEveryStepIsThere keeps the table above and the steps in the code the same.
func TestEveryStepIsThere(t *testing.T) {
	t.Parallel()
	table := map[string]bool{}
	for _, s := range copySteps {
		table[s] = true
	}
	for _, s := range slices.Concat(demoSteps, undemoSteps) {
		name, _, _ := strings.Cut(s, "@")
		table[name] = true
	}
	for _, list := range steps {
		for _, s := range list {
			name, _, _ := strings.Cut(s, "@")
			table[name] = true
		}
	}
	code := stepsInCode(t)
	for _, s := range slices.Sorted(maps.Keys(code)) {
		if !table[s] {
			t.Errorf("%s says that it is at %s, and nothing is killed there", code[s], s)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(table)) {
		if code[s] == "" {
			t.Errorf("nothing is ever at %s", s)
		}
	}
}

// stepsInCode finds the calls of failpoint.At.
func stepsInCode(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || f.Sel.Name != "At" || len(call.Args) != 1 {
				return true
			}
			if x, ok := f.X.(*ast.Ident); !ok || x.Name != "failpoint" {
				return true
			}
			if text, ok := call.Args[0].(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(text.Value); err == nil {
					found[name] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestReleaseHasNoSteps proves that the product holds nothing of all this.
func TestReleaseHasNoSteps(t *testing.T) {
	t.Parallel()
	release := filepath.Join(t.TempDir(), "tenon")
	if out, err := exec.Command("go", "build", "-o", release, "../../cmd/tenon").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	product, err := os.ReadFile(release)
	if err != nil {
		t.Fatal(err)
	}
	killed, err := os.ReadFile(driver(t))
	if err != nil {
		t.Fatal(err)
	}
	for s := range stepsInCode(t) {
		if bytes.Contains(product, []byte(s)) {
			t.Errorf("the product knows the step %s", s)
		}
		if !bytes.Contains(killed, []byte(s)) {
			t.Errorf("the driver does not know the step %s", s)
		}
	}
}

func TestKilledMerge(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		target := h.org(tenon.Values{}, 2)
		source := h.org(tenon.Values{"short_name": "SRC", "quick_notes": "key at the desk"}, 2)
		h.org(tenon.Values{"parent_id": int64(source)}, 1)
		before := h.census()
		for _, step := range steps["merge"] {
			h.killAt(step, "merge", fmt.Sprint(source), fmt.Sprint(target))
			h.clean(step)
			want := tenon.Live
			if step == committed {
				want = tenon.Merged
			}
			if got := h.state(source); got != want {
				h.t.Fatalf("after %s the source is %s, want %s", step, got, want)
			}
			if want == tenon.Live {
				h.same(step, before)
				_, err := h.MergeIn(ctx, source, target)
				h.must(err)
			}
			_, err := h.Merge.Undo(ctx, Admin, h.operations("merge")[0].ID)
			h.must(err)
			h.same("the undo after "+step, before)
		}
	})
}

func TestKilledUndo(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		target := h.org(tenon.Values{}, 2)
		source := h.org(tenon.Values{"short_name": "SRC"}, 2)
		before := h.census()
		for _, step := range steps["undo"] {
			op, err := h.MergeIn(ctx, source, target)
			h.must(err)
			merged := h.census()
			h.killAt(step, "undo", op.ID.String())
			h.clean(step)
			want := tenon.Merged
			if step == committed {
				want = tenon.Live
			}
			if got := h.state(source); got != want {
				h.t.Fatalf("after %s the source is %s, want %s", step, got, want)
			}
			if want == tenon.Merged {
				h.same(step, merged)
				_, err = h.Merge.Undo(ctx, Admin, op.ID)
				h.must(err)
			}
			h.same("the undo after "+step, before)
		}
	})
}

func TestKilledDeleteAndRestore(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		above := h.org(tenon.Values{}, 2)
		below := h.org(tenon.Values{"parent_id": int64(above)}, 2)
		before := h.census()
		for _, work := range []string{"delete", "restore"} {
			for _, step := range steps[work] {
				id, was, becomes := int64(above), tenon.Live, tenon.Trashed
				if work == "restore" {
					op, err := h.Delete(ctx, above)
					h.must(err)
					id, was, becomes = int64(op.ID), tenon.Trashed, tenon.Live
				}
				h.killAt(step, work, fmt.Sprint(id))
				h.clean(step)
				want := was
				if step == committed {
					want = becomes
				}
				if a, b := h.state(above), h.state(below); a != want || b != want {
					h.t.Fatalf("%s killed at %s: %s above, %s below, want %s", work, step, a, b, want)
				}
				h.same(step, before)
				if want == tenon.Trashed {
					_, err := h.Trash.Undo(ctx, Admin, h.operations(trash.KindDelete)[0].ID)
					h.must(err)
				}
			}
		}
		if h.state(above) != tenon.Live {
			h.t.Error("it did not come back")
		}
		h.clean("all")
	})
}

func TestKilledDeleteOfAnItem(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		org := h.org(tenon.Values{}, 1)
		item := h.itemOf(org)
		before := h.census()
		for _, step := range steps["discard"] {
			done := len(h.operations(trash.KindItems))
			h.killAt(step, "discard", fmt.Sprint(item))
			h.clean(step)
			h.same(step, before)
			ops := h.operations(trash.KindItems)
			if got, want := len(ops)-done, map[bool]int{true: 1}[step == committed]; got != want {
				h.t.Fatalf("after %s there are %d more operations, want %d", step, got, want)
			}
			if len(ops) > done {
				_, err := h.Trash.Undo(ctx, Admin, ops[0].ID)
				h.must(err)
			}
		}
		h.clean("all")
	})
}

func TestKilledImport(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		want := h.unbrokenImport()
		for n, step := range steps["import"] {
			prefix := fmt.Sprintf("k%dq", n)
			done := len(h.operations(csvimport.Kind))
			h.killAt(step, "import", h.file(prefix))
			h.cleanButSearch(step)
			h.drain()
			ops := h.operations(csvimport.Kind)
			if step == "import/opened" || step == beforeCommit {
				if len(ops) != done || h.imported(prefix) != "0: " {
					h.t.Errorf("after %s there is some of an import that never was", step)
				}
				continue
			}
			h.importIsWhole(step, ops, done, prefix, want)
		}
		h.clean("all")
	})
}

func TestKilledPurge(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		want := h.unbrokenPurge()
		for _, step := range steps["purge"] {
			before := h.census()
			org := h.doomed()
			h.killAt(step, "purge", fmt.Sprint(org))
			h.cleanButSearch(step)
			if step == "purge/held" || step == beforeCommit {
				if got := h.state(org); got != tenon.Trashed {
					h.t.Errorf("after %s it is %s", step, got)
				}
				_, err := h.Purge(ctx, org) // the next try
				h.must(err)
			}
			h.drain()
			h.purgeIsWhole(step, org, before, want)
		}
		h.clean("all")
	})
}

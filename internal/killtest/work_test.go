package killtest

import (
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

// itemOf returns one of the organization's configurations.
func (h *house) itemOf(org tenon.OrgID) tenon.ItemID {
	h.t.Helper()
	page, _, err := h.Core.Items(ctx, Admin, store.ItemQuery{Kind: tenon.Configuration, Org: org})
	h.must(err)
	return page[0].ID
}

// imports is what an import that nobody disturbs gives.
type imports struct {
	counts map[string]int64
	made   string
}

func (h *house) unbrokenImport() imports {
	h.t.Helper()
	f, err := os.Open(h.file("wholeq"))
	h.must(err)
	op, err := h.Load(ctx, f)
	h.must(err)
	h.must(f.Close())
	h.drain()
	ops := h.operations(op.Kind)
	if ops[0].State != tenon.Finished {
		h.t.Fatalf("%s: %s", ops[0].State, ops[0].Error)
	}
	return imports{ops[0].Receipt.Counts, h.imported("wholeq")}
}

func (h *house) importIsWhole(after string, ops []tenon.Operation, done int, prefix string, want imports) {
	h.t.Helper()
	if len(ops) != done+1 || ops[0].State != tenon.Finished || !maps.Equal(ops[0].Receipt.Counts, want.counts) {
		h.t.Fatalf("after %s: %d imports, the last %s with %v, %q; want %v", after, len(ops)-done, ops[0].State, ops[0].Receipt.Counts, ops[0].Error, want.counts)
	}
	if h.imported(prefix) != want.made {
		h.t.Errorf("after %s the organizations are not those of an unbroken run", after)
	}
}

// doomed makes an organization, and one merged into it, and deletes them.
func (h *house) doomed() tenon.OrgID {
	h.t.Helper()
	org, other := h.org(tenon.Values{"short_name": "END"}, 55), h.org(tenon.Values{}, 3)
	_, err := h.MergeIn(ctx, other, org)
	h.must(err)
	_, err = h.Delete(ctx, org)
	h.must(err)
	return org
}

func (h *house) unbrokenPurge() map[string]int64 {
	h.t.Helper()
	before, org := h.census(), h.doomed()
	op, err := h.Purge(ctx, org)
	h.must(err)
	h.drain()
	ops := h.operations(op.Kind)
	h.purgeIsWhole("an unbroken run", org, before, ops[0].Receipt.Counts)
	return ops[0].Receipt.Counts
}

func (h *house) purgeIsWhole(after string, org tenon.OrgID, before check.Census, want map[string]int64) {
	h.t.Helper()
	op := h.operations(trash.KindPurge)[0]
	if op.State != tenon.Finished || op.SourceID != org || fmt.Sprint(op.Receipt.Counts) != fmt.Sprint(want) {
		h.t.Errorf("after %s: purge of %d is %s with %v, %q; want %v", after, op.SourceID, op.State, op.Receipt.Counts, op.Error, want)
	}
	if got := h.state(org); got != tenon.Purged {
		h.t.Errorf("after %s it is %s", after, got)
	}
	for _, d := range before.Diff(h.census()) {
		// Only the blank row of what was merged into it stays: its id leads there.
		if !strings.HasPrefix(d, "organizations ") || !strings.HasSuffix(d, " is new") {
			h.t.Errorf("after %s: %s", after, d)
		}
	}
}

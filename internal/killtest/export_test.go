package killtest

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
)

// exports are those that the tests' administrator has asked for, the newest first.
func (h *house) exports() []tenon.Export {
	h.t.Helper()
	page, _, err := h.Export.List(ctx, Admin, tenon.Page{})
	h.must(err)
	return page
}

// unpacked is what is in an export, by the names of its files.
func (h *house) unpacked(x *tenon.Export) map[string]string {
	h.t.Helper()
	d, err := h.Export.Open(ctx, Admin, x.ID)
	h.must(err)
	all, err := io.ReadAll(d)
	h.must(err)
	h.must(d.Close())
	z, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	h.must(err)
	out := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		h.must(err)
		text, err := io.ReadAll(in)
		h.must(err)
		if _, twice := out[f.Name]; twice {
			h.t.Errorf("%s is in it twice", f.Name)
		}
		out[f.Name] = string(text)
	}
	return out
}

// TestKilledExport kills an export at each of its steps: it is not there, or
// it goes on and holds what an unbroken one holds.
func TestKilledExport(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		for range 2 {
			org := h.org(tenon.Values{}, 4)
			_, err := h.Core.Attach(ctx, Admin, h.itemOf(org), "contract.txt", "", strings.NewReader("a contract of "+org.String()))
			h.must(err)
		}
		_, err := h.Export.Start(ctx, Admin, export.Request{})
		h.must(err)
		h.drain()
		want := h.unpacked(&h.exports()[0])
		if len(want) < 5 {
			h.t.Fatalf("an unbroken export holds only %d files", len(want))
		}
		for _, step := range steps["export"] {
			before := len(h.exports())
			h.killAt(step, "export", "everything")
			h.cleanButSearch(step)
			h.drain()
			list := h.exports()
			if step == "export/asked" || step == beforeCommit {
				if len(list) != before {
					h.t.Errorf("after %s there is an export that never was", step)
				}
				continue
			}
			if len(list) != before+1 || list[0].State != tenon.Finished {
				h.t.Fatalf("after %s there are %d exports, want %d; the newest is %s: %s", step, len(list), before+1, list[0].State, list[0].Error)
			}
			if !maps.Equal(h.unpacked(&list[0]), want) {
				h.t.Errorf("after %s it holds something else", step)
			}
			h.must(h.Export.Delete(ctx, Admin, list[0].ID))
		}
		h.clean("all")
	})
}

// TestCancelledExport cancels an export of which pieces are there: they go, and
// no file is left.
func TestCancelledExport(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		h.org(tenon.Values{}, 4)
		h.killAt("export/piece-noted@2", "export", "everything")
		x := h.exports()[0]
		_, err := h.Operations.Cancel(ctx, Admin, x.ID)
		h.must(err)
		h.drain()
		if x = h.exports()[0]; x.State != tenon.Finished || !x.Cancelled || x.Whole() || x.Size != 0 {
			h.t.Errorf("the export is %s, cancelled %v, of %d bytes: %s", x.State, x.Cancelled, x.Size, x.Error)
		}
		if _, err := h.Export.Open(ctx, Admin, x.ID); tenon.CodeOf(err) != tenon.Conflict {
			h.t.Errorf("its file: %v", err)
		}
		h.clean("a cancelled export")
	})
}

package killtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// copied runs a copy to its end in this process, and returns what it tells.
func (h *house) copied(url, key string) (*tenon.Operation, []glueimport.Problem) {
	h.t.Helper()
	op, err := h.Copy(ctx, url, secret.NewText(key))
	h.must(err)
	h.drain()
	op, err = h.operation(op.ID)
	h.must(err)
	if op.State != tenon.Finished {
		h.t.Fatalf("the copy is %s: %s", op.State, op.Error)
	}
	problems, err := h.Copier.Problems(ctx, Admin, op.ID)
	h.must(err)
	return op, problems
}

// copyOf runs a copy to its end in this process. There may be problems with the
// resources that are named, and with no others.
func (h *house) copyOf(a *account, but ...string) *tenon.Operation {
	h.t.Helper()
	op, problems := h.copied(a.url, a.key)
	problems = slices.DeleteFunc(problems, func(p glueimport.Problem) bool { return slices.Contains(but, p.Resource) })
	for _, p := range problems[:min(len(problems), 5)] {
		h.t.Errorf("%s %s %q: %s", p.Resource, p.External, p.Name, p.Message)
	}
	return op
}

func (h *house) operation(id tenon.OperationID) (op *tenon.Operation, err error) {
	err = h.Store.Read(ctx, func(tx *store.Tx) error {
		op, err = tx.GetOperation(Admin, id)
		return err
	})
	return op, err
}

// TestCopyOfAnAccount copies an account from one installation into another, and
// again: what it says is the same, down to the passwords, and nothing is twice.
func TestCopyOfAnAccount(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(11, 2)
		first := h.copyOf(a)
		samePicture(h.t, "after a copy", h.picture(true), a.picture(true))
		h.clean("a copy")
		revealed := a.events("reveal")
		if n := first.Receipt.Counts; n["failed"]+n["updated"]+n["skipped"] != 0 {
			h.t.Errorf("the first copy counts %v", n)
		}
		before := h.census()
		second := h.copyOf(a)
		n := second.Receipt.Counts
		if n["created"]+n["updated"]+n["skipped"]+n["failed"] != 0 || n["unchanged"] != first.Receipt.Counts["created"] {
			h.t.Errorf("the second copy counts %v, the first %v", n, first.Receipt.Counts)
		}
		for _, d := range before.Diff(h.census()) {
			h.t.Errorf("the second copy: %s", d)
		}
		if again := a.events("reveal"); again > revealed+2 { // the plan tries one, and so does its confirmation
			h.t.Errorf("the second copy opened %d passwords", again-revealed)
		}
	})
}

// TestCopyTellsOnce copies a password that cannot come: what is walked through
// twice counts and says so once, and again with each copy.
func TestCopyTellsOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(2, 1)
		var id tenon.ItemID
		a.must(a.Store.Read(ctx, func(tx *store.Tx) error {
			found, _, err := tx.ListItems(Admin, store.ItemQuery{Kind: tenon.Password, Page: tenon.Page{Limit: 1}})
			if err == nil {
				id = found[0].ID
			}
			return err
		}))
		_, err := a.Core.Restrict(ctx, Admin, id, []tenon.Subject{{Kind: "user", ID: a.copier}})
		a.must(err)
		for range 2 { // there is nobody here whom it could be restricted to
			op, err := h.Copy(ctx, a.url, secret.NewText(a.key))
			h.must(err)
			h.drain()
			op, err = h.operation(op.ID)
			h.must(err)
			problems, err := h.Copier.Problems(ctx, Admin, op.ID)
			h.must(err)
			if n := op.Receipt.Counts["failed"]; n != 1 || len(problems) != 1 || problems[0].External != id.String() {
				h.t.Errorf("%d failed: %+v", n, problems)
			}
		}
	})
}

// events counts the lines of one action in the activity log.
func (h *house) events(action string) (n int64) {
	h.t.Helper()
	h.must(h.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, _, err := tx.ListEvents(Admin, store.EventQuery{Action: action, Page: tenon.Page{Limit: tenon.MaxPage}})
		n = int64(len(list))
		return err
	}))
	return n
}

// TestCopyLeavesWhatIsOurs changes records on both sides between two copies.
func TestCopyLeavesWhatIsOurs(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(3, 4)
		h.copyOf(a)
		there := a.configurations()
		here := h.configurations()
		rename := func(h *house, id tenon.ItemID, notes string) {
			_, err := h.Core.UpdateItem(ctx, Admin, id, core.ItemChange{Values: tenon.Values{"notes": notes}})
			h.must(err)
		}
		names := []string{}
		for name := range there {
			names = append(names, name)
		}
		changedThere, changedHere, deletedHere := names[0], names[1], names[2]
		rename(a.house, there[changedThere], "changed there")
		rename(a.house, there[changedHere], "changed there too")
		rename(h, here[changedHere], "changed here")
		_, err := h.Discard(ctx, here[deletedHere])
		h.must(err)
		rename(a.house, there[deletedHere], "changed there as well")
		n := h.copyOf(a).Receipt.Counts
		if n["updated"] != 1 || n["skipped"] != 2 || n["created"] != 0 {
			h.t.Errorf("counts %v, want 1 updated and 2 left", n)
		}
		for name, want := range map[string]string{changedThere: "changed there", changedHere: "changed here"} {
			i, err := h.Core.Item(ctx, Admin, here[name])
			h.must(err)
			if got := i.Values.Text("notes"); got != want {
				h.t.Errorf("%s says %q, want %q", name, got, want)
			}
		}
		h.clean("a second copy")
	})
}

// configurations returns those of all organizations by their names.
func (h *house) configurations() map[string]tenon.ItemID {
	h.t.Helper()
	page, _, err := h.Core.Items(ctx, Admin, store.ItemQuery{Kind: tenon.Configuration, Page: tenon.Page{Limit: tenon.MaxPage}})
	h.must(err)
	out := map[string]tenon.ItemID{}
	for _, i := range page {
		out[i.Name] = i.ID
	}
	return out
}

// TestUndoOfACopy takes a copy back: what came is in the trash, and comes
// again with another copy.
func TestUndoOfACopy(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(3, 1)
		op := h.copyOf(a)
		h.undoCopy(op)
		h.clean("an undo")
		h.copyOf(a)
		samePicture(h.t, "after another copy", h.picture(true), a.picture(true))
	})
}

// TestUndoOfAFailedCopy lets a copy fail half-way, as whoever began it may not
// sign in any more. What it brought until then is taken back by somebody else,
// and comes again with another copy.
func TestUndoOfAFailedCopy(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(5, 2)
		h.Copier.PatientFor(0)
		h.administrator("Staying")
		who := h.administrator("Leaving")
		o := glueimport.Options{URL: a.url, Key: secret.NewText(a.key), Requests: 1_000_000}
		p, err := h.Copier.Plan(ctx, who, o)
		h.must(err)
		op, err := h.Copier.Run(ctx, who, o, p)
		h.must(err)
		before := len(a.asked)
		a.instead = func(w http.ResponseWriter) bool {
			if len(a.asked) < before+20 {
				return false
			}
			if _, err := h.Core.DisableUser(ctx, Admin, who.User); err != nil {
				h.t.Error(err)
			}
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		h.drain()
		a.instead = nil
		op, err = h.operation(op.ID)
		h.must(err)
		if op.State != tenon.Failed || op.Done == 0 || len(h.picture(false)) == 0 {
			h.t.Fatalf("the copy is %s after %d records: %s", op.State, op.Done, op.Error)
		}
		h.must(h.Store.Read(ctx, func(tx *store.Tx) error {
			from, err := tx.SystemCopySource(a.url)
			if err == nil && len(from.Sealed) > 0 {
				h.t.Error("the key to the account is still here after its copy has failed")
			}
			return err
		}))
		can, err := h.Operations.CanUndo(ctx, Admin, op.ID)
		h.must(err)
		if !can.Possible {
			h.t.Fatalf("a failed copy cannot be taken back: %s", can.Reason)
		}
		h.undoCopy(op)
		h.clean("the undo of a failed copy")
		h.copyOf(a)
		samePicture(h.t, "after another copy", h.picture(true), a.picture(true))
	})
}

// undoCopy takes a copy back, and looks at what the undo says of itself on the
// way and at its end.
func (h *house) undoCopy(op *tenon.Operation) {
	h.t.Helper()
	undo, err := h.Operations.Undo(ctx, Admin, op.ID)
	h.must(err)
	if undo.State != tenon.Running || undo.Total == 0 {
		h.t.Errorf("the undo begins %s with %d to do", undo.State, undo.Total)
	}
	h.drain()
	undo, err = h.operation(undo.ID)
	h.must(err)
	if undo.State != tenon.Finished || undo.Done == 0 || undo.Done != undo.Total || undo.Receipt.Counts["trashed"] == 0 {
		h.t.Errorf("the undo ends %s with %d of %d: %v", undo.State, undo.Done, undo.Total, undo.Receipt.Counts)
	}
	if lines := h.picture(false); len(lines) > 0 {
		h.t.Errorf("%d records are left, such as %s", len(lines), lines[0])
	}
}

// administrator is somebody with an account, who may do everything.
func (h *house) administrator(name string) (v tenon.Viewer) {
	h.t.Helper()
	mail, role, all := name+"@msp.example", tenon.Administrator, true
	u, err := h.Core.CreateUser(ctx, Admin, core.UserChange{Name: &name, Email: &mail, Role: &role, Everywhere: &all})
	h.must(err)
	h.must(h.Store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = tx.LoadViewer(u.ID)
		return err
	}))
	return v
}

// copySteps are where a copy is killed; it goes on where it was.
var copySteps = []string{"copy/page-read", "copy/chunk-written", "copy/step-done", "copy/hung", "copy/receipt-written"}

// listsBeforeTypes is how many lists are copied before the flexible asset types:
// each is done behind the kill at its chunk, and the types are taken again.
const listsBeforeTypes = 12

// TestCopyKilledAnytime kills a copy at random moments until it is whole, and at
// each of its named steps.
func TestCopyKilledAnytime(t *testing.T) {
	t.Parallel()
	randomly(t, func(h *house, r *rand.Rand) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(5, 2)
		h.env = []string{"TENON_IMPORT_KEY=" + a.key}
		want := a.picture(false)
		for range listsBeforeTypes + 1 {
			h.killAt("copy/chunk-written", "copy", a.url)
		}
		for _, step := range copySteps {
			h.killAt(step, "copy", a.url)
			h.cleanButSearch(step)
		}
		for range moments() {
			if !h.killAfter(1+r.IntN(600), "copy", a.url) {
				break
			}
			h.cleanButSearch("a kill")
		}
		h.drain()
		h.copyOf(a)
		samePicture(h.t, "after kills", h.picture(false), want)
		types, _, err := h.Core.FlexTypes(ctx, Admin, store.FlexTypeQuery{Page: tenon.Page{Limit: 2}})
		h.must(err)
		if len(types) != 1 || types[0].Fields[4].TagFlexType != types[0].ID {
			h.t.Errorf("the types are %+v", types)
		}
		h.clean("all")
	})
}

// TestCopyOfALargeAccount copies many records, killed three times on the way:
// nothing is missing, and nothing is there twice.
func TestCopyOfALargeAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite")
	driver(t)
	a := newAccount(t, "sqlite", -1)
	organizations, each := 20, 10
	if long() {
		organizations, each = 5000, 28
	}
	a.furnish(organizations, each)
	h.env = []string{"TENON_IMPORT_KEY=" + a.key}
	want := a.picture(false)
	for i := range 3 {
		if !h.killAfter(len(want)*(i+1)/2, "copy", a.url) {
			t.Fatal("it ended by itself")
		}
	}
	h.drain()
	h.copyOf(a)
	samePicture(t, fmt.Sprintf("of %d records", len(want)), h.picture(false), want)
	h.clean("all")
	a.clean("all, at the source")
	t.Logf("%d records, %d requests", len(want), len(a.asked))
}

// TestCopyManners copies an account that answers fewer requests than the copy
// would send: it is left alone for as long as it asks, within an attempt of the
// job or between two, and nothing is missing at the end.
func TestCopyManners(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		patience      time.Duration
		limit         int
		window        time.Duration
		organizations int
	}{
		{"waiting", 20 * time.Second, 30, 3 * time.Second, 2},
		{"parked", 0, 30, 3 * time.Second, 2},
		// Fewer at once than a part of a page takes: each attempt gets on all the same.
		{"little by little", 0, 4, 400 * time.Millisecond, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "sqlite")
			h.Copier.PatientFor(tt.patience)
			a := newAccountIn(t, "sqlite", tt.limit, tt.window)
			organizations, each := tt.organizations, 1
			if long() && tt.limit == 30 { // the usual limit of an account
				a = newAccount(t, "sqlite", itglue.DefaultLimit)
				organizations, each = 2000, 1 // some 6,400 requests
			}
			a.furnish(organizations, each)
			o := glueimport.Options{URL: a.url, Key: secret.NewText(a.key), Requests: 1_000_000}
			p, err := h.Copier.Plan(ctx, Admin, o)
			h.must(err)
			op, err := h.Copier.Run(ctx, Admin, o, p)
			h.must(err)
			h.drain()
			op, err = h.operation(op.ID)
			h.must(err)
			// What an attempt had done is not counted again by the next.
			if n := op.Receipt.Counts; op.State != tenon.Finished || n["failed"] != 0 || n["unchanged"] != 0 || n["created"] != op.Done {
				t.Fatalf("the copy is %s: %s %v of %d", op.State, op.Error, n, op.Done)
			}
			samePicture(t, "after a copy that was held back", h.picture(true), a.picture(true))
			h.clean("all")
			a.leftAlone()
		})
	}
}

// leftAlone checks that some requests were refused, and that after each nobody
// asked before the time that it said.
func (a *account) leftAlone() {
	a.t.Helper()
	refused := 0
	for i, r := range a.asked {
		if r.status != http.StatusTooManyRequests {
			continue
		}
		refused++
		wait, err := strconv.Atoi(r.wait)
		if err != nil || wait < 1 {
			a.t.Errorf("a refusal asks to be left alone for %q", r.wait)
		}
		if i+1 == len(a.asked) {
			a.t.Error("the last request was refused")
		} else if came := a.asked[i+1].at.Sub(r.at); came < time.Duration(wait)*time.Second-50*time.Millisecond {
			a.t.Errorf("somebody came again after %s, and was asked to wait %d s", came, wait)
		}
	}
	if refused == 0 {
		a.t.Errorf("of %d requests none was refused", len(a.asked))
	}
	a.t.Logf("%d requests, %d refused", len(a.asked), refused)
}

// TestCopyRefusals answers in words what cannot be copied.
func TestCopyRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite")
	a := newAccount(t, "sqlite", -1)
	for _, tt := range []struct{ url, key, code string }{
		{"ftp://x.example", "k", ""}, {"http://x.example", "k", ""}, {a.url, "", ""}, {a.url, "ITG.wrong.key", "no_entry"},
	} {
		p, err := h.Copier.Plan(ctx, Admin, glueimport.Options{URL: tt.url, Key: secret.NewText(tt.key)})
		switch {
		case tt.code == "" && tenon.CodeOf(err) != tenon.Invalid:
			t.Errorf("%s with %q: %v, want it refused", tt.url, tt.key, err)
		case tt.code != "" && (err != nil || len(p.Blockers) != 1 || p.Blockers[0].Code != tt.code):
			t.Errorf("%s with %q: %+v, %v, want the blocker %s", tt.url, tt.key, p, err, tt.code)
		}
	}
}

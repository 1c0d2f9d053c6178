package export_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestRelatedItems exports what records are related to, from both ends, and
// only where both are for the one who asks.
func TestRelatedItems(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.acme, p.globex = p.org("Acme"), p.org("Globex")
		server := p.item(tenon.Configuration, p.globex, tenon.Values{"name": "server"})
		var vault tenon.ItemID
		for _, name := range []string{"quay", "attic", "cellar", "vault"} {
			vault = p.item(tenon.Location, p.globex, tenon.Values{"name": name})
			_, err := p.c.Relate(ctx, admin, server, vault, 0, "stands in the "+name)
			p.must(err)
		}
		_, err := p.c.Relate(ctx, admin, server, 0, p.acme, "they lend it")
		p.must(err)
		_, err = p.c.Restrict(ctx, admin, vault, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(p.boss.User)}})
		p.must(err)
		some := p.user("Imani Castellan", tenon.Manager, false)
		p.must(p.c.Grant(ctx, admin, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(some.User)}, p.globex))
		p.e.RowsOf(3) // several pages

		x := p.done(p.boss, export.Request{})
		files := unzip(t, p.take(p.boss, x))
		all := related(t, files)
		if len(all) != 10 {
			t.Fatalf("%d rows of related items, want two for each of five: %v", len(all), slices.Sorted(maps.Keys(files)))
		}
		of := map[string][]string{}
		for _, row := range all {
			of[row["On"]+" "+row["Record"]] = append(of[row["On"]+" "+row["Record"]], row["Related on"]+" "+row["Related"]+": "+row["Notes"])
		}
		want := []string{"location attic: stands in the attic", "location cellar: stands in the cellar", "location quay: stands in the quay", "location vault: stands in the vault", "organization Acme: they lend it"}
		if got := slices.Sorted(slices.Values(of["configuration server"])); !slices.Equal(got, want) {
			t.Errorf("the server is related to %q, want %q", got, want)
		}
		if got := of["organization Acme"]; !slices.Equal(got, []string{"configuration server: they lend it"}) {
			t.Errorf("Acme is related to %q", got)
		}
		one := all[0]
		if one["Record id"] != server.String() || one["Organization id"] != p.globex.String() || one["Related organization"] != "Globex" || one["Created"] == "" {
			t.Errorf("a row says %v", one)
		}

		// Of one organization there are the rows of its own records.
		for _, row := range related(t, unzip(t, p.take(p.boss, p.done(p.boss, export.Request{Org: p.acme})))) {
			if row["Record"] != "Acme" || row["Related"] != "server" {
				t.Errorf("of Acme there is %v", row)
			}
		}
		// Neither the closed location nor the organization out of reach is named.
		mine := related(t, unzip(t, p.take(some, p.done(some, export.Request{}))))
		if len(mine) != 6 {
			t.Errorf("%s gets %d rows, want 6", some.Name, len(mine))
		}
		for _, row := range mine {
			if line := row["Record"] + row["Related"] + row["Notes"]; strings.Contains(line, "vault") || strings.Contains(line, "Acme") {
				t.Errorf("%s gets %v", some.Name, row)
			}
		}
		p.clean()
	})
}

func related(t *testing.T, files map[string]string) (out []map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, "related_items") {
			out = append(out, table(t, files[name])...)
		}
	}
	return out
}

// TestCancel stops an export that is being made: it ends without a file, and
// nothing of what was made stays.
func TestCancel(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		p := newPlace(t, st, clock)
		p.furnish()
		ops := operation.New(st, map[string]operation.Undoer{export.Kind: p.e})
		before := p.unused()
		x, err := p.e.Start(ctx, p.boss, export.Request{Passphrase: secret.NewText(passphrase)})
		p.must(err)
		other := p.user("Rowan Ashdown", tenon.Manager, true)
		if _, err := ops.Cancel(ctx, other, x.ID); tenon.CodeOf(err) != tenon.Forbidden {
			t.Errorf("another manager cancels it: %v", err)
		}
		// One piece is there when it is cancelled.
		p.stored = func() {
			_, err := ops.Cancel(ctx, p.boss, x.ID)
			p.must(err)
		}
		p.must(p.jobs.Drain(ctx))
		op, err := ops.Get(ctx, p.boss, x.ID)
		p.must(err)
		if x, err = p.e.Get(ctx, p.boss, x.ID); err != nil || op.State != tenon.Finished || !op.Cancelled() || !x.Cancelled || x.Whole() || x.Size != 0 || x.Sealed != nil {
			t.Errorf("it is %+v, its operation %s, cancelled %v (%v)", x, op.State, op.Cancelled(), err)
		}
		if op.Receipt == nil || op.Receipt.Sentence.String() != "The export of Everything was cancelled. There is no file." {
			t.Errorf("the receipt is %+v", op.Receipt)
		}
		if _, err := p.e.Open(ctx, p.boss, x.ID); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("its file: %v", err)
		}
		if _, _, ok := p.e.Link(p.boss, x); ok {
			t.Error("there is a link to it")
		}
		if n := p.unused(); n <= before {
			t.Error("the pieces still have an owner")
		}
		if can, err := ops.CanUndo(ctx, p.boss, x.ID); err != nil || can.Possible || can.Reason.IsZero() {
			t.Errorf("it can be undone: %+v (%v)", can, err)
		}
		if _, err := ops.Cancel(ctx, p.boss, x.ID); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("cancelled at its end: %v", err)
		}
		p.clean()
	})
}

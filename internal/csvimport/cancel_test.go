package csvimport_test

import (
	"context"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestWhoCancels asks everybody: who started an import may cancel it, and an
// administrator; others read who could.
func TestWhoCancels(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		p := newPlace(t, st)
		ops := operation.New(st, map[string]operation.Undoer{csvimport.Kind: p.e})
		ops.Wakes(p.jobs)
		person := func(name string, role tenon.Role) tenon.Viewer {
			mail, everywhere := name+"@msp.example", true
			u, err := p.c.CreateUser(ctx, admin, core.UserChange{Name: &name, Email: &mail, Role: &role, Everywhere: &everywhere})
			if err != nil {
				t.Fatal(err)
			}
			return tenon.Viewer{User: u.ID, Name: name, Role: role, Everywhere: true, Face: "test"}
		}
		starter, other, boss := person("Starter", tenon.Manager), person("Other", tenon.Manager), person("Boss", tenon.Administrator)
		demoted := starter
		demoted.Role = tenon.ReadOnly
		for _, by := range []tenon.Viewer{starter, boss, admin} {
			op, err := p.e.Run(ctx, starter, p.plan("name\nAcme "+by.Name+"\nBeta "+by.Name+"\n", csvimport.Options{Name: "sites.csv"}))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range []tenon.Viewer{other, demoted} {
				if _, err := ops.Cancel(ctx, v, op.ID); tenon.CodeOf(err) != tenon.Forbidden {
					t.Errorf("%s (%s) cancels what Starter started: %v", v.Name, v.Role, err)
				}
			}
			for range 2 { // the second time is as once
				if now, err := ops.Cancel(ctx, by, op.ID); err != nil || now.State != tenon.Running || now.CancelledName != by.Name {
					t.Fatalf("cancelled by %s: %+v, %v", by.Name, now, err)
				}
			}
			p.drain()
			done := p.operation(op.ID)
			if done.State != tenon.Finished || !done.Cancelled() || done.Receipt.Counts["created"] != 0 || done.Receipt.Counts["not_done"] != 2 {
				t.Errorf("it ended %s, cancelled %v, with %v", done.State, done.Cancelled(), done.Receipt.Counts)
			}
			if can, err := ops.CanUndo(ctx, starter, op.ID); err != nil || !can.Possible {
				t.Errorf("the undo of what was cancelled: %+v, %v", can, err)
			}
		}
		if got := p.names(); got != "" {
			t.Errorf("there are %s", got)
		}
		undo, err := ops.Undo(ctx, starter, p.latest())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ops.Cancel(ctx, admin, undo.ID); tenon.CodeOf(err) != tenon.Conflict {
			t.Errorf("the undo was cancelled: %v", err)
		}
		p.drain()
		p.clean()
	})
}

// latest is the import that was made last.
func (p *place) latest() (id tenon.OperationID) {
	p.t.Helper()
	err := p.st.Read(context.Background(), func(tx *store.Tx) error {
		page, _, err := tx.ListOperations(admin, store.OperationQuery{Kind: csvimport.Kind, Page: tenon.Page{Limit: 1}})
		if err == nil {
			id = page[0].ID
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

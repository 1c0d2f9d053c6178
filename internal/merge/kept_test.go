package merge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// kept is what six looks at one configuration show: who may see it, what is
// related, its files, its embedded passwords, its versions and its activity.
type kept struct {
	h       *house
	item    tenon.ItemID
	pass    tenon.ItemID
	viewers map[string]tenon.Viewer
}

// look reads the six things with the rights of each person.
func (k *kept) look() map[string]string {
	k.h.t.Helper()
	ctx, c := context.Background(), k.h.c
	out := map[string]string{}
	note := func(who, what string, x any, err error) {
		if err != nil {
			out[who+": "+what] = string(tenon.CodeOf(err))
			return
		}
		b, err := json.Marshal(x)
		if err != nil {
			k.h.t.Fatal(err)
		}
		out[who+": "+what] = string(b)
	}
	for who, v := range k.viewers {
		_, err := c.Item(ctx, v, k.item)
		note(who, "sees it", "yes", err)
		to, err := c.Restrictions(ctx, v, k.item)
		note(who, "permissions", to, err)
		related, err := c.Relations(ctx, v, k.item)
		note(who, "related items", related, err)
		files, err := c.Attachments(ctx, v, k.item)
		note(who, "attachments", files, err)
		for _, f := range files {
			_, r, err := c.OpenAttachment(ctx, v, f.ID)
			if err != nil {
				note(who, "content of "+f.Name, nil, err)
				continue
			}
			b, err := io.ReadAll(r)
			note(who, "content of "+f.Name, string(b), err)
		}
		embedded, _, err := c.Items(ctx, v, store.ItemQuery{Kind: tenon.Password, Match: []store.KeyMatch{{Field: "resource_id", Keys: []string{k.item.String()}}}})
		var names []string
		for _, p := range embedded {
			names = append(names, p.Name+" "+fmt.Sprint(p.Secrets))
		}
		note(who, "embedded passwords", names, err)
		versions, _, err := c.Revisions(ctx, v, k.item, tenon.Page{})
		note(who, "revision history", versions, err)
		var events []string
		err = k.h.st.Read(ctx, func(tx *store.Tx) error {
			l, _, err := tx.ListEvents(v, store.EventQuery{Subject: int64(k.item)})
			for _, e := range l {
				events = append(events, fmt.Sprint(e.ID, e.At, e.Action, e.Name, e.UserName, e.Changes))
			}
			return err
		})
		note(who, "activity log", events, err)
	}
	return out
}

// TestTheSixThingsAreKept reads, with rights, what people are promised that a
// merge keeps: security permissions, related items, attachments, embedded
// passwords, revision history, activity logs. Before, after, and after undo.
func TestTheSixThingsAreKept(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		dir := t.TempDir()
		ring, err := secret.CreateKeyFile(filepath.Join(dir, "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := blob.OpenDir(filepath.Join(dir, "files"))
		if err != nil {
			t.Fatal(err)
		}
		c := core.New(core.Options{Store: st, Keys: ring, Blobs: files})
		h := &house{t: t, st: st, c: c, m: merge.New(c, nil)}
		k := furnished(h)
		ctx := context.Background()
		target := h.org("Target", nil)
		before := k.look()
		if before["admin: embedded passwords"] != `["root [password]"]` || before["insider: sees it"] != `"yes"` || before["outsider: sees it"] != "not_found" {
			t.Fatalf("the start is not as meant: %v", before)
		}
		same := func(when string) {
			t.Helper()
			for what, x := range k.look() {
				if x != before[what] {
					t.Errorf("%s, %s:\n was %s\n  is %s", when, what, before[what], x)
				}
			}
			got, err := c.Reveal(ctx, k.viewers["admin"], k.pass, "password")
			if err != nil || got.Reveal() != "correct horse battery" {
				t.Errorf("%s: the password opens as %v (%v)", when, got, err)
			}
		}
		op := h.merge(tenon.Choices{}, target, tenon.OrgID(k.owner()))
		same("after the merge")
		h.undo(op.ID)
		same("after the undo")
		h.clean()
	})
}

func (k *kept) owner() int64 {
	i, err := k.h.c.Item(context.Background(), admin, k.item)
	if err != nil {
		k.h.t.Fatal(err)
	}
	return int64(i.OrgID)
}

// furnished makes a configuration with all six things, a person who may see
// it, and one who reaches its organization and is kept out.
func furnished(h *house) *kept {
	h.t.Helper()
	ctx, c := context.Background(), h.c
	must := func(err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatal(err)
		}
	}
	source := h.org("Source", nil)
	k := &kept{h: h, viewers: map[string]tenon.Viewer{"admin": admin}}
	in, out := h.person("insider", source), h.person("outsider", source)
	must(h.st.Read(ctx, func(tx *store.Tx) error {
		for name, id := range map[string]tenon.UserID{"insider": in, "outsider": out} {
			v, err := tx.LoadViewer(id)
			if err != nil {
				return err
			}
			k.viewers[name] = v
		}
		return nil
	}))
	pc, err := c.CreateItem(ctx, admin, tenon.Configuration, source, core.ItemChange{Values: tenon.Values{"name": "SRV-01", "serial_number": "S1"}})
	must(err)
	k.item = pc.ID
	other, err := c.CreateItem(ctx, admin, tenon.Configuration, source, core.ItemChange{Values: tenon.Values{"name": "SRV-02"}})
	must(err)
	_, err = c.Relate(ctx, admin, pc.ID, other.ID, 0, "fails over to")
	must(err)
	_, err = c.Attach(ctx, admin, pc.ID, "rack.txt", "text/plain", strings.NewReader("unit 12"))
	must(err)
	value := secret.NewText("correct horse battery")
	pass, err := c.CreateItem(ctx, admin, tenon.Password, source, core.ItemChange{
		Values: tenon.Values{"name": "root", "resource_id": int64(pc.ID)}, Secrets: map[string]*secret.Text{"password": &value}})
	must(err)
	k.pass = pass.ID
	_, err = c.UpdateItem(ctx, admin, pc.ID, core.ItemChange{Values: tenon.Values{"name": "SRV-01A"}})
	must(err)
	_, err = c.Restrict(ctx, admin, pc.ID, []tenon.Subject{{Kind: "user", ID: int64(in)}})
	must(err)
	return k
}

// TestRecount lets the job put fresh numbers into the receipt: two items were
// filed between the plan and its confirmation, which is no reason to refuse.
func TestRecount(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		jobs, err := job.New(ctx, st, job.Options{Alone: true})
		if err != nil {
			t.Fatal(err)
		}
		c := core.New(core.Options{Store: st})
		h := &house{t: t, st: st, c: c, m: merge.New(c, jobs)}
		list, err := c.CreateLookup(ctx, admin, "organization_types", core.LookupChange{Name: ptr("Customer")})
		if err != nil {
			t.Fatal(err)
		}
		kind := int64(list.ID)
		a, b := h.org("A", tenon.Values{"organization_type_id": kind}), h.org("B", nil)
		h.item(a, tenon.Configuration, "one", tenon.Values{"name": "one"})
		p := h.plan(tenon.Choices{}, b, a)
		h.item(a, tenon.Configuration, "two", tenon.Values{"name": "two"})
		h.item(a, tenon.Document, "three", tenon.Values{"name": "three"})
		op, err := h.m.Run(ctx, admin, p)
		if err != nil {
			t.Fatal(err)
		}
		if op.Receipt.Counts["items"] != 1 || op.Plan.Sources[0].Items != 1 || len(op.Plan.References) == 0 {
			t.Errorf("before the job: %v, %v", op.Receipt.Counts, op.Plan.References)
		}
		if err := jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		h.read(func(tx *store.Tx) error {
			op, err := tx.GetOperation(admin, op.ID)
			if err == nil && op.Receipt.Kept[a].ID("organization_type_id") != kind {
				t.Errorf("kept %v", op.Receipt.Kept)
			}
			if err == nil && (op.Receipt.Counts["items"] != 3 || op.Receipt.Counts["documents"] != 1) {
				t.Errorf("after the job: %v", op.Receipt.Counts)
			}
			return err
		})
		h.clean()
	})
}

func ptr[T any](v T) *T { return &v }

package core_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// people is what the tests of users, groups and access share.
type people struct {
	t     *testing.T
	ctx   context.Context
	st    *store.Store
	clock *storetest.Clock
	c     *core.Core
	keys  *secret.Ring
	n     int
}

const goodPassword = "seven lanterns over quiet water"

func withPeople(t *testing.T, fn func(p *people)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		ring, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
		if err != nil {
			t.Fatal(err)
		}
		hasher := secret.NewHasher(secret.HashOptions{MemoryKiB: 8, Passes: 1, Lanes: 1})
		fn(&people{t: t, ctx: context.Background(), st: st, clock: clock, keys: ring, c: core.New(core.Options{Store: st, Keys: ring, Passwords: hasher})})
	})
}

func ptr[T any](x T) *T { return &x }

// user adds a user of that role and returns them as a viewer.
func (p *people) user(role tenon.Role, more ...func(*core.UserChange)) tenon.Viewer {
	p.t.Helper()
	p.n++
	name := string(role) + " " + string(rune('A'+p.n))
	in := core.UserChange{Name: &name, Email: ptr(strings.ReplaceAll(name, " ", ".") + "@msp.example"), Role: &role, Password: ptr(secret.NewText(goodPassword))}
	for _, m := range more {
		m(&in)
	}
	u, err := p.c.CreateUser(p.ctx, admin, in)
	if err != nil {
		p.t.Fatalf("create %s: %v", name, err)
	}
	return p.viewer(u.ID)
}

func everywhere(in *core.UserChange) { in.Everywhere = ptr(true) }

// viewer loads a user as the requests do.
func (p *people) viewer(id tenon.UserID) tenon.Viewer {
	p.t.Helper()
	var v tenon.Viewer
	p.read(func(tx *store.Tx) (err error) { v, err = tx.LoadViewer(id); return err })
	v.Face = "test"
	return v
}

func (p *people) read(fn func(tx *store.Tx) error) {
	p.t.Helper()
	if err := p.st.Read(p.ctx, fn); err != nil {
		p.t.Fatal(err)
	}
}

// want checks the code of an error, and words of its message.
func (p *people) want(err error, code tenon.Code, words string) {
	p.t.Helper()
	if tenon.CodeOf(err) != code || !strings.Contains(tenon.MessageOf(orNone(err)), words) {
		p.t.Errorf("got %q (%v), want %q with %q", tenon.CodeOf(err), err, code, words)
	}
}

func orNone(err error) error {
	if err == nil {
		return tenon.Errorf("", "")
	}
	return err
}

// actions returns the actions recorded of one subject, oldest first.
func (p *people) actions(subject int64) string {
	p.t.Helper()
	var out []string
	p.read(func(tx *store.Tx) error {
		events, _, err := tx.ListEvents(admin, store.EventQuery{Subject: subject})
		for _, e := range events {
			out = append([]string{e.Action}, out...)
		}
		return err
	})
	return strings.Join(out, ", ")
}

func TestUserRules(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, manager, editor := p.user(tenon.Administrator), p.user(tenon.Manager, everywhere), p.user(tenon.Editor)
		narrow := p.user(tenon.Manager)
		if !boss.Everywhere {
			t.Error("an administrator does not reach everything")
		}
		refused := []struct {
			what  string
			v     tenon.Viewer
			user  tenon.UserID
			in    core.UserChange
			code  tenon.Code
			words string
		}{
			{"editor edits a manager", editor, manager.User, core.UserChange{Name: ptr("x")}, tenon.Forbidden, "manage users"},
			{"editor raises herself", editor, editor.User, core.UserChange{Role: ptr(tenon.Manager)}, tenon.Forbidden, "manage users"},
			{"manager edits an administrator", manager, boss.User, core.UserChange{Name: ptr("x")}, tenon.Forbidden, "above your role"},
			{"manager disables an administrator", manager, boss.User, core.UserChange{Disabled: ptr(true)}, tenon.Forbidden, "above your role"},
			{"manager makes an administrator", manager, editor.User, core.UserChange{Role: ptr(tenon.Administrator)}, tenon.Forbidden, "above yours"},
			{"narrow manager gives everything", narrow, editor.User, core.UserChange{Everywhere: ptr(true)}, tenon.Forbidden, "do not reach"},
			{"narrow manager takes everything", narrow, narrow.User, core.UserChange{Everywhere: ptr(true)}, tenon.Forbidden, "do not reach"},
			{"no such role", boss, editor.User, core.UserChange{Role: ptr(tenon.Role("king"))}, tenon.Invalid, "no role"},
			{"an administrator of a part", boss, boss.User, core.UserChange{Everywhere: ptr(false)}, tenon.Invalid, "every organization"},
			{"a Lite user of everything", boss, editor.User, core.UserChange{Role: ptr(tenon.Lite), Everywhere: ptr(true)}, tenon.Invalid, "at most 5"},
			{"an address twice", boss, editor.User, core.UserChange{Email: ptr("  " + strings.ToUpper(boss.Email))}, tenon.Invalid, "already"},
			{"no address", boss, editor.User, core.UserChange{Email: ptr("here")}, tenon.Invalid, "e-mail"},
			{"no name", boss, editor.User, core.UserChange{Name: ptr(" ")}, tenon.Invalid, "ame"},
			{"a password by editing", boss, editor.User, core.UserChange{Password: ptr(secret.NewText(goodPassword))}, tenon.Invalid, "link"},
			{"the last administrator demoted", boss, boss.User, core.UserChange{Role: ptr(tenon.Editor)}, tenon.Conflict, "only administrator"},
			{"the last administrator disabled", boss, boss.User, core.UserChange{Disabled: ptr(true)}, tenon.Conflict, "only administrator"},
			{"a stale change", boss, editor.User, core.UserChange{Name: ptr("x"), Version: 7}, tenon.Stale, "Somebody"},
			{"an unknown group", boss, editor.User, core.UserChange{Groups: &[]tenon.GroupID{99}}, tenon.Invalid, "no group"},
			{"an unknown user", boss, 99999, core.UserChange{Name: ptr("x")}, tenon.NotFound, "no user"},
		}
		for _, r := range refused {
			if _, err := c.UpdateUser(ctx, r.v, r.user, r.in); tenon.CodeOf(err) != r.code || !strings.Contains(tenon.MessageOf(orNone(err)), r.words) {
				t.Errorf("%s: got %q (%v), want %q with %q", r.what, tenon.CodeOf(err), err, r.code, r.words)
			}
		}
		// What is allowed.
		if _, err := c.UpdateUser(ctx, editor, editor.User, core.UserChange{Name: ptr("Edda")}); err != nil {
			t.Errorf("own name: %v", err)
		}
		if u, err := c.UpdateUser(ctx, manager, editor.User, core.UserChange{Role: ptr(tenon.Lite)}); err != nil || u.Everywhere {
			t.Errorf("manager demotes an editor: %+v, %v", u, err)
		}
		second := p.user(tenon.Administrator)
		if u, err := c.UpdateUser(ctx, boss, boss.User, core.UserChange{Role: ptr(tenon.Manager)}); err != nil || !u.Everywhere {
			t.Errorf("an administrator steps down beside another: %+v, %v", u, err)
		}
		_, err := c.DisableUser(ctx, second, second.User)
		p.want(err, tenon.Conflict, "only administrator")
		if got := p.actions(int64(editor.User)); got != "create, update, update" {
			t.Errorf("recorded %s", got)
		}
	})
}

func TestUsersSeen(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		creator, lite, reader := p.user(tenon.Creator), p.user(tenon.Lite), p.user(tenon.ReadOnly)
		for v, want := range map[*tenon.Viewer]int{&creator: 3, &lite: 1, &reader: 1, {}: 0} {
			users, _, err := p.c.Users(p.ctx, *v, store.UserQuery{})
			if err != nil || len(users) != want {
				t.Errorf("%q sees %d users (%v), want %d", v.Role, len(users), err, want)
			}
		}
		_, err := p.c.User(p.ctx, lite, creator.User)
		p.want(err, tenon.NotFound, "no user")
		page, next, err := p.c.Users(p.ctx, creator, store.UserQuery{Page: tenon.Page{Limit: 2}})
		if err != nil || len(page) != 2 || next == "" {
			t.Fatalf("first page: %d, %q, %v", len(page), next, err)
		}
		page, next, err = p.c.Users(p.ctx, creator, store.UserQuery{Page: tenon.Page{Limit: 2, Cursor: next}})
		if err != nil || len(page) != 1 || next != "" {
			t.Errorf("second page: %d, %q, %v", len(page), next, err)
		}
		found, _, err := p.c.Users(p.ctx, creator, store.UserQuery{Search: "LITE", Role: tenon.Lite, Disabled: ptr(false)})
		if err != nil || len(found) != 1 || found[0].ID != lite.User {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, editor := p.user(tenon.Administrator), p.user(tenon.Editor)
		_, _, err := c.CreateKey(ctx, editor, boss.User, "mine", true)
		p.want(err, tenon.Forbidden, "keys of others")
		_, _, err = c.CreateKey(ctx, editor, editor.User, " ", true)
		p.want(err, tenon.Invalid, "ame")
		key, made, err := c.CreateKey(ctx, boss, editor.User, "script", false)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.KeyViewer(ctx, key)
		if err != nil || v.User != editor.User || v.Role != tenon.Editor || !v.NoSecrets || v.Key != made.ID || v.Face != "api" {
			t.Errorf("got %+v, %v", v, err)
		}
		_, _, err = c.CreateKey(ctx, v, editor.User, "more", true)
		p.want(err, tenon.Forbidden, "no password access")
		open, _, err := c.CreateKey(ctx, editor, editor.User, "vault", true)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := c.KeyViewer(ctx, open); err != nil || v.NoSecrets {
			t.Errorf("got %+v, %v", v, err)
		}
		for _, bad := range []string{"", "x", "tnn_abcdefghij_AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
			_, err := c.KeyViewer(ctx, secret.NewText(bad))
			p.want(err, tenon.Unauthenticated, "")
		}
		if keys, err := c.Keys(ctx, editor, 0); err != nil || len(keys) != 2 || keys[1].UsedAt.IsZero() || strings.Contains(key.Reveal(), keys[0].Shown) {
			t.Errorf("keys: %+v, %v", keys, err)
		}
		if keys, err := c.Keys(ctx, p.user(tenon.Manager), editor.User); err != nil || len(keys) != 0 {
			t.Errorf("a manager sees the keys of others: %+v, %v", keys, err)
		}
		p.want(c.RevokeKey(ctx, p.user(tenon.Manager), made.ID), tenon.NotFound, "")
		if err := c.RevokeKey(ctx, editor, made.ID); err != nil {
			t.Fatal(err)
		}
		_, err = c.KeyViewer(ctx, key)
		p.want(err, tenon.Unauthenticated, "")
		brief, _, err := c.CreateKeyUntil(ctx, editor, editor.User, "brief", false, p.clock.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(2 * time.Hour)
		_, err = c.KeyViewer(ctx, brief)
		p.want(err, tenon.Unauthenticated, "")
		if _, err := c.DisableUser(ctx, boss, editor.User); err != nil {
			t.Fatal(err)
		}
		_, err = c.KeyViewer(ctx, open)
		p.want(err, tenon.Unauthenticated, "")
		// Enabled again, the keys stay revoked.
		if _, err := c.UpdateUser(ctx, boss, editor.User, core.UserChange{Disabled: ptr(false)}); err != nil {
			t.Fatal(err)
		}
		_, err = c.KeyViewer(ctx, open)
		p.want(err, tenon.Unauthenticated, "")
		_, _, err = c.CreateKey(ctx, admin, 99999, "ghost", false)
		p.want(err, tenon.NotFound, "")
		if got := p.actions(made.ID); got != "create, revoke" {
			t.Errorf("recorded %s", got)
		}
	})
}

func TestKeyUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	writes := 0
	o := storetest.Options(t, "sqlite", clock)
	o.OnStatement = func(text string) error {
		if strings.HasPrefix(text, "UPDATE api_keys") {
			writes++
		}
		return nil
	}
	st := storetest.OpenWith(t, o)
	c, ctx := core.New(core.Options{Store: st}), context.Background()
	u, err := c.CreateUser(ctx, admin, core.UserChange{Name: ptr("A"), Email: ptr("a@b.example"), Role: ptr(tenon.Editor)})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := c.CreateKey(ctx, admin, u.ID, "k", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {30 * time.Second, 1}, {31 * time.Second, 2}, {time.Second, 2}} {
		clock.Advance(step.wait)
		if _, err := c.KeyViewer(ctx, key); err != nil {
			t.Fatal(err)
		}
		if writes != step.want {
			t.Errorf("after %v: %d writes, want %d", step.wait, writes, step.want)
		}
	}
}

// TestViewerIsFewStatements: every request begins with it.
func TestViewerIsFewStatements(t *testing.T) {
	t.Parallel()
	statements := 0
	o := storetest.Options(t, "sqlite", storetest.NewClock())
	o.OnStatement = func(string) error { statements++; return nil }
	st, ctx := storetest.OpenWith(t, o), context.Background()
	c := core.New(core.Options{Store: st, Passwords: secret.NewHasher(secret.HashOptions{MemoryKiB: 8, Passes: 1, Lanes: 1})})
	u, err := c.CreateUser(ctx, admin, core.UserChange{Name: ptr("A"), Email: ptr("a@b.example"), Role: ptr(tenon.Editor), Password: ptr(secret.NewText(goodPassword))})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"One", "Two", "Three"} {
		if _, err := c.CreateGroup(ctx, admin, core.GroupChange{Name: &name, Users: &[]tenon.UserID{u.ID}, Denied: &[]tenon.Kind{tenon.Password, tenon.Ticket}}); err != nil {
			t.Fatal(err)
		}
	}
	token, _, err := c.SignIn(ctx, "a@b.example", secret.NewText(goodPassword), "", "")
	if err != nil {
		t.Fatal(err)
	}
	statements = 0
	v, err := c.SessionViewer(ctx, token)
	if err != nil || len(v.Groups) != 3 || len(v.Denied) != 2 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if statements != 1 {
		t.Errorf("%d statements, want 1: the session, its user and their groups", statements)
	}
}

func TestCommandLineViewer(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		v, err := p.c.CommandLineViewer(p.ctx, "root", "")
		if err != nil || v.User != 0 || v.Role != tenon.Administrator || !v.Everywhere || v.Face != "command line" || v.By != "root" {
			t.Errorf("got %+v, %v", v, err)
		}
		editor := p.user(tenon.Editor)
		v, err = p.c.CommandLineViewer(p.ctx, "root", strings.ToUpper(editor.Email))
		if err != nil || v.User != editor.User || v.Role != tenon.Editor || v.By != "root" {
			t.Errorf("got %+v, %v", v, err)
		}
		_, err = p.c.CommandLineViewer(p.ctx, "root", "nobody@msp.example")
		p.want(err, tenon.NotFound, "nobody@")
		if _, err := p.c.DisableUser(p.ctx, admin, editor.User); err != nil {
			t.Fatal(err)
		}
		_, err = p.c.CommandLineViewer(p.ctx, "root", editor.Email)
		p.want(err, tenon.Unauthenticated, "disabled")
	})
}

// TestAdministratorsDemoteEachOther at the same time: one stays.
func TestAdministratorsDemoteEachOther(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		all := []tenon.Viewer{p.user(tenon.Administrator), p.user(tenon.Administrator), p.user(tenon.Administrator)}
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				_, err := p.c.UpdateUser(p.ctx, all[i], all[(i+1)%3].User, core.UserChange{Role: ptr(tenon.Editor)})
				if code := tenon.CodeOf(err); code != "" && code != tenon.Conflict {
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		left, _, err := p.c.Users(p.ctx, admin, store.UserQuery{Role: tenon.Administrator})
		if err != nil || len(left) != 1 {
			t.Errorf("%d administrators are left, %v", len(left), err)
		}
	})
}

// TestLanguageOfUser sets the language that somebody reads.
func TestLanguageOfUser(t *testing.T) {
	each(t, func(h *house) {
		me := h.user("reader", tenon.Creator, h.org("Acme"))
		for _, tag := range []string{"de", "pt-BR", ""} {
			u, err := h.UpdateUser(ctx, me, me.User, core.UserChange{Language: &tag})
			h.must(err)
			if u.Language != tag || h.viewer(me.User).Language != tag {
				t.Errorf("it is %q and %q, want %q", u.Language, h.viewer(me.User).Language, tag)
			}
		}
		for _, tag := range []string{"no tag", "d", "de_DE", "<b>"} {
			_, err := h.UpdateUser(ctx, me, me.User, core.UserChange{Language: &tag})
			h.refused(tag, err, tenon.Invalid)
		}
	})
}

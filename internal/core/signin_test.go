package core_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

const addr = "192.0.2.7"

func (p *people) signIn(email, password string) (secret.Text, tenon.Viewer, error) {
	return p.c.SignIn(p.ctx, email, secret.NewText(password), addr, "Browser 1.0")
}

// in signs in and returns the token with the viewer of the next request.
func (p *people) in(v tenon.Viewer) (secret.Text, tenon.Viewer) {
	p.t.Helper()
	token, _, err := p.signIn(v.Email, goodPassword)
	if err != nil {
		p.t.Fatalf("sign in: %v", err)
	}
	got, err := p.c.SessionViewer(p.ctx, token)
	if err != nil {
		p.t.Fatalf("session: %v", err)
	}
	return token, got
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		editor, boss := p.user(tenon.Editor), p.user(tenon.Administrator)
		token, v, err := p.signIn("  "+strings.ToUpper(editor.Email), goodPassword)
		if err != nil || v.User != editor.User || v.Session == 0 || v.Addr != addr {
			t.Fatalf("got %+v, %v", v, err)
		}
		again, err := c.SessionViewer(ctx, token)
		if err != nil || again.User != editor.User || again.Session != v.Session || again.Role != tenon.Editor {
			t.Errorf("session: %+v, %v", again, err)
		}
		silent := tenon.MessageOf(func() error { _, _, err := p.signIn("nobody@msp.example", goodPassword); return err }())
		without, err := c.CreateUser(ctx, admin, core.UserChange{Name: ptr("N"), Email: ptr("without@msp.example"), Role: ptr(tenon.Editor)})
		if err != nil {
			t.Fatal(err)
		}
		gone := p.user(tenon.Creator)
		if _, err := c.DisableUser(ctx, boss, gone.User); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ email, password string }{
			{editor.Email, "wrong lanterns over quiet water"}, {editor.Email, ""}, {"", ""}, {"hunter2 my password", goodPassword},
			{without.Email, ""}, {without.Email, goodPassword}, {gone.Email, goodPassword},
		} {
			_, _, err := p.signIn(tt.email, tt.password)
			p.want(err, tenon.Unauthenticated, silent)
		}
		if _, _, err := p.signIn(editor.Email, goodPassword); err != nil {
			t.Fatal(err)
		}
		if got := p.actions(int64(editor.User)); got != "create, sign in, sign in failed, sign in failed, sign in" {
			t.Errorf("recorded %s", got)
		}
		// Nothing of what was typed is in the log.
		p.read(func(tx *store.Tx) error {
			events, _, err := tx.ListEvents(admin, store.EventQuery{Action: "sign in failed"})
			for _, e := range events {
				if strings.Contains(e.Name+e.UserName, "hunter2") || e.Addr != addr {
					t.Errorf("recorded %+v", e)
				}
			}
			return err
		})
		if u, err := c.User(ctx, boss, editor.User); err != nil || u.SignedInAt.IsZero() || !u.HasPassword {
			t.Errorf("user %+v, %v", u, err)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, manager := p.user(tenon.Administrator), p.user(tenon.Manager)
		editor := p.user(tenon.Editor)
		over := func(token secret.Text, why string) {
			t.Helper()
			if _, err := c.SessionViewer(ctx, token); tenon.CodeOf(err) != tenon.Unauthenticated {
				t.Errorf("%s: the session goes on (%v)", why, err)
			}
		}
		over(secret.Text{}, "no token")
		over(secret.NewToken(secret.PrefixSession), "an unknown token")
		over(secret.NewToken(secret.PrefixLink), "a token of another sort")

		token, v := p.in(editor)
		if err := c.SignOut(ctx, v, token); err != nil {
			t.Fatal(err)
		}
		over(token, "signed out")

		idle, _ := p.in(editor)
		p.clock.Advance(core.SessionIdle + time.Second)
		over(idle, "idle")

		used, _ := p.in(editor)
		for range 14 { // 14 times 12 hours is a week
			p.clock.Advance(core.SessionIdle - time.Minute)
			if _, err := c.SessionViewer(ctx, used); err != nil {
				t.Fatalf("a session in use ended: %v", err)
			}
		}
		p.clock.Advance(time.Hour)
		over(used, "a week old")

		one, _ := p.in(editor)
		two, v2 := p.in(editor)
		if one.Equal(two) {
			t.Error("two sign-ins have one token")
		}
		list, err := c.Sessions(ctx, v2, editor.User)
		if err != nil || len(list) != 2 || list[0].Agent != "Browser 1.0" || list[0].Addr != addr {
			t.Errorf("sessions %+v, %v", list, err)
		}
		if list, err := c.Sessions(ctx, p.user(tenon.Creator), editor.User); err != nil || len(list) != 0 {
			t.Errorf("others see %+v, %v", list, err)
		}
		if n, err := c.EndSessions(ctx, v2, editor.User); err != nil || n != 1 {
			t.Errorf("ended %d, %v", n, err)
		}
		over(one, "ended by the other")
		_, err = c.EndSessions(ctx, manager, boss.User)
		p.want(err, tenon.Forbidden, "above your role")
		p.want(c.EndSession(ctx, boss, editor.User, 99999), tenon.NotFound, "no session")
		if err := c.EndSession(ctx, boss, editor.User, v2.Session); err != nil {
			t.Fatal(err)
		}
		over(two, "ended by an administrator")

		token, _ = p.in(editor)
		if _, err := c.UpdateUser(ctx, boss, editor.User, core.UserChange{Role: ptr(tenon.Creator)}); err != nil {
			t.Fatal(err)
		}
		over(token, "another role")
		token, _ = p.in(editor)
		if _, err := c.DisableUser(ctx, boss, editor.User); err != nil {
			t.Fatal(err)
		}
		over(token, "disabled")
		if _, err := c.UpdateUser(ctx, boss, editor.User, core.UserChange{Disabled: ptr(false)}); err != nil {
			t.Fatal(err)
		}
		over(token, "disabled and enabled again")
		if err := c.SweepSignIns(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignInIsThrottled(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		editor := p.user(tenon.Editor)
		// Twenty at once: ten are tried, the others are told to wait.
		var tried, refused atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, _, err := p.signIn(editor.Email, "not this one at all")
				switch tenon.CodeOf(err) {
				case tenon.Unauthenticated:
					tried.Add(1)
				case tenon.RateLimited:
					refused.Add(1)
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if tried.Load() != 10 || refused.Load() != 10 {
			t.Errorf("%d tried, %d refused", tried.Load(), refused.Load())
		}
		_, _, err := p.signIn(editor.Email, goodPassword)
		p.want(err, tenon.RateLimited, "Wait 60 seconds")
		p.clock.Advance(61 * time.Second)
		// What succeeds is not counted.
		for range 12 {
			if _, _, err := p.signIn(editor.Email, goodPassword); err != nil {
				t.Fatal(err)
			}
		}
		// One address may guess at fifty accounts a minute, not more.
		for i := range 50 {
			_, _, err := p.signIn("guess"+string(rune('a'+i%26))+string(rune('a'+i/26))+"@msp.example", "x")
			p.want(err, tenon.Unauthenticated, "")
		}
		_, _, err = p.signIn("another@msp.example", "x")
		p.want(err, tenon.RateLimited, "")
		if _, _, err := p.c.SignIn(p.ctx, editor.Email, secret.NewText(goodPassword), "198.51.100.9", ""); err != nil {
			t.Errorf("from another address: %v", err)
		}
		// The addresses of one IPv6 network are one.
		codes := map[tenon.Code]int{}
		for i := range 51 {
			_, _, err := p.c.SignIn(p.ctx, fmt.Sprintf("six%d@msp.example", i), secret.NewText("x"), fmt.Sprintf("2001:db8::%x", i), "")
			codes[tenon.CodeOf(err)]++
		}
		if codes[tenon.RateLimited] != 1 {
			t.Errorf("from one network: %v", codes)
		}
	})
}

func TestFirstLink(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		redeem := func(link secret.Text, name, email, password string) (secret.Text, tenon.Viewer, error) {
			return c.RedeemLink(ctx, link, name, email, secret.NewText(password), addr, "Browser")
		}
		old, err := c.FirstLink(ctx)
		if err != nil || old.IsZero() {
			t.Fatal(err)
		}
		link, err := c.FirstLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = redeem(old, "Ann", "ann@msp.example", goodPassword)
		p.want(err, tenon.Gone, "too old")
		_, _, err = redeem(secret.NewToken(secret.PrefixLink), "Ann", "ann@msp.example", goodPassword)
		p.want(err, tenon.Gone, "")
		_, _, err = redeem(link, "Ann", "ann", goodPassword)
		p.want(err, tenon.Invalid, "mail")
		_, _, err = redeem(link, "Ann", "ann@msp.example", "short")
		p.want(err, tenon.Invalid, "at least 12")
		_, _, err = redeem(link, "Annabella", "ann@msp.example", "annabella walks at night")
		p.want(err, tenon.Invalid, "annabella")
		if l, err := c.Link(ctx, link); err != nil || !l.First {
			t.Errorf("link: %+v, %v", l, err)
		}
		// Of several at once one wins, and there is one administrator.
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				session, v, err := redeem(link, "Ann", string(rune('a'+i))+"@msp.example", goodPassword)
				if err == nil {
					won.Add(1)
					got, err := c.SessionViewer(ctx, session)
					if err != nil || got.Role != tenon.Administrator || !got.Everywhere || got.User != v.User {
						t.Errorf("got %+v, %v", got, err)
					}
				} else if code := tenon.CodeOf(err); code != tenon.Gone && code != tenon.Conflict {
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		users, _, err := c.Users(ctx, admin, store.UserQuery{})
		if err != nil || won.Load() != 1 || len(users) != 1 {
			t.Errorf("%d won, users %v, %v", won.Load(), users, err)
		}
		if none, err := c.FirstLink(ctx); err != nil || !none.IsZero() {
			t.Errorf("a link with users there: %v, %v", none.IsZero(), err)
		}
	})
}

// TestFirstLinkComesTooLate: what decides is the database when the link is
// redeemed, not when it was printed; a disabled administrator counts.
func TestFirstLinkComesTooLate(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		p.user(tenon.ReadOnly) // demo data has people too
		link, err := p.c.FirstLink(p.ctx)
		if err != nil || link.IsZero() {
			t.Fatalf("no link while there is no administrator: %v", err)
		}
		boss := p.user(tenon.Administrator)
		redeem := func() error {
			_, _, err := p.c.RedeemLink(p.ctx, link, "Eve", "eve@msp.example", secret.NewText(goodPassword), addr, "")
			return err
		}
		p.want(redeem(), tenon.Conflict, "administrator already")
		err = p.st.Write(p.ctx, func(tx *store.Tx) error {
			u, err := tx.GetUser(admin, boss.User)
			if err != nil {
				return err
			}
			u.Disabled = true
			return tx.UpdateUser(u, u.Email)
		})
		if err != nil {
			t.Fatal(err)
		}
		p.want(redeem(), tenon.Conflict, "administrator already")
	})
}

func TestLinksExpire(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		link, err := p.c.FirstLink(p.ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(24*time.Hour + time.Second)
		_, _, err = p.c.RedeemLink(p.ctx, link, "Ann", "ann@msp.example", secret.NewText(goodPassword), addr, "")
		p.want(err, tenon.Gone, "")
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, wide, narrow, editor := p.user(tenon.Administrator), p.user(tenon.Manager, everywhere), p.user(tenon.Manager), p.user(tenon.Editor)
		const better = "eleven paper boats at dawn"
		for what, v := range map[string]tenon.Viewer{"editor": editor, "narrow manager": narrow} {
			if _, err := c.PasswordLink(ctx, v, editor.User); tenon.CodeOf(err) != tenon.Forbidden {
				t.Errorf("%s makes a link: %v", what, err)
			}
		}
		_, err := c.PasswordLink(ctx, wide, narrow.User)
		p.want(err, tenon.Forbidden, "administrator")
		_, err = c.PasswordLink(ctx, wide, editor.User)
		p.want(err, tenon.Forbidden, "administrator")
		newcomer := core.UserChange{Name: ptr("N"), Email: ptr("new@msp.example"), Role: ptr(tenon.Editor)}
		invited, err := c.CreateUser(ctx, wide, newcomer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.PasswordLink(ctx, wide, invited.ID); err != nil {
			t.Errorf("a manager of everything invites an editor: %v", err)
		}
		// Who is kept from something cannot be somebody who is not.
		blind := wide
		blind.Denied = []tenon.Kind{tenon.Password}
		keyed := boss
		keyed.NoSecrets = true
		for _, v := range []tenon.Viewer{blind, keyed} {
			_, err = c.PasswordLink(ctx, v, invited.ID)
			p.want(err, tenon.Forbidden, "a password or a link")
			newcomer.Email, newcomer.Password = ptr("newer@msp.example"), ptr(secret.NewText(goodPassword))
			_, err = c.CreateUser(ctx, v, newcomer)
			p.want(err, tenon.Forbidden, "a password or a link")
		}
		link, err := c.PasswordLink(ctx, boss, editor.User)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := p.in(editor)
		session, v, err := c.RedeemLink(ctx, link, "ignored", "ignored", secret.NewText(better), addr, "")
		if err != nil || v.User != editor.User {
			t.Fatalf("got %+v, %v", v, err)
		}
		if _, err := c.SessionViewer(ctx, before); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("the old session goes on: %v", err)
		}
		_, _, err = c.RedeemLink(ctx, link, "", "", secret.NewText(better), addr, "")
		p.want(err, tenon.Gone, "")
		_, _, err = p.signIn(editor.Email, goodPassword)
		p.want(err, tenon.Unauthenticated, "")

		v, err = c.SessionViewer(ctx, session)
		if err != nil {
			t.Fatal(err)
		}
		p.want(c.ChangePassword(ctx, v, secret.NewText("no"), secret.NewText(goodPassword)), tenon.Invalid, "current password is wrong")
		p.want(c.ChangePassword(ctx, v, secret.NewText(better), secret.NewText("aaaaaaaaaaaa")), tenon.Invalid, "")
		p.want(c.ChangePassword(ctx, p.viewer(editor.User), secret.NewText(better), secret.NewText(goodPassword)), tenon.Forbidden, "signed in")
		other, _, err := p.signIn(editor.Email, better)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ChangePassword(ctx, v, secret.NewText(better), secret.NewText(goodPassword)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SessionViewer(ctx, session); err != nil {
			t.Errorf("the session that changed it ended: %v", err)
		}
		if _, err := c.SessionViewer(ctx, other); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("another session goes on: %v", err)
		}
		// A hash of other costs is renewed when the password is there.
		strong := core.New(core.Options{Store: p.st, Passwords: secret.NewHasher(secret.HashOptions{MemoryKiB: 16, Passes: 1, Lanes: 1})})
		if _, _, err := strong.SignIn(ctx, editor.Email, secret.NewText(goodPassword), addr, ""); err != nil {
			t.Fatal(err)
		}
		p.read(func(tx *store.Tx) error {
			creds, err := tx.SystemCredentialsOf(editor.User, false)
			if !strings.Contains(creds.PasswordHash, "m=16,") {
				t.Errorf("hash %s", creds.PasswordHash[:30])
			}
			return err
		})
	})
}

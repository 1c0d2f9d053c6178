package core_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
)

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, editor := p.user(tenon.Administrator), p.user(tenon.Editor)
		_, v := p.in(editor)
		other, _ := p.in(editor)
		seed, uri, err := c.NewFactor(v, "Northwind IT")
		if err != nil || !strings.Contains(uri.Reveal(), "Northwind") {
			t.Fatalf("%v", err)
		}
		totp, err := secret.ParseTOTP(seed)
		if err != nil {
			t.Fatal(err)
		}
		code := func() string {
			t.Helper()
			text, _, err := totp.Code(p.clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return text.Reveal()
		}
		_, _, err = c.EnrolFactor(ctx, v, seed, "000000")
		p.want(err, tenon.Invalid, "code is wrong")
		if _, codes, err := c.EnrolFactor(ctx, v, seed, code()); err != nil || len(codes) != 10 {
			t.Fatalf("%d recovery codes, %v", len(codes), err)
		}
		if _, err := c.SessionViewer(ctx, other); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("a session without the factor goes on: %v", err)
		}
		pending, none, err := p.signIn(editor.Email, goodPassword)
		p.want(err, tenon.Unauthenticated, "code")
		if _, err := c.SessionViewer(ctx, pending); tenon.CodeOf(err) != tenon.Unauthenticated || none.User != 0 {
			t.Errorf("half a sign-in is a session: %v", err)
		}
		_, _, err = c.RedeemLink(ctx, pending, "", "", secret.NewText(goodPassword), addr, "")
		p.want(err, tenon.Gone, "")
		_, _, err = c.SignInCode(ctx, pending, code(), addr, "") // the one that enrolled
		p.want(err, tenon.Invalid, "used already")
		p.clock.Advance(30 * time.Second)
		token, got, err := c.SignInCode(ctx, pending, code(), addr, "")
		if err != nil || got.User != editor.User || got.NeedFreshFactor(p.clock.Now()) != nil {
			t.Fatalf("got %+v, %v", got, err)
		}
		_, _, err = c.SignInCode(ctx, pending, code(), addr, "")
		p.want(err, tenon.Unauthenticated, "")
		// The proof grows old, and is renewed.
		p.clock.Advance(16 * time.Minute)
		if v, err = c.SessionViewer(ctx, token); err != nil {
			t.Fatal(err)
		}
		p.want(v.NeedFreshFactor(p.clock.Now()), tenon.Forbidden, "second factor")
		p.want(c.DisableFactor(ctx, v, editor.User), tenon.Forbidden, "second factor")
		_, _, err = c.CreateKey(ctx, v, editor.User, "key", false)
		p.want(err, tenon.Forbidden, "second factor")
		line, err := c.CommandLineViewer(ctx, "root", editor.Email)
		if err != nil || line.NeedFreshFactor(p.clock.Now()) != nil {
			t.Errorf("a command is asked for a code: %v", err)
		}
		_, err = c.ProveFactor(ctx, v, "123")
		p.want(err, tenon.Invalid, "")
		old := token
		if token, err = c.ProveFactor(ctx, v, code()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SessionViewer(ctx, old); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("the token from before the proof goes on: %v", err)
		}
		if v, err = c.SessionViewer(ctx, token); err != nil || v.NeedFreshFactor(p.clock.Now()) != nil {
			t.Errorf("not fresh: %+v, %v", v, err)
		}
		// A password link does not get past it.
		link, err := c.PasswordLink(ctx, boss, editor.User)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := c.RedeemLink(ctx, link, "", "", secret.NewText(goodPassword), addr, "")
		p.want(err, tenon.Unauthenticated, "password is set")
		if !session.IsZero() {
			t.Error("a link began a session without the second factor")
		}
		// Whoever lost it is helped by an administrator.
		p.want(c.DisableFactor(ctx, p.user(tenon.Manager, everywhere), editor.User), tenon.Forbidden, "Only an administrator")
		if err := c.DisableFactor(ctx, boss, editor.User); err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.signIn(editor.Email, goodPassword); err != nil {
			t.Errorf("after it was switched off: %v", err)
		}
	})
}

func TestCodeWorksOnce(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		editor := p.user(tenon.Editor)
		_, v := p.in(editor)
		seed, _, err := p.c.NewFactor(v, "Account")
		if err != nil {
			t.Fatal(err)
		}
		totp, err := secret.ParseTOTP(seed)
		if err != nil {
			t.Fatal(err)
		}
		code, _, err := totp.Code(p.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.c.EnrolFactor(p.ctx, v, seed, code.Reveal()); err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(30 * time.Second)
		if code, _, err = totp.Code(p.clock.Now()); err != nil {
			t.Fatal(err)
		}
		var good atomic.Int32
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := p.c.ProveFactor(p.ctx, v, code.Reveal()); err == nil {
					good.Add(1)
				}
			})
		}
		wg.Wait()
		if good.Load() != 1 {
			t.Errorf("one code worked %d times", good.Load())
		}
	})
}

// TestRevealNeedsFactor: a session of a user with a second factor shows secrets
// while the proof is fresh; others show them unless the account demands one.
func TestRevealNeedsFactor(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		o, err := c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": "Acme"}})
		if err != nil {
			t.Fatal(err)
		}
		pw, err := c.CreateItem(ctx, admin, tenon.Password, o.ID, core.ItemChange{Values: tenon.Values{"name": "root"},
			Secrets: map[string]*secret.Text{"password": text("hunter2"), "otp_secret": text("JBSW Y3DP EHPK 3PXP JBSW Y3DP")}})
		if err != nil {
			t.Fatal(err)
		}
		show := func(v tenon.Viewer) error {
			_, err := c.Reveal(ctx, v, pw.ID, "password")
			_, _, codeErr := c.TOTPCode(ctx, v, pw.ID)
			if tenon.CodeOf(err) != tenon.CodeOf(codeErr) {
				t.Errorf("reveal says %v, the code says %v", err, codeErr)
			}
			return err
		}
		boss := p.user(tenon.Manager, everywhere)
		token, v := p.in(boss)
		key := boss
		key.Key = 77
		setting := func(value string) {
			t.Helper()
			if err := c.SetSetting(ctx, admin, tenon.SettingReveal, value); err != nil {
				t.Fatal(err)
			}
		}
		p.want(show(v), "", "")
		setting("true")
		p.want(show(v), tenon.Forbidden, "Set yours up")
		p.want(show(key), "", "")
		p.want(show(admin), "", "") // the command line
		seed, _, err := c.NewFactor(v, "Account")
		if err != nil {
			t.Fatal(err)
		}
		totp, err := secret.ParseTOTP(seed)
		if err != nil {
			t.Fatal(err)
		}
		code, _, err := totp.Code(p.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if token, _, err = c.EnrolFactor(ctx, v, seed, code.Reveal()); err != nil {
			t.Fatal(err)
		}
		again := func() tenon.Viewer {
			t.Helper()
			v, err := c.SessionViewer(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		p.want(show(again()), "", "")
		p.clock.Advance(tenon.FactorFresh + time.Second)
		p.want(show(again()), tenon.Forbidden, "Enter the current code")
		setting("false")
		p.want(show(again()), tenon.Forbidden, "Enter the current code")
		key.SecondFactor = true
		p.want(show(key), "", "")
		if code, _, err = totp.Code(p.clock.Now()); err != nil {
			t.Fatal(err)
		}
		if token, err = c.ProveFactor(ctx, again(), code.Reveal()); err != nil {
			t.Fatal(err)
		}
		p.want(show(again()), "", "")
	})
}

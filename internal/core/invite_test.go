package core_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/mail"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

var mailed = regexp.MustCompile(`kind=(\w+) to=(\S+) subject="?([^"]*)"? link=(\S+)`)

// letters sends what waits, into a log as an installation without a mail
// server does, and returns "kind to subject" of each and the token of the last link.
func (p *people) letters() (sent []string, token secret.Text) {
	p.t.Helper()
	var log bytes.Buffer
	office := mail.New(mail.Options{Store: p.st, Keys: p.keys, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if _, err := office.Deliver(p.ctx); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range mailed.FindAllStringSubmatch(log.String(), -1) {
		sent = append(sent, m[1]+" "+m[2]+" "+strings.TrimSpace(m[3]))
		if after, ok := strings.CutPrefix(m[4], "/link/"); ok {
			token = secret.NewText(after)
		}
	}
	return sent, token
}

func (p *people) wantLetters(want ...string) secret.Text {
	p.t.Helper()
	got, token := p.letters()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		p.t.Errorf("mailed %q, want %q", got, want)
	}
	return token
}

func (p *people) redeem(token secret.Text, password string) error {
	_, _, err := p.c.RedeemLink(p.ctx, token, "", "", secret.NewText(password), addr, "Browser 1.0")
	return err
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, manager := p.user(tenon.Administrator), p.user(tenon.Manager, everywhere)
		ask := func(name string, role tenon.Role) core.UserChange {
			return core.UserChange{Name: ptr(name), Email: ptr(name + "@msp.example"), Role: &role}
		}
		_, err := c.InviteUser(ctx, p.user(tenon.Editor), ask("x", tenon.Editor))
		p.want(err, tenon.Forbidden, "manage users")
		_, err = c.InviteUser(ctx, manager, ask("x", tenon.Manager))
		p.want(err, tenon.Forbidden, "Only an administrator")
		_, err = c.InviteUser(ctx, p.user(tenon.Manager), ask("x", tenon.Editor))
		p.want(err, tenon.Forbidden, "Only an administrator")
		if _, err := c.UserByEmail(ctx, boss, "x@msp.example"); tenon.CodeOf(err) != tenon.NotFound {
			t.Errorf("a refused invitation made a user: %v", err)
		}
		p.wantLetters()

		u, err := c.InviteUser(ctx, manager, ask("mia", tenon.Editor))
		if err != nil || u.State() != tenon.UserInvited || u.InvitedUntil.IsZero() {
			t.Fatalf("got %+v, %v", u, err)
		}
		first := p.wantLetters("invitation mia@msp.example You are invited to Tenon")
		if _, err := c.MailLink(ctx, manager, u.ID); err != nil {
			t.Fatal(err)
		}
		second := p.wantLetters("invitation mia@msp.example You are invited to Tenon")
		p.want(p.redeem(first, goodPassword), tenon.Gone, "")
		p.clock.Advance(24*time.Hour + time.Second)
		p.want(p.redeem(second, goodPassword), tenon.Gone, "")
		if again, err := c.User(ctx, boss, u.ID); err != nil || again.InvitedUntil.After(p.clock.Now()) {
			t.Errorf("the invitation goes on: %+v, %v", again, err)
		}
		if _, err := c.MailLink(ctx, boss, u.ID); err != nil {
			t.Fatal(err)
		}
		third := p.wantLetters("invitation mia@msp.example You are invited to Tenon")
		p.want(p.redeem(third, goodPassword), "", "")
		p.want(p.redeem(third, goodPassword), tenon.Gone, "")
		if again, err := c.User(ctx, boss, u.ID); err != nil || again.State() != tenon.UserActive {
			t.Errorf("got %+v, %v", again, err)
		}
		p.wantLetters() // who was invited knows

		// A letter whose link has ended does not go out.
		if u, err = c.InviteUser(ctx, boss, ask("tom", tenon.ReadOnly)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DisableUser(ctx, boss, u.ID); err != nil {
			t.Fatal(err)
		}
		p.wantLetters()
		_, err = c.MailLink(ctx, boss, u.ID)
		p.want(err, tenon.Conflict, "disabled")
	})
}

func TestResetByMail(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, editor := p.user(tenon.Administrator), p.user(tenon.Editor)
		gone := p.user(tenon.Editor)
		if _, err := c.DisableUser(ctx, boss, gone.User); err != nil {
			t.Fatal(err)
		}
		session, _ := p.in(editor)
		for _, email := range []string{"nobody@msp.example", gone.Email} {
			p.want(c.RequestReset(ctx, email, addr), "", "")
		}
		p.wantLetters()
		p.want(c.RequestReset(ctx, "nobody", addr), tenon.Invalid, "not an e-mail address")
		p.want(c.RequestReset(ctx, " "+strings.ToUpper(editor.Email), addr), "", "")
		token := p.wantLetters("reset " + editor.Email + " Choose a new password")
		if l, err := c.Link(ctx, token); err != nil || !l.Reset || l.Email != editor.Email {
			t.Errorf("got %+v, %v", l, err)
		}
		p.want(p.redeem(token, "another quiet lantern stood"), "", "")
		if _, err := c.SessionViewer(ctx, session); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("the session from before goes on: %v", err)
		}
		p.wantLetters("account " + editor.Email + " Your password was changed")
		p.want(p.redeem(token, goodPassword), tenon.Gone, "")

		// A link that an administrator made is not ended by whoever asks here, and
		// one that was asked for ends after an hour.
		invited, err := c.InviteUser(ctx, boss, core.UserChange{Name: ptr("mia"), Email: ptr("mia@msp.example"), Role: ptr(tenon.Editor)})
		if err != nil {
			t.Fatal(err)
		}
		invitation := p.wantLetters("invitation mia@msp.example You are invited to Tenon")
		p.want(c.RequestReset(ctx, invited.Email, addr), "", "")
		reset := p.wantLetters("reset mia@msp.example Choose a new password")
		p.clock.Advance(time.Hour + time.Second)
		p.want(p.redeem(reset, goodPassword), tenon.Gone, "")
		p.want(p.redeem(invitation, goodPassword), "", "")

		// Nobody's mailbox is filled, and whether there is a user does not show.
		for _, email := range []string{editor.Email, "somebody@msp.example"} {
			for range 3 {
				p.want(c.RequestReset(ctx, email, addr), "", "")
			}
			p.want(c.RequestReset(ctx, email, "192.0.2.99"), tenon.RateLimited, "several times")
		}
		p.clock.Advance(time.Hour + time.Second)
		p.want(c.RequestReset(ctx, editor.Email, addr), "", "")
	})
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		boss, editor := p.user(tenon.Administrator), p.user(tenon.Editor)
		token, v := p.in(editor)
		_, err := c.NewRecoveryCodes(ctx, v)
		p.want(err, tenon.Conflict, "Set one up first")
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
		old := token
		token, codes, err := c.EnrolFactor(ctx, v, seed, code.Reveal())
		if err != nil || len(codes) != 10 || token.Equal(old) {
			t.Fatalf("%d codes, %v", len(codes), err)
		}
		p.wantLetters("account " + editor.Email + " A second factor was set up")
		left := func(want int64) {
			t.Helper()
			for _, who := range []tenon.Viewer{editor, boss} {
				if n, err := c.RecoveryCodesLeft(ctx, who, editor.User); err != nil || n != want {
					t.Errorf("%s: %d codes left, want %d (%v)", who.Role, n, want, err)
				}
			}
		}
		left(10)
		_, err = c.RecoveryCodesLeft(ctx, p.user(tenon.Creator), editor.User)
		p.want(err, tenon.Forbidden, "")
		pending, _, err := p.signIn(editor.Email, goodPassword)
		p.want(err, tenon.Unauthenticated, "code")
		typed := strings.ToUpper(strings.ReplaceAll(codes[3].Reveal(), "-", " "))
		session, _, err := c.SignInCode(ctx, pending, typed, addr, "Browser 1.0")
		if err != nil {
			t.Fatal(err)
		}
		if v, err = c.SessionViewer(ctx, session); err != nil || v.NeedFreshFactor(p.clock.Now()) != nil {
			t.Errorf("got %+v, %v", v, err)
		}
		left(9)
		p.wantLetters("account " + editor.Email + " A recovery code was used: 9 codes are left")
		_, err = c.ProveFactor(ctx, v, codes[3].Reveal())
		p.want(err, tenon.Invalid, "used already")
		_, err = c.ProveFactor(ctx, v, secret.NewRecoveryCode().Reveal())
		p.want(err, tenon.Invalid, "")
		if got := p.actions(int64(editor.User)); !strings.Contains(got, "use recovery code, sign in") {
			t.Errorf("recorded %s", got)
		}
		fresh, err := c.NewRecoveryCodes(ctx, v)
		if err != nil || len(fresh) != 10 {
			t.Fatalf("%d codes, %v", len(fresh), err)
		}
		left(10)
		_, err = c.ProveFactor(ctx, v, codes[4].Reveal())
		p.want(err, tenon.Invalid, "")
		p.clock.Advance(tenon.FactorFresh + time.Second)
		_, err = c.NewRecoveryCodes(ctx, v)
		p.want(err, tenon.Forbidden, "current code")
		if err := c.DisableFactor(ctx, boss, editor.User); err != nil {
			t.Fatal(err)
		}
		left(0)
	})
}

// TestFreshProof: what outlives a stolen session asks for the password first.
func TestFreshProof(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		editor := p.user(tenon.Editor)
		token, v := p.in(p.user(tenon.Administrator))
		p.clock.Advance(tenon.FactorFresh + time.Second)
		seed, _, err := c.NewFactor(v, "Account")
		if err != nil {
			t.Fatal(err)
		}
		acts := map[string]func() error{
			"a key":          func() error { _, _, err := c.CreateKey(ctx, v, v.User, "key", false); return err },
			"another's link": func() error { _, err := c.PasswordLink(ctx, v, editor.User); return err },
			"own address": func() error {
				_, err := c.UpdateUser(ctx, v, v.User, core.UserChange{Email: ptr("new@msp.example")})
				return err
			},
			"another's": func() error {
				_, err := c.UpdateUser(ctx, v, editor.User, core.UserChange{Email: ptr("e@msp.example")})
				return err
			},
			"a factor":     func() error { _, _, err := c.EnrolFactor(ctx, v, seed, "000000"); return err },
			"a factor off": func() error { return c.DisableFactor(ctx, v, editor.User) },
		}
		for name, act := range acts {
			if err := act(); tenon.CodeOf(err) != tenon.Forbidden || !strings.Contains(tenon.MessageOf(err), "password again") {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = c.ProvePassword(ctx, v, secret.NewText("wrong lanterns over quiet water"))
		p.want(err, tenon.Invalid, "wrong")
		renewed, err := c.ProvePassword(ctx, v, secret.NewText(goodPassword))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.SessionViewer(ctx, token); tenon.CodeOf(err) != tenon.Unauthenticated {
			t.Errorf("the token from before the proof goes on: %v", err)
		}
		if v, err = c.SessionViewer(ctx, renewed); err != nil {
			t.Fatal(err)
		}
		for name, act := range acts {
			if err := act(); tenon.CodeOf(err) == tenon.Forbidden {
				t.Errorf("%s after the proof: %v", name, err)
			}
		}
		got, _ := p.letters()
		for _, want := range []string{"account new@msp.example Your e-mail address was changed to new@msp.example", "account " + v.Email + " Your e-mail address was changed to new@msp.example",
			"account e@msp.example Your e-mail address was changed to e@msp.example"} {
			if !strings.Contains(strings.Join(got, "\n"), want) {
				t.Errorf("mailed %q, want %q", got, want)
			}
		}
	})
}

// TestAddressIsAWayIn: who may not sign in as somebody may not have their mail.
func TestAddressIsAWayIn(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		manager, editor := p.user(tenon.Manager, everywhere), p.user(tenon.Editor)
		change := core.UserChange{Email: ptr("mine@msp.example")}
		_, err := c.UpdateUser(ctx, manager, editor.User, change)
		p.want(err, tenon.Forbidden, "Only an administrator")
		key := editor
		key.Key = 77
		_, err = c.UpdateUser(ctx, key, editor.User, change)
		p.want(err, tenon.Forbidden, "API key")
		invited, err := c.CreateUser(ctx, admin, core.UserChange{Name: ptr("mia"), Email: ptr("mio@msp.example"), Role: ptr(tenon.Editor)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.UpdateUser(ctx, manager, invited.ID, core.UserChange{Email: ptr("mia@msp.example")}); err != nil {
			t.Error(err)
		}
	})
}

func TestSignInList(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		editor := p.user(tenon.Editor)
		p.in(editor)
		if _, _, err := p.signIn(editor.Email, "wrong lanterns over quiet water"); err == nil {
			t.Fatal("signed in with a wrong password")
		}
		for _, v := range []tenon.Viewer{editor, p.user(tenon.Manager)} {
			list, err := c.SignIns(ctx, v, editor.User, 10)
			if err != nil || len(list) != 2 {
				t.Fatalf("%s: got %+v, %v", v.Role, list, err)
			}
			if bad := list[0]; bad.Good || bad.Why != "wrong password" || bad.Addr != addr || bad.Agent != "Browser 1.0" || bad.At.IsZero() {
				t.Errorf("bad %+v", bad)
			}
			if good := list[1]; !good.Good || good.With != "password" || good.Agent != "Browser 1.0" {
				t.Errorf("good %+v", good)
			}
		}
		list, err := c.SignIns(ctx, p.user(tenon.Creator), editor.User, 10)
		if len(list) != 0 {
			t.Errorf("others see %+v, %v", list, err)
		}
		one, v := p.in(editor)
		two, _ := p.in(editor)
		if n, err := c.SignOutEverywhere(ctx, v, editor.User); err != nil || n != 3 {
			t.Errorf("ended %d, %v", n, err)
		}
		for _, token := range []secret.Text{one, two} {
			if _, err := c.SessionViewer(ctx, token); tenon.CodeOf(err) != tenon.Unauthenticated {
				t.Errorf("a session goes on: %v", err)
			}
		}
	})
}

func TestRevealQuota(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		org := p.org("Acme")
		pw, err := c.CreateItem(ctx, admin, tenon.Password, org, core.ItemChange{Values: tenon.Values{"name": "root"}, Secrets: map[string]*secret.Text{"password": text("hunter2")}})
		if err != nil {
			t.Fatal(err)
		}
		p.want(c.SetSetting(ctx, admin, tenon.SettingReveals, "3"), "", "")
		_, v := p.in(p.user(tenon.Manager, everywhere))
		show := func(v tenon.Viewer) error { _, err := c.Reveal(ctx, v, pw.ID, "password"); return err }
		for range 3 {
			p.want(show(v), "", "")
		}
		p.want(show(v), tenon.RateLimited, "3 secrets within an hour")
		var shown int
		p.read(func(tx *store.Tx) error {
			events, _, err := tx.ListEvents(admin, store.EventQuery{Action: "reveal"})
			shown = len(events)
			return err
		})
		if shown != 3 {
			t.Errorf("%d reveals are in the log, want 3", shown)
		}
		_, other := p.in(p.user(tenon.Manager, everywhere))
		p.want(show(other), "", "")
		if err := c.SweepSignIns(ctx); err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(59 * time.Minute)
		p.want(show(v), tenon.RateLimited, "Wait")
		p.clock.Advance(2 * time.Minute)
		p.want(show(v), "", "")
	})
}

// TestRevealQuotaOfKeys shows secrets to keys and sessions of one person: they
// count together, whatever key it is, and past versions count too.
func TestRevealQuotaOfKeys(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		pw, err := c.CreateItem(ctx, admin, tenon.Password, p.org("Acme"), core.ItemChange{Values: tenon.Values{"name": "root"}, Secrets: map[string]*secret.Text{"password": text("hunter2")}})
		if err != nil {
			t.Fatal(err)
		}
		p.want(c.SetSetting(ctx, admin, tenon.SettingReveals, "3"), "", "")
		p.want(c.SetSetting(ctx, admin, tenon.SettingKeyReveals, "5"), "", "")
		u := p.user(tenon.Manager, everywhere)
		_, session := p.in(u)
		var keys []tenon.Viewer
		for range 2 {
			key, _, err := c.CreateKey(ctx, admin, session.User, "script", true)
			if err != nil {
				t.Fatal(err)
			}
			v, err := c.KeyViewer(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, v)
		}
		show := func(v tenon.Viewer) error { _, err := c.Reveal(ctx, v, pw.ID, "password"); return err }
		past := func(v tenon.Viewer) error { _, err := c.RevealVersion(ctx, v, pw.ID, "password", 1); return err }
		p.want(show(session), "", "")
		p.want(past(session), "", "")
		p.want(show(keys[0]), "", "")
		p.want(show(session), tenon.RateLimited, "3 secrets within an hour")
		p.want(past(session), tenon.RateLimited, "3 secrets within an hour")
		p.want(show(keys[0]), "", "")
		p.want(past(keys[1]), "", "")
		p.want(show(keys[1]), tenon.RateLimited, "5 secrets within an hour")
		p.want(c.SetSetting(ctx, admin, tenon.SettingKeyReveals, "0"), "", "")
		p.want(show(keys[0]), "", "")
		p.want(show(session), tenon.RateLimited, "3 secrets within an hour")
		p.want(show(admin), "", "")
	})
}

package core

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// How many attempts to sign in may fail. Successes are not counted, and a
// session that runs is not touched, so that nobody can be thrown out by
// somebody who guesses; a new sign-in waits a minute at most.
const (
	attemptWindow    = time.Minute
	attemptsAccount  = 10
	attemptsAddress  = 50
	factorSignInLife = 5 * time.Minute
	// longestWindow is the longest time for which anything is counted.
	longestWindow = time.Hour
)

// errSignIn is the answer to every attempt that fails, whatever the reason.
var errSignIn = tenon.Errorf(tenon.Unauthenticated, "The e-mail address or the password is wrong.")

// attempt is one try to prove who one is.
type attempt struct {
	account, addr string // the names it is counted under
}

// newAttempt hashes what was typed as account: people type passwords there.
func newAttempt(account, addr string) attempt {
	return attempt{"account " + secret.HashToken(secret.NewText(account)).String(), "address " + network(addr)}
}

// network is what counts as one address: of IPv6 whoever has one has 2^64.
func network(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return addr
	}
	if block, err := ip.Prefix(64); err == nil {
		return block.String()
	}
	return addr
}

// count counts the attempt, before it is known how it ends: attempts made at
// the same time count too. RateLimited where there were too many.
func (a attempt) count(tx *store.Tx) error {
	since := tx.Now().Add(-attemptWindow)
	wait, err := tx.CountAttempt(a.account, attemptsAccount, since)
	if err == nil && wait == 0 {
		wait, err = tx.CountAttempt(a.addr, attemptsAddress, since)
	}
	if err == nil && wait > 0 {
		err = tenon.Errorf(tenon.RateLimited, "Too many attempts to sign in. Wait %d seconds and try again.", int64(wait/time.Second)+1)
	}
	return err
}

// forget takes it back: it was no failure.
func (a attempt) forget(tx *store.Tx) error {
	since := tx.Now().Add(-attemptWindow)
	if err := tx.ForgetAttempt(a.account, since, true); err != nil {
		return err
	}
	return tx.ForgetAttempt(a.addr, since, false)
}

// SignIn begins a session and returns its token, of which only a hash is kept.
// It takes the same time for an unknown address, a disabled user and a wrong
// password, and answers them alike.
//
// A user with a second factor gets an Unauthenticated error that names the
// field "code", and with it a token for SignInCode, good for five minutes.
func (c *Core) SignIn(ctx context.Context, email string, password secret.Text, addr, agent string) (secret.Text, tenon.Viewer, error) {
	key, ok := textkey.EmailKey(email)
	if !ok {
		key = textkey.Fold(email)
	}
	try := newAttempt(key, addr)
	var creds store.SystemCredentials
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		creds = store.SystemCredentials{}
		if err := try.count(tx); err != nil {
			return err
		}
		id, err := tx.SystemUserByEmail(key)
		if tenon.CodeOf(err) == tenon.NotFound {
			return nil
		}
		if err == nil {
			creds, err = tx.SystemCredentialsOf(id, false)
		}
		return err
	})
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	why, err := c.verifyPassword(ctx, creds, password)
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	if why != "" {
		return secret.Text{}, tenon.Viewer{}, c.refuseSignIn(ctx, creds.User, addr, agent, why)
	}
	renewed := ""
	if c.hash.NeedsRehash(creds.PasswordHash) {
		if renewed, err = c.hash.Hash(ctx, password); err != nil {
			return secret.Text{}, tenon.Viewer{}, err
		}
	}
	return c.finishSignIn(ctx, creds, renewed, try, addr, agent)
}

// verifyPassword says why the password does not hold, or "". It works as long
// for nobody as for somebody.
func (c *Core) verifyPassword(ctx context.Context, creds store.SystemCredentials, password secret.Text) (why string, err error) {
	if creds.PasswordHash == "" {
		if creds.User == 0 {
			why = "unknown account"
		} else {
			why = "no password was set"
		}
		return why, c.hash.VerifyNobody(ctx, password)
	}
	ok, err := c.hash.Verify(ctx, creds.PasswordHash, password)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "wrong password", nil
	case creds.Disabled:
		return "disabled", nil
	}
	return "", nil
}

// refuseSignIn records the failure and returns the one answer. What was typed
// as an unknown address is not recorded: it may be a password.
func (c *Core) refuseSignIn(ctx context.Context, user tenon.UserID, addr, agent, why string) error {
	err := c.st.Write(ctx, func(tx *store.Tx) error { return recordRefusal(tx, user, addr, agent, why) })
	if err != nil {
		return err
	}
	return errSignIn
}

func recordRefusal(tx *store.Tx, user tenon.UserID, addr, agent, why string) error {
	names, err := tx.SystemNames("user", []int64{int64(user)})
	if err != nil {
		return err
	}
	return tx.Record(tenon.Viewer{Face: "web", Addr: addr}, tenon.Event{Action: "sign in failed", Subject: "user", SubjectID: int64(user),
		Name: names[int64(user)], Changes: []tenon.Change{{Field: "reason", After: why}, {Field: "browser", After: shortAgent(agent)}}})
}

// finishSignIn begins the session, unless what was verified has changed since,
// or asks for the second factor.
func (c *Core) finishSignIn(ctx context.Context, creds store.SystemCredentials, renewed string, try attempt, addr, agent string) (token secret.Text, v tenon.Viewer, err error) {
	needsCode := false
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.SystemCredentialsOf(creds.User, true)
		if err != nil {
			return err
		}
		if now.Disabled || now.PasswordHash != creds.PasswordHash {
			return errSignIn
		}
		if err := try.forget(tx); err != nil {
			return err
		}
		if renewed != "" {
			if err := tx.SetPassword(creds.User, renewed); err != nil {
				return err
			}
		}
		if needsCode = now.Sealed != nil; needsCode {
			token = secret.NewToken(secret.PrefixLink)
			return tx.InsertLink(secret.HashToken(token).String(), store.LinkFactor, creds.User, tx.Now().Add(factorSignInLife))
		}
		token, v, err = beginSession(tx, creds.User, addr, agent, withPassword)
		return err
	})
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	if needsCode {
		return token, tenon.Viewer{}, &tenon.Error{Code: tenon.Unauthenticated, Field: "code", Message: "Enter the current code of your second factor."}
	}
	return token, v, nil
}

// SignInCode ends a sign-in that SignIn left waiting for the second factor.
func (c *Core) SignInCode(ctx context.Context, pending secret.Text, code, addr, agent string) (token secret.Text, v tenon.Viewer, err error) {
	if _, ok := secret.ParseToken(secret.PrefixLink, pending.Reveal()); !ok {
		return secret.Text{}, tenon.Viewer{}, errNotSignedIn
	}
	hash := secret.HashToken(pending).String()
	refused := error(nil)
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		refused = nil
		purpose, user, err := tx.SystemLink(hash)
		if tenon.CodeOf(err) == tenon.NotFound || (err == nil && purpose != store.LinkFactor) {
			return errNotSignedIn
		}
		if err != nil {
			return err
		}
		try := newAttempt("code of "+user.String(), addr)
		if err := try.count(tx); err != nil {
			return err
		}
		with, err := c.proveFactor(tx, user, code, addr)
		if err != nil {
			return err
		}
		if with == "" {
			refused = errCode
			return recordRefusal(tx, user, addr, agent, "wrong code")
		}
		if err := try.forget(tx); err != nil {
			return err
		}
		if used, err := tx.UseLink(hash); err != nil || !used {
			refused = errNotSignedIn
			return err
		}
		token, v, err = beginSession(tx, user, addr, agent, with)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	return token, v, nil
}

// ChangePassword changes one's own password: it takes the current one, from a
// session and not by a key, and ends the other sessions and open links.
func (c *Core) ChangePassword(ctx context.Context, v tenon.Viewer, current, next secret.Text) error {
	if v.User == 0 || v.Session == 0 {
		return tenon.Errorf(tenon.Forbidden, "A password is changed by its owner, signed in.")
	}
	if err := checkPassword(next, &v.Name, &v.Email); err != nil {
		return err
	}
	try := newAttempt("password of "+strconv.FormatInt(int64(v.User), 10), v.Addr)
	var creds store.SystemCredentials
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		if err := v.NeedFreshFactor(tx.Now()); err != nil {
			return err
		}
		if err := try.count(tx); err != nil {
			return err
		}
		creds, err = tx.SystemCredentialsOf(v.User, false)
		return err
	})
	if err != nil {
		return err
	}
	why, err := c.verifyPassword(ctx, creds, current)
	if err != nil {
		return err
	}
	if why != "" {
		return tenon.FieldErrorf("current", "The current password is wrong. Nothing was changed.")
	}
	hash, err := c.hash.Hash(ctx, next)
	if err != nil {
		return err
	}
	return c.st.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.SystemCredentialsOf(v.User, true)
		if err != nil {
			return err
		}
		if now.Disabled || now.PasswordHash != creds.PasswordHash {
			return errNotSignedIn
		}
		if err := try.forget(tx); err != nil {
			return err
		}
		return setPassword(tx, v, v.User, hash, false)
	})
}

// setPassword stores a new hash and ends what the old password began.
func setPassword(tx *store.Tx, v tenon.Viewer, user tenon.UserID, hash string, first bool) error {
	if err := tx.SetPassword(user, hash); err != nil {
		return err
	}
	if _, err := tx.DeleteSessions(user, 0, v.Session); err != nil {
		return err
	}
	if err := tx.DeleteLinks(user); err != nil {
		return err
	}
	if !first { // who was invited knows
		if err := tell(tx, v, user, tenon.Say("Your password was changed")); err != nil {
			return err
		}
	}
	return tx.Record(v, tenon.Event{Action: "change password", Subject: "user", SubjectID: int64(user), Name: v.Name})
}

// checkPassword holds a password to the policy; the person's own name and
// address may not be in it.
func checkPassword(password secret.Text, context ...*string) error {
	var words []string
	for _, w := range context {
		if w != nil {
			words = append(words, *w)
		}
	}
	return secret.CheckPassword(password, words...)
}

// emailKey is the address under which a user signs in.
func emailKey(email string) (string, error) {
	key, ok := textkey.EmailKey(email)
	if !ok {
		return "", tenon.FieldErrorf("email", "%q is not an e-mail address.", email)
	}
	return key, nil
}

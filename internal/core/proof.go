package core

import (
	"context"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// ProveFactor renews the proof of the second factor for the session that asks,
// before a reveal for example, by a code of the app or a recovery code. It
// returns the session's new token: the one before ends.
func (c *Core) ProveFactor(ctx context.Context, v tenon.Viewer, code string) (token secret.Text, err error) {
	if v.User == 0 || v.Session == 0 {
		return secret.Text{}, errNotSignedIn
	}
	var refused error
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		refused = nil
		try := newAttempt("code of "+v.User.String(), v.Addr)
		if err := try.count(tx); err != nil {
			return err
		}
		with, err := c.proveFactor(tx, v.User, code, v.Addr)
		if err != nil {
			return err
		}
		if with == "" {
			refused = errCode
			return recordRefusal(tx, v.User, v.Addr, "", "wrong code")
		}
		if err := try.forget(tx); err != nil {
			return err
		}
		token, err = renewSession(tx, v.Session, true)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return secret.Text{}, err
	}
	return token, nil
}

// ProvePassword is ProveFactor for those without a second factor: they prove
// their password.
func (c *Core) ProvePassword(ctx context.Context, v tenon.Viewer, password secret.Text) (token secret.Text, err error) {
	if v.User == 0 || v.Session == 0 {
		return secret.Text{}, errNotSignedIn
	}
	if v.SecondFactor {
		return secret.Text{}, tenon.FieldErrorf("code", "Enter the code of your second factor: the password alone is not enough.")
	}
	try := newAttempt("password of "+strconv.FormatInt(int64(v.User), 10), v.Addr)
	creds, err := c.countedCredentials(ctx, v, try)
	if err != nil {
		return secret.Text{}, err
	}
	why, err := c.verifyPassword(ctx, creds, password)
	if err != nil {
		return secret.Text{}, err
	}
	if why != "" {
		err := c.st.Write(ctx, func(tx *store.Tx) error { return recordRefusal(tx, v.User, v.Addr, "", why) })
		if err != nil {
			return secret.Text{}, err
		}
		return secret.Text{}, tenon.FieldErrorf("password", "The password is wrong.")
	}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.SystemCredentialsOf(v.User, true)
		if err != nil {
			return err
		}
		if now.Disabled || now.PasswordHash != creds.PasswordHash || now.Sealed != nil {
			return errNotSignedIn
		}
		if err := try.forget(tx); err != nil {
			return err
		}
		token, err = renewSession(tx, v.Session, false)
		return err
	})
	if err != nil {
		return secret.Text{}, err
	}
	return token, nil
}

// countedCredentials counts an attempt and returns what it is checked against.
func (c *Core) countedCredentials(ctx context.Context, v tenon.Viewer, try attempt) (creds store.SystemCredentials, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) (err error) {
		if err := try.count(tx); err != nil {
			return err
		}
		creds, err = tx.SystemCredentialsOf(v.User, false)
		return err
	})
	return creds, err
}

// renewSession gives a session that has just proved who uses it a new token.
func renewSession(tx *store.Tx, session int64, factor bool) (secret.Text, error) {
	token := secret.NewToken(secret.PrefixSession)
	return token, tx.SetSessionProof(session, secret.HashToken(token).String(), factor)
}

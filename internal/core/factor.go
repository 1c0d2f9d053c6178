package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

var errCode = tenon.FieldErrorf("code", "The code is wrong, too old, or was used already. Wait for the next one.")

// factorPlace is where a user's seed is at home: it opens nowhere else.
func factorPlace(user tenon.UserID) secret.Place {
	return secret.Place{Item: tenon.ItemID(user), Binder: tenon.SystemBinder, Field: "user.totp"}
}

// NewFactor returns a fresh second factor for the signed-in user to put into
// their app. Nothing is stored: EnrolFactor is given it back with a code.
func (c *Core) NewFactor(v tenon.Viewer, account string) (seed, uri secret.Text, err error) {
	if v.User == 0 || v.Session == 0 {
		return secret.Text{}, secret.Text{}, errNotSignedIn
	}
	t := secret.NewTOTP()
	uri, err = t.URI(account, v.Email)
	return t.Seed(), uri, err
}

// EnrolFactor switches the second factor on, once a code shows that the app
// has the seed. It ends the user's other sessions, which did not prove it.
// It takes a fresh proof: of the password, or of the factor that it replaces.
// It returns recovery codes for who loses the app, and the new token of the session.
func (c *Core) EnrolFactor(ctx context.Context, v tenon.Viewer, seed secret.Text, code string) (token secret.Text, codes []secret.Text, err error) {
	if v.User == 0 || v.Session == 0 {
		return secret.Text{}, nil, errNotSignedIn
	}
	if c.keys == nil {
		return secret.Text{}, nil, tenon.Errorf(tenon.Unavailable, "There is no key to seal the second factor with.")
	}
	t, err := secret.ParseTOTP(seed)
	if err != nil {
		return secret.Text{}, nil, err
	}
	sealed, err := c.keys.Seal(factorPlace(v.User), seed)
	if err != nil {
		return secret.Text{}, nil, err
	}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		creds, err := tx.SystemCredentialsOf(v.User, true)
		if err != nil {
			return err
		}
		fresh := v
		fresh.SecondFactor = creds.Sealed != nil
		if err := fresh.NeedFreshProof(tx.Now()); err != nil {
			return err
		}
		counter, ok := t.Check(code, tx.Now(), 0)
		if !ok {
			return errCode
		}
		if err := tx.SetSecondFactor(v.User, sealed, counter); err != nil {
			return err
		}
		if _, err := tx.DeleteSessions(v.User, 0, v.Session); err != nil {
			return err
		}
		if codes, err = makeRecoveryCodes(tx, v.User); err != nil {
			return err
		}
		if token, err = renewSession(tx, v.Session, true); err != nil {
			return err
		}
		if err := tell(tx, v, v.User, tenon.Say("A second factor was set up")); err != nil {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "enrol second factor", Subject: "user", SubjectID: int64(v.User), Name: v.Name})
	})
	if err != nil {
		return secret.Text{}, nil, err
	}
	return token, codes, nil
}

// proveFactor checks a code and uses it up, under the lock of the user's row:
// the same code sent twice at the same time works once. It says by what they
// signed in, "" where the code does not hold.
func (c *Core) proveFactor(tx *store.Tx, user tenon.UserID, code, addr string) (with string, err error) {
	creds, err := tx.SystemCredentialsOf(user, true)
	if err != nil || creds.Sealed == nil || creds.Disabled {
		return "", err
	}
	if recovery, ok := secret.ParseRecoveryCode(code); ok {
		used, err := useRecoveryCode(tx, user, recovery, addr)
		if err != nil || !used {
			return "", err
		}
		return withRecoveryCode, nil
	}
	if c.keys == nil {
		return "", tenon.Errorf(tenon.Unavailable, "There is no key to open the second factor with.")
	}
	seed, err := c.keys.Open(factorPlace(user), creds.Sealed)
	if err != nil {
		return "", err
	}
	t, err := secret.ParseTOTP(seed)
	if err != nil {
		return "", err
	}
	counter, ok := t.Check(code, tx.Now(), creds.Counter)
	if !ok {
		return "", nil
	}
	return withCode, tx.SetFactorCounter(user, counter)
}

// DisableFactor switches a second factor off: one's own, freshly proved, or
// that of somebody who lost it, by an administrator. It ends the other's sessions.
func (c *Core) DisableFactor(ctx context.Context, v tenon.Viewer, user tenon.UserID) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.GetUser(v, user)
		if err != nil {
			return err
		}
		if user != v.User && v.Role != tenon.Administrator {
			return tenon.Errorf(tenon.Forbidden, "Only an administrator may switch off the second factor of somebody else.")
		}
		if v.Key != 0 {
			return tenon.Errorf(tenon.Forbidden, "A second factor is not switched off by an API key. Sign in.")
		}
		if err := v.NeedFreshProof(tx.Now()); err != nil {
			return err
		}
		if !u.SecondFactor {
			return nil
		}
		if err := tx.SetSecondFactor(user, nil, 0); err != nil {
			return err
		}
		if err := tx.ReplaceRecoveryCodes(user, nil); err != nil {
			return err
		}
		if err := tell(tx, v, user, tenon.Say("Your second factor was switched off")); err != nil {
			return err
		}
		if user != v.User {
			if _, err := tx.DeleteSessions(user, 0, 0); err != nil {
				return err
			}
		}
		return tx.Record(v, tenon.Event{Action: "disable second factor", Subject: "user", SubjectID: int64(user), Name: u.Name})
	})
}

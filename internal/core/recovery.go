package core

import (
	"context"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// recoveryCodes is how many recovery codes somebody has at first.
const recoveryCodes = 10

// makeRecoveryCodes gives a user fresh codes and returns them, the only time
// they can be seen. Those before end.
func makeRecoveryCodes(tx *store.Tx, user tenon.UserID) ([]secret.Text, error) {
	codes, hashes := make([]secret.Text, recoveryCodes), make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = secret.NewRecoveryCode()
		hashes[i] = secret.HashToken(codes[i]).String()
	}
	return codes, tx.ReplaceRecoveryCodes(user, hashes)
}

// NewRecoveryCodes replaces one's own recovery codes and returns them, the only
// time they can be seen. It takes a fresh proof of the second factor.
func (c *Core) NewRecoveryCodes(ctx context.Context, v tenon.Viewer) (codes []secret.Text, err error) {
	if v.User == 0 || v.Session == 0 {
		return nil, errNotSignedIn
	}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		creds, err := tx.SystemCredentialsOf(v.User, true)
		if err != nil {
			return err
		}
		if creds.Sealed == nil {
			return tenon.Errorf(tenon.Conflict, "Recovery codes stand in for a second factor. Set one up first.")
		}
		if err := v.NeedFreshFactor(tx.Now()); err != nil {
			return err
		}
		if codes, err = makeRecoveryCodes(tx, v.User); err != nil {
			return err
		}
		if err := tell(tx, v, v.User, tenon.Say("Your recovery codes were made anew")); err != nil {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "make recovery codes", Subject: "user", SubjectID: int64(v.User), Name: v.Name})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// RecoveryCodesLeft counts the recovery codes that were not used yet: one's
// own, or anybody's for those who manage users.
func (c *Core) RecoveryCodesLeft(ctx context.Context, v tenon.Viewer, user tenon.UserID) (n int64, err error) {
	if user != v.User || v.User == 0 {
		if err := v.Need(tenon.ManageUsers); err != nil {
			return 0, err
		}
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.GetUser(v, user); err == nil {
			n, err = tx.SystemRecoveryCodesLeft(user)
		}
		return err
	})
	return n, err
}

// useRecoveryCode uses up a code in place of one of the app, and tells the
// owner and the log.
func useRecoveryCode(tx *store.Tx, user tenon.UserID, code secret.Text, addr string) (bool, error) {
	used, err := tx.UseRecoveryCode(user, secret.HashToken(code).String())
	if err != nil || !used {
		return false, err
	}
	left, err := tx.SystemRecoveryCodesLeft(user)
	if err != nil {
		return false, err
	}
	v, err := tx.LoadViewer(user)
	if err != nil {
		return false, err
	}
	v.Face, v.Addr = "web", addr
	if err := tell(tx, v, user, tenon.Say("A recovery code was used: %s", tenon.Amount(left, "code is left", "codes are left"))); err != nil {
		return false, err
	}
	return true, tx.Record(v, tenon.Event{Action: "use recovery code", Subject: "user", SubjectID: int64(user), Name: v.Name,
		Changes: []tenon.Change{{Field: "left", Before: left + 1, After: left}}})
}

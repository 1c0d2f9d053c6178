package core

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// How often somebody may ask for a link: for one address of mail, so that
// nobody's mailbox is filled, and from one place.
const (
	resetWindow   = time.Hour
	resetsAccount = 3
	resetsAddress = 20
)

// RequestReset mails a link to choose a new password to the user with that
// e-mail address. The answer is the same where there is none or they are
// disabled; what a known address takes longer is two short rows.
// RateLimited where it was asked too often, whether there is a user or not.
func (c *Core) RequestReset(ctx context.Context, email, addr string) error {
	key, ok := textkey.EmailKey(email)
	if !ok {
		return tenon.FieldErrorf("email", "%q is not an e-mail address.", email)
	}
	try := newAttempt(key, addr)
	return c.st.Write(ctx, func(tx *store.Tx) error {
		since := tx.Now().Add(-resetWindow)
		wait, err := tx.CountAttempt("reset "+try.account, resetsAccount, since)
		if err == nil && wait == 0 {
			wait, err = tx.CountAttempt("reset "+try.addr, resetsAddress, since)
		}
		if err != nil {
			return err
		}
		if wait > 0 {
			return tenon.Errorf(tenon.RateLimited, "A link was asked for several times. Look into the mailbox, or try again in %d minutes.", int64(wait/time.Minute)+1)
		}
		id, err := tx.SystemUserByEmail(key)
		if tenon.CodeOf(err) == tenon.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		u, err := tx.GetUser(tenon.SystemViewer(), id)
		if err != nil || u.Disabled {
			return err
		}
		return c.mailReset(tx, u, addr)
	})
}

// mailReset mails the link. Whoever is invited and asks gets in by it too.
func (c *Core) mailReset(tx *store.Tx, u *tenon.User, addr string) error {
	token, ends := secret.NewToken(secret.PrefixLink), tx.Now().Add(resetLife)
	if err := tx.InsertLink(secret.HashToken(token).String(), store.LinkReset, u.ID, ends); err != nil {
		return err
	}
	if err := c.queueReset(tx, u, tenon.Say("You asked for a link to choose a new password."), token, ends); err != nil {
		return err
	}
	return tx.Record(tenon.Viewer{Face: "web", Addr: addr}, tenon.Event{Action: "ask for password link", Subject: "user", SubjectID: int64(u.ID), Name: u.Name})
}

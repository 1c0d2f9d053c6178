package core

import (
	"context"
	"fmt"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Kinds of letters about one's account.
const (
	LetterInvitation = "invitation"
	LetterReset      = "reset"
	LetterAccount    = "account" // what was changed, for the owner to see
)

// linkPath is where the pages take a one-time link.
const linkPath = "/link/"

// queueLink queues the letter that carries a one-time link. Its token is
// sealed: whoever reads the database must not be able to use it.
func (c *Core) queueLink(tx *store.Tx, l tenon.Letter, token secret.Text) error {
	if c.keys == nil {
		return tenon.Errorf(tenon.Unavailable, "There is no key to seal the link of a mail with.")
	}
	if err := tx.DropLetters(l.User, l.Kind); err != nil {
		return err
	}
	l.Link.Path = linkPath
	id, err := tx.QueueLetter(l)
	if err != nil {
		return err
	}
	sealed, err := c.keys.Seal(secret.LetterPlace(id), token)
	if err != nil {
		return err
	}
	return tx.SealLetter(id, sealed)
}

// Mail returns one page of the outbox, the newest first, for those who manage
// the settings.
func (c *Core) Mail(ctx context.Context, v tenon.Viewer, q store.MailQuery) (page []tenon.Mail, next string, err error) {
	if err := v.Need(tenon.ManageSettings); err != nil {
		return nil, "", err
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListMail(v, q)
		return err
	})
	return page, next, err
}

// queueInvitation queues the letter by which somebody chooses their first password.
func (c *Core) queueInvitation(tx *store.Tx, v tenon.Viewer, u *tenon.User, token secret.Text, ends time.Time) error {
	account, err := tx.Setting(tenon.SettingAccount, "Tenon")
	if err != nil {
		return err
	}
	until, err := inZone(tx, ends)
	if err != nil {
		return err
	}
	subject := "You are invited to " + account
	if account != "Tenon" {
		subject += " on Tenon"
	}
	return c.queueLink(tx, tenon.Letter{Kind: LetterInvitation, User: u.ID, Name: u.Name, Address: u.Email, Subject: subject,
		Text: []string{v.Name + " has made an account for you. Choose a password, and you are in."},
		Link: tenon.LetterLink{Text: "Choose a password"}, EndsAt: ends,
		After: []string{"The link works once, until " + until + ". You sign in with this address.", "If you do not know what this is about, do nothing: without the link nobody gets in."}}, token)
}

// queueReset queues the letter by which somebody chooses another password; by says who asked.
func (c *Core) queueReset(tx *store.Tx, u *tenon.User, by string, token secret.Text, ends time.Time) error {
	until, err := inZone(tx, ends)
	if err != nil {
		return err
	}
	after := []string{"The link works once, until " + until + ". When it is used, you are signed out everywhere."}
	if u.SecondFactor {
		after = append(after, "Your second factor stays on: you are asked for its code as always.")
	}
	after = append(after, "If you did not ask for it, do nothing: your password stays as it is.")
	return c.queueLink(tx, tenon.Letter{Kind: LetterReset, User: u.ID, Name: u.Name, Address: u.Email, Subject: "Choose a new password",
		Text: []string{by}, Link: tenon.LetterLink{Text: "Choose a new password"}, EndsAt: ends, After: after}, token)
}

// tell mails the owner of an account what was changed in it, by whom and from
// where, so that a change by somebody else does not go unnoticed.
func tell(tx *store.Tx, v tenon.Viewer, user tenon.UserID, what string) error {
	u, err := tx.GetUser(tenon.SystemViewer(), user)
	if err != nil {
		return err
	}
	return tellAt(tx, v, u, u.Email, what)
}

// tellAt is tell to an address that the account had until now.
func tellAt(tx *store.Tx, v tenon.Viewer, u *tenon.User, address, what string) error {
	at, err := inZone(tx, tx.Now())
	if err != nil {
		return err
	}
	who := "It was done from your account"
	if v.User != u.ID {
		who = "It was done by " + v.Name
	}
	if v.Addr != "" {
		who += ", from the address " + v.Addr
	}
	_, err = tx.QueueLetter(tenon.Letter{Kind: LetterAccount, User: u.ID, Name: u.Name, Address: address, Subject: what,
		Text:  []string{fmt.Sprintf("%s, on %s.", who, at)},
		Link:  tenon.LetterLink{Text: "Look at your account", Path: "/self/security"},
		After: []string{"If this was not you, sign out everywhere on that page and tell an administrator."}})
	return err
}

// inZone writes an instant in the account's time zone.
func inZone(tx *store.Tx, at time.Time) (string, error) {
	name, err := tx.Setting(tenon.SettingZone, "UTC")
	if err != nil {
		return "", err
	}
	return at.In(zoneNamed(name)).Format("2 Jan 2006 15:04 MST"), nil
}

// zoneNamed returns the zone of that name, UTC where this system knows none.
func zoneNamed(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

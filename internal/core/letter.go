package core

import (
	"context"
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
	subject := tenon.Say("You are invited to Tenon")
	if account != "Tenon" {
		subject = tenon.Say("You are invited to %s on Tenon", account)
	}
	return c.queueLink(tx, tenon.Letter{Kind: LetterInvitation, User: u.ID, Name: u.Name, Address: u.Email, Subject: subject,
		Text: []tenon.Phrase{tenon.Say("%s has made an account for you. Choose a password, and you are in.", v.Name)},
		Link: tenon.LetterLink{Text: tenon.Say("Choose a password")}, EndsAt: ends,
		After: []tenon.Phrase{tenon.Say("The link works once, until %s. You sign in with this address.", until),
			tenon.Say("If you do not know what this is about, do nothing: without the link nobody gets in.")}}, token)
}

// queueReset queues the letter by which somebody chooses another password; by says who asked.
func (c *Core) queueReset(tx *store.Tx, u *tenon.User, by tenon.Phrase, token secret.Text, ends time.Time) error {
	until, err := inZone(tx, ends)
	if err != nil {
		return err
	}
	after := []tenon.Phrase{tenon.Say("The link works once, until %s. When it is used, you are signed out everywhere.", until)}
	if u.SecondFactor {
		after = append(after, tenon.Say("Your second factor stays on: you are asked for its code as always."))
	}
	after = append(after, tenon.Say("If you did not ask for it, do nothing: your password stays as it is."))
	return c.queueLink(tx, tenon.Letter{Kind: LetterReset, User: u.ID, Name: u.Name, Address: u.Email, Subject: tenon.Say("Choose a new password"),
		Text: []tenon.Phrase{by}, Link: tenon.LetterLink{Text: tenon.Say("Choose a new password")}, EndsAt: ends, After: after}, token)
}

// tell mails the owner of an account what was changed in it, by whom and from
// where, so that a change by somebody else does not go unnoticed.
func tell(tx *store.Tx, v tenon.Viewer, user tenon.UserID, what tenon.Phrase) error {
	u, err := tx.GetUser(tenon.SystemViewer(), user)
	if err != nil {
		return err
	}
	return tellAt(tx, v, u, u.Email, what)
}

// tellAt is tell to an address that the account had until now.
func tellAt(tx *store.Tx, v tenon.Viewer, u *tenon.User, address string, what tenon.Phrase) error {
	at, err := inZone(tx, tx.Now())
	if err != nil {
		return err
	}
	_, err = tx.QueueLetter(tenon.Letter{Kind: LetterAccount, User: u.ID, Name: u.Name, Address: address, Subject: what,
		Text:  []tenon.Phrase{doneBy(v, u, at)},
		Link:  tenon.LetterLink{Text: tenon.Say("Look at your account"), Path: "/self/security"},
		After: []tenon.Phrase{tenon.Say("If this was not you, sign out everywhere on that page and tell an administrator.")}})
	return err
}

// doneBy says who changed something of an account, from where, and when.
func doneBy(v tenon.Viewer, u *tenon.User, at string) tenon.Phrase {
	switch own := v.User == u.ID; {
	case own && v.Addr == "":
		return tenon.Say("It was done from your account, on %s.", at)
	case own:
		return tenon.Say("It was done from your account, from the address %s, on %s.", v.Addr, at)
	case v.Addr == "":
		return tenon.Say("It was done by %s, on %s.", v.Name, at)
	}
	return tenon.Say("It was done by %s, from the address %s, on %s.", v.Name, v.Addr, at)
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

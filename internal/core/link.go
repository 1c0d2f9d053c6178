package core

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// How long a one-time link can be used, and one that was asked for at the sign-in.
const (
	linkLife  = 24 * time.Hour
	resetLife = time.Hour
)

var (
	errLink  = tenon.Errorf(tenon.Gone, "This link was used already or is too old. Ask for a new one.")
	errUsers = tenon.Errorf(tenon.Conflict, "There is an administrator already. Sign in, or ask an administrator for a link.")
)

// FirstLink returns the token of a one-time link by which the first
// administrator is made, while there is none: afterwards it returns the zero
// token. Each call makes a new link and ends the one before.
func (c *Core) FirstLink(ctx context.Context) (secret.Text, error) {
	token := secret.NewToken(secret.PrefixLink)
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.CountAdministrators()
		if err != nil {
			return err
		}
		if n > 0 {
			token = secret.Text{}
			return nil
		}
		return tx.InsertLink(secret.HashToken(token).String(), store.LinkFirst, 0, tx.Now().Add(linkLife))
	})
	if err != nil {
		return secret.Text{}, err
	}
	return token, nil
}

// PasswordLink returns the token of a one-time link by which a user sets a
// password. The second factor stays on. Administrators make one for anybody; a
// manager who reaches everything invites users below their own rank who have
// no password yet: a link is as good as being that user.
func (c *Core) PasswordLink(ctx context.Context, v tenon.Viewer, user tenon.UserID) (token secret.Text, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		_, token, err = passwordLink(tx, v, user)
		return err
	})
	if err != nil {
		return secret.Text{}, err
	}
	return token, nil
}

// MailLink mails a user a one-time link as PasswordLink makes it: an invitation
// to those without a password. The link before ends.
func (c *Core) MailLink(ctx context.Context, v tenon.Viewer, user tenon.UserID) (u *tenon.User, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		var token secret.Text
		if u, token, err = passwordLink(tx, v, user); err != nil {
			return err
		}
		return c.mailLink(tx, v, u, token)
	})
	return u, err
}

func (c *Core) mailLink(tx *store.Tx, v tenon.Viewer, u *tenon.User, token secret.Text) error {
	ends := tx.Now().Add(linkLife)
	if !u.HasPassword {
		u.InvitedUntil = ends
		return c.queueInvitation(tx, v, u, token, ends)
	}
	return c.queueReset(tx, u, tenon.Say("%s sends you a link to choose a new password.", v.Name), token, ends)
}

// InviteUser adds a user and mails them a one-time link to choose a password.
func (c *Core) InviteUser(ctx context.Context, v tenon.Viewer, in UserChange) (u *tenon.User, err error) {
	if err := v.Need(tenon.ManageUsers); err != nil {
		return nil, err
	}
	if in.Password != nil {
		return nil, tenon.FieldErrorf("password", "Who is invited chooses the password.")
	}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		if u, err = createUser(tx, v, in, ""); err != nil {
			return err
		}
		var token secret.Text
		if u, token, err = passwordLink(tx, v, u.ID); err != nil {
			return err
		}
		return c.mailLink(tx, v, u, token)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// passwordLink makes the link, for whom the viewer may help.
func passwordLink(tx *store.Tx, v tenon.Viewer, user tenon.UserID) (*tenon.User, secret.Text, error) {
	none := secret.Text{}
	if err := v.Need(tenon.ManageUsers); err != nil {
		return nil, none, err
	}
	u, err := tx.GetUser(v, user)
	if err != nil {
		return nil, none, err
	}
	if err := mayHelp(v, u); err != nil {
		return nil, none, err
	}
	if u.Disabled {
		return nil, none, tenon.Errorf(tenon.Conflict, "%s is disabled. Enable them first.", u.Name)
	}
	if u.HasPassword { // it lets the viewer be that user, and outlives a stolen session
		if err := v.NeedFreshProof(tx.Now()); err != nil {
			return nil, none, err
		}
	}
	token := secret.NewToken(secret.PrefixLink)
	if err := tx.InsertLink(secret.HashToken(token).String(), store.LinkPassword, user, tx.Now().Add(linkLife)); err != nil {
		return nil, none, err
	}
	return u, token, tx.Record(v, tenon.Event{Action: "make password link", Subject: "user", SubjectID: int64(user), Name: u.Name})
}

// mayHelp tells whether the viewer may give this user a way to sign in, which
// is as good as being them.
func mayHelp(v tenon.Viewer, u *tenon.User) error {
	if err := mayGiveCredentials(v); err != nil {
		return err
	}
	if v.Role != tenon.Administrator && (!v.Everywhere || u.HasPassword || u.Role.Rank() >= v.Role.Rank()) {
		return tenon.Errorf(tenon.Forbidden, "Only an administrator may make a link for %s.", u.Name)
	}
	return nil
}

// mayGiveCredentials keeps those to whom something is denied from making a
// user who sees it, and then being that user.
func mayGiveCredentials(v tenon.Viewer) error {
	if v.NoSecrets {
		return tenon.Errorf(tenon.Forbidden, "This key has no password access, so it cannot give somebody a password or a link.")
	}
	if len(v.Denied) > 0 && !v.May(tenon.DenyKinds) {
		return tenon.Errorf(tenon.Forbidden, "Some kinds of records are denied to you, so only an administrator may give somebody a password or a link.")
	}
	return nil
}

// Link says what a one-time link is for, so that its page asks for the right
// things. Gone where it cannot be used.
type Link struct {
	// First tells that it makes the first administrator, who gives a name and an
	// address; otherwise the user stands in Name and Email and gives a password.
	First       bool
	Name, Email string
	// Reset tells that the user had a password before.
	Reset bool
}

// Link looks at a one-time link without using it.
func (c *Core) Link(ctx context.Context, token secret.Text) (*Link, error) {
	var l *Link
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, v, err := linkFor(tx, token)
		if err != nil {
			return err
		}
		l = &Link{First: v.User == 0, Name: v.Name, Email: v.Email}
		if !l.First {
			creds, err := tx.SystemCredentialsOf(v.User, false)
			l.Reset = creds.PasswordHash != ""
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// linkFor returns what a link is for, and for whom.
func linkFor(tx *store.Tx, token secret.Text) (purpose string, v tenon.Viewer, err error) {
	if _, ok := secret.ParseToken(secret.PrefixLink, token.Reveal()); !ok {
		return "", v, errLink
	}
	purpose, user, err := tx.SystemLink(secret.HashToken(token).String())
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && purpose == store.LinkFactor) {
		return "", v, errLink
	}
	if err != nil {
		return "", v, err
	}
	if purpose == store.LinkFirst {
		n, err := tx.CountAdministrators()
		if err == nil && n > 0 {
			err = errUsers
		}
		return purpose, v, err
	}
	v, err = tx.LoadViewer(user)
	if tenon.CodeOf(err) == tenon.Unauthenticated {
		err = errLink
	}
	return purpose, v, err
}

// RedeemLink uses a one-time link and begins a session. The first link makes
// the first administrator of that name and address, provided that there is
// still none when it commits; a password link sets that user's password,
// and name and address are not asked. A user with a second factor must sign
// in with the new password: SignIn then asks for the code.
func (c *Core) RedeemLink(ctx context.Context, token secret.Text, name, email string, password secret.Text, addr, agent string) (session secret.Text, v tenon.Viewer, err error) {
	// Everything cheap is refused before the hash is worked out.
	var holder tenon.Viewer
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		_, holder, err = linkFor(tx, token)
		return err
	})
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	first := &tenon.User{Role: tenon.Administrator, Everywhere: true}
	if holder.User != 0 {
		name, email = holder.Name, holder.Email
	}
	key, err := applyUser(tenon.SystemViewer(), first, UserChange{Name: &name, Email: &email})
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	if err := checkPassword(password, &name, &email); err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	hash, err := c.hash.Hash(ctx, password)
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		if err := lockForLink(tx, holder.User); err != nil {
			return err
		}
		used, err := tx.UseLink(secret.HashToken(token).String())
		if err != nil {
			return err
		}
		if !used {
			return errLink
		}
		if holder.User == 0 {
			session, v, err = redeemFirst(tx, first, key, hash, addr, agent)
		} else {
			session, v, err = redeemPassword(tx, holder.User, hash, addr, agent)
		}
		return err
	})
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	if session.IsZero() {
		return session, v, &tenon.Error{Code: tenon.Unauthenticated, Message: "The password is set. Sign in with it and your second factor."}
	}
	return session, v, nil
}

// lockForLink takes the lock of everything that makes a user, so that nobody
// else is first, or that of the one user, in the order of UpdateUser.
func lockForLink(tx *store.Tx, user tenon.UserID) error {
	if user == 0 {
		return tx.LockStructure()
	}
	_, err := tx.SystemCredentialsOf(user, true)
	return err
}

func redeemFirst(tx *store.Tx, u *tenon.User, key, hash, addr, agent string) (secret.Text, tenon.Viewer, error) {
	n, err := tx.CountAdministrators()
	if err == nil && n > 0 {
		err = errUsers
	}
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	id, err := tx.NewID()
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	u.ID = tenon.UserID(id)
	if err := tx.InsertUser(u, key, hash); err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	session, v, err := beginSession(tx, u.ID, addr, agent, withLink)
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	return session, v, tx.Record(v, tenon.Event{Action: "create", Subject: "user", SubjectID: id, Name: u.Name, Changes: userChanges(&tenon.User{}, u)})
}

// redeemPassword sets the password and begins a session, but not for a user
// with a second factor: a link alone must not get past it.
func redeemPassword(tx *store.Tx, user tenon.UserID, hash, addr, agent string) (secret.Text, tenon.Viewer, error) {
	v, err := tx.LoadViewer(user)
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	v.Face, v.Addr = "web", addr
	creds, err := tx.SystemCredentialsOf(user, false)
	if err != nil {
		return secret.Text{}, tenon.Viewer{}, err
	}
	if err := setPassword(tx, v, user, hash, creds.PasswordHash == ""); err != nil || v.SecondFactor {
		return secret.Text{}, tenon.Viewer{}, err
	}
	return beginSession(tx, user, addr, agent, withLink)
}

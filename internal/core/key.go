package core

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// keyFields declares what a key says about itself.
var keyFields = tenon.Schema{{Name: "name", Label: "Name", Type: tenon.Text, Required: true}}

// touchAfter is how old the note of the last use must be to be renewed: a
// reader is not made a writer with every request.
const touchAfter = time.Minute

// errNotSignedIn is the answer to every token and key that does not hold:
// it never tells why.
var errNotSignedIn = tenon.Errorf(tenon.Unauthenticated, "Sign in first.")

// CreateKey makes an API key that acts as the user and returns it, the only
// time it can be seen. A session must have proved freshly who uses it. Making keys for others is a right of its own; a key
// without password access cannot make one that has it.
func (c *Core) CreateKey(ctx context.Context, v tenon.Viewer, user tenon.UserID, name string, passwordAccess bool) (secret.Text, *tenon.APIKey, error) {
	return c.CreateKeyUntil(ctx, v, user, name, passwordAccess, time.Time{})
}

// CreateKeyUntil is CreateKey for a key that expires; a zero time is never.
func (c *Core) CreateKeyUntil(ctx context.Context, v tenon.Viewer, user tenon.UserID, name string, passwordAccess bool, ends time.Time) (secret.Text, *tenon.APIKey, error) {
	if user != v.User || v.User == 0 {
		if err := v.Need(tenon.ManageKeys); err != nil {
			return secret.Text{}, nil, err
		}
	}
	if passwordAccess && v.NoSecrets {
		return secret.Text{}, nil, tenon.Errorf(tenon.Forbidden, "This key has no password access, so it cannot give any.")
	}
	values, _, err := keyFields.Apply(tenon.Values{}, tenon.Values{"name": name})
	if err != nil {
		return secret.Text{}, nil, err
	}
	made := secret.NewAPIKey()
	k := &tenon.APIKey{User: user, Name: values.Text("name"), Shown: made.ID, PasswordAccess: passwordAccess, EndsAt: ends}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		// A key outlives the session: a stolen session must not make one.
		if err := v.NeedFreshProof(tx.Now()); err != nil {
			return err
		}
		u, err := tx.GetUser(v, user)
		if err != nil {
			return err
		}
		if u.Disabled {
			return tenon.Errorf(tenon.Conflict, "%s is disabled, so a key would not work.", u.Name)
		}
		if !ends.IsZero() && !ends.After(tx.Now()) {
			return tenon.FieldErrorf("ends_at", "The key would have expired already.")
		}
		if k.ID, err = tx.NewID(); err != nil {
			return err
		}
		if err := tx.InsertAPIKey(k, made.Hash.String()); err != nil {
			return err
		}
		if err := tell(tx, v, user, tenon.Say("An API key was made that acts as you: %s", k.Name)); err != nil {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "create", Subject: "API key", SubjectID: k.ID, Name: k.Name, Changes: []tenon.Change{
			{Field: "user", After: u.Name}, {Field: "shown", After: k.Shown}, {Field: "password_access", After: passwordAccess}}})
	})
	if err != nil {
		return secret.Text{}, nil, err
	}
	return made.Key, k, nil
}

// KeyViewer resolves an API key to the user it acts as. Unauthenticated where
// the key is unknown, revoked or expired or its user disabled.
func (c *Core) KeyViewer(ctx context.Context, key secret.Text) (tenon.Viewer, error) {
	parsed, ok := secret.ParseAPIKey(key.Reveal())
	if !ok {
		return tenon.Viewer{}, errNotSignedIn
	}
	k, v, err := c.st.SystemAPIKey(ctx, parsed.Hash.String())
	if tenon.CodeOf(err) == tenon.NotFound {
		return tenon.Viewer{}, errNotSignedIn
	}
	if err != nil {
		return tenon.Viewer{}, err
	}
	v.Face, v.Key, v.NoSecrets = "api", k.ID, !k.PasswordAccess
	if c.st.Now().Sub(k.UsedAt) < touchAfter {
		return v, nil
	}
	return v, c.touch(ctx, func(tx *store.Tx) error { return tx.TouchAPIKey(k.ID, tx.Now().Add(-touchAfter)) })
}

// touch notes a use. Where the database takes no changes just now, the reader
// is let through without the note.
func (c *Core) touch(ctx context.Context, note func(*store.Tx) error) error {
	err := c.st.WriteLittle(ctx, note)
	if code := tenon.CodeOf(err); code == tenon.Busy || code == tenon.Unavailable {
		return nil
	}
	return err
}

// Keys returns the keys of a user, or with user 0 all that the viewer may know of.
func (c *Core) Keys(ctx context.Context, v tenon.Viewer, user tenon.UserID) (keys []tenon.APIKey, err error) {
	if v.Role == "" {
		return nil, errNotSignedIn
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.ListAPIKeys(v, user)
		return err
	})
	return keys, err
}

// RevokeKey ends a key for good: one's own, or anybody's for those who manage
// keys. A key that is revoked already stays so.
func (c *Core) RevokeKey(ctx context.Context, v tenon.Viewer, id int64) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		k, err := tx.GetAPIKey(v, id)
		if err != nil || !k.RevokedAt.IsZero() {
			return err
		}
		if err := tx.RevokeAPIKey(id); err != nil {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "revoke", Subject: "API key", SubjectID: id, Name: k.Name,
			Changes: []tenon.Change{{Field: "shown", After: k.Shown}}})
	})
}

// CommandLineViewer is who a command acts as: the built-in administrator, or
// the user with that e-mail address. osUser is recorded beside every act.
func (c *Core) CommandLineViewer(ctx context.Context, osUser, asEmail string) (tenon.Viewer, error) {
	v := tenon.Viewer{Name: "command line", Role: tenon.Administrator, Everywhere: true}
	if asEmail != "" {
		err := c.st.Read(ctx, func(tx *store.Tx) error {
			id, err := userByEmail(tx, asEmail)
			if err != nil {
				return err
			}
			v, err = tx.LoadViewer(id)
			if tenon.CodeOf(err) == tenon.Unauthenticated {
				return tenon.Errorf(tenon.Unauthenticated, "The user %s is disabled.", asEmail)
			}
			return err
		})
		if err != nil {
			return tenon.Viewer{}, err
		}
	}
	v.Face, v.By = "command line", osUser
	return v, nil
}

// UserByEmail returns the user with that e-mail address.
func (c *Core) UserByEmail(ctx context.Context, v tenon.Viewer, email string) (*tenon.User, error) {
	var u *tenon.User
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		id, err := userByEmail(tx, email)
		if err != nil {
			return err
		}
		u, err = tx.GetUser(v, id)
		if tenon.CodeOf(err) == tenon.NotFound {
			return errNoEmail(email)
		}
		return err
	})
	return u, err
}

func userByEmail(tx *store.Tx, email string) (tenon.UserID, error) {
	key, err := emailKey(email)
	if err != nil {
		return 0, err
	}
	id, err := tx.SystemUserByEmail(key)
	if tenon.CodeOf(err) == tenon.NotFound {
		return 0, errNoEmail(email)
	}
	return id, err
}

func errNoEmail(email string) error {
	return tenon.Errorf(tenon.NotFound, "There is no user with the e-mail address %s.", email)
}

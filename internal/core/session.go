package core

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// How long a session lasts. A user may have any number of them, and sees and
// ends them on their own page.
const (
	// SessionIdle is how long a session lives without being used.
	SessionIdle = 12 * time.Hour
	// SessionLife is how long it lives at most.
	SessionLife = 7 * 24 * time.Hour
)

// maxAgent bounds what is kept of a browser's name for itself.
const maxAgent = 200

// beginSession starts a session for a user who has just proved who they are.
// The caller holds the lock on the user's row. with says by what they proved it.
func beginSession(tx *store.Tx, user tenon.UserID, addr, agent, with string) (secret.Text, tenon.Viewer, error) {
	none := secret.Text{}
	v, err := tx.LoadViewer(user)
	if err != nil {
		return none, tenon.Viewer{}, err
	}
	id, err := tx.NewID()
	if err != nil {
		return none, tenon.Viewer{}, err
	}
	agent, factor := shortAgent(agent), with == withCode || with == withRecoveryCode
	token := secret.NewToken(secret.PrefixSession)
	s := &tenon.Session{ID: id, User: user, Addr: addr, Agent: agent, EndsAt: tx.Now().Add(SessionLife)}
	if err := tx.InsertSession(s, secret.HashToken(token).String(), factor); err != nil {
		return none, tenon.Viewer{}, err
	}
	if err := tx.SetSignedIn(user); err != nil {
		return none, tenon.Viewer{}, err
	}
	v.Face, v.Addr, v.Session, v.ProvedAt = "web", addr, id, tx.Now()
	if factor {
		v.FactorAt = tx.Now()
	}
	return token, v, tx.Record(v, tenon.Event{Action: "sign in", Subject: "user", SubjectID: int64(user), Name: v.Name,
		Changes: []tenon.Change{{Field: "with", After: with}, {Field: "browser", After: agent}}})
}

// By what somebody signed in, as the list of sign-ins says it.
const (
	withPassword     = "password"
	withCode         = "password and code"
	withRecoveryCode = "password and recovery code"
	withLink         = "one-time link"
)

func shortAgent(agent string) string {
	if r := []rune(agent); len(r) > maxAgent {
		return string(r[:maxAgent])
	}
	return agent
}

// SignIns returns the latest attempts to sign in as a user, good and bad: one's
// own, or anybody's for those who manage users.
func (c *Core) SignIns(ctx context.Context, v tenon.Viewer, user tenon.UserID, limit int) (list []tenon.SignIn, err error) {
	if v.Role == "" {
		return nil, errNotSignedIn
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.GetUser(v, user); err == nil {
			list, err = tx.ListSignIns(v, user, min(max(limit, 1), tenon.MaxPage))
		}
		return err
	})
	return list, err
}

// SessionViewer resolves the token of a session to the user. Unauthenticated
// where it is unknown or over, or the user is disabled.
func (c *Core) SessionViewer(ctx context.Context, token secret.Text) (tenon.Viewer, error) {
	if _, ok := secret.ParseToken(secret.PrefixSession, token.Reveal()); !ok {
		return tenon.Viewer{}, errNotSignedIn
	}
	hash := secret.HashToken(token).String()
	var v tenon.Viewer
	stale := false
	err := c.st.Ask(ctx, func(tx *store.Tx) error {
		s, who, err := tx.SystemSession(hash, tx.Now().Add(-SessionIdle))
		if tenon.CodeOf(err) == tenon.NotFound {
			return errNotSignedIn
		}
		if err != nil {
			return err
		}
		v = who
		v.Face = "web"
		stale = tx.Now().Sub(s.SeenAt) >= touchAfter
		return nil
	})
	if err != nil {
		return tenon.Viewer{}, err
	}
	if !stale {
		return v, nil
	}
	return v, c.touch(ctx, func(tx *store.Tx) error { return tx.TouchSession(v.Session, tx.Now().Add(-touchAfter)) })
}

// SignOut ends the session of that token. A token that is over is no error:
// whoever signs out is signed out.
func (c *Core) SignOut(ctx context.Context, v tenon.Viewer, token secret.Text) error {
	hash := secret.HashToken(token).String()
	return c.st.Write(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteSession(hash); err != nil || v.User == 0 {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "sign out", Subject: "user", SubjectID: int64(v.User), Name: v.Name})
	})
}

// Sessions returns the sessions of a user that have not ended: one's own, or
// anybody's for those who manage users.
func (c *Core) Sessions(ctx context.Context, v tenon.Viewer, user tenon.UserID) (list []tenon.Session, err error) {
	if v.Role == "" {
		return nil, errNotSignedIn
	}
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListSessions(v, user, tx.Now().Add(-SessionIdle))
		return err
	})
	return list, err
}

// EndSessions ends every session of a user but the one that asks, and tells
// how many there were.
func (c *Core) EndSessions(ctx context.Context, v tenon.Viewer, user tenon.UserID) (n int64, err error) {
	return c.endSessions(ctx, v, user, 0)
}

// SignOutEverywhere ends every session of a user, also the one that asks, and
// tells how many there were.
func (c *Core) SignOutEverywhere(ctx context.Context, v tenon.Viewer, user tenon.UserID) (n int64, err error) {
	own := v
	own.Session = 0
	return c.endSessions(ctx, own, user, 0)
}

// EndSession ends one session of a user, also the one that asks.
func (c *Core) EndSession(ctx context.Context, v tenon.Viewer, user tenon.UserID, session int64) error {
	n, err := c.endSessions(ctx, v, user, session)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.NotFound, "There is no session %d.", session)
	}
	return err
}

func (c *Core) endSessions(ctx context.Context, v tenon.Viewer, user tenon.UserID, only int64) (n int64, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.GetUser(v, user)
		if err != nil {
			return err
		}
		if user != v.User {
			if err := v.Need(tenon.ManageUsers); err != nil {
				return err
			}
			if err := notAbove(v, u); err != nil {
				return err
			}
		}
		list, err := tx.ListSessions(v, user, tx.Now().Add(-SessionIdle))
		if err != nil {
			return err
		}
		n = 0
		for _, s := range list {
			if s.ID == only || (only == 0 && s.ID != v.Session) {
				n++
			}
		}
		if _, err = tx.DeleteSessions(user, only, v.Session); err != nil || n == 0 {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "end sessions", Subject: "user", SubjectID: int64(user), Name: u.Name,
			Changes: []tenon.Change{{Field: "sessions", Before: n, After: 0}}})
	})
	return n, err
}

// SweepSignIns deletes sessions, links and attempts that are over. What it
// deletes counts for nothing any more: it only keeps the tables small.
func (c *Core) SweepSignIns(ctx context.Context) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		return tx.SweepSignIns(tx.Now().Add(-SessionIdle), tx.Now().Add(-longestWindow))
	})
}

// draftPlace is where a form on its way through a sign-in is at home: with the
// person who typed it, and in no binder.
func draftPlace(user tenon.UserID) secret.Place {
	return secret.Place{Item: tenon.ItemID(user), Field: "form draft"}
}

// SealDraft seals what somebody typed, so that only their next session opens
// it. It is stored nowhere.
func (c *Core) SealDraft(user tenon.UserID, text secret.Text) (string, error) {
	if c.keys == nil {
		return "", errNoKeys()
	}
	sealed, err := c.keys.Seal(draftPlace(user), text)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// OpenDraft opens what SealDraft sealed for this person.
func (c *Core) OpenDraft(user tenon.UserID, sealed string) (secret.Text, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || c.keys == nil {
		return secret.Text{}, tenon.Errorf(tenon.Invalid, "What was typed before the sign-in cannot be read.")
	}
	text, err := c.keys.Open(draftPlace(user), raw)
	if err != nil {
		return secret.Text{}, &tenon.Error{Code: tenon.Invalid, Message: "What was typed before the sign-in cannot be read.", Err: err}
	}
	return text, nil
}

package core

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// ShortLife is how long a token of ShortSession lives.
const ShortLife = 2 * time.Hour

// ShortSession begins a session of two hours for whoever holds the token of
// one that lasts, and returns its token. What the first one proved, and
// when, holds for the short one too.
func (c *Core) ShortSession(ctx context.Context, token secret.Text, addr, agent string) (secret.Text, error) {
	v, err := c.SessionViewer(ctx, token)
	if err != nil {
		return secret.Text{}, err
	}
	short := secret.NewToken(secret.PrefixSession)
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		// Whoever was disabled or signed out meanwhile gets none.
		if _, _, err := tx.SystemSession(secret.HashToken(token).String(), tx.Now().Add(-SessionIdle)); err != nil {
			if tenon.CodeOf(err) == tenon.NotFound {
				return errNotSignedIn
			}
			return err
		}
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		s := &tenon.Session{ID: id, User: v.User, Addr: addr, Agent: shortAgent(agent), EndsAt: tx.Now().Add(ShortLife)}
		if err := tx.InsertSession(s, secret.HashToken(short).String(), false); err != nil {
			return err
		}
		return tx.CopySessionProof(v.Session, id)
	})
	if err != nil {
		return secret.Text{}, err
	}
	return short, nil
}

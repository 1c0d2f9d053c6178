package operation

import (
	"encoding/json"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Actor is a viewer as a job keeps it: who asked, and from where.
type Actor struct {
	User tenon.UserID `json:"user"`
	Name string       `json:"name"`
	Role tenon.Role   `json:"role"`
	Face string       `json:"face,omitempty"`
	Addr string       `json:"addr,omitempty"`
	By   string       `json:"by,omitempty"`
	Key  int64        `json:"key,omitempty"`
}

// ActorOf returns the viewer as an actor.
func ActorOf(v tenon.Viewer) Actor {
	return Actor{User: v.User, Name: v.Name, Role: v.Role, Face: v.Face, Addr: v.Addr, By: v.By, Key: v.Key}
}

// Viewer resolves the actor with the rights of today. User 0 is the built-in
// administrator of the command line.
func (a Actor) Viewer(tx *store.Tx) (tenon.Viewer, error) {
	v := tenon.Viewer{Name: a.Name, Role: a.Role, Everywhere: true}
	if a.User != 0 {
		var err error
		v, err = tx.LoadViewer(a.User)
		if tenon.CodeOf(err) == tenon.Unauthenticated {
			return v, tenon.Errorf(tenon.Forbidden, "%s, who asked for this, may not sign in any more.", a.Name)
		}
		if err != nil {
			return v, err
		}
	}
	v.Face, v.Addr, v.By, v.Key = a.Face, a.Addr, a.By, a.Key
	return v, nil
}

// Resume reads what the job of a running operation works off, how far it is, and
// where it goes on. An operation that has not begun leaves at as it is.
func Resume(tx *store.Tx, id tenon.OperationID, journal, at any) (store.Chunk, error) {
	if err := tx.SystemJournal(id, journal); err != nil {
		return store.Chunk{}, err
	}
	c, err := tx.SystemProgress(id)
	if err != nil || c.Cursor == "" {
		return c, err
	}
	return c, json.Unmarshal([]byte(c.Cursor), at)
}

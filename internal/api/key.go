package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
)

type keyJSON struct {
	ID             int64      `json:"id"`
	UserID         int64      `json:"user_id"`
	Name           string     `json:"name"`
	Shown          string     `json:"shown"`
	PasswordAccess bool       `json:"password_access"`
	CreatedAt      time.Time  `json:"created_at"`
	UsedAt         *time.Time `json:"used_at"`
	EndsAt         *time.Time `json:"ends_at"`
	RevokedAt      *time.Time `json:"revoked_at"`
	// Key is the key itself, only in the answer that made it.
	Key string `json:"key,omitempty"`
}

func encodeKey(k tenon.APIKey) keyJSON {
	return keyJSON{ID: k.ID, UserID: int64(k.User), Name: k.Name, Shown: k.Shown, PasswordAccess: k.PasswordAccess,
		CreatedAt: k.CreatedAt.UTC(), UsedAt: at(k.UsedAt), EndsAt: at(k.EndsAt), RevokedAt: at(k.RevokedAt)}
}

type keyIn struct {
	Name           string     `json:"name"`
	PasswordAccess bool       `json:"password_access,omitempty"`
	EndsAt         *time.Time `json:"ends_at,omitempty"`
}

func (s *server) keyList(r *request) (answer, error) {
	keys, err := s.core.Keys(r.Context(), r.viewer, tenon.UserID(r.id("user")))
	if err != nil {
		return answer{}, err
	}
	return list(keys, "", encodeKey)
}

func (s *server) keyCreate(r *request) (answer, error) {
	var in keyIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	var ends time.Time
	if in.EndsAt != nil {
		ends = in.EndsAt.UTC()
	}
	value, k, err := s.core.CreateKeyUntil(r.Context(), r.viewer, tenon.UserID(r.id("user")), in.Name, in.PasswordAccess, ends)
	if err != nil {
		return answer{}, err
	}
	out := encodeKey(*k)
	out.Key = value.Reveal()
	return answer{status: http.StatusCreated, body: out, location: prefix + "keys/" + strconv.FormatInt(k.ID, 10)}, nil
}

func (s *server) keyRevoke(r *request) (answer, error) {
	if err := s.core.RevokeKey(r.Context(), r.viewer, r.id("key")); err != nil {
		return answer{}, err
	}
	return done()
}

type sessionJSON struct {
	ID        int64     `json:"id"`
	UserID    int64     `json:"user_id"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	EndsAt    time.Time `json:"ends_at"`
}

func encodeSession(s tenon.Session) sessionJSON {
	return sessionJSON{ID: s.ID, UserID: int64(s.User), Address: s.Addr, Agent: s.Agent, CreatedAt: s.CreatedAt.UTC(), SeenAt: s.SeenAt.UTC(), EndsAt: s.EndsAt.UTC()}
}

func (s *server) sessionList(r *request) (answer, error) {
	sessions, err := s.core.Sessions(r.Context(), r.viewer, tenon.UserID(r.id("user")))
	if err != nil {
		return answer{}, err
	}
	return list(sessions, "", encodeSession)
}

func (s *server) sessionsEnd(r *request) (answer, error) {
	if _, err := s.core.EndSessions(r.Context(), r.viewer, tenon.UserID(r.id("user"))); err != nil {
		return answer{}, err
	}
	return done()
}

package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// userInvite mails a user a link to choose a password.
func (s *server) userInvite(r *request) (answer, error) {
	if _, err := s.core.MailLink(r.Context(), r.viewer, tenon.UserID(r.id("user"))); err != nil {
		return answer{}, err
	}
	return done()
}

type signInJSON struct {
	At      time.Time `json:"at"`
	Good    bool      `json:"good"`
	Reason  string    `json:"reason"`
	With    string    `json:"with"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
}

func encodeSignIn(s tenon.SignIn) signInJSON {
	return signInJSON{At: s.At.UTC(), Good: s.Good, Reason: s.Why, With: s.With, Address: s.Addr, Agent: s.Agent}
}

// listedSignIns is how many sign-ins are listed: the latest.
const listedSignIns = 100

func (s *server) signInList(r *request) (answer, error) {
	l, err := s.core.SignIns(r.Context(), r.viewer, tenon.UserID(r.id("user")), listedSignIns)
	if err != nil {
		return answer{}, err
	}
	return list(l, "", encodeSignIn)
}

func (s *server) sessionEnd(r *request) (answer, error) {
	if err := s.core.EndSession(r.Context(), r.viewer, tenon.UserID(r.id("user")), r.id("session")); err != nil {
		return answer{}, err
	}
	return done()
}

type grantedJSON struct {
	Organization int64       `json:"organization_id"`
	Name         string      `json:"name"`
	To           subjectJSON `json:"to"`
	Part         bool        `json:"part"`
}

func encodeGranted(g tenon.Granted) grantedJSON {
	return grantedJSON{Organization: int64(g.Org), Name: g.Name, To: subjectJSON{Kind: g.To.Kind, ID: g.To.ID}, Part: g.Part}
}

func (s *server) userGrants(r *request) (answer, error) {
	return s.granted(r, tenon.Subject{Kind: tenon.SubjectUser, ID: r.id("user")})
}

func (s *server) groupGrants(r *request) (answer, error) {
	return s.granted(r, tenon.Subject{Kind: tenon.SubjectGroup, ID: r.id("group")})
}

func (s *server) granted(r *request, to tenon.Subject) (answer, error) {
	l, err := s.core.Granted(r.Context(), r.viewer, to)
	if err != nil {
		return answer{}, err
	}
	return list(l, "", encodeGranted)
}

func (s *server) keysOfAll(r *request) (answer, error) {
	if err := r.viewer.Need(tenon.ManageKeys); err != nil {
		return answer{}, err
	}
	keys, err := s.core.Keys(r.Context(), r.viewer, 0)
	if err != nil {
		return answer{}, err
	}
	return list(keys, "", encodeKey)
}

type mailJSON struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind"`
	UserID    *int64     `json:"user_id"`
	Address   string     `json:"address"`
	Subject   string     `json:"subject"`
	State     string     `json:"state"`
	Tries     int64      `json:"tries"`
	Error     string     `json:"error"`
	CreatedAt time.Time  `json:"created_at"`
	DoneAt    *time.Time `json:"done_at"`
}

func encodeMail(m tenon.Mail) mailJSON {
	return mailJSON{ID: m.ID, Kind: m.Kind, UserID: orNull(int64(m.User)), Address: m.Address, Subject: m.Subject.String(), State: string(m.State),
		Tries: m.Tries, Error: m.Error, CreatedAt: m.CreatedAt.UTC(), DoneAt: at(m.DoneAt)}
}

func (s *server) mailList(r *request) (answer, error) {
	q := store.MailQuery{State: tenon.MailState(r.query["state"])}
	var err error
	if q.Page, err = r.page(); err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Mail(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeMail)
}

package store

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
)

const sessionColumns = `s.id, s.user_id, s.addr, s.agent, s.created_at, s.seen_at, s.ends_at`

func scanSession(r Scanner, s *tenon.Session) error {
	return r.Scan(&s.ID, &s.User, &s.Addr, &s.Agent, instant{&s.CreatedAt}, instant{&s.SeenAt}, instant{&s.EndsAt})
}

// InsertSession begins a session, of whose token only the hash is kept.
// factor tells that the second factor was just proved.
func (tx *Tx) InsertSession(s *tenon.Session, hash string, factor bool) error {
	s.CreatedAt, s.SeenAt = tx.now, tx.now
	var factorAt time.Time
	if factor {
		factorAt = tx.now
	}
	return tx.run(`INSERT INTO sessions (token_hash, id, user_id, created_at, seen_at, proved_at, ends_at, factor_at, addr, agent) VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7, $8)`,
		hash, s.ID, s.User, micros(tx.now), micros(s.EndsAt), microsOrNull(factorAt), s.Addr, s.Agent)
}

// SystemSession finds the session of that token, seen since idle and not past
// its end, and who uses it, with when it last proved the second factor, and
// whatever else. NotFound where there is none; Unauthenticated where its user is
// disabled. It is one statement: every page begins with it.
func (tx *Tx) SystemSession(hash string, idle time.Time) (*tenon.Session, tenon.Viewer, error) {
	var s tenon.Session
	var x viewerRows
	err := tx.each(func(r Scanner) error {
		err := r.Scan(append([]any{&s.ID, &s.User, &s.Addr, &s.Agent, instant{&s.CreatedAt}, instant{&s.SeenAt}, instant{&s.EndsAt}, instant{&x.FactorAt}, instant{&x.ProvedAt}}, x.columns()...)...)
		x.gather()
		return err
	}, `SELECT `+sessionColumns+`, s.factor_at, s.proved_at, `+viewerColumns+` FROM sessions s JOIN users u ON u.id = s.user_id`+viewerJoins+`
		WHERE s.token_hash = $1 AND s.seen_at > $2 AND s.ends_at > $3 ORDER BY m.group_id, d.kind`, hash, micros(idle), micros(tx.now))
	if err == nil && s.ID == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, tenon.Viewer{}, fail("session", 0, err)
	}
	x.Session = s.ID
	v, err := x.signedIn()
	return &s, v, err
}

// TouchSession notes that the session is in use, unless that was noted after since.
func (tx *Tx) TouchSession(id int64, since time.Time) error {
	return tx.run(`UPDATE sessions SET seen_at = $1 WHERE id = $2 AND seen_at <= $3`, micros(tx.now), id, micros(since))
}

// SetSessionProof notes that the session has just proved who uses it, factor
// with the second factor, and gives it a new token: one that was stolen before
// does not have what the proof opens.
func (tx *Tx) SetSessionProof(id int64, hash string, factor bool) error {
	if err := tx.run(`UPDATE sessions SET proved_at = $1, token_hash = $2 WHERE id = $3`, micros(tx.now), hash, id); err != nil || !factor {
		return err
	}
	return tx.run(`UPDATE sessions SET factor_at = $1 WHERE id = $2`, micros(tx.now), id)
}

// CopySessionProof notes for one session what another has proved, and when.
func (tx *Tx) CopySessionProof(from, to int64) error {
	return tx.run(`UPDATE sessions SET factor_at = (SELECT f.factor_at FROM sessions f WHERE f.id = $1),
		proved_at = (SELECT p.proved_at FROM sessions p WHERE p.id = $1) WHERE id = $2`, from, to)
}

// ListSessions returns the sessions of a user that have not ended, the latest
// seen first: one's own, or anybody's for those who manage users.
func (tx *Tx) ListSessions(v tenon.Viewer, user tenon.UserID, idle time.Time) ([]tenon.Session, error) {
	a := args{user, micros(idle), micros(tx.now)}
	own := ""
	if !v.May(tenon.ManageUsers) {
		own = " AND s.user_id = " + a.add(v.User)
	}
	return list(tx, scanSession, `SELECT `+sessionColumns+` FROM sessions s
		WHERE s.user_id = $1 AND s.seen_at > $2 AND s.ends_at > $3`+own+` ORDER BY s.seen_at DESC, s.id DESC LIMIT 1000`, a...)
}

// DeleteSession ends the session of that token.
func (tx *Tx) DeleteSession(hash string) error {
	return tx.run(`DELETE FROM sessions WHERE token_hash = $1`, hash)
}

// DeleteSessions ends the sessions of a user but for one, and tells how many
// rows there were, those that were over included. only, if not 0, ends that one alone.
func (tx *Tx) DeleteSessions(user tenon.UserID, only, but int64) (int64, error) {
	if only != 0 {
		return tx.exec(`DELETE FROM sessions WHERE user_id = $1 AND id = $2`, user, only)
	}
	return tx.exec(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, user, but)
}

// CountAttempt counts an attempt under a name, an account or an address, and
// returns how long to wait where limit were made since; then it is not counted.
// It holds in parallel and over processes: the row is locked until the
// transaction ends.
func (tx *Tx) CountAttempt(name string, limit int, since time.Time) (wait time.Duration, err error) {
	if err := tx.run(`INSERT INTO sign_in_attempts (name, last_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, micros(tx.now)); err != nil {
		return 0, err
	}
	times, err := tx.attempts(name, since)
	if err != nil {
		return 0, err
	}
	if len(times) >= limit {
		return max(time.Duration(times[len(times)-limit]-micros(since))*time.Microsecond, 1), nil
	}
	return 0, tx.setAttempts(name, append(times, micros(tx.now)))
}

// ForgetAttempt takes back the latest attempt counted under a name: it was no
// failure. all takes back every one.
func (tx *Tx) ForgetAttempt(name string, since time.Time, all bool) error {
	times, err := tx.attempts(name, since)
	if err != nil || len(times) == 0 {
		return err
	}
	if all {
		return tx.setAttempts(name, nil)
	}
	return tx.setAttempts(name, times[:len(times)-1])
}

// attempts locks the row of a name and returns the times that still count.
func (tx *Tx) attempts(name string, since time.Time) ([]int64, error) {
	rows, err := column[string](tx, `SELECT times FROM sign_in_attempts WHERE name = $1`+tx.d.lockRows(), name)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var out []int64
	for _, word := range strings.Fields(rows[0]) {
		at, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, err
		}
		if at > micros(since) {
			out = append(out, at)
		}
	}
	return out, nil
}

func (tx *Tx) setAttempts(name string, times []int64) error {
	words := make([]string, len(times))
	for i, at := range times {
		words[i] = strconv.FormatInt(at, 10)
	}
	return tx.run(`UPDATE sign_in_attempts SET times = $1, last_at = $2 WHERE name = $3`, strings.Join(words, " "), micros(tx.now), name)
}

// Purposes of one-time links.
const (
	LinkFirst    = "first"    // the first administrator
	LinkPassword = "password" // a user sets a password: invited, or helped by somebody
	LinkReset    = "reset"    // the same, asked for at the sign-in; it must not end an invitation
	LinkFactor   = "factor"   // a sign-in that still needs the second factor
)

// InsertLink adds a one-time link, of whose token only the hash is kept, and
// ends earlier unused ones of the same purpose and user.
func (tx *Tx) InsertLink(hash, purpose string, user tenon.UserID, ends time.Time) error {
	if purpose != LinkFactor { // two browsers may be signing in
		if err := tx.run(`DELETE FROM one_time_links WHERE purpose = $1 AND COALESCE(user_id, 0) = $2 AND used_at IS NULL`, purpose, user); err != nil {
			return err
		}
	}
	return tx.run(`INSERT INTO one_time_links (token_hash, purpose, user_id, created_at, ends_at) VALUES ($1, $2, $3, $4, $5)`,
		hash, purpose, null(user), micros(tx.now), micros(ends))
}

// SystemLink returns purpose and user of a link that can still be used.
// NotFound otherwise.
func (tx *Tx) SystemLink(hash string) (purpose string, user tenon.UserID, err error) {
	err = tx.row(`SELECT purpose, COALESCE(user_id, 0) FROM one_time_links WHERE token_hash = $1 AND used_at IS NULL AND ends_at > $2`,
		hash, micros(tx.now)).Scan(&purpose, &user)
	return purpose, user, fail("link", 0, err)
}

// UseLink uses a link up. It reports false where it was used or has ended;
// of two at the same time one waits for the other and is told so.
func (tx *Tx) UseLink(hash string) (bool, error) {
	n, err := tx.exec(`UPDATE one_time_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND ends_at > $1`, micros(tx.now), hash)
	return n == 1, err
}

// DeleteLinks ends the unused links of a user.
func (tx *Tx) DeleteLinks(user tenon.UserID) error {
	return tx.run(`DELETE FROM one_time_links WHERE user_id = $1 AND used_at IS NULL`, user)
}

// SweepSignIns deletes what has ended: sessions not seen since idle or past
// their end, links past theirs, attempts before since.
func (tx *Tx) SweepSignIns(idle, since time.Time) error {
	if err := tx.run(`DELETE FROM sessions WHERE seen_at <= $1 OR ends_at <= $2`, micros(idle), micros(tx.now)); err != nil {
		return err
	}
	if err := tx.run(`DELETE FROM one_time_links WHERE ends_at <= $1`, micros(tx.now)); err != nil {
		return err
	}
	return tx.run(`DELETE FROM sign_in_attempts WHERE last_at <= $1`, micros(since))
}

// ListSignIns returns the attempts to sign in as a user, the latest first:
// one's own, or anybody's for those who manage users.
func (tx *Tx) ListSignIns(v tenon.Viewer, user tenon.UserID, limit int) ([]tenon.SignIn, error) {
	if user != v.User && !v.May(tenon.ManageUsers) {
		return nil, nil
	}
	return list(tx, scanSignIn, `SELECT e.at, e.action, e.addr, e.changes FROM activity e
		WHERE e.subject_id = $1 AND e.subject = 'user' AND e.action IN ('sign in', 'sign in failed') ORDER BY e.id DESC LIMIT $2`, user, limit)
}

func scanSignIn(r Scanner, s *tenon.SignIn) error {
	var action, changes string
	if err := r.Scan(instant{&s.At}, &action, &s.Addr, &changes); err != nil {
		return err
	}
	s.Good = action == "sign in"
	var log []tenon.Change
	if err := json.Unmarshal([]byte(changes), &log); err != nil {
		return err
	}
	for _, c := range log {
		text, _ := c.After.(string)
		switch c.Field {
		case "reason":
			s.Why = text
		case "with":
			s.With = text
		case "browser":
			s.Agent = text
		}
	}
	return nil
}

package store

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
)

// letterLife is how long a letter that says nothing else is worth sending.
const letterLife = 48 * time.Hour

// letterBody is what is kept of what a letter says.
type letterBody struct {
	Subject tenon.Phrase      `json:"subject"`
	Text    []tenon.Phrase    `json:"text,omitempty"`
	Link    tenon.LetterLink  `json:"link"`
	Rows    []tenon.LetterRow `json:"rows,omitempty"`
	After   []tenon.Phrase    `json:"after,omitempty"`
}

// phrase is the subject as it is said; plain is that of a letter that was queued
// before there were phrases.
func (b *letterBody) phrase(plain string) tenon.Phrase {
	if b.Subject.Text == "" {
		return tenon.Phrase{Text: plain}
	}
	return b.Subject
}

// QueueLetter puts a letter into the outbox, in the transaction of what it
// tells of: it is neither lost nor sent for what did not happen. It returns
// the id under which SealLetter adds the secret part of its link.
func (tx *Tx) QueueLetter(l tenon.Letter) (int64, error) {
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(letterBody{l.Subject, l.Text, l.Link, l.Rows, l.After})
	if err != nil {
		return 0, err
	}
	if l.EndsAt.IsZero() {
		l.EndsAt = tx.now.Add(letterLife)
	}
	return id, tx.run(`INSERT INTO mail_outbox (id, kind, user_id, name, address, subject, body, created_at, ends_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)`,
		id, l.Kind, null(l.User), l.Name, l.Address, l.Subject.String(), string(body), micros(tx.now), micros(l.EndsAt))
}

// SealLetter adds the sealed token that the path of a letter's link ends with.
func (tx *Tx) SealLetter(id int64, sealed []byte) error {
	return tx.run(`UPDATE mail_outbox SET token_sealed = $1 WHERE id = $2`, sealed, id)
}

// SystemLetter is a letter to be sent now.
type SystemLetter struct {
	tenon.Letter
	ID     int64
	Sealed []byte // the token of its link; nil for none
	// Tries counts this one too; a later one has another number, so that who
	// sent too slowly does not overwrite what another found.
	Tries     int64
	CreatedAt time.Time
}

func scanLetter(r Scanner, l *SystemLetter) error {
	var subject, text string
	if err := r.Scan(&l.ID, &l.Kind, &l.User, &l.Language, &l.Name, &l.Address, &subject, &text, &l.Sealed, &l.Tries, instant{&l.CreatedAt}, instant{&l.EndsAt}); err != nil {
		return err
	}
	var body letterBody
	err := json.Unmarshal([]byte(text), &body)
	l.Subject = body.phrase(subject)
	l.Text, l.Link, l.Rows, l.After = body.Text, body.Link, body.Rows, body.After
	return err
}

// SystemMailDue tells whether a letter can be sent now.
func (tx *Tx) SystemMailDue() (bool, error) {
	ids, err := column[int64](tx, `SELECT id FROM mail_outbox WHERE state = 'waiting' AND next_at <= $1 LIMIT 1`, micros(tx.now))
	return len(ids) > 0, err
}

// SystemTakeLetters takes letters to send them: until then nobody else takes
// them. Who is killed while sending lets them be taken, and sent, again.
func (tx *Tx) SystemTakeLetters(limit int, until time.Time) ([]SystemLetter, error) {
	taken, err := list(tx, scanLetter, `SELECT id, kind, COALESCE(user_id, 0), COALESCE((SELECT u.language FROM users u WHERE u.id = user_id), ''), name, address, subject, body, token_sealed, tries + 1, created_at, ends_at
		FROM mail_outbox WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at, id LIMIT $2`+tx.d.lockRows(), micros(tx.now), limit)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	ids := make([]int64, len(taken))
	for i := range taken {
		ids[i] = taken[i].ID
	}
	return taken, tx.run(`UPDATE mail_outbox SET tries = tries + 1, next_at = $2 WHERE `+tx.d.inBinders("id", "$1"), tx.d.bindersArg(binderIDs(ids)), micros(until))
}

// SystemMailDone notes how the try of that number ended for good; the secret
// part of the letter is forgotten.
func (tx *Tx) SystemMailDone(id, try int64, state tenon.MailState, why string) error {
	return tx.run(`UPDATE mail_outbox SET state = $1, error = $2, done_at = $3, token_sealed = NULL WHERE id = $4 AND tries = $5 AND state = 'waiting'`,
		string(state), why, micros(tx.now), id, try)
}

// SystemMailAgain notes that the try of that number failed, and when the next one is.
func (tx *Tx) SystemMailAgain(id, try int64, why string, at time.Time) error {
	return tx.run(`UPDATE mail_outbox SET error = $1, next_at = $2 WHERE id = $3 AND tries = $4 AND state = 'waiting'`, why, micros(at), id, try)
}

// SystemSweepMail deletes letters that have been done since before.
func (tx *Tx) SystemSweepMail(before time.Time) error {
	return tx.run(`DELETE FROM mail_outbox WHERE done_at <= $1`, micros(before))
}

// DropLetters takes back what waits of that kind for a user: what it says does
// not hold any more.
func (tx *Tx) DropLetters(user tenon.UserID, kind string) error {
	return tx.run(`DELETE FROM mail_outbox WHERE user_id = $1 AND kind = $2 AND state = 'waiting'`, user, kind)
}

// MailQuery filters the outbox.
type MailQuery struct {
	User  tenon.UserID
	State tenon.MailState
	tenon.Page
}

func scanMail(r Scanner, m *tenon.Mail) error {
	var subject, text string
	if err := r.Scan(&m.ID, &m.Kind, &m.User, &m.Address, &subject, &text, &m.State, &m.Tries, &m.Error, instant{&m.CreatedAt}, instant{&m.NextAt}, instant{&m.DoneAt}); err != nil {
		return err
	}
	var body letterBody
	err := json.Unmarshal([]byte(text), &body)
	m.Subject = body.phrase(subject)
	return err
}

// ListMail returns one page of the outbox, the newest first, for those who
// manage the settings; everybody else sees what was mailed to themselves.
func (tx *Tx) ListMail(v tenon.Viewer, q MailQuery) ([]tenon.Mail, string, error) {
	keys, err := readCursor(q.Cursor, "-mail", "i")
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{order: []string{"m.id DESC"}, keys: keys, limit: limit + 1}
	a := &l.args
	c := []string{"1 = 1"}
	if !v.May(tenon.ManageSettings) {
		c = append(c, "m.user_id = "+a.add(v.User))
	}
	if q.User != 0 {
		c = append(c, "m.user_id = "+a.add(q.User))
	}
	if q.State != "" {
		c = append(c, "m.state = "+a.add(string(q.State)))
	}
	if after := l.after(); after != "" {
		c = append(c, after)
	}
	rows, err := list(tx, scanMail, `SELECT m.id, m.kind, COALESCE(m.user_id, 0), m.address, m.subject, m.body, m.state, m.tries, m.error, m.created_at, m.next_at, m.done_at
		FROM mail_outbox m WHERE `+strings.Join(c, " AND ")+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor("-mail", rows[limit-1].ID)
	}
	return rows, next, nil
}

package store

import (
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// ReminderDays returns how many days before an expiration the viewer wants to
// be reminded; none is never.
func (tx *Tx) ReminderDays(v tenon.Viewer) ([]int, error) {
	texts, err := column[string](tx, `SELECT days FROM reminder_choices WHERE user_id = $1`, v.User)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	return daysOf(texts[0]), nil
}

func daysOf(text string) []int {
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(part); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// SetReminderDays replaces the viewer's choice.
func (tx *Tx) SetReminderDays(v tenon.Viewer, days []int) error {
	words := make([]string, len(days))
	for i, d := range days {
		words[i] = strconv.Itoa(d)
	}
	return tx.run(`INSERT INTO reminder_choices (user_id, days, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET days = excluded.days, updated_at = excluded.updated_at`, v.User, strings.Join(words, ","), micros(tx.now))
}

// SystemReminded returns the users who want reminders and have had no look on
// that day yet.
func (tx *Tx) SystemReminded(day string) ([]tenon.UserID, error) {
	return column[tenon.UserID](tx, `SELECT user_id FROM reminder_choices WHERE days <> '' AND looked_on <> $1 ORDER BY user_id`, day)
}

// SystemBeginLook takes the look of that day for a user, and tells whether
// nobody else had it: two servers never remind of the same.
func (tx *Tx) SystemBeginLook(u tenon.UserID, day string) (bool, error) {
	n, err := tx.exec(`UPDATE reminder_choices SET looked_on = $1 WHERE user_id = $2 AND days <> '' AND looked_on <> $1`, day, u)
	return n > 0, err
}

// Reminder is one date of which somebody is reminded, so many days before.
type Reminder struct {
	Expiration tenon.ExpirationID
	On         string
	Days       int
}

// SystemSentReminders returns of which of the expirations a user was reminded.
func (tx *Tx) SystemSentReminders(u tenon.UserID, ids []tenon.ExpirationID) (map[Reminder]bool, error) {
	out := map[Reminder]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	var a args
	err := tx.each(func(r Scanner) error {
		var m Reminder
		if err := r.Scan(&m.Expiration, &m.On, &m.Days); err != nil {
			return err
		}
		out[m] = true
		return nil
	}, `SELECT expiration_id, expires_on, days FROM reminders_sent WHERE user_id = `+a.add(u)+` AND `+tx.d.inBinders("expiration_id", a.add(tx.d.bindersArg(binderIDs(ids)))), a...)
	return out, err
}

// SystemMarkReminded notes of what a user is reminded, in the transaction that
// queues the letter.
func (tx *Tx) SystemMarkReminded(u tenon.UserID, list []Reminder) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		rows[i] = []any{m.Expiration, u, m.On, m.Days, micros(tx.now)}
	}
	return tx.insertMany("reminders_sent (expiration_id, user_id, expires_on, days, sent_at)", 5, rows, " ON CONFLICT DO NOTHING")
}

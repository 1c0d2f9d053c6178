// Package reminder mails people what expires soon.
//
// Each person chooses how many days before. Once a day, from seven in the
// morning on, everybody who chose something gets one letter with what they may
// see and have not been reminded of at that distance. A date is in a letter
// once for each distance, and again where it was changed. The letter is queued
// in the transaction that notes both, so that whoever is killed at any moment
// has sent it or not, and never twice.
package reminder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Distances are the numbers of days before that can be chosen.
var Distances = []int{90, 60, 30, 14, 7, 1}

// From is the hour of the day from which letters are sent.
const From = 7

// maxRows is how many dates a letter lists.
const maxRows = 100

// Engine reminds people.
type Engine struct{ st *store.Store }

// New returns an engine over an open store.
func New(st *store.Store) *Engine { return &Engine{st} }

// Choice returns how many days before the viewer is reminded; none is never.
func (e *Engine) Choice(ctx context.Context, v tenon.Viewer) (days []int, err error) {
	err = e.st.Read(ctx, func(tx *store.Tx) error {
		days, err = tx.ReminderDays(v)
		return err
	})
	return days, err
}

// Choose replaces the viewer's choice: any of Distances.
func (e *Engine) Choose(ctx context.Context, v tenon.Viewer, days []int) error {
	if v.User == 0 {
		return tenon.Errorf(tenon.Invalid, "Only somebody with an account can be reminded.")
	}
	for _, d := range days {
		if !slices.Contains(Distances, d) {
			return tenon.FieldErrorf("days", "Reminders cannot be sent %d days before.", d)
		}
	}
	days = slices.Clone(days)
	slices.Sort(days)
	days = slices.Compact(days)
	return e.st.Write(ctx, func(tx *store.Tx) error {
		was, err := tx.ReminderDays(v)
		if err != nil || slices.Equal(was, days) {
			return err
		}
		if err := tx.SetReminderDays(v, days); err != nil {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "update", Subject: "user", SubjectID: int64(v.User), Name: v.Name,
			Changes: []tenon.Change{{Field: "reminder_days", Before: Words(was).String(), After: Words(days).String()}}})
	})
}

// Words lists days: "30, 14 and 7".
func Words(days []int) tenon.List {
	words := make(tenon.List, len(days))
	for i, d := range days {
		words[len(days)-1-i] = strconv.Itoa(d)
	}
	return words
}

// Send reminds everybody who has not been today, those after one that fails
// too, and tells how many letters were queued. now is in the zone whose day counts.
func (e *Engine) Send(ctx context.Context, now time.Time) (letters int, err error) {
	if now.Hour() < From {
		return 0, nil
	}
	day := now.Format(tenon.DateOnly)
	var users []tenon.UserID
	err = e.st.Read(ctx, func(tx *store.Tx) (err error) {
		users, err = tx.SystemReminded(day)
		return err
	})
	if err != nil {
		return 0, err
	}
	var all []error
	for _, u := range users {
		queued, err := e.remind(ctx, u, now)
		if err != nil {
			all = append(all, fmt.Errorf("remind user %d: %w", u, err))
		} else if queued {
			letters++
		}
	}
	return letters, errors.Join(all...)
}

// due is an expiration of which somebody is to be reminded.
type due struct {
	tenon.Expiration
	left int // days
}

// remind queues the letter of one person, if there is something to say.
func (e *Engine) remind(ctx context.Context, u tenon.UserID, now time.Time) (queued bool, err error) {
	day := now.Format(tenon.DateOnly)
	err = e.st.Write(ctx, func(tx *store.Tx) error {
		queued = false
		mine, err := tx.SystemBeginLook(u, day)
		if err != nil || !mine {
			return err
		}
		v, err := tx.LoadViewer(u)
		if tenon.CodeOf(err) == tenon.Unauthenticated {
			return nil // disabled
		}
		if err != nil {
			return err
		}
		days, err := tx.ReminderDays(v)
		if err != nil || len(days) == 0 {
			return err
		}
		list, marks, err := dueFor(tx, v, days, now)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := tx.SystemMarkReminded(u, marks); err != nil {
			return err
		}
		queued = true
		_, err = tx.QueueLetter(letter(v, days, list))
		return err
	})
	return queued && err == nil, err
}

// dueFor finds what the viewer sees, what ends soon enough, and of what they
// have not been reminded yet at that distance.
func dueFor(tx *store.Tx, v tenon.Viewer, days []int, now time.Time) (out []due, marks []store.Reminder, err error) {
	inUse := false
	today := now.Format(tenon.DateOnly)
	q := store.ExpirationQuery{From: today, To: now.AddDate(0, 0, slices.Max(days)).Format(tenon.DateOnly), Archived: &inUse, Page: tenon.Page{Limit: tenon.MaxPage}}
	for {
		page, next, err := tx.ListExpirations(v, q)
		if err != nil {
			return nil, nil, err
		}
		ids := make([]tenon.ExpirationID, len(page))
		for i := range page {
			ids[i] = page[i].ID
		}
		sent, err := tx.SystemSentReminders(v.User, ids)
		if err != nil {
			return nil, nil, err
		}
		for _, x := range page {
			left := x.DaysFrom(today)
			mark := store.Reminder{Expiration: x.ID, On: x.On, Days: distance(days, left)}
			if mark.Days > 0 && !sent[mark] {
				out, marks = append(out, due{x, left}), append(marks, mark)
			}
		}
		if q.Cursor = next; next == "" {
			return out, marks, nil
		}
	}
}

// distance is the nearest of the chosen days that has come, 0 where none has.
func distance(days []int, left int) int {
	best := 0
	for _, d := range days {
		if left <= d && (best == 0 || d < best) {
			best = d
		}
	}
	return best
}

// letter says what expires, the soonest first.
func letter(v tenon.Viewer, days []int, list []due) tenon.Letter {
	l := tenon.Letter{Kind: "reminder", User: v.User, Name: v.Name, Address: v.Email, Subject: subject(len(list), list[0].left),
		Text: []tenon.Phrase{tenon.Say("This is what expires and is in use, as far as you may see it.")},
		Link: tenon.LetterLink{Text: tenon.Say("All expirations"), Path: "/expirations"},
		After: []tenon.Phrase{tenon.Say("You are told %s days before each date, once. You choose the days under Expirations, Reminders by mail. "+
			"A date that has been dealt with is changed at its record.", Words(days))},
	}
	for i, d := range list {
		if i == maxRows {
			l.After = append([]tenon.Phrase{tenon.Say("And %s more.", tenon.Figure(len(list)-maxRows))}, l.After...)
			break
		}
		l.Rows = append(l.Rows, tenon.LetterRow{Text: d.Name, More: d.words(), Path: "/items/" + d.Item.String()})
	}
	return l
}

func subject(n, left int) tenon.Phrase {
	what := tenon.Amount(n, "thing expires", "things expire")
	switch left {
	case 0:
		return tenon.Say("%s soon, the first today", what)
	case 1:
		return tenon.Say("%s soon, the first tomorrow", what)
	}
	return tenon.Say("%s soon, the first in %s", what, tenon.Amount(left, "day", "days"))
}

// words say where it is filed, what it is, and when it ends.
func (d *due) words() tenon.Phrase {
	on := d.On
	if t, err := time.Parse(tenon.DateOnly, d.On); err == nil {
		on = t.Format("2 Jan 2006")
	}
	switch d.left {
	case 0:
		return tenon.Say("%s, %s: %s, today", d.OrgName, d.TypeName, on)
	case 1:
		return tenon.Say("%s, %s: %s, tomorrow", d.OrgName, d.TypeName, on)
	}
	return tenon.Say("%s, %s: %s, in %s", d.OrgName, d.TypeName, on, tenon.Amount(d.left, "day", "days"))
}

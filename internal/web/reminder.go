package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/reminder"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// remindersPage asks how many days before an expiration one wants a mail.
func (s *server) remindersPage(w http.ResponseWriter, r *http.Request) error {
	days, err := s.reminders.Choice(r.Context(), viewer(r))
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextReminders), Section: "account"}, remindersContent(days, viewer(r).Email))
}

func (s *server) remindersSave(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	var days []int
	for _, text := range f.Values["days"] {
		n, err := strconv.Atoi(text)
		if err != nil {
			return tenon.FieldErrorf("days", "%q is no number of days.", text)
		}
		days = append(days, n)
	}
	if err := s.reminders.Choose(r.Context(), viewer(r), days); err != nil {
		return err
	}
	slices.Sort(days)
	words := say.Text(r.Context(), "No reminders are mailed to you.")
	if len(days) > 0 {
		words = say.Textf(r.Context(), "You are reminded %s days before.", reminder.Words(slices.Compact(days)))
	}
	leaveNote(w, r, note{Text: words, Href: "/expirations", Link: say.Text(r.Context(), ui.TextExpirations)})
	return redirect(w, r, "/self/reminders")
}

// reminderChoices are the distances with those that are chosen.
func reminderChoices(ctx context.Context, days []int) []ui.Choice {
	var out []ui.Choice
	for _, d := range reminder.Distances {
		out = append(out, ui.Choice{Value: strconv.Itoa(d), Text: say.Textf(ctx, "%s before", ui.Count(ctx, d, "day", "days")), Chosen: slices.Contains(days, d)})
	}
	return out
}

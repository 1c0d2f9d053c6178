package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/reminder"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// remindersPage asks how many days before an expiration one wants a mail.
func (s *server) remindersPage(w http.ResponseWriter, r *http.Request) error {
	days, err := s.reminders.Choice(r.Context(), viewer(r))
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: ui.TextReminders, Section: "account"}, remindersContent(days, viewer(r).Email))
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
	words := "No reminders are mailed to you."
	if len(days) > 0 {
		words = "You are reminded " + reminder.Words(slices.Compact(days)) + " days before."
	}
	leaveNote(w, r, note{Text: words, Href: "/expirations", Link: ui.TextExpirations})
	return redirect(w, r, "/self/reminders")
}

// reminderChoices are the distances with those that are chosen.
func reminderChoices(days []int) []ui.Choice {
	var out []ui.Choice
	for _, d := range reminder.Distances {
		out = append(out, ui.Choice{Value: strconv.Itoa(d), Text: ui.Count(d, "day", "days") + " before", Chosen: slices.Contains(days, d)})
	}
	return out
}

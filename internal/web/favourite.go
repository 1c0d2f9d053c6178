package web

import (
	"net/http"

	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// favourite stars a record, or takes the star away.
func (s *server) favourite(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id, err := f.number("id")
	if err != nil {
		return err
	}
	if err := s.core.SetFavourite(r.Context(), viewer(r), id, f.yes("on")); err != nil {
		return err
	}
	text := say.Text(r.Context(), "This is among your favourites now: on the home page and above the list of organizations.")
	if !f.yes("on") {
		text = say.Text(r.Context(), "This is no favourite of yours any more.")
	}
	leaveNote(w, r, note{Tone: ui.Accent, Text: text})
	return redirect(w, r, listReturn(f))
}

// opened remembers that somebody looks at a record. The page tells so by
// itself: to ask for a page changes nothing.
func (s *server) opened(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id, err := f.number("id")
	if err != nil {
		return err
	}
	if err := s.core.NoteOpened(r.Context(), viewer(r), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

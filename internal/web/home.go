package web

import (
	"net/http"

	"github.com/tenonhq/tenon/internal/web/ui"
)

func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, ui.Page{Title: ui.TextHome, Section: "home"}, homeContent())
}

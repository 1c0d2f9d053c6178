package web

import (
	"net/http"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// recoveryNew makes one's recovery codes anew, and shows them once.
func (s *server) recoveryNew(w http.ResponseWriter, r *http.Request) error {
	codes, err := s.core.NewRecoveryCodes(r.Context(), viewer(r))
	if err != nil {
		return err
	}
	return s.showRecoveryCodes(w, r, codes, say.Text(r.Context(), "These codes replace the ones before, which work no more."))
}

func (s *server) showRecoveryCodes(w http.ResponseWriter, r *http.Request, codes []secret.Text, words string) error {
	list := make([]string, len(codes))
	for i := range codes {
		list[i] = codes[i].Reveal()
	}
	return s.show(w, r, ui.Page{Title: recoveryTitle, Section: "self"}, recoveryContent(list, words))
}

// recoveryFile gives the codes back as a file to keep. They come from the page
// that shows them: here they are kept nowhere.
func (s *server) recoveryFile(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	text := say.Textf(r.Context(), "Recovery codes of %s for Tenon\r\nEach works once in place of a code of the app.\r\n\r\n", viewer(r).Email)
	for _, typed := range f.Values["recovery"] {
		code, ok := secret.ParseRecoveryCode(typed)
		if !ok {
			return tenon.Errorf(tenon.Invalid, "This is no recovery code.")
		}
		text += code.Reveal() + "\r\n"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tenon-recovery-codes.txt"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(text))
	return err
}

// typedCode is the code that was typed: of the app, or a recovery code.
func (f *form) typedCode() string {
	if code := strings.TrimSpace(f.Get("recovery")); code != "" {
		return code
	}
	return f.text("code")
}

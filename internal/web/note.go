package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// note is the line that says, on the page after an act, what was done. It goes
// through a cookie that the next page takes away. Nothing in it is believed:
// it is text, an address of ours and the number of an operation.
type note struct {
	Tone ui.Tone `json:"t,omitempty"` // Good unless said
	Text string  `json:"x"`
	// Href and Link lead on: "/operations/12", "Receipt".
	Href string `json:"h,omitempty"`
	Link string `json:"l,omitempty"`
	// Undo offers to take that operation back.
	Undo tenon.OperationID `json:"u,omitempty"`
}

const noteCookie = "tenon_note"

// leaveNote gives the note to the page that the browser is led to.
func leaveNote(w http.ResponseWriter, r *http.Request, n note) {
	text, err := json.Marshal(n)
	if err != nil || len(text) > 2000 {
		return // the act stands: only the line about it is missing
	}
	http.SetCookie(w, &http.Cookie{
		Name: noteCookie, Value: base64.RawURLEncoding.EncodeToString(text), Path: "/", MaxAge: 60,
		HttpOnly: true, Secure: httpkit.InfoOf(r.Context()).Secure, SameSite: http.SameSiteLaxMode,
	})
}

// takeNote returns the note that the last act left, and takes it away.
func takeNote(w http.ResponseWriter, r *http.Request) *note {
	c, err := r.Cookie(noteCookie)
	if err != nil || r.Method != http.MethodGet {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: noteCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: httpkit.InfoOf(r.Context()).Secure, SameSite: http.SameSiteLaxMode})
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil
	}
	var n note
	if json.Unmarshal(text, &n) != nil || n.Text == "" {
		return nil
	}
	return &n
}

func (n *note) draw() templ.Component {
	if n.Tone == ui.Neutral {
		n.Tone = ui.Good
	}
	line := ui.Notice{Tone: n.Tone, Text: n.Text, Status: true}
	if n.Href != "" || n.Undo != 0 {
		line.Action = noteActions(localPath(n.Href), n.Link, n.Undo)
	}
	return line.Draw()
}

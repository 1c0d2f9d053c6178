package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// onceField is the name of the hidden field by which a form that makes
// something is known: sent twice, it makes one.
const onceField = "once"

// onceKept is how long a form that was sent is remembered.
const onceKept = 7 * 24 * time.Hour

// freshOnce is the value of the field in a form that was not sent yet.
func freshOnce() string { return rand.Text() }

// sentForms remembers in the database which forms were sent and what was
// answered, beside the answers of the API.
type sentForms struct {
	st  *store.Store
	now func() time.Time
}

func (s sentForms) since() time.Time { return s.now().Add(-onceKept) }

// Find implements httpkit.Answers.
func (s sentForms) Find(ctx context.Context, caller, key string) (found *httpkit.Answer, err error) {
	err = s.st.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.SystemAnswered(caller, key, s.since())
		if row != nil {
			found = &httpkit.Answer{Caller: row.Caller, Key: row.Key, Body: row.BodyHash, Status: row.Status, Headers: row.Headers, Content: []byte(row.Answer), At: row.At}
		}
		return err
	})
	return found, err
}

// Claim implements httpkit.Answers: the key is stored by the transaction that
// makes what the form asks for.
func (s sentForms) Claim(ctx context.Context, claim httpkit.Answer) (context.Context, func() bool) {
	ctx, hook := store.WithHook(ctx, func(tx *store.Tx) error {
		return tx.SystemClaimAnswer(sentRow(claim), s.since())
	})
	return ctx, hook.Committed
}

// Finish implements httpkit.Answers.
func (s sentForms) Finish(ctx context.Context, answer httpkit.Answer) error {
	return s.st.Write(ctx, func(tx *store.Tx) error { return tx.SystemFinishAnswer(sentRow(answer)) })
}

func sentRow(a httpkit.Answer) store.Answered {
	return store.Answered{Caller: a.Caller, Key: a.Key, BodyHash: a.Body, Status: a.Status, Headers: a.Headers, Answer: string(a.Content), At: a.At}
}

// once carries a form out, or where it was sent before answers as it did then.
// A form that was sent, changed and sent again is shown again: whether it is to
// make a second record is for the person to say.
func (s *server) once(rt *route, w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	key := f.Get(onceField)
	if key == "" {
		return rt.handle(s, w, r)
	}
	r.Header.Set("Idempotency-Key", key)
	var handled error
	err = s.forms.Do(&replayed{ResponseWriter: w, r: r}, r, "form of user "+viewer(r).User.String(), []byte(formBody(f)), false, func(w http.ResponseWriter, r *http.Request) {
		handled = rt.handle(s, w, r)
	})
	switch tenon.CodeOf(err) {
	case tenon.Invalid:
		return rt.handle(s, w, showAgain(r, say.Text(r.Context(), "This form was sent before, and what it made then stands. Nothing was made now. Save it again if a second one is wanted.")))
	case tenon.Busy:
		return tenon.Errorf(tenon.Busy, "This form is just being saved. It was sent twice; it counts once. Look at the list in a moment.")
	}
	if err != nil {
		return err
	}
	return handled
}

// formBody is what was typed, without the fields that come from the page.
func formBody(f *form) string { return f.Encode() }

// replayed adds a note to an answer that was given before.
type replayed struct {
	http.ResponseWriter
	r *http.Request
}

// WriteHeader implements http.ResponseWriter.
func (p *replayed) WriteHeader(status int) {
	if p.Header().Get("Idempotency-Replayed") != "" {
		leaveNote(p.ResponseWriter, p.r, note{Tone: ui.Accent, Text: say.Text(p.r.Context(), "The form was sent twice. It was carried out once.")})
	}
	p.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is below.
func (p *replayed) Unwrap() http.ResponseWriter { return p.ResponseWriter }

type againKey struct{}

// showAgain asks a handler to show its form as it was sent, with a line that
// says why, and to change nothing.
func showAgain(r *http.Request, why string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), againKey{}, why))
}

// shownAgain returns the line, "" where the form is to be carried out.
func shownAgain(r *http.Request) string {
	why, _ := r.Context().Value(againKey{}).(string)
	return why
}

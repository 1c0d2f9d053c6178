package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// revealed is a secret in the clear, once: the page it stands in is the answer
// to the form that asked for it.
type revealed struct {
	field   string
	version int64 // 0 is the value now
	value   string
	seconds int
	// strength is the estimate, in words.
	strength string
	// ask is set where the second factor must be proved first, and wrong says
	// what was wrong with the code.
	ask   bool
	wrong string
}

// shownFor is how long a revealed secret stays on the page.
const shownFor = 30

// otpField holds the seed of one-time codes, of which only codes are shown.
const otpField = "otp_secret"

// reveal shows one secret, once. It is a POST and leaves an entry in the
// activity log; where the user has a second factor, its code is asked for.
func (s *server) reveal(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	i, err := s.loadItem(r)
	if err != nil {
		return err
	}
	status, err := s.revealInto(w, r, i, f)
	if err != nil {
		return err
	}
	return s.showItem(w, r, status, i)
}

// revealInto opens the secret that the form names, of now or of a version, or
// says that the second factor is missing.
func (s *server) revealInto(w http.ResponseWriter, r *http.Request, i *itemView, f *form) (int, error) {
	i.revealed = &revealed{field: f.Get("field"), version: tenon.ParseID(f.Get("version")), seconds: shownFor}
	if code := f.typedCode(); code != "" {
		if err := s.proveCode(w, r, i.viewer, code); err != nil {
			if fieldOf(err) != "code" {
				return 0, err
			}
			i.revealed.ask, i.revealed.wrong = true, say.Error(r.Context(), err)
			return http.StatusUnprocessableEntity, nil
		}
		i.viewer.FactorAt = s.now()
	}
	var value secret.Text
	var err error
	switch {
	case i.revealed.version != 0:
		value, err = s.core.RevealVersion(r.Context(), i.viewer, i.ID, i.revealed.field, i.revealed.version)
	case i.revealed.field == otpField:
		var code string
		code, i.revealed.seconds, err = s.core.TOTPCode(r.Context(), i.viewer, i.ID)
		value = secret.NewText(code)
	default:
		value, err = s.core.Reveal(r.Context(), i.viewer, i.ID, i.revealed.field)
	}
	var e *tenon.Error
	if errors.As(err, &e) && e.Code == tenon.Forbidden && e.Field == "code" {
		i.revealed.ask = true
		return httpkit.StatusOf(err), nil
	}
	if err != nil {
		return 0, err
	}
	i.revealed.value = value.Reveal()
	if i.revealed.field != otpField {
		i.revealed.strength = strengthWords(r.Context(), value)
	}
	return http.StatusOK, nil
}

// strengthWords says how hard a password is to guess, and that it is a guess
// itself.
func strengthWords(ctx context.Context, value secret.Text) string {
	e := secret.Estimate(value)
	return say.Textf(ctx, "%s, about %.0f bits by our own estimate, which knows no list of stolen passwords.", sentence(say.Text(ctx, e.Words)), e.Bits)
}

// secretsView is the page of the values that a secret has had.
type secretsView struct {
	*itemView
	field    tenon.Field
	versions []core.SecretVersion
}

// secrets shows which values a secret has had and when, and none of them. As a
// POST it shows one, which is a reveal.
func (s *server) secrets(w http.ResponseWriter, r *http.Request) error {
	i, err := s.loadItem(r)
	if err != nil {
		return err
	}
	if err := i.viewer.Need(tenon.RevealSecrets); err != nil {
		return err
	}
	p, status := &secretsView{itemView: i}, http.StatusOK
	name := r.URL.Query().Get("field")
	if r.Method == http.MethodPost {
		f, err := readForm(r)
		if err != nil {
			return err
		}
		if name = f.Get("field"); f.Get("version") != "" {
			if status, err = s.revealInto(w, r, i, f); err != nil {
				return err
			}
		}
	}
	for _, field := range i.secretFields() {
		if field.Name == name && name != otpField {
			p.field = field
		}
	}
	if p.field.Name == "" {
		return tenon.Errorf(tenon.NotFound, "%s has no such secret.", i.Name)
	}
	if p.versions, err = s.core.SecretVersions(r.Context(), i.viewer, i.ID, name); err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: say.Textf(r.Context(), "Earlier values of %s", i.Name), Section: "organizations"}, secretsContent(p))
}

func (i *itemView) secretsPath(field string) string { return i.path() + "/secrets?field=" + field }

// strength estimates a password that is being typed. It is a POST, so that the
// password stands in no address, and keeps nothing.
func (s *server) strength(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	value := f.Get("value")
	if value == "" {
		return write(w, r, http.StatusOK, ui.Text(""))
	}
	return write(w, r, http.StatusOK, strengthMeter(secret.NewText(value)))
}

// The names of the controls of the generator in a form.
const (
	generateName = "generate"
	defaultChars = 20
	defaultWords = 5
)

// generate puts a fresh password into the field that the button named, for
// those whose browser runs no scripts. Others generate it in the browser.
func generate(f *form) error {
	field := f.Get(generateName)
	length, err := f.number("generate.length")
	if err != nil {
		return err
	}
	var value secret.Text
	if f.Get("generate.sort") == "phrase" {
		words, werr := f.number("generate.words")
		if werr != nil {
			return werr
		}
		if words == 0 {
			words = defaultWords
		}
		value, err = secret.Phrase(int(min(words, 1000)))
	} else {
		if length == 0 {
			length = defaultChars
		}
		g := secret.Generate{Length: int(min(length, 1000)), Lower: f.yes("generate.lower"), Upper: f.yes("generate.upper"), Digits: f.yes("generate.digits"),
			Symbols: f.yes("generate.symbols"), NoLookalikes: f.yes("generate.alike")}
		value, err = g.Password()
	}
	if err != nil {
		var e *tenon.Error
		if errors.As(err, &e) && e.Code == tenon.Invalid {
			return e.At(field)
		}
		return err
	}
	f.Set(field, value.Reveal())
	return nil
}

// remembered is a control of the generator as it was sent, or as it is at first.
func remembered(f *form, name string, first bool) bool {
	if f.Get(generateName) == "" {
		return first
	}
	return f.yes(name)
}

func orNumber(text string, n int) string {
	if text == "" {
		return strconv.Itoa(n)
	}
	return text
}

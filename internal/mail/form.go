package mail

import (
	"context"
	_ "embed"
	htmltemplate "html/template"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

//go:embed letter.html.tmpl
var htmlText string

//go:embed letter.txt.tmpl
var plainText string

var (
	htmlForm  = htmltemplate.Must(htmltemplate.New("letter").Parse(htmlText))
	plainForm = template.Must(template.New("letter").Parse(plainText))
)

// draft is a letter whose link leads to the whole address, and how it is said.
type draft struct {
	tenon.Letter
	Base string
	ctx  context.Context
}

// said is a letter in the language of whoever reads it.
type said struct {
	Language, Subject, Greeting, Base string
	Text, After                       []string
	Link                              saidLink
	Rows                              []saidRow
}

type saidLink struct{ Text, Path string }

type saidRow struct{ Text, More, Path string }

func (d draft) say() said {
	all := func(list []tenon.Phrase) (out []string) {
		for _, p := range list {
			out = append(out, say.Phrase(d.ctx, p))
		}
		return out
	}
	s := said{Language: say.Tag(d.ctx), Subject: oneLine(say.Phrase(d.ctx, d.Subject)), Base: d.Base, Text: all(d.Text), After: all(d.After),
		Link: saidLink{say.Phrase(d.ctx, d.Link.Text), d.Link.Path}}
	if d.Name != "" {
		s.Greeting = say.Textf(d.ctx, "Hello %s,", d.Name)
	}
	for _, r := range d.Rows {
		s.Rows = append(s.Rows, saidRow{r.Text, say.Phrase(d.ctx, r.More), r.Path})
	}
	return s
}

// message draws the letter in both forms.
func (d draft) message(id int64, at time.Time) (Message, error) {
	d.Name = oneLine(d.Name)
	s := d.say()
	m := Message{ID: strconv.FormatInt(id, 10) + "@" + d.host(), Kind: d.Kind, To: mail.Address{Name: d.Name, Address: d.Address},
		Subject: s.Subject, Link: d.Link.Path, Date: at}
	if _, err := mail.ParseAddress(m.To.String()); err != nil {
		return m, &tenon.Error{Code: tenon.Invalid, Message: "The address cannot be written to.", Err: err}
	}
	var plain, html strings.Builder
	if err := plainForm.Execute(&plain, s); err != nil {
		return m, err
	}
	if err := htmlForm.Execute(&html, s); err != nil {
		return m, err
	}
	m.Text, m.HTML = plain.String(), html.String()
	return m, nil
}

// host is the name of the server, for ids of messages.
func (d draft) host() string {
	if u, err := url.Parse(d.Base); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "tenon.invalid"
}

// oneLine keeps what people type as a name from becoming a header of its own.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
}

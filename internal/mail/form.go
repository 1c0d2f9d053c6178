package mail

import (
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
)

//go:embed letter.html.tmpl
var htmlText string

//go:embed letter.txt.tmpl
var plainText string

var (
	htmlForm  = htmltemplate.Must(htmltemplate.New("letter").Parse(htmlText))
	plainForm = template.Must(template.New("letter").Parse(plainText))
)

// draft is a letter whose link leads to the whole address.
type draft struct {
	tenon.Letter
	Base string
}

// message draws the letter in both forms.
func (d draft) message(id int64, at time.Time) (Message, error) {
	d.Subject, d.Name = oneLine(d.Subject), oneLine(d.Name)
	m := Message{ID: strconv.FormatInt(id, 10) + "@" + d.host(), Kind: d.Kind, To: mail.Address{Name: d.Name, Address: d.Address},
		Subject: d.Subject, Link: d.Link.Path, Date: at}
	if _, err := mail.ParseAddress(m.To.String()); err != nil {
		return m, &tenon.Error{Code: tenon.Invalid, Message: "The address cannot be written to.", Err: err}
	}
	var plain, html strings.Builder
	if err := plainForm.Execute(&plain, d); err != nil {
		return m, err
	}
	if err := htmlForm.Execute(&html, d); err != nil {
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

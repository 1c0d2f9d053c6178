package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/mail"
	"strconv"

	gomail "github.com/wneessen/go-mail"

	"github.com/tenonhq/tenon"
)

// How the way to a mail server is encrypted.
const (
	StartTLS = "starttls" // asked for after the greeting, and demanded
	FullTLS  = "tls"      // from the first byte
	NoTLS    = "none"
)

// SMTP is a mail server.
type SMTP struct {
	Server         string // HOST:PORT
	Encryption     string // StartTLS, FullTLS or NoTLS
	User, Password string
	From           mail.Address
	// TLS, when set, says whom to trust instead of what the system trusts.
	TLS *tls.Config
}

// Describe implements Sender.
func (s *SMTP) Describe() string {
	how := map[string]string{StartTLS: "encrypted (STARTTLS)", FullTLS: "encrypted (TLS)", NoTLS: "not encrypted"}[s.Encryption]
	return s.Server + ", " + how + ", from " + s.From.Address
}

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return &tenon.Error{Code: tenon.Invalid, Message: "The letter cannot be written as mail.", Err: err}
	}
	client, err := s.client()
	if err != nil {
		return &tenon.Error{Code: tenon.Unavailable, Message: "The settings of the mail server cannot be used.", Err: err}
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil {
		return nil
	}
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo && !refused.IsTemp() {
		return &tenon.Error{Code: tenon.Invalid, Message: "The mail server does not take mail for this address.", Err: err}
	}
	return &tenon.Error{Code: tenon.Unavailable, Message: "The mail server did not take the letter.", Err: err}
}

func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.FromFormat(s.From.Name, s.From.Address); err != nil {
		return nil, err
	}
	if err := msg.AddToFormat(m.To.Name, m.To.Address); err != nil {
		return nil, err
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.ID)
	msg.SetDateWithValue(m.Date)
	// Automatic answers to automatic mail would go round in circles.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	host, port, err := net.SplitHostPort(s.Server)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	o := []gomail.Option{gomail.WithPort(n), gomail.WithTimeout(patience)}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	config.ServerName = host
	switch s.Encryption {
	case FullTLS:
		o = append(o, gomail.WithSSL(), gomail.WithTLSConfig(config))
	case NoTLS:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(config))
	}
	if s.User != "" {
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	return gomail.NewClient(host, o...)
}

package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/mail"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// server is a mail server that keeps what it takes, and refuses whom it is told to.
type server struct {
	mu     sync.Mutex
	taken  []string // whole messages
	busy   int      // how many messages are put off first
	addr   string
	roots  *x509.CertPool
	closed func() error
}

const mailPassword = "in to the mail server"

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }

type session struct {
	s  *server
	in bool
}

func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "tenon" || password != mailPassword {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

func (c *session) Mail(string, *smtp.MailOptions) error {
	if !c.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	return nil
}

func (c *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.busy > 0 {
		c.s.busy--
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	}
	c.s.taken = append(c.s.taken, string(b))
	return nil
}

func (c *session) Reset()        {}
func (c *session) Logout() error { return nil }

// serve runs a mail server with encryption until the test ends.
func serve(t *testing.T) *server {
	t.Helper()
	https := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(https.Close)
	s := &server{roots: x509.NewCertPool()}
	s.roots.AddCert(https.Certificate())
	srv := smtp.NewServer(s)
	srv.Domain = "mail.example"
	srv.TLSConfig = &tls.Config{Certificates: https.TLS.Certificates, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	s.closed = sync.OnceValue(func() error {
		// The server may not have begun to serve yet, and would not know of its listener.
		err := errors.Join(srv.Close(), l.Close())
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
		if served := <-ended; !errors.Is(served, smtp.ErrServerClosed) && !errors.Is(served, net.ErrClosed) {
			err = errors.Join(err, served)
		}
		return err
	})
	t.Cleanup(func() {
		if err := s.closed(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *server) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.taken...)
}

// desk is an office over a real database.
type desk struct {
	*testing.T
	st    *store.Store
	clock *storetest.Clock
	keys  *secret.Ring
	log   *bytes.Buffer
}

func onEngines(t *testing.T, fn func(d *desk)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := &desk{T: t, clock: storetest.NewClock(), log: &bytes.Buffer{}}
			d.st = storetest.OpenWith(t, storetest.Options(t, engine, d.clock))
			var err error
			if d.keys, err = secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys")); err != nil {
				t.Fatal(err)
			}
			fn(d)
		})
	}
}

func (d *desk) office(sender mail.Sender) *mail.Office {
	return mail.New(mail.Options{Store: d.st, Keys: d.keys, Sender: sender, Log: slog.New(slog.NewTextHandler(d.log, nil)),
		URL: func() string { return "https://tenon.example/" }})
}

func (s *server) sender() *mail.SMTP {
	return &mail.SMTP{Server: s.addr, Encryption: mail.StartTLS, User: "tenon", Password: mailPassword,
		From: netmail.Address{Name: "Tenon", Address: "tenon@msp.example"}, TLS: &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}}
}

// queue queues a letter with a secret link.
func (d *desk) queue(address string) {
	d.Helper()
	err := d.st.Write(context.Background(), func(tx *store.Tx) error {
		id, err := tx.QueueLetter(tenon.Letter{Kind: "invitation", Name: "Mia <b>\r\nBcc: all@evil.example", Address: address, Subject: tenon.Say("%s", "Come in\r\nX-Evil: 1"),
			Text: []tenon.Phrase{tenon.Say("You are invited by %s.", "<script>alert(1)</script>")}, Link: tenon.LetterLink{Text: tenon.Say("Choose a password"), Path: "/link/"},
			Rows: []tenon.LetterRow{{Text: "Firewall", More: tenon.Say("in %s", tenon.Amount(3, "day", "days")), Path: "/items/7"}}, After: []tenon.Phrase{tenon.Say("It works once.")}})
		if err != nil {
			return err
		}
		sealed, err := d.keys.Seal(secret.LetterPlace(id), secret.NewText("tnl_hush"))
		if err != nil {
			return err
		}
		return tx.SealLetter(id, sealed)
	})
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) deliver(o *mail.Office, want int) {
	d.Helper()
	got, err := o.Deliver(context.Background())
	if err != nil || got != want {
		d.Fatalf("%d letters left (%v), want %d\n%s", got, err, want, d.log)
	}
}

func (d *desk) outbox() (page []tenon.Mail, err error) {
	err = d.st.Read(context.Background(), func(tx *store.Tx) (err error) {
		page, _, err = tx.ListMail(tenon.SystemViewer(), store.MailQuery{})
		return err
	})
	return page, err
}

func (d *desk) first() tenon.Mail {
	d.Helper()
	page, err := d.outbox()
	if err != nil || len(page) == 0 {
		d.Fatalf("the outbox is empty: %v", err)
	}
	return page[0]
}

func TestLetterArrives(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		s := serve(d.T)
		o := d.office(s.sender())
		d.queue("mia@msp.example")
		d.deliver(o, 1)
		d.deliver(o, 0)
		got := s.messages()
		if len(got) != 1 {
			d.Fatalf("the server has %d messages, want 1", len(got))
		}
		m, err := netmail.ReadMessage(strings.NewReader(got[0]))
		if err != nil {
			d.Fatal(err)
		}
		if m.Header.Get("Bcc") != "" || m.Header.Get("X-Evil") != "" {
			d.Errorf("a name became a header: %v", m.Header)
		}
		if m.Header.Get("Subject") != "Come in X-Evil: 1" || m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(m.Header.Get("Message-Id"), "@tenon.example>") {
			d.Errorf("headers: %v", m.Header)
		}
		body := strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(got[0])
		for _, want := range []string{"Choose a password:\r\nhttps://tenon.example/link/tnl_hush", `href="https://tenon.example/link/tnl_hush"`, "https://tenon.example/items/7", "&lt;script&gt;", "It works once."} {
			if !strings.Contains(body, want) {
				d.Errorf("the mail lacks %q:\n%s", want, body)
			}
		}
		if got := d.first(); got.State != tenon.MailSent || got.Tries != 1 || got.DoneAt.IsZero() {
			d.Errorf("got %+v", got)
		}
		if strings.Contains(d.log.String(), "hush") {
			d.Errorf("the log has the token:\n%s", d.log)
		}
		d.clock.Advance(31 * 24 * time.Hour)
		if err := o.Sweep(context.Background()); err != nil {
			d.Fatal(err)
		}
		if page, err := d.outbox(); err != nil || len(page) != 0 {
			d.Errorf("after the sweep: %v, %v", page, err)
		}
	})
}

func TestRolledBackLetterIsNotSent(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		s := serve(d.T)
		sorry := errors.New("sorry")
		err := d.st.Write(context.Background(), func(tx *store.Tx) error {
			if _, err := tx.QueueLetter(tenon.Letter{Kind: "reminder", Address: "mia@msp.example", Subject: tenon.Say("Not this")}); err != nil {
				return err
			}
			return sorry
		})
		if !errors.Is(err, sorry) {
			d.Fatal(err)
		}
		d.deliver(d.office(s.sender()), 0)
		if got := s.messages(); len(got) != 0 {
			d.Errorf("sent %q", got)
		}
	})
}

func TestFailedLetterIsTriedAgain(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		s := serve(d.T)
		s.busy = 2
		o := d.office(s.sender())
		d.queue("mia@msp.example")
		for _, wait := range []time.Duration{time.Minute, 4 * time.Minute} {
			d.deliver(o, 0)
			if got := d.first(); got.State != tenon.MailWaiting || !strings.Contains(got.Error, "later") || got.NextAt.Sub(d.clock.Now()).Round(time.Second) != wait {
				d.Errorf("got %+v, want the next try in %s", got, wait)
			}
			d.clock.Advance(wait - time.Second)
			d.deliver(o, 0)
			d.clock.Advance(2 * time.Second)
		}
		d.deliver(o, 1)
		if got := d.first(); got.State != tenon.MailSent || got.Tries != 3 || got.Error != "" {
			d.Errorf("got %+v", got)
		}
	})
}

func TestLetterFailsForGood(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		s := serve(d.T)
		o := d.office(s.sender())
		d.queue("nobody@msp.example")
		d.deliver(o, 0)
		if got := d.first(); got.State != tenon.MailFailed || !strings.Contains(got.Error, "no such mailbox") {
			d.Errorf("got %+v", got)
		}
		d.queue("mia@msp.example")
		if err := s.closed(); err != nil {
			d.Fatal(err)
		}
		for range 40 { // the server is away for good
			d.deliver(o, 0)
			d.clock.Advance(4 * time.Hour)
		}
		if got := d.first(); got.State != tenon.MailFailed || got.Tries < 10 || got.Tries > 20 {
			d.Errorf("got %+v", got)
		}
		if strings.Contains(d.log.String(), "hush") || strings.Contains(d.log.String(), mailPassword) {
			d.Errorf("the log has a secret:\n%s", d.log)
		}
	})
}

func TestMailDemandsEncryption(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		s := serve(d.T)
		stranger := s.sender()
		stranger.TLS = nil // the system does not know this server
		d.queue("mia@msp.example")
		o := d.office(stranger)
		d.deliver(o, 0)
		if got := d.first(); got.State != tenon.MailWaiting || !strings.Contains(got.Error, "certificate") {
			d.Errorf("got %+v", got)
		}
	})
}

func TestWithoutServerMailIsLogged(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		o := d.office(nil)
		d.queue("mia@msp.example")
		d.deliver(o, 1)
		if got := d.first(); got.State != tenon.MailLogged {
			d.Errorf("got %+v", got)
		}
		log := d.log.String()
		if !strings.Contains(log, "https://tenon.example/link/tnl_hush") || strings.Contains(log, "invited by") {
			d.Errorf("the log should have the link and nothing else of the letter:\n%s", log)
		}
	})
}

func TestTestMail(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		ctx := context.Background()
		s := serve(d.T)
		boss := tenon.Viewer{Name: "Ada", Email: "ada@msp.example", Role: tenon.Administrator, Everywhere: true}
		want := func(err error, code tenon.Code) {
			d.Helper()
			if tenon.CodeOf(err) != code {
				d.Errorf("got %v, want %s", err, code)
			}
		}
		if err := d.office(s.sender()).Test(ctx, boss); err != nil {
			d.Error(err)
		}
		if got := s.messages(); len(got) != 1 || !strings.Contains(got[0], "Mail from Tenon works") {
			d.Errorf("got %q", got)
		}
		want(d.office(nil).Test(ctx, boss), tenon.Conflict)
		wrong := s.sender()
		wrong.Password = "guessed"
		want(d.office(wrong).Test(ctx, boss), tenon.Unavailable)
		boss.Role = tenon.Editor
		want(d.office(s.sender()).Test(ctx, boss), tenon.Forbidden)
	})
}

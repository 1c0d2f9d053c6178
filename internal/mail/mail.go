// Package mail sends what waits in the outbox.
//
// Whoever changes something queues the letter that tells of it in the same
// transaction (store.QueueLetter), so that a letter is never lost and never
// sent for what was rolled back. An Office takes letters from there, gives
// them their form and hands them to a Sender: a mail server, or the log where
// none is set. What fails is tried again with growing pauses, until the letter
// is not worth sending any more; then it stands in the outbox as failed, with
// the reason in words, where administrators see it.
//
// A letter is sent at least once: whoever is killed between sending and noting
// it sends it again, under the same message id.
package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
)

// Message is a letter in its form, ready to be sent.
type Message struct {
	ID         string // "482@tenon.example.com"
	Kind       string
	To         mail.Address
	Subject    string
	Text, HTML string
	Link       string // of its button, for the log
	Date       time.Time
}

// Sender takes messages. An error with the code Invalid is for good; any other
// is tried again.
type Sender interface {
	Send(ctx context.Context, m Message) error
	// Describe says in a few words where mail goes.
	Describe() string
}

// Options are what an office works with.
type Options struct {
	Store *store.Store // required
	// Keys opens the tokens of links.
	Keys *secret.Ring
	// Sender is the mail server; nil writes into the log.
	Sender Sender
	// URL returns the address under which people reach the server.
	URL func() string
	// Log takes what goes wrong, and the mail where there is no sender.
	Log *slog.Logger
	// Languages are those that letters are said in, beside English.
	Languages []*say.Language
	// Poll is how often the outbox is looked at; 0 is two seconds.
	Poll time.Duration
}

// Office sends the letters of the outbox.
type Office struct {
	st     *store.Store
	keys   *secret.Ring
	sender Sender
	url    func() string
	log    *slog.Logger
	poll   time.Duration

	languages []*say.Language
}

// New returns an office.
func New(o Options) *Office {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.URL == nil {
		o.URL = func() string { return "" }
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	return &Office{st: o.Store, keys: o.Keys, sender: o.Sender, url: o.URL, log: o.Log, poll: o.Poll, languages: o.Languages}
}

// Sends tells whether there is a mail server.
func (o *Office) Sends() bool { return o.sender != nil }

// Describe says in a few words where mail goes.
func (o *Office) Describe() string {
	if o.sender == nil {
		return "the log of the server"
	}
	return o.sender.Describe()
}

const (
	// batch is how many letters are taken at once.
	batch = 20
	// lease is how long a letter that was taken stays with who took it. It is
	// far above what a batch takes: patience is the limit of one letter.
	lease    = 15 * time.Minute
	patience = 30 * time.Second
	// kept is how long letters that are done stay in the outbox.
	kept = 30 * 24 * time.Hour
)

// pause is how long to wait after the failure of that number: one minute, then
// fourfold each time, four hours at most.
func pause(try int64) time.Duration {
	wait := time.Minute
	for range min(try-1, 10) {
		wait *= 4
	}
	return min(wait, 4*time.Hour)
}

// Run sends what is due, until ctx ends.
func (o *Office) Run(ctx context.Context) {
	tick := time.NewTicker(o.poll)
	defer tick.Stop()
	for {
		if _, err := o.Deliver(ctx); err != nil && ctx.Err() == nil {
			o.log.WarnContext(ctx, "sending mail", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Deliver tries everything that is due now, and tells how many letters left.
func (o *Office) Deliver(ctx context.Context) (sent int, err error) {
	for {
		letters, err := o.take(ctx)
		if err != nil || len(letters) == 0 {
			return sent, err
		}
		for i := range letters {
			done, err := o.deliver(ctx, &letters[i])
			if err != nil {
				return sent, err
			}
			if done {
				sent++
			}
		}
	}
}

func (o *Office) take(ctx context.Context) (letters []store.SystemLetter, err error) {
	due := false
	err = o.st.Read(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.SystemMailDue()
		return err
	})
	if err != nil || !due {
		return nil, err
	}
	err = o.st.Write(ctx, func(tx *store.Tx) (err error) {
		letters, err = tx.SystemTakeLetters(batch, tx.Now().Add(lease))
		return err
	})
	return letters, err
}

// deliver tries one letter and notes how it ended.
func (o *Office) deliver(ctx context.Context, l *store.SystemLetter) (done bool, err error) {
	m, cause := o.message(l)
	if cause == nil {
		cause = o.send(ctx, m)
	}
	if cause != nil && ctx.Err() != nil {
		return false, ctx.Err() // the server stops: the lease ends by itself
	}
	state, why := tenon.MailSent, ""
	if o.sender == nil {
		state = tenon.MailLogged
	}
	if cause != nil {
		why = reason(cause)
		o.log.WarnContext(ctx, "a letter was not sent", "letter", l.ID, "kind", l.Kind, "try", l.Tries, "error", cause.Error())
	}
	err = o.st.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		next := tx.Now().Add(pause(l.Tries))
		switch {
		case cause == nil:
			return tx.SystemMailDone(l.ID, l.Tries, state, "")
		case tenon.CodeOf(cause) == tenon.Invalid || next.After(l.EndsAt):
			return tx.SystemMailDone(l.ID, l.Tries, tenon.MailFailed, why)
		}
		return tx.SystemMailAgain(l.ID, l.Tries, why, next)
	})
	return cause == nil && err == nil, err
}

// reading returns a context in which is said what somebody reads who has chosen
// that language.
func (o *Office) reading(tag string) context.Context {
	for _, l := range o.languages {
		if l.Tag.String() == tag {
			return say.With(context.Background(), l)
		}
	}
	return context.Background()
}

// message gives a letter its form.
func (o *Office) message(l *store.SystemLetter) (Message, error) {
	base := strings.TrimSuffix(o.url(), "/")
	d := draft{Letter: l.Letter, Base: base, ctx: o.reading(l.Language)}
	if l.Link.Path != "" {
		d.Link.Path = base + l.Link.Path
	}
	if l.Sealed != nil {
		if o.keys == nil {
			return Message{}, tenon.Errorf(tenon.Invalid, "There is no key to open the link of this letter with.")
		}
		token, err := o.keys.Open(secret.LetterPlace(l.ID), l.Sealed)
		if err != nil {
			return Message{}, &tenon.Error{Code: tenon.Invalid, Message: "The link of this letter cannot be opened: its key is missing.", Err: err}
		}
		d.Link.Path += token.Reveal()
	}
	return d.message(l.ID, l.CreatedAt)
}

func (o *Office) send(ctx context.Context, m Message) error {
	if o.sender == nil {
		// Who runs the server may open it: the same link is printed at the start.
		o.log.InfoContext(ctx, "mail is written here, as no mail server is set", "kind", m.Kind, "to", m.To.Address, "subject", m.Subject, "link", m.Link)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return o.sender.Send(ctx, m)
}

// reason is the failure in words: what the mail server said is for those who
// set it up.
func reason(err error) string {
	var e *tenon.Error
	if errors.As(err, &e) && e.Err != nil {
		return fmt.Sprintf("%s %s", e.Message, e.Err)
	}
	return tenon.MessageOf(err)
}

// Sweep deletes letters that were done long ago.
func (o *Office) Sweep(ctx context.Context) error {
	return o.st.Write(ctx, func(tx *store.Tx) error { return tx.SystemSweepMail(tx.Now().Add(-kept)) })
}

// Test sends a mail to whoever asks, now, and returns what is wrong if it
// cannot be sent.
func (o *Office) Test(ctx context.Context, v tenon.Viewer) error {
	if err := v.Need(tenon.ManageSettings); err != nil {
		return err
	}
	if v.Email == "" {
		return tenon.Errorf(tenon.Invalid, "You have no e-mail address to send a test to.")
	}
	if o.sender == nil {
		return tenon.Errorf(tenon.Conflict, "No mail server is set, so nothing is sent. The settings smtp and smtp-from name one.")
	}
	var id int64
	var at time.Time
	err := o.st.Write(ctx, func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(); err != nil {
			return err
		}
		at = tx.Now()
		return tx.Record(v, tenon.Event{Action: "send test mail", Subject: "setting", Name: "Mail", Changes: []tenon.Change{{Field: "to", After: v.Email}}})
	})
	if err != nil {
		return err
	}
	d := draft{Base: strings.TrimSuffix(o.url(), "/"), ctx: o.reading(v.Language), Letter: tenon.Letter{Kind: "test", Name: v.Name, Address: v.Email, Subject: tenon.Say("Mail from Tenon works"),
		Text: []tenon.Phrase{tenon.Say("You asked Tenon to send you this mail. That it is here shows that invitations, password links and reminders arrive.")}}}
	m, err := d.message(id, at)
	if err != nil {
		return err
	}
	if err := o.send(ctx, m); err != nil {
		return &tenon.Error{Code: tenon.Unavailable, Message: "The test mail was not sent: " + reason(err), Err: err}
	}
	return nil
}

package mail_test

import (
	"context"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/mail"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
	"github.com/tenonhq/tenon/internal/web/say"
)

// TestLetterInTheReadersLanguage sends the same letter to somebody who has
// chosen a language and to somebody who has not.
func TestLetterInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	onEngines(t, func(d *desk) {
		s := serve(d.T)
		storetest.Exec(d.T, d.st, `INSERT INTO users (id, name, email, email_key, role, language, created_at, updated_at) VALUES
			(7, 'Mia', 'mia', 'mia', 'editor', 'en-XA', 1, 1), (8, 'Noor', 'noor', 'noor', 'editor', '', 1, 1)`)
		err := d.st.Write(context.Background(), func(tx *store.Tx) error {
			for id, name := range map[tenon.UserID]string{7: "Mia", 8: "Noor"} {
				_, err := tx.QueueLetter(tenon.Letter{Kind: "reminder", User: id, Name: name, Address: strings.ToLower(name) + "@msp.example", Subject: tenon.Say("%s soon", tenon.Amount(2, "thing expires", "things expire")),
					Text: []tenon.Phrase{tenon.Say("By %s.", "Ada")}, Link: tenon.LetterLink{Text: tenon.Say("Look"), Path: "/expirations"},
					Rows: []tenon.LetterRow{{Text: "Firewall", More: tenon.Say("Soon"), Path: "/items/7"}}, After: []tenon.Phrase{tenon.Say("Once.")}})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			d.Fatal(err)
		}
		o := mail.New(mail.Options{Store: d.st, Keys: d.keys, Sender: s.sender(), Log: slog.New(slog.DiscardHandler), URL: func() string { return "https://tenon.example" },
			Languages: []*say.Language{say.Wrapped(func(english string) string { return "[[" + english + "]]" })}})
		d.deliver(o, 2)
		for _, m := range s.messages() {
			all, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(m)))
			if err != nil {
				d.Fatal(err)
			}
			text, want := string(all), []string{"[[2 [[things expire]] soon]]", "[[Hello Mia,]]", "[[By Ada.]]", "[[Look]]", "Firewall: [[Soon]]", "[[Once.]]", `lang="en-XA"`}
			if strings.Contains(text, "noor@") {
				want = []string{"2 things expire soon", "Hello Noor,", "By Ada.", "Look", "Firewall: Soon", "Once.", `lang="en"`}
				if strings.Contains(text, "[[") {
					d.Errorf("who chose no language gets %s", text)
				}
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					d.Errorf("the letter lacks %q:\n%s", w, text)
				}
			}
		}
	})
}

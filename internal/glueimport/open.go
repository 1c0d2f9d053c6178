package glueimport

import (
	"context"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
)

// showPassword asks for a value outright: without it some servers hide it.
var showPassword = url.Values{"show_password": {"true"}}

// given returns the value of a password, and whether the source gives any.
func given(a *answer) (string, bool) {
	if a == nil || len(a.Data) == 0 {
		return "", false
	}
	value, ok := a.Data[0].Attributes["password"].(string)
	return value, ok
}

// openPassword reads the value of a password and its seed for one-time codes.
func openPassword(ctx context.Context, w *working, t *taken) error {
	if w.at.NoSecrets {
		return nil
	}
	a, err := w.from.read(ctx, "passwords/"+t.from.ID, showPassword)
	if refused(err) {
		t.drop("Password", "not given", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	value, ok := given(a)
	if !ok {
		w.at.NoSecrets = true // the key has no password access: asking on is in vain
		return nil
	}
	if value != "" {
		t.secrets["password"] = value
	}
	if seed := a.Data[0].text("otp-secret"); seed != "" {
		t.secrets["otp_secret"] = seed
	}
	return nil
}

// openDocument reads the sections of a document: a list has only its name.
func openDocument(ctx context.Context, w *working, t *taken) error {
	sections := tenon.Document.Info().Part("section")
	rows := []tenon.Values{}
	for page := 1; ; page++ {
		q := url.Values{"sort": {"sort"}}
		a, err := w.from.list(ctx, "documents/"+t.from.ID+"/relationships/sections", q, page)
		if refused(err) {
			t.drop("Sections", "not given", err.Error())
			return nil
		}
		if err != nil {
			return err
		}
		for i := range a.Data {
			// The type has the name of what it belongs to before it: "Document::Text".
			word := a.Data[i].text("resource-type")
			a.Data[i].Attributes["resource-type"] = word[strings.LastIndexByte(word, ':')+1:]
			row := &taken{from: &a.Data[i], values: tenon.Values{}}
			row.fill(sections.Fields, &a.Data[i], nil)
			t.lost = append(t.lost, row.lost...)
			rows = append(rows, row.values)
		}
		if !a.Next {
			break
		}
	}
	t.parts[sections.Plural] = rows
	return nil
}

// published takes over whether a document is published there: who may not edit
// reads it here as there. A source that says nothing of it has no drafts, and
// everybody reads its documents as they are. On a second copy, what was changed
// and not published there is a draft here, too.
func (t *taken) published(kind tenon.Kind) {
	if kind != tenon.Document {
		return
	}
	at, dated := t.from.Attributes["published-at"]
	is, said := t.from.Attributes["published"].(bool)
	_, taken := t.values["published_at"]
	switch {
	case said && !is, !said && dated && at == nil:
		t.values["published_at"] = nil
	case !taken:
		for _, name := range []string{"updated-at", "created-at"} {
			if when := t.from.text(name); when != "" {
				t.values["published_at"] = when
				return
			}
		}
	}
}

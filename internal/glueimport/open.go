package glueimport

import (
	"context"
	"fmt"
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

const (
	// locked marks the hash of a record a value of which was not given: another
	// copy, perhaps with another key, asks for it again.
	locked = "?"
	// blanks is how many passwords without a value tell that the key opens none.
	blanks = 10
)

// openPassword reads the value of a password and its seed for one-time codes.
func openPassword(ctx context.Context, w *working, _ *step, t *taken) error {
	a, err := w.reveal(ctx, t, t.from.ID)
	if err != nil || a == nil {
		return err
	}
	value, ok := given(a)
	if ok && value != "" {
		t.secrets["password"] = value
	}
	if seed := a.Data[0].text("otp-secret"); seed != "" {
		t.secrets["otp_secret"] = seed
	}
	return nil
}

// reveal reads a password with its value; nil where it is not given. That some
// have none does not say that the key opens none: a password may be empty, or
// locked for itself.
func (w *working) reveal(ctx context.Context, t *taken, id string) (*answer, error) {
	if w.at.NoSecrets {
		t.lock()
		return nil, nil
	}
	a, err := w.from.read(ctx, "passwords/"+id, showPassword)
	if err != nil && !refused(err) {
		return nil, err
	}
	if err != nil {
		t.lock()
		t.told = append(t.told, "The source does not give the password: "+said(err)+".")
		return nil, nil
	}
	if _, ok := given(a); ok {
		w.at.Opened = true
		return a, nil
	}
	t.lock()
	if len(a.Data) == 0 {
		return nil, nil
	}
	if w.at.Opened {
		t.told = append(t.told, "The source gives no value for the password.")
		return a, nil
	}
	if w.at.Blank++; w.at.Blank >= blanks {
		w.at.NoSecrets = true // asking on is in vain
		return a, w.tell(ctx, Problem{Resource: "passwords", Message: "The key opens no passwords: they come without their values. Another copy, with a key that does, brings them."})
	}
	return a, nil
}

// lock marks that another copy is to ask for the record again.
func (t *taken) lock() {
	if !strings.HasSuffix(t.hashed, locked) {
		t.hashed += locked
	}
}

// embedded names the passwords that stand in a field of an asset: each is tied
// to the asset.
const embedded = "embedded_passwords"

// openAsset reads the values of Password fields, which name a password.
func openAsset(ctx context.Context, w *working, _ *step, t *taken) error {
	_, held := w.traitsOf(t)
	for _, h := range held {
		id, sure := passwordOf(h)
		if id == "" {
			continue
		}
		hashed, told := t.hashed, len(t.told)
		a, err := w.reveal(ctx, t, id)
		if err != nil {
			return err
		}
		if value, ok := given(a); ok {
			t.secrets[h.field.Secret()] = value
		} else if text, _ := h.value.(string); !sure && a == nil && !w.at.NoSecrets {
			t.secrets[h.field.Secret()] = text // digits that name no password are one
			t.hashed, t.told = hashed, t.told[:told]
			continue
		}
		t.embeds = append(t.embeds, id)
	}
	return nil
}

// passwordOf returns which password a Password field names, "" for none, and
// whether it is sure that it does: text of digits may be the value.
func passwordOf(h trait) (id string, sure bool) {
	if h.field.Kind != tenon.FlexPassword {
		return "", false
	}
	switch x := h.value.(type) {
	case float64:
		return (&record{Attributes: map[string]any{"id": x}}).id("id"), true
	case map[string]any:
		if id := (&record{Attributes: x}).id("id"); id != "" {
			return id, true
		}
		if _, ids := tagged(h.field, x); len(ids) > 0 {
			return ids[0], true
		}
	case string:
		if x != "" && strings.Trim(x, "0123456789") == "" {
			return x, false
		}
	}
	return "", false
}

// openDocument reads the sections of a document: a list has only its name.
func openDocument(ctx context.Context, w *working, s *step, t *taken) error {
	sections := tenon.Document.Info().Part("section")
	rows := []tenon.Values{}
	_, err := w.partsOf(ctx, s, t, sections, "sections", url.Values{"sort": {"sort"}}, func(r *record) {
		// The type has the name of what it belongs to before it: "Document::Text".
		word := r.text("resource-type")
		r.Attributes["resource-type"] = word[strings.LastIndexByte(word, ':')+1:]
		rows = append(rows, t.part(sections, r))
	})
	if err != nil {
		return err
	}
	if text := t.from.text("content"); len(rows) == 0 && text != "" { // where a document has no sections
		row := &taken{from: t.from, values: tenon.Values{"resource_type": "Text"}}
		row.plain(sections.Fields.Field("content"), text)
		t.lost, t.told, rows = append(t.lost, row.lost...), append(t.told, row.told...), append(rows, row.values)
	}
	pictures := 0
	for _, row := range rows {
		text, _ := row["content"].(string)
		pictures += strings.Count(strings.ToLower(text), "<img")
	}
	if pictures > 0 {
		t.told = append(t.told, fmt.Sprintf("Its text has %d pictures, which stay with the source.", pictures))
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

package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// conflict is what two people have made of one record: the version a form was
// made from, the one that somebody has saved since, and what was typed. What
// only one of them changed is settled; what both changed is asked.
type conflict struct {
	base, now int64 // versions
	by        string
	at        time.Time
	clock     time.Time
	clashes   []clash
	taken     []clash // changed only by the other
	kept      []clash // changed only by whoever typed
	own       []newerField
}

// newerField is a part of a form that is no field, such as the text of a
// document, where the saved one and the typed one differ.
type newerField struct{ label, saved, typed string }

// clash is one field in its three states, in words.
type clash struct {
	name, label          string
	before, saved, typed string
	choice               string // "saved" or "typed", "" where none was made yet
}

// Names in the form that shows a conflict: the version it was made from, the
// fields that were asked, and the answers.
const (
	baseField  = "conflict.base"
	clashField = "conflict.field"
	takePrefix = "conflict.take."
)

// conflictField is a field that takes part: of the schema, or tags and domains.
type conflictField struct {
	name, label string
	secret      bool
}

// weigh compares the three states. What only the other has changed is written
// into the form, so that saving it takes nothing back.
func (c *conflict) weigh(ctx context.Context, f *schemaForm, fields []conflictField, base, saved url.Values, changedSecret func(string) (bool, error)) error {
	for _, field := range fields {
		if field.secret {
			if err := c.weighSecret(ctx, f, field, changedSecret); err != nil {
				return err
			}
			continue
		}
		if kind := f.schema.Field(field.name); !f.Has(field.name) && (kind == nil || kind.Type != tenon.Bool) {
			continue // the form does not have it
		}
		b, s, t := tidy(base.Get(field.name)), tidy(saved.Get(field.name)), tidy(f.Get(field.name))
		one := clash{name: field.name, label: field.label, before: f.words(ctx, field.name, b), saved: f.words(ctx, field.name, s), typed: f.words(ctx, field.name, t), choice: f.Get(takePrefix + field.name)}
		switch {
		case s == t:
		case t == b:
			c.taken = append(c.taken, one)
			take(f.form, saved, field.name)
		case s == b:
			c.kept = append(c.kept, one)
		default:
			c.clashes = append(c.clashes, one)
		}
	}
	return nil
}

// weighSecret finds a secret that both have set. Neither value is shown.
func (c *conflict) weighSecret(ctx context.Context, f *schemaForm, field conflictField, changed func(string) (bool, error)) error {
	if f.Get(field.name) == "" {
		return nil
	}
	other, err := changed(field.name)
	if err != nil {
		return err
	}
	one := clash{name: field.name, label: field.label, before: say.Text(ctx, "Not shown"), saved: say.Text(ctx, "Another value, not shown"), typed: say.Text(ctx, "The value you typed"), choice: f.Get(takePrefix + field.name)}
	if other {
		c.clashes = append(c.clashes, one)
	} else {
		c.kept = append(c.kept, one)
	}
	return nil
}

// take writes the saved value into the form.
func take(f *form, saved url.Values, name string) {
	for _, n := range []string{name, refID(name)} {
		if saved.Has(n) {
			f.Set(n, saved.Get(n))
		} else {
			f.Del(n)
			if n == name {
				f.Set(n, "")
			}
		}
	}
}

// settle applies the answers to what was asked. It notes the fields that are
// still without one.
func settle(ctx context.Context, f *form, saved url.Values, secrets []string) {
	for _, name := range f.Values[clashField] {
		switch f.Get(takePrefix + name) {
		case "typed":
		case "saved":
			if slices.Contains(secrets, name) {
				f.Set(name, "")
			} else {
				take(f, saved, name)
			}
		default:
			f.Errors = append(f.Errors, ui.FieldError{Name: takePrefix + name, Message: say.Text(ctx, "Choose which value to keep where both of you changed a field.")})
		}
	}
}

// conflictFields are those of the form that can clash.
func conflictFields(ctx context.Context, schema tenon.Schema, more ...conflictField) []conflictField {
	var out []conflictField
	for i := range schema {
		f := &schema[i]
		if f.ReadOnly || f.Type == tenon.File {
			continue
		}
		out = append(out, conflictField{f.Name, say.Text(ctx, f.Label), f.Type == tenon.Secret})
	}
	return append(out, more...)
}

// filled are the values of the item as its form holds them.
func (f *itemForm) filled(ctx context.Context, values tenon.Values, tags []string) url.Values {
	g := newItemForm(f.viewer, f.info, url.Values{})
	g.schema, g.names, g.old = f.schema, f.names, &tenon.Item{Values: values, Tags: tags}
	g.fillItem(ctx)
	return g.Values
}

// compareItem works out what to do with a form that was made from the version
// base: what is in it stays, what others have changed comes in, and where both
// changed the same field the person is asked.
func (s *server) compareItem(r *http.Request, f *itemForm, base int64) error {
	was, err := s.core.Revision(r.Context(), f.viewer, f.old.ID, base)
	if err != nil && tenon.CodeOf(err) != tenon.NotFound {
		return err
	}
	if was == nil {
		was = &tenon.Revision{} // then every difference is asked
	}
	c := &conflict{base: base, now: f.old.Version, clock: s.now()}
	err = s.read(r, func(tx *store.Tx) (err error) {
		var w wanted
		w.add(f.info.Fields, was.Values)
		w.add(f.info.Fields, f.old.Values)
		f.names, err = w.load(tx, f.viewer)
		return err
	})
	if err != nil {
		return err
	}
	if now, err := s.core.Revision(r.Context(), f.viewer, f.old.ID, f.old.Version); err == nil {
		c.by, c.at = now.ByName, now.At
	}
	fields := conflictFields(r.Context(), f.schema, conflictField{name: tagsField, label: say.Text(r.Context(), "Tags")})
	err = c.weigh(r.Context(), &f.schemaForm, fields, f.filled(r.Context(), was.Values, was.Tags), f.filled(r.Context(), f.old.Values, f.old.Tags), func(field string) (bool, error) {
		return changedSince(s, r, f, field, base)
	})
	f.Set(versionField, strconv.FormatInt(f.old.Version, 10))
	f.conflict = c
	if f.page.newer != nil {
		c.own = f.page.newer(r.Context(), f)
	}
	return err
}

// changedSince tells whether somebody has set a secret after that version.
func changedSince(s *server, r *http.Request, f *itemForm, field string, base int64) (bool, error) {
	versions, err := s.core.SecretVersions(r.Context(), f.viewer, f.old.ID, field)
	return slices.ContainsFunc(versions, func(v core.SecretVersion) bool { return v.Version > base }), err
}

// secretNames are the fields of the form that live in the vault.
func (f *schemaForm) secretNames() []string {
	var out []string
	for i := range f.schema {
		if f.schema[i].Type == tenon.Secret {
			out = append(out, f.schema[i].Name)
		}
	}
	return out
}

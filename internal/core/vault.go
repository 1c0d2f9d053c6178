package core

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// otpField holds the seed of one-time codes: it can be set and used, and not read.
const otpField = "otp_secret"

// hasVault tells whether items of this kind may have secrets.
func (e *edit) hasVault() bool {
	return e.info.Kind == tenon.FlexibleAsset || slices.ContainsFunc(e.info.Fields, func(f tenon.Field) bool { return f.Type == tenon.Secret })
}

// secretField returns the declaration of a secret of the item, or nil.
func (e *edit) secretField(name string) *tenon.Field {
	if f := e.info.Fields.Field(name); f != nil && f.Type == tenon.Secret {
		return f
	}
	if e.flex == nil {
		return nil
	}
	for i := range e.flex.Fields {
		if f := &e.flex.Fields[i]; f.Kind == tenon.FlexPassword && f.Secret() == name {
			return &tenon.Field{Name: name, Label: f.Name, Type: tenon.Secret}
		}
	}
	return nil
}

// applySecrets seals what was sent. A value that is there already is no change.
func (e *edit) applySecrets() error {
	if !e.hasVault() {
		for name := range e.in.Secrets {
			return tenon.FieldErrorf(name, "There is no secret field %q here.", name)
		}
		return nil
	}
	if !e.create {
		var err error
		if e.wasSealed, err = e.tx.SystemSecrets(e.item.ID); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.in.Secrets)) {
		f := e.secretField(name)
		if f == nil {
			return tenon.FieldErrorf(name, "There is no secret field %q here.", name)
		}
		value := e.in.Secrets[name]
		if value == nil || value.IsZero() {
			e.setSealed(name, nil)
			continue
		}
		if err := e.seal(f, *value); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) seal(f *tenon.Field, value secret.Text) error {
	if e.c.keys == nil {
		return errNoKeys()
	}
	if _, err := f.Clean(value.Reveal()); err != nil {
		return err
	}
	if f.Name == otpField {
		if _, err := secret.ParseTOTP(value); err != nil {
			return err
		}
	}
	place := secret.Place{Item: e.item.ID, Binder: e.item.BinderID, Field: f.Name}
	if old := e.wasSealed[f.Name]; old != nil {
		// A value that does not open is replaced: that is how it is mended.
		if now, err := e.c.keys.Open(place, old); err == nil && now.Equal(value) {
			return nil
		}
	}
	sealed, err := e.c.keys.Seal(place, value)
	if err != nil {
		return err
	}
	e.setSealed(f.Name, sealed)
	return nil
}

// setSealed notes a new value, nil for none, and the time of the change where
// the item has a field for it.
func (e *edit) setSealed(field string, sealed []byte) {
	if sealed == nil && e.wasSealed[field] == nil {
		return
	}
	if e.sealed == nil {
		e.sealed = map[string][]byte{}
	}
	e.sealed[field] = sealed
	at := field + "_updated_at"
	if f := e.info.Fields.Field(at); f == nil || !f.ReadOnly {
		return
	}
	e.item.Values = e.item.Values.Clone()
	e.item.Values[at] = moment(e.tx.Now())
}

// Reveal returns one secret of an item in the clear. That it did is recorded
// in the same transaction: what cannot be recorded is not shown. A session of
// a user with a second factor must have proved it lately.
func (c *Core) Reveal(ctx context.Context, v tenon.Viewer, id tenon.ItemID, field string) (secret.Text, error) {
	if field == otpField {
		return secret.Text{}, tenon.Errorf(tenon.Forbidden, "The seed of one-time codes can be replaced and not shown. Ask for a code instead.")
	}
	var out secret.Text
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		if out, err = c.openSecret(tx, v, id, field, "reveal"); err != nil {
			return err
		}
		return countReveal(tx, v)
	})
	if err != nil {
		return secret.Text{}, err
	}
	return out, nil
}

// RevealIn is Reveal inside the caller's transaction, for keys and jobs, whose
// reveals are not counted.
func (c *Core) RevealIn(tx *store.Tx, v tenon.Viewer, id tenon.ItemID, field string) (secret.Text, error) {
	if field == otpField {
		return secret.Text{}, tenon.Errorf(tenon.Forbidden, "The seed of one-time codes can be replaced and not shown. Ask for a code instead.")
	}
	return c.openSecret(tx, v, id, field, "reveal")
}

// countReveal holds a person to as many secrets an hour as the account allows,
// in the transaction that shows one: who opens everything in one go is stopped.
// Sessions and keys of a person count together, as one could be made for the
// other; programs are allowed more. A one-time code is worth half a minute and
// not counted; the command line is the operator.
func countReveal(tx *store.Tx, v tenon.Viewer) error {
	if v.User == 0 {
		return nil
	}
	name := tenon.SettingReveals
	if v.Session == 0 {
		name = tenon.SettingKeyReveals
	}
	text, err := tx.Setting(name, tenon.SettingNamed(name).Default)
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit == 0 {
		return err
	}
	wait, err := tx.CountAttempt("reveals of "+v.User.String(), limit, tx.Now().Add(-time.Hour))
	if err != nil || wait == 0 {
		return err
	}
	return tenon.Errorf(tenon.RateLimited, "You were shown %s within an hour, and the account allows no more. Wait %d minutes, or ask an administrator, who can raise the limit in Settings.",
		tenon.Counted(int64(limit), "secret", "secrets"), int64(wait/time.Minute)+1)
}

// TOTPCode returns the one-time code of an item that is valid now, and for how
// many seconds. It is recorded as a reveal is.
func (c *Core) TOTPCode(ctx context.Context, v tenon.Viewer, id tenon.ItemID) (code string, secondsLeft int, err error) {
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		seed, err := c.openSecret(tx, v, id, otpField, "reveal code")
		if err != nil {
			return err
		}
		totp, err := secret.ParseTOTP(seed)
		if err != nil {
			return err
		}
		text, next, err := totp.Code(tx.Now())
		if err != nil {
			return err
		}
		code, secondsLeft = text.Reveal(), int(next.Sub(tx.Now())/time.Second)
		return nil
	})
	if err != nil {
		return "", 0, err
	}
	return code, secondsLeft, nil
}

// needFactor asks a session for a fresh second factor, where the user has one,
// or where the account shows secrets to nobody without.
func needFactor(tx *store.Tx, v tenon.Viewer) error {
	if v.Session == 0 || v.SecondFactor {
		return v.NeedFreshFactor(tx.Now())
	}
	demanded, err := tx.Setting(tenon.SettingReveal, "false")
	if err != nil || demanded != "true" {
		return err
	}
	return tenon.Errorf(tenon.Forbidden, "Secrets are shown only to people with a second factor. Set yours up in your profile first.")
}

// RevealVersion returns a secret as it was at a version, under the rules of
// Reveal. The entry in the log names the version.
func (c *Core) RevealVersion(ctx context.Context, v tenon.Viewer, id tenon.ItemID, field string, version int64) (secret.Text, error) {
	if field == otpField {
		return secret.Text{}, tenon.Errorf(tenon.Forbidden, "The seed of one-time codes can be replaced and not shown.")
	}
	var out secret.Text
	err := c.st.Write(ctx, func(tx *store.Tx) error {
		item, err := c.revealable(tx, v, id)
		if err != nil {
			return err
		}
		old, binder, err := tx.RevisionSecrets(int64(id), version)
		if err != nil {
			return err
		}
		if old[field] == nil {
			return tenon.Errorf(tenon.NotFound, "%s had no value in %s at version %d.", item.Name, field, version)
		}
		if out, err = c.keys.Open(secret.Place{Item: id, Binder: binder, Field: field}, old[field]); err != nil {
			return damagedSecret(err)
		}
		if err := tx.Record(v, revealEvent(item, "reveal", tenon.Change{Field: field, After: "version " + strconv.FormatInt(version, 10)})); err != nil {
			return err
		}
		return countReveal(tx, v)
	})
	if err != nil {
		return secret.Text{}, err
	}
	return out, nil
}

// SecretVersion is the span in which a secret had one value: from the version
// that set it to the one before the next.
type SecretVersion struct {
	Version int64 // that set it
	At      time.Time
	By      string
	Empty   bool // cleared
	Present bool // the value now
}

// secretVersions is how many revisions are looked through.
const secretVersions = 500

// SecretVersions returns the values that a secret of the item has had, the
// newest first, without showing any.
func (c *Core) SecretVersions(ctx context.Context, v tenon.Viewer, id tenon.ItemID, field string) ([]SecretVersion, error) {
	var out []SecretVersion
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.GetItem(v, id); err != nil {
			return err
		}
		rows, err := tx.ListSealedVersions(int64(id), field, secretVersions)
		if err != nil {
			return err
		}
		// From the oldest on: what differs from the one before began there.
		var before secret.Sealed
		for _, r := range slices.Backward(rows) {
			if !secret.Sealed(r.Sealed).SameValue(before) {
				out = append(out, SecretVersion{Version: r.Version, At: r.At, By: r.ByName, Empty: r.Sealed == nil})
			}
			before = r.Sealed
		}
		slices.Reverse(out)
		if len(out) > 0 {
			out[0].Present = true
		}
		return nil
	})
	return out, err
}

// openSecret opens a sealed value for a viewer who may see it, and records it.
func (c *Core) openSecret(tx *store.Tx, v tenon.Viewer, id tenon.ItemID, field, action string) (secret.Text, error) {
	item, err := c.revealable(tx, v, id)
	if err != nil {
		return secret.Text{}, err
	}
	sealed, binder, err := tx.GetSecret(v, id, field)
	if tenon.CodeOf(err) == tenon.NotFound {
		return secret.Text{}, tenon.Errorf(tenon.NotFound, "%s has no value in %s.", item.Name, field)
	}
	if err != nil {
		return secret.Text{}, err
	}
	value, err := c.keys.Open(secret.Place{Item: id, Binder: binder, Field: field}, sealed)
	if err != nil {
		return secret.Text{}, damagedSecret(err)
	}
	return value, tx.Record(v, revealEvent(item, action, tenon.Change{Field: field}))
}

func damagedSecret(err error) error {
	return &tenon.Error{Code: tenon.Internal, Message: "This value cannot be opened: it is damaged, or its key is missing.", Err: err}
}

func revealEvent(i *tenon.Item, action string, change tenon.Change) tenon.Event {
	return tenon.Event{Action: action, Subject: i.Kind.String(), SubjectID: int64(i.ID), Name: i.Name, Binder: i.BinderID, Changes: []tenon.Change{change}}
}

// revealable returns an item, locked, whose secrets the viewer may see now.
func (c *Core) revealable(tx *store.Tx, v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	if err := v.Need(tenon.RevealSecrets); err != nil {
		return nil, err
	}
	// Whoever takes the right away waits, or was first: it is judged by the
	// rights that hold when the entry in the log commits.
	if err := tx.HoldStructure(); err != nil {
		return nil, err
	}
	if err := tx.LockItems(id); err != nil {
		return nil, err
	}
	item, err := tx.GetItem(v, id)
	if err != nil {
		return nil, err
	}
	if v.NoSecrets {
		return nil, tenon.Errorf(tenon.Forbidden, "This API key has no password access. Use one that has, or open the record in the browser.")
	}
	if err := needFactor(tx, v); err != nil {
		return nil, err
	}
	if c.keys == nil {
		return nil, errNoKeys()
	}
	return item, nil
}

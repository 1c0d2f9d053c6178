package glueimport

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// source returns the id of the account at this address, filed anew where
// nothing was copied from it yet, and keeps the key to it, sealed.
func (e *Engine) source(tx *store.Tx, url string, o Options) (int64, error) {
	s, err := tx.SystemCopySource(url)
	if tenon.CodeOf(err) == tenon.NotFound {
		id, err := tx.NewID()
		if err != nil {
			return 0, err
		}
		s = &store.CopySource{ID: id, URL: url}
		if err := tx.InsertCopySource(*s); err != nil {
			return 0, err
		}
	} else if err != nil {
		return 0, err
	}
	if e.keys == nil {
		return 0, errNoKeys()
	}
	sealed, err := e.keys.Seal(secret.SourcePlace(s.ID), o.Key)
	if err != nil {
		return 0, err
	}
	return s.ID, tx.SetCopyKey(s.ID, sealed)
}

// forget lets go of the key to the source of a copy that has failed: another
// copy needs it anew.
func (e *Engine) forget(tx *store.Tx, op tenon.OperationID) error {
	var j journal
	if err := tx.SystemJournal(op, &j); err != nil {
		return err
	}
	return tx.SetCopyKey(j.Source, nil)
}

// heldFor is how long a plan may be read before it is confirmed.
const heldFor = 2 * time.Hour

// held is what a plan was made from, while somebody reads it.
type held struct {
	URL   string    `json:"url"`
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
}

// Hold seals the options of a plan for the person who reads it, so that the page
// can bring them back with the confirmation. It is stored nowhere.
func (e *Engine) Hold(v tenon.Viewer, o Options) (string, error) {
	if e.keys == nil {
		return "", errNoKeys()
	}
	text, err := json.Marshal(held{URL: o.URL, Key: o.Key.Reveal(), Until: e.st.Now().Add(heldFor)})
	if err != nil {
		return "", err
	}
	sealed, err := e.keys.Seal(secret.HeldPlace(v.User), secret.NewText(string(text)))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// Held opens what Hold sealed for this person.
func (e *Engine) Held(v tenon.Viewer, sealed string) (Options, error) {
	old := tenon.Errorf(tenon.Invalid, "This plan is too old, or was made by somebody else. Give the address and the key again.")
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || e.keys == nil {
		return Options{}, old
	}
	text, err := e.keys.Open(secret.HeldPlace(v.User), raw)
	if err != nil {
		return Options{}, old
	}
	var h held
	if err := json.Unmarshal([]byte(text.Reveal()), &h); err != nil {
		return Options{}, old
	}
	if e.st.Now().After(h.Until) {
		return Options{}, old
	}
	return Options{URL: h.URL, Key: secret.NewText(h.Key), Remote: true}, nil
}

func errNoKeys() error {
	return tenon.Errorf(tenon.Unavailable, "There is no key file, so the key to the source cannot be kept. Nothing was changed.")
}

// openKey returns the key to the source of a copy.
func (e *Engine) openKey(tx *store.Tx, j journal) (secret.Text, error) {
	s, err := tx.SystemCopySource(j.Settings.URL)
	if err != nil {
		return secret.Text{}, err
	}
	if len(s.Sealed) == 0 || e.keys == nil {
		return secret.Text{}, tenon.Errorf(tenon.Conflict, "The key to %s is not here any more. Start the copy again.", j.Settings.URL)
	}
	return e.keys.Open(secret.SourcePlace(s.ID), s.Sealed)
}

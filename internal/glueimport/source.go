package glueimport

import (
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
		return 0, tenon.Errorf(tenon.Unavailable, "There is no key file, so the key to the source cannot be kept. Nothing was changed.")
	}
	sealed, err := e.keys.Seal(secret.SourcePlace(s.ID), o.Key)
	if err != nil {
		return 0, err
	}
	return s.ID, tx.SetCopyKey(s.ID, sealed)
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

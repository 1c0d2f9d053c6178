package app

import (
	"context"
	"errors"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// settingKeys remembers which keys have sealed something, so that another
// installation's key file is noticed before it is used.
const settingKeys = "key_fingerprint"

// openKeys opens the vault's keys. A key file is made only for a database that
// holds nothing yet: for any other, a new key would hide that the old is lost.
func openKeys(ctx context.Context, cfg config.Config, st *store.Store) (*secret.Ring, error) {
	ring, err := readKeys(cfg)
	if tenon.CodeOf(err) == tenon.NotFound {
		empty, eerr := isEmpty(ctx, st)
		if eerr != nil {
			return nil, eerr
		}
		if !empty {
			return nil, err
		}
		ring, err = secret.CreateKeyFile(cfg.KeyFile)
		if tenon.CodeOf(err) == tenon.Conflict { // another process was a moment faster
			ring, err = secret.OpenKeyFile(cfg.KeyFile)
		}
	}
	if err != nil {
		return nil, err
	}
	return ring, checkKeys(ctx, st, ring)
}

func readKeys(cfg config.Config) (*secret.Ring, error) {
	if cfg.Keys != "" {
		return secret.ParseKeys(secret.NewText(cfg.Keys))
	}
	return secret.OpenKeyFile(cfg.KeyFile)
}

// isEmpty tells whether the database holds nothing but the system's own organization.
func isEmpty(ctx context.Context, st *store.Store) (empty bool, err error) {
	err = st.Read(ctx, func(tx *store.Tx) (err error) {
		empty, err = tx.SystemEmpty()
		return err
	})
	return empty, err
}

// checkKeys compares the ring with the keys that this data knows, and notes new ones.
func checkKeys(ctx context.Context, st *store.Store, ring *secret.Ring) error {
	var known string
	err := st.Read(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.Setting(settingKeys, "")
		return err
	})
	if err != nil {
		return err
	}
	if missing := ring.Missing(known); len(missing) > 0 {
		// Nothing is sealed in an empty database: its keys may still be exchanged.
		if empty, err := isEmpty(ctx, st); err != nil || !empty {
			return errors.Join(err, wrongKeys(missing[0]))
		}
	}
	if known == ring.Fingerprint() {
		return nil
	}
	return st.Write(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingKeys, ring.Fingerprint()) })
}

func wrongKeys(missing string) error {
	return tenon.Errorf(tenon.Unavailable, "The key file is not the one of this data: key %s is missing. Without it the passwords in this database cannot be read. Put the right file back from your copy of it.", missing)
}

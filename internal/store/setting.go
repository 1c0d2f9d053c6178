package store

import (
	"strconv"

	"github.com/tenonhq/tenon"
)

// Setting returns an account setting, or fallback where it was never set.
func (tx *Tx) Setting(name, fallback string) (string, error) {
	vs, known := tx.settings[name]
	if !known {
		var err error
		if vs, err = column[string](tx, tx.d.remember(`SELECT value FROM settings WHERE name = $1`), name); err != nil {
			return fallback, err
		}
		if !tx.write {
			if tx.settings == nil {
				tx.settings = map[string][]string{}
			}
			tx.settings[name] = vs
		}
	}
	if len(vs) == 0 {
		return fallback, nil
	}
	return vs[0], nil
}

// SetSetting writes an account setting.
func (tx *Tx) SetSetting(name, value string) error {
	return tx.run(`INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, name, value, micros(tx.now))
}

// PrimaryOrganization returns the account's own organization, 0 for none. The
// setting names a binder, so that a merge needs no change of it.
func (tx *Tx) PrimaryOrganization() (tenon.OrgID, error) {
	v, err := tx.Setting(tenon.SettingPrimary, "")
	if err != nil || v == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, err
	}
	return tx.Owner(tenon.BinderID(n))
}

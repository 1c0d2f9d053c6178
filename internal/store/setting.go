package store

import (
	"strconv"

	"github.com/tenonhq/tenon"
)

// account are the settings of the account as a read found them, and its own
// organization.
type account struct {
	values  map[string]string
	primary tenon.OrgID
}

// account reads all settings, which are few, at once: they stay as they are in
// a read, and most pages ask for several.
func (tx *Tx) account() (*account, error) {
	if tx.settings != nil {
		return tx.settings, nil
	}
	found := &account{values: map[string]string{}}
	err := tx.each(func(r Scanner) error {
		var name, value string
		var primary tenon.OrgID
		if err := r.Scan(&name, &value, &primary); err != nil {
			return err
		}
		found.values[name] = value
		found.primary = max(found.primary, primary)
		return nil
	}, tx.d.remember(`SELECT s.name, s.value, CASE WHEN s.name = $1 AND s.value <> '' THEN COALESCE((SELECT b.organization_id FROM binders b WHERE b.id = CAST(s.value AS BIGINT)), 0) ELSE 0 END
		FROM settings s`), tenon.SettingPrimary)
	if err != nil {
		return nil, err
	}
	tx.settings = found
	return found, nil
}

// Setting returns an account setting, or fallback where it was never set.
func (tx *Tx) Setting(name, fallback string) (string, error) {
	if !tx.write {
		all, err := tx.account()
		if err != nil {
			return fallback, err
		}
		if value, known := all.values[name]; known {
			return value, nil
		}
		return fallback, nil
	}
	found, err := column[string](tx, `SELECT value FROM settings WHERE name = $1`, name)
	if err != nil || len(found) == 0 {
		return fallback, err
	}
	return found[0], nil
}

// SetSetting writes an account setting.
func (tx *Tx) SetSetting(name, value string) error {
	return tx.run(`INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, name, value, micros(tx.now))
}

// PrimaryOrganization returns the account's own organization, 0 for none. The
// setting names a binder, so that a merge needs no change of it.
func (tx *Tx) PrimaryOrganization() (tenon.OrgID, error) {
	if !tx.write {
		all, err := tx.account()
		if err != nil {
			return 0, err
		}
		return all.primary, nil
	}
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

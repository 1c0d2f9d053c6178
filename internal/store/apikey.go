package store

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
)

const apiKeyColumns = `k.id, k.user_id, k.name, k.shown, k.password_access, k.created_at, k.used_at, k.ends_at, k.revoked_at`

func apiKeyInto(k *tenon.APIKey) []any {
	return []any{&k.ID, &k.User, &k.Name, &k.Shown, &k.PasswordAccess, instant{&k.CreatedAt}, instant{&k.UsedAt}, instant{&k.EndsAt}, instant{&k.RevokedAt}}
}

func scanAPIKey(r Scanner, k *tenon.APIKey) error { return r.Scan(apiKeyInto(k)...) }

// InsertAPIKey adds a key, of which only the hash is kept.
func (tx *Tx) InsertAPIKey(k *tenon.APIKey, hash string) error {
	k.CreatedAt = tx.now
	return tx.run(`INSERT INTO api_keys (id, user_id, name, shown, hash, password_access, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, k.User, k.Name, k.Shown, hash, k.PasswordAccess, micros(tx.now), microsOrNull(k.EndsAt))
}

// microsOrNull stores the zero time as NULL.
func microsOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return micros(t)
}

// SystemAPIKey finds the key of that hash that works now, neither revoked nor
// expired, and who uses it. NotFound otherwise; Unauthenticated where its user
// is disabled. Every request of a program begins with it.
func (s *Store) SystemAPIKey(ctx context.Context, hash string) (*tenon.APIKey, tenon.Viewer, error) {
	k, err := s.d.apiKey(hash, func(fn func(*Tx) error) error { return s.Ask(ctx, fn) })
	if err == nil && (k.key.ID == 0 || !k.key.EndsAt.IsZero() && !k.key.EndsAt.After(s.now())) {
		err = errNoRow
	}
	if err != nil {
		return nil, tenon.Viewer{}, fail("API key", 0, err)
	}
	v, err := k.user.signedIn()
	return &k.key, v, err
}

func (d *postgresDB) apiKey(hash string, ask func(func(*Tx) error) error) (k knownKey, err error) {
	err = ask(func(tx *Tx) (err error) {
		k, err = tx.apiKey(hash)
		return err
	})
	return k, err
}

func (d *sqliteDB) apiKey(hash string, ask func(func(*Tx) error) error) (knownKey, error) {
	k, known, _ := d.people.key(hash)
	if known {
		return k, nil
	}
	var version int64
	err := ask(func(tx *Tx) error { return tx.row(peopleVersion).Scan(&version) })
	if err != nil {
		return k, err
	}
	d.people.saw(version)
	if k, known, version = d.people.key(hash); known {
		return k, nil
	}
	err = ask(func(tx *Tx) (err error) {
		k, err = tx.apiKey(hash)
		return err
	})
	if err == nil && k.key.ID != 0 {
		d.people.keep(hash, k, version)
	}
	return k, err
}

// apiKey is the key of that hash, if it is not revoked, and who it is.
func (tx *Tx) apiKey(hash string) (k knownKey, err error) {
	err = tx.each(func(r Scanner) error {
		err := r.Scan(append(apiKeyInto(&k.key), k.user.columns()...)...)
		k.user.gather()
		return err
	}, `SELECT `+apiKeyColumns+`, `+viewerColumns+` FROM api_keys k JOIN users u ON u.id = k.user_id`+viewerJoins+`
		WHERE k.hash = $1 AND k.revoked_at IS NULL ORDER BY m.group_id, d.kind`, hash)
	return k, err
}

// TouchAPIKey notes that the key was used, unless that was noted after since.
func (tx *Tx) TouchAPIKey(id int64, since time.Time) error {
	return tx.run(`UPDATE api_keys SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at <= $3)`, micros(tx.now), id, micros(since))
}

// GetAPIKey returns a key: one's own, or anybody's for those who manage keys.
func (tx *Tx) GetAPIKey(v tenon.Viewer, id int64) (*tenon.APIKey, error) {
	var a args
	text := `SELECT ` + apiKeyColumns + ` FROM api_keys k WHERE k.id = ` + a.add(id) + ` AND ` + a.seesKey(v)
	rows, err := list(tx, scanAPIKey, text, a...)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("API key", id, err)
	}
	return &rows[0], nil
}

// ListAPIKeys returns the keys of a user, or with user 0 every key that the
// viewer may know of, the newest first and at most tenon's largest page.
func (tx *Tx) ListAPIKeys(v tenon.Viewer, user tenon.UserID) ([]tenon.APIKey, error) {
	var a args
	where := a.seesKey(v)
	if user != 0 {
		where += " AND k.user_id = " + a.add(user)
	}
	return list(tx, scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys k WHERE `+where+` ORDER BY k.id DESC LIMIT 1000`, a...)
}

// seesKey is true for the viewer's own keys, and for all where they manage keys.
func (a *args) seesKey(v tenon.Viewer) string {
	if v.May(tenon.ManageKeys) {
		return "1 = 1"
	}
	return "k.user_id = " + a.add(v.User)
}

// RevokeAPIKey ends a key for good.
func (tx *Tx) RevokeAPIKey(id int64) error {
	return tx.run(`UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, micros(tx.now), id)
}

// RevokeAPIKeys ends all keys of a user and tells how many there were.
func (tx *Tx) RevokeAPIKeys(user tenon.UserID) (int64, error) {
	return tx.exec(`UPDATE api_keys SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL`, micros(tx.now), user)
}

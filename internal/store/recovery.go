package store

import "github.com/tenonhq/tenon"

// ReplaceRecoveryCodes makes these, by their hashes, the recovery codes of a
// user; those before end. None are what who has no second factor has.
func (tx *Tx) ReplaceRecoveryCodes(user tenon.UserID, hashes []string) error {
	if err := tx.run(`DELETE FROM recovery_codes WHERE user_id = $1`, user); err != nil {
		return err
	}
	rows := make([][]any, len(hashes))
	for i, h := range hashes {
		rows[i] = []any{user, h, micros(tx.now)}
	}
	return tx.insertMany("recovery_codes (user_id, code_hash, created_at)", 3, rows, "")
}

// UseRecoveryCode uses a code up. It reports false where there is none such or
// it was used; of two at the same time one waits for the other and is told so.
func (tx *Tx) UseRecoveryCode(user tenon.UserID, hash string) (bool, error) {
	n, err := tx.exec(`UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL`, micros(tx.now), user, hash)
	return n == 1, err
}

// SystemRecoveryCodesLeft counts the codes of a user that were not used yet.
func (tx *Tx) SystemRecoveryCodesLeft(user tenon.UserID) (n int64, err error) {
	err = tx.row(`SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, user).Scan(&n)
	return n, err
}

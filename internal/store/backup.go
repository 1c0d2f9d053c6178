package store

// SystemEmpty tells whether the database is as it was made: no organization
// but the system's own, no item, no user.
func (tx *Tx) SystemEmpty() (bool, error) {
	var n int64
	err := tx.row(`SELECT (SELECT count(*) FROM (SELECT 1 FROM organizations WHERE id <> 1 LIMIT 1) AS a)
		+ (SELECT count(*) FROM (SELECT 1 FROM items LIMIT 1) AS b) + (SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1) AS c)`).Scan(&n)
	return n == 0, err
}

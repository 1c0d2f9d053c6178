package store

// NewIDs reserves n ids in rising order. Ids are never reused, also when the
// transaction is rolled back.
func (tx *Tx) NewIDs(n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	return tx.d.nextIDs(tx, n)
}

// NewID reserves one id.
func (tx *Tx) NewID() (int64, error) {
	ids, err := tx.d.nextIDs(tx, 1)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

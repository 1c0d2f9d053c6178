package store

// NewIDs reserves n ids in rising order. Ids are never reused, also when the
// transaction is rolled back.
func (tx *Tx) NewIDs(n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	tx.spare = nil // they would come after
	return tx.d.nextIDs(tx, n)
}

// spareIDs is how many are reserved when one is asked for: what makes a record
// takes as many, for itself, its revision and its event.
const spareIDs = 4

// NewID reserves one id.
func (tx *Tx) NewID() (int64, error) {
	if len(tx.spare) == 0 {
		ids, err := tx.d.nextIDs(tx, spareIDs)
		if err != nil {
			return 0, err
		}
		tx.spare = ids
	}
	id := tx.spare[0]
	tx.spare = tx.spare[1:]
	return id, nil
}

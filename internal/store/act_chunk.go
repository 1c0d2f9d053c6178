package store

import (
	"encoding/json"

	"github.com/tenonhq/tenon"
)

// InsertActChunk keeps what one chunk of an act on many records did, in its
// transaction. Numbers rise from 0.
func (tx *Tx) InsertActChunk(op tenon.OperationID, number int64, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return tx.run(`INSERT INTO act_chunks (operation_id, number, body) VALUES ($1, $2, $3)`, op, number, string(b))
}

// SystemActChunk reads the last chunk of an act before a number into body and
// returns its number, -1 where there is none.
func (tx *Tx) SystemActChunk(op tenon.OperationID, before int64, body any) (int64, error) {
	type chunk struct {
		number int64
		body   string
	}
	found, err := list(tx, func(r Scanner, c *chunk) error { return r.Scan(&c.number, &c.body) },
		`SELECT number, body FROM act_chunks WHERE operation_id = $1 AND number < $2 ORDER BY number DESC LIMIT 1`, op, before)
	if err != nil || len(found) == 0 {
		return -1, err
	}
	return found[0].number, json.Unmarshal([]byte(found[0].body), body)
}

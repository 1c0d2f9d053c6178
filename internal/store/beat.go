package store

import "github.com/tenonhq/tenon"

// Beat is the pulse of an operation that runs as a job: which attempt is at
// work on it, and a count that this attempt raises as long as it lives.
type Beat struct {
	Operation      tenon.OperationID
	Attempt, Count int64
}

// SystemBeat raises the count of an attempt. One that was taken over raises
// nothing, and the row of an operation that ended stays away.
func (tx *Tx) SystemBeat(id tenon.OperationID, attempt int64) error {
	return tx.run(`INSERT INTO job_beats (operation_id, attempt) SELECT p.id, p.attempt FROM operations p WHERE p.id = $1 AND p.attempt = $2 AND p.state = 'running'
		ON CONFLICT (operation_id) DO UPDATE SET beats = job_beats.beats + 1, attempt = excluded.attempt WHERE job_beats.attempt <= excluded.attempt`, id, attempt)
}

// SystemBeats returns the pulse of every running operation, 0 of those that
// never had one.
func (tx *Tx) SystemBeats() ([]Beat, error) {
	return list(tx, func(r Scanner, b *Beat) error { return r.Scan(&b.Operation, &b.Attempt, &b.Count) },
		`SELECT p.id, p.attempt, COALESCE(b.beats, 0) FROM operations p LEFT JOIN job_beats b ON b.operation_id = p.id WHERE p.state = 'running' ORDER BY p.id`)
}

// SystemForgetBeat removes the pulse of an operation that is at its end.
func (tx *Tx) SystemForgetBeat(id tenon.OperationID) error {
	return tx.run(`DELETE FROM job_beats WHERE operation_id = $1`, id)
}

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// The chain over the activity log is written behind it, not with each event:
// one link for each would make all changes of an installation wait for each
// other. What is younger than settled may still be in somebody's open
// transaction and is left for the next time.
const (
	settled = time.Minute
	// stragglers is how far back the sealer looks for events that were committed late.
	stragglers = 1_000_000
)

// event texts are hashed as they are stored.
const chainColumns = `a.id, a.at, a.action, a.subject, a.subject_id, a.name, a.binder_id, COALESCE(a.operation_id, 0), a.user_id, a.user_name, a.face, a.addr, a.by_name, a.changes`

// scanEventHash reads an event and returns its id and the hash of all it says.
func scanEventHash(r Scanner, extra ...any) (int64, [32]byte, error) {
	var n [6]int64
	var s [8]string
	dest := append([]any{&n[0], &n[1], &s[0], &s[1], &n[2], &s[2], &n[3], &n[4], &n[5], &s[3], &s[4], &s[5], &s[6], &s[7]}, extra...)
	if err := r.Scan(dest...); err != nil {
		return 0, [32]byte{}, err
	}
	return n[0], sha256.Sum256(fmt.Appendf(nil, "%d %q", n, s)), nil
}

// link is the hash of a link: of the one before, and of the event.
func link(before string, event [32]byte) string {
	sum := sha256.Sum256(append([]byte(before), event[:]...))
	return hex.EncodeToString(sum[:])
}

// SystemSealActivity links up to limit events that are not in the chain yet
// and returns how many there were.
func (tx *Tx) SystemSealActivity(limit int) (int, error) {
	// One sealer at a time: the counter's row is locked until the end.
	if _, err := tx.exec(`UPDATE counters SET next = next + 1 WHERE name = 'seal'`); err != nil {
		return 0, err
	}
	var position int64
	var hash string
	err := tx.row(`SELECT position, hash FROM activity_chain ORDER BY position DESC LIMIT 1`).Scan(&position, &hash)
	if err != nil && !errors.Is(err, errNoRow) {
		return 0, err
	}
	var rows [][]any
	err = tx.each(func(r Scanner) error {
		id, event, err := scanEventHash(r)
		if err != nil {
			return err
		}
		position++
		hash = link(hash, event)
		rows = append(rows, []any{position, id, hash})
		return nil
	}, `SELECT `+chainColumns+` FROM activity a WHERE a.at <= $1 AND a.id > (SELECT COALESCE(MAX(event_id), 0) FROM activity_chain) - $2
		AND NOT EXISTS (SELECT 1 FROM activity_chain c WHERE c.event_id = a.id) ORDER BY a.id LIMIT $3`,
		micros(tx.now.Add(-settled)), stragglers, limit)
	if err != nil {
		return 0, err
	}
	return len(rows), tx.insertMany("activity_chain (position, event_id, hash)", 3, rows, "")
}

// SystemVerifyChain walks the chain from a position and returns the first
// event that is not as it was when it was linked, or a position that is
// missing; broken is false where the chain holds.
func (tx *Tx) SystemVerifyChain(from int64) (position, event int64, broken bool, err error) {
	want := from
	var before string
	if from > 1 {
		if err := tx.row(`SELECT hash FROM activity_chain WHERE position = $1`, from-1).Scan(&before); err != nil {
			return from - 1, 0, errors.Is(err, errNoRow), nil
		}
	}
	for {
		n := 0
		err := tx.each(func(r Scanner) error {
			n++
			if broken {
				return nil
			}
			var at int64
			var hash string
			id, sum, err := scanEventHash(r, &at, &hash)
			if err != nil {
				return err
			}
			before = link(before, sum)
			if at != want || hash != before {
				position, event, broken = want, id, true
			}
			want++
			return nil
		}, `SELECT `+chainColumns+`, c.position, c.hash FROM activity_chain c JOIN activity a ON a.id = c.event_id WHERE c.position >= $1 ORDER BY c.position LIMIT 5000`, want)
		if err != nil || broken || n < 5000 {
			return position, event, broken, err
		}
	}
}

// SystemChainLength is how many events are linked.
func (tx *Tx) SystemChainLength() (int64, error) {
	var n int64
	err := tx.row(`SELECT COALESCE(MAX(position), 0) FROM activity_chain`).Scan(&n)
	return n, err
}

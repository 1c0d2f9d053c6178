package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tenonhq/tenon"
)

// Hook is work that the first write transaction under a context does at its
// end, so that it commits with the effect or not at all.
type Hook struct {
	in   func(*Tx) error
	done bool
}

// Committed tells whether a transaction committed with the hook's work in it.
func (h *Hook) Committed() bool { return h.done }

type hookKey struct{}

// WithHook returns a context whose first committing Write also does fn. The
// context is for one goroutine. fn may run several times, as the function
// given to Write may.
func WithHook(ctx context.Context, fn func(*Tx) error) (context.Context, *Hook) {
	h := &Hook{in: fn}
	return context.WithValue(ctx, hookKey{}, h), h
}

func hookOf(ctx context.Context) *Hook {
	h, ok := ctx.Value(hookKey{}).(*Hook)
	if !ok || h.done {
		return nil
	}
	return h
}

// Answered is a row of the table of repeated requests.
type Answered struct {
	Caller, Key, BodyHash string
	Status                int
	Headers               map[string]string
	Answer                string
	At                    time.Time
}

// SystemAnswered returns what is kept for the caller's key, or nil. Rows from
// before since count as gone.
func (tx *Tx) SystemAnswered(caller, key string, since time.Time) (*Answered, error) {
	rows, err := list(tx, func(r Scanner, a *Answered) error {
		var headers string
		if err := r.Scan(&a.Caller, &a.Key, &a.BodyHash, &a.Status, &headers, &a.Answer, instant{&a.At}); err != nil {
			return err
		}
		return json.Unmarshal([]byte(headers), &a.Headers)
	}, `SELECT caller, key, body_hash, status, headers, answer, at FROM idempotency WHERE caller = $1 AND key = $2 AND at >= $3`, caller, key, micros(since))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// SystemClaimAnswer stores that a request with this key has had its effect.
// Busy where the key is stored already. What is older than since is removed.
func (tx *Tx) SystemClaimAnswer(a Answered, since time.Time) error {
	if err := tx.run(`DELETE FROM idempotency WHERE at < $1`, micros(since)); err != nil {
		return err
	}
	n, err := tx.exec(`INSERT INTO idempotency (caller, key, body_hash, status, at) VALUES ($1, $2, $3, 0, $4) ON CONFLICT (caller, key) DO NOTHING`,
		a.Caller, a.Key, a.BodyHash, micros(a.At))
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Busy, "A request with this Idempotency-Key is still running. Ask again in a moment.")
	}
	return err
}

// SystemSweepAnswers removes what is older than since.
func (tx *Tx) SystemSweepAnswers(since time.Time) error {
	return tx.run(`DELETE FROM idempotency WHERE at < $1`, micros(since))
}

// SystemFinishAnswer stores the answer of a claimed key.
func (tx *Tx) SystemFinishAnswer(a Answered) error {
	headers, err := json.Marshal(a.Headers)
	if err != nil {
		return err
	}
	return tx.run(`UPDATE idempotency SET status = $1, headers = $2, answer = $3 WHERE caller = $4 AND key = $5`,
		a.Status, string(headers), a.Answer, a.Caller, a.Key)
}

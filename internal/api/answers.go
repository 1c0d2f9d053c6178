package api

import (
	"context"
	"time"

	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
)

// AnswersKept is how long the answer to a request with an Idempotency-Key is kept.
const AnswersKept = 7 * 24 * time.Hour

// answers keeps the answers of repeated requests in the database.
type answers struct {
	st  *store.Store
	now func() time.Time
}

func (a answers) since() time.Time { return a.now().Add(-AnswersKept) }

// Find implements httpkit.Answers.
func (a answers) Find(ctx context.Context, caller, key string) (found *httpkit.Answer, err error) {
	err = a.st.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.SystemAnswered(caller, key, a.since())
		if row != nil {
			found = &httpkit.Answer{Caller: row.Caller, Key: row.Key, Body: row.BodyHash, Status: row.Status, Headers: row.Headers, Content: []byte(row.Answer), At: row.At}
		}
		return err
	})
	return found, err
}

// Claim implements httpkit.Answers: the key is stored by the transaction of the effect.
func (a answers) Claim(ctx context.Context, claim httpkit.Answer) (context.Context, func() bool) {
	ctx, hook := store.WithHook(ctx, func(tx *store.Tx) error {
		return tx.SystemClaimAnswer(rowOf(claim), a.since())
	})
	return ctx, hook.Committed
}

// Finish implements httpkit.Answers.
func (a answers) Finish(ctx context.Context, answer httpkit.Answer) error {
	return a.st.Write(ctx, func(tx *store.Tx) error { return tx.SystemFinishAnswer(rowOf(answer)) })
}

func rowOf(a httpkit.Answer) store.Answered {
	return store.Answered{Caller: a.Caller, Key: a.Key, BodyHash: a.Body, Status: a.Status, Headers: a.Headers, Answer: string(a.Content), At: a.At}
}

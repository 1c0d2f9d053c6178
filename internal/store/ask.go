package store

import (
	"context"
	"errors"
)

// oneAsked is what stands in for a transaction where a single statement is
// asked: to begin and end one takes as long as many a statement, and on
// PostgreSQL two ways there and back more.
type oneAsked struct {
	ask   func(ctx context.Context, text string, args ...any) (rows, error)
	end   func() error
	asked bool
}

func (o *oneAsked) query(ctx context.Context, text string, args ...any) (rows, error) {
	if o.asked {
		return nil, errors.New("store: a second statement inside Ask")
	}
	o.asked = true
	return o.ask(ctx, text, args...)
}

func (o *oneAsked) exec(context.Context, string, ...any) (int64, error) {
	return 0, errors.New("store: a change inside Ask")
}

func (o *oneAsked) commit(context.Context) error   { return o.end() }
func (o *oneAsked) rollback(context.Context) error { return o.end() }
func (o *oneAsked) raw() any                       { return nil }

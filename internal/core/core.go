// Package core is the only way to change one organization or one item.
//
// It is a gate and not a warehouse: each method allows, locks, checks, writes,
// keeps a revision and records the event, in one transaction. What loops over
// many things is an engine (merge, trash, csvimport), and calls the methods
// that end in In, which work inside the caller's transaction.
package core

import (
	"context"
	"io"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Blobs keeps the content of attachments and logos under its hash.
type Blobs interface {
	// Put stores what r gives, at most limit bytes; more is TooLarge.
	Put(ctx context.Context, r io.Reader, limit int64) (blob.Ref, error)
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Options are what the core works with.
type Options struct {
	Store *store.Store
	// Keys seals secrets. Without it, records with secrets are refused.
	Keys *secret.Ring
	// Blobs keeps files. Without it, attachments are refused.
	Blobs Blobs
	// Passwords makes and checks the hashes of passwords; nil takes the costs
	// for production.
	Passwords *secret.Hasher
}

// Core changes records.
type Core struct {
	st    *store.Store
	keys  *secret.Ring
	blobs Blobs
	hash  *secret.Hasher
}

// New returns a core over an open store.
func New(o Options) *Core {
	if o.Passwords == nil {
		o.Passwords = secret.NewHasher(secret.HashOptions{})
	}
	return &Core{st: o.Store, keys: o.Keys, blobs: o.Blobs, hash: o.Passwords}
}

// Store is the store the core works on, for reading.
func (c *Core) Store() *store.Store { return c.st }

// changes lists what differs between two states of a record, for the activity
// log. Long texts are cut: the revision has them whole.
func changes(schema tenon.Schema, names []string, before, after tenon.Values) []tenon.Change {
	var out []tenon.Change
	for _, n := range names {
		if f := schema.Field(n); f == nil || f.Type == tenon.Secret {
			continue
		}
		out = append(out, tenon.Change{Field: n, Before: short(before[n]), After: short(after[n])})
	}
	return out
}

const shortText = 500

func short(x any) any {
	if s, ok := x.(string); ok && len(s) > shortText {
		r := []rune(s)
		if len(r) > shortText {
			return string(r[:shortText]) + "…"
		}
	}
	return x
}

package trash

import (
	"context"

	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/store"
)

// Files is where the content of attachments is.
type Files interface {
	Walk(ctx context.Context, fn func(blob.Ref) error) error
	Remove(ctx context.Context, hash string) error
}

// UnusedFiles returns the stored content that no record names: what a purge
// left, and uploads that were broken off. Content that is being uploaded right
// now is among it, so the caller waits, a day or more, before RemoveFiles.
func (e *Engine) UnusedFiles(ctx context.Context, files Files) ([]string, error) {
	var unused []string
	batch := make([]string, 0, purgeRows)
	look := func() error {
		err := e.st.Read(ctx, func(tx *store.Tx) error {
			found, err := tx.SystemUnusedFiles(batch)
			unused = append(unused, found...)
			return err
		})
		batch = batch[:0]
		return err
	}
	err := files.Walk(ctx, func(r blob.Ref) error {
		if batch = append(batch, r.Hash); len(batch) < purgeRows {
			return nil
		}
		return look()
	})
	if err == nil && len(batch) > 0 {
		err = look()
	}
	return unused, err
}

// RemoveFiles removes those of the contents that are still named by nothing.
// hashes is what UnusedFiles returned some time ago. It returns how many went.
func (e *Engine) RemoveFiles(ctx context.Context, files Files, hashes []string) (int, error) {
	var still []string
	err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
		still, err = tx.SystemUnusedFiles(hashes)
		return err
	})
	if err != nil {
		return 0, err
	}
	for n, h := range still {
		if err := files.Remove(ctx, h); err != nil {
			return n, err
		}
	}
	return len(still), nil
}

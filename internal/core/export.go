package core

import (
	"context"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Limits of what one person takes out of lists as files.
const (
	// MaxExport is how many rows one file may have.
	MaxExport = 50_000
	// maxExported is how many rows there may be in an hour: five files of that size.
	maxExported = 5 * MaxExport
)

// NoteExport records that the viewer takes rows of a list out as a file, and
// refuses where that is too much. What the file holds is read under the
// viewer's rights; the log says that it left.
func (c *Core) NoteExport(ctx context.Context, v tenon.Viewer, list, asked string, rows int64) error {
	if err := v.Need(tenon.ViewRecords); err != nil {
		return err
	}
	if rows > MaxExport {
		return tenon.Errorf(tenon.TooLarge, "A file may have %s rows, and this list has more. Nothing was exported. Filter it, and export the parts.", tenon.Figure(int64(MaxExport)))
	}
	return c.st.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.SystemExported(v.User, tx.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		if before+rows > maxExported {
			return tenon.Errorf(tenon.RateLimited, "You have exported %s rows in the last hour, and %s are as many as there may be. Nothing was exported. Try again later.", tenon.Figure(before), tenon.Figure(int64(maxExported)))
		}
		return tx.Record(v, tenon.Event{Action: "export", Subject: "list", Name: list,
			Changes: []tenon.Change{{Field: "rows", After: rows}, {Field: "filter", After: short(asked)}}})
	})
}

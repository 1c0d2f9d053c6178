package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// What is committed stands in the log of SQLite, and is written from there into
// the database, with two flushes to the disk. Done by the writer, as SQLite does
// it, everybody who changes something waits for that: it took half of the time
// of all commits. A connection of its own does it while the writer goes on.

const (
	// manyCommits is after how many commits the log is written into the
	// database, checkpointAfter how long after the first of fewer: what lies
	// between is what a power failure may take, not more than with SQLite's
	// own way.
	manyCommits     = 100
	checkpointAfter = time.Second
	// logPages is when the writer does it after all: it never rests long enough
	// for the log to begin anew, or readers hold it.
	logPages = "wal_autocheckpoint(16000)"
)

// checkpointer writes the log into the database.
type checkpointer struct {
	db      *sql.DB
	commits chan struct{} // one for each, as far as there is room
	stop    context.CancelFunc
	done    sync.WaitGroup
	failed  error // the last time; work's until done
}

// startCheckpointer works until close.
func startCheckpointer(db *sql.DB) *checkpointer {
	db.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpointer{db: db, commits: make(chan struct{}, manyCommits), stop: stop}
	c.done.Go(func() { c.work(ctx) })
	return c
}

// committed tells that there is something more in the log.
func (c *checkpointer) committed() {
	select {
	case c.commits <- struct{}{}:
	default: // it will see to it anyway
	}
}

func (c *checkpointer) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.commits:
		}
		late := time.NewTimer(checkpointAfter)
	gather:
		for range manyCommits - 1 {
			select {
			case <-ctx.Done():
				late.Stop()
				return // closing the last connection writes what is left
			case <-c.commits:
			case <-late.C:
				break gather
			}
		}
		late.Stop()
		// Where it cannot be done now it is done with the next, or by the
		// writer, who says what is wrong with the disk.
		_, c.failed = c.db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	}
}

// close ends the work, and tells why the last of it was not done.
func (c *checkpointer) close() error {
	c.stop()
	c.done.Wait()
	if errors.Is(c.failed, context.Canceled) {
		c.failed = nil
	}
	return errors.Join(c.failed, c.db.Close())
}

package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/store"
)

// How often a server keeps house, and how long an unfinished upload or an
// unused file may lie around.
const (
	houseEvery   = time.Hour
	forgottenFor = 24 * time.Hour
)

// House does what nobody asks for: it forgets sessions, links, answers and exports that
// are over, purges what has been in the trash for too long, removes files that
// nothing needs, and tidies the search index. It belongs to one goroutine.
type House struct {
	a *App
	// unused are the files that nothing named when they were looked at.
	unused []string
	looked time.Time
	tidied time.Time // when the search index was
}

// NewHouse returns the house of an installation.
func NewHouse(a *App) *House { return &House{a: a} }

// Tidy does each chore, those after one that fails too.
func (h *House) Tidy(ctx context.Context) error {
	chores := []struct {
		name string
		do   func() error
	}{
		{"forget sessions that are over", func() error { return h.a.Core.SweepSignIns(ctx) }},
		{"remind people of expirations", func() error { return h.remind(ctx) }},
		{"forget mail that is done", func() error { return h.a.Mail.Sweep(ctx) }},
		{"forget answers to repeated requests", func() error { return h.forgetAnswers(ctx) }},
		{"purge the trash", func() error { _, err := h.a.Trash.PurgeExpired(ctx); return err }},
		{"forget exports that are over", func() error { return h.a.Export.Sweep(ctx) }},
		{"remove unfinished uploads", func() error { _, err := h.a.Blobs.Sweep(ctx, h.a.Now(), forgottenFor); return err }},
		{"remove unused files", func() error { return h.removeUnused(ctx) }},
		{"tidy the search index", func() error { return h.tidySearch(ctx) }},
	}
	var all []error
	for _, c := range chores {
		if err := c.do(); err != nil {
			all = append(all, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return errors.Join(all...)
}

// remind goes by the day of the account, wherever the server stands.
func (h *House) remind(ctx context.Context) error {
	zone, err := h.a.Core.Zone(ctx)
	if err != nil {
		return err
	}
	_, err = h.a.Reminders.Send(ctx, h.a.Now().In(zone))
	return err
}

func (h *House) forgetAnswers(ctx context.Context) error {
	return h.a.Store.Write(ctx, func(tx *store.Tx) error { return tx.SystemSweepAnswers(tx.Now().Add(-api.AnswersKept)) })
}

// removeUnused removes the files that nothing names, once a day: those that
// nothing named the day before either. What has just been uploaded gets its
// record, and the file of an import is confirmed, in between.
func (h *House) removeUnused(ctx context.Context) error {
	now := h.a.Now()
	if now.Sub(h.looked) < forgottenFor {
		return nil
	}
	if _, err := h.a.Trash.RemoveFiles(ctx, h.a.Blobs, h.unused); err != nil {
		return err
	}
	unused, err := h.a.Trash.UnusedFiles(ctx, h.a.Blobs)
	if err == nil {
		h.unused, h.looked = unused, now
	}
	return err
}

// tidySearch tidies the search index once a day.
func (h *House) tidySearch(ctx context.Context) error {
	now := h.a.Now()
	if now.Sub(h.tidied) < forgottenFor {
		return nil
	}
	err := h.a.Store.TidySearch(ctx)
	if err == nil {
		h.tidied = now
	}
	return err
}

// keepHouse tidies now and then; a chore that fails is told in the log and done
// again the next time.
func (s *server) keepHouse(ctx context.Context) {
	h := NewHouse(s.app)
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	for {
		if err := h.Tidy(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "keeping house", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

package app

import (
	"context"
	"time"
)

// How often a server keeps house, and how long an unfinished upload may lie around.
const (
	houseEvery   = time.Hour
	sealEvery    = time.Minute
	forgottenFor = 24 * time.Hour
)

// keepHouse does, now and then, what nobody asks for: it forgets sessions and
// links that are over, purges what has been in the trash for too long,
// removes what interrupted uploads have left, and seals the activity log.
func (s *server) keepHouse(ctx context.Context) {
	tick, seal := time.NewTicker(houseEvery), time.NewTicker(sealEvery)
	defer tick.Stop()
	defer seal.Stop()
	s.tidy(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.tidy(ctx)
		case <-seal.C:
			if err := s.app.Core.SealActivity(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "keeping house", "chore", "seal the activity log", "error", err.Error())
			}
		}
	}
}

// tidy does each chore; one that fails is told in the log and tried again the
// next time.
func (s *server) tidy(ctx context.Context) {
	chores := []struct {
		name string
		do   func() error
	}{
		{"forget sessions that are over", func() error { return s.app.Core.SweepSignIns(ctx) }},
		{"purge the trash", func() error { _, err := s.app.Trash.PurgeExpired(ctx); return err }},
		{"remove unfinished uploads", func() error { _, err := s.app.Blobs.Sweep(ctx, s.app.Now(), forgottenFor); return err }},
	}
	for _, c := range chores {
		if err := c.do(); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "keeping house", "chore", c.name, "error", err.Error())
		}
	}
}

package web

import (
	"context"
	"sync"
	"time"

	"github.com/tenonhq/tenon/internal/core"
)

// zone is the clock of the pages in the account's time zone. The setting is
// looked up once a minute, not for each page.
type zone struct {
	core *core.Core
	now  func() time.Time

	mu     sync.Mutex
	at     time.Time
	inside *time.Location
}

// zoneKept is how long another process may take to show another time zone.
const zoneKept = time.Minute

// Now is the time of the pages.
func (z *zone) Now() time.Time {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.inside == nil {
		return z.now().UTC()
	}
	return z.now().In(z.inside)
}

// refresh looks the zone up when it was not lately.
func (z *zone) refresh(ctx context.Context) error {
	now := z.now()
	z.mu.Lock()
	fresh := z.inside != nil && now.Sub(z.at).Abs() < zoneKept
	z.mu.Unlock()
	if fresh {
		return nil
	}
	inside, err := z.core.Zone(ctx)
	if err != nil {
		return err
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.at, z.inside = now, inside
	return nil
}

// forget makes the next page look the zone up: it was just changed here.
func (z *zone) forget() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.at = time.Time{}
}

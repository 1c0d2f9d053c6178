package httpkit

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tenonhq/tenon"
)

// Limiter counts requests per caller. It lives in one process: with several, a
// caller gets the limit once in each.
type Limiter struct {
	now    func() time.Time
	per    int
	window time.Duration

	mu      sync.Mutex
	callers map[string]*callerLimit
}

type callerLimit struct {
	*rate.Limiter
	seen time.Time
}

// maxCallers bounds the memory of a limiter; above, those who were quiet for a
// whole window are forgotten, as they have their full number again anyway.
const maxCallers = 10_000

// NewLimiter allows each caller n requests in a window, at once or spread. With n <= 0 it allows everything.
func NewLimiter(now func() time.Time, n int, window time.Duration) *Limiter {
	return &Limiter{now: now, per: n, window: window, callers: map[string]*callerLimit{}}
}

func (l *Limiter) caller(name string, now time.Time) *callerLimit {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.callers[name]
	if c == nil {
		if len(l.callers) >= maxCallers {
			l.forget(now)
		}
		c = &callerLimit{Limiter: rate.NewLimiter(rate.Limit(float64(l.per)/l.window.Seconds()), l.per)}
		l.callers[name] = c
	}
	c.seen = now
	return c
}

func (l *Limiter) forget(now time.Time) {
	for name, c := range l.callers {
		if now.Sub(c.seen) >= l.window {
			delete(l.callers, name)
		}
	}
	if len(l.callers) >= maxCallers {
		clear(l.callers) // a flood of callers: counting starts anew
	}
}

// Allow counts one request of the caller, says in the answer's headers what is
// left, and refuses it where nothing is.
func (l *Limiter) Allow(h http.Header, name string) error {
	if l.per <= 0 {
		return nil
	}
	now := l.now()
	c := l.caller(name, now)
	ok := c.AllowN(now, 1)
	left := c.TokensAt(now)
	h.Set("RateLimit-Limit", strconv.Itoa(l.per))
	h.Set("RateLimit-Remaining", strconv.Itoa(max(0, int(left))))
	h.Set("RateLimit-Reset", seconds(float64(l.per)-left, c.Limit()))
	if ok {
		return nil
	}
	wait := seconds(1-left, c.Limit())
	e := tenon.Errorf(tenon.RateLimited, "More than %d requests in %s. Nothing was changed. Try again in %s seconds.", l.per, l.window, wait)
	return &requestError{why: e, status: http.StatusTooManyRequests, headers: map[string]string{"Retry-After": wait}}
}

// seconds is the time in which n requests become free again.
func seconds(n float64, per rate.Limit) string {
	return strconv.Itoa(max(1, int(math.Ceil(n/float64(per)))))
}

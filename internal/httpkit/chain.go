package httpkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
)

// Options are what the chain works with.
type Options struct {
	Now func() time.Time // required
	Log *slog.Logger     // required
	// Proxies may say in X-Forwarded-For and X-Forwarded-Proto who the client is.
	Proxies []netip.Prefix
	// Secure tells that clients come by HTTPS, whatever a single request looks like.
	Secure bool
}

// Wrap puts around a handler what every answer of the server has: a request
// id, the headers that protect a browser, a line in the access log, and an
// answer also where a handler panics.
func Wrap(o Options, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := o.Now()
		addr, viaProxy := clientAddr(r, o.Proxies)
		info := &Info{RequestID: requestID(r), Addr: addr}
		info.Secure = o.Secure || r.TLS != nil || (viaProxy && r.Header.Get("X-Forwarded-Proto") == "https")
		r = r.WithContext(context.WithValue(r.Context(), infoKey{}, info))
		w.Header().Set("X-Request-Id", info.RequestID)
		Protect(w.Header(), info.Secure)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				afterPanic(o.Log, rec, r, p)
			}
			if info.Pattern == "" {
				info.Pattern = r.Pattern
			}
			logAccess(o.Log, r, rec, info, o.Now().Sub(started))
		}()
		h.ServeHTTP(rec, r)
	})
}

// Protect sets the headers of every answer. A handler may loosen its own:
// static files may be cached, pages have a policy of their own.
func Protect(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// afterPanic answers for a handler that panicked. A handler that gives up the
// connection on purpose does so.
func afterPanic(log *slog.Logger, w *recorder, r *http.Request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	info := InfoOf(r.Context())
	log.Error("panic", "request_id", info.RequestID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status == 0 {
		WriteProblem(w, r, errors.New("panic"))
	}
}

func logAccess(log *slog.Logger, r *http.Request, w *recorder, info *Info, took time.Duration) {
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	a := []slog.Attr{
		slog.String("request_id", info.RequestID), slog.String("method", r.Method), slog.String("path", logPath(r.URL.Path)),
		slog.Int("status", status), slog.Int64("bytes", w.bytes), slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("addr", info.Addr),
	}
	if info.Pattern != "" {
		a = append(a, slog.String("route", info.Pattern))
	}
	if info.UserID != 0 {
		a = append(a, slog.Int64("user", info.UserID))
	}
	if info.KeyID != 0 {
		a = append(a, slog.Int64("key", info.KeyID))
	}
	if info.Code != "" {
		a = append(a, slog.String("code", info.Code))
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		if info.Err != nil {
			a = append(a, slog.String("error", info.Err.Error()))
		}
	}
	log.LogAttrs(r.Context(), level, "request", a...)
}

// maxLogged is the longest part of a path that is logged as it is. Ids and
// names of routes are shorter; a token in a link is longer.
const maxLogged = 22

// logPath is the path for the log. The query is left out, and with it what
// people search for.
func logPath(p string) string {
	parts := strings.Split(p, "/")
	for i, s := range parts {
		if len(s) > maxLogged {
			parts[i] = s[:4] + "…"
		}
	}
	return strings.Join(parts, "/")
}

// recorder notes what was answered. http.ResponseController finds the writer below through Unwrap.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap returns the writer below.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Times within which a client must have said what it wants, and takes its
// answer. An upload of the largest file over a slow line fits.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 5 * time.Minute
	writeTimeout  = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// Server returns a server with limits for slow and for talkative clients.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

package app

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
)

// live answers as long as the process does. It never touches the database: a
// database that is away is no reason to restart this process.
func (s *server) live(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyLimit is how long the checks of /readyz may take together.
const readyLimit = 3 * time.Second

// ready tells whether the server can do its work now. Strangers learn only
// whether; who asks from this machine also learns why not.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyLimit)
	defer cancel()
	checks := s.checks(ctx)
	status, code := "ok", http.StatusOK
	for _, problem := range checks {
		if problem != "ok" {
			status, code = "not", http.StatusServiceUnavailable
		}
	}
	answer := map[string]string{"status": status}
	if fromHere(r) {
		for name, problem := range checks {
			answer[name] = problem
		}
	}
	writeHealth(w, code, answer)
}

// checks runs each check and says "ok" or what is wrong.
func (s *server) checks(ctx context.Context) map[string]string {
	out := map[string]string{"server": "ok", "database": "ok", "key": "ok", "disk": "ok", "queue": "ok"}
	if s.stopping.Load() {
		out["server"] = "stopping"
	}
	if err := s.app.Store.Ping(ctx); err != nil {
		out["database"] = "does not answer"
	} else if err := checkKeys(ctx, s.app.Store, s.app.Keys); err != nil {
		out["key"] = "is not the one of this data"
	} else if n, err := s.app.jobless(ctx); err != nil || n > 0 {
		out["queue"] = "operations wait without a job"
	}
	if err := canWrite(s.app.Config.Data); err != nil {
		out["disk"] = "cannot be written"
	}
	return out
}

// jobless counts the operations that run and that nobody will work on.
func (a *App) jobless(ctx context.Context) (n int, err error) {
	err = a.Store.Read(ctx, func(tx *store.Tx) error {
		ids, err := tx.SystemJobless()
		n = len(ids)
		return err
	})
	return n, err
}

// canWrite proves that a file can be made and filled in the directory.
func canWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".ready-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("ready\n")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// fromHere tells whether the request comes from this machine and through no proxy.
func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

func writeHealth(w http.ResponseWriter, code int, body map[string]string) {
	httpkit.Protect(w.Header(), false) // it is asked past what a face has around it
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

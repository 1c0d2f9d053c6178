package app

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/tenonhq/tenon"
)

// lockName is the file that a server holds locked as long as it runs. The
// lock, not the file, is what counts: after a crash the file stays and
// the system has let go of the lock.
const lockName = "serve.lock"

// errHeld says that another process has the lock.
var errHeld = errors.New("held by another process")

// Lock is a held lock file.
type Lock struct{ f *os.File }

// lock takes the lock of the data directory: shared for one of several servers
// over one PostgreSQL, else alone. what names the caller's wish, for the refusal.
func lock(dir string, shared bool, what string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The lock file cannot be opened: %s.", err)
	}
	if err := lockFile(f, shared); err != nil {
		_ = f.Close()
		if errors.Is(err, errHeld) {
			return nil, tenon.Errorf(tenon.Conflict, "A server is running on %s. %s", dir, what)
		}
		return nil, tenon.Errorf(tenon.Unavailable, "The lock file cannot be locked: %s.", err)
	}
	return &Lock{f}, nil
}

// Release lets go of the lock.
func (l *Lock) Release() error { return l.f.Close() }

// serverRuns tells whether a server holds the lock of the data directory.
func serverRuns(dir string) bool {
	l, err := lock(dir, false, "")
	if err != nil {
		return true
	}
	_ = l.Release()
	return false
}

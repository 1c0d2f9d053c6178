package store

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenonhq/tenon"
)

// Every request of a program begins with who its key is. On SQLite, to ask that
// after each change costs a tenth of what creating a record does: whatever was
// changed, the connection that reads begins anew with everything. So the answers
// are kept here, for as long as the number stays that triggers count with every
// change of people, their groups and their keys. Each commit of this process
// tells that number; what another process does (the command line) is looked for
// a moment after it was last looked for.

// peopleVersion asks for that number.
const peopleVersion = "SELECT next FROM counters WHERE name = 'people'"

// sureFor is how long another process may have changed people before it is
// seen: less than that process takes to end.
const sureFor = 5 * time.Millisecond

// maxKnownKeys is how many keys are kept.
const maxKnownKeys = 512

// knownPeople are keys, and who they are.
type knownPeople struct {
	asked   atomic.Bool // for a key, ever: else nobody needs the version
	mu      sync.RWMutex
	version int64
	sure    bool // the version was looked at less than sureFor ago
	keys    map[string]knownKey
}

// knownKey is a key that is not revoked, and who it is: nobody, where user is 0.
type knownKey struct {
	key  tenon.APIKey
	user viewerRows
}

// key returns what is known of a key, where that is sure, and the version at
// which it was looked for.
func (p *knownPeople) key(hash string) (k knownKey, known bool, version int64) {
	if !p.asked.Load() {
		p.asked.Store(true)
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.sure {
		k, known = p.keys[hash]
	}
	return k, known, p.version
}

// keep keeps a key that was asked for since it was seen that this is the version.
func (p *knownPeople) keep(hash string, k knownKey, version int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.version != version {
		return
	}
	if p.keys == nil || len(p.keys) >= maxKnownKeys {
		p.keys = map[string]knownKey{}
	}
	p.keys[hash] = k
}

// saw notes the version, and is sure of it for a moment. One that was looked at
// before a later one, and comes after it, says nothing: what was asked for at
// that version must not be kept.
func (p *knownPeople) saw(version int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if version < p.version {
		return
	}
	if p.version != version {
		p.version = version
		clear(p.keys)
	}
	if !p.sure {
		p.sure = true
		time.AfterFunc(sureFor, p.doubt)
	}
}

func (p *knownPeople) doubt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sure = false
}

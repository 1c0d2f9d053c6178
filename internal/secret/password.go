package secret

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// HashOptions are the costs of a password hash. The zero value means the
// costs for production; tests pass cheap ones.
type HashOptions struct {
	MemoryKiB uint32 // 64 MiB
	Passes    uint32 // 3
	Lanes     uint8  // 2
	AtOnce    int    // hashes computed at the same time: 2; the others wait
}

// Bounds of what Verify accepts from a stored hash, so that a row changed by
// somebody else cannot take all memory.
const (
	maxMemoryKiB = 1 << 20
	maxPasses    = 20
	maxLanes     = 16
	saltSize     = 16
	hashSize     = 32
)

// Hasher makes and checks password hashes with argon2id. It may be used by
// several goroutines; it lets only a few work at once, because each takes 64
// MiB and a processor for a fifth of a second.
type Hasher struct {
	opt   HashOptions
	slots chan struct{}
	// nobody is the hash that VerifyNobody checks against. Nobody's password
	// gives it: its bytes are random.
	nobody phc
}

// NewHasher returns a hasher with the given costs.
func NewHasher(o HashOptions) *Hasher {
	if o.MemoryKiB == 0 {
		o.MemoryKiB = 64 << 10
	}
	if o.Passes == 0 {
		o.Passes = 3
	}
	if o.Lanes == 0 {
		o.Lanes = 2
	}
	if o.AtOnce == 0 {
		o.AtOnce = 2
	}
	h := &Hasher{opt: o, slots: make(chan struct{}, o.AtOnce)}
	h.nobody = h.fresh()
	h.nobody.sum = make([]byte, hashSize)
	rand.Read(h.nobody.sum)
	return h
}

// Hash returns the hash of the password in PHC form:
// $argon2id$v=19$m=65536,t=3,p=2$salt$hash. It waits for a free slot and ends
// early only when ctx does.
func (h *Hasher) Hash(ctx context.Context, password Text) (string, error) {
	p := h.fresh()
	sum, err := h.compute(ctx, p, password)
	if err != nil {
		return "", err
	}
	p.sum = sum
	return p.String(), nil
}

// Verify reports whether the password gives the stored hash, comparing in
// constant time. An error means that the hash is unreadable or that ctx ended,
// never that the password is wrong.
func (h *Hasher) Verify(ctx context.Context, stored string, password Text) (bool, error) {
	p, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	return h.verify(ctx, p, password)
}

// VerifyNobody takes the time of Verify and is always false: for a sign-in with
// an unknown e-mail address, which must not be told from a wrong password.
func (h *Hasher) VerifyNobody(ctx context.Context, password Text) error {
	_, err := h.verify(ctx, h.nobody, password)
	return err
}

func (h *Hasher) verify(ctx context.Context, p phc, password Text) (bool, error) {
	sum, err := h.compute(ctx, p, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, p.sum) == 1, nil
}

// NeedsRehash reports whether the stored hash was made with other costs than
// the hasher's. The caller hashes anew at the next sign-in, when it has the
// password.
func (h *Hasher) NeedsRehash(stored string) bool {
	p, err := parsePHC(stored)
	return err != nil || p.memory != h.opt.MemoryKiB || p.passes != h.opt.Passes || p.lanes != h.opt.Lanes ||
		len(p.salt) != saltSize || len(p.sum) != hashSize
}

// fresh returns a hash without its sum, with a new salt and the hasher's costs.
func (h *Hasher) fresh() phc {
	p := phc{memory: h.opt.MemoryKiB, passes: h.opt.Passes, lanes: h.opt.Lanes, salt: make([]byte, saltSize)}
	rand.Read(p.salt)
	return p
}

func (h *Hasher) compute(ctx context.Context, p phc, password Text) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a password hash: %w", ctx.Err())
	}
	size := len(p.sum)
	if size == 0 {
		size = hashSize
	}
	return argon2.IDKey([]byte(password.Reveal()), p.salt, p.passes, p.memory, p.lanes, uint32(size)), nil
}

// phc is a hash taken apart.
type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.lanes,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.sum))
}

// errHash does not quote the hash: it would end up in a log.
var errHash = errors.New("stored password hash is not readable")

func parsePHC(s string) (phc, error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, errHash
	}
	cost := strings.Split(part[3], ",")
	if len(cost) != 3 {
		return phc{}, errHash
	}
	memory, ok1 := phcNumber(cost[0], "m=", maxMemoryKiB)
	passes, ok2 := phcNumber(cost[1], "t=", maxPasses)
	lanes, ok3 := phcNumber(cost[2], "p=", maxLanes)
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if !ok1 || !ok2 || !ok3 || err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return phc{}, errHash
	}
	return phc{memory: memory, passes: passes, lanes: uint8(lanes), salt: salt, sum: sum}, nil
}

func phcNumber(s, name string, limit uint64) (uint32, bool) {
	s, ok := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), ok && err == nil && n > 0 && n <= limit
}

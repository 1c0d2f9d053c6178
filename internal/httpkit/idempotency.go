package httpkit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/tenonhq/tenon"
)

// Answer is what was answered to a request that carried an Idempotency-Key.
type Answer struct {
	Caller string
	// Key and Body are keyed hashes: what the client sent may hold a secret.
	Key  string
	Body string
	// Status is 0 as long as the effect has committed and the answer is not kept.
	Status  int
	Headers map[string]string
	Content []byte
	At      time.Time
}

// Answers keeps answers beside the records they tell of.
type Answers interface {
	// Find returns what was kept for the caller's key, or nil.
	Find(ctx context.Context, caller, key string) (*Answer, error)
	// Claim returns a context under which the first transaction that commits
	// stores a, too, or fails with Busy where the key is stored already. The
	// function tells whether that happened.
	Claim(ctx context.Context, a Answer) (context.Context, func() bool)
	// Finish stores the answer of a claim.
	Finish(ctx context.Context, a Answer) error
}

// Idempotency answers a repeated request with the answer of the first.
//
// The key is stored in the transaction of the effect, so there is at most one
// effect, whatever dies when; the answer follows right after. A request that
// changed nothing leaves nothing, and may be corrected and sent again.
type Idempotency struct {
	Answers Answers
	Now     func() time.Time

	mu      sync.Mutex
	running map[string]bool
}

// maxIdempotencyKey bounds the key, as documented.
const maxIdempotencyKey = 255

// answerTime is how long an answer may take to follow its effect. After that
// it was lost with the process.
const answerTime = time.Minute

// keptHeaders are those that belong to an answer and are replayed with it.
var keptHeaders = []string{"Content-Type", "Location", "ETag"}

// Do runs handle, or replays its answer. A route whose answer holds a secret
// says so: then the effect happens once and the answer is not kept.
func (i *Idempotency) Do(w http.ResponseWriter, r *http.Request, caller string, body []byte, secret bool, handle func(http.ResponseWriter, *http.Request)) error {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		handle(w, r)
		return nil
	}
	if len(key) > maxIdempotencyKey {
		return Refuse(http.StatusBadRequest, tenon.Invalid, "The Idempotency-Key is longer than 255 characters. Nothing was changed.")
	}
	a := Answer{Caller: caller, Key: keyed(key, caller), Body: keyed(key, r.Method, r.URL.RequestURI(), string(body)), At: i.Now()}
	if !i.start(a.Key) {
		return stillRunning()
	}
	defer i.end(a.Key)
	old, err := i.Answers.Find(r.Context(), caller, a.Key)
	if err != nil {
		return err
	}
	if old != nil {
		return i.replay(w, old, a.Body)
	}
	ctx, committed := i.Answers.Claim(r.Context(), a)
	kept := &keeper{ResponseWriter: w}
	handle(kept, r.WithContext(ctx))
	if !committed() {
		return nil
	}
	if !secret {
		a.Status, a.Content, a.Headers = kept.status, kept.body.Bytes(), kept.headers()
		if err := i.Answers.Finish(context.WithoutCancel(r.Context()), a); err != nil {
			InfoOf(r.Context()).Err = err // the effect stands and was answered: only a repetition is told that the answer is lost
		}
	}
	return nil
}

func (i *Idempotency) start(key string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running[key] {
		return false
	}
	if i.running == nil {
		i.running = map[string]bool{}
	}
	i.running[key] = true
	return true
}

func (i *Idempotency) end(key string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.running, key)
}

func stillRunning() error {
	return tenon.Errorf(tenon.Busy, "A request with this Idempotency-Key is still running. Ask again in a moment.")
}

func (i *Idempotency) replay(w http.ResponseWriter, old *Answer, body string) error {
	switch {
	case !hmac.Equal([]byte(old.Body), []byte(body)):
		return tenon.Errorf(tenon.Invalid, "This Idempotency-Key was used for another request. Nothing was changed. Use a fresh key.")
	case old.Status == 0 && i.Now().Sub(old.At) < answerTime:
		return stillRunning()
	case old.Status == 0:
		return tenon.Errorf(tenon.Conflict, "This request was carried out before, and its answer is not kept. Nothing was changed now. Look at what it made.")
	}
	for k, v := range old.Headers {
		w.Header().Set(k, v)
	}
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(old.Status)
	_, err := w.Write(old.Content)
	return err
}

// keyed hashes texts with the client's key, which is not stored: nobody can
// try out from the hash what a body held.
func keyed(key string, texts ...string) string {
	h := hmac.New(sha256.New, []byte(key))
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keeper keeps a copy of an answer.
type keeper struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keeper) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
	k.ResponseWriter.WriteHeader(status)
}

func (k *keeper) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.body.Write(b)
	return k.ResponseWriter.Write(b)
}

func (k *keeper) headers() map[string]string {
	out := map[string]string{}
	for _, name := range keptHeaders {
		if v := k.Header().Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

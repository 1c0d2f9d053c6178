package httpkit

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/tenonhq/tenon"
)

// ETag is the entity tag of a body: its hash. A record's version would not do,
// because the owner's name in the body changes without it.
func ETag(body []byte) string {
	h := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(h[:16]) + `"`
}

// matches tells whether a list of entity tags, or *, names this one. Weak tags
// count: a proxy that compresses weakens ours.
func matches(list, etag string) bool {
	for _, t := range strings.Split(list, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == "*" || t == etag {
			return true
		}
	}
	return false
}

// NotModified tells whether the caller has this body already.
func NotModified(r *http.Request, etag string) bool {
	h := r.Header.Get("If-None-Match")
	return h != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && matches(h, etag)
}

// IfMatch refuses a write whose caller has seen another body than the present one.
func IfMatch(r *http.Request, etag string) error {
	if h := r.Header.Get("If-Match"); h != "" && !matches(h, etag) {
		return Refuse(http.StatusPreconditionFailed, tenon.Stale, "Somebody has changed this since you read it. Nothing was changed. Read it again and repeat your change.")
	}
	return nil
}
